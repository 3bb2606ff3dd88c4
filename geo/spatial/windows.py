"""Windows of a raster: around points, in whole blocks, coarser or finer.

A window is a pair of slices (rows, columns); a place is west, north and side of a cell, metres.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
import shapely
from scipy.sparse.csgraph import connected_components

from geo.spatial.terrain import Terrain

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Window = tuple[slice, slice]
Place = tuple[float, float, float]


def window_around(xy: Floats, margin_m: float, terrain: Terrain) -> Window:
    """The cells of `terrain` around points (n, 2) and `margin_m` beyond, at least 2 x 2 of them
    where there are so many."""
    xy = xy[np.isfinite(xy).all(axis=1)]
    rows, cols = terrain.shape
    low, high = xy.min(axis=0) - margin_m, xy.max(axis=0) + margin_m
    r0, r1 = (terrain.north - high[1]) / terrain.cell, (terrain.north - low[1]) / terrain.cell
    c0, c1 = (low[0] - terrain.west) / terrain.cell, (high[0] - terrain.west) / terrain.cell
    return _clip(r0, r1, rows), _clip(c0, c1, cols)


def aligned(box: Window, n: int, shape: tuple[int, int]) -> Window:
    """The window in whole blocks of n cells counted from the corner of the grid: windows fit each other."""
    rows, cols = (
        slice(s.start // n * n, max(s.start // n * n + n, min(-(-s.stop // n) * n, size // n * n)))
        for s, size in zip(box, shape, strict=True)
    )
    return rows, cols


def cells_of(box: Window, coarsen: int) -> int:
    """How many cells a window has, `coarsen` of them as one."""
    rows, cols = ((s.stop - s.start) // coarsen for s in box)
    return int(rows * cols)


def blocks(values: npt.NDArray[np.float32], n: int, how: str) -> Floats:
    """Blocks of n x n cells as one: their mean, or the cell in their middle. What is left over is cut off."""
    rows, cols = (s // n for s in values.shape)
    if n == 1:
        return values.astype(np.float64)
    if how == "middle":
        return values[n // 2 : rows * n : n, n // 2 : cols * n : n].astype(np.float64)
    return np.asarray(values[: rows * n, : cols * n].reshape(rows, n, cols, n).mean(axis=(1, 3)), np.float64)


def between(height: npt.NDArray[np.float32], at: Floats, *, axis: int) -> npt.NDArray[np.float32]:
    """Heights linear between cell centres at places `at` (in cells from the edge) along one axis."""
    last = height.shape[axis] - 1
    place = np.clip(at - 0.5, 0, last)
    low = np.minimum(place.astype(np.int64), max(0, last - 1))
    share = (place - low).astype(np.float32)
    share = share[:, None] if axis == 0 else share
    first, second = np.take(height, low, axis), np.take(height, np.minimum(low + 1, last), axis)
    return np.asarray(first * (1 - share) + second * share, np.float32)


def centres(number: Ints, place: Place) -> Floats:
    """Where the numbered cells (not negative) have their middles, (n, 2) metres."""
    west, north, cell = place
    r, c = np.nonzero(number >= 0)
    return np.column_stack([west + (c + 0.5) * cell, north - (r + 0.5) * cell])


def rows_and_columns(boxes: Floats, place: Place) -> Ints:
    """Boxes of metres as first row, row beyond the last, first column, column beyond the last."""
    west, north, cell = place
    rows = np.column_stack([np.floor((north - boxes[:, 3]) / cell), np.ceil((north - boxes[:, 1]) / cell)])
    cols = np.column_stack([np.floor((boxes[:, 0] - west) / cell), np.ceil((boxes[:, 2] - west) / cell)])
    return np.hstack([rows, cols]).astype(np.int64)


def overlapping(boxes: Floats) -> Ints:
    """Which boxes (n, 4), metres, overlap or touch, also by way of others: the number of its heap, (n,)."""
    shapes = np.asarray(shapely.box(*boxes.T), object)
    a, b = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    near = sp.coo_array((np.ones(len(a), np.int8), (a, b)), shape=(len(boxes), len(boxes)))
    return np.asarray(connected_components(near, directed=False)[1], np.int64)


def _clip(first: float, last: float, n: int) -> slice:
    start = int(np.clip(np.floor(first), 0, max(0, n - 2)))
    return slice(start, min(n, max(start + 2, int(np.ceil(last)))))
