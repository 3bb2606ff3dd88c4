"""How good is the ground for a settlement? Each criterion from 0 to 1, cell by cell.

1 up to the good value of the standard, 0 from the limit on, straight between. What is
walked to is measured by the walking surfaces of the ground; pipes and wires go straight,
times their route factor, as in `connections`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from geo.area import Area
from geo.relocation.connections import Target
from geo.relocation.context import SiteContext
from geo.spatial.cells import burn_lines, covered
from geo.spatial.distance import distance_to
from geo.spatial.sources import best_source
from geo.spatial.steps import walking_seconds
from geo.spatial.terrain import Terrain

Floats = npt.NDArray[np.float64]
Floats32 = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]
Objects = npt.NDArray[np.object_]

CRITERIA = (
    "slope", "road", "water", "line", "school", "clinic", "market", "fields", "park", "aspect",
)  # fmt: skip
"""In the order of rules.md 6.4; each has its weight in `site.weights`."""

FIELD_COVERS = ("paddy", "dryland", "orchard")
BOUNDS = {
    "slope": ("site.slope_good", "site.slope_max"),
    "road": ("site.road_good_m", "site.road_max_m"),
    "line": ("site.line_good_m", "site.line_max_m"),
    "school": ("site.service_good_min", "site.service_max_min"),
    "clinic": ("site.service_good_min", "site.service_max_min"),
    "market": ("site.market_good_min", "site.market_max_min"),
    "fields": ("site.fields_good_m", "site.fields_max_m"),
    "park": ("site.work_good_min", "site.work_max_min"),
}
"""The good value and the limit of each criterion that is one measure."""


@dataclass(frozen=True)
class Measures:
    """What the criteria are made of, (rows, cols) float32 each: metres, minutes or ratios by criterion.

    Missing: the layer is not there. `water` and `aspect` are not one measure and are not among them.
    """

    by_name: dict[str, Floats32]


def falling(values: Floats32, good: float, limit: float) -> Floats32:
    """1 up to `good`, 0 from `limit` on, straight between; NaN stays NaN.

    Where the limit is no greater than the good value, all within it is good.
    """
    if limit <= good:
        return np.where(np.isnan(values), values, (values <= np.float32(limit)).astype(np.float32))
    share = (np.float32(limit) - values) / np.float32(limit - good)
    return np.asarray(np.clip(share, 0.0, 1.0), np.float32)


def measure(context: SiteContext, terrain: Terrain) -> Measures:
    """Every measure of `context` on the grid of `terrain`."""
    found: dict[str, Floats32] = {}
    if context.slope is not None:
        found["slope"] = finer(context.slope, terrain)
    targets = context.targets
    if targets["road"].given:
        found["road"] = _walked(targets["road"], context, terrain, "m")
    for key in ("school", "clinic"):
        if targets[key].given:
            found[key] = _walked(targets[key], context, terrain, "min")
    if targets["line"].given:
        line = targets["line"]
        found["line"] = straight_m(line.features, terrain) * np.float32(line.route_factor)
    found |= _walks_more(context, terrain)
    fields = field_shapes(context.area)
    if len(fields):
        factor = np.float32(context.standard["site.path_factor"])
        found["fields"] = straight_m(fields, terrain) * factor
    return Measures(found)


def grade(measures: Measures, context: SiteContext, terrain: Terrain, where: Bools) -> dict[str, Floats32]:
    """The criteria of the cells `where` (rows, cols) is true, (n,) from 0 to 1, in the order of `CRITERIA`;
    those that cannot be told are not among them."""
    standard = context.standard
    found = {
        name: falling(values[where], *(standard[key] for key in BOUNDS[name]))
        for name, values in measures.by_name.items()
    }
    water = water_grade(context, terrain, where)
    if water is not None:
        found["water"] = water[where]
    if context.slope is not None:
        found["aspect"] = sunny(context, terrain)[where]
    return {name: found[name] for name in CRITERIA if name in found}


def straight_m(shapes: Objects, terrain: Terrain) -> Floats32:
    """Metres on the map from each cell's centre to the nearest cell a shape runs through; inf without."""
    off = np.ones(terrain.shape, np.float32)
    burn_lines(shapes, np.zeros(len(shapes)), off, terrain)
    on = covered(shapes[shapely.get_dimensions(shapes) == 2], terrain)
    on |= off == 0
    return distance_to(on, terrain.cell)


