"""Steiner trees against brute force, and against optima proven by others."""

from __future__ import annotations

import csv
import itertools
import json
import time
from pathlib import Path

import numba
import numpy as np
import pytest
import rasterio
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree

from geo.spatial import steiner_dual
from geo.spatial.network import DisconnectedError, SteinerTree, steiner_tree
from geo.spatial.steiner_dual import ascend, blank_log, improve_dual
from geo.spatial.steiner_graph import of_sparse, shrink


def _matrix(n: int, edges: list[tuple[int, int, float]]) -> sp.coo_array:
    u, v, w = zip(*edges, strict=True) if edges else ((), (), ())
    return sp.coo_array((np.array(w, float), (np.array(u, int), np.array(v, int))), shape=(n, n))


def _brute(n: int, edges: list[tuple[int, int, float]], terminals: set[int], leaves: set[int]) -> float:
    """The cheapest of all sets of edges that make a tree joining the terminals with every leaf an end."""
    best = np.inf
    for size in range(len(terminals) - 1, min(n, len(edges) + 1)):
        for some in itertools.combinations(edges, size):
            cost = sum(w for _, _, w in some)
            nodes = {x for u, v, _ in some for x in (u, v)}
            if cost >= best or len(nodes) != size + 1 or not terminals <= nodes:
                continue
            degree = np.bincount([x for u, v, _ in some for x in (u, v)], minlength=n)
            if any(degree[x] > 1 for x in leaves) or (leaves - terminals) & nodes:
                continue
            count, label = connected_components(_matrix(n, list(some)), directed=False)
            if count == n - size and len({label[t] for t in terminals}) == 1:
                best = cost
    return best


def _is_tree(answer: SteinerTree, terminals: set[int]) -> None:
    nodes = set(answer.edges.ravel().tolist())
    assert terminals <= nodes
    assert len(answer.edges) == len(nodes) - 1
    n = max(nodes) + 1
    joined = _matrix(n, [(u, v, 1.0) for u, v in answer.edges.tolist()])
    _, label = connected_components(joined, directed=False)
    assert len({label[v] for v in nodes}) == 1
    degree = np.bincount(answer.edges.ravel(), minlength=n)
    assert all(v in terminals for v in np.flatnonzero(degree == 1))


SMALL = st.integers(3, 7).flatmap(
    lambda n: st.tuples(
        st.just(n),
        st.lists(
            st.tuples(st.integers(0, n - 1), st.integers(0, n - 1), st.integers(1, 9).map(float)).filter(
                lambda e: e[0] != e[1]
            ),
            min_size=1,
            max_size=10,
            unique_by=lambda e: (min(e[:2]), max(e[:2])),
        ),
        st.sets(st.integers(0, n - 1), min_size=2, max_size=5),
        st.sets(st.integers(0, n - 1), max_size=4),
    )
)


@settings(max_examples=150, deadline=None)
@given(SMALL)
def test_the_optimum_of_small_graphs_with_leaves(case):
    n, edges, terminals, leaves = case
    best = _brute(n, edges, terminals, leaves)
    if not np.isfinite(best):
        with pytest.raises(DisconnectedError):
            steiner_tree(_matrix(n, edges), sorted(terminals), leaves=sorted(leaves))
        return
    answer = steiner_tree(_matrix(n, edges), sorted(terminals), leaves=sorted(leaves))
    _is_tree(answer, terminals)
    degree = np.bincount(answer.edges.ravel(), minlength=n)
    assert all(degree[v] <= 1 for v in leaves)
    assert answer.cost == pytest.approx(best)
    assert answer.proven


