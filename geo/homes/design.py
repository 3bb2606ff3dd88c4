"""Which yards are hardened? One work per household whose yard is not, in m² as surveyed."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.area import Area
from geo.homes.gaps import HomeGaps
from geo.people import people_of
from geo.standards import Standard
from geo.works import SERVES_COLUMNS, UNSERVED_COLUMNS, Works, no_works, work_table

Bools = npt.NDArray[np.bool_]


def design_yards(area: Area, home_gaps: HomeGaps, unmet: Bools, standard: Standard) -> Works:
    """A yard for every household of `unmet` (by row of the layer), with its people and village.

    The survey's m², else the standard's assumed area, flagged. Where the household has no
    place the work has none either (an empty point).
    """
    homes = area.layer("households")
    rows = np.flatnonzero(np.asarray(unmet, bool))
    if not len(rows):
        return no_works(area.crs)
    mine = homes.iloc[rows].reset_index(drop=True)
    m2 = mine["yard_m2"].to_numpy(float)
    measured = m2 > 0
    asked = home_gaps.yard_m2[rows]
    people = pd.Series(people_of(homes, standard)[rows])
    ids = pd.Series([f"Y-{k + 1:04d}" for k in range(len(rows))], dtype="str")
    table = pd.DataFrame(
        {
            "work": ids,
            "kind": "yard",
            "need": "yard",
            "system": np.nan,
            "village": mine["village"],
            "group": mine["group"],
            "quantity": np.where(measured, m2, np.where(asked > 0, asked, standard["yard.assumed_m2"])),
            "spec": f"{standard['yard.concrete_cm']:g} cm C{standard['yard.concrete_mpa']:g}",
            "size": np.nan,
            "households": 1,
            "people": people,
            "poor_people": people.where(mine["poor"].fillna(False).astype(bool), 0.0),
            "crucial": 1,
            "flag": np.where(measured, "", "money.yard_assumed"),
        }
    )
    serves = pd.DataFrame({"work": ids, "household": mine["id"], "need": "yard"}).astype(SERVES_COLUMNS)
    nothing = no_works(area.crs)
    unserved = pd.DataFrame(columns=list(UNSERVED_COLUMNS)).astype(UNSERVED_COLUMNS)
    return Works(work_table(table, list(mine.geometry), area.crs), serves, unserved, nothing.systems)
