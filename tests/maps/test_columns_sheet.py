"""Columns written at once, held to what xlsxwriter writes cell by cell."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest
import xlsxwriter

from service.exports import columns_sheet
from service.exports.columns_sheet import ColumnsSheet, cell

FRAME = pd.DataFrame(
    {
        "text": pd.Series(["甲 & <乙>", None, " 前后 ", '"=1+1', "a\nb\x01", "甲 & <乙>"], dtype="str"),
        "number": [1.5, np.nan, -0.1, 1e300, 3.0, 1.5],
        "whole": pd.array([1, None, 3, 2**40, 0, 1], dtype="Int64"),
        "mixed": pd.Series([1, True, "1", None, 1.0, "true"], dtype=object),
        "on": pd.to_datetime(["2019-05-01", None, "2020-01-02", "1999-12-31", None, "2019-05-01"]),
        "nothing": pd.Series([None] * 6, dtype="str"),
    }
)


WORDS = {True: "yes", False: "no"}


def one_by_one(path: Path) -> None:
    with xlsxwriter.Workbook(str(path)) as book:
        styles = _styles(book)
        page = book.add_worksheet()
        page.write_string(0, 0, "head", styles[0])
        for index, name in enumerate(FRAME):
            for row, value in enumerate((cell(value, WORDS) for value in FRAME[name].tolist()), 2):
                if isinstance(value, str):
                    page.write_string(row, index, value, styles[index])
                elif isinstance(value, datetime):
                    page.write_datetime(row, index, value, styles[index])
                elif value is not None:
                    page.write_number(row, index, value, styles[index])


def at_once(path: Path) -> None:
    with xlsxwriter.Workbook(str(path)) as book:
        styles = _styles(book)
        page = book.add_worksheet(None, ColumnsSheet)
        page.write_string(0, 0, "head", styles[0])
        columns = (FRAME[name] for name in FRAME)
        page.write_columns(2, columns, styles, words=WORDS, quoted=book.add_format({"font_size": 30}))


def _styles(book: xlsxwriter.Workbook) -> list[Any]:
    kinds = [{"bold": True}, {"num_format": "0.00"}, {}, {"italic": True}, {"num_format": "yyyy-mm-dd"}, {}]
    return [book.add_format(kind) for kind in kinds]


@pytest.mark.parametrize("chunk", [1, 4, 4096])
def test_the_same_cells_as_one_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    monkeypatch.setattr(columns_sheet, "CHUNK", chunk)
    one_by_one(tmp_path / "slow.xlsx")
    at_once(tmp_path / "fast.xlsx")
    slow, fast = (openpyxl.load_workbook(tmp_path / f"{name}.xlsx").active for name in ("slow", "fast"))
    assert slow is not None
    assert fast is not None
    assert fast.dimensions == slow.dimensions == "A1:E8"
    cells = [[_told(c) for row in page.iter_rows() for c in row] for page in (slow, fast)]
    assert cells[0] == cells[1]
    assert len([c for c in cells[1] if c[0] is not None]) == 1 + 5 + 5 + 5 + 5 + 4


def _told(c: Any) -> tuple[Any, ...]:
    return c.value, c.data_type, c.number_format, c.font.b, c.font.i


def test_more_rows_than_a_sheet_holds_are_refused(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "long.xlsx")) as book:
        page = book.add_worksheet(None, ColumnsSheet)
        style = book.add_format()
        with pytest.raises(ValueError, match="do not fit"):
            page.write_columns(1, [pd.Series(0, index=range(2**20))], [style], words=WORDS, quoted=style)
