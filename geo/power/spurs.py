"""10 kV spurs: how the new transformers are joined to the lines, sharing where they can."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
import shapely
from scipy.sparse.csgraph import breadth_first_order, dijkstra

from geo.area import Area
from geo.corridors import Corridors
from geo.power.candidates import Sites, in_hazard
from geo.power.poles import raised
from geo.spatial.network import steiner_tree
from geo.standards import Standard

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_UNDER_M = 1.0  # a transformer this near its line stands under it


@dataclass(frozen=True)
class Spurs:
    """Of each new transformer (by its row in the sites): its spur from where it begins to the transformer.

    `site` rows of the sites; `parent` the site a spur begins at, -1 where at a line; `path`
    its points (k, 3) at most a span apart; `line` by site the line it hangs on,
    sites that stand under theirs included: these need no spur. `gap` as a share.
    """

    site: Ints
    parent: Ints
    path: tuple[Floats, ...]
    line: Mapping[int, Any]
    gap: float

    @property
    def metres(self) -> Floats:
        """Length of each along the ground."""
        return np.array([float(_chainage(p)[-1]) for p in self.path])

    @property
    def geometry(self) -> npt.NDArray[np.object_]:
        """Each as a line on the map."""
        return np.array([shapely.LineString(p[:, :2]) for p in self.path], object)

    def profile(self, k: int) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
        """Chainage and elevation of one."""
        return np.column_stack([_chainage(self.path[k]), self.path[k][:, 2]])


def spurs(
    area: Area, sites: Sites, places: Ints, standard: Standard, corridors: Corridors | None = None
) -> Spurs:
    """The cheapest tree that joins the chosen sites `places` (negative ones are none) to the lines.

    Spurs are straight; one that would cross a hazard zone goes around it over the ground of
    `corridors`, where these are given and a way around exists.
    """
    site = np.unique(places[places >= 0])
    n = len(site)
    xyz, link = sites.xyz[site], sites.mv_m[site]
    if not n:
        none = np.empty(0, np.int64)
        return Spurs(none, none, (), {}, 0.0)
    i, j = np.triu_indices(n, 1)
    apart = np.hypot.reduce(xyz[i] - xyz[j], axis=1)
    near = apart < np.maximum(link[i], link[j])  # a longer one never replaces the way to the line
    i, j, apart = i[near], j[near], apart[near]
    weight = np.maximum(np.concatenate([apart, link]), 0.1)
    rows, cols = np.concatenate([i, np.arange(n)]), np.concatenate([j, np.full(n, n)])
    graph = sp.coo_array((weight, (rows, cols)), shape=(n + 1, n + 1)).tocsr()
    found = steiner_tree(graph + graph.T, np.arange(n + 1), work=0)
    tree = sp.coo_array((np.ones(len(found.edges)), found.edges.T), shape=(n + 1, n + 1)).tocsr()
    order, before = breadth_first_order(tree, n, directed=False)
    up = before[:n]
    at_line = up == n
    safe = np.where(at_line, 0, up)
    begin = np.where(at_line[:, None], sites.begin[site], xyz[safe])
    line = sites.line[site].copy()
    for node in order[1:]:  # from the line outward; as many as there are new transformers
        if not at_line[node]:
            line[node] = line[up[node]]
    ends = np.stack([begin[:, :2], xyz[:, :2]], axis=1)
    crosses = in_hazard(area, np.asarray(shapely.linestrings(ends), object))
    under = at_line & (np.hypot(*(ends[:, 1] - ends[:, 0]).T) < _UNDER_M)
    path = []
    for pair, bad in zip(ends[~under], crosses[~under], strict=True):
        flat = _around(area, corridors, pair) if bad and corridors is not None else None
        path.append(_on_ground(area, pair if flat is None else flat, standard["power.span_m"]))
    parent = np.where(at_line | under[safe], -1, site[safe])
    of = dict(zip(site.tolist(), line, strict=True))
    return Spurs(site[~under], parent[~under], tuple(path), of, found.gap)


def _around(area: Area, corridors: Corridors, ends: Floats) -> Floats | None:
    """The cheapest way between two points (2, 2), smoothed; None where it crosses a zone too."""
    ground = corridors.local("line", ends, margin_m=corridors.standard["power.spur_look_m"])
    start, goal = ground.node_of(ends)[0]
    _, before = dijkstra(ground.graph, directed=False, indices=start, return_predecessors=True)
    if start != goal and before[goal] < 0:
        return None
    nodes = [int(goal)]
    while nodes[-1] != start:
        nodes.append(int(before[nodes[-1]]))
    rough = shapely.LineString(np.concatenate([ends[:1], ground.xy[nodes[::-1]], ends[1:]]))
    for tolerance in (4 * ground.cell_m, ground.cell_m, 0.0):
        smooth = rough.simplify(tolerance)
        if not in_hazard(area, np.array([smooth], object))[0]:
            return np.asarray(shapely.get_coordinates(smooth), np.float64)
    return None


def _on_ground(area: Area, flat: Floats, span_m: float) -> Floats:
    """Points of a line with the ground's elevation, at most a span apart."""
    dense = shapely.segmentize(shapely.LineString(flat), span_m)
    return raised(area, shapely.get_coordinates(dense))


def _chainage(path: Floats) -> Floats:
    steps = np.hypot.reduce(np.diff(path, axis=0), axis=1)
    return np.asarray(np.concatenate([[0.0], np.cumsum(steps)]), np.float64)
