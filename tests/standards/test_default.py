"""The default standard itself: complete, in two languages, and used."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from geo.corridors import REACH
from geo.layers import LAYERS
from geo.pricing import RANGE
from geo.relocation.criteria import CRITERIA
from geo.relocation.field_check import HOMESTEADS
from geo.relocation.follow_up import MEASURES
from geo.standards import default_standard, load_standard
from geo.verdicts import NEEDS
from geo.works import KINDS

D = default_standard()
ROOT = Path(__file__).parents[2]
CODE = {p: p.read_text("utf-8") for room in ("geo", "maps", "service") for p in (ROOT / room).rglob("*.py")}
USE = re.compile(
    r"""(?:standard\w*|\bS)(?:\.(?:table|numbers|values))?[(\[]\s*f?["']([a-z0-9_]+\.[a-z0-9_]+)["']"""
)


def test_every_value_says_what_it_is_in_both_languages():
    for value in D.values.values():
        assert re.search(r"[\u4e00-\u9fff]", value.zh), value.key
        assert not re.search(r"[\u4e00-\u9fff]", value.en), value.key


def test_a_guess_is_called_a_guess():
    for value in D.values.values():
        if "assumed" in value.source and value.confidence == "H":
            assert re.search(r"\d{4}|Art\.", value.source), f"{value.key}: assumed, and yet called certain"


def test_what_nobody_read_is_not_certain():
    unread = [v for v in D.values.values() if re.search("not read|not verified|general knowledge", v.source)]
    assert len(unread) > 20
    assert not [v.key for v in unread if v.confidence == "H"]


def test_tables_speak_of_choices_that_exist():
    choices = {c.value for layer in LAYERS.values() for f in layer.fields for c in f.choices}
    choices |= {*KINDS, *NEEDS, *RANGE, *REACH, *MEASURES, *CRITERIA, *HOMESTEADS}
    for value in D.values.values():
        if isinstance(value.value, dict):
            assert set(value.value) <= choices, value.key


def test_sets_are_made_of_needs():
    for variant in D.sets["household"].variants.values():
        assert {i for ids in variant.values() for i in ids} <= set(NEEDS)


def test_every_key_the_code_asks_for_exists():
    asked = {(key, path.name) for path, text in CODE.items() for key in USE.findall(text)}
    assert asked, "no use of the standard was found: the search is wrong"
    missing = sorted((key, name) for key, name in asked if key not in D.values)
    assert not missing


@pytest.mark.parametrize("key", sorted(D.values))
def test_every_value_is_used_by_some_code(key):
    theme, name = key.split(".")
    if theme == "price":  # asked for by kind and size: `geo.pricing`
        assert re.fullmatch(rf"({'|'.join(KINDS)})(_\d+(p\d+)?)?", name)
        return
    whole = re.compile(rf"""["']{re.escape(key)}["']""")
    made = re.compile(rf"""f["']{theme}\.[^"']*\{{""")  # f"site.{{name}}": the name stands apart
    part = re.compile(rf"""["']{name}["']|\b{name}\b""")
    used = any(whole.search(t) or (made.search(t) and part.search(t)) for t in CODE.values())
    assert used, f"{key} is in default.toml and in no code"


def test_the_example_of_a_township_is_read():
    mine = load_standard(ROOT / "docs" / "examples" / "standard.toml")
    assert mine.name == "县级细则(示例)"
    assert mine["road.group_min_households"] == 20
    assert mine.table("hazard.buffer_m") == {"small": 30, "medium": 80, "large": 200, "extra": 200}
    assert mine.sets["household"].use == "B"
