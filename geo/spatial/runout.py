"""Where does what breaks loose come to rest? Run-out over the terrain, downhill, by simple mechanics.

`flow_out`: a mass spreads downhill from cell to cell. Shares of it go to the lower neighbours by the
power of their slope (Holmgren 1994, Hydrological Processes 8), and a head is used up on the way: by
distance, or by friction against the fall, capped as turbulence caps speed (Horton et al. 2013, NHESS 13).
`fall_out`: blocks fall along straight lines until the line of energy meets the ground: a reach angle from
the source, and from the foot of a rock face a flatter shadow angle (Evans and Hungr 1993).

Both depend on the terrain and the sources alone and add up over sources: more sources never reach less.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit

from geo.spatial.heap import pop, push

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Raster = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]
Bench = tuple[Raster, Raster, Bytes, Bytes]

PIT_PASSES = 10
RISE_M = 0.002
"""By how much a filled pit is raised above its lowest neighbour, so that it drains."""
RAYS = 180
RAY_STEP = 0.5
"""Directions looked along, and the step in cells."""


@dataclass(frozen=True)
class Flow:
    """How a mass flows. Heads are metres of height where `gain` is 1 (energy), metres of way where it is 0.

    Per step of length d and fall h the head changes by gain h - loss d, up to `cap`. `exponent` of the
    slope spreads (1 widely, 25 hardly); shares below `least` are dropped. Outside the sources the mass
    rests where the steepest way on is flatter than `rest` (rise over run).
    """

    gain: float
    loss: float
    cap: float
    exponent: float
    least: float
    rest: float


@dataclass(frozen=True)
class Fall:
    """How blocks fall: tangents of the reach angle and of the shadow angle, and the slope (rise over run)
    from which ground counts as rock face."""

    reach: float
    shadow: float
    face: float


def without_pits(elevation: Raster) -> Raster:
    """The terrain with its small pits raised to their rim, cell by cell; hollows of a real size stay.

    Small pits are errors of the model that would hold up a flow. A doline is no error: it does hold it.
    """
    raised: Raster = _fill_pits(elevation.astype(np.float32), PIT_PASSES, RISE_M)
    return raised


def flow_out(
    elevation: Raster, cell: float, start: Ints, head: Floats, flow: Flow, bench: Bench | None = None
) -> Ints:
    """Flat cells a mass reaches from `start` (n,) with `head` (n,) metres each.

    A start cell is among them only where the mass of another one reaches it. `elevation` (rows, cols) metres.
    `bench` may be one of `make_bench` for the same grid, to use again.
    """
    limits = (flow.gain, flow.loss, flow.cap, flow.exponent, flow.least, flow.rest)
    bench = bench or make_bench(elevation.size)
    found: Ints = _flow(elevation, cell, start, np.asarray(head, np.float64), limits, bench)
    return found


def make_bench(cells: int) -> Bench:
    """Room to work in for `flow_out` on a grid of so many cells; every call leaves it clean."""
    return (
        np.zeros(cells, np.float32),
        np.full(cells, -1.0, np.float32),
        np.zeros(cells, np.uint8),
        np.zeros(cells, np.uint8),
    )


def fall_out(elevation: Raster, cell: float, start: Ints, fall: Fall) -> Ints:
    """Flat cells blocks from `start` (n,) reach; of the start cells those reached from another one."""
    found: Ints = _fall(elevation, cell, start, (fall.reach, fall.shadow, fall.face), RAYS, RAY_STEP)
    return found


@njit(cache=True, nogil=True)
def _fill_pits(z, passes, rise):  # type: ignore[no-untyped-def]
    rows, cols = z.shape
    pits = [v for v in range(rows * cols) if _is_pit(z, v // cols, v % cols)]
    for pit in pits:
        # a pit may hand its hollow on to the cell beside it: follow it for some cells
        at = pit
        for _ in range(passes):
            if not _is_pit(z, at // cols, at % cols):
                break
            low, beside = _lowest(z, at // cols, at % cols)
            z[at // cols, at % cols] = low + rise
            at = beside
    return z


@njit(cache=True, nogil=True)
def _is_pit(z, r, c):  # type: ignore[no-untyped-def]
    """No neighbour lies lower; cells of the edge and beside voids are none."""
    if r < 1 or c < 1 or r > z.shape[0] - 2 or c > z.shape[1] - 2:
        return False
    for dr in range(-1, 2):
        for dc in range(-1, 2):
            if (dr != 0 or dc != 0) and not z[r + dr, c + dc] >= z[r, c]:
                return False
    return True


@njit(cache=True, nogil=True)
def _lowest(z, r, c):  # type: ignore[no-untyped-def]
    low, at = np.float32(np.inf), r * z.shape[1] + c
    for dr in range(-1, 2):
        for dc in range(-1, 2):
            if (dr != 0 or dc != 0) and z[r + dr, c + dc] < low:
                low, at = z[r + dr, c + dc], (r + dr) * z.shape[1] + c + dc
    return low, at


@njit(cache=True, nogil=True)
def _flow(z, cell, start, start_head, limits, bench):  # type: ignore[no-untyped-def]
    """From the highest cell down: when a cell's turn comes all that flows into it has come."""
    inflow, head, own, queued = bench
    least, rest = limits[4], limits[5]
    heap = (np.empty(1024, np.float64), np.empty(1024, np.int64))
    size = 0
    for i in range(len(start)):
        v = start[i]
        head[v] = max(head[v], start_head[i])
        own[v] = 1
        heap, size = _queue(heap, size, queued, z, v)
    seen, n = np.empty(1024, np.int64), 0
    weight = np.empty(9, np.float64)
    while size > 0:
        _, v, size = pop(heap[0], heap[1], size)
        if n == len(seen):
            seen = np.concatenate((seen, np.empty(n, np.int64)))
        seen[n] = v
        n += 1
        share = inflow[v] + own[v]
        if share < least:
            continue
        steepest = _weigh(z, v, cell, limits[3], weight)
        if steepest == 0.0 or (own[v] == 0 and steepest < rest):
            continue
        heap, size = _pass_on(z, v, cell, share, weight, limits, bench, heap, size)
    seen = seen[:n]
    reached = seen[inflow[seen] >= least]
    inflow[seen], head[seen], own[seen], queued[seen] = 0.0, -1.0, 0, 0  # the bench is left clean
    own[start] = 0
    head[start] = -1.0
    return reached


