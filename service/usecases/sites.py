"""Found, listed and drawn sites: search, comparison, sheet."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any, Protocol

import geopandas as gpd
import numpy as np
import orjson
import pandas as pd
import shapely

from geo.errors import BadPolygonError, UnknownFeatureError
from geo.messages import LANGS, say
from geo.plan import Plan
from geo.relocation.assess import DEFAULT_KIND, assess_site
from geo.relocation.compare import Comparison, compare_sites
from geo.relocation.find import Found, find_sites
from geo.relocation.verdict import SiteVerdict
from geo.relocation_view import FOUND, SPARE, site_table
from geo.works_view import WAN
from service.answers import GEOJSON, Kept, keep, to_json
from service.exports.site_sheet import to_docx, to_html
from service.jobs import Desk
from service.usecases.cells import name_of, plain
from service.usecases.placing import geojson_shape, placed
from service.usecases.site import rules_json
from service.usecases.site_sheet import site_sheet
from service.usecases.suitability import label
from service.usecases.summary import reasons
from service.usecases.works import degrees

METRICS = (
    "road_m", "water_m", "lift_m", "line_m", "school_min", "clinic_min", "slope_mean",
    "connect_road_m", "connect_pipe_m", "connect_line_m",
)  # fmt: skip

LOW, HIGH = "low", "high"
FIGURES = {
    "capacity": (1.0, "", 0, HIGH),
    "usable_m2": (1.0, "", 0, HIGH),
    "area_m2": (1.0, "", 0, HIGH),
    "slope_mean": (0.01, "%", 1, LOW),
    "score": (1.0, "", 2, HIGH),
    "school_min": (1.0, "", 0, LOW),
    "clinic_min": (1.0, "", 0, LOW),
    **{name: (WAN, "万元", 1, LOW) for name in ("connect_low", "connect_yuan", "connect_high")},
    "connect_each": (WAN, "万元", 2, LOW),
}
"""Figure of a comparison -> divisor, unit, decimals, which is better; metres where nothing is said."""


def all_sites(desk: Desk) -> Kept:
    """Found and listed sites as GeoJSON: numbers, verdict, reasons and rules."""
    plan = desk.plan()

    def make() -> Kept:
        verdicts = [*plan.found.verdicts, *plan.sites]
        return keep(to_json(_collection(plan, site_table(plan), verdicts)), GEOJSON)

    return desk.once("relocation sites", make)


class Wanted(Protocol):
    """What a search asks for; `each_village` None: as many in one village as the standard says."""

    households: int
    kind: str
    weights: Mapping[str, float]
    most: int
    each_village: int | None


def find(desk: Desk, wanted: Wanted) -> dict[str, Any]:
    """Places for so many households, best first; asked twice, answered from what is kept."""
    plan = desk.plan()
    each = wanted.each_village or int(plan.standard["site.find_each_village"])
    weights = tuple(sorted(wanted.weights.items()))
    key = ("find", wanted.households, wanted.kind, weights, wanted.most, each)
    # each search has its F-01: what is found is known by its search too
    of = hashlib.blake2b(repr(key).encode(), digest_size=3).hexdigest()

    def make() -> tuple[dict[str, Any], dict[str, SiteVerdict]]:
        began = perf_counter()
        found = find_sites(
            plan.site_context,
            plan.suitability,
            households=wanted.households,
            kind=wanted.kind,
            weights=wanted.weights,
            most=wanted.most,
            each_village=each,
        )
        verdicts = [replace(verdict, site=f"{verdict.site}.{of}") for verdict in found.verdicts]
        table = found.table.assign(source=FOUND, rule=SPARE, site=[v.site for v in verdicts])
        answer = {
            **_collection(plan, table, verdicts),
            "shares": dict(found.shares),
            "missing": list(found.missing),
            "why": found.why,
            "sensitivity": _records(found),
            "seconds": round(perf_counter() - began, 3),
        }
        return answer, {verdict.site: verdict for verdict in verdicts}

    answer, verdicts = desk.once(key, make)
    desk.once(("searched", of), lambda: verdicts)  # kept as long as the answer that names them
    return answer


def _records(found: Found) -> list[dict[str, Any]]:
    return [{k: plain(v) for k, v in row.items()} for row in found.sensitivity.to_dict("records")]


def _collection(plan: Plan, table: gpd.GeoDataFrame, verdicts: Sequence[SiteVerdict]) -> dict[str, Any]:
    shapes = shapely.to_geojson(degrees(table.geometry)).tolist() if len(table) else []
    features = [
        {
            "type": "Feature",
            "geometry": orjson.Fragment(shape) if shape else None,
            "properties": _properties(plan, row, verdict),
        }
        for shape, row, verdict in zip(
            shapes, table.drop(columns="geometry").to_dict("records"), verdicts, strict=True
        )
    ]
    return {"type": "FeatureCollection", "features": features}


def _properties(plan: Plan, row: dict[Any, Any], verdict: SiteVerdict) -> dict[str, Any]:
    kept = ("rule", "source", "kind", "rank", "rank_low", "rank_high", "score", "usable_m2", "area_m2")
    money = {"low": "connect_low", "likely": "connect_yuan", "high": "connect_high"}
    priced = pd.notna(row["connect_yuan"])
    return {
        "id": row["site"],
        "name": row["name"] or row["site"],
        "village": name_of(plan.area, "villages", row["village"]),
        "verdict": verdict.verdict,
        "capacity": int(row["capacity"]),
        **{key: plain(row[key]) for key in kept},
        "connect": {k: round(float(row[c]) / WAN, 4) for k, c in money.items()} if priced else None,
        "metrics": {key: plain(row[key]) for key in METRICS},
        "reasons": reasons(verdict),
        "rules": rules_json(verdict),
    }


@dataclass(frozen=True)
class Drawn:
    """A site drawn by hand: a GeoJSON geometry, its kind and for how many households."""

    geometry: dict[str, Any]
    kind: str | None
    planned: float | None


def verdict_of(desk: Desk, site: str | Drawn) -> SiteVerdict:
    """The verdict on a found or listed site by its id, or on one drawn as GeoJSON.

    Raises `UnknownFeatureError` for an id nobody knows, `BadPolygonError` for what cannot be judged.
    """
    plan = desk.plan()
    if isinstance(site, str):
        for verdict in (*plan.found.verdicts, *plan.sites):
            if verdict.site == site:
                return verdict
        with suppress(KeyError):
            searched: dict[str, SiteVerdict] = desk.kept(("searched", site.rpartition(".")[2]))
            return searched[site]
        raise UnknownFeatureError("service.no_site", id=site[:60])
    polygon = placed(plan.area, geojson_shape(site.geometry), BadPolygonError)
    planned = float("nan") if site.planned is None else site.planned
    return assess_site(polygon, plan.site_context, kind=site.kind or DEFAULT_KIND, planned=planned)


def compare(desk: Desk, sites: Sequence[str | Drawn]) -> dict[str, Any]:
    """Two to five sites side by side: figures, criteria and rules, a cell for each site."""
    verdicts = [verdict_of(desk, site) for site in sites]
    found = compare_sites(verdicts, desk.plan().suitability)
    return {
        "sites": [
            {"id": site, "name": verdict.name or site, "verdict": verdict.verdict}
            for site, verdict in zip(found.sites, found.verdicts, strict=True)
        ],
        "best": list(found.best),
        "rows": [*_figure_rows(found), *_criterion_rows(found), *_rule_rows(found)],
    }


def _figure_rows(found: Comparison) -> Iterator[dict[str, Any]]:
    for key, row in found.figures.iterrows():
        name = str(key)
        scale, unit, digits, better = FIGURES.get(name, (1.0, "", 0, LOW))
        head = {lang: say(f"relocation.col.{name}", lang) for lang in LANGS}
        yield _row("figures", name, head, unit, better, [_number(v / scale, digits) for v in row])


def _criterion_rows(found: Comparison) -> Iterator[dict[str, Any]]:
    for key, row in found.criteria.iterrows():
        if row.notna().any():
            yield _row("criteria", str(key), label(str(key)), "", HIGH, [_number(v, 2) for v in row])


def _rule_rows(found: Comparison) -> Iterator[dict[str, Any]]:
    """Rules that some site does not simply pass come first."""
    said = [
        {lang: dict(zip(v.rules["rule"], v.reasons(lang), strict=True)) for lang in LANGS}
        for v in found.verdicts
    ]
    plainly = (found.rules.fillna("pass") == "pass").all(axis=1)
    for key in [*found.rules.index[~plainly], *found.rules.index[plainly]]:
        head = {lang: say(f"site.rule.{key}", lang) for lang in LANGS}
        cells = [
            {"state": plain(state), "value": None, "text": {lang: each[lang].get(key, "–") for lang in LANGS}}
            for state, each in zip(found.rules.loc[key], said, strict=True)
        ]
        yield _row("rules", str(key), head, "", "", cells)


def _row(
    part: str, key: str, head: dict[str, str], unit: str, better: str, cells: list[dict[str, Any]]
) -> dict[str, Any]:
    return {"part": part, "key": key, "label": head, "unit": unit, "better": better, "cells": cells}


def _number(value: float, digits: int) -> dict[str, Any]:
    known = bool(np.isfinite(value))
    text = f"{value:,.{digits}f}" if known else "–"
    return {
        "state": None,
        "value": round(float(value), digits) if known else None,
        "text": dict.fromkeys(LANGS, text),
    }


def sheet(desk: Desk, site: str, *, format: str, lang: str) -> bytes:
    """The assessment sheet of a found or listed site, to print (html) or to hand in (docx)."""
    plan, verdict = desk.plan(), verdict_of(desk, site)

    def make() -> bytes:
        page = site_sheet(plan, verdict, lang=lang)
        return to_docx(page) if format == "docx" else to_html(page).encode()

    return desk.once(("sheet", site, format, lang), make)


def safe(text: str) -> str:
    """A piece of a file name: letters, digits, dashes."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", text).strip("-")[:60] or "site"
