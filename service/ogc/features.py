"""Which features answer a query, and how are they written as GeoJSON?"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import shapely

from service.ogc.model import Prepared, Query

Rows = npt.NDArray[np.int64]


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


def features(prepared: Prepared, rows: Rows) -> list[dict[str, Any]]:
    """GeoJSON features; geometries are already text (`orjson.Fragment`)."""
    names = list(prepared.columns)
    values = [prepared.columns[name][rows].tolist() for name in names]
    shapes = shapely.to_geojson(prepared.geometry[rows])
    records = zip(*values, strict=True) if names else ((),) * len(rows)
    return [
        {
            "type": "Feature",
            "id": name,
            "geometry": orjson.Fragment(shape) if shape is not None else None,
            "properties": dict(zip(names, record, strict=True)),
        }
        for name, shape, record in zip(prepared.ids[rows].tolist(), shapes.tolist(), records, strict=True)
    ]
