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
    clear: Bools
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
) -> list[Choice]:
    """All sites, each on ground that passes every rule but (for the bad ones) its own."""
    rng = scene.frame.rng("sites")
    grids = _grids(scene, workings, hazards, springs, lines)
    taken = np.zeros_like(grids.clear)
    out: list[Choice] = []
    for reason in REASONS:
        wish = _wish(scene, grids, workings, reason)
        score = np.where(wish & ~taken, rng.random(wish.shape) + _taste(grids, reason), -np.inf)
        if not np.isfinite(score).any():
            continue
        row, col = np.unravel_index(int(np.argmax(score)), score.shape)
        (middle,) = scene.frame.xy_of(np.array([row]), np.array([col]), COARSE_M)
        near = np.hypot(*(np.indices(taken.shape) - np.array([row, col])[:, None, None])) * COARSE_M
        taken |= near < 900
        out.append(Choice(_plot(rng, middle, reason), middle, reason))
    return out


def _grids(
    scene: Scene,
    workings: gpd.GeoDataFrame,
    hazards: gpd.GeoDataFrame,
    springs: gpd.GeoDataFrame,
    lines: gpd.GeoDataFrame,
) -> _Grids:
    frame = scene.frame
    fine = scene.slope
    n = frame.side(COARSE_M)
    half = fine.reshape(n, 2, n, 2)
    mean = ndi.uniform_filter(half.mean(axis=(1, 3)), 5)
    worst = ndi.maximum_filter(half.max(axis=(1, 3)), 5)
    roads = scene.road_lines
    hard = roads[roads["hardened"] & roads["class"].isin(["county", "township", "village", "group"])]
    great = roads[roads["class"].isin(["county", "township"])]
    small = roads[roads["class"].isin(["village", "group", "track"])]

    def away(shapes: object) -> Floats:
        return distance_m(raster(frame, list(shapes)), COARSE_M)  # type: ignore[call-overload]

    clear = away(scene.waters.streams) > 100
    clear &= away([scene.waters.river]) > 130
    clear &= away(hazards.geometry) > 340
    clear &= away(springs.geometry) > 160
    clear &= away(lines[lines["kv"] > 1].geometry) > 90
    clear &= away([high_line(frame)]) > 120
    clear &= away(shapely.points(scene.xy)) > 75
    clear &= away(small.geometry) > 75
    inside = ~(distance_m(~raster(frame, [scene.outline]), COARSE_M) < 500)
    return _Grids(mean, worst, away(hard.geometry), away(great.geometry), clear, away([influence(workings)]), inside)


def _wish(scene: Scene, grids: _Grids, workings: gpd.GeoDataFrame, reason: str) -> Bools:
    """Where a site of this kind may lie."""
    level = (grids.slope < 0.11) & (grids.worst < 0.24)
    steep = (grids.slope > 0.50) & (grids.slope < 0.75)
    ground = steep if reason == "steep" else level
    road = (grids.setback > 20) & (grids.setback < 70) if reason == "road" else grids.setback > 140
    near = (grids.road > 1350) if reason == "far" else (grids.road < 420)
    coal = grids.mine > 100
    if reason == "mine":
        mined = workings[(workings["mine"] == MINES[1]) & ~workings["planned"].astype(bool)].iloc[-1:]
        coal = raster(scene.frame, list(mined.geometry))
        declared = raster(scene.frame, [z for _, z in declared_zones(scene, workings)])
        coal &= distance_m(declared, COARSE_M) > 130
        ground = (grids.slope < 0.2) & (grids.worst < 0.4)
        near = grids.road < 900
        return ground & coal & grids.inside
    return ground & road & near & coal & grids.clear & grids.inside


def _taste(grids: _Grids, reason: str) -> Floats:
    """Good sites are level and by the road."""
    if reason == "good":
        return np.asarray(-8.0 * grids.slope - grids.road / 150.0)
    return np.zeros_like(grids.slope)


def _plot(rng: np.random.Generator, middle: Floats, reason: str) -> shapely.Polygon:
    """A plot of five or six corners, some 90 m across."""
    size = 34.0 if reason in ("mine", "road") else 46.0
    corners = int(rng.integers(5, 7))
    angle = np.sort((np.arange(corners) + rng.uniform(-0.2, 0.2, corners)) * 2 * np.pi / corners)
    ring = middle + size * rng.uniform(0.85, 1.12, corners)[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    return shapely.Polygon(np.round(ring, 2))


def site_frame(scene: Scene, choices: list[Choice]) -> gpd.GeoDataFrame:
    """The layer `sites`."""
    rows = []
    for i, choice in enumerate(choices):
        owner = int(np.argmax([land.distance(shapely.Point(choice.middle)) == 0 for land in scene.homes.land]))
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


