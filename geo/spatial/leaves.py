"""A cheap tree that joins many leaves to a root. A leaf is an end, never passed through.

Each time the nearest leaf, by the nearest way to the tree: Takahashi and Matsuyama's
heuristic (1980, at most twice the optimum, some per cent as a rule) as one search that goes
on from the grown tree. Then the tree is improved by local search, part by part: what hangs
together without the root is a problem of its own. For thousands of leaves, where
`geo.spatial.network.steiner_tree` would take too long.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator

import numba
import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
import scipy.sparse.csgraph as csgraph

from geo.spatial.steiner_graph import of_sparse
from geo.spatial.steiner_local import PARTS, WORK, improve

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def attach_leaves(graph: sp.csr_array, root: int, leaves: npt.ArrayLike) -> Ints:
    """The parent of each node of the tree, (n,); -1 for the root, nodes outside and leaves out of reach.

    `graph`: (n, n) sparse, symmetric, positive weights.
    """
    leaf = np.zeros(graph.shape[0], np.bool_)
    leaf[np.asarray(leaves, np.int64)] = True
    csr = sp.csr_array(graph)
    up: Ints = _attach(
        csr.indptr.astype(np.int64), csr.indices.astype(np.int64), csr.data.astype(np.float64), root, leaf
    )
    for nodes in _parts(csr, root, leaf & (up >= 0)):
        up[nodes] = _improved(csr, root, nodes, leaf, up)
    return up


def _parts(csr: sp.csr_array, root: int, ends: Bools) -> Iterator[Ints]:
    """The nodes of each part that hangs together without the root and has more than one of the `ends`."""
    coo = csr.tocoo()
    keep = (coo.row != root) & (coo.col != root)
    alone = sp.coo_array((coo.data[keep], (coo.row[keep], coo.col[keep])), shape=csr.shape)
    count, label = csgraph.connected_components(alone, directed=False)
    by_label = np.argsort(label, kind="stable")
    start = np.searchsorted(label[by_label], np.arange(count + 1))
    for part in np.flatnonzero(np.bincount(label[ends], minlength=count) > 1):
        yield by_label[start[part] : start[part + 1]]


def _improved(csr: sp.csr_array, root: int, nodes: Ints, leaf: Bools, up: Ints) -> Ints:
    """The parents of `nodes`, one part, in the tree that local search makes of that in `up`."""
    number = np.full(len(up), -1)
    every = np.append(nodes, root)
    number[every] = np.arange(len(every))
    g = of_sparse(csr[every][:, every])
    inner = nodes[up[nodes] >= 0]
    a, b = number[inner], number[up[inner]]
    tree = np.zeros(g.m, np.bool_)
    tree[np.searchsorted(g.lo * g.n + g.hi, np.minimum(a, b) * g.n + np.maximum(a, b))] = True
    wanted = np.append(leaf[nodes] & (up[nodes] >= 0), True)
    arcs, edges = (g.indptr, g.indices, g.weight, g.tail, g.pair), (g.lo, g.hi, g.cost, g.by_cost)
    improve(arcs, edges, tree, wanted, leaf[every], PARTS, WORK)
    joined = sp.coo_array((g.cost[tree], (g.lo[tree], g.hi[tree])), shape=(g.n, g.n)).tocsr()
    parent = csgraph.breadth_first_order(joined, len(nodes), directed=False)[1][:-1]
    return np.where(parent >= 0, every[parent.clip(0)], -1)


@numba.njit(cache=True, nogil=True)
def _attach(indptr, indices, weight, root, leaf):  # type: ignore[no-untyped-def]
    n = len(indptr) - 1
    dist = np.full(n, np.inf)
    via = np.full(n, np.int64(-1), np.int64)
    inside = np.zeros(n, np.bool_)
    up = np.full(n, np.int64(-1), np.int64)
    inside[root] = True
    dist[root] = 0.0
    left = leaf.sum()
    heap = [(0.0, np.int64(root))]
    while len(heap) > 0 and left > 0:
        d, v = heapq.heappop(heap)
        if d > dist[v]:
            continue
        if leaf[v]:
            if up[v] < 0:
                left -= 1
                up[v] = via[v]
                u = via[v]
                while not inside[u]:
                    inside[u] = True
                    up[u] = via[u]
                    dist[u] = 0.0
                    heapq.heappush(heap, (0.0, u))
                    u = via[u]
            continue
        for e in range(indptr[v], indptr[v + 1]):
            u = indices[e]
            if inside[u]:
                continue
            nd = d + weight[e]
            if nd < dist[u]:
                dist[u] = nd
                via[u] = v
                heapq.heappush(heap, (nd, u))
    return up
