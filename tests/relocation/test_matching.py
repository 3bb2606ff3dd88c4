"""The matching against every matching there is, and what must hold whatever is asked."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.relocation.matching import Matched, Task, match, most_homes
from geo.spatial.milp import Programme, Solved, solve

Floats = npt.NDArray[np.float64]


@st.composite
def tasks(draw: st.DrawFn, units: int = 4, sites: int = 3) -> Task:
    """Small tasks of every sort: groups and single households, kin, closed ways, dear and cheap sites."""
    u, s, levels = draw(st.integers(1, units)), draw(st.integers(1, sites)), 2

    def many(low: int, high: int, *shape: int) -> Any:
        size = int(np.prod(shape))
        return np.array(draw(st.lists(st.integers(low, high), min_size=size, max_size=size))).reshape(shape)

    whole = many(0, 1, u) == 1
    takes, count = many(2, 5, u), many(1, 2, u)
    gain = many(0, 5, u, levels)
    return Task(
        most=np.where(whole, 1, count),
        takes=np.where(whole, takes, 1),
        gain=gain.astype(float),
        kin=np.where(whole, -1, many(-1, 1, u)),
        allowed=many(0, 3, u, s) > 0,
        burden=many(0, 9, u, s) * 1000.0,
        cost=many(1, 9, u, s) * 10_000.0,
        capacity=many(0, 6, s),
        opening=many(0, 9, s) * 10_000.0,
        apart=float(draw(st.sampled_from([0, 2500]))),
        budget=float(draw(st.sampled_from([np.inf, np.inf, 150_000, 400_000]))),
        slack=float(draw(st.sampled_from([0.0, 0.05, 0.5]))),
    )


def ways(task: Task) -> list[npt.NDArray[np.int64]]:
    """Every matching that breaks no rule, (u, s) each."""
    u, s = task.allowed.shape
    each = [
        [
            np.array(row)
            for row in product(*(range(task.most[k] + 1 if task.allowed[k, j] else 1) for j in range(s)))
            if sum(row) <= task.most[k]
        ]
        for k in range(u)
    ]
    found = []
    for rows in product(*each):
        at = np.array(rows).reshape(u, s)
        homes = (at * task.takes[:, None]).sum(axis=0)
        if (homes <= task.capacity).all() and money(task, at) <= task.budget + 1e-6:
            found.append(at)
    return found


def money(task: Task, at: npt.NDArray[np.int64]) -> float:
    return float((at * task.cost).sum() + task.opening[at.sum(axis=0) > 0].sum())


def disruption(task: Task, at: npt.NDArray[np.int64]) -> float:
    spread = sum(
        (at[task.kin == k].sum(axis=0) > 0).sum() * task.apart for k in np.unique(task.kin[task.kin >= 0])
    )
    return float((at * task.burden).sum() + spread)


def best_by_hand(task: Task) -> tuple[list[float], float, float]:
    """People of each level, the least disruption, and the least money within the slack."""
    left, people = ways(task), []
    for level in range(task.gain.shape[1]):
        gains = [float(task.gain[:, level] @ at.sum(axis=1)) for at in left]
        people.append(max(gains))
        left = [at for at, g in zip(left, gains, strict=True) if g == people[-1]]
    least = min(disruption(task, at) for at in left)
    near = [at for at in left if disruption(task, at) <= least * (1 + task.slack) + 1e-3]
    return people, least, min(money(task, at) for at in near)


def check_rules(task: Task, at: npt.NDArray[np.int64]) -> None:
    assert (at >= 0).all()
    assert (at[~task.allowed] == 0).all()
    assert (at.sum(axis=1) <= task.most).all()
    assert ((at * task.takes[:, None]).sum(axis=0) <= task.capacity).all()
    assert money(task, at) <= task.budget + 1e-3


@settings(max_examples=120, deadline=None)
@given(tasks())
def test_no_matching_is_better(task: Task) -> None:
    found = match(task)
    check_rules(task, found.placed)
    people, least, cheapest = best_by_hand(task)
    reached = [float(task.gain[:, k] @ found.placed.sum(axis=1)) for k in range(task.gain.shape[1])]
    assert reached == people
    assert disruption(task, found.placed) <= least * (1 + task.slack) + 1.0
    assert money(task, found.placed) == pytest.approx(cheapest, abs=1.0)
    assert found.gap < 1e-5


@settings(max_examples=60, deadline=None)
@given(tasks())
def test_the_most_homes_there_can_be(task: Task) -> None:
    at = most_homes(task)
    free = replace(task, budget=np.inf)
    check_rules(free, at)
    assert (at * task.takes[:, None]).sum() == max((w * task.takes[:, None]).sum() for w in ways(free))


def people_of(task: Task, found: Matched) -> list[float]:
    return [float(g) for g in found.placed.sum(axis=1) @ task.gain]


@settings(max_examples=60, deadline=None)
@given(tasks(units=6, sites=4), st.integers(0, 3), st.integers(1, 5))
def test_more_room_never_moves_fewer(task: Task, site: int, more: int) -> None:
    task = replace(task, budget=np.inf)
    room = task.capacity.copy()
    room[site % len(room)] += more
    assert people_of(replace(task, capacity=room), match(replace(task, capacity=room))) >= people_of(
        task, match(task)
    )


@settings(max_examples=40, deadline=None)
@given(tasks(units=6, sites=4))
def test_more_money_never_moves_fewer(task: Task) -> None:
    poor, rich = replace(task, budget=120_000.0), replace(task, budget=300_000.0)
    assert people_of(rich, match(rich)) >= people_of(poor, match(poor))


def test_nobody_and_nowhere() -> None:
    empty = Task(
        most=np.zeros(0, int), takes=np.zeros(0, int), gain=np.zeros((0, 2)), kin=np.zeros(0, int),
        allowed=np.zeros((0, 2), bool), burden=np.zeros((0, 2)), cost=np.zeros((0, 2)),
        capacity=np.array([1, 1]), opening=np.zeros(2), apart=0.0,
    )  # fmt: skip
    assert match(empty).placed.shape == (0, 2)
    assert not match(empty).opened.any()


def test_kin_stay_together_where_it_costs_little() -> None:
    # two alike but in different groups: alone each would take the nearer site
    task = Task(
        most=np.array([1, 1]), takes=np.array([1, 1]), gain=np.ones((2, 1)), kin=np.array([0, 0]),
        allowed=np.ones((2, 2), bool), burden=np.array([[0.0, 900.0], [900.0, 0.0]]), cost=np.zeros((2, 2)),
        capacity=np.array([2, 2]), opening=np.zeros(2), apart=0.0,
    )  # fmt: skip
    assert match(task).opened.sum() == 2
    assert match(replace(task, apart=1000.0)).opened.sum() == 1
    full = replace(task, apart=1000.0, capacity=np.array([1, 1]))
    assert match(full).placed.sum() == 2  # better apart than in danger


def beside(one: Task, other: Task, way: float) -> Task:
    """Both tasks as one: nobody of the one may go to a site of the other, or all may, so many metres off."""

    def blocks(a: npt.NDArray[Any], b: npt.NDArray[Any], between: float) -> npt.NDArray[Any]:
        corner = np.full((len(a), b.shape[1]), between), np.full((len(b), a.shape[1]), between)
        return np.block([[a, corner[0]], [corner[1], b]]).astype(a.dtype)

    far = 0.0 if np.isinf(way) else way
    both = {name: np.concatenate([getattr(one, name), getattr(other, name)]) for name in ("most", "takes")}
    both |= {
        name: np.concatenate([getattr(one, name), getattr(other, name)]) for name in ("gain", "capacity")
    }
    return replace(
        one,
        **both,
        opening=np.concatenate([one.opening, other.opening]),
        kin=np.concatenate([one.kin, np.where(other.kin < 0, -1, other.kin + 2)]),
        allowed=blocks(one.allowed, other.allowed, float(np.isfinite(way))),
        burden=blocks(one.burden, other.burden, far),
        cost=blocks(one.cost, other.cost, 50_000.0),
    )


@settings(max_examples=30, deadline=None)
@given(tasks(units=6, sites=4), tasks(units=6, sites=4))
def test_townships_that_share_nothing_are_matched_as_if_alone(one: Task, other: Task) -> None:
    free = {"budget": np.inf, "slack": 0.0, "apart": 2500.0}
    one, other = replace(one, **free), replace(other, **free)
    both, alone = match(beside(one, other, np.inf)), (match(one), match(other))
    u, s = one.allowed.shape
    assert (both.placed[:u, s:] == 0).all()
    assert (both.placed[u:, :s] == 0).all()
    told = [
        (people_of(t, m), disruption(t, m.placed), money(t, m.placed))
        for t, m in zip((one, other), alone, strict=True)
    ]
    task = beside(one, other, np.inf)
    assert people_of(task, both) == [a + b for a, b in zip(told[0][0], told[1][0], strict=True)]
    assert disruption(task, both.placed) == pytest.approx(told[0][1] + told[1][1], abs=1.0)
    assert money(task, both.placed) == pytest.approx(told[0][2] + told[1][2], abs=1.0)


def at_once(programme: Programme, *, over: int | None, **options: Any) -> Solved:
    del over
    return solve(programme, **options)


@settings(max_examples=30, deadline=None)
@given(tasks(units=6, sites=4), tasks(units=6, sites=4), st.sampled_from([0.0, 4000.0]))
def test_townships_that_share_sites_as_the_whole_programme_has_it(one: Task, other: Task, way: float) -> None:
    """Judge: the solver on all of it at once, without relaxation and core."""
    task = beside(one, other, way)
    found = match(task)
    check_rules(task, found.placed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("geo.relocation.matching.solve_by_core", at_once)
        wanted = match(task)
    assert people_of(task, found) == people_of(task, wanted)
    assert [value for _, value, _ in found.steps] == pytest.approx(
        [value for _, value, _ in wanted.steps], rel=1e-5, abs=1.0
    )
    assert found.gap < 1e-5
