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
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geo.errors import BadPolygonError, UnknownFeatureError
from geo.relocation.connections import way_to
from geo.relocation.context import SiteContext, prepare_sites
from geo.relocation.exclusions import overlap
from geo.relocation.polygons import clean_polygon, polygonal
from geo.relocation.rules import (
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
from geo.relocation.verdict import RULE_COLUMNS, VERDICTS, SiteVerdict, rule_table, site_rows, verdict_of

__all__ = [
    "DEFAULT_KIND",
    "RULE_COLUMNS",
    "VERDICTS",
    "SiteContext",
    "SiteVerdict",
    "assess_listed",
    "assess_site",
    "prepare_sites",
    "site_rows",
]

DEFAULT_KIND = "village"


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

    Raises `BadPolygonError` where it cannot be judged as drawn, `UnknownFeatureError` for a kind of
    site the standard has no land per household for.
    """
    standard = context.standard
    if kind not in standard.table("site.land_per_household_m2"):
        raise UnknownFeatureError("site.bad.kind", kind=kind)
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
        *slope_rows(relieved, standard),
        *usable_rows(usable_m2, area_m2, standard),
        capacity_row(capacity[kind], planned),
        *links,
    ]
    return SiteVerdict(
        site=site,
        name=name,
        kind=kind,
        verdict=verdict_of(rows),
        rules=rule_table(rows),
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
            rules=rule_table([Row("shape", UNKNOWN, _refused(error), at="sites")]),
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
    ways = {
        key: way_to(target, context.ground, context.area.terrain, site, cells) if target.given else None
        for key, target in context.targets.items()
    }
    height = np.nan if relieved is None else relieved.elevation_mean
    standard, water = context.standard, context.targets["water"]
    rows = {key: graded_row(context.targets[key], ways[key], standard) for key in GRADED}
    source, lift = water_rows(water, ways["water"], height, standard)
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
