"""What of an input layer may the public see? Declared fields, names masked."""

from __future__ import annotations

import geopandas as gpd

from geo.area import Area
from geo.privacy import mask_names


def input_table(area: Area, name: str, *, open_names: bool) -> gpd.GeoDataFrame:
    """An input layer as the public may see it; the collection leaves personal fields out."""
    frame = area.layer(name)
    if name == "households" and not open_names:
        frame = frame.assign(name=mask_names(frame["name"]))
    return frame
