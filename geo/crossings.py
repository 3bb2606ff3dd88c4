"""Where does a designed road cross water, and what carries it over: a bridge or a culvert?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from shapely.ops import substring

from geo.obstacles import Obstacles
from geo.standards import Standard

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Crossing:
    """A bridge (`length_m` of it, a piece of the road) or a culvert (a point; length 0)."""

    kind: str
    geometry: shapely.LineString | shapely.Point
    length_m: float


def crossings(
    line: shapely.LineString, obstacles: Obstacles, standard: Standard, *, new: bool
) -> list[Crossing]:
    """What carries `line` over the watercourses it meets, in order along it.

    A new road is carried over every one; an upgraded one keeps the crossings it has.
    Crossings of one water closer than the bridge is long are one.
    """
    rivers, width = (
        (obstacles.rivers, obstacles.river_m) if new else (obstacles.open_rivers, obstacles.open_m)
    )
    hit = shapely.STRtree(rivers).query(line, predicate="intersects") if len(rivers) else np.empty(0, int)
    if not len(hit):
        return []
    xy, which = shapely.get_coordinates(shapely.intersection(line, rivers[hit]), return_index=True)
    at = np.atleast_1d(shapely.line_locate_point(line, np.asarray(shapely.points(xy), object)))
    wide = width[hit][which]
    found: list[Crossing] = []
    free_from = -np.inf
    for k in np.argsort(at, kind="stable"):
        if at[k] < free_from:
            continue
        if wide[k] >= standard["road_design.bridge_from_m"]:
            length = float(wide[k] + standard["road_design.bridge_banks_m"])
            deck = substring(line, max(0.0, at[k] - length / 2), min(line.length, at[k] + length / 2))
            found.append(Crossing("bridge", deck, length))
            free_from = at[k] + length
        else:
            found.append(Crossing("culvert", line.interpolate(at[k]), 0.0))
            free_from = at[k] + standard["road_design.bridge_from_m"]
    return found
