"""The programme of works as rows and columns: what is built and reached by each year, at what cost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from geo.programme_units import Units
from geo.spatial.milp import Programme as Model

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class _Shape:
    """Columns of the model: unit 0 built by each year, unit 1, …; then goal 0 reached by each year, …"""

    units: int
    goals: int
    years: int

    def unit(self, u: npt.ArrayLike, y: npt.ArrayLike) -> Ints:
        return np.asarray(u, np.int64) * self.years + np.asarray(y, np.int64)

    def goal(self, g: npt.ArrayLike, y: npt.ArrayLike) -> Ints:
        return (self.units + np.asarray(g, np.int64)) * self.years + np.asarray(y, np.int64)


def model_of(found: Units, money: Floats) -> Model:
    """Columns: built by year y, reached by year y (where units decide together). A year counts once."""
    goals = np.flatnonzero(found.several)
    shape = _Shape(len(found.yuan), len(goals), len(money))
    n, years = (shape.units + shape.goals) * shape.years, np.arange(shape.years)
    u, y = (g.ravel() for g in np.meshgrid(np.arange(shape.units), years, indexing="ij"))
    spent = _sparse(y, shape.unit(u, y), found.yuan[u], (shape.years, n))
    later = y > 0
    spent = spent - _sparse(
        y[later], shape.unit(u[later], y[later] - 1), found.yuan[u[later]], (shape.years, n)
    )
    kept = _smaller(shape.unit(u[later], y[later] - 1), shape.unit(u[later], y[later]), n)
    b, t = (g.ravel() for g in np.meshgrid(np.arange(len(found.before)), years, indexing="ij"))
    order = _smaller(shape.unit(found.before[b, 1], t), shape.unit(found.before[b, 0], t), n)
    both = np.flatnonzero(found.binding & found.several[found.goal])
    p, q = (g.ravel() for g in np.meshgrid(both, years, indexing="ij"))
    reach = _smaller(
        shape.goal(np.searchsorted(goals, found.goal[p]), q), shape.unit(found.goal_unit[p], q), n
    )
    matrix = sp.csr_array(sp.vstack([spent, kept, order, reach]))
    high = np.concatenate([money, np.zeros(matrix.shape[0] - shape.years)])
    alone = np.flatnonzero(found.binding & ~found.several[found.goal])
    own = np.bincount(found.goal_unit[alone], found.benefit[found.goal[alone]], minlength=shape.units)
    cost = -np.repeat(np.concatenate([own, found.benefit[goals]]), shape.years)
    low = np.full(len(high), -np.inf)
    return Model(cost, matrix, low, high, np.zeros(n), np.ones(n), np.zeros(n, bool))


def _sparse(row: Ints, col: Ints, value: Floats, shape: tuple[int, int]) -> sp.csr_array:
    return sp.csr_array(sp.coo_array((value, (row, col)), shape=shape))


def _smaller(a: Ints, b: Ints, n: int) -> sp.csr_array:
    """Rows that say column a is at most column b (at most 0)."""
    row, one = np.arange(len(a)), np.ones(len(a))
    return sp.csr_array(_sparse(row, a, one, (len(a), n)) - _sparse(row, b, one, (len(a), n)))
