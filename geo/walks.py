"""Between the grid and the world: where a walk steps onto the grid, and where it leaves it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from geo.footing import Footing
from geo.spatial.cells import cells_along, cells_inside, centres, nearest_open
from geo.spatial.steps import walking_seconds
from geo.spatial.terrain import Terrain

BESIDE_CELLS = 1.0
"""A line target is entered from cells with their centre this near: on both sides, so that none overshoots."""

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Walk:
    """Tobler's function, the speed off the road, and how far a point on barred ground is moved."""

    top_m_s: float
    decay: float
    best_slope: float
    max_slope: float
    offroad: float
    move_m: float


def ends(
    walk: Walk, shapes: npt.NDArray[np.object_], terrain: Terrain, footing: Footing
) -> tuple[Ints, Floats, Ints]:
    """Where walks end: cell (m,), the point of the target beside it (m, 2), row of the target (m,)."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    kind = shapely.get_type_id(parts)
    point, area = kind == 0, kind == 3
    at = shapely.get_coordinates(parts[point])
    whose = owner[point][~shapely.is_empty(parts[point])]
    inside = on_terrain(at, terrain)
    cell, row = doors(walk, at[inside], terrain, footing)[:2]
    along, goal, line = cells_along(parts[~point], terrain, reach=BESIDE_CELLS * terrain.cell)
    clear = ~footing.barriers.crossed(np.hstack([centres(along, terrain), goal]))
    along, goal, line = along[clear], goal[clear], line[clear]
    within, polygon = cells_inside(parts[area], terrain)
    return (
        np.concatenate([cell, along, within]),
        np.concatenate([at[inside][row], goal, centres(within, terrain)]),
        np.concatenate([whose[inside][row], owner[~point][line], owner[area][polygon]]),
    )


def doors(walk: Walk, xy: Floats, terrain: Terrain, footing: Footing) -> tuple[Ints, Ints, Bools]:
    """The open cells a point steps onto: cell (m,), point (m,), and which points had to be moved (n,).

    The four cell centres around the point that no barrier parts from it, else the nearest open cell within
    `walk.move_m`.
    """
    rows, cols = terrain.shape
    r = np.floor((terrain.north - xy[:, 1]) / terrain.cell - 0.5).astype(np.int64)
    c = np.floor((xy[:, 0] - terrain.west) / terrain.cell - 0.5).astype(np.int64)
    around_r = np.clip(r[:, None] + np.array([0, 0, 1, 1]), 0, rows - 1)
    around_c = np.clip(c[:, None] + np.array([0, 1, 0, 1]), 0, cols - 1)
    cell = (around_r * cols + around_c).ravel()
    point = np.repeat(np.arange(len(xy)), 4)
    shut = np.isinf(footing.slowness)
    clear = ~shut.ravel()[cell]
    clear &= ~footing.barriers.crossed(np.hstack([centres(cell, terrain), xy[point]]))
    moved = np.ones(len(xy), bool)
    moved[point[clear]] = False
    lost = np.flatnonzero(moved)
    near = nearest_open(xy[lost], shut, terrain, reach=walk.move_m)
    found = near >= 0
    return (
        np.concatenate([cell[clear], near[found]]),
        np.concatenate([point[clear], lost[found]]),
        moved,
    )


def legs(
    walk: Walk, terrain: Terrain, footing: Footing, cell: Ints, xy: Floats, *, to_cell: bool
) -> tuple[Floats, Floats]:
    """Seconds and metres between cell centres and points beside them; `to_cell` from the point."""
    centre = centres(cell, terrain)
    run = np.hypot(*(xy - centre).T)
    rise = np.nan_to_num(
        terrain.sample(xy[:, 0], xy[:, 1]) - terrain.elevation.ravel()[cell].astype(np.float64)
    )
    slow = footing.slowness.ravel()[cell].astype(np.float64)
    seconds = walking_seconds(
        run,
        -rise if to_cell else rise,
        slow,
        top_m_s=walk.top_m_s,
        decay=walk.decay,
        best_slope=walk.best_slope,
    )
    return seconds, np.hypot(run, rise)


def straight_walks(
    walk: Walk, terrain: Terrain, footing: Footing, ends: Floats, *, pieces: int
) -> tuple[Floats, Floats]:
    """Seconds and metres of straight walks x0, y0, x1, y1 over the terrain, in equal pieces;
    seconds are inf where a piece is barred or too steep."""
    t = np.linspace(0, 1, pieces + 1)
    x = ends[:, 0, None] + t * (ends[:, 2] - ends[:, 0])[:, None]
    y = ends[:, 1, None] + t * (ends[:, 3] - ends[:, 1])[:, None]
    rise = np.nan_to_num(np.diff(terrain.sample(x, y), axis=1))
    run = np.repeat(np.hypot(ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1])[:, None] / pieces, pieces, 1)
    r, c = terrain.cells((x[:, 1:] + x[:, :-1]) / 2, (y[:, 1:] + y[:, :-1]) / 2)
    r, c = np.clip(r, 0, terrain.shape[0] - 1), np.clip(c, 0, terrain.shape[1] - 1)
    slow = footing.slowness[r, c].astype(np.float64)
    slow[(np.abs(rise) > walk.max_slope * run) & ~footing.made[r, c]] = np.inf
    seconds = walking_seconds(
        run, rise, slow, top_m_s=walk.top_m_s, decay=walk.decay, best_slope=walk.best_slope
    )
    return seconds.sum(axis=1), np.hypot(run, rise).sum(axis=1)


def on_terrain(xy: Floats, terrain: Terrain) -> Bools:
    """Which points lie on the grid."""
    rows, cols = terrain.shape
    east, south = terrain.west + cols * terrain.cell, terrain.north - rows * terrain.cell
    inside: Bools = (
        (xy[:, 0] >= terrain.west) & (xy[:, 0] < east) & (xy[:, 1] > south) & (xy[:, 1] <= terrain.north)
    )
    return inside
