"""Which tables of the GeoPackage tell what fails with one thing, and what must be measured first?

| table | rows |
|---|---|
| `crucial` | every existing pool, source, transformer and bridge with the households that lose service |
| `crucial_loses` | which household loses service with which of them (no geometry) |
| `measure_first` | sources of unknown yield with the yield to be proven |
| `provisional`, `provisional_points` | the works that could be built on them |
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from geo.crucial import crucial_rows
from geo.layers import LAYERS
from geo.messages import say
from geo.verdicts import sentences
from geo.works_view import HOPED_LINE, HOPED_POINT, MEASURE_FIRST, kinds, measure_first, told
from maps.symbols import Geometry, Paint, Rule
from maps.tables import Style, Table
from maps.themes import VERMILION
from maps.work_themes import HOPED_THEMES

if TYPE_CHECKING:
    from geo.plan import Plan

_RULES = tuple(
    Rule(key, LAYERS[key].zh, LAYERS[key].en, Paint("", 0.0, VERMILION, 2.0, shape="ring", size=size))
    for key, size in (("pools", 15), ("springs", 12), ("transformers", 15), ("roads", 18))
)


def crucial_tables(plan: Plan, lang: str) -> Iterator[Table]:
    """The tables of what exists; none where there is nothing of the kind."""
    rows = crucial_rows(plan.area, plan.crucial)
    if len(rows):
        middle = shapely.point_on_surface(np.asarray(rows.geometry.array))
        said = {f"sentence_{t}": sentences(rows, t) for t in ("zh", "en")}
        kept = ["layer", "id", "name", "served", "households", "people", "poor_people"]
        frame = gpd.GeoDataFrame(rows[kept].assign(**said), geometry=middle, crs=plan.area.crs)
        style = Style(say("map.crucial", lang), _RULES, "layer")
        yield Table("crucial", say("map.crucial", lang), frame, {}, "point", (style,), "households")
        yield Table("crucial_loses", say("map.crucial_loses", lang), plan.crucial.loses, {})


def provisional_tables(plan: Plan, lang: str) -> Iterator[Table]:
    """The tables of what must be measured first; none where nothing must."""
    hoped = plan.works.provisional
    if hoped is None:
        return
    rows = measure_first(plan)
    middle = shapely.point_on_surface(np.asarray(rows.geometry.array))
    style = (Style(say("map.measure_first", lang), HOPED_THEMES[MEASURE_FIRST].rules, "drawn"),)
    frame = gpd.GeoDataFrame(
        rows.drop(columns="geometry").assign(drawn=MEASURE_FIRST), geometry=middle, crs=rows.crs
    )
    yield Table("measure_first", say("map.measure_first", lang), frame, {}, "point", style, "m3d")
    point = shapely.get_type_id(np.asarray(hoped.table.geometry.array)) == shapely.GeometryType.POINT
    works = hoped.table.assign(
        kind_name=kinds(hoped.table, lang),
        note=told(hoped.table["flag"], lang),
        drawn=np.where(point, HOPED_POINT, HOPED_LINE),
    )
    parts: tuple[tuple[str, Geometry, npt.NDArray[np.bool_]], ...] = (
        (HOPED_LINE, "line", ~point),
        (HOPED_POINT, "point", point),
    )
    for name, geometry, mask in parts:
        if mask.any():
            drawn = (Style(say("map.provisional", lang), HOPED_THEMES[name].rules, "drawn"),)
            yield Table(name, say("map.provisional", lang), works[mask], {}, geometry, drawn)
