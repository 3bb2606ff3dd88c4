"""Elevation rasters as they come."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from pyproj import Transformer
from shapely.geometry import Point

from geo.reading import read_area

from .conftest import CRS, X0, Y0, raster, toy, write


def _plane(rows: int = 60, cols: int = 80) -> np.ndarray:
    """Rises 1 m per cell eastward and 2 m per cell southward from 1,000 m."""
    return (1000 + np.arange(cols)[None, :] + 2 * np.arange(rows)[:, None]).astype(np.float32)


def _area(folder: Path) -> Path:
    return write(toy(), folder)


def test_in_the_working_crs_it_is_taken_cell_by_cell(tmp_path: Path) -> None:
    raster(_area(tmp_path) / "dem.tif", _plane(), west=X0 - 1000, north=Y0 + 2000, cell=50.0)
    area, problems = read_area(tmp_path)
    terrain = area.terrain
    assert terrain is not None
    assert (terrain.cell, terrain.west, terrain.north, terrain.shape) == (
        50.0,
        X0 - 1000,
        Y0 + 2000,
        (60, 80),
    )
    np.testing.assert_allclose(terrain.elevation, _plane(), atol=1e-3)
    assert problems.count == 0
    assert [s.file for s in area.sources if s.layer == "terrain"] == ["dem.tif"]


def test_degrees_are_resampled_to_square_metres(tmp_path: Path) -> None:
    """A plane in degrees stays a plane: elevation = 1000 m + 1e5 m per degree of longitude east of 105.58."""
    lon0, lat0, cell = 105.55, 27.16, 0.0005
    lons = lon0 + cell * (np.arange(200) + 0.5)
    values = np.repeat((1000 + 1e4 * (lons - lon0)).astype(np.float32)[None, :], 150, axis=0)
    raster(_area(tmp_path) / "高程.tif", values, crs="EPSG:4326", west=lon0, north=lat0, cell=cell)
    area, problems = read_area(tmp_path)
    assert area.terrain is not None
    assert 45 < area.terrain.cell < 56
    x, y = np.array([X0 + 500.0, X0 + 1500.0]), np.array([Y0 + 500.0] * 2)
    lon, _ = Transformer.from_crs(area.crs, 4326, always_xy=True).transform(x, y)
    np.testing.assert_allclose(area.terrain.sample(x, y), 1000 + 1e4 * (lon - lon0), atol=0.5)
    assert "terrain_warped" in set(problems.table["key"])


@pytest.mark.parametrize("nodata", [-32768, None])
def test_voids_with_and_without_a_nodata_value(tmp_path: Path, nodata: int | None) -> None:
    values = _plane().astype(np.int16)
    values[30:32, 40:42] = -32768
    raster(_area(tmp_path) / "srtm.tif", values, west=X0 - 1000, north=Y0 + 2000, cell=50.0, nodata=nodata)
    area, problems = read_area(tmp_path)
    assert area.terrain is not None
    assert np.isnan(area.terrain.elevation).sum() == 4
    assert np.nanmin(area.terrain.elevation) == 1000
    assert ("terrain_wild" in set(problems.table["key"])) == (nodata is None)


@pytest.mark.parametrize("void", [False, True])
def test_a_terrain_of_half_the_area_says_so(tmp_path: Path, void: bool) -> None:
    """It ends in the middle, or is empty from there on."""
    values = _plane(60, 80 if void else 40)
    values[:, 40:] = np.nan
    raster(_area(tmp_path) / "dem.tif", values, west=X0 - 1000, north=Y0 + 2000, cell=50.0)
    said = read_area(tmp_path)[1].said("zh").set_index("key")
    assert said.loc["terrain_short", "what"] == "高程只覆盖规划区范围的 50%"


def test_cut_to_the_area_on_its_own_cells(tmp_path: Path) -> None:
    values = np.add.outer(np.arange(400), np.arange(400)).astype(np.float32)
    raster(_area(tmp_path) / "dem.tif", values, west=X0 - 10_000, north=Y0 + 11_000, cell=50.0)
    area, _ = read_area(tmp_path)
    terrain = area.terrain
    assert terrain is not None
    assert terrain.shape == (100, 120)  # 1 x 2 km and 2 km around it
    assert (terrain.west, terrain.north) == (X0 - 2000, Y0 + 3000)
    np.testing.assert_allclose(terrain.elevation, values[160:260, 160:280], atol=1e-3)


def test_a_terrain_beside_the_folder(tmp_path: Path) -> None:
    raster(tmp_path / "t.tif", _plane(), west=X0 - 1000, north=Y0 + 2000, cell=50.0)
    folder = write(toy(), tmp_path / "layers")
    (folder / "area.toml").write_text('[terrain]\nfile = "../t.tif"\n')
    assert read_area(folder)[0].terrain is not None
    from geo.reading import Limits

    area, problems = read_area(folder, limits=Limits(outside=False))
    assert area.terrain is None
    assert problems.of("error")["key"].tolist() == ["declared_missing"]


def test_which_of_several(tmp_path: Path) -> None:
    _area(tmp_path)
    raster(tmp_path / "ortho.tif", _plane(), west=X0, north=Y0, cell=50.0)
    raster(tmp_path / "rain.tif", _plane(), west=X0, north=Y0, cell=50.0)
    area, problems = read_area(tmp_path)
    assert area.terrain is None
    assert problems.of("warning")["key"].tolist() == ["terrain_unclear"]


@pytest.mark.parametrize(("west", "key"), [(X0 + 500_000, "terrain_apart")])
def test_a_terrain_of_another_place(tmp_path: Path, west: float, key: str) -> None:
    raster(_area(tmp_path) / "dem.tif", _plane(), west=west, north=Y0 + 2000, cell=50.0)
    area, problems = read_area(tmp_path)
    assert area.terrain is None
    assert key in set(problems.table["key"])


def test_not_a_raster(tmp_path: Path) -> None:
    (_area(tmp_path) / "dem.tif").write_bytes(b"II*\0 and then nothing")
    area, problems = read_area(tmp_path)
    assert area.terrain is None
    assert problems.table[["file", "severity"]].values.tolist() == [["dem.tif", "unreadable"]]


def test_a_height_that_cannot_be_true_is_not_used(tmp_path: Path) -> None:
    """0 where nobody measured, feet for metres; 60 m apart may be a phone. The ground is at 1080 m or so."""
    spots = [Point(X0 + 300 + 50 * i, Y0 + 500) for i in range(4)]
    heights = [0.0, 3600.0, 1030.0, None]
    pools = gpd.GeoDataFrame({"编号": list("abcd"), "容积": 20.0, "高程": heights}, geometry=spots, crs=CRS)
    write(toy() | {"水池": pools}, tmp_path)
    raster(tmp_path / "dem.tif", _plane(), west=X0 - 1000, north=Y0 + 2000, cell=50.0)
    area, problems = read_area(tmp_path)
    assert area.layer("pools")["elev"].isna().tolist() == [True, True, False, True]
    told = problems.said("zh").set_index("key").loc["height_apart"]
    assert told["what"] == "2 个“池底高程”与该处地形相差超过 100 m：“0.0”, “3600.0”"
    assert (told["file"], told["row"], told["severity"]) == ("水池.gpkg", "1, 2", "error")
