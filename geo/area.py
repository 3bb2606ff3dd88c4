"""What is a planning area? Its layers and its terrain, in one metric CRS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS
from shapely.geometry.base import BaseGeometry

from geo.layers import LAYERS, Kind
from geo.spatial.terrain import Terrain

DTYPES: Mapping[Kind, str] = {
    "id": "str",
    "ref": "str",
    "text": "str",
    "choice": "str",
    "number": "float64",
    "integer": "Int64",
    "yesno": "boolean",
    "date": "datetime64[s]",
}


@dataclass(frozen=True)
class Source:
    """Where a layer came from, for provenance. `sha256` is of the file as read."""

    layer: str
    file: str
    sha256: str
    rows: int
    crs: str
    encoding: str = ""


@dataclass(frozen=True)
class Area:
    """One planning area. Build it with `geo.read_area` or `make_area`; never mutate it.

    `layers` maps a canonical layer name to its GeoDataFrame (contract in
    `geo.layers`); a layer that was not given is absent, which is not the same as
    empty: ask `has`. All coordinates are metres in `crs`.
    """

    name: str
    crs: CRS
    layers: Mapping[str, gpd.GeoDataFrame]
    terrain: Terrain | None = None
    sources: tuple[Source, ...] = field(default=())

    def has(self, *names: str) -> bool:
        """Whether all these layers were given and hold at least one feature."""
        return all(name in self.layers and len(self.layers[name]) > 0 for name in names)

    def layer(self, name: str) -> gpd.GeoDataFrame:
        """The layer, or an empty frame of its contract when it was not given."""
        return self.layers[name] if name in self.layers else empty_layer(name, self.crs)

    def by_id(self, name: str, *columns: str) -> pd.DataFrame:
        """Columns of a layer by the id of the feature; of those that share an id the first alone."""
        frame = self.layer(name)
        chosen = pd.DataFrame({c: frame[c].array for c in columns}, index=pd.Index(frame["id"]))
        return chosen[~chosen.index.duplicated()]

    @property
    def planar(self) -> bool:
        """Whether no ground is known, so that walks are straight lines."""
        return self.terrain is None or bool(np.isnan(self.terrain.elevation).all())

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """minx, miny, maxx, maxy over villages, else over all layers, metres."""
        frames = [self.layers["villages"]] if self.has("villages") else list(self.layers.values())
        boxes = np.array([f.total_bounds for f in frames if len(f)])
        return (
            float(np.nanmin(boxes[:, 0])),
            float(np.nanmin(boxes[:, 1])),
            float(np.nanmax(boxes[:, 2])),
            float(np.nanmax(boxes[:, 3])),
        )

    @property
    def data_date(self) -> date | None:
        """The newest survey date of any record: the date a map of this area carries."""
        newest = [
            f["surveyed"].max()
            for f in self.layers.values()
            if "surveyed" in f and f["surveyed"].notna().any()
        ]
        return max(newest).date() if newest else None

    def with_layer(self, name: str, frame: gpd.GeoDataFrame) -> Area:
        """The same area with one layer replaced (or added)."""
        return replace(self, layers={**self.layers, name: conform(name, frame, self.crs)})


def empty_layer(name: str, crs: CRS) -> gpd.GeoDataFrame:
    """An empty frame with the declared columns of `name`."""
    columns = {f.name: pd.Series([], dtype=DTYPES[f.kind]) for f in LAYERS[name].fields}
    return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries([], crs=crs), crs=crs)


def conform(name: str, frame: gpd.GeoDataFrame, crs: CRS) -> gpd.GeoDataFrame:
    """`frame` in the column contract of layer `name`: declared columns first, typed, RangeIndex.

    Values must already be clean (canonical choices, true booleans); cleaning dirty
    text is the reader's job. Missing columns are added as unknown; a missing `id`
    becomes the row number as text.
    """
    if frame.crs is not None and not frame.crs.equals(crs):
        frame = frame.to_crs(crs)
    geometry = frame.geometry.array
    given = frame.drop(columns=frame.geometry.name).reset_index(drop=True)
    columns: dict[str, pd.Series] = {}
    for spec in LAYERS[name].fields:
        dtype = DTYPES[spec.kind]
        if spec.name in given:
            columns[spec.name] = given[spec.name].astype(dtype)
        elif spec.name == "id":
            columns["id"] = pd.Series(np.arange(1, len(frame) + 1).astype(str), dtype="str")
        else:
            columns[spec.name] = pd.Series([None] * len(frame), dtype="str" if dtype == "str" else dtype)
    for extra in given.columns:
        if extra not in columns:
            columns[str(extra)] = given[extra]
    return gpd.GeoDataFrame(columns, geometry=geometry, crs=crs)


def make_area(
    layers: Mapping[str, gpd.GeoDataFrame], *, crs: CRS | str, name: str = "", terrain: Terrain | None = None
) -> Area:
    """An Area from clean frames (tests, samples, programs). Files go through `geo.read_area`."""
    crs = CRS.from_user_input(crs)
    return Area(name, crs, {n: conform(n, f, crs) for n, f in layers.items()}, terrain)


def outline(area: Area) -> BaseGeometry:
    """The edge of the area: the union of its villages, else the hull of everything, metres."""
    if area.has("villages"):
        return shapely.union_all(np.asarray(area.layers["villages"].geometry.array))
    points = [shapely.get_coordinates(f.geometry.array) for f in area.layers.values() if len(f)]
    return shapely.MultiPoint(np.concatenate(points)).convex_hull
