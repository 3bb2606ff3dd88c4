"""Answers as people write them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.layers import LAYERS
from geo.reading import read_area
from geo.reading.values import convert, out_of_range

HOMES, POOLS, LINES, ROADS = (LAYERS[n] for n in ("households", "pools", "lines", "roads"))


def _one(value: object, layer: object, field: str) -> tuple[object, bool]:
    typed, bad = convert(pd.Series([value], dtype=object), layer.field(field))
    return typed[0], bool(bad[0])


@pytest.mark.parametrize(
    "word", ["是", "有", "√", "1", 1, 1.0, True, "Y", "yes", " TRUE ", "通", "１", "正常"]
)
def test_yes(word: object) -> None:
    assert _one(word, POOLS, "working") == (True, False)


@pytest.mark.parametrize("word", ["否", "无", "×", "0", 0, False, "N", "no", "未通", "损坏"])
def test_no(word: object) -> None:
    assert _one(word, POOLS, "working") == (False, False)


@pytest.mark.parametrize("word", [None, "", "  ", "未知", "不详", "/", "-", "NULL", float("nan")])
def test_unknown_is_neither_yes_nor_no(word: object) -> None:
    value, bad = _one(word, POOLS, "working")
    assert value is pd.NA
    assert not bad


def test_what_is_not_understood_is_unknown_and_named() -> None:
    typed, bad = convert(pd.Series(["是", "大概吧", "2"]), POOLS.field("working"))
    assert bad.tolist() == [False, True, True]
    assert typed.isna().tolist() == [False, True, True]


@pytest.mark.parametrize(
    ("written", "cubic_metres"),
    [("50m³", 50), ("1,200", 1200), ("约30方", 30), ("３０", 30), ("20 立方米", 20), (7, 7), ("5000升", 5)],
)
def test_numbers_with_units(written: object, cubic_metres: float) -> None:
    assert _one(written, POOLS, "volume") == (pytest.approx(cubic_metres), False)


@pytest.mark.parametrize("written", ["五十", "3-5", "50kg", "1.2.3", "很大", "inf"])
def test_numbers_that_are_none(written: str) -> None:
    value, bad = _one(written, POOLS, "volume")
    assert np.isnan(value)
    assert bad


def test_the_highest_of_several_voltages() -> None:
    assert _one("150000;110000", LINES, "kv")[0] == 150_000
    assert _one("10kV", LINES, "kv")[0] == 10
    assert _one("400V", LINES, "kv")[0] == pytest.approx(0.4)


def test_half_a_person_is_not_understood() -> None:
    typed, bad = convert(pd.Series([3.0, 2.5, np.nan]), HOMES.field("people"))
    assert typed.tolist() == [3, pd.NA, pd.NA]
    assert bad.tolist() == [False, True, False]


def test_range() -> None:
    field = HOMES.field("people")  # 0 to 60
    assert out_of_range(pd.Series([0, 60, 61, -1, pd.NA], dtype="Int64"), field).tolist() == [
        False, False, True, True, False,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2019-05-03", "2019-05-03"), ("2019/5/3", "2019-05-03"), ("20190503", "2019-05-03"),
        ("2019年5月3日", "2019-05-03"), ("2019.5", "2019-05-01"), ("2019", "2019-01-01"),
        (43588, "2019-05-03"), (20190503.0, "2019-05-03"),
        (pd.Timestamp("2019-05-03 10:00"), "2019-05-03 10:00"),
    ],
)  # fmt: skip
def test_dates(written: object, day: str) -> None:
    value, bad = _one(written, HOMES, "surveyed")
    assert (value, bad) == (pd.Timestamp(day), False)


@pytest.mark.parametrize("written", ["0000-00-00x", "明天", "2019-13-40", "1066"])
def test_dates_that_are_none(written: str) -> None:
    value, bad = _one(written, HOMES, "surveyed")
    assert pd.isna(value)
    assert bad


def test_choices_by_value_label_and_alias() -> None:
    typed, bad = convert(pd.Series(["D", "D级", "整栋危房", "d级", "E级", None]), HOMES.field("house"))
    assert typed.tolist()[:4] == ["D"] * 4
    assert bad.tolist() == [False] * 4 + [True, False]
    assert convert(pd.Series(["Secondary", "入户路"]), ROADS.field("class"))[0].tolist() == ["county", "path"]


def test_ids_are_text_and_keep_every_digit() -> None:
    field = HOMES.field("id")
    assert convert(pd.Series([520521202201, 18]), field)[0].tolist() == ["520521202201", "18"]
    assert convert(pd.Series([520521202201.0, np.nan]), field)[0].tolist()[0] == "520521202201"
    assert convert(pd.Series([" 520521199001011234 "]), field)[0].tolist() == ["520521199001011234"]


@given(
    st.lists(
        st.one_of(st.text(max_size=12), st.floats(), st.integers(), st.booleans(), st.none()), max_size=8
    )
)
def test_no_answer_whatsoever_breaks_a_converter(answers: list[object]) -> None:
    column = pd.Series(answers, dtype=object)
    for name in ("id", "people", "poor", "house", "income", "surveyed"):
        typed, bad = convert(column, HOMES.field(name))
        assert len(typed) == len(bad) == len(answers)
        assert typed[bad].isna().all()


@pytest.mark.parametrize(
    ("head", "written", "cubic_metres"),
    [
        ("枯季出水量(L/s)", 0.1, 8.64),
        ("枯季出水量(升/秒)", "0.1", 8.64),
        ("枯季出水量（m³/h）", 2, 48),
        ("枯季出水量(单位:立方米/秒)", 0.001, 86.4),
        ("枯季出水量(m³/d)", 8.64, 8.64),
        ("枯季出水量", 8.64, 8.64),
        ("枯季出水量(估)", 8.64, 8.64),
        ("枯季出水量(L/s)", "3 m³/d", 3),
        ("枯季出水量(L/s)", "0.2L/s", 17.28),
    ],
)
def test_the_unit_of_the_header_counts_for_what_names_none(
    tmp_path: Path, head: str, written: object, cubic_metres: float
) -> None:
    table = pd.DataFrame({"泉名": ["甲", "乙"], head: [written, None], "经度": 105.6, "纬度": [27.1, 27.2]})
    table.to_excel(tmp_path / "水源.xlsx", index=False, engine="xlsxwriter")
    area, problems = read_area(tmp_path)
    assert area.layer("springs")["yield_m3d"].tolist() == [
        pytest.approx(cubic_metres),
        pytest.approx(np.nan, nan_ok=True),
    ]
    changed = cubic_metres != 8.64 or "L" in head or "升" in head
    assert ("unit_head" in set(problems.table["key"])) == (changed and "/d" not in head)


def test_a_unit_that_means_something_else_is_told(tmp_path: Path) -> None:
    """亩 of a volume, or 元 a month where a year is asked, cannot be turned into the unit of the field."""
    table = pd.DataFrame(
        {
            "水池": ["甲", "乙"],
            "容积(亩)": [3, "20m³"],
            "高程(1985黄海)": [1500, 1510],
            "经度": 105.6,
            "纬度": 27.1,
        }
    )
    table.to_excel(tmp_path / "水池.xlsx", index=False, engine="xlsxwriter")
    area, problems = read_area(tmp_path)
    pools = area.layer("pools")
    assert pools["volume"].isna().tolist() == [True, False]
    assert pools["elev"].tolist() == [1500, 1510]
    told = problems.said("zh").set_index("key").loc["unit_unknown"]
    assert told["what"] == "表头“容积(亩)”的单位 亩 不能换算为“容积”的 m³"
    assert told["severity"] == "error"


def test_what_the_area_file_says_of_a_unit_beats_the_header(tmp_path: Path) -> None:
    table = pd.DataFrame({"泉名": ["甲"], "枯季出水量(m³/d)": [0.1], "经度": 105.6, "纬度": 27.1})
    table.to_excel(tmp_path / "水源.xlsx", index=False, engine="xlsxwriter")
    text = "[layers.springs]\nfile = '水源.xlsx'\nunits = { yield_m3d = 'L/s' }"
    (tmp_path / "area.toml").write_text(text, "utf-8")
    assert read_area(tmp_path)[0].layer("springs")["yield_m3d"].tolist() == [pytest.approx(8.64)]


@pytest.mark.parametrize(
    ("cover", "codes"),
    [
        ("paddy", "0101 0101K 水田"),
        ("dryland", "0102 0103 0103K 1203 田坎 013"),
        ("orchard", "0201 0202 0204 其他园地"),
        ("forest", "0301 0302 0307 0307K 乔木林地 031"),
        ("shrub", "0305 灌木林地 032"),
        ("grass", "0401 0403 0404 其他草地"),
        ("built", "05H1 0508 0601 0701 0702 08H1 08H2 0809 0810 09 1001 1003 1004 1006 1109 1202 农村道路"),
        ("mine", "0602 采矿用地"),
        ("water", "1101 1103 1104 1104A 坑塘水面"),
        ("rock", "1206 1207 裸岩石砾地"),
        ("wetland", "1106 内陆滩涂"),
    ],
)
def test_land_classes_of_the_surveys(cover: str, codes: str) -> None:
    typed, bad = convert(pd.Series(codes.split(), dtype=object), LAYERS["landcover"].field("class"))
    assert typed.tolist() == [cover] * len(typed)
    assert not bad.any()


@pytest.mark.parametrize("code", [101, "101", 203, "5203"])
def test_land_classes_that_may_mean_two_things(code: object) -> None:
    """101: railway of the second survey, or 水田 (0101) without its nought."""
    assert _one(code, LAYERS["landcover"], "class")[1]
