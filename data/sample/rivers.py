"""The river and its streams: where the water runs, and how high it stands."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from shapely.geometry import LineString

from .grid import MARGIN_M, SIDE_M, Floats, Frame, Ints, eased, noise, smoothstep, spread, step_graph, trace

STREAM_M = 50.0
RIVER_FLOW = 38_000.0
"""Dry-season flow of the river, m³/d."""
TILT = 0.0052
"""Fall of the land to the east, m/m: the river's own gradient, the same through a whole county."""


@dataclass(frozen=True)
class Waters:
    """Lines of flowing water, downstream last, with the height of the water at each vertex."""

    river: LineString
    river_z: Floats
    streams: tuple[LineString, ...]
    stream_z: tuple[Floats, ...]


def base_level(x: Floats) -> Floats:
    """Height of the river bed at easting x, metres: one inclined plane for all townships."""
    return 1245.0 - TILT * (np.asarray(x) - 552_000.0)


def river_y(frame: Frame, x: Floats, *, own: bool = True) -> Floats:
    """Northing of the river at easting x. Near the edges all townships share one course."""
    t = (np.asarray(x) - frame.x0) / SIDE_M
    shared = frame.y0 + 0.47 * SIDE_M + 500.0 * np.sin(2 * np.pi * t)
    if not own:
        return np.asarray(shared)
    rng = frame.rng("river")
    bend = np.zeros_like(t)
    for wave, size in ((2.5, 750.0), (4.3, 420.0), (8.1, 170.0), (15.7, 70.0), (24.3, 28.0)):
        bend += size * rng.uniform(0.7, 1.2) * np.sin(2 * np.pi * (wave * t + rng.uniform()))
    inside = np.minimum(t, 1 - t) * SIDE_M
    return np.asarray(shared + bend * smoothstep(inside, 900.0, 3500.0))


def draw_waters(frame: Frame) -> Waters:
    """The river from the west edge to the east edge, and the streams that join it."""
    x = np.arange(frame.x0 - MARGIN_M, frame.x0 + SIDE_M + MARGIN_M + 1, 20.0)
    river = LineString(np.column_stack([x, river_y(frame, x)]))
    streams, heights = _draw_streams(frame, river)
    return Waters(river, base_level(x), tuple(streams), tuple(heights))


def _draw_streams(frame: Frame, river: LineString) -> tuple[list[LineString], list[Floats]]:
    rng = frame.rng("streams")
    n = frame.side(STREAM_M)
    cost = np.exp(1.1 * noise(rng, n, 14, octaves=2))
    cost[frame.inset(STREAM_M) < 1700] *= 30.0
    graph = step_graph(cost, cell=STREAM_M)
    xy = np.asarray(river.coords)
    xy = xy[(xy[:, 0] > frame.x0 + 1800) & (xy[:, 0] < frame.x0 + SIDE_M - 1800)]
    rows, cols = frame.cell_of(xy, STREAM_M)
    at_river = np.unique(rows * n + cols)
    _, before = spread(graph, at_river)
    parent: dict[int, int] = {}
    for head in _stream_heads(frame, rng):
        path = trace(before, head)
        parent.update(pairwise(path))
    return _stream_lines(frame, parent, n)


def _stream_heads(frame: Frame, rng: np.random.Generator) -> list[int]:
    """Some 26 nodes well away from the river, the edges and each other."""
    n = frame.side(STREAM_M)
    tries = rng.uniform(1800, SIDE_M - 1800, (600, 2)) + frame.corner
    off = np.abs(tries[:, 1] - river_y(frame, tries[:, 0]))
    tries = tries[off > 1300]
    kept: list[Floats] = []
    for point in tries:
        if all(np.hypot(*(point - other)) > 1650 for other in kept):
            kept.append(point)
        if len(kept) == 26:
            break
    rows, cols = frame.cell_of(np.array(kept), STREAM_M)
    return [int(v) for v in rows * n + cols]


def _stream_lines(frame: Frame, parent: dict[int, int], n: int) -> tuple[list[LineString], list[Floats]]:
    """Chains of the tree between heads, joins and the river; heights rise away from the river."""
    from_up: dict[int, int] = {}
    for node in parent.values():
        from_up[node] = from_up.get(node, 0) + 1
    height = _node_heights(frame, parent, n)
    lines, heights = [], []
    starts = [v for v in parent if from_up.get(v, 0) != 1]
    for start in starts:
        chain = [start]
        while chain[-1] in parent:
            chain.append(parent[chain[-1]])
            if from_up.get(chain[-1], 0) != 1:
                break
        nodes: Ints = np.array(chain)
        xy = frame.xy_of(nodes // n, nodes % n, STREAM_M)
        if chain[-1] not in parent:  # the mouth: end on the river itself
            x = xy[-1, 0]
            xy[-1] = (x, float(river_y(frame, np.array([x]))[0]))
        smooth = eased(xy, 55.0, step_m=20.0)
        along = np.linspace(0, len(chain) - 1, len(smooth))
        lines.append(LineString(smooth))
        heights.append(np.interp(along, np.arange(len(chain)), [height[v] for v in chain]))
    return lines, heights


def _node_heights(frame: Frame, parent: dict[int, int], n: int) -> dict[int, float]:
    """Height of the water at every node: steeper the farther up."""
    height: dict[int, float] = {}
    run: dict[int, float] = {}
    for node in parent:
        chain = [node]
        while chain[-1] in parent and chain[-1] not in height:
            chain.append(parent[chain[-1]])
        end = chain[-1]
        if end not in height:
            x = frame.xy_of(np.array([end // n]), np.array([end % n]), STREAM_M)[0, 0]
            height[end], run[end] = float(base_level(np.array(x))), 0.0
        for here, below in zip(chain[-2::-1], chain[:0:-1], strict=True):
            step = STREAM_M * np.hypot(here // n - below // n, here % n - below % n)
            run[here] = run[below] + step
            height[here] = height[below] + step * min(0.016 + 0.010 * run[here] / 1000, 0.042)
    return height
