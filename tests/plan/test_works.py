"""All works of the sample together: whoever lacks something is served or named, and nothing is hidden."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely

from geo import read_area
from geo.obstacles import IN_HAZARD
from geo.plan import Plan, make_plan
from geo.programme import choose
from geo.standards import default_standard
from geo.verdicts import UNMET
from geo.works import KINDS, SERVES_COLUMNS, SYSTEM_COLUMNS, UNSERVED_COLUMNS, WORK_COLUMNS
from geo.works_ledger import village_works

DESIGNED = ("road", "path", "water", "power", "yard")


@pytest.fixture(scope="module")
def plan(sample: Path) -> Plan:
    area, _ = read_area(sample)
    return make_plan(area, default_standard(), budgets=(5_000_000.0, 3_000_000.0))


def test_the_tables_keep_their_contract(plan: Plan) -> None:
    works = plan.works
    assert list(works.table.columns.drop("geometry")) == list(WORK_COLUMNS)
    assert list(works.serves.columns) == list(SERVES_COLUMNS)
    assert list(works.unserved.columns) == list(UNSERVED_COLUMNS)
    assert list(works.systems.columns) == list(SYSTEM_COLUMNS)
    assert works.table["work"].is_unique
    assert set(works.table["kind"]) <= set(KINDS)
    assert (works.table["quantity"] > 0).all()
    assert works.serves["work"].isin(works.table["work"]).all()


@pytest.mark.parametrize("need", DESIGNED)
def test_whoever_lacks_is_served_or_named(plan: Plan, need: str) -> None:
    states = plan.gaps.states()[need]
    lacking = set(states.index[states == UNMET])
    served = set(plan.works.serves.query(f"need == '{need}'")["household"])
    named = set(plan.works.unserved.query(f"need == '{need}'")["household"])
    assert lacking <= served | named
    assert not served & named


def test_every_system_was_run_and_passed(plan: Plan) -> None:
    systems = plan.works.systems
    assert set(systems["need"]) == {"water", "power"}
    assert systems["verified"].str.contains(r"\d+\.\d+").all()
    assert systems["passed"].all()
    # a tap may be nearest to the head it needs or to the head it may have: a reader must know which
    least, most = systems["bound"] == "least", systems["bound"] == "most"
    assert (systems["worst"] >= systems["limit"] - 0.01)[least].all()
    assert (systems["worst"] <= systems["limit"] + 0.01)[most].all()
    assert (least | most).all()
    assert (systems["need"][least] == "water").all()
    assert {"least", "most"} == set(systems["bound"][systems["need"] == "water"])


def test_no_work_crosses_a_hazard_zone_unflagged(plan: Plan) -> None:
    """By an overlay of its own, with the declared polygons as they were read: lines, and what stands on a
    point (a yard, a tap, a transformer)."""
    zones = plan.area.layer("hazards").geometry
    zones = shapely.union_all(zones[zones.geom_type != "Point"].array)
    table = plan.works.table
    inside = table[shapely.intersects(np.asarray(table.geometry.array), zones)]
    assert {"path", "pipe", "lv_line", "connection", "yard", "cistern"} <= set(inside["kind"])
    assert (inside["flag"] == IN_HAZARD).all()


def test_quantities_are_no_shorter_than_the_line(plan: Plan) -> None:
    lines = plan.works.table[plan.works.table["kind"].isin(("road_new", "road_upgrade", "path", "pipe"))]
    assert (lines["quantity"] >= lines.geometry.length * 0.999 - 0.1).all()


def test_the_villages_add_up_to_the_works(plan: Plan) -> None:
    table = village_works(plan.area, plan.works, plan.costs)
    assert table["wan"].sum() * 10_000 == pytest.approx(plan.costs.total["likely"], rel=1e-6)
    paths = plan.works.table.query("kind == 'path'")["quantity"]
    assert table["path_km"].sum() * 1000 == pytest.approx(paths.sum(), rel=1e-6)


def test_the_programme_keeps_to_its_budgets_and_its_order(plan: Plan) -> None:
    programme = plan.programme
    assert programme is not None
    assert (programme.years["spent"] <= programme.years["budget"] + 0.01).all()
    year = pd.Series(programme.table["year"].to_numpy(), index=plan.works.table["work"]).astype("Float64")
    before = plan.works.table.set_index("work")["after"]
    for work in year.index[year.notna()]:
        for needed in before[work].split():
            assert year[needed] <= year[work]
    more = choose(plan.works, plan.costs, (6_000_000.0, 3_000_000.0), plan.standard)
    assert more.benefit >= programme.benefit * (1 - programme.gap) - 1e-6
