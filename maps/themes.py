"""What does each thing look like? The one definition, as data, from which every map is drawn.

The folium page, the QGIS styles of a GeoPackage and the web workbench (through
`themes_json`) all read these tables; none of them knows a colour of its own.

Colours are chosen to be told apart by colour-blind people (Okabe and Ito 2008;
ColorBrewer YlOrBr) and never alone: a gap is also larger, an unknown also hollow, a
hazard also hatched, an earth road also dashed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.layers import LAYERS
from geo.verdicts import MET, NEEDS, UNKNOWN, UNMET
from maps.relocation_themes import HOUSEHOLD_VIEWS, RELOCATION_THEMES, SUITABILITY
from maps.symbols import Geometry, Paint, Rule, Theme
from maps.work_themes import CHOSEN, HOPED_THEMES, WORK_THEMES

Keys = npt.NDArray[np.object_]

BLUE, SKY, VERMILION, ORANGE, GREEN, PURPLE = "#0072B2", "#56B4E9", "#D55E00", "#E69F00", "#009E73", "#AA4499"
INK, GREY, PALE, WHITE, HAZARD = "#2b2b2b", "#8c8c8c", "#d9d9d9", "#ffffff", "#c8102e"

# ------------------------------------------------------------------ households
STATES: Mapping[str, Rule] = {
    r.key: r
    for r in (
        Rule(MET, "已满足", "met", Paint("#6baed6", 0.9, WHITE, 0.6, size=7)),
        Rule(UNKNOWN, "不明", "unknown", Paint("", 0.0, "#5f5f5f", 1.4, shape="ring", size=7)),
        Rule(UNMET, "缺口", "gap", Paint(VERMILION, 1.0, "#5c2600", 1.0, size=9)),
    )
}
"""A need of a household; drawn in this order, so that gaps lie on top."""

GAP_CLASSES: tuple[tuple[int, int, Rule], ...] = (
    (0, 0, Rule("0", "无缺口", "no gap", Paint("#6baed6", 0.9, WHITE, 0.6, size=6))),
    (1, 2, Rule("1-2", "1–2 项", "1–2 gaps", Paint("#fee391", 1.0, "#8c6d1f", 0.8, size=7))),
    (3, 4, Rule("3-4", "3–4 项", "3–4 gaps", Paint("#fe9929", 1.0, "#7a4300", 0.8, size=8))),
    (5, 6, Rule("5-6", "5–6 项", "5–6 gaps", Paint("#cc4c02", 1.0, "#4d1c00", 0.8, size=9))),
    (7, 99, Rule("7+", "7 项及以上", "7 gaps or more", Paint("#662506", 1.0, INK, 1.0, size=10))),
)
"""The number of gaps of a household: lowest, highest, rule."""

EXPOSURES: Mapping[str, Rule] = {
    r.key: r
    for r in (
        Rule("clear", "不受威胁", "clear", Paint("#6baed6", 0.9, WHITE, 0.6, size=6)),
        Rule(UNKNOWN, "不明", "unknown", Paint("", 0.0, "#5f5f5f", 1.4, shape="ring", size=7)),
        Rule("buffer", "缓冲区内", "within the buffer", Paint(ORANGE, 1.0, "#5c3d00", 1.0, size=8)),
        Rule("inside", "隐患区内", "inside a hazard zone", Paint(HAZARD, 1.0, INK, 1.2, size=10)),
    )
}
"""A household's relation to the hazard zones."""

_SITE: dict[str, Any] = {"width": 3.0, "shape": "pentagon", "size": 21, "glyph": "安"}
VERDICTS: Mapping[str, Rule] = {
    r.key: r
    for r in (
        Rule("suitable", "适宜", "suitable", Paint(GREEN, 0.45, "#00563f", **_SITE)),
        Rule(
            "conditional", "有条件适宜", "suitable with conditions", Paint(ORANGE, 0.45, "#7a5200", **_SITE)
        ),
        Rule("unsuitable", "不适宜", "unsuitable", Paint("#e8596c", 0.45, "#5e0013", dash=(8, 5), **_SITE)),
        Rule(
            UNKNOWN, "无法判定", "cannot be judged", Paint("#b5b5b5", 0.45, "#4d4d4d", dash=(2, 4), **_SITE)
        ),
    )
}
"""The verdict on a relocation site."""


