"""Which year for each unit? The search behind `geo.programme`.

The linear relaxation, rounded down and filled up by benefit per yuan, is often within the
stated gap already. Where it is not, what it and the rounded answer agree on is kept and the
rest decided exactly (relaxation induced neighbourhoods: Danna, Rothberg and Le Pape 2005), and
its largest units are branched on, the best bound first: one that stays half built wastes what
many small ones would have used, and its half benefit is what makes the bound loose. What is
left of the gap branch and bound closes where the programme is small; else it is stated. No
clock decides, so the answer is the same on every machine.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count

import numpy as np
import numpy.typing as npt

from geo.programme_model import model_of
from geo.programme_units import Units
from geo.spatial.milp import Held, Solved, solve
from geo.spatial.milp import Programme as Model
from geo.standards import Standard

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

NEVER = np.iinfo(np.int64).max
_WHOLE = 1 - 1e-6
_LARGE = 0.02  # a unit of this share of the smallest budget is large
_BRANCHES = 40  # most programmes solved with large units held
_SMALL = 4_000  # most columns of a programme that is solved exactly
_NODES = 2_000  # and most nodes
_AROUND = 500  # most nodes of a neighbourhood
CENT = 1e-6  # yuan; sums of floats are held against budgets with this much grace


def search(found: Units, money: Floats, standard: Standard) -> tuple[Ints, float]:
    """Year of each unit (NEVER where none), and a bound on the benefit."""
    if not len(found.yuan) or not len(money) or not len(found.benefit):
        return np.full(len(found.yuan), NEVER), 0.0
    model, wanted = model_of(found, money), standard["programme.gap"]
    held = Held(model)
    relaxed = held.solved()
    assert relaxed.x is not None, "to build nothing is always possible"
    bound = -relaxed.value

    def worth(year: Ints) -> float:
        return worth_of(found, year, len(money))

    year = max(_tries(found, relaxed.x, money), key=worth)
    if bound - worth(year) > wanted * bound:
        year = max(year, _around(found, model, relaxed.x, year, money, wanted), key=worth)
        year, bound, point = _branched(found, held, relaxed, year, money, wanted, worth)
        if bound - worth(year) > wanted * bound:
            year = max(year, _around(found, model, point, year, money, wanted), key=worth)
    if bound - worth(year) <= wanted * bound or len(model.cost) > _SMALL:
        return year, bound
    whole = _whole(found, model, money)
    exact = Model(model.cost, model.matrix, model.row_low, model.row_high, model.low, model.high, whole)
    answer = solve(exact, start=_point(found, year, len(money)), gap=wanted, nodes=_NODES)
    assert answer.x is not None, "the start was possible"
    return completed(found, rounded(found, answer.x, money), money), min(bound, -answer.bound)


def worth_of(found: Units, year: Ints, years: int) -> float:
    """The sum over the years of the benefit reached by then: what is reached in the first counts in all."""
    return float(benefit_by_year(found, year, years) @ np.arange(years, 0, -1.0))


def _whole(found: Units, model: Model, money: Floats) -> npt.NDArray[np.bool_]:
    """The columns that are whole: the units, and with them the goals."""
    whole = np.zeros(len(model.cost), bool)
    whole[: len(found.yuan) * len(money)] = True
    return whole


def _around(found: Units, model: Model, x: Floats, year: Ints, money: Floats, wanted: float) -> Ints:
    """The best where a point of the relaxation and the years known agree."""
    start = _point(found, year, len(money))
    agreed = np.abs(start - x) < 1 - _WHOLE
    low, high = np.where(agreed, start, model.low), np.where(agreed, start, model.high)
    whole = _whole(found, model, money)
    near = Model(model.cost, model.matrix, model.row_low, model.row_high, low, high, whole)
    answer = solve(near, start=start, gap=wanted / 2, nodes=_AROUND)
    return year if answer.x is None else completed(found, rounded(found, answer.x, money), money)


def _branched(
    found: Units,
    held: Held,
    relaxed: Solved,
    year: Ints,
    money: Floats,
    wanted: float,
    worth: Callable[[Ints], float],
) -> tuple[Ints, float, Floats]:
    """The best years of all that rounding gives on the way, a bound, and the point of the relaxation that
    bounds: large units held unbuilt and built, the dearest first, where the bound is loosest."""
    assert relaxed.x is not None
    yuan = np.repeat(found.yuan, len(money))
    large = np.flatnonzero(yuan >= _LARGE * money.min())
    turn = count()
    open_ = [(relaxed.value, next(turn), dict[int, float](), relaxed.x)]
    ended = (np.inf, relaxed.x)  # the loosest that has no large unit left to branch on
    solved = 0
    while open_ and open_[0][0] < ended[0] and solved < _BRANCHES:
        value, _, fixed, x = open_[0]
        if -value - worth(year) <= wanted * -value:
            break
        heapq.heappop(open_)
        half = large[np.abs(x[large] - 0.5) < _WHOLE - 0.5]
        if not len(half):
            ended = (value, x)
            continue
        column = int(half[yuan[half].argmax()])
        for built in (0.0, 1.0):
            took = held.holding(fixed | {column: built})
            solved += 1
            if took.x is not None:
                heapq.heappush(open_, (took.value, next(turn), fixed | {column: built}, took.x))
                year = max([year, *_tries(found, took.x, money)], key=worth)
    value, point = min([ended, *((node[0], node[3]) for node in open_)], key=lambda each: each[0])
    return year, min(-relaxed.value, max(-value, worth(year))), point


def _tries(found: Units, x: Floats, money: Floats) -> list[Ints]:
    """A point of the relaxation as years, in both ways to round it."""
    return [completed(found, rounded(found, x, money, split=s), money) for s in (False, True)]


def rounded(found: Units, x: Floats, money: Floats, *, split: bool = False) -> Ints:
    """The year in which each unit is wholly built; one that is `split` over years
    is built in the last of them, or not at all.

    Whole numbers of a solver are whole to a millionth, which is yuan in a budget of millions:
    a year that spends too much leaves out what helps least per yuan.
    """
    years = len(money)
    built = x[: len(found.yuan) * years].reshape(len(found.yuan), years)
    whole = built >= _WHOLE
    year: Ints = np.where(whole.any(axis=1), whole.argmax(axis=1), NEVER)
    if not split:
        year[((built > 1 - _WHOLE) & (built < _WHOLE)).any(axis=1)] = NEVER
    rate = found.rate
    for y, budget in enumerate(money):
        rows = np.flatnonzero(year == y)
        rows = rows[np.argsort(-rate[rows], kind="stable")]
        year[rows[np.cumsum(found.yuan[rows]) > budget + CENT]] = NEVER
    while len(found.before):
        early = year[found.before[:, 1]] < year[found.before[:, 0]]
        if not early.any():
            break
        year[found.before[early, 1]] = NEVER
    return year


def completed(found: Units, year: Ints, money: Floats) -> Ints:
    """Filled up, without what helps nobody in the end, and the money of that spent again."""
    return _filled(found, _pruned(found, _filled(found, year, money)), money, alone=True)


def _pruned(found: Units, year: Ints) -> Ints:
    """The same without units that no goal reached needs, themselves or through what waits for them."""
    used = np.zeros(len(year), bool)
    used[found.goal_unit[(goal_year(found, year) < NEVER)[found.goal]]] = True
    used &= year < NEVER
    while True:
        first = found.before[used[found.before[:, 1]], 0]
        if used[first].all():
            return np.where(used, year, NEVER)
        used[first] = True


def _finishing(found: Units, year: Ints, y: int) -> npt.NDArray[np.bool_]:
    """Units that alone are missing in year y for some goal to be reached."""
    missing = year[found.goal_unit] > y
    count = np.bincount(found.goal, missing, minlength=len(found.benefit))
    last = np.zeros(len(year), bool)
    last[found.goal_unit[missing & (count[found.goal] == 1)]] = True
    return last


def _filled(found: Units, year: Ints, money: Floats, *, alone: bool = False) -> Ints:
    """The same with what still fits in each year, best per yuan first; later works may move forward.

    With `alone` only units that reach a goal by themselves.
    """
    year = year.copy()
    order = np.argsort(-found.rate, kind="stable")
    order = order[found.rate[order] > 0]
    for y, budget in enumerate(money):
        left = budget - found.yuan[year == y].sum()
        open_ = (year > y) & (found.yuan <= left + CENT)
        if alone:
            open_ &= _finishing(found, year, y)
        for u in order[open_[order]]:
            if found.yuan[u] <= left + CENT and (year[found.waits[u]] <= y).all():
                year[u], left = y, left - found.yuan[u]
    return year


def goal_year(found: Units, year: Ints) -> Ints:
    """The year each goal is reached: that of the last unit it needs."""
    last = np.zeros(len(found.benefit), np.int64)
    np.maximum.at(last, found.goal, year[found.goal_unit])
    return last


def benefit_by_year(found: Units, year: Ints, years: int) -> Floats:
    """Benefit first reached in each year."""
    at = goal_year(found, year)
    return np.bincount(at[at < years], found.benefit[at < years], minlength=years).astype(np.float64)


def _point(found: Units, year: Ints, years: int) -> Floats:
    at = np.concatenate([year, goal_year(found, year)[found.several]])
    return (at[:, None] <= np.arange(years)[None, :]).astype(np.float64).ravel()
