"""Clinic, school and 4G of a few households whose answers can be worked out by hand."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS

from geo.area import Area, make_area
from geo.ground import make_ground
from geo.services.gaps import service_gaps
from geo.spatial.terrain import Terrain
from geo.standards import Standard, default_standard
from geo.verdicts import Finding, decide, sentences

UTM = CRS(32648)
WEST, NORTH, CELL, SIZE = 500_000.0, 3_000_000.0, 50.0, 120
STANDARD = default_standard()
PACE_S_M = 3.6 / (6 * np.exp(-3.5 * 0.05) * 0.6)  # off-road on the flat


def flat() -> Terrain:
    return Terrain(np.full((SIZE, SIZE), 800, np.float32), WEST, NORTH, CELL, UTM)


def at(x: float, y: float = 3025.0) -> shapely.Point:
    return shapely.Point(WEST + x, NORTH - y)


def households(*places: shapely.Point | None) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"id": [f"h{i}" for i in range(len(places))]}, geometry=list(places), crs=UTM)


def facilities(*rows: tuple[str, str, bool | None, shapely.Point | None]) -> gpd.GeoDataFrame:
    ids, kinds, working, places = zip(*rows, strict=True)
    return gpd.GeoDataFrame(
        {"id": list(ids), "kind": list(kinds), "working": pd.array(working, "boolean")},
        geometry=list(places),
        crs=UTM,
    )


def judge(
    homes: gpd.GeoDataFrame,
    places: gpd.GeoDataFrame | None,
    *,
    terrain: Terrain | None = None,
    standard: Standard = STANDARD,
) -> dict[str, Finding]:
    layers = {"households": homes} | ({} if places is None else {"facilities": places})
    area = make_area(layers, crs=UTM, terrain=terrain)
    return service_gaps(area, standard, make_ground(area, standard))


def said(finding: Finding, lang: str) -> list[str]:
    ids = pd.Series([str(i) for i in range(len(finding.state))])
    return sentences(decide(ids, "clinic", finding), lang).tolist()


def test_minutes_metres_and_the_nearest_by_hand() -> None:
    places = facilities(("c1", "clinic", True, at(5025)), ("s1", "primary", None, at(525)))
    found = judge(households(at(4025), at(25)), places, terrain=flat())
    clinic, school = found["clinic"], found["school"]
    assert clinic.state.tolist() == ["met", "unmet"]
    np.testing.assert_allclose(clinic.measure, np.array([1000, 5000]) * PACE_S_M / 60, rtol=1e-5)
    np.testing.assert_allclose(clinic.extra, [1000, 5000], rtol=1e-6)
    assert clinic.nearest.tolist() == ["c1", "c1"]
    assert clinic.at == "facilities"
    assert school.state.tolist() == ["unmet", "met"]
    assert clinic.reason.tolist() == ["services.clinic_near", "services.clinic_far"]


def test_a_hospital_serves_as_a_clinic_and_what_does_not_work_serves_nobody() -> None:
    places = facilities(
        ("c1", "clinic", False, at(100)), ("h1", "hospital", None, at(900)), ("m1", "middle", True, at(50))
    )
    found = judge(households(at(25)), places, terrain=flat())
    assert found["clinic"].nearest.tolist() == ["h1"]
    assert found["school"].state.tolist() == ["unknown"]


def test_a_kind_that_is_mapped_but_works_nowhere_is_unmet() -> None:
    places = facilities(
        ("c1", "clinic", False, at(100)), ("p", "primary", False, at(9)), ("m", "mast", False, at(9))
    )
    found = judge(households(at(25)), places, terrain=flat())
    for need in ("clinic", "school", "telecom"):
        assert found[need].state.tolist() == ["unmet"]
        assert found[need].reason.tolist() == [f"services.{need}_none"]
        assert np.isnan(found[need].measure).all()


@pytest.mark.parametrize("places", [None, facilities(("o", "office", True, at(9)))])
def test_a_kind_nobody_mapped_is_unknown_and_names_the_layer(places: gpd.GeoDataFrame | None) -> None:
    found = judge(households(at(25)), places, terrain=flat())
    assert set(found) == {"telecom", "clinic", "school"}
    for finding in found.values():
        assert finding.state.tolist() == ["unknown"]
        assert "facilities layer" in said(finding, "en")[0]
        assert "公共设施图层" in said(finding, "zh")[0]


def test_a_river_without_a_bridge_leaves_no_walk() -> None:
    layers = {
        "households": households(at(25)),
        "facilities": facilities(("c1", "clinic", True, at(1025))),
        "rivers": gpd.GeoDataFrame(
            {"class": ["river"]},
            geometry=[shapely.LineString([(WEST + 500, NORTH + 9), (WEST + 500, NORTH - 7000)])],
            crs=UTM,
        ),
    }
    area = make_area(layers, crs=UTM, terrain=flat())
    clinic = service_gaps(area, STANDARD, make_ground(area, STANDARD))["clinic"]
    assert clinic.state.tolist() == ["unmet"]
    assert clinic.reason.tolist() == ["services.clinic_none"]


def test_4g_is_measured_in_space() -> None:
    """3 m of every 4 across, 4 of 5 in space: a mast 2,700 m off and 1,400 m higher is 3,041 m away."""
    height = np.full((SIZE, SIZE), 800, np.float32)
    height[:, 40:] = 2200
    terrain = Terrain(height, WEST, NORTH, CELL, UTM)
    mast = facilities(("m1", "mast", True, at(2725)))
    found = judge(households(at(25)), mast, terrain=terrain)["telecom"]
    assert found.measure[0] == pytest.approx(np.hypot(2700, 1400))
    assert found.state.tolist() == ["unmet"]
    planar = judge(households(at(25)), mast)["telecom"]
    assert planar.measure[0] == pytest.approx(2700)
    assert planar.state.tolist() == ["met"]


def test_without_terrain_the_sentence_says_so() -> None:
    found = judge(households(at(525), at(9025)), facilities(("c1", "clinic", True, at(25))))["clinic"]
    assert found.reason.tolist() == ["services.clinic_near_straight", "services.clinic_far_straight"]
    assert "直线" in said(found, "zh")[0]
    assert "straight line of 9,000 m" in said(found, "en")[1]


def test_a_household_without_a_place_is_unknown() -> None:
    places = facilities(
        ("c1", "clinic", True, at(25)), ("p", "primary", True, at(9)), ("m", "mast", True, at(9))
    )
    for terrain in (flat(), None):
        for finding in judge(households(at(25), None, shapely.Point()), places, terrain=terrain).values():
            assert finding.state.tolist() == ["met", "unknown", "unknown"]
            assert finding.reason[1] == "services.no_place"


def test_nobody_and_a_facility_without_a_place() -> None:
    places = facilities(("c1", "clinic", True, None), ("c2", "clinic", True, at(25)))
    assert len(judge(households(), places, terrain=flat())["clinic"].state) == 0
    assert judge(households(at(25)), places, terrain=flat())["clinic"].nearest.tolist() == ["c2"]


spots = st.tuples(st.floats(10, 5990), st.floats(10, 5990))


@settings(max_examples=15, deadline=None)
@given(
    homes=st.lists(spots, min_size=1, max_size=6),
    clinics=st.lists(spots, min_size=2, max_size=4),
    minutes=st.floats(1, 120),
    more=st.floats(0, 60),
)
def test_looser_limits_and_more_clinics_make_no_gap(
    homes: list[tuple[float, float]], clinics: list[tuple[float, float]], minutes: float, more: float
) -> None:
    rows = [(f"c{i}", "clinic", True, at(*c)) for i, c in enumerate(clinics)]
    layers = {"households": households(*[at(*h) for h in homes]), "facilities": facilities(*rows)}
    area: Area = make_area(layers, crs=UTM, terrain=flat())
    fewer = area.with_layer("facilities", facilities(*rows[:1]))
    strict = STANDARD.override({"clinic.max_min": minutes})
    loose = STANDARD.override({"clinic.max_min": minutes + more})
    ground = make_ground(area, STANDARD)
    met = service_gaps(area, strict, ground)["clinic"].state == "met"
    assert (service_gaps(area, loose, ground)["clinic"].state == "met")[met].all()
    assert met[service_gaps(fewer, strict, ground)["clinic"].state == "met"].all()


def test_every_sentence_of_the_room_can_be_said() -> None:
    places = facilities(
        ("c1", "clinic", True, at(25)), ("p", "primary", True, at(9)), ("m", "mast", True, at(9))
    )
    for terrain in (flat(), None):
        for finding in judge(households(at(25), at(5900)), places, terrain=terrain).values():
            for lang in ("zh", "en"):
                assert all("nan" not in s and "{" not in s for s in said(finding, lang))


def test_a_household_placed_by_its_village_alone_is_unknown() -> None:
    """It stands at the middle of its village, next door to the school: that says nothing of its walk."""
    homes = households(at(225), at(225), at(225)).assign(loc_qual=["village", "group", "gps"])
    places = facilities(
        ("p", "primary", True, at(275)), ("c", "clinic", True, at(275)), ("m", "mast", True, at(275))
    )
    for terrain in (None, flat()):
        for finding in judge(homes, places, terrain=terrain).values():
            assert list(finding.state) == ["unknown", "met", "met"]
            assert finding.reason[0] == "services.no_place"
            assert np.isnan(finding.measure[0])
            assert pd.isna(finding.nearest[0])
            assert finding.nearest[1] in {"p", "c", "m"}
