"""How does a plan go to QGIS? One GeoPackage: layers as read, results beside them, styles inside.

| table | rows |
|---|---|
| each input layer | as read, with `drawn`, the class its style draws |
| `households` | with number of gaps, exposure, and for each need its state and sentence in both languages |
| `village_totals`, `group_totals` | the ledger of each village (area) and group (point) |
| `discrepancies` | the households where survey and map disagree, once for each need |
| `verdicts` | every need of every household with its numbers (no geometry) |
| `exposure` | every household with every hazard zone it is in or near (no geometry) |
| `sites`, `site_rules` | the judged sites, and every rule that was applied (no geometry) |
| `works`, `works_points`, `work_serves`, `unserved`, `systems` | the planned works (`maps.work_tables`) |
| `zones`, `must_move`, `found_sites`, `assignment`, … | relocation (`maps.relocation_tables`) |

Names of people are masked, and what else is personal is left out, unless asked for.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.layers import LAYERS
from geo.ledger import Level, header, ledger
from geo.messages import say
from geo.privacy import mask_names
from geo.verdicts import MET, UNMET, by_need, sentences
from maps.crucial_tables import crucial_tables, provisional_tables
from maps.gpkg_file import new_geopackage
from maps.qgis_style import qml
from maps.relocation_tables import relocation_tables
from maps.symbols import Geometry, Theme
from maps.tables import Style, Table
from maps.themes import EXPOSURES, GAP_CLASSES, STATES, THEMES, gap_keys, rule_keys
from maps.work_tables import work_tables

if TYPE_CHECKING:
    from geo.plan import Plan

DRAWN = "drawn"
SHAPES: dict[Geometry, tuple[int, int]] = {"point": (0, 4), "line": (1, 5), "polygon": (3, 6)}


def write_geopackage(plan: Plan, path: Path | str, *, names: bool = False, lang: str = "zh") -> None:
    """Write `plan` to the GeoPackage at `path`, replacing what stood there; headers in `lang`."""
    path = Path(path)
    part = path.with_name(f".{path.stem}.part.gpkg")  # a run that breaks off leaves no half a file
    part.unlink(missing_ok=True)
    tables = list(_tables(plan, names, lang))
    with new_geopackage(part, tables) as file:
        _write_styles(file, tables, lang)
    part.replace(path)


def _tables(plan: Plan, names: bool, lang: str) -> Iterator[Table]:
    for theme in THEMES.values():
        if theme.layer not in ("households", "sites") and plan.area.has(theme.layer):
            yield from _input(plan, theme, lang)
    if plan.area.has("households"):
        yield households_table(plan, names=names, lang=lang)
        yield _discrepancies(plan, lang)
        yield _plain_table("verdicts", plan.gaps.households, lang)
        yield _plain_table("exposure", plan.exposure.table.drop(columns=["row"], errors="ignore"), lang)
        yield from _totals(plan, lang)
    if plan.sites:
        yield from _sites(plan, lang)
    yield from work_tables(plan, lang)
    yield from crucial_tables(plan, lang)
    yield from provisional_tables(plan, lang)
    if plan.area.has("households"):
        yield from relocation_tables(plan, lang, names=names)


# ------------------------------------------------------------------ input layers
def _input(plan: Plan, theme: Theme, lang: str) -> Iterator[Table]:
    """A layer as read; one of mixed geometry becomes a table for each kind."""
    spec, layer = LAYERS[theme.layer], plan.area.layers[theme.layer]
    # fields nobody declared stay behind: they may be personal, or differ only in case, which GDAL refuses
    frame = layer[[f.name for f in spec.fields] + [layer.geometry.name]].assign(
        **{DRAWN: rule_keys(theme.layer, layer)}
    )
    aliases = {f.name: _alias(getattr(f, lang), f.unit) for f in spec.fields} | {
        DRAWN: say("map.drawn", lang)
    }
    kinds = shapely.get_type_id(np.asarray(frame.geometry.array))
    for geometry, numbers in SHAPES.items():
        mine = np.isin(kinds, numbers)
        if not mine.any():
            continue
        part = frame if mine.all() else frame[mine]
        name = theme.layer if geometry == theme.geometry else f"{theme.layer}_{geometry}s"
        style = Style(getattr(spec, lang), theme.rules, DRAWN)
        label = theme.label if theme.label in part else ""
        yield Table(name, getattr(spec, lang), part, aliases, geometry, (style,), label)


def _alias(text: str, unit: str = "") -> str:
    return f"{text}({unit})" if unit else text


# ------------------------------------------------------------------ results
def households_table(plan: Plan, *, names: bool = False, lang: str = "zh") -> Table:
    """Every household with its survey, its gaps and why, wide; one style for each need."""
    frame = plan.area.layer("households")
    spec = LAYERS["households"].fields
    kept = [f for f in spec if names or not f.personal or f.name == "name"]
    result: dict[str, Any] = {f.name: frame[f.name] for f in kept}
    if not names:
        result["name"] = mask_names(frame["name"])
    aliases = {f.name: _alias(getattr(f, lang), f.unit) for f in kept}
    table = plan.gaps.households
    rows, state = by_need(table), table["state"].to_numpy(object)
    counts = pd.Series(sum((state[at] == UNMET).astype(int) for at in rows.values()))
    result |= {"gaps": counts, "gap_class": gap_keys(counts)}
    result |= {"exposure": plan.exposure.households["relation"].to_numpy()}
    aliases |= {
        "gaps": say("map.gaps", lang),
        "gap_class": say("map.gaps", lang),
        "exposure": say("map.exposure", lang),
    }
    said = {tongue: sentences(table, tongue).to_numpy(object) for tongue in ("zh", "en")}
    for need, at in rows.items():
        result[f"{need}_state"] = state[at]
        aliases[f"{need}_state"] = say(f"need.{need}", lang)
        for tongue, column in said.items():
            result[f"{need}_{tongue}"] = column[at]
            aliases[f"{need}_{tongue}"] = f"{say(f'need.{need}', lang)} ({tongue})"
    styles = [
        Style(say("map.gaps", lang), tuple(rule for _, _, rule in GAP_CLASSES), "gap_class"),
        Style(say("map.exposure", lang), tuple(EXPOSURES.values()), "exposure"),
        *(Style(say(f"need.{need}", lang), tuple(STATES.values()), f"{need}_state") for need in rows),
    ]
    wide = gpd.GeoDataFrame(result, geometry=shapely.centroid(frame.geometry.array), crs=frame.crs)
    return Table("households", LAYERS["households"].zh, wide, aliases, "point", tuple(styles))


def _discrepancies(plan: Plan, lang: str) -> Table:
    table = plan.gaps.discrepancies
    homes = plan.area.by_id("households", "geometry")["geometry"]
    columns = {
        "household": table["household"],
        "need": table["need"],
        "need_name": [say(f"need.{need}", lang) for need in table["need"]],
        "survey": table["survey"],
        "computed": table["computed"],
        "finding_zh": sentences(table, "zh", column="finding"),
        "finding_en": sentences(table, "en", column="finding"),
    }
    places = gpd.GeoSeries(homes.reindex(table["household"]).to_numpy(), crs=plan.area.crs)
    frame = gpd.GeoDataFrame(columns, geometry=places, crs=plan.area.crs)
    survey = (Style(say("map.disagree", lang), (STATES[MET], STATES[UNMET]), "survey"),)
    return Table("discrepancies", say("map.disagree", lang), frame, {}, "point", survey)


def _totals(plan: Plan, lang: str) -> Iterator[Table]:
    levels: tuple[tuple[Level, str, Geometry], ...] = (
        ("village", "villages", "polygon"),
        ("group", "groups", "point"),
    )
    for level, layer, geometry in levels:
        if not plan.area.has(layer):
            continue
        units = plan.area.by_id(layer, "geometry")["geometry"]
        rows = ledger(plan, level)
        places = gpd.GeoSeries(units.reindex(rows["id"]).to_numpy(), crs=plan.area.crs)
        safe = {column: str(column).replace(".", "_") for column in rows}
        aliases = {safe[column]: header(str(column), lang) for column in rows}
        frame = gpd.GeoDataFrame(rows.rename(columns=safe), geometry=places, crs=plan.area.crs)
        frame[DRAWN] = "all"
        style = Style(getattr(LAYERS[layer], lang), THEMES[layer].rules, DRAWN)
        yield Table(
            f"{level}_totals", say(f"map.{level}_totals", lang), frame, aliases, geometry, (style,), level
        )


def _sites(plan: Plan, lang: str) -> Iterator[Table]:
    rows = []
    for site in plan.sites:
        facts: dict[str, Any] = {
            "id": site.site,
            "name": site.name,
            "kind": site.kind,
            "verdict": site.verdict,
        }
        facts |= {"area_m2": site.area_m2, "usable_m2": site.usable_m2, "slope_mean": site.slope_mean}
        facts |= {"capacity": site.capacity.get(site.kind, 0)}
        failing = site.rules[site.rules["state"] != "pass"]
        facts |= {f"reasons_{t}": "\n".join(sentences(failing, t)) for t in ("zh", "en")}
        rows.append(facts)
    listed = plan.area.layer("sites").geometry
    shapes = [s.polygon if not s.polygon.is_empty else g for s, g in zip(plan.sites, listed, strict=False)]
    frame = gpd.GeoDataFrame(rows, geometry=shapes, crs=plan.area.crs)
    theme = THEMES["sites"]
    style = Style(getattr(theme, lang), theme.rules, "verdict")
    yield Table("sites", getattr(theme, lang), frame, {}, "polygon", (style,), "name")
    rules = pd.concat([s.rules.assign(site=s.site) for s in plan.sites], ignore_index=True)
    said = {f"sentence_{t}": sentences(rules, t) for t in ("zh", "en")}
    yield _plain_table("site_rules", rules.assign(**said), lang)


def _plain_table(name: str, frame: pd.DataFrame, lang: str) -> Table:
    return Table(name, say(f"map.{name}", lang), frame, {})


# ------------------------------------------------------------------ styles
_DDL = (
    """CREATE TABLE layer_styles (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256), f_table_schema TEXT(256),
  f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT,
  useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30), update_time DATETIME)""",
    """INSERT INTO gpkg_contents (table_name, data_type, identifier, last_change)
  VALUES ('layer_styles', 'attributes', 'layer_styles', strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))""",
)
_INSERT = """
INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName,
  styleQML, styleSLD, useAsDefault, description, owner, ui, update_time)
VALUES ('', '', ?, ?, ?, ?, '', ?, ?, '', NULL, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
"""


def _write_styles(file: sqlite3.Connection, tables: list[Table], lang: str) -> None:
    """The table in which QGIS keeps styles, as QGIS itself makes it."""
    for statement in _DDL:
        file.execute(statement)
    geometry = dict(file.execute("SELECT table_name, column_name FROM gpkg_geometry_columns"))
    for table in tables:
        for index, style in enumerate(table.styles):
            if table.geometry is None:
                continue
            text = qml(
                style.rules,
                table.geometry,
                field=style.field,
                aliases=table.aliases,
                label=table.label,
                lang=lang,
            )
            row = (table.name, geometry[table.name], style.name[:30], text, int(index == 0), table.title)
            file.execute(_INSERT, row)
