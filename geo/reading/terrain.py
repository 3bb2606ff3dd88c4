"""Which raster is the terrain, and how does it become a square metric grid?"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import numpy.typing as npt
import rasterio
from pyproj import CRS
from rasterio.errors import RasterioError
from rasterio.transform import from_origin
from rasterio.warp import Resampling, calculate_default_transform, reproject

from geo.area import Source
from geo.reading.files import Found, sha256
from geo.reading.problems import Log
from geo.reading.wording import in_words
from geo.spatial.terrain import Terrain

NAMES = re.compile(r"dem|dsm|dtm|srtm|alos|aster|elev|terrain|高程|地形|数字高程", re.IGNORECASE)
LOWEST_M, HIGHEST_M = -500.0, 9000.0  # nothing on land lies outside: such cells are voids
HEIGHT_APART_M = 100.0  # a phone's height errs by tens of metres, a cell of 30 m on a cliff by as much
MAX_CELLS = 60_000_000
ENOUGH = 0.95  # of the area: cells at its edge are cut by the resampling
MARGIN_M = 2_000.0  # kept around the layers, so that a walk may leave the area

Floats = npt.NDArray[np.float64]


def read_terrain(
    rasters: list[Found],
    declared: str,
    crs: CRS,
    bounds: npt.NDArray[np.float64] | None,
    log: Log,
    *,
    needed: npt.NDArray[np.float64] | None = None,
) -> tuple[Terrain | None, Source | None]:
    """The terrain in `crs`, cut to `bounds` (metres) plus a margin; None where there is no raster for it.
    Whether it covers `needed` (metres) is said."""
    found = _choose(rasters, declared, log)
    if found is None:
        return None, None
    try:
        with rasterio.open(found.path) as raster:
            terrain, stated = _grid(raster, found, crs, bounds, log)
        covered = 1.0 if terrain is None else _covered(terrain, needed)
    except (RasterioError, ValueError, MemoryError) as error:
        why = in_words(str(error).replace(str(found.path), "")[:200])
        log.add("unreadable", "unreadable", file=found.file, why=why)
        return None, None
    if terrain is None:
        return None, None
    if covered < ENOUGH:
        log.add("terrain_short", "warning", file=found.file, share=100 * covered)
    return terrain, Source("terrain", found.file, sha256(found.path), terrain.elevation.size, stated)


def apart(terrain: Terrain, x: Floats, y: Floats, stated: Floats) -> npt.NDArray[np.bool_]:
    """Which heights stated at points are farther than `HEIGHT_APART_M` from the cell they stand in."""
    row, col = terrain.cells(x, y)
    rows, cols = terrain.shape
    on = (row >= 0) & (row < rows) & (col >= 0) & (col < cols)
    ground = np.where(on, terrain.elevation[row.clip(0, rows - 1), col.clip(0, cols - 1)], np.nan)
    return np.asarray(np.abs(stated - ground) > HEIGHT_APART_M)


def _choose(rasters: list[Found], declared: str, log: Log) -> Found | None:
    named = [r for r in rasters if NAMES.search(Path(r.file).stem)]
    if declared:
        wanted = [
            r for r in rasters if r.file.casefold() == declared.casefold() or Path(r.file).name == declared
        ]
        if not wanted:
            log.add("declared_missing", "error", file=declared, wanted="terrain.file")
            return None
    else:
        wanted = named or rasters[:1] if len(named) or len(rasters) == 1 else []
        if not wanted and rasters:
            log.add("terrain_unclear", "warning", file=", ".join(r.file for r in rasters[:4]))
    if len(wanted) > 1:
        wanted = sorted(wanted, key=lambda r: (-r.path.stat().st_size, r.file))
        log.add(
            "terrain_several", "warning", file=wanted[0].file, others=", ".join(r.file for r in wanted[1:5])
        )
    for other in rasters:
        if wanted and other is not wanted[0]:
            log.add("raster_unused", "info", file=other.file)
    return wanted[0] if wanted else None


def _grid(
    raster: rasterio.DatasetReader, found: Found, crs: CRS, bounds: npt.NDArray[np.float64] | None, log: Log
) -> tuple[Terrain | None, str]:
    if raster.crs is None:
        log.add("terrain_crs", "unreadable", file=found.file)
        return None, ""
    target = rasterio.crs.CRS.from_wkt(crs.to_wkt())
    transform, width, height = calculate_default_transform(
        raster.crs, target, raster.width, raster.height, *raster.bounds
    )
    cell = float(np.sqrt(abs(transform.a * transform.e)))
    native = CRS.from_user_input(raster.crs.to_wkt()).equals(crs, ignore_axis_order=True)
    if native and abs(raster.transform.a + raster.transform.e) < 1e-6 * raster.transform.a:
        cell = float(raster.transform.a)
    west, north = transform.c, transform.f
    east, south = west + width * transform.a, north + height * transform.e
    west, south, east, north = _cut((west, south, east, north), bounds, cell)
    cols, rows = int(np.ceil((east - west) / cell - 1e-6)), int(np.ceil((north - south) / cell - 1e-6))
    if cols < 2 or rows < 2:
        log.add("terrain_apart", "error", file=found.file)
        return None, ""
    if cols * rows > MAX_CELLS:
        log.add("terrain_big", "unreadable", file=found.file, cells=cols * rows, limit=MAX_CELLS)
        return None, ""
    elevation = np.full((rows, cols), np.nan, np.float32)
    reproject(
        _band(raster, found, log),
        elevation,
        src_transform=raster.transform,
        src_crs=raster.crs,
        src_nodata=np.nan,
        dst_transform=from_origin(west, north, cell, cell),
        dst_crs=target,
        dst_nodata=np.nan,
        resampling=Resampling.bilinear,
    )
    voids = int(np.isnan(elevation).sum())
    if voids:
        log.add("terrain_voids", "info", file=found.file, voids=voids, share=100 * voids / elevation.size)
    if not native:
        log.add("terrain_warped", "info", file=found.file, cell=cell)
    return Terrain(elevation, west, north, cell, crs), raster.crs.to_string()[:60]


def _covered(terrain: Terrain, needed: npt.NDArray[np.float64] | None) -> float:
    """The share of the box `needed` whose height is known."""
    if needed is None or not np.isfinite(needed).all():
        return 1.0
    rows, cols = terrain.shape
    x = terrain.west + (np.arange(cols) + 0.5) * terrain.cell
    y = terrain.north - (np.arange(rows) + 0.5) * terrain.cell
    wide, high = (max(needed[k + 2] - needed[k], terrain.cell) for k in (0, 1))
    across = np.abs(x - (needed[0] + needed[2]) / 2) <= wide / 2
    down = np.abs(y - (needed[1] + needed[3]) / 2) <= high / 2
    known = np.isfinite(terrain.elevation[np.ix_(down, across)]).sum()
    return float(known) * terrain.cell**2 / float(wide * high)


def _cut(
    box: tuple[float, float, float, float], bounds: npt.NDArray[np.float64] | None, cell: float
) -> tuple[float, float, float, float]:
    """`box` cut to `bounds` plus margin, on the box's own cell edges."""
    if bounds is None or not np.isfinite(bounds).all():
        return box
    west, south, east, north = box
    left = max(0, np.floor((bounds[0] - MARGIN_M - west) / cell))
    top = max(0, np.floor((north - bounds[3] - MARGIN_M) / cell))
    return (
        west + left * cell,
        max(south, bounds[1] - MARGIN_M),
        min(east, bounds[2] + MARGIN_M),
        north - top * cell,
    )


def _band(raster: rasterio.DatasetReader, found: Found, log: Log) -> npt.NDArray[np.float32]:
    """Band 1 as float32, NaN where void: nodata, masks, and values no land has."""
    if raster.count > 1:
        log.add("terrain_bands", "warning", file=found.file, bands=raster.count)
    if raster.width * raster.height > 4 * MAX_CELLS:
        raise ValueError(f"{raster.width} x {raster.height} cells")
    values: npt.NDArray[np.float32] = raster.read(1, masked=True).astype(np.float32).filled(np.nan)
    wild = (values < LOWEST_M) | (values > HIGHEST_M)
    if wild.any():
        log.add(
            "terrain_wild", "warning", file=found.file, cells=int(wild.sum()), value=float(values[wild][0])
        )
        values[wild] = np.nan
    return values
