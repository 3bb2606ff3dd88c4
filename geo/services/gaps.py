"""Who is too far from a clinic, a school, a 4G mast?

Clinic and school by the walk over the ground from the door *to* the nearest one that
works (a facility whose `working` is unknown counts as working); 4G by straight distance
in space to the nearest working mast: hills between are not judged, nor is the height
of the mast. A kind no facility of which is mapped is unknown, not unmet: nobody said
that there is none. One that is mapped but works nowhere is unmet. Where a household stands that was
placed by its village alone nobody knows: unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from geo.area import Area
from geo.ground import Ground, Reach
from geo.priority import standing
from geo.spatial.terrain import Terrain
from geo.standards import Standard
from geo.verdicts import MET, UNKNOWN, UNMET, Finding

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Service:
    """One need that facilities meet: which kinds serve it and the value of the standard it is held to."""

    need: str
    kinds: tuple[str, ...]
    limit: str


WALKED = (
    Service("clinic", ("clinic", "hospital"), "clinic.max_min"),
    Service("school", ("primary",), "school.max_min"),
)
TELECOM = Service("telecom", ("mast",), "telecom.reach_m")


def service_gaps(area: Area, standard: Standard, ground: Ground) -> dict[str, Finding]:
    """Telecom (metres), clinic and school (minutes on foot; `extra` the metres walked) of every household."""
    facilities = area.layer("facilities")
    xy = standing(area.layer("households"), unless=("village",))
    working = {s.need: facilities[_serves(facilities, s)] for s in (*WALKED, TELECOM)}
    if not ground.planar and len(xy):
        ground.surfaces([f.geometry.array for s in WALKED if len(f := working[s.need])])
    found = {"telecom": _mast(xy, working["telecom"], area, standard)}
    for service in WALKED:
        near = working[service.need]
        reach = ground.reach(xy, near.geometry.array)
        found[service.need] = _walked(service, reach, near, standard)
    for service in (*WALKED, TELECOM):
        if not facilities["kind"].isin(service.kinds).any():
            found[service.need] = _unknown(len(xy), f"services.{service.need}_unmapped")
    return {need: _placed(finding, xy) for need, finding in found.items()}


def _serves(facilities: gpd.GeoDataFrame, service: Service) -> npt.NDArray[np.bool_]:
    placed = ~(shapely.is_missing(facilities.geometry.array) | shapely.is_empty(facilities.geometry.array))
    serving: npt.NDArray[np.bool_] = (
        facilities["kind"].isin(service.kinds).to_numpy(bool)
        & facilities["working"].fillna(True).to_numpy(bool)
        & placed
    )
    return serving


def _walked(service: Service, reach: Reach, near: gpd.GeoDataFrame, standard: Standard) -> Finding:
    """Met within the minutes of the standard; said apart where the walk is but a straight line."""
    minutes = reach.seconds / 60
    limit = standard[service.limit]
    met = minutes <= limit
    none = ~np.isfinite(minutes)
    reason = np.where(met, "near", "far").astype(object)
    reason = np.where(reach.straight, reason + "_straight", reason)
    reason = np.where(none, "none", reason)
    return Finding(
        np.where(met, MET, UNMET),
        f"services.{service.need}_" + reason,
        np.where(none, np.nan, minutes),
        limit,
        np.where(none, np.nan, reach.metres),
        _ids(near, reach.target),
        "facilities",
    )


def _mast(xy: Floats, masts: gpd.GeoDataFrame, area: Area, standard: Standard) -> Finding:
    """Met within the radius of the standard, measured in space where there is terrain."""
    at = _xy(masts)
    metres, target = _nearest_in_space(xy, at, area.terrain)
    limit = standard[TELECOM.limit]
    met = metres <= limit
    none = ~np.isfinite(metres)
    reason = np.where(none, "none", np.where(met, "near", "far")).astype(object)
    return Finding(
        np.where(met, MET, UNMET),
        "services.telecom_" + reason,
        np.where(none, np.nan, metres),
        limit,
        None,
        _ids(masts, target),
        "facilities",
    )


def _nearest_in_space(xy: Floats, at: Floats, terrain: Terrain | None) -> tuple[Floats, Ints]:
    """Distance to the nearest of `at` and its row; inf and -1 without any. Rises unknown count as none."""
    if len(at) == 0 or len(xy) == 0:
        return np.full(len(xy), np.inf), np.full(len(xy), -1)
    run = np.hypot(xy[:, 0, None] - at[:, 0], xy[:, 1, None] - at[:, 1])
    if terrain is not None:
        here, there = terrain.sample(xy[:, 0], xy[:, 1]), terrain.sample(at[:, 0], at[:, 1])
        run = np.hypot(run, np.nan_to_num(here[:, None] - there))
    run = np.where(np.isnan(run), np.inf, run)
    target = np.argmin(run, axis=1)
    metres = run[np.arange(len(xy)), target]
    return metres, np.where(np.isfinite(metres), target, -1)


def _placed(finding: Finding, xy: Floats) -> Finding:
    """Unknown, and without numbers, for a household nobody knows the place of."""
    lost = ~np.isfinite(xy).all(axis=1)
    if not lost.any():
        return finding

    def blank(values: Any) -> Any:
        return values if values is None else np.where(lost, np.nan, values)

    return Finding(
        np.where(lost, UNKNOWN, finding.state),
        np.where(lost, "services.no_place", finding.reason),
        blank(finding.measure),
        blank(finding.threshold),
        blank(finding.extra),
        None if finding.nearest is None else np.where(lost, np.array(np.nan, object), finding.nearest),
        finding.at,
    )


def _unknown(n: int, reason: str) -> Finding:
    return Finding(np.full(n, UNKNOWN, object), np.full(n, reason, object))


def _ids(frame: gpd.GeoDataFrame, row: Ints) -> npt.NDArray[np.object_]:
    ids = np.append(frame["id"].to_numpy(object), np.nan)
    return np.asarray(ids[row], object)


def _xy(frame: gpd.GeoDataFrame) -> Floats:
    """Coordinates of points, (n, 2); NaN where there is none."""
    shapes = np.asarray(frame.geometry.array, object)
    placed = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    xy = np.full((len(shapes), 2), np.nan)
    xy[placed] = shapely.get_coordinates(shapes[placed])
    return xy
