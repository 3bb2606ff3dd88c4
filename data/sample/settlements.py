"""Where people live: village seats, groups, village land and houses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from rasterio import features
from rasterio.transform import from_origin
from scipy import ndimage as ndi

from .grid import FINE_M, SIDE_M, Bools, Floats, Frame, Ints, distance_m, noise, spread, step_graph
from .relief import seat_xy
from .rivers import Waters

GROUPS, VILLAGES, POOR = 96, 10, 3
VILLAGE_M = 50.0


@dataclass(frozen=True)
class Settlements:
    """Groups by row: `xy` (n, 2), row of the village, households to place; villages: office, poor, land."""

    xy: Floats
    village: Ints
    households: Ints
    offices: Floats
    poor: Bools
    land: tuple[shapely.Geometry, ...]


def slope_of(z: Floats, cell: float) -> Floats:
    """Slope, m/m."""
    gy, gx = np.gradient(z, cell)
    return np.asarray(np.hypot(gx, gy))


def wet_distance(frame: Frame, waters: Waters, cell: float) -> tuple[Floats, Floats]:
    """Distance of each cell to the river and to any water, metres."""
    shape = (frame.side(cell),) * 2
    move = from_origin(frame.west, frame.north, cell, cell)
    river = features.rasterize([waters.river], shape, transform=move, all_touched=True).astype(bool)
    streams = features.rasterize(list(waters.streams), shape, transform=move, all_touched=True).astype(bool)
    return distance_m(river, cell), distance_m(river | streams, cell)


def choose_groups(frame: Frame, z: Floats, waters: Waters) -> Floats:
    """96 spots on the gentlest ground, at least 640 m apart, the township seat first."""
    rng = frame.rng("groups")
    slope = slope_of(ndi.gaussian_filter(z, 3), FINE_M)
    mean = ndi.uniform_filter(slope, 25)[::4, ::4]
    river, _ = wet_distance(frame, waters, FINE_M * 4)
    height = ndi.gaussian_filter(z, 4)[::4, ::4] - ndi.gaussian_filter(z, 60)[::4, ::4]
    score = mean + 0.0004 * np.maximum(height, 0) + rng.normal(0, 0.035, mean.shape)
    score[(frame.inset(FINE_M * 4) < 650) | (river < 110)] = np.inf
    order = np.argsort(score, axis=None)[:30_000]
    cand = frame.xy_of(*np.unravel_index(order, score.shape), FINE_M * 4)  # type: ignore[arg-type]
    kept = [np.array(seat_xy(frame))]
    spacing = 640.0 * rng.uniform(0.9, 1.7, len(cand))
    for point, apart in zip(cand, spacing, strict=True):
        have = np.array(kept)
        if np.min(np.hypot(*(have - point).T)) > apart:
            kept.append(point)
        if len(kept) == GROUPS:
            break
    return np.array(kept)


def share_out(frame: Frame, z: Floats, waters: Waters, spots: Floats) -> Settlements:
    """Villages round ten of the spots; land to the village that is nearest on foot."""
    rng = frame.rng("villages")
    heads = _far_apart(spots, VILLAGES)
    offices = spots[heads] + rng.uniform(-35, 35, (VILLAGES, 2))
    owner = _nearest_on_foot(frame, z, waters, spots[heads])
    rows, cols = frame.cell_of(spots, VILLAGE_M)
    village = owner[rows, cols]
    households = _sizes(rng, len(spots))
    poor = _poorest(frame, z, spots, village, heads)
    return Settlements(spots, village, households, offices, poor, _land(frame, owner))


def _far_apart(spots: Floats, k: int) -> list[int]:
    """k spots spread over the township: the seat, then by turns the spot nearest an empty middle."""
    heads = [0]
    middle = spots.mean(axis=0)
    inner = np.hypot(*(spots - middle).T) < 0.45 * SIDE_M
    while len(heads) < k:
        away = np.min(np.hypot(*(spots[:, None] - spots[heads][None]).transpose(2, 0, 1)), axis=1)
        heads.append(int(np.argmax(np.where(inner, away, -1))))
    for _ in range(4):  # each head moves to the spot nearest the middle of its own
        nearest = np.argmin(np.hypot(*(spots[:, None] - spots[heads][None]).transpose(2, 0, 1)), axis=1)
        for v in range(1, k):
            own = np.flatnonzero(nearest == v)
            heads[v] = int(own[np.argmin(np.hypot(*(spots[own] - spots[own].mean(axis=0)).T))])
    return heads


def _nearest_on_foot(frame: Frame, z: Floats, waters: Waters, heads: Floats) -> Ints:
    """Row of the nearest head over broken ground: borders come to lie on ridges and along the river."""
    coarse = z.reshape(frame.side(VILLAGE_M), 4, frame.side(VILLAGE_M), 4).mean(axis=(1, 3))
    n = coarse.shape[0]
    rough = np.exp(0.55 * noise(frame.rng("village edges"), n, 18, octaves=2))
    river, _ = wet_distance(frame, waters, VILLAGE_M)
    cost = rough * (1.0 + 3.0 * slope_of(coarse, VILLAGE_M)) + 14.0 * (river < 1)
    graph = step_graph(cost, cell=VILLAGE_M, elevation=0.5 * coarse)
    rows, cols = frame.cell_of(heads, VILLAGE_M)
    costs = [spread(graph, np.array([r * n + c]))[0] for r, c in zip(rows, cols, strict=True)]
    owner = np.argmin(costs, axis=0).reshape(n, n)
    return np.asarray(_in_one_piece(ndi.median_filter(owner, 5), rows, cols))


def _in_one_piece(owner: Ints, rows: Ints, cols: Ints) -> Ints:
    """Every village as the one piece its head lies in; the scraps go to their neighbours."""
    keep = np.zeros(owner.shape, bool)
    for v, (row, col) in enumerate(zip(rows, cols, strict=True)):
        label, _ = ndi.label(owner == v)
        keep |= label == label[row, col]
    at = ndi.distance_transform_edt(~keep, return_distances=False, return_indices=True)
    return np.asarray(owner[tuple(at)])


def _sizes(rng: np.random.Generator, n: int) -> Ints:
    """Households by group: 18 to 120, about 52 on average; the seat is the largest."""
    size = np.clip(rng.lognormal(np.log(49), 0.38, n), 18, 120)
    size[0] = 150
    return np.asarray(np.round(size * 52.1 * n / size.sum()).astype(int))


def _poorest(frame: Frame, z: Floats, spots: Floats, village: Ints, heads: list[int]) -> Bools:
    """The three villages that lie highest and farthest from the seat."""
    rows, cols = frame.cell_of(spots, FINE_M)
    height = np.array([z[rows, cols][village == v].mean() for v in range(VILLAGES)])
    away = np.hypot(*(spots[heads] - spots[0]).T)
    hard = height / height.std() + away / away.std()
    return np.asarray(np.argsort(np.argsort(-hard)) < POOR)


def _edge_line(frame: Frame) -> shapely.Polygon:
    """The township's outline: the square with wiggling sides, shared with its neighbours."""
    t = np.arange(0, 1, 0.01)
    wiggle = 230 * np.sin(2 * np.pi * (2 * t + 0.1)) + 110 * np.sin(2 * np.pi * (5 * t + 0.6))
    wiggle += 45 * np.sin(2 * np.pi * (11 * t + 0.3))
    wiggle *= np.minimum(1.0, 8 * np.minimum(t, 1 - t))
    x, y = frame.x0, frame.y0
    south = np.column_stack([x + t * SIDE_M, y + wiggle])
    east = np.column_stack([x + SIDE_M + wiggle, y + t * SIDE_M])
    north = np.column_stack([x + t * SIDE_M, y + SIDE_M + wiggle])[::-1]
    west = np.column_stack([x + wiggle, y + t * SIDE_M])[::-1]
    corner = [[x + SIDE_M, y + SIDE_M]]
    return shapely.Polygon(np.vstack([south, east, corner, north[:-1], [[x, y + SIDE_M]], west[:-1]]))


