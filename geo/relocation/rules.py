"""What does each rule say of one site? Rows of the verdict: state, numbers, sentence, source.

A state is pass, warning, fail or unknown; unknown means that a layer is missing
and its sentence names it. `{measure}`, `{threshold}`, `{extra}` and `{nearest}` of
a sentence are the columns of its row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from geo.relocation.connections import Target, Way
from geo.relocation.exclusions import Exclusion, Overlap
from geo.relocation.usable import Relief
from geo.standards import Standard

State = Literal["pass", "warning", "fail", "unknown"]
PASS: State = "pass"
WARNING: State = "warning"
FAIL: State = "fail"
UNKNOWN: State = "unknown"

ESSENTIAL = frozenset({"farmland", "redline", "protect", "hazards", "rivers", "terrain"})
"""Without one of these layers no site is called safe."""


@dataclass(frozen=True)
class Row:
    """One rule of one verdict.

    `measure` against `threshold` in `unit`; `extra` is a second number of the sentence; `nearest` and
    `at` name the feature and its layer; `source` is the message key of the legal or technical ground.
    """

    rule: str
    state: State
    reason: str
    measure: float = np.nan
    threshold: float = np.nan
    extra: float = np.nan
    nearest: str | None = None
    at: str = ""
    unit: str = ""

    @property
    def source(self) -> str:
        return f"site.source.{self.rule}"


def missing(rule: str, layer: str, unit: str = "") -> Row:
    """The rule cannot be judged: `layer` is not there."""
    return Row(rule, UNKNOWN, f"site.needs.{layer}", at=layer, unit=unit)


def exclusion_row(rule: Exclusion, taken: Overlap | None, area_m2: float, sliver_m2: float) -> Row:
    """Measure: m² of the site taken; threshold: the m² that may be; extra: the distance to keep, m.

    Any ground the law closes fails; a setback fails where it takes more than its share.
    """
    if not rule.given:
        return missing(rule.rule, rule.layer, "m²")
    allowed = rule.fail_share * area_m2 if np.isfinite(rule.fail_share) else 0.0
    m2 = 0.0 if taken is None else float(taken.ground.area)
    if taken is None or m2 <= sliver_m2:
        return Row(rule.rule, PASS, f"site.{rule.rule}.pass", 0.0, allowed, at=rule.layer, unit="m²")
    state = FAIL if m2 > rule.fail_share * area_m2 else WARNING
    reason = f"site.{rule.rule}.{state}"
    return Row(rule.rule, state, reason, m2, allowed, taken.reach_m, taken.nearest, rule.layer, "m²")


def slope_rows(found: Relief | None, standard: Standard) -> Iterator[Row]:
    """Mean slope in percent against the standard's steps, and the ground too steep to build on."""
    if found is None or not np.isfinite(found.slope_mean):
        yield missing("slope", "terrain", "%")
        yield missing("steep", "terrain", "m²")
        return
    good, warn, most = standard["site.slope_good"], standard["site.slope_warn"], standard["site.slope_max"]
    mean = found.slope_mean
    state = PASS if mean <= warn else WARNING if mean <= most else FAIL
    threshold = most if state == FAIL else warn
    reason = f"site.slope.{'good' if mean <= good else state}"
    yield Row(
        "slope", state, reason, mean * 100, threshold * 100, found.slope_max * 100, at="terrain", unit="%"
    )
    m2 = float(found.steep.area)
    state = PASS if m2 == 0 else WARNING
    yield Row("steep", state, f"site.steep.{state}", m2, 0.0, most * 100, at="terrain", unit="m²")


def usable_rows(usable_m2: float, area_m2: float, standard: Standard) -> Iterator[Row]:
    """What is left after all exclusions: its share of the site, and whether one household fits."""
    share, least = usable_m2 / area_m2, standard["site.min_usable_share"]
    state = PASS if share >= least else FAIL
    yield Row(
        "usable_share", state, f"site.usable_share.{state}", share * 100, least * 100, usable_m2, unit="%"
    )
    fewest = standard["site.min_usable_m2"]
    state = PASS if usable_m2 >= fewest else FAIL
    yield Row("usable_area", state, f"site.usable_area.{state}", usable_m2, fewest, area_m2, unit="m²")


def capacity_row(capacity: int, planned: float) -> Row:
    """Households that fit, against those planned there (NaN: nobody said)."""
    state = FAIL if capacity == 0 else WARNING if capacity < planned else PASS
    reason = "site.capacity.unplanned" if state == PASS and np.isnan(planned) else f"site.capacity.{state}"
    return Row("capacity", state, reason, capacity, planned, unit="户")


GRADED: Mapping[str, tuple[str, str, str]] = {
    "road": ("site.road_good_m", "site.road_max_m", "m"),
    "line": ("site.line_good_m", "site.line_max_m", "m"),
    "school": ("site.service_good_min", "site.service_max_min", "min"),
    "clinic": ("site.service_good_min", "site.service_max_min", "min"),
}
"""Connections with a good distance and a limit: pass, warning, fail."""


def graded_row(target: Target, way: Way | None, standard: Standard) -> Row:
    """Measure: metres or minutes over the ground; threshold: the step that decided; extra: the metres."""
    good_key, most_key, unit = GRADED[target.key]
    if not target.given or way is None or np.isnan(way.metres):
        return missing(target.key, target.layer, unit)
    measure = way.metres if unit == "m" else way.seconds / 60
    if not np.isfinite(measure):
        return Row(
            target.key,
            FAIL,
            f"site.{target.key}.none",
            np.inf,
            standard[most_key],
            at=target.layer,
            unit=unit,
        )
    good, most = standard[good_key], standard[most_key]
    state = PASS if measure <= good else WARNING if measure <= most else FAIL
    threshold = most if state == FAIL else good
    nearest, at = _reached(target, way)
    return Row(
        target.key, state, f"site.{target.key}.{state}", measure, threshold, way.metres, nearest, at, unit
    )


def water_rows(target: Target, way: Way | None, elevation: float, standard: Standard) -> Iterator[Row]:
    """The way to the nearest source of water, and how high it would have to be lifted (below 0: it flows)."""
    reach = standard["water.reach_m"]
    if not target.given or way is None or np.isnan(way.metres):
        yield missing("water", target.layer, "m")
        yield missing("lift", target.layer, "m")
        return
    if way.target < 0 or not np.isfinite(way.metres):
        yield Row("water", FAIL, "site.water.none", np.inf, reach, at=target.layer, unit="m")
        yield missing("lift", target.layer, "m")
        return
    nearest, at = _reached(target, way)
    state = PASS if way.metres <= reach else WARNING
    yield Row("water", state, f"site.water.{state}", way.metres, reach, np.nan, nearest, at, "m")
    lift = elevation - float(target.elevation[way.target])
    if np.isnan(lift):
        yield missing("lift", "terrain", "m")
        return
    most = standard["site.lift_max_m"]
    state = PASS if lift <= most else WARNING
    reason = "site.lift.gravity" if lift <= 0 else f"site.lift.{state}"
    yield Row("lift", state, reason, lift, most, -lift, nearest, at, "m")


def _reached(target: Target, way: Way) -> tuple[str | None, str]:
    if way.target < 0:
        return None, target.layer
    return str(target.ids[way.target]), str(target.layers[way.target])
