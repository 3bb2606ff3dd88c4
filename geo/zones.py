"""Which ground is dangerous? Declared hazard zones and the ground affected by coal workings, as one table.

Stands below the themes because two of them ask: exposure (who is in danger) and
relocation (where nobody may be settled).

A zone is a core, its reach and a distance: ground in the core is `inside`, ground
within `buffer_m` of the reach is in the `buffer`. The reach is the ground the hazard
may run to by its geometric model, core included; where no model applies it is the core,
and the distance is the standard's. Distances are kept as numbers, not drawn as rings,
so that a comparison is exact.

Kinds are those of the hazards layer, `unknown` where a record names none, and three
of our own: `mining` (coal workings whose ground moves or may fall in), `settled_mining`
(its ground is at rest: nobody is threatened, who builds there has it assessed first) and
`planned_mining` (coal that is planned to be extracted: nobody is threatened yet, nobody
should be settled there).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from shapely import affinity

from geo.area import Area
from geo.reach import make_reach
from geo.spatial.terrain import Terrain
from geo.standards import Standard
from geo.workings import PLANNED, SETTLED, make_workings, shift_m, year_of

Floats = npt.NDArray[np.float64]

UNKNOWN = "unknown"
MINING, SETTLED_MINING, PLANNED_MINING = "mining", "settled_mining", "planned_mining"
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
    "state": "str",  # of a working: active | residual | settled | shallow | planned; "" elsewhere
    "buffer_m": "float64",
    "model": "str",  # message key of how the extent and buffer were made
    "depth_m": "float64",  # the parameters of the mining model, NaN elsewhere
    "tanb": "float64",
    "assumed": "bool",  # a parameter of the model is the standard's, not the record's
    "source": "str",
    "surveyed": "datetime64[s]",
    "threat_hh": "Int64",  # threatened households and people as declared
    "threat_p": "Int64",
    "liable": "str",
}


@dataclass(frozen=True)
class Zones:
    """All zones of an area. `frame`: columns of `COLUMNS` and the core as geometry, metres.

    `reach` holds the ground each may run to, core included, in row order. `declared` and
    `worked` say whether the layers were given at all; an empty layer is an answer, a
    missing one is not.
    """

    frame: gpd.GeoDataFrame
    declared: bool
    worked: bool
    reach: npt.NDArray[Any]

    def today(self) -> npt.NDArray[np.bool_]:
        """Which zones threaten somebody now: neither planned nor at rest."""
        frame = self.frame
        return np.asarray(~frame["planned"] & (frame["state"] != SETTLED), bool)

    def cores(self) -> npt.NDArray[Any]:
        return np.asarray(self.frame.geometry.array)

    def only(self, mask: npt.NDArray[np.bool_]) -> Zones:
        """The zones where `mask` is true."""
        kept = np.asarray(mask, bool)
        return Zones(self.frame[kept].reset_index(drop=True), self.declared, self.worked, self.reach[kept])


def make_zones(area: Area, standard: Standard, *, year: int | None = None, modelled: bool = True) -> Zones:
    """The zones of `area`: its hazards layer and its workings, in that order.

    `year` is the one workings are judged in; that of the newest survey where it is not given. Who needs
    the cores alone saves the run-out models: not `modelled`, the standard's distances stand for them.
    """
    year = year_of(area, standard) if year is None else year
    parts = [
        _declared(area.layer("hazards"), area.terrain if modelled else None, standard),
        _mining(area.layer("workings"), standard, year),
    ]
    shapes = ["geometry", "reach"]
    table = pd.concat([p.drop(columns=shapes) for p in parts], ignore_index=True).astype(COLUMNS)
    core, reach = (
        shapely.make_valid(np.concatenate([np.asarray(p[name], object) for p in parts])) for name in shapes
    )
    kept = ~(shapely.is_missing(core) | shapely.is_empty(core))
    frame = gpd.GeoDataFrame(
        table[kept].reset_index(drop=True), geometry=gpd.GeoSeries(core[kept], crs=area.crs), crs=area.crs
    )
    return Zones(frame, "hazards" in area.layers, "workings" in area.layers, reach[kept])


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


def _declared(layer: gpd.GeoDataFrame, terrain: Terrain | None, standard: Standard) -> pd.DataFrame:
    """Polygons as they are, with the reach of their model; points, and lines, as circles of the size of
    the record, extent unknown."""
    buffer, radius = buffers_m(layer["kind"], layer["level"], standard)
    geometry = np.asarray(layer.geometry.array)
    drawn = shapely.get_dimensions(geometry) == 2
    circles = shapely.buffer(geometry, radius, quad_segs=QUAD_SEGS)
    cores = shapely.make_valid(np.where(drawn, geometry, circles))
    kind = layer["kind"].fillna(UNKNOWN).to_numpy(object)
    reach, modelled = make_reach(
        cores, np.where(drawn, kind, ""), layer["height_m"].to_numpy(float), terrain, standard
    )
    named = np.where(drawn, "hazard.model.drawn", "hazard.model.point").astype(object)
    named[modelled] = "hazard.model." + kind[modelled]
    return pd.DataFrame(
        {
            "zone": layer["id"],
            "name": layer["name"],
            "layer": "hazards",
            "kind": kind,
            "level": layer["level"].fillna(UNKNOWN),
            "extent": np.where(drawn, "known", "unknown"),
            "planned": False,
            "state": "",
            "buffer_m": np.where(drawn & ~modelled, buffer, 0.0),
            "model": named,
            "depth_m": np.nan,
            "tanb": np.nan,
            "assumed": ~drawn | layer["level"].isna().to_numpy(),
            "source": layer["source"],
            "surveyed": layer["surveyed"],
            "threat_hh": layer["threat_hh"],
            "threat_p": layer["threat_p"],
            "liable": layer["liable"],
            "geometry": cores,
            "reach": reach,
        }
    )


def _mining(layer: gpd.GeoDataFrame, standard: Standard, year: int) -> pd.DataFrame:
    """Workings: the outline is the core, the main influence radius r = H / tan beta the buffer.

    (Never H times tan beta.) Under a dipping seam the influence is displaced down the dip;
    the reach then takes in the outline so displaced. Width in radii: the standard's.
    """
    known = make_workings(layer, standard, year)
    outline = np.asarray(layer.geometry.array)
    return pd.DataFrame(
        {
            "zone": layer["id"],
            "name": layer["name"],
            "layer": "workings",
            "kind": known["state"].map({PLANNED: PLANNED_MINING, SETTLED: SETTLED_MINING}).fillna(MINING),
            "level": UNKNOWN,
            "extent": "known",
            "planned": known["state"] == PLANNED,
            "state": known["state"],
            "buffer_m": standard["site.mine_influence"] * known["radius_m"],
            "model": "hazard.model.influence",
            "depth_m": known["depth_m"],
            "tanb": known["tanb"],
            "assumed": known["assumed_reach"],
            "source": layer["mine"],
            "surveyed": np.datetime64("NaT", "s"),
            "threat_hh": pd.NA,
            "threat_p": pd.NA,
            "liable": layer["mine"],
            "geometry": outline,
            "reach": _displaced(outline, shift_m(known, standard)),
        }
    )


def _displaced(outlines: npt.NDArray[Any], by: Floats) -> npt.NDArray[Any]:
    """Each outline together with itself moved."""
    reach = outlines.astype(object)
    for i in np.flatnonzero(np.hypot(by[:, 0], by[:, 1]) > 0):
        moved = affinity.translate(outlines[i], *by[i])
        reach[i] = shapely.union(shapely.make_valid(outlines[i]), shapely.make_valid(moved))
    return reach
