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
from scipy.linalg import solveh_banded

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
    system, excess = _System(line), 0.0
    system.pull(wishes.goal, wishes.stay)
    system.pull(line, calm)
    system.straighten(wishes.bend)
    nodes, by, over = _windows(line, wishes, sample)
    if len(nodes):
        system.flatten(wishes.steep[nodes[:, 0]], nodes, by, over)
        excess = float(over.max())
    system.round(wishes.tight, _pace(line) ** 2 / np.maximum(wishes.radius_m, 1e-3))
    moved = system.solve(_HELD * max(1.0, float(wishes.stay.max())))
    far = np.hypot(*moved.T)[:, None]
    return np.asarray(line + moved * np.minimum(1.0, _SHIFT_M / np.maximum(far, 1e-9)), np.float64), excess


def chainage(line: Floats) -> Floats:
    """Metres along the polyline (n, 2) at each of its points."""
    return np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])


def _pace(line: Floats) -> float:
    return float(chainage(line)[-1] / (len(line) - 1))


def _windows(line: Floats, wishes: Wishes, sample: Sample) -> tuple[Ints, Floats, Floats]:
    """Bases that are too steep: points (w, 4) at their ends, height by xy of each (w, 4, 2), excess (w,)."""
    chain = chainage(line)
    base = min(wishes.base_m, chain[-1])
    starts = np.linspace(0.0, chain[-1] - base, int((chain[-1] - base) / _LOOK_M) + 2)
    ends = np.concatenate([starts, np.minimum(starts + base, chain[-1])])
    left = np.clip(np.searchsorted(chain, ends, side="right") - 1, 0, len(line) - 2)
    share = (ends - chain[left]) / np.maximum(chain[left + 1] - chain[left], 1e-9)
    xy = line[left] + share[:, None] * (line[left + 1] - line[left])
    height = sample(xy)
    k = len(starts)
    rise = height[k:] - height[:k]
    excess = np.abs(rise) - np.minimum(wishes.grade[left[:k]], wishes.grade[left[k:]]) * base
    over = np.flatnonzero(excess > 0)  # NaN beside voids is never over
    at = np.concatenate([over, over + k])
    tilt = _tilt(xy[at], sample)
    sign = np.sign(rise[over])
    slope = np.concatenate([-sign, sign])[:, None] * tilt
    low, high = slope * (1 - share[at])[:, None], slope * share[at][:, None]
    w = len(over)
    nodes = np.column_stack([left[at[:w]], left[at[:w]] + 1, left[at[w:]], left[at[w:]] + 1])
    by = np.stack([low[:w], high[:w], low[w:], high[w:]], axis=1)
    return nodes.astype(np.int64), by, excess[over]


def _tilt(xy: Floats, sample: Sample) -> Floats:
    """How the ground rises to the east and to the north at points (n, 2)."""
    n = len(xy)
    steps = _TILT_M * np.array([[1, 0], [-1, 0], [0, 1], [0, -1]], float)
    height = sample((xy[None] + steps[:, None]).reshape(-1, 2)).reshape(4, n)
    tilt = np.stack([height[0] - height[1], height[2] - height[3]], axis=1) / (2 * _TILT_M)
    return np.nan_to_num(tilt)


@numba.njit(cache=True, nogil=True)
def _accumulate(bands, right, nodes, by, weight, wanted):  # type: ignore[no-untyped-def]
    """Add the normal equations of rows of which each names some points and a factor for x and y of each."""
    for row in range(nodes.shape[0]):
        for p in range(2 * nodes.shape[1]):
            i, a = 2 * nodes[row, p // 2] + p % 2, by[row, p // 2, p % 2]
            right[i] += weight[row] * wanted[row] * a
            for q in range(2 * nodes.shape[1]):
                j = 2 * nodes[row, q // 2] + q % 2
                if i >= j:
                    bands[i - j, j] += weight[row] * a * by[row, q // 2, q % 2]


class _System:
    """Normal equations of the shift of every point, in bands; the unknowns are x0, y0, x1, y1, ..."""

    def __init__(self, line: Floats) -> None:
        n = len(line)
        self.n, self.line = n, line
        self.bands = np.zeros((6, 2 * n))  # lower form: [k, i] stands for (i + k, i)
        self.right = np.zeros(2 * n)

    def pull(self, goal: Floats, stay: Floats) -> None:
        self.bands[0] += np.repeat(stay, 2)
        self.right += (stay[:, None] * (goal - self.line)).ravel()

    def straighten(self, bend: Floats) -> None:
        inner = np.repeat(bend[1:-1], 2)
        second = self.line[:-2] - 2 * self.line[1:-1] + self.line[2:]
        for offset, factor in ((0, 1.0), (1, -2.0), (2, 1.0)):
            place = slice(2 * offset, 2 * (self.n - 2 + offset))
            self.bands[0, place] += inner * factor * factor
            self.right[place] -= inner * factor * second.ravel()
        first = slice(0, 2 * (self.n - 2))
        self.bands[2, first] += -2.0 * inner
        self.bands[2, 2 : 2 * (self.n - 1)] += -2.0 * inner
        self.bands[4, first] += inner

    def flatten(self, weight: Floats, nodes: Ints, by: Floats, excess: Floats) -> None:
        self._add(nodes, by, weight, -excess)

    def round(self, tight: Floats, most: Floats) -> None:
        second = self.line[:-2] - 2 * self.line[1:-1] + self.line[2:]
        size = np.hypot(*second.T)
        over = np.flatnonzero(size > most[1:-1])
        if len(over):
            along = second[over] / size[over][:, None]
            nodes = over[:, None] + np.arange(3)
            by = along[:, None, :] * np.array([1.0, -2.0, 1.0])[None, :, None]
            self._add(nodes, by, tight[over + 1], most[over + 1] - size[over])

    def _add(self, nodes: Ints, by: Floats, weight: Floats, wanted: Floats) -> None:
        """Rows `sum by . shift[nodes] = wanted` with their weights."""
        wide = 2 * int((nodes.max(axis=1) - nodes.min(axis=1)).max()) + 2
        if wide > len(self.bands):
            self.bands = np.vstack([self.bands, np.zeros((wide - len(self.bands), 2 * self.n))])
        _accumulate(self.bands, self.right, nodes, by, weight, wanted)

    def solve(self, held: float) -> Floats:
        self.bands[0, [0, 1, -2, -1]] += held
        self.right[[0, 1, -2, -1]] = 0.0
        shift = np.asarray(solveh_banded(self.bands, self.right, lower=True).reshape(-1, 2), np.float64)
        shift[[0, -1]] = 0.0
        return shift
