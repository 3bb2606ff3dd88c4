"""How much water do homes take on the day of greatest use? For every theme that lays a new supply."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from geo.standards import Standard

Floats = npt.NDArray[np.float64]


def max_day_m3d(people: npt.ArrayLike, standard: Standard) -> Floats:
    """Water of homes with so many `people` each, m³ on the day of greatest use.

    As SL 310 adds it up: the quota of residents, which is that of the greatest day already; the share of
    public buildings in it; livestock; and on all of these losses and unforeseen use.
    """
    residents = np.asarray(people, float) * standard["water_design.quota_l"]
    litres = residents * (1 + standard["water_design.public_share"]) + standard["water_design.livestock_l"]
    return np.asarray(litres * (1 + standard["water.loss_share"]) / 1000, np.float64)
