"""Each rule alone, against numbers worked out by hand, on the toy township of conftest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
from shapely import LineString, Point, box

from geo.area import Area
from geo.relocation.assess import SiteContext, SiteVerdict, assess_site, prepare_sites
from geo.relocation.exclusions import make_exclusions
from geo.standards import Standard
from geo.zones import make_zones

from .conftest import SITE, rows, tilted, township

Make = Callable[..., SiteContext]


def row(verdict: SiteVerdict, rule: str) -> dict[str, Any]:
    found = verdict.rules[verdict.rules["rule"] == rule]
    assert len(found) == 1, f"{rule} appears {len(found)} times"
    return dict(found.iloc[0])


def failed(verdict: SiteVerdict) -> set[str]:
    return set(verdict.rules.loc[verdict.rules["state"] == "fail", "rule"])


def test_a_good_site_is_suitable(context: SiteContext) -> None:
    found = assess_site(SITE, context)
    assert found.verdict == "suitable"
    assert set(found.rules["state"]) == {"pass"}
    assert found.area_m2 == found.usable_m2 == 10_000
    assert dict(found.capacity) == {
        "town": 222,
        "township": 100,
        "village": 28,
    }  # 10 000 m² over 45, 100, 345
    assert found.slope_mean == pytest.approx(0.05, abs=1e-6)


def test_connections_by_hand(context: SiteContext) -> None:
    """On foot from the cells, the nearest row 6.25 m within; pipe and wire from the edge, times 1.25."""
    found = assess_site(SITE, context).distances
    rise = np.hypot(1, 0.05)
    assert found["road_m"] == pytest.approx(106.25 * rise, abs=1)
    assert found["line_m"] == pytest.approx(300 * rise * 1.25)
    assert found["water_m"] == pytest.approx(500 * rise * 1.25)
    assert found["lift_m"] == pytest.approx(1000 + 0.05 * 950 - 1075, abs=0.1)


def test_a_pipe_goes_over_the_hill(context_of: Make) -> None:
    """A ridge of 100 m between site and pool: up and down at 1 in 1 adds 2 x (141.4 - 100) m."""
    flat = tilted(slope=0.0)
    y = 2000 - (np.arange(160) + 0.5) * 12.5
    flat.elevation[:] += np.maximum(0, 100 - np.abs(y - 1250))[:, None].astype(np.float32)
    found = assess_site(SITE, context_of(terrain=flat)).distances
    assert found["water_m"] == pytest.approx((300 + 200 * np.sqrt(2)) * 1.25, rel=0.02)


@pytest.mark.parametrize(
    ("layer", "columns", "rule"),
    [
        ("farmland", {"id": ["x"]}, "farmland"),
        ("redline", {"id": ["x"]}, "redline"),
        ("protect", {"id": ["x"], "grade": ["1"]}, "protect1"),
        ("protect", {"id": ["x"], "grade": ["2"]}, "protect2"),
        ("protect", {"id": ["x"], "grade": [None]}, "protect2"),
        ("hazards", {"id": ["x"], "kind": ["landslide"], "level": ["small"]}, "hazard"),
        ("workings", {"id": ["x"]}, "mining"),
        ("workings", {"id": ["x"], "planned": [True]}, "mine_plan"),
    ],
)
def test_closed_ground_fails_however_little(
    banning: Make, layer: str, columns: dict[str, Any], rule: str
) -> None:
    # 20 x 20 m of the hectare's south-east corner, and more outside
    found = assess_site(SITE, banning({layer: rows([box(1080, 880, 1200, 920)], **columns)}))
    assert found.verdict == "unsuitable"
    assert rule in failed(found)
    said = row(found, rule)
    assert said["nearest"] == "x"
    if rule != "mining":  # mining takes the influence radius of 100 m with it
        assert said["measure"] == pytest.approx(400)
        assert (said["threshold"], said["extra"]) == (0, 0)
    assert found.rules["state"].iloc[0] == "fail"  # reasons first


def test_closed_ground_is_not_usable(banning: Make) -> None:
    found = assess_site(SITE, banning({"farmland": rows([box(1080, 880, 1200, 920)], id=["x"])}))
    assert failed(found) == {"farmland"}
    assert found.usable_m2 == pytest.approx(9600)
    assert found.excluded_m2 == pytest.approx(400)
    assert found.overlaps["farmland"].equals(box(1080, 900, 1100, 920))
    assert found.capacity["village"] == 27  # floor(9600 / 345)


def test_a_sliver_is_a_digitising_error(banning: Make) -> None:
    sliver = rows([box(1099.95, 0, 1200, 1000)], id=["x"])  # 5 m² of the site
    assert assess_site(SITE, banning({"farmland": sliver})).verdict == "suitable"


@pytest.mark.parametrize(("away", "state"), [(51, "pass"), (45, "warning"), (31, "warning"), (29, "fail")])
def test_a_hazard_buffer_may_take_a_fifth(banning: Make, away: float, state: str) -> None:
    """A small hazard without a run-out model keeps 50 m off: with its edge 30 m off, it takes 20 m of 100."""
    zone = rows([box(900, 500, 1000 - away, 1500)], id=["z"], kind=[None], level=["small"])
    found = row(assess_site(SITE, banning({"hazards": zone})), "hazard_buffer")
    assert found["state"] == state
    assert found["measure"] == pytest.approx(max(50 - away, 0) * 100)
    if state != "pass":
        assert (found["threshold"], found["extra"]) == (2000, 50)  # a fifth of the site; the buffer


def test_the_outer_zone_warns_and_takes_nothing(banning: Make) -> None:
    outer = rows([box(0, 0, 2000, 2000)], id=["x"], grade=["3"])
    found = assess_site(SITE, banning({"protect": outer}))
    assert found.verdict == "conditional"
    assert row(found, "protect3")["state"] == "warning"
    assert found.usable_m2 == 10_000


def test_mining_reaches_h_over_tan_beta(banning: Make) -> None:
    """100 m deep, tan beta 2: r = 50 m, not 200 m."""

    def at(gap: float) -> SiteVerdict:
        working = rows([box(900, 500, 1000 - gap, 1500)], id=["w"], depth=[100.0], tanb=[2.0])
        return assess_site(SITE, banning({"workings": working}))

    assert "mining" in failed(at(49))
    assert at(51).verdict == "suitable"
    assert row(at(40), "mining")["measure"] == pytest.approx(10 * 100)


def test_planned_mining_warns_at_its_edge(banning: Make) -> None:
    working = rows([box(900, 500, 960, 1500)], id=["w"], depth=[100.0], tanb=[2.0], planned=[True])
    found = assess_site(SITE, banning({"workings": working}))
    assert found.verdict == "conditional"
    assert row(found, "mine_plan_edge")["measure"] == pytest.approx(1000)


@pytest.mark.parametrize(
    ("kind", "width", "reach"),
    [("river", None, 30), ("river", 20.0, 40), ("stream", None, 10), ("canal", None, 5), (None, None, 30)],
)
def test_rivers_are_kept_off_from_the_bank(
    banning: Make, kind: str | None, width: float | None, reach: float
) -> None:
    line = LineString([(1000, 0), (1000, 2000)])  # along the west edge of the site
    river = rows([line], id=["r"], **{"class": [kind]}, width=[width])
    found = row(assess_site(SITE, banning({"rivers": river})), "river")
    assert found["measure"] == pytest.approx(reach * 100)
    assert found["extra"] == reach
    assert found["state"] == ("fail" if reach > 20 else "warning")


def test_an_underground_river_takes_no_ground(banning: Make) -> None:
    river = rows([LineString([(1050, 0), (1050, 2000)])], id=["r"], **{"class": ["tunnel"]})
    assert assess_site(SITE, banning({"rivers": river})).verdict == "suitable"


def test_a_pond_is_left_out(banning: Make) -> None:
    found = assess_site(SITE, banning({"lakes": rows([box(1000, 900, 1010, 910)], id=["x"])}))
    assert (found.verdict, found.usable_m2) == ("conditional", pytest.approx(9900))


def test_springs_are_protected_unless_their_zone_is_mapped(banning: Make) -> None:
    spring = rows([Point(1050, 950)], id=["s"], kind=["spring"], yield_m3d=[50.0])
    bare = row(assess_site(SITE, banning({"springs": spring})), "spring")
    assert bare["measure"] == pytest.approx(np.pi * 50**2, rel=0.01)
    assert bare["state"] == "fail"
    zone = rows([box(1049, 949, 1051, 951)], id=["x"], grade=["3"])
    mapped = assess_site(SITE, banning({"springs": spring, "protect": zone}))
    assert row(mapped, "spring")["state"] == "pass"


@pytest.mark.parametrize(
    ("kind", "zone", "apart"),
    [
        ("national", 20, 70),
        ("county", 10, 30),
        ("township", 5, 25),
        ("village", 3, None),
        ("path", None, None),
    ],
)
def test_control_zones_of_roads(banning: Make, kind: str, zone: float | None, apart: float | None) -> None:
    """A road 8 m wide along the west edge: its zone counts from the pavement edge, 4 m from the line."""
    road = rows([LineString([(1000, 0), (1000, 2000)])], id=["r"], **{"class": [kind]}, width=[8.0])
    found = assess_site(SITE, banning({"roads": road}))
    taken = 0 if zone is None else (zone + 4) * 100
    assert row(found, "road_zone")["measure"] == pytest.approx(taken)
    assert found.usable_m2 == pytest.approx(10_000 - taken)
    settlement = row(found, "settlement")
    assert settlement["measure"] == pytest.approx(0 if apart is None else (apart + 4) * 100)
    assert settlement["state"] == ("pass" if apart is None else "warning")


def test_a_tunnel_has_no_control_zone(banning: Make) -> None:
    road = rows([LineString([(1050, 0), (1050, 2000)])], id=["r"], **{"class": ["national"]}, tunnel=[True])
    assert row(assess_site(SITE, banning({"roads": road})), "road_zone")["state"] == "pass"


@pytest.mark.parametrize(
    ("kv", "buried", "reach"),
    [(0.4, None, 0), (10, None, 5), (35, None, 10), (110, None, 10), (220, None, 15), (500, None, 20),
     (None, None, 5), (110, True, 0.75)],
)  # fmt: skip
def test_corridors_by_voltage(
    standard: Standard, kv: float | None, buried: bool | None, reach: float
) -> None:
    line = rows([LineString([(1000, 0), (1000, 2000)])], id=["l"], kv=[kv], buried=[buried])
    area = township({"lines": line})
    rules = {rule.rule: rule for rule in make_exclusions(area, standard, make_zones(area, standard))}
    rule = rules["power_corridor"]
    assert rule.reach_m.tolist() == ([reach] if reach else [])


def test_ground_outside_the_area_is_not_usable(context: SiteContext) -> None:
    found = assess_site(box(1900, 900, 2025, 1000), context)
    assert row(found, "edge")["measure"] == pytest.approx(2500)
    assert found.usable_m2 == pytest.approx(10_000)
    assert found.area_m2 == 12_500
    assert found.verdict == "conditional"


@pytest.mark.parametrize(
    ("slope", "state", "reason", "threshold"),
    [
        (0.05, "pass", "site.slope.good", 25),
        (0.20, "pass", "site.slope.pass", 25),
        (0.30, "warning", "site.slope.warning", 25),  # 25 percent, not 25 degrees
        (0.50, "fail", "site.slope.fail", 46.6),
    ],
)
def test_slope_is_in_percent(
    context_of: Make, slope: float, state: str, reason: str, threshold: float
) -> None:
    found = assess_site(SITE, context_of(terrain=tilted(slope=slope)))
    said = row(found, "slope")
    assert (said["state"], said["reason"]) == (state, reason)
    assert said["measure"] == pytest.approx(slope * 100, rel=1e-3)
    assert said["threshold"] == pytest.approx(threshold)
    assert (found.verdict == "unsuitable") == (state == "fail")


def test_steep_cells_are_left_out(context_of: Make) -> None:
    """A step of 50 m along x = 1075: Horn's window makes the two columns beside it steep, 25 m of 100."""
    flat = tilted(slope=0.0)
    flat.elevation[:, 86:] += 50  # cell edge 86 * 12.5 = 1075 m
    found = assess_site(SITE, context_of(terrain=flat))
    assert row(found, "steep")["measure"] == pytest.approx(2500)
    assert found.usable_m2 == pytest.approx(7500)
    assert found.slope_max == pytest.approx(50 / 25)
    assert found.capacity["village"] == 6250 // 345 + 1250 // 345  # piece by piece


