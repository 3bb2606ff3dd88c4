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

INF = np.inf
_GROUP = 16  # most terminals that shrink at a time
_SETTLED = 1e-12  # of an arc's cost: less is nothing


@numba.njit(cache=True, nogil=True)
def ascend(graph, root, reduced, potential, rows, terminals, haste):  # type: ignore[no-untyped-def]  # noqa: C901
    """Raise the potentials (k, n) of the terminals `rows` until each is reached from the root, or from
    another of them, over arcs without reduced cost. Returns by how much in sum, inf where there is no way.

    `graph` is (indptr, indices, weight, tail, twin). The one with the smallest cut goes first, until
    its cut is larger than the next one's by the share `haste`.
    """
    indptr, indices, weight, tail, twin = graph
    n, k = len(indptr) - 1, len(rows)
    active = np.zeros(n, np.bool_)
    score = np.empty(k, np.int64)
    for i in range(k):
        t = terminals[rows[i]]
        active[t] = True
        score[i] = indptr[t + 1] - indptr[t]
    gained = 0.0
    inside = np.full(n, -1, np.int64)
    since = np.empty(n)
    cut, stack, members = np.empty(len(indices), np.int64), np.empty(n, np.int64), np.empty(n, np.int64)
    turn = 0
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
        cuts, top, size, level, over = 0, 1, 1, 0.0, False
        stack[0], members[0], inside[t], since[t] = t, t, turn, 0.0
        while True:
            while top > 0:  # take in everything that reaches the set over saturated arcs
                top -= 1
                v = stack[top]
                if v == root or (active[v] and v != t):
                    over = True
                    break
                for b in range(indptr[v], indptr[v + 1]):
                    u, a = indices[b], twin[b]
                    if inside[u] == turn or reduced[a] == INF:
                        continue
                    if reduced[a] <= 0.0:
                        inside[u], since[u] = turn, level
                        stack[top], members[size] = u, u
                        top += 1
                        size += 1
                    else:
                        cut[cuts] = a
                        cuts += 1
            if over:
                active[t] = False
                break
            kept, least = 0, INF
            for c in range(cuts):
                a = cut[c]
                if inside[tail[a]] != turn:
                    cut[kept] = a
                    kept += 1
                    least = min(least, reduced[a])
            cuts = kept
            if cuts == 0:
                return INF
            if cuts > limit:
                score[best] = cuts
                break
            level += least
            for c in range(cuts):
                a = cut[c]
                reduced[a] -= least
                if reduced[a] <= _SETTLED * weight[a]:
                    reduced[a] = 0.0
                    u = tail[a]
                    if inside[u] != turn:
                        inside[u], since[u] = turn, level
                        stack[top], members[size] = u, u
                        top += 1
                        size += 1
        gained += level
        for m in range(size):
            potential[rows[best], members[m]] += level - since[members[m]]


@numba.njit(cache=True, nogil=True)
def _shrink(graph, reduced, potential, by):  # type: ignore[no-untyped-def]
    """Lower the potential (n,) of one terminal by `by`, to 0 at least, and give back what it used."""
    indptr, indices, _, _, twin = graph
    n = len(indptr) - 1
    for w in range(n):
        if potential[w] <= 0.0:
            continue
        high = max(0.0, potential[w] - by)
        for b in range(indptr[w], indptr[w + 1]):
            v, a = indices[b], twin[b]
            used = potential[w] - potential[v]
            if used > 0.0 and reduced[a] < INF:
                left = reduced[a] + used - max(0.0, high - max(0.0, potential[v] - by))
                reduced[a] = max(0.0, left)
    for w in range(n):
        potential[w] = max(0.0, potential[w] - by)


@numba.njit(cache=True, nogil=True)
def improve_dual(graph, terminals, root, reduced, potential, rounds, rng):  # type: ignore[no-untyped-def]
    """Better potentials (k, n) and reduced costs, in place; returns by how much the bound has risen.
    `rng` a numpy Generator."""
    k = len(potential)
    risen = 0.0
    for _ in range(rounds):
        first = rng.integers(0, k)
        if terminals[first] == root:
            continue
        ball = np.flatnonzero(potential[first] > 0.0)
        group = np.empty(_GROUP, np.int64)
        group[0], size = first, 1
        for s in rng.permutation(k):
            if size == _GROUP:
                break
            if s == first or terminals[s] == root:
                continue
            for v in ball:
                if potential[s, v] > 0.0:
                    group[size] = s
                    size += 1
                    break
        rows = group[:size][rng.permutation(size)]
        before, old = reduced.copy(), potential[rows].copy()
        change = 0.0
        for r in rows:
            by = potential[r, terminals[r]] * rng.random()
            change -= by
            _shrink(graph, reduced, potential[r], by)
        change += ascend(graph, root, reduced, potential, rows, terminals, 0.5 * rng.random())
        if change < 0.0:
            reduced[:] = before
            potential[rows] = old
        else:
            risen += change
    return risen
