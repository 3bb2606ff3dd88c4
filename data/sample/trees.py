"""Trees of pipes or wires from one root past the houses it serves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
import shapely
from scipy.sparse.csgraph import dijkstra, minimum_spanning_tree
from scipy.spatial.distance import cdist
from shapely.geometry import LineString

from .grid import Floats, Ints


@dataclass(frozen=True)
class ServiceTree:
    """Lines of the tree; for each point its distance along the tree from the root and to the tree, metres."""

    lines: tuple[LineString, ...]
    along: Floats
    off: Floats


def service_tree(root: Floats, points: Floats, *, snap_m: float, longest_m: float) -> ServiceTree:
    """Shortest tree over the points gathered to `snap_m`; spans over `longest_m` are not built."""
    nodes, of = _gather(points, snap_m)
    every = np.vstack([root[None], nodes])
    away = cdist(every, every)
    away[away > longest_m] = 0
    first = np.argsort(cdist(root[None], nodes)[0])[0] + 1  # the root is always joined to its nearest
    away[0, first] = away[first, 0] = np.hypot(*(every[first] - root))
    tree = minimum_spanning_tree(sp.csr_array(away))
    along, before = dijkstra(tree, directed=False, indices=0, return_predecessors=True)
    reached = np.isfinite(along)
    lines = _chains(every, before, reached)
    off = np.hypot(*(points - nodes[of]).T)
    return ServiceTree(lines, along[1:][of], off)


def _gather(points: Floats, snap_m: float) -> tuple[Floats, Ints]:
    key = np.floor(points / snap_m).astype(np.int64)
    _, of = np.unique(key, axis=0, return_inverse=True)
    of = of.ravel()
    count = np.bincount(of)
    return np.column_stack([np.bincount(of, points[:, k]) / count for k in (0, 1)]), of


def _chains(xy: Floats, before: Ints, reached: np.ndarray) -> tuple[LineString, ...]:
    """Lines from fork to fork."""
    children = np.bincount(before[(before >= 0)], minlength=len(xy))
    lines = []
    for node in np.flatnonzero(reached & (children != 1)):
        run = [int(node)]
        while before[run[-1]] >= 0:
            run.append(int(before[run[-1]]))
            if children[run[-1]] != 1:
                break
        if len(run) > 1:
            lines.append(shapely.LineString(np.round(xy[run[::-1]], 2)))
    return tuple(lines)
