"""Where in the area is a GeoJSON geometry that somebody sends? Longitude and latitude to metres."""

from __future__ import annotations

from typing import Any, TypeVar

import geopandas as gpd
import numpy as np
import orjson
import shapely
from pyproj import CRS
from shapely.geometry.base import BaseGeometry

from geo.area import Area
from geo.errors import BadPolygonError, XiangtuError

DEGREES = "OGC:CRS84"
Problem = TypeVar("Problem", bound=XiangtuError)


def geojson_shape(geometry: dict[str, Any]) -> BaseGeometry:
    """A GeoJSON geometry as it is written. Raises `BadPolygonError` for what is none."""
    try:
        return shapely.from_geojson(orjson.dumps(geometry))
    except shapely.errors.ShapelyError as error:
        raise BadPolygonError("service.bad_geojson") from error


def placed(area: Area, shape: BaseGeometry, problem: type[Problem]) -> BaseGeometry:
    """`shape`, longitude and latitude, in metres of the area's CRS.

    Raises `problem` for one that would lie in the area with its axes swapped: latitude first is
    the commonest slip, and such a place is somewhere in the Arctic or nowhere.
    """
    found = _projected(shape, area.crs)
    if not _near(found, area) and _near(_projected(_swapped(shape), area.crs), area):
        raise problem("service.swapped")
    return found


def _projected(shape: BaseGeometry, crs: CRS) -> BaseGeometry:
    turned: BaseGeometry = gpd.GeoSeries([shape], crs=DEGREES).to_crs(crs).iloc[0]
    return turned


def _swapped(shape: BaseGeometry) -> BaseGeometry:
    flat = shapely.force_2d(shape)
    turned: BaseGeometry = shapely.transform(flat, lambda places: places[:, ::-1])
    return turned


def _near(shape: BaseGeometry, area: Area) -> bool:
    """Whether it meets the box of the area; what has no place in the CRS does not."""
    west, south, east, north = shape.bounds
    box = area.bounds
    finite = bool(np.isfinite(shape.bounds).all())
    return finite and west <= box[2] and east >= box[0] and south <= box[3] and north >= box[1]
