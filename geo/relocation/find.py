"""Where could so many households live? Places found over the whole area, judged, connected, ranked.

    found = find_sites(context, make_suitability(context), households=50)

Every place found is judged by the same rules as a drawn one (`assess_site`); one that fails any is
not returned. Ranks go by the mean score of the ground, to two decimals, and where that is equal by
what connecting a household costs. `sensitivity` says how ranks move when one weight does.
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
    standard = context.standard
    most = _most(most, standard["site.find_most"])
    area_m2 = _area_m2(context, households, kind)
    shares = suitability.shares(weights)
    places = find_places(suitability, area_m2, weights=weights, most=most, each_village=each_village)
    large = _judged(places, context, kind, households)
    smaller = [] if large else _judged(largest_places(suitability, most=most), context, kind, households)
    chosen = large or smaller
    connections = (
        connect_sites(
            [verdict.usable for _, verdict in chosen],
            context,
            households=[min(households, verdict.capacity[kind]) for _, verdict in chosen],
        )
        if connect
        else ()
    )
    why = "" if large else "site.found.smaller" if smaller else "site.found.none"
    return _ranked(suitability, chosen, connections, households, kind, shares, why)


def _judged(
    places: Sequence[Place], context: SiteContext, kind: str, households: int
) -> list[tuple[Place, SiteVerdict]]:
    """The places no rule fails, with their verdicts."""
    judged = [
        (place, assess_site(place.polygon, context, kind=kind, planned=float(households))) for place in places
    ]
    return [(p, v) for p, v in judged if FAIL not in set(v.rules["state"])]


def _ranked(
    suitability: Suitability,
    chosen: Sequence[tuple[Place, SiteVerdict]],
    connections: Sequence[Connection],
    households: int,
    kind: str,
    shares: Mapping[str, float],
    why: str,
) -> Found:
    grades = grades_of([place.cells for place, _ in chosen], suitability)
    yuan = np.full((len(chosen), 3), np.nan)
    each = np.zeros(len(chosen))
    if connections:
        yuan[:] = [c.yuan for c in connections]
        each = yuan[:, 1] / np.array([c.households for c in connections])
    order = np.argsort(_ranks(_scores(grades, shares), each), kind="stable")
    chosen = [chosen[k] for k in order]
    connections = [connections[k] for k in order] if connections else []
    grades, yuan, each = grades.iloc[order], yuan[order], each[order]
    names = [f"F-{k + 1:02d}" for k in range(len(order))]
    grades.index = pd.Index(names, name="site", dtype="str")
    sensitivity = _sensitivity(grades, each, shares, suitability)
    table = _table(names, chosen, connections, yuan, _scores(grades, shares), households, kind, suitability)
    moved = sensitivity.groupby("site", sort=False)["rank"]
    table["rank_low"] = table["site"].map(moved.min()).astype("Int64")
    table["rank_high"] = table["site"].map(moved.max()).astype("Int64")
    return Found(
        households=households,
        kind=kind,
        table=table,
        verdicts=tuple(
            replace(verdict, site=site, name=name)
            for (_, verdict), site, name in zip(chosen, table["site"], table["name"], strict=True)
        ),
        connections=tuple(connections),
        criteria=grades,
        sensitivity=sensitivity,
        shares=shares,
        missing=suitability.missing,
        why=why,
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
    blocks = []
    for name, factor in cases:
        moved = {key: share * (factor if key == name else 1.0) for key, share in shares.items()}
        total = sum(moved.values())
        score = _scores(grades, {key: share / total for key, share in moved.items()})
        blocks.append(
            pd.DataFrame(
                {
                    "site": grades.index.to_numpy(object),
                    "criterion": name,
                    "factor": factor,
                    "score": score,
                    "rank": _ranks(score, yuan_each),
                }
            )
        )
    return pd.concat(blocks, ignore_index=True).astype(SENSITIVITY_COLUMNS)


def _table(
    names: list[str],
    chosen: Sequence[tuple[Place, SiteVerdict]],
    connections: Sequence[Connection],
    yuan: Floats,
    score: Floats,
    households: int,
    kind: str,
    suitability: Suitability,
) -> gpd.GeoDataFrame:
    verdicts = [verdict for _, verdict in chosen]
    shapes = [verdict.polygon for verdict in verdicts]
    village, called = villages_of(shapes, suitability.context)
    columns: dict[str, object] = {
        "site": names,
        "name": [f"{place} {name}".strip() for place, name in zip(called, names, strict=True)],
        "village": village,
        "kind": [kind] * len(names),
        "verdict": [v.verdict for v in verdicts],
        "note": ["" if v.capacity[kind] >= households else "site.found.smaller" for v in verdicts],
        "score": score,
        "rank": np.arange(1, len(names) + 1),
        "capacity": [v.capacity[kind] for v in verdicts],
        "usable_m2": [v.usable_m2 for v in verdicts],
        "area_m2": [v.area_m2 for v in verdicts],
        "slope_mean": [v.slope_mean for v in verdicts],
        **{
            key: [v.distances[key] for v in verdicts]
            for key in ("road_m", "water_m", "lift_m", "line_m", "school_min", "clinic_min")
        },
        **{
            f"connect_{name}": [getattr(c, name) for c in connections] or [np.nan] * len(names)
            for name in ("road_m", "pipe_m", "line_m")
        },
        **{name: yuan[:, k] for k, name in enumerate(("connect_low", "connect_yuan", "connect_high"))},
        "rank_low": [pd.NA] * len(names),
        "rank_high": [pd.NA] * len(names),
    }
    typed = {name: pd.Series(columns[name], dtype=dtype) for name, dtype in FOUND_COLUMNS.items()}
    crs = suitability.context.area.crs
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
