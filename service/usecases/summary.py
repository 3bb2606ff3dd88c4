"""The area in numbers: totals by need and by village, exposure, listed sites."""

from __future__ import annotations

from typing import Any

import pandas as pd

from geo.ledger import MEASURES, ledger
from geo.plan import Plan
from geo.relocation.assess import SiteVerdict
from geo.verdicts import NEEDS
from geo.villages import villages_of
from service.answers import Kept, keep, to_json
from service.jobs import Desk
from service.usecases.collections import area_box
from service.usecases.works import works_summary

RELATIONS = ("inside", "buffer", "clear", "unknown")
COUNTED = ("households", "people", "people_unknown", "poor_households", "poor_people")


def answer(desk: Desk) -> Kept:
    """What the first screen shows."""
    return desk.once("summary", lambda: keep(to_json(summary(desk))))


def summary(desk: Desk) -> dict[str, Any]:
    """The area in numbers (shape: docs/architecture.md)."""
    plan = desk.plan()
    area = plan.area
    town = ledger(plan, "township").iloc[0]
    return {
        "area": area.name,
        "bbox": list(area_box(desk)),
        "data_date": area.data_date,
        "standard": plan.standard.name,
        "version": plan.version,
        "made_at": plan.made_at.isoformat(timespec="seconds"),
        "planar": plan.area.planar,
        "names_masked": not desk.settings.open_names,
        "counts": {
            "villages": len(villages_of(area)),
            "groups": len(area.layer("groups")),
            **{name: int(town[name]) for name in COUNTED},
        },
        "needs": {need: {m: int(town[f"{need}.{m}"]) for m in MEASURES} for need in NEEDS},
        "villages": villages(plan),
        "exposure": exposure(plan, town),
        "layers": [{"layer": name, "features": len(frame)} for name, frame in area.layers.items()],
        "sites": [site(each) for each in plan.sites],
        "works": works_summary(plan),
    }


def villages(plan: Plan) -> list[dict[str, Any]]:
    """Each village: households met, without and unknown, by need."""
    table = ledger(plan, "village")
    return [
        {
            "id": row["id"],
            "name": row["village"],
            "poor": None if pd.isna(row["poor_village"]) else bool(row["poor_village"]),
            "households": int(row["households"]),
            "people": int(row["people"]),
            "people_unknown": int(row["people_unknown"]),
            "needs": {n: [int(row[f"{n}.{m}"]) for m in ("met", "unmet", "unknown")] for n in NEEDS},
        }
        for row in table.to_dict("records")
    ]


def exposure(plan: Plan, town: pd.Series) -> dict[str, int]:
    """Households by their worst relation to a hazard zone, and people in danger."""
    counts = plan.exposure.households["relation"].value_counts()
    people = {f"{name}_people": int(town[f"exposed_{name}_people"]) for name in ("inside", "buffer")}
    return {name: int(counts.get(name, 0)) for name in RELATIONS} | people


def site(verdict: SiteVerdict) -> dict[str, Any]:
    """One listed site: the verdict and what speaks against it."""
    return {
        "id": verdict.site,
        "name": verdict.name,
        "verdict": verdict.verdict,
        "reasons": reasons(verdict),
        "capacity": verdict.capacity.get(verdict.kind),
        "usable_m2": round(verdict.usable_m2, 1),
    }


def reasons(verdict: SiteVerdict) -> list[dict[str, str]]:
    """The sentences of all rules that are not simply passed; of those that are, where there is no other."""
    against = (verdict.rules["state"] != "pass").to_numpy()
    chosen = against if against.any() else ~against
    zh, en = (verdict.reasons(lang)[chosen] for lang in ("zh", "en"))
    once = dict(zip(zh, en, strict=True))  # one missing layer silences several rules
    return [{"zh": a, "en": b} for a, b in once.items()]
