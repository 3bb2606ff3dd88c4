"""The verdict as a whole: what is missing, what cannot be judged, and what must always hold."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import LineString, MultiPolygon, Point, Polygon, box

from geo.area import Area, make_area
from geo.errors import BadPolygonError, UnknownFeatureError
from geo.ground import make_ground
from geo.messages import catalogue
from geo.relocation.assess import (
    RULE_COLUMNS,
    SiteContext,
    assess_listed,
    assess_site,
    prepare_sites,
    site_rows,
)
from geo.relocation.context import make_exclusions
from geo.relocation.rules import ESSENTIAL
from geo.spatial.terrain import Terrain
from geo.standards import Standard, default_standard
from geo.zones import make_zones

from .conftest import CRS_, SITE, rows, township

Make = Callable[..., SiteContext]


def without(area: Area, *names: str) -> Area:
    return replace(area, layers={k: v for k, v in area.layers.items() if k not in names})


def context_without(standard: Standard, *names: str) -> SiteContext:
    area = without(township(), *names)
    return prepare_sites(area, standard, make_ground(area, standard))


@pytest.mark.parametrize(
    ("layer", "rules"),
    [
        ("farmland", {"farmland"}),
        ("redline", {"redline"}),
        ("protect", {"protect1", "protect2", "protect3"}),
        ("hazards", {"hazard", "hazard_buffer"}),
        ("workings", {"mining", "mine_settled", "mine_plan", "mine_plan_edge"}),
        ("rivers", {"river"}),
        ("lakes", {"lake"}),
        ("springs", {"spring"}),
        ("roads", {"road_zone", "settlement", "road"}),
        ("lines", {"power_corridor", "line"}),
        ("facilities", {"school", "clinic"}),
        ("households", {"houses"}),
    ],
)
def test_a_missing_layer_is_named(standard: Standard, layer: str, rules: set[str]) -> None:
    found = assess_site(SITE, context_without(standard, layer))
    unknown = found.rules[found.rules["state"] == "unknown"]
    assert set(unknown["rule"]) == rules
    assert set(unknown["at"]) == {layer}
    assert set(unknown["reason"]) == {f"site.needs.{layer}"}
    assert found.verdict == ("unknown" if layer in ESSENTIAL else "conditional")
    assert len(found.grounds("zh")) == 1  # said once, however many rules it leaves open


def test_pools_or_springs_are_needed_for_water(standard: Standard) -> None:
    found = assess_site(SITE, context_without(standard, "pools", "springs"))
    assert {"water", "lift", "spring"} == set(found.rules.loc[found.rules["state"] == "unknown", "rule"])


def test_a_failing_rule_decides_even_where_layers_are_missing(standard: Standard) -> None:
    area = without(township({"farmland": rows([SITE], id=["f"])}), "hazards")
    assert (
        assess_site(SITE, prepare_sites(area, standard, make_ground(area, standard))).verdict == "unsuitable"
    )


def test_without_terrain_slope_is_unknown_and_lines_are_straight(standard: Standard) -> None:
    area = replace(township(), terrain=None)
    found = assess_site(SITE, prepare_sites(area, standard, make_ground(area, standard)))
    assert found.planar
    assert found.verdict == "unknown"
    assert {"slope", "steep", "lift"} == set(found.rules.loc[found.rules["state"] == "unknown", "rule"])
    assert found.distances["road_m"] == pytest.approx(100)
    assert found.distances["line_m"] == pytest.approx(300 * 1.25)
    assert np.isnan(found.slope_mean)


def test_off_the_terrain_nothing_is_said_of_slope(standard: Standard) -> None:
    area = township()
    assert area.terrain is not None
    small = Terrain(area.terrain.elevation[:40, :40], 0.0, 2000.0, 12.5, CRS_)  # the north-west 500 m
    area = replace(area, terrain=small)
    found = assess_site(SITE, prepare_sites(area, standard, make_ground(area, standard)))
    assert set(found.rules.loc[found.rules["state"] == "unknown", "at"]) == {"terrain"}
    assert found.distances["road_m"] == pytest.approx(100)


BOWTIE = Polygon([(1000, 900), (1100, 1000), (1100, 900), (1000, 1000)])


@pytest.mark.parametrize(
    ("polygon", "key"),
    [
        (Point(1000, 900), "not_polygon"),
        (LineString([(0, 0), (1, 1)]), "not_polygon"),
        (None, "not_polygon"),
        ("POLYGON EMPTY", "not_polygon"),
        (Polygon(), "empty"),
        (MultiPolygon(), "empty"),
        (Polygon([(1000, 900), (1000.1, 900), (1000, 900.1)]), "empty"),
        (Polygon([(1000, 900), (1100, 900), (1050, 900)]), "crossed"),
        (Polygon([(1000, 900), (np.nan, 900), (1000, 1000)]), "not_finite"),
        (Polygon([(1000, 900), (np.inf, 900), (1000, 1000)]), "not_finite"),
        (box(-9000, -9000, 9000, 9000), "large"),
        (box(5000, 5000, 5100, 5100), "outside"),
        (box(104.9, 26.9, 104.91, 26.91), "empty"),  # degrees
        (Point(1000, 1000).buffer(100, quad_segs=3000), "vertices"),
        (Polygon(np.random.default_rng(1).uniform(500, 1500, (60, 2))), "crossed"),  # a scribble
        (Polygon(np.random.default_rng(1).uniform(500, 1500, (600, 2))), "crossed"),
    ],
)
def test_polygons_that_cannot_be_judged(context: SiteContext, polygon: Any, key: str) -> None:
    with pytest.raises(BadPolygonError) as error:
        assess_site(polygon, context)
    assert error.value.key == f"site.bad.{key}"
    assert "{" not in error.value.said("zh") + error.value.said("en")


def test_a_kind_of_site_nobody_knows(context: SiteContext) -> None:
    with pytest.raises(UnknownFeatureError):
        assess_site(SITE, context, kind="castle")


def test_a_crossed_outline_is_repaired_and_says_so(context: SiteContext) -> None:
    found = assess_site(BOWTIE, context)
    assert found.area_m2 == pytest.approx(5000)  # two triangles of 100 x 50 m
    assert found.verdict == "conditional"
    assert found.rules["reason"].iloc[0] == "site.shape.warning"


def test_heights_and_several_parts_are_taken(context: SiteContext) -> None:
    high = shapely.force_3d(SITE, 1050.0)
    assert assess_site(high, context).area_m2 == 10_000
    two = MultiPolygon([SITE, box(1200, 900, 1300, 1000)])
    found = assess_site(two, context)
    assert found.area_m2 == 20_000
    assert found.capacity["village"] == 56  # 28 on each part, not floor(20 000 / 345) = 57


def test_the_polygon_given_is_not_changed(context: SiteContext) -> None:
    before = BOWTIE.wkb
    assess_site(BOWTIE, context)
    assert BOWTIE.wkb == before


def test_listed_sites_are_judged_one_by_one(banning: Make, context: SiteContext) -> None:
    sites = rows(
        [SITE, box(5000, 5000, 5100, 5100), None, BOWTIE],
        id=list("abcd"),
        name=["good", None, "no polygon", "crossed"],
        capacity=[28, 10, None, 99],
        kind=["village", "town", None, None],
    )
    found = assess_listed(banning({"sites": sites}))
    assert [v.site for v in found] == list("abcd")
    assert [v.verdict for v in found] == ["suitable", "unknown", "unknown", "conditional"]
    reasons = [v.rules["reason"].iloc[0] for v in found[1:3]]
    assert reasons == ["site.shape.outside", "site.shape.not_polygon"]
    assert assess_listed(context) == ()


def test_numbers_are_json(context_of: Make, standard: Standard) -> None:
    sites = rows([SITE, None], id=["a", "b"])
    earth = rows([LineString([(0, 800), (2000, 800)])], id=["e"], hardened=[False])
    for verdict in assess_listed(context_of({"sites": sites, "roads": earth})):
        text = json.dumps(verdict.as_dict(), allow_nan=False)
        assert json.loads(text)["site"] == verdict.site
    bare = make_area({"villages": rows([box(0, 0, 2000, 2000)], id=["v"])}, crs=CRS_)
    found = assess_site(SITE, prepare_sites(bare, standard, make_ground(bare, standard)))
    json.dumps(found.as_dict(), allow_nan=False)


def test_rules_keep_their_contract_and_speak_both_languages(banning: Make) -> None:
    hazard = rows([box(1000, 900, 1010, 910)], id=["z"], kind=["slope"], level=["small"])
    found = assess_site(SITE, banning({"hazards": hazard}))
    assert list(found.rules.columns) == list(RULE_COLUMNS)
    for lang in ("zh", "en"):
        lines = site_rows(found, lang)
        assert len(lines) == len(found.rules)
        assert not re.search(r"\{|\bnan\b", " ".join(str(line["why"]) for line in lines))


def test_sentences_use_only_what_a_row_has() -> None:
    """The catalogue is filled from a row's four numbers; the browser does the same."""
    of_rules = {
        k: v for k, v in catalogue().items() if k.startswith("site.") and not k.startswith("site.bad.")
    }
    for key, texts in of_rules.items():
        for text in texts.values():
            assert set(re.findall(r"\{(\w+)", text)) <= {"measure", "threshold", "extra", "nearest"}, key


