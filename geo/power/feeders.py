"""The low-voltage network: its pieces, what is joined to what, and who hangs where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.area import Area
from geo.spatial.points import coordinates
from geo.spatial.within import Network, network

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_SAME_MM = 1000.0  # vertices that agree to the millimetre are one


@dataclass(frozen=True)
class Feeders:
    """Straight pieces (pieces, 2, 2) from node `a` to node `b`, metres; transformers are nodes too.

    `root` (transformers,): node of each transformer. A transformer that is joined to
    no line is a node without neighbours.
    """

    pieces: Floats
    a: Ints
    b: Ints
    net: Network
    root: Ints


@dataclass(frozen=True)
class Hangs:
    """A household at a piece: row of each, metres from the piece's ends to the foot, metres of drop."""

    household: Ints
    piece: Ints
    from_a: Floats
    from_b: Floats
    drop: Floats


@dataclass(frozen=True)
class _Segments:
    """Segments of the lines as drawn: ends (segments, 2, 2), nodes, and the line each belongs to."""

    ends: Floats
    a: Ints
    b: Ints
    line: Ints
    line_ends: Ints  # nodes where a line begins or stops
    line_of_end: Ints
    spots: Floats  # coordinates of the nodes


def low_voltage(area: Area, *, max_kv: float) -> npt.NDArray[Any]:
    """The low-voltage lines as drawn, taken apart into (row, line string); unknown voltage is not low."""
    lines = area.layer("lines")
    rows = np.flatnonzero(lines["kv"].to_numpy(float) <= max_kv)
    parts, of = shapely.get_parts(np.asarray(lines.geometry.array)[rows], return_index=True)
    good = (shapely.get_type_id(parts) == 1) & ~shapely.is_empty(parts)
    found = np.empty((int(good.sum()), 2), object)
    found[:, 0], found[:, 1] = rows[of[good]], parts[good]
    return found


def feeders(area: Area, *, max_kv: float, snap_m: float, drop_m: float) -> Feeders | None:
    """The network of the low-voltage lines, None where none is mapped.

    Joined are lines that share a vertex, and a line whose end comes within `snap_m` of
    another; lines that merely cross are not. A transformer feeds the lines within
    `snap_m` and those that name it (`supply`) within `drop_m`; where there are none,
    the nearest line within `drop_m`.
    """
    parts = low_voltage(area, max_kv=max_kv)
    if not len(parts):
        return None
    drawn = _segments(parts)
    tree = shapely.STRtree(np.asarray(shapely.linestrings(drawn.ends)))
    posts = coordinates(area.layer("transformers").geometry.array)
    joints = _joints(drawn, tree, snap_m=snap_m)
    fed = _fed(area, drawn, tree, posts, snap_m=snap_m, drop_m=drop_m)
    root = len(drawn.spots) + np.arange(len(posts))
    node = np.concatenate([joints[0], root[fed[0]]])
    segment = np.concatenate([joints[1], fed[1]])
    return _cut(drawn, node, segment, np.concatenate([drawn.spots, posts]), root)


def hang(households: Floats, pieces: Floats, *, drop_m: float) -> Hangs:
    """Every piece of line within `drop_m` of each household (n, 2): it may take any of these poles."""
    placed = np.flatnonzero(np.isfinite(households).all(axis=1))
    tree = shapely.STRtree(np.asarray(shapely.linestrings(pieces)))
    i, piece = tree.query(shapely.points(households[placed]), predicate="dwithin", distance=drop_m)
    household = placed[i]
    along, drop, length = _foot(households[household], pieces[piece])
    return Hangs(household.astype(np.int64), piece.astype(np.int64), along, length - along, drop)


def to_line(households: Floats, pieces: Floats) -> Floats:
    """Metres from each household to the nearest piece of line; inf where it has no place."""
    metres = np.full(len(households), np.inf)
    placed = np.flatnonzero(np.isfinite(households).all(axis=1))
    tree = shapely.STRtree(np.asarray(shapely.linestrings(pieces)))
    points = shapely.points(households[placed])
    (found, _), distance = tree.query_nearest(points, return_distance=True, all_matches=False)
    metres[placed[found]] = distance
    return metres


