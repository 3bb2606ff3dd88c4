"""10 kV spurs: how the new transformers are joined to the lines, sharing where they can."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from scipy.sparse.csgraph import breadth_first_order

from geo.power.candidates import Sites
from geo.spatial.network import steiner_tree

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Spurs:
    """Of each new transformer (by its row in the sites): the spur `begin` (n, 3) to `end`, its metres.

    `site` rows of the sites; `parent` the site a spur begins at, -1 where at a line; `line`
    the line everything hangs on. `gap` as a share.
    """

    site: Ints
    parent: Ints
    begin: Floats
    end: Floats
    metres: Floats
    line: npt.NDArray[Any]
    gap: float


def spurs(sites: Sites, places: Ints) -> Spurs:
    """The cheapest tree that joins the chosen sites `places` (negative ones are none) to the lines."""
    site = np.unique(places[places >= 0])
    n = len(site)
    xyz, link = sites.xyz[site], sites.mv_m[site]
    if not n:
        none = np.empty(0, np.int64)
        return Spurs(none, none, np.empty((0, 3)), np.empty((0, 3)), np.empty(0), np.empty(0, object), 0.0)
    i, j = np.triu_indices(n, 1)
    apart = np.hypot.reduce(xyz[i] - xyz[j], axis=1)
    near = apart < np.maximum(link[i], link[j])  # a longer one never replaces the way to the line
    i, j, apart = i[near], j[near], apart[near]
    weight = np.maximum(np.concatenate([apart, link]), 0.1)
    rows, cols = np.concatenate([i, np.arange(n)]), np.concatenate([j, np.full(n, n)])
    graph = sp.coo_array((weight, (rows, cols)), shape=(n + 1, n + 1)).tocsr()
    found = steiner_tree(graph + graph.T, np.arange(n + 1), exact_seconds=0.0)
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
    metres = np.hypot.reduce(xyz - begin, axis=1)
    return Spurs(site, np.where(at_line, -1, site[safe]), begin, xyz, metres, line, found.gap)
