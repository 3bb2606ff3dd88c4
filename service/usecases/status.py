"""How far is the service? For machines and, until the live map is built, for people."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from geo.messages import LANGS, say
from service.jobs import State


def status(state: State, lang: str) -> dict[str, Any]:
    """Stage, step (a message key) and its sentence, problems of reading, and the error if any."""
    told: dict[str, Any] = {
        "stage": state.stage,
        "step": state.step,
        "sentence": say(state.step, lang),
        "done": state.done,
        "total": state.total,
        "problems": 0 if state.problems is None else state.problems.count,
    }
    if state.error is not None:
        told["error"] = {each: state.error.said(each) for each in LANGS}
    return told


def status_page(state: State, lang: str) -> bytes:
    """The page that stands in for the live map while that is not built."""
    text = (
        _templates()
        .get_template("index.html")
        .render(
            status=status(state, lang),
            lang=lang,
            other="en" if lang == "zh" else "zh",
            say=lambda k: say(k, lang),
        )
    )
    return text.encode()


@cache
def _templates() -> Environment:
    return Environment(loader=PackageLoader("service"), autoescape=True, undefined=StrictUndefined)
