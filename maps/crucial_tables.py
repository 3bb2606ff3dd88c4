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
import shapely

from geo.crucial import crucial_rows
from geo.layers import LAYERS
from geo.messages import say
from geo.verdicts import sentences
from geo.works_view import kinds, measure_first, told
from maps.symbols import Paint, Rule
from maps.tables import Style, Table
from maps.themes import INK, VERMILION
from maps.work_themes import WATER

if TYPE_CHECKING:
    from geo.plan import Plan

_RULES = tuple(
    Rule(key, LAYERS[key].zh, LAYERS[key].en, Paint("", 0.0, VERMILION, 2.0, shape="ring", size=size))
    for key, size in (("pools", 15), ("springs", 12), ("transformers", 15), ("roads", 18))
)
_ONE = Rule("all", "先测水源", "measure first", Paint("#ffffff", 1.0, WATER, 2.0, shape="star", size=14))
_HOPED = Rule("all", "暂定工程", "provisional", Paint("", 0.0, INK, 1.2, dash=(4, 3), size=6))


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
    style = (Style(say("map.measure_first", lang), (_ONE,), "drawn"),)
    frame = gpd.GeoDataFrame(rows.drop(columns="geometry").assign(drawn="all"), geometry=middle, crs=rows.crs)
    yield Table("measure_first", say("map.measure_first", lang), frame, {}, "point", style, "m3d")
    works = hoped.table.assign(
        kind_name=kinds(hoped.table, lang), note=told(hoped.table["flag"], lang), drawn="all"
    )
    point = shapely.get_type_id(np.asarray(works.geometry.array)) == 0
    drawn = (Style(say("map.provisional", lang), (_HOPED,), "drawn"),)
    if (~point).any():
        yield Table("provisional", say("map.provisional", lang), works[~point], {}, "line", drawn)
    if point.any():
        yield Table("provisional_points", say("map.provisional", lang), works[point], {}, "point", drawn)
