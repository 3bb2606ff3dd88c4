"""Cheapest ways over a square grid: Dijkstra's search with buckets (Dial 1969), compiled.

A grid is a table of steps, (rows * cols, 8 or 16): `steps[v, j]` is what it costs to
carry the search from cell v to the cell `OFFSETS[j]` away; inf where that step is
refused. A search towards the seeds ("from here *to* the target") is a search over
*inbound* steps, where `steps[v, j]` is the cost of coming from that cell to v:
`turned` makes one from the other. Steps that leave the grid are inf, so the kernel
needs no bounds.

On flat ground the cheapest way over 8 neighbours is up to 8.24 % longer than the
straight line, over 16 up to 2.75 %.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

OFFSETS: Ints = np.array(
    [
        (-1, 0), (1, 0), (0, -1), (0, 1), (-1, -1), (1, 1), (-1, 1), (1, -1),
        (-2, -1), (2, 1), (-2, 1), (2, -1), (-1, -2), (1, 2), (-1, 2), (1, -2),
    ],
    dtype=np.int64,
)  # fmt: skip
"""Row and column of each neighbour; the opposite of j is j ^ 1; the first 8 are the 8-neighbourhood."""

LENGTHS: Floats = np.hypot(OFFSETS[:, 0], OFFSETS[:, 1])
"""Length of each step in cells."""

BUCKETS = 1024
RING = BUCKETS - 1
BAND = 1 << 15
"""Cells of a band: within a bucket cells are taken band by band. Fronts are everywhere at once, and on a
large grid each would fetch its surroundings from memory anew."""
BATCH = 1 << 10
"""Cells taken from a bucket before the first of them is worked on: what is known of them is then fetched
from memory side by side, which takes half as long as one after the other."""

_SEED, _KNOWN, _NOWHERE, _WAITS = np.uint8(16), np.uint8(32), np.uint8(64), np.uint8(128)
_WAY = np.uint8(31)
"""A cell's byte: below 16 the step by which it was reached; `_KNOWN` once its length and label are, `_WAITS`
while it stands in a bucket."""


@dataclass(frozen=True)
class Found:
    """What the search found, (rows, cols) each: inf, inf and -1 where nothing was reached."""

    cost: Floats
    length: Floats
    label: npt.NDArray[np.int32]


def search(
    steps: npt.NDArray[Any],
    shape: tuple[int, int],
    seeds: Ints,
    *,
    seed_cost: Floats | None = None,
    seed_length: Floats | None = None,
    seed_label: Ints | None = None,
    height: npt.NDArray[np.float32] | None = None,
    cell: float = 1.0,
    limit_cost: float = np.inf,
    limit_length: float = np.inf,
    bucket: float | None = None,
) -> Found:
    """The cheapest way between every cell and its cheapest seed.

    `seeds` are flat cell numbers; each starts with its `seed_cost` and `seed_length`
    (0 unless given) and hands its `seed_label` (its place in `seeds` unless given) to
    the cells it wins. `length` is measured along the cheapest way in units of `cell`,
    over the ground when `height` (rows, cols) is given. A cell whose cheapest way costs
    more than `limit_cost` or is longer than `limit_length` counts as not reached.
    `bucket` is the width of a bucket, best a few times the least step cost; any width
    gives the same answer.
    """
    rows, cols = shape
    k = steps.shape[1]
    flat = OFFSETS[:k, 0] * cols + OFFSETS[:k, 1]
    zero = np.zeros(len(seeds))
    if bucket is None:
        bucket = 4 * least(steps)
    starts = (
        np.asarray(seeds, np.int64),
        zero if seed_cost is None else np.asarray(seed_cost, np.float64),
        zero if seed_length is None else np.asarray(seed_length, np.float64),
        np.arange(len(seeds)) if seed_label is None else np.asarray(seed_label, np.int64),
    )
    # arrays of numpy lie on large pages where the system has them; the kernel's own would not
    n = rows * cols
    cost, length = np.full(n, np.inf), np.full(n, np.inf)
    label, came = np.full(n, -1, np.int32), np.full(n, _NOWHERE, np.uint8)
    found = (cost, length, label, came)
    _search(found, steps, flat, starts, min(limit_cost, 1e300), limit_length, 1.0 / bucket)
    ground = np.zeros(0, np.float32) if height is None else np.ascontiguousarray(height, np.float32).ravel()
    _measure(found, flat, LENGTHS[:k] * cell, ground, min(limit_length, 1e300))
    return Found(cost.reshape(rows, cols), length.reshape(rows, cols), label.reshape(rows, cols))


def least(steps: npt.NDArray[Any]) -> float:
    """The least cost of any step that is not refused and not free; 1 when there is none."""
    low = float(steps.min(initial=np.inf))
    if low <= 0:  # a free step: look again without those
        low = float(steps.min(initial=np.inf, where=steps > 0))
    return low if np.isfinite(low) else 1.0


def turned(steps: npt.NDArray[Any], shape: tuple[int, int]) -> npt.NDArray[Any]:
    """Outbound steps from inbound ones and the other way round."""
    rows, cols = shape
    grid = steps.reshape(rows, cols, -1)
    other = np.full_like(grid, np.inf)
    for j, (dr, dc) in enumerate(OFFSETS[: grid.shape[2]]):
        here = (slice(max(0, -dr), rows - max(0, dr)), slice(max(0, -dc), cols - max(0, dc)))
        there = (slice(max(0, dr), rows - max(0, -dr)), slice(max(0, dc), cols - max(0, -dc)))
        other[(*here, j)] = grid[(*there, j ^ 1)]
    return other.reshape(steps.shape)


@njit(cache=True, nogil=True)
def _search(found, steps, flat, starts, limit, limit_length, per_bucket):  # type: ignore[no-untyped-def]  # noqa: C901  one loop: calls between its parts cost a third
    """Cost of every cell and the step by which it is reached.

    Cells wait in a ring of buckets by cost, filed anew when the ring comes round to a later
    one. Entries live in a pool and are used again (`free`), so the pool stays as small as
    the front of the search. One that lies in its bucket already is not filed there again.
    """
    cost, length, label, came = found
    seeds, seed_cost, seed_length, seed_label = starts
    n, k = steps.shape
    head = np.full((BUCKETS, n // BAND + 1), np.int32(-1), np.int32)
    filed = np.zeros(BUCKETS, np.int32)
    cell, after = np.empty(len(seeds) + (1 << 14), np.int32), np.empty(len(seeds) + (1 << 14), np.int32)
    batch, ahead = np.empty(BATCH, np.int64), np.empty(BATCH, steps.dtype)
    used, free, band = 0, -1, 0
    now = np.int64(min(seed_cost.min(), limit) * per_bucket) if len(seeds) else np.int64(0)
    for i in range(len(seeds)):
        u = seeds[i]
        if seed_cost[i] <= limit and seed_length[i] <= limit_length and seed_cost[i] < cost[u]:
            cost[u], length[u], label[u] = seed_cost[i], seed_length[i], seed_label[i]
            came[u] = _SEED | _WAITS
            cell[used] = u
            _file(head, filed, after, used, u // BAND, cost[u], now, per_bucket)
            used += 1
    waiting = used
    while waiting > 0:
        ring = now & RING
        if filed[ring] == 0:
            now += 1
            band = 0
            continue
        e = head[ring, band]
        if e < 0:
            band = band + 1 if band + 1 < head.shape[1] else 0
            continue
        m = 0
        while e >= 0 and m < BATCH:
            v, following = np.int64(cell[e]), after[e]
            filed[ring] -= 1
            if came[v] & _WAITS and np.int64(cost[v] * per_bucket) > now:
                _file(head, filed, after, e, band, cost[v], now, per_bucket)
            else:
                after[e] = free
                free = e
                waiting -= 1
                if came[v] & _WAITS:
                    batch[m], ahead[m] = v, steps[v, 0]
                    m += 1
            e = following
        head[ring, band] = e
        while used + m * k > len(cell):
            cell = np.concatenate((cell, np.empty_like(cell)))
            after = np.concatenate((after, np.empty_like(after)))
        for i in range(m):
            v = batch[i]
            if not came[v] & _WAITS:
                continue  # filed twice, and done
            came[v] &= _WAY
            d = cost[v]
            for j in range(k):
                there = d + steps[v, j]
                if (
                    not there <= limit
                ):  # steps off the grid are inf: only after this is the neighbour looked at
                    continue
                u = v + flat[j]
                here = cost[u]
                if there < here:
                    cost[u] = there
                    stands = came[u] & _WAITS
                    came[u] = np.uint8(j) | _WAITS
                    if stands and np.int64(here * per_bucket) == np.int64(there * per_bucket):
                        continue
                    e = free
                    if e >= 0:
                        free = after[e]
                    else:
                        e = used
                        used += 1
                    cell[e] = u
                    _file(head, filed, after, e, u // BAND, there, now, per_bucket)
                    waiting += 1


@njit(cache=True, nogil=True)
def _measure(found, flat, plan, height, limit_length):  # type: ignore[no-untyped-def]
    """Length and label of every cell: of those it was reached through, followed back to one that has them."""
    cost, length, label, came = found
    trail = np.empty(1 << 12, np.int64)
    for i in range(len(came)):
        v, m = i, 0
        while came[v] < _SEED:
            if m == len(trail):
                trail = np.concatenate((trail, np.empty_like(trail)))
            trail[m] = v
            v -= flat[came[v]]
            m += 1
        while m > 0:
            m -= 1
            u = trail[m]
            j = came[u]
            rise = np.float64(height[u]) - np.float64(height[v]) if len(height) else 0.0
            length[u] = length[v] + np.sqrt(plan[j] * plan[j] + rise * rise)
            label[u] = label[v]
            came[u] |= _KNOWN
            v = u
    for i in range(len(came)):
        if not length[i] <= limit_length:
            cost[i], length[i], label[i] = np.inf, np.inf, -1


@njit(cache=True, nogil=True)
def _file(head, filed, after, e, band, cost, now, per_bucket):  # type: ignore[no-untyped-def]
    """Entry `e` into its bucket; what lies beyond the ring into the last, to be filed again from there."""
    b = min(np.int64(cost * per_bucket), now + RING) & RING
    after[e] = head[b, band]
    head[b, band] = e
    filed[b] += 1
