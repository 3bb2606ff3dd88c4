"""How does a large table get into a workbook quickly? Whole columns at a time.

xlsxwriter takes a dozen calls to write one cell; a ledger has half a million. Here the
different values of a column are looked up and written as XML once, and the rows are put
together from them. Everything else of the sheet (head, formulas, widths, filter, print)
stays xlsxwriter's own. It has no public place for this: the one private method
overridden is `_write_rows`, and a test holds the result to what xlsxwriter writes itself.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

CHUNK = 4096
"""Rows put together at a time: the XML of a county's ledger does not fit into memory at once."""
RISKY = ("=", "+", "-", "@", "\t", "\r")
"""A text that begins so is taken for a formula by a spreadsheet that reads it from CSV."""
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
        styles: Sequence[Format],
        *,
        words: Mapping[bool, str],
        quoted: Format,
    ) -> None:
        """Write `columns`, each in its format, from row `first` on, once and below everything else.

        Yes and no stand there in `words`; what could be taken for a formula is `quoted`.
        """
        self._first = first
        self._columns = [
            self._looked_up(values, style, words, quoted)
            for values, style in zip(columns, styles, strict=True)
        ]
        rows = len(self._columns[0][0]) if self._columns else 0
        if rows:
            self._check_dimensions(first, 0)
            if self._check_dimensions(first + rows - 1, len(self._columns) - 1):
                raise ValueError(f"{rows} rows do not fit into a sheet")

    def _looked_up(
        self, values: pd.Series, style: Format, words: Mapping[bool, str], quoted: Format
    ) -> tuple[np.ndarray, list[str]]:
        """Which text each row has, (n,), and the texts: the XML of a cell behind its row number."""
        codes, different = _different(values)
        shown = cells(different, words)
        counts = np.bincount(codes[codes >= 0], minlength=len(shown)).tolist()
        usual = _attribute(style) if any(value is not None for value in shown) else ""
        texts = [
            ""
            if value is None
            else self._text(value, count, _attribute(quoted) if value.startswith(RISKY) else usual)
            if isinstance(value, str)
            else f'"{usual}><v>{self._number(value):.16G}</v></c>'
            for value, count in zip(shown, counts, strict=True)
        ]
        return np.where(codes < 0, len(texts), codes), [*texts, ""]

    def _text(self, value: str, count: int, attribute: str) -> str:
        if 2 * len(value) > LONGEST:
            value = value.encode("utf-16-le")[: 2 * LONGEST].decode("utf-16-le", "ignore")
        place = self.str_table._get_shared_string_index(value)
        self.str_table.count += count - 1
        return f'"{attribute} t="s"><v>{place}</v></c>'

    def _number(self, value: Any) -> Any:
        return self._convert_date_time(value) if isinstance(value, datetime) else value

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


def cell(value: Any, words: Mapping[bool, str]) -> Any:
    """A value as a cell holds it: unknown is empty, never 0 or no."""
    if value is None or value is pd.NA or value is pd.NaT or value != value:
        return None
    if isinstance(value, bool):
        return words[value]
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime()
    if isinstance(value, (int, float)):
        return None if value in (math.inf, -math.inf) else value
    return str(value)


def cells(values: pd.Series, words: Mapping[bool, str]) -> list[Any]:
    """`cell` of each value."""
    each = values.tolist()
    return each if _all_plain(values) else [cell(value, words) for value in each]


def _all_plain(values: pd.Series) -> bool:
    """Whether these are all texts or finite numbers, which stand in cells as they are."""
    kind = values.dtype
    if isinstance(kind, pd.StringDtype):
        return not values.isna().any()
    if is_numeric_dtype(kind) and not is_bool_dtype(kind):
        return bool(np.isfinite(values.to_numpy(np.float64, na_value=np.nan)).all())
    return False


def _attribute(style: Format) -> str:
    at = style._get_xf_index()
    return f' s="{at}"' if at else ""


def _different(values: pd.Series) -> tuple[np.ndarray, pd.Series]:
    """Which of the different values each row has, -1 for a missing one; of mixed columns each row its own."""
    if values.dtype == object:  # 1 and True are the same to a look-up
        return np.arange(len(values)), values
    codes, different = pd.factorize(values)
    return codes, pd.Series(different)
