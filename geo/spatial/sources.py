"""From which of many points is each cell best served, by how far away and how far below it they lie?"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from geo.spatial.terrain import Terrain

Floats = npt.NDArray[np.float64]


def best_source(
    xy: Floats,
    height: Floats,
    terrain: Terrain,
    where: npt.NDArray[np.bool_],
    *,
    good_m: float,
    limit_m: float,
    lift_m: float,
) -> npt.NDArray[np.float32]:
    """The best grade of any point (n, 2) at `height` (n,) for every cell, 0 to 1, (rows, cols).

    Only cells `where` (rows, cols) is true are looked at; the others stay 0.
    A grade is that of the distance on the map (1 up to `good_m`, 0 from `limit_m` on) times that of the
    lift (1 where the point lies no lower than the cell, 0 from `lift_m` on); straight between. Where
    `limit_m` is no greater than `good_m`, all within it is good. Points
    of unknown height, and cells of unknown ground, are served by none.
    """
    best = np.zeros(terrain.shape, np.float32)
    _best(
        np.ascontiguousarray(xy, np.float64),
        np.ascontiguousarray(height, np.float64),
        terrain.elevation,
        where,
        (terrain.west, terrain.north, terrain.cell),
        (good_m, limit_m, lift_m),
        best,
    )
    return best


@njit(cache=True, nogil=True)
def _best(xy, height, ground, where, place, bounds, best):  # type: ignore[no-untyped-def]
    west, north, cell = place
    good, limit, lift_max = bounds
    rows, cols = best.shape
    for i in range(len(xy)):
        r0 = max(0, int(np.floor((north - xy[i, 1] - limit) / cell)))
        r1 = min(rows - 1, int(np.floor((north - xy[i, 1] + limit) / cell)))
        c0 = max(0, int(np.floor((xy[i, 0] - limit - west) / cell)))
        c1 = min(cols - 1, int(np.floor((xy[i, 0] + limit - west) / cell)))
        for r in range(r0, r1 + 1):
            dy = north - (r + 0.5) * cell - xy[i, 1]
            for c in range(c0, c1 + 1):
                if not where[r, c]:
                    continue
                dx = west + (c + 0.5) * cell - xy[i, 0]
                away = np.sqrt(dx * dx + dy * dy)
                if away > limit:
                    continue
                near = 1.0 if away <= good else (limit - away) / (limit - good)
                if near <= best[r, c]:
                    continue
                lift = ground[r, c] - height[i]
                if np.isnan(lift):
                    continue
                flows = 1.0 if lift <= 0.0 else max(0.0, 1.0 - lift / lift_max) if lift < lift_max else 0.0
                if near * flows > best[r, c]:
                    best[r, c] = near * flows
