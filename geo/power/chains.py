"""Spans of one conductor in a row are one line to build: from junction to junction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geo.power.zones import Grid, conductors, mm2_of, ways
from geo.standards import Standard

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Chains:
    """Lines to build: `head` the pole nearest the transformer below which each begins, its geometry,
    metres, cross-section, the one it replaces (NaN new) and the households behind it.

    `chain` (poles,): which line the span to a pole's parent belongs to, -1 none.
    """

    grid: Grid
    head: Ints
    line: npt.NDArray[Any]
    metres: Floats
    mm2: Floats
    was: Floats
    behind: Ints
    chain: Ints
    points: tuple[Ints, ...]

    def users(self, poles: Ints) -> tuple[Ints, Ints]:
        """(row of `poles`, line) of every line between a pole and its transformer, each once."""
        row, at = ways(self.grid.parent, poles)
        line = self.chain[at]
        pairs = np.unique(np.column_stack([row, line])[line >= 0], axis=0)
        return pairs[:, 0], pairs[:, 1]

    def profile(self, line: int) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
        """Chainage and elevation at the poles of a line."""
        at = self.points[line]
        chainage = np.concatenate([[0.0], np.cumsum(self.grid.length[at[1:]])])
        return np.column_stack([chainage, self.grid.xyz[at, 2]])


def chains(grid: Grid, standard: Standard) -> Chains:
    """All spans to build, new or with a larger conductor, as lines."""
    series = conductors(standard)
    mm2 = mm2_of(grid, series)
    n = len(grid.parent)
    span = (grid.parent >= 0) & (grid.size >= 0) & (np.nan_to_num(grid.was_mm2) < mm2)
    up = np.maximum(grid.parent, 0)
    children = np.bincount(grid.parent[span], minlength=n)
    alike = (mm2 == mm2[up]) & (np.nan_to_num(grid.was_mm2) == np.nan_to_num(grid.was_mm2)[up])
    goes_on = span & span[up] & alike & (children[up] == 1)
    head, depth = _climbed(grid.parent, goes_on)
    rows = np.flatnonzero(span)
    rows = rows[np.lexsort((depth[rows], head[rows]))]
    heads, first = np.unique(head[rows], return_index=True)
    chain = np.full(n, -1, np.int64)
    chain[rows] = np.searchsorted(heads, head[rows])
    parts = np.split(rows, first[1:]) if len(rows) else []
    points = tuple(np.concatenate([[grid.parent[part[0]]], part]) for part in parts)
    row, at = ways(grid.parent, np.flatnonzero(grid.homes > 0))
    behind = np.bincount(at, grid.homes[grid.homes > 0][row], minlength=n)
    line = np.array([shapely.LineString(grid.xyz[p, :2]) for p in points], object)
    return Chains(
        grid,
        heads,
        line,
        np.bincount(chain[rows], grid.length[rows], minlength=len(heads)).astype(np.float64),
        mm2[heads],
        grid.was_mm2[heads],
        behind[heads].astype(np.int64),
        chain,
        points,
    )


def _climbed(parent: Ints, goes_on: npt.NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """The first span of the line each span belongs to, and how many spans it is away from it."""
    head, depth = np.arange(len(parent)), np.zeros(len(parent), np.int64)
    while goes_on[head].any():
        depth += goes_on[head]
        head = np.where(goes_on[head], parent[head], head)
    return head, depth
