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
    rows = np.flatnonzero(known)
    if not len(rows):
        return None
    xy = shapely.get_coordinates(shapely.centroid(homes.geometry[rows]))
    table = pd.DataFrame(
        {
            "village": village.iloc[rows].astype(object).fillna("").to_numpy(),
            "key": said.iloc[rows].map(name_key).to_numpy(),
            "x": xy[:, 0],
            "y": xy[:, 1],
            "row": rows,
        }
    )
    by_group = table.groupby(["village", "key"], sort=False)
    away = np.hypot(*(table[[c]].to_numpy() - by_group[[c]].transform("median").to_numpy() for c in "xy"))
    middle = table.assign(away=away).sort_values("away", kind="stable").drop_duplicates(["village", "key"])
    middle = middle.sort_values("row", kind="stable").reset_index(drop=True)
    at = middle["row"].to_numpy()
    name = said.iloc[at].reset_index(drop=True).astype("str")
    columns = pd.DataFrame(
        {
            "id": _named(middle["village"], villages) + name,
            "name": name,
            "village": middle["village"].where(middle["village"] != "", np.nan).astype("str"),
        }
    )
    columns["id"] = columns["id"].where(~columns["id"].duplicated(), columns["village"] + columns["id"])
    origin = homes.origin.iloc[at].reset_index(drop=True)
    log.add("groups_made", "warning", file=str(origin["file"].iloc[0]), layer="groups", n=len(columns))
    spots = shapely.centroid(homes.geometry[at])
    return replace(homes, layer="groups", columns=columns, geometry=spots, origin=origin)


def _named(ids: pd.Series, villages: Gathered | None) -> pd.Series:
    """Villages by name, by id where they have none: people read the ids of groups."""
    out = ids.astype("str")
    if villages is None or not {"id", "name"} <= set(villages.columns.columns):
        return out
    known = villages.columns.dropna(subset=["name"])
    return out.replace(dict(zip(known["id"], known["name"], strict=True)))
