"""Candidate sites: three that are good, eight that are each bad for one reason."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from rasterio import features
from rasterio.transform import from_origin
from scipy import ndimage as ndi

from .grid import COARSE_M, Bools, Floats, Frame, distance_m
from .mining import MINES, declared_zones, influence
from .power import high_line
from .scene import Scene

REASONS = ("good", "good", "good", "farmland", "hazard", "redline", "steep", "mine", "protect", "road", "far")


@dataclass(frozen=True)
class Choice:
    """A site and why it was drawn; `reason` is never written to the files."""

    shape: shapely.Polygon
    middle: Floats
    reason: str


@dataclass(frozen=True)
class _Grids:
    slope: Floats
    worst: Floats
    road: Floats
    setback: Floats
    county: Floats
    clear: Bools
    hazard: Floats
    service: Floats
    mine: Floats
    inside: Bools


def raster(frame: Frame, shapes: list[shapely.Geometry], cell: float = COARSE_M) -> Bools:
    """Cells touched by any of the shapes."""
    move = from_origin(frame.west, frame.north, cell, cell)
    shape = (frame.side(cell),) * 2
    keep = [s for s in shapes if not s.is_empty]
    if not keep:
        return np.zeros(shape, bool)
    return np.asarray(features.rasterize(keep, shape, transform=move, all_touched=True)).astype(bool)


def choose_sites(
    scene: Scene,
    workings: gpd.GeoDataFrame,
    hazards: gpd.GeoDataFrame,
    springs: gpd.GeoDataFrame,
    lines: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
) -> list[Choice]:
    """All sites, each on ground that passes every rule but (for the bad ones) its own."""
    rng = scene.frame.rng("sites")
    grids = _grids(scene, workings, hazards, springs, lines, facilities)
    taken = np.zeros_like(grids.clear)
    out: list[Choice] = []
    for reason in REASONS:
        wish = _wish(scene, grids, workings, reason) & ~taken
        wish = wish if wish.any() else _wish(scene, grids, workings, reason, anywhere=True) & ~taken
        score = np.where(wish, rng.random(wish.shape) + _taste(grids, reason), -np.inf)
        if not wish.any():
            continue
        row, col = np.unravel_index(int(np.argmax(score)), score.shape)
        (middle,) = scene.frame.xy_of(np.array([row]), np.array([col]), COARSE_M)
        near = np.hypot(*(np.indices(taken.shape) - np.array([row, col])[:, None, None])) * COARSE_M
        taken |= near < 900
        plot = _roadside(scene, middle) if reason == "road" else _plot(rng, middle, reason)
        out.append(Choice(plot, middle, reason))
    return out


def _grids(
    scene: Scene,
    workings: gpd.GeoDataFrame,
    hazards: gpd.GeoDataFrame,
    springs: gpd.GeoDataFrame,
    lines: gpd.GeoDataFrame,
    facilities: gpd.GeoDataFrame,
) -> _Grids:
    frame = scene.frame
    fine = scene.slope
    n = frame.side(COARSE_M)
    half = fine.reshape(n, 2, n, 2)
    mean = ndi.uniform_filter(half.mean(axis=(1, 3)), 5)
    worst = ndi.maximum_filter(half.max(axis=(1, 3)), 5)
    roads = scene.road_lines
    hard = roads[roads["serving"].astype(bool) & ~roads["class"].isin(["track", "path"])]
    great = roads[roads["class"].isin(["county", "township"])]
    small = roads[roads["class"].isin(["village", "group", "track"])]

    def away(shapes: object) -> Floats:
        return distance_m(raster(frame, list(shapes)), COARSE_M)  # type: ignore[call-overload]

    clear = away(scene.waters.streams) > 100
    clear &= away([scene.waters.river]) > 130
    clear &= away(springs.geometry) > 160
    clear &= away(lines[lines["kv"] > 1].geometry) > 90
    clear &= away([high_line(frame)]) > 120
    clear &= away(shapely.points(scene.xy)) > 75
    clear &= away(small.geometry) > 75
    inside = ~(distance_m(~raster(frame, [scene.outline]), COARSE_M) < 500)
    schools = facilities[facilities["kind"] == "primary"].geometry
    clinics = facilities[
        facilities["kind"].isin(["clinic", "hospital"]) & ~(facilities["doctors"] == 0)
    ].geometry
    return _Grids(
        slope=mean,
        worst=worst,
        road=away(hard.geometry),
        setback=away(great.geometry),
        county=away(roads[roads["class"] == "county"].geometry),
        clear=clear,
        hazard=away(hazards.geometry),
        service=np.maximum(away(schools), away(clinics)),
        mine=away([influence(workings)]),
        inside=inside,
    )


def _wish(
    scene: Scene, grids: _Grids, workings: gpd.GeoDataFrame, reason: str, *, anywhere: bool = False
) -> Bools:
    """Where a site of this kind may lie; `anywhere`: however far from school and clinic."""
    level = (grids.slope < 0.11) & (grids.worst < 0.24)
    steep = (grids.slope > 0.50) & (grids.slope < 0.75)
    ground = steep if reason == "steep" else level
    road = (grids.county > 12) & (grids.county < 40) if reason == "road" else grids.setback > 140
    near = grids.road > 1350 if reason == "far" else grids.road < 330
    coal, safe, service = grids.mine > 100, grids.hazard > 300, grids.service < 1000
    if reason == "road":
        ground = (grids.slope < 0.14) & (grids.worst < 0.30)
        safe, service = grids.hazard > 210, grids.service < 1400
    if reason == "far":
        service = _outpost_distance(scene, grids) < 650
    if reason == "mine":
        mined = workings[(workings["mine"] == MINES[1]) & ~workings["planned"].astype(bool)].iloc[-1:]
        coal = raster(scene.frame, list(mined.geometry))
        declared = raster(scene.frame, [z for _, z in declared_zones(workings)])
        coal &= distance_m(declared, COARSE_M) > 130
        ground = (grids.slope < 0.22) & (grids.worst < 0.42)
        near, safe, service = grids.road < 900, grids.hazard > 60, grids.service < 2200
    return ground & road & near & coal & safe & (service | anywhere) & grids.clear & grids.inside


def _outpost_distance(scene: Scene, grids: _Grids) -> Floats:
    """Metres to the middle of the nearest group that lies far from any hardened road."""
    rows, cols = scene.frame.cell_of(scene.homes.xy, COARSE_M)
    far = scene.homes.xy[grids.road[rows, cols] > 900]
    return distance_m(raster(scene.frame, list(shapely.points(far))), COARSE_M)


def outposts(scene: Scene, choices: list[Choice]) -> tuple[int, ...]:
    """The group beside the far site: it keeps a school and a clinic of its own."""
    far = [c.middle for c in choices if c.reason == "far"]
    return tuple(int(np.argmin(np.hypot(*(scene.homes.xy - m).T))) for m in far)


def _taste(grids: _Grids, reason: str) -> Floats:
    """Good sites are level and by the road."""
    if reason == "good":
        return np.asarray(-8.0 * grids.slope - grids.road / 150.0 - grids.service / 500.0)
    return np.asarray(-grids.service / 700.0 if reason != "far" else np.zeros_like(grids.slope))


def _plot(rng: np.random.Generator, middle: Floats, reason: str) -> shapely.Polygon:
    """A plot of five or six corners, some 90 m across."""
    size = 34.0 if reason == "mine" else 46.0
    corners = int(rng.integers(5, 7))
    angle = np.sort((np.arange(corners) + rng.uniform(-0.2, 0.2, corners)) * 2 * np.pi / corners)
    ring = middle + size * rng.uniform(0.85, 1.12, corners)[:, None] * np.column_stack(
        [np.cos(angle), np.sin(angle)]
    )
    return shapely.Polygon(np.round(ring, 2))


def _roadside(scene: Scene, middle: Floats) -> shapely.Polygon:
    """A strip along the county road, its front 7 m off the centre line."""
    great = scene.road_lines[scene.road_lines["class"] == "county"].geometry
    at = shapely.Point(middle)
    road = great.iloc[int(np.argmin(great.distance(at)))]
    strip = road.buffer(20.5, cap_style="flat").difference(road.buffer(7.0)).intersection(at.buffer(75.0))
    parts = [p for p in shapely.get_parts(strip) if p.geom_type == "Polygon"]
    return shapely.set_precision(min(parts, key=lambda p: p.distance(at)).simplify(0.5), 0.01)


def site_frame(scene: Scene, choices: list[Choice]) -> gpd.GeoDataFrame:
    """The layer `sites`."""
    rows = []
    for i, choice in enumerate(choices):
        owner = int(
            np.argmax([land.distance(shapely.Point(choice.middle)) == 0 for land in scene.homes.land])
        )
        kind = "township" if i == 0 else "village"
        area = choice.shape.area / (100 if kind == "township" else 345)
        nearest = int(np.argmin(np.hypot(*(scene.homes.xy - choice.middle).T)))
        rows.append(
            {
                "id": scene.code("AZ", i),
                "name": f"{scene.group_names[nearest]}安置点",
                "village": scene.village_ids[owner],
                "capacity": max(3, int(area * 0.8)),
                "kind": kind,
                "geometry": choice.shape,
            }
        )
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=scene.crs)