def _random(seed: int, n: int, m: int) -> sp.coo_array:
    """A connected graph: a random tree and `m` more edges."""
    rng = np.random.default_rng(seed)
    u = np.r_[[rng.integers(0, v) for v in range(1, n)], rng.integers(0, n, m)].astype(int)
    v = np.r_[np.arange(1, n), rng.integers(0, n, m)]
    off = u != v
    weight = rng.integers(1, 30, len(u)).astype(float)
    return sp.coo_array((weight[off], (u[off], v[off])), shape=(n, n))


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), many=st.integers(14, 20), houses=st.integers(0, 8))
def test_branch_and_cut_and_the_dynamic_programme_agree(seed, many, houses):
    """One more terminal than the programme takes, with the extra ones hung on at a known cost."""
    n = 40
    graph = _random(seed, n, 60)
    few = np.arange(0, 9)
    plain = steiner_tree(graph, few)
    extra = np.arange(n, n + many)
    rows, cols = np.r_[graph.row, np.resize(few, many)], np.r_[graph.col, extra]
    grown = sp.coo_array((np.r_[graph.data, np.full(many, 100.0)], (rows, cols)), shape=(n + many, n + many))
    answer = steiner_tree(grown, np.r_[few, extra], leaves=extra[:houses])
    assert plain.proven
    assert answer.proven
    assert answer.cost == pytest.approx(plain.cost + 100.0 * many)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_order_of_edges_and_the_names_of_nodes_change_no_cost(seed):
    graph = _random(seed, 60, 90)
    terminals = np.arange(0, 60, 3)
    rng = np.random.default_rng(seed)
    name, order = rng.permutation(60), rng.permutation(len(graph.data))
    other = sp.coo_array(
        (graph.data[order], (name[graph.col[order]], name[graph.row[order]])), shape=graph.shape
    )
    one, two = steiner_tree(graph, terminals), steiner_tree(other, name[terminals])
    assert one.proven
    assert two.proven
    assert one.cost == pytest.approx(two.cost)


def test_the_same_question_has_the_same_answer():
    graph = _random(3, 400, 900)
    one, two = (steiner_tree(graph, np.arange(0, 400, 4), work=0) for _ in range(2))
    assert np.array_equal(one.edges, two.edges)
    assert one.bound == two.bound
    assert one.bound <= one.cost


def test_a_terminal_without_neighbours_is_looked_at_alone():
    """Numba's permutation of nothing reads a place that is not there; compiled code does not say so."""
    looked = numba.njit(boundscheck=True)(steiner_dual._neighbours.py_func)
    alone = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 1.0]])
    terminals = np.array([0, 2])
    assert looked(alone, terminals, 2, 0, np.random.default_rng(0)).tolist() == [0]
    met = np.array([[1.0, 1.0, 0.0], [0.0, 1.0, 1.0]])
    assert sorted(looked(met, terminals, 1, 0, np.random.default_rng(0)).tolist()) == [0, 1]


def test_all_nodes_make_a_spanning_tree():
    graph = _random(5, 80, 300)
    cheapest = of_sparse(graph)
    both = sp.coo_array((cheapest.cost, (cheapest.lo, cheapest.hi)), shape=graph.shape)
    answer = steiner_tree(graph, np.arange(80))
    assert answer.cost == pytest.approx(minimum_spanning_tree(sp.csr_array(both)).sum())


def test_nothing_to_join_costs_nothing():
    graph = _matrix(3, [(0, 1, 1.0)])
    for terminals in ([], [2], [1, 1]):
        answer = steiner_tree(graph, terminals)
        assert (answer.cost, answer.bound, answer.edges.shape, answer.gap) == (0.0, 0.0, (0, 2), 0.0)
        assert answer.proven


def test_of_parallel_arcs_the_cheapest_counts_and_loops_none():
    graph = _matrix(3, [(0, 1, 5.0), (1, 0, 3.0), (1, 2, 4.0), (1, 2, 7.0), (1, 1, 0.5)])
    assert steiner_tree(graph, [0, 2]).cost == 7.0


