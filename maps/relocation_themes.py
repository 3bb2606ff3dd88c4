"""What do danger, moving and new homes look like? Themes of relocation, beside those of the area.

Danger is red to violet, what moves is orange, new ground is green to teal: the way
from an old home to a new one runs from warm to cold. Nothing is told by colour
alone: sizes, rings, hatches and dashes say the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

from geo.layers import LAYERS
from geo.messages import template
from maps.symbols import Geometry, Hatch, Paint, Rule, Theme

CALM, RING, INK, WHITE = "#9dbfd6", "#5f5f5f", "#2b2b2b", "#ffffff"
TEAL, MOVED = "#00796b", "#7fb800"

LEVELS = {
    "extra": "#6d0019",
    "large": "#a50f26",
    "medium": "#d7301f",
    "small": "#f0803c",
    "unknown": "#c8102e",
}
"""Size of a declared hazard -> its colour, worst first."""
STATES = {
    "active": "#7b1fa2",
    "shallow": "#4a148c",
    "residual": "#ab47bc",
    "settled": "#8d8d8d",
    "planned": "#5c6bc0",
}
"""State of a coal working -> its colour."""
SUITABILITY = ("#fffbcf", "#d9f0a3", "#78c679", "#238443", "#004529")
"""From the lowest score to the highest (ColorBrewer YlGn)."""
HATCHES: Mapping[str, Hatch] = {
    "rockfall": "back",
    "landslide": "diagonal",
    "debrisflow": "dots",
    "collapse": "cross",
    "fissure": "cross",
    "subsidence": "cross",
    "flood": "dots",
}
GRADES = {"I": "#fdd49e", "II": "#fc8d59", "III": "#d7301f", "IV": "#7f0000"}
"""Expected damage grade of a house -> its colour."""


def _said(key: str) -> tuple[str, str]:
    return template(key, "zh"), template(key, "en")


def _dot(fill: str, size: float, edge: str = INK, width: float = 0.9) -> Paint:
    return Paint(fill, 1.0, edge, width, size=size)


_UNKNOWN = Paint("", 0.0, RING, 1.4, shape="ring", size=7)
_CALM = Paint(CALM, 0.75, WHITE, 0.4, size=5)


def _view(room: str, paints: Mapping[str, Paint]) -> tuple[Rule, ...]:
    return tuple(Rule(key, *_said(f"{room}.{key}"), paint) for key, paint in paints.items())


HOUSEHOLD_VIEWS: Mapping[str, tuple[Rule, ...]] = {
    "damage": _view(
        "relocation.damage",
        {
            "0": _CALM,
            "unknown": _UNKNOWN,
            "I": _dot(GRADES["I"], 7),
            "II": _dot(GRADES["II"], 8),
            "III": _dot(GRADES["III"], 9),
            "IV": _dot(GRADES["IV"], 10),
        },
    ),
    "decision": _view(
        "move.decision",
        {
            "stay": _CALM,
            "unknown": _UNKNOWN,
            "moved": Paint(MOVED, 1.0, "#3f5c00", 1.0, shape="diamond", size=8),
            "scattered": _dot("#f57c00", 9),
            "whole": _dot("#b71c1c", 10),
        },
    ),
    "compared": _view(
        "move.compared",
        {
            "none": _CALM,
            "unknown": _UNKNOWN,
            "agree": _dot("#455a64", 7),
            "other_way": _dot("#fdd835", 9),
            "listed_only": _dot("#8e24aa", 9),
            "computed_only": _dot("#e65100", 10),
        },
    ),
    "placed": _view(
        "relocation.placed",
        {
            "none": _CALM,
            "site": Paint(TEAL, 1.0, WHITE, 0.8, size=8),
            "left": _dot("#c8102e", 10),
        },
    ),
}
"""Property of a household -> the rules that paint it, from the bottom to the top."""


def _zone_rules() -> tuple[Rule, ...]:
    """Kind by hatch, level by colour; a working by its state."""
    fields = LAYERS["hazards"]
    kinds = {c.value: (c.zh, c.en) for c in fields.field("kind").choices} | {
        "unknown": _said("hazard.kind.unknown")
    }
    levels = {c.value: (c.zh, c.en) for c in fields.field("level").choices} | {
        "unknown": _said("hazard.level.unknown")
    }
    declared = (
        Rule(
            f"{kind}.{level}",
            f"{kinds[kind][0]}·{levels[level][0]}",
            f"{kinds[kind][1]}, {levels[level][1]}",
            Paint(colour, 0.22, colour, 1.8, hatch=HATCHES.get(kind, "diagonal")),
        )
        for kind, (level, colour) in product(kinds, LEVELS.items())
    )
    worked = (
        Rule(
            f"mining.{state}",
            *_said(f"relocation.state.{state}"),
            Paint(
                colour,
                0.08 if state == "settled" else 0.16,
                colour,
                1.6,
                dash=(6, 3) if state == "planned" else (),
                hatch="cross",
            ),
        )
        for state, colour in STATES.items()
    )
    return (*declared, *worked)


def _contours() -> tuple[Rule, ...]:
    edge = Rule("edge", *_said("relocation.contour.edge"), Paint(stroke="#4a148c", width=2.2, dash=(8, 3)))
    sunk = Rule("w", *_said("relocation.contour.w"), Paint(stroke="#7b1fa2", width=0.9, stroke_opacity=0.8))
    grades = (
        Rule(f"grade.{grade}", *_said(f"relocation.damage.{grade}"), Paint(colour, 0.35, colour, 1.0))
        for grade, colour in GRADES.items()
    )
    wary = Rule(
        "edge.cautious",
        *_said("relocation.contour.edge_cautious"),
        Paint(stroke="#4a148c", width=1.3, dash=(2, 4)),
    )
    return (*grades, sunk, wary, edge)


def _one(layer: str, paint: Paint) -> tuple[Rule, ...]:
    return (Rule("all", *_said(f"relocation.layer.{layer}"), paint),)


def _theme(
    layer: str,
    geometry: Geometry,
    rules: tuple[Rule, ...],
    order: int,
    *,
    on: bool = False,
    mark: bool = False,
    label: str = "",
    label_zoom: int = 0,
    min_zoom: int = 0,
) -> Theme:
    return Theme(
        layer,
        *_said(f"relocation.layer.{layer}"),
        geometry,
        rules,
        order,
        field="rule",
        on=on,
        mark=mark,
        label=label,
        label_zoom=label_zoom,
        min_zoom=min_zoom,
    )


_SITE = Paint("#00b894", 0.5, "#00564a", 2.6, shape="pentagon", size=20, glyph="新")

RELOCATION_THEMES: Mapping[str, Theme] = {
    theme.layer: theme
    for theme in (
        _theme("subsidence", "polygon", _contours(), 17),
        _theme(
            "zone_reach",
            "polygon",
            _one("zone_reach", Paint("#d7301f", 0.10, "#a50f26", 1.2, dash=(3, 3))),
            23,
        ),
        _theme("zones", "polygon", _zone_rules(), 24, label="name", label_zoom=15),
        _theme(
            "found_sites",
            "polygon",
            (
                Rule("opened", *_said("relocation.site.opened"), _SITE),
                Rule(
                    "spare",
                    *_said("relocation.site.spare"),
                    Paint(
                        "#b2dfdb", 0.55, "#00796b", 1.6, dash=(5, 3), shape="pentagon", size=17, glyph="备"
                    ),
                ),
            ),
            69,
            on=True,
            mark=True,
            label="name",
            label_zoom=12,
        ),
        _theme(
            "matching",
            "line",
            _one("matching", Paint(stroke=TEAL, width=1.0, stroke_opacity=0.45)),
            88,
        ),
        _theme(
            "must_move",
            "point",
            tuple(r for r in HOUSEHOLD_VIEWS["decision"] if r.key in ("scattered", "whole")),
            90,
        ),
        _theme(
            "rebuilt",
            "point",
            (
                Rule(
                    "dwelling",
                    *_said("move.rebuilt.case.dwelling"),
                    Paint("#ffeb3b", 1.0, "#b71c1c", 2.2, shape="triangle", size=18, glyph="回"),
                ),
                Rule(
                    "building",
                    *_said("move.rebuilt.case.building"),
                    Paint("#fff3e0", 1.0, "#b71c1c", 2.2, shape="square", size=15, glyph="建"),
                ),
            ),
            92,
        ),
    )
}
"""Layer of relocation -> how it is drawn."""
