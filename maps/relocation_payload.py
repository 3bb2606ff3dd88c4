"""What does the page carry of danger, moving and new homes? Layers with their facts, and the reasons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.messages import LANGS, catalogue, say
from geo.relocation_view import contour_rows, matching_rows, movers, site_table, zone_rows
from geo.works_view import WAN
from maps.columns import column
from maps.places import flat_places
from maps.relocation_themes import RELOCATION_THEMES

if TYPE_CHECKING:
    from geo.plan import Plan

DECISION_LETTERS = {"scattered": "s", "whole": "w", "moved": "v", "stay": "m", "unknown": "?"}
DETAIL_M = {"subsidence": 4.0, "zone_reach": 2.0}
_NUMBERS = ("measure", "threshold", "extra", "nearest", "at")
_FACTS: Mapping[str, tuple[str, ...]] = {
    "zones": ("threat_hh", "threat_p", "liable"),
    "zone_reach": ("threat_hh", "threat_p"),
    "subsidence": ("value",),
    "found_sites": (
        "verdict", "rank", "score", "capacity", "usable_m2", "slope_mean", "road_m", "water_m", "line_m",
        "school_min", "clinic_min", "connect_yuan",
    ),
    "matching": ("site", "metres"),
    "must_move": ("urgency", "listed", "wish", "site"),
    "rebuilt": ("zone", "moved_to"),
}  # fmt: skip
_WORDS = {"verdict": "site.verdict", "listed": "move.decision", "wish": "move.wish"}
_DIGITS = {"score": 2, "slope_mean": 2, "connect_yuan": 2}


def relocation_payload(plan: Plan) -> dict[str, Any]:
    """`layers` by name, `moving` (every household's decision), `reasons` by layer, `said`: message keys."""
    frames = {name: frame for name, frame in _frames(plan) if len(frame)}
    reasons = {
        name: _reasons(frames[name]) for name in ("must_move", "rebuilt", "matching") if name in frames
    }
    moving = _reasons(plan.moving.households)
    moving["states"] = "".join(plan.moving.households["decision"].map(DECISION_LETTERS))
    parts = (moving, *reasons.values())
    return {
        "layers": {name: _layer(name, frame) for name, frame in frames.items()},
        "moving": moving,
        "reasons": reasons,
        "said": sorted({key for part in parts for key in part["said"]}),
    }


def _frames(plan: Plan) -> Iterator[tuple[str, gpd.GeoDataFrame]]:
    """Every layer with `id`, `rule` and what its pop-up tells."""
    yield "subsidence", contour_rows(plan)
    yield "zone_reach", zone_rows(plan, reach=True)
    yield "zones", zone_rows(plan)
    sites = site_table(plan).rename(columns={"site": "id"})
    yield "found_sites", sites.assign(connect_yuan=sites["connect_yuan"].astype(float) / WAN)
    lines = matching_rows(plan, plan.assignment)
    lines = lines[lines.geometry.notna().to_numpy(bool)]
    lines = lines.assign(id=lines["household"], rule="all")
    yield "matching", lines.reset_index(drop=True)
    leaving = movers(plan)
    yield "must_move", leaving.assign(id=leaving["household"], rule=leaving["decision"])
    again = plan.moving.rebuilt.reset_index(drop=True)
    yield "rebuilt", again.assign(id=again["household"], rule=again["case"], nearest=again["zone"])


def _layer(name: str, frame: gpd.GeoDataFrame) -> dict[str, Any]:
    theme = RELOCATION_THEMES[name]
    order = {rule.key: i for i, rule in enumerate(theme.rules)}
    table = pd.DataFrame(frame)  # of which a column is taken faster than of one with geometry
    facts = {fact: _fact(fact, table[fact]) for fact in _FACTS[name]}
    known = {key: value for key, value in facts.items() if value is not None}
    return {
        "id": frame["id"].tolist(),
        "name": column(frame["name"]) if "name" in frame else None,
        "rule": column(np.array([order[key] for key in frame["rule"]])),
        "facts": known,
        "fields": {key: _field(key, table[key]) for key in known},
        "places": flat_places(_simple(frame), detail_m=DETAIL_M.get(name, 1.0)),
    }


def _fact(name: str, values: pd.Series) -> Any:
    if values.dtype == object or isinstance(values.dtype, pd.StringDtype):
        return column(values.replace("", None))
    return column(values.astype("float64").round(_DIGITS.get(name, 0)))


def _field(name: str, values: pd.Series) -> dict[str, Any]:
    """The heading of a fact and the words of its values, as `maps.payload` has them."""
    room = _WORDS.get(name)
    keys = {} if room is None else {str(v): f"{room}.{v}" for v in values.dropna().unique()}
    words = {v: [say(key, lang) for lang in LANGS] for v, key in keys.items() if key in catalogue()}
    head = {lang: say(f"relocation.col.{name}", lang) for lang in LANGS}
    return {**head, "unit": "万元" if name == "connect_yuan" else "", "to": "", "choices": words}


def _simple(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Points stand where they are; areas and lines as they are."""
    return frame.set_geometry(shapely.force_2d(np.asarray(frame.geometry.array)))


def _reasons(rows: pd.DataFrame) -> dict[str, Any]:
    """The reasons of rows as the page reads them: a key and its numbers."""
    codes, said = pd.factorize(rows["reason"])
    numbers = {name: column(rows[name]) for name in _NUMBERS if name in rows}
    return {
        "states": "m" * len(rows),
        "reason": codes.tolist(),
        "said": list(said),
        **{name: value for name, value in numbers.items() if value is not None},
    }
