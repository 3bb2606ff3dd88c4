"""What would a site have to be connected to, and how far is it over the ground?

Road, water and power are measured from the nearest part of the site; school and
clinic from its middle (the median of its cells), for children walk from everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from geo.area import Area
from geo.ground import Ground, Surface
from geo.relocation.usable import Cells
from geo.spatial.terrain import Terrain
from geo.standards import Standard

Floats = npt.NDArray[np.float64]
Objects = npt.NDArray[Any]

NOT_DRIVEN = ("track", "path", "expressway")
PAVED = ("cement", "asphalt")
WALKED_TO = (("primary",), ("clinic", "hospital"))
"""Kinds of facility that count as school and as clinic."""


@dataclass(frozen=True)
class Target:
    """Features of one kind a site is connected to. `surface` is the walk to them from every cell, or None.

    `given` is False where not one is mapped, working or not: nobody said then that there is none.
    """

    key: str
    layer: str
    given: bool
    features: Objects
    ids: Objects
    layers: Objects
    elevation: Floats
    surface: Surface | None


@dataclass(frozen=True)
class Walk:
    """From a site to a target: metres and seconds, inf where there is no way; row of the target, or -1."""

    metres: float
    seconds: float
    target: int


NO_WAY = Walk(np.inf, np.inf, -1)


def make_targets(
    area: Area, standard: Standard, ground: Ground, *, serving: gpd.GeoDataFrame | None = None
) -> dict[str, Target]:
    """The targets of `area` by key: road, water, line, school, clinic.

    `serving` stands for the hardened roads where the caller knows which of them lead out of the area.
    """
    facilities = area.layer("facilities")
    roads = area.layer("roads") if serving is None else serving
    lines = _feeding_lines(area, standard)
    water = pd.concat([_sources(area, "pools"), _sources(area, "springs")], ignore_index=True)
    schools, clinics = (facilities[facilities["kind"].isin(kinds).to_numpy(bool)] for kinds in WALKED_TO)
    found: dict[str, tuple[str, bool, pd.DataFrame]] = {
        "road": ("roads", _says_hardened(area), _hardened(roads) if serving is None else _driven(roads)),
        "water": ("pools", area.has("pools") or area.has("springs"), water),
        "line": ("lines", len(lines) > 0, lines),
        "school": ("facilities", len(schools) > 0, _working(schools)),
        "clinic": ("facilities", len(clinics) > 0, _working(clinics)),
    }
    rows = {key: (layer, given, _there(frame)) for key, (layer, given, frame) in found.items()}
    walked = [key for key, (_, given, frame) in rows.items() if given and len(frame) and not ground.planar]
    surfaces = dict(
        zip(walked, ground.surfaces([_shapes(rows[key][2]) for key in walked]), strict=True) if walked else ()
    )
    return {
        key: Target(
            key,
            layer,
            given,
            _shapes(frame),
            frame["id"].to_numpy(object),
            frame["layer"].to_numpy(object) if "layer" in frame else np.full(len(frame), layer, object),
            _elevation(frame, area.terrain),
            surfaces.get(key),
        )
        for key, (layer, given, frame) in rows.items()
    }


def _shapes(rows: pd.DataFrame) -> Objects:
    return np.asarray(rows["geometry"].array, object)


def _there(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows that have a geometry."""
    shapes = _shapes(rows)
    return rows[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]


def walk(target: Target, ground: Ground, site: BaseGeometry, cells: Cells | None) -> Walk:
    """How far `site` is from `target` over the ground: least metres, median seconds of where one can walk.

    `cells` are those of the site on the ground's grid; None or empty where it has none.
    """
    if len(target.features) == 0:
        return NO_WAY
    metres, seconds, to = _reached(target, ground, site, cells)
    open_ = np.isfinite(seconds)
    if not open_.any():
        return NO_WAY
    nearest = int(np.argmin(metres))
    return Walk(float(metres[nearest]), float(np.median(seconds[open_])), int(to[nearest]))


def _reached(
    target: Target, ground: Ground, site: BaseGeometry, cells: Cells | None
) -> tuple[Objects, Objects, Objects]:
    """Metres, seconds, target row from the cells of the site; off the terrain from its corners."""
    if target.surface is not None and cells is not None and len(cells[0]):
        found = target.surface
        return found.metres[cells], found.seconds[cells], found.target[cells]
    reach = ground.reach(_points(site), target.features)
    return reach.metres, reach.seconds, reach.target


def _points(site: BaseGeometry) -> Floats:
    """The corners of the site and a point in its middle, (n, 2)."""
    return np.concatenate(
        [shapely.get_coordinates(site), shapely.get_coordinates(site.representative_point())]
    )


def _says_hardened(area: Area) -> bool:
    """Whether the roads layer says of any road if it is hardened."""
    roads = area.layer("roads")
    return bool((roads["hardened"].notna() | roads["surface"].notna()).any())


def _hardened(roads: gpd.GeoDataFrame) -> pd.DataFrame:
    """Hardened roads cars use: by the survey, where it is silent by the surface."""
    hard = roads["hardened"].fillna(roads["surface"].isin(PAVED)).to_numpy(bool)
    return _driven(roads[hard & roads["usable"].fillna(True).to_numpy(bool)])


def _driven(roads: gpd.GeoDataFrame) -> pd.DataFrame:
    """Roads a village connects to: no tracks or footpaths, no expressways."""
    return pd.DataFrame(roads[~roads["class"].isin(NOT_DRIVEN).to_numpy(bool)])


def _feeding_lines(area: Area, standard: Standard) -> pd.DataFrame:
    """Lines of a voltage that feeds villages."""
    lines = area.layer("lines")
    low, high = standard.numbers("site.line_kv")
    return pd.DataFrame(lines[((lines["kv"] >= low) & (lines["kv"] < high)).to_numpy(bool)])


def _sources(area: Area, layer: str) -> pd.DataFrame:
    """Working pools, or sources that do not fail."""
    rows = area.layer(layer)
    good = rows["working"].fillna(True) if layer == "pools" else ~rows["failing"].fillna(False).astype(bool)
    return pd.DataFrame(rows[good.to_numpy(bool)])[["id", "elev", "geometry"]].assign(layer=layer)


def _working(rows: gpd.GeoDataFrame) -> pd.DataFrame:
    return pd.DataFrame(rows[rows["working"].fillna(True).to_numpy(bool)])


def _elevation(rows: pd.DataFrame, terrain: Terrain | None) -> Floats:
    """The surveyed elevation of water sources, else the terrain's; NaN where neither knows."""
    if "elev" not in rows:
        return np.full(len(rows), np.nan)
    surveyed = np.asarray(rows["elev"], np.float64)
    if terrain is None or len(rows) == 0:
        return surveyed
    middle = shapely.centroid(_shapes(rows))
    return np.where(
        np.isfinite(surveyed), surveyed, terrain.sample(shapely.get_x(middle), shapely.get_y(middle))
    )
