"""A toy township, 2 x 2 km of gently tilted ground, on which every rule can be worked out by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
import shapely
from pyproj import CRS
from shapely import LineString, Point, box

from geo.area import Area, empty_layer, make_area
from geo.ground import make_ground
from geo.relocation.assess import SiteContext, prepare_sites
from geo.relocation.exclusions import make_exclusions
from geo.spatial.terrain import Terrain
from geo.standards import Standard, default_standard
from geo.zones import make_zones

CRS_ = CRS.from_epsg(4544)
CELL = 12.5
TILT = 0.05
"""The ground rises 5 % to the north, so that the slope of any site is 5 %."""

FAR = ["farmland", "redline", "protect", "hazards", "workings", "lakes", "rivers", "springs", "households"]


def rows(geometry: list[shapely.Geometry], **columns: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=geometry, crs=CRS_)


def tilted(*, slope: float = TILT, side: float = 2000.0) -> Terrain:
    n = int(side / CELL)
    y = side - (np.arange(n) + 0.5) * CELL
    heights = np.broadcast_to((1000 + slope * y)[:, None], (n, n))
    return Terrain(heights.astype(np.float32).copy(), 0.0, side, CELL, CRS_)


def township(changes: Mapping[str, gpd.GeoDataFrame] | None = None, terrain: Terrain | None = None) -> Area:
    """Everything a good site needs lies near (1000, 1000); nothing is banned unless `changes` says so."""
    layers = {
        "villages": rows([box(0, 0, 2000, 2000)], id=["v1"]),
        "roads": rows(
            [LineString([(0, 800), (2000, 800)])],
            id=["r1"], **{"class": ["village"]}, hardened=[True], width=[4.0],
        ),
        "lines": rows([LineString([(0, 600), (2000, 600)])], id=["l1"], kv=[10.0]),
        "pools": rows([Point(1000, 1500)], id=["p1"], elev=[1075.0], working=[True]),
        "facilities": rows(
            [Point(500, 800), Point(1500, 800)], id=["school", "clinic"], kind=["primary", "clinic"]
        ),
    }  # fmt: skip
    layers |= {name: empty_layer(name, CRS_) for name in FAR}
    return make_area({**layers, **(changes or {})}, crs=CRS_, terrain=terrain or tilted())


SITE = box(1000, 900, 1100, 1000)
"""One hectare, 100 m north of the road's line."""


@pytest.fixture(scope="session")
def standard() -> Standard:
    return default_standard()


@pytest.fixture(scope="session")
def context_of(standard: Standard) -> Callable[..., SiteContext]:
    def make(
        changes: Mapping[str, gpd.GeoDataFrame] | None = None, terrain: Terrain | None = None
    ) -> SiteContext:
        area = township(changes, terrain)
        return prepare_sites(area, standard, make_ground(area, standard))

    return make


@pytest.fixture(scope="session")
def banning(context: SiteContext, standard: Standard) -> Callable[..., SiteContext]:
    """The toy township with other layers in its exclusion rules alone: the walks are not made again."""

    def make(changes: Mapping[str, gpd.GeoDataFrame]) -> SiteContext:
        area = context.area
        for name, frame in changes.items():
            area = area.with_layer(name, frame)
        zones = make_zones(area, standard)
        return replace(context, area=area, exclusions=make_exclusions(area, standard, zones), zones=zones)

    return make


@pytest.fixture(scope="session")
def context(context_of: Callable[..., SiteContext]) -> SiteContext:
    return context_of()
