"""How does a table of the area become a collection that can be asked quickly?"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from service.ogc.features import encode
from service.ogc.model import Collection, Prepared

DECIMALS = 7
"""Of a degree: about a centimetre."""
RESULT_DECIMALS = 3
Objects = npt.NDArray[np.object_]


def prepare(collection: Collection, frame: gpd.GeoDataFrame) -> Prepared:
    """`frame` holds a column `id` and one per property of `collection`, in any CRS."""
    points = rounded(np.asarray(frame.to_crs("OGC:CRS84").geometry.array), DECIMALS)
    ids = unique(frame["id"])
    columns = {
        p.name: json_values(frame[p.name], decimals=RESULT_DECIMALS if collection.result else None)
        for p in collection.properties
    }
    days = None if not collection.date else frame[collection.date].to_numpy("datetime64[D]")
    box = shapely.total_bounds(points) if len(points) else np.full(4, np.nan)
    return Prepared(
        collection=collection,
        ids=ids,
        texts=encode(ids, points, columns),
        columns=columns,
        days=days,
        tree=shapely.STRtree(points),
        rows={name: row for row, name in enumerate(ids.tolist())},
        bbox=None if np.isnan(box).any() else (*map(float, box),),  # type: ignore[arg-type]
        interval=_interval(days),
    )


def rounded(shapes: Objects, decimals: int) -> Objects:
    """The shapes with rounded coordinates, without heights."""
    return shapely.transform(shapes, lambda xy: np.round(xy, decimals), include_z=False)


def unique(ids: pd.Series) -> Objects:
    """The ids as text; a second feature of the same id gets `~2` behind it, and so on."""
    text = ids.fillna("").astype("str")
    again = text.groupby(text).cumcount().to_numpy()
    doubled = text + "~" + pd.Series(again + 1, index=text.index).astype("str")
    return np.where(again > 0, doubled.to_numpy(object), text.to_numpy(object))


def json_values(column: pd.Series, *, decimals: int | None = None) -> Objects:
    """Values that JSON knows: missing is None, dates are ISO 8601 days."""
    missing = column.isna().to_numpy()
    if pd.api.types.is_datetime64_any_dtype(column):
        values = np.datetime_as_string(column.to_numpy("datetime64[D]")).astype(object)
    elif pd.api.types.is_float_dtype(column):
        numbers = column.to_numpy(float, na_value=np.nan)
        values = (numbers if decimals is None else np.round(numbers, decimals)).astype(object)
        missing = ~np.isfinite(numbers)
    else:
        values = column.astype(object).to_numpy()
    found: Objects = values.copy()
    found[missing] = None
    return found


def _interval(days: npt.NDArray[np.datetime64] | None) -> tuple[str, str] | None:
    known = None if days is None else days[~np.isnat(days)]
    return None if known is None or not len(known) else (str(known.min()), str(known.max()))
