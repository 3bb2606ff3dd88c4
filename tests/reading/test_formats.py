"""The same township in any format, CRS and row order is the same Area."""

from __future__ import annotations

import tempfile
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
import shapely.affinity
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from geo.layers import LAYERS
from geo.reading import read_area

from .conftest import CRS, ENDINGS, points, toy, write

GRIDS = ("EPSG:4544", "EPSG:4523", "EPSG:4490", "EPSG:4326", "EPSG:32648", "EPSG:4547")
TOLERANCE_M = 0.02


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> object:
    area, problems = read_area(write(toy(), tmp_path_factory.mktemp("plain")))
    assert problems.count == 0, problems.said("en").to_string()
    return area


def test_the_toy_is_read_as_written(plain: object) -> None:
    assert plain.crs.to_epsg() == 4544
    assert {n: len(f) for n, f in plain.layers.items()} == {
        "villages": 2, "groups": 4, "households": 6, "roads": 2, "pools": 1
    }  # fmt: skip
    homes = plain.layer("households").set_index("id")
    assert homes["people"].tolist() == [3, 4, 2, 5, 1, 6]
    assert homes["water"].tolist()[:2] == [True, False]
    assert pd.isna(homes.loc["h3", "water"])
    assert homes["water"].tolist()[4:] == [True, False]
    assert homes["house"].tolist()[:5] == ["A", "B", "C", "D", "none"]
    assert plain.layer("pools")["volume"].tolist() == [50.0]
    roads = plain.layer("roads").set_index("id")
    assert roads["class"].to_dict() == {"r1": "county", "r2": "group"}
    assert roads["surface"].to_dict() == {"r1": "asphalt", "r2": "gravel"}
    assert {s.layer for s in plain.sources} == set(plain.layers)
    assert all(len(s.sha256) == 64 for s in plain.sources)


def _same(one: object, other: object) -> None:
    assert one.crs == other.crs
    assert set(one.layers) == set(other.layers)
    for name, frame in one.layers.items():
        again = other.layers[name]
        np.testing.assert_allclose(points(frame), points(again), atol=TOLERANCE_M)
        left = pd.DataFrame(frame.drop(columns="geometry")).set_index("id").sort_index()
        right = pd.DataFrame(again.drop(columns="geometry")).set_index("id").sort_index()
        shared = [c for c in left if c in right]
        pd.testing.assert_frame_equal(left[shared], right[shared], check_dtype=True, check_index_type=False)


@given(
    driver=st.sampled_from(sorted(ENDINGS)),
    crs=st.sampled_from(GRIDS),
    seed=st.integers(0, 2**16),
)
@settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_format_crs_and_order_do_not_matter(plain: object, driver: str, crs: str, seed: int) -> None:
    crs = "EPSG:4326" if driver == "GeoJSON" else crs  # RFC 7946 knows no other
    frames = {n: f.sample(frac=1, random_state=seed) for n, f in toy().items()}
    with tempfile.TemporaryDirectory() as folder:
        area, problems = read_area(write(frames, Path(folder), driver=driver, crs=crs))
    assert problems.count == 0, problems.said("en").to_string()
    _same(plain, area)


def test_one_geopackage_with_all_layers(plain: object, tmp_path: Path) -> None:
    for name, frame in toy().items():
        frame.to_file(tmp_path / "乡.gpkg", layer=name, driver="GPKG")
    area, _ = read_area(tmp_path / "乡.gpkg")
    _same(plain, area)
    assert {s.file for s in area.sources} == {f"乡.gpkg:{n}" for n in toy()}


