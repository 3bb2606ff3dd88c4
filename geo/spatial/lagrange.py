"""Lagrangian bounds for siting: "everyone is served" is priced, and the price moved by subgradient.

Geoffrion (1974) for the method, Beasley (1993) for the step, Cornuejols, Fisher and
Nemhauser (1977) for its use on location. Both bounds come with the best choice met.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.spatial import median_kernels as kernels

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Relaxed:
    """`chosen` sites, a lower `bound` with its `multiplier` (clients,), sites fixed out and in."""

    chosen: Ints
    bound: float
    multiplier: Floats
    low: Bools
    high: Bools


@dataclass(frozen=True)
class Branched:
    """The best `chosen` sites with their `value`, and the `bound` when the search ended."""

    chosen: Ints
    value: float
    bound: float


def median_bound(C: Floats, p: int, *, turns: int = 600) -> Relaxed:
    """The p-median relaxed. C (clients, sites), inf where a site cannot serve."""
    n = C.shape[1]
    state = np.zeros(n, np.int8)
    multiplier, chosen = _second(C), np.arange(p)
    dearest = _stand_in(C)
    chosen, value = kernels.swap(np.minimum(C, dearest), chosen)
    value = value if value < dearest else np.inf
    bound, value = kernels.relax(C, dearest, p, multiplier, state, chosen, value, turns, 40)
    return Relaxed(chosen, min(bound, value), multiplier, state < 0, state > 0)


def _stand_in(C: Floats) -> float:
    """More than any choice can cost, to stand for inf."""
    return float(np.where(np.isfinite(C), C, 0.0).max(axis=1).sum()) + 1.0


def branch_median(C: Floats, p: int, found: Relaxed, value: float, *, apart: float, work: float) -> Branched:
    """Branch and bound with the same relaxation at each node, over the sites that are not fixed.

    `apart`: two different costs differ at least so much. Stops after about `work` additions.
    """
    free = np.flatnonzero(~found.low)
    small = np.ascontiguousarray(C[:, free])
    state = np.where(found.high[free], 1, 0).astype(np.int8)
    best, worth, bound = kernels.branch(
        small, _stand_in(C), p, found.multiplier.copy(), state, value, apart, int(work / small.size / 40)
    )
    return Branched(free[best] if worth < value else found.chosen, min(worth, value), bound)


def _second(C: Floats) -> Floats:
    """A start for the prices: between the cheapest and the second cheapest service of each client."""
    if C.shape[1] == 1:
        return C[:, 0] + 1.0
    two = np.partition(C, 1, axis=1)[:, :2]
    return np.where(np.isfinite(two[:, 1]), two[:, 1], two[:, 0] + 1.0)


def capacitated_bound(
    C: Floats, fixed: Floats, demand: Floats, capacity: Floats, *, value: float, turns: int = 400
) -> Relaxed:
    """Capacitated location relaxed: each site packs the demand that pays best, and all must hold it.

    `value` is the cost of any choice that serves everyone.
    Sites are chosen in the order in which the best prices want them, until everyone fits.
    """
    n = C.shape[1]
    u = _second(C)
    total = float(demand.sum())
    best_u, bound, best_worth = u, -np.inf, fixed
    value = value if np.isfinite(value) else _stand_in(C) + float(fixed.sum())
    step, stale = 2.0, 0
    for _ in range(turns):
        worth, served = _packed(C - u[:, None], demand, capacity)
        worth = worth + fixed
        part = _enough(worth, capacity, total)
        now = float(u.sum() + worth @ part)
        if now > bound:
            stale = 0 if now > bound + 1e-6 * abs(bound) else stale + 1
            bound, best_u, best_worth = now, u, worth
        else:
            stale += 1
        slope = 1.0 - served @ part
        if stale >= 15:
            step, stale = step / 2, 0
        if np.abs(slope).max() < 1e-12 or step < 1e-3 or value <= now:
            break
        u = u + step * (value - now) / float(slope @ slope) * slope
    order = np.argsort(best_worth / np.maximum(capacity, 1e-300), kind="stable")
    wanted = int((best_worth < 0).sum())
    enough = int(np.searchsorted(np.cumsum(capacity[order]), total * (1 - 1e-12))) + 1
    none = np.zeros(n, np.bool_)
    count = max(wanted, enough)
    while count < n and not np.isfinite(C[:, order[:count]]).any(axis=1).all():
        count += 1
    return Relaxed(order[:count], bound, best_u, none, none)


def _packed(gain: Floats, demand: Floats, capacity: Floats) -> tuple[Floats, Floats]:
    """What each site earns by packing what pays best per unit of demand: worth (sites,), share served."""
    each = np.where(gain < 0, gain, 0.0)
    rate = each / np.maximum(demand, 1e-300)[:, None]
    order = np.argsort(rate, axis=0, kind="stable")
    load = np.where(each < 0, demand[:, None], 0.0)
    sorted_load = np.take_along_axis(load, order, axis=0)
    before = np.cumsum(sorted_load, axis=0) - sorted_load
    room = np.clip(capacity[None, :] - before, 0.0, None)
    part = np.where(sorted_load > 0, np.minimum(1.0, room / np.maximum(sorted_load, 1e-300)), 1.0)
    share = np.empty_like(part)
    np.put_along_axis(share, order, part, axis=0)
    share = np.where(each < 0, share, 0.0)
    return (each * share).sum(axis=0), share


def _enough(worth: Floats, capacity: Floats, total: float) -> Floats:
    """How far each site is open: all that pay, then the cheapest others until the demand fits."""
    part = (worth < 0).astype(float)
    lacking = total - float(capacity @ part)
    if lacking <= 0:
        return part
    others = np.flatnonzero(worth >= 0)
    order = others[np.argsort(worth[others] / np.maximum(capacity[others], 1e-300), kind="stable")]
    before = np.cumsum(capacity[order]) - capacity[order]
    part[order] = np.clip((lacking - before) / np.maximum(capacity[order], 1e-300), 0.0, 1.0)
    return part
