"""Joint allocation against independent solvers and its own promises."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow

from geo.spatial.allocation import allocate, first_per_client


@st.composite
def cases(draw, *, groups=True):
    """Small random problems: (client, facility, length, capacity, order, group, group capacity)."""
    n, m = draw(st.integers(1, 9)), draw(st.integers(1, 5))
    pairs = [(i, j) for i in range(n) for j in range(m)]
    kept = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=len(pairs)))
    length = draw(st.lists(st.integers(0, 50), min_size=len(kept), max_size=len(kept)))
    capacity = draw(st.lists(st.integers(0, 4), min_size=m, max_size=m))
    order = draw(st.permutations(range(n)))
    g = draw(st.integers(0, 2)) if groups else 0
    group = draw(st.lists(st.integers(-1, g - 1), min_size=m, max_size=m))
    shared = draw(st.lists(st.integers(0, 5), min_size=g, max_size=g))
    c, f = np.array(kept, np.int64).reshape(-1, 2).T
    ints = (np.array(a, np.int64) for a in (capacity, order, group, shared))
    return c, f, np.array(length, float), *ints


def solve(case):
    c, f, length, capacity, order, group, shared = case
    return allocate(c, f, length, capacity=capacity, client_order=order, group=group, group_capacity=shared)


def flow_of(case, clients):
    """Most of `clients` that can be served at once, by scipy's maximum flow."""
    c, f, _, capacity, order, group, shared = case
    n, m, g = len(order), len(capacity), len(shared)
    size = n + m + g + 2
    network = np.zeros((size, size), np.int32)
    network[0, 1 + np.asarray(clients, int)] = 1
    network[1 + c, 1 + n + f] = 1
    for j in range(m):
        to = size - 1 if group[j] < 0 else 1 + n + m + group[j]
        network[1 + n + j, to] = capacity[j]
    network[1 + n + m : size - 1, size - 1] = shared
    return maximum_flow(csr_array(network), 0, size - 1).flow_value


@given(cases())
@settings(max_examples=200, deadline=None)
def test_serves_as_many_as_a_maximum_flow_and_the_first_ones(case):
    answer = solve(case)
    order = case[4]
    assert answer.served.sum() == flow_of(case, order)
    kept: list[int] = []
    for client in order:  # the greedy basis, each step by an independent flow
        if flow_of(case, [*kept, client]) == len(kept) + 1:
            kept.append(int(client))
    assert set(np.flatnonzero(answer.served)) == set(kept)


@given(cases())
@settings(max_examples=100, deadline=None)
def test_the_assignment_is_feasible_and_counted(case):
    c, f, _, capacity, order, group, shared = case
    answer = solve(case)
    used = np.flatnonzero(answer.served)
    assert (c[answer.edge[used]] == used).all()
    assert (f[answer.edge[used]] == answer.facility[used]).all()
    assert np.array_equal(answer.used, np.bincount(answer.facility[used], minlength=len(capacity)))
    assert (answer.used <= capacity).all()
    drawn = [answer.used[group == g].sum() for g in range(len(shared))]
    assert np.array_equal(answer.group_used, np.array(drawn, np.int64).reshape(-1))
    assert (answer.group_used <= shared).all()
    assert len(answer.facility) == len(order)


@given(cases(groups=False))
@settings(max_examples=150, deadline=None)
def test_total_length_is_the_least_for_the_clients_served(case):
    c, f, length, capacity, *_ = case
    answer = solve(case)
    served = np.flatnonzero(answer.served)
    slots = np.repeat(np.arange(len(capacity)), capacity)  # one column for each unit of capacity
    forbidden = 1e6
    table = np.full((len(served), len(slots)), forbidden)
    for client, place, metres in zip(c, f, length, strict=True):
        if client in served:
            table[np.searchsorted(served, client), slots == place] = metres
    rows, columns = linear_sum_assignment(table)
    assert length[answer.edge[served]].sum() == pytest.approx(table[rows, columns].sum())


@given(cases(), st.data())
@settings(max_examples=150, deadline=None)
def test_more_capacity_unserves_nobody(case, data):
    """Unless a larger facility draws on a group with others: then the number served still never falls."""
    c, f, length, capacity, order, group, shared = case
    more = capacity + np.array(
        data.draw(st.lists(st.integers(0, 2), min_size=len(capacity), max_size=len(capacity)))
    )
    wider = shared + data.draw(st.integers(0, 2))
    before, after = solve(case), solve((c, f, length, more, order, group, wider))
    assert after.served.sum() >= before.served.sum()
    together = (group >= 0) & (np.bincount(group + 1)[group + 1] > 1)
    if not (together & (more > capacity)).any():
        assert after.served[before.served].all()


