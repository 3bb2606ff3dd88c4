"""The inputs of a published travel-time analysis (AccessMod's demonstration) through our ground.

The grid is resampled to square cells; land cover becomes polygons, speeds of the
table factors of Tobler's speed on the flat. Motor speeds keep Tobler's slope: the
published model lets vehicles ignore it, so only walking is compared with a witness.
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from pyproj import CRS
from rasterio.features import shapes
from rasterio.warp import Resampling, reproject
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from geo.area import Area, make_area
from geo.ground import Ground, make_ground
from geo.spatial.search import OFFSETS
from geo.spatial.terrain import Terrain
from geo.standards import Standard, default_standard

UTM = CRS(26713)
WEST, NORTH, CELL, ROWS, COLS = 590_000.0, 4_928_000.0, 30.0, 466, 633
FLAT_KMH = 6 * np.exp(-3.5 * 0.05)
COVERS = {1: "grass", 2: "built", 3: "rock", 4: "forest", 5: "orchard", 6: "shrub"}
ROADS = {1001: "expressway", 1002: "national", 1003: "provincial", 1004: "county", 1005: "track"}
ON_FOOT_KMH = 5.0


def grid(path: Path) -> np.ndarray:
    """A raster of the demonstration on square cells of 30 m, nearest value, NaN where void."""
    onto = np.full((ROWS, COLS), np.nan, np.float32)
    transform = rasterio.transform.from_origin(WEST, NORTH, CELL, CELL)
    with rasterio.open(path) as raster:
        values = raster.read(1).astype(np.float32)
        values[values == raster.nodata] = np.nan
        reproject(
            values,
            onto,
            src_transform=raster.transform,
            src_crs=raster.crs,
            src_nodata=np.nan,
            dst_transform=transform,
            dst_crs=raster.crs,
            dst_nodata=np.nan,
            resampling=Resampling.nearest,
        )
    return onto


def speeds(path: Path) -> dict[int, tuple[float, str]]:
    """Class -> speed in km/h and mode. The sheet's numbers are padded, which spreadsheet readers refuse."""
    with zipfile.ZipFile(path) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        text = re.findall(r"<t>(.*?)</t>", book.read("xl/sharedStrings.xml").decode())
    found = {}
    for row in re.findall(r"<row.*?</row>", sheet)[1:]:
        kind, _, speed, mode = re.findall(r"<v>\s*(\d+)\s*</v>", row)
        found[int(kind)] = (float(speed), text[int(mode)])
    return found


@pytest.fixture(scope="module")
def inputs(real: Path) -> Path:
    return real / "travel_time" / "inputs"


@pytest.fixture(scope="module")
def demo(inputs: Path) -> Area:
    terrain = Terrain(grid(inputs / "DEM" / "dem__dem.GeoTIFF"), WEST, NORTH, CELL, UTM)
    cover = grid(inputs / "land_cover__demo" / "land_cover__demo.GeoTIFF")
    pieces = shapes(
        np.nan_to_num(cover).astype(np.uint8),
        mask=~np.isnan(cover),
        transform=rasterio.transform.from_origin(WEST, NORTH, CELL, CELL),
    )
    polygons, classes = zip(*((shapely.geometry.shape(g), COVERS[int(v)]) for g, v in pieces), strict=True)
    roads = gpd.read_file(inputs / "road__demo" / "road__demo")
    rivers = gpd.read_file(inputs / "barrier__demo_river" / "barrier__demo_river")
    clinics = gpd.read_file(inputs / "health_facilities__demo" / "health_facilities__demo")
    layers = {
        "landcover": gpd.GeoDataFrame({"class": list(classes)}, geometry=list(polygons), crs=UTM),
        "roads": gpd.GeoDataFrame({"class": roads["class"].map(ROADS)}, geometry=roads.geometry, crs=UTM),
        "rivers": gpd.GeoDataFrame({"class": ["river"] * len(rivers)}, geometry=rivers.geometry, crs=UTM),
        "facilities": gpd.GeoDataFrame(
            {"id": clinics["id"].astype(str), "name": clinics["name"], "kind": ["clinic"] * len(clinics)},
            geometry=clinics.geometry,
            crs=UTM,
        ),
    }
    return make_area(layers, crs=UTM, terrain=terrain)


@pytest.fixture(scope="module")
def people(inputs: Path) -> np.ndarray:
    return np.nan_to_num(grid(inputs / "population__demo" / "population__demo.GeoTIFF"))


def with_tables(standard: Standard, **tables: dict[str, float]) -> Standard:
    values = dict(standard.values)
    for name, table in tables.items():
        key = f"walk.{name}"
        values[key] = replace(values[key], value=values[key].value | table)
    return replace(standard, values=values)


@pytest.fixture(scope="module")
def on_foot(inputs: Path) -> Standard:
    table = speeds(inputs / "table_model__demo" / "table_model__demo.xlsx")
    walking = {COVERS[k]: min(v, ON_FOOT_KMH) / FLAT_KMH for k, (v, _) in table.items() if k in COVERS}
    roads = {ROADS[k]: ON_FOOT_KMH / FLAT_KMH for k in table if k in ROADS}
    return with_tables(default_standard(), cover_factor=walking, road_factor=roads)


@pytest.fixture(scope="module")
def riding(inputs: Path) -> Standard:
    """The published speeds as they stand, bicycles and cars included."""
    table = speeds(inputs / "table_model__demo" / "table_model__demo.xlsx")
    return with_tables(
        default_standard(),
        cover_factor={COVERS[k]: v / FLAT_KMH for k, (v, _) in table.items() if k in COVERS},
        road_factor={ROADS[k]: v / FLAT_KMH for k, (v, _) in table.items() if k in ROADS},
    )


