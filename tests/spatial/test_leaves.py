"""Trees of many leaves against trees proven to be the cheapest."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.spatial import Delaunay

from geo.spatial.leaves import attach_leaves
from geo.spatial.network import steiner_tree


def _plain(n: int, edges: np.ndarray, weight: np.ndarray) -> sp.csr_array:
    both = (np.r_[edges[:, 0], edges[:, 1]], np.r_[edges[:, 1], edges[:, 0]])
    return sp.csr_array(sp.coo_array((np.r_[weight, weight], both), shape=(n, n)))


def _country(seed: int, doors: int = 12, parts: int = 3) -> tuple[sp.csr_array, int, np.ndarray]:
    """Ground of `parts` countries that only the root joins, with houses in each: graph, root, doors."""
    random = np.random.default_rng(seed)
    edges, weights, leaves, n = [], [], [], 0
    for _ in range(parts):
        xy = random.random((60, 2))
        spans = np.unique(
            np.sort(np.vstack([t[:, [i, i - 1]] for t in [Delaunay(xy).simplices] for i in range(3)])), axis=0
        )
        houses = random.random((doors, 2))
        legs = np.array(
            [(60 + k, v) for k, h in enumerate(houses) for v in np.hypot(*(xy - h).T).argsort()[:3]]
        )
        every = np.vstack([xy, houses])
        each = np.vstack([spans, legs])
        edges.append(each + n)
        weights.append(np.hypot(*(every[each[:, 0]] - every[each[:, 1]]).T))
        leaves.append(np.arange(60, 60 + doors) + n)
        n += 60 + doors
    stations = random.choice(n, 6, replace=False)
    stations = stations[~np.isin(stations, np.concatenate(leaves))]
    starts = np.unique(np.r_[stations, [k * (60 + doors) for k in range(parts)]])
    edges.append(np.column_stack([np.full(len(starts), n), starts]))
    weights.append(np.full(len(starts), 1e-3))
    return _plain(n + 1, np.vstack(edges), np.concatenate(weights)), n, np.concatenate(leaves)


def _cost(graph: sp.csr_array, up: np.ndarray) -> float:
    inside = np.flatnonzero(up >= 0)
    return float(graph[inside, up[inside]].sum())


def test_the_tree_costs_hardly_more_than_the_cheapest() -> None:
    over = []
    for seed in range(8):
        graph, root, doors = _country(seed)
        cost = _cost(graph, attach_leaves(graph, root, doors))
        proven = steiner_tree(graph, np.append(doors, root), leaves=doors)
        assert proven.proven
        over.append(cost / proven.cost - 1)
    assert min(over) >= -1e-9
    assert np.mean(over) < 0.015
    assert max(over) < 0.05


@pytest.mark.parametrize("seed", range(8))
def test_every_door_climbs_to_the_root_through_no_other_door(seed: int) -> None:
    graph, root, doors = _country(seed)
    up = attach_leaves(graph, root, doors)
    assert up[root] == -1
    ways = set()
    for door in doors:
        v, climbed = up[door], [door]
        while v != root:
            assert v not in doors
            climbed.append(v)
            assert len(climbed) <= len(up)
            v = up[v]
        ways |= set(climbed)
    assert ways == set(np.flatnonzero(up >= 0))  # nothing that nobody needs
    assert (graph[list(ways), up[list(ways)]] > 0).all()


def test_what_two_ways_in_together_save_is_found() -> None:
    """The near door goes straight to the road for 5, the far one alone would take the lane for 4 + 3; but
    the near one lies 2 from the lane, so that both take it: 4 + 2 + 3 and not 5 + 7."""
    road, lane, fork, near, far = range(5)
    edges = np.array([(road, lane), (lane, fork), (fork, near), (near, road), (fork, far)])
    graph = _plain(5, edges, np.array([2.0, 2.0, 2.0, 5.0, 3.0]))
    up = attach_leaves(graph, road, [near, far])
    assert up.tolist() == [-1, road, lane, fork, fork]
    assert _cost(graph, up) == minimum_spanning_tree(graph).sum() == 9.0


def test_who_cannot_be_reached_has_no_way_and_troubles_nobody() -> None:
    edges = np.array([(0, 1), (1, 2), (1, 3), (4, 5)])
    up = attach_leaves(_plain(6, edges, np.ones(4)), 0, [2, 3, 5])
    assert up.tolist() == [-1, 0, 1, 1, -1, -1]
