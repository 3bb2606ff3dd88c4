"""Compiled local search on Steiner trees: one or two forks or terminals are taken out and put back best.

What is taken out are the key paths (chains between terminals and forks) at one or two
key nodes; the parts left are joined again at least cost by the dynamic programme over
subsets, inside a ball around what was taken out. That contains exchanging a key path and
removing, inserting and moving a Steiner node (Uchoa and Werneck 2010 have these one by one).
"""

from __future__ import annotations

import numba
import numpy as np

from geo.spatial.heap import pop, push
from geo.spatial.steiner_kernels import tidy

PARTS = 4
"""Most parts that are joined at a time."""
WORK = 20_000_000
"""Most steps on one tree."""
_BALL = 4000  # most nodes of a ball


@numba.njit(cache=True, nogil=True)
def improve(graph, edges, chosen, terminal, leaf, parts, work):  # type: ignore[no-untyped-def]  # noqa: C901
    """Better `chosen` (m,) edges until nothing helps or about `work` steps are done; work left.

    `graph` is (indptr, indices, weight, tail, pair), `edges` (lo, hi, cost, by_cost); at
    most `parts` parts are joined at a time.
    """
    indptr, indices, _, _, pair = graph
    lo, hi, cost, by_cost = edges
    n = len(indptr) - 1
    clean = np.zeros(n, np.bool_)
    taken = np.empty(n, np.int64)
    ends = np.empty(64, np.int64)
    label = np.full(n, -1, np.int64)
    place = np.full(n, -1, np.int64)
    again = True
    while again and work > 0:
        again = False
        for v in range(n):
            if clean[v] or not _is_key(v, indptr, pair, chosen, terminal):
                continue
            clean[v] = True
            count = _neighbours(v, indptr, indices, pair, chosen, terminal, ends)
            for k in range(-1, count):
                mate = -1 if k < 0 else ends[k]
                if mate >= 0 and mate < v and clean[mate]:
                    continue
                out, length, longest = _take(v, mate, indptr, indices, pair, cost, chosen, terminal, taken)
                pieces, tree = _label(taken[:out], lo, hi, indptr, indices, pair, chosen, terminal, label)
                found = np.empty(0, np.int64)
                if 2 <= pieces <= parts:
                    ball = _ball(graph, taken[:out], lo, hi, 0.7 * longest, leaf, place)
                    work -= len(ball) << (pieces - 1)
                    found = _join(graph, ball, place, label, pieces, leaf, length)
                    for b in ball:
                        place[b] = -1
                for t in tree:
                    label[t] = -1
                for i in range(out):
                    chosen[taken[i]] = True
                if len(found) == 0:
                    continue
                trial = chosen.copy()
                for i in range(out):
                    trial[taken[i]] = False
                trial[found] = True
                nodes = np.zeros(n, np.bool_)
                for e in range(len(trial)):
                    if trial[e]:
                        nodes[lo[e]] = True
                        nodes[hi[e]] = True
                new, price = tidy(lo, hi, cost, by_cost, nodes, terminal, leaf)
                if price >= cost[chosen].sum() * (1 - 1e-12):
                    continue
                for e in range(len(new)):
                    if new[e] != chosen[e]:
                        for u in (lo[e], hi[e]):
                            _wake(u, indptr, indices, pair, chosen, terminal, clean, ends)
                            _wake(u, indptr, indices, pair, new, terminal, clean, ends)
                chosen[:] = new
                clean[v] = False
                again = True
                break
            if work <= 0:
                break
    return work


@numba.njit(cache=True, nogil=True)
def _degree(v, indptr, pair, chosen):  # type: ignore[no-untyped-def]
    d = 0
    for a in range(indptr[v], indptr[v + 1]):
        if chosen[pair[a]]:
            d += 1
    return d


@numba.njit(cache=True, nogil=True)
def _is_key(v, indptr, pair, chosen, terminal):  # type: ignore[no-untyped-def]
    """Whether a node of the tree is a terminal or a fork."""
    return terminal[v] or _degree(v, indptr, pair, chosen) >= 3


