"""What would one road or one pool, drawn by hand, change and cost?

The draft is added to the layers of the area as if it stood there, and only the needs it
can meet are judged again. A survey speaks of the day it was made, so what counts is the
map's own answer before and after: a household gains when the map says met now and did
not before.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from geo.area import Area, outline
from geo.crossings import crossings
from geo.errors import BadDraftError
from geo.obstacles import Obstacles, make_obstacles
from geo.plan import Gaps, Plan, find_gaps
from geo.pricing import Costs, price
from geo.roads.network import hardness
from geo.spatial.lines import split_along
from geo.standards import Standard
from geo.verdicts import MET
from geo.works import Works, no_works, work_table

Floats = npt.NDArray[np.float64]

ID = "draft"
ROAD_NEEDS, POOL_NEEDS = ("road", "path"), ("water",)
SHORTEST_M = 1.0
"""What is shorter is a slip of the hand."""
CROSSING = 4.0
"""So many times as far as one road is from another that it follows, it may run beside one that it crosses."""
STEP_M = 20.0
"""How far apart the ground is sampled along a drafted road: as finely as a grade over its base needs."""


@dataclass(frozen=True)
class Draft:
    """A drafted road or pool.

    `works`    its parts with quantities (a road: what is upgraded, what is new, what carries it over
               water), priced in `costs`
    `changed`  household, need, before, after (by the map alone), `survey`
    `profile`  chainage and elevation of a road (n, 2), metres; None of a pool or without terrain
    `steepest` largest grade over `road_design.grade_base_m`, m/m; NaN where not known
    `notes`    message keys of what a reader must know
    """

    works: Works
    costs: Costs
    changed: pd.DataFrame
    profile: Floats | None
    steepest: float
    notes: tuple[str, ...]
    line: BaseGeometry


def draft_road(plan: Plan, drawn: shapely.LineString) -> Draft:
    """A hardened group road along `drawn` (the area's CRS); its ends are joined to roads they nearly meet."""
    standard, area = plan.standard, plan.area
    _check_place(area, drawn)
    if not drawn.length > SHORTEST_M:
        raise BadDraftError("draft.short", least=SHORTEST_M)
    line = _joined(area, drawn, standard["draft.snap_m"])
    width = standard["road.min_width_m"]
    road = {"id": ID, "class": "group", "surface": "cement", "hardened": True, "width": width, "usable": True}
    gaps = find_gaps(
        _with(area, "roads", road, line), standard, plan.ground, earlier=plan.gaps, anew=("roads",)
    )
    built, stands = _built(area, line, standard)
    profile, obstacles = _profile(area, line), make_obstacles(area, standard)
    roads = [(kind, shape, _ground_m(area, shape), lay) for kind, shape, lay in built]
    works = _works(area, [*roads, *_carried(built, obstacles, standard)], "road")
    base, limit = standard["road_design.grade_base_m"], standard["road_design.max_grade_pct"] / 100
    grade = np.nan if profile is None else _steepest(profile, base)
    notes = [key for key in obstacles.flags(np.array([line])) if key]
    notes += ["draft.stands"] if stands else []
    notes += ["draft.steep"] if grade > limit else []
    notes += [] if profile is not None else ["draft.planar"]
    notes += [] if outline(area).buffer(standard["draft.snap_m"]).covers(line) else ["draft.outside"]
    return Draft(
        works, price(works, standard), _changed(plan.gaps, gaps, ROAD_NEEDS), profile, float(grade),
        tuple(notes), line,
    )  # fmt: skip


def draft_pool(plan: Plan, place: shapely.Point, *, volume_m3: float) -> Draft:
    """A working pool of `volume_m3` at `place` (the area's CRS), on the ground, any source sufficing."""
    area, standard = plan.area, plan.standard
    _check_place(area, place)
    floor = (
        np.nan if area.terrain is None else float(area.terrain.sample(*np.array([[place.x], [place.y]]))[0])
    )
    pool = {"id": ID, "volume": volume_m3, "elev": floor, "working": True}
    gaps = find_gaps(
        _with(area, "pools", pool, place), standard, plan.ground, earlier=plan.gaps, anew=("water",)
    )
    works = _works(area, [("pool", place, volume_m3, volume_m3)], "water")
    notes = [
        "draft.pool_alone",
        *(key for key in make_obstacles(area, standard).flags(np.array([place])) if key),
    ]
    changed = _changed(plan.gaps, gaps, POOL_NEEDS)
    return Draft(works, price(works, standard), changed, None, np.nan, tuple(notes), place)


def _check_place(area: Area, shape: BaseGeometry) -> None:
    if not np.isfinite(shape.bounds).all() or not outline(area).intersects(shape):
        raise BadDraftError("draft.far")


def _joined(area: Area, line: shapely.LineString, snap_m: float) -> shapely.LineString:
    """`line` with its ends drawn to a road within `snap_m`, a hardened one first."""
    roads = area.layer("roads")
    roads = roads[
        roads["usable"].fillna(True).to_numpy(bool) & ~(roads.geometry.is_empty | roads.geometry.isna())
    ]
    hard, _ = hardness(roads)
    shapes = np.asarray(roads.geometry.array)
    places = [xy[:2] for xy in line.coords]
    start, end = (_nearest(shapely.Point(at), shapes, hard, snap_m) for at in (places[0], places[-1]))
    return shapely.LineString([*start, *places, *end])


def _nearest(
    point: shapely.Point, roads: npt.NDArray[np.object_], hard: npt.NDArray[np.bool_], snap_m: float
) -> list[tuple[float, float]]:
    """The place on a road within reach of `point`; none where it stands on one or there is none."""
    for shapes in (roads[hard], roads[~hard]):
        distance = shapely.distance(shapes, point)
        if len(shapes) and distance.min() <= snap_m:
            x, y = shapely.shortest_line(shapes[distance.argmin()], point).coords[0][:2]
            return [(x, y)] if (x, y) != (point.x, point.y) else []
    return []


def _built(
    area: Area, line: shapely.LineString, standard: Standard
) -> tuple[list[tuple[str, BaseGeometry, float]], bool]:
    """What of `line` is built: (kind, where, width of the pavement that is laid); and whether part of it
    runs along a hardened road of full width, where nothing is."""
    roads, width, near = area.layer("roads"), standard["road.min_width_m"], standard["draft.snap_m"]
    roads = roads[(roads["class"] != "path").to_numpy(bool) & roads["usable"].fillna(True).to_numpy(bool)]
    hard, _ = hardness(roads)
    lay = width - np.where(hard, roads["width"].fillna(width).to_numpy(float), 0.0).round(1)
    shapes = np.asarray(roads.geometry.array)
    stands, rest = _followed(line, shapes[lay <= 0], near)
    built: list[tuple[str, BaseGeometry, float]] = []
    for each in np.unique(lay[lay > 0]):  # the narrowest widening first
        followed = split_along if each == width else _followed
        along, rest = followed(rest, shapes[lay == each], near)
        built.append(("road_upgrade", along, float(each)))
    built.append(("road_new", rest, width))
    return [part for part in built if part[1].length > SHORTEST_M], stands.length > SHORTEST_M


def _followed(
    line: BaseGeometry, roads: npt.NDArray[np.object_], near_m: float
) -> tuple[BaseGeometry, BaseGeometry]:
    """As `split_along`, but what is too short to follow a road crosses or leaves it."""
    parts = shapely.get_parts(split_along(line, roads, near_m)[0])
    along = shapely.union_all(parts[shapely.length(parts) > CROSSING * near_m])
    return along, line.difference(along)


def _carried(
    roads: list[tuple[str, BaseGeometry, float]], obstacles: Obstacles, standard: Standard
) -> list[tuple[str, BaseGeometry, float, float]]:
    """The bridges and culverts that carry the parts of a road over water, in the form of `_works`."""
    width = standard["road_design.formation_m"]
    return [
        (c.kind, c.geometry, c.length_m if c.kind == "bridge" else 1.0, width)
        for kind, shape, _ in roads
        for part in shapely.get_parts(shape)
        if part.length > SHORTEST_M
        for c in crossings(part, obstacles, standard, new=kind == "road_new")
    ]


def _with(area: Area, layer: str, values: dict[str, object], shape: BaseGeometry) -> Area:
    """`area` with one more feature in a layer."""
    old = area.layer(layer)
    columns = {}
    for name in (column for column in old.columns if column != old.geometry.name):
        last = pd.Series([values.get(name)], dtype=old[name].dtype)
        columns[name] = pd.concat([old[name], last], ignore_index=True)
    shapes = [*old.geometry.array, shape]
    return area.with_layer(layer, gpd.GeoDataFrame(columns, geometry=shapes, crs=area.crs))


def _works(area: Area, parts: list[tuple[str, BaseGeometry, float, float]], need: str) -> Works:
    """The parts (kind, geometry, quantity, size) as a table of works."""
    rows = pd.DataFrame(
        {
            "work": [f"{ID}-{i + 1}" for i in range(len(parts))],
            "kind": [kind for kind, *_ in parts],
            "need": need,
            "quantity": [quantity for _, _, quantity, _ in parts],
            "size": [size for *_, size in parts],
        }
    )
    table = work_table(rows, [shape for _, shape, *_ in parts], area.crs)
    return no_works(area.crs).with_table(table)


def _profile(area: Area, line: shapely.LineString) -> Floats | None:
    """Chainage and elevation every `STEP_M` along the line; None without terrain under all of it."""
    if area.terrain is None:
        return None
    at = np.linspace(0.0, line.length, max(2, int(np.ceil(line.length / STEP_M)) + 1))
    x, y = shapely.get_coordinates(shapely.line_interpolate_point(line, at)).T
    z = area.terrain.sample(x, y)
    return np.column_stack([at, z]) if np.isfinite(z).all() else None


def _steepest(profile: Floats, base_m: float) -> float:
    """The largest grade between points a base apart (between the ends of a shorter line)."""
    chain, height = profile.T
    base = min(base_m, float(chain[-1]))
    there = np.interp(chain + base, chain, height)
    inside = chain + base <= chain[-1] + 1e-6
    return float((np.abs(there - height)[inside] / base).max())


def _ground_m(area: Area, shape: BaseGeometry) -> float:
    """Length of a line along the ground, metres."""
    total = 0.0
    for part in shapely.get_parts(shape):
        profile = _profile(area, part) if part.length > 0 else None
        total += part.length if profile is None else float(np.hypot(*np.diff(profile, axis=0).T).sum())
    return total


def _changed(before: Gaps, after: Gaps, needs: tuple[str, ...]) -> pd.DataFrame:
    """The households for whom the map now says something else."""
    old, new = before.households, after.households
    rows = ((old["computed"] != new["computed"]) & old["need"].isin(needs)).to_numpy()
    return pd.DataFrame(
        {
            "household": old["household"][rows],
            "need": old["need"][rows],
            "before": old["computed"][rows],
            "after": new["computed"][rows],
            "survey": old["survey"][rows],
        }
    ).reset_index(drop=True)


def gained(draft: Draft) -> pd.DataFrame:
    """Of the changed rows those that are met now."""
    return draft.changed[draft.changed["after"] == MET]
