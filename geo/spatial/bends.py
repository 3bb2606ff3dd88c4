"""Where does a road turn more tightly than it should, and how many passing bays does it need?"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt
import shapely

from geo.spatial.axis import chainage

Floats = npt.NDArray[np.float64]

_STEP_M = 0.5  # how finely a line is walked
_ARC_M = 8.0  # over what a radius is read off: some chords
_CHORDS = 1.1  # a curve drawn in chords turns by fits and starts: so much more is not yet tighter


def tight_bends(line: shapely.LineString, radius_m: float) -> list[shapely.Point]:
    """The middle of each turn of `line` tighter than `radius_m`, in order along it.

    On a curve of radius r the direction turns by one radian over a length of r. A stretch that
    turns one way by more than that over every `radius_m` is one bend, however far round it goes.
    """
    xy = shapely.get_coordinates(line)
    chain = chainage(xy)
    if len(xy) < 3 or radius_m <= 0 or chain[-1] <= 0:
        return []
    heading = np.unwrap(np.arctan2(*np.diff(xy, axis=0)[:, ::-1].T))
    start = np.arange(-radius_m, chain[-1], _STEP_M)  # the line goes straight on beyond its ends
    turned = _heading(heading, chain, start + radius_m) - _heading(heading, chain, start)
    way = np.where(np.abs(turned) > _CHORDS, np.sign(turned), 0)
    change = np.flatnonzero(np.diff(np.concatenate([[0], way, [0]])))
    found = []
    for first, beyond in pairwise(change):
        if way[first]:
            middle = (start[first] + start[beyond - 1] + radius_m) / 2
            found.append(line.interpolate(float(np.clip(middle, 0.0, chain[-1]))))
    return found


def bend_radius(line: shapely.LineString, at: shapely.Point, reach_m: float) -> float:
    """The least radius with which `line` turns within `reach_m` of a place on it, metres."""
    xy = shapely.get_coordinates(line)
    chain = chainage(xy)
    heading = np.unwrap(np.arctan2(*np.diff(xy, axis=0)[:, ::-1].T))
    middle = line.project(at)
    start = np.arange(middle - reach_m, middle + reach_m - _ARC_M + _STEP_M, _STEP_M)
    turned = np.abs(_heading(heading, chain, start + _ARC_M) - _heading(heading, chain, start))
    return float(_ARC_M / max(turned.max(), 1e-9))


def _heading(heading: Floats, chain: Floats, at: Floats) -> Floats:
    piece = np.clip(np.searchsorted(chain, at, side="right") - 1, 0, len(heading) - 1)
    return np.asarray(heading[piece], np.float64)


def passing_bays(length_m: float, per_km: float) -> int:
    """How many passing bays a road of this length has to have."""
    return int(np.ceil(length_m / 1000.0 * per_km - 1e-9))
