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

_SEED = np.uint8(255)
_BUCKETS = 1024
_RING = _BUCKETS - 1
_BAND = 1 << 15
"""Cells of a band: within a bucket cells are taken band by band. Fronts are everywhere at once, and on a
large grid each would fetch its surroundings from memory anew."""


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
    # arrays of numpy lie on large pages where the system has them; the kernel's own would not
    n = rows * cols
    cost, length = np.full(n, np.inf), np.full(n, np.inf)
    label, came = np.full(n, -1, np.int32), np.full(n, _SEED, np.uint8)
    _search(
        (cost, length, label, came),
        steps,
        flat,
        LENGTHS[:k] * cell,
        np.zeros(0, np.float32) if height is None else np.ascontiguousarray(height, np.float32).ravel(),
        np.asarray(seeds, np.int64),
        zero if seed_cost is None else np.asarray(seed_cost, np.float64),
        zero if seed_length is None else np.asarray(seed_length, np.float64),
        np.arange(len(seeds)) if seed_label is None else np.asarray(seed_label, np.int64),
        min(limit_cost, 1e300),
        limit_length,
        1.0 / bucket,
    )
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
def _search(  # type: ignore[no-untyped-def]  # noqa: C901  one loop: calls between its parts cost a third
    found,
    steps,
    flat,
    plan,
    height,
    seeds,
    seed_cost,
    seed_length,
    seed_label,
    limit,
    limit_length,
    per_bucket,
):
    """Cells wait in a ring of buckets by cost, filed anew when the ring comes round to a later one.

    Entries live in a pool and are used again (`free`), so the pool stays as small as the
    front of the search. `hopeful` counts the entries that can still change a cell within
    `limit_length`; the others, stored as ~cell, do not keep the search alive.
    """
    cost, length, label, came = found
    n, k = steps.shape
    bands = n // _BAND + 1
    head = np.full((_BUCKETS, bands), np.int32(-1), np.int32)
    filed = np.zeros(_BUCKETS, np.int32)
    room = len(seeds) + (1 << 14)
    cell, key, after = np.empty(room, np.int32), np.empty(room, np.float64), np.empty(room, np.int32)
    used = 0
    now = np.int64(min(seed_cost.min(), limit) * per_bucket) if len(seeds) else np.int64(0)
    for i in range(len(seeds)):
        u = seeds[i]
        if seed_cost[i] <= limit and seed_length[i] <= limit_length and seed_cost[i] < cost[u]:
            cost[u], length[u], label[u] = seed_cost[i], seed_length[i], seed_label[i]
            cell[used], key[used] = u, seed_cost[i]
            _file(head, filed, after, used, u // _BAND, key[used], now, per_bucket)
            used += 1
    free, waiting, hopeful, band = -1, used, used, 0
    while waiting > 0 and hopeful > 0:
        ring = now & _RING
        if filed[ring] == 0:
            now += 1
            band = 0
            continue
        e = head[ring, band]
        if e < 0:
            band = band + 1 if band + 1 < bands else 0
            continue
        head[ring, band] = after[e]
        filed[ring] -= 1
        hopeless = cell[e] < 0
        v = np.int64(~cell[e] if hopeless else cell[e])
        d = key[e]
        if d == cost[v] and np.int64(d * per_bucket) > now:
            _file(head, filed, after, e, v // _BAND, d, now, per_bucket)
            continue
        after[e] = free
        free = e
        waiting -= 1
        hopeful -= 0 if hopeless else 1
        if d != cost[v]:
            continue  # a cheaper way was found since
        if came[v] != _SEED:
            j = came[v]
            p = v - flat[j]
            rise = np.float64(height[v]) - np.float64(height[p]) if len(height) else 0.0
            length[v] = length[p] + np.sqrt(plan[j] * plan[j] + rise * rise)
            label[v] = label[p]
        over = length[v] > limit_length
        if used + k > len(cell):
            cell = np.concatenate((cell, np.empty_like(cell)))
            key = np.concatenate((key, np.empty_like(key)))
            after = np.concatenate((after, np.empty_like(after)))
        for j in range(k):
            nd = d + steps[v, j]
            if not nd <= limit:  # steps off the grid are inf: only after this is the neighbour looked at
                continue
            u = v + flat[j]
            if nd < cost[u]:
                cost[u] = nd
                came[u] = j
                e = free
                if e >= 0:
                    free = after[e]
                else:
                    e = used
                    used += 1
                hopeless = over and not length[u] <= limit_length
                cell[e] = ~u if hopeless else u
                key[e] = nd
                _file(head, filed, after, e, u // _BAND, nd, now, per_bucket)
                waiting += 1
                hopeful += 0 if hopeless else 1
    for i in range(n):
        if not length[i] <= min(limit_length, 1e300):
            cost[i], length[i], label[i] = np.inf, np.inf, -1


@njit(cache=True, nogil=True)
def _file(head, filed, after, e, band, cost, now, per_bucket):  # type: ignore[no-untyped-def]
    """Entry `e` into its bucket; what lies beyond the ring into the last, to be filed again from there."""
    b = min(np.int64(cost * per_bucket), now + _RING) & _RING
    after[e] = head[b, band]
    head[b, band] = e
    filed[b] += 1
