"""A road drawn or a pool placed by hand: quantity, price and whom it would serve."""

from __future__ import annotations

from time import perf_counter
from typing import Any

import numpy as np
import orjson
import shapely
from geopandas import GeoSeries
from shapely.geometry.base import BaseGeometry

from geo.draft import Draft, draft_pool, draft_road, gained
from geo.errors import BadDraftError
from geo.messages import LANGS, say
from geo.plan import Plan
from geo.works import KINDS
from geo.works_view import WAN
from service.usecases.cells import plain
from service.usecases.placing import placed
from service.usecases.works import degrees, profile, sentence


def draft(plan: Plan, geometry: dict[str, Any], *, volume_m3: float) -> dict[str, Any]:
    """The draft of a GeoJSON line (a group road) or point (a pool). Raises `BadDraftError`."""
    began = perf_counter()
    shape = placed(plan.area, _flat(geometry), BadDraftError)
    if shape.geom_type == "LineString":
        made = draft_road(plan, shape)
    else:
        made = draft_pool(plan, shape, volume_m3=volume_m3)
    return {**_told(plan, made), "seconds": round(perf_counter() - began, 3)}


def _flat(geometry: dict[str, Any]) -> BaseGeometry:
    """The geometry in longitude and latitude; what stands behind them (heights, measures) is let go."""
    places = geometry["coordinates"]
    if geometry["type"] == "Point":
        return shapely.Point(places[:2])
    return shapely.LineString([place[:2] for place in places])


def _told(plan: Plan, made: Draft) -> dict[str, Any]:
    won = gained(made)
    homes = plan.area.layer("households").drop_duplicates("id").set_index("id")
    who = homes.reindex(won["household"].unique())
    chain = profile(made.profile)
    if chain is not None:
        chain["steepest"] = plain(np.round(made.steepest, 4))
    return {
        "works": [
            {
                "kind": row["kind"],
                "label": {lang: say(f"works.kind.{row['kind']}", lang) for lang in LANGS},
                "quantity": round(row["quantity"], 1),
                "unit": KINDS[row["kind"]],
            }
            for row in made.works.table.to_dict("records")
        ],
        "price": {
            **{
                name: round(float(made.costs.total[name]) / WAN, 4)
                for name in ("low", "likely", "high", "run")
            },
            "assumed": bool(made.costs.table["assumed"].any()),
        },
        "gained": {str(need): int(n) for need, n in won.groupby("need").size().items()},
        "households": len(who),
        "people": int(who["people"].fillna(0).sum()),
        "poor_households": int(who["poor"].fillna(False).sum()),
        "changed": made.changed.to_dict("records"),
        "notes": [sentence(key) for key in made.notes],
        "profile": chain,
        "geometry": orjson.Fragment(
            shapely.to_geojson(degrees(GeoSeries([made.line], crs=plan.area.crs)))[0]
        ),
    }