def test_a_site_smaller_than_a_cell_takes_the_cell_it_lies_in(context: SiteContext) -> None:
    found = assess_site(box(1001, 901, 1003, 903), context)
    assert found.slope_mean == pytest.approx(0.05, abs=1e-6)
    assert {"usable_area", "capacity"} <= failed(found)
    assert found.capacity["village"] == 0


def test_too_little_left(banning: Make) -> None:
    ponds = [box(1000 + 25 * i, 0, 1012 + 25 * i, 2000) for i in range(4)]  # 48 of 100 m
    found = assess_site(SITE, banning({"lakes": rows(ponds, id=list("abcd"))}))
    assert failed(found) == {"lake", "usable_share"}
    assert row(found, "usable_share")["measure"] == pytest.approx(52)


def test_capacity_against_the_plan(context: SiteContext) -> None:
    assert row(assess_site(SITE, context, planned=28), "capacity")["state"] == "pass"
    assert row(assess_site(SITE, context, planned=29), "capacity")["state"] == "warning"
    assert row(assess_site(SITE, context, planned=29, kind="township"), "capacity")["state"] == "pass"


@pytest.mark.parametrize(("y", "state"), [(1000, "pass"), (1500, "warning"), (1900, "fail")])
def test_road_distance_is_graded(context: SiteContext, y: float, state: str) -> None:
    found = row(assess_site(box(1000, y, 1050, y + 50), context), "road")
    assert (found["state"], found["nearest"]) == (state, "r1")
    assert found["measure"] == pytest.approx((y + 6.25 - 800) * np.hypot(1, 0.05), rel=0.03)