# ------------------------------------------------------------------ layers of the area
def _one(layer: str, paint: Paint) -> tuple[Rule, ...]:
    """The single rule of a layer that is drawn all alike."""
    spec = LAYERS[layer]
    return (Rule("all", spec.zh, spec.en, paint),)


def _choices(layer: str, field: str, paint: Callable[[str], Paint]) -> tuple[Rule, ...]:
    """One rule for each declared value of a choice field, and one for unknown."""
    rules = [Rule(c.value, c.zh, c.en, paint(c.value)) for c in LAYERS[layer].field(field).choices]
    return (*rules, Rule(UNKNOWN, "不明", "unknown", paint(UNKNOWN)))


_HARD_MAIN = Paint(stroke="#f2b400", width=4.0, casing="#5e4600")
_ROADS = (
    Rule("main", "县道及以上(硬化)", "county road or above (hardened)", _HARD_MAIN),
    Rule("hard", "硬化路", "hardened road", Paint(stroke=WHITE, width=2.8, casing=INK)),
    Rule(
        "earth",
        "未硬化路(砂石、泥土)",
        "not hardened (gravel, earth)",
        Paint(stroke="#8c510a", width=2.2, dash=(7, 4)),
    ),
    Rule(UNKNOWN, "路面不明", "surface unknown", Paint(stroke="#707070", width=2.0, dash=(2, 4))),
    Rule("hardpath", "硬化步道", "hardened path", Paint(stroke="#404040", width=1.3)),
    Rule("path", "小路", "path", Paint(stroke="#8c510a", width=1.1, dash=(2, 3))),
    Rule("closed", "不可通行", "impassable", Paint(stroke=HAZARD, width=1.8, dash=(1, 5))),
)
_WORKS = Paint("#1f78b4", 1.0, WHITE, 1.2, shape="square", size=12)
_FACILITY_GLYPHS = {
    "office": "村", "clinic": "卫", "hospital": "院", "primary": "学", "middle": "中", "nursery": "幼",
    "square": "场", "market": "集", "busstop": "车", "mast": "4G", "other": "他", UNKNOWN: "?",
}  # fmt: skip
_FACILITY_FILLS = {
    "clinic": "#117733",
    "hospital": "#117733",
    "mast": "#882255",
    "busstop": "#44537a",
    "market": "#44537a",
}
_LANDCOVERS = {
    "paddy": "#cfe3c2", "dryland": "#efe6c0", "orchard": "#d9e2a8", "forest": "#b3cfa4", "shrub": "#c9d6b0",
    "grass": "#dfe8c8", "rock": "#d0ccc6", "built": "#e3cfc9", "water": "#a9cfe8",
    "mine": "#c7bfd0", "wetland": "#bcd9d3",
}  # fmt: skip
_HAZARD_HATCH = {
    "rockfall": "back",
    "debrisflow": "dots",
    "collapse": "cross",
    "fissure": "cross",
    "subsidence": "cross",
    "flood": "dots",
}


def _hazard(kind: str) -> Paint:
    hatch = _HAZARD_HATCH.get(kind, "diagonal")
    return Paint(HAZARD, 0.22, HAZARD, 1.8, hatch=hatch, shape="triangle", size=14, glyph="!")  # type: ignore[arg-type]


def _facility(kind: str) -> Paint:
    return Paint(
        _FACILITY_FILLS.get(kind, "#44318d"),
        1.0,
        WHITE,
        1.2,
        shape="square",
        size=17,
        glyph=_FACILITY_GLYPHS[kind],
    )


def _theme(layer: str, geometry: Geometry, rules: tuple[Rule, ...], order: int, **more: Any) -> Theme:
    return Theme(layer, LAYERS[layer].zh, LAYERS[layer].en, geometry, rules, order, **more)


