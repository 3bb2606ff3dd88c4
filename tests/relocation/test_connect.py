"""Connections worked out by hand, and what a visit must find out."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import shapely
from shapely import LineString, Point, box

from geo.corridors import make_corridors
from geo.errors import BadSearchError
from geo.messages import catalogue
from geo.pipes import head_loss
from geo.relocation.assess import SiteContext, assess_site, prepare_sites
from geo.relocation.compare import compare_sites
from geo.relocation.connect import connect_site
from geo.relocation.connections import make_targets
from geo.relocation.field_check import field_check
from geo.relocation.mains import cheapest_main, demand_m3d
from geo.relocation.suitability import make_suitability
from geo.standards import Standard
from geo.verdicts import sentences

from .conftest import SITE, rows, tilted, township

Make = Callable[..., SiteContext]


@pytest.fixture(scope="module")
def site_context(context_of: Make) -> SiteContext:
    return context_of({"hazards": rows([Point(1050, 1200)], id=["h"], kind=["rockfall"], level=["small"])})


def test_a_road_runs_from_the_site_to_the_hardened_road(context: SiteContext) -> None:
    found = connect_site(SITE, context, households=20)
    road = found.works[found.works["kind"] == "road_new"].iloc[0]
    assert 100 <= found.road_m <= 130  # the road's line lies 100 m below the site on 5 % ground
    assert road["geometry"].distance(SITE) < 1e-6
    assert road["geometry"].distance(LineString([(0, 800), (2000, 800)])) < 1e-6
    likely = context.standard.table("price.road_new")["likely"]
    price = found.costs.loc[found.works["kind"] == "road_new", "likely"].iloc[0]
    assert price == pytest.approx(found.road_m * likely)


def test_a_track_on_the_way_is_upgraded(context_of: Make) -> None:
    road = LineString([(0, 800), (2000, 800)])
    track = LineString([(1050, 800), (1050, 900)])
    context = context_of(
        {
            "roads": rows(
                [road, track], id=["r1", "t"], **{"class": ["village", "track"]}, hardened=[True, False],
                width=[4.0, 3.0],
            )
        }
    )  # fmt: skip
    kinds = connect_site(SITE, context, households=20).works.set_index("kind")["quantity"]
    assert kinds["road_upgrade"] > 80
    assert "road_new" not in kinds or kinds["road_new"] < 25


def test_over_a_hardened_road_that_leads_nowhere_yet_only_the_gaps_are_built(context_of: Make) -> None:
    """60 m of concrete between site and road, 20 m short of both: 40 m are built, and none is paved again."""
    roads = rows(
        [LineString([(0, 800), (2000, 800)]), LineString([(1050, 820), (1050, 880)])],
        id=["r1", "s"], **{"class": ["village", "group"]}, hardened=[True, True], width=[4.0, 4.0],
    )  # fmt: skip
    one = township({"roads": roads})
    context = context_of({"roads": roads})
    out = make_targets(one, context.standard, context.ground, serving=roads.iloc[:1])
    found = connect_site(SITE, replace(context, targets=out), households=20)
    assert set(found.works.loc[found.works["need"] == "road", "kind"]) == {"road_new"}
    assert found.road_m == pytest.approx(40, abs=2 * 12.5)
    earth = roads.assign(hardened=[True, False])
    paved = connect_site(SITE, context_of({"roads": earth}), households=20)
    assert found.yuan[1] < paved.yuan[1] - 40 * 380


def test_where_new_roads_cost_nothing_a_site_is_still_connected(context_of: Make) -> None:
    roads = rows(
        [LineString([(0, 800), (2000, 800)]), LineString([(1050, 800), (1050, 900)])],
        id=["r1", "t"], **{"class": ["village", "track"]}, hardened=[True, False], width=[4.0, 3.0],
    )  # fmt: skip
    context = context_of({"roads": roads})
    changes = {f"price.road_new.{name}": 0 for name in ("low", "likely", "high")}
    found = connect_site(SITE, replace(context, standard=context.standard.override(changes)), households=20)
    assert found.road_m == pytest.approx(100, rel=0.2)


def test_a_river_between_site_and_road_is_bridged(context_of: Make) -> None:
    river = rows([LineString([(0, 850), (2000, 850)])], id=["w"], **{"class": ["river"]}, width=[12.0])
    context = context_of({"rivers": river})
    works = connect_site(SITE, context, households=20).works
    bridge = works[works["kind"] == "bridge"].iloc[0]
    assert bridge["quantity"] == pytest.approx(12 + context.standard["road_design.bridge_banks_m"])
    assert bridge["geometry"].intersects(river.geometry.iloc[0])


def test_a_line_and_a_transformer_large_enough(context: SiteContext) -> None:
    found = connect_site(SITE, context, households=60)
    kva = found.works.loc[found.works["kind"] == "transformer", "quantity"].iloc[0]
    wanted = 60 * context.standard["power.kva_per_household"]
    sizes = context.standard.numbers("power.sizes_kva")
    assert kva == min(size for size in sizes if size >= wanted)
    assert 300 <= found.line_m <= 360


def test_totals_are_the_sums_of_their_works(context: SiteContext) -> None:
    found = connect_site(SITE, context, households=20)
    assert found.yuan == pytest.approx(tuple(found.costs[["low", "likely", "high"]].sum()))
    assert found.yuan[0] <= found.yuan[1] <= found.yuan[2]
    assert (found.works["quantity"] > 0).all()


def test_without_a_road_or_source_it_says_so(context: SiteContext) -> None:
    empty = {
        key: replace(
            t, features=t.features[:0], ids=t.ids[:0], layers=t.layers[:0], elevation=t.elevation[:0]
        )
        for key, t in context.targets.items()
    }
    found = connect_site(SITE, replace(context, targets=empty), households=20)
    assert np.isnan([found.road_m, found.pipe_m, found.line_m]).all()
    assert set(found.notes) == {"site.connect.no_road", "site.connect.no_water", "site.connect.no_line"}
    assert found.yuan == (0, 0, 0)


def main_of(standard: Standard, fall: float, *, metres: float = 1000.0, yields: float = np.nan):  # type: ignore[no-untyped-def]
    floor = standard["water.min_head_m"]
    return cheapest_main(
        np.array([metres]), np.array([1000.0 + fall + floor]), np.array([True]), np.array([yields]),
        1000.0, 50, standard,
    )  # fmt: skip


def test_falling_water_needs_no_pump_and_the_smallest_pipe_that_carries_it(standard: Standard) -> None:
    main = main_of(standard, 60.0)
    assert main.pump_kw == 0
    flow = demand_m3d(50, standard) / 86_400
    inner = main.od_mm * (1 - 2 / 11) / 1000
    spare = 60.0 - standard["water_design.line_head_m"]
    assert head_loss(flow, inner, roughness=standard["water_design.roughness"]) * 1000 <= spare
    smaller = [od for od in standard.numbers("water_design.pipe_od_mm") if od < main.od_mm]
    if smaller:
        inner = max(smaller) * (1 - 2 / 11) / 1000
        lost = head_loss(flow, inner, roughness=standard["water_design.roughness"]) * 1000
        fast = flow / (np.pi / 4 * inner**2) > standard["water_design.max_velocity_ms"]
        assert lost > spare or fast


def test_water_from_below_is_pumped(standard: Standard) -> None:
    main = main_of(standard, -80.0)
    flow = demand_m3d(50, standard) / (standard["water_design.pump_hours"] * 3600)
    inner = main.od_mm * (1 - 2 / 11) / 1000
    lost = head_loss(flow, inner, roughness=standard["water_design.roughness"]) * 1000
    head = 80 + standard["water_design.line_head_m"] + lost
    shaft = 9.81 * flow * head / standard["water_design.pump_efficiency"]
    series = np.array(standard.numbers("water_design.motor_kw"))
    assert main.pump_kw == series[series >= shaft].min()
    assert main.tanks == 0


@pytest.mark.parametrize(("lift", "pumps"), [(100.0, 1), (150.0, 2), (300.0, 3)])
def test_a_high_lift_is_shared_by_pumps_of_which_none_lifts_too_high(
    standard: Standard, lift: float, pumps: int
) -> None:
    """One pump of 300 m would burst every pipe of the standard (160 m): three, with a tank between."""
    main = main_of(standard, -lift)
    assert main.pumps == pumps
    assert main.tanks == pumps - 1
    flow = demand_m3d(50, standard) / (standard["water_design.pump_hours"] * 3600)
    inner = main.od_mm * (1 - 2 / 11) / 1000
    lost = head_loss(flow, inner, roughness=standard["water_design.roughness"]) * 1000
    head = (lift + standard["water_design.line_head_m"] + lost) / pumps
    assert head <= standard["water_design.max_lift_m"]
    series = np.array(standard.numbers("water_design.motor_kw"))
    each = series[series >= 9.81 * flow * head / standard["water_design.pump_efficiency"]].min()
    assert main.pump_kw == pumps * each


def test_a_long_fall_is_broken_by_tanks(standard: Standard) -> None:
    assert main_of(standard, 3.5 * standard["water_design.max_static_m"]).tanks == 3


def test_a_source_known_to_be_too_weak_is_the_last_choice(standard: Standard) -> None:
    demand = demand_m3d(50, standard)
    main = cheapest_main(
        np.array([100.0, 2000.0]), np.array([1100.0, 1100.0]), np.array([True, True]),
        np.array([demand / 2, demand * 2]), 1000.0, 50, standard,
    )  # fmt: skip
    assert main is not None
    assert (main.row, main.short) == (1, False)
    assert main_of(standard, 60, yields=demand / 2).short


# ------------------------------------------------------------------------------ on the spot
def test_every_site_needs_a_hazard_assessment_first(context: SiteContext) -> None:
    checks = field_check(assess_site(SITE, context), context).checks
    assert checks["item"].iloc[0] == "assessment"
    assert {"ground", "rights"} <= set(checks["item"])


def test_a_hazard_of_unknown_extent_nearby_is_to_be_surveyed(site_context: SiteContext) -> None:
    verdict = assess_site(SITE, site_context)
    check = field_check(verdict, site_context)
    row = check.checks[check.checks["item"] == "extent"].iloc[0]
    assert row["nearest"] == "h"
    zone = site_context.zones.cores()[0]
    assert row["measure"] == pytest.approx(shapely.distance(zone, SITE))
    assert check.residual["distance_m"].iloc[0] == pytest.approx(shapely.distance(zone, SITE))


def test_every_rule_left_open_is_asked_about(context_of: Make) -> None:
    context = context_of({"households": rows([Point(1010, 910)], id=["a"])})
    layers = {k: v for k, v in context.area.layers.items() if k != "farmland"}
    bare = replace(context, area=replace(context.area, layers=layers))
    verdict = assess_site(SITE, prepare_sites(bare.area, bare.standard, bare.ground))
    check = field_check(verdict, context, connect_site(SITE, context, households=20))
    assert {"farmland", "houses", "yield"} <= set(check.checks["item"])
    assert set(check.checks["reason"]) <= set(catalogue())
    for lang in ("zh", "en"):
        assert not sentences(check.checks, lang).str.contains("nan").any()


def test_homesteads_by_hand(context: SiteContext) -> None:
    verdict = assess_site(SITE, context)
    plots = field_check(verdict, context).plots.set_index(["zone", "size"])
    share = 1 + context.standard["site.open_share"]
    assert plots.loc[("mountain", "large"), "households"] == int(verdict.usable_m2 // (200 * share))
    assert len(plots) == 6


# ------------------------------------------------------------------------------ side by side
def test_two_sites_side_by_side(context: SiteContext) -> None:
    suitability = make_suitability(context)
    good = assess_site(SITE, context, site="good")
    far = assess_site(box(1000, 1800, 1100, 1900), context, site="far")
    found = compare_sites([far, good], suitability)
    assert list(found.rules.columns) == ["far", "good"]
    for verdict in (good, far):
        states = verdict.rules.set_index("rule")["state"]
        assert (found.rules[verdict.site].dropna() == states.reindex(found.rules.index).dropna()).all()
    assert found.criteria.loc["road", "good"] > found.criteria.loc["road", "far"]
    assert found.figures.loc["connect_yuan", "good"] < found.figures.loc["connect_yuan", "far"]
    assert found.best[0] == "good"


def test_sentences_give_the_numbers_of_the_standard_in_force(context_of: Make) -> None:
    changed = {
        "site.slope_max": 0.4,
        "screen.cut_gap_m": 7,
        "screen.cut_height_m": 9,
        "screen.cut_angle_deg": 55,
    }
    steep = context_of(terrain=tilted(slope=0.45))
    context = replace(steep, standard=steep.standard.override(changed))
    verdict = assess_site(SITE, context)
    for lang in ("zh", "en"):
        told = sentences(verdict.rules, lang)[verdict.rules["rule"] == "slope"].iloc[0]
        assert "40.0" in told
        assert "25" not in told
        checks = field_check(verdict, context).checks
        cut = sentences(checks[checks["item"] == "cut"], lang).iloc[0]
        assert set(re.findall(r"\d+", cut)) == {"7", "9", "55"}


def test_comparisons_that_make_no_sense_are_refused(context: SiteContext) -> None:
    suitability = make_suitability(context)
    site = assess_site(SITE, context, site="a")
    for verdicts in ([site], [site, site], [replace(site, site=str(k)) for k in range(6)]):
        with pytest.raises(BadSearchError):
            compare_sites(verdicts, suitability)


def test_the_ground_is_the_same_the_works_are_laid_on(context: SiteContext) -> None:
    corridors = make_corridors(context.area, context.standard)
    assert (context.corridors.terrain.elevation == corridors.terrain.elevation).all()
