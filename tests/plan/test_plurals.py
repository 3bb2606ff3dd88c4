"""In English one household is not "1 households": what is counted is named by the number before it."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from geo.messages import catalogue, say
from geo.verdicts import sentences

PAGE = Path(__file__).parents[2] / "maps/workbench/src/core"
WORD = re.compile(r"^  (\w+): \{.*\ben: '((?:[^'\\]|\\.)*)' \}", re.MULTILINE)
NAMES = "nearest|name|what|file|path|given|field|collection|set|number|text|wanted|crs|weight|id|row|line"
"""What the gaps hold that are no count: who or what it is, where it stands."""
BETWEEN = r"(?!(?:of|to|from|in|on|at|by|for|when|m|km|kVA|min|yuan)\b)[a-z]+"
MANY = r"(?:[a-z]+s|[a-z]+ices|people|are|have|were|do)"
COUNTED = re.compile(rf"\{{(?!(?:{NAMES})\b)\w+(?::,?(?:\.0f)?)?\}}(?: {BETWEEN})?? {MANY}\b")
"""A whole number and a word that does not fit 1."""


def _english() -> dict[str, str]:
    page = {name: text for path in PAGE.glob("*.ts") for name, text in WORD.findall(path.read_text("utf-8"))}
    assert len(page) > 150
    return {key: text["en"] for key, text in catalogue().items()} | page


@pytest.mark.parametrize(
    "wrong",
    ["{n} households", "{n:,.0f} whole groups", "of {all:,} works", "{n:.0f} are closed", "{n} people"],
)
def test_what_is_wrong_is_seen(wrong: str) -> None:
    assert COUNTED.search(wrong)


def test_no_sentence_counts_without_the_word_for_one() -> None:
    assert {key: text for key, text in _english().items() if COUNTED.search(text)} == {}


def test_one_is_said_as_one() -> None:
    assert say("map.work_households", "en", n=1, people=1.0) == "serves 1 household, 1 person"
    assert say("map.work_households", "en", n=0, people=1200) == "serves 0 households, 1,200 people"
    assert say("map.work_households", "zh", n=1, people=1) == "受益 1 户 1 人"


def test_each_row_of_a_table_has_its_own_word() -> None:
    table = pd.DataFrame(
        {"reason": "village.hhpath.unmet", "measure": [1.0, 2.0, 1.0], "extra": [2.0, 3.0, 1.0]}
    ).assign(threshold=float("nan"), nearest=None)
    assert list(sentences(table, "en")) == [
        "1 of 2 households has no hardened path",
        "2 of 3 households have no hardened path",
        "1 of 1 household has no hardened path",
    ]
