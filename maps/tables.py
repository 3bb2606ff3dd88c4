"""What is a table of the GeoPackage? A frame with headers, and how QGIS draws it."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from maps.symbols import Geometry, Rule


@dataclass(frozen=True)
class Style:
    """One way to draw a table; the first of a table is the one QGIS takes by itself."""

    name: str
    rules: tuple[Rule, ...]
    field: str


@dataclass(frozen=True)
class Table:
    """One table of the file. `geometry` None: rows without a place."""

    name: str
    title: str
    frame: gpd.GeoDataFrame | pd.DataFrame
    aliases: dict[str, str]
    geometry: Geometry | None = None
    styles: tuple[Style, ...] = ()
    label: str = ""
