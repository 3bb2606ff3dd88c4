"""What water is left in the dry season, and from where?

Springs, wells and intakes with a measured yield that are not failing, less what the
households allocated to working pools draw; and rivers, of whose dry-season flow a share may
be taken. A yield nobody measured is not built on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.area import Area
from geo.corridors import Corridors
from geo.spatial.points import coordinates
from geo.water.gaps import WaterGaps
from geo.water.rules import Rules

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_RIVER_STEP_M = 50.0


@dataclass(frozen=True)
class Sources:
    """Places water can be taken: `source` (n,) indexes `id` and `spare_m3d` (m,), since a river
    may be tapped in many places but has one flow."""

    xy: Floats
    z: Floats
    source: Ints
    id: npt.NDArray[Any]
    spare_m3d: Floats
    river: npt.NDArray[np.bool_]


def spare_sources(area: Area, gaps: WaterGaps, corridors: Corridors, rules: Rules) -> Sources:
    """All sources with water left, ordered by id."""
    springs = area.layer("springs").drop_duplicates("id").sort_values("id")
    pools = gaps.pools
    used = pools.groupby("source")["used"].sum() * gaps.household_m3d
    spare = springs["yield_m3d"] - springs["id"].map(used).fillna(0.0).astype(float)
    good = (spare > 0) & ~springs["failing"].fillna(False).to_numpy(bool)
    xy = coordinates(springs.geometry.array)
    good &= np.isfinite(xy).all(axis=1)
    z = np.where(springs["elev"].isna(), corridors.sample(np.nan_to_num(xy)), springs["elev"])
    keep = good.to_numpy(bool)
    rivers = area.layer("rivers").sort_values("id")
    rivers = rivers[(rivers["flow_m3d"] > 0) & (rivers["class"] != "tunnel") & ~rivers.geometry.is_empty]
    points, of = _along(np.asarray(rivers.geometry.array, object))
    n = int(keep.sum())
    return Sources(
        np.vstack([xy[keep], points]),
        np.r_[z[keep].astype(float), corridors.sample(points)],
        np.r_[np.arange(n), n + of].astype(np.int64),
        np.r_[springs["id"][keep].to_numpy(object), rivers["id"].to_numpy(object)],
        np.r_[spare[keep].to_numpy(float), rivers["flow_m3d"].to_numpy(float) * rules["river_share"]],
        np.r_[np.zeros(n, bool), np.ones(len(rivers), bool)],
    )


def _along(lines: npt.NDArray[np.object_]) -> tuple[Floats, Ints]:
    """Points every so many metres along the lines, and the line of each."""
    if not len(lines):
        return np.empty((0, 2)), np.empty(0, np.int64)
    xy, of = shapely.get_coordinates(
        shapely.segmentize(shapely.simplify(lines, 5.0), _RIVER_STEP_M), return_index=True
    )
    frame = pd.DataFrame({"x": xy[:, 0], "y": xy[:, 1], "of": of}).drop_duplicates(["x", "y"])
    return frame[["x", "y"]].to_numpy(float), frame["of"].to_numpy(np.int64)