def test_spreadsheets_with_coordinates(plain: object, tmp_path: Path) -> None:
    frames = toy()
    homes = frames.pop("农户")
    write(frames, tmp_path)
    degrees = homes.to_crs("EPSG:4490")
    table = pd.DataFrame(homes.drop(columns="geometry"))
    table["经度"], table["纬度"] = degrees.geometry.x, degrees.geometry.y
    with pd.ExcelWriter(tmp_path / "农户调查表.xlsx", engine="xlsxwriter") as book:
        pd.DataFrame([["某某乡农户调查表"]]).to_excel(book, index=False, header=False)
        table.to_excel(book, index=False, startrow=1)
    area, problems = read_area(tmp_path)
    _same(plain, area)
    assert problems.of("warning")["key"].tolist() == ["crs_guess"]


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "utf-8-sig", "utf-16"])
def test_csv_in_the_zone_grid_with_survey_axes(plain: object, tmp_path: Path, encoding: str) -> None:
    """X north, Y east with the zone number, as surveyors write it."""
    frames = toy()
    homes = frames.pop("农户")
    write(frames, tmp_path)
    zone = homes.to_crs("EPSG:4523")
    table = pd.DataFrame(homes.drop(columns="geometry"))
    table["X坐标"], table["Y坐标"] = zone.geometry.y, zone.geometry.x
    table.to_csv(tmp_path / "农户.csv", index=False, encoding=encoding)
    area, problems = read_area(tmp_path)
    _same(plain, area)
    assert {"crs_guess", "swapped"} <= set(problems.table["key"])


def test_layers_are_recognised_by_their_fields(tmp_path: Path) -> None:
    frames = toy()
    frames["导出1"], frames["导出2"] = frames.pop("农户"), frames.pop("道路")
    area, problems = read_area(write(frames, tmp_path))
    assert len(area.layer("households")) == 6
    assert len(area.layer("roads")) == 2
    assert problems.table["key"].tolist() == ["by_fields", "by_fields"]


@pytest.mark.parametrize(
    "name", ["01行政村", "行政村_2023", "ROADS", " 道路 ", "乡道路网2019", "village boundary"]
)
def test_names_people_give(name: str) -> None:
    from geo.reading.recognise import recognise

    layer = {"01行政村": "villages", "行政村_2023": "villages", "village boundary": "villages"}.get(
        name, "roads"
    )
    shape = "polygon" if layer == "villages" else "line"
    assert recognise([name], [], shape).layer == layer


def test_unclear_names_are_refused() -> None:
    from geo.reading.recognise import recognise

    assert recognise(["network_lines"], [], "line").layer == ""
    assert recognise(["sheet1"], ["名称", "编号"], "point").layer == ""
    rivals = recognise(["x"], ["容积", "枯季出水量", "高程"], "point")
    assert rivals.layer in ("", "pools")


def test_several_files_make_one_layer(tmp_path: Path) -> None:
    frames = toy()
    homes = frames.pop("农户")
    frames["农户_坪上"], frames["农户_坝子"] = homes[:3], homes[3:]
    area, problems = read_area(write(frames, tmp_path))
    assert sorted(area.layer("households")["id"]) == [f"h{i}" for i in range(1, 7)]
    assert problems.count == 0
    assert len([s for s in area.sources if s.layer == "households"]) == 2


def test_the_files_are_not_touched(tmp_path: Path) -> None:
    write(toy(), tmp_path, driver="ESRI Shapefile")
    (tmp_path / "农户.shx").unlink()
    before = {p.name: (p.stat().st_mtime_ns, p.stat().st_size) for p in tmp_path.iterdir()}
    area, problems = read_area(tmp_path)
    assert len(area.layer("households")) == 6
    assert problems.of("warning")["key"].tolist() == ["no_shx"]
    assert {p.name: (p.stat().st_mtime_ns, p.stat().st_size) for p in tmp_path.iterdir()} == before


def test_kml(tmp_path: Path) -> None:
    homes = gpd.GeoDataFrame({"Name": ["a"]}, geometry=[shapely.Point(105.6, 27.1)], crs="EPSG:4326")
    homes.to_file(tmp_path / "村民组.kml", driver="KML")
    area, _ = read_area(tmp_path)
    assert area.layer("groups")["name"].tolist() == ["a"]
    assert area.crs.to_epsg() == int(CRS.split(":")[1])


def test_a_layer_in_a_format_that_is_not_read_counts_and_a_letter_does_not(tmp_path: Path) -> None:
    write(toy(), tmp_path)
    for name in ("采空区.dxf", "请示.docx"):
        (tmp_path / name).write_text("0")
    table = read_area(tmp_path)[1].table.set_index("file")
    assert table["severity"].to_dict() == {"采空区.dxf": "warning", "请示.docx": "info"}


