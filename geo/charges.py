"""What does a metre of a road, a path, a pipe or a line cost on open ground, and what does a river?"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from geo.spatial.grid_graph import Making
from geo.standards import Standard

Floats = npt.NDArray[np.float64]

_IRONED = 1.25
"""By how much the ground inside a step may be steeper than a road: smoothing finds the way past that."""


def making(standard: Standard, kind: str, *, planar: bool) -> Making:
    """The price of a plain metre, the bench, and the grades a step may have: any where all is flat."""
    priced = {"road": "price.road_new", "path": "price.path"}
    plain = (
        standard.table(priced[kind])["likely"] if kind in priced else standard.table("corridor.yuan_m")[kind]
    )
    grades = {
        "road": standard["road_design.search_grade_pct"] / 100,
        "path": standard["path_design.max_grade_pct"] / 100,
    }
    return Making(
        yuan_m=plain,
        bench_m=standard["road_design.formation_m"]
        if kind == "road"
        else standard.table("corridor.bench_m")[kind],
        batter=standard["corridor.batter"],
        yuan_m3=standard["corridor.earthwork_yuan_m3"],
        max_grade=np.inf if planar else grades.get(kind, np.inf),
        max_cut_m=standard["road_design.max_cut_m"] if kind == "road" else np.inf,
        base_grade=np.inf
        if planar or kind != "road"
        else _IRONED * standard["road_design.max_grade_pct"] / 100,
        base_m=standard["road_design.grade_base_m"] if kind == "road" else np.inf,
    )


def crossing_yuan(kind: str, river_m: Floats, standard: Standard) -> Floats:
    """What crossing water of each width costs: for roads a bridge or a culvert, else by the metre."""
    if kind != "road":
        return river_m * standard.table("corridor.crossing_yuan_m")[kind]
    bridge = (river_m + standard["road_design.bridge_banks_m"]) * standard.table("price.bridge")["likely"]
    wide = river_m >= standard["road_design.bridge_from_m"]
    return np.where(wide, bridge, standard.table("price.culvert")["likely"])
