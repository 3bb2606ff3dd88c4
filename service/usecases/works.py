"""The planned works: what the map draws, and everything about one of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import orjson
import pandas as pd
import shapely
from geopandas import GeoDataFrame, GeoSeries

from geo.errors import UnknownFeatureError
from geo.messages import LANGS, say
from geo.plan import Plan
from geo.water.scheme import read_scheme
from geo.works_ledger import village_sentences, village_works
from geo.works_view import (
    EACH,
    MEASURE_FIRST,
    PRICES,
    VERIFIED,
    WAN,
    hoped_rows,
    steepest,
    systems_table,
    waiting,
    work_rows,
)
from service.answers import GEOJSON, Kept, keep, to_json
from service.jobs import Desk
from service.ogc.prepare import json_values, rounded
from service.usecases.cells import name_of, plain

DECIMALS = 6
DRAWN = ("work", "drawn", "need", "system", "village", "households", "flag", "year")


def rows(desk: Desk) -> GeoDataFrame:
    """The works with prices and years, and what waits for a source to be measured; made once.

    `drawn`: by which theme of the maps, "" not at all.
    """
    plan = desk.designed()

    def make() -> GeoDataFrame:
        works = work_rows(plan)
        return pd.concat([works.assign(drawn=works["kind"]), hoped_rows(plan)], ignore_index=True)

    return desk.once("work rows", make)


def collection(desk: Desk) -> Kept:
    """All works as GeoJSON, compact; `rule` and `kind` are how it is drawn, `likely` in yuan."""
    found = rows(desk)
    return desk.once("map works", lambda: _collection(found[found["drawn"] != ""]))


def _collection(found: GeoDataFrame) -> Kept:
    shapes = shapely.to_geojson(degrees(found.geometry)).tolist()
    columns = {name: json_values(found[name]).tolist() for name in DRAWN}
    columns["id"] = columns.pop("work")
    columns["rule"] = columns["kind"] = columns.pop("drawn")
    columns["likely"] = found["likely"].round().astype("int64").tolist()
    features = [
        {
            "type": "Feature",
            "geometry": orjson.Fragment(shape),
            "properties": dict(zip(columns, each, strict=True)),
        }
        for shape, each in zip(shapes, zip(*columns.values(), strict=True), strict=True)
    ]
    return keep(to_json({"type": "FeatureCollection", "features": features}), GEOJSON)


def degrees(shapes: GeoSeries) -> Any:
    """Longitude and latitude, rounded."""
    return rounded(np.asarray(shapes.to_crs("OGC:CRS84").array), DECIMALS)


def work(desk: Desk, name: str) -> dict[str, Any]:
    """Everything about the work `name`. Raises `UnknownFeatureError`."""
    plan, table = desk.designed(), rows(desk)
    at = np.flatnonzero((table["work"] == name).to_numpy())
    if not len(at):
        raise UnknownFeatureError("service.no_work", id=name[:60])
    one = table.iloc[at[0]]
    kept = (
        "kind",
        "need",
        "spec",
        "quantity",
        "unit",
        "households",
        "people",
        "poor_people",
        "moving",
        "crucial",
        "year",
    )
    return {
        "id": name,
        **{key: plain(one[key]) for key in kept},
        "label": {lang: say(f"works.kind.{one['kind']}", lang) for lang in LANGS},
        "price": {key: plain(one[key]) for key in PRICES},
        "village": name_of(plan.area, "villages", one["village"]),
        "group": name_of(plan.area, "groups", one["group"]),
        "after": one["after"].split(),
        "flag": sentence(one["flag"]),
        "system": _system(plan, one["system"]),
        "serves": _served(plan, name, one["kind"]),
        "profile": profile(plan.works.profiles.get(name)),
    }


def served(desk: Desk, name: str) -> list[str]:
    """The households (ids) of the work `name`. Raises `UnknownFeatureError`."""
    table = rows(desk)
    kinds = table.loc[table["work"] == name, "kind"]
    if not len(kinds):
        raise UnknownFeatureError("service.no_work", id=name[:60])
    return _served(desk.designed(), name, kinds.iloc[0])


def _served(plan: Plan, name: str, kind: str) -> list[str]:
    """The households a work serves, or would serve; those that hang on a source to be measured."""
    if kind == MEASURE_FIRST:
        those = waiting(plan)
        return those.loc[those["nearest"] == name, "household"].tolist()
    hoped = plan.works.provisional
    serves = [plan.works.serves] if hoped is None else [plan.works.serves, hoped.serves]
    found = [table.loc[table["work"] == name, "household"] for table in serves]
    return pd.concat(found).drop_duplicates().tolist()


def sentence(key: Any) -> dict[str, str] | None:
    """The sentence of a message key in both languages; None for no key."""
    return {lang: say(key, lang) for lang in LANGS} if isinstance(key, str) and key else None


def profile(line: Any) -> dict[str, Any] | None:
    """Chainage `d` and elevation `z`, metres, with the steepest grade between its points."""
    if line is None or len(line) < 2:
        return None
    chain, height = np.asarray(line, float).T
    return {"d": chain.round(1).tolist(), "z": height.round(1).tolist(), "steepest": round(steepest(line), 4)}


def systems(desk: Desk) -> Kept:
    """All systems as `_told` tells them and the work that stands for each, the dearest of it; those that
    failed first, then those that wait for a source or a check, then what costs most per household."""

    def make() -> Kept:
        plan, works = desk.designed(), rows(desk)
        dearest = works.sort_values("likely", ascending=False, kind="stable").drop_duplicates("system")
        stands = dict(zip(dearest["system"], dearest["work"], strict=True))
        table = systems_table(plan)
        table = table.assign(_passed=table["passed"].map({False: 0, True: 2}).fillna(1).astype(int))
        order = table.sort_values(["_passed", "each"], ascending=[True, False], kind="stable")
        found = [{**_told(plan, row), "work": stands.get(row["system"])} for row in order.to_dict("records")]
        return keep(to_json({"systems": found, "count": len(found)}))

    return desk.once("systems", make)


def _system(plan: Plan, name: Any) -> dict[str, Any] | None:
    """A system with how it was verified; None where the work stands alone."""
    table = systems_table(plan)
    found = table[table["system"] == name] if isinstance(name, str) else table.iloc[:0]
    return _told(plan, found.iloc[0].to_dict()) if len(found) else None


def _told(plan: Plan, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of `systems_table`: how it was verified, in a sentence, and what it costs, in yuan."""
    file = f"water/{row['system']}.inp"
    told = {
        lang: say(
            f"map.work_worst_{row['need']}_{row['bound']}", lang, worst=row["worst"], limit=row["limit"]
        )
        for lang in LANGS
    }
    return {
        "id": row["system"],
        **{key: plain(row[key]) for key in (*VERIFIED, "gap")},
        "sentence": told if pd.notna(row["worst"]) else None,
        "price": {key: plain(row[key]) for key in PRICES},
        "each": {key: plain(row[name]) for key, name in zip(("low", "likely", "high"), EACH, strict=True)},
        "note": sentence(row["note"]),
        "file": file if file in plan.works.files else None,
    }


