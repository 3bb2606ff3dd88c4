"""How urgently does a danger make people leave? The rules of the standard, for places and for houses.

Urgency is 1 (leave first) to 4, and 0 where nobody has to leave. Declared zones make people leave by
their size and by whether a place is in the zone or in its buffer; above coal workings it is the expected
damage to the house that decides, but where shallow workings may cave in at any time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.standards import Standard
from geo.zones import MINING, PLANNED_MINING

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

INSIDE, BUFFER, CLEAR, UNKNOWN = "inside", "buffer", "clear", "unknown"
SETTLED, SHALLOW = "settled", "shallow"
GRADES = ("0", "I", "II", "III", "IV")
"""Expected damage to a house by mining, none to worst."""


LEAST = 4
"""The least urgent of those who must leave."""


def zone_urgency(threats: pd.DataFrame, standard: Standard) -> Ints:
    """Urgency of leaving for every row of `threats`: kind, level, relation and, where known, state.

    Planned workings and those whose ground has settled make nobody leave.
    """
    relation, state = threats["relation"].to_numpy(object), _state(threats)
    by_level = np.where(
        relation == INSIDE,
        _by_level(threats, standard.table("move.inside_urgency"), standard["move.inside_unknown_urgency"]),
        _by_level(threats, standard.table("move.buffer_urgency"), standard["move.buffer_unknown_urgency"]),
    )
    caving = np.where((relation == INSIDE) & (state == SHALLOW), standard["move.shallow_urgency"], 0.0)
    urgency = np.where(threats["kind"] == MINING, caving, by_level)
    near = np.isin(relation, (INSIDE, BUFFER)) & stands(threats)
    return np.asarray(np.where(near, urgency, 0), np.int64)


def stands(threats: pd.DataFrame) -> Bools:
    """Rows that threaten today: not planned workings, nor those whose ground has settled."""
    none = (threats["kind"] == PLANNED_MINING).to_numpy(bool) | (_state(threats) == SETTLED)
    return np.asarray(~none, bool)


def damage_urgency(grade: pd.Series, standard: Standard, *, cautious: bool) -> Ints:
    """Urgency by expected grade of mining damage, 0 where it is not known."""
    numbers = standard.numbers("move.damage_cautious_urgency" if cautious else "move.damage_urgency")
    return _mapped(grade, dict(zip(GRADES, numbers, strict=True)))


def house_urgency(grade: pd.Series, standard: Standard) -> Ints:
    """Urgency of leaving a buffer by the grade of the house, 0 where it is not known."""
    return _mapped(grade, standard.table("move.buffer_house_urgency"))


def above_workings(threats: pd.DataFrame) -> Bools:
    """Rows of threats that are coal workings whose ground still moves: the damage to the house decides."""
    return np.asarray((threats["kind"] == MINING).to_numpy(bool) & stands(threats), bool)


def most_urgent(urgencies: npt.NDArray[np.int64]) -> tuple[Ints, Ints]:
    """Of urgencies (rules, n) the most pressing of each column and the first rule that gives it; 0: none."""
    pressing = np.where(urgencies > 0, urgencies, np.iinfo(np.int64).max)
    rule = pressing.argmin(axis=0)
    return urgencies[rule, np.arange(urgencies.shape[1])], rule


def _state(threats: pd.DataFrame) -> npt.NDArray[Any]:
    if "state" not in threats:
        return np.full(len(threats), "", object)
    return np.asarray(threats["state"].fillna("").to_numpy(object))


def _by_level(
    threats: pd.DataFrame, numbers: Mapping[str, float], otherwise: float
) -> npt.NDArray[np.float64]:
    return np.asarray(threats["level"].map(dict(numbers)).fillna(otherwise), np.float64)


def _mapped(values: pd.Series, numbers: Mapping[str, float]) -> Ints:
    return np.asarray(values.map(dict(numbers)).fillna(0.0), np.float64).astype(np.int64)
