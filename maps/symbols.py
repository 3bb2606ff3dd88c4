"""What can a symbol be? The words in which `maps.themes` is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Shape = Literal["circle", "ring", "square", "triangle", "diamond", "star", "pentagon", "cross"]
Hatch = Literal["", "diagonal", "back", "cross", "dots"]
Geometry = Literal["point", "line", "polygon"]


@dataclass(frozen=True)
class Paint:
    """How one kind of thing is drawn. Colours are #rrggbb ("" draws none), sizes screen pixels.

    A point is a `shape` of `size` with a one-character `glyph` on it; a line is a
    `stroke` with a wider `casing` beneath; an area is `fill` at `fill_opacity`, or
    a `hatch` in the stroke's colour, with a `stroke` around it.
    """

    fill: str = ""
    fill_opacity: float = 1.0
    stroke: str = ""
    width: float = 1.0
    stroke_opacity: float = 1.0
    dash: tuple[float, ...] = ()
    casing: str = ""
    hatch: Hatch = ""
    shape: Shape = "circle"
    size: float = 0.0
    glyph: str = ""


@dataclass(frozen=True)
class Rule:
    """One entry of a legend: a class of features, its label and its paint."""

    key: str
    zh: str
    en: str
    paint: Paint


@dataclass(frozen=True)
class Theme:
    """How one layer is drawn: its rules, where it lies in the pile and when it is shown.

    `order` counts from the bottom. `label` is the field written beside a feature
    from zoom `label_zoom` on; nothing of the layer is drawn below `min_zoom`.
    `on`: shown when the map opens. `mark`: an area also carries its symbol in its middle,
    because from afar it is too small to be seen.
    """

    layer: str
    zh: str
    en: str
    geometry: Geometry
    rules: tuple[Rule, ...]
    order: int
    field: str = ""
    on: bool = True
    mark: bool = False
    label: str = ""
    label_zoom: int = 0
    min_zoom: int = 0

    def rule(self, key: str) -> Rule:
        return next(r for r in self.rules if r.key == key)
