"""Whom does a shared supply see, and who comes first where there is not enough for all?"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.spatial.points import coordinates


def served_first(households: gpd.GeoDataFrame, surveyed: str) -> npt.NDArray[np.int64]:
    """Rows of the households, first served first.

    Those the survey says are supplied already (field `surveyed` is yes) keep what they
    have; then the registered poor; then by id, and by place where ids repeat. The order
    looks at the household alone, never at who could serve it: that is what makes
    joint allocation fair and monotone (`geo.spatial.allocation`).
    """
    has = households[surveyed].fillna(False).to_numpy(bool)
    poor = households["poor"].fillna(False).to_numpy(bool)
    x, y = coordinates(households.geometry.array).T
    return np.lexsort((y, x, rank(households["id"]), ~poor, ~has))


def standing(households: gpd.GeoDataFrame, *, unless: tuple[str, ...]) -> npt.NDArray[np.float64]:
    """Where the households stand, (n, 2) in metres; NaN where that is not known well enough.

    `unless` are the location qualities too coarse for the question: a household placed
    by its village alone stands at the village's point, not at its house.
    """
    points = coordinates(households.geometry.array)
    points[households["loc_qual"].isin(unless).to_numpy(bool)] = np.nan
    return points


def rank(ids: pd.Series) -> npt.NDArray[np.int64]:
    """The place of each id in their sorted order; equal ids share one. (n,)"""
    return pd.factorize(ids, sort=True)[0].astype(np.int64)
