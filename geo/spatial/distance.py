"""How far is every cell from the nearest of some cells? Exact, in the straight line, compiled.

Two passes (Felzenszwalb and Huttenlocher 2012, Theory of Computing 8): down and up the columns to
the nearest cell in each, then along the rows under the lowest of the parabolas that stand there.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit


def distance_m(goal: npt.NDArray[np.bool_], cell: float) -> npt.NDArray[np.float32]:
    """Metres between the centre of each cell (rows, cols) and that of the nearest `goal`; inf without any."""
    far = np.empty(goal.shape, np.float32)
    _distance(goal, float(cell), far)
    return far


@njit(cache=True, nogil=True)
def _distance(goal, cell, far):  # type: ignore[no-untyped-def]
    rows, cols = goal.shape
    none = rows + cols  # farther than any
    gap = np.empty((rows, cols), np.int64)
    for c in range(cols):
        gap[0, c] = 0 if goal[0, c] else none
    for r in range(1, rows):
        for c in range(cols):
            gap[r, c] = 0 if goal[r, c] else min(gap[r - 1, c] + 1, none)
    for r in range(rows - 2, -1, -1):
        for c in range(cols):
            gap[r, c] = min(gap[r, c], gap[r + 1, c] + 1)
    at, start = np.empty(cols + 1, np.int64), np.empty(cols + 1, np.int64)
    for r in range(rows):
        if _lowest(gap[r], none, at, start) == 0:
            far[r] = np.inf
            continue
        k = 0
        for c in range(cols):
            while start[k + 1] <= c:
                k += 1
            across, down = np.float64(c - at[k]), np.float64(gap[r, at[k]])
            far[r, c] = cell * np.sqrt(across * across + down * down)


@njit(cache=True, nogil=True)
def _lowest(gap, none, at, start):  # type: ignore[no-untyped-def]
    """The columns `at` whose parabola is somewhere the lowest, and the first column where it is; how many."""
    cols, n = len(gap), 0
    for c in range(cols):
        if gap[c] == none:
            continue
        begin = 0
        while n > 0:
            b = at[n - 1]
            begin = (gap[c] * gap[c] - gap[b] * gap[b] + c * c - b * b) // (2 * (c - b)) + 1
            if begin > start[n - 1]:
                break
            n -= 1
            begin = 0
        if begin < cols:
            at[n], start[n] = c, begin
            n += 1
    start[n] = cols
    return n
