"""The GeoPackage, the ledger, the JSON and map.html say the same of every work."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pyogrio
import pytest

from geo.errors import UnknownFeatureError, XiangtuError
from geo.plan import Plan
from geo.pricing import price
from geo.workbook import workbook
from geo.works import KINDS
from geo.works_view import spec_words
from maps.payload import payload
from service.cli import main
from service.cli.plan import budgets, words
from service.usecases.plan_files import write_plan
from service.usecases.programme import villages_named
from tests.maps.toy import toy_area
from tests.works_shown.fake import planned


@pytest.fixture(scope="module")
def plan() -> Plan:
    return planned(toy_area(80))


@pytest.fixture(scope="module")
def out(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("out")
    write_plan(plan, folder)
    return folder


def packed(out: Path) -> pd.DataFrame:
    """All works of the GeoPackage by id."""
    tables = [gpd.read_file(out / "plan.gpkg", layer=name) for name in ("works", "works_points")]
    return pd.concat(tables).set_index("work")


def test_every_kind_lies_in_the_geopackage_with_its_style(out: Path) -> None:
    found = packed(out)
    assert set(found["kind"]) == set(KINDS)
    names = {name for name, _ in pyogrio.list_layers(out / "plan.gpkg")}
    assert {"work_serves", "unserved", "systems"} <= names
    lines = gpd.read_file(out / "plan.gpkg", layer="works")
    assert lines.geometry.length.sum() == pytest.approx(7 * 402.9822, rel=1e-6)
    serves = pyogrio.read_dataframe(out / "plan.gpkg", layer="work_serves")
    counted = serves.groupby("work").size()
    assert counted.to_dict() == found["households"].astype(int).to_dict()


def test_prices_agree_everywhere(out: Path, plan: Plan) -> None:
    costs = price(plan.works, plan.standard).table.set_index("work")
    found = packed(out)
    said = {row["work"]: row for row in json.loads((out / "plan.json").read_text("utf-8"))["works"]}
    page = payload(plan, lang="zh", names=False)
    for name in ("low", "likely", "high"):
        pd.testing.assert_series_equal(
            found[name].sort_index(), costs[name].sort_index(), check_names=False, check_index_type=False
        )
        assert {k: row[name] for k, row in said.items()} == pytest.approx(costs[name].to_dict())
    drawn = {
        i: (layer["work"]["likely"]["all"], layer["work"]["quantity"]["all"])
        for key, layer in page["layers"].items()
        if key.startswith("work_")
        for i in layer["id"]
    }
    assert {k: v[0] for k, v in drawn.items()} == pytest.approx((costs["likely"] / 1e4).to_dict(), abs=6e-4)
    assert {k: v[1] for k, v in drawn.items()} == pytest.approx(found["quantity"].to_dict(), abs=0.051)


def test_the_price_of_a_system_and_of_each_household_agrees_everywhere(out: Path, plan: Plan) -> None:
    costs = price(plan.works, plan.standard).table
    money = costs[["low", "likely", "high"]].groupby(plan.works.table["system"].to_numpy(object)).sum()
    each = money.div({"WS-1": 12, "PS-1": 9}, axis=0)
    packed = gpd.read_file(out / "plan.gpkg", layer="systems").set_index("system")
    sheet = next(sheet for sheet in workbook(plan, "zh") if sheet.key == "systems")
    heads = {column.name: (column.header, column.unit) for column in sheet.columns}
    assert heads["each"] == ("户均造价(中)", "元")
    assert heads["likely"] == ("造价(中)", "万元")
    ledger = sheet.frame.set_index("system")
    said = {row["system"]: row for row in json.loads((out / "plan.json").read_text("utf-8"))["systems"]}
    page = payload(plan, lang="zh", names=False)["works"]["systems"]
    for system in ("WS-1", "PS-1"):
        for name in ("low", "likely", "high"):
            whole, one = money.loc[system, name], each.loc[system, name]
            column = "each" if name == "likely" else f"each_{name}"
            assert packed.loc[system, [name, column]].tolist() == pytest.approx([whole, one])
            assert ledger.loc[system, [name, column]].tolist() == pytest.approx([whole / 1e4, one])
            assert [said[system][name], said[system][column]] == pytest.approx([whole, one])
            assert page[system][name] == pytest.approx(whole / 1e4, abs=6e-4)
            assert page[system][column] == pytest.approx(one, abs=0.51)


def test_the_ledger_lists_every_work_and_adds_up(out: Path, plan: Plan) -> None:
    sheets = {sheet.key: sheet for sheet in workbook(plan, "zh")}
    costs = price(plan.works, plan.standard)
    works = sheets["works"]
    assert works.frame["work"].tolist() == plan.works.table["work"].tolist()
    assert works.total("likely") == pytest.approx(costs.total["likely"] / 1e4)
    assert sheets["unserved"].frame["why"].str.len().min() > 0
    assert sheets["systems"].frame["system"].tolist() == ["WS-1", "PS-1"]
    assert sheets["systems"].frame["bound"].tolist() == ["不低于", "不高于"]
    units = dict(zip(sheets["works"].frame["work"], sheets["works"].frame["unit"], strict=True))
    pieces = plan.works.table.set_index("work")["kind"].map(KINDS) == "1"
    assert pieces.any()
    assert {units[work] for work in pieces.index[pieces]} == {"个"}
    book = openpyxl.load_workbook(out / "ledger.xlsx")
    assert {"工程清单", "系统校核", "暂不能解决"} <= set(book.sheetnames)


def test_engineers_take_their_files_away(out: Path) -> None:
    assert (out / "water" / "WS-1.inp").read_bytes().startswith(b"[TITLE]")


@pytest.mark.parametrize(
    "name", ["../evil.inp", "/tmp/evil.inp", "water/../../evil.inp", "plan.gpkg", "", "a\\..\\b"]
)
def test_no_file_leaves_its_folder(plan: Plan, tmp_path: Path, name: str) -> None:
    from dataclasses import replace

    bad = replace(plan, works=replace(plan.works, files={name: b"evil"}))
    with pytest.raises(ValueError, match="file of a work"):
        write_plan(bad, tmp_path / "out")
    assert not list(tmp_path.rglob("evil*"))


def test_a_programme_is_told_everywhere(tmp_path: Path) -> None:
    plan = planned(toy_area(40), (300_000.0, 200_000.0))
    assert plan.programme is not None
    files = write_plan(plan, tmp_path)
    years = plan.programme.table.set_index("work")["year"].dropna().astype(int).to_dict()
    assert years
    said = json.loads(files["plan.json"].read_text("utf-8"))
    assert said["programme"]["chosen"] == years
    assert {row["work"]: row["year"] for row in said["works"] if row["year"] is not None} == years
    assert packed(tmp_path)["year"].dropna().astype(int).to_dict() == years
    sheet = next(s for s in workbook(plan, "en") if s.key == "programme")
    built = sheet.frame[sheet.frame["year"].notna()]
    spent = plan.programme.years["spent"].sum()
    assert built["likely"].sum() == pytest.approx(spent / 1e4)
    left = sheet.frame[sheet.frame["year"].isna()]
    assert len(left) == len(plan.works.table) - len(years)
    assert left["why"].str.len().min() > 0
    assert built["why"].str.len().max() == 0


def test_the_years_and_what_more_money_buys_stand_in_the_workbook() -> None:
    plan = planned(toy_area(40), (300_000.0, 200_000.0))
    assert plan.programme is not None
    sheets = {s.key: s for s in workbook(plan, "zh")}
    years, frontier = sheets["programme_years"].frame, sheets["frontier"].frame
    assert years["budget"].tolist() == [30.0, 20.0]
    heads = [c.header for c in sheets["programme_years"].columns]  # one household counts once for each need
    assert heads[-3:] == ["受益户次", "受益人次", "受益贫困人次"]
    assert years["spent"].sum() == pytest.approx(plan.programme.years["spent"].sum() / 1e4)
    assert frontier["budget"].diff().dropna().tolist() == pytest.approx([10.0] * (len(frontier) - 1))
    assert "优先村" not in sheets["programme"].note
    village = plan.area.layer("villages").iloc[0]
    asked = replace(plan, programme=replace(plan.programme, first=(village["id"],)))
    sheets = {s.key: s for s in workbook(asked, "zh")}
    assert f"优先村：{village['name']}" in sheets["programme"].note


@pytest.mark.parametrize(
    ("spec", "zh", "en"),
    [
        ("3 → 3.5 m · 错车道 passing bays × 2", "3 → 3.5 m · 错车道 × 2", "3 → 3.5 m · passing bays × 2"),
        ("1.2 m · 台阶 steps × 40", "1.2 m · 台阶 × 40", "1.2 m · steps × 40"),
        ("PRV", "减压阀", "PRV"),
        ("PE100 OD25 SDR17", "PE100 OD25 SDR17", "PE100 OD25 SDR17"),
    ],
)
def test_a_specification_is_in_one_language(spec: str, zh: str, en: str) -> None:
    assert (spec_words(spec, "zh"), spec_words(spec, "en")) == (zh, en)


def test_villages_come_first_by_name_or_id() -> None:
    area = toy_area(40)
    one = area.layer("villages").iloc[0]
    assert villages_named(area, words(f" {one['name']}, {one['id']}、")) == (one["id"],)
    with pytest.raises(UnknownFeatureError, match="nowhere"):
        villages_named(area, words("nowhere"))


def test_villages_first_is_about_a_programme(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", str(tmp_path), "-o", str(tmp_path / "out"), "--first", "a"]) == 2
    assert "--budget" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "much", "-5", "0", "nan", "500,,300", "1e9"])
def test_what_is_no_budget(text: str) -> None:
    with pytest.raises(XiangtuError, match="10,000 yuan"):
        budgets(text)


def test_too_many_years_are_refused_before_anything_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    years = ",".join(["100"] * 11)
    assert main(["plan", str(tmp_path), "-o", str(tmp_path / "out"), "--budget", years, "--lang", "en"]) == 2
    assert "11 years: at most 10" in capsys.readouterr().err
    assert len(budgets(years[:-4])) == 10


def test_budgets_are_read_in_wan() -> None:
    assert budgets("500,300") == budgets("500\uff0c300") == (5_000_000.0, 3_000_000.0)
    assert budgets(None) == ()
