"""What the page carries: everything the plan says, nothing that is nobody's business."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import orjson
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.messages import catalogue
from geo.plan import Plan
from geo.verdicts import NEEDS
from maps.columns import column, or_none
from maps.payload import payload
from maps.relocation_themes import RELOCATION_THEMES
from maps.themes import THEMES


@pytest.fixture(scope="module")
def values(plan: Plan) -> dict[str, Any]:
    return orjson.loads(orjson.dumps(payload(plan, lang="zh", names=False)))


def unpack(packed: Any, n: int) -> list[Any]:
    """What the browser does."""
    if packed is None:
        return [None] * n
    if isinstance(packed, list):
        return packed
    if "all" in packed:
        return [packed["all"]] * n
    return [None if i < 0 else packed["of"][i] for i in packed["at"]]


@given(st.lists(st.one_of(st.none(), st.sampled_from(["甲", "乙", "丙"])), max_size=30))
def test_text_columns_come_back(texts: list[str | None]) -> None:
    assert unpack(column(pd.Series(texts, dtype="str")), len(texts)) == texts


@given(st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), max_size=30))
def test_numbers_come_back_rounded(numbers: list[float | None]) -> None:
    back = unpack(column(pd.Series(numbers, dtype="float64")), len(numbers))
    for ours, theirs in zip(back, numbers, strict=True):
        assert (ours is None) == (theirs is None)
        assert ours is None or abs(ours - (theirs or 0)) <= 0.51e-6


def test_unknown_answers_stay_unknown() -> None:
    answers = pd.Series([True, None, False], dtype="boolean")
    assert unpack(column(answers), 3) == [True, None, False]
    assert unpack(column(pd.Series([1, None, 3], dtype="Int64")), 3) == [1, None, 3]
    assert column(pd.Series([None, None], dtype="boolean")) is None
    assert column(pd.Series([np.inf, 2.0])) == [None, 2]


def test_every_verdict_is_carried(values: dict[str, Any], plan: Plan) -> None:
    table = plan.gaps.households
    letters = {"met": "m", "unmet": "u", "unknown": "?"}
    assert list(values["needs"]) == list(NEEDS)
    for need, part in values["needs"].items():
        rows = table[table["need"] == need].reset_index(drop=True)
        assert part["states"] == "".join(rows["state"].map(letters))
        assert [part["said"][i] for i in part["reason"]] == rows["reason"].tolist()
        assert unpack(part.get("nearest"), len(rows)) == [
            None if v != v else v for v in rows["nearest"].tolist()
        ]
        differs = rows.index[
            (rows["survey"] != rows["computed"]) & (rows[["survey", "computed"]] != "unknown").all(axis=1)
        ]
        assert part["disagree"]["at"] == differs.tolist()
        assert [part["said"][i] for i in part["disagree"]["finding"]] == rows["finding"][differs].tolist()
    assert sum(len(p["disagree"]["at"]) for p in values["needs"].values()) == len(plan.gaps.discrepancies) > 0


def test_every_sentence_the_page_may_say_is_carried(values: dict[str, Any]) -> None:
    parts = [*values["needs"].values(), values["exposure"], values["groups"]]
    parts += [site["rules"] for site in values["sites"].values()]
    for lang in ("zh", "en"):
        for part in parts:
            assert set(part["said"]) <= set(values["text"][lang])
        assert values["text"][lang]["need.water"] == catalogue()["need.water"][lang]


def test_what_is_personal_stays_out(values: dict[str, Any], plan: Plan) -> None:
    text = orjson.dumps(values).decode()
    full = plan.area.layers["households"]["name"].tolist()
    assert not [name for name in full if name in text]
    assert "520123199001011234" not in text  # a column nobody declared
    assert unpack(values["households"]["name"], len(full))[0] == full[0][0] + "*" * (len(full[0]) - 1)
    named = orjson.dumps(payload(plan, lang="zh", names=True)).decode()
    assert full[0] in named
    assert "520123199001011234" not in named


def test_every_given_layer_is_carried_with_rules_of_its_theme(values: dict[str, Any], plan: Plan) -> None:
    inputs = {name: layer for name, layer in values["layers"].items() if not name.startswith("work_")}
    shown = set(inputs) & set(RELOCATION_THEMES)
    assert {"zones", "found_sites"} <= shown
    assert set(inputs) - shown == set(plan.area.layers) - {"households"}
    for name, layer in ((name, layer) for name, layer in inputs.items() if name not in shown):
        rules = unpack(layer["rule"], len(layer["id"]))
        assert all(0 <= i < len(THEMES[name].rules) for i in rules)
        assert len(layer["places"]) == len(layer["id"])
    roads = values["layers"]["roads"]
    keys = [THEMES["roads"].rules[i].key for i in unpack(roads["rule"], 4)]
    assert keys == ["main", "hard", "earth", "unknown"]


def test_sites_and_villages_are_carried(values: dict[str, Any], plan: Plan) -> None:
    [site] = plan.sites
    rules = values["sites"]["S1"]["rules"]
    assert rules["n"] == len(site.rules) == len(rules["states"])
    assert set(values["villages"]["states"]) == {"V1", "V2", "V3"}
    assert {len(s) for s in values["villages"]["states"].values()} == {len(values["villages"]["indicators"])}


def test_looking_for_what_is_missing_leaves_the_column_as_it_was() -> None:
    """What a helper was sent is unpickled, and then no copy but NumPy's is one."""
    sent = pickle.loads(pickle.dumps(pd.Series(["a", np.nan, "b"], dtype="str")))
    assert or_none(sent) == ["a", None, "b"]
    assert not any(value is None for value in np.asarray(sent.array))
