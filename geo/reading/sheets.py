"""One layer of one file as it was read, before any meaning is given to it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import CRS

Geometries = npt.NDArray[Any]


@dataclass(frozen=True)
class Sheet:
    """`columns` and `geometry` have a row for each feature; `rows` is its number as people count it.

    `file` is the name to show (inside a zip: `a.zip/b.shp`), `name` the layer or
    sheet inside the file, `path` the file that was opened. `geometry` is None for a
    table without coordinates. `crs` None: not stated.
    """

    file: str
    name: str
    path: Path
    columns: pd.DataFrame
    geometry: Geometries | None
    rows: npt.NDArray[np.int64]
    crs: CRS | None = None
    encoding: str = ""
    short_names: bool = False  # field names may be cut at 10 bytes (shapefile)
    stated: str = ""  # the CRS as the summary shows it

    def __len__(self) -> int:
        return len(self.columns)

    def take(self, mask: npt.NDArray[np.bool_]) -> Sheet:
        """The features where `mask` is true."""
        if mask.all():
            return self
        return replace(
            self,
            columns=self.columns[mask].reset_index(drop=True),
            geometry=None if self.geometry is None else self.geometry[mask],
            rows=self.rows[mask],
        )

    def repeat(self, index: npt.NDArray[np.int64], geometry: Geometries) -> Sheet:
        """The features `index` (repeats allowed) with new geometry."""
        return replace(
            self,
            columns=self.columns.iloc[index].reset_index(drop=True),
            geometry=geometry,
            rows=self.rows[index],
        )

    @property
    def shown(self) -> str:
        """The name to report: the file, and the layer inside where that has another name."""
        return self.file if self.name == Path(self.file).stem else f"{self.file}:{self.name}"

    @property
    def shape(self) -> str:
        """What it is drawn as: point, line, polygon, mixed, none (no geometry)."""
        if self.geometry is None:
            return "none"
        dims = shapely.get_dimensions(self.geometry)
        kinds = np.unique(dims[dims >= 0])
        if len(kinds) == 0:
            return "none"
        return ("point", "line", "polygon")[kinds[0]] if len(kinds) == 1 else "mixed"

    @property
    def bounds(self) -> npt.NDArray[np.float64]:
        """minx, miny, maxx, maxy in `crs`; NaN without finite geometry."""
        if self.geometry is None:
            return np.full(4, np.nan)
        boxes = shapely.bounds(self.geometry)
        boxes = boxes[np.isfinite(boxes).all(axis=1)]
        if not len(boxes):
            return np.full(4, np.nan)
        return np.array([*boxes[:, :2].min(axis=0), *boxes[:, 2:].max(axis=0)])
