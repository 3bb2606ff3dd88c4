"""The shaded terrain: light from the north-west, voids left open, in its right place."""

from __future__ import annotations

import numpy as np
import pytest
from pyproj import CRS
from rasterio.io import MemoryFile

from geo.spatial.terrain import Terrain
from maps.relief import draw_relief, hillshade


def plane(east_slope: float, north_slope: float) -> Terrain:
    y, x = np.mgrid[0:40, 0:50] * 10.0
    return Terrain(
        (1000 + east_slope * x - north_slope * y).astype(np.float32), 5e5, 3e6, 10.0, CRS("EPSG:4544")
    )


def test_flat_ground_is_lit_by_the_sine_of_the_sun() -> None:
    np.testing.assert_allclose(hillshade(plane(0, 0)), np.sin(np.radians(45)), rtol=1e-6)


def test_a_slope_square_to_the_light_is_brightest_and_its_back_is_dark() -> None:
    """Facing north-west at 45 degrees (with the exaggeration taken out) the light falls straight on it: 1."""
    rise = np.sqrt(0.5)
    facing = hillshade(plane(rise, -rise), exaggeration=1.0)[5:-5, 5:-5]
    away = hillshade(plane(-rise, rise), exaggeration=1.0)[5:-5, 5:-5]
    np.testing.assert_allclose(facing, 1.0, atol=1e-5)
    np.testing.assert_allclose(away, 0.0, atol=1e-5)


def test_the_picture_lies_where_the_terrain_is_and_leaves_voids_open() -> None:
    terrain = plane(0.1, 0.1)
    terrain.elevation[10:20, 10:20] = np.nan
    relief = draw_relief(terrain)
    west, south, east, north = relief.box
    assert (west, north) == pytest.approx((105.0, 27.111), abs=0.002)  # E 500 km, N 3000 km on CM 105
    assert east - west == pytest.approx(500 / (111_320 * np.cos(np.radians(27.1))), rel=0.03)
    assert north - south == pytest.approx(400 / 110_790, rel=0.03)
    with MemoryFile(relief.image) as memory, memory.open() as picture:
        alpha = picture.read(4)
    share = (alpha == 0).mean()
    assert 100 / 2000 * 0.7 < share < 100 / 2000 * 1.9  # the void and a rim where bilinear has no neighbour


def test_terrain_of_voids_alone_is_an_empty_picture() -> None:
    void = Terrain(np.full((20, 20), np.nan, np.float32), 5e5, 3e6, 10.0, CRS("EPSG:4544"))
    with MemoryFile(draw_relief(void).image) as memory, memory.open() as picture:
        assert picture.read(4).max() == 0
