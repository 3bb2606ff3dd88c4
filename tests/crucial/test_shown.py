"""Where crucialness and sources to be measured show: the same numbers in every output."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
from starlette.testclient import TestClient

from geo.plan import Plan, make_plan
from geo.standards import default_standard
from geo.workbook import workbook
from geo.works_view import measure_first
from maps.geopackage import write_geopackage
from maps.payload import payload
from service.app import create_app
from service.ogc.results import TABLES
from service.settings import Settings
from service.usecases.map_layers import _layer
from tests.asking import PATIENCE_S
from tests.maps.toy import toy_area
from tests.service.conftest import HERE
from tests.service.toy import ToyWork
from tests.water_design.hills import village
from tests.water_design.test_design import ROW


@pytest.fixture(scope="module")
def plan() -> Plan:
    return make_plan(toy_area(60), default_standard())


@pytest.fixture(scope="module")
def dry() -> Plan:
    """A village below a spring that nobody measured."""
    return make_plan(village(ROW, springs=[(0.0, 100.0, np.nan)]), default_standard())


def test_the_ledger_says_who_loses(plan: Plan) -> None:
    (sheet,) = [s for s in workbook(plan, "zh") if s.key == "crucial"]
    table = plan.crucial.table
    assert len(sheet.frame) == len(table) > 0
    assert sheet.frame["lose"].sum() == table["households"].sum() > 0
    assert sheet.frame["why"].str.contains("失效|断流|中断|无户").all()


def test_page_layer_and_collection_say_the_same(plan: Plan) -> None:
    table = plan.crucial.of("pools")
    page = payload(plan, lang="zh", names=False)
    told = page["layers"]["pools"]["crucial"]
    assert told["of"] == table.index.tolist()
    assert all(key in page["text"]["zh"] for key in [*told["said"], "crucial.title"])
    here = TABLES["crucial"](plan, False)
    assert here["lose"].sum() == plan.crucial.table["households"].sum()
    drawn = _layer(plan.area, "pools", plan)
    for pool, lost in zip(table["id"], table["households"], strict=True):
        assert f'"id":"{pool}"'.encode() in drawn.body
        assert f'"crucial":{lost}'.encode() in drawn.body


def test_the_geopackage_holds_them(plan: Plan, dry: Plan, tmp_path: Path) -> None:
    write_geopackage(plan, tmp_path / "plan.gpkg")
    read = gpd.read_file(tmp_path / "plan.gpkg", layer="crucial")
    assert read["households"].sum() == plan.crucial.table["households"].sum()
    assert len(pyogrio.read_dataframe(tmp_path / "plan.gpkg", layer="crucial_loses")) == len(
        plan.crucial.loses
    )
    write_geopackage(dry, tmp_path / "dry.gpkg")
    first = gpd.read_file(tmp_path / "dry.gpkg", layer="measure_first")
    assert first["households"].tolist() == [10]
    assert len(gpd.read_file(tmp_path / "dry.gpkg", layer="provisional")) > 0


def test_the_maps_draw_what_waits_for_a_source(dry: Plan) -> None:
    hoped, first = dry.works.provisional, measure_first(dry).iloc[0]
    assert hoped is not None
    page = payload(dry, lang="zh", names=False)
    star = page["layers"]["work_measure_first"]
    assert star["id"] == ["s0"]
    drawn = {
        work
        for name in ("provisional", "provisional_points")
        for work in page["layers"][f"work_{name}"]["id"]
    }
    assert drawn == set(hoped.table.loc[hoped.table["kind"] != "connection", "work"])
    assert all(key in page["text"]["zh"] for key in page["works"]["said"])
    assert set(hoped.systems["system"]) <= set(page["works"]["systems"])

    class Once(ToyWork):
        def plan(self, *_args: Any) -> Plan:
            return dry

    with TestClient(create_app(Settings(), Once()), base_url=HERE) as client:
        client.app.state.desk.join(PATIENCE_S)
        features = client.get("/api/works").json()["features"]
        assert {f["properties"]["id"] for f in features} >= drawn | {"s0"}
        source = client.get("/api/works/s0").json()
        assert (source["quantity"], source["unit"]) == (pytest.approx(first["m3d"]), "m³/d")
        assert source["price"]["likely"] == pytest.approx(first["likely"])
        assert len(source["serves"]) == source["households"] == first["households"]
        pipe = next(f for f in features if f["properties"]["kind"] == "provisional")["properties"]
        told = client.get(f"/api/works/{pipe['id']}").json()
        assert told["system"]["id"] == pipe["system"]
        assert told["serves"]
        assert told["flag"]["en"].startswith("provisional")
        assert client.get("/api/summary").json()["works"]["count"] == len(dry.works.table)


def test_what_is_provisional_is_counted_nowhere(dry: Plan) -> None:
    assert not (dry.works.table["need"] == "water").any()
    assert not (dry.works.serves["need"] == "water").any()
    assert dry.works.provisional is not None
    assert not (dry.costs.table["work"].isin(dry.works.provisional.table["work"])).any()
    rows = measure_first(dry)
    assert rows["source"].tolist() == ["s0"]
    assert rows["households"].tolist() == [10]
    assert rows["likely"].iloc[0] > 0
    (sheet,) = [s for s in workbook(dry, "en") if s.key == "measure_first"]
    assert sheet.frame["m3d"].tolist() == rows["m3d"].tolist()
    assert TABLES["measure_first"](dry, False)["id"].tolist() == ["s0"]
    nothing = replace(dry, works=replace(dry.works, provisional=None))
    assert not len(measure_first(nothing))
