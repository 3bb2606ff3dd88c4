"""Existing lines as the nodes of a graph: stations along them, joined where the lines are.

A station stands at both ends of a line, at every joint with another, and at least every
`spacing_m` between; the geometry between two stations of a line is the line's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geo.spatial.chains import Chains, make_chains

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Shapes = npt.NDArray[Any]


@dataclass(frozen=True)
class Stations:
    """`line` (row in `lines`) and chainage `at` of each station, metres; `xy` (n, 2).

    `along` (2, e) pairs of neighbours on a line; `joints` (2, j) pairs of stations of
    different lines that are joined; `extra` the stations of the points asked for.
    """

    lines: Shapes
    line: Ints
    at: Floats
    xy: Floats
    along: Ints
    joints: Ints
    extra: Ints

    def __len__(self) -> int:
        return len(self.line)

    @cached_property
    def chains(self) -> Chains:
        """The lines, for points and pieces along them."""
        return make_chains(self.lines)

    def pieces(self) -> Shapes:
        """The straight between the stations of each pair of `along`."""
        return np.asarray(shapely.linestrings(self.xy[self.along.T]), object)


def make_stations(
    lines: Shapes,
    raised: Bools,
    *,
    snap_m: float,
    spacing_m: float,
    extra: tuple[Ints, Floats] | None = None,
) -> Stations:
    """Stations of `lines`. A `raised` line (bridge, tunnel) is joined at its own ends alone.

    `extra`: more stations, by line and chainage.
    """
    lines = np.asarray(lines, object)
    length = shapely.length(lines)
    row, chain, other, there = _joints(lines, length, raised, snap_m)
    count = np.where(raised, 1, np.maximum(1, np.ceil(length / spacing_m))).astype(np.int64)
    regular = np.repeat(np.arange(len(lines)), count + 1)
    begin = np.cumsum(count + 1) - count - 1
    step = (np.arange(len(regular)) - begin[regular]) / count[regular]
    more, more_at = extra if extra is not None else (np.empty(0, np.int64), np.empty(0))
    nearer_end = np.where(2 * more_at < length[more], 0.0, length[more])
    more_at = np.where(raised[more], nearer_end, more_at)  # nobody steps onto the middle of a bridge
    all_rows = np.concatenate([regular, row, other, more]).astype(np.int64)
    all_at = np.concatenate([step * length[regular], chain, there, more_at])
    key, where, number = np.unique(_key(all_rows, all_at, length), return_index=True, return_inverse=True)
    line, at = all_rows[where], all_at[where]
    order = np.arange(len(key))
    same = line[1:] == line[:-1]
    n, j = len(regular), len(row)
    joints = np.stack([number[n : n + j], number[n + j : n + 2 * j]]).reshape(2, -1)
    return Stations(
        lines,
        line,
        at,
        make_chains(lines).points(line, at) if len(line) else np.empty((0, 2)),
        np.stack([order[:-1][same], order[1:][same]]),
        joints[:, joints[0] != joints[1]].astype(np.int64),
        number[n + 2 * j :].astype(np.int64),
    )


def project(points: Shapes, lines: Shapes, *, within_m: float) -> tuple[Ints, Ints, Floats]:
    """Feet of `points` on all lines within reach: point, line, chainage."""
    if not len(lines) or not len(points):
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)
    who, line = shapely.STRtree(lines).query(points, predicate="dwithin", distance=within_m)
    return who, line, shapely.line_locate_point(lines[line], points[who])


def _key(row: Ints, at: Floats, length: Floats) -> Ints:
    """One number per line and centimetre; the end of a line is its own centimetre."""
    cm = np.round(np.minimum(at, length[row]) * 100).astype(np.int64)
    return row * 10**9 + cm


def _joints(lines: Shapes, length: Floats, raised: Bools, snap_m: float) -> tuple[Ints, Floats, Ints, Floats]:
    """Where lines are joined: line, chainage, other line, chainage there."""
    if not len(lines):
        none = np.empty(0, np.int64)
        return none, np.empty(0), none, np.empty(0)
    tree = shapely.STRtree(lines)
    n = len(lines)
    ends = np.concatenate([shapely.get_point(lines, 0), shapely.get_point(lines, -1)])
    end, met = tree.query(ends, predicate="dwithin", distance=snap_m)
    owner = end % n
    keep = owner != met
    end, met, owner = end[keep], met[keep], owner[keep]
    there = shapely.line_locate_point(lines[met], ends[end])
    end_near = np.minimum(there, length[met] - there) <= snap_m
    there = np.where(end_near, np.where(there <= length[met] / 2, 0.0, length[met]), there)
    keep = ~raised[met] | end_near
    rows, chain = owner[keep], np.where(end[keep] < n, 0.0, length[owner[keep]])
    a, b = tree.query(lines, predicate="intersects")  # most that touch do not cross, and it is told sooner
    ground = (a < b) & ~raised[a] & ~raised[b]
    a, b = a[ground], b[ground]
    crossing = shapely.crosses(lines[a], lines[b])
    a, b = a[crossing], b[crossing]
    xy, pair = shapely.get_coordinates(shapely.intersection(lines[a], lines[b]), return_index=True)
    points = shapely.points(xy) if len(xy) else np.empty(0, object)
    return (
        np.concatenate([rows, a[pair]]),
        np.concatenate([chain, shapely.line_locate_point(lines[a[pair]], points)]),
        np.concatenate([met[keep], b[pair]]),
        np.concatenate([there[keep], shapely.line_locate_point(lines[b[pair]], points)]),
    )
