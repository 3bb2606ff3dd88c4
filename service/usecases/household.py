"""One household: every need with state, sentence and numbers; the hazard zones it is in or near."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from geo.errors import UnknownFeatureError
from geo.plan import Plan
from geo.privacy import mask_name
from geo.verdicts import NEEDS, sentences
from service.usecases.cells import name_of, plain
from service.usecases.household_moving import relocation


def household(plan: Plan, name: str, *, open_names: bool) -> dict[str, Any]:
    """Everything about the household `name` (its id). Raises `UnknownFeatureError`."""
    layer = plan.area.layer("households")
    rows = np.flatnonzero((layer["id"] == name).to_numpy())
    if not len(rows):
        raise UnknownFeatureError("service.no_household", id=name[:60])
    who = layer.iloc[rows[0]]
    return {
        "id": who["id"],
        "name": (None if pd.isna(who["name"]) else who["name"]) if open_names else mask_name(who["name"]),
        "group": name_of(plan.area, "groups", who["group"]),
        "village": name_of(plan.area, "villages", who["village"]),
        "people": plain(who["people"]),
        "poor": plain(who["poor"]),
        "type": plain(who["type"]),
        "surveyed": None if pd.isna(who["surveyed"]) else who["surveyed"].date(),
        "needs": needs(plan, int(rows[0]), len(layer)),
        "exposure": exposure(plan, name, int(rows[0])),
        "relocation": relocation(plan, name, int(rows[0])),
    }


def needs(plan: Plan, row: int, households: int) -> list[dict[str, Any]]:
    """The verdict on each need of the household in `row` of its layer."""
    table = plan.gaps.households.iloc[row + households * np.arange(len(NEEDS))]
    zh, en = sentences(table, "zh"), sentences(table, "en")
    kept = ("need", "state", "basis", "measure", "threshold", "nearest", "at", "survey", "computed")
    return [
        {**{k: plain(each[k]) for k in kept}, "sentence": {"zh": a, "en": b}}
        for each, a, b in zip(table.to_dict("records"), zh, en, strict=True)
    ]


def exposure(plan: Plan, name: str, row: int) -> dict[str, Any]:
    """Its relation to hazard zones, and the zones, worst first."""
    worst = plan.exposure.households.iloc[[row]]
    zones = [
        {
            "id": zone["zone"],
            "name": name_of(plan.area, zone["layer"], zone["zone"]),
            "kind": plain(zone["kind"]),
            "level": plain(zone["level"]),
            "relation": zone["relation"],
            "distance_m": round(float(zone["distance_m"]), 1),
        }
        for zone in plan.exposure.of(name).to_dict("records")
    ]
    sentence = {lang: sentences(worst, lang).iloc[0] for lang in ("zh", "en")}
    return {"relation": worst["relation"].iloc[0], "sentence": sentence, "zones": zones}
