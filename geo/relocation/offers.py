"""Which offered places may be used, how far is each from the old homes, and what does a home cost there?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.area import Area
from geo.ground import Ground, make_ground
from geo.relocation.assess import DEFAULT_KIND
from geo.relocation.connect import Connection
from geo.relocation.danger import SETTLED
from geo.relocation.find import Found
from geo.relocation.verdict import SiteVerdict
from geo.spatial.terrain import Terrain
from geo.standards import Standard
from geo.zones import QUAD_SEGS, Zones

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

LOOKED = 2.0
"""How far walks to one's fields are looked for, as a multiple of their limit."""

COLUMNS = {
    "site": "str",
    "name": "str",
    "source": "str",  # found | listed | drawn
    "kind": "str",  # town | township | village
    "village": "str",
    "capacity": "float64",  # households
    "connect_yuan": "float64",  # road, water and power to the site; NaN where one of them finds no way
}


def offers_of(
    area: Area, listed: Sequence[SiteVerdict], connections: Sequence[Connection | None], found: Found
) -> gpd.GeoDataFrame:
    """Offers (`COLUMNS`, usable ground as geometry) of the sites that pass: suitable, or on conditions.

    First those of the sites layer, with their `connections`, then those found.
    """
    layer = area.layer("sites").drop_duplicates("id").set_index("id")
    rows = [
        (
            v.site, v.name, "listed", v.kind, layer["village"].get(v.site), _room(v),
            c.yuan[1] if c.whole else np.nan, v.usable,
        )
        for v, c in zip(listed, connections, strict=True)
        if c is not None
    ]  # fmt: skip
    whole = found.table[["connect_road_m", "connect_pipe_m", "connect_line_m"]].notna().all(axis=1)
    priced = found.table["connect_yuan"].where(whole)
    places = zip(found.verdicts, found.table["village"], priced, strict=True)
    rows += [
        (v.site, v.name, "found", v.kind, village, _room(v), float(yuan), v.usable)
        for v, village, yuan in places
        if v.offered
    ]
    table = pd.DataFrame(rows, columns=[*COLUMNS, "geometry"])
    shapes = np.asarray(table.pop("geometry"), object)
    return gpd.GeoDataFrame(table.astype(COLUMNS), geometry=shapes, crs=area.crs)


def _room(verdict: SiteVerdict) -> float:
    return float(verdict.capacity[verdict.kind])


def refused(offers: gpd.GeoDataFrame, zones: Zones, standard: Standard) -> pd.DataFrame:
    """Offers that cannot be used: site, reason (message key), measure (m² in the zone, or capacity), nearest.

    Whatever their makers say, no offer may reach into a hazard zone or its buffer by more than a sliver.
    """
    moving = (zones.frame["state"] != SETTLED).to_numpy(bool)
    frame, ground = zones.frame[moving], zones.reach[moving]
    shapes, buffer_m = np.asarray(offers.geometry.array), frame["buffer_m"].to_numpy(float)
    z, s = shapely.STRtree(shapes).query(ground, predicate="dwithin", distance=buffer_m)
    taken = shapely.intersection(shapely.buffer(ground[z], buffer_m[z], quad_segs=QUAD_SEGS), shapes[s])
    bad = pd.DataFrame(
        {"row": s, "measure": shapely.area(taken), "nearest": frame["zone"].to_numpy(object)[z]}
    )
    bad = bad[bad["measure"] > standard["site.sliver_m2"]].sort_values("measure", ascending=False)
    bad = bad.drop_duplicates("row").assign(reason="assign.refused.zone")
    rooms = offers["capacity"].to_numpy(float)
    none = np.setdiff1d(np.flatnonzero(~(rooms >= 1)), bad["row"])
    empty = pd.DataFrame(
        {"row": none, "measure": rooms[none], "nearest": np.nan, "reason": "assign.refused.room"}
    )
    table = pd.concat([bad, empty], ignore_index=True) if len(empty) else bad
    table = table.sort_values("row", ignore_index=True)
    table["site"] = offers["site"].to_numpy(object)[table["row"].to_numpy(int)]
    return table.assign(threshold=np.nan, extra=np.nan)


