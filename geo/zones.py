"""Which ground is dangerous? Declared hazard zones and the ground affected by coal workings, as one table.

Stands below the themes because two of them ask: exposure (who is in danger) and
relocation (where nobody may be settled).

A zone is a core and a distance: ground in the core is `inside`, ground within
`buffer_m` of it is in the `buffer`. Distances are kept as numbers, not drawn as
rings, so that a comparison is exact.

Kinds are those of the hazards layer, `unknown` where a record names none, and two
of our own: `mining` (mined-out coal workings) and `planned_mining` (coal that is
planned to be extracted: nobody is threatened yet, nobody should be settled there).
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
from geo.standards import Standard

Floats = npt.NDArray[np.float64]

UNKNOWN = "unknown"
MINING, PLANNED_MINING = "mining", "planned_mining"
QUAD_SEGS = 16
"""Segments per quarter circle where a distance must be drawn: a ring 0.5 % short at most."""

COLUMNS = {
    "zone": "str",  # id of the record
    "name": "str",
    "layer": "str",  # hazards | workings
    "kind": "str",
    "level": "str",  # small | medium | large | extra | unknown; workings have none: unknown
    "extent": "str",  # known: drawn by a surveyor | unknown: a circle about a point
    "planned": "bool",  # a threat to come, not one of today
    "buffer_m": "float64",
    "model": "str",  # message key of how the extent and buffer were made
    "depth_m": "float64",  # the parameters of the mining model, NaN elsewhere
    "tanb": "float64",
    "assumed": "bool",  # a parameter of the model is the standard's, not the record's
    "source": "str",
    "surveyed": "datetime64[s]",
}


@dataclass(frozen=True)
class Zones:
    """All zones of an area. `frame`: columns of `COLUMNS` and the core as geometry, metres.

    `declared` and `worked` say whether the layers were given at all; an empty
    layer is an answer, a missing one is not.
    """

    frame: gpd.GeoDataFrame
    declared: bool
    worked: bool

    def cores(self) -> npt.NDArray[Any]:
        return np.asarray(self.frame.geometry.array)

    def only(self, mask: npt.NDArray[np.bool_]) -> Zones:
        """The zones where `mask` is true."""
        return Zones(self.frame[mask].reset_index(drop=True), self.declared, self.worked)


def make_zones(area: Area, standard: Standard) -> Zones:
    """The zones of `area`: its hazards layer and its workings, in that order."""
    parts = [_declared(area.layer("hazards"), standard), _mining(area.layer("workings"), standard)]
    table = pd.concat([p.drop(columns="geometry") for p in parts], ignore_index=True).astype(COLUMNS)
    geometry = shapely.make_valid(np.concatenate([np.asarray(p["geometry"], object) for p in parts]))
    frame = gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(geometry, crs=area.crs), crs=area.crs)
    kept = np.asarray(frame.geometry.notna() & ~frame.geometry.is_empty, bool)
    return Zones(frame[kept].reset_index(drop=True), "hazards" in area.layers, "workings" in area.layers)


def buffers_m(kind: pd.Series, level: pd.Series, standard: Standard) -> tuple[Floats, Floats]:
    """By record: the buffer of a drawn zone and the radius of one known as a point only, metres.

    The buffer is the distance of the size times the share of the kind; the radius
    is the distance of the size alone, for the circle stands for the zone itself.
    """
    unknown = standard["hazard.unknown_buffer_m"]
    radius = _by_choice(level, dict(standard.table("hazard.buffer_m")), unknown)
    share = _by_choice(kind, dict(standard.table("hazard.buffer_kind_share")), 1.0)
    return radius * share, radius


def _by_choice(values: pd.Series, numbers: dict[str, float], otherwise: float) -> Floats:
    return np.asarray(values.map(numbers).fillna(otherwise), np.float64)


def influence_m(depth: pd.Series, tanb: pd.Series, standard: Standard) -> tuple[Floats, Floats, Floats]:
    """Width of affected ground outside a working, its depth H and tan beta as used.

    Main influence radius r = H / tan beta (probability-integral method; never H
    times tan beta), times the standard's number of radii. The cautious width: what
    happens within it is a matter of the subsidence model.
    """
    h = np.asarray(depth.where(depth > 0).fillna(standard["mine.depth_m"]), np.float64)
    b = np.asarray(tanb.where(tanb > 0).fillna(standard["mine.tanb"]), np.float64)
    return standard["site.mine_influence"] * h / b, h, b


def _declared(layer: gpd.GeoDataFrame, standard: Standard) -> pd.DataFrame:
    """Polygons as they are; points, and lines, as circles of the size of the record, extent unknown."""
    buffer, radius = buffers_m(layer["kind"], layer["level"], standard)
    geometry = np.asarray(layer.geometry.array)
    drawn = shapely.get_dimensions(geometry) == 2
    cores = np.where(drawn, geometry, shapely.buffer(geometry, radius, quad_segs=QUAD_SEGS))
    return pd.DataFrame(
        {
            "zone": layer["id"],
            "name": layer["name"],
            "layer": "hazards",
            "kind": layer["kind"].fillna(UNKNOWN),
            "level": layer["level"].fillna(UNKNOWN),
            "extent": np.where(drawn, "known", "unknown"),
            "planned": False,
            "buffer_m": np.where(drawn, buffer, 0.0),
            "model": np.where(drawn, "hazard.model.drawn", "hazard.model.point"),
            "depth_m": np.nan,
            "tanb": np.nan,
            "assumed": ~drawn | layer["level"].isna().to_numpy(),
            "source": layer["source"],
            "surveyed": layer["surveyed"],
            "geometry": cores,
        }
    )


def _mining(layer: gpd.GeoDataFrame, standard: Standard) -> pd.DataFrame:
    """Workings: the outline is the core, the influence radius the buffer."""
    width, depth, tanb = influence_m(layer["depth"], layer["tanb"], standard)
    planned = layer["planned"].fillna(False).to_numpy(bool)
    return pd.DataFrame(
        {
            "zone": layer["id"],
            "name": layer["name"],
            "layer": "workings",
            "kind": np.where(planned, PLANNED_MINING, MINING),
            "level": UNKNOWN,
            "extent": "known",
            "planned": planned,
            "buffer_m": width,
            "model": "hazard.model.influence",
            "depth_m": depth,
            "tanb": tanb,
            "assumed": (layer["depth"].isna() | layer["tanb"].isna()).to_numpy(),
            "source": layer["mine"],
            "surveyed": np.datetime64("NaT", "s"),
            "geometry": np.asarray(layer.geometry.array),
        }
    )