def test_a_house_is_an_end():
    """0 - 1 - 2 costs 2, but 1 is a house: the way round over 3 costs 5 and 1 hangs on it."""
    graph = _matrix(4, [(0, 1, 1.0), (1, 2, 1.0), (0, 3, 2.0), (3, 2, 2.0)])
    assert steiner_tree(graph, [0, 1, 2]).cost == 2.0
    assert steiner_tree(graph, [0, 1, 2], leaves=[1]).cost == 5.0
    with pytest.raises(DisconnectedError):
        steiner_tree(_matrix(3, [(0, 1, 1.0), (1, 2, 1.0)]), [0, 1, 2], leaves=[1])


@pytest.mark.parametrize("weight", [0.0, -1.0, np.inf, np.nan])
def test_weights_are_positive_and_finite(weight):
    with pytest.raises(ValueError, match="positive"):
        steiner_tree(_matrix(2, [(0, 1, weight)]), [0, 1])


def test_terminals_apart_are_refused():
    with pytest.raises(DisconnectedError):
        steiner_tree(_matrix(4, [(0, 1, 1.0), (2, 3, 1.0)]), [0, 3])
    with pytest.raises(ValueError, match="nodes of the graph"):
        steiner_tree(_matrix(2, [(0, 1, 1.0)]), [0, 5])


def test_a_chain_becomes_one_edge_and_remembers_its_parts():
    g = of_sparse(_matrix(6, [(0, 1, 1.0), (1, 2, 2.0), (2, 3, 3.0), (3, 4, 1.0), (0, 3, 9.0), (4, 5, 1.0)]))
    terminal = np.zeros(6, bool)
    terminal[[0, 4]] = True
    small = shrink(g, np.ones(g.m, bool), terminal)
    assert small.graph.cost.tolist() == [7.0]
    assert sorted(g.cost[small.origin(np.array([0]))].tolist()) == [1.0, 1.0, 2.0, 3.0]


def test_steinlib_b_is_solved_and_proven(real: Path):
    folder = real / "optimisation" / "steinlib_B"
    for row in csv.DictReader((folder / "optimum.csv").open()):
        answer = steiner_tree(*_steinlib(folder / row["file"]))
        assert answer.proven, row
        assert answer.cost == float(row["optimum"]), row


def _steinlib(path: Path) -> tuple[sp.coo_array, list[int]]:
    words = [line.split() for line in path.read_text().splitlines() if line.strip()]
    n = next(int(w[1]) for w in words if w[0] == "Nodes")
    edges = [(int(w[1]) - 1, int(w[2]) - 1, float(w[3])) for w in words if w[0] == "E"]
    return _matrix(n, edges), [int(w[1]) - 1 for w in words if w[0] == "T"]


def _ground(real: Path, n: int) -> sp.coo_array:
    """8 neighbours; an edge costs its length times 1 + 20 times its slope."""
    with rasterio.open(real / "ground" / "win.tif") as raster:
        z = raster.read(1).astype(float)[:n, :n]
    cell = np.arange(n * n).reshape(n, n)
    out = []
    for dr, dc, length in ((0, 1, 30.0), (1, 0, 30.0), (1, 1, 30 * 2**0.5), (1, -1, 30 * 2**0.5)):
        here = cell[: n - dr, max(0, -dc) : n - max(0, dc)].ravel()
        there = cell[dr:, max(0, dc) : n + min(0, dc)].ravel()
        rise = np.abs(z.flat[here] - z.flat[there])
        out.append((here, there, length * (1 + 20 * rise / length)))
    u, v, w = (np.concatenate(part) for part in zip(*out, strict=True))
    return sp.coo_array((w, (u, v)), shape=(n * n, n * n))


@pytest.mark.parametrize("case", [0, 1, 2])
def test_real_terrain_is_solved_and_proven(real: Path, case: int):
    known = json.loads((real / "ground" / "steiner_terrain.json").read_text())["cases"][case]
    n = known["n"]
    answer = steiner_tree(_ground(real, n), [r * n + c for r, c in known["terminals"]])
    assert answer.proven
    assert answer.cost == pytest.approx(known["optimum"], rel=1e-6)


