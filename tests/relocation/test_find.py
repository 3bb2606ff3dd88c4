"""Places found: suitable by the exact rules, large enough, named where closed, never freed by a hazard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import ndimage
from shapely import LineString, Point, box

from geo.errors import BadSearchError
from geo.ground import make_ground
from geo.messages import catalogue
from geo.reading.read import read_area
from geo.relocation.assess import SiteContext, assess_site, prepare_sites
from geo.relocation.connect import Connection, connect_sites
from geo.relocation.criteria import CRITERIA, falling
from geo.relocation.find import FOUND_COLUMNS, Found, find_for_villages, find_sites
from geo.relocation.offers import offers_of
from geo.relocation.suitability import Suitability, make_suitability
from geo.relocation.why_not import why_not
from geo.roads.gaps import road_gaps
from geo.spatial.growing import grow
from geo.spatial.sources import best_source
from geo.spatial.touching import mark_within
from geo.standards import default_standard
from geo.verdicts import sentences

from .conftest import CELL, rows, tilted

Banning = Callable[..., SiteContext]
FEW = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
HOLDS = 20
"""Households asked for in the toy township."""


@pytest.fixture(scope="module")
def suitability(context: SiteContext) -> Suitability:
    return make_suitability(context)


@pytest.fixture(scope="module")
def found(context: SiteContext, suitability: Suitability) -> Found:
    return find_sites(context, suitability, households=HOLDS, most=4)


def hazard(x: float, y: float, radius: float, level: str = "medium") -> gpd.GeoDataFrame:
    """A collapse: it is kept away from by a distance, whatever the ground does."""
    return rows([Point(x, y).buffer(radius)], id=["h"], kind=["collapse"], level=[level])


# ------------------------------------------------------------------------------ primitives
def test_cells_within_a_distance_are_those_shapely_finds() -> None:
    terrain = tilted(side=500.0)
    shapes = np.array(
        [LineString([(20, 30), (300, 410), (480, 15)]), box(200, 200, 260, 330), Point(90, 400)], object
    )
    reach = np.array([17.0, 31.0, 44.0])
    bits = np.zeros(terrain.shape, np.uint32)
    mark_within(shapes, reach, 3, bits, terrain)
    middle = (np.arange(40) + 0.5) * CELL
    x, y = np.meshgrid(middle, 500.0 - middle)
    away = np.stack(
        [shapely.distance(s, shapely.points(x, y)) - r for s, r in zip(shapes, reach, strict=True)]
    )
    assert ((bits == 8) == (away.min(axis=0) <= 0)).all()


def test_the_best_source_is_that_of_a_loop_over_all() -> None:
    terrain = tilted(side=300.0, slope=0.4)
    rng = np.random.default_rng(5)
    xy, height = rng.uniform(0, 300, (6, 2)), np.append(rng.uniform(1000, 1120, 5), np.nan)
    where = rng.random(terrain.shape) < 0.7
    found = best_source(xy, height, terrain, where, good_m=60.0, limit_m=200.0, lift_m=40.0)
    middle = (np.arange(24) + 0.5) * CELL
    x, y = np.meshgrid(middle, 300.0 - middle)
    by_hand = np.zeros(terrain.shape)
    for (px, py), z in zip(xy[:5], height[:5], strict=True):
        near = np.clip((200 - np.hypot(x - px, y - py)) / 140, 0, 1)
        by_hand = np.maximum(by_hand, near * np.clip(1 - (terrain.elevation - z) / 40, 0, 1))
    assert found[where] == pytest.approx(by_hand[where], abs=1e-5)


@pytest.mark.parametrize("limit", [60.0, 40.0])
def test_where_the_limit_is_no_greater_than_the_good_value_all_within_it_is_good(limit: float) -> None:
    grade = falling(np.array([0.0, limit, limit + 1, 500.0, np.inf, np.nan], np.float32), 60.0, limit)
    np.testing.assert_array_equal(grade, np.array([1, 1, 0, 0, 0, np.nan], np.float32))
    terrain = tilted(side=300.0)
    everywhere, xy = np.ones(terrain.shape, bool), np.array([[150.0, 150.0]])
    found = best_source(xy, np.array([2000.0]), terrain, everywhere, good_m=60.0, limit_m=limit, lift_m=40.0)
    middle = (np.arange(24) + 0.5) * CELL
    x, y = np.meshgrid(middle, 300.0 - middle)
    np.testing.assert_array_equal(found, np.hypot(x - 150, y - 150) <= limit)


def test_where_nothing_may_be_lifted_only_what_flows_by_itself_counts() -> None:
    terrain = tilted(side=300.0)
    everywhere, xy = np.ones(terrain.shape, bool), np.array([[150.0, 150.0]])
    found = best_source(xy, np.array([1007.5]), terrain, everywhere, good_m=1e3, limit_m=2e3, lift_m=0.0)
    np.testing.assert_array_equal(found, terrain.elevation <= 1007.5)


def test_a_hole_stays_open() -> None:
    terrain = tilted(side=500.0)
    ring = shapely.difference(box(50, 50, 450, 450), box(150, 150, 350, 350))
    bits = np.zeros(terrain.shape, np.uint32)
    mark_within(np.array([ring], object), 0.0, 0, bits, terrain)
    assert bits[20, 20] == 0
    assert bits[30, 8] == 1


@given(st.integers(1, 300), st.integers(0, 2**16))
@FEW
def test_a_patch_hangs_together_and_has_its_size(size: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    open_ = random.random((20, 20)) < 0.8
    start = int(np.flatnonzero(open_)[0])
    mark = random.random((20, 20)).astype(np.float32)
    cells = grow(start, size, mark, open_, compact=0.3)
    assert len(set(cells.tolist())) == len(cells) <= size
    assert open_.ravel()[cells].all()
    mask = np.zeros((20, 20), bool)
    mask.ravel()[cells] = True
    reached, parts = _labels(mask)
    assert parts == 1
    if len(cells) < size:  # then there was no more: all open ground that hangs together with the start
        whole, _ = _labels(open_)
        assert (whole == whole.ravel()[start]).sum() == len(cells)
    assert reached.any()


def _labels(mask: npt.NDArray[np.bool_]) -> tuple[npt.NDArray[np.int32], int]:
    label, parts = ndimage.label(mask)
    return label, parts


def test_without_merit_a_patch_is_round() -> None:
    cells = grow(50 * 101 + 50, 300, np.zeros((101, 101), np.float32), np.ones((101, 101), bool), compact=1.0)
    r, c = np.divmod(cells, 101)
    assert np.hypot(r - 50, c - 50).max() <= np.sqrt(300 / np.pi) + 1


def test_a_grade_falls_straight_between_good_and_limit() -> None:
    values = np.array([0, 300, 650, 1000, np.inf, np.nan], np.float32)
    assert falling(values, 300, 1000).tolist()[:5] == pytest.approx([1, 1, 0.5, 0, 0])
    assert np.isnan(falling(values, 300, 1000)[5])


# ------------------------------------------------------------------------------ closed ground
def test_open_ground_passes_every_rule_and_closed_ground_is_named(banning: Banning) -> None:
    """Single cells against the exact overlay: what is open takes nothing; what is closed says by what."""
    context = banning(
        {
            "farmland": rows([box(100, 1200, 400, 1500)], id=["f"]),
            "hazards": hazard(1500, 1400, 90),
            "rivers": rows([LineString([(0, 1000), (2000, 1100)])], id=["w"], **{"class": ["stream"]}),
            "households": rows([Point(1000, 700), Point(700, 1300)], id=["a", "b"]),
        }
    )
    suitability = make_suitability(context)
    rng = np.random.default_rng(7)
    for cell in rng.choice(suitability.banned.size, 60, replace=False):
        r, c = divmod(int(cell), suitability.banned.shape[1])
        square = box(c * CELL, 2000 - (r + 1) * CELL, (c + 1) * CELL, 2000 - r * CELL)
        taken = {
            rule: ground.area
            for rule, ground in assess_site(square, context).overlaps.items()
            if rule in suitability.rules
        }
        shut = {name for i, name in enumerate(suitability.rules) if suitability.banned[r, c] >> i & 1}
        assert set(taken) <= shut
        why = why_not(suitability, (c + 0.5) * CELL, 2000 - (r + 0.5) * CELL)
        closed = why[why["state"] == "closed"]
        assert set(closed["rule"]) == shut
        assert set(why["reason"]) <= set(catalogue())
        for lang in ("zh", "en"):
            assert not sentences(why, lang).str.contains("nan").any()


def test_why_not_names_the_feature_and_its_distance(banning: Banning) -> None:
    suitability = make_suitability(banning({"hazards": hazard(1000, 1000, 80)}))
    inside, beside = why_not(suitability, 1000, 1000), why_not(suitability, 1000, 1125)
    assert list(inside.loc[inside["state"] == "closed", "rule"]) == ["hazard", "hazard_buffer"]
    near = beside[beside["rule"] == "hazard_buffer"].iloc[0]
    assert (near["nearest"], near["at"], near["reason"]) == ("h", "hazards", "site.why.hazard_buffer.near")
    assert near["measure"] == pytest.approx(1125 - 6.25 - 1080, abs=CELL)


def test_an_open_place_has_a_grade_for_each_criterion(suitability: Suitability) -> None:
    why = why_not(suitability, 1050, 950, households=HOLDS)
    grades = why[why["state"] == "grade"].set_index("rule")
    assert set(grades.index) == {*suitability.grades, "score"}
    told = sum(grades.loc[k, "extra"] * grades.loc[k, "threshold"] / 100 for k in suitability.grades)
    assert grades.loc["score", "measure"] == pytest.approx(told, abs=1e-3)
    assert why.iloc[-1]["rule"] == "size"


def test_a_place_off_the_ground_is_refused(suitability: Suitability) -> None:
    for x, y in ((-5, 100), (np.nan, 3), (3, 1e9)):
        with pytest.raises(BadSearchError):
            why_not(suitability, x, y)


@given(
    st.floats(300, 1700), st.floats(300, 1700), st.floats(5, 120), st.floats(0, 150),
    st.sampled_from(["small", "medium", "large"]),
)  # fmt: skip
@FEW
def test_a_larger_hazard_frees_no_ground(
    banning: Banning, x: float, y: float, radius: float, more: float, level: str
) -> None:
    small = make_suitability(banning({"hazards": hazard(x, y, radius, level)}))
    wider = Point(x, y).buffer(radius).buffer(more)
    large = rows([wider], id=["h"], kind=["collapse"], level=[level])
    grown = make_suitability(banning({"hazards": large}))
    assert not ((small.banned != 0) & (grown.banned == 0)).any()


# ------------------------------------------------------------------------------ places
def test_found_places_keep_the_contract(found: Found) -> None:
    assert list(found.table.columns) == [*FOUND_COLUMNS, "geometry"]
    assert len(found.table) == len(found.verdicts) == len(found.connections) == len(found.criteria) == 4
    assert list(found.table["rank"]) == [1, 2, 3, 4]
    assert [v.site for v in found.verdicts] == list(found.table["site"]) == ["F-01", "F-02", "F-03", "F-04"]
    assert set(found.criteria.columns) <= set(CRITERIA)


@given(
    st.lists(st.tuples(st.floats(100, 1900), st.floats(100, 1900), st.floats(10, 150)), max_size=4),
    st.integers(1, 60),
)
@FEW
def test_places_pass_every_rule_lie_apart_and_hold_what_is_said(
    banning: Banning, spots: list[tuple[float, float, float]], households: int
) -> None:
    zones = rows(
        [Point(x, y).buffer(r) for x, y, r in spots],
        id=[str(k) for k in range(len(spots))],
        kind=["landslide"] * len(spots),
        level=["small"] * len(spots),
    )
    context = banning({"hazards": zones} if spots else {})
    found = find_sites(context, make_suitability(context), households=households, most=5, connect=False)
    shapes = np.asarray(found.table.geometry.array)
    for shape, holds, note in zip(shapes, found.table["capacity"], found.table["note"], strict=True):
        verdict = assess_site(shape, context, planned=float(households))
        assert "fail" not in set(verdict.rules["state"])
        assert verdict.excluded_m2 < 1e-6
        assert verdict.capacity["village"] == holds
        assert holds >= households or note == "site.found.smaller"
        assert not any(shape.intersects(Point(x, y).buffer(r)) for x, y, r in spots)
    for k, shape in enumerate(shapes):
        apart = shapely.distance(shape, np.delete(shapes, k))
        assert found.why or (apart >= context.standard["site.find_apart_m"] - CELL).all()


def test_the_same_question_has_the_same_answer(context: SiteContext, found: Found) -> None:
    again = find_sites(context, make_suitability(context), households=HOLDS, most=4)
    pd.testing.assert_frame_equal(pd.DataFrame(again.table), pd.DataFrame(found.table))
    pd.testing.assert_frame_equal(again.sensitivity, found.sensitivity)


def test_where_nothing_is_large_enough_the_largest_is_told(
    context: SiteContext, suitability: Suitability
) -> None:
    found = find_sites(context, suitability, households=100_000, most=2, connect=False)
    assert found.why == "site.found.smaller"
    assert set(found.table["note"]) == {"site.found.smaller"}
    assert (found.table["capacity"] > 0).all()


def test_where_all_is_closed_nothing_is_found(banning: Banning) -> None:
    context = banning({"farmland": rows([box(0, 0, 2000, 2000)], id=["f"])})
    found = find_sites(context, make_suitability(context), households=5)
    assert (len(found.table), found.why) == (0, "site.found.none")


def test_each_village_gets_places_of_its_own(context: SiteContext) -> None:
    halves = rows([box(0, 0, 1000, 2000), box(1000, 0, 2000, 2000)], id=["west", "east"], name=["西", "东"])
    context = replace(context, area=context.area.with_layer("villages", halves))
    suitability = make_suitability(context)
    found = find_for_villages(context, suitability, {"east": 12, "west": 30, "nowhere": 3}, connect=False)
    holds = found.table.groupby("village")["households"].unique().map(list).to_dict()
    assert holds == {"east": [12], "west": [30]}
    assert (found.table["capacity"] >= found.table["households"]).all()
    assert all(found.table.geometry[found.table["village"] == "west"].bounds["maxx"] <= 1000)


# ------------------------------------------------------------------------------ scores
def test_a_score_is_the_weighted_mean(suitability: Suitability) -> None:
    weights = {name: 0.0 for name in CRITERIA} | {"road": 3.0, "slope": 1.0}
    mean = 0.75 * suitability.grades["road"] + 0.25 * suitability.grades["slope"]
    assert suitability.marks(weights) == pytest.approx(mean, abs=1e-6)
    score = suitability.score(weights)
    assert (np.isnan(score) == (suitability.banned != 0)).all()


def test_weights_that_make_no_sense_are_refused(suitability: Suitability) -> None:
    for weights in ({"view": 1.0}, {"road": -1.0}, {"road": np.nan}, dict.fromkeys(CRITERIA, 0.0)):
        with pytest.raises(BadSearchError):
            suitability.shares(weights)


def test_searches_that_make_no_sense_are_refused(context: SiteContext, suitability: Suitability) -> None:
    for wrong in ({"households": 0}, {"households": 5, "kind": "castle"}, {"households": 5, "most": 0}):
        with pytest.raises(BadSearchError):
            find_sites(context, suitability, **wrong)  # type: ignore[arg-type]


def test_ranks_move_within_what_sensitivity_says(found: Found, context: SiteContext) -> None:
    factors = context.standard.numbers("site.sensitivity")
    cases = found.sensitivity.groupby(["criterion", "factor"], dropna=False)
    assert len(cases) == 1 + len(found.shares) * len(factors)
    for _, case in cases:
        assert sorted(case["rank"]) == list(range(1, len(found.table) + 1))
    as_is = found.sensitivity[found.sensitivity["criterion"] == ""]
    assert list(as_is["rank"]) == list(found.table["rank"])
    assert (found.table["rank_low"] <= found.table["rank"]).all()
    assert (found.table["rank_high"] >= found.table["rank"]).all()


def test_a_place_no_road_reaches_comes_after_those_it_reaches(
    context: SiteContext, suitability: Suitability, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A road that cannot be built costs nothing: the place must not win by it."""
    alike = {"slope": 1.0} | {name: 0.0 for name in CRITERIA if name != "slope"}
    first = find_sites(context, suitability, households=20, weights=alike)
    assert len(set(first.table["score"].round(2))) == 1
    cut_off = first.table.geometry.iloc[-1]

    def connected(grounds: list[shapely.Geometry], *given: object, **named: object) -> list[Connection]:
        whole = connect_sites(grounds, *given, **named)
        return [
            replace(one, road_m=np.nan, costs=one.costs.assign(low=0.0, likely=0.0, high=0.0))
            if ground.intersects(cut_off)
            else one
            for one, ground in zip(whole, grounds, strict=True)
        ]

    monkeypatch.setattr("geo.relocation.find.connect_sites", connected)
    without = find_sites(context, suitability, households=20, weights=alike)
    again = without.table
    assert again["connect_yuan"].iloc[-1] == 0
    offers = offers_of(context.area, (), (), without)  # half a price is none
    assert offers["connect_yuan"].isna().tolist() == again["connect_road_m"].isna().tolist()
    assert again["connect_road_m"].isna().tolist() == [False] * (len(again) - 1) + [True]


