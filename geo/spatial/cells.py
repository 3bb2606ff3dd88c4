"""Geometries onto cells: which cells a line runs through, which cells a polygon fills."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely
from numba import njit
from rasterio import Affine
from rasterio.features import rasterize
from shapely.geometry.base import BaseGeometry

from geo.spatial.barriers import segments_of
from geo.spatial.terrain import Terrain

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def burn_lines(
    lines: npt.ArrayLike, values: npt.ArrayLike, onto: npt.NDArray[np.float32], terrain: Terrain
) -> None:
    """Lower every cell a line runs through to the line's value, where that is lower. Changes `onto`.

    Lines are followed by quarters of a cell: a corner cut by less may be missed.
    """
    segments, owner = segments_of(lines)
    place = (terrain.west, terrain.north, terrain.cell)
    _burn(segments, np.asarray(values, np.float32)[owner], place, onto)


def fill_polygons(
    polygons: npt.ArrayLike,
    values: npt.ArrayLike,
    onto: npt.NDArray[np.float32] | npt.NDArray[np.bool_],
    terrain: Terrain,
) -> None:
    """Set every cell whose centre lies in a polygon to its value, later ones last. Changes `onto`."""
    segments, owner = segments_of(polygons)
    place = (terrain.west, terrain.north, terrain.cell)
    order = np.argsort(owner, kind="stable")
    start = np.searchsorted(owner[order], np.arange(len(np.asarray(polygons, object)) + 1))
    _fill(segments[order], start, np.asarray(values, np.float32), place, onto)


def cells_along(lines: npt.ArrayLike, terrain: Terrain, *, reach: float) -> tuple[Ints, Floats, Ints]:
    """Cells whose centre is within `reach` metres of a line: flat cell (m,), the nearest point
    on the nearest line (m, 2), and the geometry it belongs to (m,)."""
    segments, owner = segments_of(lines)
    rows, cols = terrain.shape
    best = np.full(rows * cols, np.inf)
    which = np.full(rows * cols, -1, np.int32)
    place = (terrain.west, terrain.north, terrain.cell)
    _nearest(segments, place, rows, cols, reach, best, which)
    cell = np.flatnonzero(which >= 0)
    s = segments[which[cell]]
    centre = centres(cell, terrain)
    run = s[:, 2:] - s[:, :2]
    along = np.sum((centre - s[:, :2]) * run, axis=1) / np.maximum(np.sum(run * run, axis=1), 1e-12)
    return cell, s[:, :2] + np.clip(along, 0, 1)[:, None] * run, owner[which[cell]]


def covered(polygons: npt.ArrayLike, terrain: Terrain) -> npt.NDArray[np.bool_]:
    """Whether the centre of each cell (rows, cols) lies in any of the polygons."""
    onto = np.zeros(terrain.shape, np.bool_)
    fill_polygons(polygons, np.ones(len(np.asarray(polygons, object))), onto, terrain)
    return onto


def cells_inside(polygons: npt.ArrayLike, terrain: Terrain) -> tuple[Ints, Ints]:
    """Cells whose centre lies in a polygon: flat cell (m,) and the polygon (m,), the last of several."""
    polygons = np.asarray(polygons, object)
    onto = np.full(terrain.shape, -1.0, np.float32)
    fill_polygons(polygons, np.arange(len(polygons)), onto, terrain)
    cell = np.flatnonzero(onto.ravel() >= 0)
    return cell, onto.ravel()[cell].astype(np.int64)


def cells_touched(shape: BaseGeometry, terrain: Terrain) -> Ints:
    """Flat cells of the grid that `shape` touches, in order."""
    west, south, east, north = shapely.bounds(shape)
    row, col = terrain.cells(np.array([west, east]), np.array([north, south]))
    r0, r1 = np.clip([row[0], row[1] + 1], 0, terrain.shape[0])
    c0, c1 = np.clip([col[0], col[1] + 1], 0, terrain.shape[1])
    if r0 >= r1 or c0 >= c1:
        return np.zeros(0, np.int64)
    west, north = terrain.west + c0 * terrain.cell, terrain.north - r0 * terrain.cell
    move = Affine(terrain.cell, 0.0, west, 0.0, -terrain.cell, north)
    touched = rasterize(
        [shape], (int(r1 - r0), int(c1 - c0)), transform=move, all_touched=True, dtype="uint8"
    )
    rows, cols = np.nonzero(touched)
    found: Ints = (rows + r0) * terrain.shape[1] + cols + c0
    return found


def ground_of(cell: Ints, terrain: Terrain) -> BaseGeometry:
    """The ground of flat cells as one geometry."""
    row, col = np.divmod(np.unique(cell), terrain.shape[1])
    # edges by their number, so that neighbours share them to the last bit
    west, east = terrain.west + col * terrain.cell, terrain.west + (col + 1) * terrain.cell
    north, south = terrain.north - row * terrain.cell, terrain.north - (row + 1) * terrain.cell
    return shapely.coverage_union_all(np.asarray(shapely.box(west, south, east, north), object))


def centres(cell: Ints, terrain: Terrain) -> Floats:
    """Centres of flat cells, (m, 2), metres."""
    row, col = np.divmod(cell, terrain.shape[1])
    return np.column_stack(
        [terrain.west + (col + 0.5) * terrain.cell, terrain.north - (row + 0.5) * terrain.cell]
    )


def nearest_open(xy: Floats, shut: npt.NDArray[np.bool_], terrain: Terrain, *, reach: float) -> Ints:
    """The flat cell that is not `shut` (rows, cols) with its centre nearest; -1 beyond `reach`."""
    place = (terrain.west, terrain.north, terrain.cell)
    found: Ints = _open(np.ascontiguousarray(xy, np.float64), shut, place, float(reach))
    return found


@njit(cache=True, nogil=True)
def _burn(segments, values, place, onto):  # type: ignore[no-untyped-def]
    west, north, cell = place
    rows, cols = onto.shape
    for i in range(len(segments)):
        x0, y0, x1, y1 = segments[i]
        n = int(np.ceil(np.hypot(x1 - x0, y1 - y0) / (0.25 * cell))) + 1
        for t in range(n + 1):
            r = int(np.floor((north - (y0 + (y1 - y0) * t / n)) / cell))
            c = int(np.floor((x0 + (x1 - x0) * t / n - west) / cell))
            if 0 <= r < rows and 0 <= c < cols and values[i] < onto[r, c]:
                onto[r, c] = values[i]


@njit(cache=True, nogil=True)
def _fill(segments, start, values, place, onto):  # type: ignore[no-untyped-def]
    """Even-odd rule along the line of centres of each row, so that holes stay open."""
    west, north, cell = place
    rows, cols = onto.shape
    for p in range(len(start) - 1):
        s = segments[start[p] : start[p + 1]]
        if len(s) == 0:
            continue
        top = max(0, int(np.floor((north - s[:, 1].max()) / cell)))
        low = min(rows - 1, int(np.floor((north - s[:, 1].min()) / cell)))
        if low < top:
            continue
        count = np.zeros(low - top + 2, np.int64)
        _cut(s, top, low, north, cell, count, np.empty(0))
        begin = np.concatenate((np.zeros(1, np.int64), np.cumsum(count[:-1])))
        cuts = np.empty(begin[-1], np.float64)
        _cut(s, top, low, north, cell, begin.copy(), cuts)
        for r in range(top, low + 1):
            edge = np.sort(cuts[begin[r - top] : begin[r - top + 1]])
            for e in range(0, len(edge) - 1, 2):
                c0 = max(0, int(np.ceil((edge[e] - west) / cell - 0.5)))
                c1 = min(cols - 1, int(np.ceil((edge[e + 1] - west) / cell - 0.5)) - 1)
                for c in range(c0, c1 + 1):
                    onto[r, c] = values[p]


@njit(cache=True, nogil=True)
def _cut(s, top, low, north, cell, at, cuts):  # type: ignore[no-untyped-def]
    """Where edges cut the line of centres of each row: counted in `at`, and with room in `cuts` put there."""
    for i in range(len(s)):
        high, deep = max(s[i, 1], s[i, 3]), min(s[i, 1], s[i, 3])
        r0 = max(top, int(np.floor((north - high) / cell)) - 1)
        r1 = min(low, int(np.floor((north - deep) / cell)) + 1)
        for r in range(r0, r1 + 1):
            y = north - (r + 0.5) * cell
            if deep <= y < high:
                if len(cuts) > 0:
                    across = (y - s[i, 1]) / (s[i, 3] - s[i, 1])
                    cuts[at[r - top]] = s[i, 0] + across * (s[i, 2] - s[i, 0])
                at[r - top] += 1


@njit(cache=True, nogil=True)
def _nearest(segments, place, rows, cols, reach, best, which):  # type: ignore[no-untyped-def]
    west, north, cell = place
    margin = int(np.ceil(reach / cell))
    for i in range(len(segments)):
        x0, y0, x1, y1 = segments[i]
        dx, dy = x1 - x0, y1 - y0
        run2 = dx * dx + dy * dy
        pieces = int(np.ceil(np.sqrt(run2) / cell)) + 1
        # long segments by pieces of a cell, so that only cells beside the line are looked at
        for t in range(pieces + 1):
            r = int(np.floor((north - (y0 + dy * t / pieces)) / cell))
            c = int(np.floor((x0 + dx * t / pieces - west) / cell))
            for rr in range(max(0, r - margin), min(rows, r + margin + 1)):
                for cc in range(max(0, c - margin), min(cols, c + margin + 1)):
                    x, y = west + (cc + 0.5) * cell, north - (rr + 0.5) * cell
                    along = 0.0
                    if run2 > 0.0:
                        along = min(1.0, max(0.0, ((x - x0) * dx + (y - y0) * dy) / run2))
                    d = np.hypot(x - x0 - along * dx, y - y0 - along * dy)
                    v = rr * cols + cc
                    if d <= reach and d < best[v]:
                        best[v] = d
                        which[v] = i


@njit(cache=True, nogil=True)
def _open(xy, shut, place, reach):  # type: ignore[no-untyped-def]
    west, north, cell = place
    rings = int(np.ceil(reach / cell + 0.5))  # a point near the edge of its cell reaches a ring farther
    rows, cols = shut.shape
    found = np.full(len(xy), -1, np.int64)
    for i in range(len(xy)):
        r0 = int(np.floor((north - xy[i, 1]) / cell))
        c0 = int(np.floor((xy[i, 0] - west) / cell))
        best, last = np.inf, rings
        ring = 0
        while ring <= last:
            for r in range(max(0, r0 - ring), min(rows, r0 + ring + 1)):
                for c in range(max(0, c0 - ring), min(cols, c0 + ring + 1)):
                    if max(abs(r - r0), abs(c - c0)) != ring or shut[r, c]:
                        continue
                    d = np.hypot(west + (c + 0.5) * cell - xy[i, 0], north - (r + 0.5) * cell - xy[i, 1])
                    if d < best and d <= reach:
                        best = d
                        found[i] = r * cols + c
            if found[i] >= 0 and last == rings:
                last = min(rings, int(ring * 1.5) + 1)  # a corner of this ring may be farther than the next
            ring += 1
    return found
