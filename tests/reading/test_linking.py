"""Layers that must agree: ids, references, places."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from geopandas.testing import assert_geodataframe_equal
from shapely.geometry import LineString, Point

from geo.area import Area
from geo.reading import Problems, read_area
from geo.reading.divisions import current
from geo.reading.linking import name_key

from .conftest import CRS, X0, Y0, Frames, toy, write


def _changed(folder: Path, **columns: object) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """Households with some columns changed (None: dropped), and the problems."""
    frames = toy()
    homes = frames["农户"]
    for name, values in columns.items():
        homes = homes.drop(columns=name) if values is None else homes.assign(**{name: values})
    area, problems = read_area(write(frames | {"农户": homes}, folder))
    return area.layer("households").set_index("id"), problems.table.set_index("key")


def test_references_by_name(tmp_path: Path) -> None:
    """一组 stands in both villages; the household's village tells which."""
    homes, problems = _changed(
        tmp_path,
        村代码=["坪上村"] * 3 + ["坝子村委会"] * 3,
        组代码=["一组", "第1组", "2组", "一组", "1村民组", "二组"],
    )
    assert homes["village"].tolist() == ["520500000201"] * 3 + ["520500000202"] * 3
    assert homes["group"].tolist() == ["20101", "20101", "20102", "20201", "20201", "20202"]
    assert len(problems) == 0


def test_references_by_full_name(tmp_path: Path) -> None:
    """The register says the village with the group, and the township before the village."""
    homes, problems = _changed(
        tmp_path,
        村代码=["坪上", "乌箐乡坪上村", None, None, "坝子村民委员会", "黔西县乌箐乡坝子村"],
        组代码=[
            "坪上村一组",
            "一组",
            "坪上村第二村民组",
            "乌箐乡坝子村一组",
            "坝子村1组",
            "黔西县乌箐乡坝子村2组",
        ],
    )
    assert homes["village"].tolist() == ["520500000201"] * 3 + ["520500000202"] * 3
    assert homes["group"].tolist() == ["20101", "20101", "20102", "20201", "20201", "20202"]
    assert problems.index.tolist() == ["filled"]  # the two villages that the group tells


def test_groups_that_carry_the_name_of_their_village(tmp_path: Path) -> None:
    frames = toy()
    groups, homes = frames["村民组"], frames["农户"]
    groups["组名"] = ["坪上村一组", "坪上村二组", "坝子村一组", "坝子村二组"]
    homes["村代码"] = ["坪上村"] * 3 + ["坝子村"] * 3
    homes["组代码"] = ["一组", "1组", "坪上村二组", "第一组", "坝子村一组", "二组"]
    area, problems = read_area(write(frames, tmp_path))
    expected = ["20101", "20101", "20102", "20201", "20201", "20202"]
    assert area.layer("households")["group"].tolist() == expected
    assert len(problems.table) == 0


