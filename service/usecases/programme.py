"""Which works, in which year, under the budgets somebody asks about?"""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter
from typing import Any

from geo.area import Area
from geo.errors import UnknownFeatureError
from geo.messages import LANGS
from geo.plan import Plan
from geo.programme import Programme, choose
from geo.verdicts import sentences
from geo.works_view import WAN
from service.usecases.cells import plain

MOST_SHOWN = 500
"""Most units that were not chosen in one answer, the largest benefit first."""


def villages_named(area: Area, asked: Sequence[str]) -> tuple[str, ...]:
    """Ids of villages from ids or names. Raises `UnknownFeatureError` for one that is neither."""
    villages = area.layer("villages")
    by_name = villages.dropna(subset="name").drop_duplicates("name").set_index("name")["id"]
    known = set(villages["id"])
    found = []
    for word in asked:
        village = word if word in known else by_name.get(word)
        if village is None:
            raise UnknownFeatureError("service.no_village", id=word[:60])
        found.append(str(village))
    return tuple(dict.fromkeys(found))


def programme(plan: Plan, budgets_wan: Sequence[float], first_villages: Sequence[str]) -> dict[str, Any]:
    """The programme under `budgets_wan` (万元 a year). Raises `UnknownFeatureError` for a village."""
    began = perf_counter()
    first = villages_named(plan.area, first_villages)
    chosen = choose(
        plan.works,
        plan.costs,
        [b * WAN for b in budgets_wan],
        plan.standard,
        first_villages=first,
        leaving=plan.assignment.leaving,
    )
    return {**programme_json(plan, chosen), "seconds": round(perf_counter() - began, 3)}


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
        "first_villages": list(chosen.first),
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
