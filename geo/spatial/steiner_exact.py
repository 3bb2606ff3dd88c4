"""Exact Steiner trees on graphs made small: a dynamic programme, and branch and cut.

Both take `leaf` nodes: terminals that end the tree and are never passed through.
"""

from __future__ import annotations

import highspy
import numba
import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from scipy.sparse.csgraph import breadth_first_order, maximum_flow

from geo.spatial.heap import pop, push
from geo.spatial.milp import QuietHighs
from geo.spatial.steiner_graph import Graph

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

_UNIT = 1_000_000  # flow units of one whole arc, for the integer maximum flow
_NODE = 20  # pivots that a node of branch and bound is reckoned to take


def dreyfus_wagner(g: Graph, terminals: Ints, leaf: Bools) -> tuple[Ints, float]:
    """The optimum by dynamic programming over subsets: 3^(k-1) n steps. Returns edges and cost (or inf)."""
    cost, choice, via = _subsets(g.indptr, g.indices, g.weight, terminals, leaf)
    root, full = int(terminals[-1]), cost.shape[0] - 1
    if not np.isfinite(cost[full, root]):
        return np.empty(0, np.int64), np.inf
    edges: list[int] = []
    todo = [(full, root)]
    while todo:
        mask, v = todo.pop()
        if via[mask, v] >= 0:
            arc = int(via[mask, v])
            edges.append(int(g.pair[arc]))
            todo.append((mask, int(g.tail[arc])))
        elif choice[mask, v] > 0:
            part = int(choice[mask, v])
            todo += [(part, v), (mask ^ part, v)]
    return np.unique(np.array(edges, np.int64)), float(cost[full, root])


@numba.njit(cache=True, nogil=True)
def _subsets(indptr, indices, weight, terminals, leaf):  # type: ignore[no-untyped-def]  # noqa: C901
    """Erickson, Monma and Veinott 1987: cost, split, arc of the best tree of each subset with each node."""
    n, k = len(indptr) - 1, len(terminals) - 1
    cost = np.full((1 << k, n), np.inf)
    choice = np.zeros((1 << k, n), np.int32)
    via = np.full((1 << k, n), -1, np.int32)
    heap_key = np.empty(len(indices) + n + 8)
    heap_node = np.empty(len(indices) + n + 8, np.int64)
    for mask in range(1, 1 << k):
        row = cost[mask]
        single = -1
        if mask & (mask - 1) == 0:
            single = 0
            while (mask >> single) != 1:
                single += 1
            row[terminals[single]] = 0.0
        else:
            part = (mask - 1) & mask
            while part > 0:
                rest = mask ^ part
                if part > rest:
                    a, b = cost[part], cost[rest]
                    for v in range(n):
                        d = a[v] + b[v]
                        if d < row[v] and not leaf[v]:
                            row[v] = d
                            choice[mask, v] = part
                part = (part - 1) & mask
        size = 0
        for v in range(n):
            if row[v] < np.inf:
                size = push(heap_key, heap_node, size, row[v], v)
        while size > 0:
            key, u, size = pop(heap_key, heap_node, size)
            if key > row[u] or (leaf[u] and not (single >= 0 and terminals[single] == u)):
                continue
            for a in range(indptr[u], indptr[u + 1]):
                v = indices[a]
                d = key + weight[a]
                if d < row[v]:
                    row[v] = d
                    via[mask, v] = a
                    size = push(heap_key, heap_node, size, d, v)
    return cost, choice, via


def cut_and_branch(
    g: Graph, terminals: Ints, leaf: Bools, *, cost: float, work: float
) -> tuple[Ints | None, float]:
    """Directed cuts added until the relaxation holds, then integers, then cuts again.

    Returns the optimal edges (None: nothing better than `cost` was found) and a proven
    lower bound. The first of `terminals` is the root and no leaf.

    `work` bounds pivots of the simplex and minimum cuts, one for each terminal and round, each counted as
    often as there are arcs: some 1e6 to 1e7 a second, but no clock, so that every machine answers the same.
    """
    steps = int(work / (2 * g.m)) if g.m else 0
    if steps <= len(terminals):
        return None, 0.0  # not even the first round
    model = _Model(g, terminals, leaf)
    bound, whole = 0.0, False
    while steps > 0:
        x, low, status = model.solve(whole=whole, steps=steps)
        bound = max(bound, low)
        if x is None or bound >= cost * (1 - 1e-9):
            return None, min(bound, cost)
        steps -= model.pivots + len(terminals)
        if model.add_cuts(x) > 0:
            continue
        if np.all((x < 1e-6) | (x > 1 - 1e-6)):
            return (model.edges(x), bound) if status else (None, bound)
        whole = True
    return None, bound


