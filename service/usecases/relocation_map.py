"""What the live map draws of danger: zones, their reach, subsidence, and who built again in danger."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.messages import LANGS
from geo.plan import Plan
from geo.privacy import mask_names
from geo.relocation_view import contour_rows, zone_rows
from geo.verdicts import sentences
from service.answers import Kept
from service.jobs import Desk
from service.usecases.map_layers import collection


def zones(desk: Desk) -> Kept:
    """Every zone, core only; `rule` is kind and level, of a working its state."""
    plan = desk.plan()
    return desk.once("map zones", lambda: _zones(zone_rows(plan)))


def zone_reach(desk: Desk) -> Kept:
    """The ground each zone may reach, and its buffer around that, as one polygon."""
    plan = desk.plan()
    return desk.once("map reach", lambda: _zones(zone_rows(plan, reach=True)))


def _zones(table: gpd.GeoDataFrame) -> Kept:
    kept = ("id", "name", "rule", "kind", "level", "state", "threat_hh", "threat_p", "liable")
    return collection(table, {name: table[name] for name in kept})


def subsidence(desk: Desk) -> Kept:
    """Contours and damage grades of the likely surface, and the edge; `rule` as in the themes."""
    plan = desk.plan()

    def make() -> Kept:
        table = contour_rows(plan)
        return collection(table, {name: table[name] for name in ("id", "name", "rule", "value", "field")})

    return desk.once("map subsidence", make)


def rebuilt(desk: Desk) -> Kept:
    """Who moved and lives, or has built, in danger again; `rule` is the case."""
    plan = desk.plan()
    open_names = desk.settings.open_names
    return desk.once("map rebuilt", lambda: _rebuilt(plan, open_names=open_names))


def _rebuilt(plan: Plan, *, open_names: bool) -> Kept:
    table = plan.moving.rebuilt.reset_index(drop=True)
    names = plan.area.layer("households")["name"].iloc[table["row"].to_numpy(int)].reset_index(drop=True)
    said = {lang: sentences(told(table), lang) for lang in LANGS}
    texts = [{lang: said[lang].iloc[i] for lang in LANGS} for i in range(len(table))]
    columns: Mapping[str, Any] = {
        "id": table["household"],
        "household": table["household"],
        "name": names if open_names else mask_names(names),
        "rule": table["case"],
        "zone": table["zone"],
        "kind": table["kind"],
        "relation": table["relation"],
        "moved_to": table["moved_to"],
        "sentence": pd.Series(np.array([*texts, None], object)[:-1]),
    }
    return collection(table, columns)


def told(table: pd.DataFrame) -> pd.DataFrame:
    """The zone where a sentence looks for what is nearest."""
    return pd.DataFrame(table.drop(columns="geometry")).rename(columns={"zone": "nearest"})
