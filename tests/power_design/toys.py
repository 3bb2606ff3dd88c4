"""Small areas for the power design."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from geo.area import Area, make_area

CRS = "EPSG:32648"


def points(xy, **fields):
    x, y = np.asarray(xy, float).reshape(-1, 2).T
    return gpd.GeoDataFrame(fields, geometry=gpd.points_from_xy(x, y), crs=CRS)


def homes(*xy, people=4, poor=False, **fields):
    n = len(xy)
    base = {"id": [f"h{i}" for i in range(n)], "village": ["v"] * n, "group": ["g"] * n}
    return points(xy, **{**base, "people": [people] * n, "poor": [poor] * n, **fields})


def posts(*xy, kva=(100.0,), **fields):
    return points(xy, id=[f"t{i}" for i in range(len(xy))], kva=np.broadcast_to(kva, len(xy)), **fields)


def wires(low=(), mv=(), mm2=70.0):
    """Low-voltage lines and 10 kV lines by their corners."""
    geometry = [shapely.LineString(c) for c in (*low, *mv)]
    kv = [0.38] * len(low) + [10.0] * len(mv)
    ids = [f"l{i}" for i in range(len(geometry))]
    return gpd.GeoDataFrame({"id": ids, "kv": kv, "area_mm2": [mm2] * len(ids)}, geometry=geometry, crs=CRS)


def area_of(households, transformers=None, lines=None, hazards=None) -> Area:
    layers = {"households": households, "transformers": transformers, "lines": lines, "hazards": hazards}
    return make_area({k: v for k, v in layers.items() if v is not None}, crs=CRS)
