"""The planning science: who lacks what, what it would take, where people can live safely.

from geo import read_area
area, problems = read_area("data/shapefiles")
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_READING = ("Problems", "read_area")


def __getattr__(name: str) -> Any:
    """`geo.read_area` is imported when it is asked for: `import geo.messages` must stay cheap."""
    if name in _READING:
        return getattr(import_module("geo.reading"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
