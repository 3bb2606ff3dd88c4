"""One ledger as JSON, CSV or an Excel sheet."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from geo.errors import UnknownFeatureError
from geo.layers import LAYERS
from geo.ledger import header, household_ledger, ledger
from geo.messages import say
from geo.plan import Plan
from geo.sheets import Column, Sheet
from geo.verdicts import NEEDS, STATES
from geo.villages import villages_of
from service.answers import XLSX, to_json
from service.exports.ledger_xlsx import neutral, write_ledger
from service.ogc.prepare import json_values

UNITS = {"yard_m2": "m²"}
TEXTS = frozenset(
    ("id", "name", "township", "village", "group", "poor_village", "type", "poor", "exposure", "why")
)
SHEETS = {"township": "township", "village": "villages", "group": "groups", "household": "households"}


@dataclass(frozen=True)
class Wanted:
    """Which rows and columns: `state` and `village` (an id) keep households or groups that fit."""

    level: str = "village"
    needs: tuple[str, ...] = ()
    state: str = ""
    village: str = ""


def ledger_json(plan: Plan, wanted: Wanted, lang: str, *, names: bool) -> bytes:
    """{level, columns: [{name, header, unit}], rows}: canonical values."""
    frame = table(plan, wanted, lang, names=names)
    columns = [
        {"name": n, "header": heading(n, lang), "unit": UNITS.get(n, "")} for n in map(str, frame.columns)
    ]
    values = [json_values(frame[c]).tolist() for c in frame.columns]
    return to_json({"level": wanted.level, "columns": columns, "rows": list(zip(*values, strict=True))})


def ledger_csv(plan: Plan, wanted: Wanted, lang: str, *, names: bool) -> bytes:
    """CSV that Excel opens as UTF-8 and takes for no formula."""
    sheet = ledger_sheet(plan, wanted, lang, names=names)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([neutral(c.label) for c in sheet.columns])
    values = [json_values(sheet.frame[c.name]).tolist() for c in sheet.columns]
    writer.writerows([neutral(v) for v in row] for row in zip(*values, strict=True))
    return text.getvalue().encode("utf-8-sig")


def ledger_xlsx(plan: Plan, wanted: Wanted, lang: str, *, names: bool) -> bytes:
    """A workbook of one sheet, totals as formulas."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.xlsx"
        write_ledger([ledger_sheet(plan, wanted, lang, names=names)], path, lang=lang)
        return path.read_bytes()


def table(plan: Plan, wanted: Wanted, lang: str, *, names: bool) -> pd.DataFrame:
    """The rows of the ledger, canonical values; reasons are sentences in `lang`."""
    if wanted.state and wanted.state not in STATES:
        raise UnknownFeatureError("service.no_state", state=wanted.state[:60], known=", ".join(STATES))
    _check_needs(wanted.needs)
    if wanted.level == "household":
        frame = household_ledger(plan, wanted.needs or NEEDS, names=names, lang=lang)
    else:
        frame = ledger(plan, wanted.level, wanted.needs or None)
    keep = np.ones(len(frame), bool)
    if wanted.state and wanted.level == "household":
        states = frame[[f"{need}.state" for need in wanted.needs or NEEDS]]
        keep &= (states == wanted.state).any(axis=1).to_numpy()
    if wanted.village:
        keep &= _in_village(plan, wanted, frame)
    return frame[keep].reset_index(drop=True)


def _check_needs(needs: Sequence[str]) -> None:
    for need in needs:
        if need not in NEEDS:
            raise UnknownFeatureError("ledger.no_need", need=need[:60], known=", ".join(NEEDS))


def _in_village(plan: Plan, wanted: Wanted, frame: pd.DataFrame) -> np.ndarray:
    if wanted.village not in set(villages_of(plan.area)["id"]):
        raise UnknownFeatureError("service.no_village", id=wanted.village[:60])
    if wanted.level == "household":
        return np.asarray(plan.area.layer("households")["village"] == wanted.village, bool)
    if wanted.level == "village":
        return np.asarray(frame["id"] == wanted.village, bool)
    if wanted.level == "group":
        of = plan.area.layer("groups").drop_duplicates("id").set_index("id")["village"]
        return np.asarray(of.reindex(frame["id"]) == wanted.village, bool)
    return np.ones(len(frame), bool)


def ledger_sheet(plan: Plan, wanted: Wanted, lang: str, *, names: bool) -> Sheet:
    """The ledger as people read it: words for values, headers, totals."""
    frame = table(plan, wanted, lang, names=names)
    for column in frame.columns:
        frame[column] = _in_words(str(column), frame[column], lang)
    counted = wanted.level != "household"
    columns = tuple(
        Column(
            name,
            heading(name, lang),
            UNITS.get(name, ""),
            total=name == "people" or (counted and name not in TEXTS),
            width=60.0 if name == "why" else 0.0,
            format="#,##0" if counted and name not in TEXTS else "",
        )
        for name in map(str, frame.columns)
    )
    return Sheet(wanted.level, say(f"workbook.{SHEETS[wanted.level]}", lang), frame, columns)


def heading(name: str, lang: str) -> str:
    """The header of a column."""
    return say(f"need.{name.removesuffix('.state')}", lang) if name.endswith(".state") else header(name, lang)


def _in_words(name: str, column: pd.Series, lang: str) -> pd.Series:
    words: dict[Any, str] | None = None
    if name.endswith(".state"):
        words = {state: say(f"state.{state}", lang) for state in STATES}
    elif name == "exposure":
        words = {r: say(f"relation.{r}", lang) for r in ("inside", "buffer", "clear", "unknown")}
    elif name in ("poor", "poor_village"):
        unknown = say("state.unknown", lang)
        return column.map({True: say("word.yes", lang), False: say("word.no", lang)}).fillna(unknown)
    elif name == "type":
        words = {c.value: getattr(c, lang) for c in LAYERS["households"].field("type").choices}
    return column if words is None else column.map(words)


def split(needs: Sequence[str]) -> tuple[str, ...]:
    """`need=road,water` and `need=road&need=water` are the same."""
    return tuple(n for each in needs for n in each.split(",") if n)


FORMATS = {
    "json": (ledger_json, "application/json"),
    "csv": (ledger_csv, "text/csv; charset=utf-8"),
    "xlsx": (ledger_xlsx, XLSX),
}
"""How each format is written, and its media type."""
