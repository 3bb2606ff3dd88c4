"""What does a reader want to know of a work? One row per work with its unit, price and year.

Maps, GeoPackage, ledger, JSON and API all read these rows, so their numbers agree.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.messages import say
from geo.plan import Plan
from geo.works import KINDS

WAN = 10_000.0
"""Yuan in 万元, the unit of the offices."""


def work_rows(plan: Plan) -> gpd.GeoDataFrame:
    """The works of `plan`: the columns of `geo.works.WORK_COLUMNS` and geometry, and

    `unit` of the quantity, `low` / `likely` / `high` and `run` (yuan, and yuan per year),
    `assumed`, and `year` of the programme, counted from 1 (NA: not chosen, or no programme).
    """
    table = plan.works.table.reset_index(drop=True)
    costs = plan.costs.table
    return table.assign(
        unit=table["kind"].map(KINDS).astype("str"),
        **{name: costs[name].to_numpy() for name in ("low", "likely", "high", "run", "assumed")},
        year=years(plan),
    )


def years(plan: Plan) -> pd.Series:
    """The year in which each work is programmed, counted from 1, in row order; NA where it is not."""
    if plan.programme is None:
        return pd.Series(pd.array([pd.NA] * len(plan.works.table), dtype="Int64"))
    return plan.programme.table["year"].reset_index(drop=True)


def told(keys: pd.Series, lang: str) -> pd.Series:
    """The sentences of a column of message keys; "" where there is none."""
    said = {key: say(key, lang) if key else "" for key in keys.fillna("").unique()}
    return keys.fillna("").map(said).astype("str")


def kinds(rows: pd.DataFrame, lang: str) -> pd.Series:
    """The kind of each work in words."""
    return rows["kind"].map({kind: say(f"works.kind.{kind}", lang) for kind in KINDS}).astype("str")


def steepest(profile: np.ndarray) -> float:
    """The largest grade of a profile (n, 2), m/m; 0 of a single point."""
    run, rise = np.diff(profile[:, 0]), np.abs(np.diff(profile[:, 1]))
    return float((rise / np.maximum(run, 1e-9)).max(initial=0.0))
