"""How many people live in a household? One answer for all themes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.standards import Standard


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