def test_only_open_hardened_roads_count(context_of: Make) -> None:
    y = [850, 840, 830, 820, 300]
    columns: dict[str, Any] = {
        "id": ["earth", "closed", "path", "motorway", "good"],
        "class": ["village", "village", "path", "expressway", "village"],
        "hardened": [False, True, True, True, None],
        "surface": [None, None, None, None, "cement"],
        "usable": [None, False, None, None, None],
    }
    roads = rows([LineString([(0, v), (2000, v)]) for v in y], **columns)
    assert row(assess_site(SITE, context_of({"roads": roads})), "road")["nearest"] == "good"


def test_a_hardened_stub_serves_nobody(context_of: Make, standard: Standard) -> None:
    """Who knows which roads lead out hands them in; the hardened road next to the site is not among them."""
    base = context_of()
    out = rows([LineString([(0, 300), (2000, 300)])], id=["out"], **{"class": ["county"]}, row=[7])

    def judged(serving: gpd.GeoDataFrame, area: Area) -> dict[str, Any]:
        return row(assess_site(SITE, prepare_sites(area, standard, base.ground, serving=serving)), "road")

    assert (judged(out, base.area)["nearest"], judged(out, base.area)["state"]) == ("out", "warning")
    assert judged(out.iloc[:0], base.area)["reason"] == "site.road.none"
    nowhere = {name: frame for name, frame in base.area.layers.items() if name != "villages"}
    assert judged(out.iloc[:0], replace(base.area, layers=nowhere))["state"] == "unknown"


