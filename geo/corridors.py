"""What does it cost to cross the ground with a road, a path, a pipe or a line?

The ground of an area as sparse graphs whose weights are money (yuan): the plain price of
a metre by land cover, the bench cut into the cross-slope, cut and fill under the centre
line, rivers at the price of their bridge, and weights of avoidance for hazard zones, open
water, protected land and cliffs. Those weights are finite, so that where there is no other
way there is one, and `Obstacles.flags` says what the finished line runs through; they are
no prices, so price the line and not the weight.

Each step is tested against the vectors themselves (rivers, cliffs, edges of zones), not
against cells. Paths, pipes and lines have 8 or 16 neighbours; roads have 48, because on a
slope of 40 % a grade of 12 % leaves the contour by 17 degrees and coarser directions would
miss it. Kilometres of a route over cells are too long: measure the smoothed line.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse as sp
import shapely

from geo.area import Area
from geo.charges import crossing_yuan, making
from geo.footing import BRIDGE_CELLS
from geo.obstacles import Obstacles, make_obstacles
from geo.spatial.barriers import Barriers, make_barriers, segments_of
from geo.spatial.cells import burn_lines, fill_polygons
from geo.spatial.grid_graph import (
    Making,
    add_crossings,
    number_all,
    number_within,
    step_costs,
    to_arcs,
    to_graph,
)
from geo.spatial.terrain import Terrain
from geo.spatial.whole import carried_on, flat, heights, refined
from geo.spatial.windows import (
    Place,
    Window,
    aligned,
    blocks,
    cells_of,
    centres,
    rows_and_columns,
    window_around,
)
from geo.standards import Standard
from geo.works import KINDS
from geo.zones import Zones, make_zones

Kind = Literal["road", "path", "pipe", "line"]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

REACH = {"road": 4, "path": 2, "pipe": 1, "line": 1}
"""How many cells a step reaches: 48, 16, 8 and 8 neighbours."""
UNMEASURED = "corridor.unmeasured"


@dataclass(frozen=True, eq=False)
class LocalGraph:
    """The ground around some points. Nodes are cells of a window, row by row from the north-west.

    `graph`   (n, n) symmetric, yuan (weights of avoidance included); refused steps are absent
    `xy`, `z` (n, 2) and (n,) metres; `cell_m` the side of a cell, `coarsen` cells of the
              area's grid that one of the window is made of on a side
    """

    kind: Kind
    graph: sp.csr_array
    xy: Floats
    z: Floats
    shape: tuple[int, int]
    west: float
    north: float
    cell_m: float
    coarsen: int
    walls: Barriers

    def node_of(self, xy: npt.ArrayLike) -> tuple[Ints, Floats]:
        """The node each point (n, 2) builds from, and how far it lies from the point, metres.

        The nearest of the nine around it that has steps and that no river, cliff or edge of a
        zone parts from it; where all are parted, the nearest.
        """
        points = np.asarray(xy, np.float64).reshape(-1, 2)
        rows, cols = self.shape
        r = np.clip(np.floor((self.north - points[:, 1]) / self.cell_m).astype(int), 0, rows - 1)
        c = np.clip(np.floor((points[:, 0] - self.west) / self.cell_m).astype(int), 0, cols - 1)
        dr, dc = (a.ravel() for a in np.meshgrid([-1, 0, 1], [-1, 0, 1], indexing="ij"))
        near = np.clip(r[:, None] + dr, 0, rows - 1) * cols + np.clip(c[:, None] + dc, 0, cols - 1)
        gap = np.hypot(*(self.xy[near] - points[:, None]).transpose(2, 0, 1))
        legs = np.hstack([np.repeat(points, 9, axis=0), self.xy[near.ravel()]])
        parted = self.walls.crossed(legs).reshape(near.shape)
        dead = np.diff(self.graph.indptr)[near] == 0
        best = np.argmin(gap + parted * 1e6 + dead * 1e9, axis=1)
        at = np.arange(len(points))
        return near[at, best].astype(np.int64), gap[at, best]


@dataclass(frozen=True, eq=False)
class Patch:
    """Ground of any outline: centres `xy` (n, 2) and heights `z` of its cells, and the steps between
    them, each once: tail, head and yuan (weights of avoidance included)."""

    xy: Floats
    z: Floats
    arcs: tuple[Ints, Ints, Floats]
    cell_m: float


@dataclass(frozen=True, eq=False)
class Corridors:
    """The ground of one area for building on; made once by `make_corridors` and used by all needs.

    `terrain` is the area's with voids filled, refined to `corridor.cell_m` where coarser;
    `planar` where there is none and all is flat; `zones` are the hazard zones of the area.
    """

    area: Area
    standard: Standard
    terrain: Terrain
    planar: bool
    zones: Zones
    obstacles: Obstacles
    cover: npt.NDArray[np.float32]
    endless: bool = False
    _kinds: dict[str, _Charges] = field(default_factory=dict, repr=False)

    def local(
        self,
        kind: Kind,
        xy: npt.ArrayLike,
        *,
        margin_m: float = 300.0,
        coarsen: int = 1,
        max_nodes: int = 60_000,
    ) -> LocalGraph:
        """The graph of the window around the points `xy` (n, 2) and `margin_m` beyond.

        Coarser than `coarsen` where it would have more than `max_nodes`; `LocalGraph.coarsen` says so.
        """
        asked = window_around(np.asarray(xy, np.float64).reshape(-1, 2), margin_m, self.terrain)
        while cells_of(asked, coarsen) > max_nodes:
            coarsen += 1
        box = aligned(asked, coarsen, self.terrain.shape)
        height, (west, north, cell) = self._heights(box, coarsen)
        number = number_all(height.shape)
        cost = self._steps(kind, box, coarsen, height, number, (west, north, cell))
        graph = to_graph(cost, number, REACH[kind])
        xy = centres(number, (west, north, cell))
        return LocalGraph(
            kind, graph, xy, height.ravel(), height.shape, west, north, cell, coarsen, self.walls
        )

    def patch(self, kind: Kind, boxes: Floats, *, coarsen: int = 1) -> Patch:
        """The ground inside any of the `boxes` (m, 4: west, south, east, north), `coarsen` cells as one."""
        asked = window_around(boxes.reshape(-1, 2), 0.0, self.terrain)
        box = aligned(asked, coarsen, self.terrain.shape)
        height, place = self._heights(box, coarsen)
        number = number_within(height.shape, rows_and_columns(boxes, place))
        cost = self._steps(kind, box, coarsen, height, number, place)
        arcs = to_arcs(cost, number, REACH[kind])
        return Patch(centres(number, place), height[number >= 0], arcs, place[2])

    def _heights(self, box: Window, coarsen: int) -> tuple[Floats, Place]:
        """The heights of a window, and its west, north and side of a cell."""
        west = self.terrain.west + box[1].start * self.terrain.cell
        north = self.terrain.north - box[0].start * self.terrain.cell
        height = blocks(self.terrain.elevation[box], coarsen, "mean")
        return height, (west, north, self.terrain.cell * coarsen)

    def _steps(
        self, kind: Kind, box: Window, coarsen: int, height: Floats, number: Ints, place: Place
    ) -> Floats:
        """The cost of every step between the numbered cells of a window."""
        charges = self._charges(kind)
        cover = blocks(charges.factor[box], coarsen, "mean")
        penalty = blocks(charges.penalty[box], coarsen, "middle")
        cost, metres = step_costs(
            height, cover, penalty, number, cell_m=place[2], reach=REACH[kind], making=charges.making
        )
        charges.cross(cost, metres, place, number, REACH[kind])
        return cost

    def sample(self, xy: npt.ArrayLike) -> Floats:
        """Elevation of points (n, 2), metres, NaN beyond the terrain; 0 everywhere where there is none."""
        points = np.asarray(xy, np.float64).reshape(-1, 2)
        if self.endless:
            return heights(self.terrain, points)
        return self.terrain.sample(points[:, 0], points[:, 1])

    def without_end(self) -> Corridors:
        """The same where every point has a height: the terrain carried on over the area. For what may be
        designed on a guess that is told (`unmeasured`); water may not."""
        terrain = self.terrain if self.planar else carried_on(self.terrain, self.area.bounds)
        if terrain is self.terrain:
            return replace(self, endless=True)
        cover = _cover(self.area, self.standard, terrain)
        return replace(self, terrain=terrain, cover=cover, endless=True, _kinds={})

    def unmeasured(self, lines: npt.ArrayLike) -> npt.NDArray[np.bool_]:
        """Whether somewhere along each line the height was not measured: no terrain, beyond it, or a void."""
        lines = np.asarray(lines, object)
        if self.planar or self.area.terrain is None:
            return np.ones(len(lines), np.bool_)
        xy, line = shapely.get_coordinates(lines, return_index=True)
        guessed = np.isnan(self.area.terrain.sample(xy[:, 0], xy[:, 1]))
        return np.bincount(line[guessed], minlength=len(lines)) > 0

    def flagged(self, table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        """Works with a flag on each that meets a hazard zone, and on each that nothing else is said of and
        whose metres run over ground nobody measured."""
        table = self.obstacles.flagged(table)
        along = (table["kind"].map(KINDS) == "m") & (table["flag"] == "")
        rows = np.flatnonzero(along.to_numpy(bool))
        flag = table["flag"].to_numpy(object).copy()
        flag[rows[self.unmeasured(np.asarray(table.geometry.array)[rows])]] = UNMEASURED
        return table.assign(flag=pd.Series(flag, index=table.index, dtype="str"))

    def extra_yuan(self, kind: Kind, lines: npt.ArrayLike) -> Floats:
        """What each line pays beside its metres, yuan: water and cliffs crossed, metres in what to avoid."""
        lines, o, extra = np.asarray(lines, object), self.obstacles, np.zeros(len(np.asarray(lines, object)))
        tables = {"hazard": o.hazards, "lake": o.lakes, "protect": o.strict, "reserve": o.reserve}
        cliff = np.full(len(o.cliffs), self.standard.table("corridor.cliff_yuan")[kind])
        for shapes, yuan in (
            (o.open_rivers, crossing_yuan(kind, o.open_m, self.standard)),
            (o.cliffs, cliff),
        ):
            line, shape = shapely.STRtree(shapes).query(lines, predicate="intersects")
            np.add.at(extra, line, yuan[shape])
        for name, shapes in tables.items():
            line, shape = shapely.STRtree(shapes).query(lines, predicate="intersects")
            metres = shapely.length(shapely.intersection(lines[line], shapes[shape]))
            np.add.at(extra, line, metres * self.standard.table(f"corridor.{name}_yuan_m")[kind])
        return extra

    def meets(self, pieces: npt.ArrayLike) -> Ints:
        """How many obstacles each line touches: water, cliffs, hazard zones, strictly protected land."""
        pieces = np.asarray(pieces, object)
        return np.bincount(self._tree.query(pieces, predicate="intersects")[0], minlength=len(pieces))

    @cached_property
    def _tree(self) -> shapely.STRtree:
        o = self.obstacles
        return shapely.STRtree(np.concatenate([o.hazards, o.lakes, o.strict, o.rivers, o.cliffs]))

    @cached_property
    def walls(self) -> Barriers:
        """Rivers, cliffs and the edges of lakes and zones: what parts a point from a node beside it."""
        o = self.obstacles
        return make_barriers(np.concatenate([o.open_rivers, o.cliffs, o.lakes, o.hazards]), self.terrain)

    def _charges(self, kind: Kind) -> _Charges:
        if kind not in self._kinds:
            self._kinds[kind] = _make_charges(self, kind)
        return self._kinds[kind]


@dataclass(frozen=True)
class _Charges:
    """What one kind pays: factor and penalty by cell, segments that cost when touched."""

    making: Making
    factor: npt.NDArray[np.float32]
    penalty: npt.NDArray[np.float32]
    segments: Floats
    each: Floats
    per_metre: Floats

    def cross(
        self,
        cost: Floats,
        metres: Floats,
        place: Place,
        number: Ints,
        reach: int,
    ) -> None:
        shape = number.shape
        west, north, cell = place
        x, y = self.segments[:, [0, 2]], self.segments[:, [1, 3]]
        inside = (x.max(axis=1) >= west) & (x.min(axis=1) <= west + shape[1] * cell)
        inside &= (y.max(axis=1) >= north - shape[0] * cell) & (y.min(axis=1) <= north)
        add_crossings(
            cost,
            metres,
            np.ascontiguousarray(self.segments[inside]),
            self.each[inside],
            self.per_metre[inside],
            place=place,
            number=number,
            reach=reach,
        )


def make_corridors(area: Area, standard: Standard, *, zones: Zones | None = None) -> Corridors:
    """The ground of `area` for building. Costs come from the `corridor` and `price` values of `standard`;
    `zones` are those of `make_zones`, made here where they are not known yet."""
    zones = zones or make_zones(area, standard)
    terrain, planar = _terrain(area, standard["corridor.cell_m"])
    obstacles = make_obstacles(area, standard, gap_m=BRIDGE_CELLS * terrain.cell, zones=zones)
    return Corridors(area, standard, terrain, planar, zones, obstacles, _cover(area, standard, terrain))


def _make_charges(corridors: Corridors, kind: Kind) -> _Charges:
    standard, obstacles, terrain = corridors.standard, corridors.obstacles, corridors.terrain
    weights = [
        (obstacles.reserve, standard.table("corridor.reserve_yuan_m")[kind]),
        (obstacles.strict, standard.table("corridor.protect_yuan_m")[kind]),
        (obstacles.lakes, standard.table("corridor.lake_yuan_m")[kind]),
        (obstacles.hazards, standard.table("corridor.hazard_yuan_m")[kind]),
    ]
    penalty = np.zeros(terrain.shape, np.float32)
    segments, each, per_metre = [np.empty((0, 4))], [np.empty(0)], [np.empty(0)]
    for shapes, weight in sorted(weights, key=lambda w: w[1]):
        if not len(shapes) or weight <= 0:
            continue
        fill_polygons(shapes, np.full(len(shapes), weight), penalty, terrain)
        edges = segments_of(shapes)[0]
        segments.append(edges)
        each.append(np.zeros(len(edges)))
        per_metre.append(np.full(len(edges), weight))
    charged = (
        (obstacles.open_rivers, crossing_yuan(kind, obstacles.open_m, standard)),
        (obstacles.cliffs, np.full(len(obstacles.cliffs), standard.table("corridor.cliff_yuan")[kind])),
    )
    for lines, yuan in charged:
        if len(lines) and yuan.any():
            pieces, owner = segments_of(lines)
            segments.append(pieces)
            each.append(yuan[owner])
            per_metre.append(np.zeros(len(pieces)))
    return _Charges(
        making(standard, kind, planar=corridors.planar),
        _along_roads(corridors, kind),
        penalty,
        np.concatenate(segments),
        np.concatenate(each),
        np.concatenate(per_metre),
    )


def _along_roads(corridors: Corridors, kind: Kind) -> npt.NDArray[np.float32]:
    """The land factor, lower along usable roads and tracks."""
    share = corridors.standard.table("corridor.along_factor")[kind]
    roads = corridors.area.layer("roads")
    roads = roads[roads["usable"].fillna(True).to_numpy(bool) & (roads["class"] != "expressway").to_numpy()]
    if share >= 1.0 or not len(roads):
        return corridors.cover
    lower = np.ones_like(corridors.cover)
    burn_lines(_present(roads), np.full(len(roads), share), lower, corridors.terrain)
    return corridors.cover * lower


def _terrain(area: Area, cell_m: float) -> tuple[Terrain, bool]:
    """The terrain to build on, filled and fine enough; flat ground over the area where there is none."""
    if area.terrain is None or area.planar:
        west, south, east, north = area.bounds
        pad = 20 * cell_m
        return flat((west - pad, south - pad, east + pad, north + pad), cell_m, area.crs), True
    return refined(area.terrain, cell_m), False


def _cover(area: Area, standard: Standard, terrain: Terrain) -> npt.NDArray[np.float32]:
    """What a metre costs on the land of each cell, as a share of the plain price."""
    cover = np.ones(terrain.shape, np.float32)
    land = area.layer("landcover")
    factor = land["class"].map(dict(standard.table("corridor.cover_factor"))).fillna(1.0).to_numpy(float)
    fill_polygons(_present(land), factor, cover, terrain)
    return cover


def _present(frame: Any) -> npt.NDArray[np.object_]:
    shapes = np.array(frame.geometry.array, object)
    shapes[shapely.is_missing(shapes)] = shapely.Point()
    return shapes
