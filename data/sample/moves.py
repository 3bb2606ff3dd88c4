"""Who is on the list, who has moved, and who has built again: the registry's relocation columns.

Drawn after the survey and from a stream of its own, so that nothing else of the sample depends on it.
Thirteen households have moved and live in danger again, eight in a house they are registered in and five
in a new building at their old plot; others moved for good, and stand beside what could be mistaken for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely import affinity

from .grid import Bools, Floats, Ints
from .scene import SURVEY_DAY, Scene

BACK_TO = "县城安置小区"
"""Where those had moved to who were found in danger again (`survey`)."""
BUILT_AGAIN, GONE_FROM_DANGER, SHED_LEFT, BUILT_SAFE = 5, 6, 3, 3
DECLARED_SHARE = 0.7
"""Groups of which so many stand in declared zones are listed to move whole."""


@dataclass(frozen=True)
class Moves:
    """The households with their columns filled, the layer `buildings`, and the planted cases:
    household id -> dwelling | building, never written to the files."""

    households: gpd.GeoDataFrame
    buildings: gpd.GeoDataFrame
    rebuilt: Mapping[str, str]


def draw_moves(
    scene: Scene, households: gpd.GeoDataFrame, hazards: gpd.GeoDataFrame, sites: list[str]
) -> Moves:
    """`households` as surveyed; `sites` are the names of the sites people may wish for."""
    rng = scene.frame.rng("moves")
    homes = households.copy()
    zones = hazards.geometry[hazards.geom_type == "Polygon"].to_numpy()
    doors = shapely.points(scene.xy)
    danger = np.zeros(len(homes), bool)
    danger[np.unique(shapely.STRtree(doors).query(zones, predicate="intersects")[1])] = True
    _lists(scene, rng, homes, danger)
    back = np.flatnonzero(homes["moved_to"] == BACK_TO)
    gone = np.flatnonzero(homes["moved_to"].notna() & (homes["moved_to"] != BACK_TO))
    free = danger & homes["moved_to"].isna().to_numpy(bool) & (homes["loc_qual"] != "group").to_numpy(bool)
    shapes: list[tuple[shapely.Geometry, float, str]] = []
    again = _build_again(rng, scene, np.flatnonzero(free), shapely.union_all(zones), shapes)
    free[again] = False
    left = rng.permutation(np.flatnonzero(free))[: GONE_FROM_DANGER + SHED_LEFT]
    shapes += [
        (_house(rng, scene.xy[i], 22.0), float(rng.integers(1975, 1999)), "圈舍") for i in left[:SHED_LEFT]
    ]
    shapes += [(_house(rng, scene.xy[i], 30.0), 2017.0, "住宅") for i in gone[:BUILT_SAFE]]
    homes.loc[np.r_[again, left], "moved_to"] = f"{scene.town}集镇安置点"
    _dates(rng, homes, back, again, np.r_[gone, left])
    _after(rng, homes)
    _kin_and_wishes(scene, rng, homes, danger, sites)
    truth = {str(homes["id"].iloc[i]): "dwelling" for i in back}
    truth |= {str(homes["id"].iloc[i]): "building" for i in again}
    return Moves(homes, _buildings(scene, shapes), truth)


def _lists(scene: Scene, rng: np.random.Generator, homes: gpd.GeoDataFrame, danger: Bools) -> None:
    """The registry's list: most of those in declared zones are on it, by now."""
    size = np.bincount(scene.group)
    share = np.bincount(scene.group, danger, minlength=len(size)) / size
    late = danger & (homes["move_list"] == "none").to_numpy(bool) & (rng.random(len(homes)) < 0.7)
    homes.loc[late, "move_list"] = "scattered"
    homes.loc[share[scene.group] >= DECLARED_SHARE, "move_list"] = "whole"
    unasked = (homes["move_list"] != "none").to_numpy(bool) & homes["move_wish"].isna().to_numpy(bool)
    wish = pd.Series(rng.random(len(homes)) < 0.82, dtype="boolean").mask(rng.random(len(homes)) < 0.08)
    homes.loc[unasked, "move_wish"] = wish[unasked].to_numpy()


def _build_again(
    rng: np.random.Generator,
    scene: Scene,
    free: Ints,
    zones: shapely.Geometry,
    shapes: list[tuple[shapely.Geometry, float, str]],
) -> Ints:
    """Households that built near their old plot: a building in the zone, away from every other door."""
    tree, again = shapely.STRtree(shapely.points(scene.xy)), []
    shapely.prepare(zones)
    for i in rng.permutation(free):
        for _ in range(12):
            house = _house(rng, scene.xy[i], float(rng.uniform(16, 42)))
            near = tree.query(house, predicate="dwithin", distance=14.0)
            if not np.any(near != i) and zones.contains(house):
                again.append(int(i))
                shapes.append((house, float(rng.integers(2016, 2018)), "住宅"))
                break
        if len(again) == BUILT_AGAIN:
            break
    return np.array(again, int)


