"""Which household moves where, what it costs, who is left, what follows the move."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter
from typing import Any

import numpy as np
import orjson
import pandas as pd
import shapely

from geo.errors import UnknownFeatureError
from geo.messages import LANGS, say
from geo.plan import Plan
from geo.privacy import mask_names
from geo.relocation.assign import Assignment, assign
from geo.relocation.offers import offers_of
from geo.relocation_view import matching_rows, moved_people
from geo.verdicts import sentences
from geo.works_view import WAN
from service.answers import Kept, keep, to_json
from service.jobs import Desk
from service.usecases.cells import name_of, plain
from service.usecases.works import degrees, sentence

DONE = "done"
MOST_KEPT = 4
"""Most matchings kept beside the plan's; each has a row for every mover."""


def matched(desk: Desk) -> Kept:
    """The matching of the plan: its numbers and a line for each household."""
    plan = desk.plan()
    return desk.once("matching", lambda: keep(to_json(_answer(plan, plan.assignment))))


def again(desk: Desk, budget_wan: float | None, sites: Sequence[str] | None) -> Kept:
    """Another matching: under a budget, or to some of the sites only; kept, for it takes a moment.

    Raises `UnknownFeatureError` for a site that is not offered.
    """
    plan = desk.plan()
    known = set(plan.assignment.sites["site"])
    for site in sites or ():
        if site not in known:
            raise UnknownFeatureError("service.no_site", id=site[:60])
    if budget_wan is None and sites is None:
        return matched(desk)
    wanted = None if sites is None else tuple(sorted(set(sites)))

    def make() -> Kept:
        began = perf_counter()
        found = under(desk, budget_wan, wanted)
        took = round(perf_counter() - began, 3)
        return keep(to_json({**_answer(plan, found, budget_wan), "seconds": took}))

    return desk.once(("matching", budget_wan, wanted), make)


def under(desk: Desk, budget_wan: float | None, sites: tuple[str, ...] | None = None) -> Assignment:
    """The matching itself; the last few are kept, for who asks for one opens its numbers next."""
    plan, money = desk.plan(), np.inf if budget_wan is None else budget_wan * WAN
    key = (budget_wan, sites)
    return desk.once(key, lambda: _matched(plan, money, sites), shelf="matchings", most=MOST_KEPT)


def _matched(plan: Plan, budget: float, sites: tuple[str, ...] | None) -> Assignment:
    offers = offers_of(plan.area, plan.sites, plan.site_connections, plan.found)
    if sites is not None:
        offers = offers[offers["site"].isin(sites)].reset_index(drop=True)
    return assign(
        plan.area, plan.standard, plan.moving, offers, plan.ground, budget=budget, zones=plan.exposure.zones
    )


def _answer(plan: Plan, assignment: Assignment, budget_wan: float | None = None) -> dict[str, Any]:
    placed = assignment.households.loc[assignment.households["site"].notna(), "household"]
    return {
        **matching_json(plan, assignment),
        "budget": budget_wan,
        "placed_ids": placed.tolist(),
        "left_ids": assignment.left["household"].tolist(),
        "lines": lines(plan, assignment),
    }


def matching_json(plan: Plan, assignment: Assignment) -> dict[str, Any]:
    """A matching in numbers; money in 万元."""
    return {
        "placed": _tally(plan, assignment.households.loc[assignment.households["site"].notna(), "household"]),
        "left": _tally(plan, assignment.left["household"]),
        "sites": [_load(row) for row in assignment.sites.to_dict("records")],
        "shortage": [
            {
                "village": plain(row["village"]),
                "name": name_of(plan.area, "villages", row["village"]),
                "households": int(row["households"]),
                "people": int(row["people"]),
                "added": int(row["added"]),
            }
            for row in assignment.shortage.to_dict("records")
        ],
        "totals": {name: _wan(assignment.totals[column]) for name, column in _MONEY.items()},
        "opened": int(assignment.totals["opened"]),
        "floor_m2": round(assignment.totals["floor_m2"], 1),
        "missing": int(assignment.totals["missing"]),
        "unpriced": int(assignment.totals["unpriced"]),
        "refused": [
            {"site": row["site"], "sentence": said}
            for row, said in zip(_rows(assignment.refused), _both(assignment.refused), strict=True)
        ],
        "gap": plain(assignment.gap),
        "proven": assignment.gap == 0,
    }


