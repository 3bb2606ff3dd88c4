"""Which way does the path to each door go? One tree of shared paths from the serving roads to the doors.

The graph holds the stations of every road and path, designed roads included, the doors,
and the ground around doors that lie far from any of them. Existing earth paths are
hardened in their place, which is cheaper than new ground. A house is an end of the tree.
Works are cut so that the nearest door comes first: each path is what its door adds to
those before it, and comes after them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
import scipy.sparse.csgraph as csgraph
import shapely

from geo.alignment import path_course
from geo.corridors import Corridors
from geo.roads.stations import Stations, project
from geo.roads.trunks import (
    FREE_YUAN,
    MARGIN_SHARE,
    MAX_NODES,
    SERVING,
    STUB,
    STUB_YUAN_M,
    Arcs,
    Existing,
    beside,
    ground_of,
    inside,
)
from geo.spatial.chains import cut_piece, foot_on, metres_along
from geo.spatial.leaves import attach_leaves
from geo.spatial.smoothing import smooth

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

NEAREST = 4
"""How many lines a door is tried with: of those around it the nearest are enough."""
RISE_SLACK_M = 1.0
"""By how much a straight leg may rise beside its grade: heights of two places near each other are no more
exact than that."""


@dataclass(frozen=True)
class Path:
    """One path: the row of its door, its course from the network outward, the path it comes after (-1)
    and the line (row of the stations' lines) from which its way leads (-1 where over another path)."""

    door: int
    xy: Floats
    parent: int
    line: int


@dataclass(frozen=True)
class _Graph:
    xy: Floats
    stations: int
    doors: int
    up: Ints


def feet_of(
    doors: npt.NDArray[np.object_], lines: npt.NDArray[np.object_], within_m: float
) -> tuple[Ints, Ints, Floats]:
    """The nearest few lines beside each door: door, line, chainage of the foot."""
    who, line, at = project(doors, lines, within_m=within_m)
    gap = shapely.distance(doors[who], shapely.line_interpolate_point(lines[line], at)) if len(who) else at
    by = np.lexsort((gap, who))
    who, line, at = who[by], line[by], at[by]
    rank = np.arange(len(who)) - np.searchsorted(who, who)
    near = rank < NEAREST
    return who[near], line[near], at[near]


def find_paths(
    existing: Existing, feet: tuple[Ints, Ints], xy: Floats, corridors: Corridors
) -> tuple[list[Path], Ints]:
    """The paths to the doors at `xy` (n, 2), nearest first, and the line of the network each door ends up on.

    `feet`: door and station beside it. A door that cannot be reached has no path and line -1;
    one that a road leads to already has a line and no path.
    """
    graph = _grow(existing, feet, xy, corridors)
    return _cut(graph, existing, len(xy), corridors)


def _grow(existing: Existing, feet: tuple[Ints, Ints], xy: Floats, corridors: Corridors) -> _Graph:
    s, standard = existing.stations, corridors.standard
    price = standard.table("price.path")["likely"]
    near = _near_legs(s, feet, xy, corridors, price)
    led_out = _led_out(existing)[s.line[near[1]]]
    far = np.setdiff1d(np.arange(len(xy)), near[0][led_out])
    boxes = _far_boxes(existing, xy[far], standard["path_design.look_m"])
    cell_xy, _, ground, cell_m = ground_of("path", boxes, corridors, cell_m=0.0, max_nodes=4 * MAX_NODES)
    first = len(s)
    door = first + len(cell_xy)
    root = door + len(xy)
    nodes = np.vstack([s.xy, cell_xy, xy, [[np.nan, np.nan]]])
    around = np.concatenate([np.flatnonzero(inside(s.xy, boxes)), door + far])
    legs = _cell_legs(around, nodes, np.arange(first, door), cell_m, corridors, price)
    serving = np.flatnonzero(existing.kind[s.line] == SERVING)
    parts = [
        _line_arcs(existing, corridors, price),
        (ground[0] + first, ground[1] + first, ground[2]),
        legs,
        (near[0] + door, near[1], near[2]),
        (np.full(len(serving), root), serving, np.full(len(serving), FREE_YUAN)),
    ]
    a, b, w = (np.concatenate([p[i] for p in parts]) for i in range(3))
    both = (np.concatenate([w, w]), (np.concatenate([a, b]), np.concatenate([b, a])))
    graph = sp.csr_array(sp.coo_array(both, shape=(root + 1, root + 1)))
    return _Graph(nodes, first, door, attach_leaves(graph, root, np.arange(door, root)))


def _line_arcs(existing: Existing, corridors: Corridors, price: float) -> Arcs:
    """Edges along roads and paths that do not serve yet, and joints."""
    s = existing.stations
    a, b = s.along
    kind = existing.kind[s.line[a]]
    metres = np.hypot(s.at[b] - s.at[a], corridors.sample(s.xy[b]) - corridors.sample(s.xy[a]))
    weight = FREE_YUAN + metres * STUB_YUAN_M
    soft = np.flatnonzero((kind != SERVING) & (kind != STUB))
    along = corridors.standard.table("corridor.along_factor")["path"]
    weight[soft] = metres[soft] * price * along + corridors.extra_yuan("path", s.pieces()[soft])
    keep = kind != SERVING
    ja, jb = s.joints
    joint = FREE_YUAN + np.hypot(*(s.xy[ja] - s.xy[jb]).T) * price
    return (
        np.concatenate([a[keep], ja]),
        np.concatenate([b[keep], jb]),
        np.concatenate([weight[keep], joint]),
    )


def _near_legs(s: Stations, feet: tuple[Ints, Ints], xy: Floats, corridors: Corridors, price: float) -> Arcs:
    """Straight from doors to the stations at their feet, where nothing bars them and it is not too steep."""
    door, station = feet
    keep, weight = _straight(xy[door], s.xy[station], corridors, price)
    return door[keep], station[keep], weight[keep]


def _cell_legs(
    builders: Ints, nodes: Floats, cells: Ints, cell_m: float, corridors: Corridors, price: float
) -> Arcs:
    if not len(cells) or not len(builders):
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)
    a, b = beside(nodes, builders, cells, 1.5 * cell_m)
    keep, weight = _straight(nodes[a], nodes[b], corridors, price)
    return a[keep], b[keep], weight[keep]


