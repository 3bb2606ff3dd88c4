"""From network edges to road features: smoothed chains between junctions, bridges of their own."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry import LineString
from shapely.ops import substring

from .grid import COARSE_M, Floats, Frame, eased
from .rivers import Waters
from .roads import CLASSES, HARD, Edge, Network, Roads

RIVER_WIDTH_M = 18.0


def road_frame(
    frame: Frame, roads: Roads, waters: Waters, outline: shapely.Geometry, crs: object
) -> gpd.GeoDataFrame:
    """Roads as the contract of `geo.layers` has them, but for names and years; clipped to the outline."""
    net = roads.network
    chains = _chains(net)
    records, lines = [], []
    for nodes, edge in chains:
        xy = frame.xy_of(np.array(nodes) // net.n, np.array(nodes) % net.n, COARSE_M)
        line = LineString(eased(xy, 24.0)).simplify(0.8)
        if net.rank[edge] <= 1:
            line = _longest(line.intersection(outline))
        if line is None or line.length < 1:
            continue
        for piece, bridge in _bridged(line, waters.river):
            lines.append(piece)
            records.append(
                {
                    "class": CLASSES[net.rank[edge]],
                    "surface": net.surface[edge],
                    "width": net.width[edge],
                    "lead": net.users[edge][0],
                    "serving": net.surface[edge] in HARD and nodes[0] in roads.serving,
                    "wide": net.surface[edge] in HARD and net.width[edge] >= 3.5 and nodes[0] in roads.wide,
                    "bridge": bridge,
                }
            )
    out = gpd.GeoDataFrame(records, geometry=lines, crs=crs)
    out["hardened"] = out["surface"].isin(HARD)
    out["width"] = out["width"] + 0.0
    return out


def _longest(shape: shapely.Geometry) -> LineString | None:
    if shape.is_empty:
        return None
    parts = [p for p in getattr(shape, "geoms", [shape]) if p.geom_type == "LineString"]
    return max(parts, key=lambda p: p.length) if parts else None


def _bridged(line: LineString, river: LineString) -> list[tuple[LineString, bool]]:
    """The line cut into road and bridge where it crosses the river."""
    hits = shapely.get_parts(line.intersection(river))
    at = sorted(line.project(p) for p in hits if p.geom_type == "Point")
    half = RIVER_WIDTH_M / 2 + 12
    spans: list[list[float]] = []
    for s in at:
        low, high = max(0.0, s - half), min(line.length, s + half)
        if spans and low - spans[-1][1] < 15:
            spans[-1][1] = high
        else:
            spans.append([low, high])
    pieces, start = [], 0.0
    for low, high in spans:
        if low - start > 0.5:
            pieces.append((substring(line, start, low), False))
        pieces.append((substring(line, low, high), True))
        start = high
    if line.length - start > 0.5:
        pieces.append((substring(line, start, line.length), False))
    return pieces


def _key(net: Network, edge: Edge) -> tuple[int, str, float, int]:
    rank = net.rank[edge]
    lead = net.users[edge][0] if rank >= 1 else 0
    return rank, net.surface[edge], net.width[edge], lead


def _chains(net: Network) -> list[tuple[list[int], Edge]]:
    """Runs of like edges between junctions, ends and changes."""
    near: dict[int, list[Edge]] = {}
    for edge in net.rank:
        if edge in net.gone:
            continue
        for node in edge:
            near.setdefault(node, []).append(edge)

    def stops(node: int) -> bool:
        edges = near[node]
        return len(edges) != 2 or node in net.ends or _key(net, edges[0]) != _key(net, edges[1])

    done: set[Edge] = set()
    chains = []
    for node in [v for v in near if stops(v)]:
        for edge in near[node]:
            if edge in done:
                continue
            run = [node]
            step = edge
            while True:
                done.add(step)
                run.append(step[0] if step[1] == run[-1] else step[1])
                if stops(run[-1]):
                    break
                a, b = near[run[-1]]
                step = b if a == step else a
            chains.append((run, edge))
    return chains


def dense_vertices(line: LineString, step_m: float = 20.0) -> Floats:
    """Vertices of a line, no two farther apart than `step_m`."""
    return np.asarray(shapely.segmentize(line, step_m).coords)