class _Model:
    """The directed cut formulation in HiGHS, which keeps its basis between cuts."""

    def __init__(self, g: Graph, terminals: Ints, leaf: Bools) -> None:
        self.n, self.root, self.others = g.n, int(terminals[0]), terminals[1:]
        usable = np.flatnonzero((g.indices != self.root) & ~leaf[g.tail])
        self.tail, self.head, self.pair = g.tail[usable], g.indices[usable], g.pair[usable]
        self.m = len(usable)
        self.highs = QuietHighs()
        self.highs.setOptionValue("mip_rel_gap", 1e-9)
        self.highs.addVars(self.m, np.zeros(self.m), np.ones(self.m))
        self.highs.changeColsCost(self.m, np.arange(self.m, dtype=np.int32), g.weight[usable])
        is_terminal = np.zeros(self.n, np.bool_)
        is_terminal[terminals] = True
        number = np.full(2 * g.m, -1, np.int64)
        number[usable] = np.arange(self.m)
        back = number[g.twin[usable]]
        by_head = np.argsort(self.head, kind="stable")
        first = np.searchsorted(self.head[by_head], np.arange(self.n + 1))
        entering = [by_head[first[v] : first[v + 1]] for v in range(self.n)]
        for v in range(self.n):
            if v != self.root and len(entering[v]):
                self._row(entering[v], np.ones(len(entering[v])), 1.0 if is_terminal[v] else -np.inf, 1.0)
        for a in np.flatnonzero(~is_terminal[self.tail]):  # what leaves a node came in elsewhere
            cols = entering[self.tail[a]]
            cols = np.r_[cols[cols != back[a]], a]
            self._row(cols, np.r_[np.ones(len(cols) - 1), -1.0], 0.0, np.inf)

    def _row(self, cols: Ints, values: Floats, low: float, high: float) -> None:
        self.highs.addRow(low, high, len(cols), cols.astype(np.int32), values)

    @property
    def pivots(self) -> int:
        """Pivots of the last `solve`."""
        return max(0, int(self.highs.getInfo().simplex_iteration_count))

    def solve(self, *, whole: bool, steps: int) -> tuple[Floats | None, float, bool]:
        """x (m,), a lower bound, and whether x is optimal for the cuts at hand; in so many pivots at most."""
        if whole:
            kind = np.full(self.m, highspy.HighsVarType.kInteger)
            self.highs.changeColsIntegrality(self.m, np.arange(self.m, dtype=np.int32), kind)
            self.highs.setOptionValue("mip_max_nodes", 1 + steps // _NODE)
        self.highs.setOptionValue("simplex_iteration_limit", steps)
        self.highs.run()
        optimal = self.highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
        info = self.highs.getInfo()
        if whole:
            low = float(info.mip_dual_bound)
        else:
            low = float(info.objective_function_value) if optimal else 0.0
        if not optimal:
            return None, low, False
        return np.array(self.highs.getSolution().col_value), low, True

    def add_cuts(self, x: Floats) -> int:
        """Cuts between the root and each terminal that gets less than one unit."""
        flow = np.rint(x * _UNIT).astype(np.int32)
        some = flow > 0
        capacity = sp.csr_array((flow[some], (self.tail[some], self.head[some])), shape=(self.n, self.n))
        against = sp.csr_array(capacity.T)
        added = 0
        seen: set[bytes] = set()
        for t in self.others:
            answer = maximum_flow(capacity, self.root, int(t))
            if answer.flow_value >= _UNIT * (1 - 1e-4):
                continue
            near = _reached(sp.csr_array(capacity - answer.flow), self.root, self.n)
            far = ~_reached(sp.csr_array(against + answer.flow), int(t), self.n)
            for side in (near, far):
                cut = np.flatnonzero(side[self.tail] & ~side[self.head])
                if cut.tobytes() not in seen:
                    seen.add(cut.tobytes())
                    self._row(cut, np.ones(len(cut)), 1.0, np.inf)
                    added += 1
        return added

    def edges(self, x: Floats) -> Ints:
        return np.unique(self.pair[x > 0.5])


def _reached(residual: sp.csr_array, start: int, n: int) -> Bools:
    """The nodes reached over what is left of the capacities."""
    left = residual.copy()
    left.data = np.where(left.data > 0, left.data, 0)
    left.eliminate_zeros()
    near = np.zeros(n, np.bool_)
    near[breadth_first_order(left, start, return_predecessors=False)] = True
    return near