def test_no_hardened_road_at_all_fails(context_of: Make) -> None:
    earth = rows([LineString([(0, 800), (2000, 800)])], id=["e"], **{"class": ["village"]}, hardened=[False])
    found = assess_site(SITE, context_of({"roads": earth}))
    assert row(found, "road")["reason"] == "site.road.none"
    assert found.distances["road_m"] == np.inf


def test_only_lines_that_feed_villages_count(context_of: Make) -> None:
    y = [850, 1050, 300]
    lines = rows([LineString([(0, v), (2000, v)]) for v in y], id=["lv", "hv", "mv"], kv=[0.4, 110, 10])
    assert row(assess_site(SITE, context_of({"lines": lines})), "line")["nearest"] == "mv"
    mute = rows([LineString([(0, 850), (2000, 850)])], id=["l"], kv=[None])
    assert row(assess_site(SITE, context_of({"lines": mute})), "line")["state"] == "unknown"


def test_lift_and_the_nearest_working_source(context_of: Make) -> None:
    pools = rows(
        [Point(1050, 1010), Point(1000, 1500)], id=["dead", "low"], working=[False, True], elev=[2000, 800]
    )
    found = assess_site(SITE, context_of({"pools": pools}))
    said = row(found, "lift")
    assert (said["state"], said["nearest"]) == ("warning", "low")
    assert said["measure"] == pytest.approx(1047.5 - 800, abs=0.1)
    spring = rows([Point(1050, 1110)], id=["s"], kind=["spring"], yield_m3d=[9.0])
    near = row(assess_site(SITE, context_of({"pools": pools, "springs": spring})), "lift")
    assert (near["nearest"], near["at"]) == ("s", "springs")
    assert near["measure"] == pytest.approx(1047.5 - 1055.5, abs=0.5)  # from the terrain


def test_walks_to_school_are_graded(context_of: Make) -> None:
    """Off the road at 0.6 of Tobler: about 3 km/h, so 2 km take some 40 minutes."""
    flat = tilted(slope=0.0, side=4000.0)
    school = rows([Point(1050, 3000), Point(1050, 100)], id=["s", "c"], kind=["primary", "clinic"])
    layers: dict[str, gpd.GeoDataFrame] = {
        "facilities": school,
        "villages": rows([box(0, 0, 4000, 4000)], id=["v"]),
    }
    found = assess_site(SITE, context_of(layers, terrain=flat))
    said = row(found, "school")
    expected = 2050 / (6 * np.exp(-3.5 * 0.05) * 0.6 / 3.6) / 60
    assert said["measure"] == pytest.approx(expected, rel=0.03)
    assert said["state"] == "warning"
    assert row(found, "clinic")["state"] == "pass"
