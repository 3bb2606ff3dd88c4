"""How much can each pool give on a day of greatest demand?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.area import Area
from geo.people import household_size
from geo.spatial.allocation import UNLIMITED
from geo.standards import Standard

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_ROUNDING = 1e-9  # 12.0 households must not become 11 because 0.36 has no exact double


@dataclass(frozen=True)
class Supply:
    """What the pools hold, in row order of the layer; households are of mean size.

    `m3d` (pools,): what one pool could give alone, m³/d, NaN unknown; `limit`: which
    limit that is (volume, yield, source, broken, unknown). `own` (pools,): households
    by the limits of the pool itself; `source` (pools,): row of its spring, -1 none;
    `source_households` (springs,): households the spring's dry-season yield carries.
    """

    m3d: Floats
    limit: npt.NDArray[Any]
    known: Bools
    working: Bools
    failing: Bools
    own: Ints
    source: Ints
    source_households: Ints
    household_size: float
    household_m3d: float

    @property
    def alone(self) -> Ints:
        """Households each pool could carry if no other drew on its source, (pools,)."""
        drawn = np.append(self.source_households, UNLIMITED)[self.source]
        return np.where(self.known & self.working, np.minimum(self.own, drawn), 0)


def supply(area: Area, standard: Standard) -> Supply:
    """Capacity of every pool: the least of its volume, its own yield and its source's.

    A pool of volume V passes V / storage_share on a day of greatest demand (SL 687).
    A spring's dry-season yield is shared by the working pools that name it, jointly and
    not by fixed shares, so that no share lies idle at one pool while another runs dry.
    A yield that was not measured does not limit; but where the source is said to be
    failing and its yield is unknown, so is the pool's. A pool without any number is
    unknown; a broken one gives nothing. Whether a pool works is taken as yes unless
    the record says no.
    """
    pools, springs = area.layer("pools"), area.layer("springs")
    size = household_size(area.layer("households"), standard)
    demand = size * standard["water.quota_l"] / 1000 * standard["water.day_factor"]
    demand *= 1 + standard["water.loss_share"]
    by_volume = pools["volume"].to_numpy(float) / standard["water.storage_share"]
    by_yield = pools["yield_m3d"].to_numpy(float)
    source = _source(pools, springs)
    dry_season = springs["yield_m3d"].to_numpy(float)
    by_source = np.append(dry_season, np.nan)[source]
    failing = np.append(springs["failing"].fillna(False).to_numpy(bool), False)[source]
    working = pools["working"].fillna(True).to_numpy(bool)
    limits = np.stack([by_volume, by_yield, by_source])
    lowest = np.where(np.isnan(limits), np.inf, limits)
    least = lowest.min(axis=0)
    known = np.isfinite(least) & ~(failing & np.isnan(by_source))
    names = np.array(["volume", "yield", "source"], object)[lowest.argmin(axis=0)]
    return Supply(
        m3d=np.where(~working, 0.0, np.where(known, least, np.nan)),
        limit=np.where(~working, "broken", np.where(known, names, "unknown")),
        known=known,
        working=working,
        failing=failing,
        own=_households(lowest[:2].min(axis=0), demand),
        source=source,
        source_households=_households(np.where(np.isnan(dry_season), np.inf, dry_season), demand),
        household_size=size,
        household_m3d=demand,
    )


def _source(pools: pd.DataFrame, springs: pd.DataFrame) -> Ints:
    """Row of the spring each pool names (the first where ids repeat), -1 where there is none."""
    once = springs["id"].drop_duplicates()
    found = pd.Index(once).get_indexer(pools["source"])
    return np.asarray(np.append(once.index.to_numpy(), -1)[found], np.int64)


def _households(m3d: Floats, demand: float) -> Ints:
    """Whole households that `m3d` carries; unlimited where it is infinite."""
    finite = np.isfinite(m3d)
    count = np.floor(np.where(finite, m3d, 0) / demand + _ROUNDING).astype(np.int64)
    return np.where(finite, count, UNLIMITED)
