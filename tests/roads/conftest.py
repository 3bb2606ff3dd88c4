"""A small township on the plane: a square of 10 km, its exit in the west at (0, 0)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely.geometry import LineString, Point, box

from geo.area import Area, make_area

CRS = "EPSG:4544"


@dataclass(frozen=True)
class Reach:
    seconds: np.ndarray
    metres: np.ndarray
    target: np.ndarray


class Plane:
    """The walking surface without terrain: straight lines. Stands in for geo.ground.Ground."""

    planar = True

    def reach(self, xy: Any, targets: Any, *, limit_m: float = np.inf, shortest: bool) -> Reach:
        assert shortest, "a limit in metres asks for the shortest walk"
        apart = shapely.distance(shapely.points(xy)[:, None], np.asarray(targets)[None, :])
        metres, target = apart.min(axis=1), apart.argmin(axis=1)
        beyond = metres > limit_m
        metres = np.where(beyond, np.inf, metres)
        return Reach(metres / 1.4, metres, np.where(beyond, -1, target))


@pytest.fixture(scope="session")
def plane() -> Plane:
    return Plane()


def road(coords: Any, **fields: Any) -> dict[str, Any]:
    geometry = coords if hasattr(coords, "geom_type") else LineString(coords)
    return {"geometry": geometry, "class": "village", "hardened": True, "width": 4.0, **fields}


def _town(
    roads: Sequence[dict[str, Any]] | None,
    *,
    homes: Sequence[tuple[float, float]] = (),
    groups: Sequence[dict[str, Any]] = (),
    home: dict[str, Any] | None = None,
    exits: Sequence[tuple[float, float]] | None = ((0.0, 0.0),),
    villages: bool = True,
) -> Area:
    def frame(rows: Sequence[dict[str, Any]]) -> gpd.GeoDataFrame:
        return gpd.GeoDataFrame(list(rows), geometry="geometry", crs=CRS)

    layers: dict[str, gpd.GeoDataFrame] = {}
    if villages:
        layers["villages"] = frame([{"id": "v1", "geometry": box(0, -5000, 10000, 5000)}])
    if exits is not None:
        layers["exits"] = frame([{"geometry": Point(xy)} for xy in exits])
    if groups:
        layers["groups"] = frame(
            [{"hh_n": 40, "geometry": Point(g.pop("at")), **g} for g in map(dict, groups)]
        )
    if homes:
        rows = [
            {"id": f"h{i}", "group": "g1", "geometry": Point(xy), **(home or {})}
            for i, xy in enumerate(homes)
        ]
        layers["households"] = frame(rows)
    if roads is not None:
        layers["roads"] = frame(roads)
    return make_area(layers, crs=CRS)


@pytest.fixture(scope="session")
def town() -> Callable[..., Area]:
    return _town


@pytest.fixture(scope="session")
def line() -> Callable[..., dict[str, Any]]:
    return road
