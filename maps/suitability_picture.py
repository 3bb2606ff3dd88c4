"""What does suitability look like? A picture in Web Mercator, the better the ground the darker.

Where each pixel lies in the grid is worked out once (`make_frame`), so that other
weights are another look-up: tens of milliseconds.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from rasterio.transform import from_origin
from rasterio.warp import Resampling, calculate_default_transform, reproject, transform

from geo.spatial.terrain import Terrain
from maps.relief import MERCATOR
from maps.relocation_themes import SUITABILITY

STEPS = 64
"""Colours of the ramp; the first entry of the palette is no colour."""
SPREAD = (2.0, 98.0)
"""Percentiles of the score between which the ramp runs."""
Corner = tuple[float, float]


@dataclass(frozen=True)
class Frame:
    """`cells` (height, width): flat number of the grid cell under each pixel, -1 beyond the grid.

    `corners` in degrees, from the north-west clockwise.
    """

    cells: npt.NDArray[np.int64]
    corners: tuple[Corner, Corner, Corner, Corner]


def make_frame(terrain: Terrain, *, longest_px: int = 1600) -> Frame:
    """The frame of pictures of rasters on the grid of `terrain`."""
    rows, cols = terrain.shape
    source = from_origin(terrain.west, terrain.north, terrain.cell, terrain.cell)
    extent = (
        terrain.west,
        terrain.north - rows * terrain.cell,
        terrain.west + cols * terrain.cell,
        terrain.north,
    )
    target, width, height = calculate_default_transform(terrain.crs, MERCATOR, cols, rows, *extent)
    shrink = min(1.0, longest_px / max(width or 1, height or 1))
    target, width, height = calculate_default_transform(
        terrain.crs,
        MERCATOR,
        cols,
        rows,
        *extent,
        dst_width=max(1, round((width or 1) * shrink)),
        dst_height=max(1, round((height or 1) * shrink)),
    )
    numbers = np.arange(rows * cols, dtype=np.int32).reshape(rows, cols)
    cells = np.full((height or 1, width or 1), -1, np.int32)
    reproject(
        numbers,
        cells,
        src_transform=source,
        src_crs=terrain.crs,
        src_nodata=-1,
        dst_transform=target,
        dst_crs=MERCATOR,
        dst_nodata=-1,
        resampling=Resampling.nearest,
    )
    west, north = target.c, target.f
    east, south = west + cells.shape[1] * target.a, north + cells.shape[0] * target.e
    lons, lats = transform(MERCATOR, "OGC:CRS84", [west, east, east, west], [north, north, south, south])
    places = [(round(x, 7), round(y, 7)) for x, y in zip(lons, lats, strict=True)]
    return Frame(cells.astype(np.int64), (places[0], places[1], places[2], places[3]))


def draw_score(frame: Frame, score: npt.NDArray[np.float32]) -> bytes:
    """A raster of scores as PNG; where it is NaN, and beyond the grid, nothing is painted."""
    codes = np.zeros(score.size + 1, np.uint8)  # the last stands for what lies beyond
    known = np.isfinite(score).ravel()
    if known.any():
        values = score.ravel()[known]
        low, high = np.percentile(values, SPREAD)
        share = np.clip((values - low) / max(float(high - low), 1e-6), 0, 1)
        codes[:-1][known] = 1 + np.round(share * (STEPS - 1)).astype(np.uint8)
    return indexed_png(codes[frame.cells], np.vstack([[[0, 0, 0, 0]], ramp(STEPS)]).astype(np.uint8))


def indexed_png(codes: npt.NDArray[np.uint8], palette: npt.NDArray[np.uint8]) -> bytes:
    """A PNG of palette colours (ISO/IEC 15948): `codes` (height, width), `palette` (n, 4) RGBA."""
    height, width = codes.shape
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    lines = np.concatenate([np.zeros((height, 1), np.uint8), codes], axis=1)
    parts = (
        (b"IHDR", header),
        (b"PLTE", palette[:, :3].tobytes()),
        (b"tRNS", palette[:, 3].tobytes()),
        (b"IDAT", zlib.compress(lines.tobytes(), 1)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )


def ramp(steps: int) -> npt.NDArray[np.float64]:
    """The colours from the lowest score to the highest, (steps, 4) RGBA from 0 to 255."""
    stops = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in SUITABILITY], float)
    at = np.linspace(0, 1, steps)
    rgb = [np.interp(at, np.linspace(0, 1, len(stops)), stops[:, i]) for i in range(3)]
    return np.column_stack([*rgb, np.full(steps, 255.0)])
