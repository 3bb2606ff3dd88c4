"""The ground search beside scipy's Dijkstra and, where it is installed, scikit-image's MCP_Geometric.

    python -m bench.ground [--cells 1200]

One start in the middle, every cell reached, one core, best of some runs. scikit-image
knows 8 directions without slope only; scipy takes any graph, whose making is not counted.
"""

from __future__ import annotations

import argparse
import importlib.util
import time
from collections.abc import Callable

import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from geo.spatial.search import OFFSETS, search
from geo.spatial.steps import even_steps, walking_steps
from geo.spatial.warm import warm

SEED = 20261123
CELL_M = 12.5
RUNS = 5


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.ground")
    parser.add_argument("--cells", type=int, default=1200, help="rows and columns of the grid")
    n = parser.parse_args().cells
    warm()
    rng = np.random.default_rng(SEED)
    height = (gaussian_filter(rng.normal(size=(n, n)), 12) * 2000).astype(np.float32)
    slowness = np.repeat(np.repeat(1 / rng.choice([1.0, 0.6, 0.5, 0.4], (n // 8 + 1,) * 2), 8, 0), 8, 1)
    slowness = slowness[:n, :n].astype(np.float32)
    start = np.array([n // 2 * n + n // 2])
    print(f"\nground search, {n} x {n} cells, seconds")
    print("| search | steps | here | scipy | scikit-image | largest relative difference |")
    print("|---|---|---|---|---|---|")
    for k in (8, 16):
        _line(
            f"even cost, {k} directions",
            lambda k=k: even_steps(slowness.astype(float), k),
            start,
            slowness,
            k,
        )
    for k in (8, 16):
        _line(f"on foot, {k} directions", lambda k=k: _walking(height, slowness, k), start, slowness, 0)


def _walking(height: np.ndarray, slowness: np.ndarray, k: int) -> np.ndarray:
    return walking_steps(
        height,
        slowness,
        cell_m=CELL_M,
        top_m_s=6 / 3.6,
        decay=3.5,
        best_slope=-0.05,
        max_slope=1.2,
        directions=8 if k == 8 else 16,
    )


def _line(
    name: str, make: Callable[[], np.ndarray], start: np.ndarray, slowness: np.ndarray, image: int
) -> None:
    made, steps = _best(make)
    here, found = _best(lambda: search(steps, slowness.shape, start))
    graph = _graph(steps, slowness.shape[1])
    scipy_s, wanted = _best(lambda: dijkstra(graph, indices=start[0]), runs=1)
    reached = np.isfinite(wanted) & (wanted > 0)
    off = np.abs(found.cost.ravel()[reached] / wanted[reached] - 1).max()
    skimage_s = _skimage(slowness, start) if image == 8 else "-"
    print(f"| {name} | {made:.2f} | {here:.2f} | {scipy_s:.2f} | {skimage_s} | {off:.1e} |", flush=True)


def _graph(steps: np.ndarray, cols: int) -> csr_array:
    """The steps as scipy's graph; equal row lengths make it without sorting."""
    n, k = steps.shape
    flat = OFFSETS[:k, 0] * cols + OFFSETS[:k, 1]
    ends = np.arange(n, dtype=np.int32)[:, None] + flat.astype(np.int32)
    real = np.isfinite(steps)
    begin = np.concatenate([[0], np.cumsum(real.sum(axis=1))]).astype(np.int32)
    return csr_array((steps[real].astype(np.float64), ends[real], begin), shape=(n, n))


def _skimage(slowness: np.ndarray, start: np.ndarray) -> str:
    if importlib.util.find_spec("skimage") is None:
        return "not installed"
    graph = importlib.import_module("skimage.graph")
    place = [tuple(int(i) for i in np.unravel_index(start[0], slowness.shape))]
    seconds, _ = _best(lambda: graph.MCP_Geometric(slowness.astype(float)).find_costs(place), runs=2)
    return f"{seconds:.2f}"


def _best(call: Callable[[], np.ndarray], runs: int = RUNS) -> tuple[float, np.ndarray]:
    best = np.inf
    for _ in range(runs):
        begun = time.perf_counter()
        answer = call()
        best = min(best, time.perf_counter() - begun)
    return best, answer


if __name__ == "__main__":
    main()
