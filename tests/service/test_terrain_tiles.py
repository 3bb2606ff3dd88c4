"""Terrain tiles: read back by rasterio, against the plane of the toy."""

from __future__ import annotations

import io

import numpy as np
import pytest
import rasterio
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pyproj import Transformer
from starlette.testclient import TestClient

from geo.spatial.terrain import Terrain
from service.usecases.terrain_tiles import elevations, make_pyramid, png, terrarium
from tests.service.toy import CRS, X0, Y0, toy_terrain

pytestmark = pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")


def decoded(body: bytes) -> np.ndarray:
    """Elevations in metres from a terrarium PNG, by the published formula."""
    with rasterio.open(io.BytesIO(body)) as image:
        red, green, blue = image.read().astype(float)
    return red * 256 + green + blue / 256 - 32768


def tile_of(lon: float, lat: float, z: int) -> tuple[int, int]:
    """Slippy-map tile numbers (OpenStreetMap wiki)."""
    n = 2**z
    y = (1 - np.arcsinh(np.tan(np.radians(lat))) / np.pi) / 2 * n
    return int((lon + 180) / 360 * n), int(y)


def pixel_places(z: int, x: int, y: int) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates of pixel centres in the toy's CRS, each projected on its own."""
    n = 2**z * 256
    col, row = np.meshgrid(x * 256 + np.arange(256) + 0.5, y * 256 + np.arange(256) + 0.5)
    lon = col / n * 360 - 180
    lat = np.degrees(np.arctan(np.sinh(np.pi * (1 - 2 * row / n))))
    return Transformer.from_crs(4326, CRS, always_xy=True).transform(lon, lat)


@pytest.mark.parametrize("z", [13, 15, 17])
def test_a_tile_is_the_plane(client: TestClient, z: int) -> None:
    """1200 m at the south edge, rising 1 in 20: within 5 cm wherever the terrain is known."""
    tx, ty = tile_of(105.01, 27.03, z)
    answer = client.get(f"/api/map/terrain/{z}/{tx}/{ty}.png")
    assert answer.headers["content-type"] == "image/png"
    found = decoded(answer.content)
    px, py = pixel_places(z, tx, ty)
    edge = 25 * 2 ** max(0, 16 - z)
    known = (
        (px > X0 - 500 + edge) & (px < X0 + 2500 - edge) & (py > Y0 - 500 + edge) & (py < Y0 + 2500 - edge)
    )
    assert known.sum() > 500
    assert np.abs(found - (1200 + (py - Y0) / 20))[known].max() < 0.05


def test_beyond_the_edge_stands_the_nearest_elevation(client: TestClient) -> None:
    for z, x, y in ((0, 0, 0), (18, 0, 0), (18, 2**18 - 1, 2**18 - 1), (13, *tile_of(104.0, 27.0, 13))):
        found = decoded(client.get(f"/api/map/terrain/{z}/{x}/{y}.png").content)
        assert 1174 < found.min() <= found.max() < 1326


def test_voids_are_filled_from_their_neighbours() -> None:
    terrain = toy_terrain()
    holed = terrain.elevation.copy()
    holed[40:50, 40:50] = np.nan
    pyramid = make_pyramid(Terrain(holed, terrain.west, terrain.north, terrain.cell, terrain.crs))
    assert all(np.isfinite(level.elevation).all() for level in pyramid.levels)
    x, y = tile_of(105.01, 27.03, 14)
    assert np.isfinite(elevations(pyramid, 14, x, y)).all()


def test_coarser_copies_are_means() -> None:
    terrain = toy_terrain()
    first, second, *_ = make_pyramid(terrain).levels
    assert second.cell == 2 * first.cell
    assert second.elevation[3, 5] == pytest.approx(first.elevation[6:8, 10:12].mean())


@given(arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), st.just(3))))
def test_png_is_read_back_by_others(pixels: np.ndarray) -> None:
    with rasterio.open(io.BytesIO(png(pixels))) as image:
        assert np.array_equal(np.moveaxis(image.read(), 0, -1), pixels)


@given(arrays(np.float64, (4, 4), elements=st.floats(-11_000, 9_000)))
def test_terrarium_keeps_the_centimetre(z: np.ndarray) -> None:
    red, green, blue = np.moveaxis(terrarium(z).astype(float), -1, 0)
    assert np.abs(red * 256 + green + blue / 256 - 32768 - z).max() <= 1 / 512 + 1e-9
