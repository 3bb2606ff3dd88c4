"""How does a ledger become an Excel workbook that an office can check, filter, print and sign?

Above the header stands a row of totals. They are formulas, so that they follow the
filter (SUBTOTAL leaves hidden rows out) and can be checked; each is written with the
value we computed, so that programs which do not calculate show the same.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from geo.messages import say
from geo.sheets import Column, Sheet
from service.exports.columns_sheet import RISKY, ColumnsSheet, cell, cells

TITLE, NOTE, TOTAL, HEADER, FIRST = range(5)
"""Rows: title, note, totals, header, first line of data."""
NARROWEST, WIDEST = 7.0, 46.0
FITTED = 300
"""Lines whose length decides the width of a column."""
A3 = 8


def write_ledger(sheets: Sequence[Sheet], path: Path | str, *, lang: str = "zh") -> None:
    """Write `sheets` to the workbook at `path`, in their order.

    Raises `ValueError` where a sheet claims totals of another (`Column.sums`) that
    are not the totals there: a ledger that does not add up is not written.
    """
    rows = {s.key: s for s in sheets}
    for sheet in sheets:
        _check_sums(sheet, rows)
    options = {"constant_memory": False, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        formats = _Formats(book)
        for sheet in sheets:
            page = book.add_worksheet(sheet.title[:31], ColumnsSheet)
            if len(sheet.frame) == 1 and any(c.sums for c in sheet.columns):
                _write_card(page, sheet, rows, formats, lang)
                continue
            _write_head(page, sheet, formats, lang)
            _write_totals(page, sheet, formats)
            _write_columns(page, sheet, formats, lang)
            _set_up(page, sheet)


def neutral(value: Any) -> Any:
    """A value for a CSV cell that no spreadsheet takes for a formula; numbers stay numbers."""
    return f"'{value}" if isinstance(value, str) and value.startswith(RISKY) else value


class _Formats:
    """The formats of one workbook, each made once (a workbook holds few)."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._made: dict[str, Format] = {}

    def __call__(self, number: str = "", **more: Any) -> Format:
        key = f"{number}{sorted(more.items())}"
        if key not in self._made:
            base = {"font_name": "等线", "font_size": 10.5, "valign": "vcenter", **more}
            self._made[key] = self._book.add_format(base | ({"num_format": number} if number else {}))
        return self._made[key]


def _check_sums(sheet: Sheet, sheets: dict[str, Sheet]) -> None:
    for column in sheet.columns:
        if not column.sums:
            continue
        mine, theirs = sheet.frame[column.name], sheets[column.sums].total(column.name)
        if len(mine) != 1 or abs(float(mine.iloc[0]) - theirs) > 1e-6 * max(1.0, abs(theirs)):
            raise ValueError(
                f"{sheet.key}.{column.name} is {mine.tolist()}, the rows of {column.sums} give {theirs}"
            )


def _write_head(page: Worksheet, sheet: Sheet, formats: _Formats, lang: str) -> None:
    page.write_string(TITLE, 0, sheet.title, formats(bold=True, font_size=15))
    page.write_string(NOTE, 0, sheet.note, formats(font_color="#595959"))
    for index, column in enumerate(sheet.columns):
        page.write_string(HEADER, index, column.label, formats(**_HEAD))
    if any(c.total or c.share_of for c in sheet.columns) and not _may_add(sheet.columns[0]):
        page.write_string(TOTAL, 0, say("export.total", lang), formats(**_TOTAL))


_HEAD: dict[str, Any] = {
    "bold": True,
    "bg_color": "#DCE6F1",
    "border": 1,
    "text_wrap": True,
    "align": "center",
}
_HEADED = re.compile(r"·|: ")
_WIDE = re.compile("[\u2e80-\U0010ffff]")
_TOTAL: dict[str, Any] = {"bold": True, "bg_color": "#FFF2CC", "border": 1}


def _may_add(column: Column) -> bool:
    return column.total or column.share_of is not None


def _write_totals(page: Worksheet, sheet: Sheet, formats: _Formats) -> None:
    place = {c.name: i for i, c in enumerate(sheet.columns)}
    for index, column in enumerate(sheet.columns):
        if not _may_add(column):
            continue
        if column.share_of:
            part, whole = (xl_col_to_name(place[n]) + str(TOTAL + 1) for n in column.share_of)
            formula = f'=IF({whole}=0,"",{part}/{whole})'
        else:
            formula = f"=SUBTOTAL(109,{_cells(sheet, index)})"
        value = sheet.total(column.name)
        style = formats(_number_format(sheet, column), **_TOTAL)
        page.write_formula(TOTAL, index, formula, style, "" if value != value else value)


def _cells(sheet: Sheet, index: int) -> str:
    """The data cells of a column: D5:D14 (one empty row where there are none)."""
    name = xl_col_to_name(index)
    return f"{name}{FIRST + 1}:{name}{FIRST + max(1, len(sheet.frame))}"


