"""Hand-made ground for road design."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.area import Area, make_area
from geo.corridors import make_corridors
from geo.ground import make_ground
from geo.roads.design import design_roads
from geo.roads.gaps import RoadGaps, road_gaps
from geo.spatial.terrain import Terrain
from geo.standards import Standard, default_standard
from geo.verdicts import UNMET, decide_all
from geo.works import Works

CRS = "EPSG:32648"
W, N, CELL = 500_000.0, 3_003_000.0, 12.5


def at(x: float, y: float) -> tuple[float, float]:
    """Metres east and south of the north-west corner."""
    return W + x, N - y


@dataclass(frozen=True)
class Needs:
    """What `geo.plan.Gaps` gives to design, made of the road theme alone."""

    roads: RoadGaps
    table: pd.DataFrame

    def states(self) -> pd.DataFrame:
        return self.table


def valley(
    height: np.ndarray,
    *,
    group: tuple[float, float],
    road: list[tuple[float, float]] | None = None,
    track: list[tuple[float, float]] | None = None,
    households: list[tuple[float, float]] | None = None,
    cell: float = CELL,
    **layers: gpd.GeoDataFrame,
) -> Area:
    """A serving cement road along y = 100, one group of 40, perhaps a track; terrain of `cell` m."""
    cols = height.shape[1]
    lines = [shapely.LineString([at(*p) for p in road or [(0, 100), (cols * cell, 100)]])]
    kind, hard = ["township"], [True]
    if track:
        lines.append(shapely.LineString([at(*p) for p in track]))
        kind.append("track")
        hard.append(False)
    doors = households if households is not None else [group]
    frames = {
        "roads": gpd.GeoDataFrame(
            {"id": [f"r{i}" for i in range(len(lines))], "class": kind, "hardened": hard, "width": 4.0},
            geometry=lines,
            crs=CRS,
        ),
        "exits": gpd.GeoDataFrame({"id": ["x"]}, geometry=[lines[0].interpolate(0)], crs=CRS),
        "groups": gpd.GeoDataFrame(
            {"id": ["g"], "hh_n": [40]}, geometry=[shapely.Point(at(*group))], crs=CRS
        ),
        "households": gpd.GeoDataFrame(
            {
                "id": [f"h{i}" for i in range(len(doors))],
                "group": "g",
                "village": "v",
                "people": 4,
                "loc_qual": "gps",
            },
            geometry=[shapely.Point(at(*p)) for p in doors],
            crs=CRS,
        ),
        **layers,
    }
    terrain = Terrain(height.astype(np.float32), W, N, cell, CRS)
    return make_area(frames, crs=CRS, terrain=terrain)


def needs(area: Area, standard: Standard | None = None) -> Needs:
    standard = standard or default_standard()
    found = road_gaps(area, standard, make_ground(area, standard))
    ids = area.layer("households")["id"]
    table = decide_all(ids, {"road": found.road, "path": found.path}, found.surveys)
    wide = table["state"].to_numpy(object).reshape(2, len(ids))
    return Needs(found, pd.DataFrame({"road": wide[0], "path": wide[1]}, index=pd.Index(ids)))


def design(area: Area, standard: Standard | None = None) -> Works:
    standard = standard or default_standard()
    found = needs(area, standard)
    road, path = ((found.states()[need] == UNMET).to_numpy(bool) for need in ("road", "path"))
    return design_roads(area, found.roads, (road, path), standard, make_corridors(area, standard))


def built(area: Area, works: Works) -> Area:
    """The area with the designed roads and paths laid."""
    table = works.table[works.table["kind"].isin(["road_new", "road_upgrade", "path"])]
    new = gpd.GeoDataFrame(
        {
            "id": table["work"].to_numpy(object),
            "class": np.where(table["kind"] == "path", "path", "group"),
            "hardened": True,
            # of an upgrade `size` is what is laid: half a metre beside 3 m is a road of 3.5 m
            "width": table["size"].where(
                table["kind"] != "road_upgrade", default_standard()["road.min_width_m"]
            ),
        },
        geometry=table.geometry.array,
        crs=area.crs,
    )
    roads = area.layer("roads")
    columns = list(dict.fromkeys([*roads.columns, *new.columns]))
    together = pd.concat([roads.reindex(columns=columns), new.reindex(columns=columns)], ignore_index=True)
    return area.with_layer("roads", gpd.GeoDataFrame(together, geometry="geometry", crs=area.crs))


def steepest_by_hand(line: shapely.LineString, terrain: Terrain, base_m: float = 50.0) -> float:
    """Greatest grade over any 50 m of a line, measured one metre at a time straight on the height grid."""
    at_m = np.arange(0.0, line.length, 1.0) if line.length > 1 else np.array([0.0, line.length])
    points = np.array([line.interpolate(s).coords[0] for s in at_m])
    c = (points[:, 0] - terrain.west) / terrain.cell - 0.5
    r = (terrain.north - points[:, 1]) / terrain.cell - 0.5
    i, j = np.floor(r).astype(int), np.floor(c).astype(int)
    fr, fc, z = r - i, c - j, terrain.elevation.astype(float)
    height = (z[i, j] * (1 - fc) + z[i, j + 1] * fc) * (1 - fr) + (
        z[i + 1, j] * (1 - fc) + z[i + 1, j + 1] * fc
    ) * fr
    n = int(base_m)
    if len(at_m) <= n:
        return float(abs(height[-1] - height[0]) / max(at_m[-1], 1e-9))
    return float(np.abs(height[n:] - height[:-n]).max() / base_m)
