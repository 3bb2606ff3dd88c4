"""Which indicators does a village meet? (五通四有 and what it is made of)

The survey of the village answers first; what a map can tell is told beside it:
clinic, doctor, culture place from the facilities in the village, bus and telephone
by distance from the village office, group roads and household paths from the
verdicts of its groups and households. What neither knows is unknown.
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.area import Area
from geo.groups import owed_road, row_of
from geo.standards import Standard
from geo.verdicts import MET, UNKNOWN, UNMET, Finding, decide_all

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

INDICATORS = (
    "paved",
    "bus",
    "broadband",
    "phone",
    "power3",
    "grouproad",
    "hhpath",
    "beauty",
    "clinic",
    "doctor",
    "culture",
    "officer",
    "econ",
)
"""Every indicator of a village, in the order of the published set."""

CLINICS = ("clinic", "hospital")


def village_indicators(area: Area, standard: Standard, verdicts: pd.DataFrame | None = None) -> pd.DataFrame:
    """One row per village and indicator, in the contract of `geo.verdicts.COLUMNS`
    with `village` for `household` and `indicator` for `need`.

    `verdicts` is the table of the households' needs; without it `grouproad` and
    `hhpath` are known from the survey alone.
    """
    villages = area.layer("villages")
    econ = _econ(villages, standard["village.econ_min_wan"])
    findings = {
        **_from_facilities(area, standard),
        "grouproad": _all_met(area, verdicts, "road", _owed(area, standard)),
        "hhpath": _all_met(area, verdicts, "path", np.ones(len(area.layer("households")), bool)),
        "econ": econ,
    }
    surveys = {name: villages[name] for name in INDICATORS if name != "econ"}
    surveys["econ"] = pd.Series(econ.state == MET, dtype="boolean").mask(econ.state == UNKNOWN)
    table = decide_all(villages["id"], {name: findings.get(name) for name in INDICATORS}, surveys)
    return table.rename(columns={"household": "village", "need": "indicator"})


def _econ(villages: pd.DataFrame, least_wan: float) -> Finding:
    """Collective income against the least; exactly the least is enough. In 10,000 yuan."""
    income = villages["econ_wan"].to_numpy(float)
    return _judged("econ", income >= least_wan, income < least_wan, measure=income, threshold=least_wan)


def _from_facilities(area: Area, standard: Standard) -> dict[str, Finding]:
    """What the facilities tell; nothing of a kind that the layer does not hold anywhere."""
    if not area.has("facilities", "villages"):
        return {}
    places = area.layer("facilities")
    places = places[places["working"].fillna(True).to_numpy(bool)].reset_index(drop=True)
    home = _village_of(area, places)
    n = len(area.layer("villages"))
    return {
        "clinic": _holds("clinic", places["kind"].isin(CLINICS).to_numpy(bool), home, n),
        "culture": _holds("culture", (places["kind"] == "square").to_numpy(bool), home, n),
        "doctor": _doctors(places, home, n),
        "bus": _near("bus", places, home, n, "busstop", standard["village.bus_reach_m"]),
        "phone": _near("phone", places, home, n, "mast", standard["village.mast_reach_m"]),
    }


def _village_of(area: Area, places: gpd.GeoDataFrame) -> Ints:
    """Row of the village each place names, else of the village it stands in, else -1."""
    villages = area.layer("villages")
    named = row_of(villages["id"], places["village"])
    inside = np.full(len(places), -1, np.int64)
    tree = shapely.STRtree(np.asarray(villages.geometry.array))
    place, village = tree.query(np.asarray(places.geometry.array), predicate="intersects")
    inside[place[::-1]] = village[::-1]  # on a shared border the first village
    rows: Ints = np.where(named >= 0, named, inside)
    return rows


def _holds(name: str, of_kind: Bools, home: Ints, n: int) -> Finding:
    """Whether a village holds one; unknown where the layer holds none anywhere."""
    count = np.bincount(home[of_kind & (home >= 0)], minlength=n).astype(float)
    mapped = bool(of_kind.any())
    return _judged(name, count > 0, (count == 0) & mapped, measure=count, threshold=1.0)


def _doctors(places: pd.DataFrame, home: Ints, n: int) -> Finding:
    """Whether a licensed doctor works in the village's clinics; unknown where a clinic does not say."""
    clinic = places["kind"].isin(CLINICS).to_numpy(bool) & (home >= 0)
    doctors = places["doctors"].to_numpy(float, na_value=np.nan)
    silent = np.bincount(home[clinic & np.isnan(doctors)], minlength=n) > 0
    count = np.bincount(home[clinic], np.nan_to_num(doctors[clinic]), minlength=n)
    none = (count == 0) & ~silent & bool(clinic.any())
    return _judged("doctor", count > 0, none, measure=count, threshold=1.0)


def _near(name: str, places: gpd.GeoDataFrame, home: Ints, n: int, kind: str, reach_m: float) -> Finding:
    """Whether one of `kind` stands within `reach_m` of an office of the village, in a straight line."""
    points = np.asarray(places.geometry.array)
    offices = np.flatnonzero((places["kind"] == "office").to_numpy(bool) & (home >= 0))
    marks = np.flatnonzero((places["kind"] == kind).to_numpy(bool))
    apart, nearest = np.full(n, np.nan), np.full(n, np.nan, object)
    if len(marks) and len(offices):
        (office, mark), distance = shapely.STRtree(points[marks]).query_nearest(
            points[offices], return_distance=True, all_matches=False
        )
        far_first = np.argsort(-distance, kind="stable")  # so that the nearest is written last
        village = home[offices[office[far_first]]]
        apart[village] = distance[far_first]
        nearest[village] = places["id"].to_numpy(object)[marks[mark[far_first]]]
    return _judged(name, apart <= reach_m, apart > reach_m, measure=apart, threshold=reach_m, nearest=nearest)


def _owed(area: Area, standard: Standard) -> Bools:
    """Households whose group is owed a group road, or may be: its size is not known."""
    groups = area.layer("groups")
    small = groups["id"][(~owed_road(area, standard)).fillna(False).to_numpy(bool)]
    asked: Bools = ~area.layer("households")["group"].isin(small).to_numpy(bool)
    return asked


def _all_met(area: Area, verdicts: pd.DataFrame | None, need: str, asked: Bools) -> Finding | None:
    """Met where nobody asked lacks `need`, unmet where one does, unknown in a village of no households."""
    if verdicts is None:
        return None
    villages, households = area.layer("villages"), area.layer("households")
    state = verdicts.loc[verdicts["need"] == need, "state"].to_numpy(object)
    home = row_of(villages["id"], households["village"])

    def count(mask: Bools) -> Floats:
        counts: Floats = np.bincount(home[mask & (home >= 0)], minlength=len(villages)).astype(float)
        return counts

    lacking, unsure = count(asked & (state == UNMET)), count(asked & (state == UNKNOWN))
    met = (lacking == 0) & (unsure == 0) & (count(asked | ~asked) > 0)
    name = {"road": "grouproad", "path": "hhpath"}[need]
    return _judged(name, met, lacking > 0, measure=lacking, threshold=0.0, extra=count(asked))


def _judged(name: str, met: Bools, unmet: Bools, **numbers: Any) -> Finding:
    keys = [f"village.{name}.met", f"village.{name}.unmet"]
    return Finding(
        np.select([met, unmet], [MET, UNMET], UNKNOWN).astype(object),
        np.select([met, unmet], keys, f"village.{name}.unknown").astype(object),
        at="facilities" if "nearest" in numbers else "",
        **numbers,
    )
