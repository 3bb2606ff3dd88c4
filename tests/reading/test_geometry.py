"""Geometry that does not fit: mended or left out, and always said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely.geometry import (
    GeometryCollection,
    LineString,
    MultiLineString,
    MultiPoint,
    MultiPolygon,
    Point,
    Polygon,
    box,
)

from geo.area import Area
from geo.reading import Problems, read_area

from .conftest import CRS, X0, Y0, toy, write


def _read(folder: Path, name: str, geometry: list[Any], **columns: list[Any]) -> tuple[Area, Problems]:
    frames = toy()
    del frames["农户"]
    write(frames, folder)
    moved = shapely.transform(np.array(geometry, object), lambda xy: xy + np.array([X0, Y0]))
    gpd.GeoDataFrame(columns, geometry=moved, crs=CRS).to_file(folder / f"{name}.gpkg", driver="GPKG")
    return read_area(folder)


def _keys(problems: Problems) -> dict[str, tuple[str, int]]:
    table = problems.table
    return {k: (s, n) for k, s, n in zip(table["key"], table["severity"], table["count"], strict=True)}


def test_z_is_dropped(tmp_path: Path) -> None:
    frames = toy()
    high = frames["道路"].copy()
    high["geometry"] = shapely.force_3d(high.geometry.array, z=1200.0)
    area, problems = read_area(write(frames | {"道路": high}, tmp_path, driver="ESRI Shapefile"))
    assert not shapely.has_z(area.layer("roads").geometry.array).any()
    assert _keys(problems)["z_dropped"] == ("info", 2)


def test_an_invalid_polygon_is_repaired(tmp_path: Path) -> None:
    bow = Polygon([(100, 100), (300, 300), (300, 100), (100, 300)])
    area, problems = _read(tmp_path, "地灾隐患", [bow], 灾种=["滑坡"])
    zone = area.layer("hazards").geometry.iloc[0]
    assert zone.is_valid
    assert zone.area == pytest.approx(2 * 0.5 * 200 * 100)
    assert _keys(problems)["invalid"] == ("warning", 1)
    assert "the outline crosses itself" in problems.said("en")["what"].str.cat()


def test_lines_of_several_pieces_are_split_and_chains_joined(tmp_path: Path) -> None:
    apart = MultiLineString([[(0, 100), (100, 100)], [(200, 100), (300, 100)]])
    chain = MultiLineString([[(0, 200), (100, 200)], [(100, 200), (300, 200)]])
    area, problems = _read(tmp_path, "河流", [apart, chain], 编号=["r1", "r2"], 类型=["河", "溪沟"])
    rivers = area.layer("rivers").set_index("id")
    assert rivers["class"].to_dict() == {"r1": "river", "r1-2": "river", "r2": "stream"}
    assert rivers.length.tolist() == [100.0, 100.0, 300.0]
    assert _keys(problems)["multiline"] == ("info", 1)


def test_polygons_of_several_parts_stay_one(tmp_path: Path) -> None:
    both = MultiPolygon([box(0, 0, 10, 10), box(20, 0, 30, 10)])
    area, problems = _read(tmp_path, "基本农田", [both], 图斑编号=["f1"])
    assert area.layer("farmland").area.tolist() == [200.0]
    assert problems.count == 0


def test_the_first_of_several_points(tmp_path: Path) -> None:
    area, problems = _read(
        tmp_path, "变压器", [MultiPoint([(5, 5), (9, 9)]), MultiPoint([(7, 7)])], 容量=[50, 30]
    )
    assert area.layer("transformers").geometry.x.tolist() == [X0 + 5, X0 + 7]
    assert _keys(problems)["multipoint"] == ("warning", 1)


def test_houses_drawn_as_polygons_become_points_inside(tmp_path: Path) -> None:
    shape = Polygon([(0, 0), (100, 0), (100, 10), (10, 10), (10, 100), (0, 100)])  # centroid lies outside
    area, problems = _read(tmp_path, "农户", [shape], 户编号=["h1"], 人口=[3])
    point = area.layer("households").geometry.iloc[0]
    assert point.within(shapely.transform(shape, lambda xy: xy + np.array([X0, Y0])))
    assert _keys(problems)["as_points"] == ("warning", 1)


def test_the_wrong_kind_is_left_out(tmp_path: Path) -> None:
    geometry = [LineString([(0, 0), (50, 50)]), Point(5, 5)]
    area, problems = _read(tmp_path, "河流", geometry, 编号=["a", "b"])
    assert area.layer("rivers")["id"].tolist() == ["a"]
    assert _keys(problems)["wrong_kind"] == ("error", 1)
    assert problems.of("error")["row"].tolist() == ["2"]


def test_a_closed_line_is_a_zone(tmp_path: Path) -> None:
    ring = LineString([(0, 0), (50, 0), (50, 50), (0, 0)])
    area, problems = _read(tmp_path, "采空区", [ring], 采深=[120])
    assert area.layer("workings").area.tolist() == [1250.0]
    assert _keys(problems)["ring_as_polygon"][0] == "warning"


def test_a_collection_gives_what_fits(tmp_path: Path) -> None:
    mixed = GeometryCollection([Point(1, 1), box(0, 0, 10, 10), LineString([(0, 0), (9, 9)])])
    area, problems = _read(tmp_path, "候选安置点", [mixed], 编号=["s1"])
    assert area.layer("sites").area.tolist() == [100.0]
    assert _keys(problems)["collection"] == ("warning", 1)


def test_nothing_empty_and_not_a_number(tmp_path: Path) -> None:
    geometry = [Point(1, 1), None, Point(), Point(np.inf, 1), Point(np.nan, 2)]
    area, problems = _read(tmp_path, "水源点", geometry, 编号=list("abcde"))
    assert area.layer("springs")["id"].tolist() == ["a"]
    keys = _keys(problems)
    assert keys["no_geometry"][0] == "error"
    assert keys["no_geometry"][1] + keys.get("wild_geometry", ("", 0))[1] == 4


def test_repeats(tmp_path: Path) -> None:
    geometry = [box(0, 0, 9, 9), box(0, 0, 9, 9), box(0, 0, 9, 9)]
    area, problems = _read(tmp_path, "基本农田", geometry, 图斑编号=["a", "a", "b"], 地类=["水田"] * 3)
    assert area.layer("farmland")["id"].tolist() == ["a", "b"]
    assert _keys(problems) == {"duplicate": ("warning", 1), "same_place": ("warning", 1)}
