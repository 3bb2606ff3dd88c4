"""Can this polygon be judged as a site at all? The door every drawn or listed site passes."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.errors import BadPolygonError
from geo.standards import Standard

LEAST_M2 = 1.0
"""A polygon smaller than this is a slip of the hand, not a site."""


REPAIRABLE_VERTICES = 500
REPAIRABLE_CROSSINGS = 20
"""An outline that crosses itself more often, or is longer, is a scribble: nobody could say what was meant."""


def clean_polygon(polygon: Any, edge: BaseGeometry, standard: Standard) -> tuple[BaseGeometry, bool]:
    """`polygon` as a valid two-dimensional Polygon or MultiPolygon, and whether it had to be repaired.

    Coordinates in metres of the area's CRS; `edge` is the outline of the area.
    Raises `BadPolygonError` where there is nothing to judge: not a polygon, empty,
    too many vertices, coordinates that are not numbers, no area left after repair,
    larger than the standard allows, or wholly outside the area.
    """
    if not isinstance(polygon, shapely.Polygon | shapely.MultiPolygon):
        raise BadPolygonError("site.bad.not_polygon", kind=type(polygon).__name__)
    if polygon.is_empty:
        raise BadPolygonError("site.bad.empty")
    vertices = int(shapely.get_num_coordinates(polygon))
    if vertices > standard["site.max_vertices"]:
        raise BadPolygonError("site.bad.vertices", vertices=vertices, most=standard["site.max_vertices"])
    if not np.isfinite(shapely.get_coordinates(polygon)).all():
        raise BadPolygonError("site.bad.not_finite")
    flat = shapely.force_2d(polygon)
    repaired = not flat.is_valid
    if repaired and not _repairable(flat, vertices):
        raise BadPolygonError("site.bad.crossed")
    site = _mended(flat) if repaired else flat
    if site.area < LEAST_M2:
        raise BadPolygonError("site.bad.crossed" if repaired else "site.bad.empty")
    if site.area > standard["site.max_polygon_km2"] * 1e6:
        raise BadPolygonError("site.bad.large", km2=site.area / 1e6, most=standard["site.max_polygon_km2"])
    if not shapely.intersects(edge, site):
        raise BadPolygonError("site.bad.outside")
    return site, repaired


def _repairable(polygon: BaseGeometry, vertices: int) -> bool:
    """Whether the outline crosses itself seldom enough to be mended; a scribble would take minutes."""
    if vertices > REPAIRABLE_VERTICES:
        return False
    rings = shapely.get_rings(polygon)
    corners, ring = shapely.get_coordinates(rings, return_index=True)
    along = ring[1:] == ring[:-1]
    ends = np.stack([corners[:-1][along], corners[1:][along]], axis=1)
    sides = np.asarray(shapely.linestrings(ends), object)
    crossings = len(shapely.STRtree(sides).query(sides, predicate="crosses")[0]) // 2
    return bool(crossings <= REPAIRABLE_CROSSINGS)


def _mended(polygon: BaseGeometry) -> BaseGeometry:
    """The polygonal parts of the repaired outline; lines and points left by the repair go."""
    parts = shapely.get_parts(shapely.make_valid(polygon))
    return polygonal(parts)


def polygonal(parts: Any) -> BaseGeometry:
    """The union of the areas among `parts`; lines and points have none."""
    flat = shapely.get_parts(np.atleast_1d(parts))
    return shapely.union_all(flat[shapely.get_dimensions(flat) == 2])
