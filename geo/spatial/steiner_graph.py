"""Graphs for the Steiner search: CSR with the arcs of each pair tied together, and shrunk copies."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numba
import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]


_LITTLE = 0.99
"""What is left of a graph that has hardly shrunk: once more over it takes longer than it spares."""


@dataclass(frozen=True)
class Graph:
    """CSR arrays of a symmetric graph. `pair[a]` is the edge (0..m-1) of arc `a`, `twin[a]` runs against it.

    `lo`, `hi`, `cost` (m,) are the edges.
    """

    indptr: Ints
    indices: Ints
    weight: Floats
    tail: Ints
    pair: Ints
    twin: Ints
    lo: Ints
    hi: Ints
    cost: Floats

    @cached_property
    def by_cost(self) -> Ints:
        """The edges in order of rising cost."""
        return np.argsort(self.cost, kind="stable")

    @property
    def n(self) -> int:
        return len(self.indptr) - 1

    @property
    def m(self) -> int:
        return len(self.cost)


def of_sparse(graph: sp.sparray | sp.spmatrix) -> Graph:
    """From a square sparse matrix; of several arcs between two nodes the cheapest counts."""
    coo: sp.coo_array = sp.coo_array(graph)  # type: ignore[call-overload]
    if not (np.isfinite(coo.data).all() and (coo.data > 0).all()):
        raise ValueError("weights must be positive and finite")
    if coo.shape[0] != coo.shape[1]:
        raise ValueError("the graph must be square")
    row, col = coo.row.astype(np.int64), coo.col.astype(np.int64)
    lo, hi, cost = np.minimum(row, col), np.maximum(row, col), coo.data.astype(float)
    chosen = cheapest(lo, hi, cost)
    return of_edges(coo.shape[0], lo[chosen], hi[chosen], cost[chosen])


def cheapest(lo: Ints, hi: Ints, cost: Floats) -> Ints:
    """Which edges remain when loops go and of parallels the cheapest stays, ordered by (lo, hi)."""
    if not len(lo):
        return np.empty(0, np.int64)
    kept: Ints = _cheapest(_in_order(lo, hi, int(max(lo.max(), hi.max())) + 1), lo, hi, cost)
    return kept


@numba.njit(cache=True, nogil=True)
def _in_order(first, second, n):  # type: ignore[no-untyped-def]
    """Rows ordered by `first`, then `second`, then as they stand; numbers below n. Two counting sorts."""
    order = np.arange(len(first))
    for key in (second, first):
        start = np.zeros(n + 1, np.int64)
        for i in order:
            start[key[i] + 1] += 1
        for k in range(n):
            start[k + 1] += start[k]
        new = np.empty(len(order), np.int64)
        for i in order:
            new[start[key[i]]] = i
            start[key[i]] += 1
        order = new
    return order


@numba.njit(cache=True, nogil=True)
def _cheapest(order, lo, hi, cost):  # type: ignore[no-untyped-def]
    kept = np.empty(len(order), np.int64)
    used = 0
    for i in order:
        if lo[i] == hi[i]:
            continue
        last = kept[used - 1] if used > 0 else -1
        if last >= 0 and lo[last] == lo[i] and hi[last] == hi[i]:
            if cost[i] < cost[last]:
                kept[used - 1] = i
        else:
            kept[used] = i
            used += 1
    return kept[:used].copy()


def without(g: Graph, kept: Ints) -> Graph:
    """The graph of the edges `kept` (rows, rising) alone."""
    less = of_edges(g.n, g.lo[kept], g.hi[kept], g.cost[kept])
    number = np.full(g.m, -1)
    number[kept] = np.arange(len(kept))
    order = number[g.by_cost]
    vars(less)["by_cost"] = order[order >= 0]  # as sorting them anew would say
    return less


def of_edges(n: int, lo: Ints, hi: Ints, cost: Floats) -> Graph:
    """From simple edges (m,), lo < hi."""
    m = len(cost)
    tail, head = np.r_[lo, hi], np.r_[hi, lo]
    order = _in_order(tail, head, n)
    place = np.empty(2 * m, np.int64)
    place[order] = np.arange(2 * m)
    twin = place[(order + m) % (2 * m)] if m else np.empty(0, np.int64)
    indptr = np.searchsorted(tail[order], np.arange(n + 1)).astype(np.int64)
    pair = order % m if m else np.empty(0, np.int64)
    return Graph(
        indptr,
        head[order],
        cost[pair],
        tail[order],
        pair,
        twin,
        lo,
        hi,
        cost,
    )


@dataclass(frozen=True)
class Shrunk:
    """A smaller graph with the same optimum: bare ends cut, chains made one edge.

    `node` are the numbers its nodes had; edge e stands for the edges `parts[start[e]:start[e + 1]]`.
    """

    graph: Graph
    node: Ints
    start: Ints
    parts: Ints

    def origin(self, chosen: Ints) -> Ints:
        """The edges of the larger graph that `chosen` edges stand for."""
        if not len(chosen):
            return np.empty(0, np.int64)
        return np.concatenate([self.parts[self.start[e] : self.start[e + 1]] for e in chosen])


def shrink(g: Graph, alive: Bools, terminal: Bools) -> Shrunk:
    """`alive` (m,) edges of `g`, without bare ends and with chains of nodes made one edge, until that
    spares little."""
    edges = np.flatnonzero(alive)
    lo, hi, cost = g.lo[edges], g.hi[edges], g.cost[edges]
    start, parts = np.arange(len(edges) + 1), edges
    before = np.inf
    while len(lo) < _LITTLE * before:
        before = len(lo)
        got_lo, got_hi, got_cost, chain_start, chain = _chains(g.n, lo, hi, cost, terminal)
        if len(got_lo) == len(lo):
            break
        keep = cheapest(got_lo, got_hi, got_cost)
        within, links = _ranges(chain_start, keep)
        behind, sizes = _ranges(start, chain[within])
        lo, hi, cost = got_lo[keep], got_hi[keep], got_cost[keep]
        owner = np.repeat(np.arange(len(keep)), links)
        start = np.r_[0, np.cumsum(np.bincount(owner, sizes, minlength=len(keep)))].astype(np.int64)
        parts = parts[behind]
    node: Ints = np.unique(np.r_[lo, hi, np.flatnonzero(terminal)])
    small = of_edges(len(node), np.searchsorted(node, lo), np.searchsorted(node, hi), cost)
    return Shrunk(small, node, start, parts)


def _ranges(start: Ints, rows: Ints) -> tuple[Ints, Ints]:
    """All positions start[r] … start[r + 1] of `rows`, one after the other, and how many each has."""
    counts = start[rows + 1] - start[rows]
    first = np.repeat(start[rows] - (np.cumsum(counts) - counts), counts)
    return first + np.arange(len(first)), counts


def _chains(
    n: int, lo: Ints, hi: Ints, cost: Floats, terminal: Bools
) -> tuple[Ints, Ints, Floats, Ints, Ints]:
    indptr, incident = _at_nodes(n, lo, hi)
    return _walk(indptr, incident, lo, hi, cost, terminal)  # type: ignore[no-any-return]


@numba.njit(cache=True, nogil=True)
def _at_nodes(n, lo, hi):  # type: ignore[no-untyped-def]
    """The edges at each node: where they begin, and their numbers, first those whose lower end it is."""
    start = np.zeros(n + 1, np.int64)
    for ends in (lo, hi):
        for v in ends:
            start[v + 1] += 1
    start = np.cumsum(start)
    place, incident = start.copy(), np.empty(2 * len(lo), np.int64)
    for ends in (lo, hi):
        for e in range(len(ends)):
            incident[place[ends[e]]] = e
            place[ends[e]] += 1
    return start, incident


@numba.njit(cache=True, nogil=True)
def _walk(indptr, incident, lo, hi, cost, terminal):  # type: ignore[no-untyped-def]  # noqa: C901
    n, m = len(indptr) - 1, len(lo)
    degree = np.diff(indptr)
    gone = np.zeros(m, np.bool_)
    stack = np.empty(n, np.int64)
    top = 0
    for v in range(n):
        if degree[v] == 1 and not terminal[v]:
            stack[top] = v
            top += 1
    while top > 0:  # bare ends
        top -= 1
        v = stack[top]
        for k in range(indptr[v], indptr[v + 1]):
            e = incident[k]
            if not gone[e]:
                gone[e] = True
                degree[v] -= 1
                u = lo[e] + hi[e] - v
                degree[u] -= 1
                if degree[u] == 1 and not terminal[u]:
                    stack[top] = u
                    top += 1
    out_lo, out_hi = np.empty(m, np.int64), np.empty(m, np.int64)
    out_cost = np.empty(m)
    start, chain = np.zeros(m + 1, np.int64), np.empty(m, np.int64)
    count, used = 0, 0
    for v in range(n):
        if degree[v] == 0 or (degree[v] == 2 and not terminal[v]):
            continue
        for k in range(indptr[v], indptr[v + 1]):
            e = incident[k]
            if gone[e]:
                continue
            total, u = 0.0, v
            while True:
                gone[e] = True
                chain[used] = e
                used += 1
                total += cost[e]
                u = lo[e] + hi[e] - u
                if degree[u] != 2 or terminal[u]:
                    break
                for kk in range(indptr[u], indptr[u + 1]):
                    if not gone[incident[kk]]:
                        e = incident[kk]
                        break
            out_lo[count], out_hi[count], out_cost[count] = min(u, v), max(u, v), total
            count += 1
            start[count] = used
    return out_lo[:count], out_hi[:count], out_cost[:count], start[: count + 1], chain[:used]
