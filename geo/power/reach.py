"""Along which line, and how far, could each household be supplied by each transformer?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from scipy.spatial import cKDTree

from geo.power.feeders import Feeders, Hangs
from geo.spatial.within import nearest_source, nodes_within

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Spans:
    """Possible supplies: row of the household, row of the transformer, metres of line (without the drop)."""

    household: Ints
    transformer: Ints
    length: Floats


def along_lines(grid: Feeders, hangs: Hangs, *, reach_m: float) -> Spans:
    """Every household and transformer joined by at most `reach_m` of line, by the shortest way."""
    found = nodes_within(grid.net, grid.root, limit=reach_m)
    parts = []
    for node, rest in ((grid.a, hangs.from_a), (grid.b, hangs.from_b)):
        at = node[hangs.piece]
        first, count = found.start[at], found.start[at + 1] - found.start[at]
        pair = np.repeat(np.arange(len(at)), count)
        entry = np.arange(len(pair)) + np.repeat(first - (np.cumsum(count) - count), count)
        parts.append((hangs.household[pair], found.source[entry], found.length[entry] + rest[pair]))
    household, transformer, length = (np.concatenate(p) for p in zip(*parts, strict=True))
    rows = np.lexsort((length, transformer, household))
    rows = rows[length[rows] <= reach_m]
    h, t = household[rows], transformer[rows]
    first_of_pair = np.ones(len(rows), bool)
    first_of_pair[1:] = (h[1:] != h[:-1]) | (t[1:] != t[:-1])
    return Spans(h[first_of_pair], t[first_of_pair], length[rows][first_of_pair])


def straight(households: Floats, posts: Floats, *, reach_m: float, route_factor: float) -> Spans:
    """The same where no low-voltage line is mapped: straight distance times the route factor."""
    placed, standing = _placed(households), _placed(posts)
    tree = shapely.STRtree(np.asarray(shapely.points(posts[standing])))
    points = shapely.points(households[placed])
    i, j = tree.query(points, predicate="dwithin", distance=reach_m / route_factor)
    household, transformer = placed[i], standing[j]
    length = route_factor * np.hypot(*(households[household] - posts[transformer]).T)
    return Spans(household, transformer, np.minimum(length, reach_m))


def nearest_along(grid: Feeders, hangs: Hangs, chosen: Ints, *, n: int) -> tuple[Ints, Floats]:
    """The nearest `chosen` transformer along the lines, however far: row (-1 none) and metres (inf)."""
    far, of = nearest_source(grid.net, grid.root[chosen])
    by_a = far[grid.a[hangs.piece]] + hangs.from_a
    by_b = far[grid.b[hangs.piece]] + hangs.from_b
    length = np.minimum(by_a, by_b)
    source = np.where(by_a <= by_b, of[grid.a[hangs.piece]], of[grid.b[hangs.piece]])
    rows = np.lexsort((length, hangs.household))[::-1]  # the last one written is the shortest
    post, metres = np.full(n, -1, np.int64), np.full(n, np.inf)
    post[hangs.household[rows]] = np.append(chosen, -1)[source[rows]]
    metres[hangs.household[rows]] = length[rows]
    return post, metres


def nearest_straight(
    households: Floats, posts: Floats, chosen: Ints, *, route_factor: float
) -> tuple[Ints, Floats]:
    """The nearest of the `chosen` transformers in a straight line, and that times the route factor."""
    post, metres = np.full(len(households), -1, np.int64), np.full(len(households), np.inf)
    placed = _placed(households)
    standing = chosen[np.isfinite(posts[chosen]).all(axis=1)]
    if len(placed) and len(standing):
        distance, found = cKDTree(posts[standing]).query(households[placed])
        post[placed], metres[placed] = standing[found], route_factor * distance
    return post, metres


def _placed(points: Floats) -> Ints:
    return np.flatnonzero(np.isfinite(points).all(axis=1)).astype(np.int64)
