"""What does the page carry? A plan as compact plain values that the browser turns into maps and sentences.

A table goes column by column: a column is left out when it is empty, one value when it
is constant ({"all": v}), coded when it repeats ({"of": [...], "at": [...]}), else a list
with null for missing. Places are whole millionths of a degree, each the difference
from the one before. Sentences are not stored: a reason is its key and its numbers,
and the browser fills the same template that `geo.verdicts.sentences` fills.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.crucial import LAYERS as CRUCIAL_LAYERS
from geo.layers import LAYERS, Field
from geo.messages import LANGS, catalogue
from geo.privacy import mask_names
from geo.verdicts import by_need
from maps.columns import column, plain
from maps.places import flat_places, place_columns
from maps.relocation_payload import relocation_payload
from maps.themes import THEMES, rule_keys, themes_json
from maps.work_payload import works_payload

if TYPE_CHECKING:
    from geo.plan import Plan
    from geo.relocation.assess import SiteVerdict

STATE_LETTERS = {"met": "m", "unmet": "u", "unknown": "?"}
BASIS_LETTERS = {"survey": "s", "computed": "c", "none": "n"}
RULE_LETTERS = {"pass": "m", "fail": "u", "warning": "w", "unknown": "?"}
RELATION_LETTERS = {"clear": "m", "inside": "i", "buffer": "b", "unknown": "?"}
HOUSEHOLD_FACTS = (
    "people",
    "students",
    "type",
    "poor",
    "house",
    "water_src",
    "income",
    "loc_qual",
    "surveyed",
)
NOT_FACTS = ("id", "name")
DETAIL_M: Mapping[str, float] = {
    "landcover": 8.0,
    "farmland": 4.0,
    "redline": 4.0,
    "villages": 2.0,
    "buildings": 0.3,
}
"""How far a drawn outline may lie from the true one (default 1 m)."""


def payload(plan: Plan, *, lang: str, names: bool) -> dict[str, Any]:
    """All the page needs, as JSON values. `names`: with the full names of people."""
    table = plan.gaps.households
    needs = {need: _verdicts(table.iloc[rows]) for need, rows in by_need(table).items()}
    exposure = _verdicts(plan.exposure.households, state="relation", letters=RELATION_LETTERS)
    groups = _verdicts(plan.gaps.groups) | {"id": plan.gaps.groups["group"].tolist()}
    sites = {site.site: _site(site) for site in plan.sites}
    works = works_payload(plan)
    layers = {name: _layer(plan, name) for name in THEMES if _drawn(plan, name)}
    failing = [layer["crucial"] for layer in layers.values() if "crucial" in layer]
    relocation = relocation_payload(plan)
    parts = (
        works,
        relocation,
        *needs.values(),
        exposure,
        groups,
        *(site["rules"] for site in sites.values()),
        *failing,
    )
    return {
        "meta": _meta(plan, lang, names),
        "text": texts(key for part in parts for key in part["said"]),
        "themes": themes_json(),
        "layers": layers | works.pop("layers") | relocation.pop("layers"),
        "works": works,
        "relocation": relocation,
        "households": _households(plan.area.layer("households"), names),
        "needs": needs,
        "exposure": exposure,
        "groups": groups,
        "villages": _villages(plan.gaps.villages),
        "sites": sites,
    }


def texts(keys: Iterable[str]) -> dict[str, dict[str, str]]:
    """The sentences of the page and those of `keys`, in each language."""
    said = catalogue()
    fixed = [
        k
        for k in said
        if k == "crucial.title"
        or k.split(".")[0]
        in ("map", "need", "state", "basis", "survey", "indicator", "works", "relocation", "move")
    ]
    wanted = [k for k in {*fixed, *keys} if k in said]
    return {lang: {k: said[k][lang] for k in sorted(wanted)} for lang in LANGS}


def _meta(plan: Plan, lang: str, names: bool) -> dict[str, Any]:
    area = plan.area
    date = area.data_date
    corners = gpd.GeoSeries(shapely.box(*np.array(area.bounds)[:, None]), crs=area.crs).to_crs(4326)
    west, south, east, north = corners.total_bounds.tolist()
    return {
        "area": area.name,
        "lang": lang,
        "names": names,
        "date": date.isoformat() if date else "",
        "made": plan.made_at.date().isoformat(),
        "standard": {tongue: plan.standard.title(tongue) for tongue in LANGS},
        "version": plan.version,
        "planar": area.planar,
        "bounds": [[south, west], [north, east]],
    }


def _verdicts(
    rows: pd.DataFrame, *, state: str = "state", letters: Mapping[str, str] = STATE_LETTERS
) -> dict[str, Any]:
    """A table of verdicts, one row per feature, column by column."""
    codes, said = pd.factorize(rows["reason"])
    out: dict[str, Any] = {"states": _letters(rows[state], letters), "reason": codes.tolist()}
    found = list(said)
    if "finding" in rows:
        both = (rows["survey"] != "unknown") & (rows["computed"] != "unknown")
        at = np.flatnonzero((both & (rows["survey"] != rows["computed"])).to_numpy())
        finding = rows["finding"].to_numpy(object)[at]
        found += [k for k in dict.fromkeys(finding) if k not in set(said)]
        place = {key: i for i, key in enumerate(found)}
        out["disagree"] = {"at": at.tolist(), "finding": [place[k] for k in finding]}
        out["basis"] = _letters(rows["basis"], BASIS_LETTERS)
    out["said"] = found
    numbers = {name: column(rows[name]) for name in ("measure", "threshold", "extra", "nearest", "at")}
    return out | {name: value for name, value in numbers.items() if value is not None}


def _letters(values: pd.Series, letters: Mapping[str, str]) -> str:
    """One letter for each row."""
    return "".join(map(letters.__getitem__, values.tolist()))


def _households(frame: gpd.GeoDataFrame, names: bool) -> dict[str, Any]:
    facts = {name: column(frame[name]) for name in HOUSEHOLD_FACTS}
    return {
        "n": len(frame),
        "id": frame["id"].tolist(),
        "name": column(frame["name"] if names else mask_names(frame["name"])),
        "group": column(frame["group"]),
        "village": column(frame["village"]),
        "facts": {k: v for k, v in facts.items() if v is not None},
        "fields": _fields(LAYERS["households"].fields, [k for k, v in facts.items() if v is not None]),
        **place_columns(frame),
    }


def _drawn(plan: Plan, name: str) -> bool:
    return name != "households" and plan.area.has(name)


def _layer(plan: Plan, name: str) -> dict[str, Any]:
    """One input layer: places, the rule that draws each feature, and what a pop-up tells of it."""
    frame = plan.area.layers[name]
    order = [r.key for r in THEMES[name].rules]
    keys = site_rule_keys(plan, frame) if name == "sites" else rule_keys(name, frame)
    told = [f for f in LAYERS[name].fields if f.name not in NOT_FACTS and not f.personal]
    known = pd.DataFrame(frame)  # of which a column is taken faster than of one with geometry
    facts = {f.name: column(known[f.name]) for f in told}
    return {
        "id": frame["id"].tolist(),
        "name": column(frame["name"]) if "name" in frame else None,
        "rule": column(np.array([order.index(k) for k in keys])),
        "facts": {k: v for k, v in facts.items() if v is not None},
        "fields": _fields(told, [k for k, v in facts.items() if v is not None]),
        "places": flat_places(frame, detail_m=DETAIL_M.get(name, 1.0)),
        **_crucial(plan, name),
    }


def _crucial(plan: Plan, layer: str) -> dict[str, Any]:
    """What a pop-up says of the failure of a feature: verdicts of the rows `of` the layer."""
    if layer not in CRUCIAL_LAYERS or not len(table := plan.crucial.of(layer)):
        return {}
    told = _verdicts(table.assign(state="met", at=np.nan).reset_index())
    return {"crucial": told | {"of": table.index.tolist()}}


def _fields(fields: Iterable[Field], wanted: Iterable[str]) -> dict[str, Any]:
    """Labels, units and choices of the fields a pop-up tells."""
    spec = {f.name: f for f in fields}
    return {
        name: {
            "zh": spec[name].zh,
            "en": spec[name].en,
            "unit": spec[name].unit,
            "to": spec[name].to,
            "choices": {c.value: [c.zh, c.en] for c in spec[name].choices},
        }
        for name in wanted
    }


def site_rule_keys(plan: Plan, frame: gpd.GeoDataFrame) -> npt.NDArray[np.object_]:
    """The verdict on each listed site, in row order; unknown where it was not judged."""
    verdicts = {site.site: site.verdict for site in plan.sites}
    return np.array([verdicts.get(str(i), "unknown") for i in frame["id"]], object)


def _site(site: SiteVerdict) -> dict[str, Any]:
    """What a pop-up tells of a judged site."""
    return {
        "area_m2": plain(round(site.area_m2)),
        "usable_m2": plain(round(site.usable_m2)),
        "slope_pct": plain(round(100 * site.slope_mean, 1)),
        "capacity": site.capacity.get(site.kind, 0),
        "rules": _verdicts(site.rules, letters=RULE_LETTERS) | {"n": len(site.rules)},
    }


def _villages(table: pd.DataFrame) -> dict[str, Any]:
    """The state of each indicator of each village, one letter each in the order of `indicators`."""
    wide = table.pivot_table(
        index="village", columns="indicator", values="state", aggfunc="first", sort=False
    )
    order = list(table["indicator"].unique())
    letters = wide[order].apply(lambda c: c.map(STATE_LETTERS)).fillna("-")
    return {
        "indicators": order,
        "states": dict(zip(letters.index, letters.agg("".join, axis=1), strict=True)),
    }
