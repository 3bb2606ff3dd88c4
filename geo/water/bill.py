"""Designed systems as works: what is built, how much of it, for whom, and who depends on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.corridors import Corridors
from geo.people import people_of
from geo.standards import Standard
from geo.water.layout import Tree, profile
from geo.water.network import main_class
from geo.water.rules import Rules
from geo.water.sizing import Sizing
from geo.water.system import Designed
from geo.works import SERVES_COLUMNS, SYSTEM_COLUMNS, UNSERVED_COLUMNS, Works, no_works, work_table

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

LINEAR = ("pipe",)


@dataclass(frozen=True)
class Built:
    """A system with its id, the id of its source, the engine that verified it, its gap."""

    id: str
    source: str
    new: bool
    gap: float
    designed: Designed


@dataclass(frozen=True)
class People:
    """Of the households layer, by row: what a bill says about them."""

    id: npt.NDArray[Any]
    village: npt.NDArray[Any]
    group: npt.NDArray[Any]
    people: Floats
    poor: Floats
    xy: Floats


def make_people(households: gpd.GeoDataFrame, xy: Floats, standard: Standard) -> People:
    people = people_of(households, standard)
    poor = households["poor"].fillna(False).to_numpy(bool)
    ids, village, group = (households[n].to_numpy(object) for n in ("id", "village", "group"))
    return People(ids, village, group, people, np.where(poor, people, 0.0), xy)


class Bill:
    """Rows of works as they are written; `works` makes the contract's tables of them."""

    def __init__(
        self, people: People, corridors: Corridors, rules: Rules, engine: str, *, provisional: bool = False
    ) -> None:
        self.people, self.corridors, self.rules, self.engine = people, corridors, rules, engine
        self.provisional = provisional
        self.rows: list[dict[str, Any]] = []
        self.shapes: list[Any] = []
        self.whom: list[Ints] = []
        self.systems: list[dict[str, Any]] = []
        self.files: dict[str, bytes] = {}

    def add(
        self, kind: str, quantity: float, spec: str, size: float, shape: Any, whom: Ints, *,
        system: str | None, flag: str = "", kwh: float = 0.0,
    ) -> None:  # fmt: skip
        """One work that serves the households `whom` (rows); all of them depend on it."""
        p = self.people
        self.rows.append(
            {
                "kind": kind,
                "need": "water",
                "system": system,
                "village": _most(p.village[whom]),
                "group": _only(p.group[whom]),
                "quantity": float(quantity),
                "spec": spec,
                "size": float(size),
                "households": len(whom),
                "people": float(p.people[whom].sum()),
                "poor_people": float(p.poor[whom].sum()),
                "crucial": len(whom),
                "flag": "water_design.provisional" if self.provisional else flag,
                "run_kwh": float(kwh),
            }
        )
        self.shapes.append(shape)
        self.whom.append(whom)

    def system(self, built: Built) -> None:
        """Everything of one system."""
        d = built.designed
        rows, name = d.task.rows, built.id
        if d.main is not None and d.task.source is not None:
            spot = shapely.Point(d.task.source)
            self.add("intake", 1, "", np.nan, spot, rows, system=name)
            if d.main.lift > 0:
                kw = self.rules.motor_kw(d.main.flow_m3s, d.main.lift)
                kwh = self.rules.kwh_year(float(d.task.demand.sum()), d.main.lift)
                spec = f"Q {d.main.flow_m3s * 3600:.2f} m³/h, H {d.main.lift:.0f} m"
                self.add("pump", kw, spec, kw, spot, rows, system=name, kwh=kwh)
            if d.main.crest > 0:
                crest = shapely.Point(d.main.tree.xy[d.main.crest])
                self.add("tank", 1, "", np.nan, crest, rows, system=name, flag="water_design.crest_tank")
            whole = [rows] * len(d.main.tree.parent)
            walls = main_class(d.main, d.task.source_z, self.rules)
            self._pipes(d.main.tree, d.main.sizing, walls, whole, name)
        if built.new:
            spec = f"{d.volume:g} m³"
            self.add("pool", d.volume, spec, d.volume, shapely.Point(d.task.pool), rows, system=name)
        below = _houses_below(d.tree, rows)
        spots = np.asarray(shapely.points(d.tree.xy), object)
        for i in np.flatnonzero(d.tree.tank):
            self.add("tank", 1, "", np.nan, spots[i], below[i], system=name)
        self._pipes(d.tree, d.sizing, d.pipe_class, below, name)
        for i in np.flatnonzero(d.tree.house >= 0):
            spec = "PRV" if d.valve[i] else ""
            self.add("connection", 1, spec, np.nan, spots[i], below[i], system=name)
        self._says(built)

    def _pipes(
        self, tree: Tree, sizing: Sizing, pipe_class: Ints, below: Sequence[Ints], system: str
    ) -> None:
        widest_first = np.argsort(-self.rules.od_mm)
        for i in range(1, len(tree.parent)):
            used = widest_first[sizing.lengths[i, widest_first] > 0]
            total, done = float(sizing.lengths[i].sum()), 0.0
            for k in used:
                length = float(sizing.lengths[i, k])
                shape = tree.line[i]
                if len(used) > 1:
                    shape = shapely.LineString(tree.piece(i, done / total, (done + length) / total))
                done += length
                spec = f"PE100 OD{self.rules.od_mm[k]:g} SDR{self.rules.sdr[pipe_class[i]]:g}"
                self.add("pipe", length, spec, self.rules.od_mm[k], shape, below[i], system=system)

    def _says(self, built: Built) -> None:
        d, verdict = built.designed, built.designed.verdict
        self.systems.append(
            {
                "system": built.id,
                "need": "water",
                "source": built.source,
                "households": len(d.task.rows),
                "verified": self.engine,
                "passed": verdict.passed,
                "worst": verdict.worst,
                "bound": verdict.bound,
                "limit": verdict.limit,
                "worst_at": self.people.id[verdict.worst_at],
                "gap": max(built.gap, d.gap),
                "note": verdict.note or self._note(built),
            }
        )
        self.files[f"water/{built.id}.inp"] = d.inp.encode("utf-8")

    def _note(self, built: Built) -> str:
        if self.provisional:
            return "water_design.provisional"
        if built.designed.task.old is not None:
            return "water_design.tapped_main"
        return "water_design.new_pool" if built.new else "water_design.spare_pool"

    def works(self, unserved: pd.DataFrame) -> Works:
        """The tables; flags of what each work stands in or runs through."""
        if not self.rows:
            return replace(no_works(self.corridors.area.crs), unserved=unserved.astype(UNSERVED_COLUMNS))
        frame = pd.DataFrame(self.rows)
        frame.insert(
            0, "work", [f"{'WM' if self.provisional else 'W'}-{i + 1:04d}" for i in range(len(frame))]
        )
        shapes = np.array(self.shapes, object)
        danger = self.corridors.obstacles.flags(shapes)
        frame["flag"] = np.where(danger != "", danger, frame["flag"])
        table = work_table(frame, list(shapes), self.corridors.area.crs)
        count = [len(w) for w in self.whom]
        who = np.concatenate(self.whom) if self.whom else np.empty(0, np.int64)
        serves = pd.DataFrame(
            {
                "work": np.repeat(frame["work"].to_numpy(object), count),
                "household": self.people.id[who],
                "need": "water",
            }
        ).astype(SERVES_COLUMNS)
        systems = pd.DataFrame(self.systems, columns=list(SYSTEM_COLUMNS)).astype(SYSTEM_COLUMNS)
        return Works(
            table,
            serves,
            unserved.astype(UNSERVED_COLUMNS),
            systems,
            self.files,
            self._profiles(frame, shapes),
        )

    def _profiles(self, frame: pd.DataFrame, shapes: npt.NDArray[np.object_]) -> dict[str, Floats]:
        rows = np.flatnonzero(frame["kind"].isin(LINEAR).to_numpy())
        if not len(rows):
            return {}
        xy, z, of = profile(shapes[rows], self.corridors)
        first = np.r_[True, of[1:] != of[:-1]]
        step = np.r_[0.0, np.hypot(np.hypot(*np.diff(xy, axis=0).T), np.diff(z))]
        along = np.cumsum(np.where(first, 0.0, step))
        along -= along[first][of]
        ends = np.searchsorted(of, np.arange(len(rows) + 1))
        table = np.column_stack([along, z])
        names = frame["work"].to_numpy(object)[rows]
        return {str(name): table[ends[k] : ends[k + 1]] for k, name in enumerate(names)}


def _houses_below(tree: Tree, rows: Ints) -> list[Ints]:
    below: list[list[int]] = [[] for _ in tree.parent]
    for i in np.flatnonzero(tree.house >= 0):
        at = int(i)
        while at >= 0:
            below[at].append(int(rows[tree.house[i]]))
            at = int(tree.parent[at])
    return [np.array(b, np.int64) for b in below]


def _most(values: npt.NDArray[Any]) -> Any:
    """The value most of them have, the first in order among equals; NaN where none is known."""
    if len(values) == 1:
        return values[0]
    count: dict[str, int] = {}
    for value in values:
        if isinstance(value, str):
            count[value] = count.get(value, 0) + 1
    return min(count, key=lambda v: (-count[v], v)) if count else np.nan


def _only(values: npt.NDArray[Any]) -> Any:
    """The one value they all have, NaN where they differ."""
    return values[0] if len(set(values.tolist())) == 1 else np.nan
