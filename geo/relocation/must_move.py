"""Who must move? Scattered households (零星) and whole groups (整组), each with its reason and urgency.

    moving = must_move(area, standard, exposure.households, pairs=exposure.table)

A household must move for the most urgent of the rules of `geo.relocation.danger` that holds for it; a
group moves whole where so many of its households must, or where it is small and poor. What the registry
says (its list, wishes, moves already made) is kept beside and compared, never mixed in. What cannot be
told is `unknown`: a household without a place, or above workings without an expected damage.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.area import Area
from geo.relocation.danger import (
    BUFFER,
    CLEAR,
    GRADES,
    LEAST,
    UNKNOWN,
    above_workings,
    damage_urgency,
    house_urgency,
    most_urgent,
    stands,
    zone_urgency,
)
from geo.relocation.hamlets import judge_groups
from geo.relocation.rebuilt import find_rebuilt, has_moved
from geo.standards import Standard
from geo.zones import MINING, Zones, make_zones

SCATTERED, WHOLE, STAY, MOVED = "scattered", "whole", "stay", "moved"
DECISIONS = (SCATTERED, WHOLE, STAY, MOVED, UNKNOWN)
AGREE, COMPUTED_ONLY, LISTED_ONLY, OTHER_WAY, NEITHER = (
    "agree", "computed_only", "listed_only", "other_way", "none",
)  # fmt: skip
COMPARED = (AGREE, COMPUTED_ONLY, LISTED_ONLY, OTHER_WAY, NEITHER, UNKNOWN)

COLUMNS = {
    "household": "str",
    "row": "int64",  # of the households layer
    "group": "str",
    "village": "str",
    "people": "Int64",
    "decision": "str",  # scattered | whole | stay | moved | unknown
    "urgency": "int64",  # 1 most urgent .. 4; 0 where it stays
    "reason": "str",  # message key
    "measure": "float64",
    "threshold": "float64",
    "extra": "float64",
    "nearest": "str",
    "at": "str",
    "listed": "str",  # none | scattered | whole | unknown: the registry's list
    "wish": "str",  # yes | no | unknown
    "compared": "str",  # agree | computed_only | listed_only | other_way | none | unknown
    "liable": "str",  # who answers for the danger, "" where nobody is named
}

_ZONE = 0
"""The first of the rules a household leaves by: zones, likely damage, cautious damage, house."""


@dataclass(frozen=True)
class MustMove:
    """`households`: `COLUMNS`, one row per household in row order of the layer.

    `groups`   group, village, households and people (those who have not moved), poor_share, exposed_share
               (NaN: no household known), whole, reason, measure, threshold, extra
    `rebuilt`  moved and built again in danger, one row per household: columns of `geo.relocation.rebuilt`
    """

    households: pd.DataFrame
    groups: pd.DataFrame
    rebuilt: gpd.GeoDataFrame


def must_move(
    area: Area,
    standard: Standard,
    dangers: pd.DataFrame,
    *,
    pairs: pd.DataFrame | None = None,
    zones: Zones | None = None,
) -> MustMove:
    """Judge every household and group of `area`.

    `dangers` has one row per household in row order (relation, measure, threshold, nearest, at, kind,
    level and, where a model made them, damage, damage_cautious, liable); `pairs` one row per household
    and zone (row, zone, layer, kind, level, relation, distance_m, buffer_m): without them only the worst
    zone of each household counts. `zones` are those new buildings are held against.
    """
    layer = area.layer("households")
    pairs = _worst_pairs(dangers) if pairs is None else pairs
    own = _own_danger(layer, dangers, pairs, standard)
    moved = has_moved(layer)
    rebuilt = find_rebuilt(area, standard, own, zones or make_zones(area, standard))
    groups = judge_groups(area, own["urgency"], ~own["known"], moved, standard)
    table = _decide(layer, own, moved, groups, standard)
    table = _said_of_moved(table, moved, rebuilt)
    table = table.join(_registry(layer, table["decision"]))
    table["liable"] = _liable(dangers)
    return MustMove(table[list(COLUMNS)].astype(COLUMNS), groups, rebuilt)


def _worst_pairs(dangers: pd.DataFrame) -> pd.DataFrame:
    """The worst zone of each household as its only one."""
    hit = np.flatnonzero(dangers["nearest"].notna())
    named = {"nearest": "zone", "at": "layer", "measure": "distance_m", "threshold": "buffer_m"}
    return dangers.iloc[hit].rename(columns=named).assign(row=hit)


def _own_danger(
    layer: gpd.GeoDataFrame, dangers: pd.DataFrame, pairs: pd.DataFrame, standard: Standard
) -> pd.DataFrame:
    """Urgency of each household by its own danger, the numbers of the reason, and whether it is known."""
    n = len(layer)
    row, by_pair = pairs["row"].to_numpy(int), zone_urgency(pairs, standard)
    mined = above_workings(pairs)
    declared = stands(pairs) & ~(pairs["kind"] == MINING).to_numpy(bool)
    order = np.lexsort((np.arange(len(row)), np.where(by_pair > 0, by_pair, LEAST + 1)))
    zone, mine, beside = (_first_of(n, row, order[mask[order]]) for mask in (by_pair > 0, mined, declared))
    likely, cautious = _grades(dangers, "damage"), _grades(dangers, "damage_cautious")
    urgency, rule = most_urgent(
        np.array(
            [
                np.where(zone < 0, 0, by_pair[zone] if len(row) else 0),
                damage_urgency(likely, standard, cautious=False),
                damage_urgency(cautious, standard, cautious=True),
                np.where(beside < 0, 0, house_urgency(layer["house"], standard)),
            ]
        )
    )
    deciding = np.where(urgency > 0, np.array([zone, mine, mine, beside])[rule, np.arange(n)], -1)
    facts = _facts(dangers, pairs, deciding)
    no_damage = (mine >= 0) & ~likely.isin(GRADES).to_numpy(bool)
    blank = (dangers["relation"] == UNKNOWN).to_numpy(bool) | no_damage
    facts["reason"] = _own_reason(urgency, rule, facts, dangers, no_damage)
    return pd.DataFrame({**facts, "urgency": urgency, "known": (urgency > 0) | ~blank})


def _first_of(n: int, row: npt.NDArray[np.int64], order: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The first of the pairs in `order` of each household, -1 where it has none."""
    first = np.full(n, -1)
    first[row[order[::-1]]] = order[::-1]
    return first


