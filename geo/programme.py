"""Which works, in which year, under yearly budgets? And what would more money buy?

A mixed integer programme (HiGHS): every unit (a system whole, or a work alone) is built in
one year or not at all, no year spends more than its budget, nothing comes before what it
waits for, and the sum over the years of the weighted benefit then reached is as large as
possible, so that what helps most comes first. Money that a year leaves is not carried over.

The linear relaxation, rounded down and filled up by benefit per yuan, is often within the
stated gap already. Where it is not, its largest units are made whole one after the other (a
dive), for one that stays half built wastes what many small ones would have used. What is left
of the gap branch and bound closes where the programme is small; else it is stated. No clock
decides, so the answer is the same on every machine.

The frontier is of all money in one sum: its `benefit` is reached by works that fit (the
rounded relaxation, or the programme and more), its `bound` cannot be passed (the relaxation itself).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.pricing import Costs
from geo.programme_model import model_of
from geo.programme_units import Units, units, yearly
from geo.spatial.milp import Held, Solved, solve
from geo.spatial.milp import Programme as Model
from geo.standards import Standard
from geo.works import Works

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

CHOICE_COLUMNS = {
    "work": "str",
    "unit": "str",  # its system, or itself
    "year": "Int64",  # 1, 2, …; NA where not chosen
    "reason": "str",  # message key: why not chosen; "" where chosen
    "measure": "float64",
    "threshold": "float64",
    "extra": "float64",
    "nearest": "str",  # the work or system that is waited for
}
_NEVER = np.iinfo(np.int64).max
_WHOLE = 1 - 1e-6
_WAN = 1e-4
_LARGE = 0.02  # a unit of this share of the smallest budget is large
_DIVES = 12  # most large units that are made whole
_SMALL = 4_000  # most columns of a programme that is solved exactly
_NODES = 2_000  # and most nodes
_CENT = 1e-6  # yuan; sums of floats are held against budgets with this much grace


@dataclass(frozen=True)
class Programme:
    """What is built when.

    `table`     one row per work, in the order of the works: CHOICE_COLUMNS
    `years`     budget, spent, benefit, households, people, poor_people reached in each year (yuan)
    `frontier`  budget, benefit, bound, households, extra (benefit of the last step), from the sum
                of the budgets upward
    `benefit`   the weighted sum over the years; `gap` how far it may be from the best, as a share
    `first`     ids of the villages that come first
    """

    table: pd.DataFrame
    years: pd.DataFrame
    frontier: pd.DataFrame
    benefit: float
    gap: float
    first: tuple[str, ...] = ()


def choose(
    works: Works,
    costs: Costs,
    budgets: Sequence[float],
    standard: Standard,
    *,
    first_villages: Collection[str] = (),
    leaving: Collection[str] = (),
) -> Programme:
    """The works of each year under `budgets` (yuan per year); `first_villages` (ids) come first.

    What serves households that are to be resettled (`leaving`, ids) has the weight `programme.moving`.
    """
    money, found = yearly(budgets), units(works, costs, standard, first_villages, leaving)
    year, bound = _chosen(found, money, standard)
    benefit = float(_reached(found, year, len(money)) @ np.arange(len(money), 0, -1.0))
    gap = max(0.0, (bound - benefit) / benefit) if benefit > 0 else 0.0
    return Programme(
        _table(works, found, year, money),
        _years(found, year, money),
        _frontier(found, year, float(money.sum()), standard),
        benefit,
        gap,
        tuple(first_villages),
    )


def reached(works: Works, programme: Programme) -> pd.DataFrame:
    """Whose need is met in which year: household, need and year, a row for each pair that is.

    A need of a household is met when all works that serve it are built: in the year of the last.
    """
    built = programme.table.set_index("work")["year"].astype("float64").fillna(np.inf)
    pairs = works.serves[works.serves["work"].isin(built.index)]
    last = (
        built.reindex(pairs["work"]).groupby([pairs["household"].to_numpy(), pairs["need"].to_numpy()]).max()
    )
    found = last[np.isfinite(last)].astype("int64")
    return found.rename_axis(["household", "need"]).rename("year").reset_index()


def _chosen(found: Units, money: Floats, standard: Standard) -> tuple[Ints, float]:
    """Year of each unit (_NEVER where none), and a bound on the benefit."""
    if not len(found.yuan) or not len(money) or not len(found.benefit):
        return np.full(len(found.yuan), _NEVER), 0.0
    model, wanted = model_of(found, money), standard["programme.gap"]
    held = Held(model)
    relaxed = held.solved()
    assert relaxed.x is not None, "to build nothing is always possible"
    bound = -relaxed.value

    def worth(year: Ints) -> float:
        return float(_reached(found, year, len(money)) @ np.arange(len(money), 0, -1.0))

    year = max(_tries(found, relaxed.x, money), key=worth)
    if bound - worth(year) > wanted * bound:
        dived = _dived(found, held, relaxed, money, 0.2 * wanted * bound)
        year = max([year, *_tries(found, dived, money)], key=worth)
    if bound - worth(year) <= wanted * bound or len(model.cost) > _SMALL:
        return year, bound
    start = _point(found, year, len(money))
    whole = np.zeros(len(model.cost), bool)
    whole[: len(found.yuan) * len(money)] = True
    exact = Model(model.cost, model.matrix, model.row_low, model.row_high, model.low, model.high, whole)
    answer = solve(exact, start=start, gap=wanted, nodes=_NODES)
    assert answer.x is not None, "the start was possible"
    return _completed(found, _rounded(found, answer.x, money), money), min(bound, -answer.bound)


def _tries(found: Units, x: Floats, money: Floats) -> list[Ints]:
    """A point of the relaxation as years, in both ways to round it."""
    return [_completed(found, _rounded(found, x, money, split=s), money) for s in (False, True)]


def _dived(found: Units, held: Held, relaxed: Solved, money: Floats, little: float) -> Floats:
    """The relaxation with its large units whole, the dearest first: each as it nearly is, or the other
    way where the first loses more than `little` and the other less."""
    assert relaxed.x is not None
    yuan = np.repeat(found.yuan, len(money))
    large = np.flatnonzero(yuan >= _LARGE * money.min())
    point, value = relaxed.x, relaxed.value
    for _ in range(_DIVES):
        half = large[np.abs(point[large] - 0.5) < _WHOLE - 0.5]
        if not len(half):
            break
        column = int(half[yuan[half].argmax()])
        near = float(np.rint(point[column]))
        took = held.fixed(column, near)
        if took.value - value > little:
            other = held.fixed(column, 1.0 - near)
            took = other if other.value < took.value else held.fixed(column, near)
        if took.x is None:
            break
        point, value = took.x, took.value
    return point


def _rounded(found: Units, x: Floats, money: Floats, *, split: bool = False) -> Ints:
    """The year in which each unit is wholly built; one that is `split` over years
    is built in the last of them, or not at all.

    Whole numbers of a solver are whole to a millionth, which is yuan in a budget of millions:
    a year that spends too much leaves out what helps least per yuan.
    """
    years = len(money)
    built = x[: len(found.yuan) * years].reshape(len(found.yuan), years)
    whole = built >= _WHOLE
    year: Ints = np.where(whole.any(axis=1), whole.argmax(axis=1), _NEVER)
    if not split:
        year[((built > 1 - _WHOLE) & (built < _WHOLE)).any(axis=1)] = _NEVER
    rate = found.rate
    for y, budget in enumerate(money):
        rows = np.flatnonzero(year == y)
        rows = rows[np.argsort(-rate[rows], kind="stable")]
        year[rows[np.cumsum(found.yuan[rows]) > budget + _CENT]] = _NEVER
    while len(found.before):
        early = year[found.before[:, 1]] < year[found.before[:, 0]]
        if not early.any():
            break
        year[found.before[early, 1]] = _NEVER
    return year


def _completed(found: Units, year: Ints, money: Floats) -> Ints:
    """Filled up, without what helps nobody in the end, and the money of that spent again."""
    return _filled(found, _pruned(found, _filled(found, year, money)), money, alone=True)


def _pruned(found: Units, year: Ints) -> Ints:
    """The same without units that no goal reached needs, themselves or through what waits for them."""
    used = np.zeros(len(year), bool)
    used[found.goal_unit[(_goal_year(found, year) < _NEVER)[found.goal]]] = True
    used &= year < _NEVER
    while True:
        first = found.before[used[found.before[:, 1]], 0]
        if used[first].all():
            return np.where(used, year, _NEVER)
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
        open_ = (year > y) & (found.yuan <= left + _CENT)
        if alone:
            open_ &= _finishing(found, year, y)
        for u in order[open_[order]]:
            if found.yuan[u] <= left + _CENT and (year[found.waits[u]] <= y).all():
                year[u], left = y, left - found.yuan[u]
    return year


def _goal_year(found: Units, year: Ints) -> Ints:
    """The year each goal is reached: that of the last unit it needs."""
    last = np.zeros(len(found.benefit), np.int64)
    np.maximum.at(last, found.goal, year[found.goal_unit])
    return last


def _reached(found: Units, year: Ints, years: int) -> Floats:
    """Benefit first reached in each year."""
    at = _goal_year(found, year)
    return np.bincount(at[at < years], found.benefit[at < years], minlength=years).astype(np.float64)


def _point(found: Units, year: Ints, years: int) -> Floats:
    at = np.concatenate([year, _goal_year(found, year)[found.several]])
    return (at[:, None] <= np.arange(years)[None, :]).astype(np.float64).ravel()


def _years(found: Units, year: Ints, money: Floats) -> pd.DataFrame:
    at, n = _goal_year(found, year), len(money)
    built, done = year < n, at < n
    columns: dict[str, Any] = {
        "year": np.arange(1, n + 1),
        "budget": money,
        "spent": np.bincount(year[built], found.yuan[built], minlength=n),
    }
    for name, worth in (
        ("benefit", found.benefit),
        ("households", found.households),
        ("people", found.people),
        ("poor_people", found.poor),
    ):
        columns[name] = np.bincount(at[done], worth[done], minlength=n)
    return pd.DataFrame(columns)


def _table(works: Works, found: Units, year: Ints, money: Floats) -> pd.DataFrame:
    """Every work with its year, or with why it has none; the first reason that applies."""
    n = len(found.yuan)
    taken = year < len(money)
    share, wan = found.share, found.yuan * _WAN
    each = share / np.maximum(wan, 1e-12)
    most = float(money.max(initial=0.0))
    spent = np.bincount(year[taken], found.yuan[taken], minlength=len(money))
    left = float((money - spent).max(initial=0.0))
    bought = taken & (share > 0)
    least = float(each[bought].min()) if bought.any() else 0.0
    waits, name = np.full(n, np.nan, object), found.name
    missing = found.before[~taken[found.before[:, 0]]]
    waits[missing[::-1, 1]] = name[missing[::-1, 0]]
    waiting = ~pd.isna(waits)
    useful, staying = _useful(found, share > 0), _useful(found, found.each(found.staying) > 0)
    conditions = [
        taken,
        ~useful & ~staying & _useful(found, found.each(found.households) > 0),
        ~useful,
        found.yuan > most,
        waiting,
        each < least,
        found.yuan > left + _CENT,
    ]
    reason = np.select(
        conditions,
        [
            "",
            *(
                f"programme.{r}"
                for r in ("moving", "no_benefit", "no_budget", "prerequisite", "worse", "no_room")
            ),
        ],
        "programme.together",
    )
    money_first = reason == "programme.no_budget"
    rated = np.isin(reason, ("programme.worse", "programme.no_room"))
    measure = np.select([money_first, rated], [wan, each], np.nan)
    limit = np.select(
        [money_first, reason == "programme.worse", reason == "programme.no_room"],
        [most * _WAN, least, left * _WAN],
        np.nan,
    )
    of = found.of
    columns = {
        "work": works.table["work"].to_numpy(object),
        "unit": name[of],
        "year": pd.Series(np.where(taken, year + 1, 0)[of], dtype="Int64").mask(~taken[of]),
        "reason": reason[of],
        "measure": measure[of],
        "threshold": limit[of],
        "extra": np.where(reason == "programme.no_room", wan, np.nan)[of],
        "nearest": np.where(reason == "programme.prerequisite", waits, np.nan)[of],
    }
    return pd.DataFrame(columns).astype(CHOICE_COLUMNS)


def _useful(found: Units, itself: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Units that are of use `itself`, or that such a unit waits for."""
    useful = itself
    while True:
        more = useful.copy()
        more[found.before[useful[found.before[:, 1]], 0]] = True
        if (more == useful).all():
            return useful
        useful = more


