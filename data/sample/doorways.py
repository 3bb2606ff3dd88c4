"""Household paths: the last metres from the road to the door."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from .grid import Floats
from .roadlines import dense_vertices
from .scene import Scene, survey_dates

CLASS_ZH = {"county": "县道", "township": "乡道", "village": "村道", "group": "组道", "track": "机耕道", "path": "小路"}


def draw_paths(scene: Scene) -> tuple[gpd.GeoDataFrame, Floats]:
    """Paths from 14 to 130 m to the nearest vertex of a road; and each door's metres to a hardened way."""
    rng = scene.frame.rng("doorways")
    lines = scene.road_lines
    usable = lines[~lines["bridge"]]
    vertices = [dense_vertices(g) for g in usable.geometry]
    xy = np.vstack(vertices)
    of = np.repeat(np.arange(len(vertices)), [len(v) for v in vertices])
    tree = shapely.STRtree(shapely.points(xy))
    doors = shapely.points(scene.xy)
    (_, nearest), away = tree.query_nearest(doors, return_distance=True, all_matches=False)
    hard_road = usable["hardened"].to_numpy()[of[nearest]]
    poor = scene.poor_group[scene.group]
    hard = hard_road & (rng.random(len(doors)) < np.where(poor, 0.42, 0.82))
    drawn = np.flatnonzero((away > 14) & (away < 130))
    bend = rng.normal(0, 0.07, (len(drawn), 1)) * away[drawn, None]
    a, b = xy[nearest[drawn]], scene.xy[drawn]
    side = np.column_stack([-(b - a)[:, 1], (b - a)[:, 0]]) / away[drawn, None]
    middle = (a + b) / 2 + bend * side
    shapes = shapely.linestrings(np.round(np.stack([a, middle, b], axis=1), 2))
    shapes = np.array([shapely.set_precision(s, 0) for s in shapes])
    crossing = shapely.intersects(shapes, scene.waters.river)
    paths = gpd.GeoDataFrame(
        {
            "class": "path",
            "surface": np.where(hard[drawn], "cement", "earth"),
            "width": np.where(hard[drawn], rng.choice([1.0, 1.2, 1.5], len(drawn)), 0.8),
            "lead": scene.group[drawn],
            "bridge": False,
            "hardened": hard[drawn],
        },
        geometry=shapes,
        crs=scene.crs,
    )
    metres = np.where(hard | (hard_road & (away < 40)), 0.0, away + 40.0)
    return paths[~crossing], metres


def name_roads(scene: Scene, paths: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The layer `roads`: the lines and the household paths, with ids, names and years."""
    rng = scene.frame.rng("road names")
    every = pd.concat([_with_vertices(scene.road_lines), paths], ignore_index=True)
    n = len(every)
    every.insert(0, "id", [f"L{scene.town_code[-3:]}{i + 1:05d}" for i in range(n)])
    every.insert(1, "name", [_name(scene, c, u) for c, u in zip(every["class"], every["lead"], strict=True)])
    year = rng.integers(2008, 2017, n)
    every["built"] = pd.Series(year, dtype="Int64").mask(every["class"].isin(["path", "track"]))
    every["hardened"] = every["hardened"].astype("boolean").mask(rng.random(n) < 0.004)
    every["tunnel"] = False
    every["usable"] = rng.random(n) > np.where(every["class"] == "track", 0.03, 0.0)
    every["surveyed"] = survey_dates(scene, "roads", n)
    return gpd.GeoDataFrame(every.drop(columns="lead"), geometry="geometry", crs=scene.crs)


def _with_vertices(lines: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Lines with the vertices that household paths may end on."""
    return lines.assign(geometry=shapely.segmentize(lines.geometry.array, 20.0))


def _name(scene: Scene, kind: str, lead: int) -> str:
    if kind == "county":
        return f"双{scene.town}线"
    if kind == "township":
        return f"{scene.town}{'南' if lead else '北'}线"
    if kind == "village":
        return f"{scene.village_names[lead]}通村路"
    if kind == "group":
        return f"{scene.group_names[lead]}通组路"
    return f"{scene.group_names[lead]}{CLASS_ZH[kind]}" if kind == "track" else "连户路"
