"""Which tables of the GeoPackage hold the planned works?

| table | rows |
|---|---|
| `works`, `works_points` | every work that is a line, or a point, with unit, price, system, year and flag |
| `work_serves` | which work serves which household (no geometry) |
| `unserved` | every gap that no work closes, at its household, with the reason |
| `systems` | every water and power system with its verification, at its worst household |
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.messages import say
from geo.verdicts import sentences
from geo.works_view import EACH, MONEY, PRICES, VERIFIED, kinds, priced_systems, told, work_rows
from maps.symbols import Geometry, Paint, Rule
from maps.tables import Style, Table
from maps.themes import HAZARD, INK, VERMILION
from maps.work_themes import WATER, WORK_THEMES

if TYPE_CHECKING:
    from geo.plan import Plan

_UNSERVED = Paint("", 0.0, VERMILION, 2.2, shape="ring", size=13)
_SYSTEM: dict[str, Any] = {"shape": "star", "size": 14}
PASSED = (
    Rule("yes", "校核通过", "passed", Paint("#d9f2e6", 1.0, WATER, 1.4, **_SYSTEM)),
    Rule("no", "校核未通过", "did not pass", Paint("#ffffff", 1.0, HAZARD, 2.4, **_SYSTEM)),
    Rule("unknown", "未校核", "not verified", Paint("#ffffff", 1.0, INK, 1.4, dash=(2, 2), **_SYSTEM)),
)


def work_tables(plan: Plan, lang: str) -> Iterator[Table]:
    """The tables of the works of `plan`; none where nothing was designed."""
    works = plan.works
    if len(works.table):
        yield from _works(plan, lang)
        yield Table("work_serves", say("map.work_serves", lang), works.serves, {})
    if len(works.unserved):
        yield _unserved(plan, lang)
    if len(works.systems):
        yield _systems(plan, lang)


def _works(plan: Plan, lang: str) -> Iterator[Table]:
    rows = work_rows(plan)
    rows = rows.assign(
        kind_name=kinds(rows, lang),
        **{f"flag_{tongue}": told(rows["flag"], tongue) for tongue in ("zh", "en")},
    )
    aliases = {name: _head(name, lang) for name in rows.columns if name != "geometry"}
    point = np.isin(shapely.get_type_id(np.asarray(rows.geometry.array)), (0, 4))
    parts: tuple[tuple[str, Geometry, Any], ...] = (
        ("works", "line", ~point),
        ("works_points", "point", point),
    )
    for name, geometry, mask in parts:
        drawn = [theme.rules[0] for theme in WORK_THEMES.values() if theme.geometry == "line"]
        if geometry == "point":
            drawn = [theme.rules[0] for theme in WORK_THEMES.values() if theme.rules[0].paint.size]
        rules = tuple(drawn)
        if mask.any():
            style = Style(say("works.title", lang), rules, "kind")
            yield Table(name, say("map.works", lang), rows[mask], aliases, geometry, (style,))


def _head(name: str, lang: str) -> str:
    """The header of a column, with its unit where it is money."""
    known = {"kind_name": "kind", "flag_zh": "flag", "flag_en": "flag", "run": "run_likely"}.get(name, name)
    if known in ("size", "run_kwh"):
        return name
    text = say(f"works.col.{known}", lang)
    return f"{text}({'元' if lang == 'zh' else 'yuan'})" if name in (*MONEY, *EACH) else text


def _unserved(plan: Plan, lang: str) -> Table:
    table = plan.works.unserved
    frame = gpd.GeoDataFrame(
        {
            "household": table["household"],
            "need": table["need"],
            "need_name": [say(f"need.{need}", lang) for need in table["need"]],
            "reason": table["reason"],
            **{f"why_{tongue}": sentences(table, tongue) for tongue in ("zh", "en")},
        },
        geometry=household_places(plan, table["household"]),
        crs=plan.area.crs,
    )
    needs = dict.fromkeys(table["need"])
    rules = tuple(
        Rule(need, say(f"need.{need}", "zh"), say(f"need.{need}", "en"), _UNSERVED) for need in needs
    )
    return Table(
        "unserved",
        say("map.unserved", lang),
        frame,
        {},
        "point",
        (Style(say("map.unserved", lang), rules, "need"),),
    )


def _systems(plan: Plan, lang: str) -> Table:
    table = priced_systems(plan.works, plan.costs.table)
    passed = table["passed"].map({True: "yes", False: "no"}).fillna("unknown")
    frame = gpd.GeoDataFrame(
        table.assign(
            passed=passed, **{f"note_{tongue}": told(table["note"], tongue) for tongue in ("zh", "en")}
        ),
        geometry=household_places(plan, table["worst_at"]),
        crs=plan.area.crs,
    )
    heads = ("system", *VERIFIED, "gap", *PRICES, *EACH)
    aliases = {name: _head(name, lang) for name in heads}
    style = Style(say("map.systems", lang), PASSED, "passed")
    return Table("systems", say("map.systems", lang), frame, aliases, "point", (style,), "system")


def household_places(plan: Plan, ids: pd.Series) -> Any:
    """Where the households `ids` stand; None for those not known."""
    homes = plan.area.by_id("households", "geometry")["geometry"]
    return shapely.centroid(homes.reindex(ids).to_numpy())
