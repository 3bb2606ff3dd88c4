"""Danger, moving, search and matching in numbers, and the households behind each number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.errors import UnknownFeatureError
from geo.messages import LANGS
from geo.plan import Plan
from geo.privacy import mask_names
from geo.relocation.must_move import DECISIONS
from geo.relocation_view import LEFT, moving_rows
from geo.verdicts import sentences
from geo.villages import villages_of
from service.answers import Kept, keep, to_json
from service.jobs import Desk
from service.usecases.cells import plain
from service.usecases.matching import follow_up_counts, matching_json, under
from service.usecases.suitability import finding

GRADES = ("0", "I", "II", "III", "IV", "unknown")


def rows(desk: Desk) -> gpd.GeoDataFrame:
    """Every household with its danger, decision and site, made once for each state of the plan."""
    plan = desk.plan()
    return desk.once("moving rows", lambda: moving_rows(plan))


def summary(desk: Desk) -> Kept:
    """What the relocation panel shows first."""
    plan, table = desk.plan(), rows(desk)
    return desk.once(
        "relocation",
        lambda: keep(
            to_json(
                {
                    "danger": danger(plan, table),
                    "moving": moving(plan, table),
                    "finding": finding(desk),
                    "matching": matching_json(plan, plan.assignment),
                    "follow_up": follow_up_counts(plan),
                }
            )
        ),
    )


def danger(plan: Plan, table: gpd.GeoDataFrame) -> dict[str, Any]:
    """Households and people by relation, damage grade and screen; each hazard with whom it threatens."""
    screened = table[table["screen"].fillna("") != ""]
    return {
        "relations": tallies(table, "relation", ("inside", "buffer", "clear", "unknown")),
        "damage": tallies(table, "damage", GRADES),
        "damage_cautious": tallies(table, "damage_cautious", GRADES),
        "screens": tallies(screened, "screen"),
        "zones": len(plan.exposure.zones.frame),
        "threats": threats(plan),
    }


def threats(plan: Plan) -> list[dict[str, Any]]:
    """Each zone with the households and people it threatens, computed and declared; most people first."""
    table = plan.exposure.threats.sort_values(["people", "households"], ascending=False, kind="stable")
    columns = {
        "declared_households": "declared_hh", "declared_people": "declared_p", "class": "class_of_threat",
        **{n: n for n in ("zone", "name", "layer", "kind", "level", "households", "people", "liable")},
    }  # fmt: skip
    return [
        {name: plain(row[column]) for name, column in columns.items()} for row in table.to_dict("records")
    ]


def moving(plan: Plan, table: gpd.GeoDataFrame) -> dict[str, Any]:
    """Households and people by decision, urgency and comparison with the lists; decisions by village."""
    leaving = table[table["urgency"] > 0]
    villages = villages_of(plan.area)
    counted = table.groupby(["village", "decision"]).size()
    return {
        "decisions": tallies(table, "decision", DECISIONS),
        "urgency": tallies(leaving.assign(urgency=leaving["urgency"].astype("str")), "urgency", "1234"),
        "compared": tallies(table, "compared"),
        "whole_groups": int(plan.moving.groups["whole"].sum()),
        "rebuilt": len(plan.moving.rebuilt),
        "villages": [
            {
                "id": village,
                "name": plain(name),
                "decisions": {d: int(counted.get((village, d), 0)) for d in DECISIONS},
            }
            for village, name in zip(villages["id"], villages["name"], strict=True)
        ],
    }


def tallies(table: pd.DataFrame, column: str, always: Iterable[str] = ()) -> dict[str, dict[str, int]]:
    """Households and known people by the values of a column; those of `always` even where there are none."""
    people = table["people"].fillna(0).to_numpy(float)
    found = {key: {"households": 0, "people": 0} for key in always}
    codes, keys = pd.factorize(table[column].astype("str"))
    counts, heads = np.bincount(codes, minlength=len(keys)), np.bincount(codes, people, minlength=len(keys))
    for key, n, p in zip(keys, counts, heads, strict=True):
        found[str(key)] = {"households": int(n), "people": int(p)}
    return found


def behind(
    desk: Desk,
    wanted: Mapping[str, tuple[str, ...]],
    *,
    zone: str | None,
    budget: float | None = None,
    limit: int,
) -> dict[str, Any]:
    """The households that fit all filters, most urgent first: all their ids, `limit` of them with reasons.

    `budget` (万元): placed as the matching under it has them, not the plan's. `left_for`: why one is left in
    danger. Where those left are asked for, the reason is why they are left, not why they must move.
    Raises `UnknownFeatureError` for a zone nobody knows.
    """
    plan = desk.plan()
    matching = plan.assignment if budget is None else under(desk, budget)
    table = rows(desk) if budget is None else moving_rows(plan, matching)
    if "left_for" in wanted or wanted.get("placed") == (LEFT,):
        table = _why_left(table, matching.left)
    keep_row = np.ones(len(table), bool)
    for column, values in wanted.items():
        keep_row &= table[column].astype("str").fillna("").isin(values).to_numpy(bool)
    if zone is not None:
        keep_row &= _in_zone(plan, zone, len(table))
    found = table[keep_row]
    order = found["urgency"].replace(0, 99)
    found = found.iloc[np.argsort(order.to_numpy(), kind="stable")]
    return {
        "count": len(found),
        "people": int(found["people"].fillna(0).sum()),
        "ids": found["household"].tolist(),
        "households": told(plan, found.iloc[:limit], open_names=desk.settings.open_names),
    }


def _why_left(table: gpd.GeoDataFrame, left: pd.DataFrame) -> gpd.GeoDataFrame:
    """`table` with why those left in danger are left, and `left_for`: refused | rebuilt | room, or blank."""
    why = left.drop_duplicates("household").set_index("household").reindex(table["household"])
    here = why["reason"].notna().to_numpy(bool)
    said = {
        name: pd.Series(np.where(here, why[name].to_numpy(object), table[name].to_numpy(object))).astype(
            table[name].dtype
        )
        for name in ("reason", "measure", "threshold", "extra", "nearest")
    }
    kinds = why["reason"].map(_LEFT_FOR).fillna("room").where(here, "")
    return table.assign(**said, left_for=kinds.to_numpy(object))


_LEFT_FOR = {"assign.left.refused": "refused", "assign.left.rebuilt": "rebuilt"}
"""Those left by their own wish; all others find no room, or no money."""


def _in_zone(plan: Plan, zone: str, households: int) -> np.ndarray:
    if zone not in set(plan.exposure.zones.frame["zone"]):
        raise UnknownFeatureError("service.no_zone", id=zone[:60])
    pairs = plan.exposure.table
    inside = np.zeros(households, bool)
    inside[pairs.loc[(pairs["zone"] == zone).to_numpy(bool), "row"].to_numpy(int)] = True
    return inside


def told(plan: Plan, found: pd.DataFrame, *, open_names: bool) -> list[dict[str, Any]]:
    """Households as rows for people: masked name, places by name, and the sentence of the decision."""
    layer = plan.area.layer("households")
    names = layer["name"].iloc[found["row"].to_numpy(int)]
    kept = (
        "household",
        "people",
        "relation",
        "kind",
        "level",
        "damage",
        "damage_cautious",
        "decision",
        "urgency",
        "listed",
        "wish",
        "compared",
        "placed",
        "site",
        "liable",
    )
    said = {lang: sentences(found, lang).tolist() for lang in LANGS}
    groups, villages = (named(plan, layer, found[column]) for layer, column in _PLACES)
    shown = names if open_names else mask_names(names)
    return [
        {
            **{key: plain(row[key]) for key in kept},
            "name": plain(shown.iloc[i]),
            "group": groups[i],
            "village": villages[i],
            "sentence": {lang: said[lang][i] for lang in LANGS},
        }
        for i, row in enumerate(found[list(kept)].to_dict("records"))
    ]


_PLACES = (("groups", "group"), ("villages", "village"))


def named(plan: Plan, layer: str, ids: pd.Series) -> list[str | None]:
    """The names of features; the id where there is no name, None where there is no feature."""
    frame = plan.area.layer(layer).drop_duplicates("id").set_index("id")
    names = pd.Series(frame["name"].reindex(ids).to_numpy(object)).fillna(ids.reset_index(drop=True))
    return [None if pd.isna(name) else str(name) for name in names]


def groups(desk: Desk) -> Kept:
    """Every group with its shares, whether it moves whole and why."""
    plan = desk.plan()

    def make() -> Kept:
        table = plan.moving.groups.reset_index(drop=True)
        said = {lang: sentences(table.assign(nearest=None), lang).tolist() for lang in LANGS}
        names, villages = named(plan, "groups", table["group"]), named(plan, "villages", table["village"])
        kept = ("group", "households", "people", "poor_share", "exposed_share", "whole")
        found = [
            {
                **{key: plain(row[key]) for key in kept},
                "name": names[i],
                "village": villages[i],
                "sentence": {lang: said[lang][i] for lang in LANGS},
            }
            for i, row in enumerate(table[list(kept)].to_dict("records"))
        ]
        return keep(to_json({"groups": found}))

    return desk.once("move groups", make)