def _facts(
    dangers: pd.DataFrame, pairs: pd.DataFrame, deciding: npt.NDArray[np.int64]
) -> dict[str, npt.NDArray[Any]]:
    """The numbers of a reason: of the deciding pair, else of the worst zone."""
    named = {"measure": "distance_m", "threshold": "buffer_m", "nearest": "zone", "at": "layer"}
    named |= {name: name for name in ("kind", "relation", "extent")}
    facts, ruled = {"extra": dangers["extra"].to_numpy(float)}, deciding >= 0
    for name, column in named.items():
        facts[name] = dangers[name].to_numpy(object).copy()
        facts[name][ruled] = pairs[column].to_numpy(object)[deciding[ruled]]
    return facts


def _grades(dangers: pd.DataFrame, name: str) -> pd.Series:
    if name not in dangers:
        return pd.Series(UNKNOWN, index=dangers.index, dtype="str")
    return dangers[name].fillna(UNKNOWN)


def _own_reason(
    urgency: npt.NDArray[np.int64],
    rule: npt.NDArray[np.int64],
    facts: Mapping[str, npt.NDArray[Any]],
    dangers: pd.DataFrame,
    no_damage: npt.NDArray[np.bool_],
) -> npt.NDArray[Any]:
    """Message key of why a household must leave, may stay, or cannot be judged."""
    relation = dangers["relation"].to_numpy(object)
    drawn = np.where(facts["extent"] == UNKNOWN, "move.inside_circle", "move.inside")
    near = np.where(facts["threshold"].astype(float) > 0, "move.buffer", "move.reach")
    by_zone = np.where(facts["relation"] == BUFFER, near, drawn)
    by_zone = np.where(facts["kind"] == MINING, "move.shallow", by_zone)
    leaves = np.array(["", "move.damage", "move.damage_cautious", "move.house"], object)[rule]
    leaves = np.where(rule == _ZONE, by_zone, leaves)
    stays = np.select(
        [no_damage, relation == UNKNOWN, relation == CLEAR, (dangers["kind"] == MINING).to_numpy(bool)],
        [_all("move.no_damage_model", relation), dangers["reason"].to_numpy(object),
         _all("move.clear", relation), _all("move.light_damage", relation)],
        _all("move.watch", relation),
    )  # fmt: skip
    return np.asarray(np.where(urgency > 0, leaves, stays), object)


