"""Which households stand behind a number of works, of a programme, of what may fail?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from geo.errors import UnknownFeatureError
from geo.messages import LANGS, say
from geo.plan import Plan
from geo.privacy import mask_names
from geo.programme import reached
from geo.verdicts import NEEDS, sentences
from service.jobs import Desk
from service.usecases.cells import plain
from service.usecases.programme import chosen
from service.usecases.relocation import named
from service.usecases.works import served

ALL = "all"


def of_work(desk: Desk, work: str) -> pd.DataFrame:
    """Whom the work serves. Raises `UnknownFeatureError`."""
    return pd.DataFrame({"household": served(desk, work)}, dtype="str")


def unserved(plan: Plan, need: str) -> pd.DataFrame:
    """Whom no work can serve, by need or `all`, with why. Raises `UnknownFeatureError` for no need."""
    if need not in (ALL, *NEEDS):
        raise UnknownFeatureError("service.no_need", need=need[:60], known=", ".join(NEEDS))
    table = plan.works.unserved
    table = table if need == ALL else table[table["need"] == need]
    why = {lang: sentences(table, lang).to_numpy() for lang in LANGS}
    return table[["household", "need"]].assign(**why)


def of_failure(plan: Plan, layer: str, feature: str) -> pd.DataFrame:
    """Who loses service if an existing thing fails. Raises `UnknownFeatureError`."""
    known, pairs = plan.crucial.table, plan.crucial.loses
    if not ((known["layer"] == layer) & (known["id"] == feature)).any():
        raise UnknownFeatureError("service.no_failure", id=f"{layer}/{feature}"[:80])
    return pairs.loc[(pairs["layer"] == layer) & (pairs["id"] == feature), ["household"]]


def of_year(desk: Desk, budgets_wan: Sequence[float], first: Sequence[str], year: int) -> pd.DataFrame:
    """Whose need the programme under these budgets meets in `year`."""
    found = reached(desk.designed().works, chosen(desk, budgets_wan, first))
    return found.loc[found["year"] == year, ["household", "need"]]


def told(desk: Desk, pairs: pd.DataFrame, limit: int) -> dict[str, Any]:
    """`pairs` (household; need, zh and en where they are asked) for people: names masked, places by name.

    `count` pairs, `homes` different households with `people` and `ids`, `limit` of the pairs in full.
    """
    plan = desk.plan()
    homes = plan.area.layer("households").drop_duplicates("id").set_index("id")
    who = homes.reindex(pairs["household"].unique())
    some = pairs.iloc[:limit]
    mine = homes.reindex(some["household"])
    names = mine["name"] if desk.settings.open_names else mask_names(mine["name"])
    columns = {
        "household": some["household"].tolist(),
        "name": [plain(name) for name in names],
        "people": [plain(n) for n in mine["people"]],
        "group": named(plan, "groups", mine["group"]),
        "village": named(plan, "villages", mine["village"]),
        "sentence": [_sentence(row) for row in some.to_dict("records")],
    }
    return {
        "count": len(pairs),
        "homes": len(who),
        "people": int(who["people"].fillna(0).sum()),
        "ids": who.index.tolist(),
        "households": [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)],
    }


def _sentence(row: dict[Any, Any]) -> dict[str, str]:
    """The need and the reason, as far as they are known."""
    needs = {lang: say(f"need.{row['need']}", lang) if "need" in row else "" for lang in LANGS}
    return {lang: " · ".join(filter(None, (needs[lang], row.get(lang, "")))) for lang in LANGS}