def scheme(desk: Desk, name: str) -> dict[str, Any]:
    """The section of a water system, run again from its file. Raises `UnknownFeatureError`."""
    file, told = inp(desk, name), _system(desk.designed(), name)

    def make() -> dict[str, Any]:
        found = read_scheme(file.decode())
        return {
            "id": name,
            **{key: told[key] for key in ("households", "price", "each") if told is not None},
            "nodes": [
                {key: _rounded(value) for key, value in row.items()} for row in found.nodes.to_dict("records")
            ],
            "links": [
                {key: _rounded(value) for key, value in row.items()} for row in found.links.to_dict("records")
            ],
        }

    return desk.once(("scheme", name), make)


def _rounded(value: Any) -> Any:
    """Metres to the centimetre; what is no number as it is."""
    return plain(round(value, 2)) if isinstance(value, float) else value


def inp(desk: Desk, name: str) -> bytes:
    """The EPANET file of a water system. Raises `UnknownFeatureError` for one that has none."""
    found = desk.designed().works.files.get(f"water/{name}.inp")
    if found is None:
        raise UnknownFeatureError("service.no_system", id=name[:60])
    return found


def works_summary(plan: Plan) -> dict[str, Any]:
    """The works in numbers: money (万元) by need and by village with its sentence, and who is not served."""
    costs, table = plan.costs, plan.works.table
    open_gaps = plan.works.unserved["need"].value_counts()
    villages = village_works(plan.area, plan.works, costs)
    told = {lang: village_sentences(villages, lang) for lang in LANGS}
    return {
        "count": len(table),
        "total": _wan(costs.total),
        "only_moving": round(float(villages["moving_wan"].sum()), 4),
        "needs": {
            str(need): {"works": int((table["need"] == need).sum()), **_wan(row)}
            for need, row in costs.needs.iterrows()
        },
        "villages": [
            {"id": plain(row["village"]), "name": plain(row["name"]), "wan": round(float(row["wan"]), 4),
             "sentence": {lang: told[lang].iloc[i] for lang in LANGS}}
            for i, (_, row) in enumerate(villages.iterrows())
        ],
        "unserved": {str(need): int(n) for need, n in open_gaps.items()},
        "systems": {
            "passed": int(plan.works.systems["passed"].fillna(False).sum()),
            "all": len(plan.works.systems),
        },
    }  # fmt: skip


def _wan(row: pd.Series) -> dict[str, float]:
    return {name: round(float(row[name]) / WAN, 4) for name in ("low", "likely", "high", "run")}
