"""What does the extraction of one panel do to the surface above? The probability-integral method.

Every mined element lets the surface sink by a bell, exp(-pi d^2 / r^2) / r^2; the
panel's subsidence is the integral of the bells over its outline (Litwiniszyn 1957;
建筑物、水体、铁路及主要井巷煤柱留设与压煤开采规范 2017). The bell is a product of one in x and one in
y. Along x the integral is closed (the error function between the places where the
outline is crossed); along y it is summed by Gauss-Legendre nodes between the corners of
the outline. So the result is the integral itself to about 1e-5, for any outline and
whatever the cell: no raster of the working, no error of its boundary cells; and the
derivatives are exact derivatives, not differences of cells.

On a grid the bells are worked out per row and per column, not per cell; a row sums the nodes near it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from numba import njit
from scipy.special import erf
from shapely.geometry.base import BaseGeometry

Floats = npt.NDArray[np.float64]
Window = tuple[slice, slice]

REACH_RADII = 2.0
"""So many radii from the outline subsidence is below 1e-6 of its largest, every derivative below 1e-4."""
STEP_RADII = 0.5
"""The outline is summed in steps of this many radii at most."""
NODES = tuple(
    (most, *np.polynomial.legendre.leggauss(n)) for most, n in ((0.02, 1), (0.15, 2), (STEP_RADII, 4))
)
"""Gauss-Legendre nodes and weights of a step up to so many radii long: right to 1e-6 of the bell."""

W, WX, WY, WXX, WXY, WYY, UX, UY, EXX, EXY, EYY = range(11)
PARTS = 11
"""What is summed over panels, first axis of the arrays here: subsidence w (m, down), its first and second
derivatives by x (east) and y (north), displacement u (m), strain e. Tensors, so that the largest over all
directions can be told at the end."""


@dataclass(frozen=True)
class Panel:
    """One piece of a working at one depth, in metres.

    `outline` is already displaced down the dip; `w_max` its subsidence under full extraction, `radius` r,
    `pull` = b r (displacement over tilt), `lean` = cot(theta) and `up_dip` the direction it pulls to.
    """

    outline: BaseGeometry
    w_max: float
    radius: float
    pull: float
    lean: float = 0.0
    up_dip: tuple[float, float] = (0.0, 0.0)

    @cached_property
    def bounds(self) -> Floats:
        """West, south, east and north of the ground it may move."""
        far = REACH_RADII * self.radius
        return np.asarray(shapely.bounds(self.outline) + np.array([-far, -far, far, far]))

    @cached_property
    def crossings(self) -> tuple[Floats, Floats, Floats]:
        return _crossings(self)


def add_to_grid(panel: Panel, west: float, north: float, cell: float, onto: npt.NDArray[Any]) -> None:
    """Add what `panel` does at the centres of a grid, (PARTS, rows, cols). Changes `onto`."""
    rows, cols = window(panel, west, north, cell, onto.shape[1:])
    if rows.start >= rows.stop or cols.start >= cols.stop:
        return
    x = np.asarray(west + (np.arange(cols.start, cols.stop) + 0.5) * cell, np.float64)
    y = np.asarray(north - (np.arange(rows.start, rows.stop) + 0.5) * cell, np.float64)
    t, across, weight = panel.crossings
    sums, bells = _sums(x, across, panel.radius), _bells(y, t, panel.radius)
    shares = np.ascontiguousarray(np.stack(bells).transpose(2, 1, 0) * weight[None, :, None])
    shares[np.abs(y[:, None] - t[None, :]) > REACH_RADII * panel.radius] = 0.0
    measures = np.zeros((6, len(y), len(x)), onto.dtype)
    _sum_rows(np.stack(sums), shares, measures)
    _add(panel, tuple(measures), onto[:, rows, cols])


def at_points(panel: Panel, xy: Floats) -> Floats:
    """The same at points (n, 2): (PARTS, n)."""
    found = np.zeros((PARTS, len(xy)))
    west, south, east, north = panel.bounds
    x, y = xy[:, 0], xy[:, 1]
    near = np.flatnonzero((x > west) & (x < east) & (y > south) & (y < north))
    if len(near) == 0:
        return found
    t, across, weight = panel.crossings
    a0, a1, a2 = _sums(x[near], across, panel.radius)
    b0, b1, b2 = _bells(y[near], t, panel.radius)

    def total(b: Floats, a: Floats) -> Floats:
        return np.asarray(np.einsum("m,mn,mn->n", weight, b, a))

    measures = (total(b0, a0), total(b0, a1), total(b1, a0), total(b0, a2), total(b1, a1), total(b2, a0))
    part = np.zeros((PARTS, len(near)))
    _add(panel, measures, part)
    found[:, near] = part
    return found


def window(panel: Panel, west: float, north: float, cell: float, shape: tuple[int, ...]) -> Window:
    """Rows and columns of a grid whose centres `panel` may move."""
    left, bottom, right, top = panel.bounds
    rows = np.clip(np.floor([(north - top) / cell, (north - bottom) / cell + 1]), 0, shape[0]).astype(int)
    cols = np.clip(np.floor([(left - west) / cell, (right - west) / cell + 1]), 0, shape[1]).astype(int)
    return slice(int(rows[0]), int(rows[1])), slice(int(cols[0]), int(cols[1]))


def _add(panel: Panel, measures: tuple[Any, ...], onto: npt.NDArray[Any]) -> None:
    """Add subsidence and derivatives of a panel of w_max 1 and the movement that follows from them.

    Displacement is `pull` times the tilt, and under a dipping seam w cot(theta) up the dip besides;
    strain is the symmetric part of its gradient.
    """
    w, wx, wy, wxx, wxy, wyy = (panel.w_max * m for m in measures)
    east, north = panel.lean * panel.up_dip[0], panel.lean * panel.up_dip[1]
    for part, values in zip((W, WX, WY, WXX, WXY, WYY), (w, wx, wy, wxx, wxy, wyy), strict=True):
        onto[part] += values
    onto[UX] += panel.pull * wx + east * w
    onto[UY] += panel.pull * wy + north * w
    onto[EXX] += panel.pull * wxx + east * wx
    onto[EXY] += panel.pull * wxy + 0.5 * (east * wy + north * wx)
    onto[EYY] += panel.pull * wyy + north * wy


def _sums(x: Floats, across: Floats, radius: float) -> tuple[Floats, Floats, Floats]:
    """The bell in x summed from the far west up to x, the bell, and its slope: (crossings, n)."""
    u = (x[None, :] - across[:, None]) / radius
    bell = np.exp(-np.pi * u * u) / radius
    return 0.5 * erf(np.sqrt(np.pi) * u), bell, -2.0 * np.pi * u / radius * bell


def _bells(y: Floats, t: Floats, radius: float) -> tuple[Floats, Floats, Floats]:
    """The bell in y and its first and second derivative: (crossings, n)."""
    u = (y[None, :] - t[:, None]) / radius
    bell = np.exp(-np.pi * u * u) / radius
    return (
        bell,
        -2.0 * np.pi * u / radius * bell,
        2.0 * np.pi * (2.0 * np.pi * u * u - 1.0) / radius**2 * bell,
    )


def _crossings(panel: Panel) -> tuple[Floats, Floats, Floats]:
    """Where lines of constant y cross the outline: y, x, and the weight of the node, positive where
    the outline is entered from the west."""
    start, end = _edges(panel.outline)
    t, weight = _nodes(start, end, panel.radius)
    low, high = np.minimum(start[:, 1], end[:, 1]), np.maximum(start[:, 1], end[:, 1])
    node, edge = np.nonzero((t[:, None] > low[None, :]) & (t[:, None] < high[None, :]))
    run = end[edge] - start[edge]
    across = start[edge, 0] + run[:, 0] * (t[node] - start[edge, 1]) / run[:, 1]
    return t[node], across, weight[node] * np.where(run[:, 1] < 0, 1.0, -1.0)


def _edges(outline: BaseGeometry) -> tuple[Floats, Floats]:
    """Start and end of every edge, outer rings anticlockwise, holes clockwise."""
    polygons = shapely.orient_polygons(shapely.get_parts(outline))
    rings, _ = shapely.get_rings(polygons, return_index=True)
    xy, of = shapely.get_coordinates(rings, return_index=True)
    same = of[1:] == of[:-1]
    return xy[:-1][same], xy[1:][same]


def _nodes(start: Floats, end: Floats, radius: float) -> tuple[Floats, Floats]:
    """Gauss-Legendre nodes and weights along y, between the corners of the outline.

    A flat edge moves its crossing far within a short step of y, so steps are as many as
    the longest run of an edge in either direction asks for.
    """
    corners = np.unique(np.concatenate([start[:, 1], end[:, 1]]))
    low, high = corners[:-1], corners[1:]
    rise = np.abs(end[:, 1] - start[:, 1])
    sloping = rise > 0
    per_m = np.abs(end[sloping, 0] - start[sloping, 0]) / rise[sloping]
    middle = 0.5 * (low + high)
    bottom = np.minimum(start[sloping, 1], end[sloping, 1])
    top = np.maximum(start[sloping, 1], end[sloping, 1])
    crossed = (middle[:, None] > bottom) & (middle[:, None] < top)
    steepest = np.max(np.where(crossed, per_m[None, :], 0.0), axis=1, initial=0.0)
    longest = (high - low) * np.maximum(1.0, steepest) / radius
    pieces = np.maximum(1, np.ceil(longest / STEP_RADII)).astype(int)
    first = np.repeat(low, pieces)
    size = np.repeat((high - low) / pieces, pieces)
    begin = np.repeat(np.cumsum(pieces) - pieces, pieces)
    first = first + size * (np.arange(len(first)) - begin)
    length = np.repeat(longest / pieces, pieces)
    t, weight, least = [], [], 0.0
    for most, node, share in NODES:
        mine = (length > least) & (length <= most)
        t.append((first[mine, None] + size[mine, None] * (0.5 * node + 0.5)).ravel())
        weight.append((size[mine, None] * 0.5 * share).ravel())
        least = most
    return np.concatenate(t), np.concatenate(weight)


@njit(cache=True, nogil=True, fastmath=True)
def _sum_rows(sums, shares, onto):  # type: ignore[no-untyped-def]
    """`sums` (3, crossings, cols), `shares` (rows, crossings, 3): their products summed into `onto`
    (6, rows, cols): w and its derivatives by x, y, xx, xy, yy."""
    rows, crossings, _ = shares.shape
    cols = sums.shape[2]
    for i in range(rows):
        row = np.zeros((6, cols))
        for m in range(crossings):
            b0, b1, b2 = shares[i, m, 0], shares[i, m, 1], shares[i, m, 2]
            if b0 == 0.0:
                continue
            for j in range(cols):
                row[0, j] += b0 * sums[0, m, j]
                row[1, j] += b0 * sums[1, m, j]
                row[2, j] += b1 * sums[0, m, j]
                row[3, j] += b0 * sums[2, m, j]
                row[4, j] += b1 * sums[1, m, j]
                row[5, j] += b2 * sums[0, m, j]
        onto[:, i, :] = row
