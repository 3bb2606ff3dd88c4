"""What the offices write, and that it adds up."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo.area import make_area
from geo.homes.design import design_yards
from geo.homes.gaps import home_gaps
from geo.pricing import price
from geo.standards import default_standard
from geo.works import SERVES_COLUMNS, WORK_COLUMNS, with_moving
from geo.works_ledger import LEDGER_COLUMNS, village_sentences, village_works

from .toys import UTM, costs_of, works_of

S = default_standard()


def area_of(*villages):
    squares = [shapely.box(k, 0, k + 1, 1) for k in range(len(villages))]
    frame = gpd.GeoDataFrame(
        {"id": villages, "name": [f"{v}村" for v in villages]}, geometry=squares, crs=UTM
    )
    return make_area({"villages": frame}, crs=UTM)


WORKS = works_of(
    {"kind": "road_new", "need": "road", "quantity": 1500.0, "village": "a"},
    {"kind": "road_upgrade", "need": "road", "quantity": 500.0, "village": "a"},
    {"kind": "path", "need": "path", "quantity": 800.0, "village": "a"},
    {"kind": "path", "need": "path", "quantity": 200.0, "village": "a"},
    {"kind": "pool", "need": "water", "quantity": 50.0, "village": "a"},
    {"kind": "pool", "need": "water", "quantity": 30.0, "village": "a"},
    {"kind": "pipe", "need": "water", "quantity": 2340.0, "village": "a"},
    {"kind": "transformer", "need": "power", "quantity": 100.0, "village": "a"},
    {"kind": "lv_line", "need": "power", "quantity": 1000.0, "village": "a"},
    {"kind": "mv_line", "need": "power", "quantity": 250.0, "village": "a"},
    {"kind": "yard", "quantity": 80.0, "village": "a"},
    {"kind": "yard", "quantity": 65.0, "village": "b"},
    {"kind": "bridge", "need": "road", "quantity": 12.0, "village": np.nan},
    serves=[
        ("W2", "h1", "path"),
        ("W3", "h1", "path"),
        ("W3", "h2", "path"),
        ("W10", "h3", "yard"),
        ("W11", "h4", "yard"),
    ],
)
COSTS = costs_of(WORKS, [1e5] * 13)


def test_the_sentence_of_a_village():
    table = village_works(area_of("a", "b", "c"), WORKS, COSTS)
    zh, en = village_sentences(table, "zh"), village_sentences(table, "en")
    assert zh[0] == (
        "需建通组路 2.00 公里、连户路 1.00 公里 2 户、水池 2 个 80 立方米、管道 2.34 千米、"
        "变压器 1 台 100 kVA、线路 1.25 千米、院坝 1 户 80 平方米、需资金 110.00 万元"
    )
    assert zh[1] == "需院坝 1 户 65 平方米、需资金 10.00 万元"
    assert (zh[2], en[2]) == (
        "没有列入的工程",
        "No works planned",
    )  # not: none needed
    assert en[1] == "Needs yards of 1 household, 65 m², 10.00 × 10,000 yuan"


def test_the_sentence_says_what_is_only_for_those_who_move():
    table = village_works(area_of("a", "b"), with_moving(WORKS, {"h4"}), COSTS)
    assert table["moving_wan"].tolist() == [0.0, 10.0, 0.0]
    said = village_sentences(table, "zh")[1]
    assert said == "需院坝 1 户 65 平方米、需资金 10.00 万元(其中 10.00 万元的工程只为拟搬迁安置的农户服务)"


def test_the_columns_add_up_to_the_works():
    table = village_works(area_of("a", "b", "c"), WORKS, COSTS)
    assert {c: str(t) for c, t in table.dtypes.items()} == LEDGER_COLUMNS
    kind, quantity = WORKS.table["kind"], WORKS.table["quantity"]
    assert table["road_km"].sum() * 1000 == quantity[kind.isin(["road_new", "road_upgrade"])].sum()
    assert table["pool_m3"].sum() == quantity[kind == "pool"].sum()
    assert table["line_km"].sum() * 1000 == quantity[kind.isin(["lv_line", "mv_line"])].sum()
    assert table["yard_m2"].sum() == quantity[kind == "yard"].sum()
    assert table["bridge_m"].sum() == 12, "a work without a village stands in the last row"
    assert table["village"].isna().tolist() == [False, False, False, True]
    assert table["wan"].sum() == pytest.approx(COSTS.table["likely"].sum() / 1e4)


def test_yards_are_as_surveyed_else_assumed():
    homes = gpd.GeoDataFrame(
        {
            "id": ["h0", "h1", "h2"],
            "village": ["a", "a", "a"],
            "group": ["g", "g", "g"],
            "people": [3, None, 5],
            "poor": [True, False, None],
            "yard": [False, False, True],
            "yard_m2": [64.0, np.nan, 90.0],
        },
        geometry=gpd.points_from_xy([0, 1, np.nan], [0, 1, np.nan]),
        crs=UTM,
    )
    area = make_area({"households": homes}, crs=UTM)
    gaps = home_gaps(area, S)
    works = design_yards(area, gaps, gaps.findings["yard"].state == "unmet", S)
    assert works.table["quantity"].tolist() == [64.0, S["yard.assumed_m2"]]
    assert works.table["flag"].tolist() == ["", "money.yard_assumed"]
    assert works.table["people"].tolist() == [3, 4], "the mean stands in for what nobody said"
    assert works.table["poor_people"].tolist() == [3, 0]
    assert {c: str(t) for c, t in works.table.drop(columns="geometry").dtypes.items()} == WORK_COLUMNS
    assert {c: str(t) for c, t in works.serves.dtypes.items()} == SERVES_COLUMNS
    assert works.serves["household"].tolist() == ["h0", "h1"]
    assert price(works, S).total["likely"] == pytest.approx(144 * S.table("price.yard")["likely"])
    assert set(works.table["spec"]) == {"10 cm C20"}
    thick = S.override({"yard.concrete_cm": 12, "yard.concrete_mpa": 25})
    assert design_yards(area, gaps, np.array([True, False, False]), thick).table["spec"].tolist() == [
        "12 cm C25"
    ]
    assert not len(design_yards(area, gaps, np.zeros(3, bool), S).table)
