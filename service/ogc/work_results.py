"""Which features do the collections of planned works have?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from geo.crucial import crucial_rows
from geo.plan import Plan
from geo.verdicts import sentences
from geo.works_view import measure_first, told, work_rows


def works(plan: Plan, _open: bool) -> gpd.GeoDataFrame:
    """One row per work."""
    rows = work_rows(plan).rename(columns={"work": "id"})
    return rows.assign(
        **{f"flag_{lang}": told(rows["flag"], lang).replace("", None) for lang in ("zh", "en")}
    )


def unserved(plan: Plan, _open: bool) -> gpd.GeoDataFrame:
    """One row per household and need that no work serves, where the household stands."""
    table = plan.works.unserved.reset_index(drop=True)
    homes = plan.area.layer("households").drop_duplicates("id").set_index("id")
    at = homes.reindex(table["household"])
    columns: dict[str, Any] = {
        "id": table["household"] + "." + table["need"],
        "household": table["household"],
        "village": at["village"].to_numpy(),
        "need": table["need"],
        **{f"why_{lang}": sentences(table, lang) for lang in ("zh", "en")},
    }
    return gpd.GeoDataFrame(columns, geometry=np.asarray(at.geometry.array), crs=plan.area.crs)


def systems(plan: Plan, _open: bool) -> gpd.GeoDataFrame:
    """One row per system: all its works as one geometry."""
    table = plan.works.systems.rename(columns={"system": "id"}).reset_index(drop=True)
    of = plan.works.table["system"].to_numpy(object)
    shapes = np.asarray(plan.works.table.geometry.array)
    places = [shapely.geometrycollections(shapes[of == name]) for name in table["id"]]
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(places, crs=plan.area.crs))


def measure(plan: Plan, _open: bool) -> gpd.GeoDataFrame:
    """One row per source of unknown yield that provisional systems hang on."""
    return measure_first(plan).rename(columns={"source": "id"})


def crucial(plan: Plan, _open: bool) -> gpd.GeoDataFrame:
    """One row per existing pool, source, transformer and bridge."""
    rows = crucial_rows(plan.area, plan.crucial).rename(columns={"households": "lose", "id": "feature"})
    said = {f"why_{lang}": sentences(rows, lang) for lang in ("zh", "en")}
    return rows.assign(id=rows["layer"] + "." + rows["feature"], **said)


WORK_TABLES: Mapping[str, Callable[[Plan, bool], gpd.GeoDataFrame]] = {
    "works": works,
    "unserved": unserved,
    "systems": systems,
    "measure_first": measure,
    "crucial": crucial,
}
