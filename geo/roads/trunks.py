"""Which way does the road to each group go? Least-cost trees from the serving network to the groups.

The graph holds the stations of every road a car may use, the ground around the groups
(`geo.corridors`), and one node for the whole serving network. Hardened stubs cost next
to nothing, tracks the price of upgrading, narrow roads that of widening, ground the price of
a new road; so the tree upgrades where that is cheaper over its length and builds where it is not.
Groups whose surroundings overlap are joined by one Steiner tree.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
import scipy.sparse.csgraph as csgraph
import shapely
from scipy.spatial import cKDTree

from geo.alignment import SURE
from geo.corridors import Corridors, Kind
from geo.pricing import likely
from geo.roads.stations import Stations
from geo.spatial.network import steiner_tree
from geo.spatial.windows import overlapping

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Shapes = npt.NDArray[np.object_]
Arcs = tuple[Ints, Ints, Floats]
"""Tails, heads and weights of undirected edges."""

FREE_YUAN = 0.01
"""What a joint costs: a Steiner tree wants weights above nothing."""
STUB_YUAN_M = 0.05
"""What a metre of hardened road costs that is only to be reached."""
SERVING, STUB, TRACK = 0, 1, 2
MARGIN_SHARE = 0.3  # a longer way has room for a wider detour
MAX_NODES = 40_000
LEG_CELLS = 2.6
"""How far a road may leave a station or a group for the grid: so far that some cell lies along the slope."""
LEG_SLACK_M = 0.3
"""By how much the ends of such a leg may differ beside its grade: on the mean height of a cell it is no
more exact than that."""


@dataclass(frozen=True)
class Existing:
    """Roads a car may use: their stations and what each line is (SERVING, STUB, TRACK).

    `lay_m` (lines,): how wide the pavement is that makes a TRACK a group road: all of it on earth, what
    is missing beside a hardened road that is too narrow.
    """

    stations: Stations
    kind: Ints
    lay_m: Floats


@dataclass(frozen=True)
class Trunk:
    """A tree. Nodes are stations (below `stations`), cells of the ground, groups and last the root.

    `edges` (m, 2), those at the root left out; `xy` of all nodes; `groups` the rows of the
    groups joined and `group_node` their nodes; `gap` how far above the optimum the cost can
    be at most, as a share: 0 up to thirteen ends, beyond that where the proof is done within a limit of
    work (`steiner_tree`), which is no clock: every machine designs the same.
    """

    edges: Ints
    xy: Floats
    stations: int
    groups: Ints
    group_node: Ints
    gap: float


def find_trunks(
    existing: Existing, feet: tuple[Ints, Ints], xy: Floats, corridors: Corridors
) -> tuple[list[Trunk], Ints]:
    """The trees that join the groups at `xy` (n, 2) to the serving roads, and the rows that cannot be.

    `feet`: group and station of centres that lie on a road already.
    """
    trunks: list[Trunk] = []
    waiting = np.arange(len(xy))
    if not (existing.kind == SERVING).any():
        return trunks, waiting
    fixed = _road_arcs(existing, corridors)
    look_m = corridors.standard["road_design.look_m"]
    for widen in (1.0, 4.0):  # who finds no way within the first window looks farther
        lost: list[Ints] = []
        boxes = _boxes(existing, xy[waiting], widen * look_m, widen * MARGIN_SHARE)
        for near in _clusters(boxes):
            trunk, missed = _trunk(existing, fixed, feet, xy, waiting[near], boxes[near], corridors)
            lost.append(missed)
            if trunk is not None:
                trunks.append(trunk)
        waiting = np.sort(np.concatenate([np.empty(0, np.int64), *lost]))  # `_trunk` looks rows up by it
    return trunks, waiting


def _road_arcs(existing: Existing, corridors: Corridors) -> Arcs:
    """Edges between stations: joints, stubs, and tracks that are nowhere too steep to be upgraded."""
    s, standard = existing.stations, corridors.standard
    a, b = s.along
    kind = existing.kind[s.line[a]]
    metres = np.hypot(s.at[b] - s.at[a], corridors.sample(s.xy[b]) - corridors.sample(s.xy[a]))
    weight = FREE_YUAN + metres * STUB_YUAN_M
    track = np.flatnonzero(kind == TRACK)
    pieces = s.pieces()[track]
    price = likely(standard, "road_upgrade", existing.lay_m[s.line[a[track]]])
    weight[track] = metres[track] * price + corridors.extra_yuan("road", pieces)
    keep = kind != SERVING
    keep[track] &= _window_grades(s, track, corridors) <= SURE * standard["road_design.max_grade_pct"] / 100
    ja, jb = s.joints
    gap = np.hypot(*(s.xy[ja] - s.xy[jb]).T)
    joint = FREE_YUAN + gap * standard.table("price.road_new")["likely"]
    return (
        np.concatenate([a[keep], ja]),
        np.concatenate([b[keep], jb]),
        np.concatenate([weight[keep], joint]),
    )


def _window_grades(s: Stations, rows: Ints, corridors: Corridors) -> Floats:
    """The steepest base along the line that touches each pair of `s.along` in `rows`."""
    a, b = s.along[:, rows]
    line = s.line[a]
    length = shapely.length(s.lines)[line]
    base = np.minimum(corridors.standard["road_design.grade_base_m"], length)
    low = np.maximum(0.0, s.at[a] - base)
    high = np.minimum(s.at[b], length - base)
    start = low[:, None] + (np.maximum(high, low) - low)[:, None] * np.linspace(0, 1, 16)
    heights = [
        corridors.sample(s.chains.points(np.repeat(line, 16), chain.ravel())).reshape(chain.shape)
        for chain in (start, start + base[:, None])
    ]
    return np.asarray((np.abs(heights[1] - heights[0]) / base[:, None]).max(axis=1, initial=0.0), np.float64)


def _boxes(existing: Existing, xy: Floats, look_m: float, share: float) -> Floats:
    """The surroundings of each group, (n, 4): it and the serving road nearest to it, and a margin."""
    serving = shapely.multilinestrings(existing.stations.lines[existing.kind == SERVING])
    leg = shapely.get_coordinates(shapely.shortest_line(shapely.points(xy), serving)).reshape(-1, 2, 2)
    margin = look_m + share * np.hypot(*(leg[:, 0] - leg[:, 1]).T)
    return np.hstack([leg.min(axis=1) - margin[:, None], leg.max(axis=1) + margin[:, None]])


def _clusters(boxes: Floats) -> list[Ints]:
    """The rows of the boxes that overlap, together."""
    if not len(boxes):
        return []
    label = overlapping(boxes)
    return [np.flatnonzero(label == k) for k in range(label.max() + 1)]


def _trunk(
    existing: Existing,
    fixed: Arcs,
    feet: tuple[Ints, Ints],
    xy: Floats,
    rows: Ints,
    boxes: Floats,
    corridors: Corridors,
) -> tuple[Trunk | None, Ints]:
    """The tree of one cluster, `rows` in rising order, and the rows it cannot reach."""
    s = existing.stations
    cell_m = corridors.standard["corridor.cell_m"]
    cell_xy, cell_z, ground, cell_m = ground_of("road", boxes, corridors, cell_m=cell_m, max_nodes=MAX_NODES)
    first, groups = len(s), len(s) + len(cell_xy)
    root = groups + len(rows)
    nodes = np.vstack([s.xy, cell_xy, xy[rows], [[np.nan, np.nan]]])
    heights = np.concatenate([corridors.sample(s.xy), cell_z, corridors.sample(xy[rows])])
    serving = np.flatnonzero(existing.kind[s.line] == SERVING)
    at_home = np.isin(feet[0], rows)
    foot_group = groups + np.searchsorted(rows, feet[0][at_home])
    afield = np.setdiff1d(np.arange(groups, root), foot_group)  # a centre on a road builds from that road
    builders = np.concatenate([np.arange(len(s)), afield])
    near = inside(nodes[builders], boxes)
    legs = _legs(builders[near], nodes, heights, np.arange(first, groups), cell_m, corridors)
    parts = [
        fixed,
        (ground[0] + first, ground[1] + first, ground[2]),
        legs,
        (foot_group, feet[1][at_home], np.full(at_home.sum(), FREE_YUAN)),
        (np.full(len(serving), root), serving, np.full(len(serving), FREE_YUAN)),
    ]
    a, b, w = (np.concatenate([p[i] for p in parts]) for i in range(3))
    graph = sp.csr_array(sp.coo_array((w, (a, b)), shape=(root + 1, root + 1)))
    wanted = np.arange(groups, root)
    keep, reached = _worth_looking_at(graph, wanted, root)
    if not reached.any():
        return None, rows
    number = np.cumsum(keep) - 1
    small = graph[keep][:, keep]
    ends, gap = number[wanted[reached]], 0.0
    if len(ends) == 1:  # a tree of two ends is a way
        found = _way(small, int(number[root]), int(ends[0]))
    else:
        tree = steiner_tree(small, np.append(ends, number[root]))
        found, gap = tree.edges, tree.gap
    edges = np.flatnonzero(keep)[found]
    edges = edges[(edges != root).all(axis=1)]
    return Trunk(edges, nodes, len(s), rows[reached], wanted[reached], gap), rows[~reached]


def _way(graph: sp.csr_array, root: int, end: int) -> Ints:
    """The edges of the cheapest way, (m, 2)."""
    up = csgraph.dijkstra(graph, directed=False, indices=np.array([root]), return_predecessors=True)[1][0]
    nodes = [end]
    while nodes[-1] != root:
        nodes.append(int(up[nodes[-1]]))
    return np.column_stack([nodes[1:], nodes[:-1]]).astype(np.int64)


def ground_of(
    kind: Kind, boxes: Floats, corridors: Corridors, *, cell_m: float, max_nodes: int
) -> tuple[Floats, Floats, Arcs, float]:
    """The ground within `boxes` (n, 4) as one graph: cells' xy and z, edges, side of a cell.

    Cells of `cell_m` or a little more; larger where there would be more than `max_nodes`.
    """
    cell = corridors.terrain.cell
    coarsen = max(1, round(cell_m / cell))
    if not len(boxes):
        none = np.empty(0, np.int64)
        return np.empty((0, 2)), np.empty(0), (none, none, np.empty(0)), cell * coarsen
    size = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    one = shapely.union_all(shapely.box(*boxes.T)).area if size.sum() > max_nodes * cell**2 else size.sum()
    while one / (cell * coarsen) ** 2 > max_nodes:
        coarsen += 1
    ground = corridors.patch(kind, boxes, coarsen=coarsen)
    return ground.xy, ground.z, ground.arcs, ground.cell_m


def inside(xy: Floats, boxes: Floats) -> Bools:
    within = np.zeros(len(xy), bool)
    for west, south, east, north in boxes:
        within |= (xy[:, 0] >= west) & (xy[:, 0] <= east) & (xy[:, 1] >= south) & (xy[:, 1] <= north)
    return within


def beside(nodes: Floats, some: Ints, others: Ints, within_m: float) -> tuple[Ints, Ints]:
    """The pairs of nodes, one of `some` and one of `others`, that are no farther from each other."""
    a, b = cKDTree(nodes[some]), cKDTree(nodes[others])
    pairs = a.sparse_distance_matrix(b, within_m, output_type="ndarray")
    return some[pairs["i"]], others[pairs["j"]]


def _legs(
    builders: Ints, nodes: Floats, heights: Floats, cells: Ints, cell_m: float, corridors: Corridors
) -> Arcs:
    """From stations and groups to the cells beside them: no wall between, no steeper than a road may be."""
    standard = corridors.standard
    if not len(cells) or not len(builders):
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)
    a, b = beside(nodes, builders, cells, LEG_CELLS * cell_m)
    run = np.hypot(*(nodes[a] - nodes[b]).T)
    middle = corridors.sample((nodes[a] + nodes[b]) / 2)
    steep = (
        np.abs(heights[a] - heights[b]) > standard["road_design.search_grade_pct"] / 100 * run + LEG_SLACK_M
    )
    half = standard["road_design.max_grade_pct"] / 100 * run / 2 + LEG_SLACK_M
    steep |= (np.abs(heights[a] - middle) > half) | (np.abs(heights[b] - middle) > half)
    open_ = ~corridors.walls.crossed(np.hstack([nodes[a], nodes[b]])) & ~steep
    price = standard.table("price.road_new")["likely"]
    return a[open_], b[open_], FREE_YUAN + run[open_] * price


def _worth_looking_at(graph: sp.csr_array, wanted: Ints, root: int) -> tuple[Bools, Bools]:
    """Nodes no farther from some group than the root is, and which groups reach the root.

    A group at the end of a tree through a farther node would better go to the root itself.
    """
    home = csgraph.dijkstra(graph, directed=False, indices=np.array([root]))[0]
    reached = np.isfinite(home[wanted])
    ends = wanted[reached]
    if not len(ends):
        return np.arange(graph.shape[0]) == root, reached
    # one search for all: each group begins as much later as its way home is shorter than the longest
    longest, n, steps = float(home[ends].max()), graph.shape[0], graph.tocoo()
    tail, head = np.append(steps.row, np.full(len(ends), n)), np.append(steps.col, ends)
    weight = np.append(steps.data, 1.0 + longest - home[ends])
    wider = sp.csr_array(sp.coo_array((weight, (tail, head)), shape=(n + 1, n + 1)))
    limit = (1.0 + longest) * (1 + 1e-9) + 1e-6
    far = csgraph.dijkstra(wider, directed=False, indices=np.array([n]), limit=limit)[0]
    keep: Bools = np.isfinite(far[:n])
    keep[root] = True
    return keep, reached
