"""Where is safe and good ground, and why is a place not?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely

from geo.errors import BadPolygonError
from geo.layers import LAYERS
from geo.messages import LANGS, say
from geo.relocation.criteria import CRITERIA
from geo.relocation.rules import WARNING
from geo.relocation.suitability import Suitability
from geo.relocation.why_not import CLOSED, FAIL, GRADE, why_not
from geo.verdicts import sentences
from maps.suitability_picture import Frame, draw_score, make_frame
from service.answers import Kept, keep
from service.errors import RequestError
from service.jobs import Desk
from service.usecases.cells import plain
from service.usecases.placing import placed

MOST_HOUSEHOLDS = 5_000
SCORE = "score"


def frame(desk: Desk) -> Frame:
    """Where the picture of suitability lies."""
    found = desk.plan().suitability
    return desk.once("suitability frame", lambda: make_frame(found.terrain))


def picture(desk: Desk, weights: Mapping[str, float]) -> Kept:
    """The score as PNG under `weights`, those of the standard where none are given."""
    found, laid = desk.plan().suitability, frame(desk)
    key = ("suitability", tuple(sorted(weights.items())))
    return desk.once(key, lambda: keep(draw_score(laid, found.score(weights)), "image/png"))


def read_weights(text: str) -> dict[str, float]:
    """`road:5,water:2` as numbers. Raises `RequestError` for what cannot be read."""
    found: dict[str, float] = {}
    for part in filter(None, text.split(",")):
        name, _, number = part.partition(":")
        try:
            found[name.strip()] = float(number)
        except ValueError:
            raise RequestError("service.bad_weights", where="weights", text=part[:60]) from None
        if not 0 <= found[name.strip()] <= 100:
            raise RequestError("service.bad_weights", where="weights", text=part[:60])
    return found


def finding(desk: Desk) -> dict[str, Any]:
    """What a search may ask: criteria with their weights, kinds of site, and where the picture lies."""
    plan = desk.plan()
    found = plan.suitability
    land = plan.standard.table("site.land_per_household_m2")
    return {
        "criteria": [
            {
                "key": name,
                "weight": found.weights.get(name, 0.0),
                "missing": name in found.missing,
                **label(name),
            }
            for name in CRITERIA
        ],
        "kinds": [
            {"key": choice.value, "land_m2": land[choice.value], "zh": choice.zh, "en": choice.en}
            for choice in LAYERS["sites"].field("kind").choices
            if choice.value in land
        ],
        "corners": frame(desk).corners,
        "open_share": round(len(found.cells) / max(1, found.banned.size), 4),
        "most": MOST_HOUSEHOLDS,
        "households": plan.found.households,
    }


def label(criterion: str) -> dict[str, str]:
    """The name of a criterion."""
    return {lang: say(f"site.criterion.{criterion}", lang) for lang in LANGS}


def why_not_here(desk: Desk, lon: float, lat: float, weights: Mapping[str, float]) -> dict[str, Any]:
    """Which rules close a place, or what it scores. Raises `BadPolygonError` outside the area."""
    plan = desk.plan()
    found = plan.suitability
    place = placed(plan.area, shapely.Point(lon, lat), BadPolygonError)
    if not np.isfinite(shapely.get_coordinates(place)).all() or not plan.site_context.edge.intersects(place):
        raise BadPolygonError("service.outside")
    return {"lon": lon, "lat": lat, **_told(found, place, weights)}


def _told(found: Suitability, place: Any, weights: Mapping[str, float]) -> dict[str, Any]:
    table = why_not(found, place.x, place.y, weights=weights)
    said = {lang: sentences(table, lang).tolist() for lang in LANGS}
    told = [
        {**row, "sentence": {lang: said[lang][i] for lang in LANGS}}
        for i, row in enumerate(table.to_dict("records"))
    ]
    score = [row for row in told if row["rule"] == SCORE]
    grades = {row["rule"]: row for row in told if row["state"] == GRADE}
    return {
        "excluded": any(row["state"] == CLOSED for row in told),
        "score": round(score[0]["measure"] / 100, 4) if score else None,
        "rules": [_rule(row) for row in told if row["state"] != GRADE],
        "criteria": [_criterion(name, grades.get(name)) for name in CRITERIA] if grades else [],
    }


def _rule(row: dict[Any, Any]) -> dict[str, Any]:
    """A rule that closes the place fails it; ground that is open but small is a warning."""
    state = FAIL if row["state"] == CLOSED else WARNING if row["state"] == FAIL else row["state"]
    return {
        "rule": row["rule"],
        "state": state,
        "label": {lang: say(f"site.rule.{row['rule']}", lang) for lang in LANGS},
        "sentence": row["sentence"],
        "nearest": plain(row["nearest"]),
        "at": plain(row["at"]),
    }


def _criterion(name: str, row: dict[Any, Any] | None) -> dict[str, Any]:
    """The grade of a criterion from 0 to 1, null where nobody can tell; `weight` its share in percent."""
    return {
        "key": name,
        "label": label(name),
        "value": None if row is None else round(row["extra"] / 100, 4),
        "weight": 0.0 if row is None else plain(row["threshold"]),
        "sentence": None if row is None else row["sentence"],
    }
