"""How large is a group, and is it owed a group road? Asked by roads and by the village indicators."""

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