def test_a_criterion_without_a_layer_is_named(suitability: Suitability) -> None:
    assert {"market", "park"} <= set(suitability.missing)
    assert not set(suitability.missing) & set(suitability.grades)


# ------------------------------------------------------------------------------ real ground
def test_places_in_a_real_mountain_country(real: Path) -> None:
    """Andorra: by an overlay of our own, no place lies on scree, in a river, on a house or too steep."""
    folder = Path(__file__).parents[2] / "docs" / "examples" / "andorra.area.toml"
    area, _ = read_area(real / "andorra", area_file=folder)
    standard = default_standard()
    ground = make_ground(area, standard)
    context = prepare_sites(area, standard, ground, serving=road_gaps(area, standard, ground).serving)
    found = find_sites(context, make_suitability(context), households=30, each_village=2, most=14)
    assert found.table["village"].value_counts().max() <= 2
    assert len(found.table) >= 5
    assert (found.table["capacity"] >= 30).all()
    places = found.table
    for layer in ("hazards", "rivers", "households"):
        assert gpd.sjoin(places, area.layer(layer)[["geometry"]], predicate="intersects").empty
    assert (places["slope_mean"] <= standard["site.slope_max"]).all()
    assert set(places["verdict"]) == {"unknown"}  # no farmland, no red line: nobody can call a place safe
