"""Where does water go? Drainage of a terrain, hollows filled, and the height of ground above it.

Hollows are filled by a flood from the edge (Barnes et al. 2014, priority flood, Computers &
Geosciences 62); every cell then drains to its steepest lower neighbour, in the flat of a filled
hollow the way the flood came in (O'Callaghan and Mark 1984). Height above the nearest drainage
follows Rennó et al. 2008 and Nobre et al. 2011 (HAND): above the channel cell the water of the cell gets to.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit

from geo.spatial.heap import pop, push

Raster = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Drainage:
    """Flat arrays over the cells: `target` the cell each drains to (-1 at the edge and beside voids, and of
    voids), `order` all cells that are not void, each behind the one it drains to."""

    target: Ints
    order: Ints


def drain(elevation: Raster) -> Drainage:
    """The drainage of `elevation` (rows, cols), metres, NaN void; water leaves at the edge and into voids."""
    target, order = _drain(np.ascontiguousarray(elevation, np.float32))
    return Drainage(target, order)


def accumulation(drainage: Drainage) -> Ints:
    """How many cells drain through each, itself counted: flat; 0 of voids."""
    found: Ints = _accumulate(drainage.target, drainage.order)
    return found


def height_above(elevation: Raster, drainage: Drainage, channel: npt.NDArray[np.bool_]) -> Raster:
    """Metres of each cell above the `channel` cell (rows, cols) it drains to, (rows, cols).

    0 in a channel; below 0 in hollows deeper than it; NaN where the water leaves the grid before one.
    """
    z = np.ascontiguousarray(elevation, np.float32)
    found: Raster = _above(z.ravel(), drainage.target, drainage.order, channel.ravel())
    return found.reshape(z.shape)


@njit(cache=True, nogil=True)
def _drain(z):  # type: ignore[no-untyped-def]
    rows, cols = z.shape
    level = np.full(z.size, np.inf, np.float32)
    target = np.full(z.size, -1, np.int64)
    order, n = np.empty(z.size, np.int64), 0
    keys, nodes, size = np.empty(z.size + 1, np.float64), np.empty(z.size + 1, np.int64), 0
    for v in range(z.size):
        if _is_outlet(z, v // cols, v % cols):
            level[v] = z[v // cols, v % cols]
            size = push(keys, nodes, size, np.float64(level[v]), v)
    while size > 0:
        _, v, size = pop(keys, nodes, size)
        order[n] = v
        n += 1
        r, c = v // cols, v % cols
        for k in range(9):
            rr, cc = r + k // 3 - 1, c + k % 3 - 1
            if 0 <= rr < rows and 0 <= cc < cols and level[rr * cols + cc] == np.inf:
                u = rr * cols + cc
                if np.isnan(z[rr, cc]):
                    continue
                level[u] = max(z[rr, cc], level[v])
                target[u] = v
                size = push(keys, nodes, size, np.float64(level[u]), u)
    for v in order[:n]:
        if target[v] >= 0:
            target[v] = _steepest(level, v, rows, cols, target[v])
    return target, order[:n].copy()


@njit(cache=True, nogil=True)
def _is_outlet(z, r, c):  # type: ignore[no-untyped-def]
    """Not void, and on the edge or beside a void."""
    rows, cols = z.shape
    if np.isnan(z[r, c]):
        return False
    if r == 0 or c == 0 or r == rows - 1 or c == cols - 1:
        return True
    return np.isnan(z[r - 1 : r + 2, c - 1 : c + 2]).any()


@njit(cache=True, nogil=True)
def _steepest(level, v, rows, cols, otherwise):  # type: ignore[no-untyped-def]
    best, at = 0.0, otherwise
    for k in range(9):
        rr, cc = v // cols + k // 3 - 1, v % cols + k % 3 - 1
        if 0 <= rr < rows and 0 <= cc < cols and level[rr * cols + cc] < level[v]:
            fall = (level[v] - level[rr * cols + cc]) / np.hypot(k // 3 - 1.0, k % 3 - 1.0)
            if fall > best:
                best, at = fall, rr * cols + cc
    return at


@njit(cache=True, nogil=True)
def _accumulate(target, order):  # type: ignore[no-untyped-def]
    found = np.zeros(len(target), np.int64)
    for i in range(len(order) - 1, -1, -1):
        v = order[i]
        found[v] += 1
        if target[v] >= 0:
            found[target[v]] += found[v]
    return found


@njit(cache=True, nogil=True)
def _above(z, target, order, channel):  # type: ignore[no-untyped-def]
    base = np.full(len(z), np.nan, np.float32)
    for v in order:
        if channel[v]:
            base[v] = z[v]
        elif target[v] >= 0:
            base[v] = base[target[v]]
    return z - base
