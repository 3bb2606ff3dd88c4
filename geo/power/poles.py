"""The existing low-voltage network as poles: where a new line can begin, and what each carries."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from geo.area import Area
from geo.power.feeders import feeders, low_voltage
from geo.spatial.points import coordinates
from geo.spatial.voids import fill_voids
from geo.spatial.whole import heights
from geo.spatial.within import Within, network, nodes_within
from geo.standards import Standard

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Poles:
    """Poles `xyz` (n, 3) metres, spans `a`-`b` of `length` metres and `mm2`, and the transformers' nodes.

    `reached`: for every pole the transformers within reach of it, along the line.
    """

    xyz: Floats
    a: Ints
    b: Ints
    length: Floats
    mm2: Floats
    root: Ints
    reached: Within

    @cached_property
    def owner(self) -> Ints:
        """The pole of each row of `reached`."""
        return np.repeat(np.arange(len(self.xyz)), np.diff(self.reached.start))

    @cached_property
    def by_ends(self) -> tuple[Ints, Ints]:
        """A number for the two ends of each span, rising; and the rows of the spans in that order."""
        key = np.minimum(self.a, self.b) * len(self.xyz) + np.maximum(self.a, self.b)
        order = np.argsort(key, kind="stable")
        return key[order], order


@dataclass(frozen=True)
class Rooted:
    """The poles one transformer feeds, nearest first: `node` rows of the poles, `parent` place in `node`."""

    node: Ints
    parent: Ints
    along: Floats
    length: Floats
    mm2: Floats


def raised(area: Area, xy: Floats) -> Floats:
    """Points (n, 2) with the ground's elevation (n, 3): in voids and beyond the terrain that of the ground
    around, 0 without terrain and for points without a place."""
    z = np.zeros(len(xy))
    if area.terrain is None or area.planar or not len(xy):
        return np.column_stack([xy, z])
    placed = np.isfinite(xy).all(axis=1)
    z[placed] = area.terrain.sample(xy[placed, 0], xy[placed, 1])
    unknown = np.isnan(z)
    if unknown.any():
        filled = replace(area.terrain, elevation=fill_voids(area.terrain.elevation))
        z[unknown] = heights(filled, xy[unknown])
    return np.column_stack([xy, z])


def existing_poles(area: Area, standard: Standard) -> Poles:
    """The lines as drawn, cut into spans of at most `power.span_m`; else the transformers alone."""
    posts = coordinates(area.layer("transformers").geometry.array)
    found = feeders(
        area,
        max_kv=standard["power.lv_max_kv"],
        snap_m=standard["power.snap_m"],
        drop_m=standard["power.drop_m"],
    )
    none = np.empty(0, np.int64)
    if found is None:
        root = np.arange(len(posts))
        net = network(none, none, np.empty(0), nodes=len(posts))
        reached = nodes_within(net, root, limit=0.0)
        return Poles(raised(area, posts), none, none, np.empty(0), np.empty(0), root, reached)
    a = np.repeat(np.arange(found.net.nodes), np.diff(found.net.start))
    one_way = a < found.net.to
    a, b, length = a[one_way], found.net.to[one_way], found.net.length[one_way]
    xy = _places(found.net.nodes, found.pieces, found.a, found.b, found.root, posts, a, b)
    mm2 = _conductor(area, standard, (xy[a] + xy[b]) / 2)
    xy, a, b, length, mm2 = _spans(xy, a, b, length, mm2, longest=standard["power.span_m"])
    net = network(a, b, length, nodes=len(xy))
    reached = nodes_within(net, found.root, limit=standard["power.reach_m"])
    return Poles(raised(area, xy), a, b, length, mm2, found.root, reached)


def _places(n: int, pieces: Floats, a: Ints, b: Ints, root: Ints, posts: Floats, u: Ints, v: Ints) -> Floats:
    """Coordinates of all nodes: ends of pieces, transformers; a joint stands at its neighbour's."""
    xy = np.full((n, 2), np.nan)
    xy[a], xy[b] = pieces[:, 0], pieces[:, 1]
    xy[root] = posts
    for one, other in ((u, v), (v, u)):
        blank = np.isnan(xy[one, 0])
        xy[one[blank]] = xy[other[blank]]
    return xy


