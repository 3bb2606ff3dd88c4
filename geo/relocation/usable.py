"""How steep is a site, and what of it is too steep to build on? Cells of the terrain within a polygon."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from geo.spatial.terrain import Terrain

Ints = npt.NDArray[np.int64]
Cells = tuple[Ints, Ints]
"""Rows and columns."""


@dataclass(frozen=True)
class Relief:
    """Slope (ratio, rise over run) and elevation (m) of a site, and its ground above the steepest allowed.

    `known` is the share of its cells where the slope is known; means are over those.
    """

    slope_mean: float
    slope_max: float
    elevation_mean: float
    known: float
    steep: BaseGeometry


def cells_within(site: BaseGeometry, terrain: Terrain) -> Cells:
    """Rows and columns of the cells whose centre lies in `site`, or the one cell of a site smaller than that.

    Only the window of the site is looked at. Empty where the site is off the grid.
    """
    r0, r1, c0, c1 = _window(site, terrain)
    x = terrain.west + (np.arange(c0, c1) + 0.5) * terrain.cell
    y = terrain.north - (np.arange(r0, r1) + 0.5) * terrain.cell
    shapely.prepare(site)
    inside = shapely.contains_xy(site, *np.meshgrid(x, y))
    rows, cols = np.nonzero(inside)
    if len(rows):
        return rows + r0, cols + c0
    middle = site.representative_point()
    row, col = terrain.cells(np.array([middle.x]), np.array([middle.y]))
    on = (row >= 0) & (row < terrain.shape[0]) & (col >= 0) & (col < terrain.shape[1])
    return row[on], col[on]


def relief(
    site: BaseGeometry,
    cells: Cells,
    terrain: Terrain,
    slope: npt.NDArray[np.float32],
    *,
    slope_max: float,
) -> Relief:
    """Slope statistics of `site` from its `cells`; `slope` is `terrain.slope()`, kept by the caller."""
    rows, cols = cells
    values, heights = slope[rows, cols], terrain.elevation[rows, cols]
    good = np.isfinite(values)
    dry = heights[np.isfinite(heights)]
    return Relief(
        slope_mean=float(values[good].mean(dtype=float)) if good.any() else np.nan,
        slope_max=float(values[good].max()) if good.any() else np.nan,
        elevation_mean=float(dry.mean(dtype=float)) if len(dry) else np.nan,
        known=float(good.mean()) if len(good) else 0.0,
        steep=_steep(site, terrain, slope, slope_max),
    )


def _window(site: BaseGeometry, terrain: Terrain) -> tuple[int, int, int, int]:
    """First and last-but-one row and column of the cells the box of `site` touches."""
    west, south, east, north = shapely.bounds(site)
    rows, cols = terrain.cells(np.array([west, east]), np.array([north, south]))
    r0, r1 = np.clip([rows[0], rows[1] + 1], 0, terrain.shape[0])
    c0, c1 = np.clip([cols[0], cols[1] + 1], 0, terrain.shape[1])
    return int(r0), int(r1), int(c0), int(c1)


def _steep(
    site: BaseGeometry, terrain: Terrain, slope: npt.NDArray[np.float32], slope_max: float
) -> BaseGeometry:
    """The part of `site` on cells steeper than `slope_max`."""
    r0, r1, c0, c1 = _window(site, terrain)
    above = polygon_of(slope[r0:r1, c0:c1] > slope_max, terrain, r0, c0)
    return shapely.intersection(above, site)


def polygon_of(mask: npt.NDArray[np.bool_], terrain: Terrain, first_row: int, first_col: int) -> BaseGeometry:
    """The ground of the cells of a window that begins at `first_row` and `first_col`."""
    padded = np.zeros((mask.shape[0], mask.shape[1] + 2), np.int8)
    padded[:, 1:-1] = mask
    change = np.diff(padded, axis=1)
    row, first = np.nonzero(change == 1)
    _, after = np.nonzero(change == -1)
    west = terrain.west + (first + first_col) * terrain.cell
    east = terrain.west + (after + first_col) * terrain.cell
    north = terrain.north - (row + first_row) * terrain.cell
    runs: Any = shapely.box(west, north - terrain.cell, east, north)
    return shapely.union_all(runs)