def test_every_rule_has_a_sentence_for_every_state_it_can_take(context: SiteContext) -> None:
    keys = catalogue()
    for rule in context.exclusions:
        states = {"pass"}
        if rule.fail_share < 1:
            states.add("fail")
        if rule.fail_share > 0:
            states.add("warning")
        assert all(f"site.{rule.rule}.{state}" in keys for state in states), rule.rule
        assert f"site.needs.{rule.layer}" in keys
    for rule_name in assess_site(SITE, context).rules["rule"]:
        assert f"site.rule.{rule_name}" in keys
        assert f"site.source.{rule_name}" in keys


coordinate = st.floats(850, 1150).map(lambda v: round(v, 1))
piece = st.tuples(coordinate, coordinate, st.floats(2, 120), st.floats(2, 120)).map(
    lambda p: box(p[0], p[1], p[0] + p[2], p[1] + p[3])
)
quiet = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
STANDARD = default_standard()
_AREA = township()
_BASE = prepare_sites(_AREA, STANDARD, make_ground(_AREA, STANDARD))


def with_layers(layers: dict[str, gpd.GeoDataFrame]) -> SiteContext:
    """The base context with other exclusions: the walking surfaces need not be made again."""
    area = _AREA
    for name, frame in layers.items():
        area = area.with_layer(name, frame)
    return replace(_BASE, area=area, exclusions=make_exclusions(area, STANDARD, make_zones(area, STANDARD)))


