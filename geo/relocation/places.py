"""Which pieces of open ground are large enough and best? Compact places, best first, none touching another.

The open cells are opened morphologically, so that no place hangs together by a neck; a place
grows from where the mean score of a window of its size is highest. Its outline is drawn half
inside its cells' edge and straightened by less than that, so that no closed ground comes in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
import numpy.typing as npt
import shapely
from scipy import ndimage
from shapely.geometry.base import BaseGeometry

from geo.relocation.suitability import Cores, Suitability
from geo.relocation.usable import polygon_of
from geo.spatial.distance import distance_to
from geo.spatial.growing import grow

Floats32 = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

CUT, INSET = 0.85, 0.36
"""Corners are rounded by drawing the edge in by `CUT` cells and out again to `INSET` inside; a line
that far inside may be straightened by as much: just what makes one of a stair of single cells."""
LEAST_MARK = np.float32(1e-3)
"""What open ground without any merit still counts for beside closed ground."""
ROUNDS = 4
"""How often a place grows again because its outline came out too small."""


@dataclass(frozen=True)
class Place:
    """Open ground: flat numbers of its cells, its outline, metres."""

    cells: Ints
    polygon: BaseGeometry


def find_places(
    suitability: Suitability,
    area_m2: float,
    *,
    marks: Floats32,
    most: int,
    each_village: int | None = None,
    within: Bools | None = None,
) -> list[Place]:
    """Up to `most` places of at least `area_m2`; none where no piece of open ground is so large.

    `marks` (rows, cols) of `Suitability.score` say which ground is better; closed ground counts nothing.
    With `each_village` no more than so many have their middle in one village; with `within`
    (rows, cols) all lie on those cells.
    """
    search = _Search(suitability, marks, area_m2, within)
    return list(islice(search.run(each_village), most))


def largest_places(suitability: Suitability, *, most: int, within: Bools | None = None) -> list[Place]:
    """The largest pieces whole: what there is where nothing is large enough."""
    cores = suitability.cores
    if within is not None:
        label, _ = ndimage.label((cores.label > 0) & within)
        cores = Cores(np.asarray(label, np.int32), np.bincount(label.ravel()))
    order = np.argsort(-cores.size[1:], kind="stable")[:most] + 1
    places = []
    for piece in order:
        cells = np.flatnonzero(cores.label.ravel() == piece)
        polygon = outline(cells, suitability)
        if not polygon.is_empty:
            places.append(Place(cells, polygon))
    return places


def outline(cells: Ints, suitability: Suitability) -> BaseGeometry:
    """The largest part of the ground of `cells`, drawn inside their edge and straightened."""
    terrain = suitability.terrain
    rows, cols = np.divmod(cells, terrain.shape[1])
    r0, c0 = int(rows.min()), int(cols.min())
    mask = np.zeros((int(rows.max()) - r0 + 1, int(cols.max()) - c0 + 1), bool)
    mask[rows - r0, cols - c0] = True
    whole = polygon_of(mask, terrain, r0, c0)
    core = shapely.buffer(whole, -CUT * terrain.cell, join_style="mitre")
    round_ = shapely.buffer(core, (CUT - INSET) * terrain.cell, quad_segs=4)
    inner = shapely.simplify(round_, INSET * terrain.cell)
    parts = shapely.get_parts(shapely.intersection(inner, whole))
    parts = parts[shapely.get_dimensions(parts) == 2]
    if not len(parts):
        return shapely.Polygon()
    largest: BaseGeometry = parts[np.argmax(shapely.area(parts))]
    return largest


class _Search:
    """Places one after the other, each keeping its distance from those before."""

    def __init__(
        self, suitability: Suitability, marks: Floats32, area_m2: float, within: Bools | None
    ) -> None:
        standard, self.cell = suitability.context.standard, suitability.terrain.cell
        cores = suitability.cores
        self.suitability, self.marks, self.area_m2 = suitability, marks + LEAST_MARK, area_m2
        self.compact = standard["site.find_compact"]
        self.apart = max(1, int(np.ceil(standard["site.find_apart_m"] / self.cell)))
        self.least = int(np.ceil(area_m2 / self.cell**2))
        self.side = max(3, int(np.sqrt(self.least)) | 1)
        self.free: Bools = np.zeros(marks.shape, bool)
        self.mean: Floats32 = np.zeros(marks.shape, np.float32)
        large = cores.size >= self.least
        large[0] = False
        within = cores.label > 0 if within is None else within
        rows, cols = np.flatnonzero(within.any(axis=1)), np.flatnonzero(within.any(axis=0))
        if len(rows):
            near = self._window(rows, cols, 0)
            self.free[near] = large[cores.label[near]] & within[near]
            self.mean[near] = self._around(np.where(self.free[near], marks[near], np.float32(0)), near)

    def run(self, each_village: int | None) -> Iterator[Place]:
        """Places until no free ground is left that is large enough."""
        had: Counter[int] = Counter()
        while True:
            seed = int(np.argmax(self.mean))
            if self.mean.ravel()[seed] <= 0:
                return
            place = self._grown(seed)
            if place is None:
                continue
            yield place
            village = self._village(place)
            had[village] += 1
            if had[village] == each_village:
                self._close(np.flatnonzero(self.suitability.village.ravel() == village), 0)

    def _village(self, place: Place) -> int:
        """Row of the village the middle of a place lies in, as the finished table says it."""
        middle = place.polygon.representative_point()
        row, col = self.suitability.terrain.cells(np.array([middle.x]), np.array([middle.y]))
        return int(self.suitability.village[row[0], col[0]])

    def _grown(self, seed: int) -> Place | None:
        """A place about `seed`; ground where none fits is not looked at again."""
        edge = 4.0 * np.sqrt(self.area_m2) * INSET * self.cell * 1.5
        size = int(np.ceil((self.area_m2 + edge) / self.cell**2))
        cells = np.empty(0, np.int64)
        for _ in range(ROUNDS):
            cells = self._trimmed(grow(seed, size, self.marks, self.free, compact=self.compact))
            polygon = outline(cells, self.suitability) if len(cells) else shapely.Polygon()
            if polygon.area >= self.area_m2:
                self._close(cells, self.apart)
                return Place(cells, polygon)
            if len(cells) < self.least:
                break
            size += max(2, int(np.ceil(1.1 * (self.area_m2 - polygon.area) / self.cell**2)))
        self._close(np.append(cells, seed), 0)
        return None

    def _trimmed(self, cells: Ints) -> Ints:
        """The largest part of a patch once fingers a cell wide are gone."""
        if not len(cells):
            return cells
        rows, cols = np.divmod(cells, self.free.shape[1])
        r0, c0 = int(rows.min()), int(cols.min())
        mask = np.zeros((int(rows.max()) - r0 + 1, int(cols.max()) - c0 + 1), bool)
        mask[rows - r0, cols - c0] = True
        mask = ndimage.binary_fill_holes(mask) & self.free[r0 : r0 + mask.shape[0], c0 : c0 + mask.shape[1]]
        label, parts = ndimage.label(ndimage.binary_opening(mask, np.ones((2, 2), bool)))
        if not parts:
            return np.empty(0, np.int64)
        keep = int(np.argmax(np.bincount(label.ravel())[1:])) + 1
        r, c = np.nonzero(label == keep)
        return np.asarray((r + r0) * self.free.shape[1] + c + c0, np.int64)

    def _close(self, cells: Ints, margin: int) -> None:
        """Take ground and `margin` cells around it out of the search; means are made anew about it."""
        rows, cols = np.divmod(cells, self.free.shape[1])
        near = self._window(rows, cols, margin)
        mask = np.zeros(self.free[near].shape, bool)
        mask[rows - near[0].start, cols - near[1].start] = True
        if margin:
            mask = distance_to(mask, 1.0) <= margin
        self.free[near] &= ~mask
        half = self.side // 2 + 1
        inner = self._window(rows, cols, margin + half)
        outer = self._window(rows, cols, margin + 2 * half)
        fresh = self._around(np.where(self.free[outer], self.marks[outer], np.float32(0)), outer)
        top, left = inner[0].start - outer[0].start, inner[1].start - outer[1].start
        height, width = self.mean[inner].shape
        self.mean[inner] = fresh[top : top + height, left : left + width]

    def _around(self, values: Floats32, at: tuple[slice, slice]) -> Floats32:
        """The mean of a window about every free cell, closed ground counting as 0; 0 where not free."""
        mean = ndimage.uniform_filter(values, self.side, mode="constant")
        return np.where(self.free[at], mean, np.float32(0))

    def _window(self, rows: Ints, cols: Ints, margin: int) -> tuple[slice, slice]:
        high, wide = self.free.shape
        return (
            slice(max(0, int(rows.min()) - margin), min(high, int(rows.max()) + margin + 1)),
            slice(max(0, int(cols.min()) - margin), min(wide, int(cols.max()) + margin + 1)),
        )
