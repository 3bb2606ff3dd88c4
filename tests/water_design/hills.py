"""A hillside with a village: 1000 m high in the west, falling 12 % to the east."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.area import make_area
from geo.corridors import make_corridors
from geo.spatial.terrain import Terrain
from geo.standards import default_standard
from geo.water.design import design_water
from geo.water.gaps import water_gaps

CRS = "EPSG:32648"
STANDARD = default_standard()
FALL = 0.12
CELL, SIZE = 25.0, 100
PERSON = 0.08 * 1.1 * 1.15
"""m³ on the day of greatest use: 80 L, a tenth for public buildings, 15 % lost on both."""


def hillside() -> Terrain:
    x = -500.0 + (np.arange(SIZE) + 0.5) * CELL
    grid = np.repeat((1000 - FALL * x)[None, :], SIZE, axis=0).astype(np.float32)
    return Terrain(grid, -500.0, 1250.0, CELL, make_area({}, crs=CRS).crs)


def points(spots, **fields):
    xy = np.array(spots, float).reshape(-1, 2)
    return gpd.GeoDataFrame(fields, geometry=gpd.points_from_xy(*xy.T), crs=CRS)


def village(spots, *, people=4, storeys=1, springs=(), pools=(), terrain=True, **more):
    """An area: households at `spots`, `springs` of (x, y, yield), `pools` of (x, y, volume)."""
    n = len(spots)
    layers = {
        "households": points(
            spots,
            id=[f"h{i:03}" for i in range(n)],
            people=pd.array([people] * n, dtype="Int64"),
            storeys=pd.array([storeys] * n, dtype="Int64"),
            **more,
        ),
        "pools": points(
            [p[:2] for p in pools],
            id=[f"p{i}" for i in range(len(pools))],
            volume=[float(p[2]) for p in pools],
        ),
        "springs": points(
            [s[:2] for s in springs],
            id=[f"s{i}" for i in range(len(springs))],
            yield_m3d=[float(s[2]) for s in springs],
        ),
    }
    return make_area(layers, crs=CRS, terrain=hillside() if terrain else None)


def designed(area, standard=STANDARD, unmet=None):
    gaps = water_gaps(area, standard)
    mask = np.asarray(gaps.water.state != "met") if unmet is None else np.asarray(unmet, bool)
    return design_water(area, gaps, mask, standard, make_corridors(area, standard))