def homes_xy(area: Area, rows: Ints) -> Floats:
    """Where the households of `rows` live, (n, 2); known by village only: with the group, else NaN."""
    layer, groups = area.layer("households").iloc[rows], area.layer("groups")
    points = np.asarray(layer.geometry.array)
    lost = (
        (layer["loc_qual"] == "village").to_numpy(bool)
        | shapely.is_missing(points)
        | shapely.is_empty(points)
    )
    middle = groups.drop_duplicates("id").set_index("id").geometry.reindex(layer["group"])
    placed = np.where(lost, np.asarray(middle.array), points)
    return np.column_stack([shapely.get_x(placed), shapely.get_y(placed)])


def walks_m(
    area: Area,
    standard: Standard,
    ground: Ground,
    xy: Floats,
    sites: npt.NDArray[Any],
    *,
    waived: npt.NDArray[np.bool_],
    group: Ints,
) -> Floats:
    """Metres over the ground from each home (h, 2) to each site, (h, s): inf no way or too far to matter,
    NaN home not known.

    On a coarser grid than other walks (`assign.cell_m`). Each site is a search of its own: of all the area
    where the limit to one's fields is `waived` (s,), else as far as `LOOKED` times the limit, so that a
    county takes no longer by township than a township. Farther only where homes of a `group` (h,) that
    moves whole (-1: of none), whose mean walk counts, lie on both sides, and to the one nearest site of
    who has none within.
    """
    ground = _coarse(area, standard, ground)
    known = np.isfinite(xy).all(axis=1)
    out = np.full((len(xy), len(sites)), np.nan)
    limit = standard["assign.fields_m"]
    for k, site in enumerate(sites):
        one = np.array([site], object)
        look = partial(ground.reach, xy[known], one, shortest=True, once=True)
        walk = look(limit_m=np.inf if waived[k] else LOOKED * limit).metres
        near, lost = group[known][walk <= limit], group[known][np.isinf(walk)]
        if not waived[k] and (np.intersect1d(near, lost) >= 0).any():
            walk = look().metres
        out[known, k] = walk
    alone = np.flatnonzero(known & ~(out <= LOOKED * limit).any(axis=1))
    if len(alone) and len(sites):
        found = ground.reach(xy[alone], sites, shortest=True, once=True)
        there = found.target >= 0
        out[alone[there], found.target[there]] = found.metres[there]
    return out


def _coarse(area: Area, standard: Standard, ground: Ground) -> Ground:
    terrain = ground.terrain
    if terrain is None or area.terrain is None:
        return ground
    times = int(standard["assign.cell_m"] // terrain.cell)
    rows, cols = (n // times * times for n in terrain.shape) if times > 1 else (0, 0)
    if not rows or not cols:
        return ground
    z = area.terrain.elevation[:rows, :cols].reshape(rows // times, times, cols // times, times)
    known = ~np.isnan(z)
    total = np.where(known, z, 0.0).sum(axis=(1, 3))
    count = known.sum(axis=(1, 3))
    mean = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0).astype(np.float32)
    coarse = Terrain(mean, terrain.west, terrain.north, terrain.cell * times, terrain.crs)
    return make_ground(replace(area, terrain=coarse), standard)


def kinds_of(offers: gpd.GeoDataFrame) -> pd.Series:
    kinds: pd.Series = offers["kind"].fillna(DEFAULT_KIND)
    return kinds


def home_m2(people: Floats, kinds: pd.Series, standard: Standard) -> Floats:
    """Floor area of each household's home at each site, m² (h, s): the red line per person."""
    per_person = kinds.map(dict(standard.table("assign.floor_m2_person"))).to_numpy(float)
    return people[:, None] * per_person[None, :]


def home_yuan(people: Floats, kinds: pd.Series, standard: Standard) -> Floats:
    """What each household's home costs at each site, yuan (h, s), without connecting the site."""
    price = kinds.map(dict(standard.table("assign.build_yuan_m2"))).to_numpy(float)
    return home_m2(people, kinds, standard) * price[None, :]


def subsidy_yuan(people: Floats, poor: npt.NDArray[np.bool_], standard: Standard) -> tuple[Floats, Floats]:
    """By household: the building subsidy, and the reward for demolishing the old house in time, yuan."""
    rate = standard.table("assign.subsidy_yuan")
    return people * np.where(poor, rate["poor"], rate["general"]), people * standard["assign.demolition_yuan"]
