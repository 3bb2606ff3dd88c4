"""How badly will mining hurt a house? Damage grade 0, I to IV of every household by its construction.

Grades are those of brick-concrete houses; old stone and earth houses are held to one grade
stricter (by the standard). Where nobody knows how a house is built the likely grade takes it for
brick-concrete and the cautious one for the weakest construction.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.hazards.subsidence import FieldName, Subsidence
from geo.standards import Standard

GRADES = ("0", "I", "II", "III", "IV")
UNKNOWN = "unknown"


def house_damage(
    layer: gpd.GeoDataFrame, placed: npt.NDArray[np.bool_], subsidence: Subsidence | None, standard: Standard
) -> pd.DataFrame:
    """Columns damage and damage_cautious in row order of the households: a grade, or `unknown`.

    `subsidence` is None where no workings are known of: no damage. `placed` says which houses stand
    where their point says; of the others nothing can be told.
    """
    if subsidence is None:
        return pd.DataFrame({"damage": "0", "damage_cautious": "0"}, index=range(len(layer)), dtype="str")
    steps = dict(standard.table("mine.grade_stricter"))
    stricter = layer["structure"].map(steps)
    where = np.flatnonzero(placed)
    xy = shapely.get_coordinates(np.asarray(layer.geometry.array)[where])

    def told(field: FieldName, otherwise: float) -> pd.Series:
        found = np.full(len(layer), UNKNOWN, object)
        grades = np.asarray(GRADES, object)
        steps_here = stricter.fillna(otherwise).to_numpy("int64")[where]
        values = subsidence.at(field, xy)
        for step in np.unique(steps_here):
            mine = steps_here == step
            found[where[mine]] = grades[values.grade(int(step))[mine]]
        return pd.Series(found, dtype="str")

    cautious = told("cautious", max(steps.values()))
    return pd.DataFrame({"damage": told("likely", 0.0), "damage_cautious": cautious})
