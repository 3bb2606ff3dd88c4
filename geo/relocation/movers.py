"""Those who are to be matched to sites: how they differ, where they may go, what each site asks of them."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.area import Area
from geo.ground import Ground
from geo.relocation.danger import LEAST
from geo.relocation.must_move import LISTED_ONLY, SCATTERED, STAY, WHOLE, MustMove
from geo.relocation.offers import homes_xy, kinds_of, subsidy_yuan, walks_m
from geo.standards import Standard

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

LISTED = "listed"
"""Decision of a household that only the registry's list has moving."""


@dataclass(frozen=True)
class Movers:
    """The m households that must move or are listed, but those who have said no: `unwilling`.

    `table` (m,) rows of MustMove.households, with `listed` as a decision. By row of the table: `people`
    (those of unknown number at the mean), `level` 0 most urgent to LEAST (only listed), `kin` and
    `wish_site` -1 none; by site `metres` (inf no way or too far to matter, NaN not known),
    `same_village`, `allowed`, `burden` in metres. `unit` is what each is matched in
    (`geo.relocation.matching`), `unit_whole` which units are groups that move whole. `money`: subsidy and
    reward of each, yuan.
    """

    table: pd.DataFrame
    unwilling: pd.DataFrame
    people: Floats
    level: Ints
    kin: Ints
    wish_site: Ints
    metres: Floats
    same_village: Bools
    allowed: Bools
    burden: Floats
    unit: Ints
    unit_whole: Bools
    money: tuple[Floats, Floats]


def make_movers(
    area: Area, standard: Standard, moving: MustMove, offers: gpd.GeoDataFrame, ground: Ground
) -> Movers:
    """The willing movers of `moving` and what each of `offers` (usable ones) is to them."""
    every = moving.households
    listed = ((every["compared"] == LISTED_ONLY) & (every["decision"] == STAY)).to_numpy(bool)
    chosen = every["decision"].isin([SCATTERED, WHOLE]).to_numpy(bool) | listed
    table = every.assign(decision=every["decision"].where(~listed, LISTED))[chosen]
    against = (table["wish"] == "no").to_numpy(bool)
    unwilling, table = table[against].reset_index(drop=True), table[~against].reset_index(drop=True)
    rows = table["row"].to_numpy(int)
    layer = area.layer("households").iloc[rows]
    kin = pd.factorize(layer["kin"])[0].astype(np.int64)
    wish_site = _wished(layer["wish_site"], offers)
    waived = _waived(offers, standard)
    group = np.where(table["decision"] == WHOLE, pd.factorize(table["group"])[0], -1)
    shapes = np.asarray(offers.geometry.array)
    metres = walks_m(
        area, standard, ground, homes_xy(area, rows), shapes, waived=waived, group=group.astype(np.int64)
    )
    same = table["village"].to_numpy(object)[:, None] == offers["village"].to_numpy(object)[None, :]
    people = _people(area, table)
    level = np.where(table["decision"] == LISTED, LEAST, table["urgency"] - 1).astype(np.int64)
    unit, unit_whole, allowed = _units(table, people, level, kin, wish_site, metres, same, offers, standard)
    poor = layer["poor"].fillna(False).to_numpy(bool)
    return Movers(
        table=table,
        unwilling=unwilling,
        people=people,
        level=level,
        kin=kin,
        wish_site=wish_site,
        metres=metres,
        same_village=np.asarray(same, bool),
        allowed=allowed,
        burden=_burden(metres, np.asarray(same, bool), wish_site, standard),
        unit=unit,
        unit_whole=unit_whole,
        money=subsidy_yuan(people, poor, standard),
    )


def _waived(offers: gpd.GeoDataFrame, standard: Standard) -> Bools:
    """Sites that people live at by work, not by their own fields."""
    waived = kinds_of(offers).map(dict(standard.table("assign.fields_waived")))
    return np.asarray(waived.fillna(0).to_numpy(float) > 0)


def _wished(wish: pd.Series, offers: gpd.GeoDataFrame) -> Ints:
    """The offer each names by id or name, -1 where none does."""
    by_name = pd.concat(
        [pd.Series(np.arange(len(offers)), index=pd.Index(offers[key])) for key in ("site", "name")]
    )
    by_name = by_name[by_name.index.notna() & (by_name.index != "")]
    by_name = by_name[~by_name.index.duplicated()]
    return np.asarray(wish.map(by_name).fillna(-1), np.int64)


def _people(area: Area, table: pd.DataFrame) -> Floats:
    """People of each household; where the number is not known, the mean of the area in whole people."""
    known = area.layer("households")["people"].dropna()
    mean = max(1.0, float(np.rint(float(known.mean())))) if len(known) else 1.0
    return np.asarray(table["people"].astype("Float64").fillna(mean), np.float64)


def _burden(metres: Floats, same: Bools, wish_site: Ints, standard: Standard) -> Floats:
    """What each site asks of each household, in metres: the walk, a strange village, a wish not met."""
    far = np.nanmax(metres[np.isfinite(metres)], initial=standard["assign.fields_m"])
    walk = np.where(np.isfinite(metres), metres, far)  # no way, or not known: as far as the farthest
    unmet = (wish_site >= 0)[:, None] & (wish_site[:, None] != np.arange(metres.shape[1])[None, :])
    return np.asarray(walk + standard["assign.other_village_m"] * ~same + standard["assign.wish_m"] * unmet)


def _units(
    table: pd.DataFrame,
    people: Floats,
    level: Ints,
    kin: Ints,
    wish_site: Ints,
    metres: Floats,
    same: Bools,
    offers: gpd.GeoDataFrame,
    standard: Standard,
) -> tuple[Ints, Bools, Bools]:
    """The unit of each mover, which units are whole groups, and where each mover may go, (m, s).

    Within reach of one's own fields is: the walk within the limit, at sites people live at by work any
    walk. Where a home is not known its own village's sites are. A group that moves whole is as far as
    its households are on average.
    """
    whole = (table["decision"] == WHOLE).to_numpy(bool)
    group = pd.factorize(table["group"])[0]
    walk = metres.copy()
    for g in np.unique(group[whole]):
        own = whole & (group == g)
        finite = np.where(np.isfinite(metres[own]), metres[own], np.nan)
        counted = np.isfinite(finite).sum(axis=0)
        mean = np.divide(
            np.nansum(finite, axis=0), counted, out=np.full(len(counted), np.nan), where=counted > 0
        )
        walk[own] = np.where(counted == 0, metres[own][0], mean)
    near = np.where(np.isnan(walk), same, walk <= standard["assign.fields_m"])
    allowed = near | _waived(offers, standard)[None, :]
    place = (
        np.unique(allowed, axis=0, return_inverse=True)[1].ravel()
        if allowed.size
        else np.zeros(len(table), int)
    )
    alone = np.column_stack([group, people, level, kin, wish_site, place, np.zeros(len(table))])
    alone[whole] = np.column_stack([group, *([np.full(len(table), -2)] * 5), np.ones(len(table))])[whole]
    units, unit = np.unique(alone, axis=0, return_inverse=True)
    return unit.ravel().astype(np.int64), units[:, -1] == 1, np.asarray(allowed, bool)
