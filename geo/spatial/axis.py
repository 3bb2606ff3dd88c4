"""The axis of a road as one least-squares problem: near the steps, bending little, not too steep.

The unknowns are the points of the axis, ends held. What is minimised is

    sum stay |q - p|²            near the goal p (Whittaker 1923, in two dimensions)
    + bend |second difference|²  smooth
    + steep max(0, rise over a base - greatest grade x base)²
    + tight max(0, second difference - what a curve of the least radius has)²

by Gauss and Newton: heights are linear in the points around where they are, so that the
normal equations are banded and one step costs a solve in O(n). Points move across the
slope, into the hill or out of it, as a surveyor shifts the axis.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
import numpy.typing as npt
from scipy.linalg.lapack import dpbsv

from geo.spatial.profile import Sample

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_HELD = 1e6  # weight of the ends against everything else
_TILT_M = 2.0  # how far apart heights are taken for a slope, half of it
_LOOK_M = 4.0  # how far apart bases begin
_SHIFT_M = 6.0  # most a point moves in one step: heights are linear about so far


@dataclass(frozen=True)
class Wishes:
    """What an axis should be, all (n,) per point but `goal` (n, 2).

    Weights: `stay` towards `goal`, `bend` for straightness, `tight` for the radius, `steep` for the
    grade (a ratio; of the points of a base the least counts). Curves are to be no tighter than `radius_m`.
    """

    goal: Floats
    stay: Floats
    bend: Floats
    tight: Floats
    steep: Floats
    grade: Floats
    radius_m: Floats
    base_m: float


def step(line: Floats, wishes: Wishes, sample: Sample, *, calm: Floats) -> tuple[Floats, float]:
    """`line` (n, 2) one Gauss-Newton step nearer to what is wished, and by how many metres of
    height the worst base of `line` itself was too steep. `calm` weighs against moving at all."""
    line = np.ascontiguousarray(line, np.float64)
    base, left, share, xy = _bases(line, wishes.base_m)
    over, excess = _too_steep(np.asarray(sample(xy), np.float64), left, wishes.grade, base)
    around = np.asarray(sample(_around(xy, over)), np.float64) if len(over) else np.empty(0)
    bands, right = _equations(
        line, wishes.goal, wishes.stay, calm, wishes.bend, wishes.steep, wishes.tight, wishes.radius_m,
        left, share, over, excess, around,
    )  # fmt: skip
    held = _HELD * max(1.0, float(wishes.stay.max()))
    bands[0, [0, 1, -2, -1]] += held
    right[[0, 1, -2, -1]] = 0.0
    _, moved, failed = dpbsv(bands, right, lower=1, overwrite_ab=1, overwrite_b=1)
    if failed:
        raise np.linalg.LinAlgError("the wishes do not determine the axis")
    moved = moved.reshape(-1, 2)
    moved[[0, -1]] = 0.0
    far = np.hypot(*moved.T)[:, None]
    new = line + moved * np.minimum(1.0, _SHIFT_M / np.maximum(far, 1e-9))
    return np.asarray(new, np.float64), float(np.abs(excess).max(initial=0.0))


def chainage(line: Floats) -> Floats:
    """Metres along the polyline (n, 2) at each of its points."""
    return np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])


@numba.njit(cache=True, nogil=True)
def _bases(line, base_m):  # type: ignore[no-untyped-def]
    """Bases along the line, one every few metres: metres, then of their starts, and of their ends after
    them, the point before each, the share of the way to the next, and where it is."""
    n = len(line)
    chain = np.zeros(n)
    for i in range(1, n):
        chain[i] = chain[i - 1] + np.hypot(line[i, 0] - line[i - 1, 0], line[i, 1] - line[i - 1, 1])
    base = min(base_m, chain[-1])
    last = chain[-1] - base
    count = int(last / _LOOK_M) + 2
    left, share, xy = np.empty(2 * count, np.int64), np.empty(2 * count), np.empty((2 * count, 2))
    for end in range(2):
        i = 0
        for k in range(count):
            at = last if k == count - 1 else k * (last / (count - 1))
            if end == 1:
                at = min(at + base, chain[-1])
            while i < n - 2 and chain[i + 1] <= at:
                i += 1
            row = end * count + k
            left[row] = i
            share[row] = (at - chain[i]) / max(chain[i + 1] - chain[i], 1e-9)
            for x in range(2):
                xy[row, x] = line[i, x] + share[row] * (line[i + 1, x] - line[i, x])
    return base, left, share, xy


@numba.njit(cache=True, nogil=True)
def _too_steep(height, left, grade, base):  # type: ignore[no-untyped-def]
    """The bases that are, and by how many metres: above nothing where they climb, below where they fall."""
    count = len(left) // 2
    over, excess = np.empty(count, np.int64), np.empty(count)
    used = 0
    for k in range(count):
        rise = height[count + k] - height[k]
        more = abs(rise) - min(grade[left[k]], grade[left[count + k]]) * base
        if more > 0:  # NaN beside voids never is
            over[used], excess[used] = k, more if rise > 0 else -more
            used += 1
    return over[:used].copy(), excess[:used].copy()


def _around(xy: Floats, over: Ints) -> Floats:
    """Points east, west, north and south of the starts, then of the ends, of these bases."""
    at = xy[np.concatenate([over, over + len(xy) // 2])]
    steps = _TILT_M * np.array([[1, 0], [-1, 0], [0, 1], [0, -1]], float)
    return np.asarray((at[None] + steps[:, None]).reshape(-1, 2), np.float64)


@numba.njit(cache=True, nogil=True)
def _equations(line, goal, stay, calm, bend, steep, tight, radius_m, left, share, over, excess, around):  # type: ignore[no-untyped-def]
    """Normal equations of the shift of every point, in bands: [k, i] stands for (i + k, i); the unknowns
    are x0, y0, x1, y1, ..."""
    n, count = len(line), len(left) // 2
    wide = 6
    for k in over:
        wide = max(wide, 2 * (left[count + k] + 1 - left[k]) + 2)
    bands, right = np.zeros((wide, 2 * n)), np.zeros(2 * n)
    for i in range(2 * n):
        bands[0, i] = stay[i // 2] + calm[i // 2]
        right[i] = stay[i // 2] * (goal[i // 2, i % 2] - line[i // 2, i % 2])
    _straighten(bands, right, line, bend)
    _flatten(bands, right, steep, left, share, over, excess, around)
    _round(bands, right, line, tight, radius_m)
    return bands, right


@numba.njit(cache=True, nogil=True)
def _straighten(bands, right, line, bend):  # type: ignore[no-untyped-def]
    for i in range(1, len(line) - 1):
        for x in range(2):
            at = 2 * i - 2 + x
            second = line[i - 1, x] - 2 * line[i, x] + line[i + 1, x]
            for offset, factor in ((0, 1.0), (1, -2.0), (2, 1.0)):
                bands[0, at + 2 * offset] += bend[i] * factor * factor
                right[at + 2 * offset] -= bend[i] * factor * second
            bands[2, at] -= 2.0 * bend[i]
            bands[2, at + 2] -= 2.0 * bend[i]
            bands[4, at] += bend[i]


@numba.njit(cache=True, nogil=True)
def _flatten(bands, right, steep, left, share, over, excess, around):  # type: ignore[no-untyped-def]
    """Heights at the ends of a base are linear in the points on either side of each."""
    count, w = len(left) // 2, len(over)
    nodes, by = np.empty(4, np.int64), np.empty((4, 2))
    for row in range(w):
        for end in range(2):
            at, k = over[row] + end * count, row + end * w
            sign = (1.0 if excess[row] > 0 else -1.0) * (1.0 if end == 1 else -1.0)
            for x in range(2):
                rise = around[4 * w * x + k] - around[4 * w * x + 2 * w + k]
                slope = 0.0 if np.isnan(rise) else sign * rise / (2 * _TILT_M)
                by[2 * end, x], by[2 * end + 1, x] = slope * (1 - share[at]), slope * share[at]
            nodes[2 * end], nodes[2 * end + 1] = left[at], left[at] + 1
        _add(bands, right, nodes, by, steep[left[over[row]]], -abs(excess[row]))


@numba.njit(cache=True, nogil=True)
def _round(bands, right, line, tight, radius_m):  # type: ignore[no-untyped-def]
    n, length = len(line), 0.0
    for i in range(1, n):
        length += np.hypot(line[i, 0] - line[i - 1, 0], line[i, 1] - line[i - 1, 1])
    pace = length / (n - 1)
    nodes, by = np.empty(3, np.int64), np.empty((3, 2))
    for i in range(1, n - 1):
        x = line[i - 1, 0] - 2 * line[i, 0] + line[i + 1, 0]
        y = line[i - 1, 1] - 2 * line[i, 1] + line[i + 1, 1]
        size, most = np.hypot(x, y), pace**2 / max(radius_m[i], 1e-3)
        if size > most:
            for p, factor in ((0, 1.0), (1, -2.0), (2, 1.0)):
                nodes[p] = i - 1 + p
                by[p, 0], by[p, 1] = x / size * factor, y / size * factor
            _add(bands, right, nodes, by, tight[i], most - size)


@numba.njit(cache=True, nogil=True)
def _add(bands, right, nodes, by, weight, wanted):  # type: ignore[no-untyped-def]
    """The row `sum by . shift[nodes] = wanted` with its weight."""
    for p in range(2 * len(nodes)):
        i, a = 2 * nodes[p // 2] + p % 2, by[p // 2, p % 2]
        right[i] += weight * wanted * a
        for q in range(2 * len(nodes)):
            j = 2 * nodes[q // 2] + q % 2
            if i >= j:
                bands[i - j, j] += weight * a * by[q // 2, q % 2]
