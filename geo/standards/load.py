"""Read the standard and answer for its values."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

Number = float | tuple[float, ...] | Mapping[str, float]


@dataclass(frozen=True)
class Value:
    """One value of the standard: a number, a row of numbers, or numbers by choice."""

    key: str
    value: Number
    unit: str
    zh: str
    en: str
    source: str
    confidence: Literal["H", "M", "L"]

    @property
    def assumed(self) -> bool:
        return self.confidence == "L"


@dataclass(frozen=True)
class IndicatorSet:
    """A published set of indicators (五通四有, 四有五覆盖) with its variants: label -> indicators."""

    key: str
    zh: str
    en: str
    source: str
    use: str
    variants: Mapping[str, Mapping[str, tuple[str, ...]]]


@dataclass(frozen=True)
class Standard:
    """Frozen values by key: `standard["water.reach_m"]` is a float."""

    name: str
    sha256: str
    values: Mapping[str, Value]
    sets: Mapping[str, IndicatorSet]

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
        """The same standard with single numbers changed (a what-if)."""
        values = dict(self.values)
        for key, number in changes.items():
            values[key] = replace(values[key], value=float(number), source="what-if")
        return replace(self, values=values, name=f"{self.name}+")


@cache
def default_standard() -> Standard:
    return _parse(files("geo.standards").joinpath("default.toml").read_text("utf-8"), "default")


def load_standard(path: Path | str | None = None) -> Standard:
    """The default standard, overridden by the file at `path` where one is given."""
    if path is None:
        return default_standard()
    raise NotImplementedError  # the loader's author: see docs/architecture.md


def _parse(text: str, name: str) -> Standard:
    data = tomllib.loads(text)
    sets = {
        k: IndicatorSet(
            k,
            s["zh"],
            s["en"],
            s["source"],
            s["use"],
            {v: {label: tuple(ids) for label, ids in table.items()} for v, table in s["variants"].items()},
        )
        for k, s in data.pop("sets").items()
    }
    values = {
        f"{theme}.{key}": Value(
            f"{theme}.{key}", _number(v["value"]), v["unit"], v["zh"], v["en"], v["source"], v["confidence"]
        )
        for theme, table in data.items()
        for key, v in table.items()
    }
    return Standard(name, hashlib.sha256(text.encode()).hexdigest(), values, sets)


def _number(value: Any) -> Number:
    if isinstance(value, Mapping):
        return {k: float(v) for k, v in value.items()}
    if isinstance(value, list):
        return tuple(float(v) for v in value)
    return float(value)
