"""The feeders of each transformer that gets new households, sized until the engine passes them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from geo.power.powerflow import Forest, drops_pct
from geo.power.voltage import warm
from geo.standards import Standard

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Grid:
    """Poles of all zones, parents before children nowhere asked for.

    `xyz` (n, 3); `parent` (-1 the transformer itself); `length` metres to the parent; `zone` of
    each pole; `was_mm2` of a span that exists (NaN new); `size` row of the conductor series,
    -1 where the existing conductor stays; `homes` households on each pole.
    """

    xyz: Floats
    parent: Ints
    length: Floats
    zone: Ints
    was_mm2: Floats
    size: Ints
    homes: Ints


@dataclass(frozen=True)
class Conductors:
    """The series of the standard: mm², Ω/km in operation (warm) and reactance Ω/km."""

    mm2: Floats
    ohm_km: Floats
    x_ohm_km: Floats


def conductors(standard: Standard) -> Conductors:
    return Conductors(
        np.array(standard.numbers("power.conductor_mm2")),
        warm(np.array(standard.numbers("power.conductor_ohm_km")), standard),
        np.array(standard.numbers("power.conductor_x_ohm_km")),
    )


def sized(grid: Grid, standard: Standard) -> tuple[Grid, Floats]:
    """The grid with conductors large enough, and the voltage drop at every pole in percent, by the engine.

    Every span on the way to a household that is beyond the limit takes the next size, thinnest
    first, until all hold or the series ends.
    """
    limit = standard["power.max_drop_pct"]
    series = conductors(standard)
    watts = load_watts(grid, standard)
    last = len(series.mm2) - 1
    while True:
        drop = _drops(grid, series, watts, standard)
        ends = np.flatnonzero((drop > limit) & (grid.homes > 0))
        size = _row(grid, series)
        on = on_the_way(grid.parent, ends) & (grid.parent >= 0) & (size < last)
        if not on.any():
            return grid, drop
        thinnest = np.full(int(grid.zone.max()) + 1, last)
        np.minimum.at(thinnest, grid.zone[on], size[on])
        raise_now = on & (size == thinnest[grid.zone])
        grid = replace(grid, size=np.where(raise_now, size + 1, grid.size))


def load_watts(grid: Grid, standard: Standard) -> Floats:
    """Load of each pole: its households' peak times the coincidence of all households of their feeder."""
    top = feeder(grid.parent)
    many = np.bincount(top, grid.homes, minlength=len(top))[top]
    share = np.interp(
        np.log(np.maximum(many, 1)),
        np.log(standard.numbers("power.coincidence_households")),
        standard.numbers("power.coincidence_factor"),
    )
    return np.asarray(grid.homes * share * standard["power.peak_kw"] * 1000, np.float64)


def feeder(parent: Ints) -> Ints:
    """The first pole below the transformer on the way to each pole; a transformer is its own."""
    top = np.arange(len(parent))
    while True:
        up = parent[top]
        moving = (up >= 0) & (parent[up] >= 0)
        if not moving.any():
            return top
        top = np.where(moving, up, top)


def on_the_way(parent: Ints, ends: Ints) -> Bools:
    """Poles on the way from the transformers to `ends`, these included."""
    found = np.zeros(len(parent) + 1, bool)
    at = np.unique(ends)
    while len(at):
        found[at] = True
        at = np.unique(parent[at])
        at = at[(at >= 0) & ~found[at]]
    return found[:-1]


def ways(parent: Ints, ends: Ints) -> tuple[Ints, Ints]:
    """(row of `ends`, pole) of every pole on the way from each end to its transformer, the root left out."""
    row, at, found = np.arange(len(ends)), ends.copy(), []
    while len(at):
        below = parent[at] >= 0
        row, at = row[below], at[below]
        found.append((row, at))
        at = parent[at]
    if not found:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    return np.concatenate([f[0] for f in found]), np.concatenate([f[1] for f in found])


def mm2_of(grid: Grid, series: Conductors) -> Floats:
    """Cross-section of the span to the parent, as designed."""
    return np.asarray(
        np.where(grid.size >= 0, series.mm2[np.maximum(grid.size, 0)], grid.was_mm2), np.float64
    )


def _row(grid: Grid, series: Conductors) -> Ints:
    """Row of the series each span has, an existing one that of the largest not above it."""
    was = np.searchsorted(series.mm2, np.nan_to_num(grid.was_mm2), side="right") - 1
    found: Ints = np.where(grid.size >= 0, grid.size, was).astype(np.int64)
    return found


def _drops(grid: Grid, series: Conductors, watts: Floats, standard: Standard) -> Floats:
    """A conductor that is not of the series has the resistance of its metal: in proportion to 1 / mm²."""
    mm2 = np.nan_to_num(mm2_of(grid, series), nan=series.mm2[0])
    near = np.abs(series.mm2[None, :] - mm2[:, None]).argmin(axis=1)
    forest = Forest(
        grid.parent,
        grid.length / 1000,
        series.ohm_km[near] * series.mm2[near] / mm2,
        series.x_ohm_km[near],
        watts,
    )
    return drops_pct(forest, nominal_v=standard["power.nominal_v"], cos_phi=standard["power.cos_phi"])
