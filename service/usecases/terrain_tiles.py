"""The terrain as raster tiles in Web Mercator, terrarium encoding, for hillshade and 3D.

    elevation = red * 256 + green + blue / 256 - 32768   (metres)

Coarser copies (means of 2 x 2 cells) serve the small zooms. Beyond the edge of the
terrain, and where it is void, the nearest known elevation stands: a wall of zeros
around the township would be drawn as a cliff.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pyproj import Transformer
from scipy import ndimage

from geo.errors import UnknownFeatureError
from geo.spatial.terrain import Terrain
from service.answers import Kept, keep
from service.jobs import TILES, Desk

SIZE = 256
MAX_ZOOM = 18
KNOTS = 17
"""Points along a side of a tile that are projected exactly; between them linearly."""
EARTH_M = 20037508.342789244  # half the equator of Web Mercator (EPSG:3857)
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Pyramid:
    """The terrain and its coarser copies without voids, finest first."""

    levels: tuple[Terrain, ...]
    to_area: Transformer  # from Web Mercator


def tile(desk: Desk, z: int, x: int, y: int) -> Kept:
    """One tile as PNG. Raises `UnknownFeatureError` without terrain or for a tile that cannot be."""
    terrain = desk.area().terrain
    if terrain is None:
        raise UnknownFeatureError("service.no_terrain")
    if not (0 <= z <= MAX_ZOOM and 0 <= x < 2**z and 0 <= y < 2**z):
        raise UnknownFeatureError("service.no_tile", z=z, x=x, y=y)
    pyramid = desk.once("terrain", lambda: make_pyramid(terrain), shelf=TILES)
    return desk.once(
        ("terrain", z, x, y),
        lambda: keep(png(terrarium(elevations(pyramid, z, x, y))), "image/png"),
        shelf=TILES,
    )


def make_pyramid(terrain: Terrain) -> Pyramid:
    """Fill the voids and halve until the smaller side is below 64 cells."""
    levels = [_replaced(terrain, _filled(terrain.elevation), terrain.cell)]
    while min(levels[-1].shape) >= 64:
        z = levels[-1].elevation
        z = z[: z.shape[0] // 2 * 2, : z.shape[1] // 2 * 2]
        half = z.reshape(z.shape[0] // 2, 2, z.shape[1] // 2, 2).mean(axis=(1, 3))
        levels.append(_replaced(terrain, half, levels[-1].cell * 2))
    return Pyramid(tuple(levels), Transformer.from_crs(3857, terrain.crs, always_xy=True))


def elevations(pyramid: Pyramid, z: int, x: int, y: int) -> Floats:
    """Elevation in metres at the centres of the 256 x 256 pixels of a tile."""
    side = 2 * EARTH_M / 2**z
    knots = (np.arange(KNOTS) / (KNOTS - 1)) * side
    east = -EARTH_M + x * side + knots
    north = EARTH_M - y * side - knots
    px, py = pyramid.to_area.transform(*np.meshgrid(east, north))
    finest = pyramid.levels[0]
    px = np.where(np.isfinite(px), px, finest.west)  # the far side of the world has no place in the CRS
    py = np.where(np.isfinite(py), py, finest.north)
    inner = (np.arange(SIZE) + 0.5) / SIZE * (KNOTS - 1)
    at = np.meshgrid(inner, inner, indexing="ij")
    px, py = (ndimage.map_coordinates(p, at, order=1) for p in (px, py))
    step = float(np.hypot(px[0, 1] - px[0, 0], py[0, 1] - py[0, 0]))
    level = pyramid.levels[_clamped(np.log2(max(step / finest.cell, 1.0)), len(pyramid.levels))]
    rows, cols = level.shape
    edge = level.cell / 2
    px = np.clip(px, level.west + edge, level.west + cols * level.cell - edge)
    py = np.clip(py, level.north - rows * level.cell + edge, level.north - edge)
    return level.sample(px, py)


def terrarium(elevation: Floats) -> npt.NDArray[np.uint8]:
    """Elevations as red, green, blue (rows, cols, 3)."""
    steps = np.round((np.clip(elevation, -32768, 32767) + 32768) * 256).astype(np.uint32)
    return np.stack([steps >> 16, (steps >> 8) & 255, steps & 255], axis=-1).astype(np.uint8)


def png(pixels: npt.NDArray[np.uint8]) -> bytes:
    """An RGB image as PNG (ISO/IEC 15948), rows filtered by their difference upwards."""
    rows, cols, _ = pixels.shape
    flat = pixels.reshape(rows, cols * 3)
    up = np.diff(flat, axis=0, prepend=np.zeros((1, cols * 3), np.uint8))
    filtered = np.concatenate([np.full((rows, 1), 2, np.uint8), up], axis=1)
    header = struct.pack(">IIBBBBB", cols, rows, 8, 2, 0, 0, 0)
    body = zlib.compress(filtered.tobytes(), 4)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", body) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _filled(z: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    void = np.isnan(z)
    if not void.any() or void.all():
        return np.nan_to_num(z, nan=0.0).astype(np.float32)
    nearest = ndimage.distance_transform_edt(void, return_distances=False, return_indices=True)
    return np.asarray(z[tuple(nearest)], np.float32)


def _replaced(terrain: Terrain, z: npt.NDArray[np.float32], cell: float) -> Terrain:
    return Terrain(z, terrain.west, terrain.north, cell, terrain.crs)


def _clamped(level: float, levels: int) -> int:
    return min(int(level), levels - 1)
