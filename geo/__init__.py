"""The planning science: who lacks what, what it would take, where people can live safely.

    from geo import read_area
    area, problems = read_area("data/shapefiles")
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from geo.reading import Problems, read_area

__all__ = ["Problems", "read_area"]


def __getattr__(name: str) -> Any:
    """`geo.read_area` is imported when it is asked for: `import geo.messages` must stay cheap."""
    if name in __all__:
        import geo.reading

        return getattr(geo.reading, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
