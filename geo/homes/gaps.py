"""What does the survey say of each home: yard, house, insurance, schooling, income?

Nothing on a map can answer these, so the survey is both: each finding repeats what
the survey says, with the sentence and the numbers of its reason, and `surveys`
hands the same answer to `geo.verdicts.decide`. An answer that is missing is
unknown. What is derived from several answers (a house from its grade and its floor
area per person, an income against the line) is derived here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.area import Area
from geo.standards import Standard
from geo.verdicts import MET, UNKNOWN, UNMET, Finding

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

ANSWERED = ("medical", "pension", "skills", "industry")
"""Needs that are one question of the survey and nothing else."""


@dataclass(frozen=True)
class HomeGaps:
    """Findings and survey answers by need; `yard_m2`: what to harden, by household row, else 0."""

    findings: Mapping[str, Finding]
    surveys: Mapping[str, pd.Series]
    yard_m2: Floats


def home_gaps(area: Area, standard: Standard) -> HomeGaps:
    """Judge every home of `area`, in row order of its households layer."""
    homes = area.layer("households")
    findings = {
        "yard": _yard(homes, standard["yard.assumed_m2"]),
        "housing": _housing(homes, standard.table("housing.bad_grades"), standard["housing.min_m2_person"]),
        **{need: _answer(need, homes[need]) for need in ANSWERED},
        "edu_aid": _schooling(homes),
        "income": _income(homes, standard["income.line"]),
    }
    yard = findings["yard"]
    wanted = (
        np.zeros(len(homes)) if yard.measure is None else np.where(yard.state == UNMET, yard.measure, 0.0)
    )
    return HomeGaps(findings, {need: _survey(f) for need, f in findings.items()}, wanted)


def _yard(homes: pd.DataFrame, assumed_m2: float) -> Finding:
    """Square metres to harden where the yard is not; assumed where nobody measured it."""
    found = _answer("yard", homes["yard"])
    area = homes["yard_m2"].to_numpy(float)
    measured = area > 0
    reason = found.reason.copy()
    reason[(found.state == UNMET) & ~measured] = "yard.unmet_assumed"
    square_metres = np.where(found.state == UNMET, np.where(measured, area, assumed_m2), np.nan)
    return Finding(found.state, reason, measure=square_metres)


def _housing(homes: pd.DataFrame, bad_grades: Mapping[str, float], least_m2: float) -> Finding:
    """Unsafe by its grade, or too small for its people whatever the grade.

    A house of unknown grade that is large enough is unknown. Floor area per person
    is judged only where both numbers are recorded.
    """
    grade = homes["house"]
    bad = grade.map(bad_grades).to_numpy(float)
    people = homes["people"].to_numpy(float, na_value=np.nan)
    each = homes["house_m2"].to_numpy(float) / np.where(people > 0, people, np.nan)
    unsafe, crowded, safe = bad > 0, each < least_m2, bad == 0
    kind = "housing.grade_" + grade.fillna("").str.lower()
    reason = np.select(
        [unsafe, crowded, safe], [kind.to_numpy(object), "housing.crowded", "housing.safe"], "housing.unknown"
    )
    return Finding(
        _state(safe & ~crowded, unsafe | crowded),
        reason.astype(object),
        measure=each,
        threshold=np.where(crowded & ~unsafe, least_m2, np.nan),
    )


def _schooling(homes: pd.DataFrame) -> Finding:
    """Aid is owed to students: a household that has none lacks nothing, whatever was ticked."""
    found = _answer("edu_aid", homes["edu_aid"])
    none = (homes["students"] == 0).fillna(False).to_numpy(bool)
    students = homes["students"].to_numpy(float, na_value=np.nan)
    return Finding(
        np.where(none, MET, found.state).astype(object),
        np.where(none, "edu_aid.no_students", found.reason).astype(object),
        measure=students,
    )


def _income(homes: pd.DataFrame, line: float) -> Finding:
    """Net income per person against the line; on the line is met."""
    income = homes["income"].to_numpy(float)
    met, unmet = income >= line, income < line
    return Finding(_state(met, unmet), _reason("income", met, unmet), measure=income, threshold=line)


def _answer(need: str, asked: pd.Series) -> Finding:
    """One question: yes is met, no is unmet, no answer is unknown."""
    met = asked.fillna(False).to_numpy(bool)
    unmet = (~asked).fillna(False).to_numpy(bool)
    return Finding(_state(met, unmet), _reason(need, met, unmet))


def _state(met: Bools, unmet: Bools) -> npt.NDArray[np.object_]:
    return np.select([met, unmet], [MET, UNMET], UNKNOWN).astype(object)


def _reason(need: str, met: Bools, unmet: Bools) -> npt.NDArray[np.object_]:
    return np.select([met, unmet], [f"{need}.met", f"{need}.unmet"], f"{need}.unknown").astype(object)


def _survey(found: Finding) -> pd.Series:
    return pd.Series(found.state == MET, dtype="boolean").mask(found.state == UNKNOWN)
