"""The whole plan: what must hold whatever the area, on the toy township and on the sample."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from geo import read_area
from geo.area import Area, make_area
from geo.ground import make_ground
from geo.ledger import LEVELS, MEASURES, ledger
from geo.plan import _READS, Gaps, Plan, find_gaps, judge, make_plan
from geo.standards import default_standard
from geo.verdicts import COLUMNS, NEEDS, STATES, sentences
from geo.works_ledger import village_works
from tests.maps.toy import toy_area

GEO = Path(__file__).parents[2] / "geo"
STANDARD = default_standard()
THEME_FILES = {  # what judges, not what designs
    "roads": ("roads/gaps.py", "roads/network.py", "groups.py", "ground.py", "walks.py", "footing.py"),
    "water": ("water/gaps.py", "water/supply.py", "water/routes.py", "priority.py"),
    "power": ("power/gaps.py", "power/feeders.py", "power/reach.py", "power/voltage.py", "priority.py"),
    "homes": ("homes/gaps.py",),
    "services": ("services/gaps.py",),
}


@pytest.fixture(scope="module")
def plan(sample: Path) -> Plan:
    area, _ = read_area(sample)
    return judge(area, STANDARD)


def test_every_household_comes_once_per_need(plan: Plan) -> None:
    table = plan.gaps.households
    assert list(table.columns) == list(COLUMNS)
    assert not table.duplicated(["household", "need"]).any()
    assert len(table) == len(NEEDS) * len(plan.area.layer("households"))
    assert set(table["state"]) <= set(STATES)


@pytest.mark.parametrize("level", [name for name in LEVELS if name not in ("township", "household")])
def test_levels_agree(plan: Plan, level: str) -> None:
    whole, parts = ledger(plan, "township"), ledger(plan, level)
    for column in whole.columns.drop("township"):
        assert parts[column].sum() == pytest.approx(whole[column].iloc[0]), column


def test_villages_nobody_drew_are_those_the_households_name() -> None:
    whole = toy_area()
    bare = replace(whole, layers={k: v for k, v in whole.layers.items() if k != "villages"})
    plan = make_plan(bare, STANDARD)
    rows = ledger(plan, "village")
    assert rows["village"].tolist() == whole.layer("households")["village"].unique().tolist()
    assert rows["households"].sum() == len(whole.layer("households"))
    works = village_works(bare, plan.works, plan.costs)
    assert works["name"].notna().all()
    assert works["wan"].sum() == pytest.approx(plan.costs.table["likely"].sum() / 1e4)


def test_totals_are_those_of_the_households(plan: Plan) -> None:
    whole, states = ledger(plan, "township").iloc[0], plan.gaps.states()
    people = plan.area.layer("households")["people"].fillna(0).to_numpy(float)
    for need in NEEDS:
        assert [whole[f"{need}.{state}"] for state in STATES] == [(states[need] == s).sum() for s in STATES]
        assert whole[f"{need}.unmet_people"] == people[(states[need] == "unmet").to_numpy()].sum()
        assert {f"{need}.{m}" for m in MEASURES} <= set(whole.index)


def test_every_reason_is_a_sentence_in_both_languages(plan: Plan) -> None:
    table = plan.gaps.households
    for lang in ("zh", "en"):
        for column in ("reason", "finding"):
            said = sentences(table, lang, column=column)
            assert said.str.len().min() > 1
            assert not said.str.contains("nan", regex=False).any(), said[said.str.contains("nan")].iloc[0]


def test_poor_villages_of_the_sample_are_worse_off(plan: Plan) -> None:
    villages = ledger(plan, "village")
    lacking = villages[[f"{n}.unmet" for n in ("road", "water", "yard", "housing")]].sum(axis=1)
    share = lacking / villages["households"]
    poor = villages["poor_village"].fillna(False).to_numpy(bool)
    assert share[poor].mean() > 1.5 * share[~poor].mean()


def test_survey_and_map_of_the_sample_differ_where_a_survey_would(plan: Plan) -> None:
    """Among a hundred households one to three are a place to go and look, as in a real register."""
    table = plan.gaps.discrepancies["need"].value_counts() / len(plan.area.layer("households"))
    for need in ("road", "path", "water", "power", "telecom"):
        assert 0.01 <= table[need] <= 0.03, need


def test_the_order_of_rows_changes_nothing(plan: Plan) -> None:
    rng = np.random.default_rng(3)
    area = plan.area
    shuffled = {
        name: frame.iloc[rng.permutation(len(frame))].reset_index(drop=True)
        for name, frame in area.layers.items()
    }
    again = find_gaps(replace(area, layers=shuffled), STANDARD)
    one = plan.gaps.states().sort_index()
    two = again.states().sort_index()
    pd.testing.assert_frame_equal(one, two)


def test_half_a_cell_moves_totals_little(plan: Plan) -> None:
    """The raster is our choice, not the township's: shifting it may change at most 1 % of households."""
    terrain = plan.area.terrain
    assert terrain is not None
    z = terrain.elevation
    middle = (z[:-1, :-1] + z[1:, :-1] + z[:-1, 1:] + z[1:, 1:]) / 4
    moved = replace(
        terrain,
        elevation=middle.astype(np.float32),
        west=terrain.west + terrain.cell / 2,
        north=terrain.north - terrain.cell / 2,
    )
    there = find_gaps(replace(plan.area, terrain=moved), STANDARD)
    differ = (there.states().to_numpy() != plan.gaps.states().to_numpy()).mean(axis=0)
    assert dict(zip(NEEDS, differ, strict=True)) == pytest.approx(dict.fromkeys(NEEDS, 0.0), abs=0.01)