def _all(key: str, like: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return np.full(len(like), key, object)


def _decide(
    layer: gpd.GeoDataFrame,
    own: pd.DataFrame,
    moved: npt.NDArray[np.bool_],
    groups: pd.DataFrame,
    standard: Standard,
) -> pd.DataFrame:
    """Decision, urgency and reason of each household, its group considered."""
    whole = groups.loc[groups["whole"], ["group", "reason", "measure", "threshold", "extra"]]
    of_group = whole.set_index("group").reindex(layer["group"]).reset_index()
    in_whole = of_group["reason"].notna().to_numpy(bool) & ~moved
    urgency = own["urgency"].to_numpy(np.int64)
    led = in_whole & (urgency == 0)  # goes because the group goes
    decision = np.select(
        [moved, in_whole, urgency > 0, own["known"].to_numpy(bool)], [MOVED, WHOLE, SCATTERED, STAY], UNKNOWN
    )
    table = pd.DataFrame(
        {
            "household": layer["id"].array,
            "row": np.arange(len(layer)),
            "group": layer["group"].array,
            "village": layer["village"].array,
            "people": layer["people"].array,
            "decision": decision,
            "urgency": np.where(led, int(standard["move.whole_urgency"]), urgency),
            "nearest": np.where(led, layer["group"].to_numpy(object), own["nearest"]),
            "at": np.where(led, "groups", own["at"]),
        }
    )
    for name in ("reason", "measure", "threshold", "extra"):
        table[name] = np.where(led, of_group[name].to_numpy(), own[name].to_numpy())
    return table


def _said_of_moved(
    table: pd.DataFrame, moved: npt.NDArray[np.bool_], rebuilt: gpd.GeoDataFrame
) -> pd.DataFrame:
    """Those who moved are out of danger, unless they live in it again: then the danger there counts."""
    said = pd.DataFrame(rebuilt.drop(columns="geometry")).rename(columns={"zone": "nearest"})
    said = said.set_index("row").reindex(np.arange(len(table)))
    again = said["reason"].notna().to_numpy(bool)
    table = table.copy()
    plain: dict[str, Any] = {"reason": "move.moved", "urgency": 0}
    for name in ("reason", "urgency", "measure", "threshold", "extra", "nearest", "at"):
        otherwise = np.where(moved, plain.get(name, np.nan), table[name].to_numpy(object))
        table[name] = np.where(again, said[name].to_numpy(object), otherwise)
    return table


def _registry(layer: gpd.GeoDataFrame, decision: pd.Series) -> pd.DataFrame:
    """What the registry says, and how it compares with what was computed."""
    listed = layer["move_list"].fillna(UNKNOWN).to_numpy(object)
    asked = layer["move_wish"]
    wish = np.where(asked.isna(), UNKNOWN, np.where(asked.fillna(False).to_numpy(bool), "yes", "no"))
    computed = decision.to_numpy(object)
    leaves, on_list = np.isin(computed, (SCATTERED, WHOLE)), np.isin(listed, (SCATTERED, WHOLE))
    compared = np.select(
        [
            (computed == UNKNOWN) | (listed == UNKNOWN),
            (computed == listed) & leaves | (computed == MOVED) & on_list,
            leaves & on_list,
            leaves,
            on_list,
        ],
        [UNKNOWN, AGREE, OTHER_WAY, COMPUTED_ONLY, LISTED_ONLY],
        NEITHER,
    )
    return pd.DataFrame({"listed": listed, "wish": wish, "compared": compared})


def _liable(dangers: pd.DataFrame) -> npt.NDArray[Any]:
    if "liable" not in dangers:
        return np.full(len(dangers), "", object)
    return np.asarray(dangers["liable"].fillna("").to_numpy(object))
