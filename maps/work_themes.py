"""What does a planned work look like? One theme for each kind, apart from everything that exists.

What is planned is magenta to violet, colours that no existing thing has; lines are
dashed besides and points stand on a pale ground, so that a print in grey still tells
them apart from what stands in the landscape.
"""

from __future__ import annotations

from collections.abc import Mapping

from geo.messages import template
from geo.works import KINDS
from geo.works_view import HOPED_LINE, HOPED_POINT, MEASURE_FIRST
from maps.symbols import Geometry, Paint, Rule, Shape, Theme

ROAD, PATH, WATER, POWER, YARD = "#c6007e", "#e0409f", "#5a1be0", "#8a0f4e", "#b0559a"
PALE = {"road": "#ffd9ef", "path": "#ffd9ef", "water": "#e6dcff", "power": "#fbd5e6", "yard": "#f2dcec"}
HOPING = "#7a7f87"
CHOSEN = Paint("", 0.0, "#ffd400", 9.0, 0.75)
"""Beneath the works that a programme has chosen."""


def _line(stroke: str, width: float, dash: tuple[float, ...], *, casing: str = "#ffffff") -> Paint:
    return Paint(stroke=stroke, width=width, dash=dash, casing=casing)


def _point(need: str, stroke: str, glyph: str, *, shape: Shape = "square", size: float = 17) -> Paint:
    return Paint(PALE[need], 1.0, stroke, 1.8, shape=shape, size=size, glyph=glyph)


def _dot(need: str, stroke: str) -> Paint:
    """Of those there are as many as households."""
    return Paint(PALE[need], 1.0, stroke, 1.4, shape="diamond", size=7)


_PAINTS: Mapping[str, tuple[Paint, bool, int]] = {
    # kind: paint, shown when the map opens, least zoom
    "yard": (_dot("yard", YARD), False, 13),
    "connection": (Paint(PALE["power"], 1.0, POWER, 1.0, dash=(2, 2), shape="diamond", size=7), False, 14),
    "path": (_line(PATH, 1.6, (3, 2)), True, 12),
    "lv_line": (_line(POWER, 1.4, (8, 2, 1, 2)), True, 12),
    "mv_line": (_line(POWER, 2.4, (12, 3, 2, 3)), True, 0),
    "pipe": (_line(WATER, 1.7, (6, 2)), True, 12),
    "road_upgrade": (_line(ROAD, 3.4, (3, 3), casing="#ffd9ef"), True, 0),
    "road_new": (_line(ROAD, 3.4, (10, 4)), True, 0),
    "bridge": (Paint(stroke="#ffffff", width=4.4, casing=ROAD), True, 0),
    "culvert": (_point("road", ROAD, "涵", size=13), False, 14),
    "hairpin": (_point("road", ROAD, "弯", size=13), False, 14),
    "cistern": (_point("water", WATER, "窖", shape="circle", size=13), True, 13),
    "tank": (_point("water", WATER, "压", shape="circle", size=14), True, 13),
    "pump": (_point("water", WATER, "泵", shape="circle"), True, 11),
    "intake": (_point("water", WATER, "源", shape="diamond"), True, 11),
    "pool": (_point("water", WATER, "池"), True, 0),
    "transformer": (_point("power", POWER, "变", shape="triangle", size=19), True, 0),
}

_HOPED_PAINTS: Mapping[str, tuple[Paint, bool, int]] = {
    HOPED_LINE: (Paint(stroke=HOPING, width=1.4, dash=(2, 3)), True, 12),
    HOPED_POINT: (Paint("#ffffff", 1.0, HOPING, 1.4, dash=(2, 2), shape="square", size=11), True, 12),
    MEASURE_FIRST: (_point("water", WATER, "测", shape="pentagon", size=16), True, 0),
}
"""What waits for a source to be measured: none of it is in the programme."""

LINES = (HOPED_LINE, "path", "connection", "lv_line", "mv_line", "pipe", "road_upgrade", "road_new", "bridge")
"""Kinds that are drawn as lines; a connection is a line where a service drop is, a point where a tap is."""


def layer_of(kind: str) -> str:
    """The name under which works of a kind are a layer of the maps."""
    return f"work_{kind}"


def _theme(kind: str, order: int) -> Theme:
    paint, on, min_zoom = (_PAINTS | _HOPED_PAINTS)[kind]
    zh, en = (template(f"works.kind.{kind}", lang) for lang in ("zh", "en"))
    geometry: Geometry = "line" if kind in LINES else "point"
    return Theme(
        layer_of(kind), zh, en, geometry, (Rule(kind, zh, en, paint),), order, on=on, min_zoom=min_zoom
    )


WORK_THEMES: Mapping[str, Theme] = {kind: _theme(kind, 71 + i) for i, kind in enumerate(_PAINTS)}
"""Kind of work -> how it is drawn, from the bottom to the top."""

HOPED_THEMES: Mapping[str, Theme] = {
    kind: _theme(kind, 71 + len(_PAINTS) + i) for i, kind in enumerate(_HOPED_PAINTS)
}
"""The same of what `geo.works_view.hoped_rows` tells."""

if set(WORK_THEMES) != set(KINDS):
    raise ValueError(f"kinds of work without a look: {set(KINDS) ^ set(WORK_THEMES)}")
