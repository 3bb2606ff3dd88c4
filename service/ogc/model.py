"""What is a collection, what is a property, and what is a collection made ready to be asked?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from shapely import STRtree

Kind = Literal["string", "number", "integer", "boolean", "date"]


@dataclass(frozen=True)
class Property:
    """One property of the features of a collection. `values` are the only ones it takes, if any."""

    name: str
    kind: Kind
    zh: str
    en: str
    unit: str = ""
    values: tuple[str, ...] = ()

    def title(self, lang: str) -> str:
        said = self.zh if lang == "zh" else self.en
        return f"{said} ({self.unit})" if self.unit else said


@dataclass(frozen=True)
class Collection:
    """One collection: its names, its properties, and whether it is a result of the plan."""

    id: str
    zh: str
    en: str
    about_zh: str
    about_en: str
    properties: tuple[Property, ...]
    result: bool = False
    date: str = ""  # the property that says when

    def title(self, lang: str) -> str:
        return self.zh if lang == "zh" else self.en

    def about(self, lang: str) -> str:
        return self.about_zh if lang == "zh" else self.about_en


@dataclass(frozen=True)
class Prepared:
    """A collection with its features, in WGS 84 longitude and latitude, ready to be asked.

    `texts` are the features as GeoJSON; `columns` hold JSON values (None: unknown),
    one array per property, to be filtered by; `ids` are unique text. `days` is
    datetime64[D], NaT where unknown, or None without a date.
    """

    collection: Collection
    ids: npt.NDArray[np.object_]
    texts: npt.NDArray[np.object_]
    columns: Mapping[str, npt.NDArray[np.object_]]
    days: npt.NDArray[np.datetime64] | None
    tree: STRtree
    rows: Mapping[str, int]
    bbox: tuple[float, float, float, float] | None
    interval: tuple[str, str] | None

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class Query:
    """What somebody asks of a collection; already checked."""

    limit: int
    offset: int = 0
    boxes: tuple[tuple[float, float, float, float], ...] = ()
    days: tuple[Any, Any] | None = None  # first and last datetime64[D]; NaT: open
    equals: Mapping[str, Any] | None = None
