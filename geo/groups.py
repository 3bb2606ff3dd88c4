"""How large is a household and a group, and is it owed a group road? Asked by several themes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.area import Area
from geo.standards import Standard


def row_of(ids: pd.Series, named: pd.Series) -> npt.NDArray[np.int64]:
    """Row of `ids` (the first, if one comes twice) of each name, -1 where there is none."""
    first = np.append(np.flatnonzero(~ids.duplicated().to_numpy(bool)), -1)
    rows: npt.NDArray[np.int64] = first[pd.Index(ids.drop_duplicates()).get_indexer(pd.Index(named))]
    return rows


def household_size(households: pd.DataFrame, standard: Standard) -> float:
    """Mean people per household over those that state it, else the standard's."""
    people = households["people"].dropna()
    people = people[people > 0]
    return float(people.mean()) if len(people) else standard["water.household_size"]


def people_of(households: pd.DataFrame, standard: Standard) -> npt.NDArray[np.float64]:
    """People of each household; where nobody counted them as many as a household has (`household_size`).

    A work for people nobody counted is not a work for nobody.
    """
    stated = households["people"].astype("float64")
    return np.asarray(stated.fillna(household_size(households, standard)), np.float64)


def group_sizes(area: Area) -> pd.Series:
    """Households of each group, float64 in row order of the groups layer.

    What the survey states (`hh_n`), else how many households name the group; NaN
    where neither says anything.
    """
    groups = area.layer("groups")
    counts = area.layer("households")["group"].value_counts()
    counted = groups["id"].map(counts).astype("float64")
    sizes: pd.Series = groups["hh_n"].astype("float64").fillna(counted).rename("households")
    return sizes


def owed_road(area: Area, standard: Standard) -> pd.Series:
    """Whether each group is large enough to be owed a hardened group road; NA where its size is unknown."""
    sizes = group_sizes(area)
    owed = pd.Series(sizes >= standard["road.group_min_households"], dtype="boolean")
    return owed.mask(np.isnan(sizes)).rename("owed")
