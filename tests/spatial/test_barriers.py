"""Barriers against shapely: a step is refused exactly when its segment touches a line."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS

from geo.spatial.barriers import make_barriers, refuse_crossing, segments_of
from geo.spatial.search import OFFSETS
from geo.spatial.steps import even_steps
from geo.spatial.terrain import Terrain

UTM = CRS(32648)


def flat(rows: int, cols: int, cell: float = 10.0) -> Terrain:
    return Terrain(np.zeros((rows, cols), np.float32), 500_000.0, 3_000_000.0, cell, UTM)


def wild_line(seed: int, terrain: Terrain) -> shapely.LineString:
    rng = np.random.default_rng(seed)
    rows, cols = terrain.shape
    steps = rng.normal(size=(rng.integers(2, 12), 2)) * rng.choice([3.0, 25.0, 120.0])
    start = [terrain.west, terrain.north - rows * terrain.cell] + rng.random(2) * terrain.cell * [cols, rows]
    return shapely.LineString(start + np.cumsum(steps, axis=0))


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 100_000))
def test_exactly_the_crossing_steps_are_refused(seed: int) -> None:
    terrain = flat(11, 13)
    lines = [wild_line(seed, terrain), wild_line(seed + 1, terrain)]
    steps = even_steps(np.ones(terrain.shape), 16)
    before = np.isfinite(steps)
    refuse_crossing(steps, terrain, make_barriers(lines, terrain))
    v, j = np.nonzero(before)
    r, c = np.divmod(v, 13)
    x, y = terrain.west + (c + 0.5) * 10, terrain.north - (r + 0.5) * 10
    there = np.column_stack([x + OFFSETS[j, 1] * 10, y - OFFSETS[j, 0] * 10])
    walks = shapely.linestrings(np.stack([np.column_stack([x, y]), there], axis=1))
    crossing = shapely.intersects(walks, shapely.union_all(lines))
    np.testing.assert_array_equal(np.isinf(steps[v, j]), crossing)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 100_000))
def test_crossed_agrees_with_shapely_inside_and_outside_the_grid(seed: int) -> None:
    terrain = flat(11, 13)
    lines = [wild_line(seed, terrain), wild_line(seed + 7, terrain)]
    rng = np.random.default_rng(seed)
    a = [terrain.west, terrain.north - 110] + rng.uniform(0, 1, (50, 2)) * [130, 110]
    walks = np.hstack([a, a + rng.normal(size=(50, 2)) * 20])
    inside = (walks[:, 2] > terrain.west) & (walks[:, 2] < terrain.west + 130)
    inside &= (walks[:, 3] < terrain.north) & (walks[:, 3] > terrain.north - 110)
    walks = walks[inside]
    wanted = shapely.intersects(shapely.linestrings(walks.reshape(-1, 2, 2)), shapely.union_all(lines))
    np.testing.assert_array_equal(make_barriers(lines, terrain).crossed(walks), wanted)


def test_touching_counts_and_a_gap_passes() -> None:
    terrain = flat(3, 3)
    x, y = terrain.west, terrain.north
    wall = shapely.LineString([(x + 10, y), (x + 10, y - 15)])
    barriers = make_barriers([wall], terrain)
    walks = np.array(
        [
            [x + 5, y - 15, x + 15, y - 15],  # through its very end
            [x + 5, y - 16, x + 15, y - 16],  # just past it
            [x + 10, y - 20, x + 10, y - 12],  # along it
            [x + 5, y - 5, x + 10, y - 5],  # up to it
        ]
    )
    assert barriers.crossed(walks).tolist() == [True, False, True, True]


def test_no_barriers_refuse_nothing() -> None:
    terrain = flat(4, 4)
    steps = even_steps(np.ones((4, 4)), 16)
    barriers = make_barriers([], terrain)
    refuse_crossing(steps, terrain, barriers)
    np.testing.assert_array_equal(steps, even_steps(np.ones((4, 4)), 16))
    assert not barriers.crossed(np.zeros((3, 4))).any()


def test_segments_of_all_kinds_of_geometry() -> None:
    shapes = [
        shapely.LineString([(0, 0), (1, 0), (1, 1)]),
        shapely.Polygon([(0, 0), (4, 0), (4, 4)], [[(1, 0.5), (2, 0.5), (2, 1)]]),
        shapely.MultiLineString([[(9, 9), (8, 8)], [(7, 7), (6, 6)]]),
        shapely.LineString(),
        shapely.Point(1, 1),
    ]
    segments, owner = segments_of(shapes)
    assert np.bincount(owner, minlength=5).tolist() == [2, 6, 2, 0, 0]
    length = np.hypot(segments[:, 2] - segments[:, 0], segments[:, 3] - segments[:, 1])
    assert length.sum() == pytest.approx(sum(s.length for s in shapes))
