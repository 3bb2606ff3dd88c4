"""area.toml: what it can say, and how it is told that it is wrong."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import LineString, box

from geo.errors import AreaError
from geo.reading import read_area
from geo.reading.areafile import load_area_file

from .conftest import CRS, X0, Y0, toy, write


def _osm(folder: Path) -> None:
    """Roads and buildings as OpenStreetMap has them, in one file of two layers."""
    line = [LineString([(X0, Y0 + 10 * i), (X0 + 900, Y0 + 10 * i)]) for i in range(5)]
    roads = gpd.GeoDataFrame(
        {
            "osm_id": list("abcde"),
            "highway": ["residential", "path", "proposed", "service", "residential"],
            "surface": ["asphalt", "ground", None, None, "concrete:plates"],
            "voltage": ["150000;110000", "20000", None, None, None],
        },
        geometry=line,
        crs=CRS,
    )
    houses = gpd.GeoDataFrame(
        {"osm_id": ["x", "y"], "building": ["yes", "shed"]},
        geometry=[box(X0 + 100, Y0 + 100, X0 + 110, Y0 + 110), box(X0, Y0, X0 + 5, Y0 + 5)],
        crs=CRS,
    )
    roads.to_crs(4326).to_file(folder / "osm.gpkg", layer="ways", driver="GPKG")
    houses.to_crs(4326).to_file(folder / "osm.gpkg", layer="houses", driver="GPKG")


TEXT = """
name = "试点"
crs = "EPSG:4523"
only = true
[layers.roads]
file = "osm.gpkg"
source = "ways"
exclude = { highway = ["proposed"] }
fields = { id = "osm_id", class = "highway", surface = "surface", hardened = "surface" }
values.surface = { "concrete:plates" = "cement" }
values.hardened = { asphalt = "yes", "concrete:plates" = "yes", ground = "no", "*" = "" }
set = { usable = true }
[[layers.households]]
file = "OSM.gpkg"
source = "houses"
where = { building = ["yes"] }
fields = { id = "osm_id" }
points = true
set = { loc_qual = "map" }
[layers.lines]
files = ["osm.*"]
source = "ways"
where = { voltage = ["*"] }
fields = { id = "osm_id", kv = "voltage" }
units = { kv = "V" }
"""


def test_everything_it_can_say(tmp_path: Path) -> None:
    _osm(tmp_path)
    write({"水池": toy()["水池"]}, tmp_path)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "my.toml").write_text(TEXT, "utf-8")
    area, problems = read_area(tmp_path, area_file=elsewhere / "my.toml")
    assert (area.name, area.crs.to_epsg()) == ("试点", 4523)
    roads = area.layer("roads").set_index("id")
    assert roads.index.tolist() == ["a", "b", "d", "e"]
    assert roads["class"].tolist() == ["group", "path", "group", "group"]
    assert roads["surface"].fillna("?").tolist() == ["asphalt", "earth", "?", "cement"]
    assert roads["hardened"].tolist() == [True, False, pd.NA, True]
    assert roads["usable"].tolist() == [True] * 4
    homes = area.layer("households")
    assert homes["id"].tolist() == ["x"]
    assert homes["loc_qual"].tolist() == ["map"]
    assert (
        homes.geometry.iloc[0].distance(gpd.GeoSeries([box(X0, Y0, X0 + 1, Y0 + 1)], crs=CRS).to_crs(4523)[0])
        < 160
    )
    assert area.layer("lines")["kv"].tolist() == [150.0, 20.0]
    assert not area.has("pools")
    assert set(problems.of("warning")["key"]) == {"no_village", "no_group"}  # of which there are none here
    assert problems.table.set_index("key").loc["undeclared", "file"] == "水池.gpkg"


def test_the_file_in_the_folder_is_found(tmp_path: Path) -> None:
    write(toy(), tmp_path)
    (tmp_path / "area.toml").write_text('name = "甲乡"\n[layers.cliffs]\nfile = "nothing.shp"\n', "utf-8")
    area, problems = read_area(tmp_path)
    assert area.name == "甲乡"
    assert len(area.layer("households")) == 6  # what it does not mention is recognised as ever
    assert problems.table[["key", "file", "severity"]].values.tolist() == [
        ["declared_missing", "nothing.shp", "error"]
    ]


def test_a_column_that_does_not_exist(tmp_path: Path) -> None:
    write(toy(), tmp_path)
    text = '[layers.pools]\nfile = "水池.gpkg"\nfields = { volume = "容量大小" }\n'
    (tmp_path / "area.toml").write_text(text, "utf-8")
    area, problems = read_area(tmp_path)
    assert problems.of("error")[["key", "field"]].values.tolist() == [["column_missing", "容量大小"]]
    assert area.layer("pools")["volume"].tolist() == [50.0]  # by its alias, as without the file


@pytest.mark.parametrize(
    ("text", "key", "line"),
    [
        ("name = 3", "areafile.kind", 1),
        ("nmae = 'x'", "areafile.unknown_key", 1),
        ("name = 'x'\n[layers.road]\nfile = 'a.shp'", "areafile.layer", 2),
        ("[layers.roads]\ncrs = 'EPSG:4544'", "areafile.no_file", 1),
        ("[layers.roads]\nfile = 'a.shp'\ncrs = 'EPSG:99999'", "areafile.crs", 3),
        ("[layers.roads]\nfile = 'a.shp'\ndatum = 'GCJ02'", "areafile.choice", 3),
        ("[layers.roads]\nfile = 'a.shp'\nencoding = 'klingon'", "areafile.choice", 3),
        ("[layers.roads]\nfile = 'a.shp'\nfields = { klass = 'highway' }", "areafile.field", 3),
        ("[layers.roads]\nfile = 'a.shp'\n\nvalues.surfce = {}", "areafile.field", 4),
        ("[layers.lines]\nfile = 'a.shp'\nunits = { kv = 'furlong' }", "areafile.choice", 3),
        ("[layers.roads]\nfile = 'a.shp'\nvalues.class = 'x'", "areafile.kind", 3),
        ("[layers.roads]\nfile = 'a.shp'\ncontrol = { points = [[1, 2, 3, 4]] }", "areafile.control", 3),
        ("[terrain]\nfiles = 'a.tif'", "areafile.unknown_key", 2),
    ],
)
def test_mistakes_name_file_line_and_key(tmp_path: Path, text: str, key: str, line: int) -> None:
    path = tmp_path / "my.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(AreaError) as caught:
        load_area_file(path)
    assert caught.value.key == key
    assert caught.value.values["line"] == line
    for lang in ("zh", "en"):
        assert "my.toml" in caught.value.said(lang)


def test_no_toml_and_no_file(tmp_path: Path) -> None:
    (tmp_path / "my.toml").write_text("name = 'x'\nthis is no toml\n", "utf-8")
    with pytest.raises(AreaError, match="line 2"):
        load_area_file(tmp_path / "my.toml")
    with pytest.raises(AreaError) as caught:
        load_area_file(tmp_path / "other.toml")
    assert caught.value.key == "areafile.missing"
    with pytest.raises(AreaError) as caught:
        read_area(tmp_path / "no such folder")
    assert caught.value.key == "reading.no_folder"


def test_a_working_crs_in_degrees_is_refused(tmp_path: Path) -> None:
    write(toy(), tmp_path)
    (tmp_path / "area.toml").write_text('crs = "EPSG:4326"\n', "utf-8")
    area, problems = read_area(tmp_path)
    assert area.crs.to_epsg() == 4544
    assert problems.of("error")["key"].tolist() == ["crs_not_metric"]


def test_andorra_is_a_valid_example() -> None:
    path = Path(__file__).parents[2] / "docs/examples/andorra.area.toml"
    spec = load_area_file(path)
    assert spec.crs is not None
    assert spec.crs.to_epsg() == 32631
    assert {d.layer for d in spec.layers} >= {
        "villages",
        "groups",
        "households",
        "roads",
        "rivers",
        "hazards",
    }