def _straight(a: Floats, b: Floats, corridors: Corridors, price: float) -> tuple[Bools, Floats]:
    run = np.hypot(*(a - b).T)
    rise = np.abs(corridors.sample(a) - corridors.sample(b))
    steep = rise > corridors.standard["path_design.max_grade_pct"] / 100 * run + RISE_SLACK_M
    open_ = ~corridors.walls.crossed(np.hstack([a, b])) & ~steep
    return open_, FREE_YUAN + np.hypot(run, rise) * price


def _far_boxes(existing: Existing, xy: Floats, look_m: float) -> Floats:
    """The surroundings of doors that have no straight leg, (n, 4): the door, the nearest line, a margin."""
    if not len(xy) or not len(existing.stations):
        return np.empty((0, 4))
    lines = existing.stations.lines[_led_out(existing)]
    if not len(lines):
        return np.empty((0, 4))
    at, line = shapely.STRtree(lines).query_nearest(shapely.points(xy), all_matches=False)
    leg = shapely.get_coordinates(shapely.shortest_line(shapely.points(xy[at]), lines[line])).reshape(
        -1, 2, 2
    )
    margin = look_m + MARGIN_SHARE * np.hypot(*(leg[:, 0] - leg[:, 1]).T)
    return np.hstack([leg.min(axis=1) - margin[:, None], leg.max(axis=1) + margin[:, None]])


def _led_out(existing: Existing) -> Bools:
    """The lines that hang together with a serving one."""
    s = existing.stations
    a, b = s.line[s.joints]
    n = len(s.lines)
    label = csgraph.connected_components(
        sp.coo_array((np.ones(len(a)), (a, b)), shape=(n, n)), directed=False
    )[1]
    return np.isin(label, np.unique(label[existing.kind == SERVING]))


