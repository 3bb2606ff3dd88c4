"""What does a work meet on its way? Water, cliffs, hazard zones and protected land, as vectors.

Corridors weigh routes by them; a finished line is held against the same vectors, so that
what a route could not avoid is said (`flags`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.area import Area
from geo.footing import BRIDGE_CELLS, opened
from geo.standards import Standard
from geo.zones import Zones, make_zones

Floats = npt.NDArray[np.float64]
Shapes = npt.NDArray[np.object_]

IN_HAZARD, IN_LAKE, IN_PROTECTED = "corridor.in_hazard", "corridor.in_lake", "corridor.in_protected"


@dataclass(frozen=True)
class Obstacles:
    """Geometries of `area`, metres. `hazards` are the zones of today (no workings planned or at rest);
    `strict` the core of the red line and water protection class 1, `reserve` the rest and basic
    farmland; `rivers` all open watercourses and `river_m` their widths; `open_rivers`, `open_m` the
    same less the stretches that existing crossings carry one over."""

    hazards: Shapes
    lakes: Shapes
    strict: Shapes
    reserve: Shapes
    cliffs: Shapes
    rivers: Shapes
    river_m: Floats
    open_rivers: Shapes
    open_m: Floats

    def flags(self, lines: npt.ArrayLike) -> npt.NDArray[Any]:
        """Per line the message key of the gravest thing it runs through, "" where nothing."""
        lines = np.asarray(lines, object)
        said = np.full(len(lines), "", object)
        for key, shapes in ((IN_PROTECTED, self.strict), (IN_LAKE, self.lakes), (IN_HAZARD, self.hazards)):
            said[np.unique(shapely.STRtree(shapes).query(lines, predicate="intersects")[0])] = key
        return said

    def flagged(self, table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        """Works with IN_HAZARD as the flag of each that stands in or runs through a zone."""
        shapes = np.asarray(table.geometry.array)
        hit = np.unique(shapely.STRtree(self.hazards).query(shapes, predicate="intersects")[0])
        flag = table["flag"].to_numpy(object).copy()
        flag[hit] = IN_HAZARD
        return table.assign(flag=pd.Series(flag, index=table.index, dtype="str"))


def make_obstacles(
    area: Area, standard: Standard, *, gap_m: float | None = None, zones: Zones | None = None
) -> Obstacles:
    """The obstacles of `area`; `gap_m` is half the stretch of river a crossing of a road opens (unless
    given that of the coarsest grid routes are sought on); `zones` of the area where they are known."""
    gap_m = BRIDGE_CELLS * standard["corridor.cell_m"] if gap_m is None else gap_m
    zones = zones or make_zones(area, standard, modelled=False)
    redline, protect = area.layer("redline"), area.layer("protect")
    core = redline["core"].fillna(True).to_numpy(bool)
    first = (protect["grade"] == "1").to_numpy(bool)
    red, guarded, farmland = _shapes(redline), _shapes(protect), _shapes(area.layer("farmland"))
    layer = area.layer("rivers")
    seen = (layer["class"] != "tunnel").to_numpy(bool)
    rivers = _shapes(layer)[seen]
    usual = standard.table("corridor.river_width_m")
    width = layer["width"].fillna(layer["class"].map(dict(usual)).fillna(usual["river"]))
    roads = area.layer("roads")
    carried = roads[roads["bridge"].fillna(True).to_numpy(bool) & roads["usable"].fillna(True).to_numpy(bool)]
    river_m = width.to_numpy(float)[seen]
    widths = np.unique(river_m)
    parts = [opened(rivers[river_m == w], carried, gap_m) for w in widths]
    return Obstacles(
        hazards=zones.only(zones.today()).cores().astype(object),
        lakes=_shapes(area.layer("lakes")),
        strict=np.concatenate([red[core], guarded[first]]),
        reserve=np.concatenate([red[~core], guarded[~first], farmland]),
        cliffs=_shapes(area.layer("cliffs")),
        rivers=rivers,
        river_m=river_m,
        open_rivers=np.concatenate([rivers[:0], *parts]),
        open_m=np.repeat(widths, [len(p) for p in parts]),
    )


def _shapes(frame: Any) -> Shapes:
    shapes = np.array(frame.geometry.array, object)
    shapes[shapely.is_missing(shapes)] = shapely.Point()
    return shapely.force_2d(shapes) if len(shapes) else shapes
