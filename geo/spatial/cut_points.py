"""What falls away from a root when one node of a graph is removed? One depth-first pass.

Tarjan's low-links (1972): a child's subtree hangs on its parent alone where nothing in it
reaches above the parent. Nodes numbered as they are found make every subtree a range.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

Ints = npt.NDArray[np.int64]


def cut_off(graph: sp.csr_array, root: int, nodes: Ints) -> list[Ints]:
    """For each of `nodes`, the nodes that no longer hang together with `root` without it (itself
    left out). `graph` is symmetric; a node that does not hang on the root cuts nobody off."""
    found, parent, low, size = _number(
        graph.indptr.astype(np.int64), graph.indices.astype(np.int64), np.int64(root)
    )
    at = np.flatnonzero(found >= 0)
    by_number = at[np.argsort(found[at])]
    children = at[parent[at] >= 0]
    hanging = children[low[children] >= found[parent[children]]]
    order = np.argsort(parent[hanging], kind="stable")
    hanging = hanging[order]
    ends = np.searchsorted(parent[hanging], [nodes, nodes + 1])
    return [
        np.concatenate(
            [np.empty(0, np.int64), *(by_number[found[c] : found[c] + size[c]] for c in hanging[a:b])]
        )
        for a, b in ends.T
    ]


@numba.njit(cache=True)
def _number(start: Any, to: Any, root: Any) -> Any:
    """Number in order of finding (-1: not reached), parent, lowest number reached, size of subtree."""
    n = len(start) - 1
    found, parent = np.full(n, -1), np.full(n, -1)
    low, size, ahead = np.full(n, n), np.zeros(n, np.int64), start[:-1].copy()
    stack = [root]
    found[root], low[root], count = 0, 0, 1
    while len(stack) > 0:
        v = stack[-1]
        if ahead[v] < start[v + 1]:
            w = to[ahead[v]]
            ahead[v] += 1
            if found[w] < 0:
                found[w] = low[w] = count
                count += 1
                parent[w] = v
                stack.append(w)
            elif w != parent[v]:
                low[v] = min(low[v], found[w])
            continue
        stack.pop()
        size[v] += 1
        p = parent[v]
        if p >= 0:
            size[p] += size[v]
            low[p] = min(low[p], low[v])
    return found, parent, low, size
