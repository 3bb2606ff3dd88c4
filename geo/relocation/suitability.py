"""Where in the area can people live, and how well? Closed ground, and a score on what is open.

    suitability = make_suitability(context)          once per area and standard
    suitability.score({"road": 5, …})                milliseconds for other weights

Everything is on the grid of the terrain, each cell divided where it is coarser than `corridor.cell_m`:
what is closed is known more sharply than how high the ground is. Without terrain the grid is flat,
no slope is known and no place can be called safe.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from geo.errors import BadSearchError
from geo.relocation.bans import LIMITS, Bans, make_bans
from geo.relocation.context import SiteContext
from geo.relocation.criteria import CRITERIA, Measures, grade, measure
from geo.spatial.cells import cells_inside
from geo.spatial.terrain import Terrain

Floats32 = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Cores:
    """The open ground without its necks: `label` (rows, cols) of contiguous pieces, 0 elsewhere;
    `size` (pieces + 1,) their cells."""

    label: npt.NDArray[np.int32]
    size: Ints


@dataclass(frozen=True)
class Suitability:
    """The closed ground of an area and the criteria of the rest.

    `rules`     names of the exclusion rules; bit i of `banned` is `rules[i]`
    `banned`    uint32 (rows, cols); 0 where a settlement may stand
    `cells`     flat numbers of the open cells (n,)
    `grades`    criterion -> float32 (n,), 0 to 1, on the open cells
    `missing`   criteria that cannot be told: their layer is not there
    `measures`  metres, minutes and ratios the criteria were made of, (rows, cols)
    """

    context: SiteContext
    terrain: Terrain
    rules: tuple[str, ...]
    banned: npt.NDArray[np.uint32]
    cells: Ints
    grades: Mapping[str, Floats32]
    missing: tuple[str, ...]
    measures: Measures = field(repr=False)

    @property
    def weights(self) -> dict[str, float]:
        """The weights of the standard."""
        return dict(self.context.standard.table("site.weights"))

    @property
    def criteria(self) -> dict[str, Floats32]:
        """The criteria as rasters (rows, cols), NaN on closed ground."""
        return {name: self.raster(values) for name, values in self.grades.items()}

    @cached_property
    def whole(self) -> dict[str, Floats32]:
        """The criteria as rasters (rows, cols), closed ground included: to compare drawn sites by."""
        everywhere = np.ones(self.banned.shape, bool)
        found = grade(self.measures, self.context, self.terrain, everywhere)
        return {name: values.reshape(self.banned.shape) for name, values in found.items()}

    def raster(self, values: Floats32) -> Floats32:
        """Values of the open cells (n,) as a raster (rows, cols), NaN elsewhere."""
        whole = np.full(self.banned.shape, np.nan, np.float32)
        whole.ravel()[self.cells] = values
        return whole

    @cached_property
    def row_of(self) -> npt.NDArray[np.int32]:
        """The place of each cell in `cells`, (rows * cols,); -1 of closed ones."""
        place = np.full(self.banned.size, -1, np.int32)
        place[self.cells] = np.arange(len(self.cells), dtype=np.int32)
        return place

    @cached_property
    def cores(self) -> Cores:
        """The pieces of open ground at least `site.neck_m` wide everywhere."""
        standard = self.context.standard
        wide = max(1, round(standard["site.neck_m"] / self.terrain.cell))
        label, _ = ndimage.label(ndimage.binary_opening(self.banned == 0, np.ones((wide, wide), bool)))
        return Cores(np.asarray(label, np.int32), np.bincount(label.ravel()))

    @cached_property
    def village(self) -> npt.NDArray[np.int32]:
        """The row of the village each cell's centre lies in, (rows, cols); -1 outside all."""
        shapes = np.asarray(self.context.area.layer("villages").geometry.array, object)
        cell, row = cells_inside(shapes, self.terrain)
        where = np.full(self.banned.size, -1, np.int32)
        where[cell] = row
        return where.reshape(self.banned.shape)

    def marks(self, weights: Mapping[str, float] | None = None) -> Floats32:
        """The score of every open cell (n,): the weighted mean of the criteria that can be told.

        `weights` replace those of the standard; criteria not named keep theirs. Raises
        `BadSearchError` for a criterion there is none of, and where nothing weighs anything.
        """
        shares = self.shares(weights)
        total = np.zeros(len(self.cells), np.float32)
        for name, share in shares.items():
            total += np.float32(share) * self.grades[name]
        return total

    def score(self, weights: Mapping[str, float] | None = None) -> Floats32:
        """The score as a raster (rows, cols), 0 to 1, NaN on closed ground."""
        return self.raster(self.marks(weights))

    def shares(self, weights: Mapping[str, float] | None = None) -> dict[str, float]:
        """What each criterion that can be told counts for; together 1, empty where none can be told.

        Raises `BadSearchError` where the `weights` asked for leave nothing to go by.
        """
        merged = {**self.weights, **check_weights(weights or {})}
        told = {name: merged[name] for name in self.grades if merged.get(name, 0.0) > 0}
        total = sum(told.values())
        if weights and not total > 0:
            raise BadSearchError("site.bad.no_weight")
        return {name: weight / total for name, weight in told.items()}


def make_suitability(context: SiteContext) -> Suitability:
    """Closed ground and criteria of the area of `context`."""
    terrain = _grid(context)
    measures = measure(context, terrain)
    ways = {key: measures.by_name[key] for key in LIMITS if key in measures.by_name}
    bans: Bans = make_bans(context, terrain, ways)
    open_ = bans.banned == 0
    cells = np.flatnonzero(open_)
    told = grade(measures, context, terrain, open_)
    grades = {name: np.nan_to_num(values) for name, values in told.items()}
    missing = tuple(name for name in CRITERIA if name not in grades)
    return Suitability(context, terrain, bans.rules, bans.banned, cells, grades, missing, measures)


def check_weights(weights: Mapping[str, float]) -> dict[str, float]:
    """`weights` as numbers. Raises `BadSearchError` for what is no criterion or no weight."""
    for name, weight in weights.items():
        if name not in CRITERIA:
            raise BadSearchError("site.bad.criterion", name=name, known="、".join(CRITERIA))
        if isinstance(weight, bool) or not np.isfinite(weight) or weight < 0:
            raise BadSearchError("site.bad.weight", name=name, weight=weight)
    return {name: float(weight) for name, weight in weights.items()}


def _grid(context: SiteContext) -> Terrain:
    """The terrain with its cells divided where they are coarse; without one, ground of unknown height."""
    given, cell = context.area.terrain, context.standard["corridor.cell_m"]
    if given is not None:
        times = max(1, int(np.ceil(given.cell / cell - 1e-9)))
        divided = np.repeat(np.repeat(given.elevation, times, axis=0), times, axis=1)
        return given if times == 1 else replace(given, elevation=divided, cell=given.cell / times)
    west, south, east, north = context.area.bounds
    rows, cols = (int(np.ceil(side / cell)) + 2 for side in (north - south, east - west))
    nothing = np.full((rows, cols), np.nan, np.float32)
    return Terrain(nothing, west - cell, north + cell, cell, context.area.crs)
