"""What is the answer about one need of one household? The table every theme returns.

A theme computes what the map says (`Finding`), `decide` sets it beside the survey:
**survey beats computation**, and where the two disagree that is a discrepancy, a
place to go and look. States are met / unmet / unknown; unknown is never counted as
either.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from string import Formatter
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.messages import template, written

MET, UNMET, UNKNOWN = "met", "unmet", "unknown"
STATES = (MET, UNMET, UNKNOWN)
NEEDS = (
    "road",
    "path",
    "water",
    "power",
    "yard",
    "housing",
    "telecom",
    "clinic",
    "school",
    "medical",
    "pension",
    "skills",
    "edu_aid",
    "industry",
    "income",
)
"""Every need of a household, in the order of the ledgers."""

COLUMNS = {
    "household": "str",  # id of the household (contract order: rows of area.layer("households"))
    "need": "str",
    "state": "str",  # met | unmet | unknown
    "reason": "str",  # message key of the sentence that decided
    "measure": "float64",  # the measured quantity, in the unit the sentence names; NaN when there is none
    "threshold": "float64",  # what it was held against; NaN when there is none
    "extra": "float64",  # a second number a sentence may use as {extra}
    "nearest": "str",  # id of the nearest serving feature; NaN when there is none
    "at": "str",  # the layer `nearest` belongs to
    "basis": "str",  # survey | computed | none
    "survey": "str",  # state by the survey alone
    "computed": "str",  # state by the map alone
    "finding": "str",  # message key of what the map alone says
}

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Finding:
    """What the map says of every household, in row order of the households layer.

    `state` and `reason` are arrays of text; the numbers may be left out (NaN).
    """

    state: npt.NDArray[Any]
    reason: npt.NDArray[Any]
    measure: Floats | None = None
    threshold: Floats | float | None = None
    extra: Floats | None = None
    nearest: npt.NDArray[Any] | None = None
    at: str = ""
    extras: dict[str, Any] = field(default_factory=dict)  # theme results a ledger wants, by household row


def decide(
    ids: pd.Series, need: str, finding: Finding | None, survey: pd.Series | None = None
) -> pd.DataFrame:
    """One row per household for `need`, in the contract of `COLUMNS`: `decide_all` of one need."""
    return decide_all(ids, {need: finding}, {need: survey})


def decide_all(
    ids: pd.Series, findings: Mapping[str, Finding | None], surveys: Mapping[str, pd.Series | None]
) -> pd.DataFrame:
    """One row per need (in the order of `findings`) and household, in the contract of `COLUMNS`.

    A survey is a nullable boolean by household (True: the need is met); it is left out
    or None where nobody asked. Where the survey answers, it decides; its reason is the
    map's when they agree, else `survey.yes` / `survey.no` (`survey.only_yes` /
    `survey.only_no` where the map cannot tell).
    """
    blocks = [_block(len(ids), finding, surveys.get(need)) for need, finding in findings.items()]
    joined = {name: np.concatenate([b[name] for b in blocks]) for name in blocks[0]} if blocks else {}
    who = np.tile(ids.to_numpy(object), len(blocks))
    needs = np.repeat(np.array(list(findings), object), len(ids))
    return pd.DataFrame({"household": who, "need": needs, **joined}, columns=list(COLUMNS)).astype(COLUMNS)


def _block(n: int, finding: Finding | None, survey: pd.Series | None) -> dict[str, npt.NDArray[Any]]:
    """The columns of one need, as arrays: frames are slow to make and there are fifteen needs."""
    if finding is None:
        finding = Finding(np.full(n, UNKNOWN, object), np.full(n, "survey.unknown", object))
    answered, yes = np.zeros(n, bool), np.zeros(n, bool)
    if survey is not None:
        answered, yes = survey.notna().to_numpy(bool), survey.fillna(False).to_numpy(bool)
    by_survey = np.where(answered, np.where(yes, MET, UNMET), UNKNOWN).astype(object)
    computed, found = np.asarray(finding.state, object), np.asarray(finding.reason, object)
    blank = computed == UNKNOWN
    differs = answered & (by_survey != computed)
    reason = found.copy()
    for said, at in ((yes, "yes"), (~yes, "no")):
        reason[differs & said & ~blank] = f"survey.{at}"
        reason[differs & said & blank] = f"survey.only_{at}"  # nothing to disagree with
    return {
        "state": np.where(answered, by_survey, computed),
        "reason": reason,
        "measure": _numbers(n, finding.measure),
        "threshold": _numbers(n, finding.threshold),
        "extra": _numbers(n, finding.extra),
        "nearest": np.full(n, np.nan, object)
        if finding.nearest is None
        else np.asarray(finding.nearest, object),
        "at": np.full(n, finding.at or np.nan, object),
        "basis": np.select([answered, blank], ["survey", "none"], "computed").astype(object),
        "survey": by_survey,
        "computed": computed,
        "finding": found,
    }


def _numbers(n: int, values: Floats | float | None) -> Floats:
    return np.broadcast_to(np.asarray(np.nan if values is None else values, np.float64), (n,))


def discrepancies(table: pd.DataFrame) -> pd.DataFrame:
    """The rows where survey and map both have an answer and it is not the same one."""
    both = (table["survey"] != UNKNOWN) & (table["computed"] != UNKNOWN)
    return table[both & (table["survey"] != table["computed"])].reset_index(drop=True)


def by_need(table: pd.DataFrame) -> dict[str, npt.NDArray[np.int64]]:
    """The rows of each need of a verdict table, in the order of `NEEDS`; needs without any are left out."""
    codes, found = pd.factorize(table["need"])
    rows = {str(need): np.flatnonzero(codes == code) for code, need in enumerate(found)}
    return {need: rows[need] for need in NEEDS if need in rows}


def sentences(table: pd.DataFrame, lang: str, *, column: str = "reason") -> pd.Series:
    """The readable sentence of every row of a verdict table, on the table's index."""
    said = np.empty(len(table), object)
    codes, keys = pd.factorize(table[column])
    order = np.argsort(codes, kind="stable")
    start = np.searchsorted(codes[order], np.arange(len(keys) + 1))
    values = {name: table[name].to_numpy() for name in ("measure", "threshold", "extra", "nearest")}
    for i, key in enumerate(keys):
        rows = order[start[i] : start[i + 1]]
        said[rows] = _filled(
            template(str(key), lang), {name: column[rows] for name, column in values.items()}
        )
    return pd.Series(said, index=table.index, dtype="str")


def _filled(text: str, values: Mapping[str, npt.NDArray[Any]]) -> list[str] | str:
    """`text` with the values of each row; the same for all rows where these are."""
    parts, columns = [], []
    for words, name, form, _ in Formatter().parse(text):
        parts.append(words.replace("%", "%%"))
        if name is None:
            continue
        numbers = values[name]
        if numbers.dtype == np.float64 and (form or "").endswith(".0f"):
            numbers = np.rint(numbers) + 0.0  # there are few whole numbers, and each is written but once
        each = numbers.tolist()
        said = {value: written(value, form or "") for value in dict.fromkeys(each)}
        if len(said) == 1:
            parts.append(said[each[0]].replace("%", "%%"))
        else:
            parts.append("%s")
            columns.append([said[value] for value in each])
    line = "".join(parts)
    return [line % row for row in zip(*columns, strict=True)] if columns else line % ()
