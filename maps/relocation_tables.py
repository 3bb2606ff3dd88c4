"""Which tables of the GeoPackage hold danger, moving and new homes?

| table | rows |
|---|---|
| `zones`, `zone_reach` | hazard zones and workings; the ground each may reach with its buffer |
| `subsidence`, `subsidence_lines` | areas by damage grade; edge and contours of mining subsidence |
| `must_move`, `must_move_groups` | who must move, with the reason; every group and whether it moves whole |
| `rebuilt` | who moved and lives, or has built, in danger again |
| `found_sites`, `assignment` | found and listed sites; a line from each old home to its site |
| `left_in_danger`, `follow_up` | who must move and cannot; what is owed to those who move (no geometry) |
| `threats` | whom each hazard threatens, computed and declared |
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.messages import catalogue, say
from geo.privacy import mask_names
from geo.relocation_sheets import header_key
from geo.relocation_view import (
    contour_rows,
    matching_rows,
    movers,
    site_table,
    threat_rows,
    zone_rows,
)
from geo.verdicts import sentences
from maps.relocation_themes import HOUSEHOLD_VIEWS, RELOCATION_THEMES
from maps.symbols import Geometry, Rule
from maps.tables import Style, Table

if TYPE_CHECKING:
    from geo.plan import Plan


def relocation_tables(plan: Plan, lang: str, *, names: bool = False) -> Iterator[Table]:
    """The tables of `plan` that are not empty; names of people masked unless `names`."""
    yield from (table for table in _all(plan, lang, names) if len(table.frame))


def _all(plan: Plan, lang: str, names: bool) -> Iterator[Table]:
    yield _drawn("zones", zone_rows(plan), "polygon", lang, label="name")
    yield _drawn("zone_reach", zone_rows(plan, reach=True), "polygon", lang)
    contours = contour_rows(plan)
    areas = shapely.get_dimensions(np.asarray(contours.geometry.array)) == 2
    yield _drawn("subsidence", contours[areas], "polygon", lang)
    yield _drawn("subsidence_lines", contours[~areas], "line", lang, theme="subsidence")
    yield _drawn("must_move", _named(plan, movers(plan), names), "point", lang, field="decision")
    yield _groups(plan, lang)
    rebuilt = plan.moving.rebuilt.reset_index(drop=True)
    said = rebuilt.assign(**_told(rebuilt.rename(columns={"zone": "nearest"})))
    yield _drawn("rebuilt", _named(plan, said, names), "point", lang, field="case")
    yield _drawn("found_sites", site_table(plan), "polygon", lang, label="name")
    lines = matching_rows(plan, plan.assignment)
    lines = lines[lines.geometry.notna().to_numpy(bool)]
    lines = lines.assign(rule="all", **_told(lines))
    yield _drawn("assignment", lines, "line", lang, theme="matching")
    yield _bare("left_in_danger", plan.assignment.left.assign(**_told(plan.assignment.left)), lang)
    yield _bare("follow_up", plan.follow_up, lang)
    yield _bare("threats", pd.DataFrame(threat_rows(plan).drop(columns="geometry")), lang)


def _named(plan: Plan, rows: gpd.GeoDataFrame, names: bool) -> gpd.GeoDataFrame:
    """The rows with the names of their households, masked, and the sentence of the reason."""
    layer = plan.area.layer("households")
    who = layer["name"].iloc[rows["row"].to_numpy(int)].reset_index(drop=True)
    known = rows.reset_index(drop=True).assign(name=who if names else mask_names(who))
    told = {} if "why_zh" in known else _told(known)
    return known.drop(columns="row").assign(**told)


def _groups(plan: Plan, lang: str) -> Table:
    table = plan.moving.groups.reset_index(drop=True)
    groups = plan.area.layer("groups").drop_duplicates("id").set_index("id")
    at = groups.reindex(table["group"])
    frame = gpd.GeoDataFrame(
        table.assign(
            name=at["name"].to_numpy(),
            moves=np.where(table["whole"], "whole", "stay"),
            **_told(table.assign(nearest=None)),
        ),
        geometry=shapely.centroid(np.asarray(at.geometry.array)),
        crs=plan.area.crs,
    )
    return _drawn("must_move_groups", frame, "point", lang, theme="must_move", field="moves", label="name")


def _drawn(
    name: str,
    frame: gpd.GeoDataFrame,
    geometry: Geometry,
    lang: str,
    *,
    theme: str = "",
    field: str = "rule",
    label: str = "",
) -> Table:
    known = HOUSEHOLD_VIEWS["decision"] if field == "moves" else RELOCATION_THEMES[theme or name].rules
    rules: tuple[Rule, ...] = known
    here = set(frame[field]) if len(frame) else set()
    used = tuple(rule for rule in rules if rule.key in here)
    title = say(f"ogc.{name.removesuffix('_lines')}", lang)
    style = Style(title, used or rules, field)
    return Table(name, title, frame, _aliases(frame, lang), geometry, (style,), label)


def _bare(name: str, frame: pd.DataFrame, lang: str) -> Table:
    key = f"ogc.{name}" if f"ogc.{name}" in catalogue() else f"workbook.{name}"
    return Table(name, say(key, lang), frame, _aliases(frame, lang))


def _aliases(frame: pd.DataFrame, lang: str) -> dict[str, str]:
    """The headers people read, of the columns that have one."""
    known = catalogue()
    keys = {str(c): header_key(str(c), frame) for c in frame.columns if c != "geometry"}
    return {column: known[key][lang] for column, key in keys.items() if key in known}


def _told(table: pd.DataFrame) -> dict[str, pd.Series]:
    return {f"why_{tongue}": sentences(table, tongue) for tongue in ("zh", "en")}
