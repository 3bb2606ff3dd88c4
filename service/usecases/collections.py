"""The collections of the area being served, made ready once each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from geopandas import GeoSeries

from geo.errors import UnknownFeatureError
from service.jobs import Desk
from service.ogc import params
from service.ogc.collections import inputs, results
from service.ogc.features import Rows, select
from service.ogc.model import Collection, Prepared, Query
from service.ogc.prepare import prepare
from service.ogc.tables import input_table


@dataclass(frozen=True)
class Page:
    """One page of the features that match a query."""

    prepared: Prepared
    query: Query
    rows: Rows
    matched: int


def listed(desk: Desk) -> dict[str, Collection]:
    """All collections; those of results are listed before they are computed."""
    area, open_names = desk.area(), desk.settings.open_names
    return desk.once("collections", lambda: inputs(area.layers, open_names=open_names) | results())


def found(desk: Desk, name: str) -> Collection:
    """The collection called `name`."""
    try:
        return listed(desk)[name]
    except KeyError:
        raise UnknownFeatureError("problem.no_collection", id=name[:60]) from None


def ready(desk: Desk, name: str) -> Prepared:
    """The collection with its features."""
    collection = found(desk, name)
    open_names = desk.settings.open_names
    if collection.result:
        desk.plan()
        from service.ogc.results import result_table  # brings the whole science, which a plan has loaded

        def make() -> Prepared:
            # the plan of now: while this waited for its turn, the works may have been designed
            return prepare(collection, result_table(desk.plan(), name, open_names=open_names))

        return desk.once(("ogc", name), make)
    area = desk.area()
    return desk.once(
        ("ogc", name), lambda: prepare(collection, input_table(area, name, open_names=open_names))
    )


def page(desk: Desk, name: str, asked: dict[str, str]) -> Page:
    """The features asked for with the parameters `asked` (already known to exist)."""
    settings = desk.settings
    collection = found(desk, name)
    query = params.query(asked, collection, default=settings.default_items, most=settings.max_items)
    prepared = ready(desk, name)
    rows = select(prepared, query)
    return Page(prepared, query, rows[query.offset : query.offset + query.limit], len(rows))


def one(desk: Desk, name: str, feature: str) -> tuple[Prepared, Rows]:
    """One feature by its id."""
    prepared = ready(desk, name)
    if feature not in prepared.rows:
        raise UnknownFeatureError("problem.no_feature", collection=name, id=feature[:60])
    return prepared, np.array([prepared.rows[feature]])


def extent(desk: Desk, collection: Collection) -> Prepared | tuple[float, float, float, float]:
    """An input collection made ready; for a result the box of the area, degrees."""
    return area_box(desk) if collection.result else ready(desk, collection.id)


def area_box(desk: Desk) -> tuple[float, float, float, float]:
    """West, south, east, north of the area in degrees."""
    area = desk.area()

    def make() -> tuple[float, float, float, float]:
        edge = shapely.segmentize(shapely.box(*area.bounds), 1_000.0)
        return tuple(GeoSeries([edge], crs=area.crs).to_crs("OGC:CRS84").total_bounds.round(7).tolist())

    return desk.once("area box", make)
