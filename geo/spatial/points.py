"""Coordinates of points, some of which may be nowhere."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely


def coordinates(points: Any) -> npt.NDArray[np.float64]:
    """x and y of an array of points, (n, 2), NaN where a geometry is missing, empty or no point."""
    points = np.array(points, dtype=object)
    points[shapely.is_empty(points)] = None
    return np.stack([shapely.get_x(points), shapely.get_y(points)], axis=1)
