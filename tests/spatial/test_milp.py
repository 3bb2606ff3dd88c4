"""Integer programmes: the answer is the point that is told, whatever point the search began from."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import scipy.sparse as sp

from geo.spatial.milp import Held, Programme, solve

COST = np.array([1.0, 0.0, 1.0, 1.0, 0.0, 2.0, 0.0, 0.0, 0.0])
ROWS = np.array(
    [
        [1, 1, 1, 0, 0, 0, 0, 0, 0],  # one of the first unit
        [0, 0, 0, 1, 1, 1, 0, 0, 0],  # two of the second
        [1, 0, 0, 1, 0, 0, -2, 0, 0],  # as many as the opened site takes
        [0, 1, 0, 0, 1, 0, 0, -1, 0],
        [0, 0, 1, 0, 0, 1, 0, 0, -3],
        [-1, -1, -1, -1, -1, -1, 0, 0, 0],  # three placed in all
    ],
    dtype=float,
)
MOST = np.array([1, 1, 1, 2, 2, 2, 1, 1, 1], dtype=float)
HIGH = np.array([1, 2, 0, 0, 0, -2.5])


def programme() -> Programme:
    return Programme(
        cost=COST,
        matrix=sp.csr_array(ROWS),
        row_low=np.full(len(ROWS), -np.inf),
        row_high=HIGH,
        low=np.zeros(9),
        high=MOST,
        whole=np.ones(9, bool),
    )


def by_hand() -> tuple[float, list[np.ndarray]]:
    """The least value and every point there is."""
    points = [np.array(p) for p in product(*(range(int(m) + 1) for m in MOST))]
    possible = [p for p in points if (ROWS @ p <= HIGH).all()]
    return min(float(COST @ p) for p in possible), possible


def test_the_optimum_from_any_start() -> None:
    least, possible = by_hand()
    for start in [None, *possible]:
        solved = solve(programme(), start=start)
        assert solved.x is not None
        assert solved.value == pytest.approx(least)
        assert float(COST @ solved.x) == pytest.approx(least)
        assert (ROWS @ solved.x <= HIGH + 1e-9).all()


def test_what_is_held_is_let_go_again() -> None:
    """Two things worth 3 and 2 at 1 each, one unit of money: what is held is paid for, the rest chosen."""
    matrix = sp.csr_array(np.ones((1, 2)))
    one = np.ones(2)
    programme = Programme(
        np.array([-3.0, -2.0]), matrix, np.array([-np.inf]), np.ones(1), 0 * one, one, np.zeros(2, bool)
    )
    held = Held(programme)
    assert held.solved().value == -3
    assert held.holding({1: 1.0}).value == -2
    assert held.holding({0: 0.5, 1: 0.25}).value == -2
    assert held.holding({0: 1.0, 1: 1.0}).x is None
    assert held.holding({}).value == -3
