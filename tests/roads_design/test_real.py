"""Andorra, terrain of 60 to 90 m cells: who is owed a road there, and the road designed once all are."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
import shapely

from geo.area import Area
from geo.corridors import make_corridors
from geo.reading import read_area
from geo.standards import default_standard

ROOT = Path(__file__).parents[2]
spec = importlib.util.spec_from_file_location("road_ground", Path(__file__).with_name("laid_out.py"))
here = importlib.util.module_from_spec(spec)
sys.modules["road_ground"] = here
spec.loader.exec_module(here)


@pytest.fixture(scope="module")
def andorra(real: Path) -> Area:
    """Without the doors of groups that have a road: paths are not asked here."""
    area, _ = read_area(real / "andorra", area_file=ROOT / "docs/examples/andorra.area.toml")
    found = here.needs(area).roads
    lacking = set(found.groups.loc[found.groups["state"] == "unmet", "group"])
    households = area.layer("households")
    return area.with_layer("households", households[households["group"].isin(lacking)])


def test_no_group_large_enough_lacks_a_road_and_the_small_ones_are_named(andorra: Area):
    works = here.design(andorra)
    assert not (works.table["need"] == "road").any()
    without = works.unserved[works.unserved["need"] == "road"]
    sizes = andorra.layer("households")["group"].value_counts()
    assert len(sizes) == 2
    assert sizes.max() < default_standard()["road.group_min_households"]
    assert set(without["household"]) == set(andorra.layer("households")["id"])
    assert set(without["reason"]) == {"road_design.small_group"}
    assert set(without["measure"]) == set(sizes)


def test_where_small_groups_are_owed_one_too_the_road_keeps_the_grade(andorra: Area):
    standard = default_standard().override({"road.group_min_households": 1})
    works = here.design(andorra, standard)
    roads = works.table[works.table["kind"].isin(["road_new", "road_upgrade"])]
    assert set(works.serves.loc[works.serves["need"] == "road", "household"]) == set(
        andorra.layer("households")["id"]
    )
    assert (roads["flag"] == "").all()
    ground = make_corridors(andorra, standard).terrain  # what the roads were designed on: the cells divided
    joined = shapely.get_parts(shapely.line_merge(shapely.union_all(roads.geometry.to_numpy())))
    assert max(here.steepest_by_hand(line, ground) for line in joined) <= 0.1201  # over joints of works too
    ends = shapely.points([np.asarray(p.coords)[0] for p in andorra.layer("groups").centroid])
    lacking = andorra.layer("groups")["id"].isin(andorra.layer("households")["group"]).to_numpy()
    assert shapely.distance(ends[lacking], shapely.union_all(joined)).max() < 1.0
    serving = here.needs(andorra).roads.serving
    assert shapely.distance(joined, shapely.union_all(serving.geometry.to_numpy())).max() < 1.0