def field_shapes(area: Area) -> Objects:
    """Where people farm: fields of the land cover, else basic farmland."""
    cover = area.layer("landcover")
    fields = cover[cover["class"].isin(FIELD_COVERS).to_numpy(bool)]
    frame = fields if len(fields) else area.layer("farmland")
    shapes = np.asarray(frame.geometry.array, object)
    return np.asarray(shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))], object)


def water_grade(context: SiteContext, terrain: Terrain, where: Bools) -> Floats32 | None:
    """Of all sources the best: how far its pipe and how high the lift, the grades of both multiplied, of
    the cells `where` (rows, cols) is true.

    Water that flows by itself is graded by its distance alone, and so is all where there is no
    terrain; a source whose elevation nobody knows does not count. None where no source is mapped.
    """
    target, standard = context.targets["water"], context.standard
    if not target.given:
        return None
    good, limit = standard["water.reach_m"], standard["site.water_max_m"]
    if context.area.terrain is None:
        return falling(straight_m(target.features, terrain) * np.float32(target.route_factor), good, limit)
    return best_source(
        shapely.get_coordinates(shapely.centroid(target.features)),
        target.elevation,
        terrain,
        where,
        good_m=good / target.route_factor,
        limit_m=limit / target.route_factor,
        lift_m=standard["site.lift_max_m"],
    )


def sunny(context: SiteContext, terrain: Terrain) -> Floats32:
    """1 on a slope to the south as steep as anything may be built on, 0 to the north, 0.5 on the flat."""
    given = context.area.terrain
    assert given is not None, "a slope comes from a terrain"
    z = given.elevation
    south = np.full(z.shape, np.nan, np.float32)
    south[1:-1] = (z[:-2] - z[2:]) / np.float32(2 * given.cell)
    share = south / np.float32(2 * context.standard["site.slope_max"]) + np.float32(0.5)
    return finer(np.asarray(np.clip(np.nan_to_num(share, nan=0.5), 0.0, 1.0), np.float32), terrain)


def finer(values: Floats32, terrain: Terrain) -> Floats32:
    """Values on the cells of the area's terrain, said of each cell of `terrain` that divides them."""
    times = terrain.shape[0] // values.shape[0]
    return values if times == 1 else np.repeat(np.repeat(values, times, axis=0), times, axis=1)


def _walked(target: Target, context: SiteContext, terrain: Terrain, unit: str) -> Floats32:
    """Metres or minutes on foot from every cell; straight lines where there is no walking surface."""
    if not len(target.features):
        return np.full(terrain.shape, np.inf, np.float32)
    if target.surface is not None:
        found = target.surface.metres if unit == "m" else target.surface.seconds / np.float32(60.0)
        return finer(found, terrain)
    metres = straight_m(target.features, terrain)
    return metres if unit == "m" else _minutes(metres, context)


def _minutes(metres: Floats32, context: SiteContext) -> Floats32:
    """On the flat, off the road."""
    walk = context.ground.walk
    per_m = walking_seconds(
        np.ones(1), np.zeros(1), np.full(1, 1.0 / walk.offroad),
        top_m_s=walk.top_m_s, decay=walk.decay, best_slope=walk.best_slope,
    )[0]  # fmt: skip
    return metres * np.float32(per_m / 60.0)


def _walks_more(context: SiteContext, terrain: Terrain) -> dict[str, Floats32]:
    """Minutes to markets and to parks with work, which no rule of a site asks for, up to their limits."""
    area, standard = context.area, context.standard
    facilities, parks = area.layer("facilities"), area.layer("parks")
    markets = facilities[(facilities["kind"] == "market").to_numpy(bool)]
    found: dict[str, Floats32] = {}
    for name, frame in (("market", markets), ("park", parks)):
        shapes = np.asarray(frame.geometry.array, object)
        shapes = shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]
        if not len(shapes):
            continue
        if context.ground.planar:
            found[name] = _minutes(straight_m(shapes, terrain), context)
        else:
            limit_s = 60.0 * standard[BOUNDS[name][1]]
            surface = context.ground.surface(shapes, limit_s=limit_s, once=True)
            found[name] = finer(surface.seconds / np.float32(60.0), terrain)
    return found