@numba.njit(cache=True, nogil=True)
def _end(a, indptr, indices, pair, chosen, terminal):  # type: ignore[no-untyped-def]
    """The key node at the other end of the key path that leaves over arc `a`."""
    e, u = pair[a], indices[a]
    while not _is_key(u, indptr, pair, chosen, terminal):
        moved = False
        for b in range(indptr[u], indptr[u + 1]):
            if chosen[pair[b]] and pair[b] != e:
                e, u, moved = pair[b], indices[b], True
                break
        if not moved:
            break
    return u


@numba.njit(cache=True, nogil=True)
def _neighbours(v, indptr, indices, pair, chosen, terminal, ends):  # type: ignore[no-untyped-def]
    count = 0
    for a in range(indptr[v], indptr[v + 1]):
        if chosen[pair[a]] and count < len(ends):
            ends[count] = _end(a, indptr, indices, pair, chosen, terminal)
            count += 1
    return count


@numba.njit(cache=True, nogil=True)
def _wake(v, indptr, indices, pair, chosen, terminal, clean, ends):  # type: ignore[no-untyped-def]
    """The key nodes about `v` are to be looked at again."""
    clean[v] = False
    for k in range(_neighbours(v, indptr, indices, pair, chosen, terminal, ends)):
        clean[ends[k]] = False


@numba.njit(cache=True, nogil=True)
def _take(v, mate, indptr, indices, pair, cost, chosen, terminal, taken):  # type: ignore[no-untyped-def]
    """Take the key paths at `v` and `mate` out: how many edges (in `taken`), their cost, the longest path."""
    out, length, longest = 0, 0.0, 0.0
    for s in (v, mate):
        if s < 0:
            continue
        first = out
        for a in range(indptr[s], indptr[s + 1]):
            if not chosen[pair[a]]:
                continue
            e, u, path = pair[a], indices[a], 0.0
            taken[out] = e
            out += 1
            path += cost[e]
            while not (u in (v, mate) or _is_key(u, indptr, pair, chosen, terminal)):
                moved = False
                for b in range(indptr[u], indptr[u + 1]):
                    if chosen[pair[b]] and pair[b] != e:
                        e, u, moved = pair[b], indices[b], True
                        break
                if not moved:
                    break
                taken[out] = e
                out += 1
                path += cost[e]
            length += path
            longest = max(longest, path)
        for i in range(first, out):
            chosen[taken[i]] = False
    return out, length, longest


@numba.njit(cache=True, nogil=True)
def _label(taken, lo, hi, indptr, indices, pair, chosen, terminal, label):  # type: ignore[no-untyped-def]
    """Number the parts left, in `label`: how many, and all their nodes."""
    tree = np.empty(len(label), np.int64)
    used, pieces = 0, 0
    for e in taken:
        for s in (lo[e], hi[e]):
            if label[s] >= 0 or not (terminal[s] or _degree(s, indptr, pair, chosen) > 0):
                continue
            label[s] = pieces
            tree[used] = s
            at = used
            used += 1
            while at < used:
                u = tree[at]
                at += 1
                for a in range(indptr[u], indptr[u + 1]):
                    w = indices[a]
                    if chosen[pair[a]] and label[w] < 0:
                        label[w] = pieces
                        tree[used] = w
                        used += 1
            pieces += 1
    return pieces, tree[:used].copy()


@numba.njit(cache=True, nogil=True)
def _ball(graph, taken, lo, hi, radius, leaf, place):  # type: ignore[no-untyped-def]  # noqa: C901
    """The nodes within `radius` of what was taken out; `place` becomes their place in the ball."""
    indptr, indices, weight, _, _ = graph
    ball = np.empty(_BALL, np.int64)
    far = np.full(_BALL, np.inf)
    done = np.zeros(_BALL, np.bool_)
    heap_key, heap_node = np.empty(64 * _BALL), np.empty(64 * _BALL, np.int64)
    used, size = 0, 0
    for e in taken:
        for s in (lo[e], hi[e]):
            if place[s] < 0 and used < _BALL:
                place[s] = used
                ball[used] = s
                far[used] = 0.0
                used += 1
                size = push(heap_key, heap_node, size, 0.0, s)
    while size > 0:
        key, u, size = pop(heap_key, heap_node, size)
        if done[place[u]]:
            continue
        done[place[u]] = True
        for a in range(indptr[u], indptr[u + 1]):
            w = indices[a]
            d = key + weight[a]
            if d > radius or (leaf[w] and place[w] < 0):
                continue
            if place[w] < 0:
                if used == _BALL:
                    continue
                place[w] = used
                ball[used] = w
                used += 1
            if d < far[place[w]] and size < len(heap_key):
                far[place[w]] = d
                size = push(heap_key, heap_node, size, d, w)
    return ball[:used].copy()


