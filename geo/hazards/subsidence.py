"""What do the mines do to the surface? Subsidence and deformation above coal workings.

Probability-integral method (`geo.hazards.influence`), summed over workings; deformations
are the largest over all directions. Four fields: `likely` and `cautious` (workings mined and
not yet at rest, or shallow), `total` (all mined) and `planned`. All are final values, after all
movement: what a house there must stand in the end.

Not handled: sloping ground (values on hillsides are possibly under-estimated: slopes slip
towards the valley besides), thick loose cover, faults, and the passing strain of an advancing
face. Shallow workings (H/m below the standard's limit) fall in suddenly and unevenly, which no
continuous method tells: above them the damage is IV.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import CRS

from geo.area import Area
from geo.hazards import influence as parts
from geo.hazards.influence import PARTS, Panel, add_to_grid, at_points
from geo.hazards.panels import panels_of
from geo.spatial.isolines import ground_above, isolines
from geo.spatial.windows import overlapping, rows_and_columns
from geo.standards import Standard
from geo.workings import MM, PLANNED, SETTLED, SHALLOW, THREATENING, lean, make_workings, year_of

Floats = npt.NDArray[np.float64]
Raster = npt.NDArray[np.float32]
FieldName = Literal["likely", "cautious", "total", "planned"]
Kind = tuple[str, float, str, Any]
"""A row of `contours`: kind, value, field, shape."""

WORST_GRADE = 4


@dataclass(frozen=True)
class Limits:
    """Most tilt, curvature and strain of damage grades I, II, III, the subsidence where damage begins, and
    the steps of the lines maps show."""

    edge_mm: float
    contours_mm: tuple[float, ...]
    tilt: tuple[float, ...]
    curvature: tuple[float, ...]
    strain: tuple[float, ...]


@dataclass(frozen=True)
class Field:
    """What happens at the cells of a raster, or at points: arrays of one shape, float32.

    `w_mm` subsidence, `tilt` mm/m, `curvature` 1e-3/m, `u_mm` horizontal displacement, `strain` mm/m, each
    the largest over all directions (of strain and curvature the larger of tension and compression);
    `sudden` where a shallow working lies below.
    """

    w_mm: Raster
    tilt: Raster
    curvature: Raster
    u_mm: Raster
    strain: Raster
    sudden: npt.NDArray[np.bool_]
    limits: Limits

    def grade(self, stricter: int = 0) -> npt.NDArray[np.uint8]:
        """Damage grade of a brick-concrete house: 0 none, 1 (I) to 4 (IV); so many grades `stricter`."""
        measures = (
            (self.tilt, self.limits.tilt),
            (self.curvature, self.limits.curvature),
            (self.strain, self.limits.strain),
        )
        found = np.ones(self.w_mm.shape, np.uint8)
        for values, steps in measures:
            step = np.searchsorted(np.asarray(steps, values.dtype), values, side="left")
            found = np.maximum(found, (1 + step).astype(np.uint8))
        found = np.minimum(found + np.uint8(stricter), np.uint8(WORST_GRADE))
        found = np.where(self.w_mm >= self.limits.edge_mm, found, np.uint8(0))
        return np.where(self.sudden, np.uint8(WORST_GRADE), found).astype(np.uint8)

    def severity(self, grade: int) -> Raster:
        """How far on the way into damage grade `grade` (1 to 4), continuous: at least 1 within it."""
        sunk = self.w_mm / self.limits.edge_mm
        if grade > 1:
            k = grade - 2
            over = np.maximum(self.tilt / self.limits.tilt[k], self.curvature / self.limits.curvature[k])
            sunk = np.minimum(sunk, np.maximum(over, self.strain / self.limits.strain[k]))
        return np.asarray(np.where(self.sudden, np.maximum(sunk, 2.0), sunk), np.float32)


@dataclass(frozen=True)
class Subsidence:
    """The fields of one area. `workings`: one row each in row order of the layer (`geo.workings`).

    The grid lies on the cells of the terrain, cut to what is moved at all; (`west`, `north`) is its outer
    corner. `likely`, `cautious`, `total` and `planned` hold the values of the cell centres, whatever the size
    of the cell, each made when it is first asked for; `at` answers for points. `lines` is what maps show:
    `contours` of the likely field and the edge of the cautious one. They are drawn field by field of
    `troughs`: the grid of all spans the ground between mines too, which no mine moves.
    `notes` are message keys of what a reader must know (slopes, unknown dips, assumed parameters).
    """

    workings: pd.DataFrame
    west: float
    north: float
    cell: float
    shape: tuple[int, int]
    crs: CRS
    limits: Limits
    notes: tuple[str, ...]
    sources: Mapping[str, tuple[tuple[Panel, ...], ...]]
    sudden: npt.NDArray[Any]
    lines: gpd.GeoDataFrame = dataclasses.field(default_factory=gpd.GeoDataFrame)

    @cached_property
    def likely(self) -> Field:
        return self._raster(self.sources["likely"])

    @cached_property
    def cautious(self) -> Field:
        one = self.likely
        known = (one.w_mm, one.tilt, one.curvature, one.u_mm, one.strain)
        return self._raster(self.sources["cautious"][1:], known)

    @cached_property
    def total(self) -> Field:
        return self._raster(self.sources["total"])

    @cached_property
    def planned(self) -> Field:
        return self._raster(self.sources["planned"], sudden=False)

    def troughs(self) -> Iterator[Subsidence]:
        """What moves together, each on the part of the grid around it: mines whose ground does not meet lie
        apart. A mine gives what it would give alone; the rasters of one die before the next is made."""
        panels = [p for sets in self.sources.values() for panels in sets for p in panels]
        boxes = np.asarray([p.bounds for p in panels] + [shapely.bounds(pit) for pit in self.sudden])
        if not len(boxes):
            return
        # a cell more all around: every line closes within, and what lies in neighbouring cells is together
        boxes = boxes.reshape(-1, 4) + self.cell * np.array([-1.0, -1.0, 1.0, 1.0])
        label = overlapping(boxes)
        rows_cols = rows_and_columns(boxes, (self.west, self.north, self.cell))
        rows_cols = np.clip(rows_cols, 0, np.repeat(self.shape, 2))
        whose = {id(panel): k for panel, k in zip(panels, label.tolist(), strict=False)}
        for k in range(label.max() + 1):
            windows = rows_cols[label == k]
            (r0, c0), (r1, c1) = windows.min(axis=0)[::2].tolist(), windows.max(axis=0)[1::2].tolist()
            yield replace(
                self,
                west=self.west + c0 * self.cell,
                north=self.north - r0 * self.cell,
                shape=(r1 - r0, c1 - c0),
                sources={
                    field: tuple(tuple(p for p in panels if whose[id(p)] == k) for panels in sets)
                    for field, sets in self.sources.items()
                },
                sudden=self.sudden[label[len(panels) :] == k],
            )

    def _raster(
        self, runs: Iterable[tuple[Panel, ...]], *known: tuple[Raster, ...], sudden: bool = True
    ) -> Field:
        """The worst of several runs of panels, and of what is `known`."""
        place, found = (self.west, self.north, self.cell), list(known)
        for panels in runs:
            onto = np.zeros((PARTS, *self.shape), np.float32)
            for panel in panels:
                add_to_grid(panel, *place, onto)
            found.append(_measures(onto))
        pits = self.sudden if sudden else self.sudden[:0]
        return _worst(found, _covered(pits, *place, self.shape), self.limits)

    def at(self, field: FieldName, xy: Floats) -> Field:
        """The field at points (n, 2), metres in the CRS of the area."""
        found = [_measures(_summed_points(panels, xy)) for panels in self.sources[field]]
        below = np.zeros(len(xy), bool)
        if field != "planned":
            for pit in self.sudden:
                below |= shapely.intersects_xy(pit, xy[:, 0], xy[:, 1])
        return _worst(found, below, self.limits)


def model_subsidence(area: Area, standard: Standard, *, year: int | None = None) -> Subsidence:
    """Subsidence above the workings of `area`, judged in `year` (not given: of the newest survey)."""
    layer = area.layer("workings")
    year = year_of(area, standard) if year is None else year
    table = make_workings(layer, standard, year)
    outlines = shapely.make_valid(np.asarray(layer.geometry.array))
    drawn = ~(shapely.is_missing(outlines) | shapely.is_empty(outlines))
    sources = _sources(outlines, table, drawn, standard)
    sudden = outlines[drawn & (table["state"] == SHALLOW).to_numpy(bool)]
    west, north, cell, shape = _grid(area, sources, sudden, standard)
    limits = Limits(
        standard["mine.edge_mm"],
        standard.numbers("mine.contours_mm"),
        standard.numbers("mine.grade_tilt"),
        standard.numbers("mine.grade_curvature"),
        standard.numbers("mine.grade_strain"),
    )
    found = Subsidence(table, west, north, cell, shape, area.crs, limits, _notes(table), sources, sudden)
    kinds = [[*_kinds(each, "likely"), *_kinds(each, "cautious", edge_only=True)] for each in found.troughs()]
    return replace(found, lines=_drawn(kinds, area.crs))


def _notes(table: pd.DataFrame) -> tuple[str, ...]:
    """What a reader of the result must know, as message keys; nothing where there are no workings."""
    said = {
        "hazard.note.slopes": len(table) > 0,
        "hazard.note.level": ((table["dip_deg"] > 0) & table["dip_dir"].isna()).any(),
        "hazard.note.shallow": (table["state"] == SHALLOW).any(),
        "hazard.note.assumed": table["assumed"].any(),
    }
    return tuple(key for key, true in said.items() if true)


def _sources(
    outlines: npt.NDArray[Any], table: pd.DataFrame, drawn: npt.NDArray[np.bool_], standard: Standard
) -> dict[str, tuple[tuple[Panel, ...], ...]]:
    """The panels of every field; several sets where the worst of them counts, first those of `likely`.

    Cautious: q and b at their highest, tan beta at either end (steep and narrow, or flat and wide).
    """

    def panels(states: Iterable[str], rows: pd.DataFrame) -> tuple[Panel, ...]:
        mine = rows["state"].isin(list(states)).to_numpy(bool) & drawn
        return tuple(
            panel
            for outline, row, cot in zip(
                outlines[mine], rows[mine].itertuples(), leans[mine].tolist(), strict=True
            )
            for panel in panels_of(outline, row, cot)
        )

    leans = lean(table, standard)

    likely = panels(THREATENING, table)
    settled = panels([SETTLED], table)
    bounds = _bounds(table, standard)
    return {
        "likely": (likely,),
        "cautious": (likely, *(panels(THREATENING, rows) for rows in bounds)),
        "total": ((*likely, *settled),),
        "planned": (panels([PLANNED], table),),
    }


def _bounds(table: pd.DataFrame, standard: Standard) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The workings with parameters at the cautious ends: of the standard's range where they are its own,
    else of the uncertainty of what a mine gives itself."""
    spread = standard["mine.given_spread"]
    ranges = {"q": "mine.q_range", "b": "mine.b_range", "tanb": "mine.tanb_range"}

    def end(name: str, which: int) -> Floats:
        value = table[name].to_numpy(float)
        ours = standard.numbers(ranges[name])[which]
        outer = np.minimum(ours, value) if which == 0 else np.maximum(ours, value)
        given = value * (1 - spread if which == 0 else 1 + spread)
        return np.where(table[f"assumed_{name}"], outer, given)

    high = table.assign(q=end("q", 1), b=end("b", 1))
    return high.assign(tanb=end("tanb", 0)), high.assign(tanb=end("tanb", 1))


