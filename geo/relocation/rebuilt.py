"""Who moved and has built again in danger (搬了又建)?

A household that has moved (`moved_to`) lives in danger again where

- `dwelling`  its registered point is in danger and nothing says that the point is older than the move
              (recorded before it, or the house demolished since);
- `building`  a building as new as the move stands in danger at its old plot and is no neighbour's.

In danger means: where the standard would have it leave (`geo.relocation.danger`).
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.area import Area
from geo.relocation.danger import BUFFER, INSIDE, zone_urgency
from geo.standards import Standard
from geo.zones import Zones

Bools = npt.NDArray[np.bool_]

DWELLING, BUILDING = "dwelling", "building"
COLUMNS = {
    "household": "str",
    "row": "int64",
    "group": "str",
    "village": "str",
    "people": "Int64",
    "building": "str",  # id of the building, NaN for a dwelling
    "case": "str",  # dwelling | building
    "zone": "str",
    "at": "str",  # layer of the zone
    "kind": "str",
    "relation": "str",  # inside | buffer
    "urgency": "int64",
    "moved_to": "str",
    "moved_on": "datetime64[s]",
    "reason": "str",
    "measure": "float64",  # dwelling: metres to the edge of the zone; building: metres from the old plot
    "threshold": "float64",  # dwelling: its buffer; building: the most that counts as the old plot
    "extra": "float64",  # building: the year it was built
}


def has_moved(layer: gpd.GeoDataFrame) -> Bools:
    """Which households the registry says have moved."""
    return np.asarray(layer["moved_to"].fillna("") != "", bool)


def find_rebuilt(area: Area, standard: Standard, own: pd.DataFrame, zones: Zones) -> gpd.GeoDataFrame:
    """One row per household (a dwelling before a building), `COLUMNS` and the place as a point, metres.

    `own` has one row per household: urgency of leaving its registered point, reason, measure,
    threshold, nearest (zone), at, kind, relation.
    """
    layer = area.layer("households")
    found = [_dwellings(layer, own), _buildings(area, standard, zones)]
    table = pd.concat([f for f in found if len(f)] or found[:1], ignore_index=True)
    table = table.drop_duplicates("row").sort_values("row", ignore_index=True)
    rows = table["row"].to_numpy(int)
    for name in ("group", "village", "people", "moved_to", "moved_on"):
        table[name] = layer[name].array[rows]
    table["household"] = layer["id"].array[rows]
    return gpd.GeoDataFrame(
        table[list(COLUMNS)].astype(COLUMNS), geometry=np.asarray(table["geometry"], object), crs=area.crs
    )


def _dwellings(layer: gpd.GeoDataFrame, own: pd.DataFrame) -> pd.DataFrame:
    """Moved households that are registered in danger, at a point that is not older than the move."""
    left_since = (layer["surveyed"] < layer["moved_on"]) | (layer["surveyed"] < layer["demolished"])
    rows = np.flatnonzero(has_moved(layer) & (own["urgency"] > 0).to_numpy(bool) & ~left_since.to_numpy(bool))
    mine = own.iloc[rows]
    dated = (layer["surveyed"].notna() & layer["moved_on"].notna()).to_numpy(bool)[rows]
    return pd.DataFrame(
        {
            "row": rows,
            "building": np.nan,
            "case": DWELLING,
            "zone": mine["nearest"].to_numpy(object),
            "at": mine["at"].to_numpy(object),
            "kind": mine["kind"].to_numpy(object),
            "relation": mine["relation"].to_numpy(object),
            "urgency": mine["urgency"].to_numpy(),
            "reason": np.where(dated, "move.rebuilt.dwelling", "move.rebuilt.dwelling_undated"),
            "measure": mine["measure"].to_numpy(float),
            "threshold": mine["threshold"].to_numpy(float),
            "extra": np.nan,
            "geometry": np.asarray(layer.geometry.array)[rows],
        }
    )


def _buildings(area: Area, standard: Standard, zones: Zones) -> pd.DataFrame:
    """New buildings in danger at the old plot of a household that moved."""
    layer, buildings = area.layer("households"), area.layer("buildings")
    rows = np.flatnonzero(has_moved(layer) & layer["moved_on"].notna().to_numpy(bool))
    shapes, doors = np.asarray(buildings.geometry.array), np.asarray(layer.geometry.array)
    reach = standard["move.old_plot_m"]
    mine, of = shapely.STRtree(shapes).query(doors[rows], predicate="dwithin", distance=reach)
    row = rows[mine]
    year = layer["moved_on"].dt.year.to_numpy(float)[row]
    built = buildings["built"].astype("Float64").to_numpy(float, na_value=np.nan)[of]
    new = (built >= year) & ~_of_neighbours(layer, shapes, standard["move.neighbour_m"])[of]
    row, of = row[new], of[new]
    danger = _danger_of(shapes[of], zones, standard)
    away = shapely.distance(shapes[of], doors[row])
    table = danger.assign(
        row=row,
        building=buildings["id"].to_numpy(object)[of],
        case=BUILDING,
        reason="move.rebuilt.building",
        measure=away,
        threshold=reach,
        extra=built[new],
        geometry=shapely.point_on_surface(shapes[of]),
    )
    table = table[table["urgency"] > 0].sort_values(["measure", "building"], kind="stable")
    return table.drop_duplicates("building").drop_duplicates("row")  # a building is of the nearest old plot


def _of_neighbours(layer: gpd.GeoDataFrame, shapes: npt.NDArray[Any], near_m: float) -> Bools:
    """Which buildings a household that has not moved lives in."""
    doors = np.asarray(layer.geometry.array)[~has_moved(layer)]
    taken = np.zeros(len(shapes), bool)
    taken[shapely.STRtree(doors).query(shapes, predicate="dwithin", distance=near_m)[0]] = True
    return taken


def _danger_of(shapes: npt.NDArray[Any], zones: Zones, standard: Standard) -> pd.DataFrame:
    """The zone that makes it most urgent to leave each shape; urgency 0 where none does."""
    frame = zones.frame
    near_m = frame["buffer_m"].to_numpy(float)
    z, s = shapely.STRtree(shapes).query(zones.reach, predicate="dwithin", distance=near_m)
    inside = shapely.intersects(zones.cores()[z], shapes[s])
    threats = pd.DataFrame(frame[["zone", "layer", "kind", "level", "state"]]).iloc[z].reset_index(drop=True)
    threats["relation"] = np.where(inside, INSIDE, BUFFER)
    threats["urgency"] = zone_urgency(threats, standard)
    threats["shape"] = s
    pressing = threats[threats["urgency"] > 0].sort_values(["urgency", "zone"], kind="stable")
    worst = pressing.drop_duplicates("shape").set_index("shape").reindex(np.arange(len(shapes)))
    return pd.DataFrame(
        {
            "zone": worst["zone"].to_numpy(object),
            "at": worst["layer"].to_numpy(object),
            "kind": worst["kind"].to_numpy(object),
            "relation": worst["relation"].to_numpy(object),
            "urgency": worst["urgency"].fillna(0).to_numpy(np.int64),
        }
    )
