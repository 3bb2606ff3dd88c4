"""What does a reader want to know of a work? One row per work with its unit, price and year.

Maps, GeoPackage, ledger, JSON and API all read these rows, so their numbers agree.
"""

from __future__ import annotations

import re

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.messages import say
from geo.plan import Plan
from geo.pricing import price
from geo.works import KINDS, Works, work_table

WAN = 10_000.0
TWICE = re.compile(r"([\u4e00-\u9fff]+) ([a-z]+(?: [a-z]+)*)(?= ×)")  # a word in Chinese, and in English
"""Yuan in 万元, the unit of the offices."""
MONEY = ("low", "likely", "high", "run")
PRICES = (*MONEY, "assumed")
EACH = ("each_low", "each", "each_high")
"""The price of a system per household."""
MEASURE_FIRST, HOPED_LINE, HOPED_POINT = ("measure_first", "provisional", "provisional_points")
"""How what hangs on a source of unknown yield is drawn: the source, works along lines, works at points."""


def work_rows(plan: Plan) -> gpd.GeoDataFrame:
    """The works of `plan`: the columns of `geo.works.WORK_COLUMNS` and geometry, and

    `unit` of the quantity, `low` / `likely` / `high` and `run` (yuan, and yuan per year),
    `assumed`, and `year` of the programme, counted from 1 (NA: not chosen, or no programme).
    """
    return _priced(plan.works, plan.costs.table).assign(year=years(plan))


def _priced(works: Works, costs: pd.DataFrame) -> gpd.GeoDataFrame:
    table = works.table.reset_index(drop=True)
    return table.assign(
        unit=table["kind"].map(KINDS).astype("str"),
        **{name: costs[name].to_numpy() for name in PRICES},
    )


def hoped_rows(plan: Plan) -> gpd.GeoDataFrame:
    """What could be built once sources are measured, in the columns of `work_rows`, and `drawn`.

    `drawn` is MEASURE_FIRST, HOPED_LINE or HOPED_POINT; "" of taps, which are as many as households.
    The provisional works, then the sources: kind `measure_first`, their quantity what they must be
    measured to give, their price that of all that hangs on them. No rows where nothing must be measured.
    """
    hoped = plan.works.provisional
    if hoped is None:
        return work_rows(plan).iloc[:0].assign(drawn="")
    works = _priced(hoped, price(hoped, plan.standard).table)
    point = shapely.get_type_id(np.asarray(works.geometry.array)) == shapely.GeometryType.POINT
    works["drawn"] = np.where(works["kind"] == "connection", "", np.where(point, HOPED_POINT, HOPED_LINE))
    first = measure_first(plan)
    middle = shapely.point_on_surface(np.asarray(first.geometry.array))
    facts = pd.DataFrame(first.drop(columns="geometry")).rename(columns={"source": "work", "m3d": "quantity"})
    facts = facts.assign(kind=MEASURE_FIRST, need="water", flag="water_design.to_be_measured")
    sources = work_table(facts, list(middle), plan.area.crs).assign(
        **facts[["low", "likely", "high"]], run=0.0, assumed=True, unit="m³/d", drawn=MEASURE_FIRST
    )
    rows = pd.concat([works, sources], ignore_index=True)
    return rows.assign(year=pd.array([pd.NA] * len(rows), dtype="Int64"))


VERIFIED = ("need", "source", "households", "verified", "passed", "worst", "bound", "limit", "worst_at")
"""What is told of a system wherever it is shown: what it is, and how it was verified."""


def systems_table(plan: Plan) -> pd.DataFrame:
    """All systems, those that wait for a source to be measured after the others: as `priced_systems`."""
    hoped = plan.works.provisional
    built = priced_systems(plan.works, plan.costs.table)
    if hoped is None:
        return built
    return pd.concat([built, priced_systems(hoped, price(hoped, plan.standard).table)], ignore_index=True)


