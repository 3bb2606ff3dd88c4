"""Which features does each result of the plan have? Names masked like those of the inputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.area import Area
from geo.ledger import ledger
from geo.plan import Plan
from geo.relocation.assess import SiteVerdict
from geo.verdicts import NEEDS, UNMET, sentences
from service.ogc.collections import COUNTED, MEASURED
from service.ogc.relocation_results import RELOCATION_TABLES
from service.ogc.tables import input_table
from service.ogc.work_results import WORK_TABLES


def result_table(plan: Plan, name: str, *, open_names: bool) -> gpd.GeoDataFrame:
    """The features of one result."""
    return TABLES[name](plan, open_names)


def gaps(plan: Plan, open_names: bool) -> gpd.GeoDataFrame:
    """One row per household: who, where, and state and reason code of every need."""
    people = input_table(plan.area, "households", open_names=open_names)
    columns: dict[str, object] = {n: people[n] for n in ("id", "name", "group", "village", "poor", "people")}
    states, reasons = plan.gaps.states(), plan.gaps.reasons()
    columns["gaps"] = (states == UNMET).sum(axis=1).to_numpy()
    for need in NEEDS:
        columns[need] = states[need].to_numpy()
        columns[f"{need}_why"] = reasons[need].to_numpy()
    return _placed(columns, people)


def gaps_groups(plan: Plan, _open: bool) -> gpd.GeoDataFrame:
    """One row per group: the verdict on its road."""
    groups, table = plan.area.layer("groups"), plan.gaps.groups.reset_index(drop=True)
    columns = {"id": groups["id"], "name": groups["name"], "village": groups["village"]}
    verdict = ("size", "owed", "state", "reason", "basis", "survey", "computed")
    columns |= {n: table[n] for n in (*verdict, *_names(MEASURED))} | _told(table, "reason")
    return _placed(columns, groups)


def gaps_villages(plan: Plan, _open: bool) -> gpd.GeoDataFrame:
    """One row per village: its sums by need; households of no known village have a row without a place."""
    table = ledger(plan, "village")
    columns = {"id": table["id"], "name": table["village"], "poor": table["poor_village"]}
    columns |= {n: table[n] for n in ("households", "people", "poor_households")}
    columns |= {f"{need}_{what}": table[f"{need}.{what}"] for need in NEEDS for what in COUNTED}
    return _placed(columns, _reached(plan.area, "villages", table["id"]))


def exposure(plan: Plan, _open: bool) -> gpd.GeoDataFrame:
    """One row per household: its worst relation to a hazard zone."""
    people, table = plan.area.layer("households"), plan.exposure.households
    columns = {n: people[n] for n in ("id", "group", "village", "people")}
    columns |= {n: table[n] for n in ("relation", "kind", "level", "extent", *_names(MEASURED))}
    columns |= {"zones": table["extra"].astype("Int64")} | _told(table, "reason")
    return _placed(columns, people)


def discrepancies(plan: Plan, _open: bool) -> gpd.GeoDataFrame:
    """One row per household and need on which survey and map disagree: where to go and look."""
    table = plan.gaps.discrepancies.reset_index(drop=True)
    at = _reached(plan.area, "households", table["household"])
    columns = {
        "id": table["household"].astype("str") + "." + table["need"].astype("str"),
        "household": table["household"],
        "group": at["group"],
        "village": at["village"],
    }
    columns |= {n: table[n] for n in ("need", "survey", "computed", *_names(MEASURED))}
    return _placed(columns | _told(table, "finding"), at)


def site_verdicts(plan: Plan, _open: bool) -> gpd.GeoDataFrame:
    """One row per listed site: the verdict and its reasons."""
    rows = [_verdict(site) for site in plan.sites]
    columns = {name: pd.Series([row[name] for row in rows]) for name in (rows[0] if rows else NO_VERDICT)}
    return _placed(columns, plan.area.layer("sites"))


NO_VERDICT = dict.fromkeys(
    (
        "id",
        "name",
        "verdict",
        "capacity",
        "area_m2",
        "usable_m2",
        "slope_mean",
        "slope_max",
        "why_zh",
        "why_en",
    )
)
"""The columns where no site was judged."""


def _verdict(site: SiteVerdict) -> dict[str, object]:
    told = site.rules["state"].to_numpy() != "pass"
    return {
        "id": site.site,
        "name": site.name,
        "verdict": site.verdict,
        "capacity": site.capacity.get(site.kind),
        "area_m2": site.area_m2,
        "usable_m2": site.usable_m2,
        "slope_mean": site.slope_mean,
        "slope_max": site.slope_max,
        "why_zh": ";".join(site.reasons("zh")[told]),
        "why_en": "; ".join(site.reasons("en")[told]),
    }


TABLES: Mapping[str, Callable[[Plan, bool], gpd.GeoDataFrame]] = {
    "gaps": gaps,
    "gaps_groups": gaps_groups,
    "gaps_villages": gaps_villages,
    "exposure": exposure,
    "discrepancies": discrepancies,
    "site_verdicts": site_verdicts,
    **WORK_TABLES,
    **RELOCATION_TABLES,
}


def _placed(columns: Mapping[str, object], at: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The columns, row by row at the geometries of `at`."""
    bare = {n: c.reset_index(drop=True) if isinstance(c, pd.Series) else c for n, c in columns.items()}
    return gpd.GeoDataFrame(bare, geometry=np.asarray(at.geometry.array), crs=at.crs)


def _reached(area: Area, layer: str, ids: pd.Series) -> gpd.GeoDataFrame:
    """The features `ids` of a layer, one row per id; empty rows for ids it does not hold."""
    frame = area.layer(layer).drop_duplicates("id").set_index("id", drop=False)
    return frame.reindex(ids.to_numpy()).reset_index(drop=True)


def _told(table: pd.DataFrame, column: str) -> dict[str, pd.Series]:
    return {f"why_{lang}": sentences(table, lang, column=column) for lang in ("zh", "en")}


def _names(properties: tuple[object, ...]) -> list[str]:
    return [p.name for p in properties]  # type: ignore[attr-defined]
