"""Roads: least-cost lines over the relief, from the county road down to the last group."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import scipy.sparse as sp
import shapely
from rasterio import features
from rasterio.transform import from_origin
from scipy import ndimage as ndi
from shapely.geometry import LineString

from .grid import (
    COARSE_M,
    FINE_M,
    SIDE_M,
    Bools,
    Floats,
    Frame,
    Ints,
    noise,
    pinned,
    spread,
    step_graph,
    trace,
)
from .rivers import Waters, river_y
from .settlements import Settlements, slope_of

HARD = ("cement", "asphalt", "stone")
CLASSES = ("county", "township", "village", "group", "track", "path")
Edge = tuple[int, int]


@dataclass
class Network:
    """Edges between 25 m cells: class by edge, and the groups or villages that use it, first the lead."""

    n: int
    rank: dict[Edge, int] = field(default_factory=dict)
    users: dict[Edge, list[int]] = field(default_factory=dict)
    surface: dict[Edge, str] = field(default_factory=dict)
    width: dict[Edge, float] = field(default_factory=dict)
    gone: set[Edge] = field(default_factory=set)
    ends: set[int] = field(default_factory=set)

    def nodes(self) -> Ints:
        return np.unique(np.array(list(self.rank), dtype=np.int64))

    def add(self, path: list[int], rank: int, user: int) -> None:
        for a, b in pairwise(path):
            edge = (min(a, b), max(a, b))
            if edge in self.rank and self.rank[edge] < rank:
                continue
            self.rank[edge] = rank
            self.users.setdefault(edge, []).append(user)

    def edges_of(self, path: list[int]) -> list[Edge]:
        return [(min(a, b), max(a, b)) for a, b in pairwise(path)]


@dataclass(frozen=True)
class Roads:
    """The network; `wide`: nodes hardened road of 3.5 m joins to an exit, `serving`: any hardened way."""

    network: Network
    office_served: Bools
    serving: frozenset[int]
    wide: frozenset[int]


def coarse(z: Floats) -> Floats:
    """The relief at 25 m."""
    n = z.shape[0] // 2
    return np.asarray(z.reshape(n, 2, n, 2).mean(axis=(1, 3)))


def road_graph(frame: Frame, z: Floats, waters: Waters) -> sp.csr_array:
    """What it costs to lead a road from cell to cell: length, grade, side slope, crossings."""
    z = coarse(z)
    move = from_origin(frame.west, frame.north, COARSE_M, COARSE_M)
    river = features.rasterize([waters.river.buffer(30)], z.shape, transform=move).astype(bool)
    streams = features.rasterize(
        [s.buffer(16) for s in waters.streams], z.shape, transform=move, all_touched=True
    ).astype(bool)
    cost = 1.0 + 1.2 * np.minimum(slope_of(z, COARSE_M), 1.2) ** 2 + 2.0 * streams + 9.0 * river
    cost *= np.exp(0.30 * noise(frame.rng("road ground"), len(z), 12, octaves=2))  # no long straight lines
    cost[frame.inset(COARSE_M) < 350] *= 3.0
    return step_graph(cost, cell=COARSE_M, elevation=z)


def draw_roads(frame: Frame, z: Floats, waters: Waters, homes: Settlements, clusters: Floats) -> Roads:
    """The network level by level: each level starts from all that is there already.

    `clusters` are (group, x, y) rows: the parts of a group that lie off its middle.
    """
    graph = road_graph(frame, z, waters)
    n = frame.side(COARSE_M)
    net = Network(n)
    exits = _exits(frame, z)
    (seat,) = _nodes(frame, homes.offices[:1])
    targets = _nodes(frame, np.array([xy for _, xy in exits]))
    _grow(net, graph, np.array([seat]), targets[:2], rank=0, users=[0, 1])
    _grow(net, graph, net.nodes(), targets[2:], rank=1, users=[0, 1])
    offices = _nodes(frame, homes.offices)
    groups = _nodes(frame, homes.xy)
    graph = _bundled(graph, n, net.nodes(), np.concatenate([offices, groups]))
    _grow(net, graph, net.nodes(), offices, rank=2, users=list(range(len(offices))))
    paths = _grow(net, graph, net.nodes(), groups, rank=3, users=list(range(len(groups))))
    spots = _nodes(frame, clusters[:, 1:])
    _grow(net, graph, net.nodes(), spots, rank=4, users=[int(g) for g in clusters[:, 0]])
    net.ends |= {int(v) for v in (*targets, *offices, *groups)}
    _footpaths(frame, net, graph, homes, groups)
    _finish(frame, net, homes, paths)
    wide = _reached(net, targets, least_width=3.5)
    return Roads(
        net,
        np.isin(offices, list(wide)),
        frozenset(_reached(net, targets, least_width=0.0)),
        frozenset(wide),
    )


def _nodes(frame: Frame, xy: Floats) -> Ints:
    rows, cols = frame.cell_of(xy, COARSE_M)
    return np.asarray(rows * frame.side(COARSE_M) + cols)


def _exits(frame: Frame, z: Floats) -> list[tuple[str, tuple[float, float]]]:
    """West and east beside the river, north and south over the lowest saddle of the shared edge."""
    x0, x1 = frame.x0 - 450, frame.x0 + SIDE_M + 450
    west = (x0, float(river_y(frame, np.array([x0]), own=False)[0]) + 120)
    east = (x1, float(river_y(frame, np.array([x1]), own=False)[0]) + 120)
    row = int((SIDE_M + 1000) / FINE_M) - int(500 / FINE_M)
    edge = ndi.gaussian_filter1d(z[row], 12)
    low, high = int(0.3 * len(edge)), int(0.7 * len(edge))
    x = frame.west + (low + int(np.argmin(edge[low:high]))) * FINE_M
    return [
        ("西", west),
        ("东", east),
        ("北", (x, frame.y0 + SIDE_M + 450)),
        ("南", (x, frame.y0 - 450)),
    ]


def _grow(
    net: Network, graph: sp.csr_array, sources: Ints, targets: Ints, *, rank: int, users: list[int]
) -> list[list[int]]:
    _, before = spread(graph, sources)
    paths = [trace(before, int(t)) for t in targets]
    for path, user in zip(paths, users, strict=True):
        net.add(path, rank, user)
    return paths


def _bundled(graph: sp.csr_array, n: int, sources: Ints, targets: Ints) -> sp.csr_array:
    """The same ground, cheaper where several ways would run side by side: roads share their line."""
    _, before = spread(graph, sources)
    use = np.zeros(n * n)
    for target in targets:
        use[trace(before, int(target))] += 1
    near = ndi.gaussian_filter((1 - np.exp(-use / 2)).reshape(n, n), 2.0)
    ease = 1.0 - 0.55 * np.minimum(1.0, near / 0.17).ravel()
    return sp.csr_array((graph.data * ease[graph.indices], graph.indices, graph.indptr), shape=graph.shape)


def _footpaths(frame: Frame, net: Network, graph: sp.csr_array, homes: Settlements, groups: Ints) -> None:
    """Some two dozen old paths between neighbouring groups."""
    rng = frame.rng("footpaths")
    away = np.hypot(*(homes.xy[:, None] - homes.xy[None]).transpose(2, 0, 1))
    pairs = [
        (int(a), int(np.argsort(away[a])[rng.integers(1, 3)])) for a in rng.permutation(len(groups))[:24]
    ]
    have = set(net.nodes().tolist())
    for a, b in pairs:
        _, before = spread(graph, groups[[b]], limit=6000.0)
        if before[groups[a]] < 0:
            continue
        path = trace(before, int(groups[a]))
        run = [path[0]]
        for node in path[1:]:  # only the stretches that are not on a road already
            run.append(node)
            if node in have:
                if len(run) > 6:
                    net.add(run, 5, a)
                run = [node]


def _finish(frame: Frame, net: Network, homes: Settlements, paths: list[list[int]]) -> None:
    """Surfaces and widths: good by the county road, poor in the poor villages."""
    rng = frame.rng("surfaces")
    poor = homes.poor[homes.village]
    good = rng.random(len(paths)) < np.where(poor, 0.42, 0.92)
    narrow = rng.random(len(paths)) < 0.05
    unpaved = int(rng.choice(np.flatnonzero(homes.poor)))
    for edge, rank in net.rank.items():
        users = net.users[edge]
        name, width = _finish_of(rank, users, good, narrow, unpaved, users[0])
        net.surface[edge], net.width[edge] = name, width
    _stubs_and_gaps(net, rng, good & (homes.households < 50), ~good, paths)


def _finish_of(
    rank: int, users: list[int], good: Bools, narrow: Bools, unpaved: int, lead: int
) -> tuple[str, float]:
    if rank == 0:
        return "asphalt", 6.5
    if rank == 1:
        return ("asphalt", 6.0) if lead else ("cement", 5.0)
    if rank == 2:
        return ("gravel", 4.0) if users == [unpaved] else ("cement", 4.5)
    if rank == 3:
        if good[users].any():
            return "cement", 3.0 if narrow[users].all() else (4.0 if len(users) > 2 else 3.5)
        return ("gravel", 3.5) if lead % 3 else ("earth", 3.0)
    if rank == 4:
        return ("cement", 3.0) if good[lead] and lead % 2 else ("earth", 2.5)
    return ("stone", 1.0) if lead % 4 == 0 else ("earth", 0.8)


def _stubs_and_gaps(
    net: Network, rng: np.random.Generator, good: Bools, bad: Bools, paths: list[list[int]]
) -> None:
    """Six hardened stubs that lead nowhere; two places where the map has lost a piece of road."""
    for g in rng.permutation(np.flatnonzero(bad))[:6]:
        for edge in net.edges_of(paths[g])[:9]:
            if net.rank[edge] == 3:
                net.surface[edge], net.width[edge] = "cement", 3.5
    lost = 0
    for g in rng.permutation(np.flatnonzero(good)):
        own = [e for e in net.edges_of(paths[g]) if net.rank[e] == 3 and net.users[e] == [g]]
        if len(own) > 25:
            net.gone.update(own[12:15])
            lost += 1
        if lost == 2:
            return


def _reached(net: Network, exits: Ints, *, least_width: float) -> set[int]:
    """Nodes reached from an exit by hardened road of that width (what the map has lost counts as there)."""
    near: dict[int, list[int]] = {}
    for (a, b), surface in net.surface.items():
        if surface in HARD and net.width[a, b] >= least_width:
            near.setdefault(a, []).append(b)
            near.setdefault(b, []).append(a)
    seen = {int(v) for v in exits}
    queue = deque(seen)
    while queue:
        for other in near.get(queue.popleft(), ()):
            if other not in seen:
                seen.add(other)
                queue.append(other)
    return seen


def _profile(ground: Floats, step_m: float) -> Floats:
    """Heights along a road: the ground's, evened until no stretch is steeper than 12 %, if its ends allow."""
    height = pinned(ground[:, None], 3.0)
    for _ in range(5):
        height = pinned(height, 8.0)
        if len(height) < 2 or np.abs(np.diff(height[:, 0])).max() < 0.12 * step_m:
            break
    return np.asarray(height[:, 0])


def carve(frame: Frame, z: Floats, lines: list[LineString]) -> Floats:
    """The relief with the roads cut into it: along a road the ground is as even as its builders made it.

    `lines` are the roads for vehicles between junctions. Junctions keep the height of the ground.
    """
    ground = ndi.gaussian_filter(z, 2.0)
    total, count = np.zeros(z.shape), np.zeros(z.shape)
    for line in lines:
        at = np.linspace(0.0, line.length, max(2, int(line.length / 6.0) + 1))
        rows, cols = frame.cell_of(shapely.get_coordinates(shapely.line_interpolate_point(line, at)), FINE_M)
        height = _profile(ground[rows, cols], line.length / (len(at) - 1))
        np.add.at(total, (rows, cols), height)
        np.add.at(count, (rows, cols), 1.0)
    on = count > 0
    away, at = ndi.distance_transform_edt(~on, return_indices=True)
    target = (total / np.maximum(count, 1.0))[tuple(at)]
    weight = np.select([away <= 1.0, away < 1.5, away < 2.3], [1.0, 0.85, 0.45], 0.0)
    return np.asarray(weight * target + (1 - weight) * z)
