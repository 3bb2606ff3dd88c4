"""A toy township, small enough to check by hand, written in any format and CRS."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely.geometry import LineString, Point, box

CRS = "EPSG:4544"  # CGCS2000 3-degree, CM 105 E
X0, Y0 = 560_000.0, 3_000_000.0
Frames = dict[str, gpd.GeoDataFrame]
ENDINGS = {"GPKG": "gpkg", "GeoJSON": "geojson", "ESRI Shapefile": "shp", "FlatGeobuf": "fgb"}


def toy() -> Frames:
    """Two square villages of 1 km, two groups each, six households, a road, a pool."""

    def at(x: float, y: float) -> Point:
        return Point(X0 + x, Y0 + y)

    villages = {
        "村代码": ["520500000201", "520500000202"],
        "村名": ["坪上村", "坝子村"],
        "是否贫困村": ["是", "否"],
        "geometry": [box(X0, Y0, X0 + 1000, Y0 + 1000), box(X0 + 1000, Y0, X0 + 2000, Y0 + 1000)],
    }
    groups = {
        "组代码": ["20101", "20102", "20201", "20202"],
        "组名": ["一组", "二组", "一组", "二组"],
        "村代码": ["520500000201", "520500000201", "520500000202", "520500000202"],
        "户数": [2, 1, 2, 1],
        "geometry": [at(250, 250), at(250, 750), at(1250, 250), at(1250, 750)],
    }
    households = {
        "户编号": ["h1", "h2", "h3", "h4", "h5", "h6"],
        "户主姓名": ["甲", "乙", "丙", "丁", "戊", "己"],
        "村代码": ["520500000201"] * 3 + ["520500000202"] * 3,
        "组代码": ["20101", "20101", "20102", "20201", "20201", "20202"],
        "人口": [3, 4, 2, 5, 1, 6],
        "安全饮水": ["是", "否", None, "是", "√", "×"],
        "危房等级": ["A级", "B", "C级", "D级", "无房", None],
        "院坝面积": [20.5, 30.0, 0.0, None, 80.0, 12.0],
        "geometry": [
            at(x, y) for x, y in ((200, 200), (300, 260), (240, 800), (1200, 300), (1300, 200), (1260, 700))
        ],
    }
    roads = {
        "路线编号": ["r1", "r2"],
        "道路等级": ["县道", "组道"],
        "路面": ["沥青", "砂石"],
        "是否硬化": ["是", "否"],
        "geometry": [
            LineString([(X0, Y0 + 500), (X0 + 2000, Y0 + 500)]),
            LineString([(X0 + 500, Y0), (X0 + 500, Y0 + 500)]),
        ],
    }
    pools = {"编号": ["p1"], "容积": ["50m³"], "正常运行": ["是"], "geometry": [at(600, 900)]}
    tables = {"行政村": villages, "村民组": groups, "农户": households, "道路": roads, "水池": pools}
    return {name: gpd.GeoDataFrame(t, crs=CRS) for name, t in tables.items()}


def write(
    frames: Frames, folder: Path, *, driver: str = "GPKG", crs: str = CRS, encoding: str = "UTF-8"
) -> Path:
    """One file for each layer, named in Chinese."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in frames.items():
        options = {"encoding": encoding} if driver == "ESRI Shapefile" else {}
        out = frame.to_crs(crs) if frame.crs is not None else frame
        with warnings.catch_warnings():  # field names are cut at ten bytes: that is meant
            warnings.simplefilter("ignore")
            out.to_file(folder / f"{name}.{ENDINGS[driver]}", driver=driver, **options)
    return folder


@pytest.fixture
def township() -> Frames:
    return toy()


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., Path]:
    """Write frames to a fresh folder."""
    return lambda frames, **options: write(frames, tmp_path / "area", **options)


def raster(
    path: Path,
    values: np.ndarray,
    *,
    crs: str = CRS,
    west: float,
    north: float,
    cell: float,
    nodata: float | None = None,
) -> None:
    import rasterio
    from rasterio.transform import from_origin

    profile = {
        "driver": "GTiff",
        "height": values.shape[0],
        "width": values.shape[1],
        "count": 1,
        "dtype": values.dtype,
    }
    with rasterio.open(
        path, "w", crs=crs, transform=from_origin(west, north, cell, cell), nodata=nodata, **profile
    ) as file:
        file.write(values, 1)


def points(frame: gpd.GeoDataFrame) -> pd.DataFrame:
    """Coordinates by id."""
    xy = shapely.get_coordinates(shapely.centroid(frame.geometry.array))
    return pd.DataFrame(xy, index=pd.Index(frame["id"], name="id"), columns=["x", "y"]).sort_index()
