"""The ground at or above a level, against the cells themselves."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.spatial.isolines import ground_above, isolines

PLACE = {"west": 0.0, "north": 0.0, "cell": 10.0}


@settings(max_examples=60, deadline=None)
@given(rows=st.integers(1, 9), cols=st.integers(1, 9), most=st.integers(1, 5), seed=st.integers(0, 100_000))
def test_a_level_that_centres_have_exactly_loses_no_ground(
    rows: int, cols: int, most: int, seed: int
) -> None:
    z = np.random.default_rng(seed).integers(0, most + 1, (rows, cols)).astype(float)
    at, below = ground_above(z, 2.0, **PLACE), ground_above(z, 2.0 - 1e-6, **PLACE)
    assert abs(at.area - below.area) < 0.01 * z.size
    r, c = np.indices(z.shape)
    centres = shapely.points(10.0 * (c + 0.5), -10.0 * (r + 0.5))
    np.testing.assert_array_equal(shapely.intersects(at, centres), z >= 2.0)


def test_two_halves_that_meet_in_a_centre_at_the_level_both_have_their_line() -> None:
    z = np.array([[0.0, 0.0, 0.0, 0.0, 0.0], [0.0, 3.0, 1.0, 3.0, 0.0], [0.0, 0.0, 0.0, 0.0, 0.0]])
    lines = shapely.get_parts(isolines(z, 1.0, **PLACE))
    assert shapely.is_closed(lines).all()
    kite = 0.5 * (20 / 3 + 10) * (40 / 3)  # two thirds of a cell to three sides, a whole one to the middle
    np.testing.assert_allclose(ground_above(z, 1.0, **PLACE).area, 2 * kite, rtol=1e-3)


def test_void_ground_lies_below() -> None:
    z = np.full((5, 5), np.nan)
    assert ground_above(z, 1.0, **PLACE).is_empty
    z[2, 2] = 3.0
    assert ground_above(z, 1.0, **PLACE).contains(shapely.Point(25.0, -25.0))
