"""How does a large table get into a workbook quickly? Whole columns at a time.

xlsxwriter takes a dozen calls to write one cell; a ledger has half a million. Here the
different values of a column are looked up and written as XML once, and the rows are put
together from them. Everything else of the sheet (head, formulas, widths, filter, print)
stays xlsxwriter's own. It has no public place for this: the one private method
overridden is `_write_rows`, and a test holds the result to what xlsxwriter writes itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

CHUNK = 4096
"""Rows put together at a time: the XML of a county's ledger does not fit into memory at once."""
LONGEST = 32_767
"""Most UTF-16 units of a cell (ECMA-376, as Excel has it)."""


class ColumnsSheet(Worksheet):
    """A worksheet with one block of columns below what is written cell by cell."""

    _first = 0
    _columns: Sequence[tuple[np.ndarray, list[str]]] = ()

    def write_columns(
        self,
        first: int,
        columns: Iterable[pd.Series],
        cell: Callable[[Any], Any],
        style: Callable[[int, Any], Format],
    ) -> None:
        """Write `columns` from row `first` on, once and below everything else.

        `cell` gives what a value is shown as (text, number, datetime; None leaves it
        empty) and `style(column, shown)` its format.
        """
        self._first = first
        self._columns = [self._looked_up(i, values, cell, style) for i, values in enumerate(columns)]
        rows = len(self._columns[0][0]) if self._columns else 0
        if rows:
            self._check_dimensions(first, 0)
            if self._check_dimensions(first + rows - 1, len(self._columns) - 1):
                raise ValueError(f"{rows} rows do not fit into a sheet")

    def _looked_up(
        self, index: int, values: pd.Series, cell: Callable[[Any], Any], style: Callable[[int, Any], Format]
    ) -> tuple[np.ndarray, list[str]]:
        """Which text each row has, (n,), and the texts: the XML of a cell behind its row number."""
        codes, different = _different(values)
        shown = [cell(value) for value in different]
        counts = np.bincount(codes[codes >= 0], minlength=len(shown))
        texts = [
            "" if value is None else self._behind(value, style(index, value), int(count))
            for value, count in zip(shown, counts, strict=True)
        ]
        return np.where(codes < 0, len(texts), codes), [*texts, ""]

    def _behind(self, value: Any, style: Format, count: int) -> str:
        at = style._get_xf_index()
        attribute = f' s="{at}"' if at else ""
        if isinstance(value, str):
            text = value.encode("utf-16-le")[: 2 * LONGEST].decode("utf-16-le", "ignore")
            place = self.str_table._get_shared_string_index(text)
            self.str_table.count += count - 1
            return f'"{attribute} t="s"><v>{place}</v></c>'
        number = self._convert_date_time(value) if isinstance(value, datetime) else value
        return f'"{attribute}><v>{number:.16G}</v></c>'

    def _write_rows(self) -> None:
        last, self.dim_rowmax = self.dim_rowmax, self._first - 1 if self._columns else self.dim_rowmax
        super()._write_rows()
        self.dim_rowmax = last
        names = [f'<c r="{xl_col_to_name(i)}' for i in range(len(self._columns))]
        rows = len(self._columns[0][0]) if self._columns else 0
        for start in range(0, rows, CHUNK):
            numbers = range(self._first + 1 + start, self._first + 1 + min(start + CHUNK, rows))
            cells = [
                [
                    f"{name}{row}{texts[code]}" if texts[code] else ""
                    for row, code in zip(numbers, codes[start : start + CHUNK].tolist(), strict=True)
                ]
                for name, (codes, texts) in zip(names, self._columns, strict=True)
            ]
            self.fh.write(
                "".join(
                    f'<row r="{row}">{"".join(line)}</row>'
                    for row, line in zip(numbers, zip(*cells, strict=True), strict=True)
                )
            )


def _different(values: pd.Series) -> tuple[np.ndarray, list[Any]]:
    """Which of the different values each row has, -1 for a missing one; of mixed columns each row its own."""
    if values.dtype == object:  # 1 and True are the same to a look-up
        return np.arange(len(values)), values.tolist()
    codes, different = pd.factorize(values)
    return codes, pd.Series(different).tolist()