def _land(frame: Frame, owner: Ints) -> tuple[shapely.Geometry, ...]:
    """Village polygons that share their edges."""
    move = from_origin(frame.west, frame.north, VILLAGE_M, VILLAGE_M)
    parts: list[list[shapely.Geometry]] = [[] for _ in range(VILLAGES)]
    for shape, value in features.shapes(owner.astype(np.int16), transform=move):
        parts[int(value)].append(shapely.geometry.shape(shape))
    whole = [shapely.union_all(p) for p in parts]
    eased = shapely.coverage_simplify(np.array(whole), tolerance=75.0)
    land = shapely.intersection(eased, _edge_line(frame))
    return tuple(shapely.set_precision(land, 0.01))


def place_houses(
    frame: Frame, homes: Settlements, slope: Floats, river_m: Floats, road_m: Floats
) -> tuple[Floats, Ints]:
    """A place for every household, (n, 2), and its group: gentle ground, near a road, off the water.

    `slope`, `river_m` and `road_m` are grids at 12.5 m. No two houses share a cell.
    """
    rng = frame.rng("houses")
    taken = np.zeros(slope.shape, bool)
    inside = _inside(frame, homes)
    where, who = [], []
    half = int(475 / FINE_M)
    for g, (spot, count) in enumerate(zip(homes.xy, homes.households, strict=True)):
        (row,), (col,) = frame.cell_of(spot[None], FINE_M)
        box = (slice(row - half, row + half + 1), slice(col - half, col + half + 1))
        dr, dc = np.mgrid[-half : half + 1, -half : half + 1] * FINE_M
        centres = spot_offsets(rng)
        away = np.min([np.hypot(dr - a, dc - b) for a, b in centres], axis=0)
        wish = -away / 55.0 - (slope[box] / 0.17) ** 2 - np.maximum(road_m[box] - 12, 0) / 45.0
        bad = taken[box] | (slope[box] > 0.34) | (river_m[box] < 35) | (road_m[box] < 10)
        bad |= inside[box] != homes.village[g] + 1
        wish = np.where(bad, -np.inf, wish + rng.gumbel(size=wish.shape))
        best = np.argsort(-wish, axis=None)[:count]
        best = best[np.isfinite(wish.ravel()[best])]
        r, c = np.unravel_index(best, wish.shape)
        r, c = r + row - half, c + col - half
        for i in (-1, 0, 1):
            taken[np.clip(r + i, 0, None), c] = True
        where.append(frame.xy_of(r, c, FINE_M) + rng.uniform(-3.5, 3.5, (len(r), 2)))
        who.append(np.full(len(r), g))
    return np.vstack(where), np.concatenate(who)


def spot_offsets(rng: np.random.Generator) -> Floats:
    """A group is two to four clusters of houses: their offsets from its middle, (k, 2) metres."""
    k = int(rng.integers(2, 5))
    angle = rng.uniform(0, 2 * np.pi, k)
    radius = np.concatenate([[0.0], rng.uniform(90, 260, k - 1)])
    return np.column_stack([radius * np.sin(angle), radius * np.cos(angle)])


def _inside(frame: Frame, homes: Settlements) -> Ints:
    """Row of the village + 1 at 12.5 m, 0 outside."""
    move = from_origin(frame.west, frame.north, FINE_M, FINE_M)
    shapes = [(land.buffer(-25), v + 1) for v, land in enumerate(homes.land)]
    return np.asarray(features.rasterize(shapes, (frame.side(FINE_M),) * 2, transform=move, dtype=np.int16))