@numba.njit(cache=True, nogil=True)
def _join(graph, ball, place, label, pieces, leaf, length):  # type: ignore[no-untyped-def]  # noqa: C901
    """The edges that join all parts within the ball for less than `length`; none where that cannot be."""
    indptr, indices, weight, tail, pair = graph
    n, k = len(ball), pieces - 1
    cost = np.full((1 << k, n), np.inf)
    choice = np.zeros((1 << k, n), np.int64)
    via = np.full((1 << k, n), -1, np.int64)
    jump = np.full((1 << k, n), -1, np.int64)
    room = 0
    for i in range(n):
        room += indptr[ball[i] + 1] - indptr[ball[i]] + 2
    heap_key, heap_node = np.empty(room), np.empty(room, np.int64)
    for mask in range(1, 1 << k):
        row = cost[mask]
        single = -1
        for i in range(k):
            if mask == 1 << i:
                single = i
        part = (mask - 1) & mask
        while part > 0:
            rest = mask ^ part
            if part > rest:
                for i in range(n):
                    d = cost[part, i] + cost[rest, i]
                    if d < row[i] and not leaf[ball[i]]:
                        row[i] = d
                        choice[mask, i] = part
            part = (part - 1) & mask
        size = 0
        for i in range(n):
            if single >= 0 and label[ball[i]] == single:
                row[i] = 0.0
            if row[i] < length:
                size = push(heap_key, heap_node, size, row[i], i)
        spread = 0
        while size > 0:
            key, i, size = pop(heap_key, heap_node, size)
            if key > row[i]:
                continue
            u = ball[i]
            if leaf[u] and not (single >= 0 and label[u] == single):
                continue
            own = label[u]
            if single < 0 and 0 <= own < k and (mask >> own) & 1 and not (spread >> own) & 1:
                spread |= 1 << own  # inside a part one moves for nothing
                for j in range(n):
                    if label[ball[j]] == own and row[j] > key and size < room:
                        row[j] = key
                        jump[mask, j] = i
                        size = push(heap_key, heap_node, size, key, j)
            for a in range(indptr[u], indptr[u + 1]):
                j = place[indices[a]]
                if j < 0:
                    continue
                d = key + weight[a]
                if d < row[j] and d < length and size < room:
                    row[j] = d
                    via[mask, j] = a
                    jump[mask, j] = -1
                    size = push(heap_key, heap_node, size, d, j)
    best, at = length * (1 - 1e-9), -1
    for i in range(n):
        if label[ball[i]] == k and cost[(1 << k) - 1, i] < best:
            best, at = cost[(1 << k) - 1, i], i
    edges = np.empty(0 if at < 0 else n * (k + 1), np.int64)
    if at < 0:
        return edges
    stack = np.empty((2 * pieces + 4, 2), np.int64)
    stack[0, 0], stack[0, 1] = (1 << k) - 1, at
    top, used = 1, 0
    while top > 0:
        top -= 1
        mask, i = stack[top, 0], stack[top, 1]
        while True:
            if jump[mask, i] >= 0:
                i = jump[mask, i]
            elif via[mask, i] >= 0:
                a = via[mask, i]
                if used < len(edges):
                    edges[used] = pair[a]
                    used += 1
                i = place[tail[a]]
            else:
                break
        part = choice[mask, i]
        if part > 0:
            stack[top, 0], stack[top, 1] = part, i
            stack[top + 1, 0], stack[top + 1, 1] = mask ^ part, i
            top += 2
    return edges[:used].copy()
