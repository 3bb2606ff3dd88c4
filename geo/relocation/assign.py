"""Who goes where, who is left in danger, and what room is missing?

    found = assign(area, standard, moving, offers, ground)

Households that must move, and after them those only the registry lists, are matched to the offered sites
(`geo.relocation.matching`): out of danger first, then at least disruption, then for least money. Nobody is
sent against a stated wish; whole groups go whole; no offer that reaches into a zone is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import linear_sum_assignment

from geo.area import Area
from geo.ground import Ground
from geo.relocation.danger import LEAST
from geo.relocation.left import left_behind, shortage_of
from geo.relocation.matching import Matched, Task, match
from geo.relocation.movers import LISTED, Movers, make_movers
from geo.relocation.must_move import MustMove
from geo.relocation.offers import home_m2, home_yuan, kinds_of, refused
from geo.standards import Standard
from geo.zones import Zones, make_zones

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

COLUMNS = {
    "household": "str",
    "row": "int64",  # of the households layer
    "group": "str",
    "village": "str",
    "people": "Int64",
    "site": "str",  # NaN: none
    "decision": "str",  # scattered | whole | listed
    "urgency": "int64",
    "reason": "str",  # why there, why nowhere
    "measure": "float64",
    "threshold": "float64",
    "extra": "float64",
    "nearest": "str",
    "metres": "float64",  # walk between site and old home; NaN none or not known
    "own_village": "boolean",
    "cost": "float64",  # yuan, the home
    "subsidy": "float64",  # yuan, building subsidy
    "reward": "float64",  # yuan, for demolishing in time
}
SITE_COLUMNS = {
    "site": "str",
    "name": "str",
    "source": "str",
    "kind": "str",
    "village": "str",
    "opened": "bool",
    "households": "int64",
    "people": "int64",
    "capacity": "int64",
    "spare": "int64",
    "connect_yuan": "float64",
    "floor_m2": "float64",
    "cost": "float64",  # yuan, all in: homes and connection
    "subsidy": "float64",
    "reward": "float64",
    "per_person": "float64",  # yuan
    "over_budget": "bool",  # above the standard's budget per person
}


@dataclass(frozen=True)
class Assignment:
    """`households`  everybody who must move or is listed: COLUMNS; homes and sites by `row` and `site`
    `sites`       every offer that can be used, and `refused` those that cannot: site, reason, nearest
    `left`        who stays in danger, and why: household, row, group, village, people, urgency, reason …
    `shortage`    where room is missing: village, households, people, largest_group, added
    `totals`      sums: households, people, placed, placed_people, left, left_people, opened, floor_m2,
                  connect_yuan, cost, subsidy, reward, missing (fewest homes to add so that all willing move)
    `steps`       what each step of the matching reached and how far it may be from the best (`gap`)
    """

    households: pd.DataFrame
    sites: gpd.GeoDataFrame
    refused: pd.DataFrame
    left: pd.DataFrame
    shortage: pd.DataFrame
    totals: dict[str, float]
    steps: pd.DataFrame
    gap: float

    @property
    def leaving(self) -> frozenset[str]:
        """Ids of the households that have a place to go to."""
        return frozenset(self.households.loc[self.households["site"].notna(), "household"])


def assign(
    area: Area,
    standard: Standard,
    moving: MustMove,
    offers: gpd.GeoDataFrame,
    ground: Ground,
    *,
    budget: float = np.inf,
    zones: Zones | None = None,
) -> Assignment:
    """Match those of `moving` to `offers` (columns of `geo.relocation.offers`), within `budget` yuan."""
    out = refused(offers, zones or make_zones(area, standard), standard)
    offers = offers.drop(index=offers.index[out["row"]]).reset_index(drop=True)
    movers = make_movers(area, standard, moving, offers, ground)
    task = make_task(movers, offers, standard, budget)
    matched = match(task)
    site = _deal(movers, matched)
    table = _households(movers, offers, site, standard)
    waiting = left_behind(movers, offers, task, matched.placed, site, standard)
    for name in waiting.columns:
        said = table[name].to_numpy(object).copy()
        said[waiting.index] = waiting[name].to_numpy(object)
        table[name] = said
    sites = _sites(movers, offers, site, table, standard)
    shortage = shortage_of(movers, task, site)
    table = _with_unwilling(table, movers.unwilling)
    again = moving.households.loc[moving.rebuilt["row"].to_numpy(int)]
    steps = pd.DataFrame(matched.steps, columns=["step", "value", "gap"])
    left = _left(table, again)
    return Assignment(
        table, sites, out, left, shortage, _totals(table, sites, left, shortage), steps, matched.gap
    )


def _with_unwilling(table: pd.DataFrame, unwilling: pd.DataFrame) -> pd.DataFrame:
    """All movers in row order of the layer; those who do not wish to move stay, by their own wish."""
    against = unwilling.assign(reason="assign.left.refused", measure=np.nan, threshold=np.nan, extra=np.nan)
    both = pd.concat(
        [table, against.assign(nearest=np.nan).reindex(columns=list(COLUMNS))], ignore_index=True
    )
    return both.sort_values("row", ignore_index=True)[list(COLUMNS)].astype(COLUMNS)


def make_task(movers: Movers, offers: gpd.GeoDataFrame, standard: Standard, budget: float) -> Task:
    """The movers as units to be matched: those alike as one, groups that move whole as one."""
    unit, whole = movers.unit, movers.unit_whole
    n = len(whole)
    count = np.bincount(unit, minlength=n)
    sums = np.where(whole, 1, count)[:, None]
    level = np.zeros((len(unit), LEAST + 1))
    level[np.arange(len(unit)), movers.level] = movers.people

    def summed(values: Floats) -> Floats:
        out = np.zeros((n, values.shape[1]))
        np.add.at(out, unit, values)
        return out / sums

    kin = np.full(n, -1)
    kin[unit] = np.where(whole[unit], -1, movers.kin)
    first = np.ones((n, len(offers)), bool)
    np.logical_and.at(first, unit, movers.allowed)
    known = offers["connect_yuan"].dropna()
    opening = offers["connect_yuan"].fillna(known.max() if len(known) else 0.0).to_numpy(float)
    return Task(
        most=np.where(whole, 1, count),
        takes=np.where(whole, count, 1),
        gain=summed(level),
        kin=kin,
        allowed=first,
        burden=summed(movers.burden),
        cost=summed(home_yuan(movers.people, kinds_of(offers), standard)),
        capacity=np.floor(offers["capacity"].to_numpy(float)).astype(np.int64),
        opening=opening,
        apart=standard["assign.kin_m"],
        budget=budget,
        slack=standard["assign.disruption_slack"],
        gap=standard["assign.gap"],
        nodes=int(standard["assign.nodes"]),
    )


def _deal(movers: Movers, matched: Matched) -> Ints:
    """The site of each mover, -1 none: within a unit the homes go so that walks are shortest."""
    site = np.full(len(movers.unit), -1)
    whole, at = movers.unit_whole, matched.placed
    for u in np.flatnonzero(at.sum(axis=1)):
        own = np.flatnonzero(movers.unit == u)
        homes = np.repeat(np.arange(at.shape[1]), at[u])
        if whole[u] or (len(np.unique(homes)) == 1 and len(homes) == len(own)):
            site[own] = homes[0]
            continue
        rows, columns = linear_sum_assignment(movers.burden[np.ix_(own, homes)])
        site[own[rows]] = homes[columns]
    return site


def _households(movers: Movers, offers: gpd.GeoDataFrame, site: Ints, standard: Standard) -> pd.DataFrame:
    """One row per mover, those without a site with their reason still to be found."""
    table, n = movers.table, len(site)
    there = site >= 0
    rows = np.arange(n)
    walk = np.full(n, np.nan)
    walk[there] = movers.metres[rows[there], site[there]]
    ids, kinds = offers["site"].to_numpy(object), kinds_of(offers)
    yuan, (subsidy, reward) = home_yuan(movers.people, kinds, standard), movers.money
    cost = np.full(n, np.nan)
    cost[there] = yuan[rows[there], site[there]]
    placed = np.where(there, ids[site] if len(ids) else np.nan, np.nan)
    own = pd.Series(
        np.where(there, movers.same_village[rows, site] if len(ids) else False, False), dtype="boolean"
    )
    return pd.DataFrame(
        {
            "household": table["household"].to_numpy(object),
            "row": table["row"].to_numpy(int),
            "group": table["group"].to_numpy(object),
            "village": table["village"].to_numpy(object),
            "people": table["people"].array,
            "site": placed,
            "decision": table["decision"].to_numpy(object),
            "urgency": table["urgency"].to_numpy(int),
            "reason": _why_there(movers, site, own.to_numpy(bool), walk, standard),
            "measure": np.where(np.isfinite(walk), walk, np.nan),
            "threshold": np.where(there, standard["assign.fields_m"], np.nan),
            "extra": np.where(there, np.where(walk > standard["assign.fields_m"], 1.0, 0.0), np.nan),
            "nearest": placed,
            "metres": np.where(np.isfinite(walk), walk, np.nan),
            "own_village": own.mask(~there),
            "cost": cost,
            "subsidy": np.where(there, subsidy, np.nan),
            "reward": np.where(there, reward, np.nan),
        }
    )


def _why_there(
    movers: Movers,
    site: Ints,
    own: npt.NDArray[np.bool_],
    walk: Floats,
    standard: Standard,
) -> npt.NDArray[Any]:
    """Message key: what spoke for the site a household got."""
    whole = movers.unit_whole[movers.unit]
    wished = (movers.wish_site >= 0) & (movers.wish_site == site)
    far = walk > standard["assign.fields_m"]
    unknown = ~np.isfinite(walk)
    said = [
        ("assign.left.full", site < 0),
        ("assign.no_walk", unknown),
        ("assign.wished", wished),
        ("assign.whole", whole),
        ("assign.jobs", far),
        ("assign.kin", movers.kin >= 0),
        ("assign.own", own),
    ]
    return np.select([mask for _, mask in said], [key for key, _ in said], "assign.other").astype(object)


def _sites(
    movers: Movers, offers: gpd.GeoDataFrame, site: Ints, table: pd.DataFrame, standard: Standard
) -> gpd.GeoDataFrame:
    """Every usable offer with who lives there and what it costs."""
    n, there = len(offers), site >= 0
    kinds = kinds_of(offers)
    floor = home_m2(movers.people, kinds, standard)

    def total(values: Floats) -> Floats:
        return np.bincount(site[there], values[there], minlength=n).astype(float)

    rows = np.arange(len(site))
    area_m2 = total(floor[rows, np.maximum(site, 0)] if n else np.zeros(len(site)))
    households, people = np.bincount(site[there], minlength=n), total(movers.people)
    capacity = np.floor(offers["capacity"].to_numpy(float)).astype(np.int64)
    connect = offers["connect_yuan"].to_numpy(float)
    cost = total(table["cost"].to_numpy(float)) + np.where(households > 0, np.nan_to_num(connect), 0.0)
    each = np.divide(cost, people, out=np.full(n, np.nan), where=people > 0)
    columns = {
        **{name: offers[name].array for name in ("site", "name", "source", "village")},
        "kind": kinds.array,
        "opened": households > 0,
        "households": households,
        "people": people,
        "capacity": capacity,
        "spare": capacity - households,
        "connect_yuan": connect,
        "floor_m2": area_m2,
        "cost": cost,
        "subsidy": total(np.nan_to_num(table["subsidy"].to_numpy(float))),
        "reward": total(np.nan_to_num(table["reward"].to_numpy(float))),
        "per_person": each,
        "over_budget": each > standard["assign.budget_yuan_person"],
    }
    frame = pd.DataFrame(columns)[list(SITE_COLUMNS)].astype(SITE_COLUMNS)
    return gpd.GeoDataFrame(frame, geometry=offers.geometry.array, crs=offers.crs)


def _left(table: pd.DataFrame, again: pd.DataFrame) -> pd.DataFrame:
    """Who stays in danger: movers without a site, and those who have gone back."""
    kept = ["household", "row", "group", "village", "people", "urgency", "reason"]
    kept += ["measure", "threshold", "extra", "nearest"]
    waiting = table.loc[table["site"].isna() & (table["decision"] != LISTED), kept]
    back = again[kept].assign(reason="assign.left.rebuilt")
    both = pd.concat([waiting, back], ignore_index=True) if len(back) else waiting
    return both.sort_values(["urgency", "row"], ignore_index=True)


def _totals(
    table: pd.DataFrame, sites: gpd.GeoDataFrame, left: pd.DataFrame, shortage: pd.DataFrame
) -> dict[str, float]:
    """The sums of the whole matching; people of unknown number are not counted, nor is what connecting the
    `unpriced` sites costs."""
    people = table["people"].fillna(0).to_numpy(float)
    placed = table["site"].notna().to_numpy(bool)
    used = sites[sites["opened"]]
    return {
        "households": float(len(table)),
        "people": float(people.sum()),
        "placed": float(placed.sum()),
        "placed_people": float(people[placed].sum()),
        "left": float(len(left)),
        "left_people": float(left["people"].fillna(0).sum()),
        "opened": float(len(used)),
        "floor_m2": float(used["floor_m2"].sum()),
        "connect_yuan": float(used["connect_yuan"].fillna(0.0).sum()),
        "unpriced": float(used["connect_yuan"].isna().sum()),
        "cost": float(used["cost"].sum()),
        "subsidy": float(used["subsidy"].sum()),
        "reward": float(used["reward"].sum()),
        "missing": float(shortage["added"].sum()),
    }
