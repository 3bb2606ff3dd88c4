"""What was wrong with the files, what was done about it, and what should people do?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.layers import LAYERS
from geo.messages import say

Severity = Literal["unreadable", "error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("unreadable", "error", "warning", "info")
"""Worst first. unreadable: the file or layer is not in the area; error: features or answers were lost or
are doubtful; warning: mended, look at it; info: nothing to do."""

COLUMNS = ("file", "layer", "row", "field", "severity", "key", "count", "values")
ROWS_SHOWN = 5


@dataclass(frozen=True)
class Problems:
    """The problem report of one reading.

    `table` has one row per problem (columns `COLUMNS`): many features of one file
    with the same problem are one row, `row` lists the first of them as people count
    them in the file, `count` says how many. `key` is the message key, `values` the
    numbers and samples its sentences name.
    """

    table: pd.DataFrame

    def __len__(self) -> int:
        return len(self.table)

    @property
    def count(self) -> int:
        """How many rows are worth acting on: all but the mere information."""
        return int((self.table["severity"] != "info").sum())

    @property
    def worst(self) -> Severity | None:
        """The worst severity that occurs; None when there is no problem."""
        found = set(self.table["severity"])
        return next((s for s in SEVERITIES if s in found), None)

    def of(self, *severities: Severity) -> pd.DataFrame:
        """The rows of these severities."""
        return self.table[self.table["severity"].isin(severities)]

    def said(self, lang: str) -> pd.DataFrame:
        """The report in words: file, layer, row, field, severity, key, count, what, done, todo."""
        words = [_sentences(row, lang) for row in self.table.to_dict("records")]
        said = self.table.drop(columns="values").reset_index(drop=True)
        named = {name: layer.zh if lang == "zh" else layer.en for name, layer in LAYERS.items()}
        said["layer"] = said["layer"].map(lambda name: named.get(name, name))
        for place, part in enumerate(PARTS):
            said[part] = pd.Series([w[place] for w in words], dtype="str")
        return said


PARTS = ("what", "done", "todo")


def _sentences(row: Mapping[Any, Any], lang: str) -> list[str]:
    label, name = "", str(row["field"])
    if row["layer"] in LAYERS:
        layer = LAYERS[row["layer"]]
        label = layer.zh if lang == "zh" else layer.en
        name = next((f.zh if lang == "zh" else f.en for f in layer.fields if f.name == name), name)
    given = {k: v(lang) if callable(v) else v for k, v in row["values"].items()}
    base = {"file": row["file"], "row": row["row"], "count": row["count"], "layer": label, "field": name}
    return [say(f"reading.{row['key']}.{part}", lang, **(base | given)) for part in PARTS]


@dataclass
class Log:
    """Collects problems while files are read; `problems()` is the finished report."""

    _rows: list[dict[str, Any]] = field(default_factory=list)

    def add(
        self,
        key: str,
        severity: Severity,
        *,
        file: str = "",
        layer: str = "",
        field: str = "",
        rows: npt.ArrayLike | None = None,
        **values: Any,
    ) -> None:
        """One problem; `rows` are the numbers of its features in the file, if it is about features."""
        numbers = np.asarray([] if rows is None else rows)
        if rows is not None and not len(numbers):
            return
        self._rows.append(
            {
                "file": file,
                "layer": layer,
                "row": first_of(numbers),
                "field": field,
                "severity": severity,
                "key": key,
                "count": max(1, len(numbers)),
                "values": values,
            }
        )

    def add_by_file(
        self,
        key: str,
        severity: Severity,
        origin: pd.DataFrame,
        *,
        layer: str,
        field: str = "",
        shown: pd.Series | None = None,
        **values: Any,
    ) -> None:
        """One problem for each file of `origin` (columns `file`, `row`).

        `shown`, on the index of `origin`, holds what the features say: a sample becomes the value `sample`.
        """
        for file, part in origin.groupby("file", sort=False):
            sample = {} if shown is None else {"sample": samples(shown[part.index])}
            rows = part["row"].to_numpy()
            self.add(key, severity, file=str(file), layer=layer, field=field, rows=rows, **sample, **values)

    def take(self, other: Log) -> None:
        """Everything `other` collected."""
        self._rows += other._rows

    def problems(self) -> Problems:
        """The report, worst first, then by file."""
        table = pd.DataFrame(self._rows, columns=list(COLUMNS))
        rank = table["severity"].map({s: i for i, s in enumerate(SEVERITIES)})
        table = table.assign(_rank=rank).sort_values(["_rank", "file", "layer"], kind="stable")
        return Problems(table.drop(columns="_rank").reset_index(drop=True))


def first_of(numbers: Sequence[Any] | npt.NDArray[Any], shown: int = ROWS_SHOWN) -> str:
    """ "3, 8, 12 …": the first few of many."""
    head = ", ".join(str(n) for n in list(numbers)[:shown])
    return head + (" …" if len(numbers) > shown else "")


def samples(values: pd.Series, shown: int = 4) -> str:
    """The first few distinct values, quoted, for a sentence."""
    return first_of([f"“{str(v)[:30]}”" for v in pd.unique(values.astype("str"))], shown)
