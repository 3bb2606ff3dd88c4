"""The bucket search against GRASS, scipy and the elongation known for 8 and 16 neighbours."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from geo.spatial.search import LENGTHS, OFFSETS, least, search, turned
from geo.spatial.steps import even_steps

SEED = 20261123


def random_steps(rows: int, cols: int, k: int, seed: int, barred: float = 0.1) -> np.ndarray:
    """Directed steps of random cost, some refused, none off the grid."""
    rng = np.random.default_rng(seed)
    steps = rng.uniform(0.5, 20.0, (rows, cols, k))
    steps[rng.random(steps.shape) < barred] = np.inf
    r, c = np.mgrid[:rows, :cols]
    for j, (dr, dc) in enumerate(OFFSETS[:k]):
        off = (r + dr < 0) | (r + dr >= rows) | (c + dc < 0) | (c + dc >= cols)
        steps[off, j] = np.inf
    return steps.reshape(rows * cols, k)


def graph(steps: np.ndarray, cols: int) -> csr_array:
    v, j = np.nonzero(np.isfinite(steps))
    u = v + OFFSETS[j, 0] * cols + OFFSETS[j, 1]
    return csr_array((steps[v, j], (v, u)), shape=(len(steps), len(steps)))


@pytest.fixture(scope="module")
def ground(real: Path) -> Path:
    return real / "ground"


def read(path: Path) -> np.ndarray:
    with rasterio.open(path) as raster:
        return raster.read(1).astype(np.float64)


def cell_of(x: float, y: float) -> int:
    return int((4924000 - y) // 30) * 240 + int((x - 592000) // 30)


@pytest.mark.parametrize("k", [8, 16])
def test_costs_agree_with_grass_r_cost(ground: Path, k: int) -> None:
    steps = even_steps(read(ground / "costmap.tif"), k)
    starts = np.array([cell_of(594415, 4922185), cell_of(598615, 4917415)])
    found = search(steps, (240, 240), starts)
    np.testing.assert_allclose(found.cost, read(ground / f"rcost{k}.tif"), rtol=1e-9, atol=1e-9)


def r_walk_steps(height: np.ndarray, friction: np.ndarray, k: int) -> np.ndarray:
    """Langmuir's walk as r.walk has it (Langmuir 1984): 0.72 s/m, climbs 6 s/m, descents +-1.9998 s/m."""
    n = len(height)
    steps = np.full((n, n, k), np.inf)
    mean = even_steps(friction + 1, k).reshape(n, n, k)
    for j, (dr, dc) in enumerate(OFFSETS[:k]):
        here = (slice(max(0, -dr), n - max(0, dr)), slice(max(0, -dc), n - max(0, dc)))
        there = (slice(max(0, dr), n - max(0, -dr)), slice(max(0, dc), n - max(0, -dc)))
        d = LENGTHS[j] * 30
        dz = height[there] - height[here]
        climb = np.where(dz >= 0, 6 * dz, np.where(dz < -0.2125 * d, -1.9998 * dz, 1.9998 * dz))
        steps[(*here, j)] = 0.72 * d + climb + (mean[(*here, j)] / LENGTHS[j] - 1) * d
    return steps.reshape(n * n, k)


@pytest.mark.parametrize("k", [8, 16])
@pytest.mark.parametrize("rough", [False, True])
def test_walks_agree_with_grass_r_walk(ground: Path, k: int, rough: bool) -> None:
    height = read(ground / "win.tif")
    friction = read(ground / "fric.tif") if rough else np.zeros_like(height)
    found = search(
        r_walk_steps(height, friction, k), (240, 240), np.array([cell_of(594415, 4922185)]), bucket=20.0
    )
    wanted = read(ground / f"rwalk{'f' if rough else ''}{k}.tif")
    np.testing.assert_allclose(found.cost, wanted, rtol=1e-9, atol=1e-9)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.integers(3, 14),
    cols=st.integers(3, 14),
    k=st.sampled_from([8, 16]),
    seed=st.integers(0, 10_000),
    barred=st.sampled_from([0.0, 0.2, 0.7]),
    bucket=st.sampled_from([0.1, 0.5, 3.0, 50.0]),
    sources=st.integers(1, 4),
)
def test_same_costs_as_scipy_in_both_directions(
    rows: int, cols: int, k: int, seed: int, barred: float, bucket: float, sources: int
) -> None:
    steps = random_steps(rows, cols, k, seed, barred)
    seeds = np.random.default_rng(seed).integers(0, rows * cols, sources)
    away = search(steps, (rows, cols), seeds, bucket=bucket)
    np.testing.assert_allclose(away.cost.ravel(), dijkstra(graph(steps, cols), indices=seeds).min(0))
    towards = search(turned(steps, (rows, cols)), (rows, cols), seeds, bucket=bucket)
    np.testing.assert_allclose(
        towards.cost.ravel(), dijkstra(graph(steps, cols).T.tocsr(), indices=seeds).min(0)
    )


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), bucket=st.sampled_from([0.4, 5.0]), limit=st.floats(1.0, 60.0))
def test_limits_only_cut_off(seed: int, bucket: float, limit: float) -> None:
    """A limited search gives the unlimited answer where that is within the limit and nothing elsewhere."""
    rows, cols = 12, 13
    steps = random_steps(rows, cols, 16, seed)
    rng = np.random.default_rng(seed)
    height = rng.uniform(0, 5, (rows, cols)).astype(np.float32)
    seeds, start = rng.integers(0, rows * cols, 2), np.array([0.0, 3.0])
    full = search(steps, (rows, cols), seeds, seed_cost=start, height=height, bucket=bucket)
    by_cost = search(
        steps, (rows, cols), seeds, seed_cost=start, height=height, bucket=bucket, limit_cost=limit
    )
    by_length = search(
        steps, (rows, cols), seeds, seed_cost=start, height=height, bucket=bucket, limit_length=limit / 5
    )
    for cut, within in ((by_cost, full.cost <= limit), (by_length, full.length <= limit / 5)):
        np.testing.assert_array_equal(cut.cost, np.where(within, full.cost, np.inf))
        np.testing.assert_array_equal(cut.length, np.where(within, full.length, np.inf))
        np.testing.assert_array_equal(cut.label, np.where(within, full.label, -1))


