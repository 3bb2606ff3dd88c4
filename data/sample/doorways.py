"""Household paths: the last metres from the road to the door."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import scipy.sparse as sp
import shapely
from scipy.sparse.csgraph import dijkstra, minimum_spanning_tree
from scipy.spatial.distance import cdist

from .grid import Bools, Floats, Ints
from .scene import Scene, survey_dates

CLASS_ZH = {
    "county": "县道",
    "township": "乡道",
    "village": "村道",
    "group": "组道",
    "track": "机耕道",
    "path": "小路",
}


@dataclass(frozen=True)
class _Doors:
    """By household: row of the house its path leads by (-1: straight to the road), its end and length."""

    parent: Ints
    end: Floats
    length: Floats
    road: Ints


def draw_paths(scene: Scene) -> tuple[gpd.GeoDataFrame, Floats]:
    """Paths from every door past its neighbours to the road.

    Also each door's metres without a hardened way to a road that serves.
    """
    rng = scene.frame.rng("doorways")
    lines = scene.road_lines[~scene.road_lines["bridge"]].reset_index(drop=True)
    doors = _ways(scene, lines)
    shapes = _shapes(scene, doors, rng)
    passable = np.isfinite(doors.length) & ~shapely.intersects(shapes, scene.waters.river)
    poor = scene.poor_group[scene.group]
    built = passable & (rng.random(len(scene.xy)) < np.where(poor, 0.50, 0.90))
    to_hardened = _unhardened(doors, lines["serving"].to_numpy(bool), built)
    hard = built & (to_hardened <= 0)
    led_by = np.isin(np.arange(len(scene.xy)), doors.parent)  # a neighbour's path goes on from here
    drawn = np.flatnonzero(passable & (doors.length > np.where(led_by, 0.5, 6)))
    paths = gpd.GeoDataFrame(
        {
            "class": "path",
            "surface": np.where(hard[drawn], "cement", "earth"),
            "width": np.where(hard[drawn], rng.choice([1.0, 1.2, 1.5], len(drawn)), 0.8),
            "lead": scene.group[drawn],
            "bridge": False,
            "hardened": hard[drawn],
        },
        geometry=shapes[drawn],
        crs=scene.crs,
    )
    ways = [*lines.geometry[lines["serving"].astype(bool)], *paths.geometry[paths["hardened"].astype(bool)]]
    (_, _), near = shapely.STRtree(ways).query_nearest(
        shapely.points(scene.xy), return_distance=True, all_matches=False
    )
    return paths, np.minimum(to_hardened, 1.03 * near)  # over a neighbour's yard, nearly straight


def _shapes(scene: Scene, doors: _Doors, rng: np.random.Generator) -> np.ndarray:
    """The path of every door, bent a little."""
    a, b = doors.end, scene.xy
    side = np.column_stack([-(b - a)[:, 1], (b - a)[:, 0]]) * rng.normal(0, 0.07, (len(b), 1))
    return np.asarray(shapely.linestrings(np.round(np.stack([a, (a + b) / 2 + side, b], axis=1), 2)))


def _ways(scene: Scene, lines: gpd.GeoDataFrame) -> _Doors:
    """Per group the shortest tree over the doors and the road: a far house goes by its neighbours."""
    vertices = [np.asarray(g.coords) for g in shapely.segmentize(lines.geometry.array, 20.0)]
    xy = np.vstack(vertices)
    of = np.repeat(np.arange(len(vertices)), [len(v) for v in vertices])
    tree = shapely.STRtree(shapely.points(xy))
    (_, nearest), away = tree.query_nearest(shapely.points(scene.xy), return_distance=True, all_matches=False)
    parent = np.full(len(scene.xy), -1)
    for g in range(len(scene.homes.xy)):
        own = np.flatnonzero(scene.group == g)
        between = cdist(scene.xy[own], scene.xy[own]) * 1.1
        between[between > 120] = 0
        weight = np.zeros((len(own) + 1,) * 2)
        weight[1:, 1:] = between
        weight[0, 1:] = away[own] + 0.01
        _, before = dijkstra(
            minimum_spanning_tree(sp.csr_array(weight)), directed=False, indices=0, return_predecessors=True
        )
        by = before[1:]
        parent[own[by > 0]] = own[by[by > 0] - 1]
    end = np.where(parent[:, None] < 0, xy[nearest], scene.xy[parent])
    length = np.where(parent < 0, away, np.hypot(*(scene.xy - end).T))
    return _Doors(parent, end, np.where(length < 170, length, np.inf), of[nearest])


def _unhardened(doors: _Doors, serving: Bools, built: Bools) -> Floats:
    """Metres on foot without a hardened way, from each door to a road that serves; inf where none does."""
    by_road = doors.parent < 0
    ends_well = serving[doors.road] & by_road
    out = np.where(ends_well, np.where(built, 0.0, doors.length), np.inf)
    for _ in range(60):  # as deep as a tree gets
        at = out[doors.parent]
        past = np.where(built & (at <= 0), 0.0, at + doors.length)  # a hard path behind a soft one is a stub
        new = np.where(by_road, out, past)
        if np.array_equal(new, out):
            break
        out = new
    return out


def name_roads(scene: Scene, paths: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The layer `roads`: the lines and the household paths, with ids, names and years."""
    rng = scene.frame.rng("road names")
    every = pd.concat([_with_vertices(scene.road_lines), paths], ignore_index=True)
    n = len(every)
    every["bridge"], every["hardened"] = every["bridge"].astype(bool), every["hardened"].astype(bool)
    every.insert(0, "id", [f"L{scene.town_code[-3:]}{i + 1:05d}" for i in range(n)])
    every.insert(1, "name", [_name(scene, c, u) for c, u in zip(every["class"], every["lead"], strict=True)])
    year = rng.integers(2008, 2017, n)
    every["built"] = pd.Series(year, dtype="Int64").mask(every["class"].isin(["path", "track"]))
    every["hardened"] = (
        every["hardened"].astype("boolean").mask((rng.random(n) < 0.005) & (every["class"] == "path"))
    )
    every["tunnel"] = False
    blocked = (every["class"] == "track") & (every["surface"] == "earth")
    every["usable"] = rng.random(n) > np.where(blocked, 0.03, 0.0)
    every["surveyed"] = survey_dates(scene, "roads", n)
    return gpd.GeoDataFrame(
        every.drop(columns=["lead", "serving", "wide"]), geometry="geometry", crs=scene.crs
    )


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
