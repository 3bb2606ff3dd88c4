"""The sample township: each bad candidate site fails for its planted reason, the good ones pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from geo.ground import make_ground
from geo.reading.read import read_area
from geo.relocation.assess import SiteVerdict, assess_listed, prepare_sites
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
FOLLOWS = {"usable_share", "usable_area", "capacity", "hazard_buffer", "mine_plan_edge"}
"""What follows from a planted reason: nothing is left to build on, or the same ground a second time."""


@pytest.fixture(scope="module")
def judged(sample: Path) -> tuple[SiteVerdict, ...]:
    standard = default_standard()
    area, _ = read_area(sample)
    ground = make_ground(area, standard)
    leading_out = road_gaps(area, standard, ground).serving
    return assess_listed(prepare_sites(area, standard, ground, serving=leading_out))


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