def _layers(farmland: list[Any], hazards: list[Any], *, grow: float = 0.0) -> dict[str, gpd.GeoDataFrame]:
    grown = [box(*np.add(h.bounds, [-grow, -grow, grow, grow])) for h in hazards]
    count = len(hazards)
    return {
        "farmland": rows(farmland, id=[f"f{i}" for i in range(len(farmland))]),
        "hazards": rows(
            grown, id=[f"z{i}" for i in range(count)], kind=["rockfall"] * count, level=["small"] * count
        ),
    }


pieces = st.lists(piece, max_size=4)


@quiet
@given(piece, pieces, pieces)
def test_usable_and_excluded_ground_make_the_site(site: Any, farmland: list[Any], hazards: list[Any]) -> None:
    found = assess_site(site, with_layers(_layers(farmland, hazards)))
    taken = shapely.union_all(list(found.overlaps.values()))
    assert shapely.intersection(taken, found.usable).area == pytest.approx(0, abs=1e-6)
    assert found.usable_m2 + shapely.area(taken) == pytest.approx(found.area_m2, abs=1e-6)
    assert found.usable_m2 + found.excluded_m2 == pytest.approx(site.area)
    assert found.usable.difference(site.buffer(1e-9)).area == pytest.approx(0, abs=1e-9)