_THEMES = (
    _theme(
        "landcover",
        "polygon",
        _choices("landcover", "class", lambda v: Paint(_LANDCOVERS.get(v, "#eeeeee"), 0.55)),
        5,
        field="class",
        on=False,
    ),
    _theme(
        "farmland",
        "polygon",
        _one("farmland", Paint("#e6c84b", 0.20, "#9c8412", 1.0, hatch="back")),
        10,
        on=False,
    ),
    _theme(
        "redline",
        "polygon",
        _one("redline", Paint("#1b7837", 0.12, "#1b7837", 2.2, dash=(9, 3))),
        11,
        on=False,
    ),
    _theme(
        "protect",
        "polygon",
        _choices(
            "protect",
            "grade",
            lambda v: Paint("#2a8fbd", {"1": 0.32, "2": 0.20}.get(v, 0.12), "#1d6a8e", 1.4, dash=(4, 3)),
        ),
        12,
        field="grade",
        on=False,
    ),
    _theme(
        "workings",
        "polygon",
        _one("workings", Paint("#555555", 0.12, "#3b3b3b", 1.2, dash=(6, 3), hatch="cross")),
        13,
        on=False,
    ),
    _theme(
        "parks",
        "polygon",
        _one("parks", Paint("#7a6fac", 0.25, "#54488c", 1.5)),
        14,
        label="name",
        label_zoom=14,
    ),
    _theme("lakes", "polygon", _one("lakes", Paint("#9ecae1", 0.9, "#4292c6", 1.0)), 15),
    _theme(
        "buildings",
        "polygon",
        _one("buildings", Paint("#b8a9a0", 0.8, "#8a7b72", 0.5)),
        16,
        on=False,
        min_zoom=15,
    ),
    _theme(
        "villages",
        "polygon",
        _one("villages", Paint("", 0.0, "#7b3294", 1.8, 0.85, (10, 3, 2, 3))),
        20,
        label="name",
    ),
    _theme(
        "hazards",
        "polygon",
        _choices("hazards", "kind", _hazard),
        25,
        field="kind",
        label="name",
        label_zoom=15,
    ),
    _theme("cliffs", "line", _one("cliffs", Paint(stroke="#5b4636", width=1.6, dash=(1, 3))), 28, on=False),
    _theme(
        "rivers",
        "line",
        _choices(
            "rivers",
            "class",
            lambda v: Paint(
                stroke="#3182bd",
                width={"river": 2.6, "canal": 1.2}.get(v, 1.5),
                dash={"canal": (6, 2), "tunnel": (2, 4)}.get(v, ()),
            ),
        ),
        30,
        field="class",
        label="name",
        label_zoom=15,
    ),
    _theme(
        "pipes",
        "line",
        _one("pipes", Paint(stroke="#1f78b4", width=1.3, dash=(1, 4))),
        32,
        on=False,
        min_zoom=13,
    ),
    _theme(
        "lines",
        "line",
        _one("lines", Paint(stroke="#a6761d", width=1.2, dash=(12, 3))),
        33,
        on=False,
        min_zoom=12,
    ),
    _theme("roads", "line", _ROADS, 40, label="name", label_zoom=16),
    _theme(
        "exits",
        "point",
        _one("exits", Paint("#f2b400", 1.0, "#5e4600", 1.6, shape="diamond", size=15, glyph="出")),
        58,
    ),
    _theme(
        "springs",
        "point",
        _choices("springs", "kind", lambda _: Paint(SKY, 1.0, "#08519c", 1.4, size=9)),
        60,
        field="kind",
        on=False,
    ),
    _theme(
        "pools",
        "point",
        (
            Rule("working", "水池", "water pool", _WORKS),
            Rule(
                "idle",
                "水池(停用)",
                "water pool, out of order",
                Paint(WHITE, 1.0, "#1f78b4", 2.0, shape="square", size=12),
            ),
        ),
        62,
        label="name",
        label_zoom=16,
    ),
    _theme(
        "transformers",
        "point",
        (
            Rule(
                "working", "变压器", "transformer", Paint("#f0e442", 1.0, INK, 1.4, shape="triangle", size=14)
            ),
            Rule(
                "idle",
                "变压器(停用)",
                "transformer, out of order",
                Paint(WHITE, 1.0, INK, 1.4, shape="triangle", size=14),
            ),
        ),
        63,
        label="name",
        label_zoom=16,
    ),
    _theme(
        "facilities",
        "point",
        _choices("facilities", "kind", _facility),
        64,
        field="kind",
        label="name",
        label_zoom=15,
    ),
    _theme(
        "groups",
        "point",
        _one("groups", Paint("", 0.0, INK, 1.6, shape="ring", size=11)),
        66,
        label="name",
        label_zoom=14,
    ),
    _theme("sites", "polygon", tuple(VERDICTS.values()), 68, mark=True, label="name", label_zoom=13),
    _theme("households", "point", tuple(STATES.values()), 70),
)

