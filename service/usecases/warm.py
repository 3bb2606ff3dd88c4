"""What the first visitor would wait for, made beforehand: projections and the first screen's answers."""

from __future__ import annotations

import geopandas as gpd
import shapely

from service.jobs import Desk
from service.usecases import map_layers, relocation, sites, works
from service.usecases.collections import area_box


def warm(desk: Desk) -> None:
    """Called once, when everything is planned."""
    west, south, _, _ = area_box(desk)
    corner = gpd.GeoSeries([shapely.Point(west, south)], crs="OGC:CRS84")
    corner.to_crs(desk.area().crs)  # PROJ looks up a way into the area's CRS once, and that takes a second
    if desk.area().has("households"):
        map_layers.households(desk)
    works.collection(desk)
    if desk.area().has("households"):
        relocation.summary(desk)
        sites.all_sites(desk)
