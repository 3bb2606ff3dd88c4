"""Which features do the collections of danger, moving and new homes have? Names are masked unless opened."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.plan import Plan
from geo.privacy import mask_names
from geo.relocation_view import (
    contour_rows,
    matching_rows,
    movers,
    site_table,
    threat_rows,
    zone_rows,
)
from geo.verdicts import sentences


def zones(plan: Plan, _open: bool) -> gpd.GeoDataFrame:
    """One row per hazard zone and working: the zone itself."""
    return zone_rows(plan)


def zone_reach(plan: Plan, _open: bool) -> gpd.GeoDataFrame:
    """One row per zone that threatens somebody today: the ground it may reach and its buffer."""
    return zone_rows(plan, reach=True)


def subsidence(plan: Plan, _open: bool) -> gpd.GeoDataFrame:
    """Edge, contours and damage grades of mining subsidence."""
    return contour_rows(plan)


def must_move(plan: Plan, open_names: bool) -> gpd.GeoDataFrame:
    """One row per household that must move, the most urgent first."""
    rows = movers(plan)
    names = plan.area.layer("households")["name"].iloc[rows["row"].to_numpy(int)].reset_index(drop=True)
    rows = rows.assign(name=names if open_names else mask_names(names), id=rows["household"])
    return rows.assign(**_told(rows))


def must_move_groups(plan: Plan, _open: bool) -> gpd.GeoDataFrame:
    """One row per group: whether it moves whole, and why."""
    table = plan.moving.groups.reset_index(drop=True)
    at = plan.area.layer("groups").drop_duplicates("id").set_index("id").reindex(table["group"])
    columns = table.assign(id=table["group"], name=at["name"].to_numpy(), **_told(table.assign(nearest=None)))
    return gpd.GeoDataFrame(columns, geometry=np.asarray(at.geometry.array), crs=plan.area.crs)


def rebuilt(plan: Plan, open_names: bool) -> gpd.GeoDataFrame:
    """One row per household that moved and lives, or has built, in danger again."""
    table = plan.moving.rebuilt.reset_index(drop=True)
    names = plan.area.layer("households")["name"].iloc[table["row"].to_numpy(int)].reset_index(drop=True)
    told = _told(pd.DataFrame(table.drop(columns="geometry")).rename(columns={"zone": "nearest"}))
    return table.assign(id=table["household"], name=names if open_names else mask_names(names), **told)


def found_sites(plan: Plan, _open: bool) -> gpd.GeoDataFrame:
    """Found sites by rank, then the listed ones."""
    return site_table(plan).rename(columns={"site": "id"})


def assignment(plan: Plan, _open: bool) -> gpd.GeoDataFrame:
    """One row per household that was to be matched: the line to its site, none where there is none."""
    rows = matching_rows(plan, plan.assignment)
    return rows.assign(id=rows["household"], **_told(rows))


def follow_up(plan: Plan, _open: bool) -> gpd.GeoDataFrame:
    """One row per household and measure, where the household stands."""
    table = plan.follow_up.reset_index(drop=True)
    homes = plan.area.layer("households").drop_duplicates("id").set_index("id")
    ids = table["household"].astype("str") + "." + table["measure"].astype("str")
    places = np.asarray(homes.geometry.reindex(table["household"]).array)
    return gpd.GeoDataFrame(table.assign(id=ids), geometry=places, crs=plan.area.crs)


def threats(plan: Plan, _open: bool) -> gpd.GeoDataFrame:
    """One row per hazard: whom it threatens, computed and declared."""
    return threat_rows(plan)


def _told(table: pd.DataFrame) -> dict[str, pd.Series]:
    return {f"why_{lang}": sentences(table, lang) for lang in ("zh", "en")}


RELOCATION_TABLES: Mapping[str, Callable[[Plan, bool], gpd.GeoDataFrame]] = {
    "zones": zones,
    "zone_reach": zone_reach,
    "subsidence": subsidence,
    "must_move": must_move,
    "must_move_groups": must_move_groups,
    "rebuilt": rebuilt,
    "found_sites": found_sites,
    "assignment": assignment,
    "follow_up": follow_up,
    "threats": threats,
}
