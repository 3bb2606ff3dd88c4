"""The frame one township is drawn in: a square tile of 15 km with a margin, and grids over it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from scipy import ndimage as ndi
from scipy.sparse.csgraph import dijkstra

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

SIDE_M = 15_000.0
MARGIN_M = 500.0
FINE_M = 12.5
COARSE_M = 25.0


@dataclass(frozen=True)
class Frame:
    """One tile: (`x0`, `y0`) is its south-west corner in metres; `number` counts townships from 0."""

    number: int
    seed: int
    x0: float
    y0: float

    @property
    def corner(self) -> Floats:
        """The south-west corner, (2,) metres."""
        return np.array([self.x0, self.y0])

    @property
    def west(self) -> float:
        return self.x0 - MARGIN_M

    @property
    def north(self) -> float:
        return self.y0 + SIDE_M + MARGIN_M

    @staticmethod
    def side(cell: float) -> int:
        """Cells along a side of the tile with its margins."""
        return int((SIDE_M + 2 * MARGIN_M) / cell)

    def rng(self, topic: str) -> np.random.Generator:
        """A generator of its own for every topic, so that one part does not shift another."""
        return np.random.default_rng([self.seed, self.number, *topic.encode()])

    def cell_of(self, xy: Floats, cell: float) -> tuple[Ints, Ints]:
        """Row and column of points (n, 2) on the grid of this cell size, clipped to the tile."""
        n = self.side(cell) - 1
        rows = np.clip(((self.north - xy[:, 1]) // cell).astype(int), 0, n)
        cols = np.clip(((xy[:, 0] - self.west) // cell).astype(int), 0, n)
        return rows, cols

    def xy_of(self, rows: Ints, cols: Ints, cell: float) -> Floats:
        """Centres of cells, (n, 2) metres."""
        x = self.west + (np.asarray(cols) + 0.5) * cell
        y = self.north - (np.asarray(rows) + 0.5) * cell
        return np.column_stack([x, y])

    def centres(self, cell: float) -> tuple[Floats, Floats]:
        """x (1, n) and y (n, 1) of all cell centres, metres."""
        i = np.arange(self.side(cell)) + 0.5
        return (self.west + i * cell)[None, :], (self.north - i * cell)[:, None]

    def inset(self, cell: float) -> Floats:
        """How far inside the 15 km square each cell lies, metres; negative in the margin."""
        x, y = self.centres(cell)
        dx = np.minimum(x - self.x0, self.x0 + SIDE_M - x)
        dy = np.minimum(y - self.y0, self.y0 + SIDE_M - y)
        return np.minimum(dx, dy)


def noise(rng: np.random.Generator, n: int, wavelength: float, *, octaves: int = 1) -> Floats:
    """Smooth periodic noise (n, n), mean 0 and standard deviation 1; `wavelength` in cells."""
    fy = np.fft.fftfreq(n)[:, None]
    fx = np.fft.rfftfreq(n)[None, :]
    f = np.hypot(fx, fy)
    white = np.fft.rfft2(rng.standard_normal((n, n)))
    weight = np.zeros_like(f)
    for k in range(octaves):
        top = 2.0**k / wavelength
        weight += 0.45**k * np.exp(-(((f - top) / (0.5 * top)) ** 2)) / top
    field = np.fft.irfft2(white * weight, s=(n, n))
    field -= field.mean()
    return np.asarray(field / field.std())


def smoothstep(value: Floats, low: float, high: float) -> Floats:
    """0 below `low`, 1 above `high`, smooth between."""
    t = np.clip((value - low) / (high - low), 0.0, 1.0)
    return np.asarray(t * t * (3 - 2 * t))


NEAR = ((0, 1), (1, 0), (0, -1), (-1, 0), (1, 1), (1, -1), (-1, 1), (-1, -1))
KNIGHT = ((1, 2), (2, 1), (-1, 2), (2, -1), (1, -2), (-2, 1), (-1, -2), (-2, -1))


def step_graph(cost: Floats, *, cell: float, elevation: Floats | None = None) -> sp.csr_array:
    """Graph of steps between cells, 16 ways with an elevation and 8 without; weights are metres times cost.

    With an elevation the weight grows with the grade of the step: gently to 10 %, steeply beyond 11 %.
    """
    rows, cols = cost.shape
    moves = NEAR + KNIGHT if elevation is not None else NEAR
    n = rows * cols
    index = np.arange(n, dtype=np.int32).reshape(rows, cols)
    target = np.repeat(index.ravel()[:, None], len(moves), axis=1)
    weight = np.full((n, len(moves)), 1e9)
    for k, (dr, dc) in enumerate(moves):
        here = (slice(max(0, -dr), rows - max(0, dr)), slice(max(0, -dc), cols - max(0, dc)))
        there = (slice(max(0, dr), rows - max(0, -dr)), slice(max(0, dc), cols - max(0, -dc)))
        length = cell * np.hypot(dr, dc)
        w = length * 0.5 * (cost[here] + cost[there])
        if elevation is not None:
            g = np.abs(elevation[there] - elevation[here]) / length
            w = w * (1.0 + (g / 0.10) ** 2 + (np.maximum(0.0, g - 0.10) / 0.02) ** 2)
        at = index[here].ravel()
        target[at, k] = index[there].ravel()
        weight[at, k] = w.ravel()
    pointers = np.arange(0, n * len(moves) + 1, len(moves), dtype=np.int32)
    return sp.csr_array((weight.ravel(), target.ravel(), pointers), shape=(n, n))


def spread(graph: sp.csr_array, sources: Ints, *, limit: float = np.inf) -> tuple[Floats, Ints]:
    """Cost from the nearest source to every node, and the node before it (-9999: none)."""
    cost, before, _ = dijkstra(graph, indices=sources, min_only=True, return_predecessors=True, limit=limit)
    return cost, before


def trace(before: Ints, node: int) -> list[int]:
    """Nodes from `node` back to its source."""
    path = [int(node)]
    while before[path[-1]] >= 0:
        path.append(int(before[path[-1]]))
    return path


def eased(xy: Floats, reach_m: float, *, step_m: float = 10.0) -> Floats:
    """A line with its corners rounded over some `reach_m`; its ends stay where they are."""
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(xy, axis=0).T))])
    count = max(2, int(np.ceil(along[-1] / step_m)) + 1)
    at = np.linspace(0.0, along[-1], count)
    dense = np.column_stack([np.interp(at, along, xy[:, k]) for k in (0, 1)])
    return pinned(dense, reach_m / step_m)


def pinned(values: Floats, sigma: float) -> Floats:
    """Values (n, k) smoothed along their first axis; the first and the last stay."""
    if len(values) < 3:
        return values
    reach = int(4 * sigma) + 1
    wide = np.pad(values, ((reach, reach), (0, 0)), mode="reflect", reflect_type="odd")
    out = np.asarray(ndi.gaussian_filter1d(wide, sigma, axis=0)[reach:-reach])
    out[[0, -1]] = values[[0, -1]]
    return out


def distance_m(mask: Bools, cell: float) -> Floats:
    """Distance of every cell to the nearest true cell, metres."""
    if not mask.any():
        return np.full(mask.shape, 1e9)
    return np.asarray(ndi.distance_transform_edt(~mask)) * cell
