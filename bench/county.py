"""A county made of one township: drawing twenty-five takes ten minutes, laying this one out some seconds.

The sample is laid beside itself like tiles, every second one mirrored, so that the land
meets without a step. Codes and names tell the tiles apart.
"""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import rasterio
import shapely
from rasterio.transform import from_origin

from geo.area import Area
from geo.layers import LAYERS
from geo.spatial.terrain import Terrain

ACROSS = 5
"""Tiles in a row."""


def write_county(area: Area, townships: int, folder: Path) -> None:
    """`townships` tiles of `area` as one GeoPackage with its terrain beside it."""
    if area.terrain is None:
        raise ValueError("a county needs the ground of its township")
    folder.mkdir(parents=True, exist_ok=True)
    box = _tile(area)
    for name, frame in area.layers.items():
        tiles = [_placed(name, frame, k, box) for k in range(townships)]
        pyogrio.write_dataframe(pd.concat(tiles, ignore_index=True), folder / "county.gpkg", layer=name)
    write_terrain(lay_out(area.terrain, townships, box), folder / "dem.tif")


def _tile(area: Area) -> tuple[float, float, float, float]:
    """The land of the villages on whole cells: west, south, east, north."""
    assert area.terrain is not None
    west, south, east, north = area.bounds
    cell, x, y = area.terrain.cell, area.terrain.west, area.terrain.north
    return (
        x + round((west - x) / cell) * cell,
        y - round((y - south) / cell) * cell,
        x + round((east - x) / cell) * cell,
        y - round((y - north) / cell) * cell,
    )


def _turned(number: int) -> tuple[int, int, bool, bool]:
    """Column and row of a tile from the south-west, and whether it is mirrored in x and in y."""
    col, row = number % ACROSS, number // ACROSS
    return col, row, col % 2 == 1, row % 2 == 1


def _placed(
    name: str, frame: gpd.GeoDataFrame, number: int, box: tuple[float, float, float, float]
) -> gpd.GeoDataFrame:
    west, south, east, north = box
    col, row, flip_x, flip_y = _turned(number)

    def move(xy: np.ndarray) -> np.ndarray:
        x = west + east - xy[:, 0] if flip_x else xy[:, 0]
        y = south + north - xy[:, 1] if flip_y else xy[:, 1]
        return np.column_stack([x + col * (east - west), y + row * (north - south)])

    out = frame.set_geometry(gpd.GeoSeries(shapely.transform(frame.geometry.array, move), crs=frame.crs))
    for field in LAYERS[name].fields:
        if field.kind in ("id", "ref") and field.name in out and number:
            out[field.name] = out[field.name] + f"-{number}"
    if name in ("villages", "groups") and number:
        out["name"] = out["name"] + str(number)
    return out


def lay_out(terrain: Terrain, townships: int, box: tuple[float, float, float, float]) -> Terrain:
    """The ground of all tiles with the margin of the first; beyond them it is mirrored once more."""
    west, south, east, north = box
    cell = terrain.cell
    left, top = round((west - terrain.west) / cell), round((terrain.north - north) / cell)
    cols, rows = round((east - west) / cell), round((north - south) / cell)
    tile = terrain.elevation[top : top + rows, left : left + cols]
    across, up = min(ACROSS, townships), -(-townships // ACROSS)
    whole = np.full((up * rows, across * cols), np.nan, np.float32)
    for k in range(townships):
        col, row, flip_x, flip_y = _turned(k)
        part = tile[:: -1 if flip_y else 1, :: -1 if flip_x else 1]
        r = (up - 1 - row) * rows
        whole[r : r + rows, col * cols : (col + 1) * cols] = part
    whole = np.pad(whole, ((top, top), (left, left)), mode="symmetric")
    return Terrain(whole, terrain.west, south + up * (north - south) + top * cell, cell, terrain.crs)


def write_terrain(terrain: Terrain, path: Path) -> None:
    """A GeoTIFF, quickly packed."""
    rows, cols = terrain.shape
    transform = from_origin(terrain.west, terrain.north, terrain.cell, terrain.cell)
    profile = {"driver": "GTiff", "height": rows, "width": cols, "count": 1, "dtype": "float32"}
    pack = {"compress": "deflate", "zlevel": 1, "predictor": 3, "tiled": True, "nodata": -9999.0}
    with rasterio.open(
        path, "w", crs=terrain.crs.to_wkt(), transform=transform, **profile, **pack, bigtiff="if_safer"
    ) as out:
        out.write(np.where(np.isnan(terrain.elevation), -9999.0, terrain.elevation).astype(np.float32), 1)
