"""The part of a graph around a node, held against scipy's components of the masked graph."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import connected_components

from geo.spatial.part import part_of


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 30), st.floats(0.0, 0.3), st.floats(0.0, 1.0), st.integers(0, 10**6))
def test_the_part_is_the_component_over_open_nodes(n, density, share, seed):
    rng = np.random.default_rng(seed)
    half = sp.csr_array(sp.triu(sp.random_array((n, n), density=density, rng=rng), 1))
    graph = sp.csr_array(half + half.T)
    root, is_open = int(rng.integers(n)), rng.random(n) < share
    small, node = part_of(graph, root, is_open)
    is_open[root] = True
    masked = graph.toarray() * is_open[:, None] * is_open[None, :]
    label = connected_components(sp.csr_array(masked), directed=False)[1]
    expected = np.flatnonzero((label == label[root]) & is_open)
    assert node.tolist() == expected.tolist()
    np.testing.assert_array_equal(small.toarray(), masked[np.ix_(expected, expected)])
