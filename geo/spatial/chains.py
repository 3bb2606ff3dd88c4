"""Points and pieces along many lines at once, by chainage; what shapely does one line at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
import numpy.typing as npt
import shapely

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_SAME_M = 1e-9


@dataclass(frozen=True, eq=False)
class Chains:
    """Lines end to end: `xy` of all their points, metres `along` all of them, `first` point of each line
    (one more at the end). Make them with `make_chains`."""

    xy: Floats
    along: Floats
    first: Ints

    def points(self, line: npt.ArrayLike, at: npt.ArrayLike) -> Floats:
        """Where each chainage `at` (n,) of its `line` (n,) lies, (n, 2); beyond an end it is the end."""
        line, at = np.asarray(line, np.int64), np.asarray(at, np.float64)
        begin, last = self.first[line], self.first[line + 1] - 1
        wanted = np.clip(self.along[begin] + at, self.along[begin], self.along[last])
        left = np.clip(
            np.searchsorted(self.along, wanted, side="right") - 1, begin, np.maximum(begin, last - 1)
        )
        right = np.minimum(left + 1, last)
        run = self.along[right] - self.along[left]
        share = np.clip((wanted - self.along[left]) / np.where(run > 0, run, 1.0), 0.0, 1.0)
        return np.asarray(self.xy[left] + share[:, None] * (self.xy[right] - self.xy[left]), np.float64)

    def piece(self, line: int, start: float, end: float) -> Floats:
        """The coordinates of `line` between two chainages, from `start` to `end` (backwards too)."""
        low, high = min(start, end), max(start, end)
        xy: Floats = cut_piece(self.xy, self.along, self.first[line], self.first[line + 1], low, high)
        return xy if start <= end else xy[::-1]


def make_chains(lines: npt.NDArray[np.object_]) -> Chains:
    """`lines`: LineStrings, none empty."""
    xy, row = shapely.get_coordinates(lines, return_index=True)
    first = np.searchsorted(row, np.arange(len(lines) + 1)).astype(np.int64)
    run = np.hypot(*np.diff(xy, axis=0).T) * (row[1:] == row[:-1]) if len(xy) else np.empty(0)
    return Chains(xy, np.concatenate([[0.0], np.cumsum(run)])[: len(xy)], first)


@numba.njit(cache=True, nogil=True)
def cut_piece(xy, along, first, beyond, low, high):  # type: ignore[no-untyped-def]
    """The points of one line of `Chains` from chainage `low` to `high`."""
    last = beyond - 1
    low, high = max(low, 0.0) + along[first], min(high, along[last] - along[first]) + along[first]
    left = first
    while left + 1 < last and along[left + 1] <= low + _SAME_M:
        left += 1
    right = left
    while right + 1 < last and along[right + 1] < high - _SAME_M:
        right += 1
    out = np.empty((right - left + 2, 2))
    for k in range(left + 1, right + 1):
        out[k - left] = xy[k]
    for row, at, k in ((0, low, left), (right - left + 1, high, right)):
        run = along[k + 1] - along[k] if k < last else 0.0
        share = min(1.0, max(0.0, (at - along[k]) / run)) if run > 0 else 0.0
        beside = min(k + 1, last)
        out[row, 0] = xy[k, 0] + share * (xy[beside, 0] - xy[k, 0])
        out[row, 1] = xy[k, 1] + share * (xy[beside, 1] - xy[k, 1])
    return out


def foot_on(xy: Floats, point: Floats) -> Floats:
    """The point of the polyline `xy` (n, 2) nearest to `point`."""
    foot: Floats = _foot(xy, point)
    return foot


@numba.njit(cache=True, nogil=True)
def _foot(xy, point):  # type: ignore[no-untyped-def]
    best, foot = np.inf, xy[0].copy()
    for k in range(len(xy) - 1):
        x, y = xy[k + 1, 0] - xy[k, 0], xy[k + 1, 1] - xy[k, 1]
        share = ((point[0] - xy[k, 0]) * x + (point[1] - xy[k, 1]) * y) / max(x * x + y * y, 1e-18)
        share = min(1.0, max(0.0, share))
        x, y = xy[k, 0] + share * x, xy[k, 1] + share * y
        far = (x - point[0]) ** 2 + (y - point[1]) ** 2
        if far < best:
            best, foot[0], foot[1] = far, x, y
    return foot


@numba.njit(cache=True, nogil=True)
def metres_along(xy):  # type: ignore[no-untyped-def]
    """The length of the polyline `xy` (n, 2)."""
    total = 0.0
    for k in range(len(xy) - 1):
        total += np.hypot(xy[k + 1, 0] - xy[k, 0], xy[k + 1, 1] - xy[k, 1])
    return total