def _write_columns(page: ColumnsSheet, sheet: Sheet, formats: _Formats, lang: str) -> None:
    words = {True: say("map.yes", lang), False: say("map.no", lang)}
    columns = [sheet.frame[column.name] for column in sheet.columns]
    for index, (column, values) in enumerate(zip(sheet.columns, columns, strict=True)):
        page.set_column(index, index, column.width or _fitting(column, cells(values.iloc[:FITTED], words)))
    styles = [formats(_number_format(sheet, column)) for column in sheet.columns]
    page.write_columns(FIRST, columns, styles, words=words, quoted=formats(quote_prefix=True))


def _write_card(
    page: Worksheet, sheet: Sheet, sheets: dict[str, Sheet], formats: _Formats, lang: str
) -> None:
    """The one line of a total as a card: a list, and a table of what is headed "row·column" or "row: column".

    Every number is a formula over the rows of the sheet it sums up.
    """
    page.write_string(TITLE, 0, sheet.title, formats(bold=True, font_size=15))
    page.write_string(NOTE, 0, sheet.note, formats(font_color="#595959"))
    heads = {c.name: _HEADED.split(c.header, maxsplit=1) for c in sheet.columns}
    alone = [c for c in sheet.columns if len(heads[c.name]) == 1]
    tabled = [c for c in sheet.columns if len(heads[c.name]) == 2]
    for row, column in enumerate(alone, TOTAL):
        page.write_string(row, 0, column.label, formats(**_HEAD | {"align": "left"}))
        _write_sum(page, row, 1, sheet, column, sheets, formats, lang)
    top = TOTAL + len(alone) + 1
    lines = list(dict.fromkeys(heads[c.name][0] for c in tabled))
    across = list(dict.fromkeys(heads[c.name][1] for c in tabled))
    for index, text in enumerate(across, 1):
        page.write_string(top, index, text, formats(**_HEAD))
    for row, text in enumerate(lines, top + 1):
        page.write_string(row, 0, text, formats(**_HEAD | {"align": "left"}))
    for column in tabled:
        line, head = heads[column.name]
        at = (top + 1 + lines.index(line), 1 + across.index(head))
        _write_sum(page, *at, sheet, column, sheets, formats, lang)
    page.set_column(0, 0, max([NARROWEST, *(_width(_HEADED.split(c.label)[0]) + 3.0 for c in sheet.columns)]))
    page.set_column(1, max(1, len(across)), 16)
    page.set_row(TITLE, 24)
    page.set_landscape()
    page.set_paper(A3)
    page.fit_to_pages(1, 0)


def _write_sum(
    page: Worksheet,
    row: int,
    index: int,
    sheet: Sheet,
    column: Column,
    sheets: dict[str, Sheet],
    formats: _Formats,
    lang: str,
) -> None:
    """One value of a card: a formula where it is the total of another sheet."""
    words = {True: say("map.yes", lang), False: say("map.no", lang)}
    value, style = (
        cell(sheet.frame[column.name].tolist()[0], words),
        formats(_number_format(sheet, column), border=1),
    )
    if column.sums:
        other = sheets[column.sums]
        at = [c.name for c in other.columns].index(column.name)
        page.write_formula(row, index, f"=SUM('{other.title[:31]}'!{_cells(other, at)})", style, value)
    elif value is not None:
        (page.write_string if isinstance(value, str) else page.write_number)(row, index, value, style)


def _number_format(sheet: Sheet, column: Column) -> str:
    if column.format:
        return column.format
    kind = sheet.frame[column.name]
    if column.share_of:
        return "0.0%"
    if pd.api.types.is_datetime64_any_dtype(kind):
        return "yyyy-mm-dd"
    if pd.api.types.is_bool_dtype(kind) or not pd.api.types.is_numeric_dtype(kind):
        return ""
    return "#,##0" if pd.api.types.is_integer_dtype(kind) else "#,##0.##"


def _fitting(column: Column, values: list[Any]) -> float:
    """A width for the first lines and half the header (it wraps); a Chinese character is two wide."""
    texts = {"0000-00-00" if isinstance(v, datetime) else str(v) for v in values if v is not None}
    widest = max([*map(_width, texts), _width(column.label) / 2 + 3])
    return float(min(WIDEST, max(NARROWEST, widest + 2)))


def _width(text: str) -> int:
    return len(text) if text.isascii() else len(_WIDE.sub("xx", text))


def _set_up(page: Worksheet, sheet: Sheet) -> None:
    """Frozen head, filter, and a landscape print whose header stands on every page."""
    last = len(sheet.columns) - 1
    named = next((i for i, c in enumerate(sheet.columns) if _may_add(c) or c.sums), 2)
    page.freeze_panes(FIRST, min(named, 4))
    page.autofilter(HEADER, 0, FIRST + max(1, len(sheet.frame)) - 1, last)
    page.set_row(TITLE, 24)
    page.set_row(HEADER, 44)
    page.set_landscape()
    page.set_paper(A3)
    page.fit_to_pages(1, 0)
    page.repeat_rows(TOTAL, HEADER)
    page.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    page.set_footer(f"&L{sheet.title}&R&P / &N")
