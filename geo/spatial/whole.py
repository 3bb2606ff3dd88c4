"""Terrain without holes, fine enough and far enough: what is built on wants a height everywhere.

Heights that nobody measured are taken from the ground around. They let a line go on; who designs with
them has to say so (`Corridors.unmeasured`).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
from pyproj import CRS

from geo.spatial.terrain import Terrain
from geo.spatial.voids import fill_voids
from geo.spatial.windows import between

Floats = npt.NDArray[np.float64]
Bounds = tuple[float, float, float, float]
"""West, south, east, north, metres."""

MOST_CELLS = 60_000_000
"""A terrain is not carried on to more cells than one may be read with: a fine one of a small part of
a large area would not fit into memory."""


def flat(bounds: Bounds, cell_m: float, crs: CRS) -> Terrain:
    """Level ground at height 0 under `bounds`."""
    west, south, east, north = bounds
    rows, cols = (int(np.ceil(s / cell_m)) for s in (north - south, east - west))
    return Terrain(np.zeros((rows, cols), np.float32), west, north, cell_m, crs)


def refined(terrain: Terrain, cell_m: float) -> Terrain:
    """The same with voids filled, in cells no larger than `cell_m`: straight between the centres."""
    filled = replace(terrain, elevation=fill_voids(terrain.elevation))
    finer = int(np.ceil(terrain.cell / cell_m - 1e-9))
    if finer <= 1:
        return filled
    rows, cols = (n * finer for n in terrain.shape)
    cell = terrain.cell / finer
    x = terrain.west + (np.arange(cols) + 0.5) * cell
    y = terrain.north - (np.arange(rows) + 0.5) * cell
    height = between(filled.elevation, np.asarray((x - terrain.west) / terrain.cell, np.float64), axis=1)
    height = between(height, np.asarray((terrain.north - y) / terrain.cell, np.float64), axis=0)
    return Terrain(height, terrain.west, terrain.north, cell, terrain.crs)


def carried_on(terrain: Terrain, bounds: Bounds) -> Terrain:
    """The same as far as `bounds` reach beyond it, the farther the more level (`fill_voids`); itself where
    they do not, or where it would have more than `MOST_CELLS`."""
    rows, cols = terrain.shape
    east, south = terrain.west + cols * terrain.cell, terrain.north - rows * terrain.cell
    over = np.array(
        [terrain.west - bounds[0], bounds[2] - east, bounds[3] - terrain.north, south - bounds[1]]
    )
    left, right, up, down = (int(n) for n in np.nan_to_num(np.maximum(np.ceil(over / terrain.cell), 0)))
    if not (left or right or up or down) or (rows + up + down) * (cols + left + right) > MOST_CELLS:
        return terrain
    height = np.pad(terrain.elevation, ((up, down), (left, right)), constant_values=np.nan)
    west, north = terrain.west - left * terrain.cell, terrain.north + up * terrain.cell
    return Terrain(fill_voids(height), west, north, terrain.cell, terrain.crs)


def heights(terrain: Terrain, xy: Floats) -> Floats:
    """Elevation of points (n, 2) of a terrain without voids; beyond its edge that of the nearest spot."""
    rows, cols = terrain.shape
    # to the outer centres, not to the edge: rounding may put that outside, and beyond the centres it is level
    x = np.clip(xy[:, 0], terrain.west + terrain.cell / 2, terrain.west + (cols - 0.5) * terrain.cell)
    y = np.clip(xy[:, 1], terrain.north - (rows - 0.5) * terrain.cell, terrain.north - terrain.cell / 2)
    return terrain.sample(x, y)
