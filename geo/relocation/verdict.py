"""What is said of one site: its verdict, the rules behind it with the reasons first, and the numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from shapely.geometry.base import BaseGeometry

from geo.messages import say
from geo.relocation.rules import ESSENTIAL, FAIL, PASS, UNKNOWN, WARNING, Row
from geo.verdicts import sentences

SUITABLE, CONDITIONAL, UNSUITABLE = "suitable", "conditional", "unsuitable"
VERDICTS = (SUITABLE, CONDITIONAL, UNSUITABLE, UNKNOWN)

RULE_COLUMNS = {
    "rule": "str",
    "state": "str",  # fail | unknown | warning | pass, in this order
    "reason": "str",  # message key of the sentence
    "measure": "float64",
    "threshold": "float64",
    "extra": "float64",
    "nearest": "str",  # id of the feature that decided
    "at": "str",  # its layer; for unknown the layer that is missing
    "unit": "str",
    "source": "str",  # message key of the legal or technical ground of the rule
}


@dataclass(frozen=True)
class SiteVerdict:
    """What was found out about one site. Geometry and lengths in the area's CRS, metres.

    `rules` is a table of `RULE_COLUMNS`, reasons first. `usable` is the site less what the rules
    exclude, `overlaps` the ground each rule takes, by rule. Slopes are ratios. `capacity` is in
    households by kind of site, counted piece by piece of the usable ground. `distances` hold road_m,
    water_m, lift_m, line_m, school_min, clinic_min: NaN unknown, inf none. `planar`: there is no
    terrain, distances are straight lines.
    """

    site: str
    name: str
    kind: str
    verdict: str
    rules: pd.DataFrame
    polygon: BaseGeometry
    usable: BaseGeometry
    overlaps: Mapping[str, BaseGeometry]
    area_m2: float
    usable_m2: float
    excluded_m2: float
    slope_mean: float
    slope_max: float
    capacity: Mapping[str, int]
    planned: float
    distances: Mapping[str, float]
    planar: bool

    @property
    def offered(self) -> bool:
        """Whether people may be offered the site: it is suitable, or on conditions."""
        return self.verdict in (SUITABLE, CONDITIONAL)

    @property
    def settled(self) -> int:
        """Households the site is connected for: those planned, as far as they fit; at least one."""
        holds = self.capacity.get(self.kind, 0)
        return max(1, holds if np.isnan(self.planned) else min(holds, int(self.planned)))

    def reasons(self, lang: str) -> pd.Series:
        """The sentence of every rule, in the order of `rules`."""
        return sentences(self.rules, lang)

    def grounds(self, lang: str) -> list[str]:
        """The sentences of the rules the verdict rests on, each once; none of a suitable site."""
        state, at = self.rules["state"], self.rules["at"]
        deciding = {
            UNSUITABLE: state == FAIL,
            UNKNOWN: (state == UNKNOWN) & at.isin(ESSENTIAL),
            CONDITIONAL: state != PASS,
        }
        if self.verdict not in deciding:
            return []
        whose = deciding[self.verdict]
        said = self.reasons(lang)[(whose if whose.any() else state == UNKNOWN).to_numpy()]
        return list(dict.fromkeys(said.astype("str")))  # one missing layer leaves several rules open

    def as_dict(self) -> dict[str, Any]:
        """The numbers, ready for JSON: no geometry, None for what is not known."""
        skipped = ("rules", "polygon", "usable", "overlaps")
        plain = {k: v for k, v in vars(self).items() if k not in skipped}
        plain["planned"] = _plain(self.planned)
        for name in ("slope_mean", "slope_max"):
            plain[name] = _plain(plain[name])
        plain["capacity"] = dict(self.capacity)
        plain["distances"] = {k: _plain(v) for k, v in self.distances.items()}
        plain["rules"] = [
            {k: _plain(v) for k, v in row.items()} for row in self.rules.to_dict(orient="records")
        ]
        return plain


def verdict_of(rows: Iterable[Row]) -> str:
    states = [(row.state, row.at) for row in rows]
    if any(state == FAIL for state, _ in states):
        return UNSUITABLE
    if any(state == UNKNOWN and at in ESSENTIAL for state, at in states):
        return UNKNOWN
    return CONDITIONAL if any(state != PASS for state, _ in states) else SUITABLE


def rule_table(rows: Iterable[Row]) -> pd.DataFrame:
    """The rows, reasons first: what fails, what is not known, what warns, what passes; else in rule order."""
    order = (FAIL, UNKNOWN, WARNING, PASS)
    ranked = sorted(rows, key=lambda row: order.index(row.state))
    columns = {
        name: pd.Series([getattr(row, name) for row in ranked], dtype=dtype)
        for name, dtype in RULE_COLUMNS.items()
    }
    return pd.DataFrame(columns)


def site_rows(verdict: SiteVerdict, lang: str) -> list[dict[str, Any]]:
    """One readable row per rule, reasons first: what a ledger or a page shows of a site."""
    said = verdict.reasons(lang)
    return [
        {
            "site": verdict.name or verdict.site,
            "verdict": say(f"site.verdict.{verdict.verdict}", lang),
            "rule": say(f"site.rule.{row['rule']}", lang),
            "state": say(f"site.state.{row['state']}", lang),
            "measure": _plain(row["measure"]),
            "limit": _plain(row["threshold"]),
            "unit": row["unit"],
            "why": why,
            "source": say(row["source"], lang),
        }
        for row, why in zip(verdict.rules.to_dict(orient="records"), said, strict=True)
    ]


def _plain(value: Any) -> Any:
    """A value JSON can hold: None for NaN and for infinities."""
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return None if value is pd.NA else value
