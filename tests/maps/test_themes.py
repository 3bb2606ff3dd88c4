"""One look for everything: complete, told apart by everybody, the same for every map."""

from __future__ import annotations

import json
import re
from itertools import combinations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import LineString

from geo.area import make_area
from geo.layers import LAYERS
from geo.relocation.assess import VERDICTS as SITE_VERDICTS
from geo.verdicts import STATES as NEED_STATES
from maps.symbols import Paint
from maps.themes import (
    EXPOSURES,
    GAP_CLASSES,
    STATES,
    THEMES,
    VERDICTS,
    gap_keys,
    rule_keys,
    themes_json,
)

# Machado, Oliveira, Fernandes 2009, A physiologically-based model for simulation of colour vision
# deficiency, severity 1.0, on linear RGB
DEFICIENCY = {
    "protan": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deutan": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "none": np.eye(3),
}


def lab(colour: str, deficiency: str) -> np.ndarray:
    """CIE L*a*b* (D65) of an sRGB colour as somebody with that deficiency sees it."""
    srgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.array(DEFICIENCY[deficiency]) @ linear, 0, 1)
    to_xyz = np.array(
        [
            [0.4124564, 0.3575761, 0.1804375],
            [0.2126729, 0.7151522, 0.0721750],
            [0.0193339, 0.1191920, 0.9503041],
        ]
    )
    xyz = to_xyz @ seen / np.array([0.95047, 1.0, 1.08883])
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def paints() -> list[Paint]:
    rules = [r for t in THEMES.values() for r in t.rules] + [*STATES.values(), *EXPOSURES.values()]
    return [r.paint for r in rules + [*VERDICTS.values()] + [r for _, _, r in GAP_CLASSES]]


def test_every_layer_is_drawn() -> None:
    assert set(THEMES) == set(LAYERS)


def test_every_choice_of_a_drawn_field_has_a_rule() -> None:
    for theme in THEMES.values():
        if theme.field:
            values = {c.value for c in LAYERS[theme.layer].field(theme.field).choices}
            assert values | {"unknown"} == {r.key for r in theme.rules}, theme.layer


def test_rules_answer_for_every_state_the_science_knows() -> None:
    assert set(STATES) == set(NEED_STATES)
    assert set(VERDICTS) == set(SITE_VERDICTS)


def test_colours_are_colours_and_labels_are_in_both_languages() -> None:
    for paint in paints():
        assert all(re.fullmatch(r"#[0-9A-Fa-f]{6}", c) for c in (paint.fill, paint.stroke, paint.casing) if c)
    for theme in THEMES.values():
        assert all(r.zh and r.en for r in theme.rules)
        assert not re.search(r"[\u4e00-\u9fff]", theme.en + "".join(r.en for r in theme.rules))


@pytest.mark.parametrize("deficiency", DEFICIENCY)
def test_states_are_told_apart_by_everybody(deficiency: str) -> None:
    """Fills differ by more than 20 (2 is just noticeable); unknown is hollow besides."""
    groups = [
        [STATES["met"], STATES["unmet"]],
        [rule for _, _, rule in GAP_CLASSES],
        [EXPOSURES["clear"], EXPOSURES["buffer"], EXPOSURES["inside"]],
    ]
    for group in groups:
        for a, b in combinations(group, 2):
            apart = np.linalg.norm(lab(a.paint.fill, deficiency) - lab(b.paint.fill, deficiency))
            assert apart > 20, (a.key, b.key, apart)
    assert STATES["unknown"].paint.fill == ""


def test_more_gaps_are_darker_and_larger() -> None:
    bad = [rule.paint for low, _, rule in GAP_CLASSES if low > 0]
    light = [lab(p.fill, "none")[0] for p in bad]
    assert light == sorted(light, reverse=True)
    assert [p.size for p in bad] == sorted(p.size for p in bad)


def test_number_of_gaps_to_class() -> None:
    assert gap_keys(pd.Series([0, 1, 2, 3, 4, 5, 6, 7, 15])).tolist() == [
        "0", "1-2", "1-2", "3-4", "3-4", "5-6", "5-6", "7+", "7+",
    ]  # fmt: skip


def test_a_road_is_hardened_as_recorded_else_as_its_surface_says() -> None:
    rows = [
        ("group", True, "earth", None, "hard"),  # the record goes before the surface
        ("group", None, "cement", None, "hard"),
        ("group", None, "gravel", None, "earth"),
        ("county", True, None, None, "main"),
        ("county", False, None, None, "earth"),
        ("group", None, None, None, "unknown"),
        ("path", True, None, None, "hardpath"),
        ("path", None, None, None, "path"),
        ("group", True, None, False, "closed"),
    ]
    frame = gpd.GeoDataFrame(
        {
            "class": [r[0] for r in rows],
            "hardened": pd.array([r[1] for r in rows], dtype="boolean"),
            "surface": [r[2] for r in rows],
            "usable": pd.array([r[3] for r in rows], dtype="boolean"),
        },
        geometry=[LineString([(0, i), (9, i)]) for i in range(len(rows))],
        crs="EPSG:32631",
    )
    roads = make_area({"roads": frame}, crs="EPSG:32631").layers["roads"]
    assert rule_keys("roads", roads).tolist() == [r[4] for r in rows]


def test_themes_are_json() -> None:
    said = json.loads(json.dumps(themes_json()))
    assert [t["layer"] for t in said["layers"]] == list(THEMES)
    assert said["layers"][0]["rules"][0]["paint"]["fill"].startswith("#")
