"""How steep is a line, and how high does it run? Measured on the terrain along the line.

A grade is measured over a base (`road_design.grade_base_m`): between two points of the
line that far apart, or between its ends where it is shorter. Over less, cut and fill
even the ground out. The profile has its stations a base apart or more, so that the
grades between them are grades in this sense too.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import shapely

from geo.spatial.chains import make_chains

Floats = npt.NDArray[np.float64]
Sample = Callable[[Floats], Floats]
"""Elevation of points (n, 2), metres."""
_FINE_M = 10.0
"""How finely a length over the ground is walked: elevation models are no finer, and roughness is no way."""


def windows(line: shapely.LineString, sample: Sample, *, base_m: float, step_m: float = 2.0) -> Floats:
    """Grades (ratio, not negative) over every base along the line, one each `step_m`."""
    return window_grades(shapely.get_coordinates(line), sample, base_m=base_m, step_m=step_m)[0]


def window_grades(
    xy: Floats, sample: Sample, *, base_m: float, step_m: float = 2.0
) -> tuple[Floats, Floats, Floats]:
    """Along the polyline `xy` (n, 2): grade over each base, where it begins and ends, metres along."""
    chain = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(xy, axis=0).T))])
    length = chain[-1]
    if length <= 0:
        return np.zeros(1), np.zeros(1), np.zeros(1)
    base = min(base_m, length)
    start = np.linspace(0.0, length - base, int(np.ceil((length - base) / step_m)) + 1)
    low, high = (
        sample(np.column_stack([np.interp(at, chain, xy[:, 0]), np.interp(at, chain, xy[:, 1])]))
        for at in (start, start + base)
    )
    return np.abs(high - low) / base, start, start + base


def steepest(line: shapely.LineString, sample: Sample, *, base_m: float) -> float:
    """The greatest grade over a base along the line, as a ratio."""
    return float(windows(line, sample, base_m=base_m).max())


def profiles(lines: npt.NDArray[np.object_], sample: Sample, *, base_m: float) -> tuple[list[Floats], Floats]:
    """Of every line chainage and ground elevation, (n, 2) metres, and its length over the ground, metres.

    Stations are evenly spaced, a base apart or a little more; the length counts the rise between
    points `_FINE_M` apart at most.
    """
    if not len(lines):
        return [], np.empty(0)
    found, lengths, chains = [], shapely.length(lines), make_chains(lines)
    for spacing, even in ((base_m, np.floor), (_FINE_M, np.ceil)):
        count = np.maximum(1, even(lengths / spacing)).astype(np.int64)
        row = np.repeat(np.arange(len(lines)), count + 1)
        step = np.arange(len(row)) - np.repeat(np.cumsum(count + 1) - (count + 1), count + 1)
        at = step / np.repeat(count, count + 1) * lengths[row]
        found.append((np.column_stack([at, sample(chains.points(row, at))]), row, count))
    table, _, count = found[0]
    fine, row, _ = found[1]
    same = row[1:] == row[:-1]
    over = np.hypot(*np.diff(fine, axis=0)[same].T)
    metres = np.bincount(row[1:][same], weights=over, minlength=len(lines)) if len(lines) else np.empty(0)
    return np.split(table, np.cumsum(count + 1)[:-1]) if len(lines) else [], np.asarray(metres, np.float64)