def test_a_title_taken_for_a_column_is_not_quoted_with_names_and_numbers(tmp_path: Path) -> None:
    write(toy(), tmp_path)
    rows = [["填报人：王大力", "电话 13985712345", "年"], ["a", "b", "c"]]
    pd.DataFrame(rows).to_excel(tmp_path / "说明.xlsx", index=False, header=False)
    said = read_area(tmp_path)[1].said("zh")["what"].str.cat()
    assert "填报人, 电话 ***, 年" in said


@pytest.mark.parametrize("ending", ["kml", "kmz"])
def test_the_chinese_fields_of_a_kml(tmp_path: Path, ending: str) -> None:
    """The driver makes underscores of such names, and one field of all that are equally long."""
    mark = """<Placemark><name>{}</name><ExtendedData><Data name="灾害类型"><value>{}</value></Data>
        <Data name="规模等级"><value>{}</value></Data><Data name="威胁户数"><value>12</value></Data>
        </ExtendedData><Polygon><outerBoundaryIs><LinearRing><coordinates>105.6,27.1 105.61,27.1 105.61,27.11
        105.6,27.1
        </coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>"""
    marks = [mark.format("甲", "滑坡", "小型"), f"<Folder>{mark.format('乙', '崩塌', '大型')}</Folder>"]
    text = f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{"".join(marks)}</Document></kml>'
    if ending == "kml":
        (tmp_path / "地灾.kml").write_text(text, "utf-8")
    else:
        with zipfile.ZipFile(tmp_path / "地灾.kmz", "w") as archive:
            archive.writestr("doc.kml", text)
    area, problems = read_area(tmp_path)
    zones = area.layer("hazards").set_index("name")
    assert zones.loc["甲", ["kind", "level", "threat_hh"]].tolist() == ["landslide", "small", 12]
    assert zones.loc["乙", ["kind", "level"]].tolist() == ["rockfall", "large"]
    assert set(problems.table["key"]) == {"by_fields"}


def test_a_file_geodatabase(plain: object, tmp_path: Path) -> None:
    for name, frame in toy().items():
        frame.to_file(tmp_path / "county.gdb", layer=name, driver="OpenFileGDB")
    area, _ = read_area(tmp_path)
    _same(plain, area)
    assert {s.file for s in area.sources} == {f"county.gdb:{n}" for n in toy()}


@pytest.mark.parametrize(
    ("lon", "lat"),
    [
        ("105.6", "27.1"),
        ("105°36′0″", "27°6′0″"),
        ("105°36'", "27°6'"),
        ("东经105度36分0秒", "北纬27度6分"),
        ("E105°36'00\"", "N27°06'00\""),
        ("105.6°", "27.1度"),
    ],
)
def test_ways_to_write_degrees(tmp_path: Path, lon: str, lat: str) -> None:
    table = pd.DataFrame({"户编号": ["h"], "户主姓名": ["甲"], "人口": [3], "经度": [lon], "纬度": [lat]})
    table.to_csv(tmp_path / "农户.csv", index=False)
    homes = read_area(tmp_path)[0].layer("households").to_crs(4326)
    assert (homes.geometry.x[0], homes.geometry.y[0]) == pytest.approx((105.6, 27.1), abs=1e-9)


def test_every_value_of_every_choice_survives_being_written(tmp_path: Path) -> None:
    """What `conform` calls canonical is read back as itself, in every layer."""
    places = {
        "point": shapely.Point(105.6, 27.1),
        "point_or_polygon": shapely.Point(105.6, 27.1),
        "line": shapely.LineString([(105.6, 27.1), (105.61, 27.1)]),
        "polygon": shapely.box(105.6, 27.1, 105.61, 27.11),
    }
    wanted = {}
    for name, layer in LAYERS.items():
        fields = {f.name: [c.value for c in f.choices] for f in layer.fields if f.choices}
        if not fields:
            continue
        size = max(map(len, fields.values()))
        columns = {f: (v * size)[:size] for f, v in fields.items()} | {
            "id": [f"{name}{i}" for i in range(size)]
        }
        spread = [shapely.affinity.translate(places[layer.shape], i * 1e-3) for i in range(size)]
        gpd.GeoDataFrame(columns, geometry=spread, crs=4326).to_file(
            tmp_path / "all.gpkg", layer=name, driver="GPKG"
        )
        wanted[name] = columns
    area, problems = read_area(tmp_path / "all.gpkg")
    assert not set(problems.table["key"]) & {"bad_value", "out_of_range"}
    for name, columns in wanted.items():
        for field, values in columns.items():
            assert area.layer(name)[field].tolist() == values, f"{name}.{field}"


