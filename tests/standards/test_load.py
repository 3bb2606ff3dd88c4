"""What a standard file may say, and what we say of one that is wrong."""

from __future__ import annotations

import math
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import StandardError, XiangtuError
from geo.standards import default_standard, load_standard
from geo.standards.lines import line_of, lines_of
from geo.standards.load import read_standard
from geo.standards.values import ABOVE_NOUGHT, numbers_of

D = default_standard()


def load(tmp_path, text, encoding="utf-8"):
    file = tmp_path / "mine.toml"
    file.write_bytes(text.encode(encoding))
    return load_standard(file)


def test_without_a_file_the_default_stands():
    assert load_standard() is D
    assert D["water.reach_m"] == 1500.0
    assert D.numbers("site.corridor_m") == (5.0, 10.0, 15.0, 20.0)
    assert D.table("hazard.buffer_m")["large"] == 200.0


def test_any_subset_is_overridden_and_the_rest_stays(tmp_path):
    mine = load(
        tmp_path,
        """
        [water.reach_m]
        value = 1000
        unit = "m"
        source = "county rules"
        [hazard.buffer_m]
        value = { small = 30 }
        source = "county rules"
        confidence = "H"
        [site.corridor_m]
        value = [6, 11, 16, 21]
        source = "county rules"
        """,
    )
    assert mine["water.reach_m"] == 1000.0
    assert mine.table("hazard.buffer_m") == {"small": 30, "medium": 100, "large": 200, "extra": 200}
    assert mine.numbers("site.corridor_m")[0] == 6.0
    changed = {k for k in D.values if mine.values[k] != D.values[k]}
    assert changed == {"water.reach_m", "hazard.buffer_m", "site.corridor_m"}
    reach = mine.values["water.reach_m"]
    assert (reach.source, reach.confidence, reach.assumed) == ("county rules", "M", False)
    assert (reach.zh, reach.unit) == (D.values["water.reach_m"].zh, "m")
    assert D["water.reach_m"] == 1500.0  # the default is not touched
    assert mine.name == "mine"
    assert mine.sha256 != D.sha256


def test_a_file_may_name_the_standard_and_begin_with_a_mark(tmp_path):
    assert load(tmp_path, '\ufeffname = "羊场乡"\n').name == "羊场乡"


def test_the_variant_in_use_is_chosen_and_both_are_kept(tmp_path):
    mine = load(tmp_path, '[sets.household]\nuse = "B"\n')
    assert mine.sets["household"].use == "B"
    assert mine.sets["household"].variants == D.sets["household"].variants
    assert mine.sets["village"] == D.sets["village"]
    own = load(
        tmp_path,
        '[sets.household]\nuse = "C"\nsource = "ours"\n'
        '[sets.household.variants.C]\n"水电" = ["water", "power"]\n',
    )
    assert own.sets["household"].variants["C"] == {"水电": ("water", "power")}
    assert set(own.sets["household"].variants) == {"A", "B", "C"}


