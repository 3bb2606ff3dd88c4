"""Which cells lie within a distance of a shape? Marked exactly, one bit of an integer raster per question.

The distance is measured from a cell's centre to the shape itself (0 inside a polygon), so that a
larger shape or a larger distance never marks fewer cells. What lies within R of a segment is
convex: along a row of cells it is one interval, the hull of those of two discs and a rectangle.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely
from numba import njit

from geo.spatial.barriers import segments_of
from geo.spatial.cells import covered
from geo.spatial.terrain import Terrain

Bits = npt.NDArray[np.uint32]


def mark_within(
    shapes: npt.ArrayLike, reach_m: npt.ArrayLike, bit: int, onto: Bits, terrain: Terrain
) -> None:
    """Set `bit` of every cell whose centre lies within its `reach_m` (n,) of a shape (n,). Changes `onto`."""
    shapes = np.asarray(shapes, object)
    if not len(shapes):
        return
    reach = np.broadcast_to(np.asarray(reach_m, np.float64), len(shapes))
    segments, owner = segments_of(shapes)
    dots, whose = shapely.get_parts(shapes, return_index=True)
    dot = (shapely.get_type_id(dots) == 0) & ~shapely.is_empty(dots)
    xy = shapely.get_coordinates(dots[dot])
    segments = np.concatenate([segments, np.hstack([xy, xy])])
    owner = np.concatenate([owner, whose[dot]])
    mask = np.uint32(1 << bit)
    place = (terrain.west, terrain.north, terrain.cell)
    _mark(np.ascontiguousarray(segments), reach[owner], mask, place, onto)
    areal = shapes[shapely.get_dimensions(shapes) == 2]
    if len(areal):
        np.bitwise_or(onto, mask, out=onto, where=covered(areal, terrain))


def touch_m(terrain: Terrain) -> float:
    """Half the diagonal of a cell: a shape that touches a cell lies within this of its centre."""
    return float(terrain.cell / np.sqrt(2.0))


@njit(cache=True, nogil=True)
def _mark(segments, reach, mask, place, onto):  # type: ignore[no-untyped-def]
    west, north, cell = place
    rows, cols = onto.shape
    for i in range(len(segments)):
        x0, y0, x1, y1 = segments[i]
        far = reach[i]
        top = max(0, int(np.floor((north - max(y0, y1) - far) / cell)) - 1)
        low = min(rows - 1, int(np.floor((north - min(y0, y1) + far) / cell)) + 1)
        for r in range(top, low + 1):
            left, right = _interval(x0, y0, x1, y1, far, north - (r + 0.5) * cell)
            if left > right:
                continue
            c0 = max(0, int(np.ceil((left - west) / cell - 0.5)))
            c1 = min(cols - 1, int(np.floor((right - west) / cell - 0.5)))
            for c in range(c0, c1 + 1):
                onto[r, c] |= mask


@njit(cache=True, nogil=True)
def _interval(x0, y0, x1, y1, far, y):  # type: ignore[no-untyped-def]
    """Between which x a row at height y is within `far` of the segment; left > right where nowhere."""
    left, right = np.inf, -np.inf
    for x, centre in ((x0, y0), (x1, y1)):
        room = far * far - (y - centre) * (y - centre)
        if room >= 0.0:
            half = np.sqrt(room)
            left, right = min(left, x - half), max(right, x + half)
    length = np.hypot(x1 - x0, y1 - y0)
    if length == 0.0:
        return left, right
    nx, ny = -(y1 - y0) / length * far, (x1 - x0) / length * far
    corners = (
        (x0 + nx, y0 + ny, x1 + nx, y1 + ny),
        (x1 + nx, y1 + ny, x1 - nx, y1 - ny),
        (x1 - nx, y1 - ny, x0 - nx, y0 - ny),
        (x0 - nx, y0 - ny, x0 + nx, y0 + ny),
    )
    for ax, ay, bx, by in corners:
        if min(ay, by) <= y <= max(ay, by):
            if ay == by:
                left, right = min(left, ax, bx), max(right, ax, bx)
            else:
                x = ax + (y - ay) / (by - ay) * (bx - ax)
                left, right = min(left, x), max(right, x)
    return left, right
