"""The sample township: each bad candidate site fails for its planted reason, the good ones pass."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest

from geo.ground import make_ground
from geo.reading.read import read_area
from geo.relocation.assess import SiteContext, SiteVerdict, assess_listed, prepare_sites
from geo.relocation.connect import connect_offered, connect_site
from geo.relocation.find import find_sites
from geo.relocation.suitability import make_suitability
from geo.roads.gaps import road_gaps
from geo.standards import default_standard

PLANTED = (
    {"farmland"},
    {"hazard"},
    {"redline"},
    {"slope"},
    {"mining"},
    {"protect1", "protect2"},
    {"road_zone"},
    {"road"},
)
"""One set of rules for each planted reason; one site must fail by it."""
CLOSED = ("farmland", "redline", "hazards", "lakes", "rivers", "households", "buildings")
FOLLOWS = {"usable_share", "usable_area", "capacity", "hazard_buffer", "mine_plan_edge"}
"""What follows from a planted reason: nothing is left to build on, or the same ground a second time."""


@pytest.fixture(scope="module")
def context(sample: Path) -> SiteContext:
    standard = default_standard()
    area, _ = read_area(sample)
    ground = make_ground(area, standard)
    leading_out = road_gaps(area, standard, ground).serving
    return prepare_sites(area, standard, ground, serving=leading_out)


@pytest.fixture(scope="module")
def judged(context: SiteContext) -> tuple[SiteVerdict, ...]:
    return assess_listed(context)


def failures(verdict: SiteVerdict) -> set[str]:
    return set(verdict.rules.loc[verdict.rules["state"] == "fail", "rule"])


def test_the_good_sites_pass(judged: tuple[SiteVerdict, ...]) -> None:
    good = [v for v in judged if not failures(v)]
    assert len(good) == 3
    assert {v.verdict for v in good} <= {"suitable", "conditional"}


def test_each_bad_site_fails_for_one_planted_reason(judged: tuple[SiteVerdict, ...]) -> None:
    reasons = [failures(v) - FOLLOWS for v in judged if failures(v)]
    assert len(reasons) == len(PLANTED)
    for planted in PLANTED:
        assert sum(bool(r & planted) for r in reasons) == 1, planted
    assert all(any(r <= planted for planted in PLANTED) for r in reasons)


def test_nothing_is_unknown_where_all_layers_are_given(judged: tuple[SiteVerdict, ...]) -> None:
    assert not any((v.rules["state"] == "unknown").any() for v in judged)


def test_the_good_sites_are_connected_for_those_who_fit(
    judged: tuple[SiteVerdict, ...], context: SiteContext
) -> None:
    found = connect_offered(judged, context)
    assert [way is not None for way in found] == [not failures(v) for v in judged]
    for verdict, way in zip(judged, found, strict=True):
        if way is not None:
            assert way.households == min(verdict.capacity[verdict.kind], verdict.planned)
            alone = connect_site(verdict.usable, context, households=way.households)
            assert way.yuan == pytest.approx(alone.yuan)
            assert 0 < way.yuan[0] <= way.yuan[1] <= way.yuan[2]


def test_places_found_stand_clear_of_all_that_the_law_closes(context: SiteContext) -> None:
    """By a plain overlay, layer by layer, that shares nothing with the search."""
    found = find_sites(
        context, make_suitability(context), households=40, each_village=1, most=10, connect=False
    )
    area, places = context.area, found.table
    assert len(places) == len(set(places["village"])) >= 8
    assert set(places["verdict"]) <= {"suitable", "conditional"}
    assert (places["capacity"] >= 40).all()
    roads, strict = area.layer("roads"), area.layer("protect")
    guarded = list(context.standard.table("site.road_setback_m"))  # tracks and paths within may stay
    closed = {layer: area.layer(layer) for layer in CLOSED} | {
        "roads": roads[roads["class"].isin(guarded)],
        "protect": strict[strict["grade"].isin(["1", "2"])],
    }
    for layer, frame in closed.items():
        assert len(frame) or layer == "buildings"
        assert gpd.sjoin(places, frame[["geometry"]], predicate="intersects").empty, layer
    mined = context.zones.frame[context.zones.frame["kind"].isin(["mining", "planned_mining"])]
    assert gpd.sjoin(places, mined[["geometry"]]).empty
    assert (places["slope_mean"] <= context.standard["site.slope_max"]).all()
