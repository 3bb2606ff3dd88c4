"""The registry of the sample: who moved and built again is found, and nobody else is."""

from __future__ import annotations

from typing import Any

import pytest

from geo.area import Area
from geo.hazards.exposure import expose
from geo.relocation.must_move import MustMove, must_move
from geo.standards import default_standard

STANDARD = default_standard()


@pytest.fixture
def judged(area: Area) -> MustMove:
    found = expose(area, STANDARD)
    return must_move(area, STANDARD, found.households, pairs=found.table, zones=found.zones)


def test_each_planted_household_is_found_and_no_other(township: Any, other: Area) -> None:
    """The generator knows who came back; it says so to this test and never to the files."""
    found = expose(other, STANDARD)
    moving = must_move(other, STANDARD, found.households, pairs=found.table, zones=found.zones)
    planted = dict(township.rebuilt)
    assert sorted(planted.values()).count("building") >= 3
    assert dict(zip(moving.rebuilt["household"], moving.rebuilt["case"], strict=True)) == planted
    assert not set(planted) & set(moving.households.loc[moving.households["urgency"] == 0, "household"])


def test_both_ways_of_coming_back_are_found(judged: MustMove, area: Area) -> None:
    cases = judged.rebuilt["case"].value_counts()
    assert cases["dwelling"] == 8
    assert cases["building"] == 5
    moved = area.layer("households")["moved_to"].notna()
    assert moved.sum() > 2 * len(judged.rebuilt) + 5  # most of those who moved are not suspected
    used = area.layer("buildings").set_index("id")["use"]
    assert set(used[judged.rebuilt["building"].dropna()]) == {"住宅"}  # the old sheds are not


def test_the_list_mostly_agrees_with_the_computation(judged: MustMove) -> None:
    table = judged.households
    leaves = table[table["decision"].isin(["scattered", "whole"])]
    assert (leaves["compared"] == "agree").mean() > 0.5
    assert {"agree", "computed_only", "listed_only", "other_way", "none"} <= set(table["compared"])


def test_some_groups_move_whole(judged: MustMove) -> None:
    whole = judged.groups[judged.groups["whole"]]
    assert 2 <= len(whole) <= 12
    table = judged.households
    for group in whole["group"]:
        assert set(table.loc[table["group"] == group, "decision"]) <= {"whole", "moved"}


def test_kin_live_in_one_group_and_want_to_move(area: Area) -> None:
    homes = area.layer("households")
    kin = homes[homes["kin"].notna()]
    assert 3 <= kin["kin"].nunique() <= 8
    assert (kin.groupby("kin")["group"].nunique() == 1).all()
    assert homes.loc[homes["wish_site"].notna(), "move_wish"].all()
