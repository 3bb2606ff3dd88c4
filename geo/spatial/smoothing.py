"""From steps over a grid to a line a surveyor would set out.

Two things in turn, ends held. *Smoothing* by least squares (Whittaker 1923: stay near the
steps, bend little). *Settling*: where the ground under the line rises faster than the road
may, the line is shifted across the slope towards the height the road should have there,
as a surveyor shifts the axis into the hill or out of it to balance cut and fill. What comes
nearest to the steps' own virtues is kept: not too steep, meeting no more of what the steps
avoided, crossing no more water.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import shapely
from scipy.linalg import solveh_banded

from geo.spatial.profile import Sample, window_grades

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Meets = Callable[[npt.NDArray[np.object_]], npt.NDArray[np.int64]]
"""How many things to be avoided each short line meets."""

_HELD = 1e6
_TURNS = 14
_FARTHEST_M = 45.0
"""How far a line may be shifted from the steps."""
_SHIFT_M = 8.0
"""How far at a time."""
_FLAT = 0.03
"""Cross-slope under which shifting gains nothing."""


def densify(xy: Floats, spacing_m: float) -> Floats:
    """Points along the polyline `xy`, evenly spaced at `spacing_m` or a little less; ends kept."""
    line = shapely.LineString(xy)
    n = max(2, int(np.ceil(line.length / spacing_m)))
    return shapely.get_coordinates(shapely.line_interpolate_point(line, np.linspace(0, line.length, n + 1)))


def smooth(
    xy: Floats,
    sample: Sample,
    meets: Meets,
    *,
    max_grade: float,
    base_m: float,
    spacing_m: float = 10.0,
    wave_m: float = 150.0,
) -> Floats:
    """The polyline `xy` (n, 2) smoothed; waves shorter than `wave_m` go where nothing forbids it.

    Tried from the smoothest on; the first that is not too steep over any `base_m` and whose pieces
    meet no more of what `meets` counts than the steps do is taken, else the one that comes nearest.
    """
    points = densify(xy, spacing_m)
    if len(points) < 5:
        return points
    before = int(meets(_pieces(points)).sum())
    best, least = points, _fault(points, sample, meets, before, max_grade, base_m)
    for share in (1.0, 0.6, 0.35, 0.2):
        bend = (share * wave_m / (2 * np.pi * spacing_m)) ** 4
        for settle in (False, True):
            line = _draw(points, sample, meets, before, bend, max_grade, base_m, settle=settle)
            fault = _fault(line, sample, meets, before, max_grade, base_m)
            if fault < least - 1e-9 or fault == 0.0:
                best, least = line, fault
            if least == 0.0:
                return best
    return best


def _fault(line: Floats, sample: Sample, meets: Meets, before: int, max_grade: float, base_m: float) -> float:
    """0 where nothing is wrong; grade above the greatest, and much for each thing met more than before."""
    steep = window_grades(line, sample, base_m=base_m)[0].max() - max_grade
    more = int(meets(_pieces(line)).sum()) - before
    return max(0.0, float(steep)) + max(0, more)


def _draw(
    points: Floats,
    sample: Sample,
    meets: Meets,
    before: int,
    bend: float,
    max_grade: float,
    base_m: float,
    *,
    settle: bool,
) -> Floats:
    """`points` smoothed, and settled if asked; drawn back to the steps wherever something is wrong."""
    stay = np.ones(len(points))
    goal = points
    for turn in range(_TURNS):
        line = _least_squares(goal, stay, bend)
        wrong = _too_steep(line, sample, max_grade, base_m)
        met = meets(_pieces(line))
        bad = np.zeros(len(points), bool)
        if met.sum() > before:
            bad[:-1] |= met > 0
            bad[1:] |= met > 0
            goal = np.where(_spread(bad, 3)[:, None], points, goal)
        if not (wrong.any() or bad.any()):
            break
        if settle:
            here = _spread(wrong, 3)[:, None]
            goal = np.where(here, _settled(line, sample, 0.92 * max_grade), goal)
            away = goal - points
            far = np.hypot(*away.T)[:, None]
            goal = points + away * np.minimum(1.0, _FARTHEST_M / np.maximum(far, 1e-9))
            stay[here[:, 0]] *= 1.5
            stay[_spread(bad, 2)] *= 6.0
        else:
            stay[_spread(wrong | bad, 2 + turn // 2)] *= 6.0
    return line


def _settled(line: Floats, sample: Sample, grade: float) -> Floats:
    """`line` shifted across itself towards where the ground has the height of a road of this grade."""
    height = sample(line)
    chain = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    reach = grade * np.abs(chain[:, None] - chain)
    wanted = 0.5 * ((height + reach).min(axis=1) + (height - reach).max(axis=1))
    along = np.gradient(line, axis=0)
    along /= np.maximum(np.hypot(*along.T), 1e-9)[:, None]
    across = np.column_stack([-along[:, 1], along[:, 0]])
    rise = (sample(line + 5.0 * across) - sample(line - 5.0 * across)) / 10.0
    shift = (wanted - height) * rise / (rise * rise + _FLAT**2)
    shift = np.clip(np.nan_to_num(shift), -_SHIFT_M, _SHIFT_M)
    shift[[0, -1]] = 0.0
    return np.asarray(line + shift[:, None] * across, np.float64)


def _least_squares(points: Floats, stay: Floats, bend: float) -> Floats:
    """Minimise sum stay |p - q|² + bend |second difference of q|², ends held. One banded solve."""
    n = len(points)
    weight = stay.copy()
    weight[[0, -1]] = _HELD * stay.max()
    bands = np.zeros((3, n))  # upper form: second, first, main diagonal
    bands[2] = weight
    for offset, value in ((0, 1.0), (1, 4.0), (2, 1.0)):
        bands[2, offset : n - 2 + offset] += bend * value
    bands[1, 1 : n - 1] += -2.0 * bend
    bands[1, 2:n] += -2.0 * bend
    bands[0, 2:n] += bend
    return np.asarray(solveh_banded(bands, weight[:, None] * points), np.float64)


def _pieces(points: Floats) -> npt.NDArray[np.object_]:
    return np.asarray(shapely.linestrings(np.stack([points[:-1], points[1:]], axis=1)), object)


def _too_steep(points: Floats, sample: Sample, max_grade: float, base_m: float) -> Bools:
    """Which points lie on a base that is too steep."""
    grade, start, end = window_grades(points, sample, base_m=base_m)
    bad = grade > max_grade
    chain = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    count = np.zeros(len(points) + 1)
    np.add.at(count, np.searchsorted(chain, start[bad]), 1)
    np.add.at(count, np.searchsorted(chain, end[bad], side="right"), -1)
    return np.asarray(np.cumsum(count)[:-1] > 0)


def _spread(mask: Bools, by: int) -> Bools:
    return np.asarray(np.convolve(mask, np.ones(2 * by + 1), mode="same") > 0)
