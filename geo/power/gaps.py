"""Which households can have power of the standard, all of them together?

A transformer supplies a household when the low-voltage line between them is no longer
than the reach, the voltage does not fall too far along it, and the transformer has
capacity left at the standard's kilovolt-amperes per household. A household hangs on any
low-voltage line within the length of a service drop. Households are allocated jointly
(`geo.spatial.allocation`): as many as possible, those already supplied first, then the
poor. Every household counts one share, whatever its size.

**What loosening does.** A laxer threshold never lowers the *number* supplied. More
capacity or a further transformer never takes power from anybody. A longer reach, a
longer drop or a larger voltage drop lets more households compete for the same
transformers: the number supplied never falls, but supply may move to a household that
comes earlier in the order.

A household placed by its group or village alone is unknown, and no power is set aside
for it. Where the area has no low-voltage line at all, lengths are straight distances times the
route factor (`PowerGaps.straight`). The load is checked by capacity, the voltage by a
nominal feeder (`geo.power.voltage`); a power flow over the real network is not done here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.area import Area
from geo.power.feeders import Feeders, Hangs, feeders, hang, to_line
from geo.power.reach import Spans, along_lines, nearest_along, nearest_straight, straight
from geo.power.voltage import drop_pct
from geo.priority import rank, served_first, standing
from geo.spatial.allocation import Allocation, allocate, first_per_client
from geo.spatial.points import coordinates
from geo.spatial.removal import Held
from geo.standards import Standard
from geo.verdicts import MET, UNKNOWN, UNMET, Finding

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

TRANSFORMER_COLUMNS = {
    "transformer": "str",
    "kva": "float64",  # NaN unknown
    "working": "bool",  # not recorded counts as working
    "capacity": "Int64",  # households at the standard's kVA each; NA unknown
    "used": "Int64",  # households allocated
    "spare": "Int64",  # households still free
    "used_kva": "float64",  # the share of the households allocated
}

_TOO_COARSE = ("group", "village")  # a service drop is asked of the house, not of its hamlet

# why a line that reaches a transformer supplies nobody further; the first that applies is said
_REASONS = ("kva_unknown", "full", "broken", "drop")
_KVA, _FULL, _BROKEN, _DROP = range(len(_REASONS))
_ROUNDING = 1e-9  # 50 kVA at 2 kVA are 25 households, whatever the last bit of the quotient


@dataclass(frozen=True)
class PowerGaps:
    """What the map says of power, and how full the transformers are (`TRANSFORMER_COLUMNS`, row order).

    `straight`: no low-voltage line is mapped, lengths are estimates. Totals: `kva` of the
    working transformers of known capacity, `used_kva` of it allocated, `missing_kva` that
    the households without power would need at the standard's share.
    """

    power: Finding
    transformers: pd.DataFrame
    straight: bool
    kva: float
    used_kva: float
    missing_kva: float
    held: Held  # the allocation, for who asks what happens without a transformer


@dataclass(frozen=True)
class _Posts:
    """The transformers: capacity in households (0 where unknown or broken), and why it is 0."""

    capacity: Ints
    known: npt.NDArray[np.bool_]
    working: npt.NDArray[np.bool_]


@dataclass(frozen=True)
class _Grid:
    """How households and transformers are joined; `lines` and `hangs` are None where no line is mapped."""

    homes: Floats
    posts: Floats
    spans: Spans
    drop: Floats  # % of voltage, per span
    lines: Feeders | None
    hangs: Hangs | None


def power_gaps(area: Area, standard: Standard) -> PowerGaps:
    """Allocate the households to the transformers; met where one has capacity for the household."""
    homes, table = area.layer("households"), area.layer("transformers")
    share = standard["power.kva_per_household"]
    posts = _posts(table, share)
    grid = _grid(area, homes, table, standard)
    usable = (grid.drop <= standard["power.max_drop_pct"]) & (posts.capacity > 0)[grid.spans.transformer]
    order = served_first(homes, "power")
    shares = allocate(
        grid.spans.household[usable],
        grid.spans.transformer[usable],
        grid.spans.length[usable],
        capacity=posts.capacity,
        client_order=order,
        facility_order=np.argsort(rank(table["id"]), kind="stable"),
    )
    span = np.where(shares.served, np.append(np.flatnonzero(usable), -1)[shares.edge], -1)
    power = _finding(area, standard, posts, grid, span)
    filled = _table(table, posts, shares, share)
    return PowerGaps(
        power=power,
        transformers=filled,
        straight=grid.lines is None,
        kva=float(filled.loc[filled["working"], "kva"].sum()),
        used_kva=float(filled["used_kva"].sum()),
        missing_kva=float((power.state == UNMET).sum() * share),
        held=Held(
            grid.spans.household[usable], grid.spans.transformer[usable], posts.capacity, order,
            np.full(len(posts.capacity), -1), np.empty(0, np.int64), shares.facility,
        ),
    )  # fmt: skip


def _posts(table: gpd.GeoDataFrame, kva_per_household: float) -> _Posts:
    kva = table["kva"].to_numpy(float)
    known = np.isfinite(kva)
    working = table["working"].fillna(True).to_numpy(bool)
    count = np.floor(np.where(known & working, kva, 0) / kva_per_household + _ROUNDING)
    return _Posts(count.astype(np.int64), known, working)


def _grid(area: Area, homes: gpd.GeoDataFrame, table: gpd.GeoDataFrame, standard: Standard) -> _Grid:
    """Every possible supply within reach, along the lines or, where none is mapped, straight."""
    reach, drop = standard["power.reach_m"], standard["power.drop_m"]
    at, posts = standing(homes, unless=_TOO_COARSE), coordinates(table.geometry.array)
    lines = feeders(area, max_kv=standard["power.lv_max_kv"], snap_m=standard["power.snap_m"], drop_m=drop)
    if lines is None:
        spans = straight(at, posts, reach_m=reach, route_factor=standard["power.route_factor"])
        return _Grid(at, posts, spans, drop_pct(spans.length, standard), None, None)
    hangs = hang(at, lines.pieces, drop_m=drop)
    spans = along_lines(lines, hangs, reach_m=reach)
    return _Grid(at, posts, spans, drop_pct(spans.length, standard), lines, hangs)


def _finding(area: Area, standard: Standard, posts: _Posts, grid: _Grid, span: Ints) -> Finding:
    """State, reason and numbers of every household, whether supplied (`span` >= 0) or not."""
    table, n = area.layer("transformers"), len(span)
    spans, limit = grid.spans, standard["power.max_drop_pct"]
    code = np.full(len(spans.length), _FULL)
    code[~posts.known[spans.transformer]] = _KVA
    code[~posts.working[spans.transformer]] = _BROKEN
    code[grid.drop > limit] = _DROP
    order = rank(table["id"])[spans.transformer]
    said = np.where(span >= 0, span, first_per_client(spans.household, code, spans.length, order, n=n))
    has = said >= 0
    at = said[has]
    reason = np.full(n, "power.too_far", object)
    reason[has] = np.array([f"power.{r}" for r in _REASONS], object)[code[at]]
    reason[span >= 0] = "power.served"
    post, numbers = np.full(n, -1, np.int64), np.full((3, n), np.nan)
    post[has] = spans.transformer[at]
    length, lost, kva = spans.length[at], grid.drop[at], table["kva"].to_numpy(float)[post[has]]
    cases = [reason[has] == f"power.{r}" for r in ("full", "drop", "served")]
    numbers[0, has] = np.select(cases[:2], [posts.capacity[post[has]], lost], length)
    reach = standard["power.reach_m"]
    numbers[1, has] = np.select(cases[:2], [standard["power.kva_per_household"], limit], reach)
    numbers[2, has] = np.select(cases, [kva, length, lost], np.nan)
    _out_of_reach(standard, posts, grid, ~has, reason, post, numbers)
    if grid.lines is None:
        estimated = np.isin(reason, ["power.served", "power.too_far"])
        reason[estimated] = reason[estimated] + "_straight"
    _unjudged(area, grid, reason, post, numbers)
    unknown = np.isin(reason, ["power.kva_unknown", "power.no_transformers", "power.unplaced"])
    state = np.where(unknown, UNKNOWN, np.where(span >= 0, MET, UNMET)).astype(object)
    ids = np.append(table["id"].to_numpy(object), np.nan)
    return Finding(state, reason, numbers[0], numbers[1], numbers[2], ids[post], "transformers")


def _out_of_reach(
    standard: Standard,
    posts: _Posts,
    grid: _Grid,
    which: npt.NDArray[np.bool_],
    reason: npt.NDArray[Any],
    post: Ints,
    numbers: Floats,
) -> None:
    """Fill in, for the households `which` no transformer reaches, what is nearest and what is missing."""
    n = len(which)
    chosen = np.flatnonzero(posts.working if posts.working.any() else ~posts.working)
    if grid.lines is None or grid.hangs is None:
        factor = standard["power.route_factor"]
        near, metres = nearest_straight(grid.homes, grid.posts, chosen, route_factor=factor)
    else:
        near, metres = nearest_along(grid.lines, grid.hangs, chosen, n=n)
    post[which] = near[which]
    numbers[0, which], numbers[1, which] = metres[which], standard["power.reach_m"]
    if grid.lines is None:
        return
    alone = np.flatnonzero(which & (near < 0))
    away = to_line(grid.homes[alone], grid.lines.pieces)
    reason[alone] = np.where(away <= standard["power.drop_m"], "power.unfed", "power.no_line")
    numbers[0, alone], numbers[1, alone] = away, standard["power.drop_m"]


def _unjudged(area: Area, grid: _Grid, reason: npt.NDArray[Any], post: Ints, numbers: Floats) -> None:
    """Say so in place where there is no transformer or no place to judge by."""
    blank = np.zeros(len(reason), bool)
    if not area.has("transformers"):
        reason[:] = "power.none" if "transformers" in area.layers else "power.no_transformers"
        blank[:] = True
    unplaced = ~np.isfinite(grid.homes).all(axis=1)
    reason[unplaced] = "power.unplaced"
    blank |= unplaced
    post[blank], numbers[:, blank] = -1, np.nan


def _table(
    table: gpd.GeoDataFrame, posts: _Posts, shares: Allocation, kva_per_household: float
) -> pd.DataFrame:
    unknown = posts.working & ~posts.known
    columns = {
        "transformer": table["id"],
        "kva": table["kva"],
        "working": posts.working,
        "capacity": pd.Series(posts.capacity, dtype="Int64").mask(unknown),
        "used": pd.Series(shares.used, dtype="Int64"),
        "spare": pd.Series(posts.capacity - shares.used, dtype="Int64").mask(unknown),
        "used_kva": shares.used * kva_per_household,
    }
    return pd.DataFrame(columns).astype(TRANSFORMER_COLUMNS)