def minutes(ground: Ground, area: Area) -> np.ndarray:
    return ground.surface(area.layer("facilities").geometry.array).seconds / 60


def test_the_table_is_the_published_one(inputs: Path) -> None:
    table = speeds(inputs / "table_model__demo" / "table_model__demo.xlsx")
    assert table[1] == (2.0, "WALKING")
    assert table[1001] == (80.0, "MOTORIZED")
    assert len(table) == 11


def test_coverage_grows_with_time_and_with_speed(
    demo: Area, people: np.ndarray, on_foot: Standard, riding: Standard
) -> None:
    walk, ride = make_ground(demo, on_foot), make_ground(demo, riding)
    on_foot_min, riding_min = minutes(walk, demo), minutes(ride, demo)
    covered = [people[on_foot_min <= t].sum() / people.sum() for t in (30, 60, 120, 600)]
    faster = [people[riding_min <= t].sum() / people.sum() for t in (30, 60, 120, 600)]
    assert 0 < covered[0] < covered[1] < covered[2] < covered[3] <= 1
    assert all(f > c for f, c in zip(faster[:3], covered[:3], strict=True))
    assert (riding_min <= on_foot_min * (1 + 1e-5) + 1e-3).all()


def test_roads_speed_up_and_rivers_hold_up(demo: Area, on_foot: Standard) -> None:
    pathless = replace(demo, layers={k: v for k, v in demo.layers.items() if k != "roads"})
    dry = replace(demo, layers={k: v for k, v in demo.layers.items() if k != "rivers"})
    with_all = minutes(make_ground(demo, on_foot), demo)
    without_roads = minutes(make_ground(pathless, on_foot), demo)
    without_rivers = minutes(make_ground(dry, on_foot), demo)
    assert (with_all <= without_roads * (1 + 1e-5)).all()
    assert (without_rivers <= with_all * (1 + 1e-5)).all()
    # no bridge without a road: the rivers cut the ground into parts no clinic is in
    assert np.isinf(without_roads).mean() > np.isinf(with_all).mean()
    assert np.isfinite(without_rivers).all()


def witness_steps(ground: Ground, rivers: shapely.Geometry) -> csr_array:
    """All steps as a sparse graph, cell -> cell, by the formula, each tested with shapely."""
    height = ground.terrain.elevation.astype(np.float64)
    slow = ground.footing.slowness.astype(np.float64)
    made = ground.footing.made
    west, north = ground.terrain.west, ground.terrain.north
    n, m = height.shape
    r, c = np.mgrid[:n, :m]
    parts = []
    for dr, dc in OFFSETS:
        ok = (r + dr >= 0) & (r + dr < n) & (c + dc >= 0) & (c + dc < m)
        r0, c0 = r[ok], c[ok]
        r1, c1 = r0 + dr, c0 + dc
        cells = [(r0, c0), (r1, c1)]
        if abs(dr) == 2:
            cells += [(r0 + dr // 2, c0), (r0 + dr // 2, c1)]
        if abs(dc) == 2:
            cells += [(r0, c0 + dc // 2), (r1, c0 + dc // 2)]
        d = np.hypot(dr, dc) * CELL
        slope = (height[r1, c1] - height[r0, c0]) / d
        speed = 6 / 3.6 * np.exp(-3.5 * np.abs(slope + 0.05))
        cost = d / speed * np.mean([slow[cell] for cell in cells], axis=0)
        walks = np.stack(
            [
                np.column_stack([west + (c0 + 0.5) * CELL, north - (r0 + 0.5) * CELL]),
                np.column_stack([west + (c1 + 0.5) * CELL, north - (r1 + 0.5) * CELL]),
            ],
            axis=1,
        )
        open_ = (np.abs(slope) <= 1.2) | np.all([made[cell] for cell in cells], axis=0)
        open_ &= ~shapely.intersects(shapely.linestrings(walks), rivers)
        parts.append(((r0 * m + c0)[open_], (r1 * m + c1)[open_], cost[open_]))
    start, end, cost = (np.concatenate(p) for p in zip(*parts, strict=True))
    return csr_array((cost, (start, end)), shape=(n * m, n * m))


def test_times_agree_with_scipy_on_a_window(demo: Area, on_foot: Standard) -> None:
    """160 x 160 cells around a clinic, rivers in them; roads left out so that no bridge opens a gap."""
    clinic = demo.layer("facilities").geometry.iloc[3]
    row, col = int((NORTH - clinic.y) // CELL), int((clinic.x - WEST) // CELL)
    top, left = min(max(0, row - 80), ROWS - 160), min(max(0, col - 80), COLS - 160)
    rows, cols = slice(top, top + 160), slice(left, left + 160)
    terrain = Terrain(demo.terrain.elevation[rows, cols], WEST + left * CELL, NORTH - top * CELL, CELL, UTM)
    kept = {k: v for k, v in demo.layers.items() if k != "roads"}
    ground = make_ground(replace(demo, layers=kept, terrain=terrain), on_foot)
    centre = shapely.Point(WEST + (col + 0.5) * CELL, NORTH - (row + 0.5) * CELL)
    found = ground.surface([centre]).seconds
    rivers = shapely.union_all(np.asarray(demo.layer("rivers").geometry.array))
    graph = witness_steps(ground, rivers)
    wanted = dijkstra(graph.T.tocsr(), indices=(row - top) * 160 + col - left).reshape(160, 160)
    assert np.isinf(wanted).any()
    np.testing.assert_array_equal(np.isfinite(found), np.isfinite(wanted))
    np.testing.assert_allclose(found, wanted, rtol=2e-5, atol=0.01)
