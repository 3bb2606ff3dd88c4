"""Who is in danger? Every household against every hazard zone.

A household is a point. Its relation to a zone is `inside` (in the zone or on its
edge) or `buffer` (within the zone's buffer distance of it, exactly measured, no
drawn ring). Its own relation is the worst over the zones of today: inside, buffer,
else `clear`; `unknown` where no hazards layer was given and nothing else threatens,
or where the household has no location or one known by village only.
Coal workings that are planned, or whose ground is at rest, are listed among the pairs, but
threaten nobody today.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.area import Area
from geo.hazards.damage import house_damage
from geo.hazards.screens import screen
from geo.hazards.subsidence import Subsidence, model_subsidence
from geo.hazards.threats import zone_threats
from geo.standards import Standard
from geo.workings import SETTLED
from geo.zones import PLANNED_MINING, SETTLED_MINING, Zones, make_zones

INSIDE, BUFFER, CLEAR, UNKNOWN = "inside", "buffer", "clear", "unknown"
RELATIONS = (INSIDE, BUFFER, CLEAR, UNKNOWN)
_LEVELS = ("extra", "large", "medium", "small", "unknown")


@dataclass(frozen=True)
class Exposure:
    """Households against zones.

    `table`       one row per household and zone it is in or near, by household row, worst first:
                  household, zone, layer, kind, level, planned, relation (inside | buffer),
                  distance_m (to the edge of the zone, from within or without), extent, assumed,
                  source, surveyed, and `row`, the household's row in its layer
    `households`  one row per household in row order of the layer: household, relation, reason
                  (message key), measure (distance to the edge, m), threshold (buffer, m), extra
                  (number of zones), nearest (id of the worst zone), at (its layer), kind, level, extent,
                  liable (of the worst zone), damage and damage_cautious (0, I … IV by the subsidence model,
                  `unknown`), screen (message key of the worst screen, "" none: a hint to go and look)
    `by_kind`     kind, level, relation -> households, people, people_unknown (households whose number
                  of people is not known); a household counts once in each kind and level, at its worst there
    `by_village`  village, relation -> the same, each household once at its worst; all four relations
    `by_group`    group, relation -> the same
    `threats`     one row per zone of today: people threatened as counted and as declared, class of threat
                  (`geo.hazards.threats`)
    """

    zones: Zones
    table: pd.DataFrame
    households: pd.DataFrame
    by_kind: pd.DataFrame
    by_village: pd.DataFrame
    by_group: pd.DataFrame
    threats: pd.DataFrame

    def of(self, household: str) -> pd.DataFrame:
        """The zones one household is in or near, worst first."""
        mine = np.flatnonzero(self.table["household"].to_numpy(object) == household)
        return self.table.iloc[mine].reset_index(drop=True)


def expose(
    area: Area, standard: Standard, zones: Zones | None = None, subsidence: Subsidence | None = None
) -> Exposure:
    """Overlay households with zones and what the mines do to the surface; both made here if not given."""
    zones = zones or make_zones(area, standard)
    if "workings" not in area.layers:
        subsidence = None
    elif subsidence is None:
        subsidence = model_subsidence(area, standard)
    layer = area.layer("households")
    placed = _placed(layer)
    pairs = _pairs(layer, placed, zones)
    households = pd.concat(
        [
            _worst(layer, placed, pairs, zones.declared),
            house_damage(layer, placed, subsidence, standard),
            screen(area, standard).households[["screen"]],
        ],
        axis=1,
    )
    return Exposure(
        zones=zones,
        table=pairs,
        households=households,
        by_kind=_by_kind(layer, pairs),
        by_village=_by(layer, households, "village"),
        by_group=_by(layer, households, "group"),
        threats=zone_threats(layer, pairs, zones, standard),
    )


def _placed(layer: gpd.GeoDataFrame) -> npt.NDArray[np.bool_]:
    """Which households stand where their point says."""
    points = np.asarray(layer.geometry.array)
    there = ~(shapely.is_missing(points) | shapely.is_empty(points))
    return np.asarray(there & (layer["loc_qual"].fillna("") != "village").to_numpy(bool), bool)


def _pairs(layer: gpd.GeoDataFrame, placed: npt.NDArray[np.bool_], zones: Zones) -> pd.DataFrame:
    points = np.asarray(layer.geometry.array)
    where = np.flatnonzero(placed)
    cores, buffer = zones.cores(), zones.frame["buffer_m"].to_numpy(float)
    z, p = shapely.STRtree(points[where]).query(zones.reach, predicate="dwithin", distance=buffer)
    row = where[p]
    inside = shapely.intersects(cores[z], points[row])
    hit, of = np.unique(z, return_inverse=True)
    to_edge = shapely.distance(shapely.boundary(cores[hit])[of], points[row])
    facts = zones.frame[
        [
            *("zone", "layer", "kind", "level", "planned", "extent", "assumed", "source", "surveyed"),
            *("buffer_m", "state", "model", "liable"),
        ]
    ].iloc[z]
    table: pd.DataFrame = pd.DataFrame(facts).reset_index(drop=True)
    table.insert(0, "household", layer["id"].iloc[row].reset_index(drop=True))
    table.insert(6, "relation", pd.Series(np.where(inside, INSIDE, BUFFER), dtype="str"))
    table.insert(7, "distance_m", to_edge)
    table["row"] = row
    rank = pd.DataFrame(
        {
            "row": row,
            "later": ~zones.today()[z],
            "out": ~inside,
            "level": table["level"].map({name: i for i, name in enumerate(_LEVELS)}),
            "far": np.where(inside, -to_edge, to_edge),
            "zone": table["zone"],
        }
    )
    order = rank.sort_values(list(rank.columns), kind="stable").index.to_numpy()
    return table.take(order).reset_index(drop=True)


def _worst(
    layer: gpd.GeoDataFrame, placed: npt.NDArray[np.bool_], pairs: pd.DataFrame, declared: bool
) -> pd.DataFrame:
    """One row per household: its worst zone of today, or why there is none."""
    n = len(layer)
    today = pairs[~pairs["planned"] & (pairs["state"] != SETTLED)]
    first = today.drop_duplicates("row").set_index("row").reindex(np.arange(n))
    hit = first["relation"].notna().to_numpy()
    none = np.where(~placed | (not declared), UNKNOWN, CLEAR)
    relation = np.where(hit, first["relation"].to_numpy(object), none)
    why = np.where(placed, "hazard.no_layer", "hazard.not_placed")
    by_extent = np.where(first["extent"] == "unknown", "hazard.inside_circle", "hazard.inside")
    by_model = np.where(first["buffer_m"] > 0, "hazard.buffer", "hazard.reach")
    reason = np.select(
        [relation == INSIDE, relation == BUFFER, relation == CLEAR],
        [by_extent, by_model, np.full(n, "hazard.clear", object)],
        why,
    )
    return pd.DataFrame(
        {
            "household": layer["id"].reset_index(drop=True),
            "relation": pd.Series(relation, dtype="str"),
            "reason": pd.Series(reason, dtype="str"),
            "measure": first["distance_m"].to_numpy(float),
            "threshold": first["buffer_m"].to_numpy(float),
            "extra": np.bincount(today["row"], minlength=n).astype(float),
            "nearest": pd.Series(first["zone"].array, dtype="str"),
            "at": pd.Series(first["layer"].array, dtype="str"),
            "kind": pd.Series(first["kind"].array, dtype="str"),
            "level": pd.Series(first["level"].array, dtype="str"),
            "extent": pd.Series(first["extent"].array, dtype="str"),
            "liable": pd.Series(first["liable"].array, dtype="str"),
        }
    )


def _by_kind(layer: gpd.GeoDataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """Households and people by kind, level and relation; those planned or at rest by their own kinds."""
    once = pairs.sort_values("relation", ascending=False, kind="stable")  # "inside" before "buffer"
    once = once.drop_duplicates(["row", "kind", "level"])
    keys: dict[str, Any] = {k: once[k].to_numpy(object) for k in ("kind", "level", "relation")}
    counted = _count(layer, once["row"].to_numpy(int), keys)
    order = counted["kind"].isin([SETTLED_MINING, PLANNED_MINING])
    return counted.iloc[order.argsort(kind="stable")].reset_index(drop=True)


def _by(layer: gpd.GeoDataFrame, households: pd.DataFrame, unit: str) -> pd.DataFrame:
    """Every village or group with every relation, noughts included, so that sums always agree."""
    of, names = pd.factorize(layer[unit].fillna("").to_numpy(object), sort=True)
    state = pd.Index(RELATIONS).get_indexer(pd.Index(households["relation"]))
    cell, n = of * len(RELATIONS) + state, len(names) * len(RELATIONS)
    people = layer["people"].astype("float64").to_numpy()

    def total(values: npt.NDArray[Any] | None = None) -> npt.NDArray[np.int64]:
        return np.bincount(cell, values, minlength=n).astype(np.int64)

    return pd.DataFrame(
        {
            unit: np.repeat(names, len(RELATIONS)),
            "relation": np.tile(np.array(RELATIONS, object), len(names)),
            "households": total(),
            "people": total(np.nan_to_num(people)),
            "people_unknown": total(np.isnan(people)),
        }
    ).astype({unit: "str", "relation": "str"})


def _count(layer: gpd.GeoDataFrame, rows: npt.NDArray[np.int64], keys: dict[str, Any]) -> pd.DataFrame:
    people = layer["people"].iloc[rows]
    table = pd.DataFrame(
        {
            **keys,
            "households": 1,
            "people": people.fillna(0).to_numpy("int64"),
            "people_unknown": people.isna().to_numpy("int64"),
        }
    )
    counted = table.groupby(list(keys), sort=True, as_index=False)[["households", "people", "people_unknown"]]
    return counted.sum().astype({name: "str" for name in keys})
