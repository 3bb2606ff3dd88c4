"""Which features answer a query, and how are they written as GeoJSON?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import shapely

from service.ogc.model import Prepared, Query

Rows = npt.NDArray[np.int64]
Objects = npt.NDArray[np.object_]


def select(prepared: Prepared, query: Query) -> Rows:
    """The rows that match, in the order of the layer; before paging."""
    chosen = np.ones(len(prepared), bool)
    if query.boxes:
        chosen &= _touching(prepared, query)
    if query.days is not None and prepared.days is not None:
        first, last = query.days
        chosen &= ~np.isnat(prepared.days)
        chosen &= np.isnat(first) | (prepared.days >= first)
        chosen &= np.isnat(last) | (prepared.days <= last)
    for name, value in (query.equals or {}).items():
        chosen &= prepared.columns[name] == value
    return np.flatnonzero(chosen)


def _touching(prepared: Prepared, query: Query) -> npt.NDArray[np.bool_]:
    boxes = shapely.box(*np.array(query.boxes).T)
    found = np.zeros(len(prepared), bool)
    found[prepared.tree.query(boxes, predicate="intersects")[1]] = True
    return found


def encode(ids: Objects, shapes: Objects, columns: Mapping[str, Objects]) -> Objects:
    """Each feature as GeoJSON text, made once: a page of features is then a concatenation."""
    names = list(columns)
    records = zip(*(c.tolist() for c in columns.values()), strict=True) if names else ((),) * len(ids)
    made = np.empty(len(ids), object)
    for row, (name, shape, record) in enumerate(
        zip(ids.tolist(), shapely.to_geojson(shapes).tolist(), records, strict=True)
    ):
        feature = {
            "type": "Feature",
            "id": name,
            "geometry": None if shape is None else orjson.Fragment(shape),
            "properties": dict(zip(names, record, strict=True)),
        }
        made[row] = orjson.dumps(feature)
    return made


def features(prepared: Prepared, rows: Rows) -> list[orjson.Fragment]:
    """GeoJSON features, already text."""
    return [orjson.Fragment(text) for text in prepared.texts[rows]]


def feature(prepared: Prepared, row: int) -> dict[str, Any]:
    """One feature as values."""
    found: dict[str, Any] = orjson.loads(prepared.texts[row])
    return found