@pytest.mark.parametrize("name", ["坝上村一组", "大坝子村一组", "坝子村三组", "坝子村"])
def test_full_names_that_tell_nothing_are_not_guessed(tmp_path: Path, name: str) -> None:
    """Another village, one whose name only ends alike, a group that is not there, no group."""
    _homes, problems = _changed(tmp_path, 村代码=None, 组代码=[name] + ["20101"] * 5)
    assert problems.loc["unknown_ref", ["row", "count"]].tolist() == ["1", 1]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("第三村民组", "3组"),
        ("十二组", "12组"),
        ("二十组", "20 组"),
        ("坪上村委会", "坪上村"),
        ("坪上村民委员会", "坪上村"),
    ],
)
def test_names_that_mean_the_same(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


def test_codes_of_before_the_renumbering(tmp_path: Path) -> None:
    """Qianxi was 522423, then 520522, then 520581: one place; the neighbour county is another."""
    frames = toy()
    villages, groups, homes = frames["行政村"], frames["村民组"], frames["农户"]
    new = {"520500000201": "520581100201", "520500000202": "520581100202"}
    old = ["522423100201"] * 3 + ["520522100202"] * 2 + ["522422100202"]
    frames |= {
        "行政村": villages.assign(村代码=villages["村代码"].map(new)),
        "村民组": groups.assign(村代码=groups["村代码"].map(new)),
        "农户": homes.assign(村代码=old),
    }
    area, problems = read_area(write(frames, tmp_path))
    assert area.layer("households")["village"].tolist() == ["520581100201"] * 3 + ["520581100202"] * 3
    table = problems.table.set_index("key")
    assert table.loc["recoded", ["severity", "field", "count"]].tolist() == ["warning", "village", 5]
    assert table.loc["unknown_ref", ["row", "count"]].tolist() == ["6", 1]  # 大方 is not 黔西
    assert table.loc["filled", "row"] == "6"  # from its group, and said so


def test_numbers_that_only_begin_like_a_county_stay() -> None:
    codes = pd.Series(["522422", "52242212", "5224221042", "522422104201", "12522422104201", None])
    told = current(codes)
    assert told.tolist()[:5] == ["522422", "52242212", "5205211042", "520521104201", "12522422104201"]
    assert told.isna().tolist() == [False] * 5 + [True]


def test_a_group_that_does_not_exist(tmp_path: Path) -> None:
    homes, problems = _changed(tmp_path, 组代码=["20101", "20109", "20102", "20201", "20201", "20202"])
    assert problems.loc["unknown_ref", ["severity", "row", "field", "count"]].tolist() == [
        "error",
        "2",
        "group",
        1,
    ]
    assert homes.loc["h2", "group"] == "20101"  # the nearest of its village, and said so
    assert problems.loc["filled", "row"] == "2"


def test_households_without_village_and_group(tmp_path: Path) -> None:
    homes, problems = _changed(tmp_path, 村代码=None, 组代码=None)
    assert homes["village"].tolist() == ["520500000201"] * 3 + ["520500000202"] * 3
    assert homes["group"].tolist() == ["20101", "20101", "20102", "20201", "20201", "20202"]
    assert set(problems["field"]) == {"village", "group"}
    assert set(problems["severity"]) == {"info"}


def test_ids_taken_and_missing(tmp_path: Path) -> None:
    homes, problems = _changed(tmp_path, 户编号=["h1", "h1", None, "h4", "h1", "h6"])
    assert homes.index.is_unique
    assert homes.index.tolist() == ["h1", "h1#2", "row3", "h4", "h1#3", "h6"]
    assert problems.loc["same_id", "count"] == 2
    assert problems.loc["no_id", "row"] == "3"


def test_groups_nobody_drew_are_those_of_the_households(tmp_path: Path) -> None:
    """一组 is in both villages, and is written in two ways in one of them."""
    frames = toy()
    del frames["村民组"]
    said = ["一组", "1组", "二组", "一组", "第一村民组", None]
    frames["农户"] = frames["农户"].drop(columns="组代码").assign(村民组=said)
    area, problems = read_area(write(frames, tmp_path))
    homes, groups = area.layer("households"), area.layer("groups")
    assert groups["id"].tolist() == ["坪上村一组", "坪上村二组", "坝子村一组"]
    assert groups["village"].tolist() == ["520500000201"] * 2 + ["520500000202"]
    assert groups.geometry[0].equals(homes.geometry[0])
    assert homes["group"].tolist() == ["坪上村一组"] * 2 + ["坪上村二组"] + ["坝子村一组"] * 3
    assert problems.table["key"].tolist() == ["groups_made", "filled"]


def test_without_villages_the_odd_one_far_away_is_known_by_the_others(tmp_path: Path) -> None:
    """Its cells would be counted in milliards: the ground is laid out over all that is in the area."""
    frames = toy()
    del frames["行政村"]
    spots = [Point(X0 + 200, Y0 + 200)] * 4 + [Point(X0 + 900_000, Y0), Point(X0 + 2500, Y0 + 500)]
    frames["农户"] = frames["农户"].set_geometry(spots, crs=CRS)
    area, problems = read_area(write(frames, tmp_path))
    homes = area.layer("households").set_index("id")
    assert homes.loc["h5"].geometry.equals(Point(X0 + 1250, Y0 + 250))
    assert homes.loc["h6"].geometry.equals(spots[5])
    assert problems.table["key"].tolist().count("far_home") == 1


def test_a_group_that_is_left_out_does_not_renumber_the_others(tmp_path: Path) -> None:
    frames = toy()
    groups = frames["村民组"].drop(columns="组代码")
    groups.geometry = [Point(X0 + 900_000, Y0), *groups.geometry[1:]]
    homes = (
        frames["农户"].drop(columns="组代码").assign(村民组=["二组", "二组", "二组", "一组", "一组", "二组"])
    )
    area, _ = read_area(write(frames | {"村民组": groups, "农户": homes}, tmp_path))
    of = area.layer("groups").set_index("id").loc[area.layer("households")["group"]]
    assert of["name"].tolist() == homes["村民组"].tolist()
    assert of["village"].tolist() == homes["村代码"].tolist()


def test_a_group_without_a_place_stands_among_its_households(tmp_path: Path) -> None:
    frames = toy()
    groups = frames["村民组"]
    groups.geometry = [Point(X0 + 900_000, Y0), None, *groups.geometry[2:]]
    area, problems = read_area(write(frames, tmp_path))
    homes = area.layer("households").set_index("id")
    placed = area.layer("groups").set_index("id").geometry
    assert placed["20101"].equals(homes.geometry["h1"])
    assert placed["20102"].equals(homes.geometry["h3"])
    assert homes["group"].tolist() == toy()["农户"]["组代码"].tolist()
    assert problems.table["key"].tolist() == ["far_home", "group_placed"]


def test_one_family_in_two_homes_is_told_without_its_number(tmp_path: Path) -> None:
    numbers = ["522426197001011234", None, "522426197001011235", "522426197001011234", None, "无"]
    homes, problems = _table(toy(), tmp_path, 户主身份证号=numbers)
    assert len(homes) == 6
    assert problems.loc["same_person", ["severity", "row"]].tolist() == ["warning", "5"]
    assert "5224" not in str(problems.loc["same_person"].to_dict())


@pytest.mark.parametrize("located", [True, False])
def test_one_sheet_for_each_village(tmp_path: Path, located: bool) -> None:
    """一组 of the sheet 坪上村 is that of 坪上村; without the sheet's name the place of the house tells."""
    frames = toy()
    homes = frames.pop("农户").drop(columns=["村代码", "组代码"]).to_crs(4326)
    homes = homes.assign(村民组=["一组", "一组", "二组", "一组", "一组", "二组"])
    table = homes.drop(columns="geometry")
    if located:
        table = table.assign(经度=homes.geometry.x, 纬度=homes.geometry.y)
    write(frames, tmp_path)
    with pd.ExcelWriter(tmp_path / "某乡农户.xlsx") as book:
        for name, part in (("坪上村", table[:3]), ("sheet2" if located else "坝子村", table[3:])):
            part.to_excel(book, sheet_name=name, index=False)
    read = read_area(tmp_path)[0].layer("households")
    assert read["village"].tolist() == ["520500000201"] * 3 + ["520500000202"] * 3
    assert read["group"].tolist() == ["20101", "20101", "20102", "20201", "20201", "20202"]


def test_a_village_nobody_drew_is_one_however_its_name_is_spaced(tmp_path: Path) -> None:
    frames = {"农户": toy()["农户"].assign(村代码=["坪上村", "坪上 村", "坪上村"] + ["坝子村"] * 3)}
    homes = read_area(write(frames, tmp_path))[0].layer("households")
    assert homes["village"].tolist() == ["坪上村"] * 3 + ["坝子村"] * 3


def test_rows_without_id_of_two_files_are_no_repeated_id(tmp_path: Path) -> None:
    frames = toy()
    homes = frames.pop("农户").assign(户编号=[None, "h2", "h3", None, "h5", "h6"])
    write(frames | {"农户1": homes[:3], "农户2": homes[3:]}, tmp_path)
    area, problems = read_area(tmp_path)
    assert area.layer("households")["id"].tolist() == ["row1", "h2", "h3", "row1.2", "h5", "h6"]
    assert set(problems.table["key"]) == {"no_id"}


def test_a_household_far_away_stands_at_its_group(tmp_path: Path) -> None:
    """Its people are counted: one slip in a coordinate is no reason to lose them."""
    spots = [Point(X0 + 200, Y0 + 200)] * 4 + [Point(X0 + 900_000, Y0), Point(X0 + 2500, Y0 + 500)]
    homes, problems = _changed(tmp_path, geometry=spots)
    assert homes.index.tolist() == ["h1", "h2", "h3", "h4", "h5", "h6"]
    assert homes.loc["h5", ["group", "loc_qual"]].tolist() == ["20201", "group"]
    assert homes.loc["h5"].geometry.equals(Point(X0 + 1250, Y0 + 250))
    assert problems.loc["far_home", ["severity", "row"]].tolist() == ["error", "5"]
    assert problems.loc["outside", ["severity", "row"]].tolist() == ["warning", "6"]


def _table(frames: Frames, folder: Path, **changes: list[object]) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    homes = frames.pop("农户").drop(columns="geometry").assign(**changes)
    write(frames, folder)
    homes.to_csv(folder / "农户.csv", index=False, encoding="gb18030")
    area, problems = read_area(folder)
    return area.layer("households").set_index("id"), problems.table.set_index("key")


def test_without_coordinates_at_the_group_or_village(tmp_path: Path) -> None:
    homes, problems = _table(toy(), tmp_path, 组代码=["20101", None, "20102", "20201", "9", "20202"],
                             村代码=["520500000201"] * 3 + ["520500000202"] * 2 + [None])  # fmt: skip
    assert homes["loc_qual"].tolist() == ["group", "village", "group", "group", "village", "group"]
    where = np.column_stack([homes.geometry.x - X0, homes.geometry.y - Y0])
    np.testing.assert_allclose(where[[0, 2, 3, 5]], [[250, 250], [250, 750], [1250, 250], [1250, 750]])
    np.testing.assert_allclose(where[[1, 4]], [[500, 500], [1500, 500]])
    assert problems.loc["placed", "count"].sum() == 6
    assert homes.loc["h6", "village"] == "520500000202"


def test_without_coordinates_group_or_village_is_left_out(tmp_path: Path) -> None:
    homes, problems = _table(
        toy(), tmp_path, 组代码=["20101"] * 5 + [None], 村代码=["520500000201"] * 5 + [None]
    )
    assert homes.index.tolist() == ["h1", "h2", "h3", "h4", "h5"]
    assert problems.loc["no_place", ["severity", "row"]].tolist() == ["error", "7"]


def test_bad_values_and_ranges_name_the_rows(tmp_path: Path) -> None:
    homes, problems = _changed(
        tmp_path, 人口=[3, 99, -2, 5, 1, 6], 安全饮水=["是", "?!", "否", "maybe", None, "是"]
    )
    assert homes["people"].isna().tolist() == [False, True, True, False, False, False]
    assert problems.loc["out_of_range", ["row", "field", "count"]].tolist() == ["2, 3", "people", 2]
    assert problems.loc["bad_value", ["row", "field", "count"]].tolist() == ["2, 4", "water", 2]


def test_many_rows_of_one_problem_are_one_line(tmp_path: Path) -> None:
    frames = toy()
    many = gpd.GeoDataFrame(
        {"户编号": [f"x{i}" for i in range(500)], "人口": [99] * 500},
        geometry=[Point(X0 + i, Y0 + 10) for i in range(500)],
        crs=CRS,
    )
    _, problems = read_area(write(frames | {"农户": many}, tmp_path))
    row = problems.table.set_index("key").loc["out_of_range"]
    assert row["count"] == 500
    assert row["row"] == "1, 2, 3, 4, 5 …"


def test_the_county_hospital_may_lie_outside(tmp_path: Path) -> None:
    frames = toy()
    spots = [Point(X0 + 500, Y0 + 500), Point(X0 + 7000, Y0), Point(X0 + 900_000, Y0)]
    frames["公共设施"] = gpd.GeoDataFrame({"类型": ["卫生室", "医院", "小学"]}, geometry=spots, crs=CRS)
    area, problems = read_area(write(frames, tmp_path))
    assert area.layer("facilities")["kind"].tolist() == ["clinic", "hospital"]
    assert problems.table["key"].tolist() == ["far_away"]


@pytest.mark.parametrize("ids", [["1", "2"], None])
def test_a_river_does_not_go_by_the_id_of_a_spring(tmp_path: Path, ids: list[str] | None) -> None:
    """Both are sources of water, and files number each layer from 1 on, or not at all."""
    spots = [Point(X0 + 10, Y0 + 10), Point(X0 + 20, Y0 + 10)]
    lines = [LineString([(X0, Y0), (X0 + 50, Y0)]), LineString([(X0, Y0 + 9), (X0 + 50, Y0 + 9)])]
    springs = gpd.GeoDataFrame({"泉名": ["甲", "乙"]}, geometry=spots, crs=CRS)
    rivers = gpd.GeoDataFrame({"河名": ["丙", "丁"]}, geometry=lines, crs=CRS)
    if ids:
        springs, rivers = springs.assign(编号=ids), rivers.assign(编号=ids)
    area, problems = read_area(write(toy() | {"水源": springs, "河流": rivers}, tmp_path))
    assert area.layer("springs")["id"].tolist() == ["1", "2"]
    assert area.layer("rivers")["id"].tolist() == ["1#river", "2#river"]
    assert problems.table.set_index("key").loc["shared_id", "count"] == 2


def persons(folder: Path, **changes: Any) -> tuple[Area, Problems]:
    """A township whose households are listed person by person, as the national export has them."""
    frames = toy()
    homes = frames.pop("农户").to_crs(4326)
    write(frames, folder)
    who = [0, 0, 0, 1, 1, 2]
    table = pd.DataFrame(
        {
            "行政村": "坪上村",
            "自然村(组)": "一组",
            "户编号": [f"A{i}" for i in who],
            "人编号": range(6),
            "姓名": ["甲妻", "甲", "甲子", "乙", "乙妻", "丙"],
            "人数": [3, 3, 3, 2, 2, 1],
            "与户主关系": ["配偶", "户主", "之子", "户主", "配偶", "户主"],
            "安全饮水": ["是", "是", "是", "否", "否", "是"],
            "经度": homes.geometry.x.iloc[who].to_numpy(),
            "纬度": homes.geometry.y.iloc[who].to_numpy(),
        }
    ).assign(**changes)
    table.dropna(axis=1, how="all").to_excel(folder / "农户.xlsx", index=False, engine="xlsxwriter")
    return read_area(folder)


@pytest.mark.parametrize("counted", [True, False])
def test_persons_are_not_households(tmp_path: Path, counted: bool) -> None:
    """The head need not come first."""
    area, problems = persons(tmp_path, **({} if counted else {"人数": None}))
    read = area.layer("households")
    assert read["id"].tolist() == ["A0", "A1", "A2"]
    assert read["name"].tolist() == ["甲", "乙", "丙"]
    assert read["people"].tolist() == [3, 2, 1]
    told = problems.table.set_index("key")
    assert told.loc["members", ["row", "count"]].tolist() == ["2, 4, 6", 3]
    assert "same_id" not in told.index


def test_what_is_written_in_the_first_row_of_a_household_alone_is_not_lost(tmp_path: Path) -> None:
    whole, _ = persons(tmp_path / "whole")
    first = {
        name: whole_column.where([True, False, False, True, False, True])
        for name, whole_column in pd.read_excel(tmp_path / "whole" / "农户.xlsx", engine="openpyxl").items()
        if name in ("人数", "安全饮水", "经度", "纬度")
    }
    area, problems = persons(tmp_path / "first", **first)
    columns = ["id", "name", "people", "water", "loc_qual", "geometry"]
    assert_geodataframe_equal(area.layer("households")[columns], whole.layer("households")[columns])
    assert "placed" not in set(problems.table["key"])


def test_members_without_a_number_belong_to_the_household_above(tmp_path: Path) -> None:
    area, problems = persons(
        tmp_path,
        户编号=["A0", None, None, "A1", None, None],
        与户主关系=["户主", "配偶", "之子", "户主", "配偶", "户主"],
        人数=None,
    )
    read = area.layer("households")
    assert read["id"].tolist() == ["A0", "A1", "row7"]  # a head without a number is a household
    assert read["people"].tolist()[:2] == [3, 2]
    assert problems.table.set_index("key").loc["no_id", "count"] == 1


def test_two_heads_under_one_number_are_two_households(tmp_path: Path) -> None:
    area, problems = persons(tmp_path, 与户主关系=["户主", "户主", "之子", "户主", "配偶", "户主"], 人数=None)
    read = area.layer("households")
    assert read["name"].tolist() == ["甲妻", "甲", "乙", "丙"]
    assert read["id"].tolist() == ["A0", "A0#2", "A1", "A2"]
    assert read["people"].isna().tolist() == [True, True, False, False]  # whose the son is nobody says
    assert problems.table.set_index("key").loc["same_id", "row"] == "3"