def _tally(plan: Plan, ids: pd.Series) -> dict[str, int]:
    return {"households": len(ids), "people": moved_people(plan, ids)}


def _load(row: dict[Any, Any]) -> dict[str, Any]:
    kept = ("site", "name", "source", "opened", "households", "people", "capacity", "spare", "floor_m2")
    return {
        **{key: plain(row[key]) for key in kept},
        **{name: _wan(row[column]) for name, column in _MONEY.items()},
        "over_budget": bool(row["over_budget"]),
    }


_MONEY = {"connect": "connect_yuan", "cost": "cost", "subsidy": "subsidy", "reward": "reward"}


def _wan(value: Any) -> float | None:
    return None if pd.isna(value) else round(float(value) / WAN, 4)


def _rows(table: pd.DataFrame) -> list[dict[Any, Any]]:
    return pd.DataFrame(table).to_dict("records")


def _both(table: pd.DataFrame) -> list[dict[str, str]]:
    """The sentence of each row in both languages."""
    said = [sentences(table, lang).tolist() for lang in LANGS]
    return [dict(zip(LANGS, pair, strict=True)) for pair in zip(*said, strict=True)]


def lines(plan: Plan, assignment: Assignment) -> dict[str, Any]:
    """A line from each old home to its site, as GeoJSON."""
    table = matching_rows(plan, assignment)
    table = table[table["site"].notna().to_numpy(bool) & table.geometry.notna().to_numpy(bool)]
    shapes = shapely.to_geojson(degrees(table.geometry)).tolist() if len(table) else []
    features = [
        {
            "type": "Feature",
            "geometry": orjson.Fragment(shape),
            "properties": {
                "id": row["household"],
                "rule": "all",
                "site": row["site"],
                "metres": plain(np.round(row["metres"])),
            },
        }
        for shape, row in zip(shapes, table[["household", "site", "metres"]].to_dict("records"), strict=True)
    ]
    return {"type": "FeatureCollection", "features": features}


def follow_up_counts(plan: Plan) -> list[dict[str, Any]]:
    """Each measure with how many households are in which state."""
    counted = plan.follow_up.groupby(["measure", "state"], sort=False).size()
    found: dict[str, dict[str, int]] = {}
    for (measure, state), n in counted.items():
        found.setdefault(str(measure), {})[str(state)] = int(n)
    return [
        {"measure": name, "label": measure_label(name), "states": states} for name, states in found.items()
    ]


def measure_label(measure: str) -> dict[str, str]:
    return {lang: say(f"follow.measure.{measure}", lang) for lang in LANGS}


def follow_up(desk: Desk, *, measure: str | None, only_open: bool, limit: int) -> dict[str, Any]:
    """What is owed to those who move, household by household; the earliest date first."""
    plan = desk.plan()
    table = plan.follow_up
    if measure is not None:
        if measure not in set(table["measure"]):
            raise UnknownFeatureError("service.no_measure", id=measure[:40])
        table = table[table["measure"] == measure]
    if only_open:
        table = table[table["state"] != DONE]
    table = table.sort_values(["due", "household"], kind="stable", na_position="last")
    shown = table.iloc[:limit]
    homes = plan.area.layer("households").drop_duplicates("id").set_index("id")
    who = homes.reindex(shown["household"])
    names = (who["name"] if desk.settings.open_names else mask_names(who["name"])).reset_index(drop=True)
    return {
        "count": len(table),
        "rows": [
            {
                "household": row["household"],
                "name": plain(names.iloc[i]),
                "village": name_of(plan.area, "villages", who["village"].iloc[i]),
                "measure": row["measure"],
                "label": measure_label(row["measure"]),
                "due": None if pd.isna(row["due"]) else row["due"].date(),
                "state": row["state"],
                "note": sentence(row["note"]),
            }
            for i, row in enumerate(shown.to_dict("records"))
        ],
    }
