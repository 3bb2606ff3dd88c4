"""Geometries onto cells, against shapely."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS

from geo.spatial.cells import burn_lines, cells_along, cells_inside, centres, fill_polygons, nearest_open
from geo.spatial.terrain import Terrain
from geo.spatial.voids import fill_voids

TERRAIN = Terrain(np.zeros((20, 30), np.float32), 1000.0, 5000.0, 10.0, CRS(32648))
ALL = centres(np.arange(600), TERRAIN)
BOXES = np.array(
    [shapely.box(x - 5, y - 5, x + 5, y + 5) for x, y in ALL],
    dtype=object,
)


def blob(seed: int) -> shapely.Polygon:
    rng = np.random.default_rng(seed)
    angle = np.sort(rng.uniform(0, 2 * np.pi, 9))
    radius = rng.uniform(10, 90, 9)
    middle = np.array([1000 + rng.uniform(-30, 330), 5000 - rng.uniform(-30, 230)])
    shell = middle + radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    hole = middle + 0.3 * (shell - middle)
    return shapely.make_valid(shapely.Polygon(shell, [hole]))


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 100_000))
def test_a_polygon_fills_the_cells_whose_centre_it_holds(seed: int) -> None:
    shape = blob(seed)
    cell, polygon = cells_inside([shape], TERRAIN)
    wanted = shapely.contains_xy(shape, ALL[:, 0], ALL[:, 1])
    np.testing.assert_array_equal(np.isin(np.arange(600), cell), wanted)
    assert (polygon == 0).all()


def test_later_polygons_win_and_holes_stay_open() -> None:
    onto = np.full(TERRAIN.shape, 7, np.float32)
    outer = shapely.box(1000, 4900, 1100, 5000)
    ring = outer.difference(shapely.box(1030, 4930, 1070, 4970))
    fill_polygons([ring, shapely.box(1000, 4980, 1020, 5000)], [1.0, 2.0], onto, TERRAIN)
    assert onto[0, 0] == 2
    assert onto[2, 2] == 1
    assert onto[4, 4] == 7
    assert (onto == 1).sum() == 100 - 16 - 4


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 100_000))
def test_cells_along_a_line_are_those_near_it_with_its_nearest_point(seed: int) -> None:
    rng = np.random.default_rng(seed)
    line = shapely.LineString([1000, 4800] + rng.uniform(-0.1, 1.1, (4, 2)) * [300, 200])
    cell, point, owner = cells_along([shapely.Point(0, 0), line], TERRAIN, reach=7.5)
    distance = shapely.distance(shapely.points(ALL), line)
    np.testing.assert_array_equal(np.isin(np.arange(600), cell), distance <= 7.5)
    np.testing.assert_allclose(np.hypot(*(ALL[cell] - point).T), distance[cell], atol=1e-6)
    np.testing.assert_allclose(shapely.distance(shapely.points(point), line), 0, atol=1e-6)
    assert (owner == 1).all()


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 100_000))
def test_a_burned_line_is_connected_and_only_where_it_runs(seed: int) -> None:
    rng = np.random.default_rng(seed)
    line = shapely.LineString([1000, 4800] + rng.uniform(0, 1, (3, 2)) * [300, 200])
    onto = np.full(TERRAIN.shape, 5, np.float32)
    burn_lines([line], [2.0], onto, TERRAIN)
    burned = onto.ravel() == 2
    assert not (burned & ~shapely.intersects(BOXES, line)).any()
    missed = ~burned & (shapely.length(shapely.intersection(BOXES, line)) > 2.6)
    assert not missed.any()  # sampled every quarter of a cell: only corners may be cut


def test_a_line_never_raises_a_cell() -> None:
    onto = np.full(TERRAIN.shape, 1, np.float32)
    burn_lines([shapely.LineString([(1000, 4995), (1300, 4995)])], [2.0], onto, TERRAIN)
    assert (onto == 1).all()


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 100_000),
    share=st.sampled_from([0.5, 0.9, 0.99]),
    reach=st.sampled_from([4.0, 33.0, 75.0, 1000.0]),
)
def test_nearest_open_is_the_nearest_within_reach(seed: int, share: float, reach: float) -> None:
    rng = np.random.default_rng(seed)
    shut = rng.random(TERRAIN.shape) < share
    xy = [1000, 4800] + rng.uniform(0, 1, (20, 2)) * [300, 200]
    found = nearest_open(xy, shut, TERRAIN, reach=reach)
    distance = np.hypot(xy[:, 0, None] - ALL[:, 0], xy[:, 1, None] - ALL[:, 1])
    distance[:, shut.ravel()] = np.inf
    least = distance.min(axis=1)
    np.testing.assert_array_equal(found >= 0, least <= reach)
    near = np.flatnonzero(found >= 0)
    np.testing.assert_allclose(distance[near, found[near]], least[near])


def test_nearest_open_beyond_reach_is_none() -> None:
    shut = np.ones(TERRAIN.shape, bool)
    shut[0, 29] = False
    assert nearest_open(np.array([[1005.0, 4995.0]]), shut, TERRAIN, reach=100)[0] == -1


def test_voids_are_filled_between_their_rims_and_nothing_else_changes() -> None:
    rng = np.random.default_rng(1)
    height = (np.add.outer(np.arange(40) * 3.0, np.arange(51) * 2.0) + 100).astype(np.float32)
    holed = height.copy()
    holed[10:17, 20:29] = np.nan
    holed[rng.random(holed.shape) < 0.05] = np.nan
    filled = fill_voids(holed)
    known = ~np.isnan(holed)
    np.testing.assert_array_equal(filled[known], height[known])
    assert np.isfinite(filled).all()
    assert np.abs(filled - height).max() < 15  # a plane of 3.6 m a cell: within the width of the hole
    assert filled.max() <= height.max()
    assert filled.min() >= height.min()


def test_a_grid_without_height_becomes_flat() -> None:
    assert (fill_voids(np.full((3, 4), np.nan, np.float32)) == 0).all()