def _grid(
    area: Area,
    sources: Mapping[str, tuple[tuple[Panel, ...], ...]],
    sudden: npt.NDArray[Any],
    standard: Standard,
) -> tuple[float, float, float, tuple[int, int]]:
    """The cells of the terrain (without one: of the standard) that cover all ground moved."""
    boxes = [p.bounds for sets in sources.values() for panels in sets for p in panels] + [
        shapely.bounds(s) for s in sudden
    ]
    terrain = area.terrain
    cell = standard["mine.grid_m"] if terrain is None else terrain.cell
    if not boxes:
        return 0.0, 0.0, cell, (0, 0)
    west, south, east, north = np.concatenate([np.min(boxes, axis=0)[:2], np.max(boxes, axis=0)[2:]])
    left, top = (0.0, 0.0) if terrain is None else (terrain.west, terrain.north)
    first = left + np.floor((west - left) / cell) * cell
    high = top - np.floor((top - north) / cell) * cell
    if terrain is not None:
        west_end, east_end = left, left + terrain.shape[1] * cell
        first, east = np.clip([first, east], west_end, east_end)
        high, south = np.clip([high, south], top - terrain.shape[0] * cell, top)
    rows, cols = int(np.ceil((high - south) / cell)), int(np.ceil((east - first) / cell))
    return float(first), float(high), cell, (rows, cols)


