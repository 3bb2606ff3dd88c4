"""Where could the households without power be supplied from? Existing transformers and new places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from scipy.spatial import cKDTree

from geo.area import Area
from geo.power.gaps import PowerGaps
from geo.power.poles import Poles, raised
from geo.power.siting import Options, Pairs
from geo.standards import Standard

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_ROUNDING = 1e-9


@dataclass(frozen=True)
class Sites:
    """Places tried for a new transformer: (m, 3), metres of 10 kV line, where it begins, whose line."""

    xyz: Floats
    mv_m: Floats
    begin: Floats
    line: npt.NDArray[Any]


@dataclass(frozen=True)
class Prices:
    """Likely prices that decide: yuan of a set by kVA, yuan per metre of line and spur."""

    kva: Floats
    set_yuan: Floats
    lv_m: float
    mv_m: float


def new_sites(area: Area, homes: Floats, standard: Standard) -> Sites:
    """One place beside the middle house of every square of `power.site_m`, outside hazard zones.

    Where that place is in a hazard zone, the place under the 10 kV line instead, if it is outside.
    """
    rows = mains(area, standard)
    if not len(rows) or not len(homes):
        return Sites(np.empty((0, 3)), np.empty(0), np.empty((0, 3)), np.empty(0, object))
    spot = _middles(homes, standard["power.site_m"]) + standard["power.pole_m"] / 2
    lines = np.asarray(area.layer("lines").geometry.array)[rows]
    points = np.asarray(shapely.points(spot), object)
    near = shapely.STRtree(lines).nearest(points)
    begin = shapely.get_coordinates(shapely.shortest_line(lines[near], points))[::2]
    spot = np.where(in_hazard(area, points)[:, None], begin, spot)
    safe = ~in_hazard(area, np.asarray(shapely.points(spot), object))
    at, start = raised(area, spot[safe]), raised(area, begin[safe])
    ids = area.layer("lines")["id"].to_numpy(object)[rows[near[safe]]]
    return Sites(at, np.hypot.reduce(at - start, axis=1), start, ids)


def _middles(homes: Floats, side_m: float) -> Floats:
    """Of every square with houses the house nearest to the middle of them, (m, 2)."""
    cell = np.floor(homes[:, :2] / side_m).astype(np.int64)
    of = np.unique(cell, axis=0, return_inverse=True)[1].reshape(-1)
    count = np.bincount(of)
    middle = np.stack([np.bincount(of, homes[:, k]) / count for k in range(2)], axis=1)
    away = np.hypot(*(homes[:, :2] - middle[of]).T)
    order = np.lexsort((away, of))
    found: Floats = homes[order[np.r_[True, np.diff(of[order]) != 0]], :2]
    return found


def mains(area: Area, standard: Standard) -> Ints:
    """Rows of the lines a village transformer is fed from: of their voltage (`site.line_kv`)."""
    low, high = standard.numbers("site.line_kv")
    lines = area.layer("lines")
    kv = lines["kv"].to_numpy(float)
    drawn = ~(lines.geometry.is_empty | lines.geometry.isna()).to_numpy(bool)
    return np.flatnonzero((kv >= low) & (kv < high) & drawn)


def in_hazard(area: Area, shapes: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Which shapes touch a hazard zone as mapped (polygons)."""
    found = np.zeros(len(shapes), bool)
    if area.has("hazards"):
        zones = np.asarray(area.layer("hazards").geometry.array)
        zones = zones[shapely.get_dimensions(zones) == 2]
        hit, _ = shapely.STRtree(zones).query(shapes, predicate="intersects")
        found[hit] = True
    return found


