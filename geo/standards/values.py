"""The frozen values of a standard."""

from __future__ import annotations

import difflib
import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import pandas as pd

from geo.errors import StandardError
from geo.messages import say

Number = float | tuple[float, ...] | Mapping[str, float]
Confidence = Literal["H", "M", "L"]


ABOVE_NOUGHT = frozenset(
    [
        *("water.quota_l", "water.day_factor", "water.storage_share", "water.route_factor"),
        *("water.household_size", "water_design.quota_l", "water_design.supply_hours"),
        *("water_design.pump_hours", "water_design.pump_efficiency", "water_design.lattice_m"),
        *("water_design.cluster_households", "water_design.roughness", "water_design.max_velocity_ms"),
        *("water_design.pool_depth_m", "water_design.max_static_m", "path_design.step_m", "mine.edge_mm"),
        *("power.kva_per_household", "power.sizes_kva", "corridor.cell_m"),
        *("site.homestead_m2", "site.land_per_household_m2", "water_design.pipe_sdr"),
        *("walk.offroad_factor", "walk.tobler_top_kmh"),
    ]
)
"""Values something is divided by or cut into: with 0 there is no answer."""


@dataclass(frozen=True)
class Value:
    """One value of the standard: a number, a row of numbers, or numbers by choice."""

    key: str
    value: Number
    unit: str
    zh: str
    en: str
    source: str
    confidence: Confidence

    @property
    def assumed(self) -> bool:
        return self.confidence == "L"

    @property
    def needed(self) -> bool:
        """Whether it must be more than 0."""
        return self.key in ABOVE_NOUGHT

    @property
    def least(self) -> float:
        """The least number this value may be changed to: what never was negative stays so."""
        return -math.inf if min(numbers_of(self.value)) < 0 else 0.0


@dataclass(frozen=True)
class IndicatorSet:
    """A published set of indicators (五通四有, 四有五覆盖) with its variants: label -> indicators."""

    key: str
    zh: str
    en: str
    source: str
    confidence: Confidence
    use: str
    variants: Mapping[str, Mapping[str, tuple[str, ...]]]


@dataclass(frozen=True)
class Standard:
    """Frozen values by key: `standard["water.reach_m"]` is a float."""

    name: str
    sha256: str
    values: Mapping[str, Value]
    sets: Mapping[str, IndicatorSet]

    def title(self, lang: str) -> str:
        """The name as people read it."""
        own = self.name.rstrip("+")  # a sign for each change of a what-if
        return say("standard.default", lang) + self.name[len(own) :] if own == "default" else self.name

    def __getitem__(self, key: str) -> float:
        value = self.values[key].value
        assert isinstance(value, float), f"{key} is not a single number"
        return value

    def numbers(self, key: str) -> tuple[float, ...]:
        value = self.values[key].value
        assert isinstance(value, tuple), f"{key} is not a list"
        return value

    def table(self, key: str) -> Mapping[str, float]:
        value = self.values[key].value
        assert isinstance(value, Mapping), f"{key} is not a table"
        return value

    def override(self, changes: Mapping[str, float]) -> Standard:
        """The same standard with numbers changed (a what-if).

        A key is `water.reach_m`, or `hazard.buffer_m.small` for one number of a
        table. Raises `StandardError` for a key that does not exist and for what is
        not a finite number or is negative where that makes no sense.
        """
        values = dict(self.values)
        for key, number in changes.items():
            values.update(_changed(values, key, number))
        said = json.dumps(dict(sorted(changes.items())), ensure_ascii=False)
        sha256 = hashlib.sha256(f"{self.sha256}{said}".encode()).hexdigest()
        return replace(self, values=values, name=f"{self.name}+", sha256=sha256)

    def listing(self) -> pd.DataFrame:
        """Every value with its provenance, one row each: the sheet "standards used" of a ledger.

        Columns key, zh, en, value (a number; text for lists and tables), unit, source,
        confidence, assumed.
        """
        rows = [
            (v.key, v.zh, v.en, as_text(v.value), v.unit, v.source, v.confidence, v.assumed)
            for v in self.values.values()
        ]
        columns = ["key", "zh", "en", "value", "unit", "source", "confidence", "assumed"]
        return pd.DataFrame(rows, columns=columns).astype({"value": object})


def numbers_of(value: Number) -> tuple[float, ...]:
    """All numbers of a value."""
    if isinstance(value, Mapping):
        return tuple(value.values())
    return value if isinstance(value, tuple) else (value,)


def as_text(value: Number) -> float | str:
    """A number as it is; a list or a table as one line of text."""
    if isinstance(value, Mapping):
        return "; ".join(f"{k} {v:g}" for k, v in value.items())
    return ", ".join(f"{v:g}" for v in value) if isinstance(value, tuple) else value


def closest(word: str, known: Iterable[str]) -> str:
    """The known word most like `word`."""
    return next(iter(difflib.get_close_matches(word, list(known), n=1, cutoff=0.0)), "")


def is_number(value: Any) -> bool:
    """Whether `value` is a finite number (true and false are not)."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _changed(values: Mapping[str, Value], key: str, number: Any) -> dict[str, Value]:
    """The value that `key` names, with `number` in it."""
    key = str(key)
    parent, _, choice = key.rpartition(".")
    whole = key in values
    if not whole and parent not in values:
        raise StandardError("whatif.unknown_key", given=key, closest=closest(key, values))
    name = key if whole else parent
    old = values[name]
    if whole != isinstance(old.value, float) or (isinstance(old.value, tuple)):
        raise StandardError("whatif.not_single", given=key)
    if not is_number(number):
        raise StandardError("whatif.not_number", given=key, number=str(number))
    if number < old.least:
        raise StandardError("whatif.negative", given=key, number=str(number))
    if number <= 0 and old.needed:
        raise StandardError("whatif.nought", given=key, number=str(number))
    new: Number = float(number)
    if isinstance(old.value, Mapping):
        if choice not in old.value:
            raise StandardError(
                "whatif.unknown_key", given=key, closest=f"{name}.{closest(choice, old.value)}"
            )
        new = {**old.value, choice: float(number)}
    return {name: replace(old, value=new, source="what-if", confidence="M")}
