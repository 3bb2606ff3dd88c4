"""What is drawn so far: the land, the people and the roads that every later theme looks at."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
import shapely
from pyproj import CRS

from geo.spatial.terrain import Terrain

from .grid import FINE_M, Bools, Floats, Frame, Ints
from .rivers import Waters
from .roads import Roads
from .settlements import Settlements

SURVEY_DAY = np.datetime64("2017-09-20")


@dataclass(frozen=True)
class Scene:
    """One township under the brush. `xy` (n, 2) are the doors of the households, `group` their group rows."""

    frame: Frame
    crs: CRS
    terrain: Terrain
    slope: Floats
    waters: Waters
    river_m: Floats
    wet_m: Floats
    homes: Settlements
    roads: Roads
    road_lines: gpd.GeoDataFrame
    xy: Floats
    group: Ints
    people: Ints
    town: str
    town_code: str
    village_names: tuple[str, ...]
    group_names: tuple[str, ...]

    @cached_property
    def village_ids(self) -> tuple[str, ...]:
        return tuple(f"{self.town_code}{200 + v:03d}" for v in range(len(self.village_names)))

    @cached_property
    def group_ids(self) -> tuple[str, ...]:
        """Village code and the number of the group within its village: 14 digits."""
        seen: dict[int, int] = {}
        out = []
        for v in self.homes.village:
            seen[int(v)] = seen.get(int(v), 0) + 1
            out.append(f"{self.village_ids[v]}{seen[int(v)]:02d}")
        return tuple(out)

    @property
    def poor_group(self) -> Bools:
        return np.asarray(self.homes.poor[self.homes.village])

    @cached_property
    def outline(self) -> shapely.Geometry:
        return shapely.union_all(np.array(self.homes.land))

    def height(self, xy: Floats) -> Floats:
        """Elevation at points (n, 2), metres."""
        return self.terrain.sample(xy[:, 0], xy[:, 1])

    def slope_at(self, xy: Floats) -> Floats:
        rows, cols = self.frame.cell_of(xy, FINE_M)
        return np.asarray(self.slope[rows, cols])

    def code(self, prefix: str, number: int) -> str:
        """An id of this township's own: SC-521271-007."""
        return f"{prefix}{self.town_code[-3:]}{number + 1:03d}"

    def points(self, xy: Floats) -> gpd.GeoSeries:
        return gpd.GeoSeries(shapely.points(np.round(np.asarray(xy), 2)), crs=self.crs)


def window(scene: Scene, at: Floats, radius_m: float) -> tuple[Floats, Floats, Floats]:
    """Cell centres (n, 2) within a square round a point, their elevations and slopes."""
    (row,), (col,) = scene.frame.cell_of(np.asarray(at)[None], FINE_M)
    r, n = int(radius_m / FINE_M), scene.terrain.shape[0]
    rows, cols = np.mgrid[max(0, row - r) : min(n, row + r + 1), max(0, col - r) : min(n, col + r + 1)]
    rows, cols = rows.ravel(), cols.ravel()
    xy = scene.frame.xy_of(rows, cols, FINE_M)
    return xy, scene.terrain.elevation[rows, cols].astype(float), scene.slope[rows, cols]


def survey_dates(scene: Scene, topic: str, n: int) -> np.ndarray:
    """Dates within the 80 days of the survey."""
    days = scene.frame.rng("dates " + topic).integers(0, 80, n)
    return (SURVEY_DAY - days.astype("timedelta64[D]")).astype("datetime64[s]")
