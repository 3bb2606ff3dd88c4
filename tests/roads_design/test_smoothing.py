"""Smoothed lines against closed forms: straight on a plane, wide in curves, within the grade on a slope."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.alignment import SURE
from geo.spatial.bends import bend_radius, passing_bays, tight_bends
from geo.spatial.smoothing import Course, densify, smooth

COURSE = Course(grade=0.12, base_m=50.0, wave_m=150.0, shift_m=45.0, radius_m=15.0)


def nothing(lines: np.ndarray) -> np.ndarray:
    return np.zeros(len(lines), np.int64)


def flat(xy: np.ndarray) -> np.ndarray:
    return np.zeros(len(xy))


def arc(radius: float, angle: float) -> shapely.LineString:
    """Straight, round by `angle`, straight on."""
    t = np.linspace(0, angle, 400)
    curve = np.column_stack([radius * np.sin(t), radius * (1 - np.cos(t))])
    out = curve[-1] + 80 * np.array([np.cos(angle), np.sin(angle)])
    return shapely.LineString(np.vstack([[-80.0, 0.0], curve, out]))


@pytest.mark.parametrize(
    ("radius", "angle", "bends"),
    [(10, np.pi, 1), (12, np.pi / 2, 1), (16, np.pi, 0), (40, np.pi, 0), (10, 0.6, 0), (0.1, 1.2, 1)],
)
def test_a_bend_is_tight_when_its_radius_is_less(radius: float, angle: float, bends: int):
    line = arc(radius, angle)
    found = tight_bends(line, 15.0)
    assert len(found) == bends
    if bends:  # in the middle of the curve
        middle = np.array([radius * np.sin(angle / 2), radius * (1 - np.cos(angle / 2))])
        assert np.hypot(*(np.array(found[0].coords[0]) - middle)) < 1.0
        if radius >= 10:  # a corner has no radius
            assert bend_radius(line, found[0], 15.0) == pytest.approx(radius, rel=0.1)
        else:
            assert bend_radius(line, found[0], 15.0) < 8


def test_bends_one_way_and_the_other_are_two():
    zigzag = shapely.LineString([(0, 0), (100, 0), (40, 60), (160, 60)])
    assert len(tight_bends(zigzag, 15.0)) == 2


def test_bays():
    assert [passing_bays(m, 3) for m in (10, 333, 334, 1000, 1001)] == [1, 1, 2, 3, 4]


def test_a_zigzag_on_a_plane_becomes_nearly_straight():
    x = np.arange(0.0, 801.0, 25.0)
    steps = np.column_stack([x, np.where(np.arange(len(x)) % 2, 12.0, 0.0)])
    line = shapely.LineString(smooth(steps, flat, nothing, COURSE))
    assert line.coords[0] == pytest.approx((0.0, 0.0), abs=1e-6)
    assert line.coords[-1] == pytest.approx((800.0, 0.0), abs=1e-6)
    assert line.length < 802 < shapely.LineString(steps).length


def test_a_corner_is_drawn_as_a_curve_of_the_radius():
    corner = np.array([(0.0, 0.0), (300.0, 0.0), (300.0, 300.0)])
    line = shapely.LineString(smooth(corner, flat, nothing, COURSE))
    assert len(tight_bends(shapely.LineString(corner), 15.0)) == 1
    assert not tight_bends(line, 15.0)
    assert shapely.hausdorff_distance(line, shapely.LineString(corner)) < 45


def test_what_steps_avoid_stays_avoided():
    corner = np.array([(0.0, 0.0), (200.0, 0.0), (200.0, 200.0)])
    inside = shapely.box(150, 6, 194, 50)

    def meets(lines: np.ndarray) -> np.ndarray:
        return shapely.intersects(lines, inside).astype(np.int64)

    line = shapely.LineString(smooth(corner, flat, meets, COURSE))
    assert not line.intersects(inside)


@settings(max_examples=15, deadline=None)
@given(st.floats(0.2, 0.6), st.integers(0, 10_000))
def test_along_a_slope_the_grade_holds_whatever_the_bumps(fall: float, seed: int):
    """A line along the contour of a bumpy slope, whose every bump alone would make it too steep."""
    rng = np.random.default_rng(seed)
    phase, size = rng.uniform(0, 6, 5), rng.uniform(0.5, 3.0, 5)

    def ground(xy: np.ndarray) -> np.ndarray:
        bumps = sum(
            s * np.sin(xy[:, 0] / (20 + 9 * k) + p) for k, (s, p) in enumerate(zip(size, phase, strict=True))
        )
        return fall * xy[:, 1] + 0.04 * xy[:, 0] + bumps

    steps = np.array([(0.0, -ground(np.zeros((1, 2)))[0] / fall), (700.0, 0.0)])
    steps[1, 1] = (0.03 * 700 - ground(steps[1:])[0]) / fall
    line = smooth(steps, ground, nothing, COURSE)
    fine = densify(line, 1.0)
    chain = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(fine, axis=0).T))])
    here = np.arange(0.0, chain[-1] - 50)
    height = ground(fine)
    grade = np.abs(np.interp(here + 50, chain, height) - np.interp(here, chain, height)) / 50
    assert grade.max() <= 0.121
    assert shapely.LineString(line).is_simple


def test_the_grade_is_kept_over_the_joint_with_the_road_before_and_the_one_behind():
    """A road comes up at 11 % to a bank of 5.5 m: 11 % over 50 m of the next road, more over the joint;
    the same the other way round."""
    before, steps = np.array([(0.0, -200.0), (0.0, 0.0)]), np.array([(0.0, 0.0), (0.0, 300.0)])

    def bank(xy: np.ndarray) -> np.ndarray:
        across = xy[:, 1] + 0.35 * xy[:, 0]
        return np.interp(across, [-300.0, 0.0, 25.0, 400.0], [-33.0, 0.0, 5.5, 5.5])

    def steepest(line: np.ndarray) -> float:
        road = shapely.LineString(line)
        along = np.arange(0.0, road.length, 1.0)
        height = bank(shapely.get_coordinates(shapely.line_interpolate_point(road, along)))
        return float(np.abs(height[50:] - height[:-50]).max() / 50)

    alone = smooth(steps, bank, nothing, COURSE)
    led = smooth(steps, bank, nothing, COURSE, before=before)
    assert steepest(alone) < COURSE.grade
    assert steepest(np.vstack([before, alone[1:]])) > 1.2 * COURSE.grade  # what the joint is kept from
    assert steepest(np.vstack([before, led[1:]])) <= COURSE.grade / SURE
    assert led[[0, -1]] == pytest.approx(steps, abs=1e-6)
    back = smooth(steps[::-1], bank, nothing, COURSE, after=before[::-1])
    assert steepest(np.vstack([back[:-1], before[::-1]])) <= COURSE.grade / SURE
    assert back[[0, -1]] == pytest.approx(steps[::-1], abs=1e-6)
    both = smooth(steps, bank, nothing, COURSE, before=before, after=np.array([(0.0, 300.0), (0.0, 400.0)]))
    assert steepest(np.vstack([before, both[1:]])) <= COURSE.grade / SURE
    assert both[[0, -1]] == pytest.approx(steps, abs=1e-6)
