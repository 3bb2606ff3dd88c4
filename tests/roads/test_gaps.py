"""Roads of a toy township, every number by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from shapely.geometry import LineString, MultiLineString, Point

from geo.messages import say
from geo.roads.gaps import road_gaps
from geo.standards import default_standard
from geo.verdicts import decide, sentences

S = default_standard()  # group_reach 200 m, min width 3.5 m, snap 2 m, exit buffer 60 m, path walk 50 m
G1 = {"id": "g1", "at": (1000, 100)}


def group(area, plane, standard=S):
    row = road_gaps(area, standard, plane).groups.iloc[0]
    return row["state"], row["reason"]


def path(area, plane, standard=S):
    found = road_gaps(area, standard, plane).path
    return list(zip(found.state, found.reason, strict=True))


def test_a_hardened_road_from_the_exit_serves(town, line, plane):
    area = town([line([(0, 0), (1000, 0)])], groups=[G1], homes=[(500, 50), (500, 51)])
    gaps = road_gaps(area, S, plane)
    row = gaps.groups.iloc[0]
    assert (row["group"], row["state"], row["reason"]) == ("g1", "met", "road.served")
    assert (row["measure"], row["threshold"], row["nearest"], row["at"]) == (100.0, 200.0, "1", "roads")
    assert row["owed"]
    assert list(gaps.path.state) == ["met", "unmet"]
    assert list(gaps.path.measure) == [50.0, 51.0]
    assert list(gaps.road.state) == ["met", "met"]  # of their group
    assert list(gaps.serving["id"]) == ["1"]


def test_a_stub_serves_nobody(town, line, plane):
    area = town([line([(500, 0), (1500, 0)])], groups=[G1], homes=[(1000, 10)])
    assert group(area, plane) == ("unmet", "road.stub")
    assert path(area, plane) == [("unmet", "path.stub")]
    row = road_gaps(area, S, plane).groups.iloc[0]
    assert row["extra"] == 100.0
    assert np.isnan(row["measure"])
    assert len(road_gaps(area, S, plane).serving) == 0


@pytest.mark.parametrize(("gap_m", "state"), [(1.9, "met"), (2.1, "unmet")])
def test_ends_are_joined_within_the_snap_distance(town, line, plane, gap_m, state):
    area = town([line([(0, 0), (500, 0)]), line([(500 + gap_m, 0), (1000, 0)])], groups=[G1])
    assert group(area, plane)[0] == state


def test_an_end_meets_the_middle_of_a_road_and_roads_cross(town, line, plane):
    tee = [line([(0, 0), (2000, 0)]), line([(1000, 1.5), (1000, 900)])]
    assert group(town(tee, groups=[{"id": "g1", "at": (1100, 800)}]), plane) == ("met", "road.served")
    cross = [line([(0, 0), (2000, 0)]), line([(1000, -300), (1000, 900)])]
    assert group(town(cross, groups=[{"id": "g1", "at": (1100, 800)}]), plane) == ("met", "road.served")


@pytest.mark.parametrize("raised", [{"bridge": True}, {"tunnel": True}, {"class": "expressway"}])
def test_what_passes_over_or_under_is_not_joined(town, line, plane, raised):
    under = line([(1000, -300), (1000, 900)])
    over = line([(0, 0), (2000, 0)], **raised)
    there = [{"id": "g1", "at": (1100, 800)}]
    assert group(town([over, under], groups=there), plane)[0] == "unmet"
    end_below = line([(1000, 0), (1000, 900)])  # an end under the middle of the bridge
    assert group(town([over, end_below], groups=there), plane)[0] == "unmet"
    at_its_end = line([(2000, 0), (1100, 700)])
    assert group(town([over, at_its_end], groups=there), plane)[0] == "met"


def test_nobody_steps_onto_an_expressway(town, line, plane):
    area = town([line([(0, 0), (1000, 0)], **{"class": "expressway"})], groups=[G1], homes=[(500, 5)])
    assert group(area, plane)[0] == "unmet"
    assert path(area, plane)[0][0] == "unmet"


def test_a_narrow_road_serves_doors_but_no_group(town, line, plane):
    area = town([line([(0, 0), (1000, 0)], width=3.0)], groups=[G1], homes=[(500, 10)])
    assert group(area, plane) == ("unmet", "road.narrow")
    assert path(area, plane) == [("met", "path.served")]


def test_a_wide_road_behind_a_narrow_one_does_not_serve_a_group(town, line, plane):
    area = town([line([(0, 0), (500, 0)], width=3.0), line([(500, 0), (1000, 0)])], groups=[G1])
    assert group(area, plane) == ("unmet", "road.narrow")


def test_unknown_width_counts_and_is_said(town, line, plane):
    area = town([line([(0, 0), (1000, 0)], width=np.nan)], groups=[G1])
    assert group(area, plane) == ("met", "road.served_width_unknown")


def test_hardened_decides_before_the_surface(town, line, plane):
    def state(**fields):
        return group(town([line([(0, 0), (1000, 0)], **fields)], groups=[G1]), plane)

    assert state(hardened=None, surface="cement") == ("met", "road.served")
    assert state(hardened=None, surface="gravel") == ("unmet", "road.unhardened")
    assert state(hardened=False, surface="asphalt") == ("unmet", "road.unhardened")
    assert state(hardened=True, surface="earth") == ("met", "road.served")
    assert state(hardened=None) == ("unknown", "road.surface_unknown")


def test_unknown_surface_matters_only_where_it_decides(town, line, plane):
    roads = [line([(0, 0), (1000, 0)]), line([(0, 0), (1000, 3000)], hardened=None)]
    there = [G1, {"id": "g2", "at": (1000, 3100)}, {"id": "g3", "at": (9000, 0)}]
    table = road_gaps(town(roads, groups=there), S, plane).groups
    assert list(table["state"]) == ["met", "unknown", "unmet"]
    assert list(table["reason"]) == ["road.served", "road.surface_unknown", "road.far"]
    assert table["measure"].iloc[2] == 8000.0


def test_an_unknown_link_on_the_way_out_is_unknown(town, line, plane):
    area = town([line([(0, 0), (500, 0)], hardened=None), line([(500, 0), (1000, 0)])], groups=[G1])
    assert group(area, plane) == ("unknown", "road.surface_unknown")


def test_impassable_roads_are_out(town, line, plane):
    area = town([line([(0, 0), (1000, 0)], usable=False)], groups=[G1])
    assert group(area, plane) == ("unmet", "road.none")


def test_a_footpath_serves_doors_only_and_only_where_it_meets_a_serving_road(town, line, plane):
    foot = {"class": "path", "width": 1.2}
    homes = [(1000, 900), (3000, 900)]
    roads = [
        line([(0, 0), (1000, 0)]),
        line([(1000, 0), (1000, 900)], **foot),
        line([(3000, 0), (3000, 900)], **foot),
    ]
    area = town(roads, homes=homes, groups=[{"id": "g1", "at": (1000, 900)}])
    assert path(area, plane) == [("met", "path.served"), ("unmet", "path.stub")]
    assert group(area, plane)[0] == "unmet"


def test_a_small_group_lacks_the_road_but_is_not_owed_it(town, line, plane):
    small = {"id": "g1", "at": (1000, 100), "hh_n": 29}
    lacking = road_gaps(town([line([(500, 0), (1500, 0)])], groups=[small]), S, plane).groups.iloc[0]
    assert (lacking["state"], lacking["reason"], lacking["owed"]) == ("unmet", "road.small_group", False)
    assert (lacking["extra"], lacking["cause"]) == (29, "road.stub")
    served = road_gaps(town([line([(0, 0), (1500, 0)])], groups=[small]), S, plane).groups.iloc[0]
    assert (served["state"], served["reason"], served["owed"]) == ("met", "road.served", False)


def test_households_are_counted_where_the_group_does_not_say_how_many(town, line, plane):
    unsaid = {"id": "g1", "at": (1000, 100), "hh_n": None}
    area = town([line([(0, 0), (1000, 0)])], groups=[unsaid], homes=[(900, 10 * i) for i in range(30)])
    row = road_gaps(area, S, plane).groups.iloc[0]
    assert (row["size"], row["owed"]) == (30, True)


def test_the_edge_of_the_villages_and_the_class_stand_in_for_exits(town, line, plane):
    inside = [line([(500, 0), (1500, 0)])]
    assert group(town(inside, groups=[G1], exits=None), plane)[0] == "unmet"
    to_the_edge = [line([(55, 0), (1500, 0)])]  # 55 m from x = 0
    assert group(town(to_the_edge, groups=[G1], exits=None), plane)[0] == "met"
    county = [line([(500, 0), (1500, 0)], **{"class": "county"})]
    assert group(town(county, groups=[G1], exits=None), plane)[0] == "met"
    assert group(town(county, groups=[G1]), plane)[0] == "unmet"  # mapped exits decide alone
    assert group(town(inside, groups=[G1], exits=None, villages=False), plane) == ("unknown", "road.no_exit")


def test_a_footpath_over_the_edge_is_no_exit(town, line, plane):
    area = town([line([(-50, 0), (1000, 0)], **{"class": "path"})], homes=[(500, 10)], exits=None)
    assert path(area, plane) == [("unmet", "path.stub")]


def test_multi_lines_are_pieces_of_their_own(town, line, plane):
    two = MultiLineString([[(0, 0), (1000, 0)], [(3000, 0), (4000, 0)]])
    there = [G1, {"id": "g2", "at": (3500, 100)}]
    table = road_gaps(town([line(two)], groups=there), S, plane).groups
    assert list(table["state"]) == ["met", "unmet"]
    joined = [line(two), line([(900, -50), (1000, 0), (3000, 0)])]
    assert list(road_gaps(town(joined, groups=there), S, plane).groups["state"]) == ["met", "met"]


def test_nothing_to_judge_by_is_unknown_and_says_why(town, line, plane):
    no_roads = town(None, groups=[G1], homes=[(0, 0)])
    gaps = road_gaps(no_roads, S, plane)
    assert list(gaps.groups["reason"]) == ["road.no_layer"]
    assert (list(gaps.path.state), list(gaps.path.reason)) == (["unknown"], ["path.no_layer"])
    roads = [line([(0, 0), (1000, 0)])]
    no_groups = road_gaps(town(roads, homes=[(500, 10)]), S, plane)
    assert list(no_groups.road.reason) == ["road.no_group"]
    assert list(no_groups.path.state) == ["met"]
    lost = road_gaps(town(roads, groups=[{"id": "g1", "at": Point()}], homes=[(500, 10)]), S, plane)
    assert list(lost.groups["reason"]) == ["road.no_location"]
    assert list(lost.road.state) == ["unknown"]


@pytest.mark.parametrize("quality", ["group", "village"])
def test_a_household_placed_by_its_group_has_no_door(town, line, plane, quality):
    area = town([line([(0, 0), (1000, 0)])], homes=[(500, 10)], home={"loc_qual": quality})
    assert path(area, plane) == [("unknown", "path.no_location")]


def test_the_survey_decides_and_the_group_answers_for_its_households(town, line, plane):
    area = town(
        [line([(0, 0), (1000, 0)])],
        groups=[{**G1, "road": False}],
        homes=[(500, 10), (500, 4000)],
        home={"path": True},
    )
    gaps = road_gaps(area, S, plane)
    assert (gaps.groups["state"].iloc[0], gaps.groups["basis"].iloc[0]) == ("unmet", "survey")
    ids = area.layer("households")["id"]
    by_home = decide(ids, "road", gaps.road, gaps.surveys["road"])
    assert list(by_home["state"]) == ["unmet", "unmet"]
    assert list(by_home["computed"]) == ["met", "met"]
    doors = decide(ids, "path", gaps.path, gaps.surveys["path"])
    assert list(doors["reason"]) == ["path.served", "survey.yes"]


def test_every_reason_has_a_sentence_in_both_languages(town, line, plane):
    roads = [line([(0, 0), (1000, 0)]), line([(5000, 0), (6000, 0)])]
    there = [G1, {"id": "g2", "at": (5500, 100)}, {"id": "g3", "at": (3000, 3000), "hh_n": 5}]
    table = road_gaps(town(roads, groups=there), S, plane).groups
    assert sentences(table, "en").iloc[0] == "a hardened road that leads out is 100 m on foot (at most 200 m)"
    assert "断头路" in sentences(table, "zh").iloc[1]
    assert "5 households" in sentences(table, "en").iloc[2]


def test_odd_lines_do_no_harm(town, line, plane):
    odd = [
        line(LineString()),
        line(LineString([(0, 0, 900), (1000, 0, 950)])),  # heights
        line([(700, 0), (800, 80), (900, 0), (700, 0)]),  # a ring
        line([(300, 0), (300, 0)]),  # no length
    ]
    area = town(odd, groups=[G1])
    assert group(area, plane)[0] == "met"
    empty = area.with_layer("roads", area.layer("roads").iloc[:1])
    assert group(empty, plane) == ("unmet", "road.none")


def test_no_groups_and_no_households_is_no_trouble(town, line, plane):
    gaps = road_gaps(town([line([(0, 0), (1000, 0)])]), S, plane)
    assert len(gaps.groups) == 0
    assert len(gaps.road.state) == 0
    assert gaps.groups["owed"].dtype == pd.BooleanDtype()


ROAD_REASONS = "served served_width_unknown far none stub narrow unhardened small_group surface_unknown"
PATH_REASONS = "served far none stub unhardened surface_unknown"
MISSING = "no_layer no_exit no_location"


@pytest.mark.parametrize(
    "key",
    [f"road.{r}" for r in f"{ROAD_REASONS} {MISSING} no_group".split()]
    + [f"path.{r}" for r in f"{PATH_REASONS} {MISSING}".split()],
)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_sentences_are_whole(key, lang):
    said = say(key, lang, measure=10.4, threshold=50.0, extra=7.0, nearest="x")
    assert "{" not in said
    assert "10.4" not in said