VARIANT_C = '[sets.household]\nsource = "x"\n[sets.household.variants.C]\n'
WRONG = {
    "not TOML": ("\nvalue = = 3\n", "not_toml", 2),
    "unfinished": ('[water.reach_m]\nvalue = "', "not_toml", 2),
    "said twice": ('[water.reach_m]\nvalue = 1\nsource = "x"\n[water.reach_m]\nvalue = 2', "not_toml", 4),
    "unknown theme": ('[waters.reach_m]\nvalue = 1\nsource = "x"', "unknown_key", 1),
    "unknown key": ('# a line\n[water.reach]\nvalue = 1\nsource = "x"', "unknown_key", 2),
    "unknown field": ('[water.reach_m]\nvalue = 1\nsource = "x"\nunits = "m"', "unknown_field", 4),
    "no source": ("[water.reach_m]\nvalue = 1", "missing", 1),
    "no value": ('\n\n[water.reach_m]\nsource = "x"', "missing", 3),
    "empty source": ('[water.reach_m]\nvalue = 1\nsource = " "', "not_text", 3),
    "source no text": ("[water.reach_m]\nvalue = 1\nsource = 2", "not_text", 3),
    "wrong unit": ('[water.reach_m]\nvalue = 1\nunit = "km"\nsource = "x"', "wrong_unit", 3),
    "unit no text": ('[water.reach_m]\nvalue = 1\nunit = 1\nsource = "x"', "not_text", 3),
    "text": ('[water.reach_m]\nvalue = "1000"\nsource = "x"', "not_number", 2),
    "yes": ('[water.reach_m]\nvalue = true\nsource = "x"', "not_number", 2),
    "nan": ('[water.reach_m]\nvalue = nan\nsource = "x"', "not_number", 2),
    "infinite": ('[water.reach_m]\nvalue = inf\nsource = "x"', "not_number", 2),
    "negative": ('[water.reach_m]\nvalue = -1\nsource = "x"', "negative", 2),
    "list for number": ('[water.reach_m]\nvalue = [1]\nsource = "x"', "want_number", 2),
    "number for table": ('[hazard.buffer_m]\nvalue = 1\nsource = "x"', "want_table", 2),
    "empty table": ('[hazard.buffer_m]\nvalue = {}\nsource = "x"', "want_table", 2),
    "number for list": ('[site.corridor_m]\nvalue = 1\nsource = "x"', "want_list", 2),
    "short list": ('[site.corridor_m]\nvalue = [1]\nsource = "x"', "wrong_length", 2),
    "text in list": ('[site.corridor_m]\nvalue = [1, 2, 3, "4"]\nsource = "x"', "not_number", 2),
    "unknown choice": ('[hazard.buffer_m]\nvalue = { tiny = 1 }\nsource = "x"', "unknown_choice", 2),
    "text in table": ('[hazard.buffer_m]\nsource = "x"\nvalue = { small = "1" }', "not_number", 3),
    "bare number": ("[water]\n\nreach_m = 1000", "not_a_table", 3),
    "no theme": ("\nwater = 3", "not_a_theme", 2),
    "confidence": ('[water.reach_m]\nvalue = 1\nsource = "x"\nconfidence = "sure"', "confidence", 4),
    "dotted": ("water.reach_m.value = 3", "missing", 1),
    "inline": ('[water]\n"reach_m" = { value = "3", source = "x" }', "not_number", 2),
    "name": ("name = 3", "not_text", 1),
    "set": ('[sets.town]\nuse = "A"', "unknown_key", 1),
    "variant": ('[sets.household]\nuse = "Z"', "no_such_variant", 2),
    "variants unsourced": ('[sets.household.variants.C]\n"x" = ["water"]', "missing", 1),
    "indicator": (f'{VARIANT_C}"水" = ["wather"]', "unknown_indicator", 4),
    "no list": (f'{VARIANT_C}"水" = "water"', "not_indicators", 4),
    "no labels": (VARIANT_C, "not_a_table", 3),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_every_mistake_names_file_line_and_what_to_do(tmp_path, name):
    text, key, line = WRONG[name]
    with pytest.raises(StandardError) as caught:
        load(tmp_path, text)
    error = caught.value
    assert (error.key, error.values["line"]) == (f"standard.{key}", line)
    assert f"mine.toml, line {line}:" in str(error)
    assert f"mine.toml 第 {line} 行" in error.said("zh")
    assert isinstance(error, ValueError)
    assert isinstance(error, XiangtuError)


def test_a_near_miss_is_guessed(tmp_path):
    with pytest.raises(StandardError, match=r"did you mean water\.reach_m"):
        load(tmp_path, '[water.reach]\nvalue = 1\nsource = "x"')


def test_a_file_in_another_encoding_names_the_line(tmp_path):
    with pytest.raises(StandardError, match="line 3: this is not UTF-8") as caught:
        load(tmp_path, '[water.reach_m]\nvalue = 1\nsource = "县水务局"', "gb18030")
    assert "UTF-8" in caught.value.said("zh")


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(StandardError, match=r"none\.toml cannot be opened"):
        load_standard(tmp_path / "none.toml")
    with pytest.raises(StandardError, match="cannot be opened"):
        load_standard(tmp_path)


def test_the_default_is_held_to_the_same_checks():
    text = '[a.b]\nvalue = 1\nunit = "m"\nzh = "甲"\nen = "a"\nsource = "s"\nconfidence = "H"\n'
    assert read_standard(text, "d.toml")["a.b"] == 1.0
    for field in ("value", "unit", "zh", "en", "source", "confidence"):
        less = "\n".join(line for line in text.splitlines() if not line.startswith(field))
        with pytest.raises(StandardError, match=f"d.toml, line 1: a.b has no {field}"):
            read_standard(less, "d.toml")


def test_a_what_if_changes_numbers_only():
    other = D.override({"water.reach_m": 1000, "hazard.buffer_m.small": 30})
    assert (other["water.reach_m"], D["water.reach_m"]) == (1000.0, 1500.0)
    assert other.table("hazard.buffer_m")["small"] == 30.0
    assert other.table("hazard.buffer_m")["large"] == 200.0
    assert other.values["water.reach_m"].source == "what-if"
    assert other.sha256 not in (D.sha256, D.override({"water.reach_m": 1001}).sha256)
    assert D.override({"walk.tobler_best_slope": -0.1})["walk.tobler_best_slope"] == -0.1


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"water.reach": 1}, "whatif.unknown_key"),
        ({"": 1}, "whatif.unknown_key"),
        ({"hazard.buffer_m.tiny": 1}, "whatif.unknown_key"),
        ({"hazard.buffer_m": 1}, "whatif.not_single"),
        ({"site.corridor_m": 1}, "whatif.not_single"),
        ({"site.corridor_m.1": 1}, "whatif.not_single"),
        ({"water.reach_m.x": 1}, "whatif.not_single"),
        ({"water.reach_m": math.nan}, "whatif.not_number"),
        ({"water.reach_m": math.inf}, "whatif.not_number"),
        ({"water.reach_m": True}, "whatif.not_number"),
        ({"water.reach_m": "1"}, "whatif.not_number"),
        ({"water.reach_m": None}, "whatif.not_number"),
        ({"water.reach_m": -1}, "whatif.negative"),
        ({"hazard.buffer_m.small": -1}, "whatif.negative"),
    ],
)
def test_a_what_if_that_makes_no_sense(changes, key):
    with pytest.raises(StandardError) as caught:
        D.override(changes)
    assert caught.value.key == key
    assert caught.value.said("zh")


