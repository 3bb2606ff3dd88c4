"""Where could so many households live? Places found over the whole area, judged, connected, ranked.

    found = find_sites(context, make_suitability(context), households=50)

Every place found is judged by the same rules as a drawn one (`assess_site`); one that fails any is
not returned. Ranks go by the mean score of the ground, to two decimals, and where that is equal by
what connecting a household costs, those that cannot be connected to all last. `sensitivity` says
how ranks move when one weight does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from geo.errors import BadSearchError
from geo.relocation.assess import DEFAULT_KIND, assess_site
from geo.relocation.connect import Connection, connect_sites
from geo.relocation.context import SiteContext
from geo.relocation.places import Place, find_places, largest_places
from geo.relocation.rules import FAIL
from geo.relocation.suitability import Suitability
from geo.relocation.verdict import SiteVerdict

Floats = npt.NDArray[np.float64]

FOUND_COLUMNS = {
    "site": "str",  # F-01, F-02, … by rank
    "name": "str",
    "village": "str",  # id of the village its middle lies in
    "kind": "str",
    "verdict": "str",
    "note": "str",  # message key: fewer households than asked for; "" where it holds them all
    "households": "Int64",  # those it was sought for
    "score": "float64",  # 0 to 1, under the weights asked for
    "rank": "Int64",
    "capacity": "Int64",  # households
    "usable_m2": "float64",
    "area_m2": "float64",
    "slope_mean": "float64",  # ratio
    "road_m": "float64",  # over the ground to a hardened road, as the verdict has it
    "water_m": "float64",
    "lift_m": "float64",
    "line_m": "float64",
    "school_min": "float64",
    "clinic_min": "float64",
    "connect_road_m": "float64",  # to be built
    "connect_pipe_m": "float64",
    "connect_line_m": "float64",
    "connect_low": "float64",  # yuan
    "connect_yuan": "float64",
    "connect_high": "float64",
    "rank_low": "Int64",  # best and worst rank when one weight moves
    "rank_high": "Int64",
}
SENSITIVITY_COLUMNS = {
    "site": "str",
    "criterion": "str",  # whose weight moves; "" where none does
    "factor": "float64",  # times its weight
    "score": "float64",
    "rank": "Int64",
}


SMALLER = "site.found.smaller"
DISTANCES = ("road_m", "water_m", "lift_m", "line_m", "school_min", "clinic_min")


@dataclass(frozen=True)
class Found:
    """Places where people can live, best first. Geometry in the area's CRS, metres.

    `table`        one row per place: FOUND_COLUMNS and the outline
    `verdicts`, `connections`   of each place, in the order of the table; none where none were asked for
    `criteria`     site x criterion, mean grade from 0 to 1
    `sensitivity`  SENSITIVITY_COLUMNS
    `shares`       what each criterion counted for, together 1; `missing` what could not be told
    `why`          message key where nothing was found or only smaller places; else ""
    """

    households: int
    kind: str
    table: gpd.GeoDataFrame
    verdicts: tuple[SiteVerdict, ...]
    connections: tuple[Connection, ...]
    criteria: pd.DataFrame
    sensitivity: pd.DataFrame
    shares: Mapping[str, float]
    missing: tuple[str, ...]
    why: str


def find_sites(
    context: SiteContext,
    suitability: Suitability,
    *,
    households: int,
    kind: str = DEFAULT_KIND,
    weights: Mapping[str, float] | None = None,
    most: int | None = None,
    each_village: int | None = None,
    connect: bool = True,
) -> Found:
    """Up to `most` places for so many households of `kind`; where none is so large, the largest, and said.

    `weights` replace those of the standard, criterion by criterion; `each_village` bounds how many
    lie in one village. Without `connect` no connection is designed (its columns are unknown, and
    ranks do not regard it): what follows a weight being moved. Raises `BadSearchError` for what
    cannot be sought.
    """
    most = _most(most, context.standard["site.find_most"])
    area_m2 = _area_m2(context, households, kind)
    shares = suitability.shares(weights)
    marks = suitability.score(weights)
    places = find_places(suitability, area_m2, marks=marks, most=most, each_village=each_village)
    large = _judged(places, context, kind, households)
    smaller = [] if large else _judged(largest_places(suitability, most=most), context, kind, households)
    return _ranked(suitability, large or smaller, kind, shares, connect=connect, households=households)


def find_for_villages(
    context: SiteContext,
    suitability: Suitability,
    wanted: Mapping[str, int],
    *,
    kind: str = DEFAULT_KIND,
    weights: Mapping[str, float] | None = None,
    connect: bool = True,
) -> Found:
    """Places in each village for those of its households that must move, `wanted` by village id.

    `site.find_each_village` places for all of them together; where the village has none so large, its
    largest. Raises `BadSearchError` for what cannot be sought.
    """
    row_of = {str(name): k for k, name in enumerate(context.area.layer("villages")["id"])}
    each = int(context.standard["site.find_each_village"])
    shares, marks = suitability.shares(weights), suitability.score(weights)
    chosen: list[_Chosen] = []
    for village, households in wanted.items():
        if village not in row_of:
            continue  # a household whose village nobody mapped finds its place in another
        area_m2 = _area_m2(context, households, kind)
        within = suitability.village == row_of[village]
        places = find_places(suitability, area_m2, marks=marks, most=each, within=within)
        large = _judged(places, context, kind, households)
        places = [] if large else largest_places(suitability, most=each, within=within)
        chosen += large or _judged(places, context, kind, households)
    return _ranked(suitability, chosen, kind, shares, connect=connect, households=sum(wanted.values()))


@dataclass(frozen=True)
class _Chosen:
    """A place no rule fails, and the households it was sought for."""

    place: Place
    verdict: SiteVerdict
    households: int


def _judged(places: Sequence[Place], context: SiteContext, kind: str, households: int) -> list[_Chosen]:
    """The places no rule fails, with their verdicts."""
    judged = [
        _Chosen(place, assess_site(place.polygon, context, kind=kind, planned=float(households)), households)
        for place in places
    ]
    return [one for one in judged if FAIL not in set(one.verdict.rules["state"])]


def _ranked(
    suitability: Suitability,
    chosen: Sequence[_Chosen],
    kind: str,
    shares: Mapping[str, float],
    *,
    connect: bool,
    households: int,
) -> Found:
    """Connected, put in order and told."""
    context = suitability.context
    sizes = [one.verdict.settled for one in chosen]
    grounds = [one.verdict.usable for one in chosen]
    connections = connect_sites(grounds, context, households=sizes) if connect and chosen else []
    grades = grades_of([one.place.cells for one in chosen], suitability)
    yuan = np.full((len(chosen), 3), np.nan)
    if connections:
        yuan[:] = [c.yuan for c in connections]
    each = _dearness(connections, sizes) if connections else np.zeros(len(chosen))
    order = np.argsort(_ranks(_scores(grades, shares), each), kind="stable")
    chosen = [chosen[k] for k in order]
    connections = [connections[k] for k in order] if connections else []
    grades, yuan, each = grades.iloc[order], yuan[order], each[order]
    grades.index = pd.Index([f"F-{k + 1:02d}" for k in range(len(order))], name="site", dtype="str")
    sensitivity = _sensitivity(grades, each, shares, suitability)
    table = _table(grades, chosen, connections, yuan, shares, context)
    moved = sensitivity.groupby("site", sort=False)["rank"]
    table["rank_low"] = table["site"].map(moved.min()).astype("Int64")
    table["rank_high"] = table["site"].map(moved.max()).astype("Int64")
    lacking = (table["note"] != "").any()
    return Found(
        households=households,
        kind=kind,
        table=table,
        verdicts=tuple(
            replace(one.verdict, site=site, name=name)
            for one, site, name in zip(chosen, table["site"], table["name"], strict=True)
        ),
        connections=tuple(connections),
        criteria=grades,
        sensitivity=sensitivity,
        shares=shares,
        missing=suitability.missing,
        why="site.found.none" if not chosen else SMALLER if lacking else "",
    )


def grades_of(cells: Sequence[npt.NDArray[np.int64]], suitability: Suitability) -> pd.DataFrame:
    """The mean grade of each set of open cells by criterion."""
    rows = [suitability.row_of[at] for at in cells]
    return pd.DataFrame(
        {
            name: np.array([float(values[at].mean()) for at in rows], np.float64)
            for name, values in suitability.grades.items()
        },
        index=pd.RangeIndex(len(rows)),
    )


def _scores(grades: pd.DataFrame, shares: Mapping[str, float]) -> Floats:
    score = np.zeros(len(grades))
    for name, share in shares.items():
        score += share * grades[name].to_numpy(float)
    return score


def _dearness(connections: Sequence[Connection], sizes: Sequence[int]) -> Floats:
    """Yuan to connect a household; what fewer of road, main and line reach is dearer than all the others."""
    each = np.array([c.yuan[1] for c in connections]) / np.array(sizes, np.float64)
    lacking = np.isnan([(c.road_m, c.pipe_m, c.line_m) for c in connections]).sum(axis=1)
    return np.asarray(each + lacking * (each.max() + 1.0), np.float64)


def _ranks(score: Floats, yuan_each: Floats) -> npt.NDArray[np.int64]:
    """1 for the best: by score to two decimals, then by what connecting a household costs."""
    ranks = np.empty(len(score), np.int64)
    ranks[np.lexsort((np.round(yuan_each), -np.round(score, 2)))] = np.arange(1, len(score) + 1)
    return ranks


def _sensitivity(
    grades: pd.DataFrame, yuan_each: Floats, shares: Mapping[str, float], suitability: Suitability
) -> pd.DataFrame:
    """The ranks as they are, and when each weight in turn is multiplied by each factor of the standard."""
    cases: list[tuple[str, float]] = [("", 1.0)]
    factors = suitability.context.standard.numbers("site.sensitivity")
    cases += [(name, factor) for name in shares for factor in factors if len(shares) > 1 or factor > 0]
    scores = []
    for name, factor in cases:
        moved = {key: share * (factor if key == name else 1.0) for key, share in shares.items()}
        total = sum(moved.values())
        scores.append(_scores(grades, {key: share / total for key, share in moved.items()}))
    names, by = zip(*cases, strict=True)
    return pd.DataFrame(
        {
            "site": np.tile(grades.index.to_numpy(object), len(cases)),
            "criterion": np.repeat(np.array(names, object), len(grades)),
            "factor": np.repeat(by, len(grades)),
            "score": np.concatenate(scores),
            "rank": np.concatenate([_ranks(score, yuan_each) for score in scores]),
        }
    ).astype(SENSITIVITY_COLUMNS)


def _table(
    grades: pd.DataFrame,
    chosen: Sequence[_Chosen],
    connections: Sequence[Connection],
    yuan: Floats,
    shares: Mapping[str, float],
    context: SiteContext,
) -> gpd.GeoDataFrame:
    verdicts = [one.verdict for one in chosen]
    shapes = [verdict.polygon for verdict in verdicts]
    village, called = villages_of(shapes, context)
    holds = [v.capacity[v.kind] for v in verdicts]
    nothing = [np.nan] * len(chosen)
    columns: dict[str, object] = {
        "site": grades.index.to_numpy(object),
        "name": [f"{place} {name}".strip() for place, name in zip(called, grades.index, strict=True)],
        "village": village,
        "kind": [v.kind for v in verdicts],
        "verdict": [v.verdict for v in verdicts],
        "note": ["" if n >= one.households else SMALLER for n, one in zip(holds, chosen, strict=True)],
        "households": [one.households for one in chosen],
        "score": _scores(grades, shares),
        "rank": np.arange(1, len(chosen) + 1),
        "capacity": holds,
        **{name: [getattr(v, name) for v in verdicts] for name in ("usable_m2", "area_m2", "slope_mean")},
        **{key: [v.distances[key] for v in verdicts] for key in DISTANCES},
        **{
            f"connect_{name}": [getattr(c, name) for c in connections] or nothing
            for name in ("road_m", "pipe_m", "line_m")
        },
        **{name: yuan[:, k] for k, name in enumerate(("connect_low", "connect_yuan", "connect_high"))},
        "rank_low": [pd.NA] * len(chosen),
        "rank_high": [pd.NA] * len(chosen),
    }
    typed = {name: pd.Series(columns[name], dtype=dtype) for name, dtype in FOUND_COLUMNS.items()}
    crs = context.area.crs
    return gpd.GeoDataFrame(typed, geometry=gpd.GeoSeries(shapes, crs=crs), crs=crs)


def villages_of(shapes: Sequence[BaseGeometry], context: SiteContext) -> tuple[list[str | None], list[str]]:
    """The id of the village each shape has its middle in (None: no village) and its name."""
    layer = context.area.layer("villages")
    tree = shapely.STRtree(np.asarray(layer.geometry.array, object))
    middle = shapely.point_on_surface(np.array(shapes, object))
    row = np.full(len(shapes), -1)
    which, village = tree.query(middle, predicate="intersects")
    row[which[::-1]] = village[::-1]
    ids, names = layer["id"].to_numpy(object), layer["name"].fillna("").to_numpy(object)
    return [None if k < 0 else str(ids[k]) for k in row], ["" if k < 0 else str(names[k]) for k in row]


def _most(most: int | None, limit: float) -> int:
    if most is None:
        return int(limit)
    if most < 1:
        raise BadSearchError("site.bad.most", most=most)
    return most


def _area_m2(context: SiteContext, households: int, kind: str) -> float:
    """The ground so many households need; never less than a site must have."""
    land = context.standard.table("site.land_per_household_m2")
    if kind not in land:
        raise BadSearchError("site.bad.kind", kind=kind)
    if households < 1:
        raise BadSearchError("site.bad.households", households=households)
    return max(households * land[kind], context.standard["site.min_usable_m2"])
