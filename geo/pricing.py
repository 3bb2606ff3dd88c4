"""What does it cost? Frozen quantities times the prices of the standard, low to high.

**Prices in the standard.** Every price is a table `value = { low = …, likely = …, high = … }`
with unit, source and confidence, always *per unit of the quantity of its kind*
(`geo.works.KINDS`: yuan per metre of pipe, per m³ of pool, per kVA of transformer, per
household connected):

    [price.path]              one price for the whole kind, whatever its size
    [price.pipe_63]           the price at size 63 (the work's `size`); as many sizes as are known
    [price.pipe_110]          between two sizes straight interpolation, beyond the ends the nearest

A size that is no whole number is written with `p` (`price.road_new_4p5` at 4.5 m). Where
prices by size stand, the plain `[price.<kind>]` is not read; a work of such a kind without
a size of its own takes the middle one. A kind without any price is an error (`price.missing`), never 0.

**Running cost.** `[running.upkeep]` is the share of the building cost spent each year by
kind (a table with every kind), `[running.kwh]` the price of a kilowatt-hour
(`{ low, likely, high }`); a work's `run_kwh` is its energy per year.

**Assumed.** A price of confidence L is assumed, and so is every cost made with it; of an
interpolated price, when either neighbour is.

Who pays for what (department, funding line) by need stands in the catalogue of messages:
`money.department.<need>` and `money.funding.<need>`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.errors import StandardError
from geo.messages import say
from geo.standards import Standard
from geo.works import KINDS, Works

Floats = npt.NDArray[np.float64]

RANGE = ("low", "likely", "high")
NEEDS = ("road", "path", "water", "power", "yard")

COST_COLUMNS = {
    "work": "str",
    "low": "float64",  # yuan
    "likely": "float64",
    "high": "float64",
    "assumed": "bool",  # made with a price nobody has confirmed
    "price": "str",  # key of the standard, two where interpolated
    "run_low": "float64",  # yuan per year: energy and upkeep
    "run": "float64",
    "run_high": "float64",
}


@dataclass(frozen=True)
class Costs:
    """What the works cost.

    `table`     one row per work, in the order of the works: COST_COLUMNS
    `villages`, `needs`   low, likely, high and run by village id and by need
    `departments`, `funding`   the same by message key (`money.department.water`, …)
    `total`     low, likely, high and run of everything
    """

    table: pd.DataFrame
    villages: pd.DataFrame
    needs: pd.DataFrame
    departments: pd.DataFrame
    funding: pd.DataFrame
    total: pd.Series


@dataclass(frozen=True)
class _Curve:
    """Prices of one kind by size; a single row of size NaN where size does not matter."""

    size: Floats
    yuan: Floats  # (sizes, 3) low, likely, high
    assumed: npt.NDArray[np.bool_]
    key: list[str]


def price(works: Works, standard: Standard) -> Costs:
    """Price every work: low, likely, high to build, and what it costs per year to run."""
    table = works.table
    n = len(table)
    yuan, assumed, key = np.zeros((n, 3)), np.zeros(n, bool), np.full(n, "", object)
    kinds = table["kind"].to_numpy(object)
    for kind in pd.unique(table["kind"]):
        rows = np.flatnonzero(kinds == kind)
        curve = _curve(standard, str(kind))
        yuan[rows], assumed[rows], key[rows] = _at(curve, table["size"].to_numpy(float)[rows])
    built = yuan * table["quantity"].to_numpy(float)[:, None]
    run = _running(table, built, standard)
    costs = pd.DataFrame(
        {
            "work": table["work"].to_numpy(object),
            **{name: built[:, k] for k, name in enumerate(RANGE)},
            "assumed": assumed,
            "price": key,
            **{name: run[:, k] for k, name in enumerate(("run_low", "run", "run_high"))},
        }
    ).astype(COST_COLUMNS)
    return _summed(table, costs)


def likely(standard: Standard, kind: str, sizes: Sequence[float] | Floats | None = None) -> Floats:
    """Likely yuan per unit of the quantity of `kind` at each size: what designs weigh with."""
    at = np.array([np.nan]) if sizes is None else np.asarray(sizes, float)
    return _at(_curve(standard, kind), at)[0][:, 1]


def department(need: str, lang: str) -> str:
    """Who answers for the works of a need."""
    return say(f"money.department.{need}", lang)


def _curve(standard: Standard, kind: str) -> _Curve:
    """The prices of a kind by size, smallest first."""
    prefix = f"price.{kind}"
    found: dict[float, str] = {}
    sized = re.compile(rf"{re.escape(prefix)}_(\d+(?:p\d+)?)")
    for key in (key for key in standard.values if key.startswith(prefix)):
        size = sized.fullmatch(key)
        if size:
            found[float(size.group(1).replace("p", "."))] = key
    if not found and prefix in standard.values:
        found[np.nan] = prefix
    if not found:
        raise StandardError("price.missing", kind=kind, unit=KINDS.get(kind, ""))
    sizes = sorted(found)
    keys = [found[s] for s in sizes]
    yuan = np.array([[standard.table(k)[r] for r in RANGE] for k in keys])
    return _Curve(np.array(sizes), yuan, np.array([standard.values[k].assumed for k in keys]), keys)


def _at(curve: _Curve, size: Floats) -> tuple[Floats, npt.NDArray[np.bool_], npt.NDArray[np.object_]]:
    """Unit prices (n, 3), whether assumed, and the keys, at each size."""
    key = np.array(curve.key, object)
    if np.isnan(curve.size[0]):
        n = len(size)
        return np.repeat(curve.yuan, n, axis=0), np.repeat(curve.assumed, n), np.repeat(key, n)
    size = np.where(np.isnan(size), curve.size[len(curve.size) // 2], size)
    yuan = np.stack([np.interp(size, curve.size, curve.yuan[:, k]) for k in range(3)], axis=1)
    last = len(curve.size) - 1
    hi = np.minimum(np.searchsorted(curve.size, size), last)
    lo = np.where((curve.size[hi] <= size) | (hi == 0), hi, hi - 1)
    named = np.where(lo == hi, key[hi], key[lo] + " " + key[hi])
    return yuan, curve.assumed[lo] | curve.assumed[hi], named


def _running(table: pd.DataFrame, built: Floats, standard: Standard) -> Floats:
    """Energy at its price and the upkeep share of the building cost, yuan per year (n, 3)."""
    upkeep = standard.table("running.upkeep")
    energy = standard.table("running.kwh")
    share = table["kind"].map(upkeep).to_numpy(float)
    if np.isnan(share).any():
        kind = str(table["kind"].to_numpy(object)[np.flatnonzero(np.isnan(share))[0]])
        raise StandardError("price.no_upkeep", kind=kind)
    kwh = table["run_kwh"].to_numpy(float)
    run = built * share[:, None] + kwh[:, None] * np.array([energy[r] for r in RANGE])
    return np.asarray(run, np.float64)


def _summed(table: pd.DataFrame, costs: pd.DataFrame) -> Costs:
    """The table with its totals."""
    money = costs[["low", "likely", "high", "run"]]
    need = table["need"].to_numpy(object)
    village = table["village"].to_numpy(object)

    def by(label: npt.NDArray[np.object_], name: str) -> pd.DataFrame:
        return money.groupby(pd.Index(label, name=name), dropna=False, sort=True).sum()

    departments = np.array([f"money.department.{n}" for n in need], object)
    funding = np.array([f"money.funding.{n}" for n in need], object)
    return Costs(
        costs,
        by(village, "village"),
        by(need, "need"),
        by(departments, "department"),
        by(funding, "funding"),
        money.sum(),
    )
