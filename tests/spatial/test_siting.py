"""Siting against brute force, and against optima proven by others."""

from __future__ import annotations

import csv
import itertools
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.sparse.csgraph import shortest_path

from geo.spatial import siting
from geo.spatial.siting import UnservedError, cover_all, cover_most, locate, p_median

SEEDS = st.integers(0, 100_000)


def _choices(n: int, p: int | None = None):
    sizes = range(1, n + 1) if p is None else [p]
    return (list(c) for size in sizes for c in itertools.combinations(range(n), size))


@settings(max_examples=60, deadline=None)
@given(seed=SEEDS, exact=st.booleans())
def test_the_cheapest_cover_of_small_cases(seed, exact):
    rng = np.random.default_rng(seed)
    reach = rng.random((9, 6)) < 0.4
    reach[np.arange(9), rng.integers(0, 6, 9)] = True
    price = rng.integers(1, 9, 6).astype(float)
    best = min(price[c].sum() for c in _choices(6) if reach[:, c].any(axis=1).all())
    answer = cover_all(sp.csr_array(reach), site_cost=price, exact_seconds=30.0 if exact else 0.0)
    assert reach[np.arange(9), answer.site_of].all()
    assert set(answer.site_of) <= set(answer.sites)
    assert answer.bound <= best <= answer.cost == price[answer.sites].sum()
    if exact:
        assert answer.proven
        assert answer.cost == best


@settings(max_examples=60, deadline=None)
@given(seed=SEEDS, p=st.integers(0, 4), exact=st.booleans())
def test_the_largest_cover_of_small_cases(seed, p, exact):
    rng = np.random.default_rng(seed)
    reach, weight = rng.random((10, 6)) < 0.25, rng.integers(0, 9, 10).astype(float)
    best = max((weight[reach[:, c].any(axis=1)].sum() for c in _choices(6, p)), default=0.0)
    answer = cover_most(reach, p, weight=weight, exact_seconds=30.0 if exact else 0.0)
    served = answer.site_of >= 0
    assert len(answer.sites) <= p
    assert reach[np.flatnonzero(served), answer.site_of[served]].all()
    assert answer.cost == weight[served].sum() <= best <= answer.bound + 1e-9
    if exact:
        assert answer.proven
        assert answer.cost == best


@settings(max_examples=80, deadline=None)
@given(seed=SEEDS, p=st.integers(1, 5), barred=st.sampled_from([0.0, 0.3]), whole=st.booleans())
def test_the_p_median_of_small_cases(seed, p, barred, whole):
    rng = np.random.default_rng(seed)
    cost = rng.integers(0, 40, (12, 8)).astype(float) if whole else rng.random((12, 8))
    cost[rng.random((12, 8)) < barred] = np.inf
    best = min(cost[:, c].min(axis=1).sum() for c in _choices(8, p))
    if not np.isfinite(best):
        with pytest.raises(UnservedError):
            p_median(cost, p)
        return
    answer = p_median(cost, p)
    assert len(answer.sites) == p
    assert answer.proven
    assert answer.cost == pytest.approx(best)
    assert cost[np.arange(12), answer.site_of].sum() == pytest.approx(best)


def _served(cost, demand, capacity, c):
    """What serving everyone from the sites `c` costs, by scipy's solver (None: they do not suffice)."""
    clients, p = len(cost), len(c)
    finite = np.where(np.isfinite(cost[:, c]), cost[:, c], 0.0)
    upper = np.isfinite(cost[:, c]).astype(float).ravel()
    within = np.zeros((p, clients * p))
    for k in range(p):
        within[k, k::p] = demand
    each = np.kron(np.eye(clients), np.ones(p))
    bounds = np.stack([np.zeros_like(upper), upper], axis=1)
    answer = linprog(finite.ravel(), within, capacity[c], each, np.ones(clients), bounds)
    return answer.fun if answer.success else None


@settings(max_examples=20, deadline=None)
@given(seed=SEEDS, above=st.booleans())
def test_capacitated_location_of_small_cases(seed, above):
    rng = np.random.default_rng(seed)
    cost = rng.integers(1, 50, (6, 4)).astype(float)
    cost[rng.random((6, 4)) < 0.15] = np.inf
    fixed, demand = rng.integers(5, 60, 4).astype(float), rng.integers(1, 10, 6).astype(float)
    capacity = rng.integers(5, 25, 4).astype(float)
    prices = [(c, _served(cost, demand, capacity, c)) for c in _choices(4)]
    best = min((fixed[c].sum() + price for c, price in prices if price is not None), default=np.inf)
    largest = siting.LARGEST
    siting.LARGEST = 0 if above else largest
    try:
        if not np.isfinite(best):
            with pytest.raises(UnservedError):
                locate(cost, fixed, demand=demand, capacity=capacity)
            return
        answer = locate(cost, fixed, demand=demand, capacity=capacity)
    finally:
        siting.LARGEST = largest
    share = answer.share.toarray()
    assert share.sum(axis=1) == pytest.approx(1.0)
    assert (demand @ share <= capacity + 1e-6).all()
    assert np.isfinite(cost[share > 0]).all()
    assert (cost[share > 0] * share[share > 0]).sum() + fixed[answer.sites].sum() == pytest.approx(
        answer.cost
    )
    assert answer.bound <= best + 1e-6
    assert answer.cost >= best - 1e-6
    if not above:
        assert answer.proven
        assert answer.cost == pytest.approx(best)


