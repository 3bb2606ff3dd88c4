"""Roads: least-cost lines over the relief, from the county road down to the last group."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import numpy as np
import scipy.sparse as sp
from rasterio import features
from rasterio.transform import from_origin
from scipy import ndimage as ndi

from .grid import COARSE_M, FINE_M, SIDE_M, Bools, Floats, Frame, Ints, spread, step_graph, trace
from .rivers import Waters, river_y
from .settlements import Settlements, slope_of

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
        for a, b in zip(path[:-1], path[1:], strict=True):
            edge = (min(a, b), max(a, b))
            if edge in self.rank and self.rank[edge] < rank:
                continue
            self.rank[edge] = rank
            self.users.setdefault(edge, []).append(user)

    def edges_of(self, path: list[int]) -> list[Edge]:
        return [(min(a, b), max(a, b)) for a, b in zip(path[:-1], path[1:], strict=True)]


@dataclass(frozen=True)
class Roads:
    """The network, and which groups and village offices hardened road really reaches."""

    network: Network
    served: Bools
    office_served: Bools


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
    _grow(net, graph, net.nodes(), offices, rank=2, users=list(range(len(offices))))
    groups = _nodes(frame, homes.xy)
    paths = _grow(net, graph, net.nodes(), groups, rank=3, users=list(range(len(groups))))
    spots = _nodes(frame, clusters[:, 1:])
    _grow(net, graph, net.nodes(), spots, rank=4, users=[int(g) for g in clusters[:, 0]])
    net.ends |= {int(v) for v in (*targets, *offices, *groups)}
    _footpaths(frame, net, graph, homes, groups)
    _finish(frame, net, homes, paths)
    served, paved = _served(net, targets, groups), _served(net, targets, offices)
    return Roads(net, served, paved)


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


def _footpaths(frame: Frame, net: Network, graph: sp.csr_array, homes: Settlements, groups: Ints) -> None:
    """Some two dozen old paths between neighbouring groups."""
    rng = frame.rng("footpaths")
    away = np.hypot(*(homes.xy[:, None] - homes.xy[None]).transpose(2, 0, 1))
    pairs = [(int(a), int(np.argsort(away[a])[rng.integers(1, 3)])) for a in rng.permutation(len(groups))[:24]]
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
    good = rng.random(len(paths)) < np.where(poor, 0.42, 0.86)
    narrow = rng.random(len(paths)) < 0.05
    unpaved = int(rng.choice(np.flatnonzero(homes.poor)))
    for edge, rank in net.rank.items():
        users = net.users[edge]
        name, width = _finish_of(rank, users, good, narrow, unpaved, users[0])
        net.surface[edge], net.width[edge] = name, width
    _stubs_and_gaps(net, rng, good, paths)


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


def _stubs_and_gaps(net: Network, rng: np.random.Generator, good: Bools, paths: list[list[int]]) -> None:
    """Six hardened stubs that lead nowhere; three places where the map has lost a piece of road."""
    for g in rng.permutation(np.flatnonzero(~good))[:6]:
        for edge in net.edges_of(paths[g])[:9]:
            if net.rank[edge] == 3:
                net.surface[edge], net.width[edge] = "cement", 3.5
    lost = 0
    for g in rng.permutation(np.flatnonzero(good)):
        own = [e for e in net.edges_of(paths[g]) if net.rank[e] == 3 and net.users[e] == [g]]
        if len(own) > 25:
            net.gone.update(own[12:15])
            lost += 1
        if lost == 3:
            return


def _served(net: Network, exits: Ints, groups: Ints) -> Bools:
    """Which groups are reached by hardened road of 3.5 m from an exit (gaps of the map do not count)."""
    near: dict[int, list[int]] = {}
    for (a, b), surface in net.surface.items():
        if surface in ("cement", "asphalt") and net.width[a, b] >= 3.5:
            near.setdefault(a, []).append(b)
            near.setdefault(b, []).append(a)
    seen = {int(v) for v in exits}
    queue = deque(seen)
    while queue:
        for other in near.get(queue.popleft(), ()):
            if other not in seen:
                seen.add(other)
                queue.append(other)
    return np.array([int(g) in seen for g in groups])


def carve(frame: Frame, z: Floats, net: Network) -> Floats:
    """The relief with the roads cut into it: along a road the ground is as even as its builders made it."""
    mask = np.zeros(z.shape, bool)
    edges = np.array([e for e, rank in net.rank.items() if rank <= 4])
    a = frame.xy_of(edges[:, 0] // net.n, edges[:, 0] % net.n, COARSE_M)
    b = frame.xy_of(edges[:, 1] // net.n, edges[:, 1] % net.n, COARSE_M)
    for t in np.linspace(0, 1, 7):
        rows, cols = frame.cell_of(a + t * (b - a), FINE_M)
        mask[rows, cols] = True
    share = ndi.gaussian_filter(mask.astype(float), 3.0, truncate=3)
    even = ndi.gaussian_filter(np.where(mask, z, 0.0), 3.0, truncate=3) / np.maximum(share, 1e-9)
    wide = ndi.binary_dilation(mask, np.ones((3, 3)))
    target = np.where(wide, even, z)
    target = np.where(wide & ~mask, 0.7 * target + 0.3 * z, target)
    return np.asarray(np.where(wide, target, z))
