"""Programmes solved by their core have the optimum, and claim no more than is proven."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.spatial.core import solve_by_core
from geo.spatial.milp import Programme, solve


@st.composite
def programmes(draw: st.DrawFn) -> Programme:
    """Clients to sites that cost something to open, with one sum over everybody last; many equal costs."""
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    u, s = draw(st.integers(1, 10)), draw(st.integers(1, 5))
    most = rng.integers(1, 4, u)
    room = rng.integers(1, 9, s)
    pay = rng.integers(0, draw(st.sampled_from([3, 1000])), (u, s)).astype(float)
    way = rng.integers(0, 20, (u, s)).astype(float)
    x, n = np.arange(u * s).reshape(u, s), u * s + s
    rows = np.zeros((u + s + u * s + 1, n))
    for i in range(u):
        rows[i, x[i]] = 1
    for j in range(s):
        rows[u + j, x[:, j]], rows[u + j, u * s + j] = 1, -room[j]
    for k in range(u * s):
        rows[u + s + k, k], rows[u + s + k, u * s + k % s] = 1, -most[k // s]
    rows[-1, : u * s] = way.ravel()
    least = np.full(len(rows), -np.inf)
    least[:u] = most
    loose = draw(st.sampled_from([0.5, 1.0, 1.5, 100.0]))
    return Programme(
        cost=np.r_[pay.ravel(), rng.integers(0, 50, s)],
        matrix=sp.csr_array(rows),
        row_low=least,
        row_high=np.r_[most, np.zeros(s + u * s), loose * float(way.min(axis=1) @ most)].astype(float),
        low=np.zeros(n),
        high=np.r_[np.repeat(most, s), np.ones(s)].astype(float),
        whole=np.ones(n, bool),
    )


def kept(programme: Programme, x: np.ndarray) -> bool:
    row = programme.matrix @ x
    inside = (programme.row_low - 1e-6 <= row) & (row <= programme.row_high + 1e-6)
    return bool(inside.all() and (programme.low <= x + 1e-6).all() and (x <= programme.high + 1e-6).all())


@settings(max_examples=150, deadline=None)
@given(programmes(), st.booleans(), st.booleans())
def test_the_same_optimum_as_of_the_whole(programme: Programme, paid: bool, begun: bool) -> None:
    wanted = solve(programme)
    begin = solve(Programme(**{**vars(programme), "cost": -programme.cost})).x if begun else None
    over = programme.matrix.shape[0] - 1 if paid else None
    found = solve_by_core(programme, start=begin, over=over)
    assert (found.x is None) == (wanted.x is None)
    if found.x is not None:
        assert found.value == pytest.approx(wanted.value, abs=1e-5)
        assert found.bound == pytest.approx(wanted.value, abs=1e-5)
        assert float(programme.cost @ found.x) == pytest.approx(found.value, abs=1e-5)
        assert kept(programme, found.x)


@settings(max_examples=80, deadline=None)
@given(programmes(), st.sampled_from([0.01, 0.2]), st.sampled_from([None, 1]))
def test_the_bound_is_one_and_a_start_is_never_lost(
    programme: Programme, gap: float, nodes: int | None
) -> None:
    best = solve(programme)
    found = solve_by_core(programme, gap=gap, nodes=nodes, over=programme.matrix.shape[0] - 1)
    if best.x is None:
        assert found.x is None
        return
    assert found.bound <= best.value + 1e-5
    if nodes is None:
        assert found.value - found.bound <= gap * max(abs(found.value), 1.0) + 1e-5
    again = solve_by_core(programme, gap=gap, nodes=nodes, start=best.x)
    assert again.value <= best.value + 1e-5