def test_length_and_label_follow_the_cheapest_way() -> None:
    """A wall with a gap at its head: through a low wall, round a high one."""
    cost = np.ones((5, 7))
    cost[1:, 3] = 3.0
    found = search(even_steps(cost, 8), (5, 7), np.array([4 * 7 + 1]), seed_label=np.array([42]))
    assert found.cost[4, 5] == pytest.approx(1 + 2 + 2 + 1)
    assert found.length[4, 5] == pytest.approx(4.0)
    cost[1:, 3] = 100.0
    found = search(even_steps(cost, 8), (5, 7), np.array([4 * 7 + 1]), seed_label=np.array([42]))
    # (4,1) up to (0,3) and down to (4,5): two diagonal and two straight steps each way
    assert found.cost[4, 5] == pytest.approx(4 + 4 * np.sqrt(2))
    assert found.length[4, 5] == pytest.approx(4 + 4 * np.sqrt(2))
    assert (found.label == 42).all()


def test_length_over_the_ground_has_the_rise() -> None:
    height = np.zeros((3, 4), np.float32)
    height[:, 2:] = 4.0
    steps = even_steps(np.ones((3, 4)), 8)
    found = search(steps, (3, 4), np.array([4]), height=height, cell=3.0)
    assert found.length[1, 1] == pytest.approx(3.0)
    assert found.length[1, 2] == pytest.approx(3.0 + 5.0)
    assert found.length[1, 3] == pytest.approx(3.0 + 5.0 + 3.0)


@pytest.mark.parametrize(("k", "bound"), [(8, 1.0824), (16, 1.0275)])
def test_flat_ground_is_at_most_the_known_elongation(k: int, bound: float) -> None:
    """cos 22.5 and the angle between a diagonal and a knight's move bound the detour: 8.24 %, 2.75 %."""
    n = 101
    found = search(even_steps(np.ones((n, n)), k), (n, n), np.array([50 * n + 50]))
    r, c = np.mgrid[:n, :n]
    straight = np.hypot(r - 50, c - 50)
    away = straight > 0
    ratio = found.cost[away] / straight[away]
    assert ratio.min() >= 1 - 1e-12
    assert ratio.max() <= bound
    assert ratio.max() > bound - 0.002


def test_a_knights_move_pays_for_and_is_stopped_by_the_cells_it_passes() -> None:
    cost = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    steps = even_steps(cost, 16).reshape(2, 3, 16)
    j = [tuple(o) for o in OFFSETS].index((1, 2))
    assert steps[0, 0, j] == pytest.approx(np.sqrt(5) * (1 + 2 + 5 + 6) / 4)
    cost[0, 1] = np.inf
    assert even_steps(cost, 16).reshape(2, 3, 16)[0, 0, j] == np.inf


def test_ways_beyond_the_ring_of_buckets_are_found() -> None:
    """One step may cost more than all buckets together."""
    steps = random_steps(6, 6, 8, SEED, barred=0.0)
    steps[:, :4] *= 1e6
    found = search(steps, (6, 6), np.array([0]), bucket=0.01)
    np.testing.assert_allclose(found.cost.ravel(), dijkstra(graph(steps, 6), indices=[0]).min(0))


def test_no_seeds_reach_nothing_and_no_open_step_only_the_seed() -> None:
    steps = np.full((9, 8), np.inf)
    assert np.isinf(search(steps, (3, 3), np.array([], np.int64)).cost).all()
    found = search(steps, (3, 3), np.array([4]), seed_cost=np.array([2.5]))
    assert found.cost[1, 1] == 2.5
    assert np.isfinite(found.cost).sum() == 1
    assert least(steps) == 1.0
