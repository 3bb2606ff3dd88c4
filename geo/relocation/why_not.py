"""Why not here? Every rule that closes a place, with the feature behind it; else its score and what it lacks.

The answer is a table of `WHY_COLUMNS`. Rows of state `closed` name rules, nearest first; where there
is none, rows of state `grade` give each criterion (`measure` as it was measured, `extra` its grade in
percent) and one of rule `score`. A row of rule `size` says whether the open ground about the place is
large enough, and where the nearest that is begins.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
import shapely

from geo.errors import BadSearchError
from geo.relocation.assess import DEFAULT_KIND
from geo.relocation.bans import LIMITS, OUTSIDE, STEEP, VOID, closing
from geo.relocation.criteria import CRITERIA
from geo.relocation.exclusions import Exclusion
from geo.relocation.rules import GRADED
from geo.relocation.suitability import Suitability
from geo.spatial.touching import touch_m

WHY_COLUMNS = {
    "rule": "str",
    "state": "str",  # closed | grade | pass | fail
    "reason": "str",  # message key of the sentence
    "measure": "float64",
    "threshold": "float64",
    "extra": "float64",
    "nearest": "str",  # id of the feature that decides
    "at": "str",  # its layer
}
CLOSED, GRADE, PASS, FAIL = "closed", "grade", "pass", "fail"
IN_PERCENT = ("slope",)
"""Criteria measured as a ratio and told in percent."""


@dataclass(frozen=True)
class _Row:
    rule: str
    state: str
    reason: str
    measure: float = np.nan
    threshold: float = np.nan
    extra: float = np.nan
    nearest: str | None = None
    at: str = ""


def why_not(
    suitability: Suitability,
    x: float,
    y: float,
    *,
    households: int | None = None,
    kind: str = DEFAULT_KIND,
    weights: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Why nobody should be settled at (x, y), metres in the area's CRS, or how good the place is.

    `households` (those of the standard unless given) of `kind` is the size of place that is wanted.
    Raises `BadSearchError` for a place off the grid or a kind of site there is none of.
    """
    terrain, standard = suitability.terrain, suitability.context.standard
    land = standard.table("site.land_per_household_m2")
    if kind not in land:
        raise BadSearchError("site.bad.kind", kind=kind)
    if not (np.isfinite(x) and np.isfinite(y)):
        raise BadSearchError("site.bad.place")
    (row,), (col,) = terrain.cells(np.array([x]), np.array([y]))
    if not (0 <= row < terrain.shape[0] and 0 <= col < terrain.shape[1]):
        raise BadSearchError("site.bad.place")
    wanted = households or int(standard["site.find_households"])
    cell = int(row) * terrain.shape[1] + int(col)
    rows = list(_closed(suitability, cell))
    if not rows:
        rows = list(_graded(suitability, cell, weights))
    rows += _size(suitability, cell, wanted, land[kind])
    records = [asdict(one) for one in rows]
    return pd.DataFrame(
        {name: pd.Series([r[name] for r in records], dtype=dtype) for name, dtype in WHY_COLUMNS.items()}
    )


def _closed(suitability: Suitability, cell: int) -> Iterator[_Row]:
    """One row for every bit of the cell: measured from its middle, as the bit was set."""
    bits = int(suitability.banned.ravel()[cell])
    if not bits:
        return
    shut = {name for i, name in enumerate(suitability.rules) if bits >> i & 1}
    middle = _middle(suitability, cell)
    rows = [
        _by_feature(rule, middle, suitability) for rule in closing(suitability.context) if rule.rule in shut
    ]
    yield from sorted(rows, key=lambda one: one.measure)
    yield from _by_value(suitability, cell, shut)


def _by_feature(rule: Exclusion, middle: shapely.Point, suitability: Suitability) -> _Row:
    """The feature deepest in whose ban the cell lies; measure: metres to it, threshold: metres to keep."""
    away = np.asarray(shapely.distance(rule.features, middle), np.float64)
    depth = away - rule.reach_m
    nearest = int(np.lexsort((rule.ids.astype(str), depth))[0])
    reach = float(rule.reach_m[nearest])
    metres = max(0.0, float(away[nearest]) - touch_m(suitability.terrain)) if away[nearest] > 0 else 0.0
    how = "near" if reach > 0 and away[nearest] > 0 else "in"
    return _Row(
        rule.rule, CLOSED, f"site.why.{rule.rule}.{how}", metres, reach,
        nearest=str(rule.ids[nearest]), at=rule.layer,
    )  # fmt: skip


