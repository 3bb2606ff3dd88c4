"""What water is left in the dry season, and from where?

Springs, wells and intakes with a measured yield that are not failing, less what the
households allocated to working pools draw; and rivers, of whose dry-season flow a share may
be taken. A yield nobody measured is not built on; but it can be said what it would have
to be (`unmeasured_sources`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
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

_RIVER_STEP_M = 50.0  # a river is offered at places this far apart: how finely is looked, no rule of water


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
    springs, spare = _springs(area, gaps)
    rivers = _rivers(area)
    flow = rivers["flow_m3d"].to_numpy(float) * rules["river_share"]
    return _sources(springs[spare > 0], spare[spare > 0], rivers[flow > 0], flow[flow > 0], corridors)


def unmeasured_sources(area: Area, gaps: WaterGaps, corridors: Corridors, rules: Rules) -> Sources:
    """Sources whose yield nobody knows, not said to be failing, ordered by id. `spare_m3d` is the
    most a plan may hope for of one, `water_design.unmeasured_m3d`."""
    springs, spare = _springs(area, gaps)
    rivers = _rivers(area)
    unknown, unknown_flow = np.isnan(spare), rivers["flow_m3d"].isna().to_numpy(bool)
    most = np.full(len(springs) + len(rivers), rules["unmeasured_m3d"])
    return _sources(
        springs[unknown], most[: unknown.sum()], rivers[unknown_flow], most[: unknown_flow.sum()], corridors
    )


def to_prove(area: Area, gaps: WaterGaps, rules: Rules, source: str, taken_m3d: float) -> float:
    """m³/d a source must be measured to give, so that `taken_m3d` can be taken beside what is drawn
    already; of a river only a share may be."""
    if (area.layer("springs")["id"] == source).any():
        return taken_m3d + float(_used(gaps).get(source, 0.0))
    return taken_m3d / rules["river_share"]


def _used(gaps: WaterGaps) -> pd.Series:
    """m³/d that the households on working pools draw from each source."""
    return gaps.pools.groupby("source")["used"].sum().astype(float) * gaps.household_m3d


def _springs(area: Area, gaps: WaterGaps) -> tuple[gpd.GeoDataFrame, Floats]:
    """Placed springs that are not failing, by id, and what each has left, m³/d; NaN unknown."""
    springs = area.layer("springs").drop_duplicates("id").sort_values("id")
    good = ~springs["failing"].fillna(False).to_numpy(bool)
    good &= np.isfinite(coordinates(springs.geometry.array)).all(axis=1)
    springs = springs[good]
    spare = springs["yield_m3d"] - springs["id"].map(_used(gaps)).fillna(0.0).astype(float)
    return springs, spare.to_numpy(float)


def _rivers(area: Area) -> gpd.GeoDataFrame:
    """Rivers that run above ground, by id, each once however many pieces it was drawn in: each piece of a
    line in several (r7, r7-2: the reader's ids) and each line of one name carries the flow of the whole."""
    rivers = area.layer("rivers").sort_values("id")
    rivers = rivers[(rivers["class"] != "tunnel").fillna(True) & ~rivers.geometry.is_empty]
    whole = rivers["id"].str.replace(r"(?:-|#)\d+$", "", regex=True)
    whole = whole.where(whole.isin(rivers["id"]), rivers["id"])
    named = rivers["name"].where(rivers["flow_m3d"].notna(), whole).fillna(whole)
    first = rivers.groupby([named, rivers["flow_m3d"].fillna(-1.0)])["id"].transform("min")
    if first.is_unique:
        return rivers
    once = rivers[~first.duplicated()]
    lines = np.asarray(rivers.geometry.array, object)
    joined = [shapely.union_all(lines[(first == river).to_numpy(bool)]) for river in first.drop_duplicates()]
    return once.set_geometry(gpd.GeoSeries(joined, once.index, rivers.crs))


def _sources(
    springs: gpd.GeoDataFrame, spare: Floats, rivers: gpd.GeoDataFrame, flow: Floats, corridors: Corridors
) -> Sources:
    xy = coordinates(springs.geometry.array)
    z = springs["elev"].to_numpy(float)
    z = np.where(np.isnan(z), corridors.sample(xy), z) if len(z) else z
    points, of = _along(np.asarray(rivers.geometry.array, object))
    height = corridors.sample(points) if len(points) else np.empty(0)
    n, known = len(springs), np.isfinite(np.r_[z, height])
    return Sources(
        np.vstack([xy, points])[known],
        np.r_[z, height][known],
        np.r_[np.arange(n), n + of].astype(np.int64)[known],
        np.r_[springs["id"].to_numpy(object), rivers["id"].to_numpy(object)],
        np.r_[spare, flow],
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
