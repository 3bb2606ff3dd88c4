"""How are places written into a page? Whole millionths of a degree, as differences."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

SCALE = 1e6
"""Units per degree: a millionth is about 0.1 m."""


def place_columns(frame: gpd.GeoDataFrame) -> dict[str, Any]:
    """`x` and `y` of points (of polygons a point inside), differences; null where there is no place."""
    degrees = frame.geometry.to_crs(4326)
    points = shapely.point_on_surface(np.asarray(degrees.array))
    xy = np.column_stack([shapely.get_x(points), shapely.get_y(points)])
    known = np.isfinite(xy).all(axis=1)
    whole = np.zeros(xy.shape, np.int64)
    whole[known] = np.round(xy[known] * SCALE)
    steps = np.diff(whole[known], axis=0, prepend=[[0, 0]])
    out: dict[str, Any] = {}
    for i, axis in enumerate("xy"):
        values = np.full(len(xy), None, object)
        values[known] = steps[:, i].tolist()
        out[axis] = values.tolist()
    return out


def flat_places(frame: gpd.GeoDataFrame, *, detail_m: float) -> list[Any]:
    """Each feature as a list of paths; a path is [x, y, dx, dy, …]; a point is one path of one place.

    Lines and areas are thinned to `detail_m` in the frame's own metric CRS. The rings
    of an area follow each other (even-odd filling leaves the holes open).
    """
    shapes = np.asarray(frame.geometry.array)
    extended = np.isin(shapely.get_type_id(shapes), (1, 2, 3, 5, 6))
    shapes = np.where(extended, shapely.simplify(shapes, detail_m), shapes)
    degrees = np.asarray(gpd.GeoSeries(shapes, crs=frame.crs).to_crs(4326).array)
    parts, feature = shapely.get_parts(degrees, return_index=True)
    rings, part = _paths(parts)
    owner = feature[part]
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    flat = _differences(np.round(xy * SCALE).astype(np.int64), ring).ravel().tolist()
    ends = (2 * np.cumsum(np.bincount(ring, minlength=len(rings)))).tolist()
    paths = [flat[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    out: list[Any] = [[] for _ in range(len(frame))]
    for index, path in zip(owner.tolist(), paths, strict=True):
        if path:  # an empty shape has none
            out[index].append(path)
    return out


def _paths(parts: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64]]:
    """The rings of areas, lines and points as they are; and the part each belongs to."""
    areas = shapely.get_type_id(parts) == 3
    rings, of_area = shapely.get_rings(parts[areas], return_index=True)
    paths = np.concatenate([rings, parts[~areas]])
    part = np.concatenate([np.flatnonzero(areas)[of_area], np.flatnonzero(~areas)]).astype(np.int64)
    order = np.argsort(part, kind="stable")
    return paths[order], part[order]


def _differences(whole: npt.NDArray[np.int64], ring: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Each place less the one before, the first of each ring as it is."""
    steps = np.diff(whole, axis=0, prepend=np.zeros((1, 2), np.int64))
    first = np.diff(ring, prepend=-1) != 0
    steps[first] = whole[first]
    return steps
