"""Who lacks a group road (通组路) or a hardened path to the door (连户路)?

A group road serves where the walk from the centre of the group to hardened road
of the required width that leads out of the area is short enough; a path where the
walk from the door to any hardened road or path that leads out is. A hardened stub
serves nobody.

The state is the physical fact. A group smaller than the standard's least size is
`unmet` like any other where it has no road, but its reason is `road.small_group`
and its `owed` is false: it lacks the road and the programme does not owe it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.area import Area
from geo.ground import Ground
from geo.groups import group_sizes, owed_road, row_of
from geo.layers import PLACED_ELSEWHERE
from geo.roads.network import Bools, Network, make_network
from geo.standards import Standard
from geo.verdicts import MET, UNKNOWN, UNMET, Finding, decide

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class RoadGaps:
    """Group roads and household paths.

    groups   verdict table in the contract of `geo.verdicts.COLUMNS` with `group` for
             `household`, and `owed` (boolean), `size` (households), `cause` (message
             key of what stands in the way, whether owed or not)
    road     the group's finding by household row; extras: `owed`
    path     the finding of the walk from the door, by household row
    surveys  what the survey says: `road` (of the group, by household) and `path`
    serving  hardened road pieces that lead out: row and id of the road, class,
             `group_road` (wide enough all the way, and no footpath), geometry
    """

    groups: pd.DataFrame
    road: Finding
    path: Finding
    surveys: Mapping[str, pd.Series]
    serving: gpd.GeoDataFrame


@dataclass(frozen=True)
class Search:
    """What one need is held against: pieces by mask over the network."""

    need: str
    limit_m: float
    sure: Bools
    maybe: Bools
    causes: Mapping[str, Bools] = field(default_factory=dict)


def road_gaps(area: Area, standard: Standard, ground: Ground) -> RoadGaps:
    """Judge the group road of every group and the path of every household of `area`."""
    net = make_network(
        area,
        snap_m=standard["road.snap_m"],
        exit_buffer_m=standard["road.exit_buffer_m"],
        min_width_m=standard["road.min_width_m"],
    )
    road, path = searches(net, standard)
    groups, households = area.layer("groups"), area.layer("households")
    at_door = ~households["loc_qual"].isin(PLACED_ELSEWHERE).to_numpy(bool)
    of_groups = _find(area, ground, net, road, groups, np.ones(len(groups), bool))
    of_groups = _flag_width(of_groups, net)
    sizes = group_sizes(area).to_numpy(float)
    owed = owed_road(area, standard)
    cause = of_groups.reason
    of_groups = _flag_small(of_groups, sizes, owed)
    table = decide(groups["id"], "road", of_groups, groups["road"]).rename(columns={"household": "group"})
    row = row_of(groups["id"], households["group"])
    return RoadGaps(
        groups=table.assign(owed=owed.array, size=sizes, cause=pd.Series(cause, dtype="str")),
        road=_by_household(of_groups, row, owed),
        path=_find(area, ground, net, path, households, at_door),
        surveys={"road": _take(groups["road"], row), "path": households["path"]},
        serving=_serving(area, net, road, path),
    )


def searches(net: Network, standard: Standard) -> tuple[Search, Search]:
    """What serves groups, and what serves doors; and what stands near and does not."""
    any_width, any_width_maybe = net.serving(net.hard), net.serving(net.hard_maybe)
    fit = net.car & net.wide_maybe
    road = net.serving(net.hard & fit)
    road_maybe = net.serving(net.hard_maybe & fit)
    on = net.access
    causes = {
        "narrow": any_width & net.car & on & ~road,
        "stub": net.hard & net.car & on & ~any_width,
        "unhardened": ~net.hard_maybe & net.car & on,
    }
    return (
        Search("road", standard["road.group_reach_m"], road & on, road_maybe & on, causes),
        Search(
            "path",
            standard["path.max_walk_m"],
            any_width & on,
            any_width_maybe & on,
            {"stub": net.hard & on & ~any_width, "unhardened": ~net.hard_maybe & on},
        ),
    )


def _find(
    area: Area, ground: Ground, net: Network, search: Search, places: gpd.GeoDataFrame, placed: Bools
) -> Finding:
    """What the map says of `places` (points); `placed` tells whose location may be trusted."""
    n, need = len(places), search.need
    reason = np.full(n, f"{need}.no_location", object)
    if not area.has("roads"):
        return _all_unknown(n, f"{need}.no_layer")
    if not (net.leads_out.any() or _knows_exits(area)):
        return _all_unknown(n, f"{need}.no_exit")
    points = shapely.centroid(np.asarray(places.geometry.array))
    located = _located(points)
    xy = np.full((n, 2), np.nan)
    xy[located] = shapely.get_coordinates(points[located])
    placed = placed & located
    measure, piece = _walk(ground, net, search.sure, xy, placed)
    met = measure <= search.limit_m
    extra_pieces = search.maybe & ~search.sure
    perhaps, other = _walk(ground, net, extra_pieces, xy, placed & ~met, limit_m=search.limit_m)
    doubt = perhaps <= search.limit_m
    unmet = placed & ~met & ~doubt
    reason[met], reason[doubt] = f"{need}.served", f"{need}.surface_unknown"
    reason[unmet] = np.where(np.isfinite(measure[unmet]), f"{need}.far", f"{need}.none")
    extra = _why_not(net, search, points, unmet, reason)
    measure = np.where(doubt, perhaps, measure)
    piece = np.where(doubt, other, piece)
    ids = area.layer("roads")["id"].to_numpy(object)[net.row]
    return Finding(
        state=np.select([met, unmet], [MET, UNMET], UNKNOWN).astype(object),
        reason=reason,
        measure=np.where(np.isfinite(measure), measure, np.nan),
        threshold=search.limit_m,
        extra=extra,
        nearest=np.where(piece >= 0, np.append(ids, np.nan)[piece], np.nan),
        at="roads",
        extras={"piece": piece},
    )


def _walk(
    ground: Ground, net: Network, chosen: Bools, xy: Floats, who: Bools, *, limit_m: float = np.inf
) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Metres on foot to the nearest of the chosen pieces and which it is; inf and -1 where there is none."""
    metres, piece = np.full(len(xy), np.inf), np.full(len(xy), -1, np.int64)
    if chosen.any() and who.any():
        reach = ground.reach(xy[who], net.lines[chosen], limit_m=limit_m, shortest=True)
        metres[who] = reach.metres
        piece[who] = np.append(np.flatnonzero(chosen), -1)[reach.target]
    return metres, piece


