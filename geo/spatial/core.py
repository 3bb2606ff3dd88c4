"""Large programmes in whole numbers whose linear relaxation is nearly whole: solved by their core.

The relaxation says how far a variable is from being moved: its reduced cost is the least that moving it
by one adds. A point that moves a variable left out of the core is therefore no better than the relaxation
and the least reduced cost left out, and what is proven of the core is proven of the whole as far as that.
Few variables of a large area come near being moved (a household and a far site do not), so that the
time grows with the area.

Balas and Zemel, An algorithm for large zero-one knapsack problems, Operations Research 28 (1980), 1130.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from geo.spatial.milp import Held, Programme, Solved, solve

Floats = npt.NDArray[np.float64]

EASE = 1e-7
"""Below it a reduced cost is nought."""

CORES = (1.5, 2.0)
"""Variables of the first core and of the next, as a multiple of those whose reduced cost is nought.
Matching 1 to 25 townships, once as many hold a point 0.1 to 0.4 % from the best, 1.5 times as many one
0.02 % from it; of a county twice as many take four times as long."""

ROUNDS = 12
"""Prices tried, at most, for what a binding row is worth: each is solved from the answer before."""

NEAR = 1.2
"""The price at which the row is kept, as a multiple of that at which it is broken: near enough."""


@dataclass(frozen=True)
class _Relaxed:
    """The relaxation: its value, its point, and what moving each variable by one adds at least."""

    value: float
    x: Floats
    away: Floats


def solve_by_core(
    programme: Programme,
    *,
    start: Floats | None = None,
    gap: float = 1e-9,
    nodes: int | None = None,
    over: int | None = None,
) -> Solved:
    """What `geo.spatial.milp.solve` finds and proves: by the core, and by all that can matter where that
    does not prove it.

    `start`: a point to beat. `gap` as a share, `nodes` of each search. `over`: a row with an
    upper bound that binds together what is else nearly apart (one sum over everything).
    """
    relaxed = _relax(programme, over)
    if relaxed is None:
        return Solved(None, np.inf, np.inf)
    best, bound = start, relaxed.value
    value = np.inf if best is None else float(programme.cost @ best)
    for times in (*CORES, np.inf):
        room = value - relaxed.value + EASE * max(abs(value), 1.0) if np.isfinite(value) else np.inf
        reach = min(_reach(relaxed.away, times), room)
        core = _within(programme, relaxed, reach)
        found = solve(core, start=_kept(best, core), gap=gap, nodes=nodes, alike=True)
        bound = max(bound, found.bound if reach == room else min(found.bound, relaxed.value + reach))
        if found.x is not None and found.value < value:
            best, value = found.x, found.value
        if reach == room or (best is not None and value - bound <= gap * max(abs(value), 1.0)):
            break
    return Solved(best, value, min(bound, value))


def _kept(point: Floats | None, core: Programme) -> Floats | None:
    """The point if it lies in the core."""
    inside = point is not None and ((core.low - 0.5 < point) & (point < core.high + 0.5)).all()
    return point if inside else None


def _relax(programme: Programme, over: int | None) -> _Relaxed | None:
    """The linear relaxation; None where there is no point."""
    programme = replace(programme, whole=np.zeros(len(programme.cost), bool))
    held = Held(programme) if over is None else _priced(programme, over)
    solved = held.solved()
    return None if solved.x is None else _Relaxed(solved.value, solved.x, np.abs(held.reduced_costs()))


def _priced(programme: Programme, over: int) -> Held:
    """The relaxation, to be solved from where the row `over` has only been paid for.

    The price at which its bound is kept and that at which it is broken are brought together. While the
    row binds nothing, parts stay apart and are solved in a fraction of the time (ten townships: an eighth).
    """
    use, high = programme.matrix[[over]].toarray().ravel(), float(programme.row_high[over])
    held = Held(
        replace(
            programme,
            row_high=np.where(np.arange(len(programme.row_high)) == over, np.inf, programme.row_high),
        )
    )
    price, broken, kept = float(np.abs(programme.cost).sum() / max(np.abs(use).sum(), EASE)), 0.0, np.inf
    for _ in range(ROUNDS):
        solved = held.costing(programme.cost + price * use).solved()
        if solved.x is None:
            break
        broken, kept = (price, kept) if float(use @ solved.x) > high else (broken, price)
        if kept < NEAR * broken:
            break
        price = broken * 2 if np.isinf(kept) else float(np.sqrt(broken * kept)) or kept / 4
    held.costing(programme.cost).within(over, high)
    return held


def _reach(away: Floats, times: float) -> float:
    """The reduced cost up to which a variable is of the core `times` as large as what costs nothing."""
    size = times * float((away <= EASE).sum())
    return float(np.partition(away, int(size))[int(size)]) if size < len(away) else np.inf


def _within(programme: Programme, relaxed: _Relaxed, reach: float) -> Programme:
    """The programme with what is farther than `reach` held where the relaxation has it."""
    at = np.round(relaxed.x)
    held = (relaxed.away > reach) & (np.abs(relaxed.x - at) <= EASE)
    low, high = np.where(held, at, programme.low), np.where(held, at, programme.high)
    return replace(programme, low=low, high=high)
