"""What does the page carry of the planned works? One layer for each kind, systems and profiles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.works_view import EACH, VERIFIED, WAN, hoped_rows, systems_table, work_rows
from maps.columns import column, plain
from maps.places import flat_places
from maps.symbols import Theme
from maps.work_themes import HOPED_THEMES, WORK_THEMES, layer_of

if TYPE_CHECKING:
    from geo.plan import Plan

DETAIL_M = 1.5
"""How far a drawn work may lie from the designed one."""
PROFILED = ("road_new", "road_upgrade")
POINTS = 48
"""Most points of a profile in a pop-up."""
TOLD = ("spec", "system", "flag", "after", "unit", "assumed", "households", "people", "crucial", "year")


def works_payload(plan: Plan) -> dict[str, Any]:
    """`layers` by name, `systems` by id, `profiles` by work: {d, z} in metres, `said`: message keys."""
    rows, hoped = work_rows(plan), hoped_rows(plan)
    layers = _layers(rows, "kind", WORK_THEMES) | _layers(hoped, "drawn", HOPED_THEMES)
    systems = systems_table(plan)
    said = {*rows["flag"], *hoped["flag"], *systems["note"].dropna()} - {""}
    return {
        "layers": layers,
        "systems": {row["system"]: _system(row) for row in systems.to_dict("records")},
        "profiles": dict(_profiles(plan, rows)),
        "programmed": bool(rows["year"].notna().any()),
        "said": sorted(said),
    }


def _layers(rows: gpd.GeoDataFrame, column: str, themes: Mapping[str, Theme]) -> dict[str, Any]:
    alike = rows.groupby(column).indices
    return {layer_of(kind): _layer(rows.iloc[alike[kind]]) for kind in themes if kind in alike}


def _layer(rows: gpd.GeoDataFrame) -> dict[str, Any]:
    """The works of one kind, in the shape of an input layer, with what their pop-up tells under `work`."""
    facts = pd.DataFrame(rows)  # of which a column is taken faster than of one with geometry
    work = {name: column(facts[name]) for name in TOLD}
    work["quantity"] = column(facts["quantity"].round(1))
    work |= {name: column((facts[name] / WAN).round(3)) for name in ("low", "likely", "high")}
    return {
        "id": rows["work"].tolist(),
        "name": None,
        "rule": {"all": 0},
        "facts": {},
        "fields": {},
        "work": {k: v for k, v in work.items() if v is not None},
        "places": flat_places(rows, detail_m=DETAIL_M),
    }


def _system(row: dict[Any, Any]) -> dict[str, Any]:
    kept = (*VERIFIED, "note")
    wan = {name: round(row[name] / WAN, 3) for name in ("low", "likely", "high")}
    each = {name: None if pd.isna(row[name]) else round(row[name]) for name in EACH}
    return {name: None if pd.isna(row[name]) else plain(row[name]) for name in kept} | wan | each


def _profiles(plan: Plan, rows: pd.DataFrame) -> Iterator[tuple[str, dict[str, Any]]]:
    for work in rows.loc[rows["kind"].isin(PROFILED), "work"]:
        if work in plan.works.profiles:
            chain, height = thinned(plan.works.profiles[work], POINTS).T
            yield str(work), {"d": chain.round().astype(int).tolist(), "z": height.round(1).tolist()}


def thinned(profile: npt.NDArray[np.float64], most: int) -> npt.NDArray[np.float64]:
    """At most `most` points of a profile, evenly, with both ends."""
    if len(profile) <= most:
        return profile
    return profile[np.unique(np.linspace(0, len(profile) - 1, most).round().astype(int))]
