"""Least-cost networks on any sparse graph: Steiner trees, proven optimal where that is affordable.

The answer always carries a proven lower bound, so `gap` says how far from the optimum it
can be at most. What is done, until bound and cost meet:

1. dual ascent (Wong 1984) from several roots: a bound, and reduced costs that fix edges
   no better tree can use (Polzin and Vahdati 2001);
2. many trees by cheapest insertion, on the costs, on the reduced costs, on costs a
   little disturbed; and the best tree within the union of them all, exactly: the union
   is small once its chains are single edges (Pajor, Uchoa and Werneck 2018 combine trees
   in this way). That contains exchanging key paths, inserting and removing nodes, since
   each such move joins parts of two trees;
3. where many terminals make a proof unlikely, the dual ascent taken back in places and made
   again (`geo.spatial.steiner_dual`), which brings the bound nearer;
4. what the reduced costs left of the graph, shrunk, exactly: by the dynamic programme of
   Dreyfus and Wagner (1971) with few terminals, else by branch and cut with HiGHS within a
   limit of work; when that is done, the bound found so far stands.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from geo.spatial import steiner_kernels as kernels
from geo.spatial import steiner_local as local
from geo.spatial.steiner_dual import ascend, blank_log, improve_dual
from geo.spatial.steiner_exact import cut_and_branch, dreyfus_wagner
from geo.spatial.steiner_graph import Graph, of_sparse, shrink, without

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

PROOF_WORK = 1e7
"""Most work of branch and cut unless another limit is given: a second or a few. Fourteen times what the
hardest of the terrains in the tests takes; what is not proven by then is not with four times as much."""
_WORTH = 1e-4  # a round that saves less than this share is the last
_TIE = 1e-9  # relative difference at which two costs count as equal
_STATES = 3e8  # work of the dynamic programme that is still affordable
_ROOTS = 4  # most dual ascents of each pass
_HASTE = 0.25  # share by which a cut may outgrow the next one's in them
_TREES = 8  # disturbed trees of each round
_ROUNDS = 6  # most rounds
_LARGE = 200_000  # edges at which roots and rounds are halved; twice as many: halved again
_LIFTS = 6  # most rounds in which the bound is lifted, in each as many tries as terminals
_ROUNDING = 1e-10  # share of a lifted bound that may be an error of addition
_POTENTIALS = 30_000_000  # terminals times nodes up to which that is affordable


class DisconnectedError(ValueError):
    """Some terminals cannot be reached from the others."""


@dataclass(frozen=True)
class SteinerTree:
    """A tree that joins all terminals. `edges` is (m, 2) node numbers, `bound` a proven lower bound."""

    edges: Ints
    cost: float
    bound: float

    @property
    def proven(self) -> bool:
        return self.cost - self.bound <= _TIE * max(1.0, self.cost)

    @property
    def gap(self) -> float:
        """How far above the optimum the cost can be at most, as a share of the bound."""
        return (self.cost - self.bound) / self.bound if self.bound > 0 else 0.0


def steiner_tree(
    graph: sp.sparray | sp.spmatrix,
    terminals: npt.ArrayLike,
    *,
    leaves: npt.ArrayLike | None = None,
    work: float = PROOF_WORK,
) -> SteinerTree:
    """The cheapest tree of `graph` that joins all `terminals`.

    `graph`: (n, n) sparse, symmetric, positive weights (of two directions the cheaper
    counts). `terminals`: node numbers. `leaves`: nodes that are ends of the tree, never
    passed through (a house is an end). `work` bounds branch and cut (`cut_and_branch`: in
    arcs looked at, no clock decides); dual ascent and the trees are always made.

    Raises `DisconnectedError` when the terminals are not connected, `ValueError` for
    weights that are not positive and finite.
    """
    g = of_sparse(graph)
    wanted = np.unique(np.asarray(terminals, np.int64))
    if len(wanted) and not (wanted[0] >= 0 and wanted[-1] < g.n):
        raise ValueError("terminals must be nodes of the graph")
    if len(wanted) < 2:
        return SteinerTree(np.empty((0, 2), np.int64), 0.0, 0.0)
    leaf = np.zeros(g.n, np.bool_)
    leaf[np.asarray([] if leaves is None else leaves, np.int64)] = True
    chosen, bound = _solve(g, wanted, leaf, work)
    cost = float(g.cost[chosen].sum())
    return SteinerTree(np.stack([g.lo[chosen], g.hi[chosen]], axis=1), cost, float(min(bound, cost)))


def _solve(g: Graph, wanted: Ints, leaf: Bools, work: float) -> tuple[Ints, float]:
    """Edges of the tree, and a bound."""
    if leaf[wanted].all():
        return _from_doors(g, wanted, leaf, work)
    terminal = np.zeros(g.n, np.bool_)
    terminal[wanted] = True
    alive = ~(leaf & ~terminal)[g.lo] & ~(leaf & ~terminal)[g.hi] & ~(leaf[g.lo] & leaf[g.hi])
    small = shrink(g, alive, terminal)
    search = _Search(small.graph, np.flatnonzero(terminal[small.node]), leaf[small.node])
    search.run(work)
    return small.origin(search.best), search.bound


def _from_doors(g: Graph, wanted: Ints, leaf: Bools, work: float) -> tuple[Ints, float]:
    """Where every terminal is a leaf: the best of the trees through each neighbour of one of them."""
    first = wanted[np.argmin(np.diff(g.indptr)[wanted])]
    rest = wanted[wanted != first]
    best, cost, bound = np.empty(0, np.int64), np.inf, np.inf
    keep = np.flatnonzero((g.lo != first) & (g.hi != first))
    rest_of = without(g, keep)
    doors = range(g.indptr[first], g.indptr[first + 1])
    for a in doors:
        v = g.indices[a]
        if leaf[v]:
            if len(rest) > 1 or v != rest[0]:
                continue
            chosen, low = g.pair[[a]], float(g.weight[a])
        else:
            try:
                inner, low = _solve(rest_of, np.union1d(rest, [v]), leaf, work / len(doors))
            except DisconnectedError:
                continue
            chosen, low = np.r_[keep[inner], g.pair[a]], low + float(g.weight[a])
        bound = min(bound, low)
        if g.cost[chosen].sum() < cost:
            best, cost = chosen, float(g.cost[chosen].sum())
    if not np.isfinite(cost):
        raise DisconnectedError("some terminals can only be joined by passing through a leaf")
    return best, bound


def _affordable(terminals: int, nodes: int) -> bool:
    """Whether the dynamic programme is."""
    return terminals <= 13 and 3.0 ** (terminals - 1) * nodes <= _STATES


def _fewer(most: int, edges: int) -> int:
    """Fewer turns on large graphs, so that time grows less than the graph; a count, not a clock."""
    return max(1, int(most * min(1.0, _LARGE / 2 / max(edges, 1))))


class _Search:
    """Closes in on the optimum from below and above; at least one terminal is no leaf."""

    def __init__(self, g: Graph, wanted: Ints, leaf: Bools) -> None:
        self.g, self.wanted, self.leaf = g, wanted, leaf
        self.terminal = np.zeros(g.n, np.bool_)
        self.terminal[wanted] = True
        self.alive = np.ones(g.m, np.bool_)
        self.best, self.cost, self.bound = np.empty(0, np.int64), np.inf, 0.0
        self.union = np.zeros(g.m, np.bool_)
        self.thorough = False
        self.roots = wanted[~leaf[wanted]]
        self.random = np.random.default_rng(len(wanted))

    @property
    def met(self) -> bool:
        return np.isfinite(self.cost) and self.cost - self.bound <= _TIE * max(1.0, self.cost)

    def run(self, work: float) -> None:
        self._ascend(0)
        if not np.isfinite(self.cost):
            raise DisconnectedError("some terminals can only be joined by passing through a leaf")
        self._polish()
        self._combine()
        for _ in range(_fewer(_ROUNDS, 2 * self.g.m)):
            if self.met:
                return
            before = self.cost
            self._disturb()
            self._combine()
            self._polish()
            if self.cost >= before * (1 - _WORTH):
                break
        self._ascend(1)
        if not self.met and not _affordable(len(self.wanted), self.g.n):
            self._lift()
        if not self.met and work > 0:
            self._prove(work)

    def within(self, cost: float) -> None:
        """Look only for a tree cheaper than `cost`, on a small graph: every tree is improved."""
        self.cost, self.thorough = cost, True
        for shift in range(2):
            self._ascend(shift)
        if not self.met:
            self._disturb()

    def _barred(self, g: Graph, weight: Floats) -> Floats:
        return np.where(self.leaf[g.tail], np.inf, weight)

    def _ascend(self, shift: int) -> None:
        """Dual ascent from a few roots; trees in what it saturates; edges fixed out in between."""
        most = _fewer(_ROOTS, self.g.m)
        step = max(1, len(self.roots) // most)
        for root in np.roll(self.roots, -shift * (step // 2))[::step][:most]:
            if self.met:
                return
            kept, g = self._left()
            weight = self._barred(g, g.weight)
            reduced, rows = weight.copy(), np.flatnonzero(self.wanted != root)
            graph = (g.indptr, g.indices, weight, g.twin)
            low = ascend(graph, root, reduced, rows, self.wanted, _HASTE, np.empty((0, 0)), blank_log(0))
            if not np.isfinite(low):
                raise DisconnectedError("some terminals cannot be reached from the others")
            self.bound = max(self.bound, min(low, self.cost))
            both = np.minimum(reduced, reduced[g.twin])
            saturated = np.where(both <= 0, weight, np.inf)
            for costs in (saturated, weight, self._barred(g, both + 0.1 * g.weight)):
                self._plant(g, kept, costs, int(root))
            self.alive[kept[self._useless(g, reduced, int(root), low)]] = False

    def _lift(self) -> None:
        """The bound by dual ascent taken back in places; edges it rules out."""
        kept, g = self._left()
        if len(self.wanted) * g.n > _POTENTIALS:
            return
        root = int(self.roots[len(self.roots) // 2])
        reduced = self._barred(g, g.weight)
        graph = (g.indptr, g.indices, reduced.copy(), g.twin)
        potential = np.zeros((len(self.wanted), g.n))
        rows = np.flatnonzero(self.wanted != root)
        log = blank_log(len(reduced))
        low = ascend(graph, root, reduced, rows, self.wanted, 0.0, potential, log)
        for _ in range(_LIFTS):
            more = improve_dual(graph, self.wanted, root, reduced, potential, len(rows), self.random, log)
            low += more
            if low >= self.cost or more < low * _WORTH:
                break
        low *= 1.0 - _ROUNDING
        self.bound = max(self.bound, min(low, self.cost))
        self.alive[kept[self._useless(g, np.maximum(reduced, 0.0), root, low)]] = False

    def _plant(self, g: Graph, kept: Ints, costs: Floats, start: int) -> None:
        """A tree by cheapest insertion on these costs, into the union; the best if it is."""
        edges = kernels.grow(g.indptr, g.indices, costs, g.tail, g.pair, self.wanted, start)
        if not edges.any():
            return
        nodes = np.zeros(g.n, np.bool_)
        nodes[g.lo[edges]] = True
        nodes[g.hi[edges]] = True
        tree, price = kernels.tidy(g.lo, g.hi, g.cost, g.by_cost, nodes, self.terminal, self.leaf)
        self.union[kept[edges]] = True
        if np.isfinite(price):
            self.union[kept[tree]] = True
            if self.thorough:
                self._improve(kept, g, tree)
            self._offer(kept[tree])

    def _polish(self) -> None:
        """Local search from the best tree."""
        if self.met:
            return
        kept, g = self._left()
        tree = np.zeros(self.g.m, np.bool_)
        tree[self.best] = True
        self._improve(kept, g, tree[kept])

    def _improve(self, kept: Ints, g: Graph, tree: Bools) -> None:
        """Local search, in place."""
        arcs = (g.indptr, g.indices, g.weight, g.tail, g.pair)
        edges = (g.lo, g.hi, g.cost, g.by_cost)
        local.improve(arcs, edges, tree, self.terminal, self.leaf, local.PARTS, local.WORK)
        self.union[kept[tree]] = True
        self._offer(kept[tree])

    def _left(self) -> tuple[Ints, Graph]:
        """The edges that no bound has ruled out, and the graph of them and of the best tree."""
        self.alive[self.best] = True
        kept = np.flatnonzero(self.alive)
        if len(kept) == self.g.m:
            return kept, self.g
        return kept, without(self.g, kept)

    def _offer(self, edges: Ints) -> None:
        price = float(self.g.cost[edges].sum())
        if price < self.cost * (1 - 1e-12):
            self.best, self.cost = edges, price

    def _disturb(self) -> None:
        """Trees on costs that are up to a fifth too high, here and there."""
        kept, g = self._left()
        for start in self.random.choice(self.roots, _TREES):
            factor = 1.0 + 0.2 * self.random.random(g.m)
            self._plant(g, kept, self._barred(g, g.weight * factor[g.pair]), int(start))

    def _combine(self) -> None:
        """The best tree within the union of the trees so far; the union starts anew from it."""
        if not self.met:
            self._exact(self.union, 0.0, again=True)
        self.union[:] = False
        self.union[self.best] = True

    def _prove(self, work: float) -> None:
        """The best tree in what reduced costs left of the graph, and so of all."""
        self.alive[self.best] = True
        self.bound = max(self.bound, self._exact(self.alive, work))

    def _exact(self, edges: Bools, work: float, *, again: bool = False) -> float:
        """The best tree within `edges` if `work` allows; a bound on them all. `again`: bound them first."""
        small = shrink(self.g, edges, self.terminal)
        inner = np.flatnonzero(self.terminal[small.node])
        leaf = self.leaf[small.node]
        if _affordable(len(inner), small.graph.n):
            chosen, low = dreyfus_wagner(small.graph, inner, leaf)
        elif again:
            search = _Search(small.graph, inner, leaf)
            search.within(self.cost)
            chosen, low = search.best, search.bound
        else:
            ordered = np.r_[inner[~leaf[inner]], inner[leaf[inner]]]
            found, low = cut_and_branch(small.graph, ordered, leaf, cost=self.cost, work=work)
            chosen = np.empty(0, np.int64) if found is None else found
        if len(chosen):
            self._offer(small.origin(chosen))
        return min(low, self.cost)

    def _useless(self, g: Graph, reduced: Floats, root: int, bound: float) -> Bools:
        """Edges through which every tree costs more than the one at hand."""
        out = kernels.dijkstra(g.indptr, g.indices, reduced, np.array([root]))
        others = self.wanted[self.wanted != root]
        back = kernels.dijkstra(g.indptr, g.indices, reduced[g.twin], others)
        too_dear = bound + out[g.tail] + reduced + back[g.indices] > self.cost * (1 + _TIE)
        twice: Bools = np.bincount(g.pair[too_dear], minlength=g.m) == 2
        return twice