def _segments(parts: npt.NDArray[Any]) -> _Segments:
    points, part = shapely.get_coordinates(parts[:, 1], return_index=True)
    _, first, node = np.unique(np.rint(points * _SAME_MM), axis=0, return_index=True, return_inverse=True)
    node = node.reshape(-1).astype(np.int64)
    begins = np.flatnonzero(part[1:] == part[:-1])
    begins = begins[node[begins] != node[begins + 1]]
    edge = np.flatnonzero(np.diff(part, prepend=-1, append=-1))
    stops = np.concatenate([edge[:-1], edge[1:] - 1])
    row = parts[:, 0].astype(np.int64)
    at = points[first]
    ends = at[np.stack([node[begins], node[begins + 1]], axis=1)]
    return _Segments(
        ends, node[begins], node[begins + 1], row[part[begins]], node[stops], part[stops].astype(np.int64), at
    )


def _joints(drawn: _Segments, tree: shapely.STRtree, *, snap_m: float) -> tuple[Ints, Ints]:
    """(node, segment): ends of lines that come near a segment they are not a corner of."""
    end = np.unique(drawn.line_ends)
    i, segment = tree.query(shapely.points(drawn.spots[end]), predicate="dwithin", distance=snap_m)
    node = end[i]
    apart = (drawn.a[segment] != node) & (drawn.b[segment] != node)
    return node[apart], segment[apart].astype(np.int64)


def _fed(
    area: Area, drawn: _Segments, tree: shapely.STRtree, posts: Floats, *, snap_m: float, drop_m: float
) -> tuple[Ints, Ints]:
    """(transformer, segment): for each line a transformer feeds, its nearest segment."""
    placed = np.flatnonzero(np.isfinite(posts).all(axis=1))
    i, segment = tree.query(shapely.points(posts[placed]), predicate="dwithin", distance=drop_m)
    transformer, line = placed[i], drawn.line[segment]
    away = _foot(posts[transformer], drawn.ends[segment])[1]
    ids = area.layer("transformers")["id"].to_numpy(object)
    names = area.layer("lines")["supply"].to_numpy(object)
    sure = (away <= snap_m) | (names[line] == ids[transformer])
    served = np.zeros(len(posts), bool)
    served[transformer[sure]] = True
    least = np.full(len(posts), np.inf)
    np.minimum.at(least, transformer, away)
    joined = sure | (~served[transformer] & (away <= least[transformer]))
    found = pd.DataFrame({"t": transformer, "line": line, "segment": segment, "away": away})[joined]
    found = found.sort_values(["t", "line", "away", "segment"]).drop_duplicates(["t", "line"])
    return found["t"].to_numpy(np.int64), found["segment"].to_numpy(np.int64)


def _cut(drawn: _Segments, node: Ints, segment: Ints, at: Floats, root: Ints) -> Feeders:
    """Cut each segment where something is joined to it, and make the network."""
    along, gap, _ = _foot(at[node], drawn.ends[segment])
    length = np.hypot(*(drawn.ends[:, 1] - drawn.ends[:, 0]).T)
    s, cuts = len(drawn.a), len(at) + np.arange(len(node))
    of = np.concatenate([np.arange(s), np.arange(s), segment])
    offset = np.concatenate([np.zeros(s), length, along])
    kind = np.repeat([0, 2, 1], [s, s, len(node)])
    names = np.concatenate([drawn.a, drawn.b, cuts])
    rows = np.lexsort((kind, offset, of))
    of, offset, names = of[rows], offset[rows], names[rows]
    inside = np.flatnonzero(of[1:] == of[:-1])
    a, b = names[inside], names[inside + 1]
    share = offset / length[of]
    points = drawn.ends[of, 0] + share[:, None] * (drawn.ends[of, 1] - drawn.ends[of, 0])
    pieces = np.stack([points[inside], points[inside + 1]], axis=1)
    metres = offset[inside + 1] - offset[inside]
    net = network(
        np.concatenate([a, node]),
        np.concatenate([b, cuts]),
        np.concatenate([metres, gap]),
        nodes=len(at) + len(cuts),
    )
    real = metres > 0
    return Feeders(pieces[real], a[real], b[real], net, root)


def _foot(points: Floats, segments: Floats) -> tuple[Floats, Floats, Floats]:
    """Of the nearest spot on each segment: metres along it, metres from the point; and its length."""
    start, span = segments[:, 0], segments[:, 1] - segments[:, 0]
    length = np.hypot(*span.T)
    safe = np.where(length > 0, length, 1.0)
    along = np.clip(((points - start) * span).sum(axis=1) / safe, 0, length)
    foot = start + (along / safe)[:, None] * span
    return along, np.hypot(*(points - foot).T), length
