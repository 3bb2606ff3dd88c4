"""Whom to which site? The best matching, found step by step and proven.

Units move: a whole group (all or nothing, to one site) or households that are alike (any number of
them, to any sites). Steps, each keeping what the one before has reached:

1. people out of danger, most urgent first, one step for each level;
2. the least disruption (distance, strange villages, wishes not met, kin spread over sites);
3. the least money, at a disruption a stated share above the least.

The programme is linear in whole numbers: x[unit, site] households (or groups) to a site, open[site],
and with[kin, site] where kin are to stay together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import overload

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from geo.spatial.core import solve_by_core
from geo.spatial.milp import Programme

EASE = 1e-6
"""Gap, as a share, at which a step counts as solved exactly."""

KM, WAN = 1e-3, 1e-4
"""The solver is given kilometres and 万元: badly scaled rows cost it ten times as long."""

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Task:
    """What is to be matched: u units, s sites, l levels of urgency.

    `most` (u,) how many of the unit there are (1 for a group); `takes` (u,) homes one of it needs;
    `gain` (u, l) people one of it brings out of danger, most urgent level first; `kin` (u,) number of
    the kin it stays with, -1 none; `allowed` (u, s); `burden` (u, s) metres and `cost` (u, s) yuan of
    one of it; `capacity` (s,) homes; `opening` (s,) yuan once a site is used; `apart` metres for each
    further site that kin are spread over; `budget` yuan for everything; `slack` share of disruption
    that may be added to save money; `gap` share at which disruption and money count as solved; `nodes`
    of the search in each step.
    """

    most: Ints
    takes: Ints
    gain: Floats
    kin: Ints
    allowed: Bools
    burden: Floats
    cost: Floats
    capacity: Ints
    opening: Floats
    apart: float
    budget: float = np.inf
    slack: float = 0.0
    gap: float = 0.0
    nodes: int | None = None

    def only(self, units: Bools) -> Task:
        """The same task in which only these units may go anywhere."""
        return replace(self, allowed=self.allowed & units[:, None])


@dataclass(frozen=True)
class Matched:
    """`placed` (u, s): how many of each unit go where; `opened` (s,). `steps`: name, value reached and
    proven gap of each step, as shares."""

    placed: Ints
    opened: Bools
    steps: tuple[tuple[str, float, float], ...]

    @property
    def gap(self) -> float:
        return max((gap for _, _, gap in self.steps), default=0.0)


def match(task: Task) -> Matched:
    """The best matching by the steps above."""
    columns = _columns(task)
    if not len(columns.unit):
        return Matched(np.zeros(task.allowed.shape, np.int64), np.zeros(len(task.capacity), bool), ())
    everyone, disruption = task.gain.sum(axis=1), columns.disruption(task)
    able = np.intersect1d(columns.unit, np.flatnonzero(everyone))
    held = _constraints(task, columns, going=able)
    found = _best(task, columns, held, disruption, None, task.gap)
    if found is not None:  # levels do not compete
        steps = [("people", float(everyone[able] @ task.most[able]), 0.0)]
    else:
        held = _constraints(task, columns)
        steps, point = _by_level(task, columns, held)
        found = _best(task, columns, held, disruption, point, task.gap)
    value, point, gap = found
    steps.append(("disruption", value / KM, gap))
    held.append(_row(disruption, high=value * (1 + task.slack) + EASE * max(1.0, value)))
    value, point, gap = _best(task, columns, held, columns.money(task), point, task.gap, over=True)
    steps.append(("money", value / WAN, gap))
    placed = columns.placed(task, point)
    return Matched(placed, placed.sum(axis=0) > 0, tuple(steps))


def _by_level(
    task: Task, columns: _Columns, held: list[_Rows]
) -> tuple[list[tuple[str, float, float]], Floats]:
    """Out of danger level by level: what each reaches is held and told; the point of the last."""
    steps, point = [], np.zeros(columns.count)
    for k in range(task.gain.shape[1]):
        gains = columns.sum_of(task.gain[:, k])
        if gains.any():
            value, point, gap = _best(task, columns, held, -gains, point, EASE)
            held.append(_row(gains, low=-value - 0.5))
            steps.append((f"people_{k + 1}", -value, gap))
    return steps, point


def most_homes(task: Task) -> Ints:
    """`placed` (u, s) when as many homes as possible are filled, whoever is in them and whatever it costs."""
    task = replace(task, budget=np.inf)
    columns = _columns(task)
    if not len(columns.unit):
        return np.zeros(task.allowed.shape, np.int64)
    homes = columns.sum_of(task.takes.astype(float))
    nobody = np.zeros(columns.count)
    _, point, _ = _best(task, columns, _constraints(task, columns), -homes, nobody, EASE)
    return columns.placed(task, point)


@dataclass(frozen=True)
class _Columns:
    """The variables in order: one per allowed `unit` and `site`, one per site (opened), one per `kin`
    and `kin_site`."""

    unit: Ints
    site: Ints
    sites: int
    kin: Ints
    kin_site: Ints

    @property
    def count(self) -> int:
        return len(self.unit) + self.sites + len(self.kin)

    def sum_of(self, value: Floats) -> Floats:
        """The coefficients of a sum over everybody placed, by unit."""
        return np.concatenate([value[self.unit], np.zeros(self.sites + len(self.kin))])

    def disruption(self, task: Task) -> Floats:
        """Kilometres."""
        burden = task.burden[self.unit, self.site]
        return np.concatenate([burden, np.zeros(self.sites), np.full(len(self.kin), task.apart)]) * KM

    def money(self, task: Task) -> Floats:
        """万元."""
        homes = task.cost[self.unit, self.site]
        return np.concatenate([homes, task.opening, np.zeros(len(self.kin))]) * WAN

    def placed(self, task: Task, point: Floats) -> Ints:
        out = np.zeros(task.allowed.shape, np.int64)
        out[self.unit, self.site] = point[: len(self.unit)].astype(np.int64)
        return out


_Rows = tuple[sp.csr_array, Floats, Floats]
"""Rows of the programme with their least and most."""


def _columns(task: Task) -> _Columns:
    unit, site = np.nonzero(task.allowed & (task.capacity >= task.takes[:, None]))
    kin = task.kin[unit]
    pairs = np.unique(np.column_stack([kin, site])[kin >= 0], axis=0)
    return _Columns(unit, site, len(task.capacity), pairs[:, 0], pairs[:, 1])


def _row(coefficients: Floats, *, low: float = -np.inf, high: float = np.inf) -> _Rows:
    most = float(np.abs(coefficients).max(initial=0.0)) or 1.0  # rows of like size are solved sooner
    return sp.csr_array(coefficients[None, :] / most), np.array([low / most]), np.array([high / most])


def _at_most(rows: sp.csr_array, high: npt.NDArray[np.generic]) -> _Rows:
    return rows, np.full(rows.shape[0], -np.inf), high.astype(float)


def _constraints(task: Task, columns: _Columns, *, going: Ints | None = None) -> list[_Rows]:
    """No more of a unit than there are, no more homes than an opened site has, kin where one of them is.

    Of the units `going` all go. That nobody goes to a site that is not opened is said of each unit
    beside. Both make for a much better bound.
    """
    n, s, width = len(columns.unit), columns.sites, columns.count
    x, y = np.arange(n), n + np.arange(s)
    ones = sp.csr_array((np.ones(n), (columns.unit, x)), shape=(len(task.most), width))
    homes = sp.csr_array(
        (
            np.r_[task.takes[columns.unit], -task.capacity].astype(float),
            (np.r_[columns.site, np.arange(s)], np.r_[x, y]),
        ),
        shape=(s, width),
    )
    most = np.minimum(task.most[columns.unit], task.capacity[columns.site] // task.takes[columns.unit])
    each = sp.csr_array(
        (np.concatenate([np.ones(n), -most]), (np.tile(x, 2), np.concatenate([x, n + columns.site]))),
        shape=(n, width),
    )
    least = np.zeros(len(task.most))
    least[[] if going is None else going] = task.most[[] if going is None else going]
    held = [(ones, least, task.most.astype(float)), _at_most(homes, np.zeros(s)), _at_most(each, np.zeros(n))]
    if len(columns.kin):
        held.append(_together(task, columns))
    if np.isfinite(task.budget):
        held.append(_row(columns.money(task), high=task.budget * WAN))
    return held


def _together(task: Task, columns: _Columns) -> _Rows:
    """x[unit, site] <= most[unit] with[kin, site]."""
    kin = task.kin[columns.unit]
    own = np.flatnonzero(kin >= 0)
    code = columns.kin * columns.sites + columns.kin_site  # sorted, as the pairs are
    z = np.searchsorted(code, kin[own] * columns.sites + columns.site[own])
    row, first = np.arange(len(own)), columns.count - len(columns.kin)
    values = np.r_[np.ones(len(own)), -task.most[columns.unit[own]].astype(float)]
    at = (np.r_[row, row], np.r_[own, first + z])
    return _at_most(sp.csr_array((values, at), shape=(len(own), columns.count)), np.zeros(len(own)))


@overload
def _best(
    task: Task,
    columns: _Columns,
    held: Sequence[_Rows],
    cost: Floats,
    start: Floats,
    ease: float,
    over: bool = False,
) -> tuple[float, Floats, float]: ...


@overload
def _best(
    task: Task,
    columns: _Columns,
    held: Sequence[_Rows],
    cost: Floats,
    start: None,
    ease: float,
    over: bool = False,
) -> tuple[float, Floats, float] | None: ...


def _best(
    task: Task,
    columns: _Columns,
    held: Sequence[_Rows],
    cost: Floats,
    start: Floats | None,
    ease: float,
    over: bool = False,
) -> tuple[float, Floats, float] | None:
    """The least of `cost`, the point, and the proven gap as a share of the value; None where no point is.

    `over`: the last of the rows sums over everybody.
    """
    n = columns.count
    programme = Programme(
        cost=cost,
        matrix=sp.csr_array(sp.vstack([rows for rows, _, _ in held])),
        row_low=np.concatenate([low for _, low, _ in held]),
        row_high=np.concatenate([high for _, _, high in held]),
        low=np.zeros(n),
        high=np.r_[task.most[columns.unit], np.ones(n - len(columns.unit))].astype(float),
        whole=np.ones(n, bool),
    )
    last = programme.matrix.shape[0] - 1 if over else None
    solved = solve_by_core(programme, start=start, nodes=task.nodes, gap=max(ease, EASE), over=last)
    best = start if solved.x is None else solved.x
    if best is None:
        return None
    point = np.round(best)
    value = float(cost @ point)
    gap = max(0.0, value - solved.bound) / max(abs(value), 1.0) if np.isfinite(solved.bound) else 1.0
    return value, point, gap
