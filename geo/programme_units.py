"""What can only be built together, who gains from it, and what must come first."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from geo.errors import AreaError, BadBudgetError
from geo.pricing import Costs
from geo.standards import Standard
from geo.works import Works

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

IMPROVING = ("road_upgrade", "bridge", "culvert", "hairpin", "transformer", "connection")
"""Kinds that better what is there: a household reached by these alone had access before."""


@dataclass(frozen=True)
class Units:
    """Works as they can be chosen: a system whole, or a work that stands alone.

    `of` (works,) unit of each work; `name` and `yuan` (units,); `before` (k, 2) rows (first,
    then) of units that must come in order. `goal_unit` and `goal` are pairs: everything a
    goal needs; `benefit`, `households`, `people`, `poor` (goals,): what reaching it is worth;
    `staying` (goals,): of the households, those that are not to be resettled.
    """

    of: Ints
    name: npt.NDArray[Any]
    yuan: Floats
    before: Ints
    goal: Ints
    goal_unit: Ints
    benefit: Floats
    households: Floats
    people: Floats
    poor: Floats
    staying: Floats

    @cached_property
    def waits(self) -> list[Ints]:
        """What each unit waits for."""
        order = np.argsort(self.before[:, 1], kind="stable")
        cuts = np.searchsorted(self.before[order, 1], np.arange(1, len(self.yuan)))
        return np.split(self.before[order, 0], cuts)

    @cached_property
    def binding(self) -> npt.NDArray[np.bool_]:
        """The pairs of goal and unit that say more than the order of works does: no other unit of the goal
        waits for theirs."""
        shape = len(self.benefit), len(self.yuan)
        needs = sp.csr_array((np.ones(len(self.goal)), (self.goal, self.goal_unit)), shape=shape)
        first, then = self.before.T
        waits = sp.csr_array((np.ones(len(first)), (then, first)), shape=(shape[1], shape[1]))
        implied = (needs @ waits).tocoo()
        key = self.goal * shape[1] + self.goal_unit
        return ~np.isin(key, implied.row.astype(np.int64) * shape[1] + implied.col)

    @cached_property
    def several(self) -> npt.NDArray[np.bool_]:
        """Which goals more than one unit decides."""
        return np.bincount(self.goal[self.binding], minlength=len(self.benefit)) > 1

    @cached_property
    def rate(self) -> Floats:
        """Benefit per yuan of each unit."""
        return np.asarray(self.share / np.maximum(self.yuan, 1e-6), np.float64)

    def each(self, worth: Floats) -> Floats:
        """The sum of what is so for the goals (goals,) that need each unit."""
        return np.bincount(self.goal_unit, worth[self.goal], minlength=len(self.yuan)).astype(np.float64)

    @cached_property
    def share(self) -> Floats:
        """Benefit of each unit: of every goal the part its cost has in all the goal needs."""
        cost = np.maximum(self.yuan[self.goal_unit], 1e-9)
        total = np.bincount(self.goal, cost, minlength=len(self.benefit))
        part = self.benefit[self.goal] * cost / total[self.goal]
        return np.bincount(self.goal_unit, part, minlength=len(self.yuan)).astype(np.float64)


def yearly(budgets: Sequence[float]) -> Floats:
    """Yuan of each year. Raises `BadBudgetError` for what is no number from 0 upward."""
    money = np.asarray(budgets, np.float64)
    bad = np.flatnonzero(~(money >= 0))
    if len(bad):
        raise BadBudgetError("programme.bad_budget", year=int(bad[0]) + 1)
    return money


def units(
    works: Works,
    costs: Costs,
    standard: Standard,
    first_villages: Collection[str] = (),
    leaving: Collection[str] = (),
) -> Units:
    """Group the works, and the households by the works they need.

    A household gains when every work that serves it for a need is built. Its people are
    counted as the work that serves the fewest households counts them. Raises `AreaError` for works
    that wait for each other in a circle.
    """
    table = works.table.reset_index(drop=True)
    label = table["system"].where(table["system"].notna(), table["work"])
    of, name = pd.factorize(label)
    yuan = np.bincount(of, costs.table["likely"].to_numpy(float), minlength=len(name)).astype(np.float64)
    before = _before(table, of)
    _refuse_circles(before, name)
    need, sums = _goals(works, table, of, standard, first_villages, leaving)
    return Units(of.astype(np.int64), np.asarray(name, object), yuan, before, *need, *sums)


def _before(table: pd.DataFrame, of: npt.NDArray[Any]) -> Ints:
    """Pairs of units (first, then) from `after`; what is not among the works needs no waiting for."""
    after = table["after"].fillna("").str.split().explode().dropna()
    if not len(after):
        return np.empty((0, 2), np.int64)
    row = pd.Index(table["work"]).get_indexer(pd.Index(after))
    here = row >= 0
    pairs = np.column_stack([of[row[here]], of[after.index.to_numpy(np.int64)[here]]])
    return np.unique(pairs[pairs[:, 0] != pairs[:, 1]], axis=0).astype(np.int64).reshape(-1, 2)


def _refuse_circles(before: Ints, name: npt.NDArray[Any]) -> None:
    n = len(name)
    graph = sp.coo_array((np.ones(len(before)), (before[:, 0], before[:, 1])), shape=(n, n))
    count, part = connected_components(graph, directed=True, connection="strong")
    if count < n:
        many = np.flatnonzero(np.bincount(part) > 1)[0]
        raise AreaError("programme.cycle", works=", ".join(map(str, np.asarray(name)[part == many])))


def _goals(
    works: Works,
    table: pd.DataFrame,
    of: npt.NDArray[Any],
    standard: Standard,
    first: Collection[str],
    leaving: Collection[str],
) -> tuple[Ints, list[Floats]]:
    """Households that need the same units are one goal: pairs (2, k) of goal and unit, and per goal the
    benefit, households, people, poor people and those households that stay."""
    serves = works.serves[works.serves["work"].isin(table["work"])]
    row = pd.Index(table["work"]).get_indexer(pd.Index(serves["work"]))
    facts = table.iloc[row].reset_index(drop=True)
    who = pd.MultiIndex.from_arrays([serves["household"], serves["need"]])
    one, whose = pd.factorize(who)
    stays = ~whose.get_level_values(0).isin(list(leaving))
    benefit, people, poor = _worth(facts, one, np.asarray(whose.get_level_values(1), object), standard, first)
    benefit *= np.where(stays, 1.0, standard["programme.moving"])
    pairs = np.unique(np.column_stack([one, of[row]]), axis=0).astype(np.int64).reshape(-1, 2)
    goal_of = _alike(pairs, len(whose))
    need = np.unique(np.column_stack([goal_of[pairs[:, 0]], pairs[:, 1]]), axis=0).astype(np.int64)
    n = int(goal_of.max(initial=-1)) + 1
    sums = [
        np.bincount(goal_of, each, minlength=n).astype(np.float64)
        for each in (benefit, np.ones(len(stays)), people, poor, stays)
    ]
    return need.reshape(-1, 2).T, sums


def _alike(pairs: Ints, n: int) -> Ints:
    """Number of the set of units each of `n` rows needs, from pairs (row, unit): equal sets, equal number.

    Sets are told apart by the sum of two random numbers of each unit.
    """
    marks = np.random.default_rng(0).integers(0, 2**62, (int(pairs[:, 1].max(initial=-1)) + 1, 2))
    key = np.zeros((n, 2), np.uint64)
    np.add.at(key, pairs[:, 0], marks[pairs[:, 1]].astype(np.uint64))
    _, first, of = np.unique(key, axis=0, return_index=True, return_inverse=True)
    place = np.argsort(np.argsort(first))  # numbered in order of appearance
    return np.asarray(place[of.reshape(-1)], np.int64)


def _worth(
    facts: pd.DataFrame,
    one: npt.NDArray[Any],
    need: npt.NDArray[Any],
    standard: Standard,
    first: Collection[str],
) -> tuple[Floats, Floats, Floats]:
    """Benefit, people and poor people of each (household, need)."""
    many = facts["households"].astype("float64").fillna(1.0).clip(lower=1.0).to_numpy(float)
    order = np.lexsort((np.arange(len(one)), many, one))
    least = order[np.r_[True, np.diff(one[order]) != 0]] if len(order) else order
    people = np.nan_to_num(facts["people"].to_numpy(float)[least] / many[least])
    poor = np.nan_to_num(facts["poor_people"].to_numpy(float)[least] / many[least])
    new = ~np.isin(facts["kind"].to_numpy(object), IMPROVING)
    access = np.bincount(one, new, minlength=len(least)) > 0
    weight = pd.Series(need).map(standard.table("programme.weight")).fillna(0.0).to_numpy(float)
    benefit = weight * (people + (standard["programme.poor_weight"] - 1) * poor)
    benefit *= np.where(access, standard["programme.first_access"], 1.0)
    asked = np.isin(facts["village"].to_numpy(object)[least], list(first))
    return benefit * np.where(asked, standard["programme.first_villages"], 1.0), people, poor
