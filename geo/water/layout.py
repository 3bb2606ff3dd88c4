"""Where do the pipes of one system run? A tree along the ground from the pool to every household.

The tree is a Steiner tree on the ground graph; each household hangs on the node beside it
by a service pipe of its own, so a house is an end and never a through-station. Lines are
smoothed afterwards and measured along the ground on what is left: kilometres over cells
are too long.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
import shapely
from scipy.sparse.csgraph import breadth_first_order, dijkstra

from geo.corridors import Corridors
from geo.spatial.chains import Chains, make_chains
from geo.spatial.network import steiner_tree
from geo.spatial.part import part_of

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

# How finely is looked, no rules of water: other values draw the pipes a little elsewhere.
_CELL_M = 25.0  # routes are sought on cells of this size: two of the usual terrain
_LARGEST = 3_000  # coarser where there would be more cells: a tree to 15 doors takes a third of a second
_STEP_M = 12.5  # the ground under a line is read this often: a cell of the usual terrain knows no more
_HUMP_M, _SAG_M = 1.0, 8.0  # a point this much above, below both ends of a pipe is watched


@dataclass(frozen=True)
class Trail:
    """A tree of points in breadth-first order: 0 is the pool. `house` is the row served, -1 elsewhere."""

    parent: Ints
    xy: Floats
    z: Floats
    house: Ints


@dataclass(frozen=True)
class Tree:
    """A tree of pipes. Node 0 is the pool; `line[i]` runs from `parent[i]` to i over `length[i]`
    metres of ground. `tank` marks break-pressure tanks; `gap` is that of the Steiner tree."""

    parent: Ints
    line: npt.NDArray[np.object_]
    length: Floats
    xy: Floats
    z: Floats
    house: Ints
    tank: Bools

    @cached_property
    def _chains(self) -> Chains:
        return make_chains(self.line)

    def piece(self, i: int, a: float, b: float) -> Floats:
        """The course of the pipe to node i (not the pool) between two shares of its length."""
        chains = self._chains
        first, last = chains.first[i], chains.first[i + 1] - 1
        if a <= 0 and b >= 1:
            return chains.xy[first : last + 1]
        length = chains.along[last] - chains.along[first]
        return chains.piece(i, a * length, b * length)

    def static(self, level: Floats | float) -> Floats:
        """The greatest static head in the pipe to each node, under the water `level` it hangs under."""
        return np.asarray(level - np.minimum(self.z, self.z[np.maximum(self.parent, 0)]), np.float64)

    def beside(self, reach_m: float, *, end: int = 0) -> Bools:
        """Points of the line so near one `end` of it that a trench takes it through the ground there."""
        near = np.hypot(*(self.xy - self.xy[end]).T) <= reach_m
        return np.asarray((self.house < 0) & ~self.tank & near, np.bool_)

    def below(self, value: Floats) -> Floats:
        """Per node the sum of `value` over it and all under it."""
        total = np.array(value, float)
        for i in range(len(total) - 1, 0, -1):
            total[self.parent[i]] += total[i]
        return total


def lay_trail(
    corridors: Corridors,
    root: Floats,
    root_z: float,
    doors: Floats,
    *,
    ceiling_m: float,
    fall: float,
    trench_m: float,
    near_m: float,
    margin_m: float = 120.0,
) -> tuple[Trail, Ints, float]:
    """The tree from `root` (2,) to the `doors` (n, 2) over ground below `ceiling_m`, which falls by `fall`
    metres a metre from the root and within `near_m` of it is `trench_m` higher; doors it cannot
    reach; the gap of the tree to the cheapest there can be."""
    ends = np.vstack([root, doors])
    coarsen = max(1, round(_CELL_M / corridors.terrain.cell))
    local = corridors.local("pipe", ends, margin_m=margin_m, coarsen=coarsen, max_nodes=_LARGEST)
    at, _ = local.node_of(ends)
    away = np.hypot(*(local.xy - root).T)
    open_node = local.z <= ceiling_m + np.where(away <= near_m, trench_m, -fall * away)
    open_node[at[0]] = True
    small, keep = part_of(local.graph, int(at[0]), open_node)
    number = np.full(len(open_node), -1)
    number[keep] = np.arange(len(keep))
    cut = number[at[1:]] < 0
    reached = np.flatnonzero(~cut)
    wanted = np.unique(number[at[np.r_[0, reached + 1]]])
    edges, gap = _cheapest(small, wanted, int(number[at[0]]))
    order, before = _walk(edges, len(keep), int(number[at[0]]))
    place = np.full(len(keep), -1)
    place[order] = np.arange(len(order))  # the root stands for the cell it is in, whose middle may be higher
    parent = np.r_[-1, place[before[order[1:]]], place[number[at[reached + 1]]]]
    xy = np.vstack([root, local.xy[keep[order[1:]]], doors[reached]])
    z = corridors.sample(xy)
    z[0] = root_z
    house = np.r_[np.full(len(order), -1), reached]
    trail = Trail(parent.astype(np.int64), xy, z, house.astype(np.int64))
    return trail, np.flatnonzero(cut), gap


def _cheapest(graph: sp.csr_array, wanted: Ints, root: int) -> tuple[Ints, float]:
    """Edges of the cheapest tree and its gap: a shortest path where only two ends are to be joined."""
    if len(wanted) > 2:
        tree = steiner_tree(graph, wanted, work=0)
        return tree.edges, tree.gap
    if len(wanted) < 2:
        return np.empty((0, 2), np.int64), 0.0
    end = int(wanted[wanted != root][0])
    before = dijkstra(graph, True, np.array(root), True)[1]
    path = [end]
    while path[-1] != root:
        path.append(int(before[path[-1]]))
    return np.column_stack([path[:-1], path[1:]]).astype(np.int64), 0.0


def lay_main(
    corridors: Corridors, source: Floats, pool: Floats, *, ceiling_m: float, bottom_m: float, trench_m: float,
    near_m: float, margin_m: float = 400.0,
) -> Trail | None:  # fmt: skip
    """The cheapest line from a source to a pool (2,) over ground between `bottom_m`, below which water would
    press too hard, and `ceiling_m`, within `near_m` of the ends `trench_m` higher; None: there is none."""
    span = float(np.hypot(*(pool - source)))
    coarsen = 1 + int(span > 1000)
    local = corridors.local("pipe", np.vstack([source, pool]), margin_m=margin_m, coarsen=coarsen)
    (a, b), _ = local.node_of(np.vstack([source, pool]))
    near = np.minimum(*(np.hypot(*(local.xy - p).T) for p in (source, pool))) <= near_m
    open_node = (local.z <= ceiling_m + np.where(near, trench_m, 0.0)) & (local.z >= bottom_m)
    open_node[[a, b]] = True
    graph, keep = part_of(local.graph, int(a), open_node)
    start, end = (int(i) for i in np.searchsorted(keep, (a, b)))
    if end == len(keep) or keep[end] != b:
        return None
    before = dijkstra(graph, True, np.array(start), True)[1]
    nodes = [end]
    while nodes[-1] != start:
        nodes.append(int(before[nodes[-1]]))
    xy = np.vstack([source, local.xy[keep[nodes[-2:0:-1]]], pool])
    n = len(xy)
    return Trail(np.arange(-1, n - 1), xy, corridors.sample(xy), np.full(n, -1, np.int64))


def draw(
    trail: Trail, corridors: Corridors, *, tank: Bools, smooth_m: float, shoulder_m: float = np.inf
) -> Tree:
    """The trail as pipes: one from each fork, tank and end to the next, smoothed, and cut at its
    highest and lowest points where they lie outside the heights of its ends, and wherever ground stands
    `shoulder_m` above the straight line between two cuts: the head in a pipe falls along such a line."""
    children = np.bincount(trail.parent[1:], minlength=len(trail.parent))
    stop = (children != 1) | tank | (trail.house >= 0)
    stop[0] = True
    keys = np.flatnonzero(stop)
    number = np.full(len(stop), -1)
    number[keys] = np.arange(len(keys))
    walks, parent = [np.empty(0, np.int64)], [-1]
    for key in keys[1:]:
        walk = [int(key)]
        while not stop[trail.parent[walk[-1]]]:
            walk.append(int(trail.parent[walk[-1]]))
        walk.append(int(trail.parent[walk[-1]]))
        walks.append(np.array(walk[::-1]))
        parent.append(int(number[walk[-1]]))
    smooth = _lines([trail.xy[walk] for walk in walks])
    long = shapely.length(smooth) > 0
    smooth[long] = shapely.simplify(smooth[long], smooth_m)
    return _watched(
        np.array(parent), smooth, trail.xy[keys], trail.z[keys], trail.house[keys], tank[keys], corridors,
        shoulder_m,
    )  # fmt: skip


def profile(lines: npt.NDArray[np.object_], corridors: Corridors) -> tuple[Floats, Floats, Ints]:
    """Points along the lines, their elevation, and the line each belongs to."""
    dense = lines.copy()
    long = shapely.length(lines) > 0  # a door may stand on the very main
    dense[long] = shapely.segmentize(lines[long], _STEP_M)
    xy, of = shapely.get_coordinates(dense, return_index=True)
    return xy, corridors.sample(xy), of.astype(np.int64)


def _watched(
    parent: Ints, lines: npt.NDArray[np.object_], xy: Floats, z: Floats, house: Ints, tank: Bools,
    corridors: Corridors, shoulder_m: float,
) -> Tree:  # fmt: skip
    """Each pipe cut at summit, sag and shoulders, so that head and pressure are held there too."""
    points, heights, of = profile(lines, corridors)
    starts = np.searchsorted(of, np.arange(len(lines) + 1))
    out: list[tuple[int, Floats, Floats, int, bool]] = [(-1, xy[:1], z[:1], -1, False)]
    place = np.zeros(len(lines), np.int64)
    for i in range(1, len(lines)):
        p, h = points[starts[i] : starts[i + 1]], heights[starts[i] : starts[i + 1]].copy()
        h[0], h[-1] = z[parent[i]], z[i]
        cuts = [0, *_cuts(h), len(h) - 1]
        if np.isfinite(shoulder_m):
            cuts = _shoulders(p, h, cuts, shoulder_m)
        last = int(place[parent[i]])
        for a, b in pairwise(cuts):
            end = b == len(h) - 1
            tap = int(house[i]) if end else -1
            out.append((last, p[a : b + 1], h[a : b + 1], tap, bool(tank[i]) and end))
            last = len(out) - 1
        place[i] = last
    return Tree(
        np.array([o[0] for o in out], np.int64),
        _lines([o[1] for o in out]),
        _lengths([o[1] for o in out], [o[2] for o in out]),
        np.array([o[1][-1] for o in out]),
        np.array([o[2][-1] for o in out]),
        np.array([o[3] for o in out], np.int64),
        np.array([o[4] for o in out], np.bool_),
    )


def _lines(paths: list[Floats]) -> npt.NDArray[np.object_]:
    """One line of each path of points; empty where it is a single point."""
    count = np.array([len(p) for p in paths])
    lines = np.full(len(paths), shapely.LineString(), object)
    long = np.flatnonzero(count > 1)
    if len(long):
        points = np.vstack([paths[i] for i in long])
        lines[long] = shapely.linestrings(points, indices=np.repeat(np.arange(len(long)), count[long]))
    return lines


def _lengths(paths: list[Floats], heights: list[Floats]) -> Floats:
    """Metres over the ground along each path of points."""
    xy, z = np.vstack(paths), np.concatenate(heights)
    of = np.repeat(np.arange(len(paths)), [len(p) for p in paths])
    step = np.hypot(np.hypot(*np.diff(xy, axis=0).T), np.diff(z))
    inside = np.where(of[1:] == of[:-1], step, 0.0)
    return np.bincount(of[1:], inside, minlength=len(paths)).astype(np.float64)


def _cuts(h: Floats) -> list[int]:
    if len(h) < 3:
        return []
    top, sag = int(h.argmax()), int(h.argmin())
    cuts = set()
    if h[top] > max(h[0], h[-1]) + _HUMP_M:
        cuts.add(top)
    if h[sag] < min(h[0], h[-1]) - _SAG_M:
        cuts.add(sag)
    return sorted(cuts - {0, len(h) - 1})


def _shoulders(xy: Floats, h: Floats, cuts: list[int], most_m: float) -> list[int]:
    """`cuts`, and points so that nowhere ground stands more than `most_m` above the line from cut to cut."""
    along = np.r_[0.0, np.cumsum(np.hypot(*np.diff(xy, axis=0).T))]
    found, waiting = set(cuts), list(pairwise(cuts))
    while waiting:
        a, b = waiting.pop()
        above = h[a : b + 1] - np.interp(along[a : b + 1], along[[a, b]], h[[a, b]])
        at = a + int(above.argmax())
        if a < at < b and above.max() > most_m:
            found.add(at)
            waiting += [(a, at), (at, b)]
    return sorted(found)


def _walk(edges: Ints, n: int, root: int) -> tuple[Ints, Ints]:
    """Breadth-first order of a tree from its root, and the node before each (negative at the root)."""
    both = np.r_[edges, edges[:, ::-1]] if len(edges) else np.empty((0, 2), np.int64)
    tree = sp.csr_array((np.ones(len(both)), (both[:, 0], both[:, 1])), shape=(n, n))
    order, before = breadth_first_order(tree, root, directed=True, return_predecessors=True)
    return order.astype(np.int64), before.astype(np.int64)