SEVERITY = ("pass", "warning", "fail")


@quiet
@given(piece, pieces, st.lists(piece, min_size=1, max_size=4), st.floats(0, 80))
def test_enlarging_a_hazard_never_helps(
    site: Any, farmland: list[Any], hazards: list[Any], grow: float
) -> None:
    before = assess_site(site, with_layers(_layers(farmland, hazards)))
    after = assess_site(site, with_layers(_layers(farmland, hazards, grow=grow)))
    was, now = (v.rules.set_index("rule")["state"].map(SEVERITY.index) for v in (before, after))
    assert (now >= was.reindex(now.index)).all()
    assert after.usable_m2 <= before.usable_m2 + 1e-6
    assert not (before.verdict == "unsuitable" and after.verdict != "unsuitable")
    assert all(after.capacity[k] <= before.capacity[k] for k in after.capacity)


@quiet
@given(piece, st.lists(piece, min_size=2, max_size=5), st.lists(piece, min_size=2, max_size=5), st.randoms())
def test_order_of_rows_does_not_matter(
    site: Any, farmland: list[Any], hazards: list[Any], random: Any
) -> None:
    layers = _layers(farmland, hazards)
    mixed = {
        name: frame.sample(frac=1, random_state=random.randrange(1000)) for name, frame in layers.items()
    }
    one, other = assess_site(site, with_layers(layers)), assess_site(site, with_layers(mixed))
    columns = ["rule", "state", "nearest"]
    assert one.rules[columns].equals(other.rules[columns])
    assert one.rules["measure"].to_numpy() == pytest.approx(
        other.rules["measure"].to_numpy(), nan_ok=True, abs=1e-6
    )
    assert one.capacity == other.capacity


def test_a_layer_of_many_parts_and_vertices_gives_the_same_overlap() -> None:
    """Large features are cut to the surroundings of the site first: that must not show."""
    site = box(950, 900, 1050, 1000)
    disc = Point(1000, 950).buffer(300, quad_segs=2000).difference(box(990, 0, 1010, 2000))
    found = assess_site(site, with_layers({"farmland": rows([disc], id=["f"])}))
    assert found.overlaps["farmland"].area == pytest.approx(site.intersection(disc).area)
    assert found.usable_m2 == pytest.approx(20 * 100)


def test_real_scree_equals_an_overlay(real: Path) -> None:
    """Squares over Andorra: the ground taken by scree is what geopandas' overlay says."""
    file = real / "andorra" / "andorra_2025.gpkg"
    scree = gpd.read_file(file, layer="hazard_proxy_scree_rock").to_crs(32631)
    scree.geometry = scree.geometry.make_valid()
    edge = gpd.read_file(file, layer="admin_boundaries").to_crs(32631)
    edge = edge[edge["admin_level"].astype(str) == "7"]
    zones = scree[["geometry"]].assign(id=[str(i) for i in range(len(scree))], kind="rockfall", level="small")
    villages = edge[["geometry"]].assign(id=[str(i) for i in range(len(edge))])
    area = make_area({"villages": villages, "hazards": zones}, crs=32631)
    context = prepare_sites(area, STANDARD, make_ground(area, STANDARD))
    middles = scree.geometry.representative_point()[shapely.area(scree.geometry) > 5000].iloc[::60]
    squares = [p.buffer(100, cap_style="square") for p in middles if context.edge.contains(p)]
    assert len(squares) >= 10
    drawn = gpd.GeoDataFrame({"n": range(len(squares))}, geometry=squares, crs=32631)
    witness = (
        gpd.overlay(drawn, scree[["geometry"]], how="intersection", keep_geom_type=True).dissolve("n").area
    )
    for n, square in enumerate(squares):
        found = assess_site(square, context)
        assert found.verdict == "unsuitable"
        measure = found.rules.set_index("rule").loc["hazard", "measure"]
        assert measure == pytest.approx(witness[n], rel=1e-9)
