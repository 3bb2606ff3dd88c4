"""Distances over a raster, against SciPy."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import distance_transform_edt

from geo.spatial.distance import distance_to


@settings(max_examples=60, deadline=None)
@given(
    rows=st.integers(1, 40),
    cols=st.integers(1, 40),
    share=st.floats(0.001, 1.0),
    cell=st.sampled_from([1.0, 12.5, 30.0]),
    seed=st.integers(0, 100_000),
)
def test_the_distances_are_scipys(rows: int, cols: int, share: float, cell: float, seed: int) -> None:
    marked = np.random.default_rng(seed).random((rows, cols)) < share
    if marked.any():
        wanted = distance_transform_edt(~marked, sampling=cell)
        np.testing.assert_allclose(distance_to(marked, cell), wanted, rtol=1e-6)


def test_without_a_marked_cell_all_is_out_of_reach() -> None:
    assert np.isinf(distance_to(np.zeros((3, 4), bool), 10.0)).all()


def test_one_cell_in_a_corner() -> None:
    marked = np.zeros((4, 5), bool)
    marked[0, 0] = True
    row, col = np.indices(marked.shape)
    np.testing.assert_allclose(distance_to(marked, 2.0), 2.0 * np.hypot(row, col), rtol=1e-6)
