"""Where can an existing main be tapped? The pipes of a working pool, what they carry, and the path to a tap.

The pipes layer names the pool each pipe hangs on. Pieces whose ends meet are joined; what starts at
the pool is its network, a tree of shortest ways over the pieces. Those on the pool already draw at
the point of it nearest to their door. The line from the source to the pool is no main: nobody is
joined to it. A diameter nobody recorded is taken as the standard's.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse as sp
import shapely
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from geo.area import Area
from geo.corridors import Corridors
from geo.pipes import head_loss
from geo.spatial.points import coordinates
from geo.water.rules import DAY_S, Rules

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

Pipes = tuple[npt.NDArray[np.object_], Floats]
"""Lines, and the inner diameter of each, metres: of the thickest wall, the narrowest pipe it can be."""

_STEP_M = 12.5  # a main is read this often, a cell of the usual terrain: a tap is placed no more exactly


@dataclass(frozen=True)
class Old:
    """An existing main from the pool to its tap. `xy` (k, 2) and `z` (k,) from the pool; `length`,
    `inner_m` (k - 1,) of the pieces; `drawn_m3d` (k,) what others draw at each point."""

    xy: Floats
    z: Floats
    length: Floats
    inner_m: Floats
    drawn_m3d: Floats

    def _peak(self, own_m3d: float, rules: Rules) -> Floats:
        """m³/s in each piece at the peak hour, with `own_m3d` drawn at the tap beside."""
        below = np.cumsum(self.drawn_m3d[::-1])[::-1][1:] + own_m3d
        return np.asarray(below / DAY_S * rules.pattern.max(), np.float64)

    def lost(self, own_m3d: float, rules: Rules) -> Floats:
        """Metres of head lost to each point (k,) at the peak hour, the last of them the tap."""
        loss = head_loss(self._peak(own_m3d, rules), self.inner_m, roughness=rules["roughness"])
        return np.concatenate([[0.0], np.cumsum(self.length * loss)])

    def fastest(self, own_m3d: float, rules: Rules) -> float:
        """The greatest velocity at the peak hour, m/s."""
        return float((self._peak(own_m3d, rules) / (np.pi / 4 * self.inner_m**2)).max())


@dataclass(frozen=True)
class Mains:
    """The network of a pool. Node 0 is the pool; `parent` (n,), -1 at the pool; `away` metres from the
    pool; `length` and `inner_m` of the piece above each; `drawn_m3d` (n,) what is drawn at each."""

    xy: Floats
    z: Floats
    parent: Ints
    away: Floats
    inner_m: Floats
    drawn_m3d: Floats

    def with_draw(self, node: int, m3d: float) -> Mains:
        """The same with `m3d` more drawn at a node."""
        drawn = self.drawn_m3d.copy()
        drawn[node] += m3d
        return Mains(self.xy, self.z, self.parent, self.away, self.inner_m, drawn)

    def to(self, node: int) -> Old:
        """The path from the pool to a node; what is drawn on branches leaves where they leave it."""
        path = [node]
        while self.parent[path[-1]] >= 0:
            path.append(int(self.parent[path[-1]]))
        path = path[::-1]
        place = np.full(len(self.parent), -1)
        place[path] = np.arange(len(path))
        for i in np.argsort(self.away, kind="stable"):
            if place[i] < 0:
                place[i] = place[self.parent[i]]
        drawn = np.bincount(place, self.drawn_m3d, minlength=len(path)).astype(np.float64)
        return Old(self.xy[path], self.z[path], np.diff(self.away[path]), self.inner_m[path[1:]], drawn)


def pool_mains(
    pipes: Pipes, at: Floats, floor: float, doors: Floats, each_m3d: float, corridors: Corridors, rules: Rules
) -> Mains | None:
    """The mains made of the `pipes` of a pool at `at` (2,), on which the households at `doors` (n, 2) draw
    `each_m3d`; None where none of them comes near the pool."""
    lines, inner = pipes
    xy, of = shapely.get_coordinates(shapely.segmentize(lines, _STEP_M), return_index=True)
    xy = np.vstack([at, xy])
    tree = cKDTree(xy)
    step = np.flatnonzero(of[1:] == of[:-1]) + 1
    joins = tree.query_pairs(rules["main_snap_m"], output_type="ndarray")
    first = np.array(tree.query_ball_point(at, rules["main_pool_m"]), np.int64)
    first = first[first > 0]
    z = corridors.sample(xy)
    z[0] = floor
    links = np.vstack([np.column_stack([step, step + 1]), joins, np.column_stack([0 * first, first])])
    a, b = np.unique(links, axis=0).T  # once each: a sparse array adds up what is given twice
    metres = np.maximum(np.hypot(np.hypot(*(xy[a] - xy[b]).T), z[a] - z[b]), 0.01)
    graph = sp.csr_array((metres, (a, b)), shape=(len(xy), len(xy)))
    graph = sp.csr_array(graph.maximum(graph.T))
    away, before = dijkstra(graph, True, np.array(0), True)
    keep = np.flatnonzero(np.isfinite(away))
    if len(keep) < 2:
        return None
    number = np.full(len(xy), -1)
    number[keep] = np.arange(len(keep))
    parent = np.where(before[keep] >= 0, number[before[keep].clip(0)], -1)
    width = np.r_[np.nan, inner[of]][keep]
    width[0] = np.nanmax(width)
    drawn = np.zeros(len(keep))
    placed = doors[np.isfinite(doors).all(axis=1)]
    if len(placed):
        drawn += np.bincount(cKDTree(xy[keep]).query(placed)[1], minlength=len(keep)) * each_m3d
    return Mains(xy[keep], z[keep], parent.astype(np.int64), away[keep], width, drawn)


def pipes_by_pool(area: Area, rules: Rules) -> dict[str, Pipes]:
    """Working pipes that lead to houses, by the pool they hang on."""
    pipes: gpd.GeoDataFrame = area.layer("pipes")
    used = (pipes["pool"].notna() & pipes["working"].fillna(True)).to_numpy(bool)
    lines, row = shapely.get_parts(np.asarray(pipes.geometry.array, object)[used], return_index=True)
    outer = pipes["diameter"].to_numpy(float)[used][row]
    inner = np.where(outer > 0, outer, rules["main_od_mm"]) * (1 - 2 / rules.sdr[-1]) / 1000
    springs = coordinates(area.layer("springs").geometry.array)
    springs = springs[np.isfinite(springs).all(axis=1)]
    pool = pipes["pool"].to_numpy(object)[used][row]
    if len(springs) and len(lines):
        to_houses = shapely.distance(shapely.multipoints(springs), lines) > rules["main_snap_m"]
        lines, inner, pool = lines[to_houses], inner[to_houses], pool[to_houses]
    by_pool = pd.Series(np.arange(len(lines))).groupby(pool).indices
    return {str(name): (lines[at], inner[at]) for name, at in by_pool.items()}


def best_tap(mains: Mains, doors: Floats, wanted: Floats, floor: float, rules: Rules) -> int | None:
    """The node of the mains nearest to the doors (n, 2) that leaves each the height `wanted` (n,) after
    friction by rule; None where the pool itself is as near."""
    friction = rules.standard["water.friction_m_per_km"] / 1000
    metres = np.hypot(*(mains.xy[:, None] - doors[None]).transpose(2, 0, 1))
    factor = rules.standard["water.route_factor"]
    left = floor - friction * (mains.away[:, None] + factor * metres) - wanted[None]
    able = (left >= rules["head_reserve_m"]).all(axis=1)
    able &= mains.z <= floor - friction * mains.away - rules["line_head_m"]
    nearest = metres.min(axis=1)
    able &= nearest + _STEP_M < nearest[0]
    if not able.any():
        return None
    return int(np.where(able, metres.mean(axis=1), np.inf).argmin())
