"""A height grid as a sparse graph whose edges cost money: what it takes to build along each step.

The cells that count are numbered (`number`, -1 elsewhere; `number_all` counts every one).
Undirected steps are kept as a table (n, k): `table[v, j]` is the step from cell v by
`HALF[reach][j]`, inf where refused or where it leaves what counts. Along a step the ground is
sampled once per cell passed, so that a long step pays for what lies under it. A step is charged

    length over the ground x plain price x mean factor of the cells
    + earth moved: a bench cut into the cross-slope, and cut or fill between ground and step
    + length x mean penalty of the cells

The bench is a side cut of width w on a cross-slope s whose back slope runs m across for
each 1 up: w² s / 2 (1 - m s) cubic metres per metre (geometry of a triangle).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from numba import njit

from geo.spatial.barriers import _box, _near, _touch

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def _half(reach: int) -> Ints:
    """One of each pair of opposite steps to cells seen past no other cell, nearest first."""
    steps = [
        (dr, dc)
        for dr in range(0, reach + 1)
        for dc in range(-reach, reach + 1)
        if (dr > 0 or dc > 0) and gcd(dr, abs(dc)) == 1
    ]
    return np.array(sorted(steps, key=lambda s: (s[0] ** 2 + s[1] ** 2, s)), np.int64)


HALF = {reach: _half(reach) for reach in (1, 2, 3, 4)}
"""Steps by how many cells they reach: 8, 16, 32 or 48 neighbours, one of each pair."""


@dataclass(frozen=True)
class Making:
    """How what is built is charged: money per metre and per cubic metre, lengths in metres.

    `step_yuan` is charged per step, so that of ways of one length the one of fewer bends wins.
    A step is refused where its ends differ by more than `max_grade`, and where the ground between
    rises by more than `base_grade` over `base_m` or a little more.
    """

    yuan_m: float
    bench_m: float = 0.0
    batter: float = 0.5
    yuan_m3: float = 0.0
    max_grade: float = np.inf
    max_cut_m: float = np.inf
    steepest_bench: float = 1.5
    step_yuan: float = 0.0
    base_grade: float = np.inf
    base_m: float = np.inf


def number_all(shape: tuple[int, int]) -> Ints:
    """Every cell counts, row by row from the north-west."""
    return np.arange(shape[0] * shape[1], dtype=np.int64).reshape(shape)


def number_within(shape: tuple[int, int], boxes: Ints) -> Ints:
    """The cells inside any of the `boxes` (m, 4) of first row, row beyond the last, first column, column
    beyond count, in the order of `number_all`."""
    inside = np.zeros(shape, np.bool_)
    for top, low, left, right in boxes:
        inside[max(0, top) : max(0, low), max(0, left) : max(0, right)] = True
    return np.where(inside, np.cumsum(inside).reshape(shape) - 1, -1).astype(np.int64)


def step_costs(
    height: Floats,
    factor: Floats,
    penalty: Floats,
    number: Ints,
    *,
    cell_m: float,
    reach: int,
    making: Making,
) -> tuple[Floats, Floats]:
    """Cost and length over the ground of every step, tables (n, k); inf where refused."""
    south, east = np.gradient(height, cell_m) if min(height.shape) > 1 else (height * 0, height * 0)
    cost = np.full((number.max(initial=-1) + 1, len(HALF[reach])), np.inf)
    metres = np.full_like(cost, np.inf)
    _charge(
        cost,
        metres,
        np.ascontiguousarray(height, np.float64),
        np.ascontiguousarray(south, np.float64),
        np.ascontiguousarray(east, np.float64),
        np.ascontiguousarray(factor, np.float64),
        np.ascontiguousarray(penalty, np.float64),
        number,
        HALF[reach],
        cell_m,
        (
            making.yuan_m,
            making.bench_m,
            making.batter,
            making.yuan_m3,
            making.max_grade,
            making.max_cut_m,
            making.steepest_bench,
            making.step_yuan,
            making.base_grade,
            making.base_m,
        ),
    )
    return cost, metres


def add_crossings(
    cost: Floats,
    metres: Floats,
    segments: Floats,
    each: Floats,
    per_metre: Floats,
    *,
    place: tuple[float, float, float],
    number: Ints,
    reach: int,
) -> None:
    """Charge every step that touches a segment (m, 4), tested line against line. Changes `cost`.

    `each` (m,) is charged per segment touched; `per_metre` (m,) for half the step, where the
    step did not already pay at least that much. `place` is west, north, side of a cell.
    """
    if len(segments):
        _cross(cost, metres, segments, each, per_metre, place, number, HALF[reach])


def to_arcs(table: Floats, number: Ints, reach: int) -> tuple[Ints, Ints, Floats]:
    """The steps a table allows, each once: tail, head, weight."""
    v, j = np.nonzero(np.isfinite(table))
    cell = np.flatnonzero(number.ravel() >= 0)[v]
    step = HALF[reach][:, 0] * number.shape[1] + HALF[reach][:, 1]
    return v.astype(np.int64), number.ravel()[cell + step[j]], table[v, j]


def to_graph(table: Floats, number: Ints, reach: int) -> sp.csr_array:
    """The table as a symmetric sparse matrix (n, n) of the steps it allows."""
    half = HALF[reach]
    both = np.vstack([half, -half])
    order = np.lexsort((both[:, 1], both[:, 0])).astype(np.int64)  # neighbours in order of their number
    n = len(table)
    start, neighbour, at = _rows(np.isfinite(table), number, half, order, n)
    return sp.csr_array((table.ravel()[at], neighbour, start), shape=(n, n))


@njit(cache=True, nogil=True)
def _rows(open_to, number, half, order, n):  # type: ignore[no-untyped-def]
    """Compressed rows of the steps, both ways: starts, neighbours, and the place in the table of each."""
    rows, cols = number.shape
    k = len(half)
    most = 2 * open_to.sum()
    start = np.zeros(n + 1, np.int32)
    neighbour = np.empty(most, np.int32)
    at = np.empty(most, np.int64)
    e = 0
    for r in range(rows):
        for c in range(cols):
            v = number[r, c]
            if v < 0:
                continue
            for o in order:
                j = o if o < k else o - k
                sign = 1 if o < k else -1
                rr, cc = r + sign * half[j, 0], c + sign * half[j, 1]
                if not (0 <= rr < rows and 0 <= cc < cols):
                    continue
                u = number[rr, cc]
                if u < 0:
                    continue
                from_v = v if o < k else u
                if open_to[from_v, j]:
                    neighbour[e] = u
                    at[e] = from_v * k + j
                    e += 1
            start[v + 1] = e
    return start, neighbour, at


@njit(cache=True, nogil=True, inline="always")
def _height(z, y, x):  # type: ignore[no-untyped-def]
    rows, cols = z.shape
    r, c = min(int(y), rows - 1), min(int(x), cols - 1)
    r1, c1 = min(r + 1, rows - 1), min(c + 1, cols - 1)
    fr, fc = y - r, x - c
    return (z[r, c] * (1 - fc) + z[r, c1] * fc) * (1 - fr) + (z[r1, c] * (1 - fc) + z[r1, c1] * fc) * fr


@njit(cache=True, nogil=True)
def _charge(cost, metres, z, south, east, factor, penalty, number, half, cell, making):  # type: ignore[no-untyped-def]
    rows, cols = z.shape
    yuan, bench, batter, yuan_m3, max_grade, max_cut, steepest, bend, base_grade, base_m = making
    under = np.empty(16)
    for j in range(len(half)):
        dr, dc = half[j]
        cells = max(abs(dr), abs(dc))
        run = np.hypot(dr, dc) * cell
        apart = cells + 1 if run < base_m else int(np.ceil(base_m * cells / run))
        for r in range(rows - dr):
            for c in range(max(0, -dc), cols - max(0, dc)):
                v = number[r, c]
                if v < 0 or number[r + dr, c + dc] < 0:
                    continue
                rise = z[r + dr, c + dc] - z[r, c]
                if abs(rise) > max_grade * run:
                    continue
                land, fine, earth, cut = 0.0, 0.0, 0.0, 0.0
                for t in range(cells + 1):
                    y, x = r + dr * t / cells, c + dc * t / cells
                    a, b = int(y + 0.5), int(x + 0.5)
                    share = (0.5 if t == 0 or t == cells else 1.0) / cells
                    land += share * factor[a, b]
                    fine += share * penalty[a, b]
                    across = abs(south[a, b] * dc - east[a, b] * dr) * cell / run
                    across = min(across, steepest)
                    earth += share * 0.5 * bench * bench * across / max(0.2, 1.0 - batter * across)
                    under[t] = _height(z, y, x)
                    if t >= apart and abs(under[t] - under[t - apart]) > base_grade * run * apart / cells:
                        cut = np.inf
                        break
                    if 0 < t < cells:
                        off = abs(under[t] - z[r, c] - rise * t / cells)
                        cut = max(cut, off)
                        earth += share * bench * off
                if cut > max_cut or cut == np.inf:
                    continue
                over = np.sqrt(run * run + rise * rise)
                metres[v, j] = over
                cost[v, j] = over * (land * (yuan + earth * yuan_m3) + fine) + bend


@njit(cache=True, nogil=True)
def _cross(cost, metres, segments, each, per_metre, place, number, half):  # type: ignore[no-untyped-def]
    rows, cols = number.shape
    west, north, cell = place
    reach = 0
    for j in range(len(half)):
        reach = max(reach, abs(half[j, 0]), abs(half[j, 1]))
    for i in range(len(segments)):
        s = segments[i]
        r0, r1, c0, c1 = _box(s, place, rows, cols, reach)
        for r in range(r0, r1 + 1):
            y = north - (r + 0.5) * cell
            for c in range(c0, c1 + 1):
                v = number[r, c]
                x = west + (c + 0.5) * cell
                if v < 0 or not _near(s, x, y, (reach * 1.5 + 0.5) * cell):
                    continue
                for j in range(len(half)):
                    dr, dc = half[j]
                    if cost[v, j] == np.inf:
                        continue
                    if _touch(x, y, x + dc * cell, y - dr * cell, s[0], s[1], s[2], s[3]):
                        cost[v, j] += each[i]
                        cost[v, j] = max(cost[v, j], 0.5 * per_metre[i] * metres[v, j])
