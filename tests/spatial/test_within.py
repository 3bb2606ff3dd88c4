"""Local shortest ways against scipy's, which never sees our kernels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from geo.spatial.within import nearest_source, network, nodes_within


@st.composite
def networks(draw):
    n = draw(st.integers(2, 9))
    ends = st.integers(0, n - 1)
    edges = draw(st.lists(st.tuples(ends, ends, st.integers(1, 9)), max_size=16))
    sources = draw(st.lists(ends, unique=True, min_size=1, max_size=4))
    return n, np.array(edges, float).reshape(-1, 3), np.array(sources, np.int64)


def by_scipy(n, edges, sources):
    table = np.full((n, n), np.inf)
    for a, b, length in edges:
        i, j = int(a), int(b)
        table[i, j] = table[j, i] = min(table[i, j], length)
    table[~np.isfinite(table)] = 0
    return dijkstra(csr_array(table), directed=False, indices=sources)


def of(n, edges):
    return network(edges[:, 0].astype(np.int64), edges[:, 1].astype(np.int64), edges[:, 2], nodes=n)


@given(networks(), st.integers(0, 20))
@settings(max_examples=150, deadline=None)
def test_all_and_only_what_lies_within_the_limit(case, limit):
    n, edges, sources = case
    found = nodes_within(of(n, edges), sources, limit=limit)
    table = np.full((len(sources), n), np.inf)
    table[found.source, np.repeat(np.arange(n), np.diff(found.start))] = found.length
    expected = by_scipy(n, edges, sources)
    assert np.array_equal(table, np.where(expected <= limit, expected, np.inf))


@given(networks())
@settings(max_examples=100, deadline=None)
def test_the_nearest_source(case):
    n, edges, sources = case
    far, source = nearest_source(of(n, edges), sources)
    expected = by_scipy(n, edges, sources)
    assert np.array_equal(far, expected.min(axis=0))
    reached = np.isfinite(far)
    assert (expected[source[reached], np.flatnonzero(reached)] == far[reached]).all()
    assert (source[~reached] == -1).all()


def test_edges_without_length_are_ways():
    net = network(np.array([0, 1]), np.array([1, 2]), np.array([0.0, 3.0]), nodes=3)
    assert nearest_source(net, np.array([0]))[0].tolist() == [0, 0, 3]


def test_a_length_below_zero_is_refused():
    with pytest.raises(ValueError, match="not negative"):
        network(np.array([0]), np.array([1]), np.array([-1.0]), nodes=2)
