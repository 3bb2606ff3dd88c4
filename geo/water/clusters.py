"""Which households will share a pool? Close together, and not too far apart in height."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def clusters(xy: Floats, z: Floats, *, near_m: float, most: int, fall_m: float) -> list[Ints]:
    """Rows of each cluster: households joined by steps of `near_m`, halved until they hold at most
    `most` and fall at most `fall_m`. Halved across the widest of east, north and height (which
    counts sixfold: head is dearer than distance)."""
    if not len(xy):
        return []
    pairs = cKDTree(xy).query_pairs(near_m, output_type="ndarray")
    links = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(xy), len(xy)))
    _, label = connected_components(links, directed=False)
    order = np.argsort(label, kind="stable")
    waiting = np.split(order, np.flatnonzero(np.diff(label[order])) + 1)
    done: list[Ints] = []
    while waiting:
        rows = waiting.pop()
        if len(rows) <= most and np.ptp(z[rows]) <= fall_m:
            done.append(np.sort(rows))
            continue
        at = np.column_stack([xy[rows], 6 * z[rows]])
        axis = int(np.ptp(at, axis=0).argmax()) if len(rows) > most else 2
        by = np.lexsort((*xy[rows].T, at[:, axis]))
        half = len(rows) // 2
        waiting += [rows[by[:half]], rows[by[half:]]]
    return sorted(done, key=lambda rows: int(rows[0]))
