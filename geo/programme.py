"""Which works, in which year, under yearly budgets? And what would more money buy?

A mixed integer programme (HiGHS): every unit (a system whole, or a work alone) is built in
one year or not at all, no year spends more than its budget, nothing comes before what it
waits for, and the sum over the years of the weighted benefit then reached is as large as
possible, so that what helps most comes first. Money that a year leaves is not carried over.

How far the answer may be from the best is found with it and stated (`geo.programme_search`).
No clock decides, so it is the same on every machine.

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
from geo.programme_search import CENT, NEVER, benefit_by_year, completed, goal_year, rounded, search, worth_of
from geo.programme_units import Units, units, yearly
from geo.spatial.milp import Held
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
_WAN = 1e-4


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
    year, bound = search(found, money, standard)
    benefit = worth_of(found, year, len(money))
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


def _years(found: Units, year: Ints, money: Floats) -> pd.DataFrame:
    at, n = goal_year(found, year), len(money)
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
        found.yuan > left + CENT,
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
        once = last = np.where(chosen < NEVER, 0, NEVER)
        for k in range(steps + 1):
            answer = held.within(0, float(budget[k]))
            assert answer.x is not None, "to build nothing is always possible"
            now = budget[k : k + 1]
            tries = [completed(found, each, now) for each in (rounded(found, answer.x, now), once, last)]
            worth = [benefit_by_year(found, each, 1)[0] for each in tries]
            houses = [float(found.households[goal_year(found, each) == 0].sum()) for each in tries]
            best = max((n for n in range(3) if houses[n] >= houses[2]), key=worth.__getitem__)
            last, benefit[k], households[k], bound[k] = tries[best], worth[best], houses[best], -answer.value
    extra = np.diff(benefit, prepend=np.nan)
    return pd.DataFrame(
        {"budget": budget, "benefit": benefit, "bound": bound, "households": households, "extra": extra}
    )
