"""Every word, colour and threshold the page needs, in both languages."""

from __future__ import annotations

from typing import Any

from geo.layers import LAYERS
from geo.messages import LANGS, catalogue
from geo.standards import Standard
from geo.verdicts import NEEDS, STATES
from maps.themes import themes_json
from service.limits import limits

OURS = ("cli.", "problem.", "ogc.", "page.")
"""Rooms of messages that no page shows."""


def page_catalogue(standard: Standard) -> dict[str, Any]:
    """Labels and sentences by key, layers with their fields, themes, knobs of a what-if, and limits."""
    said = {k: {lang: t[lang] for lang in LANGS} for k, t in catalogue().items() if not k.startswith(OURS)}
    layers = {layer.name: {"zh": layer.zh, "en": layer.en} for layer in LAYERS.values()}
    return {
        "lang_default": "zh",
        "needs": list(NEEDS),
        "states": list(STATES),
        "labels": {k: t for k, t in said.items() if "{" not in t["zh"]} | layers | _hazard_kinds(),
        "sentences": said,
        "layers": [_layer(name) for name in LAYERS],
        "themes": themes_json(),
        "knobs": knobs(standard),
        "limits": limits(),
    }


def _hazard_kinds() -> dict[str, dict[str, str]]:
    """The kinds of the hazards layer, named as our own kinds are."""
    kinds = LAYERS["hazards"].field("kind").choices
    return {f"hazard.kind.{kind.value}": {"zh": kind.zh, "en": kind.en} for kind in kinds}


def knobs(standard: Standard) -> list[dict[str, Any]]:
    """The single numbers of the standard on which a need depends."""
    return [
        {
            "key": value.key,
            "zh": value.zh,
            "en": value.en,
            "unit": value.unit,
            "value": value.value,
            "confidence": value.confidence,
            "source": value.source,
        }
        for value in standard.values.values()
        if isinstance(value.value, float) and value.key.split(".")[0] in NEEDS
    ]


def _layer(name: str) -> dict[str, Any]:
    layer = LAYERS[name]
    fields = [
        {
            "name": f.name,
            "zh": f.zh,
            "en": f.en,
            "unit": f.unit,
            "choices": [{"value": c.value, "zh": c.zh, "en": c.en} for c in f.choices],
        }
        for f in layer.fields
        if not f.personal or f.name == "name"
    ]
    return {"name": name, "zh": layer.zh, "en": layer.en, "shape": layer.shape, "fields": fields}
