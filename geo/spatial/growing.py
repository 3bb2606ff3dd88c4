"""A compact patch of good cells around a seed: the best neighbour next, until it is large enough."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from geo.spatial.heap import pop, push

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


def grow(
    seed: int,
    size: int,
    mark: npt.NDArray[np.float32],
    open_: Bools,
    *,
    compact: float,
) -> Ints:
    """Flat cells of a patch of `size` cells that share sides, from `seed` on; fewer where there are no more.

    The next cell is the one of greatest `mark` (rows, cols) less `compact` times its distance
    from the seed, measured in radii of a disc of that size. Cells not `open_` are not entered.
    The same input gives the same patch: ties fall to the cell met first.
    """
    taken: Any = _grow(int(seed), int(size), mark, open_, float(compact))
    return np.asarray(taken, np.int64)


@njit(cache=True, nogil=True)
def _grow(seed, size, mark, open_, compact):  # type: ignore[no-untyped-def]
    rows, cols = open_.shape
    radius = max(1.0, np.sqrt(size / np.pi))
    seen = np.zeros(rows * cols, np.bool_)
    heap_key, heap_node = np.empty(4 * size + 8), np.empty(4 * size + 8, np.int64)
    taken = np.empty(size, np.int64)
    count, waiting = 0, 0
    r0, c0 = seed // cols, seed % cols
    if open_[r0, c0]:
        waiting = push(heap_key, heap_node, waiting, 0.0, seed)
        seen[seed] = True
    while waiting > 0 and count < size:
        _, node, waiting = pop(heap_key, heap_node, waiting)
        taken[count] = node
        count += 1
        r, c = node // cols, node % cols
        for k in range(4):
            rr = r + (k == 0) - (k == 1)
            cc = c + (k == 2) - (k == 3)
            if rr < 0 or cc < 0 or rr >= rows or cc >= cols:
                continue
            to = rr * cols + cc
            if seen[to] or not open_[rr, cc]:
                continue
            seen[to] = True
            away = np.hypot(float(rr - r0), float(cc - c0)) / radius
            waiting = push(heap_key, heap_node, waiting, compact * away - mark[rr, cc], to)
    return taken[:count]
