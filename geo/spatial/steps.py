"""What a step over the ground costs: tables of steps for `geo.spatial.search`.

Tables are (rows * cols, 8 or 16), see `search.OFFSETS`. A knight's move is charged
with the mean of the four cells it touches and refused when any of them is barred.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Literal

import numpy as np
import numpy.typing as npt
from numba import njit

from geo.spatial.search import LENGTHS, OFFSETS

Floats = npt.NDArray[np.float64]
Directions = Literal[8, 16]


def even_steps(cost: Floats, directions: Directions = 16) -> Floats:
    """Steps of the mean `cost` (rows, cols; inf is barred) of the cells touched, times length in cells.

    The cost of r.cost of GRASS. The same both ways.
    """
    rows, cols = cost.shape
    steps = np.full((rows * cols, directions), np.inf)
    _even(steps, np.ascontiguousarray(cost, np.float64).ravel(), rows, cols, OFFSETS[:directions], LENGTHS)
    return steps


def walking_steps(
    height: npt.NDArray[np.float32],
    slowness: npt.NDArray[np.float32],
    *,
    cell_m: float,
    top_m_s: float,
    decay: float,
    best_slope: float,
    max_slope: float = np.inf,
    made: npt.NDArray[np.bool_] | None = None,
    directions: Directions = 16,
) -> npt.NDArray[np.float32]:
    """Inbound steps in seconds on foot by Tobler's function, for searches towards a target.

    Speed over the map is `top_m_s * exp(-decay * |slope - best_slope|)` divided by the
    mean `slowness` (1 on a path, inf barred) of the cells touched; slope is signed in
    the direction walked. Steps steeper than `max_slope` are refused unless all cells
    touched are `made` (a road). `height`, `slowness`, `made` are (rows, cols).
    Tobler 1993, NCGIA TR 93-1.
    """
    rows, cols = height.shape
    steps = np.empty((rows * cols, directions), np.float32)  # every entry is written below, by one thread
    given = (
        np.ascontiguousarray(height, np.float32).ravel(),
        np.ascontiguousarray(slowness, np.float32).ravel(),
        (np.zeros((rows, cols), bool) if made is None else np.ascontiguousarray(made)).ravel(),
        (rows, cols),
        OFFSETS[:directions],
        LENGTHS * cell_m,
        (1.0 / top_m_s, decay, best_slope, max_slope),
    )
    with ThreadPoolExecutor(2) as pool:
        halves = (0, rows // 2), (rows // 2, rows)
        list(pool.map(lambda part: _walking(steps, *given, part), halves))
    return steps


def walking_seconds(
    run_m: Floats, rise_m: Floats, slowness: Floats, *, top_m_s: float, decay: float, best_slope: float
) -> Floats:
    """Seconds to walk `run_m` along the map while climbing `rise_m`; 0 where there is no way to go."""
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = np.where(run_m > 0, rise_m / run_m, 0.0)
        seconds = run_m * slowness / top_m_s * np.exp(decay * np.abs(slope - best_slope))
    return np.where(run_m > 0, seconds, 0.0)


@njit(cache=True, nogil=True)
def _mean(a, v, dr, dc, cols):  # type: ignore[no-untyped-def]
    """Mean of `a` over the cells the step from v by (dr, dc) touches: two, or four for a knight's move."""
    u = v + dr * cols + dc
    if dr * dr + dc * dc < 5:
        return 0.5 * (a[v] + a[u])
    if dr * dr == 4:
        near = v + (dr // 2) * cols
        return 0.25 * (a[v] + a[u] + a[near] + a[near + dc])
    near = v + dc // 2
    return 0.25 * (a[v] + a[u] + a[near] + a[near + dr * cols])


@njit(cache=True, nogil=True)
def _even(steps, cost, rows, cols, offsets, lengths):  # type: ignore[no-untyped-def]
    for j in range(0, len(offsets), 2):
        dr, dc = offsets[j]
        for r in range(max(0, -dr), rows - max(0, dr)):
            for c in range(max(0, -dc), cols - max(0, dc)):
                v = r * cols + c
                here = lengths[j] * _mean(cost, v, dr, dc, cols)
                steps[v, j] = here
                steps[v + dr * cols + dc, j + 1] = here


@njit(cache=True, nogil=True)
def _walking(steps, height, slowness, made, shape, offsets, lengths, tobler, part):  # type: ignore[no-untyped-def]
    rows, cols = shape
    per_metre, decay, best, max_slope = tobler
    shift = np.exp(decay * abs(best))
    for r in range(part[0], part[1]):
        for c in range(cols):
            v = r * cols + c
            for j in range(0, len(offsets), 2):
                dr, dc = offsets[j]
                if not (0 <= r - dr < rows and 0 <= c - dc < cols):
                    steps[v, j + 1] = np.inf  # the opposite step leaves the grid: no other cell writes it
                if not (0 <= r + dr < rows and 0 <= c + dc < cols):
                    steps[v, j] = np.inf
                    continue
                u = v + dr * cols + dc
                slow = _mean(slowness, v, dr, dc, cols)
                slope = (np.float64(height[v]) - np.float64(height[u])) / lengths[j]
                if slow == np.inf or (abs(slope) > max_slope and _mean(made, v, dr, dc, cols) != 1.0):
                    steps[v, j], steps[u, j + 1] = np.inf, np.inf
                    continue
                flat = lengths[j] * slow * per_metre
                # |slope - best| is ||slope| - |best|| on the side of best, |slope| + |best| on the other
                grade = np.exp(decay * abs(slope))
                against = flat * grade * shift
                along = flat * (grade / shift if abs(slope) >= abs(best) else shift / grade)
                if slope * best >= 0.0:
                    steps[v, j], steps[u, j + 1] = along, against
                else:
                    steps[v, j], steps[u, j + 1] = against, along
