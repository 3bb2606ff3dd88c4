"""In which coordinate system are these numbers, and in which one do we work?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import ProjError
from shapely.geometry import Polygon

Floats = npt.NDArray[np.float64]
WGS84 = CRS.from_epsg(4326)
CHINA_BOX = (73.0, 17.5, 135.5, 54.0)  # lon, lat
# A coarse outline (about 1 degree) that tells China from its neighbours when only degrees are given.
CHINA = Polygon(
    [
        (73.5, 39.5), (75, 37), (78, 34.5), (78.5, 31.5), (82, 30), (86, 28), (89, 27.5), (92, 27.8),
        (95, 29), (97.3, 28.2), (98.5, 25.5), (97.7, 24), (99.3, 22.7), (101.5, 21.2), (103, 22.6),
        (105.3, 23.2), (106.7, 22), (108, 21.4), (108.3, 18), (111.5, 18), (114, 21.8), (119, 23),
        (121, 21.7), (122.3, 25), (122.5, 31), (120.8, 35), (122.8, 37.5), (121.5, 39), (124.3, 39.9),
        (128, 41.8), (130.7, 42.4), (131.2, 44.9), (133.2, 45), (135, 48.4), (131, 47.7), (127.5, 50.5),
        (125.5, 53), (121, 53.4), (119.8, 52.5), (117.5, 49.5), (115.7, 47.8), (119.7, 46.7),
        (111.8, 45), (111.8, 43.6), (105, 41.6), (96.4, 42.7), (91, 45.2), (87.8, 49.1), (85.5, 48),
        (82.5, 45.3), (80.2, 44.9), (80.3, 42), (76, 40.4),
    ]
)  # fmt: skip
NORTHINGS = (1_800_000.0, 6_200_000.0)
GLOBAL_DATUMS = (
    "WGS 84",
    "WGS_1984",
    "World Geodetic System 1984",
    "China",
    "CGCS2000",
    "ITRF",
    "ETRS89",
    "GRS 1980",
)
OLD_DATUMS = {"xian": "西安80 Xian 1980", "1980": "西安80 Xian 1980", "beijing": "北京54 Beijing 1954"}


@dataclass(frozen=True)
class Guess:
    """A CRS taken from the range of the numbers; `swapped`: x and y stand the other way round."""

    crs: CRS
    how: str  # degrees | zone3 | zone6 | nearby
    swapped: bool = False


def guess(bounds: Floats, near: tuple[float, float] | None = None) -> Guess | None:
    """The CRS the numbers `bounds` (minx, miny, maxx, maxy) can only mean, or None.

    Degrees; Gauss-Krueger eastings with zone number (25-45: 3-degree, 13-23:
    6-degree zones); without zone number only if `near` (lon, lat of layers with a
    known CRS) tells the central meridian. Domain note: EPSG 4513-4533 and
    4491-4501 carry the zone number, 4534-4554 do not.
    """
    for swapped in (False, True):
        x0, y0, x1, y1 = bounds[[1, 0, 3, 2]] if swapped else bounds
        if not np.isfinite(bounds).all():
            return None
        crs, how = _of_range(x0, y0, x1, y1, near)
        if crs is not None and (not swapped or how != "degrees" or _in_china(x0, y0, x1, y1)):
            return Guess(crs, how, swapped)
    return None


def _in_china(x0: float, y0: float, x1: float, y1: float) -> bool:
    west, south, east, north = CHINA_BOX
    return west <= x0 and x1 <= east and south <= y0 and y1 <= north


def _of_range(
    x0: float, y0: float, x1: float, y1: float, near: tuple[float, float] | None
) -> tuple[CRS | None, str]:
    if x0 >= -180.0 and x1 <= 180.0 and y0 >= -90.0 and y1 <= 90.0:
        return CRS.from_epsg(4490 if _in_china(x0, y0, x1, y1) else 4326), "degrees"
    if not (NORTHINGS[0] <= y0 and y1 <= NORTHINGS[1]):
        return None, ""
    zone = int(x0 // 1_000_000)
    if zone == int(x1 // 1_000_000) and x0 % 1_000_000 >= 150_000 and x1 % 1_000_000 <= 850_000:
        if 25 <= zone <= 45:
            return CRS.from_epsg(4488 + zone), "zone3"
        if 13 <= zone <= 23:
            return CRS.from_epsg(4478 + zone), "zone6"
    if zone == 0 and near is not None and x0 >= 150_000 and x1 <= 850_000:
        return _by_neighbour((x0 + x1) / 2, (y0 + y1) / 2, near), "nearby"
    return None, ""


def _by_neighbour(x: float, y: float, near: tuple[float, float]) -> CRS | None:
    """The 3-degree belt in which (x, y) lies within half a degree of `near`, if there is just one."""
    fits = []
    for meridian in range(75, 136, 3):
        if abs(meridian - near[0]) > 4:
            continue
        crs = CRS.from_epsg(4534 + (meridian - 75) // 3)
        lon, lat = transformer(crs, WGS84).transform(x, y)
        if np.hypot(lon - near[0], lat - near[1]) < 0.5:
            fits.append(crs)
    return fits[0] if len(fits) == 1 else None


def working(lon: float, lat: float) -> CRS:
    """CGCS2000 3-degree Gauss-Krueger (metres, no zone number) in China, UTM elsewhere."""
    if shapely.contains_xy(CHINA, lon, lat):
        meridian = min(135, max(75, 3 * round(lon / 3)))
        return CRS.from_epsg(4534 + (meridian - 75) // 3)
    zone = min(60, max(1, int((lon + 180.0) // 6.0) + 1))
    return CRS.from_epsg((32600 if lat >= 0 else 32700) + zone)


def old_datum(crs: CRS) -> str:
    """The name of a datum that has no published shift to CGCS2000 (Xian 80, Beijing 54), else ""."""
    geodetic = crs.geodetic_crs
    words = f"{geodetic.name} {geodetic.datum.name if geodetic.datum else ''}".lower() if geodetic else ""
    return next((name for word, name in OLD_DATUMS.items() if word in words), "")


def global_datum(crs: CRS) -> bool:
    """Whether `crs` rests on WGS 84, CGCS2000 or a like frame: metres apart, equal for planning."""
    geodetic = crs.geodetic_crs
    words = f"{geodetic.name} {geodetic.datum.name if geodetic.datum else ''}" if geodetic else ""
    return any(word in words for word in GLOBAL_DATUMS)


def metric(crs: CRS) -> bool:
    """Whether `crs` is projected in metres and not Web Mercator, so that lengths can be measured in it."""
    units = {axis.unit_name for axis in crs.axis_info}
    method = crs.coordinate_operation.method_name if crs.coordinate_operation else ""
    return crs.is_projected and units == {"metre"} and "Pseudo Mercator" not in method


@cache
def transformer(source: CRS, target: CRS) -> Transformer:
    """x east, y north both ways; kept, for looking up an operation takes 10 ms."""
    return Transformer.from_crs(source, target, always_xy=True)


def usable(crs: CRS) -> bool:
    """Whether positions in `crs` have a longitude and a latitude at all."""
    try:
        geodetic = crs.geodetic_crs  # of its own datum: a way into another's takes 0.1 s to look up
        return (crs.is_geographic or crs.is_projected) and (
            geodetic is not None and transformer(crs, geodetic) is not None
        )
    except ProjError:
        return False


def project(geometry: npt.NDArray[np.object_], source: CRS, target: CRS) -> npt.NDArray[np.object_]:
    """`geometry` in `target` (x east, y north); coordinates that cannot be transformed become infinite."""
    if source.equals(target, ignore_axis_order=True):
        return geometry
    change = transformer(source, target)

    def move(points: Floats) -> Floats:
        return np.column_stack(change.transform(points[:, 0], points[:, 1]))

    moved: npt.NDArray[np.object_] = shapely.transform(geometry, move)
    return moved
