"""Which panels stand for a working? Its outline cut by depth and displaced down the dip.

Under a dipping seam the low side is deeper: its bell is wider and displaced farther. The
outline is cut into bands across the dip, each at its own depth, so that r differs up and
down the dip as it does in the ground. Where nobody says which way the seam falls the
working is taken as level at its mean depth (w_max keeps its cos(dip)).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from shapely import affinity
from shapely.geometry.base import BaseGeometry

from geo.hazards.influence import Panel

BAND = 0.05
"""A band across the dip is so deep at most, as a share of the depth: r is right to 2.5 % everywhere."""


def panels_of(outline: BaseGeometry, row: Any, cot: float) -> list[Panel]:
    """The panels of one working; `row`: its row of `geo.workings`, q, b and tan beta as they are to act;
    `cot` how it leans (`geo.workings.lean`)."""
    w_max = row.thickness_m * row.q * float(np.cos(np.radians(row.dip_deg)))
    known = np.isfinite(row.dip_dir) and row.dip_deg > 0
    if not known:
        radius = row.depth_m / row.tanb
        return [Panel(part, w_max, radius, row.b * radius) for part in _polygons(outline)]
    way = np.radians(row.dip_dir)
    down = np.array([np.sin(way), np.cos(way)])
    found = []
    for band, depth in _bands(outline, down, row.depth_m, float(np.tan(np.radians(row.dip_deg)))):
        radius = depth / row.tanb
        moved = affinity.translate(band, *(depth * cot * down))
        found += [
            Panel(part, w_max, radius, row.b * radius, cot, (-float(down[0]), -float(down[1])))
            for part in _polygons(moved)
        ]
    return found


def _bands(
    outline: BaseGeometry, down: Any, depth: float, fall: float
) -> Iterator[tuple[BaseGeometry, float]]:
    """Strips of the outline across the dip with the depth in their middle; `depth` is that of its middle."""
    along = shapely.get_coordinates(outline) @ down
    middle = shapely.centroid(outline)
    origin = float(np.array([middle.x, middle.y]) @ down)
    near, far = float(along.min()) - origin, float(along.max()) - origin
    count = max(1, int(np.ceil((far - near) * fall / (BAND * depth))))
    edges = np.linspace(near, far, count + 1)
    wide = float(np.ptp(shapely.get_coordinates(outline), axis=0).sum()) + 1.0
    across = np.array([-down[1], down[0]])
    centre = np.array([middle.x, middle.y])
    for low, high in pairwise(edges):
        corners = [
            centre + low * down - wide * across,
            centre + high * down - wide * across,
            centre + high * down + wide * across,
            centre + low * down + wide * across,
        ]
        strip = shapely.intersection(outline, shapely.Polygon(corners)) if count > 1 else outline
        yield strip, max(depth + 0.5 * (low + high) * fall, BAND * depth)


def _polygons(shape: BaseGeometry) -> list[BaseGeometry]:
    """The polygons of a shape, without the lines and points an intersection may leave."""
    parts = shapely.get_parts(shapely.get_parts(shape))
    return [p for p in parts if shapely.get_dimensions(p) == 2 and p.area > 0]
