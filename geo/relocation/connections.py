"""What would a site have to be connected to, and how far is it over the ground?

Road, school and clinic are walked to: the road from the nearest part of the site,
school and clinic from its middle (the median of its cells), for children walk from
everywhere. Pipes and wires do not walk: water and power are measured from the nearest
part of the site straight over the terrain, times the route factor of the standard.
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
LAID = {"water": "water.route_factor", "line": "power.route_factor"}
"""Targets that a pipe or a wire is laid to: how much longer it is than the straight line."""


@dataclass(frozen=True)
class Target:
    """Features of one kind a site is connected to.

    `given` is False where not one is mapped, working or not: nobody said then that there is none.
    `elevation` and `yields` (m³/d) are of sources of water, NaN unknown.
    `surface` is the walk to them from every cell, None where they are not walked to or there is no
    terrain; `route_factor` is of a pipe or wire, NaN where they are walked to.
    """

    key: str
    layer: str
    given: bool
    features: Objects
    ids: Objects
    layers: Objects
    elevation: Floats
    yields: Floats
    surface: Surface | None
    route_factor: float
    tree: shapely.STRtree


@dataclass(frozen=True)
class Roads:
    """Roads on the way to the target: along `tracks` a road is an upgrade of them; `stubs` are hardened
    already, and lack nothing but the way out."""

    tracks: Objects
    stubs: Objects


@dataclass(frozen=True)
class Way:
    """From a site to a target: metres, seconds on foot (NaN for a pipe or wire), the row of the target.

    Metres and seconds are inf, and the row -1, where there is no way.
    """

    metres: float
    seconds: float
    target: int


NO_WAY = Way(np.inf, np.inf, -1)


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
        "road": (
            "roads",
            _knows_roads(area, serving),
            _hardened(roads) if serving is None else _driven(roads),
        ),
        "water": ("pools", area.has("pools") or area.has("springs"), water),
        "line": ("lines", len(lines) > 0, lines),
        "school": ("facilities", len(schools) > 0, _working(schools)),
        "clinic": ("facilities", len(clinics) > 0, _working(clinics)),
    }
    rows = {key: (layer, given, _there(frame)) for key, (layer, given, frame) in found.items()}
    surfaces = _surfaces({key: frame for key, (_, given, frame) in rows.items() if given}, ground)
    return {
        key: Target(
            key,
            layer,
            given,
            _shapes(frame),
            frame["id"].to_numpy(object),
            frame["layer"].to_numpy(object) if "layer" in frame else np.full(len(frame), layer, object),
            _elevation(frame, area.terrain),
            np.asarray(frame["yield_m3d"] if "yield_m3d" in frame else np.full(len(frame), np.nan), float),
            surfaces.get(key),
            standard[LAID[key]] if key in LAID else np.nan,
            shapely.STRtree(_shapes(frame)),
        )
        for key, (layer, given, frame) in rows.items()
    }


def _surfaces(rows: dict[str, pd.DataFrame], ground: Ground) -> dict[str, Surface]:
    """The walks to the targets that are walked to, made at once."""
    walked = [key for key, frame in rows.items() if len(frame) and key not in LAID]
    if ground.planar or not walked:
        return {}
    return dict(zip(walked, ground.surfaces([_shapes(rows[key]) for key in walked]), strict=True))


def _shapes(rows: pd.DataFrame) -> Objects:
    return np.asarray(rows["geometry"].array, object)


def _there(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows that have a geometry."""
    shapes = _shapes(rows)
    return rows[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]


def way_to(
    target: Target, ground: Ground, terrain: Terrain | None, site: BaseGeometry, cells: Cells | None
) -> Way:
    """How far `site` is from `target` over the ground: least metres, median seconds of where one can walk.

    `cells` are those of the site on the ground's grid; None or empty where it has none.
    """
    if len(target.features) == 0:
        return NO_WAY
    if np.isfinite(target.route_factor):
        return _laid(target, terrain, site)
    metres, seconds, to = _reached(target, ground, site, cells)
    open_ = np.isfinite(seconds)
    if not open_.any():
        return NO_WAY
    nearest = int(np.argmin(metres))
    return Way(float(metres[nearest]), float(np.median(seconds[open_])), int(to[nearest]))


def _laid(target: Target, terrain: Terrain | None, site: BaseGeometry) -> Way:
    """A pipe or wire to the nearest feature: straight over the terrain, times the route factor."""
    nearest = int(target.tree.nearest(site))
    line = shapely.shortest_line(site, target.features[nearest])
    if terrain is None:
        return Way(float(line.length) * target.route_factor, np.nan, nearest)
    points = shapely.line_interpolate_point(line, np.arange(0.0, line.length + terrain.cell, terrain.cell))
    x, y = shapely.get_x(points), shapely.get_y(points)
    rise = np.nan_to_num(np.diff(terrain.sample(x, y)))
    metres = float(np.hypot(np.hypot(np.diff(x), np.diff(y)), rise).sum())
    return Way(metres * target.route_factor, np.nan, nearest)


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


def _knows_roads(area: Area, serving: gpd.GeoDataFrame | None) -> bool:
    """Whether the roads layer says of any road if it is hardened and, where asked, which lead out."""
    roads = area.layer("roads")
    says = bool((roads["hardened"].notna() | roads["surface"].notna()).any())
    return says and (serving is None or len(serving) > 0 or area.has("exits") or area.has("villages"))


def _hardened(roads: gpd.GeoDataFrame) -> pd.DataFrame:
    """Hardened roads cars use: by the survey, where it is silent by the surface."""
    return _driven(roads[_good(roads)])


def _good(roads: gpd.GeoDataFrame) -> npt.NDArray[np.bool_]:
    """Which roads are hardened and can be used."""
    hard = roads["hardened"].fillna(roads["surface"].isin(PAVED)).to_numpy(bool)
    return np.asarray(hard & roads["usable"].fillna(True).to_numpy(bool), bool)


def roads_on_the_way(area: Area, target: Target) -> Roads:
    """The roads a car may use beside those of the target."""
    roads = area.layer("roads")
    kept = ~roads["class"].isin([c for c in NOT_DRIVEN if c != "track"]).to_numpy(bool)
    kept &= ~roads["id"].isin(list(target.ids)).to_numpy(bool)
    shapes = np.asarray(roads.geometry.array, object)
    kept &= ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    good = _good(roads)
    return Roads(shapes[kept & ~good], shapes[kept & good])


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
    return pd.DataFrame(rows[good.to_numpy(bool)])[["id", "elev", "yield_m3d", "geometry"]].assign(
        layer=layer
    )


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