def _house(rng: np.random.Generator, door: Floats, away_m: float) -> shapely.Polygon:
    """A rectangle with its middle `away_m` from the door."""
    at = door + away_m * np.array([np.cos(a := rng.uniform(0, 2 * np.pi)), np.sin(a)])
    wide, deep = rng.uniform(8, 13), rng.uniform(6, 9)
    box = shapely.box(at[0] - wide / 2, at[1] - deep / 2, at[0] + wide / 2, at[1] + deep / 2)
    turned = affinity.rotate(box, float(rng.uniform(0, 180)))
    return shapely.set_precision(turned, 0.01)


def _dates(rng: np.random.Generator, homes: gpd.GeoDataFrame, back: Ints, again: Ints, gone: Ints) -> None:
    """Those who came back were surveyed after their move; of the others the record is from before it."""
    n = len(homes)
    moved_on = np.full(n, np.datetime64("NaT"), "datetime64[s]")
    for who, last in ((back, 400), (again, 640), (gone, 300)):
        days = rng.integers(last, last + 380, len(who)).astype("timedelta64[D]")
        moved_on[who] = (SURVEY_DAY - days).astype("datetime64[s]")
    surveyed = homes["surveyed"].to_numpy("datetime64[s]").copy()
    before = np.r_[again, gone]
    days = rng.integers(20, 200, len(before)).astype("timedelta64[D]")
    surveyed[before] = (moved_on[before].astype("datetime64[D]") - days).astype("datetime64[s]")
    down = np.r_[again[:3], gone[rng.random(len(gone)) < 0.6]]
    demolished = np.full(n, np.datetime64("NaT"), "datetime64[s]")
    days = rng.integers(30, 170, len(down)).astype("timedelta64[D]")
    demolished[down] = (moved_on[down].astype("datetime64[D]") + days).astype("datetime64[s]")
    reclaimed = np.full(n, np.datetime64("NaT"), "datetime64[s]")
    tilled = np.intersect1d(down, gone)[::2]
    reclaimed[tilled] = demolished[tilled] + np.timedelta64(60, "D")
    homes["moved_on"], homes["demolished"], homes["reclaimed"] = moved_on, demolished, reclaimed
    homes["surveyed"] = surveyed


def _after(rng: np.random.Generator, homes: gpd.GeoDataFrame) -> None:
    """What was recorded of those who moved: work, school, title."""
    moved, n = homes["moved_to"].notna().to_numpy(bool), len(homes)
    pupils = moved & (homes["students"] > 0).to_numpy(bool)
    for name, who, share in (("has_job", moved, 0.6), ("school_ok", pupils, 0.8), ("titled", moved, 0.4)):
        said = pd.Series(rng.random(n) < share, dtype="boolean").mask(rng.random(n) < 0.1)
        homes[name] = said.mask(~who)


def _kin_and_wishes(
    scene: Scene, rng: np.random.Generator, homes: gpd.GeoDataFrame, danger: Bools, sites: list[str]
) -> None:
    """Kin who want to move together, three to six households of a group, and sites people have named."""
    alone = (
        danger & (homes["move_list"] == "scattered").to_numpy(bool) & homes["moved_to"].isna().to_numpy(bool)
    )
    size = np.bincount(scene.group[alone], minlength=len(scene.homes.xy))
    kin = np.full(len(homes), None, object)
    for k, g in enumerate(rng.permutation(np.flatnonzero(size >= 5))[:7]):
        own = rng.permutation(np.flatnonzero(alone & (scene.group == g)))[: int(rng.integers(3, 7))]
        kin[own] = f"{scene.group_names[g]}同迁{k + 1}组"
    homes["kin"] = kin
    asked = homes["move_wish"].fillna(False).to_numpy(bool) & (rng.random(len(homes)) < 0.25)
    homes["wish_site"] = np.where(asked, rng.choice(np.array(sites, object), len(homes)), None)


def _buildings(scene: Scene, shapes: list[tuple[shapely.Geometry, float, str]]) -> gpd.GeoDataFrame:
    """Houses that belong to no registered household, by their place from west to east."""
    order = np.argsort([shape.centroid.x for shape, _, _ in shapes])
    drawn = [shapes[i] for i in order]
    return gpd.GeoDataFrame(
        {
            "id": [scene.code("FW", i) for i in range(len(drawn))],
            "built": pd.array([int(year) for _, year, _ in drawn], dtype="Int64"),
            "use": [use for _, _, use in drawn],
        },
        geometry=[shape for shape, _, _ in drawn],
        crs=scene.crs,
    )