def test_a_hundred_terminals_on_real_terrain_are_near_the_bound(real: Path):
    rng = np.random.default_rng(1)
    answer = steiner_tree(_ground(real, 60), rng.choice(3600, 100, replace=False), work=0)
    _is_tree(answer, set(np.random.default_rng(1).choice(3600, 100, replace=False).tolist()))
    assert 0 <= answer.gap < 0.02


def test_a_real_road_graph(real: Path):
    with (real / "ground" / "road_graph_edges.csv").open() as file:
        edges = [(int(r["u"]), int(r["v"]), float(r["length_m"])) for r in csv.DictReader(file)]
    with (real / "ground" / "road_graph_nodes.csv").open() as file:
        rows = list(csv.DictReader(file))
    answer = steiner_tree(_matrix(len(rows), edges), [int(r["node"]) for r in rows if int(r["terminal"])])
    assert answer.proven
    assert answer.cost == pytest.approx(44_721.055, abs=0.01)


def slopes(n: int, seed: int) -> sp.coo_array:
    """8 neighbours on made hills; an edge costs its length and 20 times its rise."""
    y, x = np.mgrid[:n, :n] / n
    rng = np.random.default_rng(seed)
    z = 40 * np.sin(7 * x + 3 * y) + 30 * np.cos(9 * y - 2 * x) + rng.random((n, n)) * 8
    cell, parts = np.arange(n * n).reshape(n, n), []
    for dr, dc in ((0, 1), (1, 0), (1, 1), (1, -1)):
        here = cell[: n - dr, max(0, -dc) : n - max(0, dc)].ravel()
        there = cell[dr:, max(0, dc) : n + min(0, dc)].ravel()
        parts.append((here, there, 30 * np.hypot(dr, dc) + 20 * np.abs(z.flat[here] - z.flat[there])))
    u, v, w = (np.concatenate(part) for part in zip(*parts, strict=True))
    return sp.coo_array((w, (u, v)), shape=(n * n, n * n))


def test_no_clock_decides_how_far_a_proof_gets(monkeypatch: pytest.MonkeyPatch):
    """A machine on which time flies proves as much as any other; and the limit of work does bind."""
    graph, at = slopes(30, 1), np.random.default_rng(1).choice(900, 20, replace=False)
    found = steiner_tree(graph, at)
    ticks = itertools.count(0, 1000)
    for clock in ("time", "monotonic"):
        monkeypatch.setattr(time, clock, lambda: float(next(ticks)))
    again = steiner_tree(graph, at)
    assert found.proven
    assert (again.cost, again.bound) == (found.cost, found.bound)
    np.testing.assert_array_equal(again.edges, found.edges)
    short = steiner_tree(graph, at, work=1e4)
    assert not short.proven
    assert short.bound < found.bound <= found.cost <= short.cost


def test_a_hundred_terminals_are_within_two_per_cent_of_a_proven_bound():
    at = np.random.default_rng(3).choice(3600, 100, replace=False)
    found = steiner_tree(slopes(60, 1), at, work=0)
    assert found.gap <= 0.02


def test_potentials_share_the_costs():
    """The dual is feasible by its definition: no arc is used for more than it costs, none at the root."""
    graph = of_sparse(slopes(15, 2))
    at = np.random.default_rng(4).choice(225, 24, replace=False)
    potential, reduced = np.zeros((24, 225)), graph.weight.copy()
    log = blank_log(len(reduced))
    arcs = (graph.indptr, graph.indices, graph.weight, graph.twin)
    low = ascend(arcs, at[0], reduced, np.arange(1, 24), at, 0.0, potential, log)
    low += improve_dual(arcs, at, at[0], reduced, potential, 60, np.random.default_rng(5), log)
    used = np.maximum(0, potential[:, graph.indices] - potential[:, graph.tail]).sum(axis=0)
    assert (used <= graph.weight * (1 + 1e-9)).all()
    assert (potential[:, at[0]] == 0).all()
    assert low == pytest.approx(potential[np.arange(24), at].sum())
    assert low <= steiner_tree(slopes(15, 2), at, work=3e7).cost * (1 + 1e-9)
