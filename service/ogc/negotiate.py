"""Page or data? `f=` decides, else the Accept header (RFC 9110 section 12.5.1), else data."""

from __future__ import annotations

from collections.abc import Mapping

from geo.messages import LANGS
from service.ogc.params import FORMATS, wrong

PAGE = ("text/html", "text/*", "*/*")
DATA = (
    "application/geo+json",
    "application/json",
    "application/vnd.oai.openapi+json",
    "application/*",
    "*/*",
)


def wants_html(asked: Mapping[str, str], accept: str) -> bool:
    """Whether to answer with a page. Raises for an unknown format or language."""
    if "lang" in asked and asked["lang"] not in LANGS:
        raise wrong("lang", asked["lang"], " | ".join(LANGS))
    if "f" in asked:
        if asked["f"] not in FORMATS:
            raise wrong("f", asked["f"], " | ".join(FORMATS))
        return asked["f"] == "html"
    weights = dict(_weight(part) for part in accept.split(",") if part.strip())
    return _best(weights, PAGE) > _best(weights, DATA)


def _best(weights: Mapping[str, float], types: tuple[str, ...]) -> float:
    """The weight of the most specific range given; the named types are alternatives."""
    named = [weights[t] for t in types if t in weights and not t.endswith("*")]
    if named:
        return max(named)
    return next((weights[t] for t in types if t in weights), 0.0)


def _weight(part: str) -> tuple[str, float]:
    kind, *options = (p.strip().lower() for p in part.split(";"))
    for option in options:
        if option.startswith("q="):
            try:
                return kind, float(option[2:])
            except ValueError:
                return kind, 0.0
    return kind, 1.0
