"""Where does a raster cross a level? Lines through the cell centres, and the ground at or above it."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

Floats = npt.NDArray[np.float64]

_ASIDE = 1e-4
"""How near to a centre a line may come, as a share of a cell: where one ran through a centre that lies just
at the level, more than two pieces would meet there, and nobody could say which of them belong together."""

# corners of a square of four centres: 0 north-west, 1 north-east, 2 south-east, 3 south-west; its sides:
# 0 north, 1 east, 2 south, 3 west. For each of the 16 cases the pairs of sides a line joins.
_SIDES = ((0, 1), (1, 2), (3, 2), (0, 3))
_CASES: dict[int, tuple[tuple[int, int], ...]] = {
    1: ((3, 0),), 2: ((0, 1),), 3: ((3, 1),), 4: ((1, 2),), 5: ((3, 0), (1, 2)),
    6: ((0, 2),), 7: ((3, 2),), 8: ((2, 3),), 9: ((2, 0),), 10: ((0, 1), (2, 3)),
    11: ((2, 1),), 12: ((1, 3),), 13: ((1, 0),), 14: ((0, 3),),
}  # fmt: skip


def isolines(
    values: npt.NDArray[Any], level: float, *, west: float, north: float, cell: float
) -> BaseGeometry:
    """Lines where `values` (rows, cols; at cell centres, row 0 in the north) cross `level`, metres.

    Marching squares, straight between centres, just past a centre that lies at the level. (`west`,
    `north`) is the outer corner of cell (0, 0).
    Squares with a NaN corner have no line.
    """
    z = np.asarray(values)
    if min(z.shape) < 2:
        return shapely.MultiLineString()
    above = (z >= np.float64(level)).view(np.uint8)
    cases = above[:-1, :-1] | above[:-1, 1:] << 1 | above[1:, 1:] << 2 | above[1:, :-1] << 3
    rows, cols = np.nonzero((cases > 0) & (cases < 15))  # few of all squares are crossed
    corner = np.stack([z[rows + r, cols + c] for r, c in ((0, 0), (0, 1), (1, 1), (1, 0))]).astype(np.float64)
    corner -= level
    case = np.where(np.isnan(corner).any(axis=0), 0, cases[rows, cols])
    pieces = [
        np.stack([_on_side(corner[:, at], rows[at], cols[at], side) for side in pair], axis=1)
        for number, pairs in _CASES.items()
        for at in [np.flatnonzero(case == number)]
        for pair in pairs
    ]
    ends = np.concatenate(pieces) * [cell, -cell] + [west + 0.5 * cell, north - 0.5 * cell]
    # two squares reckon the point on their common side from opposite ends: rounding makes it the same one
    lines = np.asarray(shapely.linestrings(np.round(ends, 6)), object)
    merged: Any = shapely.line_merge(shapely.multilinestrings(lines[shapely.length(lines) > 0]))
    return cast(BaseGeometry, merged)


def ground_above(
    values: npt.NDArray[Any], level: float, *, west: float, north: float, cell: float
) -> BaseGeometry:
    """The ground where `values` are at or above `level`: polygons with holes; NaN is below."""
    z = np.pad(np.where(np.isnan(values), -np.inf, values), 1, constant_values=-np.inf)
    z = np.maximum(z, level - max(1.0, abs(level)))
    lines = isolines(z, level, west=west - cell, north=north + cell, cell=cell)
    closed = shapely.get_parts(lines)
    closed = closed[shapely.is_closed(closed) & (shapely.get_num_coordinates(closed) > 3)]
    xy, of = shapely.get_coordinates(closed, return_index=True)
    rings = np.asarray(shapely.linearrings(xy, indices=of) if len(closed) else [], object)
    # rings are nested, never crossing: what an odd number of them encloses is above
    nested: Any = shapely.multipolygons(np.asarray(shapely.polygons(rings), object))
    return cast(BaseGeometry, shapely.make_valid(nested, method="linework"))


def _on_side(corner: Floats, rows: Any, cols: Any, side: int) -> Floats:
    """Where one side of squares whose corners lie (4, n) above the level crosses it: column, row, (n, 2)."""
    za, zb = (corner[end] for end in _SIDES[side])
    share = np.clip(za / (za - zb), _ASIDE, 1.0 - _ASIDE)
    if side in (0, 2):
        return np.column_stack([cols + share, rows + float(side == 2)])
    return np.column_stack([cols + float(side == 1), rows + share])