@pytest.mark.parametrize(
    "change",
    [
        {"road.group_reach_m": 400.0},
        {"path.max_walk_m": 90.0},
        {"clinic.max_min": 45.0},
        {"school.max_min": 45.0},
        {"telecom.reach_m": 5000.0},
        {"income.line": 2000.0},
        {"housing.min_m2_person": 5.0},
    ],
)
def test_loosening_a_threshold_never_creates_a_gap(plan: Plan, change: dict[str, float]) -> None:
    before = plan.gaps.states()
    after = find_gaps(plan.area, STANDARD.override(change), plan.ground, earlier=plan.gaps).states()
    assert not ((before != "unmet") & (after == "unmet")).to_numpy().any()


@pytest.mark.parametrize(
    ("change", "need"),
    [
        ({"water.quota_l": 35.0}, "water"),
        ({"water.min_head_m": 5.0}, "water"),
        ({"water.reach_m": 2500.0}, "water"),
        ({"power.kva_per_household": 1.0}, "power"),
        ({"power.reach_m": 700.0}, "power"),
    ],
)
def test_loosening_what_is_shared_never_serves_fewer(plan: Plan, change: dict[str, float], need: str) -> None:
    """Under a shared capacity service may pass from one household to another; the number never falls."""
    gaps = find_gaps(plan.area, STANDARD.override(change), plan.ground, earlier=plan.gaps)
    assert _served(gaps, need) >= _served(plan.gaps, need)


def _served(gaps: Gaps, need: str) -> int:
    table = gaps.households
    return int(((table["need"] == need) & (table["computed"] == "met")).sum())


def test_what_if_equals_planning_anew(plan: Plan) -> None:
    for change in ({"water.reach_m": 700.0}, {"path.max_walk_m": 20.0}, {"clinic.max_min": 15.0}):
        standard = STANDARD.override(change)
        quick = find_gaps(plan.area, standard, plan.ground, earlier=plan.gaps)
        anew = find_gaps(plan.area, standard, make_ground(plan.area, standard))
        pd.testing.assert_frame_equal(quick.households, anew.households)


@pytest.mark.parametrize("theme", list(THEME_FILES))
def test_a_theme_reads_only_the_values_it_says(theme: str) -> None:
    """A what-if judges a theme again only when one of these changes: nothing else may be read."""
    files = [GEO / name for name in THEME_FILES[theme]]
    known = "|".join(re.escape(key) for key in STANDARD.values)
    used = {key for f in files for key in re.findall(rf'"({known})"', f.read_text("utf-8"))}
    assert used, theme
    assert all(key.startswith(_READS[theme]) for key in used), used


def test_an_area_of_nothing_but_households_is_all_unknown_or_surveyed() -> None:
    toy = toy_area(12)
    area = make_area({"households": toy.layer("households")}, crs=toy.crs)
    plan = make_plan(area, STANDARD)
    table = plan.gaps.households
    assert (table["computed"] != "met").all() or set(table[table["computed"] == "met"]["need"]) <= set(
        NEEDS[4:]
    )
    assert (table.query("need == 'water'")["computed"] == "unknown").all()
    assert (plan.exposure.households["relation"] == "unknown").all()


def test_an_empty_area_plans_to_nothing() -> None:
    toy = toy_area(12)
    area = Area("nobody", toy.crs, {"villages": toy.layer("villages")}, toy.terrain)
    plan = make_plan(area, STANDARD)
    assert len(plan.gaps.households) == 0
    assert ledger(plan, "township")["households"].tolist() == [0]
