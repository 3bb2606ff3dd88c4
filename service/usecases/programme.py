"""Which works, in which year, under the budgets somebody asks about?"""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter
from typing import Any

from geo.errors import UnknownFeatureError
from geo.messages import LANGS
from geo.plan import Plan
from geo.programme import Programme, choose
from geo.verdicts import sentences
from geo.works_view import WAN
from service.usecases.cells import plain

MOST_SHOWN = 500
"""Most units that were not chosen in one answer, the largest benefit first."""


def programme(plan: Plan, budgets_wan: Sequence[float], first_villages: Sequence[str]) -> dict[str, Any]:
    """The programme under `budgets_wan` (万元 a year). Raises `UnknownFeatureError` for a village."""
    began = perf_counter()
    known = set(plan.area.layer("villages")["id"])
    for village in first_villages:
        if village not in known:
            raise UnknownFeatureError("service.no_village", id=village[:60])
    chosen = choose(
        plan.works,
        plan.costs,
        [b * WAN for b in budgets_wan],
        plan.standard,
        first_villages=tuple(first_villages),
        leaving=plan.assignment.leaving,
    )
    told = programme_json(plan, chosen)
    return {**told, "first_villages": list(first_villages), "seconds": round(perf_counter() - began, 3)}


def programme_json(plan: Plan, chosen: Programme) -> dict[str, Any]:
    """A programme as JSON; money in 万元."""
    table = chosen.table
    built = table[table["year"].notna()]
    left = _not_chosen(plan, chosen)
    return {
        "years": [_money(row, ("budget", "spent")) for row in chosen.years.to_dict("records")],
        "chosen": dict(zip(built["work"], built["year"].astype(int).tolist(), strict=True)),
        "not_chosen": left[:MOST_SHOWN],
        "not_chosen_count": len(left),
        "frontier": [_money(row, ("budget",)) for row in chosen.frontier.to_dict("records")],
        "benefit": chosen.benefit,
        "gap": chosen.gap,
    }


def _money(row: dict[Any, Any], names: Sequence[str]) -> dict[str, Any]:
    return {str(k): plain(v / WAN if k in names else v) for k, v in row.items()}


def _not_chosen(plan: Plan, chosen: Programme) -> list[dict[str, Any]]:
    """The units (systems, or works alone) that no year builds, with why; those that serve most first."""
    money = plan.costs.table["likely"].to_numpy()
    table = chosen.table.assign(likely=money, people=plan.works.table["people"].to_numpy(float))
    table = table[table["year"].isna()]
    sums = table.groupby("unit", sort=False).agg(
        works=("work", "size"), likely=("likely", "sum"), people=("people", "max")
    )
    first = table.drop_duplicates("unit").set_index("unit").loc[sums.index].reset_index()
    columns = (first["unit"], first["work"], sums["works"], sums["likely"], sums["people"])
    said = (sentences(first, lang) for lang in LANGS)
    found = [
        {
            "unit": unit,
            "work": work,
            "works": works,
            "likely": likely / WAN,
            "people": people,
            "sentence": dict(zip(LANGS, texts, strict=True)),
        }
        for unit, work, works, likely, people, *texts in zip(
            *(column.tolist() for column in (*columns, *said)), strict=True
        )
    ]
    return sorted(found, key=lambda each: (-each["people"], each["unit"]))
