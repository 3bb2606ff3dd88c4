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
from geo.villages import villages_of
from geo.works_view import WAN
from service.jobs import Desk
from service.usecases.cells import plain

MOST_SHOWN = 500
"""Most units that were not chosen in one answer, the largest benefit first."""

MOST_KEPT = 8
"""Most programmes kept; each has a row for every work."""


def villages_named(area: Area, asked: Sequence[str]) -> tuple[str, ...]:
    """Ids of villages from ids or names. Raises `UnknownFeatureError` for one that is neither."""
    villages = villages_of(area)
    by_name = villages.dropna(subset="name").drop_duplicates("name").set_index("name")["id"]
    known = set(villages["id"])
    found = []
    for word in asked:
        village = word if word in known else by_name.get(word)
        if village is None:
            raise UnknownFeatureError("service.no_village", id=word[:60])
        found.append(str(village))
    return tuple(dict.fromkeys(found))


def programme(desk: Desk, budgets_wan: Sequence[float], first_villages: Sequence[str]) -> dict[str, Any]:
    """The programme under `budgets_wan` (万元 a year). Raises `UnknownFeatureError` for a village."""
    began = perf_counter()
    found = programme_json(desk.designed(), chosen(desk, budgets_wan, first_villages))
    return {**found, "seconds": round(perf_counter() - began, 3)}


def chosen(desk: Desk, budgets_wan: Sequence[float], first_villages: Sequence[str]) -> Programme:
    """The programme itself; the last few are kept, for who asks for one opens its numbers next."""
    plan = desk.designed()
    money, first = tuple(b * WAN for b in budgets_wan), villages_named(plan.area, first_villages)

    def make() -> Programme:
        leaving = plan.assignment.leaving
        return choose(plan.works, plan.costs, money, plan.standard, first_villages=first, leaving=leaving)

    return desk.once((money, first), make, shelf="programmes", most=MOST_KEPT)


def programme_json(plan: Plan, programme: Programme) -> dict[str, Any]:
    """A programme as JSON; money in 万元."""
    table = programme.table
    built = table[table["year"].notna()]
    left = _not_chosen(plan, programme)
    return {
        "years": [_money(row, ("budget", "spent")) for row in programme.years.to_dict("records")],
        "chosen": dict(zip(built["work"], built["year"].astype(int).tolist(), strict=True)),
        "not_chosen": left[:MOST_SHOWN],
        "not_chosen_count": len(left),
        "frontier": [_money(row, ("budget",)) for row in programme.frontier.to_dict("records")],
        "benefit": programme.benefit,
        "gap": programme.gap,
        "first_villages": list(programme.first),
    }


def _money(row: dict[Any, Any], names: Sequence[str]) -> dict[str, Any]:
    return {str(k): plain(v / WAN if k in names else v) for k, v in row.items()}


def _not_chosen(plan: Plan, programme: Programme) -> list[dict[str, Any]]:
    """The units (systems, or works alone) that no year builds, with why; those that serve most first."""
    money = plan.costs.table["likely"].to_numpy()
    table = programme.table.assign(likely=money, people=plan.works.table["people"].to_numpy(float))
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
