"""Undo the offsets of Chinese web maps: GCJ-02 (Amap, Tencent, Google China) and BD-09 (Baidu).

Formulas as published with eviltransform and coordtransform; the inverse is found
by fixed-point iteration on all points at once, to 1e-9 degrees (0.1 mm). Points
outside 72.004-137.8347 E, 0.8293-55.8271 N carry no offset.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
AXIS, ECCENTRICITY2 = 6378245.0, 0.00669342162296594323  # Krasovsky 1940, as the offset was made
X_PI = np.pi * 3000.0 / 180.0


def wgs_to_gcj(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """GCJ-02 degrees of WGS 84 degrees."""
    x, y = lon - 105.0, lat - 35.0
    wave = (20.0 * np.sin(6.0 * x * np.pi) + 20.0 * np.sin(2.0 * x * np.pi)) * 2.0 / 3.0
    dy = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * np.sqrt(np.abs(x)) + wave
    dy += (20.0 * np.sin(y * np.pi) + 40.0 * np.sin(y / 3.0 * np.pi)) * 2.0 / 3.0
    dy += (160.0 * np.sin(y / 12.0 * np.pi) + 320.0 * np.sin(y * np.pi / 30.0)) * 2.0 / 3.0
    dx = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * np.sqrt(np.abs(x)) + wave
    dx += (20.0 * np.sin(x * np.pi) + 40.0 * np.sin(x / 3.0 * np.pi)) * 2.0 / 3.0
    dx += (150.0 * np.sin(x / 12.0 * np.pi) + 300.0 * np.sin(x / 30.0 * np.pi)) * 2.0 / 3.0
    phi = np.radians(lat)
    magic = 1.0 - ECCENTRICITY2 * np.sin(phi) ** 2
    dlat = np.degrees(dy * magic**1.5 / (AXIS * (1.0 - ECCENTRICITY2)))
    dlon = np.degrees(dx * np.sqrt(magic) / (AXIS * np.cos(phi)))
    inside = (lon > 72.004) & (lon < 137.8347) & (lat > 0.8293) & (lat < 55.8271)
    return np.where(inside, lon + dlon, lon), np.where(inside, lat + dlat, lat)


def gcj_to_bd(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """BD-09 degrees of GCJ-02 degrees."""
    z = np.hypot(lon, lat) + 0.00002 * np.sin(lat * X_PI)
    theta = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * X_PI)
    return z * np.cos(theta) + 0.0065, z * np.sin(theta) + 0.006


def to_wgs(points: Floats, datum: str) -> Floats:
    """WGS 84 degrees (n, 2) of points (n, 2) lon, lat given in `datum`: "GCJ-02" or "BD-09"."""
    target_lon, target_lat = points[:, 0], points[:, 1]
    lon, lat = target_lon.copy(), target_lat.copy()
    for _ in range(30):
        there = wgs_to_gcj(lon, lat)
        if datum == "BD-09":
            there = gcj_to_bd(*there)
        dx, dy = target_lon - there[0], target_lat - there[1]
        lon, lat = lon + dx, lat + dy
        if not len(dx) or max(np.nanmax(np.abs(dx)), np.nanmax(np.abs(dy))) < 1e-10:
            break
    return np.column_stack([lon, lat])
