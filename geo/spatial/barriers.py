"""Lines that stop a step: each step is tested as a straight segment against the line itself.

Segments are rows x0, y0, x1, y1 in metres. Touching counts as crossing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from numba import njit

from geo.spatial.search import OFFSETS
from geo.spatial.terrain import Terrain

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_BIN_CELLS = 4


@dataclass(frozen=True)
class Barriers:
    """Barrier segments, (m, 4), filed in square bins so that a crossing is found by looking nearby."""

    segments: Floats
    start: Ints
    filed: Ints
    west: float
    north: float
    side: float
    shape: tuple[int, int]

    def crossed(self, segments: Floats) -> npt.NDArray[np.bool_]:
        """Whether each of these straight walks, (n, 4), touches a barrier."""
        if len(self.segments) == 0:
            return np.zeros(len(segments), bool)
        rows, cols = self.shape
        found: npt.NDArray[np.bool_] = _crossed(
            np.ascontiguousarray(segments, np.float64),
            self.segments,
            self.start,
            self.filed,
            (self.west, self.north, self.side),
            rows,
            cols,
        )
        return found


def segments_of(geometries: npt.ArrayLike) -> tuple[Floats, Ints]:
    """All straight pieces of lines and polygon edges, (m, 4), and the geometry each belongs to, (m,)."""
    parts, owner = shapely.get_parts(np.asarray(geometries, object), return_index=True)
    areal = shapely.get_type_id(parts) == 3
    rings, inner = shapely.get_rings(parts[areal], return_index=True)
    lines = np.concatenate([parts[~areal], rings])
    owner = np.concatenate([owner[~areal], owner[areal][inner]]).astype(np.int64)
    xy, line = shapely.get_coordinates(lines, return_index=True)
    same = line[1:] == line[:-1]
    pieces = np.hstack([xy[:-1][same], xy[1:][same]])
    return np.ascontiguousarray(pieces), owner[line[:-1][same]]


def make_barriers(lines: npt.ArrayLike, terrain: Terrain) -> Barriers:
    """Barriers from line or polygon geometries (of a polygon, its edge)."""
    segments, _ = segments_of(lines)
    side = terrain.cell * _BIN_CELLS
    rows, cols = (-(-n // _BIN_CELLS) for n in terrain.shape)
    place = (terrain.west, terrain.north, side)
    start, filed = _file(segments, place, rows, cols)
    return Barriers(segments, start, filed, terrain.west, terrain.north, side, (rows, cols))


def refuse_crossing(steps: npt.NDArray[Any], terrain: Terrain, barriers: Barriers) -> None:
    """Set every step between cell centres that crosses a barrier to inf, both ways. Changes `steps`."""
    if len(barriers.segments):
        rows, cols = terrain.shape
        place = (terrain.west, terrain.north, terrain.cell)
        _refuse(steps, barriers.segments, place, rows, cols, OFFSETS[: steps.shape[1]])


@njit(cache=True, nogil=True, inline="always")
def _side(ax, ay, bx, by, px, py):  # type: ignore[no-untyped-def]
    return (bx - ax) * (py - ay) - (by - ay) * (px - ax)


@njit(cache=True, nogil=True)
def _touch(ax, ay, bx, by, cx, cy, dx, dy):  # type: ignore[no-untyped-def]
    """Whether the closed segments ab and cd have a point in common."""
    if max(ax, bx) < min(cx, dx) or max(cx, dx) < min(ax, bx):
        return False
    if max(ay, by) < min(cy, dy) or max(cy, dy) < min(ay, by):
        return False
    if _side(ax, ay, bx, by, cx, cy) * _side(ax, ay, bx, by, dx, dy) > 0.0:
        return False
    return _side(cx, cy, dx, dy, ax, ay) * _side(cx, cy, dx, dy, bx, by) <= 0.0


@njit(cache=True, nogil=True)
def _box(s, place, rows, cols, margin):  # type: ignore[no-untyped-def]
    """First and last row and column of the cells in the box of segment `s`, clipped to the grid."""
    west, north, side = place
    r0 = max(0, int(np.floor((north - max(s[1], s[3])) / side)) - margin)
    r1 = min(rows - 1, int(np.floor((north - min(s[1], s[3])) / side)) + margin)
    c0 = max(0, int(np.floor((min(s[0], s[2]) - west) / side)) - margin)
    c1 = min(cols - 1, int(np.floor((max(s[0], s[2]) - west) / side)) + margin)
    return r0, r1, c0, c1


@njit(cache=True, nogil=True)
def _near(s, x, y, reach):  # type: ignore[no-untyped-def]
    """Whether (x, y) lies within `reach` of the infinite line through `s`."""
    run = np.hypot(s[2] - s[0], s[3] - s[1])
    return abs(_side(s[0], s[1], s[2], s[3], x, y)) <= reach * run or run == 0.0


@njit(cache=True, nogil=True)
def _file(segments, place, rows, cols):  # type: ignore[no-untyped-def]
    """Bins as compressed rows: the segments of bin b are filed[start[b]:start[b + 1]]."""
    west, north, side = place
    start = np.zeros(rows * cols + 1, np.int64)
    for turn in range(2):
        if turn == 1:
            start = np.concatenate((np.zeros(1, np.int64), np.cumsum(start[:-1])))
            filed = np.empty(start[-1], np.int64)
            at = start.copy()
        for i in range(len(segments)):
            s = segments[i]
            r0, r1, c0, c1 = _box(s, place, rows, cols, 0)
            for r in range(r0, r1 + 1):
                for c in range(c0, c1 + 1):
                    if _near(s, west + (c + 0.5) * side, north - (r + 0.5) * side, side):
                        b = r * cols + c
                        if turn == 0:
                            start[b] += 1
                        else:
                            filed[at[b]] = i
                            at[b] += 1
    return start, filed


@njit(cache=True, nogil=True)
def _crossed(walks, segments, start, filed, place, rows, cols):  # type: ignore[no-untyped-def]
    found = np.zeros(len(walks), np.bool_)
    west, north, side = place
    for i in range(len(walks)):
        w = walks[i]
        r0, r1, c0, c1 = _box(w, place, rows, cols, 0)
        for r in range(r0, r1 + 1):
            for c in range(c0, c1 + 1):
                if found[i] or not _near(w, west + (c + 0.5) * side, north - (r + 0.5) * side, side):
                    continue
                b = r * cols + c
                for e in range(start[b], start[b + 1]):
                    s = segments[filed[e]]
                    if _touch(w[0], w[1], w[2], w[3], s[0], s[1], s[2], s[3]):
                        found[i] = True
                        break
    return found


@njit(cache=True, nogil=True)
def _refuse(steps, segments, place, rows, cols, offsets):  # type: ignore[no-untyped-def]
    west, north, cell = place
    for i in range(len(segments)):
        s = segments[i]
        r0, r1, c0, c1 = _box(s, place, rows, cols, 2)
        for r in range(r0, r1 + 1):
            y = north - (r + 0.5) * cell
            for c in range(c0, c1 + 1):
                x = west + (c + 0.5) * cell
                if not _near(s, x, y, 2.3 * cell):
                    continue
                for j in range(0, len(offsets), 2):
                    dr, dc = offsets[j]
                    if not (0 <= r + dr < rows and 0 <= c + dc < cols):
                        continue
                    if _touch(x, y, x + dc * cell, y - dr * cell, s[0], s[1], s[2], s[3]):
                        v = r * cols + c
                        steps[v, j] = np.inf
                        steps[v + dr * cols + dc, j + 1] = np.inf
