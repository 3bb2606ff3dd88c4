"""One township from first noise to finished layers, in the order the land was made and settled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from geo.spatial.terrain import Terrain

from .doorways import draw_paths, name_roads
from .grid import FINE_M, SIDE_M, Bools, Floats, Frame, distance_m
from .hazards import draw_hazards
from .landuse import draw_cliffs, draw_cover, draw_farmland, draw_parks, draw_protect, draw_redline, find_lake
from .mining import draw_workings
from .moves import draw_moves
from .names import GROUPS, TOWNS, VILLAGES, pick
from .power import draw_power
from .relief import as_terrain, draw_relief, level_ground
from .rivers import RIVER_FLOW, Waters, draw_waters
from .roadlines import RIVER_WIDTH_M, dense_vertices, road_frame
from .roads import carve, draw_roads
from .scene import Scene
from .services import draw_facilities
from .settlements import (
    Settlements,
    choose_groups,
    place_houses,
    share_out,
    slope_of,
    spot_offsets,
    wet_distance,
)
from .sites import choose_sites, outposts, raster, site_frame
from .survey import draw_groups, draw_households, draw_villages, groups_served, people_of
from .water import draw_water

WORK_CRS = CRS.from_epsg(4544)
WEST, SOUTH = 552_000.0, 2_991_000.0
TOWN_CODE = 520_521_271
ACROSS = 5
"""Townships stand in rows of five."""


@dataclass(frozen=True)
class Township:
    """Clean layers in the contract of `geo.layers`, the terrain, why each site was drawn, and who moved
    and built again (household id -> dwelling | building)."""

    name: str
    layers: Mapping[str, gpd.GeoDataFrame]
    terrain: Terrain
    site_reasons: Mapping[str, str]
    rebuilt: Mapping[str, str]


def draw_township(seed: int, number: int = 0) -> Township:
    """The township `number` (0 is the sample) of the county drawn from `seed`."""
    frame = Frame(number, seed, WEST + SIDE_M * (number % ACROSS), SOUTH + SIDE_M * (number // ACROSS))
    scene, lake = _settle(frame)
    paths, to_hardened = draw_paths(scene)
    water, power = draw_water(scene), draw_power(scene)
    workings = draw_workings(scene)
    natural = draw_hazards(scene, workings, [])
    lines, springs = power.layers["lines"], water.layers["springs"]
    choices = choose_sites(scene, workings, natural, springs, lines, draw_facilities(scene))
    facilities = draw_facilities(scene, outposts(scene, choices))
    planted = [("collapse", c.shape.centroid.buffer(85).simplify(2)) for c in choices if c.reason == "hazard"]
    hazards = draw_hazards(scene, workings, planted)
    cover = draw_cover(scene, lake)
    sites = site_frame(scene, choices)
    served = groups_served(scene)
    surveyed = draw_households(scene, water, power, to_hardened, _in_danger(scene, hazards), facilities)
    wished = [str(n) for n, c in zip(sites["name"], choices, strict=True) if c.reason == "good"]
    moves = draw_moves(scene, surveyed, hazards, wished)
    hardened = np.array([(to_hardened[scene.homes.village[scene.group] == v] < 50).mean() for v in range(10)])
    layers = {
        "villages": draw_villages(scene, served, hardened),
        "groups": draw_groups(scene, served),
        "households": moves.households,
        "buildings": moves.buildings,
        "roads": name_roads(scene, paths),
        "exits": _exits(scene),
        **water.layers,
        **power.layers,
        "rivers": _rivers(scene),
        "lakes": _lakes(scene, lake),
        "facilities": facilities,
        "hazards": hazards,
        "workings": workings,
        "farmland": draw_farmland(scene, choices, cover),
        "redline": draw_redline(scene, choices),
        "protect": draw_protect(scene, springs, lake, choices),
        "sites": sites,
        "parks": draw_parks(scene),
        "cliffs": draw_cliffs(scene),
        "landcover": cover,
    }
    reasons = dict(zip(sites["id"], (c.reason for c in choices), strict=True))
    return Township(f"{scene.town}乡", layers, scene.terrain, reasons, moves.rebuilt)


def _settle(frame: Frame) -> tuple[Scene, shapely.Polygon | None]:
    """Land, water, groups, villages, roads and houses."""
    waters = draw_waters(frame)
    z = draw_relief(frame, waters)
    spots = choose_groups(frame, z, waters)
    z = level_ground(z, frame, spots, np.full(len(spots), 170.0))
    homes = share_out(frame, z, waters, spots)
    roads = draw_roads(frame, z, waters, homes, _clusters(frame, spots))
    outline = shapely.union_all(np.array(homes.land))
    lines = road_frame(frame, roads, waters, outline, WORK_CRS)
    drivable = lines[lines["class"] != "path"]
    z = carve(frame, z, list(drivable.geometry))
    mask: Bools = np.zeros(z.shape, bool)
    rows, cols = frame.cell_of(np.vstack([dense_vertices(g, 6.0) for g in drivable.geometry]), FINE_M)
    mask[rows, cols] = True
    lake = find_lake(frame, z, waters, mask, spots)
    river_m, wet_m = wet_distance(frame, waters, FINE_M)
    if lake is not None:
        wet = raster(frame, [lake], FINE_M)
        z = np.where(wet, z[wet].mean(), z)
        river_m = np.minimum(river_m, distance_m(wet, FINE_M))
    terrain = as_terrain(z, frame, WORK_CRS)
    slope = slope_of(z, FINE_M)
    xy, group = place_houses(frame, homes, slope, river_m, distance_m(mask, FINE_M))
    return _named(frame, terrain, slope, waters, river_m, wet_m, homes, roads, lines, xy, group), lake


def _named(
    frame: Frame,
    terrain: Terrain,
    slope: Floats,
    waters: Waters,
    river_m: Floats,
    wet_m: Floats,
    homes: Settlements,
    roads: object,
    lines: gpd.GeoDataFrame,
    xy: Floats,
    group: np.ndarray,
) -> Scene:
    rng = frame.rng("names")
    villages = ["街上", *pick(rng, VILLAGES[1:], len(homes.offices) - 1)]
    names = np.full(len(homes.xy), "", dtype=object)
    for v in range(len(villages)):
        own = np.flatnonzero(homes.village == v)
        names[own] = pick(rng, GROUPS, len(own))
    return Scene(
        frame=frame,
        crs=WORK_CRS,
        terrain=terrain,
        slope=slope,
        waters=waters,
        river_m=river_m,
        wet_m=wet_m,
        homes=homes,
        roads=roads,  # type: ignore[arg-type]
        road_lines=lines,
        xy=xy,
        group=group,
        people=people_of(frame.rng("people"), len(xy)),
        town=TOWNS[frame.number % len(TOWNS)],
        town_code=str(TOWN_CODE + frame.number),
        village_names=tuple(villages),
        group_names=tuple(names),
    )


def _clusters(frame: Frame, spots: Floats) -> Floats:
    """(group, x, y) of the parts of each group that lie off its middle."""
    rng = frame.rng("clusters")
    rows = []
    for g, (x, y) in enumerate(spots):
        rows += [(g, x + dx, y + dy) for dy, dx in spot_offsets(rng)[1:]]
    return np.array(rows)


def _in_danger(scene: Scene, hazards: gpd.GeoDataFrame) -> Bools:
    zones = hazards.geometry[hazards.geom_type == "Polygon"].to_numpy()
    tree = shapely.STRtree(shapely.points(scene.xy))
    out = np.zeros(len(scene.xy), bool)
    out[np.unique(tree.query(zones, predicate="intersects")[1])] = True
    return out


def _exits(scene: Scene) -> gpd.GeoDataFrame:
    """Where the county and township roads cross the edge."""
    great = scene.road_lines[scene.road_lines["class"].isin(["county", "township"])]
    ends = np.vstack([np.asarray(g.coords)[[0, -1]] for g in great.geometry])
    off = shapely.distance(shapely.points(ends), scene.outline.exterior)
    at = np.unique(np.round(ends[off < 1.0], 2), axis=0)
    names = {"西": "县城", "东": "邻县", "北": "北面邻乡", "南": "南面邻乡"}
    middle = np.array([scene.frame.x0, scene.frame.y0]) + SIDE_M / 2
    at = at + 2.0 * (middle - at) / np.hypot(*(middle - at).T)[:, None]  # just inside, where the road ends
    sides = []
    for dx, dy in at - middle:
        sides.append(("东" if dx > 0 else "西") if abs(dx) > abs(dy) else ("北" if dy > 0 else "南"))
    ids = [scene.code("CK", i) for i in range(len(at))]
    return gpd.GeoDataFrame({"id": ids, "name": [names[s] for s in sides]}, geometry=scene.points(at))


def _rivers(scene: Scene) -> gpd.GeoDataFrame:
    """The river and its streams; the longest streams are wide enough to stop a walk."""
    streams = scene.waters.streams
    length = np.array([s.length for s in streams])
    big = length >= np.sort(length)[-4]
    shapes = [
        scene.waters.river.intersection(scene.outline),
        *(s.intersection(scene.outline) for s in streams),
    ]
    n = len(streams)
    rng = scene.frame.rng("river names")
    return gpd.GeoDataFrame(
        {
            "id": [scene.code("HL", i) for i in range(n + 1)],
            "name": [f"{scene.town}河", *(f"{g}沟" for g in rng.choice(np.array(GROUPS), n))],
            "class": ["river", *["stream"] * n],
            "flow_m3d": [RIVER_FLOW, *np.round(length * rng.uniform(0.02, 0.12, n))],
            "width": [RIVER_WIDTH_M, *np.where(big, 2.5, np.round(rng.uniform(0.6, 1.8, n), 1))],
            "ford": pd.Series([False, *[True] * n], dtype="boolean").mask(np.r_[False, rng.random(n) < 0.3]),
        },
        geometry=shapes,
        crs=scene.crs,
    )


def _lakes(scene: Scene, lake: shapely.Polygon | None) -> gpd.GeoDataFrame:
    shapes = [] if lake is None else [shapely.set_precision(lake, 0.01)]
    ids, names = [scene.code("SK", i) for i in range(len(shapes))], ["箐口水库"] * len(shapes)
    return gpd.GeoDataFrame({"id": ids, "name": names}, geometry=shapes, crs=scene.crs)