def _by_value(suitability: Suitability, cell: int, shut: set[str]) -> Iterator[_Row]:
    """Rules that close a cell by a number of its own: slope, terrain, edge, limits of connections."""
    standard, measures = suitability.context.standard, suitability.measures.by_name
    if STEEP in shut:
        slope = float(measures["slope"].ravel()[cell])
        yield _Row(
            STEEP, CLOSED, "site.why.steep", 100 * slope, 100 * standard["site.slope_max"], at="terrain"
        )
    if VOID in shut:
        yield _Row(VOID, CLOSED, "site.why.terrain", at="terrain")
    if OUTSIDE in shut:
        yield _Row(OUTSIDE, CLOSED, "site.why.edge", at="villages")
    for key in LIMITS:
        if key in shut:
            value = float(measures[key].ravel()[cell])
            how = "far" if np.isfinite(value) else "none"
            layer = suitability.context.targets[key].layer
            yield _Row(
                key, CLOSED, f"site.why.{key}.{how}", value, standard[GRADED[key][1]],
                nearest=_walked_to(suitability, key, cell), at=layer,
            )  # fmt: skip


def _walked_to(suitability: Suitability, key: str, cell: int) -> str | None:
    """The feature of a connection that is nearest on foot, where it is walked to."""
    target = suitability.context.targets[key]
    if target.surface is None:
        return None
    times = suitability.terrain.shape[0] // target.surface.target.shape[0]
    r, c = divmod(cell, suitability.terrain.shape[1])
    row = int(target.surface.target[r // times, c // times])
    return None if row < 0 else str(target.ids[row])


def _graded(suitability: Suitability, cell: int, weights: Mapping[str, float] | None) -> Iterator[_Row]:
    """Every criterion that can be told, then the score; grades in percent."""
    at = int(suitability.row_of[cell])
    shares = suitability.shares(weights)
    for name in CRITERIA:
        if name not in suitability.grades:
            continue
        values = suitability.measures.by_name.get(name)
        value = np.nan if values is None else float(values.ravel()[cell])
        value = value * 100 if name in IN_PERCENT else value
        value = np.nan if not np.isfinite(value) else value
        grade = 100 * float(suitability.grades[name][at])
        reason = f"site.grade.{name}" if np.isfinite(value) else f"site.grade.{name}_only"
        yield _Row(name, GRADE, reason, value, 100 * shares.get(name, 0.0), grade)
    score = sum(100 * share * float(suitability.grades[name][at]) for name, share in shares.items())
    yield _Row("score", GRADE, "site.grade.score", score)


def _size(suitability: Suitability, cell: int, households: int, land_m2: float) -> list[_Row]:
    """Measure: households the open ground about the cell holds; threshold: those wanted; extra: metres to
    the nearest ground that holds them (NaN: there is none)."""
    cores, terrain = suitability.cores, suitability.terrain
    per_cell = terrain.cell**2 / land_m2
    here = int(cores.label.ravel()[cell])
    holds = float(np.floor(cores.size[here] * per_cell)) if here else 0.0
    if holds >= households:
        return [_Row("size", PASS, "site.why.size.pass", holds, households)]
    large = np.flatnonzero(cores.size[1:] * per_cell >= households) + 1
    if not len(large):
        return [_Row("size", FAIL, "site.why.size.nowhere", holds, households)]
    rows, cols = np.nonzero(np.isin(cores.label, large))
    r, c = divmod(cell, terrain.shape[1])
    away = np.hypot(rows - r, cols - c)
    metres = float(away.min()) * terrain.cell
    reason = "site.why.size.fail" if here else "site.why.size.narrow"
    return [_Row("size", FAIL, reason, holds, households, metres)]


def _middle(suitability: Suitability, cell: int) -> shapely.Point:
    terrain = suitability.terrain
    row, col = divmod(cell, terrain.shape[1])
    return shapely.Point(
        terrain.west + (col + 0.5) * terrain.cell, terrain.north - (row + 0.5) * terrain.cell
    )