def _frontier(found: Units, chosen: Ints, money: float, standard: Standard) -> pd.DataFrame:
    """What is reached with each further step of money, all in one sum.

    The best of the rounded relaxation, what is `chosen` and more, and the step before and more; never
    fewer households than the step before, for that would say that money takes service away.
    """
    step, steps = standard["programme.frontier_step"], int(standard["programme.frontier_steps"])
    budget: Floats = money + step * np.arange(steps + 1, dtype=np.float64)
    benefit, bound, households = np.zeros(steps + 1), np.zeros(steps + 1), np.zeros(steps + 1)
    if len(found.benefit):
        held = Held(model_of(found, budget[:1]))
        once = last = np.where(chosen < _NEVER, 0, _NEVER)
        for k in range(steps + 1):
            answer = held.within(0, float(budget[k]))
            assert answer.x is not None, "to build nothing is always possible"
            now = budget[k : k + 1]
            tries = [_completed(found, each, now) for each in (_rounded(found, answer.x, now), once, last)]
            worth = [_reached(found, each, 1)[0] for each in tries]
            houses = [float(found.households[_goal_year(found, each) == 0].sum()) for each in tries]
            best = max((n for n in range(3) if houses[n] >= houses[2]), key=worth.__getitem__)
            last, benefit[k], households[k], bound[k] = tries[best], worth[best], houses[best], -answer.value
    extra = np.diff(benefit, prepend=np.nan)
    return pd.DataFrame(
        {"budget": budget, "benefit": benefit, "bound": bound, "households": households, "extra": extra}
    )
