"""Who would lose the hardened way out if a bridge failed?

The hardened pieces that lead out hang on the exits as a graph; what hangs on a bridge alone
falls away with it (`geo.spatial.cut_points`, one pass for all bridges). Of the households and
groups that the map serves by what falls away, those lose their service that no other serving
piece stands near enough to: for them the walk is judged again, as in `geo.roads.gaps`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
import shapely

from geo.area import Area
from geo.ground import Ground
from geo.roads.gaps import RoadGaps, Search, searches
from geo.roads.network import Network, make_network
from geo.spatial.cut_points import cut_off
from geo.spatial.points import coordinates
from geo.standards import Standard
from geo.verdicts import MET

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class BridgeLosses:
    """Rows of the roads layer that are bridges; pairs (bridge, household) of rows: who is served
    over it by the map, and who of them would lose the road or the path."""

    bridges: Ints
    served: Ints
    lost: Ints


def bridge_losses(area: Area, standard: Standard, ground: Ground, gaps: RoadGaps) -> BridgeLosses:
    """Judge every bridge of the roads layer, by the map alone; pairs (2, n) in order."""
    roads, households = area.layer("roads"), area.layer("households")
    bridges = np.flatnonzero(roads["bridge"].fillna(False).to_numpy(bool))
    nobody = np.empty((2, 0), np.int64)
    if not len(bridges):
        return BridgeLosses(bridges, nobody, nobody)
    net = make_network(
        area,
        snap_m=standard["road.snap_m"],
        exit_buffer_m=standard["road.exit_buffer_m"],
        min_width_m=standard["road.min_width_m"],
    )
    road, path = searches(net, standard)
    doors = coordinates(households.geometry.array)
    groups = area.layer("groups")
    middles = coordinates(groups.geometry.array)
    by_door = _pairs(area, ground, net, path, net.hard, bridges, doors, _served(area, gaps.path))
    fit = net.hard & net.car & net.wide_maybe
    of_groups = np.asarray(gaps.groups["computed"] == MET), gaps.groups["nearest"].to_numpy(object)
    by_group = _pairs(area, ground, net, road, fit, bridges, middles, of_groups)
    home = groups["id"].to_numpy(object)
    members = {g: np.flatnonzero(households["group"].to_numpy(object) == g) for g in set(home)}
    served, lost = (
        np.unique(np.hstack([a, _of_members(b, home, members)]), axis=1)
        for a, b in zip(by_door, by_group, strict=True)
    )
    return BridgeLosses(bridges, served, lost)


def _served(area: Area, finding: Any) -> tuple[Bools, npt.NDArray[Any]]:
    n = len(area.layer("households"))
    nearest = np.full(n, np.nan, object) if finding.nearest is None else np.asarray(finding.nearest, object)
    return np.asarray(finding.state) == MET, nearest


def _of_members(pairs: Ints, home: npt.NDArray[Any], members: dict[Any, Ints]) -> Ints:
    """Pairs (bridge, group) as pairs (bridge, household)."""
    each = [members[home[g]] for g in pairs[1]]
    count = [len(rows) for rows in each]
    return np.stack([np.repeat(pairs[0], count), np.concatenate([np.empty(0, np.int64), *each])])


def _pairs(
    area: Area, ground: Ground, net: Network, search: Search, chosen: Bools, bridges: Ints, xy: Floats,
    served: tuple[Bools, npt.NDArray[Any]],
) -> tuple[Ints, Ints]:  # fmt: skip
    """(bridge, place) of places whose serving road falls away with a bridge, and of those who lose it."""
    met, nearest = served
    ids = area.layer("roads")["id"].to_numpy(object)
    order = np.argsort(np.where(met, nearest, "").astype(str), kind="stable")
    names = np.where(met, nearest, "").astype(str)[order]
    over: list[Ints] = []
    lost: list[Ints] = []
    for bridge, gone in zip(bridges, _fallen(net, chosen, bridges), strict=True):
        if not len(gone):
            continue
        off = np.unique(ids[net.row[gone]].astype(str))
        at = [
            order[a:b]
            for a, b in zip(*(np.searchsorted(names, off, side=s) for s in ("left", "right")), strict=True)
        ]
        who = np.sort(np.concatenate(at)) if at else np.empty(0, np.int64)
        who = who[met[who]]
        left = search.sure.copy()
        left[gone] = False
        still = _reached(ground, net.lines[left], xy[who], search.limit_m)
        over.append(np.stack([np.full(len(who), bridge), who]))
        lost.append(np.stack([np.full((~still).sum(), bridge), who[~still]]))
    none = np.empty((2, 0), np.int64)
    return np.hstack([none, *over]), np.hstack([none, *lost])


def _fallen(net: Network, chosen: Bools, bridges: Ints) -> list[Ints]:
    """Pieces of `chosen` that fall away with each bridge, its own among them; a bridge of several
    lines is one node of the graph."""
    n = len(net.row)
    node = np.arange(n)
    is_bridge = np.isin(net.row, bridges)
    first = {int(r): int(i) for i, r in reversed(list(enumerate(net.row))) if is_bridge[i]}
    node[is_bridge] = [first[int(r)] for r in net.row[is_bridge]]
    a, b = net.links[:, chosen[net.links].all(axis=0)]
    out = np.flatnonzero(chosen & net.leads_out)
    rows = np.r_[node[a], node[b], np.full(len(out), n), node[out]]
    cols = np.r_[node[b], node[a], node[out], np.full(len(out), n)]
    graph = sp.csr_array((np.ones(len(rows), np.int8), (rows, cols)), shape=(n + 1, n + 1))
    known = np.array([first.get(int(r), -1) for r in bridges], np.int64)
    cut = iter(cut_off(graph, n, known[known >= 0]))
    own = [np.flatnonzero(node == k) for k in known]
    return [
        np.empty(0, np.int64) if k < 0 else np.sort(np.r_[mine[chosen[mine]], next(cut)])
        for k, mine in zip(known, own, strict=True)
    ]


def _reached(ground: Ground, lines: npt.NDArray[Any], xy: Floats, limit_m: float) -> Bools:
    """Whether a walk of at most `limit_m` leads from each point to one of the lines."""
    if not len(xy):
        return np.zeros(0, np.bool_)
    spots = np.asarray(shapely.points(xy))
    near = np.unique(shapely.STRtree(lines).query(spots, predicate="dwithin", distance=limit_m)[1])
    if not len(near):
        return np.zeros(len(xy), np.bool_)
    reach = ground.reach(xy, lines[near], limit_m=limit_m, shortest=True, once=True)
    return np.asarray(reach.metres <= limit_m)
