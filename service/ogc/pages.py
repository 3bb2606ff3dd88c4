"""The same resources as pages for people: one template each, nothing loaded from elsewhere."""

from __future__ import annotations

from functools import cache
from typing import Any

import orjson
from jinja2 import Environment, PackageLoader, StrictUndefined

from geo.messages import say
from service.answers import to_json
from service.ogc.documents import Links, item_path


def page(name: str, document: dict[str, Any], links: Links, **more: Any) -> bytes:
    """`document` drawn with the template `name`."""

    def said(key: str, **values: Any) -> str:
        return say(f"ogc.{key}", links.lang, **values)

    plain = orjson.loads(to_json(document))  # geometries are still text in the document
    other = "en" if links.lang == "zh" else "zh"
    text = (
        _templates()
        .get_template(f"{name}.html")
        .render(doc=plain, links=links, say=said, other=other, item_path=item_path, **more)
    )
    return text.encode()


@cache
def _templates() -> Environment:
    found = Environment(
        loader=PackageLoader("service.ogc"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    found.filters["short"] = _short
    return found


def _short(value: Any) -> str:
    """A value as a cell shows it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "✓" if value else "✗"
    return f"{value:g}" if isinstance(value, float) and abs(value) < 1e6 else str(value)
