"""Which groups are there, where nobody drew them? Those the households say they belong to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from geo.reading.names import name_key
from geo.reading.problems import Log

if TYPE_CHECKING:
    from geo.reading.linking import Gathered
    from geo.reading.sheets import Geometries


def with_groups(homes: Gathered, villages: Gathered | None, log: Log) -> Gathered | None:
    """A layer of groups: one for each village and group name of `homes`, for 一组 of one village is not 一组
    of the next. Each stands at the household nearest to the middle (medians) of its own. None without any.

    A group none of whose households has a place stays unknown, as do groups of households whose village
    nobody knows where there are villages."""
    if "group" not in homes.columns:
        return None
    said = homes.columns["group"]
    village = (
        homes.columns["village"] if "village" in homes.columns else pd.Series(np.nan, said.index, dtype="str")
    )
    known = said.notna().to_numpy(bool) & ~shapely.is_missing(homes.geometry)
    if villages is not None:
        known &= village.notna().to_numpy(bool)
    if not known.any():
        return None
    key = village.astype(object).fillna("") + "\n" + said.map(name_key, na_action="ignore")
    at = np.sort(middles(homes.geometry, key.where(known)).to_numpy())
    name = said.iloc[at].reset_index(drop=True).astype("str")
    where = village.iloc[at].reset_index(drop=True).astype("str")
    columns = pd.DataFrame(
        {
            "id": _named(where.fillna(""), villages) + name,
            "name": name,
            "village": where,
        }
    )
    columns["id"] = columns["id"].where(~columns["id"].duplicated(), columns["village"] + columns["id"])
    origin = homes.origin.iloc[at].reset_index(drop=True)
    log.add("groups_made", "warning", file=str(origin["file"].iloc[0]), layer="groups", n=len(columns))
    spots = shapely.centroid(homes.geometry[at])
    return replace(homes, layer="groups", columns=columns, geometry=spots, origin=origin)


def middles(geometry: Geometries, key: pd.Series) -> pd.Series:
    """Of those of one `key` (missing: none) the row of the one nearest to the middle (medians), by key."""
    rows = np.flatnonzero(key.notna().to_numpy(bool) & ~shapely.is_missing(geometry))
    xy = shapely.get_coordinates(shapely.centroid(geometry[rows]))
    table = pd.DataFrame({"key": key.iloc[rows].to_numpy(object), "x": xy[:, 0], "y": xy[:, 1], "row": rows})
    middle = table.groupby("key")[["x", "y"]].transform("median")
    away = np.hypot(table["x"] - middle["x"], table["y"] - middle["y"])
    nearest = table.assign(away=away).sort_values("away", kind="stable").drop_duplicates("key")
    return nearest.set_index("key")["row"]


def placed(groups: Gathered, homes: Gathered | None, log: Log) -> Gathered:
    """`groups` with those that have no place, or a wrong one, at the household in the middle of their own;
    without those of which no household has a place either."""
    lost = shapely.is_missing(groups.geometry)
    if not lost.any():
        return groups
    geometry = groups.geometry.copy()
    if homes is not None and "group" in homes.columns:
        at = groups.columns["id"].map(middles(homes.geometry, homes.columns["group"]))
        found = lost & at.notna().to_numpy(bool)
        geometry[found] = shapely.centroid(homes.geometry[at[found].to_numpy(np.int64)])
        log.add_by_file("group_placed", "warning", groups.origin[found], layer="groups")
    lost = shapely.is_missing(geometry)
    log.add_by_file("no_geometry", "error", groups.origin[lost], layer="groups")
    return replace(groups, geometry=geometry).take(~lost)


def _named(ids: pd.Series, villages: Gathered | None) -> pd.Series:
    """Villages by name, by id where they have none: people read the ids of groups."""
    out = ids.astype("str")
    if villages is None or not {"id", "name"} <= set(villages.columns.columns):
        return out
    known = villages.columns.dropna(subset=["name"])
    return out.replace(dict(zip(known["id"], known["name"], strict=True)))
