"""Walking steps against the formula written out for single steps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.spatial.search import LENGTHS, OFFSETS
from geo.spatial.steps import walking_seconds, walking_steps


def touched(r: int, c: int, dr: int, dc: int) -> list[tuple[int, int]]:
    """The cells a step touches; those of a knight's move by walking it a little to either side."""
    if dr * dr + dc * dc < 5:
        return [(r, c), (r + dr, c + dc)]
    cells = {(r, c), (r + dr, c + dc)}
    for t in np.linspace(0.1, 0.9, 9):
        for nudge in (-0.01, 0.01):
            y, x = r + t * dr + nudge * dc, c + t * dc - nudge * dr
            cells.add((int(np.floor(y + 0.5)), int(np.floor(x + 0.5))))
    return sorted(cells)


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 1000),
    k=st.sampled_from([8, 16]),
    best=st.sampled_from([-0.05, 0.05, 0.0]),
    size=st.tuples(st.integers(3, 6), st.integers(3, 6)),
)
def test_each_step_by_the_formula(seed: int, k: int, best: float, size: tuple[int, int]) -> None:
    rng = np.random.default_rng(seed)
    rows, cols = size
    height = rng.uniform(0, 12, size).astype(np.float32)
    slow = rng.choice([1.0, 1.5, 2.5, np.inf], size, p=[0.4, 0.3, 0.2, 0.1]).astype(np.float32)
    made = rng.random(size) < 0.5
    steps = walking_steps(
        height,
        slow,
        cell_m=10.0,
        top_m_s=1.6,
        decay=3.5,
        best_slope=best,
        max_slope=0.8,
        made=made,
        directions=k,
    ).reshape(rows, cols, k)
    for r, c, j in np.ndindex(rows, cols, k):
        dr, dc = OFFSETS[j]
        if not (0 <= r + dr < rows and 0 <= c + dc < cols):
            assert steps[r, c, j] == np.inf
            continue
        cells = tuple(np.transpose(touched(r, c, dr, dc)))
        d = LENGTHS[j] * 10
        slope = (float(height[r, c]) - float(height[r + dr, c + dc])) / d  # inbound: from there to here
        wanted = d * slow[cells].mean() / 1.6 * np.exp(3.5 * abs(slope - best))
        if abs(slope) > 0.8 and not made[cells].all():
            wanted = np.inf
        assert steps[r, c, j] == pytest.approx(wanted, rel=1e-6)


def test_seconds_of_a_leg() -> None:
    """100 m level at Tobler's 5.04 km/h, 20 % up at 2.50 km/h, nowhere to go at all."""
    found = walking_seconds(
        np.array([100.0, 100.0, 0.0, 50.0]),
        np.array([0.0, 20.0, 3.0, 0.0]),
        np.array([1.0, 1.0, np.inf, np.inf]),
        top_m_s=6 / 3.6,
        decay=3.5,
        best_slope=-0.05,
    )
    np.testing.assert_allclose(found[:2], [71.48, 143.93], rtol=1e-4)
    assert found[2] == 0
    assert found[3] == np.inf
