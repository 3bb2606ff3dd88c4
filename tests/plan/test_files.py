"""What `xiangtu plan` writes: four files that agree, whole or not at all, with nobody named."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import openpyxl
import pyogrio
import pytest

from geo.plan import Plan, make_plan
from geo.standards import default_standard
from geo.workbook import workbook
from service.usecases import plan_files
from tests.maps.toy import toy_area


@pytest.fixture(scope="module")
def plan() -> Plan:
    return make_plan(toy_area(40), default_standard())


def test_the_four_files_agree(plan: Plan, tmp_path: Path) -> None:
    told: list[str] = []
    files = plan_files.write_plan(plan, tmp_path, progress=lambda name, *_: told.append(name))
    written = sorted(str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file())
    assert written == sorted(files)
    assert [name for name in told if name] == list(files)[:4]
    said = json.loads(files["plan.json"].read_text("utf-8"))
    lacking = int((plan.gaps.states()["water"] == "unmet").sum())
    assert said["township"]["water.unmet"] == lacking
    assert sum(row["water.unmet"] for row in said["villages"]) == lacking
    assert said["needs"]["state"].count("unmet") == int((plan.gaps.states() == "unmet").to_numpy().sum())
    assert said["provenance"]["standard"]["sha256"] == plan.standard.sha256
    layers = {name for name, _ in pyogrio.list_layers(files["plan.gpkg"])}
    assert {"households", "villages"} <= layers


def test_no_head_of_household_is_named(plan: Plan, tmp_path: Path) -> None:
    files = plan_files.write_plan(plan, tmp_path)
    names = [str(n) for n in plan.area.layer("households")["name"]]
    book = openpyxl.load_workbook(files["ledger.xlsx"])
    cells = {str(c) for sheet in book for row in sheet.iter_rows(values_only=True) for c in row}
    assert not cells & set(names)
    for name in ("map.html", "plan.json"):
        text = files[name].read_text("utf-8")
        assert not any(n in text for n in names), name


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_workbook_has_its_sheets_in_both_languages(plan: Plan, lang: str) -> None:
    sheets = {sheet.key: sheet for sheet in workbook(plan, lang)}
    assert list(sheets) == [
        "township", "villages", "groups", "indicators", "set_villages", "set_households", "households",
        "discrepancies", "crucial",
        "works", "works_villages", "systems", "unserved", "measure_first",
        "must_move", "move_groups", "rebuilt", "threats", "found_sites", "matching", "site_loads",
        "left_in_danger", "follow_up", "sites", "standard",
    ]  # fmt: skip
    assert len(sheets["households"].frame) == 40
    assert len(sheets["standard"].frame) == len(plan.standard.values)
    assert sheets["villages"].total("households") == 40


def test_a_failed_write_leaves_what_was_there(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plan.gpkg").write_text("yesterday's")

    def breaks(*_: object, **__: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(plan_files, "write_geopackage", breaks)
    with pytest.raises(OSError, match="disk full"):
        plan_files.write_plan(plan, tmp_path)
    assert (tmp_path / "plan.gpkg").read_text() == "yesterday's"
    assert not list(tmp_path.glob(".draft*"))


@pytest.mark.parametrize(("variant", "yard"), [("A", "院坝硬化"), ("B", "入户路及院坝硬化")])
def test_either_variant_of_the_household_set_can_be_shown(plan: Plan, variant: str, yard: str) -> None:
    chosen = replace(plan.standard.sets["household"], use=variant)
    standard = replace(plan.standard, sets={**plan.standard.sets, "household": chosen})
    sheet = {s.key: s for s in workbook(replace(plan, standard=standard), "zh")}["set_households"]
    assert sheet.title == f"四有五覆盖({variant})"
    assert len(sheet.frame) == 40
    assert yard in sheet.frame
    assert (sheet.frame[["met", "unmet", "unknown"]].sum(axis=1) == 9).all()
    states = plan.gaps.states().reset_index(drop=True)
    parts = ["path", "yard"] if variant == "B" else ["yard"]
    lacks = (states[parts] == "unmet").any(axis=1)
    assert ((sheet.frame[yard] == "缺口") == lacks).all()


def test_an_english_workbook_is_english_throughout(plan: Plan, tmp_path: Path) -> None:
    files = plan_files.write_plan(plan, tmp_path, lang="en")
    book = openpyxl.load_workbook(files["ledger.xlsx"])
    assert f"standard: {plan.standard.title('en')};" in book.worksheets[0]["A2"].value
    assert "default" not in plan.standard.title("zh")
    for sheet, column in (("Candidate sites", "Unit"), ("Standards used", "Unit")):
        rows = list(book[sheet].iter_rows(min_row=4, values_only=True))
        units = {row[rows[0].index(column)] for row in rows[1:]} - {None}
        assert len(units) > 2
        assert not [unit for unit in units if re.search("[一-鿿]", unit)]
    for sheet in book:
        heads = [c.value for row in sheet.iter_rows(max_row=4) for c in row if isinstance(c.value, str)]
        words = " ".join(heads).replace(plan.area.name, "").replace(sheet.title, "")
        assert not re.search(r"[a-z]\(", words.replace("(s)", "")), words  # Yard to harden (m²)
        assert words.isascii() or not any("\u4e00" <= c <= "\u9fff" for c in words), (sheet.title, words)
