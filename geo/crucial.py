"""How many households lose service if one existing thing fails?

| layer        | fails                                | lose service                           |
|--------------|--------------------------------------|----------------------------------------|
| pools        | the pool                             | households no other pool can take over |
| springs      | the source, and all pools drawing on it | the same                            |
| transformers | the transformer                      | households no other can take over      |
| roads        | a bridge                             | households then without hardened path or road out |

Pools and transformers: the joint allocation without them (`geo.spatial.removal`); bridges:
what hangs on the exits without them (`geo.roads.bridges`). All by the map alone. What is
*planned* carries its own number in `geo.works`.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.area import Area
from geo.ground import Ground
from geo.power.gaps import PowerGaps
from geo.roads.bridges import bridge_losses
from geo.roads.gaps import RoadGaps
from geo.spatial.removal import Held, lost_without
from geo.standards import Standard
from geo.water.gaps import WaterGaps

Ints = npt.NDArray[np.int64]

LAYERS = ("pools", "springs", "transformers", "roads")

CRUCIAL_COLUMNS = {
    "layer": "str",  # one of LAYERS
    "id": "str",  # of the feature
    "row": "int64",  # of the layer
    "households": "Int64",  # that lose service if it fails; NA where what it gives is not known
    "people": "float64",
    "poor_people": "float64",
    "served": "Int64",  # households it serves now, by the map
    "reason": "str",  # message key
    "measure": "float64",  # households, as the sentence says it
    "threshold": "float64",  # served
    "extra": "float64",  # of them, those that something else takes over
    "nearest": "str",  # as sentences want it; none is named
}


@dataclass(frozen=True)
class Crucial:
    """`table` one row for every existing feature of `LAYERS` (of roads: the bridges), in
    `CRUCIAL_COLUMNS`; `loses` who: layer, id, household (id)."""

    table: pd.DataFrame
    loses: pd.DataFrame

    def of(self, layer: str) -> pd.DataFrame:
        """The rows of one layer by row of that layer."""
        return self.table[self.table["layer"] == layer].set_index("row")


def crucial_rows(area: Area, crucial: Crucial) -> gpd.GeoDataFrame:
    """The table with the name and the geometry of each feature, the most crucial of each layer first."""
    parts = []
    for layer in LAYERS:
        table = crucial.of(layer)
        frame = area.layer(layer).iloc[table.index]
        names = frame["name"].fillna("").to_numpy(object)
        part = gpd.GeoDataFrame(
            table.assign(name=names), geometry=np.asarray(frame.geometry.array), crs=area.crs
        )
        parts.append(part.sort_values("households", ascending=False, kind="stable"))
    return gpd.GeoDataFrame(pd.concat(parts).reset_index(), crs=area.crs)


@dataclass(frozen=True)
class _Layer:
    """Of one layer: features (rows), households served by each, whether that is known, pairs that lose."""

    rows: Ints
    served: Ints
    known: npt.NDArray[np.bool_]
    feature: Ints  # place in `rows`
    household: Ints


def find_crucial(
    area: Area, standard: Standard, ground: Ground, roads: RoadGaps, water: WaterGaps, power: PowerGaps
) -> Crucial:
    """The crucialness of every existing pool, spring, transformer and bridge."""
    pools = np.arange(len(area.layer("pools")))
    known = water.pools["capacity"].notna().to_numpy(bool)
    found = {
        "pools": _allocated(water.held, [pools[i : i + 1] for i in pools], known),
        "springs": _springs(water, len(area.layer("springs")), known),
        "transformers": _allocated(
            power.held,
            [np.array([i]) for i in range(len(area.layer("transformers")))],
            power.transformers["capacity"].notna().to_numpy(bool),
        ),
        "roads": _bridges(area, standard, ground, roads),
    }
    tables, loses = zip(*(_written(area, name, one) for name, one in found.items()), strict=True)
    return Crucial(pd.concat(tables, ignore_index=True), pd.concat(loses, ignore_index=True))


def _allocated(held: Held, sets: list[Ints], known: npt.NDArray[np.bool_]) -> _Layer:
    feature, household = lost_without(held, sets)
    place = held.place[held.place >= 0]
    used = np.bincount(place, minlength=len(held.capacity))
    served = np.array([int(used[s].sum()) for s in sets], np.int64)
    sure = np.array([bool(known[s].all()) for s in sets], bool)
    return _Layer(np.arange(len(sets)), served, sure, feature, household)


def _springs(water: WaterGaps, springs: int, known: npt.NDArray[np.bool_]) -> _Layer:
    order = np.argsort(water.draws, kind="stable")
    ends = np.searchsorted(water.draws[order], np.arange(springs + 1))
    return _allocated(water.held, [order[ends[i] : ends[i + 1]] for i in range(springs)], known)


def _bridges(area: Area, standard: Standard, ground: Ground, roads: RoadGaps) -> _Layer:
    found = bridge_losses(area, standard, ground, roads)
    at = np.searchsorted(found.bridges, found.served[0])
    served = np.bincount(at, minlength=len(found.bridges))
    feature = np.searchsorted(found.bridges, found.lost[0])
    return _Layer(found.bridges, served, np.ones(len(found.bridges), bool), feature, found.lost[1])


def _written(area: Area, layer: str, found: _Layer) -> tuple[pd.DataFrame, pd.DataFrame]:
    households = area.layer("households")
    people = households["people"].astype("float64").fillna(0.0).to_numpy()
    poor = households["poor"].fillna(False).to_numpy(bool)
    n = len(found.rows)
    count = np.bincount(found.feature, minlength=n)
    ids = area.layer(layer)["id"].to_numpy(object)[found.rows]
    unknown = ~found.known
    state = np.select([unknown, found.served == 0], ["unknown", "idle"], layer)
    table = pd.DataFrame(
        {
            "layer": layer,
            "id": ids,
            "row": found.rows,
            "households": pd.Series(count, dtype="Int64").mask(unknown),
            "people": np.bincount(found.feature, people[found.household], n),
            "poor_people": np.bincount(found.feature, (people * poor)[found.household], n),
            "served": pd.Series(found.served, dtype="Int64").mask(unknown),
            "reason": np.char.add("crucial.", state.astype(str)),
            "measure": count.astype(float),
            "threshold": found.served.astype(float),
            "extra": (found.served - count).astype(float),
            "nearest": np.full(n, np.nan, object),
        }
    ).astype(CRUCIAL_COLUMNS)
    table.loc[unknown, ["people", "poor_people", "measure", "threshold", "extra"]] = np.nan
    who = households["id"].to_numpy(object)[found.household]
    loses = pd.DataFrame({"layer": layer, "id": ids[found.feature], "household": who}).astype("str")
    return table, loses
