"""How long is the walk? The ground of an area, searched once per kind of target and reused.

A walk goes from a point *to* a target, over a grid of 16 directions (on flat ground at
most 2.75 % longer than the straight line) at the speed of Tobler's function times the
factor of the road or land cover underfoot. Rivers, cliffs and the edges of lakes stop a
step whose straight line touches theirs. Metres are over the ground (with the rise),
seconds over the map (as Tobler has it).

- Close to a target (`DIRECT_CELLS`) the straight walk counts where nothing bars it and
  it is the faster, so that a threshold of 50 m means 50 m on a 12.5 m grid.
- Voids of the terrain are filled from around them and walked over.
- A point on a barred cell starts from the nearest open cell within `walk.move_m`; `Reach.moved` says so.
- A point off the terrain gets the straight line at off-road speed; `Reach.straight` says so.
  Targets off the terrain are reached by such points alone.
- Without terrain all is straight lines (`Ground.planar`); rivers and cliffs stop nothing then.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from threading import Lock

import numpy as np
import numpy.typing as npt
import shapely

from geo.area import Area
from geo.errors import AreaError
from geo.footing import Footing, make_footing
from geo.spatial.barriers import refuse_crossing
from geo.spatial.search import search
from geo.spatial.shortest import open_steps, search_shortest
from geo.spatial.steps import walking_seconds, walking_steps
from geo.spatial.terrain import Terrain
from geo.spatial.voids import fill_voids
from geo.standards import Standard
from geo.walks import Bools, Floats, Ints, Walk, doors, ends, legs, on_terrain, straight_walks

DIRECT_CELLS = 6.0
KEPT_SURFACES, LEAST_KEPT = 16, 5
"""How many surfaces are kept: of a large area fewer (`KEPT_CELLS`), but those that gaps and sites share."""
KEPT_CELLS = 200_000_000
"""Cells of all kept surfaces together, 12 bytes each."""


@dataclass(frozen=True)
class Reach:
    """The fastest walk from each point, (n,): inf and -1 where there is none within the limit.

    Of the shortest walk the seconds are not reckoned: NaN.
    """

    seconds: Floats
    metres: Floats
    target: Ints
    moved: Bools
    straight: Bools


@dataclass(frozen=True)
class Surface:
    """The fastest walk from each cell's centre, (rows, cols); inf and -1 where none is within the limit."""

    seconds: npt.NDArray[np.float32]
    metres: npt.NDArray[np.float32]
    target: npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Ground:
    """The walking surface of one area. Made by `make_ground`; may be used from several threads."""

    walk: Walk
    terrain: Terrain | None
    footing: Footing | None
    steps: npt.NDArray[np.float32] | None
    filled_cells: int = 0
    open_to: npt.NDArray[np.uint16] | None = None
    _surfaces: dict[bytes, Future[Surface]] = field(default_factory=dict, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    @property
    def planar(self) -> bool:
        """Whether walks are straight lines because there is no terrain."""
        return self.terrain is None

    def reach(
        self,
        xy: Floats,
        targets: npt.ArrayLike,
        *,
        limit_s: float = np.inf,
        limit_m: float = np.inf,
        shortest: bool = False,
        once: bool = False,
    ) -> Reach:
        """The fastest walk from each point, (n, 2) in metres, to the nearest target in time.

        With `shortest` the shortest walk over the ground instead, whatever its time: what
        is held against a limit in metres, because a new road may make the fastest longer.
        What is asked only `once` is not kept.
        """
        xy = np.asarray(xy, np.float64).reshape(-1, 2)
        shapes = _present(targets)
        found = _nowhere(len(xy))
        known = np.asarray(np.isfinite(xy).all(axis=1), bool)
        if len(xy) == 0 or shapely.is_empty(shapes).all():
            return found
        if self.terrain is None:
            return _within(_straight(xy, shapes, self.walk, found, known), limit_s, limit_m)
        slack = 3 * self.terrain.cell  # the leg to the first cell may go the other way
        surface = self.surface(shapes, limit_s=limit_s, limit_m=limit_m + slack, shortest=shortest, once=once)
        inside = on_terrain(xy, self.terrain)
        _over_cells(self, xy, inside, surface, found, shortest)
        _directly(self, xy, inside, shapes, found, shortest)
        _straight(xy, shapes, self.walk, found, ~inside & known)
        if shortest:
            found.seconds[:] = np.nan
        return _within(found, limit_s, limit_m)

    def surface(
        self,
        targets: npt.ArrayLike,
        *,
        limit_s: float = np.inf,
        limit_m: float = np.inf,
        shortest: bool = False,
        once: bool = False,
    ) -> Surface:
        """The fastest (or shortest) walk from every cell; the last `KEPT_SURFACES` asked for are kept, but
        none that is asked `once`."""
        terrain, _, _ = self._parts()
        shapes = _present(targets)
        if once:
            return _make_surface(self, shapes, terrain, limit_s, limit_m, shortest)
        key = _key(shapes, limit_s, limit_m, shortest)
        with self._lock:
            promise = self._surfaces.pop(key, None)
            mine = promise is None
            promise = promise or Future()
            self._surfaces[key] = promise  # last in the row: the longest unused goes first
            kept = max(LEAST_KEPT, min(KEPT_SURFACES, KEPT_CELLS // terrain.elevation.size))
            while len(self._surfaces) > kept:
                del self._surfaces[next(iter(self._surfaces))]
        if mine:  # whoever asks meanwhile waits for this one instead of searching again
            try:
                promise.set_result(_make_surface(self, shapes, terrain, limit_s, limit_m, shortest))
            except BaseException as error:
                with self._lock:
                    self._surfaces.pop(key, None)
                promise.set_exception(error)
        return promise.result()

    def surfaces(
        self,
        targets: Sequence[npt.ArrayLike],
        *,
        limit_s: float = np.inf,
        limit_m: float = np.inf,
        threads: int = 2,
    ) -> list[Surface]:
        """Several surfaces at once, in threads; later calls for the same targets find them ready."""
        with ThreadPoolExecutor(threads) as pool:
            return list(pool.map(lambda t: self.surface(t, limit_s=limit_s, limit_m=limit_m), targets))

    def _parts(self) -> tuple[Terrain, Footing, npt.NDArray[np.float32]]:
        if self.terrain is None or self.footing is None or self.steps is None:
            raise AreaError("ground.no_terrain")
        return self.terrain, self.footing, self.steps


def make_ground(area: Area, standard: Standard) -> Ground:
    """The walking surface of `area`. Speeds and barriers come from the `walk` values of the standard."""
    walk = Walk(
        top_m_s=standard["walk.tobler_top_kmh"] / 3.6,
        decay=standard["walk.tobler_decay"],
        best_slope=standard["walk.tobler_best_slope"],
        max_slope=standard["walk.max_slope"],
        offroad=standard["walk.offroad_factor"],
        move_m=standard["walk.move_m"],
    )
    if area.terrain is None or area.planar:
        return Ground(walk, None, None, None)
    voids = int(np.isnan(area.terrain.elevation).sum())
    terrain = replace(area.terrain, elevation=fill_voids(area.terrain.elevation))
    footing = make_footing(area, standard, terrain)
    steps = walking_steps(
        terrain.elevation,
        footing.slowness,
        cell_m=terrain.cell,
        top_m_s=walk.top_m_s,
        decay=walk.decay,
        best_slope=walk.best_slope,
        max_slope=walk.max_slope,
        made=footing.made,
    )
    refuse_crossing(steps, terrain, footing.barriers)
    return Ground(walk, terrain, footing, steps, voids, open_steps(steps))


def _make_surface(
    ground: Ground,
    shapes: npt.NDArray[np.object_],
    terrain: Terrain,
    limit_s: float,
    limit_m: float,
    shortest: bool,
) -> Surface:
    _, footing, steps = ground._parts()
    cell, goal, label = ends(ground.walk, shapes, terrain, footing)
    seconds, metres = legs(ground.walk, terrain, footing, cell, goal, to_cell=False)
    if shortest:
        masks = open_steps(steps) if ground.open_to is None else ground.open_to
        way = search_shortest(
            masks,
            terrain.shape,
            cell,
            seed_length=metres,
            seed_label=label,
            height=terrain.elevation,
            cell=terrain.cell,
            limit_length=limit_m,
        )
        unreckoned = np.full((1, 1), np.nan, np.float32)
        return Surface(np.broadcast_to(unreckoned, terrain.shape), way.length.astype(np.float32), way.label)
    found = search(
        steps,
        terrain.shape,
        cell,
        seed_cost=seconds,
        seed_length=metres,
        seed_label=label,
        height=terrain.elevation,
        cell=terrain.cell,
        limit_cost=limit_s,
        limit_length=limit_m,
        bucket=5 * terrain.cell / ground.walk.top_m_s * float(footing.slowness.min()),
    )
    return Surface(found.cost.astype(np.float32), found.length.astype(np.float32), found.label)


def _over_cells(
    ground: Ground, xy: Floats, inside: Bools, surface: Surface, found: Reach, shortest: bool
) -> None:
    """Walks over the grid from the points on it, written into `found`."""
    terrain, footing, _ = ground._parts()
    rows = np.flatnonzero(inside)
    cell, point, moved = doors(ground.walk, xy[rows], terrain, footing)
    seconds, metres = legs(ground.walk, terrain, footing, cell, xy[rows][point], to_cell=True)
    seconds = seconds + surface.seconds.ravel()[cell]
    metres = metres + surface.metres.ravel()[cell]
    first = _best(point, seconds, metres, shortest)
    to = rows[point[first]]
    found.seconds[to], found.metres[to] = seconds[first], metres[first]
    found.target[to] = surface.target.ravel()[cell[first]]
    found.moved[rows] = moved


def _directly(
    ground: Ground,
    xy: Floats,
    inside: Bools,
    shapes: npt.NDArray[np.object_],
    found: Reach,
    shortest: bool,
) -> None:
    """The straight walk to a target close by, where nothing bars it and it is better than the grid's.

    The target nearest on the map is tried; for the shortest walk also all that lie nearer on
    the map than the walk found so far: the nearest may be barred or higher up.
    """
    terrain, _, _ = ground._parts()
    rows = np.flatnonzero(inside)
    points = np.asarray(shapely.points(xy[rows]), object)
    tree, reach_m = shapely.STRtree(shapes), DIRECT_CELLS * terrain.cell
    at, target = tree.query_nearest(points, max_distance=reach_m, all_matches=False)
    _try_directly(ground, rows[at], points[at], shapes, target, found, shortest)
    if shortest:
        at, target = tree.query(points, predicate="dwithin", distance=np.minimum(found.metres[rows], reach_m))
        _try_directly(ground, rows[at], points[at], shapes, target, found, shortest)


def _try_directly(
    ground: Ground,
    at: Ints,
    points: npt.NDArray[np.object_],
    shapes: npt.NDArray[np.object_],
    target: Ints,
    found: Reach,
    shortest: bool,
) -> None:
    """Straight walks of `points` (rows `at` of `found`) to the shapes in rows `target`, where better."""
    terrain, footing, _ = ground._parts()
    line = shapely.get_coordinates(shapely.shortest_line(points, shapes[target])).reshape(-1, 4)
    clear = ~footing.barriers.crossed(line)
    at, target = at[clear], target[clear]
    seconds, metres = straight_walks(ground.walk, terrain, footing, line[clear], pieces=int(2 * DIRECT_CELLS))
    metres = np.where(np.isfinite(seconds), metres, np.inf)  # inf: over ground that is barred
    best = _best(at, seconds, metres, shortest)
    at, target, seconds, metres = at[best], target[best], seconds[best], metres[best]
    better = np.isfinite(metres)
    better &= metres <= found.metres[at] if shortest else seconds <= found.seconds[at]
    to = at[better]
    found.seconds[to], found.metres[to] = seconds[better], metres[better]
    found.target[to] = target[better]


def _best(point: Ints, seconds: Floats, metres: Floats, shortest: bool) -> Ints:
    """The row of the best walk of each point that has one."""
    order = np.lexsort((seconds, metres, point) if shortest else (metres, seconds, point))
    best: Ints = order[np.unique(point[order], return_index=True)[1]]
    return best


def _straight(xy: Floats, shapes: npt.NDArray[np.object_], walk: Walk, found: Reach, where: Bools) -> Reach:
    """Straight lines on the flat at off-road speed from the points `where`, written into `found`."""
    rows = np.flatnonzero(where)
    if len(rows):
        tree = shapely.STRtree(shapes)
        (at, target), metres = tree.query_nearest(
            shapely.points(xy[rows]), return_distance=True, all_matches=False
        )
        to = rows[at]
        flat = walking_seconds(
            metres,
            np.zeros(len(metres)),
            np.full(len(metres), 1.0 / walk.offroad),
            top_m_s=walk.top_m_s,
            decay=walk.decay,
            best_slope=walk.best_slope,
        )
        found.seconds[to], found.metres[to], found.target[to] = flat, metres, target
        found.straight[rows] = True
    return found


def _within(found: Reach, limit_s: float, limit_m: float) -> Reach:
    out = (found.seconds > limit_s) | ~((found.metres <= limit_m) & np.isfinite(found.metres))
    found.seconds[out], found.metres[out], found.target[out] = np.inf, np.inf, -1
    return found


def _nowhere(n: int) -> Reach:
    return Reach(np.full(n, np.inf), np.full(n, np.inf), np.full(n, -1), np.zeros(n, bool), np.zeros(n, bool))


def _present(targets: npt.ArrayLike) -> npt.NDArray[np.object_]:
    """Targets as an array; a missing geometry becomes an empty one, so that rows keep their numbers."""
    shapes: npt.NDArray[np.object_] = np.array(targets, object).reshape(-1)
    shapes[shapely.is_missing(shapes)] = shapely.Point()
    return shapes


def _key(shapes: npt.NDArray[np.object_], limit_s: float, limit_m: float, shortest: bool) -> bytes:
    digest = hashlib.sha256(np.array([limit_s, limit_m, shortest]).tobytes())
    for wkb in shapely.to_wkb(shapes):
        digest.update(wkb)
    return digest.digest()
