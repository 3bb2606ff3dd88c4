"""Low-voltage lines from one transformer to its new households.

Poles stand where houses stand close together; the lines between them are a Steiner tree of
the neighbouring poles (Delaunay) and their straight spans to what is there already. No
household may hang farther along the line than the reach: a branch that would be too long
begins anew at the transformer or at the existing line.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from scipy.sparse.csgraph import breadth_first_order
from scipy.spatial import Delaunay, QhullError

from geo.spatial.network import steiner_tree

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Stem:
    """What the new lines begin at: poles (n, 3) with their distance along the line from the transformer."""

    xyz: Floats
    along: Floats


@dataclass(frozen=True)
class NewLines:
    """New poles `xyz` (m, 3), what each hangs on, and by how much.

    `parent`: 0 to n-1 a pole of the stem, n and above a new pole (n + row). `pole` of each
    household in the same numbering, `drop` metres from it. `gap`: how far the lines may be
    from the cheapest, as a share.
    """

    xyz: Floats
    parent: Ints
    length: Floats
    pole: Ints
    drop: Floats
    gap: float


def new_lines(homes: Floats, stem: Stem, *, drop_m: float, pole_m: float, reach_m: float) -> NewLines:
    """Lines to `homes` (h, 3): on the stem within `drop_m`, else by new poles within `pole_m` of the house.

    A household is left off (pole -1) when even a straight line would exceed `reach_m`.
    """
    n = len(stem.xyz)
    to_stem = _apart(homes, stem.xyz)
    usable = (to_stem <= drop_m) & (stem.along <= reach_m)[None, :]
    drop = np.where(usable, to_stem, np.inf)
    pole = np.where(usable.any(axis=1), drop.argmin(axis=1), -1).astype(np.int64)
    far = np.flatnonzero(pole < 0)
    if not len(far):
        return _nothing(pole, drop.min(axis=1, initial=np.inf))
    entry = _apart(homes[far], stem.xyz)
    toward = stem.xyz[np.where(stem.along[None, :] + entry <= reach_m, entry, np.inf).argmin(axis=1)]
    xyz, of = _stand(homes[far], toward, pole_m)
    begin, link = _entries(xyz, stem, reach_m)
    edges, gap = _tree(xyz, link)
    parent, length = _hung(edges, xyz, begin, link)
    parent, length = _within_reach(parent, length, begin, link, stem, reach_m)
    pole[far] = n + of
    away = np.hypot.reduce(homes[far] - xyz[of], axis=1)
    hung = np.empty(len(homes))
    hung[:] = drop.min(axis=1)
    hung[far] = away
    pole[far[~np.isfinite(link[of])]] = -1
    return NewLines(xyz, parent, length, pole, hung, gap)


def _nothing(pole: Ints, drop: Floats) -> NewLines:
    return NewLines(np.empty((0, 3)), np.empty(0, np.int64), np.empty(0), pole, drop, 0.0)


def _apart(a: Floats, b: Floats) -> Floats:
    found: Floats = np.linalg.norm(a[:, None, :] - b[None, :, :], axis=2)
    return found


def _stand(homes: Floats, toward: Floats, pole_m: float) -> tuple[Floats, Ints]:
    """Poles for the houses, on the side the line comes from; neighbours in one square share one."""
    span = toward - homes
    far = np.hypot.reduce(span, axis=1)
    step = np.minimum(pole_m / 2, far)
    beside = homes + span * (step / np.where(far > 0, far, 1.0))[:, None]
    cell = np.floor(beside[:, :2] / (pole_m / np.sqrt(8))).astype(np.int64)
    _, of = np.unique(cell, axis=0, return_inverse=True)
    of = of.reshape(-1).astype(np.int64)
    count = np.bincount(of)
    xyz = np.stack([np.bincount(of, beside[:, k]) / count for k in range(3)], axis=1)
    return xyz, of


def _entries(xyz: Floats, stem: Stem, reach_m: float) -> tuple[Ints, Floats]:
    """Pole of the stem from which each is reached by the least new line, and its metres (inf: none)."""
    far = _apart(xyz, stem.xyz)
    far = np.where(far + stem.along[None, :] <= reach_m, far, np.inf)
    begin = far.argmin(axis=1).astype(np.int64)
    return begin, far[np.arange(len(xyz)), begin]


def _tree(xyz: Floats, link: Floats) -> tuple[Ints, float]:
    """Steiner tree of the poles that can be reached and node m, which is the stem. Edges (k, 2), gap."""
    m, ok = len(xyz), np.flatnonzero(np.isfinite(link))
    if not len(ok):
        return np.empty((0, 2), np.int64), 0.0
    near = ok[_neighbours(xyz[ok, :2])]
    i, j = np.concatenate([near, np.column_stack([ok, np.full(len(ok), m)])]).T
    weight = np.concatenate([np.hypot.reduce(xyz[near[:, 0]] - xyz[near[:, 1]], axis=1), link[ok]])
    graph = sp.coo_array((np.maximum(weight, 0.1), (i, j)), shape=(m + 1, m + 1)).tocsr()
    found = steiner_tree(graph + graph.T, np.append(ok, m), work=0)
    return found.edges, found.gap


def _neighbours(xy: Floats) -> Ints:
    """Pairs of neighbouring points (k, 2): Delaunay, every pair where the points are few or on a line."""
    if len(xy) > 3:
        try:
            corner = Delaunay(xy).simplices
        except QhullError:
            pass
        else:
            pairs = np.concatenate([corner[:, [0, 1]], corner[:, [1, 2]], corner[:, [0, 2]]])
            return np.unique(np.sort(pairs, axis=1), axis=0).astype(np.int64)
    i, j = np.triu_indices(len(xy), 1)
    return np.column_stack([i, j]).astype(np.int64)


def _hung(edges: Ints, xyz: Floats, begin: Ints, link: Floats) -> tuple[Ints, Floats]:
    """Parent of each new pole: a new one (as -2 - row), the stem (its row), -1 off the tree."""
    m = len(xyz)
    parent, length = np.full(m, -1, np.int64), np.zeros(m)
    if not len(edges):
        return parent, length
    graph = sp.coo_array((np.ones(len(edges)), edges.T), shape=(m + 1, m + 1)).tocsr()
    order, before = breadth_first_order(graph, m, directed=False)
    node = order[1:]
    up = before[node]
    stem = up == m
    parent[node] = np.where(stem, begin[node], -2 - up)
    length[node] = np.where(
        stem, link[node], np.hypot.reduce(xyz[node] - xyz[np.where(stem, node, up)], axis=1)
    )
    return parent, length


def _within_reach(
    parent: Ints, length: Floats, begin: Ints, link: Floats, stem: Stem, reach_m: float
) -> tuple[Ints, Floats]:
    """The same with every pole within reach: one too far along begins anew at the stem, nearest first."""
    parent, length = parent.copy(), length.copy()
    while True:
        along = _along(parent, length, stem)
        over = along > reach_m + 1e-6
        if not over.any():
            break
        up = np.where(parent < -1, -2 - parent, len(parent))
        first = over & ~np.append(over, False)[up]
        parent[first], length[first] = begin[first], link[first]
    return np.where(parent < -1, len(stem.xyz) - 2 - parent, parent), length


def _along(parent: Ints, length: Floats, stem: Stem) -> Floats:
    """Distance of each new pole from the transformer, along the line."""
    m = len(parent)
    along = np.where(parent >= 0, stem.along[np.maximum(parent, 0)] + length, 0.0)
    up, rest = np.where(parent < -1, -2 - parent, m), length.copy()
    top = np.arange(m)
    while (up[top] < m).any():
        moving = up[top] < m
        rest[moving] += np.where(up[top[moving]] < m, length[up[top[moving]]], 0.0)
        top[moving] = up[top[moving]]
    return along[top] + rest - length[top]
