"""Which nodes of a network lie within a length of each source? And which source is nearest?

A network is three arrays (edges,): two node numbers and a length of zero or more,
passable both ways. Searches stay local: the cost is that of the nodes reached, not of
the network times the sources.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Network:
    """Neighbours of node v are `to[start[v]:start[v+1]]`, at `length` of the same rows."""

    start: Ints
    to: Ints
    length: Floats

    @property
    def nodes(self) -> int:
        return len(self.start) - 1


@dataclass(frozen=True)
class Within:
    """Triples by node: those of node v are rows start[v]:start[v+1]; `source` is its row in the sources."""

    start: Ints
    source: Ints
    length: Floats


def network(a: Ints, b: Ints, length: Floats, *, nodes: int) -> Network:
    """The network of the edges a-b; parallel edges and loops are allowed."""
    if len(length) and not (np.isfinite(length).all() and length.min() >= 0):
        raise ValueError("lengths must be finite and not negative")
    tail, head = np.concatenate([a, b]), np.concatenate([b, a])
    rows = np.lexsort((head, tail))
    start = np.searchsorted(tail[rows], np.arange(nodes + 1))
    both = np.concatenate([length, length])[rows]
    return Network(start.astype(np.int64), head[rows].astype(np.int64), both.astype(np.float64))


def nodes_within(net: Network, sources: Ints, *, limit: float) -> Within:
    """Every (source, node) whose shortest way is at most `limit` long, with its length."""
    source, node, length = _each(net.start, net.to, net.length, np.asarray(sources, np.int64), float(limit))
    rows = np.lexsort((source, node))
    start = np.searchsorted(node[rows], np.arange(net.nodes + 1)).astype(np.int64)
    return Within(start, source[rows], length[rows])


def nearest_source(net: Network, sources: Ints) -> tuple[Floats, Ints]:
    """Length of the shortest way from any source to each node (inf: none), and that source's row (-1)."""
    far = np.full(net.nodes, np.inf)
    of = np.full(net.nodes, -1, np.int64)
    _all(net.start, net.to, net.length, np.asarray(sources, np.int64), far, of)
    return far, of


@numba.njit(cache=True)
def _each(start: Any, to: Any, length: Any, sources: Any, limit: Any) -> Any:
    far = np.full(len(start) - 1, np.inf)
    source = [np.int64(0) for _ in range(0)]
    node = [np.int64(0) for _ in range(0)]
    metres = [0.0 for _ in range(0)]
    for k in range(len(sources)):
        touched = [sources[k]]
        far[sources[k]] = 0.0
        heap = [(0.0, sources[k])]
        while len(heap) > 0:
            d, v = heapq.heappop(heap)
            if d > far[v]:
                continue
            source.append(np.int64(k))
            node.append(v)
            metres.append(d)
            for e in range(start[v], start[v + 1]):
                w, through = to[e], d + length[e]
                if through <= limit and through < far[w]:
                    if far[w] == np.inf:
                        touched.append(w)
                    far[w] = through
                    heapq.heappush(heap, (through, w))
        for v in touched:
            far[v] = np.inf
    return np.array(source), np.array(node), np.array(metres)


@numba.njit(cache=True)
def _all(start: Any, to: Any, length: Any, sources: Any, far: Any, of: Any) -> None:
    heap = [(0.0, np.int64(0)) for _ in range(0)]
    for k in range(len(sources)):
        if of[sources[k]] < 0:
            far[sources[k]] = 0.0
            of[sources[k]] = k
            heapq.heappush(heap, (0.0, sources[k]))
    while len(heap) > 0:
        d, v = heapq.heappop(heap)
        if d > far[v]:
            continue
        for e in range(start[v], start[v + 1]):
            w, through = to[e], d + length[e]
            if through < far[w]:
                far[w] = through
                of[w] = of[v]
                heapq.heappush(heap, (through, w))
