"""What the first visitor would wait for, made beforehand: projections and the first screen's answers."""

from __future__ import annotations

import geopandas as gpd
import shapely

from service.jobs import Desk
from service.usecases import map_layers, relocation, sites, summary, works
from service.usecases.collections import area_box


def warm(desk: Desk) -> None:
    """Called before a plan is shown: when all is judged, and again when its works are designed."""
    area = desk.area()
    west, south, _, _ = area_box(desk)
    corner = gpd.GeoSeries([shapely.Point(west, south)], crs="OGC:CRS84")
    corner.to_crs(area.crs)  # PROJ looks up a way into the area's CRS once, and that takes a second
    summary.answer(desk)
    if area.has("households"):
        map_layers.households(desk)
    for name in map_layers.drawn(area):
        map_layers.layer(desk, name)
    if desk.state.stage == "ready":
        works.collection(desk)
        if area.has("households"):
            relocation.summary(desk)
            sites.all_sites(desk)
