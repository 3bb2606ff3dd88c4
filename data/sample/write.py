"""Files as a county office hands them over: shapefiles, Chinese names and headers, GBK, three grids."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pyogrio.raw
import rasterio
import shapely
from rasterio.transform import from_origin

from geo.layers import LAYERS, Field
from geo.spatial.terrain import Terrain

CRS_OF = {"springs": 4490, "hazards": 4523}
"""Phone points of the water office; the mining and hazard office works with the zone number. Others 4544."""
POINT_FILES = {"hazards": "地灾隐患点"}
"""A shapefile holds one kind of geometry: point records go into a file of their own."""


def header(field: Field, taken: set[str]) -> str:
    """A Chinese header of the field that fits ten bytes of GBK and is still free.

    For ids and names the aliases of the layer's own (户编号, 户主) come before the general ones (编号, 名称).
    """
    own_first = field.aliases[::-1] if field.kind == "id" else field.aliases[2:] + field.aliases[:2]
    names = own_first if field.name in ("id", "name") else field.aliases
    for name in (*names, field.zh):
        if not name.isascii() and len(name.encode("gbk")) <= 10 and name not in taken:
            return name
    return field.name


def in_chinese(name: str, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """A layer as the office keeps it: Chinese headers, 是 / 否 / blank, choices by their Chinese names."""
    columns: dict[str, object] = {}
    for field in LAYERS[name].fields:
        if field.name not in frame:
            continue
        values = frame[field.name]
        if field.kind == "yesno":
            values = values.astype("boolean").map({True: "是", False: "否"}).astype(object)
        elif field.kind == "choice":
            values = values.map({c.value: c.zh for c in field.choices}).astype(object)
        elif field.kind == "integer":
            values = pd.to_numeric(values).astype("Int32")
        columns[header(field, set(columns))] = values
    return gpd.GeoDataFrame(columns, geometry=frame.geometry.array, crs=frame.crs)


def write_shapefiles(layers: dict[str, gpd.GeoDataFrame], folder: Path) -> None:
    """One shapefile a layer (two where points and polygons mix)."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in layers.items():
        if not len(frame):
            continue
        table = in_chinese(name, frame.to_crs(CRS_OF.get(name, 4544)))
        points = table.geom_type == "Point"
        title = next(f for f in LAYERS[name].file_names if not f.isascii())
        if name in POINT_FILES and points.any():
            _write(table[points], folder / f"{POINT_FILES[name]}.shp")
            table = table[~points]
        _write(table, folder / f"{title}.shp")


def _write(table: gpd.GeoDataFrame, path: Path) -> None:
    """Column by column, so that dates stay dates and blanks stay blank."""
    columns = [c for c in table.columns if c != table.geometry.name]
    values = [_column(table[c]) for c in columns]
    kinds = set(table.geom_type)
    pyogrio.raw.write(
        path,
        geometry=shapely.to_wkb(table.geometry.array),
        field_data=[v for v, _ in values],
        field_mask=[m for _, m in values],
        fields=columns,
        geometry_type=kinds.pop() if len(kinds) == 1 else f"Multi{next(iter(kinds)).removeprefix('Multi')}",
        crs=f"EPSG:{table.crs.to_epsg()}",
        driver="ESRI Shapefile",
        encoding="GBK",
        layer_options={"RESIZE": "YES"},
    )
    path.with_suffix(".cpg").write_text("GBK", encoding="ascii")


def _column(values: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """The values as OGR takes them, and which are missing."""
    missing = values.isna().to_numpy()
    if pd.api.types.is_datetime64_any_dtype(values):
        return values.to_numpy().astype("datetime64[D]"), missing
    if pd.api.types.is_integer_dtype(values):
        return values.fillna(0).to_numpy(np.int32), missing
    if pd.api.types.is_float_dtype(values):
        return values.to_numpy(np.float64), missing
    return values.astype(object).where(~missing, None).to_numpy(object), missing


def write_package(layers: dict[str, gpd.GeoDataFrame], path: Path) -> None:
    """All layers in one GeoPackage with canonical names: quick to write, for counties."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    for name, frame in layers.items():
        if len(frame):
            pyogrio.write_dataframe(frame, path, layer=name, driver="GPKG")


def write_terrain(terrain: Terrain, path: Path) -> None:
    """The relief as GeoTIFF, metres, float32, packed without loss."""
    path.parent.mkdir(parents=True, exist_ok=True)
    z = terrain.elevation
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=z.shape[0],
        width=z.shape[1],
        count=1,
        dtype="float32",
        crs=terrain.crs.to_wkt(),
        transform=from_origin(terrain.west, terrain.north, terrain.cell, terrain.cell),
        nodata=-9999.0,
        compress="deflate",
        zlevel=9,
        predictor=3,
        tiled=True,
        blockxsize=256,
        blockysize=256,
    ) as out:
        out.write(np.where(np.isnan(z), -9999.0, z).astype(np.float32), 1)
