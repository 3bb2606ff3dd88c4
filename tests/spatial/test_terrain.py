"""Elevation by hand and against scipy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS
from scipy.interpolate import RegularGridInterpolator

from geo.spatial.terrain import Terrain
from geo.spatial.whole import heights
from geo.spatial.windows import window_around


def terrain(height: np.ndarray, cell: float = 10.0) -> Terrain:
    return Terrain(height.astype(np.float32), 100.0, 500.0, cell, CRS(32648))


def test_samples_agree_with_scipy() -> None:
    rng = np.random.default_rng(3)
    height = rng.uniform(0, 100, (7, 9)).astype(np.float32)
    grid = RegularGridInterpolator((np.arange(7), np.arange(9)), height.astype(float))
    x, y = rng.uniform(105, 185, 50), rng.uniform(435, 495, 50)
    wanted = grid(np.column_stack([(500 - y) / 10 - 0.5, (x - 100) / 10 - 0.5]))
    np.testing.assert_allclose(terrain(height).sample(x, y), wanted, rtol=1e-6)


def test_outside_and_nowhere_are_nan_and_the_rim_is_the_rim() -> None:
    t = terrain(np.array([[1.0, 2.0], [3.0, 4.0]]))
    x = np.array([100.0, 120.0, 99.0, 110.0, np.nan])
    y = np.array([500.0, 480.0, 490.0, 479.0, 490.0])
    np.testing.assert_array_equal(t.sample(x, y), [1, 4, np.nan, np.nan, np.nan])


def test_a_terrain_of_one_cell() -> None:
    assert terrain(np.array([[7.0]])).sample(np.array([103.0]), np.array([498.0]))[0] == 7


def test_beside_a_void_is_nan() -> None:
    t = terrain(np.array([[1.0, np.nan], [1.0, 1.0]]))
    assert np.isnan(t.sample(np.array([110.0]), np.array([490.0]))[0])


def test_slope_of_a_plane() -> None:
    """Rising 3 m a cell eastwards and 4 m a cell southwards: 5 m in 10."""
    r, c = np.mgrid[:6, :6]
    slope = terrain(3.0 * c + 4.0 * r).slope()
    np.testing.assert_allclose(slope[1:-1, 1:-1], 0.5, rtol=1e-6)
    assert np.isnan(slope[0]).all()


def test_cells_of_points() -> None:
    row, col = terrain(np.zeros((3, 3))).cells(
        np.array([100.0, 129.9, 95.0]), np.array([499.9, 470.1, 505.0])
    )
    assert row.tolist() == [0, 2, -1]
    assert col.tolist() == [0, 2, -1]


@pytest.mark.parametrize("shape", [(3, 4), (1, 2)])
def test_shape_is_rows_and_columns(shape: tuple[int, int]) -> None:
    assert terrain(np.zeros(shape)).shape == shape


def test_a_window_has_two_cells_each_way_and_no_more_than_there_are() -> None:
    def around(rows: int, cols: int, x: float, y: float) -> tuple[slice, slice]:
        ground = Terrain(np.zeros((rows, cols), np.float32), 0.0, 10.0 * rows, 10.0, CRS(32648))
        return window_around(np.array([[x, y]]), 1.0, ground)

    assert around(1, 1, 5.0, 5.0) == (slice(0, 1), slice(0, 1))
    assert around(1, 6, 25.0, 5.0) == (slice(0, 1), slice(2, 4))
    assert around(9, 9, 1e6, -1e6) == (slice(7, 9), slice(7, 9))
    assert around(9, 9, -1e6, 1e6) == (slice(0, 2), slice(0, 2))


@given(st.floats(1e5, 9e5), st.floats(2e6, 4e6), st.floats(5.0, 40.0))
def test_beyond_its_edge_a_terrain_has_the_height_of_the_edge(west: float, north: float, cell: float) -> None:
    terrain = Terrain(np.full((7, 9), 1234.0, np.float32), west, north, cell, CRS.from_epsg(4544))
    far = 1000 * cell
    xy = np.array([[west + dx, north + dy] for dx in (-far, far) for dy in (-far, far)])
    assert heights(terrain, xy).tolist() == [1234.0] * 4