def _conductor(area: Area, standard: Standard, middle: Floats) -> Floats:
    """Cross-section of the mapped line nearest to each span, the standard's where it is not recorded."""
    parts = low_voltage(area, max_kv=standard["power.lv_max_kv"])
    mm2 = area.layer("lines")["area_mm2"].to_numpy(float)[parts[:, 0].astype(np.int64)]
    near = shapely.STRtree(parts[:, 1]).nearest(shapely.points(np.nan_to_num(middle)))
    found = mm2[near]
    series = np.array(standard.numbers("power.conductor_mm2"))
    ohm = np.array(standard.numbers("power.conductor_ohm_km"))
    usual = series[np.argmin(np.abs(ohm - standard["power.resistance_ohm_km"]))]
    chosen: Floats = np.where(found > 0, found, usual)
    return chosen


def _spans(
    xy: Floats, a: Ints, b: Ints, length: Floats, mm2: Floats, *, longest: float
) -> tuple[Floats, Ints, Ints, Floats, Floats]:
    """Cut every edge into equal spans of at most `longest`."""
    count = np.maximum(np.ceil(length / longest - 1e-9), 1).astype(np.int64)
    of = np.repeat(np.arange(len(a)), count)
    step = np.arange(len(of)) - np.repeat(np.cumsum(count) - count, count)
    inner = np.flatnonzero(step > 0)
    share = (step[inner] / count[of[inner]])[:, None]
    made = xy[a[of[inner]]] * (1 - share) + xy[b[of[inner]]] * share
    begin, end = a[of], b[of]
    begin[inner] = len(xy) + np.arange(len(inner))
    end[inner - 1] = begin[inner]
    return np.concatenate([xy, made]), begin, end, (length / count)[of], mm2[of]


def rooted(poles: Poles, transformer: int, *, reach_m: float) -> Rooted:
    """The tree of shortest ways from a transformer to every pole within reach along the lines."""
    root = int(poles.root[transformer])
    node, tree = _subgraph(poles, transformer)
    start = int(np.flatnonzero(node == root)[0])
    along, before = dijkstra(  # type: ignore[call-overload]  # the stubs want floats known
        tree, directed=False, indices=start, limit=reach_m, return_predecessors=True
    )
    order = np.argsort(along, kind="stable")
    order = order[np.isfinite(along[order])]
    place = np.full(len(node) + 1, -1, np.int64)
    place[order] = np.arange(len(order))
    parent = place[np.where(before[order] < 0, len(node), before[order])]
    mm2 = _mm2_between(poles, node[order], node[order[parent]])
    length = np.where(parent >= 0, along[order] - along[order[parent]], 0.0)
    return Rooted(node[order], parent, along[order], length, mm2)


def _subgraph(poles: Poles, transformer: int) -> tuple[Ints, csr_array]:
    """Nodes that this transformer reaches, and the spans between them (zero lengths kept apart from none)."""
    node = np.union1d(poles.owner[poles.reached.source == transformer], poles.root[transformer])
    place = np.full(len(poles.xyz), -1, np.int64)
    place[node] = np.arange(len(node))
    inside = (place[poles.a] >= 0) & (place[poles.b] >= 0)
    a, b, length = place[poles.a[inside]], place[poles.b[inside]], np.maximum(poles.length[inside], 1e-3)
    lo, hi = np.minimum(a, b), np.maximum(a, b)
    rows = np.lexsort((length, hi, lo))
    lo, hi, length = lo[rows], hi[rows], length[rows]
    first = np.ones(len(lo), bool)
    first[1:] = (lo[1:] != lo[:-1]) | (hi[1:] != hi[:-1])
    return node, csr_array((length[first], (lo[first], hi[first])), shape=(len(node), len(node)))


def _mm2_between(poles: Poles, a: Ints, b: Ints) -> Floats:
    """Conductor of the spans a-b (of parallel ones any); NaN where there is none (the root)."""
    key, order = poles.by_ends
    wanted = np.minimum(a, b) * len(poles.xyz) + np.maximum(a, b)
    at = np.clip(np.searchsorted(key, wanted), 0, max(len(key) - 1, 0))
    if not len(key):
        return np.full(len(a), np.nan)
    found: Floats = np.where(key[at] == wanted, poles.mm2[order[at]], np.nan)
    return found
