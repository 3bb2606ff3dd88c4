"""A better bound on Steiner trees: dual ascent taken back in places and made again.

What dual ascent (Wong 1984) raises for terminal t is a potential h_t: 0 at the root, h_t(t)
at t. It uses max(0, h_t(w) - h_t(v)) of the cost of arc v -> w, all terminals together no
more than the cost; every tree costs at least the sum of h_t(t), for it holds a way from the
root to every t. So any potentials that share the costs are a bound. Ascent never takes
anything back: who grew first has what others could have used better. Here neighbouring
terminals shrink by a random share and grow again in another order; what is no worse is kept.
"""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt

from geo.spatial.heap import pop, push

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

INF = np.inf
_GROUP = 16  # most terminals that shrink at a time
_PROBES = 40  # places at which their neighbours are looked for
_SETTLED = 1e-12  # of an arc's cost: less is nothing


def blank_log(arcs: int) -> tuple[Ints, Ints, Ints, Floats]:
    """What a try that fails is undone by: tries and changes counted, by arc the last try that changed it;
    arcs changed in this try, and what they had before."""
    return np.zeros(2, np.int64), np.zeros(arcs, np.int64), np.empty(arcs, np.int64), np.empty(arcs)


@numba.njit(cache=True, nogil=True)
def ascend(graph, root, reduced, rows, terminals, haste, potential, log):  # type: ignore[no-untyped-def]  # noqa: C901
    """Raise the potentials of the terminals `rows` until each is reached from the root, or from another
    of them, over arcs without reduced cost. Returns by how much in sum, inf where there is no way.

    `graph` is (indptr, indices, weight, twin), `reduced` the reduced costs, inf for a barred arc. The
    terminal with the smallest cut goes first, until its cut is larger than the next one's by the share
    `haste`. Its set grows as a search by distance does that runs against the arcs: a node comes in when
    what was raised equals its distance. `potential` (k, n) and `log` may be empty: then they are not kept.
    """
    indptr, indices, weight, twin = graph
    used, seen, arcs, values = log
    n, k = len(indptr) - 1, len(rows)
    active = np.zeros(n, np.bool_)
    score = np.empty(k, np.int64)
    for i in range(k):
        t = terminals[rows[i]]
        active[t] = True
        score[i] = indptr[t + 1] - indptr[t]
    gained, turn = 0.0, 0
    inside, near = (
        np.full(n, -1, np.int64),
        np.full(n, -1, np.int64),
    )  # the last turn they were in the set, in sight
    far, since, members = np.empty(n), np.empty(n), np.empty(n, np.int64)
    heap_key, heap_node = np.empty(len(indices) + 1), np.empty(len(indices) + 1, np.int64)
    while True:
        best, second = -1, -1
        for i in range(k):
            if active[terminals[rows[i]]]:
                if best < 0 or score[i] < score[best]:
                    second, best = best, i
                elif second < 0 or score[i] < score[second]:
                    second = i
        if best < 0:
            return gained
        limit = len(indices) + 1
        if second >= 0:
            limit = score[second] + int(haste * score[second]) + 8
        t = terminals[rows[best]]
        turn += 1
        far[t], near[t] = 0.0, turn
        size = push(heap_key, heap_node, 0, 0.0, t)
        cuts, level, count, stopped = 0, 0.0, 0, False
        while size > 0:
            key, v, size = pop(heap_key, heap_node, size)
            if inside[v] == turn:
                continue
            if key > level and cuts > limit:
                score[best], stopped = cuts, True
                break
            level = key
            if v == root or (active[v] and v != t):
                active[t], stopped = False, True
                break
            inside[v], since[v], members[count] = turn, level, v
            count += 1
            for b in range(indptr[v], indptr[v + 1]):
                u, a = indices[b], twin[b]
                if inside[u] == turn:
                    cuts -= reduced[b] < INF  # it no longer comes from outside
                elif reduced[a] < INF:
                    cuts += 1
                    d = level + reduced[a]
                    if near[u] != turn or d < far[u]:
                        far[u], near[u] = d, turn
                        size = push(heap_key, heap_node, size, d, u)
        if not stopped:
            return INF
        gained += level
        for m in range(count):
            w = members[m]
            rise = level - since[w]
            if rise <= 0.0:
                continue
            if len(potential) > 0:
                potential[rows[best], w] += rise
            for b in range(indptr[w], indptr[w + 1]):
                v, a = indices[b], twin[b]
                less = rise if inside[v] != turn else rise - (level - since[v])
                if less <= 0.0 or reduced[a] == INF:
                    continue
                if len(seen) > 0 and seen[a] != used[0]:
                    seen[a] = used[0]
                    arcs[used[1]], values[used[1]] = a, reduced[a]
                    used[1] += 1
                left = reduced[a] - less
                reduced[a] = left if left > _SETTLED * weight[a] else 0.0


@numba.njit(cache=True, nogil=True)
def _shrink(graph, reduced, potential, by, log):  # type: ignore[no-untyped-def]
    """Lower the potential (n,) of one terminal by `by`, to 0 at least, and give back what it used."""
    indptr, indices, _, twin = graph
    used, seen, arcs, values = log
    ball = np.flatnonzero(potential > 0.0)
    for w in ball:
        high = max(0.0, potential[w] - by)
        for b in range(indptr[w], indptr[w + 1]):
            v, a = indices[b], twin[b]
            share = potential[w] - potential[v]
            if share > 0.0 and reduced[a] < INF:
                left = reduced[a] + share - max(0.0, high - max(0.0, potential[v] - by))
                if seen[a] != used[0]:
                    seen[a] = used[0]
                    arcs[used[1]], values[used[1]] = a, reduced[a]
                    used[1] += 1
                reduced[a] = max(0.0, left)
    for w in ball:
        potential[w] = max(0.0, potential[w] - by)


@numba.njit(cache=True, nogil=True)
def _neighbours(potential, terminals, root, first, rng):  # type: ignore[no-untyped-def]
    """Rows of up to `_GROUP` terminals, in any order: `first`, and whose potentials meet its own."""
    ball = np.flatnonzero(potential[first] > 0.0)
    near = np.zeros(len(potential), np.bool_)
    for v in ball[rng.integers(0, len(ball), _PROBES)]:
        for s in range(len(potential)):
            near[s] |= potential[s, v] > 0.0
    near[first] = False
    others = np.flatnonzero(near & (terminals != root))
    if len(others) == 0:  # compiled, a permutation of nothing looks at its first place
        return np.full(1, first)
    return rng.permutation(np.append(rng.permutation(others)[: _GROUP - 1], first))


@numba.njit(cache=True, nogil=True)
def improve_dual(graph, terminals, root, reduced, potential, rounds, rng, log):  # type: ignore[no-untyped-def]
    """Better potentials (k, n) and reduced costs, in place; returns by how much the bound has risen.
    `rng` a numpy Generator."""
    k = len(potential)
    used, _, arcs, values = log
    risen = 0.0
    for _ in range(rounds):
        first = rng.integers(0, k)
        if terminals[first] == root:
            continue
        rows = _neighbours(potential, terminals, root, first, rng)
        used[0], used[1] = used[0] + 1, 0
        old = potential[rows]
        change = 0.0
        for r in rows:
            by = potential[r, terminals[r]] * rng.random()
            change -= by
            _shrink(graph, reduced, potential[r], by, log)
        change += ascend(graph, root, reduced, rows, terminals, 0.5 * rng.random(), potential, log)
        if change < 0.0:
            reduced[arcs[: used[1]]] = values[: used[1]]
            potential[rows] = old
        else:
            risen += change
    return risen