THEMES: Mapping[str, Theme] = {t.layer: t for t in sorted(_THEMES, key=lambda t: t.order)}
"""Every layer that is drawn, from the bottom to the top."""

HARD_SURFACES = ("cement", "asphalt", "stone")
MAIN_CLASSES = ("expressway", "national", "provincial", "county")


def rule_keys(layer: str, frame: gpd.GeoDataFrame) -> Keys:
    """The key of the rule that draws each feature of an input layer, in row order."""
    if layer == "roads":
        return _road_keys(frame)
    theme = THEMES[layer]
    if layer in ("pools", "transformers"):
        return np.where(frame["working"].fillna(True).to_numpy(bool), "working", "idle").astype(object)
    if not theme.field:
        return np.full(
            len(frame), theme.rules[0].key if layer not in ("sites", "households") else UNKNOWN, object
        )
    known = {r.key for r in theme.rules}
    values = frame[theme.field].astype(object)
    return values.where(values.isin(list(known)), UNKNOWN).to_numpy(object)


def _road_keys(roads: gpd.GeoDataFrame) -> Keys:
    """Hardened as recorded, else as the surface says; what neither says is unknown."""
    surface = roads["surface"]
    by_surface = surface.isin(HARD_SURFACES).astype("boolean").mask(surface.isna())
    hard = roads["hardened"].combine_first(by_surface)
    yes, no = hard.fillna(False).to_numpy(bool), (~hard).fillna(False).to_numpy(bool)
    foot = (roads["class"] == "path").to_numpy(bool)
    main = roads["class"].isin(MAIN_CLASSES).to_numpy(bool)
    closed = (~roads["usable"]).fillna(False).to_numpy(bool)
    keys = np.select(
        [closed, foot & yes, foot, yes & main, yes, no],
        ["closed", "hardpath", "path", "main", "hard", "earth"],
        UNKNOWN,
    )
    return keys.astype(object)


def gap_keys(counts: pd.Series) -> Keys:
    """The class of each number of gaps."""
    tops = np.array([high for _, high, _ in GAP_CLASSES])
    return np.array([rule.key for _, _, rule in GAP_CLASSES], object)[
        np.searchsorted(tops, counts.to_numpy())
    ]


def themes_json() -> dict[str, Any]:
    """All of it as plain JSON values, for the browser."""
    return {
        "layers": [asdict(theme) for theme in THEMES.values()],
        "states": [asdict(rule) for rule in STATES.values()],
        "gaps": [{"low": low, "high": high, **asdict(rule)} for low, high, rule in GAP_CLASSES],
        "exposures": [asdict(rule) for rule in EXPOSURES.values()],
        "verdicts": [asdict(rule) for rule in VERDICTS.values()],
        "works": [{"kind": kind, **asdict(theme)} for kind, theme in (WORK_THEMES | HOPED_THEMES).items()],
        "chosen": asdict(CHOSEN),
        "relocation": [asdict(theme) for theme in RELOCATION_THEMES.values()],
        "household_views": {
            name: [asdict(rule) for rule in rules] for name, rules in HOUSEHOLD_VIEWS.items()
        },
        "suitability": list(SUITABILITY),
        "needs": list(NEEDS),
    }
