"""Designed roads and paths as the tables every design returns: counted, measured, flagged."""

from __future__ import annotations

from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from shapely.ops import substring

from geo.area import Area
from geo.corridors import Corridors
from geo.obstacles import IN_HAZARD
from geo.people import people_of
from geo.spatial.profile import profiles, steepest
from geo.standards import Standard
from geo.works import SERVES_COLUMNS, UNSERVED_COLUMNS, Works, no_works, work_table

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

STEEP = "road_design.steep"
TIGHT = "road_design.tight"
STEEP_PATH = "path_design.steep"
ROADS = ("road_new", "road_upgrade")
JOINT_M = 0.01


@dataclass
class Book:
    """Works as they are designed, row by row; `doors` are the household rows each serves."""

    rows: list[dict[str, object]] = field(default_factory=list)
    shapes: list[object] = field(default_factory=list)
    doors: list[Ints] = field(default_factory=list)
    needs: list[str] = field(default_factory=list)

    def add(self, kind: str, need: str, shape: object, doors: Ints, **values: object) -> str:
        name = f"R-{len(self.rows) + 1:04d}"
        self.rows.append({"work": name, "kind": kind, "need": need, **values})
        self.shapes.append(shape)
        self.doors.append(doors)
        self.needs.append(need)
        return name


def works_of(
    area: Area,
    standard: Standard,
    corridors: Corridors,
    book: Book,
    extra: list[tuple[str, int]],
    unserved: pd.DataFrame,
) -> Works:
    """The tables of the contract: measured, flagged, counted."""
    if not book.rows:
        return Works(**{**vars(no_works(area.crs)), "unserved": unserved})
    households = area.layer("households")
    rows = pd.DataFrame(book.rows)
    shapes = np.array(book.shapes, object)
    linear = rows["kind"].isin(["road_new", "road_upgrade", "path"]).to_numpy(bool)
    base = standard["road_design.grade_base_m"]
    tables, metres = profiles(shapes[linear], corridors.sample, base_m=base)
    if "quantity" not in rows:
        rows["quantity"] = np.nan
    rows.loc[linear, "quantity"] = metres
    own = rows["flag"].fillna("").to_numpy(object) if "flag" in rows else np.full(len(rows), "", object)
    said = _flags(rows, shapes, standard, corridors)
    rows["flag"] = np.where(said != "", said, own)
    steps, steep = count_steps(rows, shapes, standard, corridors)
    some = steps > 0
    rows.loc[steep & (rows["flag"] != IN_HAZARD), "flag"] = STEEP_PATH
    many = zip(rows["spec"][some], steps[some], strict=True)
    rows.loc[some, "spec"] = [f"{spec} · 台阶 steps × {n}" for spec, n in many]
    work = np.repeat(rows["work"].to_numpy(object), [len(d) for d in book.doors])
    serves = pd.DataFrame(
        {
            "work": np.append(work, np.array([w for w, _ in extra], object)),
            "household": households["id"].to_numpy(object)[
                np.concatenate([*book.doors, np.array([h for _, h in extra], np.int64)]).astype(np.int64)
            ],
            "need": np.append(
                np.repeat(np.array(book.needs, object), [len(d) for d in book.doors]),
                np.full(len(extra), "path", object),
            ),
        }
    ).astype(SERVES_COLUMNS)
    rows = _counted(rows, book, households, standard)
    named = dict(zip(rows["work"][linear], tables, strict=True))
    return Works(
        work_table(rows, list(shapes), area.crs), serves, unserved, no_works(area.crs).systems, profiles=named
    )


def _flags(
    rows: pd.DataFrame, shapes: npt.NDArray[np.object_], standard: Standard, corridors: Corridors
) -> npt.NDArray[np.object_]:
    """What a reader must know of each work: a zone it runs through, else a grade above the greatest."""
    said = corridors.obstacles.flags(shapes)
    if corridors.planar:
        return said
    base = standard["road_design.grade_base_m"]
    led = _led_in(rows, shapes, base)
    for k in np.flatnonzero(rows["kind"].isin(ROADS).to_numpy(bool) & (said != IN_HAZARD)):
        if steepest(led[k], corridors.sample, base_m=base) > standard["road_design.max_grade_pct"] / 100:
            said[k] = STEEP
    return said


def goes_on(before: Floats, line: Floats) -> bool:
    """Whether `line` begins where `before` ends; else a road that is hardened already lies between."""
    return bool(np.hypot(*(before[-1] - line[0])) <= JOINT_M)


