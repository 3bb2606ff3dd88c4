"""Shortest ways over a square grid: as `geo.spatial.search`, but the least length wins, not the least cost.

What is limited in metres must be the least of them: the fastest way may take a longer
road, and one more road would then make a walk longer that was short enough.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from geo.spatial.search import BAND, BATCH, BUCKETS, LENGTHS, OFFSETS, RING, Floats, Ints


@dataclass(frozen=True)
class Lengths:
    """What the search found, (rows, cols) each: inf and -1 where nothing was reached."""

    length: Floats
    label: npt.NDArray[np.int32]


def open_steps(steps: npt.NDArray[Any]) -> npt.NDArray[np.uint16]:
    """Which steps of a table (n, 8 or 16) are not refused: bit j of each cell stands for step j.

    A thirtieth of the table: a search that needs no more of it is not slowed by memory.
    """
    masks: npt.NDArray[np.uint16] = _masks(steps)
    return masks


def search_shortest(
    open_to: npt.NDArray[np.uint16],
    shape: tuple[int, int],
    seeds: Ints,
    *,
    seed_length: Floats,
    seed_label: Ints,
    height: npt.NDArray[np.float32],
    cell: float,
    limit_length: float = np.inf,
) -> Lengths:
    """The shortest way between every cell and its nearest seed, over the ground.

    `open_to` is of `open_steps`; a step is as long as the straight line between the
    cells with the rise of `height`. The other arguments are as of `search`.
    """
    rows, cols = shape
    # arrays of numpy lie on large pages where the system has them; the kernel's own would not
    length, label = np.full(rows * cols, np.inf), np.full(rows * cols, -1, np.int32)
    _shortest(
        (length, label),
        open_to,
        OFFSETS[:, 0] * cols + OFFSETS[:, 1],
        LENGTHS * cell,
        np.ascontiguousarray(height, np.float32).ravel(),
        np.asarray(seeds, np.int64),
        np.asarray(seed_length, np.float64),
        np.asarray(seed_label, np.int64),
        min(limit_length, 1e300),
        1.0 / cell,
    )
    return Lengths(length.reshape(rows, cols), label.reshape(rows, cols))


@njit(cache=True, nogil=True)
def _masks(steps):  # type: ignore[no-untyped-def]
    n, k = steps.shape
    masks = np.zeros(n, np.uint16)
    for v in range(n):
        for j in range(k):
            if steps[v, j] < np.inf:
                masks[v] |= np.uint16(1 << j)
    return masks


@njit(cache=True, nogil=True)
def _shortest(  # type: ignore[no-untyped-def]  # noqa: C901  one loop, as in search
    found, open_to, flat, plan, height, seeds, seed_length, seed_label, limit, per_bucket
):
    """As in `search`, but buckets are one cell wide: no step is shorter, so what leaves one is settled.

    Seeds nearly touch the ground, so the ring starts at bucket 0.
    """
    length, label = found
    n, k = len(length), len(flat)
    head = np.full((BUCKETS, n // BAND + 1), np.int32(-1), np.int32)
    filed = np.zeros(BUCKETS, np.int32)
    waits = np.zeros(n, np.bool_)
    cell, after = np.empty(len(seeds) + (1 << 14), np.int32), np.empty(len(seeds) + (1 << 14), np.int32)
    batch, ahead = np.empty(BATCH, np.int64), np.empty(BATCH, np.uint16)
    used, free, now, band = 0, -1, np.int64(0), 0
    for i in range(len(seeds)):
        u = seeds[i]
        if seed_length[i] <= limit and seed_length[i] < length[u]:
            length[u], label[u] = seed_length[i], seed_label[i]
            waits[u] = True
            b = np.int64(seed_length[i] * per_bucket) & RING
            cell[used], after[used] = u, head[b, u // BAND]
            head[b, u // BAND] = used
            filed[b] += 1
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
            waiting -= 1
            after[e] = free
            free = e
            if waits[v]:
                batch[m], ahead[m] = v, open_to[v]
                m += 1
            e = following
        head[ring, band] = e
        while used + m * k > len(cell):
            cell = np.concatenate((cell, np.empty_like(cell)))
            after = np.concatenate((after, np.empty_like(after)))
        for i in range(m):
            v, ways = batch[i], ahead[i]
            if not waits[v]:
                continue  # settled since
            waits[v] = False
            d = length[v]
            for j in range(k):
                if not (ways >> j) & 1:  # off the grid too, where there is no neighbour to look at
                    continue
                u = v + flat[j]
                here = length[u]
                if here <= d + plan[j]:  # no rise makes it shorter than on the flat
                    continue
                rise = np.float64(height[v]) - np.float64(height[u])
                there = d + np.sqrt(plan[j] * plan[j] + rise * rise)
                if there <= limit and there < here:
                    length[u], label[u] = there, label[v]
                    if waits[u] and np.int64(here * per_bucket) == np.int64(there * per_bucket):
                        continue  # it stands in that bucket already
                    waits[u] = True
                    e = free
                    if e >= 0:
                        free = after[e]
                    else:
                        e = used
                        used += 1
                    b = min(np.int64(there * per_bucket), now + RING) & RING
                    cell[e], after[e] = u, head[b, u // BAND]
                    head[b, u // BAND] = e
                    filed[b] += 1
                    waiting += 1
