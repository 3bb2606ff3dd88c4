"""Distances to the nearest of some cells against scipy's."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import distance_transform_edt

from geo.spatial.distance import distance_m


@given(st.integers(1, 40), st.integers(1, 40), st.floats(0, 1), st.integers(0, 2**16))
def test_distances_are_those_of_scipy(rows: int, cols: int, share: float, seed: int) -> None:
    goal = np.random.default_rng(seed).random((rows, cols)) < share
    found = distance_m(goal, 12.5)
    if goal.any():
        assert np.array_equal(found, distance_transform_edt(~goal, sampling=12.5).astype(np.float32))
    else:
        assert np.isinf(found).all()
