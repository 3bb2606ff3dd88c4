"""Can people live here safely? Every rule of the law and the standard on one polygon.

    context = prepare_sites(area, standard, ground)     once per area
    verdict = assess_site(polygon, context)             milliseconds
    listed  = assess_listed(context)                    the sites layer

A site is `unsuitable` where a rule fails, `unknown` where none fails but a layer
without which no site can be called safe is missing, `conditional` where a rule warns
or cannot be judged, else `suitable`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from geo.errors import BadPolygonError
from geo.messages import say
from geo.relocation.connections import walk
from geo.relocation.context import SiteContext, prepare_sites
from geo.relocation.exclusions import overlap
from geo.relocation.polygons import clean_polygon, polygonal
from geo.relocation.rules import (
    ESSENTIAL,
    FAIL,
    GRADED,
    PASS,
    UNKNOWN,
    WARNING,
    Row,
    capacity_row,
    exclusion_row,
    graded_row,
    slope_rows,
    usable_rows,
    water_rows,
)
from geo.relocation.usable import Cells, Relief, cells_within, relief
from geo.verdicts import sentences

__all__ = [
    "RULE_COLUMNS",
    "VERDICTS",
    "SiteContext",
    "SiteVerdict",
    "assess_listed",
    "assess_site",
    "prepare_sites",
    "site_rows",
]

SUITABLE, CONDITIONAL, UNSUITABLE = "suitable", "conditional", "unsuitable"
VERDICTS = (SUITABLE, CONDITIONAL, UNSUITABLE, UNKNOWN)
DEFAULT_KIND = "village"

RULE_COLUMNS = {
    "rule": "str",
    "state": "str",  # fail | unknown | warning | pass, in this order
    "reason": "str",  # message key of the sentence
    "measure": "float64",
    "threshold": "float64",
    "extra": "float64",
    "nearest": "str",  # id of the feature that decided
    "at": "str",  # its layer; for unknown the layer that is missing
    "unit": "str",
    "source": "str",  # message key of the legal or technical ground of the rule
}


@dataclass(frozen=True)
class SiteVerdict:
    """What was found out about one site. Geometry and lengths in the area's CRS, metres.

    `rules` is a table of `RULE_COLUMNS`, reasons first. `usable` is the site less what the rules
    exclude, `overlaps` the ground each rule takes, by rule. Slopes are ratios. `capacity` is in
    households by kind of site, counted piece by piece of the usable ground. `distances` hold road_m,
    water_m, lift_m, line_m, school_min, clinic_min: NaN unknown, inf none. `planar`: there is no
    terrain, distances are straight lines.
    """

    site: str
    name: str
    kind: str
    verdict: str
    rules: pd.DataFrame
    polygon: BaseGeometry
    usable: BaseGeometry
    overlaps: Mapping[str, BaseGeometry]
    area_m2: float
    usable_m2: float
    excluded_m2: float
    slope_mean: float
    slope_max: float
    capacity: Mapping[str, int]
    planned: float
    distances: Mapping[str, float]
    planar: bool

    def reasons(self, lang: str) -> pd.Series:
        """The sentence of every rule, in the order of `rules`."""
        return sentences(self.rules, lang)

    def as_dict(self) -> dict[str, Any]:
        """The numbers, ready for JSON: no geometry, None for what is not known."""
        skipped = ("rules", "polygon", "usable", "overlaps")
        plain = {k: v for k, v in vars(self).items() if k not in skipped}
        plain["planned"] = _plain(self.planned)
        for name in ("slope_mean", "slope_max"):
            plain[name] = _plain(plain[name])
        plain["capacity"] = dict(self.capacity)
        plain["distances"] = {k: _plain(v) for k, v in self.distances.items()}
        plain["rules"] = [
            {k: _plain(v) for k, v in row.items()} for row in self.rules.to_dict(orient="records")
        ]
        return plain


def assess_site(
    polygon: Any,
    context: SiteContext,
    *,
    site: str = "",
    name: str = "",
    kind: str = DEFAULT_KIND,
    planned: float = np.nan,
) -> SiteVerdict:
    """Judge one polygon (metres, CRS of the area) as a site of `kind` for `planned` households.

    Raises `BadPolygonError` where it cannot be judged as drawn.
    """
    standard = context.standard
    ground, repaired = clean_polygon(polygon, context.edge, standard)
    area_m2 = float(ground.area)
    cells = None if context.ground.terrain is None else cells_within(ground, context.ground.terrain)
    relieved = _relief(ground, cells, context)
    outside = shapely.difference(ground, context.edge)
    rows, overlaps, excluded = _exclude(ground, context)
    excluded += [outside] if relieved is None else [outside, relieved.steep]
    usable = shapely.difference(ground, polygonal(excluded))
    usable_m2 = float(usable.area)
    capacity = _capacity(usable, standard.table("site.land_per_household_m2"))
    links, distances = _connect(ground, cells, relieved, context)
    rows += [
        *_shape_rows(repaired, outside, standard["site.sliver_m2"]),
        *slope_rows(relieved, ground, standard),
        *usable_rows(usable_m2, area_m2, standard),
        capacity_row(capacity[kind], planned),
        *links,
    ]
    return SiteVerdict(
        site=site,
        name=name,
        kind=kind,
        verdict=_verdict(rows),
        rules=_table(rows),
        polygon=ground,
        usable=usable,
        overlaps=overlaps,
        area_m2=area_m2,
        usable_m2=usable_m2,
        excluded_m2=area_m2 - usable_m2,
        slope_mean=np.nan if relieved is None else relieved.slope_mean,
        slope_max=np.nan if relieved is None else relieved.slope_max,
        capacity=capacity,
        planned=planned,
        distances=distances,
        planar=context.ground.planar,
    )


def assess_listed(context: SiteContext) -> tuple[SiteVerdict, ...]:
    """Judge every site of the sites layer, in its order.

    One that cannot be judged as drawn stops nothing: its verdict is `unknown` and its one rule says why.
    """
    layer = context.area.layer("sites")
    records = zip(
        layer["id"],
        layer["name"].fillna(""),
        layer["kind"].fillna(DEFAULT_KIND),
        layer["capacity"].astype("Float64").to_numpy(float, na_value=np.nan),
        layer.geometry,
        strict=True,
    )
    return tuple(
        _listed(polygon, context, str(site), str(name), str(kind), float(planned))
        for site, name, kind, planned, polygon in records
    )


def _listed(
    polygon: Any, context: SiteContext, site: str, name: str, kind: str, planned: float
) -> SiteVerdict:
    try:
        return assess_site(polygon, context, site=site, name=name, kind=kind, planned=planned)
    except BadPolygonError as error:
        nowhere = shapely.Polygon()
        return SiteVerdict(
            site=site,
            name=name,
            kind=kind,
            verdict=UNKNOWN,
            rules=_table([Row("shape", UNKNOWN, _refused(error), at="sites")]),
            polygon=nowhere,
            usable=nowhere,
            overlaps={},
            area_m2=0.0,
            usable_m2=0.0,
            excluded_m2=0.0,
            slope_mean=np.nan,
            slope_max=np.nan,
            capacity=dict.fromkeys(context.standard.table("site.land_per_household_m2"), 0),
            planned=planned,
            distances={},
            planar=context.ground.planar,
        )


def _refused(error: BadPolygonError) -> str:
    """The message key of a refusal in a table, whose sentences have no gaps of their own."""
    return f"site.shape.{error.key.rsplit('.', 1)[-1]}"


def site_rows(verdict: SiteVerdict, lang: str) -> list[dict[str, Any]]:
    """One readable row per rule, reasons first: what a ledger or a page shows of a site."""
    said = verdict.reasons(lang)
    return [
        {
            "site": verdict.name or verdict.site,
            "verdict": say(f"site.verdict.{verdict.verdict}", lang),
            "rule": say(f"site.rule.{row['rule']}", lang),
            "state": say(f"site.state.{row['state']}", lang),
            "measure": _plain(row["measure"]),
            "limit": _plain(row["threshold"]),
            "unit": row["unit"],
            "why": why,
            "source": say(row["source"], lang),
        }
        for row, why in zip(verdict.rules.to_dict(orient="records"), said, strict=True)
    ]


def _relief(site: BaseGeometry, cells: Cells | None, context: SiteContext) -> Relief | None:
    terrain, slope = context.area.terrain, context.slope
    if terrain is None or slope is None or cells is None:
        return None
    return relief(site, cells, terrain, slope, slope_max=context.standard["site.slope_max"])


def _exclude(
    site: BaseGeometry, context: SiteContext
) -> tuple[list[Row], dict[str, BaseGeometry], list[BaseGeometry]]:
    """Rows of the exclusion rules, the ground each takes, and the ground that is excluded."""
    sliver, area_m2 = context.standard["site.sliver_m2"], float(site.area)
    rows: list[Row] = []
    overlaps: dict[str, BaseGeometry] = {}
    excluded: list[BaseGeometry] = []
    for rule in context.exclusions:
        taken = overlap(rule, site)
        rows.append(exclusion_row(rule, taken, area_m2, sliver))
        if taken is not None and not taken.ground.is_empty:
            overlaps[rule.rule] = taken.ground
            excluded += [taken.ground] if rule.excludes else []
    return rows, overlaps, excluded


def _shape_rows(repaired: bool, outside: BaseGeometry, sliver_m2: float) -> Iterable[Row]:
    if repaired:
        yield Row("shape", WARNING, "site.shape.warning")
    m2 = float(outside.area)
    state = PASS if m2 <= sliver_m2 else WARNING
    yield Row("edge", state, f"site.edge.{state}", m2, 0.0, at="villages", unit="m²")


def _connect(
    site: BaseGeometry, cells: Cells | None, relieved: Relief | None, context: SiteContext
) -> tuple[list[Row], dict[str, float]]:
    """Rows and distances of road, water, line, school and clinic."""
    walks = {
        key: walk(target, context.ground, site, cells) if target.given else None
        for key, target in context.targets.items()
    }
    height = np.nan if relieved is None else relieved.elevation_mean
    standard, water = context.standard, context.targets["water"]
    rows = {key: graded_row(context.targets[key], walks[key], standard) for key in GRADED}
    source, lift = water_rows(water, walks["water"], height, standard)
    distances = {
        "road_m": rows["road"].measure,
        "water_m": source.measure,
        "lift_m": lift.measure,
        "line_m": rows["line"].measure,
        "school_min": rows["school"].measure,
        "clinic_min": rows["clinic"].measure,
    }
    return [rows["road"], source, lift, rows["line"], rows["school"], rows["clinic"]], distances


def _capacity(usable: BaseGeometry, land_m2: Mapping[str, float]) -> dict[str, int]:
    """Households by kind of site: whole households on each piece of usable ground."""
    pieces = shapely.area(shapely.get_parts(usable))
    return {kind: int(np.floor(pieces / m2).sum()) for kind, m2 in land_m2.items()}


def _verdict(rows: Iterable[Row]) -> str:
    states = [(row.state, row.at) for row in rows]
    if any(state == FAIL for state, _ in states):
        return UNSUITABLE
    if any(state == UNKNOWN and at in ESSENTIAL for state, at in states):
        return UNKNOWN
    return CONDITIONAL if any(state != PASS for state, _ in states) else SUITABLE


def _table(rows: Iterable[Row]) -> pd.DataFrame:
    """The rows, reasons first: what fails, what is not known, what warns, what passes; else in rule order."""
    order = (FAIL, UNKNOWN, WARNING, PASS)
    ranked = sorted(rows, key=lambda row: order.index(row.state))
    columns = {
        name: pd.Series([getattr(row, name) for row in ranked], dtype=dtype)
        for name, dtype in RULE_COLUMNS.items()
    }
    return pd.DataFrame(columns)


def _plain(value: Any) -> Any:
    """A value JSON can hold: None for NaN and for infinities."""
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return None if value is pd.NA else value
