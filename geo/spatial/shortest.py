"""Shortest ways over a square grid: as `geo.spatial.search`, but the least length wins, not the least cost.

What is limited in metres must be the least of them: the fastest way may take a longer
road, and one more road would then make a walk longer that was short enough.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from geo.spatial.search import LENGTHS, OFFSETS, Floats, Found, Ints

_BUCKETS = 4096
_RING = _BUCKETS - 1


def search_shortest(
    steps: npt.NDArray[Any],
    shape: tuple[int, int],
    seeds: Ints,
    *,
    seed_cost: Floats,
    seed_length: Floats,
    seed_label: Ints,
    height: npt.NDArray[np.float32],
    cell: float,
    limit_length: float = np.inf,
) -> Found:
    """The shortest way between every cell and its nearest seed, over the ground.

    Arguments as of `search`; a step is open where its cost in `steps` is finite, and as
    long as the straight line between the cells with the rise of `height`. `cost` is
    what the shortest way costs.
    """
    rows, cols = shape
    k = steps.shape[1]
    cost, length, label = _shortest(
        steps,
        OFFSETS[:k, 0] * cols + OFFSETS[:k, 1],
        LENGTHS[:k] * cell,
        np.ascontiguousarray(height, np.float32).ravel(),
        np.asarray(seeds, np.int64),
        np.asarray(seed_cost, np.float64),
        np.asarray(seed_length, np.float64),
        np.asarray(seed_label, np.int64),
        min(limit_length, 1e300),
        1.0 / cell,
    )
    return Found(cost.reshape(rows, cols), length.reshape(rows, cols), label.reshape(rows, cols))


@njit(cache=True, nogil=True)
def _shortest(  # type: ignore[no-untyped-def]  # noqa: C901  one loop, as in search
    steps, flat, plan, height, seeds, seed_cost, seed_length, seed_label, limit, per_bucket
):
    """Cells wait in a ring of buckets one cell wide (no step is shorter); entries live in a pool.

    Seeds nearly touch the ground, so the ring starts at bucket 0.
    """
    n, k = steps.shape
    cost, length = np.full(n, np.inf), np.full(n, np.inf)
    label = np.full(n, np.int32(-1), np.int32)
    head = np.full(_BUCKETS, np.int32(-1), np.int32)
    room = len(seeds) + (1 << 14)
    cell, key, after = np.empty(room, np.int32), np.empty(room, np.float64), np.empty(room, np.int32)
    used, free, now = 0, -1, np.int64(0)
    for i in range(len(seeds)):
        u = seeds[i]
        if seed_length[i] <= limit and seed_length[i] < length[u]:
            cost[u], length[u], label[u] = seed_cost[i], seed_length[i], seed_label[i]
            b = np.int64(seed_length[i] * per_bucket) & _RING
            cell[used], key[used], after[used] = u, seed_length[i], head[b]
            head[b] = used
            used += 1
    waiting = used
    while waiting > 0:
        e = head[now & _RING]
        if e < 0:
            now += 1
            continue
        head[now & _RING] = after[e]
        v, d = np.int64(cell[e]), key[e]
        after[e] = free
        free = e
        waiting -= 1
        if d != length[v]:
            continue  # a shorter way was found since
        if used + k > len(cell):
            cell = np.concatenate((cell, np.empty_like(cell)))
            key = np.concatenate((key, np.empty_like(key)))
            after = np.concatenate((after, np.empty_like(after)))
        for j in range(k):
            if (
                not steps[v, j] < np.inf
            ):  # steps off the grid are inf: only after this is the neighbour looked at
                continue
            u = v + flat[j]
            if length[u] <= d + plan[j]:  # no rise makes it shorter than on the flat
                continue
            rise = np.float64(height[v]) - np.float64(height[u])
            nd = d + np.sqrt(plan[j] * plan[j] + rise * rise)
            if nd <= limit and nd < length[u]:
                length[u], cost[u], label[u] = nd, cost[v] + steps[v, j], label[v]
                e = free
                if e >= 0:
                    free = after[e]
                else:
                    e = used
                    used += 1
                b = min(np.int64(nd * per_bucket), now + _RING) & _RING
                cell[e], key[e], after[e] = u, nd, head[b]
                head[b] = e
                waiting += 1
    return cost, length, label
