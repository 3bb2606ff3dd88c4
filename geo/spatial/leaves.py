"""A cheap tree that joins many leaves to a root: each time the nearest leaf, by the nearest way to the tree.

Takahashi and Matsuyama's heuristic (1980, at most twice the optimum, some per cent as a
rule) as one search that goes on from the grown tree. A leaf is an end, never passed through.
For thousands of leaves, where `geo.spatial.network.steiner_tree` would take too long.
"""

from __future__ import annotations

import heapq

import numba
import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

Ints = npt.NDArray[np.int64]


def attach_leaves(graph: sp.csr_array, root: int, leaves: npt.ArrayLike) -> Ints:
    """The parent of each node of the tree, (n,); -1 for the root, nodes outside and leaves out of reach.

    `graph`: (n, n) sparse, symmetric, weights not negative.
    """
    leaf = np.zeros(graph.shape[0], np.bool_)
    leaf[np.asarray(leaves, np.int64)] = True
    csr = sp.csr_array(graph)
    up: Ints = _attach(
        csr.indptr.astype(np.int64), csr.indices.astype(np.int64), csr.data.astype(np.float64), root, leaf
    )
    return up


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