def pairs_existing(
    homes: Floats, poles: Poles, usable: Ints, standard: Standard
) -> tuple[Ints, Ints, Floats]:
    """(home, transformer, metres of new line): every usable transformer within reach, each once."""
    standing = np.flatnonzero(np.isfinite(poles.xyz).all(axis=1) & (np.diff(poles.reached.start) > 0))
    if not len(standing) or not len(homes):
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)
    reach = standard["power.reach_m"]
    near = cKDTree(homes).sparse_distance_matrix(
        cKDTree(poles.xyz[standing]), reach, output_type="coo_matrix"
    )
    home, pole, far = near.row, standing[near.col], near.data
    start, stop = poles.reached.start[pole], poles.reached.start[pole + 1]
    count = stop - start
    of = np.repeat(np.arange(len(home)), count)
    entry = np.arange(len(of)) + np.repeat(start - (np.cumsum(count) - count), count)
    transformer = poles.reached.source[entry]
    # a household hangs on a pole without any line within the drop, as the gaps are judged
    new = np.where(far[of] <= standard["power.drop_m"], 0.0, far[of])
    good = (poles.reached.length[entry] + new <= reach) & np.isin(transformer, usable)
    home, transformer, metres = home[of[good]], transformer[good], far[of[good]]
    order = np.lexsort((metres, transformer, home))
    home, transformer, metres = home[order], transformer[order], metres[order]
    first = np.ones(len(home), bool)
    first[1:] = (home[1:] != home[:-1]) | (transformer[1:] != transformer[:-1])
    return home[first].astype(np.int64), transformer[first].astype(np.int64), metres[first]


def options_existing(gaps: PowerGaps, freed: Ints, prices: Prices, standard: Standard) -> Options:
    """Existing transformers as they are with what is free, and each larger standard size in their place.

    `freed` (transformers,): households counted as supplied there that are designed anew.
    """
    table, share = gaps.transformers, standard["power.kva_per_household"]
    used = table["used"].to_numpy(np.int64) - freed
    kva = table["kva"].to_numpy(float)
    working = table["working"].to_numpy(bool)
    known = np.flatnonzero(np.isfinite(kva) & working)
    spare = table["capacity"].to_numpy(float, na_value=0.0) - used
    keep = known[spare[known] > 0]
    t, s = (
        grid.ravel() for grid in np.meshgrid(np.arange(len(table)), np.arange(len(prices.kva)), indexing="ij")
    )
    larger = (prices.kva[s] > kva[t]) | (~working[t] & (prices.kva[s] >= np.nan_to_num(kva[t])))
    larger &= np.isfinite(kva[t]) | ~working[t]
    t, s = t[larger], s[larger]
    takes = np.floor(prices.kva[s] / share + _ROUNDING).astype(np.int64) - used[t]
    some = takes > 0
    t, s, takes = t[some], s[some], takes[some]
    return Options(
        np.concatenate([keep, t]),
        np.concatenate([spare[keep].astype(np.int64), takes]),
        np.concatenate([np.zeros(len(keep)), prices.set_yuan[s]]),
        np.concatenate([kva[keep], prices.kva[s]]),
    )


def options_new(sites: Sites, first_place: int, prices: Prices, standard: Standard) -> Options:
    """A new transformer of every standard size up to the largest, with its 10 kV spur."""
    sizes = np.flatnonzero(prices.kva <= standard["power.max_new_kva"])
    site, s = (g.ravel() for g in np.meshgrid(np.arange(len(sites.xyz)), sizes, indexing="ij"))
    takes = np.floor(prices.kva[s] / standard["power.kva_per_household"] + _ROUNDING).astype(np.int64)
    yuan = prices.set_yuan[s] + prices.mv_m * sites.mv_m[site]
    return Options(first_place + site, takes, yuan, prices.kva[s])


def pairs_new(homes: Floats, sites: Sites, first_place: int, standard: Standard) -> tuple[Ints, Ints, Floats]:
    """(home, place, metres): every site within reach, by a straight line."""
    if not len(homes) or not len(sites.xyz):
        return np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0)
    near = cKDTree(homes).sparse_distance_matrix(
        cKDTree(sites.xyz), standard["power.reach_m"] - standard["power.pole_m"], output_type="coo_matrix"
    )
    order = np.lexsort((near.col, near.row))
    place = first_place + near.col[order].astype(np.int64)
    return near.row[order].astype(np.int64), place, near.data[order]


def joined(*parts: Options) -> Options:
    """All options, in order."""
    columns = zip(*((p.place, p.takes, p.yuan, p.kva) for p in parts), strict=True)
    return Options(*(np.concatenate(c) for c in columns))


def line_pairs(home: Ints, place: Ints, metres: Floats, prices: Prices, standard: Standard) -> Pairs:
    """The pairs with the yuan of lines they are likely to need; within the drop next to none."""
    far = np.where(metres > standard["power.drop_m"], metres * standard["power.line_share"], metres * 0.01)
    return Pairs(home, place, far * prices.lv_m)
