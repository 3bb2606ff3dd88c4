"""What is the answer about one need of one household? The table every theme returns.

A theme computes what the map says (`Finding`), `decide` sets it beside the survey:
**survey beats computation**, and where the two disagree that is a discrepancy, a
place to go and look. States are met / unmet / unknown; unknown is never counted as
either.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.messages import template

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
    """One row per household for `need`, in the contract of `COLUMNS`.

    `survey` is a nullable boolean (True: the need is met) or None where the survey
    does not ask. Where the survey answers, it decides; its reason is the map's when
    they agree, else `survey.yes` / `survey.no` (`survey.only_yes` / `survey.only_no`
    where the map cannot tell).
    """
    n = len(ids)
    if finding is None:
        finding = Finding(np.full(n, UNKNOWN, object), np.full(n, "survey.unknown", object))
    asked = pd.Series([pd.NA] * n, dtype="boolean") if survey is None else survey.reset_index(drop=True)
    answered = asked.notna().to_numpy()
    by_survey = np.where(answered, np.where(asked.fillna(False).to_numpy(bool), MET, UNMET), UNKNOWN)
    computed = np.asarray(finding.state, object)
    state = np.where(answered, by_survey, computed)
    differs = answered & (by_survey != computed)
    found = np.asarray(finding.reason, object)
    alone = np.where(computed == UNKNOWN, "survey.only_", "survey.")  # nothing to disagree with
    reason = np.where(differs, alone + np.where(by_survey == MET, "yes", "no"), found)
    basis = np.where(answered, "survey", np.where(computed == UNKNOWN, "none", "computed"))
    nan = np.full(n, np.nan)
    nearest = pd.Series([np.nan] * n if finding.nearest is None else finding.nearest, dtype="str")
    columns = {
        "household": ids.reset_index(drop=True),
        "need": need,
        "state": state,
        "reason": reason,
        "measure": nan if finding.measure is None else finding.measure,
        "threshold": nan if finding.threshold is None else finding.threshold,
        "extra": nan if finding.extra is None else finding.extra,
        "nearest": nearest,
        "at": finding.at or np.nan,
        "basis": basis,
        "survey": by_survey,
        "computed": computed,
        "finding": found,
    }
    return pd.DataFrame(columns).astype(COLUMNS)


def discrepancies(table: pd.DataFrame) -> pd.DataFrame:
    """The rows where survey and map both have an answer and it is not the same one."""
    both = (table["survey"] != UNKNOWN) & (table["computed"] != UNKNOWN)
    return table[both & (table["survey"] != table["computed"])].reset_index(drop=True)


def sentences(table: pd.DataFrame, lang: str, *, column: str = "reason") -> pd.Series:
    """The readable sentence of every row of a verdict table, on the table's index."""
    said = np.empty(len(table), object)
    for key, rows in table.reset_index(drop=True).groupby(column, sort=False):
        text = template(str(key), lang)
        numbers = zip(rows["measure"], rows["threshold"], rows["extra"], rows["nearest"], strict=True)
        said[rows.index] = [text.format(measure=m, threshold=t, extra=e, nearest=n) for m, t, e, n in numbers]
    return pd.Series(said, index=table.index, dtype="str")
