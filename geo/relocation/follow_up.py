"""What is still to be done for each household that moves or has moved? A checklist with dates.

Who has moved is due from the day of the move; who is to move from the day the plan is made for (the
newest date of the data), when the funds are taken to be there, and moves by the end of the building time.
Without either date nothing is due yet (NaT) and the entry says so. `done` needs a record; what is past
its date without one is `overdue`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.area import Area
from geo.relocation.assign import Assignment
from geo.relocation.must_move import MOVED, MustMove
from geo.standards import Standard

DONE, OPEN, OVERDUE = "done", "open", "overdue"
STATES = (DONE, OPEN, OVERDUE)
SIGN, MOVE_IN, JOB, LAND, SCHOOL, CLINIC, DEMOLISH, RECLAIM, TITLE, RETURN = MEASURES = (
    "sign", "move_in", "job", "land", "school", "clinic", "demolish", "reclaim", "title", "return",
)  # fmt: skip

COLUMNS = {
    "household": "str",
    "row": "int64",  # of the households layer
    "group": "str",
    "village": "str",
    "site": "str",  # where it goes, or has moved to
    "measure": "str",  # MEASURES
    "due": "datetime64[s]",  # NaT: nothing says from when
    "state": "str",  # done | open | overdue
    "note": "str",  # message key
}


@dataclass(frozen=True)
class _Case:
    """Households in one state of moving: rows, the site, the day from which things are due, whether moved."""

    rows: npt.NDArray[np.int64]
    site: npt.NDArray[Any]
    start: npt.NDArray[np.datetime64]
    moved: bool


def follow_up(area: Area, standard: Standard, moving: MustMove, assignment: Assignment) -> pd.DataFrame:
    """The checklist: COLUMNS, one row per household and measure that concerns it, by household."""
    layer = area.layer("households")
    today = np.datetime64("NaT", "s") if area.data_date is None else np.datetime64(area.data_date, "s")
    months = standard.table("follow.months")
    placed = assignment.households[assignment.households["site"].notna()]
    going = placed["row"].to_numpy(int)
    gone = moving.households.loc[moving.households["decision"] == MOVED, "row"].to_numpy(int)
    cases = (
        _Case(going, placed["site"].to_numpy(object), np.full(len(going), today), False),
        _Case(
            gone,
            layer["moved_to"].to_numpy(object)[gone],
            layer["moved_on"].to_numpy("datetime64[s]")[gone],
            True,
        ),
    )
    beyond = set(placed.loc[placed["extra"] == 1, "row"])
    back = set(moving.rebuilt["row"])
    parts = [_entries(layer, case, months, today, beyond, back) for case in cases]
    table = pd.concat([p for part in parts for p in part], ignore_index=True)
    order = table["measure"].map({name: k for k, name in enumerate(MEASURES)})
    table = table.assign(order=order).sort_values(["row", "order"], ignore_index=True)
    return table[list(COLUMNS)].astype(COLUMNS)


def _entries(
    layer: gpd.GeoDataFrame,
    case: _Case,
    months: Any,
    today: np.datetime64,
    beyond: set[int],
    back: set[int],
) -> list[pd.DataFrame]:
    """The entries of one state of moving, one frame per measure."""
    who = layer.iloc[case.rows]
    pupils = (who["students"].fillna(0) > 0).to_numpy(bool)
    far = np.isin(case.rows, list(beyond))
    every = np.ones(len(case.rows), bool)
    records: dict[str, tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]] = {
        # measure: whom it concerns, of whom it is recorded as done
        SIGN: (every & (not case.moved), ~every),
        MOVE_IN: (every & (not case.moved), ~every),
        JOB: (every if case.moved else far, _yes(who["has_job"])),
        LAND: (~far & (not case.moved), ~every),
        SCHOOL: (pupils, _yes(who["school_ok"])),
        CLINIC: (every & (not case.moved), ~every),
        DEMOLISH: (every, who["demolished"].notna().to_numpy(bool)),
        RECLAIM: (every, who["reclaimed"].notna().to_numpy(bool)),
        TITLE: (every, _yes(who["titled"])),
        RETURN: (np.isin(case.rows, list(back)), ~every),
    }
    built = 0 if case.moved else int(months[MOVE_IN])
    return [
        _entry(who, case, name, concerned, done, _due(case.start, name, built, months), today)
        for name, (concerned, done) in records.items()
    ]


def _due(start: npt.NDArray[np.datetime64], measure: str, built: int, months: Any) -> Any:
    """The day a measure is due: months after the move; for what comes before it, after the start."""
    after = int(months[measure]) + (0 if measure in (SIGN, MOVE_IN) else built)
    days: pd.DatetimeIndex = pd.DatetimeIndex(start) + pd.DateOffset(months=after)
    return days.to_numpy("datetime64[s]")


def _entry(
    who: gpd.GeoDataFrame,
    case: _Case,
    measure: str,
    concerned: npt.NDArray[np.bool_],
    done: npt.NDArray[np.bool_],
    due: npt.NDArray[np.datetime64],
    today: np.datetime64,
) -> pd.DataFrame:
    late = due < today  # not so where either is not known
    undated = np.isnat(due)
    table = pd.DataFrame(
        {
            "household": who["id"].to_numpy(object),
            "row": case.rows,
            "group": who["group"].to_numpy(object),
            "village": who["village"].to_numpy(object),
            "site": case.site,
            "measure": measure,
            "due": due,
            "state": np.select([done, late], [DONE, OVERDUE], OPEN),
            "note": np.select(
                [done, undated, late],
                ["follow.note.done", "follow.note.undated", "follow.note.overdue"],
                "follow.note.planned" if not case.moved else "follow.note.open",
            ),
        }
    )
    return table[concerned]


def _yes(answers: pd.Series) -> npt.NDArray[np.bool_]:
    return np.asarray(answers.fillna(False).to_numpy(bool))
