"""Small questions about lines on the map."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry


def split_along(
    line: BaseGeometry, others: npt.NDArray[Any], near_m: float
) -> tuple[BaseGeometry, BaseGeometry]:
    """The parts of `line` within `near_m` of one of the `others`, and the rest; either may be empty."""
    near = others[np.asarray(shapely.dwithin(others, line, near_m), bool)] if len(others) else others
    if not len(near):
        return shapely.LineString(), line
    along = shapely.union_all(shapely.buffer(near, near_m))
    return line.intersection(along), line.difference(along)
