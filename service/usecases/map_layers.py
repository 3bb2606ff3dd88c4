"""What the live map draws: small GeoJSON, painted by the rules of `maps.themes`."""

from __future__ import annotations

from typing import Any

import numpy as np
import orjson
import pandas as pd
import shapely
from geopandas import GeoDataFrame

from geo.area import Area
from geo.crucial import LAYERS as CRUCIAL_LAYERS
from geo.errors import UnknownFeatureError
from geo.layers import LAYERS
from geo.messages import LANGS
from geo.plan import Plan
from geo.verdicts import MET, NEEDS, UNMET, sentences
from maps.themes import THEMES, rule_keys
from service.answers import GEOJSON, Kept, keep, to_json
from service.jobs import Desk
from service.ogc.prepare import json_values, rounded
from service.ogc.tables import input_table
from service.usecases import relocation

DECIMALS = 6
"""Of a degree: about a decimetre."""


def households(desk: Desk) -> Kept:
    """All households with the state of every need as one letter: m met, u unmet, ? unknown."""
    plan, moving = desk.plan(), relocation.rows(desk)
    return desk.once("map households", lambda: _households(plan, moving, open_names=desk.settings.open_names))


def drawn(area: Area) -> list[str]:
    """The input layers there are to draw, beside the households."""
    return [name for name in THEMES if name in area.layers and name != "households"]


def layer(desk: Desk, name: str) -> Kept:
    """One input layer for drawing. Raises `UnknownFeatureError` for one that was not given."""
    area = desk.area()
    if name not in drawn(area):
        raise UnknownFeatureError("service.no_layer", layer=name[:60], known=", ".join(drawn(area)))
    plan = desk.state.plan if name in ("sites", *CRUCIAL_LAYERS) else None
    return desk.once(("map", name, plan is not None), lambda: _layer(area, name, plan))


def _households(plan: Plan, moving: GeoDataFrame, *, open_names: bool) -> Kept:
    people = input_table(plan.area, "households", open_names=open_names)
    states = plan.gaps.states()
    groups = plan.area.layer("groups").drop_duplicates("id").set_index("id")["name"]
    return collection(
        people,
        {
            "id": people["id"],
            "name": people["name"],
            "group": pd.Series(groups.reindex(people["group"]).to_numpy()).fillna(people["group"]),
            "village": people["village"],
            "poor": people["poor"],
            "people": people["people"],
            "states": _letters(states),
            "gaps": (states == UNMET).sum(axis=1),
            "exposure": plan.exposure.households["relation"],
            **{name: moving[name] for name in ("damage", "decision", "compared", "placed", "urgency")},
        },
    )


def _letters(states: pd.DataFrame) -> pd.Series:
    """The states of each household as one word, a letter per need in the order of NEEDS."""
    values = states[list(NEEDS)].to_numpy(object)
    letters = np.select([values == MET, values == UNMET], ["m", "u"], "?").astype("U1")
    return pd.Series(np.ascontiguousarray(letters).view(f"U{len(NEEDS)}").ravel(), dtype="str")


def _layer(area: Area, name: str, plan: Plan | None) -> Kept:
    frame = area.layers[name]
    rules = pd.Series(rule_keys(name, frame))
    if plan is not None and name == "sites":
        rules = pd.Series([site.verdict for site in plan.sites])
    columns = {"id": frame["id"], "rule": rules}
    for field in LAYERS[name].fields:
        if field.name in ("name", "kind", "class", "level", "volume", "kva") and not field.personal:
            columns[field.name] = frame[field.name]
    if plan is not None and name in CRUCIAL_LAYERS:
        columns |= _failure(plan, name, len(frame))
    return collection(frame, columns)


def _failure(plan: Plan, name: str, n: int) -> dict[str, pd.Series]:
    """Households that lose service if the feature fails, and the sentence; blank where it is not asked."""
    table = plan.crucial.of(name)
    told = {"crucial": table["households"]} | {f"crucial_{lang}": sentences(table, lang) for lang in LANGS}
    return {name: column.reindex(range(n)) for name, column in told.items()}


def collection(frame: GeoDataFrame, columns: dict[str, pd.Series]) -> Kept:
    points = rounded(np.asarray(frame.to_crs("OGC:CRS84").geometry.array), DECIMALS)
    shapes = shapely.to_geojson(points).tolist()
    values: list[list[Any]] = [json_values(c.reset_index(drop=True)).tolist() for c in columns.values()]
    features = [
        {
            "type": "Feature",
            "geometry": None if shape is None else orjson.Fragment(shape),
            "properties": dict(zip(columns, record, strict=True)),
        }
        for shape, record in zip(shapes, zip(*values, strict=True), strict=True)
    ]
    return keep(to_json({"type": "FeatureCollection", "features": features}), GEOJSON)
