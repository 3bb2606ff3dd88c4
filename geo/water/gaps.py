"""Which households can have water from a pool, all of them together?

A pool serves a household when a pipe along the ground is no longer than the reach,
leaves enough head at the tap, and the pool and its source still have water for it.
Capacity is shared, so households are allocated jointly (`geo.spatial.allocation`):
as many as possible, those already supplied first, then the poor.

**Unit demand.** Every household counts as one of mean size. With true sizes the
largest number of households would be a knapsack problem, whose optimum drops a large
family for two small ones and can drop somebody when a pool is *added*. With unit
demand the allocation is exact, fast and monotone, and totals of people hold on
average over the many households of a pool.

**What loosening does.** A laxer threshold never lowers the *number* served. More
capacity (a smaller quota, a bigger or further pool on a source of its own) never
takes water from anybody. A longer reach, a smaller head or a further pool on a
*shared* source lets more households compete for the same water: the number served
never falls, but service may move to a household that comes earlier in the order.

A household placed by its village alone is unknown and no water is set aside for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.area import Area
from geo.priority import rank, served_first, standing
from geo.spatial.allocation import Allocation, allocate, first_per_client
from geo.spatial.points import coordinates
from geo.spatial.removal import Held
from geo.standards import Standard
from geo.verdicts import MET, UNKNOWN, UNMET, Finding
from geo.water.routes import Routes, elevation, nearest, routes
from geo.water.supply import Supply, supply

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

POOL_COLUMNS = {
    "pool": "str",
    "source": "str",
    "failing": "bool",  # the source is recorded as failing
    "limit": "str",  # volume | yield | source | broken | unknown: what binds this pool alone
    "capacity_m3d": "float64",  # on a day of greatest demand; NaN unknown
    "capacity": "Int64",  # households, if no other pool drew on the source; NA unknown
    "used": "Int64",  # households allocated
    "spare": "Int64",  # households still free, in the pool and in its source
}

_TOO_COARSE = ("village",)  # a group lies within the reach of one pool, a village does not

# why a pipe that could be laid serves nobody; the first that applies to a household is said
_REASONS = ("elevation_unknown", "capacity_unknown", "full", "source_full", "dry", "broken", "too_low")
_ELEVATION, _CAPACITY, _FULL, _SOURCE, _DRY, _BROKEN, _LOW = range(len(_REASONS))


@dataclass(frozen=True)
class WaterGaps:
    """What the map says of water, and how full the pools are (`POOL_COLUMNS`, row order of the layer).

    `household_m3d` is the demand of one household of `household_size` people on a day
    of greatest demand. `planar`: there was no terrain, pipes were measured level. `held`:
    the allocation, for who asks what happens without a pool.
    """

    water: Finding
    pools: pd.DataFrame
    household_size: float
    household_m3d: float
    planar: bool
    held: Held
    draws: Ints  # row of the spring each pool draws on, -1 none


@dataclass(frozen=True)
class _Pipes:
    """The routes with their head at the tap and what is needed there, metres; NaN unknown."""

    ways: Routes
    head: Floats
    needed: Floats


def water_gaps(area: Area, standard: Standard) -> WaterGaps:
    """Allocate the households to the pools; met where a pool has water for the household."""
    homes, pools = area.layer("households"), area.layer("pools")
    given = supply(area, standard)
    pipes = _pipes(area, homes, pools, standard)
    usable = _usable(pipes, given)
    ways = pipes.ways
    order = served_first(homes, "water")
    group = np.where(given.working & given.known, given.source, -1)
    shares = allocate(
        ways.household[usable],
        ways.pool[usable],
        ways.length[usable],
        capacity=given.alone,
        client_order=order,
        facility_order=np.argsort(rank(pools["id"]), kind="stable"),
        group=group,
        group_capacity=given.source_households,
    )
    edge = np.where(shares.edge >= 0, np.flatnonzero(usable)[shares.edge] if usable.any() else -1, -1)
    return WaterGaps(
        water=_finding(area, standard, given, pipes, shares, edge),
        pools=_table(pools, given, shares),
        household_size=given.household_size,
        household_m3d=given.household_m3d,
        planar=area.terrain is None,
        held=Held(
            ways.household[usable], ways.pool[usable], given.alone, order, group, given.source_households,
            shares.facility,
        ),
        draws=given.source,
    )  # fmt: skip


def _pipes(area: Area, homes: gpd.GeoDataFrame, pools: gpd.GeoDataFrame, standard: Standard) -> _Pipes:
    """Every pipe within reach, with the head it leaves: fall less friction along its length."""
    at, top = standing(homes, unless=_TOO_COARSE), coordinates(pools.geometry.array)
    ways = routes(
        at,
        top,
        area.terrain,
        reach_m=standard["water.reach_m"],
        route_factor=standard["water.route_factor"],
    )
    stated = pd.to_numeric(homes["elev"], errors="coerce").to_numpy(float) if "elev" in homes else None
    low = elevation(at, stated, area.terrain)
    high = elevation(top, pools["elev"].to_numpy(float), area.terrain)
    friction = standard["water.friction_m_per_km"] / 1000
    storeys = homes["storeys"].astype("float64").fillna(1).clip(lower=1).to_numpy()
    needed = standard["water.min_head_m"] + standard["water.storey_head_m"] * (storeys - 1)
    head = high[ways.pool] - low[ways.household] - friction * ways.length
    return _Pipes(ways, head, needed[ways.household])


def _usable(pipes: _Pipes, given: Supply) -> npt.NDArray[np.bool_]:
    pool = pipes.ways.pool
    able = given.working & given.known & (given.alone > 0)
    return np.asarray((pipes.head >= pipes.needed) & able[pool])


def _finding(
    area: Area, standard: Standard, given: Supply, pipes: _Pipes, shares: Allocation, edge: Ints
) -> Finding:
    """State, reason and numbers of every household, whether served or not."""
    homes, pools = area.layer("households"), area.layer("pools")
    n, ways = len(homes), pipes.ways
    code = _why_not(pipes, given, shares)
    better = np.where(code == _LOW, -pipes.head, ways.length)
    said = first_per_client(ways.household, code, better, rank(pools["id"])[ways.pool], n=n)
    said = np.where(edge >= 0, edge, said)
    reason = np.full(n, "water.too_far", object)
    reason[said >= 0] = np.array([f"water.{r}" for r in _REASONS], object)[code[said[said >= 0]]]
    reason[edge >= 0] = "water.served"
    pool = np.full(n, -1, np.int64)
    numbers = np.full((3, n), np.nan)
    pool[said >= 0] = ways.pool[said[said >= 0]]
    for row, values in enumerate(_numbers(reason, said, pool, given, pipes, standard["water.reach_m"])):
        numbers[row, said >= 0] = values
    far = np.flatnonzero(said < 0)
    pool[far], numbers[0, far] = _nearest(area, standard, far)
    numbers[1, far] = standard["water.reach_m"]
    if area.terrain is None:
        level = np.isin(reason, ["water.served", "water.too_far"])
        reason[level] = reason[level] + "_level"
    _unjudged(area, reason, pool, numbers)
    unknown = ("elevation_unknown", "capacity_unknown", "no_pools", "unplaced")
    state = np.where(np.isin(reason, [f"water.{r}" for r in unknown]), UNKNOWN, UNMET).astype(object)
    state[edge >= 0] = MET
    ids = np.append(pools["id"].to_numpy(object), np.nan)
    return Finding(state, reason, numbers[0], numbers[1], numbers[2], ids[pool], "pools")


def _why_not(pipes: _Pipes, given: Supply, shares: Allocation) -> Ints:
    """Why each pipe serves no further household, one of `_REASONS`; (pipes,)."""
    pool = pipes.ways.pool
    alone = given.alone
    code = np.where(shares.used[pool] < alone[pool], _SOURCE, _FULL)
    code[np.isnan(pipes.head)] = _ELEVATION
    code[alone[pool] == 0] = _DRY
    code[~given.known[pool]] = _CAPACITY
    code[~given.working[pool]] = _BROKEN
    code[pipes.head < pipes.needed] = _LOW
    return code


def _numbers(
    reason: npt.NDArray[Any], said: Ints, pool: Ints, given: Supply, pipes: _Pipes, reach_m: float
) -> tuple[Floats, Floats, Floats]:
    """Measure, threshold and extra, as the sentences want them, of the households with a pipe to speak of."""
    has = said >= 0
    said, pool, reason = said[has], pool[has], reason[has]
    length, head = pipes.ways.length[said], pipes.head[said]
    carried = np.append(given.source_households, 0)[given.source[pool]]
    cases = [reason == f"water.{r}" for r in ("full", "source_full", "dry", "too_low")]
    measure = np.select(cases, [given.alone[pool], carried, given.m3d[pool], head], length)
    threshold = np.select(cases[2:], [given.household_m3d, pipes.needed[said]], reach_m)
    extra = np.select([*cases, reason == "water.served"], [length, length, length, length, head], np.nan)
    return measure, threshold, extra


def _nearest(area: Area, standard: Standard, rows: Ints) -> tuple[Ints, Floats]:
    """The nearest pool to each of these households, working ones before broken ones."""
    pools = area.layer("pools")
    top = coordinates(pools.geometry.array)
    broken = ~pools["working"].fillna(True).to_numpy(bool)
    if not broken.all():
        top[broken] = np.nan
    at = standing(area.layer("households"), unless=_TOO_COARSE)[rows]
    return nearest(at, top, area.terrain, rank=rank(pools["id"]), route_factor=standard["water.route_factor"])


def _unjudged(area: Area, reason: npt.NDArray[Any], pool: Ints, numbers: Floats) -> None:
    """Say so in place where there is no pool or no place to judge by."""
    blank = np.zeros(len(reason), bool)
    if not area.has("pools"):
        reason[:] = "water.none" if "pools" in area.layers else "water.no_pools"
        blank[:] = True
    unplaced = ~np.isfinite(standing(area.layer("households"), unless=_TOO_COARSE)).all(axis=1)
    reason[unplaced] = "water.unplaced"
    blank |= unplaced
    pool[blank], numbers[:, blank] = -1, np.nan


def _table(pools: gpd.GeoDataFrame, given: Supply, shares: Allocation) -> pd.DataFrame:
    unknown = given.working & ~given.known
    left = np.append(given.source_households - shares.group_used, np.iinfo(np.int64).max)[given.source]
    spare = np.minimum(given.alone - shares.used, left)
    columns = {
        "pool": pools["id"],
        "source": pools["source"],
        "failing": given.failing,
        "limit": given.limit,
        "capacity_m3d": given.m3d,
        "capacity": pd.Series(given.alone, dtype="Int64").mask(unknown),
        "used": pd.Series(shares.used, dtype="Int64"),
        "spare": pd.Series(spare, dtype="Int64").mask(unknown),
    }
    return pd.DataFrame(columns).astype(POOL_COLUMNS)
