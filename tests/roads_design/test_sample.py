"""The sample township: nothing too steep unsaid, no zone crossed unsaid, every gap closed or named."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest
import shapely

from geo import read_area

spec = importlib.util.spec_from_file_location("road_ground", Path(__file__).with_name("laid_out.py"))
here = importlib.util.module_from_spec(spec)
sys.modules["road_ground"] = here
spec.loader.exec_module(here)


@pytest.fixture(scope="module")
def planned():
    area, _ = read_area(Path(__file__).parents[2] / "data" / "shapefiles")
    return area, here.needs(area), here.design(area)


def test_no_road_is_too_steep_unsaid(planned):
    area, _, works = planned
    table = works.table[works.table["kind"].isin(["road_new", "road_upgrade"])]
    quiet = table[table["flag"] == ""]
    assert len(quiet) >= 0.7 * len(table) > 10
    assert max(here.steepest_by_hand(line, area.terrain) for line in quiet.geometry) <= 0.1201


def test_no_work_crosses_a_hazard_zone_unsaid(planned):
    area, _, works = planned
    zones = shapely.union_all([z for z in area.layer("hazards").geometry if z.geom_type != "Point"])
    crosses = works.table.geometry.intersects(zones)
    assert crosses.any()
    assert (works.table["flag"][crosses] == "corridor.in_hazard").all()


def test_every_gap_is_closed_when_built_or_named(planned):
    area, before, works = planned
    after = here.needs(here.built(area, works)).roads
    ids = area.layer("households")["id"]
    for need, found in (("road", after.road), ("path", after.path)):
        lacking = set(before.states().index[before.states()[need] == "unmet"])
        named = set(works.unserved.loc[works.unserved["need"] == need, "household"])
        served = set(works.serves.loc[works.serves["need"] == need, "household"])
        assert lacking == named | served
        assert not named & served
        met = set(ids[found.state == "met"])  # what the map says, whatever the survey said before
        assert served <= met


def test_works_stand_in_order(planned):
    _, _, works = planned
    place = {name: k for k, name in enumerate(works.table["work"])}
    assert len(place) == len(works.table)
    for k, after in enumerate(works.table["after"]):
        assert all(place[name] < k for name in after.split())
    assert (works.table["crucial"] >= works.table["households"]).all()