def test_who_cannot_be_served_is_named():
    with pytest.raises(UnservedError) as refused:
        cover_all([[1, 0], [0, 0], [0, 1]])
    assert refused.value.clients.tolist() == [1]
    with pytest.raises(UnservedError):
        p_median([[1.0, 2.0], [np.inf, np.inf]], 1)
    with pytest.raises(ValueError, match="p must be"):
        p_median([[1.0, 2.0]], 3)
    with pytest.raises(ValueError, match="site_cost"):
        cover_all([[1, 1]], site_cost=[1.0, 0.0])


def test_the_bound_holds_above_the_stated_size(monkeypatch):
    rng = np.random.default_rng(4)
    spot, site = rng.random((400, 2)), rng.random((60, 2))
    cost = np.hypot(*(spot[:, None] - site[None]).T).T
    exact = p_median(cost, 8)
    monkeypatch.setattr(siting, "LARGEST", 0)
    monkeypatch.setattr(siting, "_BRANCHING", 0.0)
    rough = p_median(cost, 8)
    assert exact.proven
    assert rough.bound <= exact.cost * (1 + 1e-9)
    assert exact.cost <= rough.cost * (1 + 1e-9)
    assert rough.gap < 0.02


def test_the_radius_programme_agrees_with_branch_and_bound(monkeypatch):
    rng = np.random.default_rng(8)
    cost = rng.integers(1, 100, (40, 20)).astype(float)
    own = p_median(cost, 4)
    monkeypatch.setattr(siting, "_BRANCHING", 0.0)
    other = p_median(cost, 4)
    assert own.proven
    assert other.proven
    assert own.cost == other.cost


def test_solving_is_silent(capfd):
    cover_all(np.eye(3))
    locate([[1.0, 2.0], [2.0, 1.0]], [1.0, 1.0], demand=[1.0, 1.0], capacity=[1.0, 1.0])
    assert capfd.readouterr().out == ""


def _pmed(path: Path) -> tuple[np.ndarray, int]:
    numbers = np.array(path.read_text().split(), int)
    n, _, p = numbers[:3]
    length = np.zeros((n, n))
    for u, v, w in numbers[3:].reshape(-1, 3):  # of an edge given twice the last counts
        length[u - 1, v - 1] = length[v - 1, u - 1] = w
    return shortest_path(length, directed=False), int(p)


def test_orlib_p_medians_are_solved_and_proven(real: Path):
    folder = real / "optimisation" / "orlib_pmed"
    for row in list(csv.DictReader((folder / "optimum.csv").open()))[:10]:
        cost, p = _pmed(folder / row["file"])
        answer = p_median(cost, p)
        assert answer.proven, row
        assert answer.cost == float(row["optimum"]), row


def test_orlib_capacitated_locations_are_solved_and_proven(real: Path):
    folder = real / "optimisation" / "orlib_cap"
    for row in csv.DictReader((folder / "optimum.csv").open()):
        numbers = np.array((folder / row["file"]).read_text().split(), float)
        m, n = int(numbers[0]), int(numbers[1])
        sites = numbers[2 : 2 + 2 * m].reshape(m, 2)
        clients = numbers[2 + 2 * m :].reshape(n, m + 1)
        answer = locate(clients[:, 1:], sites[:, 1], demand=clients[:, 0], capacity=sites[:, 0])
        assert answer.proven, row
        assert answer.cost == pytest.approx(float(row["optimum"]), rel=1e-9), row


def test_published_answers_of_san_francisco(real: Path):
    path = real / "optimisation/spopt_fixtures/SF_network_distance_candidateStore_16_censusTract_205_new.csv"
    rows = list(csv.DictReader(path.open()))
    stores = {name: i for i, name in enumerate(sorted({r["name"] for r in rows}))}
    tracts = {name: i for i, name in enumerate(sorted({r["DestinationName"] for r in rows}))}
    away, people = np.zeros((len(tracts), len(stores))), np.zeros(len(tracts))
    for r in rows:
        away[tracts[r["DestinationName"]], stores[r["name"]]] = float(r["distance"])
        people[tracts[r["DestinationName"]]] = float(r["demand"])
    assert cover_all(away <= 5000).cost == 8
    assert cover_most(away <= 5000, 4, weight=people).cost == 875_247
    median = p_median(away * people[:, None], 4)
    assert median.proven
    assert median.cost == pytest.approx(2_848_268_129.71, abs=0.01)