@njit(cache=True, nogil=True)
def _queue(heap, size, queued, z, v):  # type: ignore[no-untyped-def]
    """Put a cell in line by its height, once."""
    keys, nodes = heap
    height = np.float64(z[v // z.shape[1], v % z.shape[1]])
    if queued[v] == 1 or np.isnan(height):
        return heap, size
    queued[v] = 1
    if size == len(keys):
        keys, nodes = _more_room(keys, nodes)
    return (keys, nodes), push(keys, nodes, size, -height, v)


@njit(cache=True, nogil=True)
def _weigh(z, v, cell, exponent, weight):  # type: ignore[no-untyped-def]
    """The share of each of the nine cells around, by slope; returns the steepest slope down."""
    rows, cols = z.shape
    r, c = v // cols, v % cols
    total, steepest = 0.0, 0.0
    for k in range(9):
        rr, cc = r + k // 3 - 1, c + k % 3 - 1
        weight[k] = 0.0
        if 0 <= rr < rows and 0 <= cc < cols and z[rr, cc] < z[r, c]:
            slope = (z[r, c] - z[rr, cc]) / (cell * np.hypot(rr - r, cc - c))
            weight[k] = slope**exponent
            total += weight[k]
            steepest = max(steepest, slope)
    if total > 0.0:
        weight /= total
    return steepest


@njit(cache=True, nogil=True)
def _pass_on(z, v, cell, share, weight, limits, bench, heap, size):  # type: ignore[no-untyped-def]
    """Hand shares and head on to the lower cells that the head still reaches."""
    gain, loss, cap = limits[0], limits[1], limits[2]
    inflow, head, _, queued = bench
    cols = z.shape[1]
    r, c = v // cols, v % cols
    for k in range(9):
        if weight[k] == 0.0:
            continue
        rr, cc = r + k // 3 - 1, c + k % 3 - 1
        way = cell * np.hypot(rr - r, cc - c)
        left = min(cap, head[v] + gain * (z[r, c] - z[rr, cc]) - loss * way)
        if left < 0.0:
            continue
        u = rr * cols + cc
        inflow[u] += share * weight[k]
        head[u] = max(head[u], left)
        heap, size = _queue(heap, size, queued, z, u)
    return heap, size


@njit(cache=True, nogil=True)
def _more_room(keys, nodes):  # type: ignore[no-untyped-def]
    return (
        np.concatenate((keys, np.empty(len(keys), np.float64))),
        np.concatenate((nodes, np.empty(len(nodes), np.int64))),
    )


@njit(cache=True, nogil=True)
def _fall(z, cell, start, tangents, rays, step):  # type: ignore[no-untyped-def]
    hit = np.zeros(z.size, np.uint8)
    for i in range(len(start)):
        if np.isnan(z[start[i] // z.shape[1], start[i] % z.shape[1]]):
            continue
        for k in range(rays):
            _ray(z, cell, start[i], 2 * np.pi * k / rays, tangents, step, hit)
    return np.flatnonzero(hit)


@njit(cache=True, nogil=True)
def _ray(z, cell, v, way, tangents, step, hit):  # type: ignore[no-untyped-def]
    """Mark the cells one block passes in one direction until the ground meets its line."""
    reach, shadow, face = tangents
    rows, cols = z.shape
    r0, c0 = v // cols, v % cols
    on_face = _steepness(z, r0, c0, cell) >= face
    foot_z, foot_t, t = -np.inf, 0.0, step
    while True:
        r, c = int(np.floor(r0 + t * np.sin(way) + 0.5)), int(np.floor(c0 + t * np.cos(way) + 0.5))
        if not (0 <= r < rows and 0 <= c < cols) or np.isnan(z[r, c]):
            return
        if on_face and not _steepness(z, r, c, cell) >= face:
            on_face = False
            foot_z, foot_t = z[r, c], t
        line = max(z[r0, c0] - reach * t * cell, foot_z - shadow * (t - foot_t) * cell)
        if r * cols + c != v:
            if z[r, c] > line:
                return
            hit[r * cols + c] = 1
        t += step


@njit(cache=True, nogil=True)
def _steepness(z, r, c, cell):  # type: ignore[no-untyped-def]
    """Slope by Horn's window; 0 at the edge."""
    rows, cols = z.shape
    if r < 1 or c < 1 or r > rows - 2 or c > cols - 2:
        return 0.0
    east = z[r - 1, c + 1] + 2 * z[r, c + 1] + z[r + 1, c + 1]
    west = z[r - 1, c - 1] + 2 * z[r, c - 1] + z[r + 1, c - 1]
    south = z[r + 1, c - 1] + 2 * z[r + 1, c] + z[r + 1, c + 1]
    north = z[r - 1, c - 1] + 2 * z[r - 1, c] + z[r - 1, c + 1]
    return np.hypot(east - west, south - north) / (8 * cell)
