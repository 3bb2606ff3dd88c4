"""Which nodes of a graph can be reached from one of them, and what is the graph of these alone?"""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def part_of(graph: sp.csr_array, root: int, open_node: Bools) -> tuple[sp.csr_array, Ints]:
    """The part of a symmetric `graph` (n, n) that hangs together with `root` over open nodes, and the
    number its nodes had, rising. The root counts as open."""
    start, to, weight, node = _part(graph.indptr, graph.indices, graph.data, root, open_node)
    return sp.csr_array((weight, to, start), shape=(len(node), len(node))), node


@numba.njit(cache=True, nogil=True)
def _part(indptr, indices, data, root, open_node):  # type: ignore[no-untyped-def]
    n = len(indptr) - 1
    inside = np.zeros(n, np.bool_)
    inside[root] = True
    stack = np.empty(n, np.int64)
    stack[0], top, arcs = root, 1, 0
    while top > 0:
        top -= 1
        v = stack[top]
        for k in range(indptr[v], indptr[v + 1]):
            u = indices[k]
            if not inside[u] and open_node[u]:
                inside[u] = True
                stack[top] = u
                top += 1
    node = np.flatnonzero(inside)
    number = np.full(n, -1, np.int32)
    for i in range(len(node)):
        number[node[i]] = i
        arcs += indptr[node[i] + 1] - indptr[node[i]]
    start, to, weight = np.zeros(len(node) + 1, np.int32), np.empty(arcs, np.int32), np.empty(arcs)
    used = 0
    for i in range(len(node)):
        for k in range(indptr[node[i]], indptr[node[i] + 1]):
            if number[indices[k]] >= 0:
                to[used], weight[used] = number[indices[k]], data[k]
                used += 1
        start[i + 1] = used
    return start, to[:used].copy(), weight[:used].copy(), node