def _why_not(
    net: Network, search: Search, points: npt.NDArray[Any], unmet: Bools, reason: npt.NDArray[Any]
) -> Floats:
    """Say in `reason` what stands near those who are not served; its straight distance, metres."""
    extra = np.full(len(points), np.nan)
    for cause, mask in search.causes.items():
        open_rows = np.flatnonzero(unmet & np.isnan(extra))
        if not len(open_rows) or not mask.any():
            continue
        (who, _), distance = shapely.STRtree(net.lines[mask]).query_nearest(
            points[open_rows], max_distance=search.limit_m, return_distance=True, all_matches=False
        )
        extra[open_rows[who]] = distance
        reason[open_rows[who]] = f"{search.need}.{cause}"
    return extra


def _flag_width(finding: Finding, net: Network) -> Finding:
    """Say where the road that serves is of unknown width: it was taken to be wide enough."""
    piece = finding.extras.get("piece")
    if piece is None or not len(net.row):
        return finding
    unsure = (finding.reason == "road.served") & ~net.wide[piece]
    return replace(finding, reason=np.where(unsure, "road.served_width_unknown", finding.reason))


def _flag_small(finding: Finding, sizes: Floats, owed: pd.Series) -> Finding:
    """Say where a group without a road is too small to be owed one."""
    small = (finding.state == UNMET) & (~owed).fillna(False).to_numpy(bool)
    extra = np.full(len(sizes), np.nan) if finding.extra is None else finding.extra
    return replace(
        finding,
        reason=np.where(small, "road.small_group", finding.reason),
        extra=np.where(small, sizes, extra),
    )


def _by_household(of_groups: Finding, row: npt.NDArray[np.int64], owed: pd.Series) -> Finding:
    """The finding of each household's group; unknown where the group is not known."""
    lost = row < 0

    def take(values: Any, missing: Any) -> Any:
        if values is None or np.ndim(values) == 0:
            return values
        return np.append(np.asarray(values), missing)[row]

    return Finding(
        state=take(of_groups.state, UNKNOWN),
        reason=take(of_groups.reason, "road.no_group"),
        measure=take(of_groups.measure, np.nan),
        threshold=of_groups.threshold,
        extra=take(of_groups.extra, np.nan),
        nearest=take(of_groups.nearest, np.nan),
        at=of_groups.at,
        extras={"owed": _take(owed, row).mask(lost)},
    )


def _serving(area: Area, net: Network, road: Search, path: Search) -> gpd.GeoDataFrame:
    rows = net.row[path.sure]
    roads = area.layer("roads")[["id", "class"]].iloc[rows].reset_index(drop=True)
    columns = roads.assign(row=rows, group_road=road.sure[path.sure])
    return gpd.GeoDataFrame(columns, geometry=net.lines[path.sure], crs=area.crs)


def _take(values: pd.Series, row: npt.NDArray[np.int64]) -> pd.Series:
    """`values` at `row`, NA at -1."""
    return pd.Series(values.array.take(row, allow_fill=True), dtype="boolean")


def _located(points: npt.NDArray[Any]) -> Bools:
    here: Bools = ~(shapely.is_missing(points) | shapely.is_empty(points))
    return here


def _knows_exits(area: Area) -> bool:
    return area.has("exits") or area.has("villages")


def _all_unknown(n: int, reason: str) -> Finding:
    return Finding(np.full(n, UNKNOWN, object), np.full(n, reason, object), at="")