def priced_systems(works: Works, costs: pd.DataFrame) -> pd.DataFrame:
    """The systems of `works` with what all their works cost together: SYSTEM_COLUMNS, PRICES and

    `each_low` / `each` / `each_high`, yuan per household served, NaN where nobody is.
    """
    of = works.table["system"].to_numpy(object)
    sums = costs[[*PRICES]].groupby(of).agg({**dict.fromkeys(MONEY, "sum"), "assumed": "any"})
    found = works.systems.join(sums, on="system")
    found = found.astype(dict.fromkeys(MONEY, "float64")).fillna(dict.fromkeys(MONEY, 0.0))
    found["assumed"] = found["assumed"].eq(True).astype(bool)
    homes = found["households"].astype("float64").where(lambda n: n > 0)
    for name, whole in zip(EACH, ("low", "likely", "high"), strict=True):
        found[name] = found[whole] / homes
    return found


MEASURE_COLUMNS = {
    "source": "str",
    "layer": "str",  # springs | rivers
    "m3d": "float64",  # what it must be measured to give in the dry season
    "households": "Int64",  # that hang on it
    "people": "float64",
    "systems": "Int64",
    "passed": "boolean",  # whether EPANET passed all of them
    "low": "float64",  # yuan
    "likely": "float64",
    "high": "float64",
}


def measure_first(plan: Plan) -> gpd.GeoDataFrame:
    """Sources of unknown yield that systems could be built on, MEASURE_COLUMNS and the source's geometry:
    one row each, the source most households hang on first. Nobody is counted as served by them."""
    hoped = plan.works.provisional
    if hoped is None:
        empty = {name: pd.Series(dtype=dtype) for name, dtype in MEASURE_COLUMNS.items()}
        return gpd.GeoDataFrame(empty, geometry=gpd.GeoSeries([], crs=plan.area.crs))
    costs = price(hoped, plan.standard).table
    money = costs[["low", "likely", "high"]].groupby(hoped.table["system"].to_numpy(object)).sum()
    each = hoped.systems.set_index("system").join(money)
    found = each.groupby("source").agg(
        systems=("passed", "size"), passed=("passed", "all"), low=("low", "sum"), likely=("likely", "sum"),
        high=("high", "sum"),
    )  # fmt: skip
    named = waiting(plan)
    people = plan.area.by_id("households", "people")["people"].astype("float64")
    found["people"] = people.fillna(0).reindex(named["household"]).groupby(named["nearest"].to_numpy()).sum()
    asked = named.groupby("nearest").agg(m3d=("measure", "first"), households=("household", "size"))
    found = found.join(asked).reset_index().sort_values(["households", "source"], ascending=[False, True])
    springs = plan.area.layer("springs")
    found["layer"] = np.where(found["source"].isin(springs["id"]), "springs", "rivers")
    layers = [plan.area.layer(name).drop_duplicates("id") for name in ("rivers", "springs")]
    places = pd.concat([layer.set_index("id").geometry for layer in layers])
    at = places[~places.index.duplicated(keep="last")].reindex(found["source"])
    table = found[list(MEASURE_COLUMNS)].astype(MEASURE_COLUMNS).reset_index(drop=True)
    return gpd.GeoDataFrame(table, geometry=np.asarray(at.array), crs=plan.area.crs)


def waiting(plan: Plan) -> pd.DataFrame:
    """The rows of `Works.unserved` that wait for a source to be measured, which is their `nearest`."""
    table = plan.works.unserved
    return table[table["reason"] == "water_design.measure_first"]


def years(plan: Plan) -> pd.Series:
    """The year in which each work is programmed, counted from 1, in row order; NA where it is not."""
    if plan.programme is None:
        return pd.Series(pd.array([pd.NA] * len(plan.works.table), dtype="Int64"))
    return plan.programme.table["year"].reset_index(drop=True)


def spec_words(spec: str, lang: str) -> str:
    """A specification in one language, which holds its words in both: 3.5 m · 错车道 passing bays × 2."""
    kept = TWICE.sub(r"\1" if lang == "zh" else r"\2", spec)
    return re.sub(r"\bPRV\b", "减压阀", kept) if lang == "zh" else kept


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
