"""Compiled parts of the Steiner search. A graph is CSR: `indptr`, `indices`, `weight`, `tail`, `pair`.

`twin[a]` is the arc that runs against arc `a`, `pair[a]` the edge both belong to; an arc
of weight inf is barred. Sources of the ideas: Takahashi and Matsuyama 1980 (cheapest
insertion), Wong 1984 and Pajor, Uchoa and Werneck 2018 (dual ascent), Polzin and
Vahdati 2001 (fixing by reduced cost).
"""

from __future__ import annotations

import numba
import numpy as np

from geo.spatial.heap import pop, push

INF = np.inf


@numba.njit(cache=True, nogil=True)
def dijkstra(indptr, indices, weight, sources):  # type: ignore[no-untyped-def]
    """The distance of each node from the nearest source."""
    n = len(indptr) - 1
    dist = np.full(n, INF)
    heap_key = np.empty(len(indices) + len(sources) + 1)
    heap_node = np.empty(len(indices) + len(sources) + 1, np.int64)
    size = 0
    for s in sources:
        dist[s] = 0.0
        size = push(heap_key, heap_node, size, 0.0, s)
    while size > 0:
        key, u, size = pop(heap_key, heap_node, size)
        if key > dist[u]:
            continue
        for a in range(indptr[u], indptr[u + 1]):
            d = key + weight[a]
            v = indices[a]
            if d < dist[v]:
                dist[v] = d
                size = push(heap_key, heap_node, size, d, v)
    return dist


@numba.njit(cache=True, nogil=True)
def grow(indptr, indices, weight, tail, pair, terminals, start):  # type: ignore[no-untyped-def]  # noqa: C901
    """Takahashi and Matsuyama: a tree from `start`, each time to the nearest terminal not yet in it.

    Returns the edges of the tree (a mask), all False where a terminal cannot be reached.
    """
    n = len(indptr) - 1
    chosen = np.zeros(len(indices) // 2, np.bool_)
    wanted = np.zeros(n, np.bool_)
    left = 0
    for t in terminals:
        if t != start and not wanted[t]:
            wanted[t] = True
            left += 1
    inside = np.zeros(n, np.bool_)
    dist = np.full(n, INF)
    via = np.full(n, -1, np.int64)
    room = 2 * len(indices) + n + 8
    heap_key = np.empty(room)
    heap_node = np.empty(room, np.int64)
    dist[start] = 0.0
    inside[start] = True
    size = push(heap_key, heap_node, 0, 0.0, start)
    while size > 0 and left > 0:
        key, u, size = pop(heap_key, heap_node, size)
        if key > dist[u]:
            continue
        if wanted[u]:
            wanted[u] = False
            left -= 1
            v = u
            while not inside[v]:
                inside[v] = True
                chosen[pair[via[v]]] = True
                dist[v] = 0.0
                size = push(heap_key, heap_node, size, 0.0, v)
                v = tail[via[v]]
            continue
        if size + n + 64 > room:  # what is outdated makes room
            kept = 0
            for i in range(size):
                if heap_key[i] <= dist[heap_node[i]]:
                    kept = push(heap_key, heap_node, kept, heap_key[i], heap_node[i])
            size = kept
            if size + n + 64 > room:
                room *= 2
                more_key, more_node = np.empty(room), np.empty(room, np.int64)
                more_key[:size], more_node[:size] = heap_key[:size], heap_node[:size]
                heap_key, heap_node = more_key, more_node
        for a in range(indptr[u], indptr[u + 1]):
            v = indices[a]
            d = key + weight[a]
            if d < dist[v] and not inside[v]:
                dist[v] = d
                via[v] = a
                size = push(heap_key, heap_node, size, d, v)
    if left > 0:
        chosen[:] = False
    return chosen


@numba.njit(cache=True, nogil=True)
def _find(parent, i):  # type: ignore[no-untyped-def]
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@numba.njit(cache=True, nogil=True)
def tidy(lo, hi, cost, by_cost, nodes, terminal, leaf):  # type: ignore[no-untyped-def]  # noqa: C901
    """The cheapest tree over the marked nodes, bare ends cut off: edge mask and cost (inf: not joined).

    A leaf gets its cheapest edge to a node that is no leaf.
    """
    n = len(nodes)
    parent = np.arange(n)
    degree = np.zeros(n, np.int64)
    tied = np.zeros(n, np.int64)  # the sum of a node's edges: of an end it is its one edge
    chosen = np.zeros(len(cost), np.bool_)
    for e in by_cost:
        u, v = lo[e], hi[e]
        if not (nodes[u] and nodes[v]):
            continue
        if (leaf[u] and (leaf[v] or degree[u] > 0)) or (leaf[v] and degree[v] > 0):
            continue
        ru, rv = _find(parent, u), _find(parent, v)
        if ru != rv:
            parent[ru] = rv
            chosen[e] = True
            degree[u] += 1
            degree[v] += 1
            tied[u] += e
            tied[v] += e
    home = -1
    for v in range(n):
        if terminal[v]:
            r = _find(parent, v)
            if home >= 0 and home != r:
                return chosen, INF
            home = r
    for first in range(n):
        v = first
        while degree[v] == 1 and not terminal[v]:  # a bare end, and what it leaves bare
            e = tied[v]
            chosen[e] = False
            u = lo[e] + hi[e] - v
            degree[v] = 0
            degree[u] -= 1
            tied[u] -= e
            v = u
    total = 0.0
    for e in range(len(cost)):
        if chosen[e]:
            total += cost[e]
    return chosen, total