def _led_in(rows: pd.DataFrame, shapes: npt.NDArray[np.object_], base_m: float) -> npt.NDArray[np.object_]:
    """Each road with the last `base_m` of the road it goes on from: who drives it comes from there."""
    number = {rows["work"].iloc[k]: k for k in np.flatnonzero(rows["kind"].isin(ROADS))}
    led, after = shapes.copy(), rows["after"].fillna("").to_numpy(object)
    for k in number.values():
        line = shapely.get_coordinates(shapes[k])
        for p in (number[name] for name in after[k].split() if name in number):
            road = shapes[p]
            if goes_on(shapely.get_coordinates(road), line):
                tail = substring(road, max(0.0, road.length - base_m), road.length)
                led[k] = shapely.LineString(np.vstack([shapely.get_coordinates(tail), line[1:]]))
    return led


def count_steps(
    rows: pd.DataFrame, shapes: npt.NDArray[np.object_], standard: Standard, corridors: Corridors
) -> tuple[Ints, Bools]:
    """How many steps each path has, by what it rises where some base is steeper than a ramp may be; and
    which paths are somewhere steeper than steps may be. The base: `path_design.grade_base_m`."""
    path = np.flatnonzero((rows["kind"] == "path").to_numpy(bool))
    if not len(path):
        return np.zeros(len(rows), np.int64), np.zeros(len(rows), np.bool_)
    base = standard["path_design.grade_base_m"]
    tables, _ = profiles(shapes[path], corridors.sample, base_m=base)
    of = np.repeat(path, [len(table) for table in tables])
    run, rise = np.abs(np.diff(np.vstack(tables), axis=0)).T
    same = of[1:] == of[:-1]
    ramp, most = standard["path_design.steps_above_pct"] / 100, standard["path_design.max_grade_pct"] / 100
    stepped = (rise > ramp * np.maximum(run, 1e-9)) & same
    height = np.bincount(of[1:][stepped], rise[stepped], minlength=len(rows))
    steep = np.zeros(len(rows), np.bool_)
    steep[of[1:][(rise > most * run) & (run >= base) & same]] = True
    return np.ceil(height / standard["path_design.step_m"] - 1e-9).astype(np.int64), steep


def _counted(
    rows: pd.DataFrame, book: Book, households: gpd.GeoDataFrame, standard: Standard
) -> pd.DataFrame:
    """Households, people, village and group of each work, and who loses service if it fails."""
    n = len(rows)
    work = np.repeat(np.arange(n), [len(d) for d in book.doors])
    door = np.concatenate(book.doors).astype(np.int64)
    people = people_of(households, standard)
    poor = np.where(households["poor"].fillna(False).to_numpy(bool), people, 0.0)
    code, villages = pd.factorize(households["village"])
    group, groups = pd.factorize(households["group"])
    frame = pd.DataFrame({"work": work, "door": door, "village": code[door], "group": group[door]})
    sizes = frame.drop_duplicates(["work", "door"])["work"].value_counts()
    votes = frame[frame["village"] >= 0].value_counts(["work", "village"]).reset_index(name="votes")
    most = votes.sort_values(["votes", "village"], ascending=[False, True]).drop_duplicates("work")
    span = frame.groupby("work")["group"].agg(["min", "max"]).reindex(range(n), fill_value=-1)
    alone = np.where(span["min"] == span["max"], span["min"], -1)
    return rows.assign(
        households=sizes.reindex(range(n), fill_value=0).to_numpy(),
        people=np.bincount(work, people[door], minlength=n),
        poor_people=np.bincount(work, poor[door], minlength=n),
        crucial=[len(d) for d in _dependants(rows, book)],
        village=_named(villages, most.set_index("work")["village"].reindex(range(n), fill_value=-1)),
        group=_named(groups, alone),
    )


def _named(names: pd.Index, code: npt.ArrayLike) -> npt.NDArray[np.object_]:
    """The name of each code, NaN for -1."""
    return np.append(names.to_numpy(object), np.nan)[np.asarray(code, np.int64)]


def _dependants(rows: pd.DataFrame, book: Book) -> list[set[int]]:
    """The household rows that lose service if a work fails: whom it serves, and all that comes after it."""
    number = {name: k for k, name in enumerate(rows["work"])}
    depends = [set(d.tolist()) for d in book.doors]
    after = rows["after"].fillna("").to_numpy(object)
    for k in range(len(rows) - 1, -1, -1):
        for name in after[k].split():
            depends[number[name]] |= depends[k]
    return depends


def left_without(
    ids: pd.Series, need: str, reason: npt.NDArray[np.object_], *, measure: Floats, threshold: Floats
) -> pd.DataFrame:
    n = len(ids)
    columns = {
        "household": ids.to_numpy(object),
        "need": np.full(n, need, object),
        "reason": reason,
        "measure": measure,
        "threshold": threshold,
        "extra": np.full(n, np.nan),
        "nearest": np.full(n, np.nan, object),
    }
    return pd.DataFrame(columns).astype(UNSERVED_COLUMNS)
