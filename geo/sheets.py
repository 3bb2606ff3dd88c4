"""What is a sheet of a ledger? A frame and how its columns are headed, totalled and shown.

The ledger (`geo/ledger.py`) makes sheets; whoever writes them to a file or answers
them over HTTP needs nothing else. A sheet knows no file format.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class Column:
    """One column of a sheet.

    `name` is the column of the frame (canonical, ASCII), `header` what people read,
    `unit` stands behind the header in brackets. `total`: its numbers may be added
    up. `share_of` = (part, whole): a ratio; its total is total(part) / total(whole),
    never a sum or a mean of ratios. `sums` = key of another sheet: in a sheet of one
    row, this number is the total of the column of the same name there. `width` in
    characters (0: fitted to the content). `format` is a spreadsheet number format.
    """

    name: str
    header: str
    unit: str = ""
    total: bool = False
    width: float = 0.0
    format: str = ""
    share_of: tuple[str, str] | None = None
    sums: str = ""

    @property
    def label(self) -> str:
        """Header and unit: 院坝面积(m²), Yard to harden (m²)."""
        apart = " " if self.header.isascii() else ""
        return f"{self.header}{apart}({self.unit})" if self.unit else self.header


@dataclass(frozen=True)
class Sheet:
    """One sheet: `frame` holds every column named in `columns`, one row per line.

    `key` names it for machines (`villages`), `title` for people (分村台账); `note`
    is a line above the table (area, date of data, standard).
    """

    key: str
    title: str
    frame: pd.DataFrame
    columns: tuple[Column, ...]
    note: str = ""

    def __post_init__(self) -> None:
        missing = [c.name for c in self.columns if c.name not in self.frame]
        if missing:
            raise ValueError(f"sheet {self.key!r}: the frame has no column {', '.join(missing)}")

    def total(self, name: str) -> float:
        """The total of one column: a sum, or for a ratio the ratio of the sums (NaN over nothing)."""
        column = next(c for c in self.columns if c.name == name)
        if column.share_of:
            part, whole = (float(self.frame[n].sum()) for n in column.share_of)
            return part / whole if whole else float("nan")
        return float(self.frame[name].sum())
