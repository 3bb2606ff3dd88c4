"""Prices by hand."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from geo.errors import StandardError
from geo.messages import catalogue
from geo.pricing import NEEDS, department, likely, price
from geo.standards import default_standard
from geo.standards.load import read_standard
from geo.works import KINDS

from .toys import works_of

BLOCK = """
[price.{name}]
value = {{ low = {low}, likely = {likely}, high = {high} }}
unit = "元"
zh = "价"
en = "price"
source = "tender 2019"
confidence = "{confidence}"
"""
RUNNING = """
[running.kwh]
value = { low = 0.4, likely = 0.5, high = 0.6 }
unit = "元/kWh"
zh = "电价"
en = "energy"
source = "tariff 2019"
confidence = "M"
[running.upkeep]
value = { yard = 0.0, pipe = 0.01, pump = 0.05, road_new = 0.02 }
unit = ""
zh = "维护"
en = "upkeep"
source = "practice 2019"
confidence = "M"
"""


def block(name, low, likely, high, confidence="M"):
    return BLOCK.format(name=name, low=low, likely=likely, high=high, confidence=confidence)


S = read_standard(
    RUNNING
    + block("yard", 50, 70, 100, "L")
    + block("pipe_63", 40, 50, 70)
    + block("pipe_110", 100, 130, 160, "L")
    + block("pump", 1000, 2000, 3000)
    + block("road_new_3p5", 400, 600, 700)
    + block("road_new_4p5", 500, 700, 900),
    "toy.toml",
)


def priced(**row):
    costs = price(works_of(row), S)
    return costs.table.iloc[0]


def test_a_yard_of_80_square_metres():
    row = priced(kind="yard", quantity=80)
    assert (row["low"], row["likely"], row["high"]) == (4000, 5600, 8000)
    assert row["assumed"]
    assert row["price"] == "price.yard"
    assert row["run"] == 0


def test_between_two_sizes_the_price_is_between():
    """OD 90 is 27/47 of the way from 63 to 110: 50 + 80·27/47 = 95.957 yuan per metre."""
    row = priced(kind="pipe", quantity=100, size=90)
    assert row["likely"] == pytest.approx(100 * (50 + 80 * 27 / 47))
    assert row["assumed"], "one of the neighbours is"
    assert row["price"] == "price.pipe_63 price.pipe_110"


def test_at_and_beyond_the_sizes():
    assert priced(kind="pipe", quantity=1, size=63)["likely"] == 50
    assert not priced(kind="pipe", quantity=1, size=63)["assumed"]
    assert priced(kind="pipe", quantity=1, size=20)["likely"] == 50
    assert priced(kind="pipe", quantity=1, size=20)["price"] == "price.pipe_63"
    assert priced(kind="pipe", quantity=1, size=400)["likely"] == 130
    assert priced(kind="road_new", quantity=1000, size=4.0)["likely"] == 650_000


def test_a_pump_costs_to_run():
    """2 kW at 2000: 4000 to build; 5 % of it and 1000 kWh at 0.5 a year: 700 yuan."""
    row = priced(kind="pump", quantity=2, run_kwh=1000)
    assert row["likely"] == 4000
    assert row["run"] == pytest.approx(700)
    assert row["run_low"] == pytest.approx(0.05 * 2000 + 400)
    assert row["run_high"] == pytest.approx(0.05 * 6000 + 600)


def test_what_has_no_price_is_an_error_and_not_free():
    with pytest.raises(StandardError, match=r"price\.tank"):
        price(works_of({"kind": "tank"}), S)
    silent = read_standard(RUNNING.replace("yard = 0.0, ", "") + block("yard", 1, 2, 3), "toy.toml")
    with pytest.raises(StandardError, match=r"running.upkeep"):
        price(works_of({"kind": "yard"}), silent)


def test_all_totals_are_the_total():
    works = works_of(
        {"kind": "yard", "quantity": 30.0, "village": "a"},
        {"kind": "pipe", "need": "water", "quantity": 500.0, "size": 63.0, "village": "a"},
        {"kind": "road_new", "need": "road", "quantity": 700.0, "size": 3.5, "village": "b"},
        {"kind": "pump", "need": "water", "quantity": 3.0, "village": np.nan},
    )
    costs = price(works, S)
    for table in (costs.villages, costs.needs, costs.departments, costs.funding):
        np.testing.assert_allclose(table.sum().to_numpy(), costs.total.to_numpy())
        np.testing.assert_allclose(table["likely"].sum(), costs.table["likely"].sum())
    assert costs.needs.loc["water", "likely"] == 500 * 50 + 3 * 2000
    assert costs.villages.loc["b", "likely"] == 420_000
    assert set(costs.departments.index) | set(costs.funding.index) <= set(catalogue())


def test_low_is_below_likely_is_below_high_for_every_kind_the_standard_prices():
    standard = default_standard()
    kinds = [k for k in KINDS if any(key.startswith(f"price.{k}") for key in standard.values)]
    assert {"yard", "transformer", "lv_line", "mv_line", "connection"} <= set(kinds)
    for kind in kinds:
        for size in (np.nan, 60.0):
            costs = price(works_of({"kind": kind, "size": size, "need": "power"}), standard).table.iloc[0]
            assert 0 < costs["low"] <= costs["likely"] <= costs["high"]
            assert likely(standard, kind, [size])[0] == costs["likely"]


def test_nothing_costs_nothing():
    works = works_of({})
    none = dataclasses.replace(works, table=works.table.iloc[:0], serves=works.serves.iloc[:0])
    assert price(none, S).total.tolist() == [0, 0, 0, 0]


def test_every_need_has_a_department_in_both_languages():
    for need in NEEDS:
        assert department(need, "zh") != department(need, "en")
