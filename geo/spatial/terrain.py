"""The terrain model: elevation on a square grid, metres, north up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pyproj import CRS

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Terrain:
    """Elevation in metres, float32 (rows, cols), row 0 in the north, NaN where void.

    (`west`, `north`) is the outer corner of cell (0, 0); `cell` the side in metres.
    """

    elevation: npt.NDArray[np.float32]
    west: float
    north: float
    cell: float
    crs: CRS

    @property
    def shape(self) -> tuple[int, int]:
        return self.elevation.shape

    def cells(self, x: Floats, y: Floats) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Row and column of each point; may lie outside the grid."""
        return (
            np.floor((self.north - y) / self.cell).astype(np.int64),
            np.floor((x - self.west) / self.cell).astype(np.int64),
        )

    def sample(self, x: Floats, y: Floats) -> Floats:
        """Elevation at points, bilinear between cell centres; NaN outside and beside voids."""
        from geo.spatial.bilinear import bilinear  # compiled: who only reads files needs no compiler

        x, y = np.asarray(x, float), np.asarray(y, float)
        height: Floats = bilinear(self.elevation, self.west, self.north, self.cell, x.ravel(), y.ravel())
        return height.reshape(x.shape)

    def slope(self) -> npt.NDArray[np.float32]:
        """Slope as a ratio (m/m), Horn 1981, (rows, cols); NaN at the edge and beside voids."""
        z = np.pad(self.elevation, 1, constant_values=np.nan)
        east = (z[:-2, 2:] + 2 * z[1:-1, 2:] + z[2:, 2:]) - (z[:-2, :-2] + 2 * z[1:-1, :-2] + z[2:, :-2])
        south = (z[2:, :-2] + 2 * z[2:, 1:-1] + z[2:, 2:]) - (z[:-2, :-2] + 2 * z[:-2, 1:-1] + z[:-2, 2:])
        return (np.hypot(east, south) / (8 * self.cell)).astype(np.float32)
