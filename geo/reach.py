"""How far may a declared hazard run? The geometric models of rules and practice, over the terrain.

There is no national distance; these are the ones of the standard:
steep and unstable slopes   behind the crest, and downhill by some heights of the slope up to a limit
landslides                  downhill by the body's own length along the way it would slide, up to a limit
rockfall                    reach angle from the source, shadow angle from the foot of a rock face
debris flow                 downhill and spreading to where the ground is flat
Other kinds have no model. Enlarging a hazard never takes ground out of its reach: what a cell
may reach depends on the terrain, and on the hazard only through measures that grow with it.

Not handled: volumes, walls and dams, water, and what the terrain grid does not resolve.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from geo.spatial.cells import cells_touched, ground_of
from geo.spatial.runout import Bench, Fall, Flow, fall_out, flow_out, make_bench, without_pits
from geo.spatial.terrain import Terrain
from geo.standards import Standard

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

GRAVITY = 9.81
MODELLED = ("slope", "landslide", "rockfall", "debrisflow")


@dataclass(frozen=True)
class Hillside:
    """The terrain and the same without its small pits, under one standard."""

    terrain: Terrain
    drained: npt.NDArray[np.float32]
    bench: Bench
    standard: Standard

    def tangent(self, key: str) -> float:
        return float(np.tan(np.radians(self.standard[key])))

    def below(self, start: Ints, head: Floats | float, **limits: float) -> Ints:
        """Cells a mass reaches that uses up metres of way, unless told otherwise."""
        usual = {
            "gain": 0.0,
            "loss": 1.0,
            "cap": np.inf,
            "exponent": self.standard["hazard.spread_exponent"],
            "least": self.standard["hazard.spread_least"],
            "rest": 0.0,
        }
        heads = np.broadcast_to(np.asarray(head, np.float64), start.shape)
        flow = Flow(**{**usual, **limits})
        return flow_out(self.drained, self.terrain.cell, start, heads, flow, self.bench)


def make_reach(
    cores: npt.NDArray[Any],
    kinds: npt.NDArray[Any],
    heights: Floats,
    terrain: Terrain | None,
    standard: Standard,
) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]:
    """The ground each hazard may reach, core included, and whether a model made it, in the order given.

    `cores` valid polygons in the CRS of the terrain; `heights` metres of slope, NaN not known. Without a
    model (another kind, no terrain below the whole core) the reach is the core.
    """
    reach, modelled = cores.astype(object), np.zeros(len(cores), bool)
    wanted = np.flatnonzero(np.isin(kinds, MODELLED) & ~shapely.is_empty(cores) & ~shapely.is_missing(cores))
    if terrain is None or len(wanted) == 0:
        return reach, modelled
    drained = without_pits(terrain.elevation)
    hillside = Hillside(terrain, drained, make_bench(drained.size), standard)
    for i in wanted:
        start = cells_touched(cores[i], terrain)
        if len(start) == 0 or np.isnan(terrain.elevation.ravel()[start]).any():
            continue
        around, cells = _MODELS[kinds[i]](hillside, cores[i], start, heights[i])
        reach[i] = shapely.union_all([cores[i], around, ground_of(cells, terrain)])
        modelled[i] = True
    return reach, modelled


def _slope(hill: Hillside, core: BaseGeometry, start: Ints, height: float) -> tuple[BaseGeometry, Ints]:
    """Height of the record, else the relief of the ground it covers."""
    relief = float(np.ptp(hill.terrain.elevation.ravel()[start]))
    tall = height if height > 0 else relief
    far = min(hill.standard["hazard.slope_most_m"], hill.standard["hazard.slope_heights"] * tall)
    return shapely.buffer(core, hill.standard["hazard.slope_behind_m"]), hill.below(start, far)


def _landslide(hill: Hillside, core: BaseGeometry, start: Ints, _: float) -> tuple[BaseGeometry, Ints]:
    """From every cell as far as the body is long along the way down there."""
    own = hill.standard["hazard.slide_lengths"] * _lengths(hill, core, start)
    far = np.minimum(hill.standard["hazard.slide_most_m"], own)
    return shapely.Polygon(), hill.below(start, far)


def _rockfall(hill: Hillside, _: BaseGeometry, start: Ints, __: float) -> tuple[BaseGeometry, Ints]:
    fall = Fall(
        reach=hill.tangent("hazard.rock_reach_deg"),
        shadow=hill.tangent("hazard.rock_shadow_deg"),
        face=hill.tangent("hazard.rock_face_deg"),
    )
    return shapely.Polygon(), fall_out(hill.terrain.elevation, hill.terrain.cell, start, fall)


def _debris_flow(hill: Hillside, _: BaseGeometry, start: Ints, __: float) -> tuple[BaseGeometry, Ints]:
    """Arriving at its greatest speed, slowed by friction, at rest on flat ground."""
    head = hill.standard["hazard.debris_speed_ms"] ** 2 / (2 * GRAVITY)
    loss, rest = hill.tangent("hazard.debris_friction_deg"), hill.tangent("hazard.debris_rest_deg")
    return shapely.Polygon(), hill.below(start, head, gain=1.0, loss=loss, cap=head, rest=rest)


_Model = Callable[[Hillside, BaseGeometry, Ints, float], tuple[BaseGeometry, Ints]]
_MODELS: dict[str, _Model] = {
    "slope": _slope,
    "landslide": _landslide,
    "rockfall": _rockfall,
    "debrisflow": _debris_flow,
}


def _lengths(hill: Hillside, core: BaseGeometry, start: Ints) -> Floats:
    """By start cell the extent of the core along the way down there, metres; its diameter on level ground."""
    terrain = hill.terrain
    rows, cols = terrain.shape
    k = max(1, round(hill.standard["hazard.aspect_m"] / terrain.cell))
    r, c = start // cols, start % cols
    z = hill.drained
    east = z[r, np.minimum(c + k, cols - 1)] - z[r, np.maximum(c - k, 0)]
    north = z[np.maximum(r - k, 0), c] - z[np.minimum(r + k, rows - 1), c]
    steep = np.hypot(east, north)
    level = ~(steep > 0)
    down = np.column_stack([east, north]) / np.where(level, 1.0, steep)[:, None]
    along = shapely.get_coordinates(shapely.convex_hull(core)) @ np.nan_to_num(down.T)
    return np.where(level, 2 * shapely.minimum_bounding_radius(core), np.ptp(along, axis=0))
