"""A tree of stations and cells as the roads to build: one branch between junctions, outward."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
import scipy.sparse.csgraph as csgraph

from geo.roads.stations import Stations
from geo.roads.trunks import SERVING, TRACK, Existing, Trunk

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

NEW, UPGRADE, FREE, JOINT = "road_new", "road_upgrade", "free", "joint"


@dataclass(frozen=True)
class Branch:
    """One road to build: `kind` (a kind of work), its course outward, the branch it hangs on (-1: on a
    serving road, perhaps over hardened ones), the rows of the groups it leads to, and of an upgrade the
    width of the pavement that is laid, m (NaN of a new road)."""

    kind: str
    xy: Floats
    parent: int
    groups: tuple[int, ...]
    lay_m: float


class _Step(NamedTuple):
    """What an edge is, and of an upgrade how wide a pavement it gets."""

    kind: str
    lay_m: float | None = None


@dataclass(frozen=True)
class _Tree:
    """Nodes numbered anew, outward order; `up` the parent (-1 at the network), `kind` of the edge up."""

    xy: Floats
    station: Ints
    up: Ints
    order: Ints
    kind: list[_Step]
    group: Ints


def branches_of(trunks: list[Trunk], existing: Existing) -> list[Branch]:
    """The branches of all trunks together, parents first; what two trunks share stands once."""
    if not any(len(t.edges) for t in trunks):
        return []
    tree = _join(trunks, existing)
    kids: list[list[int]] = [[] for _ in tree.up]
    for v in tree.order:
        if tree.up[v] >= 0:
            kids[tree.up[v]].append(int(v))
    kind = _settle_joints(tree, kids)
    below = _below(tree, kids)
    found: list[Branch] = []
    carried = np.full(len(tree.up), -1)  # branch that leads to each node
    for v in tree.order:
        u = int(tree.up[v])
        if u < 0:
            continue
        goes_on = len(kids[u]) == 1 and tree.group[u] < 0 and tree.up[u] >= 0 and kind[u] == kind[v]
        if kind[v].kind == FREE:
            carried[v] = carried[u]
        elif not goes_on:
            chain = _chain(int(v), tree, kids, kind)
            course = _course([u, *chain], tree, existing.stations)
            what, lay_m = kind[v]
            lay_m = np.nan if lay_m is None else lay_m
            found.append(Branch(what, course, int(carried[u]), tuple(sorted(below[v])), lay_m))
            carried[chain] = len(found) - 1
    return found


def _chain(v: int, tree: _Tree, kids: list[list[int]], kind: list[_Step]) -> list[int]:
    """`v` and what follows it without a junction, a group or a change of kind."""
    chain = [v]
    while len(kids[v]) == 1 and tree.group[v] < 0 and kind[kids[v][0]] == kind[v]:
        v = kids[v][0]
        chain.append(v)
    return chain


def _join(trunks: list[Trunk], existing: Existing) -> _Tree:
    """All trunks as one tree hanging on the serving roads, ends that lead to no group cut."""
    stations = len(existing.stations)
    xy, edges, groups, offset = [existing.stations.xy], [], [], stations
    for t in trunks:
        shift = np.where(np.arange(len(t.xy)) < stations, 0, offset - stations)
        edges.append(t.edges + shift[t.edges])
        groups.append(np.column_stack([t.group_node + shift[t.group_node], t.groups]))
        xy.append(t.xy[stations:])
        offset += len(t.xy) - stations
    nodes, pairs, goals = np.vstack(xy), np.concatenate(edges), np.concatenate(groups)
    used = np.unique(np.concatenate([pairs.ravel(), goals[:, 0]]))
    pairs = np.searchsorted(used, pairs)
    n = len(used)
    home = np.flatnonzero(
        (used < stations) & (existing.kind[existing.stations.line[np.minimum(used, stations - 1)]] == SERVING)
    )
    run = np.hypot(*(nodes[used[pairs[:, 0]]] - nodes[used[pairs[:, 1]]]).T) + 1e-3
    a, b = np.append(pairs[:, 0], np.full(len(home), n)), np.append(pairs[:, 1], home)
    weight = np.append(run, np.full(len(home), 1e-4))
    graph = sp.csr_array(sp.coo_array((weight, (a, b)), shape=(n + 1, n + 1)))
    graph.data[:] = np.minimum(graph.data, 1e6)
    spanning = csgraph.minimum_spanning_tree(graph)
    outward, parent = csgraph.breadth_first_order(spanning, n, directed=False)
    group = np.full(n + 1, -1)
    group[np.searchsorted(used, goals[:, 0])] = goals[:, 1]
    order, up = _cut(outward.astype(np.int64), parent.astype(np.int64), group, n)
    station = np.append(np.where(used < stations, used, -1), -1)
    tree = _Tree(np.vstack([nodes[used], [[np.nan, np.nan]]]), station, up, order, [], group)
    return _Tree(tree.xy, station, up, order, _kinds(tree, existing), group)


def _cut(order: Ints, up: Ints, group: Ints, root: int) -> tuple[Ints, Ints]:
    """Outward order and parents of what leads to a group; nodes beside the root have none."""
    wanted = group >= 0
    for v in order[::-1]:
        if wanted[v] and v != root:
            wanted[up[v]] = True
    up = np.where((up == root) | (up < 0), -1, up)
    return order[wanted[order] & (order != root)].astype(np.int64), up.astype(np.int64)


def _kinds(tree: _Tree, existing: Existing) -> list[_Step]:
    """What the edge from each node to its parent is."""
    line, kind = existing.stations.line, existing.kind
    said = [_Step(NEW)] * len(tree.up)
    for v in tree.order:
        u = tree.up[v]
        a, b = tree.station[v], tree.station[u]
        if u < 0:
            said[v] = _Step(FREE)
        elif a >= 0 and b >= 0:
            if line[a] != line[b]:
                said[v] = _Step(JOINT)
            elif kind[line[a]] == TRACK:
                said[v] = _Step(UPGRADE, float(existing.lay_m[line[a]]))
            else:
                said[v] = _Step(FREE)
        elif (tree.group[v] >= 0 and b >= 0) or (tree.group[u] >= 0 and a >= 0):
            said[v] = _Step(FREE)  # the centre of the group lies on the road
    return said


def _settle_joints(tree: _Tree, kids: list[list[int]]) -> list[_Step]:
    """A joint goes with what follows it, where that is one thing."""
    kind = list(tree.kind)
    for v in tree.order[::-1]:
        if kind[v].kind == JOINT:
            kind[v] = kind[kids[v][0]] if len(kids[v]) == 1 else _Step(FREE)
    return kind


def _below(tree: _Tree, kids: list[list[int]]) -> list[set[int]]:
    below: list[set[int]] = [set() for _ in tree.up]
    for v in tree.order[::-1]:
        if tree.group[v] >= 0:
            below[v].add(int(tree.group[v]))
        for k in kids[v]:
            below[v] |= below[k]
    return below


def _course(nodes: list[int], tree: _Tree, stations: Stations) -> Floats:
    """Coordinates through `nodes`: along the line between stations of one line, straight elsewhere."""
    parts = [tree.xy[nodes[:1]]]
    for u, v in pairwise(nodes):
        a, b = tree.station[u], tree.station[v]
        if a >= 0 and b >= 0 and stations.line[a] == stations.line[b]:
            piece = stations.chains.piece(int(stations.line[a]), stations.at[a], stations.at[b])
            parts.append(piece[1:])
        else:
            parts.append(tree.xy[[v]])
    xy = np.vstack(parts)
    keep = np.append(True, np.hypot(*np.diff(xy, axis=0).T) > 1e-6)
    return np.asarray(xy[keep], np.float64)
