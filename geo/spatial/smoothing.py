"""From steps over a grid to a line a surveyor would set out.

`geo.spatial.axis` draws the line: near the steps, bending little, ends held, shifted across
the slope where it would be too steep, curves as wide as the standard wants where the grade
leaves room. What is wrong afterwards (too steep, crossing itself, meeting more of what the
steps avoided) is drawn again, nearer to the steps and tighter; the least wrong is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from scipy.interpolate import CubicSpline
from shapely.ops import substring

from geo.spatial.axis import Wishes, chainage, step
from geo.spatial.profile import Sample, window_grades

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Meets = Callable[[npt.NDArray[np.object_]], npt.NDArray[np.int64]]
"""How many things to be avoided each short line meets."""

_STEEP = 300.0  # weight of a metre of height too much against a metre of shift
_TIGHT = 150.0  # weight of a metre of bend too much
_ROUNDS = 22  # most drawings of a line
_LAST = 12  # rounds after which the grade counts for more than the shape
_LOOSER = 0.5  # how much less a line is straightened, from round to round, where something is wrong
_LOOSEST = (1.0, 0.2)  # and at least: no crinkles to win length; in the last rounds a few
_WIDE = 3  # rounds in which curves are kept as wide as they should be
_TIGHTER, _TIGHTEST = 0.8, 0.6  # then narrower from round to round, to this share
_LOWER = 0.97  # how much lower the grade aimed at becomes, from round to round, where it is too steep
_AIM = 0.965  # share of the greatest grade aimed at first: what is wished is only nearly reached
_TURNS = 16  # most steps of one drawing
_SETTLED = 6  # steps after which the shape is there and only the grade is waited for
_FREE = 3  # steps in which it moves freely
_CALM = 0.3  # how much weight against moving grows with each step, so that steep bases are not chased round
_FIRMER = 6.0  # how much nearer to the steps a point is drawn where something is met
_FIRM = 2.0  # the same from round to round, where the line crosses itself
_FIRMEST = 50.0  # and at most
_FINER = 4  # chords of the curve between two points
_HELD = 1e6  # weight against moving what is built already
_CHORD_M = 0.05  # how far the chords that are kept may leave the curve


@dataclass(frozen=True)
class Course:
    """What a smoothed line has to keep. `grade` a ratio over `base_m`; lengths in metres.

    Waves shorter than `wave_m` go; curves are no tighter than `radius_m` where that is possible
    (0: any); the line leaves the steps by `shift_m` at most.
    """

    grade: float
    base_m: float
    wave_m: float
    shift_m: float
    radius_m: float = 0.0
    spacing_m: float = 10.0


@dataclass(frozen=True)
class _Task:
    """The steps as `points` at the spacing of the course, and what of obstacles they meet already.

    The first `lead` of the points are the road before, that stays where it is, up to the joint; the last
    `tail` the road behind.
    """

    points: Floats
    lead: int
    tail: int
    sample: Sample
    meets: Meets
    course: Course
    met: int
    met_fine: int

    def faults(self, line: Floats) -> tuple[float, Bools, Bools]:
        """How wrong a finely drawn line is (0: not at all), where it is too steep, where it crosses
        itself or meets what it should not."""
        n, length = len(self.points), chainage(line)[-1]
        grade, start, end = window_grades(line, self.sample, base_m=self.course.base_m)
        over = np.nan_to_num(grade - self.course.grade)
        steep = _covered(start[over > 0] / length, end[over > 0] / length, n)
        met = self.meets(_pieces(line))
        more = max(0, int(met.sum()) - self.met_fine)
        first, second = _crossings(line)
        off = _covered(first, second, n)
        if more:
            at = np.flatnonzero(met) / (len(line) - 1)
            off |= _covered(at, at, n)
        return max(0.0, float(over.max())) + more + len(first), steep, off

    def trespasses(self, line: Floats) -> Bools:
        """The points of pieces that meet something, where the line meets more than the steps do."""
        bad = np.zeros(len(line), bool)
        met = self.meets(_pieces(line))
        if met.sum() > self.met:
            bad[:-1] |= met > 0
            bad[1:] |= met > 0
        return bad


def smooth(
    xy: Floats, sample: Sample, meets: Meets, course: Course, *, before: Floats | None = None,
    after: Floats | None = None,
) -> Floats:  # fmt: skip
    """The polyline `xy` (n, 2) smoothed as `course` wants, as far as the ground allows.

    Drawn smooth everywhere first, then less so, and aiming lower, wherever it is too steep, crosses
    itself or meets more of what `meets` counts than the steps do. The first line with none of these
    is taken, else the one that comes nearest. `before` (m, 2) is a road that ends where the line
    begins, `after` one that begins where it ends: the grade is kept over the joints too, whichever way
    the line leaves the one and comes to the other.
    """
    points = densify(xy, course.spacing_m)
    if len(points) < 5:
        return points
    ahead, behind = _lead(before, course), _lead(None if after is None else after[::-1], course)[::-1]
    lead, tail, points = len(ahead), len(behind), np.vstack([ahead, points, behind])
    met, met_fine = (int(meets(_pieces(line)).sum()) for line in (points, _subdivided(points)))
    task = _Task(points, lead, tail, sample, meets, course, met, met_fine)
    best = _subdivided(points)
    least = task.faults(best)[0]
    bend = np.full(len(points), max(_LOOSEST[0], (course.wave_m / (2 * np.pi * course.spacing_m)) ** 4))
    stay, radius, grade = (
        np.ones(len(points)),
        np.full(len(points), course.radius_m),
        np.full(len(points), _AIM * course.grade),
    )
    for turn in range(_ROUNDS):
        drawn = _draw(task, stay, bend, radius, grade)
        line = _rounded_apart(drawn, lead, tail)
        fault, steep, off = task.faults(line)
        if fault < least or fault == 0.0:
            best, least = line, fault
        if least == 0.0:
            break
        near = _spread(steep | off, round(course.base_m / course.spacing_m))
        stay = np.where(_spread(off, 3), stay * _FIRM, stay)
        bend = np.where(near, np.maximum(bend * _LOOSER, _LOOSEST[turn >= _LAST]), bend)
        grade = np.where(_spread(steep, 2), grade * _LOWER, grade)
        cramped = near if turn + 1 >= _WIDE else _spread(off, 3)
        radius = np.where(cramped, np.maximum(radius * _TIGHTER, _TIGHTEST * course.radius_m), radius)
    own = shapely.LineString(best[_FINER * lead : len(best) - _FINER * tail])
    return np.asarray(shapely.get_coordinates(own.simplify(_CHORD_M)), np.float64)


def _draw(task: _Task, stay: Floats, bend: Floats, radius: Floats, grade: Floats) -> Floats:
    """The line settled near the steps, and nearer wherever something is met; of all turns the least steep."""
    points, course = task.points, task.course
    line, best, least = points, points, np.inf
    weight = 1.0 + bend
    first, last = np.arange(len(points)), np.arange(len(points))[::-1]
    built = (first <= task.lead - (task.lead == 0)) | (last <= task.tail - (task.tail == 0))
    joint = (first == task.lead) | (last == task.tail)
    stay = np.where(built, _HELD * weight, stay)
    bend, radius = np.where(joint, 0.0, bend), np.where(joint, 0.0, radius)  # a joint may be a corner
    enough = 0.5 * float((course.grade - grade).min()) * course.base_m
    for turn in range(_TURNS):
        wishes = Wishes(
            points,
            stay,
            bend,
            _TIGHT * weight,
            _STEEP * weight,
            grade,
            radius,
            course.base_m,
        )
        new, excess = step(line, wishes, task.sample, calm=_CALM * max(0, turn - _FREE) * weight)
        if turn >= _SETTLED and (turn % 4 == 0 or excess < least):
            bad = task.trespasses(line)
            stay = np.where(
                _spread(bad, 3), np.maximum(stay, np.minimum(stay * _FIRMER, _FIRMEST * weight)), stay
            )
            if excess < least and not bad.any():
                best, least = line, excess
                if excess <= enough:
                    break
        line = np.where(built[:, None], points, _kept_near(new, points, course.shift_m))
    return best


def _lead(before: Floats | None, course: Course) -> Floats:
    """The last base of the road before, the joint left out; (0, 2) where there is none."""
    if before is None:
        return np.empty((0, 2))
    road = shapely.LineString(before)
    tail = substring(road, max(0.0, road.length - course.base_m), road.length)
    return densify(shapely.get_coordinates(tail), course.spacing_m)[:-1]


def _crossings(line: Floats) -> tuple[Floats, Floats]:
    """Where the line crosses itself: from and to, as shares of its points."""
    none = np.empty(0)
    if shapely.LineString(line).is_simple:
        return none, none
    pieces = _pieces(line)
    a, b = shapely.STRtree(pieces).query(pieces, predicate="intersects")
    apart = b > a + 1
    return a[apart] / len(pieces), b[apart] / len(pieces)


def _covered(start: Floats, end: Floats, n: int) -> Bools:
    """The points, of n evenly spread over 0 … 1, that lie in any stretch from start to end."""
    count = np.zeros(n + 1)
    np.add.at(count, np.floor(start * (n - 1)).astype(int).clip(0, n - 1), 1)
    np.add.at(count, np.ceil(end * (n - 1)).astype(int).clip(0, n - 1) + 1, -1)
    return np.asarray(np.cumsum(count)[:-1] > 0)


def densify(xy: Floats, spacing_m: float) -> Floats:
    """Points along the polyline `xy`, evenly spaced at `spacing_m` or a little less; ends kept."""
    chain = chainage(xy)
    n = max(2, int(np.ceil(chain[-1] / spacing_m)))
    at = np.linspace(0, chain[-1], n + 1)
    return np.column_stack([np.interp(at, chain, xy[:, 0]), np.interp(at, chain, xy[:, 1])])


def _subdivided(points: Floats) -> Floats:
    at = np.linspace(0, len(points) - 1, _FINER * (len(points) - 1) + 1)
    return np.column_stack([np.interp(at, np.arange(len(points)), points[:, k]) for k in (0, 1)])


def _rounded(points: Floats) -> Floats:
    """The curve through `points`, as finer chords."""
    chain = chainage(points)
    at = np.interp(
        np.linspace(0, len(points) - 1, _FINER * (len(points) - 1) + 1), np.arange(len(points)), chain
    )
    return np.asarray(CubicSpline(chain, points, bc_type="natural")(at), np.float64)


def _rounded_apart(points: Floats, lead: int, tail: int) -> Floats:
    """The curve through the line and those through the roads before and behind it, corners at the joints."""
    end = len(points) - tail
    ahead = [_rounded(points[: lead + 1])[:-1]] if lead else []
    behind = [_rounded(points[end - 1 :])[1:]] if tail else []
    return np.vstack([*ahead, _rounded(points[lead:end]), *behind])


def _kept_near(line: Floats, points: Floats, shift_m: float) -> Floats:
    away = line - points
    far = np.hypot(*away.T)[:, None]
    return np.asarray(points + away * np.minimum(1.0, shift_m / np.maximum(far, 1e-9)), np.float64)


def _pieces(points: Floats) -> npt.NDArray[np.object_]:
    return np.asarray(shapely.linestrings(np.stack([points[:-1], points[1:]], axis=1)), object)


def _spread(mask: Bools, by: int) -> Bools:
    """`mask` and `by` points on either side."""
    return np.asarray(np.convolve(mask, np.ones(2 * by + 1))[by : by + len(mask)] > 0)
