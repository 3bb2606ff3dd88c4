"""Homes by the survey, every number by hand."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import Point

from geo.area import Area, make_area
from geo.homes.gaps import home_gaps
from geo.standards import default_standard
from geo.verdicts import NEEDS, decide, discrepancies, sentences

S = default_standard()  # yard 80 m² assumed; C, D and none unsafe; 13 m² a person; 3335 yuan


def homes(*rows: dict[str, Any]) -> Area:
    points = [Point(i, 0) for i in range(len(rows))]
    frame = gpd.GeoDataFrame(pd.DataFrame(rows), geometry=points, crs="EPSG:4544")
    return make_area({"households": frame}, crs="EPSG:4544")


def found(need: str, *rows: dict[str, Any]) -> list[tuple[str, str]]:
    finding = home_gaps(homes(*rows), S).findings[need]
    return list(zip(finding.state, finding.reason, strict=True))


def test_a_yard_counts_its_square_metres():
    rows = [
        {"yard": True, "yard_m2": 50.0},
        {"yard": False, "yard_m2": 120.0},
        {"yard": False},
        {"yard": None},
    ]
    gaps = home_gaps(homes(*rows), S)
    assert list(gaps.findings["yard"].state) == ["met", "unmet", "unmet", "unknown"]
    assert list(gaps.findings["yard"].reason) == [
        "yard.met",
        "yard.unmet",
        "yard.unmet_assumed",
        "yard.unknown",
    ]
    assert gaps.yard_m2.tolist() == [0, 120, 80, 0]


@pytest.mark.parametrize(
    ("house", "m2", "people", "expected"),
    [
        ("A", 100, 4, ("met", "housing.safe")),
        ("B", 52, 4, ("met", "housing.safe")),  # 13 m² a person is enough
        ("B", 51, 4, ("unmet", "housing.crowded")),
        ("C", 200, 4, ("unmet", "housing.grade_c")),
        ("D", 20, 4, ("unmet", "housing.grade_d")),  # the danger is said before the lack of room
        ("none", None, 4, ("unmet", "housing.grade_none")),
        (None, 100, 4, ("unknown", "housing.unknown")),
        (None, 20, 4, ("unmet", "housing.crowded")),
        ("A", 20, None, ("met", "housing.safe")),
        ("A", 20, 0, ("met", "housing.safe")),
        ("A", None, 4, ("met", "housing.safe")),
    ],
)
def test_a_house_is_judged_by_its_grade_and_its_room(house, m2, people, expected):
    assert found("housing", {"house": house, "house_m2": m2, "people": people}) == [expected]


@pytest.mark.parametrize("need", ["medical", "pension", "skills", "industry"])
def test_one_question_one_answer(need):
    assert [state for state, _ in found(need, {need: True}, {need: False}, {need: None})] == [
        "met",
        "unmet",
        "unknown",
    ]


def test_a_household_without_students_needs_no_aid():
    rows = [
        {"students": 0, "edu_aid": False},
        {"students": 0, "edu_aid": None},
        {"students": 2, "edu_aid": False},
        {"students": 2, "edu_aid": True},
        {"students": 2, "edu_aid": None},
        {"students": None, "edu_aid": None},
    ]
    assert found("edu_aid", *rows) == [
        ("met", "edu_aid.no_students"),
        ("met", "edu_aid.no_students"),
        ("unmet", "edu_aid.unmet"),
        ("met", "edu_aid.met"),
        ("unknown", "edu_aid.unknown"),
        ("unknown", "edu_aid.unknown"),
    ]


def test_income_on_the_line_is_enough():
    assert [s for s, _ in found("income", {"income": 3335.0}, {"income": 3334.99}, {"income": None})] == [
        "met",
        "unmet",
        "unknown",
    ]


def test_the_survey_is_the_basis_and_never_a_discrepancy():
    rows = [{"yard": True, "house": "D", "income": 1.0, "medical": True}, {}]
    area = homes(*rows)
    gaps = home_gaps(area, S)
    assert set(gaps.findings) == set(gaps.surveys) <= set(NEEDS)
    for need in gaps.findings:
        table = decide(area.layer("households")["id"], need, gaps.findings[need], gaps.surveys[need])
        assert list(table["state"]) == list(gaps.findings[need].state)
        assert (table["basis"] == np.where(table["state"] == "unknown", "none", "survey")).all()
        assert len(discrepancies(table)) == 0
        for lang in ("zh", "en"):
            assert sentences(table, lang).str.len().gt(0).all()


def test_the_sentence_carries_its_numbers():
    area = homes({"house": "A", "house_m2": 40.0, "people": 4, "income": 3000.0})
    gaps = home_gaps(area, S)
    ids = area.layer("households")["id"]
    told = [
        sentences(decide(ids, n, gaps.findings[n], gaps.surveys[n]), "en").iloc[0]
        for n in ("housing", "income")
    ]
    assert told == [
        "10.0 m² of floor per person, less than 13 m²",
        "net income per person 3,000 yuan, below 3,335",
    ]


def test_nobody_home():
    gaps = home_gaps(make_area({}, crs="EPSG:4544"), S)
    assert all(len(f.state) == 0 for f in gaps.findings.values())
    assert len(gaps.yard_m2) == 0
