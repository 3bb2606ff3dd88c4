"""The Excel ledger: read back with openpyxl, which keeps formulas and, apart, cached values."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from geo.sheets import Column, Sheet
from service.exports.ledger_xlsx import FIRST, HEADER, TOTAL, neutral, write_ledger


def villages(lack: list[int]) -> Sheet:
    frame = pd.DataFrame(
        {
            "village": ["新民村", "=1+1", "@马场村"][: len(lack)],
            "households": [100, 50, 10][: len(lack)],
            "lack": lack,
            "share": [n / m for n, m in zip(lack, [100, 50, 10], strict=False)],
            "poor": pd.array([True, False, None][: len(lack)], dtype="boolean"),
            "on": pd.to_datetime(["2019-05-01", None, "2020-01-02"][: len(lack)]).astype("datetime64[s]"),
        }
    )
    columns = (
        Column("village", "村"),
        Column("households", "户数", "户", total=True),
        Column("lack", "缺水", "户", total=True),
        Column("share", "缺口率", share_of=("lack", "households")),
        Column("poor", "贫困村"),
        Column("on", "调查日期"),
    )
    return Sheet("villages", "分村台账", frame, columns, note="测试乡")


def township(lack: int) -> Sheet:
    frame = pd.DataFrame({"town": ["测试乡"], "households": [160], "lack": [lack]})
    columns = (
        Column("town", "乡"),
        Column("households", "户数", "户", sums="villages"),
        Column("lack", "安全饮水·缺口户", sums="villages"),
    )
    return Sheet("township", "全乡", frame, columns)


@pytest.fixture
def books(tmp_path: Path) -> tuple[openpyxl.Workbook, openpyxl.Workbook]:
    file = tmp_path / "ledger.xlsx"
    write_ledger([township(33), villages([30, 2, 1])], file)
    return openpyxl.load_workbook(file), openpyxl.load_workbook(file, data_only=True)


def test_totals_are_formulas_with_the_computed_value(
    books: tuple[openpyxl.Workbook, openpyxl.Workbook],
) -> None:
    formulas, values = (b["分村台账"] for b in books)
    assert formulas.cell(TOTAL + 1, 3).value == f"=SUBTOTAL(109,C{FIRST + 1}:C{FIRST + 3})"
    assert values.cell(TOTAL + 1, 3).value == 33
    assert formulas.cell(TOTAL + 1, 4).value == f'=IF(B{TOTAL + 1}=0,"",C{TOTAL + 1}/B{TOTAL + 1})'
    assert values.cell(TOTAL + 1, 4).value == pytest.approx(33 / 160)  # not the mean of 0.30, 0.04, 0.10


def test_a_township_is_a_card_that_adds_up_its_villages(
    books: tuple[openpyxl.Workbook, openpyxl.Workbook],
) -> None:
    formulas, values = (b["全乡"] for b in books)
    assert [formulas.cell(TOTAL + 1 + i, 1).value for i in (0, 1)] == ["乡", "户数(户)"]
    assert values.cell(TOTAL + 2, 2).value == 160
    head, line = TOTAL + 4, TOTAL + 5
    assert (formulas.cell(head, 2).value, formulas.cell(line, 1).value) == ("缺口户", "安全饮水")
    assert formulas.cell(line, 2).value == f"=SUM('分村台账'!C{FIRST + 1}:C{FIRST + 3})"
    assert values.cell(line, 2).value == 33


def test_a_ledger_that_does_not_add_up_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"township\.lack is \[34\]"):
        write_ledger([township(34), villages([30, 2, 1])], tmp_path / "wrong.xlsx")


def test_text_is_never_a_formula_and_unknown_is_empty(
    books: tuple[openpyxl.Workbook, openpyxl.Workbook],
) -> None:
    page = books[0]["分村台账"]
    risky = page.cell(FIRST + 2, 1)
    assert (risky.value, risky.data_type, risky.quotePrefix) == ("=1+1", "s", True)
    assert [page.cell(FIRST + i, 5).value for i in (1, 2, 3)] == ["是", "否", None]
    assert page.cell(FIRST + 2, 6).value is None
    assert page.cell(FIRST + 1, 6).value.isoformat() == "2019-05-01T00:00:00"


def test_head_stays_in_sight_on_screen_and_paper(books: tuple[openpyxl.Workbook, openpyxl.Workbook]) -> None:
    page = books[0]["分村台账"]
    assert [c.value for c in page[HEADER + 1]] == [
        "村",
        "户数(户)",
        "缺水(户)",
        "缺口率",
        "贫困村",
        "调查日期",
    ]
    assert page.freeze_panes == f"B{FIRST + 1}"
    assert page.auto_filter.ref == f"A{HEADER + 1}:F{FIRST + 3}"
    assert page.print_title_rows == f"${TOTAL + 1}:${HEADER + 1}"
    assert page.page_setup.orientation == "landscape"


def test_an_empty_sheet_is_written(tmp_path: Path) -> None:
    write_ledger([villages([])], tmp_path / "empty.xlsx")
    page = openpyxl.load_workbook(tmp_path / "empty.xlsx", data_only=True)["分村台账"]
    assert page.cell(TOTAL + 1, 2).value == 0


@pytest.mark.parametrize(
    ("text", "safe"),
    [("=A1", "'=A1"), ("-5", "'-5"), ("\tx", "'\tx"), ("王**", "王**"), (-5, -5), (None, None)],
)
def test_csv_cells_are_neutral(text: object, safe: object) -> None:
    assert neutral(text) == safe
