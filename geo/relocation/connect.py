"""What does it take to connect a site? A road, a water main and a line, laid and priced as all works are.

Ways are sought on the same ground as the works of the area (`geo.corridors`): the road under the
grade limit, on existing tracks where that is cheaper, over rivers by bridges; the main from the
source that costs least, falling by itself or pumped; the line from the nearest that feeds villages,
with a transformer at the site. What lies inside the site is not counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse as sp
import shapely
from scipy.sparse.csgraph import dijkstra
from shapely.geometry.base import BaseGeometry

from geo.alignment import road_course
from geo.corridors import Corridors, LocalGraph
from geo.crossings import crossings
from geo.pricing import RANGE, Costs, likely, price
from geo.relocation.connections import Roads, Target, roads_on_the_way
from geo.relocation.context import SiteContext
from geo.relocation.mains import Main, cheapest_main
from geo.relocation.verdict import SiteVerdict
from geo.spatial.cells import burn_lines
from geo.spatial.lines import split_along
from geo.spatial.profile import profiles
from geo.spatial.smoothing import smooth
from geo.spatial.terrain import Terrain
from geo.spatial.touching import mark_within
from geo.standards import Standard
from geo.works import Works, no_works, work_table

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Objects = npt.NDArray[np.object_]
Kind = Literal["road", "pipe", "line"]

MARGIN_M = 250.0
"""How far beyond the straight line a way may swing."""
SOURCES = 4
"""Sources of water that are compared."""
MOST_NODES = 30_000
"""Cells of the ground about one way; beyond, it is sought on coarser ones."""
ON_TRACK_CELLS = 0.75
"""What of a road lies so near to a track, in cells, is an upgrade of it."""
STUB_SHARE = 1e-4
"""What a step along a hardened road costs in the search, as a share: a search wants weights above nothing."""
STRAIGHT_CELLS = 1.0
"""How far a pipe or wire over cells is straightened, in cells."""


@dataclass(frozen=True)
class Connection:
    """The works that connect one site.

    `works`  columns of `geo.works.WORK_COLUMNS`, geometry in the area's CRS; `costs` their prices, row by row
    `road_m`, `pipe_m`, `line_m`  metres over the ground; 0 where none is needed, NaN where there is no way
    `pump_kw`  0 where water falls by itself
    `notes`  message keys of what a reader must know
    """

    households: int
    works: gpd.GeoDataFrame
    costs: pd.DataFrame
    road_m: float
    pipe_m: float
    line_m: float
    pump_kw: float
    source: str
    notes: tuple[str, ...]

    @property
    def whole(self) -> bool:
        """Whether road, water and power all find a way; else `yuan` is what the others cost."""
        return not np.isnan([self.road_m, self.pipe_m, self.line_m]).any()

    @property
    def yuan(self) -> tuple[float, float, float]:
        """Low, likely and high, all works together."""
        low, likely, high = (float(self.costs[name].sum()) for name in RANGE)
        return low, likely, high


@dataclass
class _Book:
    """Works as they are found: columns and geometry."""

    rows: list[dict[str, Any]]
    shapes: list[BaseGeometry]

    def add(self, kind: str, need: str, shape: BaseGeometry, quantity: float, **values: Any) -> None:
        if quantity > 0:
            name = f"C-{len(self.rows) + 1:02d}"
            self.rows.append({"work": name, "kind": kind, "need": need, "quantity": quantity, **values})
            self.shapes.append(shape)


@dataclass(frozen=True)
class _Laid:
    """The ways of one site before they are priced."""

    book: _Book
    road_m: float
    main: Main | None
    line_m: float


def connect_site(polygon: BaseGeometry, context: SiteContext, *, households: int) -> Connection:
    """Design and price the connections of a site for so many households."""
    return connect_sites([polygon], context, households=[households])[0]


def connect_offered(sites: Sequence[SiteVerdict], context: SiteContext) -> tuple[Connection | None, ...]:
    """The connections of those sites that people may be offered, in their order; None for the others."""
    offered = [site for site in sites if site.offered]
    grounds, sizes = [site.usable for site in offered], [site.settled for site in offered]
    found = iter(connect_sites(grounds, context, households=sizes) if offered else ())
    return tuple(next(found) if site.offered else None for site in sites)


def connect_sites(
    polygons: Sequence[BaseGeometry], context: SiteContext, *, households: Sequence[int]
) -> list[Connection]:
    """The same of several sites, each by itself; priced at once."""
    roads = roads_on_the_way(context.area, context.targets["road"])
    laid = [_lay(polygon, context, roads, n) for polygon, n in zip(polygons, households, strict=True)]
    works = _works([one.book for one in laid], context)
    costs = price(works, context.standard)
    ends = np.cumsum([0, *(len(one.book.rows) for one in laid)])
    return [
        _connection(one, works, costs, slice(a, b), n)
        for one, a, b, n in zip(laid, ends[:-1], ends[1:], households, strict=True)
    ]


def _lay(polygon: BaseGeometry, context: SiteContext, roads: Roads, households: int) -> _Laid:
    corridors, book = context.corridors, _Book([], [])
    road = _road(polygon, context, corridors, roads, book)
    main = _water(polygon, context, corridors, households, book)
    return _Laid(book, road, main, _power(polygon, context, corridors, households, book))


def _connection(laid: _Laid, works: Works, costs: Costs, rows: slice, households: int) -> Connection:
    main, table = laid.main, works.table.iloc[rows].reset_index(drop=True)
    priced = costs.table.iloc[rows].reset_index(drop=True)
    said = {
        "site.connect.no_road": np.isnan(laid.road_m),
        "site.connect.no_water": main is None,
        "site.connect.short": main is not None and main.short,
        "site.connect.no_line": np.isnan(laid.line_m),
    }
    flags = sorted({str(flag) for flag in table["flag"] if flag})
    return Connection(
        households=households,
        works=table,
        costs=priced,
        road_m=laid.road_m,
        pipe_m=np.nan if main is None else main.metres,
        line_m=laid.line_m,
        pump_kw=np.nan if main is None else main.pump_kw,
        source="" if main is None else main.source,
        notes=tuple([key for key, holds in said.items() if holds] + flags),
    )


def _road(
    polygon: BaseGeometry, context: SiteContext, corridors: Corridors, roads: Roads, book: _Book
) -> float:
    """A road to the hardened network, its bridges and culverts; metres of it that are built."""
    target, standard = context.targets["road"], context.standard
    near = _near(target, polygon)
    if not len(near):
        return np.nan
    xy = _way("road", polygon, target.features[near], corridors, roads)
    if xy is None:
        return np.nan
    if len(xy) > 4:
        xy = smooth(xy, corridors.sample, corridors.meets, road_course(standard))
    line = shapely.LineString(xy)
    width = standard["road.min_width_m"]
    beside = max(standard["road.snap_m"], ON_TRACK_CELLS * corridors.terrain.cell)
    pieces = split_along(split_along(line, roads.stubs, beside)[1], roads.tracks, beside)
    total = 0.0
    for kind, piece in zip(("road_upgrade", "road_new"), pieces, strict=True):
        metres = _metres(piece, corridors)
        total += metres
        book.add(kind, "road", piece, metres, size=width, spec=f"{width:g} m")
        parts = [p for p in shapely.get_parts(piece) if p.length > 0]
        for part in parts:
            for crossing in crossings(part, corridors.obstacles, standard, new=kind == "road_new"):
                quantity = crossing.length_m if crossing.kind == "bridge" else 1.0
                book.add(
                    crossing.kind,
                    "road",
                    crossing.geometry,
                    quantity,
                    size=standard["road_design.formation_m"],
                    spec=f"{width:g} m",
                )
    return total


def _water(
    polygon: BaseGeometry, context: SiteContext, corridors: Corridors, households: int, book: _Book
) -> Main | None:
    """The water main that costs least, with what captures, lifts and stores the water."""
    target, standard = context.targets["water"], context.standard
    near = _near(target, polygon, most=SOURCES)
    near = near[np.isfinite(target.elevation[near])]
    if not len(near):
        return None
    ways = _ways("pipe", polygon, target.features[near], corridors)
    top = float(np.nanmax(corridors.sample(shapely.get_coordinates(polygon))))
    lines = [
        None if xy is None else shapely.simplify(shapely.LineString(xy), _slack(corridors)) for xy in ways
    ]
    metres = np.array([np.inf if line is None else _metres(line, corridors) for line in lines])
    springs = target.layers[near] == "springs"
    main = cheapest_main(
        metres, target.elevation[near], springs, target.yields[near], top, households, standard
    )
    if main is None:
        return None
    line = lines[main.row]
    assert line is not None, "a main runs along a line that was found"
    end, start = (shapely.Point(line.coords[k]) for k in (0, -1))
    book.add("pipe", "water", line, main.metres, size=main.od_mm, spec=f"PE100 DN{main.od_mm:g}")
    book.add("intake", "water", start, 1.0 if springs[main.row] else 0.0)
    each = main.pump_kw / max(main.pumps, 1)
    count = f"{main.pumps} x " if main.pumps > 1 else ""
    book.add(
        "pump", "water", start, main.pump_kw, size=each, spec=f"{count}{each:g} kW", run_kwh=main.kwh_year
    )
    book.add("tank", "water", start, float(main.tanks))
    book.add("pool", "water", end, main.pool_m3, size=main.pool_m3, spec=f"{main.pool_m3:g} m³")
    return Main(**{**vars(main), "source": str(target.ids[near[main.row]])})


def _power(
    polygon: BaseGeometry, context: SiteContext, corridors: Corridors, households: int, book: _Book
) -> float:
    """A line from the nearest that feeds villages, and a transformer at the site; metres of line."""
    target, standard = context.targets["line"], context.standard
    near = _near(target, polygon)
    if not len(near):
        return np.nan
    xy = _way("line", polygon, target.features[near], corridors)
    if xy is None:
        return np.nan
    line = shapely.simplify(shapely.LineString(xy), _slack(corridors))
    metres = _metres(line, corridors)
    book.add("mv_line", "power", line, metres)
    sizes = np.array(standard.numbers("power.sizes_kva"))
    wanted = households * standard["power.kva_per_household"]
    count = int(np.ceil(wanted / sizes[-1]))
    size = float(sizes[np.searchsorted(sizes, wanted / count)])
    spec = f"{size:g} kVA" if count == 1 else f"{count} x {size:g} kVA"
    book.add("transformer", "power", shapely.get_point(line, 0), count * size, size=size, spec=spec)
    return metres


def _works(books: Sequence[_Book], context: SiteContext) -> Works:
    """The works of all sites as the table pricing reads."""
    nothing = no_works(context.area.crs)
    rows = pd.DataFrame([row for book in books for row in book.rows])
    if not len(rows):
        return nothing
    shapes = [shape for book in books for shape in book.shapes]
    rows["flag"] = context.corridors.obstacles.flags(np.array(shapes, object))
    return nothing.with_table(work_table(rows, shapes, context.area.crs))


def _near(target: Target, polygon: BaseGeometry, *, most: int = 0) -> Ints:
    """Rows of the features that may be the cheapest to reach: the nearest and what is not much farther."""
    if not len(target.features):
        return np.empty(0, np.int64)
    if most:
        away = np.asarray(shapely.distance(target.features, polygon), np.float64)
        return np.argsort(away, kind="stable")[:most].astype(np.int64)
    least = float(shapely.distance(target.features[target.tree.nearest(polygon)], polygon))
    return np.sort(target.tree.query(polygon, predicate="dwithin", distance=least + MARGIN_M))


def _way(
    kind: Kind, polygon: BaseGeometry, features: Objects, corridors: Corridors, roads: Roads | None = None
) -> Floats | None:
    """The cheapest way from the site to any of the features, site first; None where there is none."""
    found = _ways(kind, polygon, np.array([shapely.union_all(features)], object), corridors, roads)
    return found[0]


def _ways(
    kind: Kind, polygon: BaseGeometry, features: Objects, corridors: Corridors, roads: Roads | None = None
) -> list[Floats | None]:
    """The cheapest way from the site to each feature, (n, 2) metres, site first, over `roads` where there
    are such."""
    joint = [shapely.get_coordinates(shapely.shortest_line(polygon, f)) for f in features]
    xy = np.concatenate([*joint, shapely.get_coordinates(shapely.envelope(polygon))])
    local = corridors.local(kind, xy, margin_m=MARGIN_M, max_nodes=MOST_NODES)
    grid = Terrain(
        local.z.reshape(local.shape).astype(np.float32),
        local.west,
        local.north,
        local.cell_m,
        corridors.terrain.crs,
    )
    starts = _beside(grid, polygon, 0.5 * local.cell_m)
    if not len(starts):
        starts = local.node_of(shapely.get_coordinates(shapely.point_on_surface(polygon)))[0]
    graph = local.graph if roads is None else _over(local, grid, roads, corridors.standard)
    cost, came, _ = dijkstra(graph, indices=starts, min_only=True, return_predecessors=True)
    before: Ints = np.asarray(came, np.int64)
    return [
        _traced(local, grid, cost, before, polygon, f, ends) for f, ends in zip(features, joint, strict=True)
    ]


def _beside(grid: Terrain, shape: BaseGeometry, reach_m: float) -> Ints:
    """The nodes within `reach_m` of a shape."""
    near = np.zeros(grid.shape, np.uint32)
    mark_within(np.array([shape], object), reach_m, 0, near, grid)
    return np.flatnonzero(near)


def _over(local: LocalGraph, grid: Terrain, roads: Roads, standard: Standard) -> sp.csr_array:
    """The graph with steps along a track at the price of an upgrade, along a hardened road at nearly none."""
    window = shapely.box(*local.xy.min(axis=0), *local.xy.max(axis=0))
    width = [standard["road.min_width_m"]]
    upgrade, new = (likely(standard, kind, width)[0] for kind in ("road_upgrade", "road_new"))
    graph = local.graph.copy()
    start = np.repeat(np.arange(len(local.xy)), np.diff(graph.indptr))
    share = np.ones(len(graph.data))
    for shapes, part in ((roads.tracks, upgrade / new if new > 0 else 1.0), (roads.stubs, STUB_SHARE)):
        near = shapes[shapely.intersects(shapes, window)]
        off = np.ones(local.shape, np.float32)
        if len(near):
            burn_lines(near, np.zeros(len(near)), off, grid)
        on = off.ravel() == 0
        share[on[start] & on[graph.indices]] = part
    graph.data *= share
    return graph


def _traced(
    local: LocalGraph,
    grid: Terrain,
    cost: Floats,
    before: Ints,
    polygon: BaseGeometry,
    feature: BaseGeometry,
    joint: Floats,
) -> Floats | None:
    """The way back from the cheapest node beside `feature`; the straight joint where that is no longer."""
    reach = 0.75 * local.cell_m
    if np.hypot(*np.diff(joint, axis=0).T)[0] <= 2 * reach:
        return joint
    rows = _beside(grid, feature, reach)
    rows = rows[np.isfinite(cost[rows])]
    if not len(rows):
        return None
    node = int(rows[np.argmin(cost[rows])])
    nodes = [node]
    while before[node] >= 0:
        node = int(before[node])
        nodes.append(node)
    xy = local.xy[nodes[::-1]]
    first = shapely.get_coordinates(shapely.shortest_line(polygon, shapely.Point(xy[0])))[0]
    last = shapely.get_coordinates(shapely.shortest_line(feature, shapely.Point(xy[-1])))[0]
    whole = np.vstack([first, xy, last])
    apart = np.append(True, np.hypot(*np.diff(whole, axis=0).T) > 1e-6)
    return np.asarray(whole[apart], np.float64)


def _metres(shape: BaseGeometry, corridors: Corridors) -> float:
    """Metres over the ground of a line, of all its parts."""
    parts = np.asarray([p for p in shapely.get_parts(shape) if p.length > 0], object)
    if not len(parts):
        return 0.0
    return float(profiles(parts, corridors.sample, base_m=50.0)[1].sum())


def _slack(corridors: Corridors) -> float:
    return STRAIGHT_CELLS * corridors.terrain.cell
