"""Who is left without a place, why, and how much room is missing where?"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.relocation.danger import LEAST
from geo.relocation.matching import Task, most_homes
from geo.relocation.movers import Movers
from geo.standards import Standard

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

SHORTAGE_COLUMNS = {
    "village": "str",
    "households": "int64",  # in danger, willing, and without a place for lack of room
    "people": "int64",
    "largest_group": "int64",  # households of the largest group that must go whole among them
    "added": "int64",  # homes to add there, were the fewest added that let all willing move
}


def left_behind(
    movers: Movers, offers: gpd.GeoDataFrame, task: Task, placed: Ints, site: Ints, standard: Standard
) -> pd.DataFrame:
    """Why each mover without a site has none: reason, measure, threshold, extra, nearest; index: its row.

    In this order: there is no site at all; none is near enough to its fields (metres to the nearest, the
    limit); none within reach holds the whole group (the largest, the group); those within reach are full
    (their homes); else the budget does not stretch so far.
    """
    rows = np.flatnonzero(site < 0)
    unit = movers.unit[rows]
    near = task.allowed[unit]
    size = np.where(near, task.capacity[None, :], -1)
    spare = task.capacity - (placed * task.takes[:, None]).sum(axis=0)
    fits = near & (task.capacity[None, :] >= task.takes[unit][:, None])
    room = fits & (spare[None, :] >= task.takes[unit][:, None])
    walk = np.where(np.isnan(movers.metres[rows]), np.inf, movers.metres[rows])
    closest = walk.min(axis=1, initial=np.inf)
    nowhere = len(offers) == 0
    cases = [np.full(len(rows), nowhere), ~near.any(axis=1), ~fits.any(axis=1), ~room.any(axis=1)]
    reach = np.where(np.isfinite(closest), closest, np.nan)
    homes = np.where(fits, task.capacity[None, :], 0).sum(axis=1).astype(float)
    largest = size.max(axis=1, initial=0).astype(float)
    takes = task.takes[unit].astype(float)
    blank = np.full(len(rows), np.nan)
    return pd.DataFrame(
        {
            "reason": np.select(
                cases,
                [
                    "assign.left.no_site",
                    "assign.left.too_far",
                    "assign.left.group_too_large",
                    "assign.left.full",
                ],
                "assign.left.budget",
            ),
            "measure": np.select(cases, [blank, reach, largest, homes], blank),
            "threshold": np.select(
                cases, [blank, np.full(len(rows), standard["assign.fields_m"]), takes, takes], blank
            ),
            "extra": takes,
            "nearest": np.full(len(rows), np.nan, object),
        },
        index=rows,
    )


def shortage_of(movers: Movers, task: Task, site: Ints) -> pd.DataFrame:
    """By village: who in danger found no room, and where the fewest homes would have to be added.

    The fewest: as many homes as there are movers in danger less the most that the sites can be filled
    with, whatever it costs and whoever goes where; a village's own new site is near enough to anybody.
    """
    danger = movers.level < LEAST
    here = np.flatnonzero(danger & (site < 0))
    if not len(here):
        return pd.DataFrame(columns=list(SHORTAGE_COLUMNS)).astype(SHORTAGE_COLUMNS)
    at_risk = np.zeros(len(task.most), bool)
    at_risk[movers.unit[danger]] = True
    filled = most_homes(task.only(at_risk))
    still = np.where(at_risk, task.most - filled.sum(axis=1), 0) * task.takes
    village_of = np.full(len(task.most), None, object)
    village_of[movers.unit] = movers.table["village"].to_numpy(object)
    whole = np.where(movers.unit_whole[movers.unit[here]], task.takes[movers.unit[here]], 0)
    lack = pd.DataFrame(
        {
            "village": movers.table["village"].to_numpy(object)[here],
            "households": 1,
            "people": movers.people[here],
            "largest_group": whole,
            "added": 0,
        }
    )
    need = pd.DataFrame({"village": village_of, "added": still})[still > 0]
    need = need.assign(households=0, people=0.0, largest_group=0)
    both = pd.concat([lack, need], ignore_index=True)
    how = {"households": "sum", "people": "sum", "largest_group": "max", "added": "sum"}
    table = both.groupby("village", sort=True, dropna=False).agg(how).reset_index()
    return table[list(SHORTAGE_COLUMNS)].astype(SHORTAGE_COLUMNS)