def test_the_listing_shows_where_every_number_comes_from():
    listing = D.override({"hazard.buffer_m.small": 30}).listing().set_index("key")
    assert list(listing.index) == list(D.values)
    assert listing.loc["water.reach_m", "value"] == 1500.0
    assert listing.loc["hazard.buffer_m", "value"] == "small 30; medium 100; large 200; extra 200"
    assert listing.loc["site.corridor_m", "value"] == "5, 10, 15, 20"
    assert listing.loc["water.reach_m", "assumed"]
    assert not listing.loc["water.quota_l", "assumed"]
    assert listing[["zh", "en", "source"]].ne("").all(axis=None)


def test_a_standard_travels_to_other_processes():
    assert pickle.loads(pickle.dumps(D)) == D


def test_lines_of_keys():
    lines = lines_of('a = 1\n[b.c]  # x\n"d e" = 2\nf.g = 3\n[[h]]\n')
    assert lines == {
        ("a",): 1,
        ("b",): 2,
        ("b", "c"): 2,
        ("b", "c", "d e"): 3,
        ("b", "c", "f"): 4,
        ("b", "c", "f", "g"): 4,
    }
    assert line_of(lines, ("b", "c", "z")) == 2
    assert line_of(lines, ("z",)) == 1


SCRAPS = st.sampled_from(
    [
        "[water.reach_m]",
        "[water]",
        "[sets.household]",
        "[sets.household.variants.C]",
        "value=1",
        "value='x'",
        "value={}",
        "value=[1]",
        "value=[[1]]",
        "source='x'",
        "source=1",
        "unit='m'",
        "unit=''",
        "use='A'",
        "use=1",
        "confidence='H'",
        "reach_m=1",
        "water=1",
        "name=''",
        "variants=1",
        "x=['water']",
        "x=[1]",
        "1979-05-27=1",
        "value=1979-05-27",
    ]
)


@given(st.one_of(st.text(), st.lists(SCRAPS, max_size=8).map("\n".join)))
def test_no_text_whatever_gives_a_traceback(text):
    try:
        said = read_standard(text, "any.toml", base=D).name
    except StandardError as error:
        said = str(error)
    assert said.startswith("any")


@given(st.floats(0, 1e9))
def test_what_is_written_is_what_is_read(number):
    made = read_standard(f'[water.reach_m]\nvalue = {number!r}\nsource = "x"', "any.toml", base=D)
    assert made["water.reach_m"] == number


@pytest.mark.parametrize(
    "key",
    [
        *("water.quota_l", "water_design.cluster_households", "water_design.supply_hours"),
        *("power.kva_per_household", "corridor.cell_m", "path_design.step_m", "mine.edge_mm"),
    ],
)
def test_what_something_is_divided_by_is_more_than_nothing(tmp_path, key):
    with pytest.raises(StandardError) as whatif:
        D.override({key: 0})
    assert whatif.value.said("zh") == f"{key} 的取值 0 无法计算，必须大于 0"
    theme, name = key.split(".")
    with pytest.raises(StandardError) as written:
        load(tmp_path, f"[{theme}.{name}]\nvalue = 0\nsource = 'x'\n")
    assert written.value.said("en").endswith(f"{key}.value is 0; it must be more than 0")
    assert D.override({key: 0.5})[key] == 0.5


@pytest.mark.parametrize(
    ("key", "value"), [("site.land_per_household_m2", "{town = 0}"), ("power.sizes_kva", "0")]
)
def test_nor_is_one_of_several_nothing(tmp_path, key, value):
    theme, name = key.split(".")
    if value == "0":  # a row of numbers is written whole
        value = str([0, *list(D.numbers(key))[1:]])
    with pytest.raises(StandardError, match="0"):
        load(tmp_path, f"[{theme}.{name}]\nvalue = {value}\nsource = 'x'\n")


def test_every_value_that_must_be_more_than_nothing_is_one():
    assert set(D.values) >= ABOVE_NOUGHT
    assert all(min(numbers_of(D.values[key].value)) > 0 for key in ABOVE_NOUGHT)