def _covered(
    shapes: npt.NDArray[Any], west: float, north: float, cell: float, shape: tuple[int, int]
) -> npt.NDArray[np.bool_]:
    """Which cell centres lie in one of the shapes."""
    found = np.zeros(shape, bool)
    for each in shapes:
        left, bottom, right, top = shapely.bounds(each)
        r0, r1 = np.clip([int((north - top) // cell), int((north - bottom) // cell) + 1], 0, shape[0])
        c0, c1 = np.clip([int((left - west) // cell), int((right - west) // cell) + 1], 0, shape[1])
        x = west + (np.arange(c0, c1) + 0.5) * cell
        y = north - (np.arange(r0, r1) + 0.5) * cell
        shapely.prepare(each)
        found[r0:r1, c0:c1] |= shapely.intersects_xy(each, *np.meshgrid(x, y))
    return found


def _summed_points(panels: Iterable[Panel], xy: Floats) -> Floats:
    total, (x, y) = np.zeros((PARTS, len(xy))), xy.T
    for panel in panels:  # few points lie near each: nothing is added to the others
        west, south, east, north = panel.bounds
        near = np.flatnonzero((x > west) & (x < east) & (y > south) & (y < north))
        if len(near):
            total[:, near] += at_points(panel, xy[near])
    return total


def _measures(total: npt.NDArray[Any]) -> tuple[Raster, ...]:
    """Subsidence, tilt, curvature, displacement and strain from the summed parts, in the units of `Field`.

    Of the symmetric tensors of curvature and strain the principal value of the larger amount:
    |mean of the diagonal| + hypot(half their difference, shear).
    """
    found = (
        total[parts.W],
        np.hypot(total[parts.WX], total[parts.WY]),
        _principal(total[parts.WXX], total[parts.WXY], total[parts.WYY]),
        np.hypot(total[parts.UX], total[parts.UY]),
        _principal(total[parts.EXX], total[parts.EXY], total[parts.EYY]),
    )
    return tuple(np.asarray(MM * f, np.float32) for f in found)


def _principal(xx: npt.NDArray[Any], xy: npt.NDArray[Any], yy: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return np.asarray(np.abs(0.5 * (xx + yy)) + np.hypot(0.5 * (xx - yy), xy))


def _worst(found: list[tuple[Raster, ...]], sudden: npt.NDArray[np.bool_], limits: Limits) -> Field:
    """The largest of every measure over several runs."""
    w, tilt, curvature, u, strain = (np.maximum.reduce(each) for each in zip(*found, strict=True))
    return Field(w, tilt, curvature, u, strain, sudden, limits)


def contours(found: Subsidence, field: FieldName = "likely", *, edge_only: bool = False) -> gpd.GeoDataFrame:
    """Lines and grounds for maps, in the CRS of the area: columns kind, value, field, geometry.

    kind "edge" the line of the subsidence where damage begins (value mm), "w" lines of equal subsidence
    (value mm, at the standard's steps), "grade" the ground of damage grade value = 1 to 4 of brick-concrete
    houses. Grades do not overlap. Empty where nothing sinks. With `edge_only` nothing but the edge is drawn.
    """
    return _drawn([_kinds(each, field, edge_only=edge_only) for each in found.troughs()], found.crs)


def _kinds(found: Subsidence, field: FieldName, *, edge_only: bool = False) -> list[Kind]:
    """The rows of `contours` from the grid of `found`, all of them, some without a shape."""
    values: Field = getattr(found, field)
    place = {"west": found.west, "north": found.north, "cell": found.cell}
    edge = values.limits.edge_mm
    kinds: list[Kind] = [("edge", edge, field, isolines(values.w_mm, edge, **place))]
    if edge_only:
        return kinds
    steps = values.limits.contours_mm
    kinds += [("w", step, field, isolines(values.w_mm, step, **place)) for step in steps]
    ground = [ground_above(values.severity(grade), 1.0, **place) for grade in range(1, WORST_GRADE + 1)]
    for grade, whole in enumerate(ground, start=1):
        worse = ground[grade] if grade < WORST_GRADE else shapely.Polygon()
        kinds.append(("grade", float(grade), field, shapely.difference(whole, worse)))
    return kinds


def _drawn(troughs: list[list[Kind]], crs: CRS) -> gpd.GeoDataFrame:
    """One row of each kind over all troughs, those without a shape left out."""
    kept: list[Kind] = []
    for same in zip(*troughs, strict=True):
        shapes = [shape for *_, shape in same if not shapely.is_empty(shape)]
        if shapes:
            kept.append((*same[0][:3], _together(shapes)))
    columns = {name: [k[at] for k in kept] for at, name in enumerate(("kind", "value", "field"))}
    return gpd.GeoDataFrame(columns, geometry=[k[3] for k in kept], crs=crs)


def _together(shapes: list[Any]) -> Any:
    """Shapes of one kind that nowhere meet, as one."""
    if len(shapes) == 1:
        return shapes[0]
    parts = shapely.get_parts(shapes)
    areal = shapely.get_dimensions(parts[0]) == 2
    return shapely.multipolygons(parts) if areal else shapely.multilinestrings(parts)
