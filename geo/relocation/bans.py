"""Which ground is closed to settlement, cell by cell, and by which rule? One bit of a raster per rule.

A cell is closed when any of its square is touched by what a rule bans (the exact shapes of
`exclusions`), when it is too steep, when its terrain is not known, when its square reaches
beyond the area, or when it lies beyond a limit no site may exceed (road, line, school,
clinic). So a polygon made of open cells passes every one of these rules in `assess_site`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from geo.relocation.context import SiteContext
from geo.relocation.criteria import finer
from geo.relocation.exclusions import Exclusion
from geo.relocation.rules import GRADED
from geo.spatial.cells import covered
from geo.spatial.terrain import Terrain
from geo.spatial.touching import mark_within, touch_m

Bits = npt.NDArray[np.uint32]
Floats32 = npt.NDArray[np.float32]

STEEP, VOID, OUTSIDE = "steep", "terrain", "edge"
LIMITS = tuple(GRADED)
"""Connections a site fails without: its bit is set where the way is longer than the limit."""


@dataclass(frozen=True)
class Bans:
    """`banned` (rows, cols): bit i is set where `rules[i]` closes the cell."""

    rules: tuple[str, ...]
    banned: Bits

    def bit(self, rule: str) -> npt.NDArray[np.bool_]:
        """Where one rule closes the ground."""
        return np.asarray(self.banned & np.uint32(1 << self.rules.index(rule)), bool)


def closing(context: SiteContext) -> tuple[Exclusion, ...]:
    """The rules of the exact overlay that take ground, in their order."""
    return tuple(rule for rule in context.exclusions if rule.excludes)


def make_bans(context: SiteContext, terrain: Terrain, ways: dict[str, Floats32]) -> Bans:
    """The closed ground of `context` on the grid of `terrain`.

    `ways` holds metres or minutes by connection in the unit of its limit, (rows, cols), NaN unknown;
    a connection that is not there closes nothing.
    """
    standard, rules = context.standard, closing(context)
    names = (*(rule.rule for rule in rules), STEEP, VOID, OUTSIDE, *LIMITS)
    banned = np.zeros(terrain.shape, np.uint32)
    for bit, rule in enumerate(rules):
        mark_within(rule.features, rule.reach_m + touch_m(terrain), bit, banned, terrain)
    at = {name: np.uint32(1 << names.index(name)) for name in (STEEP, VOID, OUTSIDE, *LIMITS)}
    if context.slope is not None:
        slope = finer(context.slope, terrain)
        banned[slope > standard["site.slope_max"]] |= at[STEEP]
        banned[~np.isfinite(slope)] |= at[VOID]
    _outside(context, terrain, names.index(OUTSIDE), banned)
    for key in LIMITS:
        if key in ways:
            banned[ways[key] > standard[GRADED[key][1]]] |= at[key]
    return Bans(names, banned)


def _outside(context: SiteContext, terrain: Terrain, bit: int, banned: Bits) -> None:
    """Cells whose square is not wholly inside the area."""
    banned[~covered(shapely.get_parts(context.edge), terrain)] |= np.uint32(1 << bit)
    mark_within(np.array([shapely.boundary(context.edge)], object), touch_m(terrain), bit, banned, terrain)
