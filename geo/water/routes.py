"""Which pools could a pipe reach a household from, how long is it, and what head is left?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from geo.spatial.allocation import first_per_client
from geo.spatial.terrain import Terrain

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_STEPS = 20  # pieces a straight line is cut into to follow the ground
_BLOCK = 4_096  # lines followed at once: bounds memory


@dataclass(frozen=True)
class Routes:
    """Possible service pipes: row of the household, row of the pool, metres of pipe."""

    household: Ints
    pool: Ints
    length: Floats


def routes(
    households: Floats, pools: Floats, terrain: Terrain | None, *, reach_m: float, route_factor: float
) -> Routes:
    """Every pair whose pipe is at most `reach_m` long; points (n, 2) and (m, 2), metres, NaN: not placed."""
    placed, standing = np.flatnonzero(_finite(households)), np.flatnonzero(_finite(pools))
    tree = shapely.STRtree(np.asarray(shapely.points(pools[standing])))
    # ground and route only lengthen a straight line, so none is missed
    near = tree.query(
        shapely.points(households[placed]), predicate="dwithin", distance=reach_m / route_factor
    )
    near = near[:, np.argsort(near[1], kind="stable")]  # pool by pool: neighbouring ground is read together
    a, b = placed[near[0]], standing[near[1]]
    length = route_factor * ground_length(households[a], pools[b], terrain)
    kept = length <= reach_m
    return Routes(a[kept].astype(np.int64), b[kept].astype(np.int64), length[kept])


def nearest(
    households: Floats, pools: Floats, terrain: Terrain | None, *, rank: Ints, route_factor: float
) -> tuple[Ints, Floats]:
    """The pool nearest in a straight line to each household, and the metres of pipe to it; -1, inf: none.

    Of several equally near the one of the lowest `rank` (m,).
    """
    pool, length = np.full(len(households), -1, np.int64), np.full(len(households), np.inf)
    placed, standing = np.flatnonzero(_finite(households)), np.flatnonzero(_finite(pools))
    if len(placed) and len(standing):
        tree = shapely.STRtree(np.asarray(shapely.points(pools[standing])))
        home, found = tree.query_nearest(shapely.points(households[placed]), all_matches=True)
        pool[placed] = standing[found[first_per_client(home, rank[standing[found]], n=len(placed))]]
        length[placed] = route_factor * ground_length(households[placed], pools[pool[placed]], terrain)
    return pool, length


def ground_length(a: Floats, b: Floats, terrain: Terrain | None) -> Floats:
    """Metres along the ground under the straight line from each `a` to each `b`, (n, 2) -> (n,).

    Twenty pieces of equal plan length; level where the terrain is void or not given.
    """
    plan: Floats = np.hypot(*(b - a).T)
    if terrain is None or not len(plan):
        return plan
    blocks = range(0, len(plan), _BLOCK)
    return np.concatenate([_profile(a[i : i + _BLOCK], b[i : i + _BLOCK], terrain) for i in blocks])


def _profile(a: Floats, b: Floats, terrain: Terrain) -> Floats:
    share = np.linspace(0, 1, _STEPS + 1)[:, None]
    x = a[:, 0] + share * (b[:, 0] - a[:, 0])
    y = a[:, 1] + share * (b[:, 1] - a[:, 1])
    rise = np.nan_to_num(np.diff(terrain.sample(x, y), axis=0), nan=0.0)
    return np.asarray(np.hypot(np.hypot(*(b - a).T) / _STEPS, rise).sum(axis=0))


def elevation(points: Floats, stated: Floats | None, terrain: Terrain | None) -> Floats:
    """The stated elevation where there is one, else that of the ground, metres; NaN unknown."""
    known = np.full(len(points), np.nan) if stated is None else stated
    if terrain is None:
        return known
    ground = np.full(len(points), np.nan)
    placed = _finite(points)
    ground[placed] = terrain.sample(points[placed, 0], points[placed, 1])
    return np.where(np.isnan(known), ground, known)


def _finite(points: Floats) -> npt.NDArray[np.bool_]:
    return np.asarray(np.isfinite(points).all(axis=1))
