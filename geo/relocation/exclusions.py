"""Where may nobody be settled? The rules that exclude ground, as a table.

Each rule names a layer, how far its ban reaches beyond each feature, and how much
of a site it may take before the site fails. A rule knows nothing of other rules;
one loop judges them all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from geo.area import Area
from geo.layers import PLACED_ELSEWHERE
from geo.relocation.polygons import polygonal
from geo.standards import Standard
from geo.zones import MINING, PLANNED_MINING, QUAD_SEGS, SETTLED_MINING, Zones

Floats = npt.NDArray[np.float64]
Objects = npt.NDArray[Any]

NEVER = float("inf")
"""As `fail_share`: the rule warns and never fails."""
MANY_VERTICES = 500
"""A feature with more is cut to the surroundings of the site before it is overlaid."""


@dataclass(frozen=True)
class Exclusion:
    """One rule over the features of one layer.

    `reach_m` is how far the ban reaches beyond each feature; ground within it is
    `excludes`-d from what can be built on. The site fails where more than `fail_share` of
    it is taken. `given` is False where the layer is missing: then nothing is known.
    """

    rule: str
    layer: str
    given: bool
    features: Objects
    ids: Objects
    reach_m: Floats
    fail_share: float
    excludes: bool
    tree: shapely.STRtree


@dataclass(frozen=True)
class Overlap:
    """What one rule takes of one site: the ground, and the feature that takes most of it; metres."""

    ground: BaseGeometry
    nearest: str
    reach_m: float


def overlap(rule: Exclusion, site: BaseGeometry) -> Overlap | None:
    """The ground of `site` that `rule` bans, or None where it bans none."""
    if len(rule.features) == 0:
        return None
    near = rule.tree.query(site, predicate="dwithin", distance=float(rule.reach_m.max()))
    near = np.sort(near)
    away = shapely.distance(rule.features[near], site)
    hit = near[away <= rule.reach_m[near]]
    if len(hit) == 0:
        return None
    grounds = _banned(rule.features[hit], rule.reach_m[hit], site)
    areas = shapely.area(grounds)
    most = int(np.lexsort((rule.ids[hit].astype(str), -areas))[0])
    return Overlap(
        polygonal(grounds),
        str(rule.ids[hit[most]]),
        float(rule.reach_m[hit[most]]),
    )


def _banned(features: Objects, reach_m: Floats, site: BaseGeometry) -> Objects:
    """The banned ground of each feature within `site`."""
    west, south, east, north = shapely.bounds(site)
    margin = float(reach_m.max()) + 1.0
    large = shapely.get_num_coordinates(features) > MANY_VERTICES
    if large.any():
        features = features.copy()
        window = shapely.box(west - margin, south - margin, east + margin, north + margin)
        features[large] = shapely.intersection(features[large], window)
    reaching = reach_m > 0
    if reaching.any():
        features = features.copy()
        features[reaching] = shapely.buffer(features[reaching], reach_m[reaching], quad_segs=QUAD_SEGS)
    return np.asarray(shapely.intersection(features, site), object)


def make_exclusions(area: Area, standard: Standard, zones: Zones) -> tuple[Exclusion, ...]:
    """The rules of `area` in the order of the law: banned ground first, then setbacks, then what is taken."""
    trim = standard["site.trim_share"]
    return (
        *_banned_layers(area),
        *_zones(zones, trim),
        *_waters(area, standard, trim),
        *_roads(area, standard, trim),
        _power(area, standard, trim),
        _houses(area, standard),
    )


def _rule(
    name: str,
    layer: str,
    given: bool,
    frame: gpd.GeoDataFrame,
    *,
    reach_m: Any = 0.0,
    fail_share: float = 0.0,
    excludes: bool = True,
    id_column: str = "id",
) -> Exclusion:
    """A rule over the features of `frame`, multi-part features split so that the index is tight."""
    geometry = np.asarray(frame.geometry.array)
    reach = np.broadcast_to(np.asarray(reach_m, float), len(geometry))
    there = ~(shapely.is_missing(geometry) | shapely.is_empty(geometry)) & np.isfinite(reach)
    rows = np.flatnonzero(there)
    parts, of = shapely.get_parts(_valid(geometry[rows]), return_index=True)
    ids = frame[id_column].to_numpy(object)[rows][of]
    return Exclusion(
        name, layer, given, parts, ids, reach[rows][of], fail_share, excludes, shapely.STRtree(parts)
    )


def _valid(geometry: Objects) -> Objects:
    bad = ~shapely.is_valid(geometry)
    return np.where(bad, shapely.make_valid(geometry), geometry) if bad.any() else geometry


def _banned_layers(area: Area) -> Iterable[Exclusion]:
    """Ground the law closes to building, whatever its size."""
    yield _rule("farmland", "farmland", "farmland" in area.layers, area.layer("farmland"))
    yield _rule("redline", "redline", "redline" in area.layers, area.layer("redline"))
    zones, given = area.layer("protect"), "protect" in area.layers
    grade = zones["grade"].fillna("2")  # a zone of unknown class is held to class 2
    yield _rule("protect1", "protect", given, zones[grade == "1"])
    yield _rule("protect2", "protect", given, zones[grade == "2"])
    yield _rule("protect3", "protect", given, zones[grade == "3"], fail_share=NEVER, excludes=False)


def _zones(zones: Zones, trim: float) -> Iterable[Exclusion]:
    """Hazard zones and coal workings; over workings at rest one may build after an assessment.

    A buffer is held from the ground a hazard may reach, a ban from the zone itself.
    """
    frame = zones.frame
    reaching = frame.set_geometry(gpd.GeoSeries(zones.reach, index=frame.index, crs=frame.crs))
    declared = frame["layer"] == "hazards"
    mined, planned, settled = (frame["kind"] == kind for kind in (MINING, PLANNED_MINING, SETTLED_MINING))

    def rule(
        name: str, which: pd.Series, *, near: bool, fail_share: float = 0.0, excludes: bool = True
    ) -> Exclusion:
        rows = (reaching if near else frame)[which.to_numpy(bool)]
        reach = rows["buffer_m"].to_numpy(float) if near else 0.0
        layer = "hazards" if name.startswith("hazard") else "workings"
        given = zones.declared if layer == "hazards" else zones.worked
        return _rule(
            name,
            layer,
            given,
            rows,
            reach_m=reach,
            fail_share=fail_share,
            excludes=excludes,
            id_column="zone",
        )

    yield rule("hazard", declared, near=False)
    yield rule("hazard_buffer", declared, near=True, fail_share=trim)
    yield rule("mining", mined, near=True)
    yield rule("mine_settled", settled, near=True, fail_share=NEVER, excludes=False)
    yield rule("mine_plan", planned, near=False)
    yield rule("mine_plan_edge", planned, near=True, fail_share=trim)


def _waters(area: Area, standard: Standard, trim: float) -> Iterable[Exclusion]:
    """Rivers (from the bank), still water, and springs whose protection zone is not mapped."""
    rivers = area.layer("rivers")
    rivers = rivers[(rivers["class"] != "tunnel").to_numpy(bool)]
    setback = standard.table("site.river_setback_m")
    reach = rivers["class"].map(dict(setback)).fillna(max(setback.values())) + _half_width(rivers)
    yield _rule("river", "rivers", "rivers" in area.layers, rivers, reach_m=reach, fail_share=trim)
    yield _rule("lake", "lakes", "lakes" in area.layers, area.layer("lakes"), fail_share=trim)
    springs = area.layer("springs")
    drawn = springs["kind"].isin(
        ["river", "reservoir"]
    )  # surface intakes: zones of kilometres, only by polygon
    covered = springs.geometry.intersects(_union(area.layer("protect")))
    alone = springs[~(drawn | covered).to_numpy(bool)]
    reach_m = standard["site.spring_setback_m"]
    yield _rule("spring", "springs", "springs" in area.layers, alone, reach_m=reach_m, fail_share=trim)


def _roads(area: Area, standard: Standard, trim: float) -> Iterable[Exclusion]:
    """Building-control zones of roads, and the distance a settlement keeps from the zone's edge.

    Measured from the pavement edge where the width is known, else from the line.
    """
    roads, given = area.layer("roads"), "roads" in area.layers
    roads = roads[~roads["tunnel"].fillna(False).to_numpy(bool)]
    zone = roads["class"].map(dict(standard.table("site.road_setback_m"))) + _half_width(roads)
    yield _rule("road_zone", "roads", given, roads, reach_m=zone, fail_share=trim)
    apart = zone + roads["class"].map(dict(standard.table("site.settlement_setback_m")))
    yield _rule("settlement", "roads", given, roads, reach_m=apart, fail_share=NEVER, excludes=False)


def _power(area: Area, standard: Standard, trim: float) -> Exclusion:
    """Line corridors by voltage, from the line; a line of unknown voltage counts as the lowest class."""
    lines = area.layer("lines")
    bounds, widths = standard.numbers("site.corridor_kv"), standard.numbers("site.corridor_m")
    kv = lines["kv"].fillna(bounds[0]).to_numpy(float)
    step = np.searchsorted(bounds, kv, side="right") - 1
    reach = np.where(step < 0, np.nan, np.asarray(widths, float)[np.maximum(step, 0)])
    buried = lines["buried"].fillna(False).to_numpy(bool)
    reach = np.where(buried, standard["site.cable_m"], reach)
    return _rule("power_corridor", "lines", "lines" in area.layers, lines, reach_m=reach, fail_share=trim)


def _houses(area: Area, standard: Standard) -> Exclusion:
    """Ground that is built on: about every house and building. It is no fault of a site, but is not free."""
    homes = area.layer("households")
    homes = homes[~homes["loc_qual"].isin(PLACED_ELSEWHERE).to_numpy(bool)]
    built = pd.concat([homes[["id", "geometry"]], area.layer("buildings")[["id", "geometry"]]])
    given = "households" in area.layers or "buildings" in area.layers
    reach_m = standard["site.house_m"]
    return _rule("houses", "households", given, built, reach_m=reach_m, fail_share=NEVER)


def _half_width(frame: gpd.GeoDataFrame) -> pd.Series:
    return pd.Series(frame["width"].fillna(0.0) / 2)


def _union(frame: gpd.GeoDataFrame) -> BaseGeometry:
    return shapely.union_all(_valid(np.asarray(frame.geometry.array)))
