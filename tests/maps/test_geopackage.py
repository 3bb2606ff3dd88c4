"""The GeoPackage: what QGIS opens holds the plan, with styles that name what is there."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as Xml

import geopandas as gpd
import pyogrio
import pytest
import shapely

from geo.plan import Plan
from geo.verdicts import NEEDS, sentences
from maps.crucial_tables import provisional_tables
from maps.geopackage import write_geopackage
from maps.qgis_style import qml
from maps.relocation_tables import relocation_tables
from maps.symbols import Paint, Rule


@pytest.fixture(scope="module")
def package(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("gpkg") / "plan.gpkg"
    write_geopackage(plan, path)
    return path


@pytest.fixture
def file(package: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(package)) as connection:
        yield connection


def test_layers_and_results_are_there(package: Path, plan: Plan) -> None:
    names = set(pyogrio.list_layers(package)[:, 0])
    results = {"village_totals", "group_totals", "discrepancies", "verdicts", "exposure", "site_rules"}
    results |= {"works", "works_points", "work_serves", "unserved", "systems", "crucial", "crucial_loses"}
    results |= {table.name for table in provisional_tables(plan, "zh")}
    relocation = {table.name for table in relocation_tables(plan, "zh")}
    assert {"zones", "must_move_groups", "found_sites", "threats"} <= relocation
    assert names == set(plan.area.layers) | results | relocation | {"layer_styles"}
    assert len(list(package.parent.iterdir())) == 1  # nothing unfinished beside it


def test_it_is_geopackage_1_3(file: sqlite3.Connection) -> None:
    assert file.execute("PRAGMA user_version").fetchone() == (10300,)
    assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_households_carry_states_and_both_sentences(package: Path, plan: Plan) -> None:
    wide = gpd.read_file(package, layer="households").set_index("id")
    table = plan.gaps.households
    for need in NEEDS:
        rows = table[table["need"] == need].set_index("household")
        assert wide[f"{need}_state"].to_dict() == rows["state"].to_dict()
        assert wide[f"{need}_zh"].to_dict() == sentences(rows, "zh").to_dict()
        assert wide[f"{need}_en"].to_dict() == sentences(rows, "en").to_dict()
    unmet = table[table["state"] == "unmet"].groupby("household").size()
    assert wide["gaps"].to_dict() == unmet.reindex(wide.index).fillna(0).astype(int).to_dict()


def test_places_are_those_of_the_area(package: Path, plan: Plan) -> None:
    read = gpd.read_file(package, layer="villages")
    assert read.crs == plan.area.crs
    assert shapely.equals(read.geometry.array, plan.area.layers["villages"].geometry.array).all()


def test_what_is_personal_stays_out_unless_asked_for(package: Path, plan: Plan, tmp_path: Path) -> None:
    full = set(plan.area.layers["households"]["name"])
    masked = gpd.read_file(package, layer="households")
    assert not set(masked["name"]) & full
    assert not {"id_card", "ethnic", "cause"} & set(masked)
    write_geopackage(plan, tmp_path / "named.gpkg", names=True)
    named = gpd.read_file(tmp_path / "named.gpkg", layer="households")
    assert set(named["name"]) == full
    assert "id_card" not in named


def test_every_drawn_table_has_one_default_style(file: sqlite3.Connection) -> None:
    drawn = {name for (name,) in file.execute("SELECT table_name FROM gpkg_geometry_columns")}
    defaults = file.execute("SELECT f_table_name FROM layer_styles WHERE useAsDefault").fetchall()
    assert sorted(name for (name,) in defaults) == sorted(drawn)
    count = file.execute("SELECT count(*) FROM layer_styles WHERE f_table_name = 'households'").fetchone()
    assert count == (2 + len(NEEDS),)


def test_styles_are_xml_whose_categories_cover_the_values(file: sqlite3.Connection) -> None:
    geometry = dict(file.execute("SELECT table_name, column_name FROM gpkg_geometry_columns"))
    styles = file.execute("SELECT f_table_name, f_geometry_column, styleQML FROM layer_styles").fetchall()
    assert {table for table, *_ in styles} == set(geometry)
    for table, column, text in styles:
        renderer = Xml.fromstring(text).find("renderer-v2")
        assert renderer is not None
        field = renderer.attrib["attr"]
        categories = {c.attrib["value"]: c.attrib["symbol"] for c in renderer.iter("category")}
        symbols = {s.attrib["name"] for s in renderer.findall("symbols/symbol")}
        values = {v for (v,) in file.execute(f'SELECT DISTINCT "{field}" FROM "{table}"')}
        assert values <= set(categories), table
        assert set(categories.values()) == symbols
        assert column == geometry[table]


def test_headers_are_chinese_aliases(file: sqlite3.Connection) -> None:
    (text,) = file.execute("SELECT styleQML FROM layer_styles WHERE f_table_name = 'roads'").fetchone()
    aliases = {a.attrib["field"]: a.attrib["name"] for a in Xml.fromstring(text).iter("alias")}
    assert (aliases["hardened"], aliases["width"]) == ("是否硬化", "路面宽(m)")


def test_totals_agree_with_the_households(package: Path) -> None:
    villages = gpd.read_file(package, layer="village_totals")
    groups = gpd.read_file(package, layer="group_totals")
    homes = gpd.read_file(package, layer="households")
    for need in NEEDS:
        unmet = int((homes[f"{need}_state"] == "unmet").sum())
        assert villages[f"{need}_unmet"].sum() == groups[f"{need}_unmet"].sum() == unmet


def test_points_and_areas_of_one_layer_become_two_tables(plan: Plan, tmp_path: Path) -> None:
    zone = plan.area.layers["hazards"]
    both = gpd.GeoDataFrame(
        {"id": ["Z1", "Z2"], "name": ["a", "b"], "kind": ["landslide", None]},
        geometry=[zone.geometry.iloc[0], zone.geometry.iloc[0].centroid],
        crs=zone.crs,
    )
    path = tmp_path / "mixed.gpkg"
    write_geopackage(replace(plan, area=plan.area.with_layer("hazards", both)), path)
    assert gpd.read_file(path, layer="hazards")["id"].tolist() == ["Z1"]
    assert gpd.read_file(path, layer="hazards_points")["drawn"].tolist() == ["unknown"]


def test_a_paint_becomes_symbol_layers() -> None:
    """30 px are 7.938 mm; a hatch lies between fill and edge; a casing beneath its line."""
    area = Rule("a", "甲", "A", Paint("#ff0000", 0.5, "#000000", 2, hatch="cross"))
    root = Xml.fromstring(qml([area], "polygon", field="f", aliases={}))
    layers = root.findall("renderer-v2/symbols/symbol/layer")
    assert [x.attrib["class"] for x in layers] == [
        "SimpleFill",
        "LinePatternFill",
        "LinePatternFill",
        "SimpleLine",
    ]
    assert layers[0].find("Option/Option[@name='color']").attrib["value"] == "255,0,0,128"  # type: ignore[union-attr]
    line = Rule("l", "线", "L", Paint(stroke="#ffffff", width=3, casing="#000000", dash=(4, 2)))
    lower, upper = Xml.fromstring(qml([line], "line", field="f", aliases={})).findall(
        "renderer-v2/symbols/symbol/layer"
    )
    assert [x.find("prop[@k='line_color']").attrib["v"] for x in (lower, upper)] == [
        "0,0,0,255",
        "255,255,255,255",
    ]  # type: ignore[union-attr]
    assert upper.find("prop[@k='customdash']").attrib["v"] == "1.058;0.529"  # type: ignore[union-attr]
    point = Rule("p", "点", "P", Paint("#ffffff", 1, "#000000", 1, shape="square", size=30, glyph="卫"))
    marker, glyph = Xml.fromstring(qml([point], "point", field="f", aliases={})).findall(
        "renderer-v2/symbols/symbol/layer"
    )
    assert marker.find("prop[@k='size']").attrib["v"] == "7.938"  # type: ignore[union-attr]
    assert glyph.find("prop[@k='chr']").attrib["v"] == "卫"  # type: ignore[union-attr]
