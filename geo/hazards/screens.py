"""Which houses should somebody go and look at? Screens: hints from the terrain and the survey, no zones.

cut     the "33850" of Hunan: built in the last 3 years, rear wall nearer than 3 m to the toe of a cut,
        higher than 8 m, steeper than 50 degrees; `unknown` where a missing answer could make it so
steep   the house stands on ground steeper than the standard's angle
flood   low above the nearest drainage of the terrain; asked only where no flood zones are given

Nobody is counted as threatened by a screen; it says where to look.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.area import Area
from geo.spatial.cells import burn_lines
from geo.spatial.drainage import accumulation, drain, height_above
from geo.spatial.terrain import Terrain
from geo.standards import Standard
from geo.workings import year_of

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

YES, NO, UNKNOWN = "yes", "no", "unknown"
CUT, FLOOD, STEEP = "hazard.screen.cut", "hazard.screen.flood", "hazard.screen.steep"
"""Message keys, the gravest first."""


@dataclass(frozen=True)
class Screens:
    """`households` in row order of the layer: household, slope_deg, cut, height_m (above the nearest
    drainage), flood, steep (yes | no | unknown), screen (message key of the gravest, "" none). `height`
    the raster of heights above drainage on the terrain, None where it was not asked for."""

    households: pd.DataFrame
    height: npt.NDArray[np.float32] | None


def screen(area: Area, standard: Standard, *, flooded: bool | None = None) -> Screens:
    """All screens of `area`. `flooded`: whether to ask for floods; not said, where no flood zone is given."""
    layer = area.layer("households")
    n = len(layer)
    xy = _places(layer)
    if flooded is None:
        flooded = not bool((area.layer("hazards")["kind"] == "flood").any())
    slope, height, raster = np.full(n, np.nan), np.full(n, np.nan), None
    if area.terrain is not None:
        slope = np.degrees(np.arctan(slope_at(area.terrain, xy)))
        if flooded:
            raster = drainage_height(area, area.terrain, standard)
            height = _at(area.terrain, raster, xy)
    cut = cut_slope(layer, standard, year_of(area, standard))
    flood = _below(height, standard["screen.drainage_m"])
    steep = _below(-slope, -standard["screen.slope_deg"])
    table = pd.DataFrame(
        {
            "household": layer["id"],
            "slope_deg": slope,
            "cut": cut,
            "height_m": height,
            "flood": flood,
            "steep": steep,
            "screen": np.select([cut == YES, flood == YES, steep == YES], [CUT, FLOOD, STEEP], ""),
        }
    )
    text = ["household", "cut", "flood", "steep", "screen"]
    return Screens(table.astype(dict.fromkeys(text, "str")), raster)


def cut_slope(layer: gpd.GeoDataFrame, standard: Standard, year: int) -> npt.NDArray[np.object_]:
    """yes where all four are so, no where one is not, else unknown (one not known), per household."""
    age = year - layer["built"].astype("float64").to_numpy()
    tests = (
        _below(age, standard["screen.cut_years"], equal=True),
        _below(layer["cut_gap_m"].to_numpy(float), standard["screen.cut_gap_m"]),
        _below(-layer["cut_m"].to_numpy(float), -standard["screen.cut_height_m"]),
        _below(-layer["cut_deg"].to_numpy(float), -standard["screen.cut_angle_deg"]),
    )
    some = np.logical_or.reduce([t == NO for t in tests])
    every = np.logical_and.reduce([t == YES for t in tests])
    return np.where(some, NO, np.where(every, YES, UNKNOWN)).astype(object)


def drainage_height(area: Area, terrain: Terrain, standard: Standard) -> npt.NDArray[np.float32]:
    """Metres above the nearest drainage: rivers of the layer, and cells that enough ground drains through."""
    drainage = drain(terrain.elevation)
    least = standard["screen.drainage_km2"] * 1e6 / terrain.cell**2
    channel = (accumulation(drainage) >= least).reshape(terrain.shape)
    rivers = area.layer("rivers")
    open_ = np.asarray(rivers.geometry.array, object)[(rivers["class"] != "tunnel").to_numpy(bool)]
    drawn = np.ones(terrain.shape, np.float32)
    burn_lines(
        open_[~shapely.is_missing(open_)], np.zeros(int((~shapely.is_missing(open_)).sum())), drawn, terrain
    )
    return height_above(terrain.elevation, drainage, channel | (drawn == 0))


def _places(layer: gpd.GeoDataFrame) -> Floats:
    """Where the houses stand, NaN where that is not known well enough."""
    points = np.asarray(layer.geometry.array)
    placed = ~(shapely.is_missing(points) | shapely.is_empty(points))
    placed &= (layer["loc_qual"].fillna("") != "village").to_numpy(bool)
    xy = np.full((len(layer), 2), np.nan)
    xy[placed] = shapely.get_coordinates(points[placed])
    return xy


def slope_at(terrain: Terrain, xy: Floats) -> Floats:
    """Slope (rise over run, Horn 1981) of the cells points lie in, those cells alone; NaN where unknown."""
    near = [
        [_at(terrain, terrain.elevation, xy + np.array([col, -row]) * terrain.cell) for col in (-1, 0, 1)]
        for row in (-1, 0, 1)
    ]
    (nw, n, ne), (w, _, e), (sw, s, se) = near
    return np.hypot((ne + 2 * e + se) - (nw + 2 * w + sw), (sw + 2 * s + se) - (nw + 2 * n + ne)) / (
        8 * terrain.cell
    )


def _at(terrain: Terrain, values: npt.NDArray[np.float32], xy: Floats) -> Floats:
    """Values of the cells points lie in; NaN off the grid."""
    found = np.full(len(xy), np.nan)
    known = np.flatnonzero(~np.isnan(xy).any(axis=1))
    row, col = terrain.cells(xy[known, 0], xy[known, 1])
    on = (row >= 0) & (row < terrain.shape[0]) & (col >= 0) & (col < terrain.shape[1])
    found[known[on]] = values[row[on], col[on]]
    return found


def _below(values: Floats, limit: float, *, equal: bool = False) -> npt.NDArray[np.object_]:
    below = values <= limit if equal else values < limit
    return np.where(np.isnan(values), UNKNOWN, np.where(below, YES, NO)).astype(object)
