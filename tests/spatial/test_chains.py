"""Points, pieces and feet along lines, against shapely."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.ops import substring

from geo.spatial.chains import foot_on, make_chains


def some_lines(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.array(
        [shapely.LineString(rng.uniform(0, 100, (int(n), 2))) for n in rng.integers(2, 9, 6)], object
    )


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 5), st.floats(-0.1, 1.1), st.floats(0, 1))
def test_as_shapely_has_it(seed: int, row: int, first: float, second: float):
    lines = some_lines(seed)
    chains, line = make_chains(lines), lines[row]
    at = first * line.length
    inside = line.interpolate(float(np.clip(at, 0, line.length)))
    assert chains.points([row], [at])[0] == pytest.approx(inside.coords[0], abs=1e-9)
    a, b = float(np.clip(at, 0, line.length)), second * line.length
    piece = chains.piece(row, a, b)
    assert shapely.LineString(piece).length == pytest.approx(abs(a - b), abs=1e-6)
    if abs(a - b) > 1e-3:
        wanted = substring(line, a, b)
        assert shapely.hausdorff_distance(shapely.LineString(piece), wanted) < 1e-6
        assert piece[0] == pytest.approx(wanted.coords[0], abs=1e-6)
    point = np.random.default_rng(seed + 1).uniform(-20, 120, 2)
    foot = foot_on(shapely.get_coordinates(line), point)
    assert np.hypot(*(foot - point)) == pytest.approx(line.distance(shapely.Point(point)), abs=1e-9)
    assert line.distance(shapely.Point(foot)) < 1e-6
