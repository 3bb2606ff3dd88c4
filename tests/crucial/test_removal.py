"""Removal from an allocation and from a graph, against a maximum flow and against components."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import connected_components, maximum_flow

from geo.spatial.allocation import allocate
from geo.spatial.cut_points import cut_off
from geo.spatial.removal import Held, lost_without


@st.composite
def supplies(draw, shared=True):
    """Clients, facilities with capacity, edges, groups with capacity."""
    n, m = draw(st.integers(1, 9)), draw(st.integers(1, 5))
    g = draw(st.integers(0, 2)) if shared else 0
    pairs = draw(st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, m - 1)), unique=True))
    client, facility = np.array(pairs, np.int64).reshape(-1, 2).T
    length = np.array(draw(st.lists(st.integers(0, 50), min_size=len(pairs), max_size=len(pairs))), float)
    capacity = np.array(draw(st.lists(st.integers(0, 4), min_size=m, max_size=m)), np.int64)
    group = np.array(draw(st.lists(st.integers(-1, g - 1), min_size=m, max_size=m)), np.int64)
    room = np.array(draw(st.lists(st.integers(0, 5), min_size=g, max_size=g)), np.int64)
    order = np.array(draw(st.permutations(range(n))), np.int64)
    return client, facility, length, capacity, order, group, room


def held(client, facility, length, capacity, order, group, room):
    found = allocate(
        client, facility, length, capacity=capacity, client_order=order, group=group, group_capacity=room
    )
    return Held(client, facility, capacity, order, group, room, found.facility)


def most(held, clients, gone):
    """The greatest number of `clients` that can be served without the facilities `gone`: a maximum flow."""
    n, m, g = len(held.place), len(held.capacity), len(held.group_capacity)
    source, sink = n + 2 * m + g, n + 2 * m + g + 1
    arcs = [(source, c, 1) for c in clients]
    arcs += [(c, n + f, 1) for c, f in zip(held.client, held.facility, strict=True) if f not in gone]
    for f in range(m):
        behind = n + 2 * m + held.group[f] if held.group[f] >= 0 else sink
        arcs += [(n + f, n + m + f, held.capacity[f]), (n + m + f, behind, held.capacity[f])]
    arcs += [(n + 2 * m + k, sink, room) for k, room in enumerate(held.group_capacity)]
    a, b, w = np.array(arcs).T
    graph = sp.csr_array((w.astype(np.int32), (a, b)), shape=(sink + 1, sink + 1))
    return maximum_flow(graph, source, sink).flow_value


@given(supplies(), st.data())
@settings(max_examples=300, deadline=None)
def test_as_many_lose_as_a_maximum_flow_leaves_out(given_, data):
    one = held(*given_)
    m = len(one.capacity)
    sets = [np.array([f]) for f in range(m)]
    sets.append(np.array(sorted(data.draw(st.sets(st.integers(0, m - 1)))), np.int64))
    which, who = lost_without(one, sets)
    served = np.flatnonzero(one.place >= 0)
    for k, gone in enumerate(sets):
        lost = who[which == k]
        assert set(one.place[lost]) <= set(gone)
        assert len(set(lost)) == len(lost) == len(served) - most(one, served, set(gone))
        # those who keep it can all keep it together
        assert most(one, np.setdiff1d(served, lost), set(gone)) == len(served) - len(lost)


@given(supplies(), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_the_order_of_the_rows_changes_nobody(given_, random):
    client, facility, length, *rest = given_
    rows = list(range(len(client)))
    random.shuffle(rows)
    one, other = held(*given_), held(client[rows], facility[rows], length[rows], *rest)
    sets = [np.array([f]) for f in range(len(one.capacity))]
    np.testing.assert_array_equal(one.place, other.place)
    for a, b in zip(lost_without(one, sets), lost_without(other, sets), strict=True):
        np.testing.assert_array_equal(a, b)


@given(supplies(shared=False), st.integers(1, 4), st.data())
@settings(max_examples=200, deadline=None)
def test_a_further_pool_makes_no_other_more_crucial(given_, room, data):
    """With a source of each its own. (On a shared source a further pool can: it draws what was spare.)"""
    client, facility, length, capacity, order, group, none = given_
    n, m = len(order), len(capacity)
    near = np.array(sorted(data.draw(st.sets(st.integers(0, n - 1)))), np.int64)
    more = (
        np.r_[client, near], np.r_[facility, np.full(len(near), m)], np.r_[length, np.ones(len(near))],
        np.r_[capacity, room], order, np.r_[group, -1], none,
    )  # fmt: skip
    sets = [np.array([f]) for f in range(m)]
    before, after = (np.bincount(lost_without(held(*h), sets)[0], minlength=m) for h in (given_, more))
    assert (after <= before).all()


graphs = st.integers(2, 12).flatmap(
    lambda n: st.tuples(
        st.just(n), st.sets(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=24)
    )
)


@given(graphs)
@settings(max_examples=300, deadline=None)
def test_what_falls_away_is_what_no_longer_hangs_on_the_root(graph):
    n, edges = graph
    a, b = np.array([e for e in edges if e[0] != e[1]], np.int64).reshape(-1, 2).T
    both = sp.csr_array((np.ones(2 * len(a)), (np.r_[a, b], np.r_[b, a])), shape=(n, n))
    first = connected_components(both)[1]
    for node, cut in zip(range(1, n), cut_off(both, 0, np.arange(1, n)), strict=True):
        keep = (a != node) & (b != node)
        left = sp.csr_array((np.ones(keep.sum()), (a[keep], b[keep])), shape=(n, n))
        second = connected_components(left, directed=False)[1]
        away = (first == first[0]) & (second != second[0])
        away[node] = False
        np.testing.assert_array_equal(np.sort(cut), np.flatnonzero(away))
