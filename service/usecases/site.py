"""Can people live on this polygon? One drawn site, judged in milliseconds."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import orjson
import shapely
from shapely.geometry.base import BaseGeometry

from geo.errors import BadPolygonError
from geo.messages import say
from geo.plan import Plan
from geo.relocation.assess import DEFAULT_KIND, SiteVerdict, assess_site
from service.ogc.prepare import DECIMALS, rounded
from service.usecases.cells import plain
from service.usecases.placing import DEGREES, geojson_shape, placed
from service.usecases.summary import reasons


def judge(plan: Plan, geometry: dict[str, Any], *, kind: str | None, planned: float | None) -> dict[str, Any]:
    """The verdict on a GeoJSON geometry in longitude and latitude."""
    polygon = placed(plan.area, geojson_shape(geometry), BadPolygonError)
    meant_for = float("nan") if planned is None else planned
    return verdict(
        assess_site(polygon, plan.site_context, kind=kind or DEFAULT_KIND, planned=meant_for), plan
    )


def verdict(judged: SiteVerdict, plan: Plan) -> dict[str, Any]:
    """A verdict as JSON, the usable ground in longitude and latitude."""
    return {
        "verdict": judged.verdict,
        "reasons": reasons(judged),
        "area_m2": round(judged.area_m2, 1),
        "usable_m2": round(judged.usable_m2, 1),
        "slope_mean": plain(judged.slope_mean),
        "slope_max": plain(judged.slope_max),
        "capacity": judged.capacity.get(judged.kind),
        "capacity_by_kind": dict(judged.capacity),
        "distances": {k: plain(v) for k, v in judged.distances.items()},
        "planar": judged.planar,
        "rules": rules_json(judged),
        "usable": _degrees(judged.usable, plan),
    }


def rules_json(judged: SiteVerdict) -> list[dict[str, Any]]:
    """Every rule with its state, sentence and numbers, reasons first."""
    zh, en = judged.reasons("zh"), judged.reasons("en")
    return [
        {
            "rule": row["rule"],
            "state": row["state"],
            "label": {lang: say(f"site.rule.{row['rule']}", lang) for lang in ("zh", "en")},
            "sentence": {"zh": a, "en": b},
            "measure": plain(row["measure"]),
            "limit": plain(row["threshold"]),
            "unit": row["unit"],
            "nearest": plain(row["nearest"]),
            "source": say(row["source"], "zh"),
        }
        for row, a, b in zip(judged.rules.to_dict("records"), zh, en, strict=True)
    ]


def _degrees(shape: BaseGeometry, plan: Plan) -> Any:
    if shape.is_empty:
        return None
    turned = gpd.GeoSeries([shape], crs=plan.area.crs).to_crs(DEGREES)
    return orjson.Fragment(shapely.to_geojson(rounded(turned.to_numpy(), DECIMALS)[0]))