@given(cases(), st.data())
@settings(max_examples=150, deadline=None)
def test_a_further_facility_unserves_nobody(case, data):
    """Unless it draws on a group with others: then the number served still never falls."""
    c, f, length, capacity, order, group, shared = case
    m = len(capacity)
    reach = data.draw(st.lists(st.integers(0, len(order) - 1), unique=True))
    far = data.draw(st.lists(st.integers(0, 50), min_size=len(reach), max_size=len(reach)))
    draws = data.draw(st.integers(-1, len(shared) - 1))
    wider = (
        np.append(c, np.array(reach, np.int64)),
        np.append(f, np.full(len(reach), m)),
        np.append(length, far),
        np.append(capacity, data.draw(st.integers(0, 4))),
        order,
        np.append(group, draws),
        shared,
    )
    before, after = solve(case), solve(wider)
    assert after.served.sum() >= before.served.sum()
    if draws < 0:
        assert after.served[before.served].all()


@given(cases(), st.data())
@settings(max_examples=150, deadline=None)
def test_a_further_edge_never_lowers_the_number_served(case, data):
    c, f, length, *rest = case
    client = data.draw(st.integers(0, len(rest[1]) - 1))
    place = data.draw(st.integers(0, len(rest[0]) - 1))
    more = (np.append(c, client), np.append(f, place), np.append(length, 1.0), *rest)
    assert solve(more).served.sum() >= solve(case).served.sum()


@given(cases(), st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_row_order_does_not_matter(case, random):
    c, f, length, capacity, order, group, shared = case
    n, m = len(order), len(capacity)
    names, places = np.array(random.sample(range(n), n)), np.array(random.sample(range(m), m))
    rows = np.array(random.sample(range(len(c)), len(c)), np.int64)
    moved_capacity, moved_group = np.empty_like(capacity), np.empty_like(group)
    moved_capacity[places], moved_group[places] = capacity, group
    one = solve(case)
    other = allocate(
        names[c][rows],
        places[f][rows],
        length[rows],
        capacity=moved_capacity,
        client_order=names[order],
        facility_order=places,
        group=moved_group,
        group_capacity=shared,
    )
    expected = np.where(one.served, places[one.facility], -1)
    assert np.array_equal(other.facility[names], expected)


def test_a_client_makes_room_for_another_by_moving_on():
    """By hand: A reaches both, B only the first; each holds one. A gives way, though it was first."""
    answer = allocate(
        np.array([0, 0, 1]),
        np.array([0, 1, 0]),
        np.array([10.0, 90.0, 20.0]),
        capacity=np.array([1, 1]),
        client_order=np.array([0, 1]),
    )
    assert answer.facility.tolist() == [1, 0]


def test_a_full_group_shifts_between_its_facilities():
    """By hand: two pools of 5 on a spring for 1, and a third pool: the one on the spring moves on."""
    answer = allocate(
        np.array([0, 0, 1]),
        np.array([0, 2, 1]),
        np.array([10.0, 90.0, 20.0]),
        capacity=np.array([5, 5, 5]),
        client_order=np.array([0, 1]),
        group=np.array([0, 0, -1]),
        group_capacity=np.array([1]),
    )
    assert answer.facility.tolist() == [2, 1]
    assert answer.group_used.tolist() == [1]


def test_nothing_to_allocate():
    none = np.zeros(0, np.int64)
    answer = allocate(none, none, np.zeros(0), capacity=np.array([3]), client_order=np.arange(2))
    assert answer.facility.tolist() == [-1, -1]
    assert answer.used.tolist() == [0]
    empty = allocate(none, none, np.zeros(0), capacity=none, client_order=none)
    assert len(empty.facility) == 0


@pytest.mark.parametrize("length", [np.array([-1.0]), np.array([np.nan]), np.array([np.inf])])
def test_a_length_that_is_none_is_refused(length):
    with pytest.raises(ValueError, match="finite"):
        allocate(np.array([0]), np.array([0]), length, capacity=np.array([1]), client_order=np.array([0]))


def test_an_order_that_misses_a_row_is_refused():
    none = np.zeros(0, np.int64)
    with pytest.raises(ValueError, match="order"):
        allocate(none, none, np.zeros(0), capacity=np.array([1]), client_order=np.array([0, 0]))


def test_a_larger_case_against_maximum_flow():
    random = np.random.default_rng(7)
    n, m, k = 3000, 40, 3
    c = np.repeat(np.arange(n), k)
    f = np.concatenate([random.choice(m, k, replace=False) for _ in range(n)])
    case = (
        c,
        f,
        random.uniform(0, 1500, n * k),
        random.integers(0, 140, m),
        random.permutation(n),
        np.repeat(np.arange(-1, 3), m // 4),
        np.array([300, 500, 700]),
    )
    assert solve(case).served.sum() == flow_of(case, np.arange(n))


def test_first_per_client():
    client = np.array([2, 0, 2, 0])
    found = first_per_client(client, np.array([1, 1, 0, 1]), np.array([5.0, 7.0, 9.0, 6.0]), n=4)
    assert found.tolist() == [3, -1, 2, -1]
    assert all(a != b for a, b in pairwise(found[found >= 0]))