def ledger(path: Path, rows: list[list[object]], merged: list[str]) -> None:
    with pd.ExcelWriter(path, engine="xlsxwriter") as book:
        pd.DataFrame(rows).to_excel(book, sheet_name="台账", index=False, header=False)
        cells = book.sheets["台账"]
        for span in merged:
            row, column = int(span.split(":")[0][1:]) - 1, ord(span[0]) - ord("A")
            value = rows[row][column]
            cells.merge_range(span, value)


def test_a_ledger_with_a_title_two_rows_of_headers_and_merged_villages(tmp_path: Path) -> None:
    """As offices keep them: 位置 over 经度 and 纬度, the village written once for all its households."""
    frames = toy()
    homes = frames.pop("农户").to_crs(4326)
    write(frames, tmp_path)
    rows: list[list[object]] = [
        ["某某乡农户台账"] + [None] * 8,
        ["序号", "户主", "村名", "组名", "人口数(人)", "位置", None, "是否安全饮水", "院坝情况"],
        [None, None, None, None, None, "经度", "纬度", None, None],
    ]
    for i, (name, spot) in enumerate(zip(homes["户主姓名"], homes.geometry, strict=True)):
        village = {0: "坪上村", 3: "坝子村"}.get(i)
        rows.append(
            [i + 1, name, village, ["一组", "一组", "二组"][i % 3], 3, spot.x, spot.y, "是", "已硬化"]
        )
    rows.insert(6, ["坪上村 小计", None, None, None, 9, None, None, None, None])
    rows.append(["合  计", None, None, None, 18, None, None, None, None])
    merged = ["A1:I1", "F2:G2", "C4:C6", "C8:C10", *(f"{c}2:{c}3" for c in "ABCDEHI")]
    ledger(tmp_path / "农户.xlsx", rows, merged)
    area, problems = read_area(tmp_path)
    homes_read = area.layer("households")
    assert homes_read["village"].tolist() == ["520500000201"] * 3 + ["520500000202"] * 3
    assert homes_read["group"].tolist() == ["20101", "20101", "20102", "20201", "20201", "20202"]
    assert homes_read["name"].tolist() == list("甲乙丙丁戊己")
    assert homes_read["water"].tolist() == [True] * 6
    assert homes_read["people"].tolist() == [3] * 6
    assert homes_read["yard"].isna().all()  # 院坝情况 may be anything, and that is said
    told = problems.said("zh").set_index("key")
    assert told.loc["column_like", "what"] == "列“院坝情况”像是“院坝硬化”，但列名不是认得的写法"
    assert told.loc["columns_unused", "what"] == "这些列不知含义：序号"
    assert told.loc["sum_row", ["row", "what"]].tolist() == ["7, 11", "“台账”中 2 行是合计行"]
    assert not set(told["severity"]) & {"error", "unreadable"}


def test_long_numbers_of_a_spreadsheet_have_lost_their_end(tmp_path: Path) -> None:
    """A spreadsheet keeps fifteen digits: an id of eighteen beside one that is text is no id any more."""
    frames = toy()
    homes = frames.pop("农户").drop(columns="geometry")
    write(frames, tmp_path)
    homes["户编号"] = ["520521200202001001", *[520521200202001002.0 + 64 * i for i in range(5)]]
    homes.to_excel(tmp_path / "农户.xlsx", index=False, engine="xlsxwriter")
    told = read_area(tmp_path)[1].table.set_index("key")
    assert told.loc["rounded_id", ["severity", "row", "count"]].tolist() == ["error", "3, 4, 5, 6, 7", 5]
