"""`xiangtu check`: what it prints, writes and answers."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from service.cli import main
from service.usecases.check import check, layers_table, missing_table

from .conftest import X0, Y0, raster, toy, write


@pytest.fixture
def clean(tmp_path: Path) -> Path:
    return write(toy(), tmp_path / "甲乡")


@pytest.fixture
def dirty(tmp_path: Path) -> Path:
    frames = toy()
    frames["农户"]["安全饮水"] = ["是", "=1+1", "否", "+2", "@x", None]
    frames["农户"]["调查日期"] = ["2017-06-01"] * 5 + [None]
    return write(frames, tmp_path / "乙乡")


def test_exit_status(clean: Path, dirty: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(clean)]) == 0
    assert main(["check", str(dirty)]) == 1
    (dirty / "道路.gpkg").write_bytes(b"no database")
    assert main(["check", str(dirty)]) == 2
    empty = tmp_path / "empty"
    empty.mkdir()
    assert main(["check", str(empty)]) == 2
    assert main(["check", str(tmp_path / "nowhere")]) == 2
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("lang", "words"),
    [("zh", ["农户", "缺少的图层", "看不懂", "按不明处理", "第 2, 4, 5 行"]),
     ("en", ["Households", "Missing layers", "not understood", "Taken as unknown", "row 2, 4, 5"])],
)  # fmt: skip
def test_the_table(dirty: Path, tmp_path: Path, lang: str, words: list[str]) -> None:
    out = tmp_path / "report.txt"
    assert main(["check", str(dirty), "--lang", lang, "-o", str(out)]) == 1
    text = out.read_text("utf-8")
    assert all(word in text for word in words)


def test_json(dirty: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["check", str(dirty), "--format", "json", "--lang", "en"])
    report = json.loads(capsys.readouterr().out)
    assert report["status"] == "problems"
    assert report["crs"] == "EPSG:4544"
    layers = {row["layer"]: row for row in report["layers"]}
    assert layers["households"]["features"] == 6
    assert layers["households"]["surveyed"] == "2017-06-01"
    assert layers["pools"]["years"] is None
    problem = next(p for p in report["problems"] if p["key"] == "bad_value")
    assert (problem["file"], problem["field"], problem["row"], problem["count"]) == (
        "农户.gpkg",
        "water",
        "2, 4, 5",
        3,
    )
    assert {"exits", "terrain"} <= {row["layer"] for row in report["missing"]}


def test_a_workbook_in_which_nothing_is_a_formula(dirty: Path, tmp_path: Path) -> None:
    (dirty / "=cmd|calc.abc").write_text("x")
    out = tmp_path / "report.xlsx"
    assert main(["check", str(dirty), "--format", "xlsx", "-o", str(out), "--lang", "en"]) == 1
    book = openpyxl.load_workbook(out)
    assert book.sheetnames == ["Problems", "Layers", "Missing layers"]
    cells = [c for row in book["Problems"].iter_rows(min_row=5) for c in row if isinstance(c.value, str)]
    assert any("'=cmd" in c.value for c in cells)
    assert not any(c.value.startswith(("=", "+", "-", "@")) for c in cells)


def test_xlsx_needs_a_file_and_an_encoding_must_exist(
    clean: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(clean), "--format", "xlsx", "--lang", "en"]) == 2
    assert "-o" in capsys.readouterr().err
    assert main(["check", str(clean), "--encoding", "klingon", "--lang", "en"]) == 2
    assert "klingon" in capsys.readouterr().err


def test_the_share_of_unknown_and_the_age(dirty: Path) -> None:
    report = check(dirty)
    table = layers_table(report, "en", date(2019, 6, 1)).set_index("layer")
    assert table.loc["households", "years"] == pytest.approx(2.0, abs=0.01)
    pool = table.loc["pools"]  # asked: volume, elev, yield_m3d, working, pumped, treated, built; told: 2
    assert pool["unknown"] == pytest.approx(5 / 7)
    assert table.loc["villages", "extent"].startswith("105.6")


def test_a_terrain_is_no_longer_missing(clean: Path) -> None:
    import numpy as np

    assert "terrain" in set(missing_table(check(clean), "zh")["layer"])
    raster(clean / "dem.tif", np.ones((80, 80), np.float32), west=X0 - 1000, north=Y0 + 2500, cell=50.0)
    assert "terrain" not in set(missing_table(check(clean), "zh")["layer"])