def _cut(graph: _Graph, existing: Existing, doors: int, corridors: Corridors) -> tuple[list[Path], Ints]:
    """The tree as paths, nearest door first."""
    s = existing.stations
    node, start, metres = _climb(graph.up, graph.xy, graph.doors, doors)
    there = (existing.kind == STUB) | (existing.kind == SERVING)
    carried, laid = np.full(len(graph.up), -1), np.zeros(len(graph.up), bool)
    paths: list[Path] = []
    ends_on = np.full(doors, -1)
    for d in np.argsort(metres, kind="stable"):
        way = node[start[d] : start[d + 1]]
        if not len(way):
            continue
        ends_on[d], before = s.line[way[0]], -1
        for first, last in _runs(way, there[s.line], carried):
            run = way[first : last + 1]
            parent = int(carried[run[0]]) if carried[run[0]] >= 0 else before
            line = int(ends_on[d]) if parent < 0 else -1
            course = _course(run, graph, s, corridors)
            if laid[run[0]]:  # the path it leaves from has been smoothed since
                course[0] = foot_on(paths[parent].xy, course[0])
            if metres_along(course) < corridors.standard["path_design.shortest_m"]:
                continue
            paths.append(Path(int(d), course, parent, line))
            before = len(paths) - 1
            carried[run[1:]], laid[run[1:]] = before, True
    return paths, ends_on


@numba.njit(cache=True, nogil=True)
def _climb(up, xy, first, doors):  # type: ignore[no-untyped-def]
    """The way of every door, outward from the serving station it ends at: nodes, where each way begins
    among them (one more at the end), and its metres; no nodes and inf where there is no way."""
    root = len(up) - 1
    start, metres = np.zeros(doors + 1, np.int64), np.full(doors, np.inf)
    for d in range(doors):
        v, count = first + d, 0
        while v >= 0 and v != root:
            v, count = up[v], count + 1
        start[d + 1] = start[d] + (count if v == root else 0)
    node = np.empty(start[doors], np.int64)
    for d in range(doors):
        if start[d + 1] == start[d]:
            continue
        v = first + d
        for at in range(start[d + 1] - 1, start[d] - 1, -1):
            node[at], v = v, up[v]
        metres[d] = metres_along(xy[node[start[d] : start[d + 1]]])
    return node, start, metres


@numba.njit(cache=True, nogil=True)
def _runs(way, there, carried):  # type: ignore[no-untyped-def]
    """What has to be built of a way: first and last place of the stretches that are neither `there`
    (stations,) nor in another path. What is there is `carried` by the path before it."""
    stations, used = len(there), 0
    runs = np.empty((len(way), 2), np.int64)
    for k in range(len(way) - 1):
        u, v = way[k], way[k + 1]
        if carried[v] >= 0 or (u < stations and v < stations and there[v]):
            if carried[v] < 0:
                carried[v] = carried[u]  # hardened already, but reached by the path before it
        elif used > 0 and runs[used - 1, 1] == k:
            runs[used - 1, 1] = k + 1
        else:
            runs[used, 0], runs[used, 1] = k, k + 1
            used += 1
    return runs[:used].copy()


def _course(run: Ints, graph: _Graph, s: Stations, corridors: Corridors) -> Floats:
    """Coordinates along a run: the line itself between its stations, smoothed over the ground."""
    c = s.chains
    xy: Floats
    xy, over_ground = _follow(run, graph.xy, s.line, s.at, c.xy, c.along, c.first)
    if over_ground < len(run) - 1 or len(run) <= 3:
        return xy
    return smooth(
        xy,
        corridors.sample,
        corridors.meets,
        path_course(corridors.standard, corridors.terrain.cell),
    )


@numba.njit(cache=True, nogil=True)
def _follow(run, nodes, line, at, xy, along, first):  # type: ignore[no-untyped-def]
    """Points through the nodes of a run, and how many of its steps leave the lines."""
    room, over_ground = 1, 0
    for k in range(len(run) - 1):
        room += 1 + (first[line[run[k]] + 1] - first[line[run[k]]] if run[k] < len(line) else 0)
    out, used = np.empty((room, 2)), 1
    out[0] = nodes[run[0]]
    for k in range(len(run) - 1):
        u, v = run[k], run[k + 1]
        if not (u < len(line) and v < len(line) and line[u] == line[v]):
            out[used] = nodes[v]
            used, over_ground = used + 1, over_ground + 1
            continue
        low, high = min(at[u], at[v]), max(at[u], at[v])
        piece = cut_piece(xy, along, first[line[u]], first[line[u] + 1], low, high)
        for i in range(1, len(piece)):
            out[used] = piece[i if at[u] <= at[v] else len(piece) - 1 - i]
            used += 1
    kept = 1
    for k in range(1, used):
        x, y = out[k, 0] - out[k - 1, 0], out[k, 1] - out[k - 1, 1]
        if np.hypot(x, y) > 1e-6:
            out[kept] = out[k]
            kept += 1
    return out[:kept].copy(), over_ground
