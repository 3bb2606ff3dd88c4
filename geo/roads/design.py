"""Which roads and paths have to be built, and whom does each serve?

Groups that are owed a road and have none get one (`trunks`, `branches`), then doors
without a path get theirs, on the roads there are and the roads just designed (`paths`).
Quantities are measured on the final line over the ground; grades too. What no work
closes is named with its reason.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.alignment import road_course
from geo.area import Area
from geo.corridors import Corridors
from geo.crossings import crossings
from geo.groups import row_of
from geo.layers import PLACED_ELSEWHERE
from geo.roads.branches import NEW, Branch, branches_of
from geo.roads.gaps import RoadGaps, searches
from geo.roads.network import Network, make_network
from geo.roads.paths import Path, feet_of, find_paths
from geo.roads.stations import make_stations, project
from geo.roads.trunks import SERVING, STUB, TRACK, Existing, find_trunks
from geo.roads.written import TIGHT, Book, goes_on, left_without, works_of
from geo.spatial.bends import bend_radius, passing_bays, tight_bends
from geo.spatial.chains import metres_along
from geo.spatial.points import coordinates
from geo.spatial.smoothing import smooth
from geo.standards import Standard
from geo.verdicts import UNMET
from geo.works import Works, no_works

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

STATION_M = 25.0
"""How far apart a road may be left for new ground at most: a cell of the grid on which routes are sought."""
SURELY = 0.9
"""Share of the longest walk within which a straight line is one for certain: the walk over cells that judges
it afterwards is up to 2.75 % longer, and bends."""


def design_roads(
    area: Area, gaps: RoadGaps, lacking: tuple[Bools, Bools], standard: Standard, corridors: Corridors
) -> Works:
    """The road works of `area`: group roads with their bridges and culverts, and household paths.

    `lacking`: the households (rows of the layer) that lack a road, and those that lack a path. Routes
    are sought on `corridors`, the ground as money.
    """
    if not area.has("households"):
        return no_works(area.crs)
    net = make_network(
        area,
        snap_m=standard["road.snap_m"],
        exit_buffer_m=standard["road.exit_buffer_m"],
        min_width_m=standard["road.min_width_m"],
    )
    corridors, book = corridors.without_end(), Book()
    built, lost_groups = _design_groups(area, gaps, lacking[0], net, standard, corridors, book)
    unserved = [lost_groups]
    lost_doors, extra = _design_paths(area, gaps, lacking[1], net, standard, corridors, book, built)
    unserved.append(lost_doors)
    return works_of(area, standard, corridors, book, extra, pd.concat(unserved, ignore_index=True))


def _design_groups(
    area: Area,
    gaps: RoadGaps,
    lacking: Bools,
    net: Network,
    standard: Standard,
    corridors: Corridors,
    book: Book,
) -> tuple[list[tuple[str, shapely.LineString]], pd.DataFrame]:
    """Group roads into `book`: work and line of each, and the households that stay without."""
    groups, households = area.layer("groups"), area.layer("households")
    table = gaps.groups
    xy = coordinates(shapely.centroid(np.asarray(groups.geometry.array)))
    unmet = (table["state"] == UNMET).to_numpy(bool)
    owed = table["owed"].fillna(False).to_numpy(bool)
    placed = np.isfinite(xy).all(axis=1)
    wanted = np.flatnonzero(unmet & owed & placed)
    existing, feet = _car_roads(net, standard, xy[wanted])
    trunks, lost = find_trunks(existing, feet, xy[wanted], corridors)
    branches = branches_of(trunks, existing)
    home = row_of(groups["id"], households["group"])
    members = {int(g): np.flatnonzero((home == g) & lacking) for g in wanted}
    built = _book_branches(branches, wanted, members, standard, corridors, book)
    reached = {int(wanted[g]) for b in branches for g in b.groups}
    no_way = "road_design.no_way" if (existing.kind == SERVING).any() else "road_design.no_network"
    why = np.full(len(groups) + 1, "road_design.no_group", object)
    by_group = why[:-1]
    by_group[unmet] = "road_design.exists"
    by_group[unmet & ~placed] = "road_design.no_location"
    by_group[unmet & ~owed] = "road_design.small_group"
    by_group[unmet & table["owed"].isna().to_numpy(bool)] = "road_design.size_unknown"
    why[wanted[lost]] = no_way
    left = lacking & ~np.isin(home, list(reached))
    small = why[home] == "road_design.small_group"
    sizes = np.append(table["size"].to_numpy(float), np.nan)[home]
    return built, left_without(
        households["id"][left],
        "road",
        why[home][left],
        measure=np.where(small, sizes, np.nan)[left],
        threshold=np.where(small, standard["road.group_min_households"], np.nan)[left],
    )


def _car_roads(net: Network, standard: Standard, xy: Floats) -> tuple[Existing, tuple[Ints, Ints]]:
    """The roads a car may use, and which of the centres `xy` lie on one: centre, station."""
    road, _ = searches(net, standard)
    car = net.car & net.access
    fit = (net.hard & net.wide_maybe)[car]
    kind = np.where(road.sure[car], SERVING, np.where(fit, STUB, TRACK))
    lay = standard["road.min_width_m"] - np.where(net.hard[car], net.width[car], 0.0)
    lines = net.lines[car]
    points = np.asarray(shapely.points(xy), object)
    who, line, at = project(points, lines, within_m=standard["road_design.centre_m"])
    gap = shapely.distance(points[who], shapely.line_interpolate_point(lines[line], at)) if len(who) else at
    by = np.lexsort((gap, who))  # one foot each: a centre with two would be a bridge between roads
    first = by[np.unique(who[by], return_index=True)[1]]
    who, line, at = who[first], line[first], at[first]
    stations = make_stations(
        lines,
        net.raised[car],
        snap_m=standard["road.snap_m"],
        spacing_m=STATION_M,
        extra=(line, at),
    )
    return Existing(stations, kind, lay), (who, stations.extra)


def _book_branches(
    branches: list[Branch],
    wanted: Ints,
    members: dict[int, Ints],
    standard: Standard,
    corridors: Corridors,
    book: Book,
) -> list[tuple[str, shapely.LineString]]:
    """Each branch as works: its crossings first, then itself after them and after what it hangs on."""
    built: list[tuple[str, shapely.LineString]] = []
    width = standard["road.min_width_m"]
    for number, branch in enumerate(branches):
        tracks = (b.xy for b in branches if b.parent == number and b.kind != NEW and goes_on(branch.xy, b.xy))
        line = shapely.LineString(_final(branch, built, next(tracks, None), standard, corridors))
        doors = np.concatenate([members[int(wanted[g])] for g in branch.groups])
        before = built[branch.parent][0] if branch.parent >= 0 else ""
        group = int(wanted[branch.groups[0]]) if len(branch.groups) == 1 else -1
        after = [before] if before else []
        shared: dict[str, object] = {"group_row": group}
        for kind, shape, quantity, spec, flag in _on_the_way(branch, line, standard, corridors):
            after.append(
                book.add(
                    kind,
                    "road",
                    shape,
                    doors,
                    quantity=quantity,
                    spec=spec,
                    size=standard["road_design.formation_m"],
                    after=before,
                    flag=flag,
                    **shared,
                )
            )
        bays = passing_bays(line.length, standard["road_design.bays_per_km"])
        lay = width if branch.kind == NEW else branch.lay_m
        wide = f"{width - lay:g} → {width:g}" if lay < width else f"{width:g}"
        spec = f"{wide} m · 错车道 passing bays × {bays}"
        name = book.add(
            branch.kind, "road", line, doors, spec=spec, size=lay, after=" ".join(after), **shared
        )
        built.append((name, line))
    return built


def _on_the_way(
    branch: Branch, line: shapely.LineString, standard: Standard, corridors: Corridors
) -> list[tuple[str, shapely.LineString | shapely.Point, float, str, str]]:
    """What a road needs besides itself, as kind, place, quantity, spec and flag: crossings and tight bends,
    the radius of these as it is drawn."""
    width, radius = standard["road.min_width_m"], standard["road_design.min_radius_m"]
    over: list[tuple[str, shapely.LineString | shapely.Point, float, str, str]] = [
        (c.kind, c.geometry, c.length_m if c.kind == "bridge" else 1.0, f"{width:g} m", "")
        for c in crossings(line, corridors.obstacles, standard, new=branch.kind == NEW)
    ]
    for at in tight_bends(line, radius):
        drawn = bend_radius(line, at, radius)
        flag = TIGHT if drawn < standard["road_design.hairpin_radius_m"] else ""
        over.append(("hairpin", at, 1.0, f"R {drawn:.0f} m < {radius:g} m", flag))
    return over


def _final(
    branch: Branch,
    built: list[tuple[str, shapely.LineString]],
    track: Floats | None,
    standard: Standard,
    corridors: Corridors,
) -> Floats:
    """The course of a branch as it is to be built: new road smoothed, existing road where it is. `track`:
    an existing one the branch comes to, that goes on from there."""
    if branch.kind != NEW:
        return branch.xy
    before = shapely.get_coordinates(built[branch.parent][1]) if branch.parent >= 0 else None
    if before is not None and not goes_on(before, branch.xy):
        before = None
    return smooth(
        branch.xy,
        corridors.sample,
        corridors.meets,
        road_course(standard),
        before=before,
        after=track,
    )


def _design_paths(
    area: Area,
    gaps: RoadGaps,
    unmet: Bools,
    net: Network,
    standard: Standard,
    corridors: Corridors,
    book: Book,
    built: list[tuple[str, shapely.LineString]],
) -> tuple[pd.DataFrame, list[tuple[str, int]]]:
    """Paths into `book`; the households that stay without, and those a designed road serves in passing."""
    households = area.layer("households")
    xy = coordinates(np.asarray(households.geometry.array))
    at_door = ~households["loc_qual"].isin(PLACED_ELSEWHERE).to_numpy(bool) & np.isfinite(xy).all(axis=1)
    passed = _passed(xy, unmet & at_door & ~_asked(gaps.surveys["path"]), built, standard, corridors)
    rows = np.flatnonzero(unmet & at_door & (passed < 0))
    existing, feet, first = _ways(net, standard, xy[rows], built)
    paths, ends_on = find_paths(existing, feet, xy[rows], corridors)
    long = _book_paths(paths, rows, built, first, standard, book)
    has = np.zeros(len(households), bool)
    has[rows[[p.door for p in paths]]] = True
    extra = [(built[passed[h]][0], int(h)) for h in np.flatnonzero(passed >= 0)]
    reason = np.full(len(households), "path_design.no_location", object)
    reason[rows] = np.where(ends_on >= 0, "path_design.exists", "path_design.no_way")
    measure = np.full(len(households), np.nan)
    for door, metres in long.items():
        has[door], reason[door], measure[door] = False, "path_design.too_far", metres
    left = unmet & ~has & (passed < 0)
    return left_without(
        households["id"][left],
        "path",
        reason[left],
        measure=measure[left],
        threshold=np.where(np.isnan(measure), np.nan, standard["path_design.longest_m"])[left],
    ), extra


def _passed(
    xy: Floats,
    who: Bools,
    built: list[tuple[str, shapely.LineString]],
    standard: Standard,
    corridors: Corridors,
) -> Ints:
    """The designed road that runs so near to each door that no path is lacking; -1 where none does."""
    passed = np.full(len(xy), -1)
    rows = np.flatnonzero(who)
    if not built or not len(rows):
        return passed
    lines = np.array([line for _, line in built], object)
    limit = standard["path.max_walk_m"]
    points = np.asarray(shapely.points(xy[rows]), object)
    at, line = shapely.STRtree(lines).query_nearest(points, max_distance=limit, all_matches=False)
    legs = shapely.get_coordinates(shapely.shortest_line(points[at], lines[line])).reshape(-1, 4)
    rise = corridors.sample(legs[:, :2]) - corridors.sample(legs[:, 2:])
    near = np.hypot(np.hypot(*(legs[:, :2] - legs[:, 2:]).T), rise) <= SURELY * limit
    near &= ~corridors.walls.crossed(legs)
    passed[rows[at[near]]] = line[near]
    return passed


def _ways(
    net: Network, standard: Standard, xy: Floats, built: list[tuple[str, shapely.LineString]]
) -> tuple[Existing, tuple[Ints, Ints], int]:
    """All roads and paths, the designed roads last; the feet of the doors; where the designed begin."""
    _, path = searches(net, standard)
    on = net.access
    lines = np.concatenate([net.lines[on], np.array([line for _, line in built], object)])
    kind = np.where(path.sure[on], SERVING, np.where(net.hard[on], STUB, TRACK))
    kind = np.append(kind, np.full(len(built), SERVING))
    who, line, at = feet_of(np.asarray(shapely.points(xy), object), lines, standard["path_design.near_m"])
    stations = make_stations(
        lines,
        np.append(net.raised[on], np.zeros(len(built), bool)),
        snap_m=standard["road.snap_m"],
        spacing_m=STATION_M,
        extra=(line, at),
    )
    return Existing(stations, kind, np.zeros(len(kind))), (who, stations.extra), int(on.sum())


def _book_paths(
    paths: list[Path],
    rows: Ints,
    built: list[tuple[str, shapely.LineString]],
    first: int,
    standard: Standard,
    book: Book,
) -> dict[int, float]:
    """Paths as works, each after the path or designed road it leaves from; doors too far: row -> metres of
    path they would need. What counts is the whole new path to the door, stretches of others it comes over
    included: a house on the way does not bring a far door nearer."""
    longest = standard["path_design.longest_m"]
    length = [float(metres_along(p.xy)) for p in paths]
    at = np.repeat(np.arange(len(paths)), [len(p.xy) for p in paths])
    xy = np.vstack([np.empty((0, 2)), *(p.xy for p in paths)])
    lines = np.asarray(shapely.linestrings(xy, indices=at), object)
    dropped: dict[int, float] = {}
    gone, away = [False] * len(paths), length.copy()  # away: from the way that serves to the end of the path
    for k, path in enumerate(paths):
        door, before = int(rows[path.door]), path.parent
        if before >= 0:
            leaves = shapely.line_locate_point(lines[before], shapely.Point(path.xy[0]))
            away[k] += away[before] - length[before] + float(leaves)
        hangs = before >= 0 and gone[before]
        gone[k] = away[k] > longest or door in dropped or hangs
        if gone[k]:
            least = dropped[int(rows[paths[before].door])] if hangs else 0.0
            dropped[door] = max(away[k], dropped.get(door, 0.0), least)
    below: list[list[int]] = [[] for _ in paths]
    for k in range(len(paths) - 1, -1, -1):
        if int(rows[paths[k].door]) not in dropped:
            below[k].append(int(rows[paths[k].door]))
        if paths[k].parent >= 0:
            below[paths[k].parent] += below[k]
    name: list[str] = []
    for k, path in enumerate(paths):
        if gone[k] or not below[k]:  # a stretch for nobody but a door too far
            name.append("")
            continue
        after = name[path.parent] if path.parent >= 0 else ""
        if path.line >= first:
            after = built[path.line - first][0]
        name.append(
            book.add(
                "path",
                "path",
                lines[k],
                np.unique(below[k]),
                spec=f"{standard['path_design.width_m']:g} m",
                size=standard["path_design.width_m"],
                after=after,
            )
        )
    return dropped


def _asked(survey: pd.Series) -> Bools:
    """Whether somebody asked: then a road that passes by is no path."""
    return survey.notna().to_numpy(bool)
