"""The toy township with a mine under one group, a registry of who moves, and one who came back.

Group g4 stands in a rockfall zone, group g2 above an old coal working; household hh031 (of g4) has
moved and its dwelling is still in the zone; the registry lists hh000, who is safe, and hh030, who is not.
What a site must keep clear of is known and there is none of it, so that sites can be called safe.
"""

from __future__ import annotations

import geopandas as gpd
import pandas as pd

from geo.area import Area, make_area
from geo.reading.problems import Log, Problems
from tests.service.toy import CRS, ToyWork, _box, _line, toy_layers, toy_terrain

ZONE, WORKING = "h1", "c1"


def moving_layers() -> dict[str, gpd.GeoDataFrame]:
    layers = toy_layers()
    homes = layers["households"]
    listed = pd.Series("none", index=homes.index)
    listed[[0, 30]] = "scattered"
    moved = pd.Series([None] * len(homes), dtype="str")
    moved[31] = "青山安置点"
    layers["households"] = homes.assign(
        move_list=listed,
        move_wish=pd.array([None, True, False, None] * 10, dtype="boolean"),
        moved_to=moved,
    )
    layers["hazards"] = layers["hazards"].assign(liable=["白水煤矿"])
    layers["workings"] = gpd.GeoDataFrame(
        {
            "id": [WORKING],
            "name": ["一采区"],
            "mine": ["白水煤矿"],
            "depth": [120.0],
            "thickness": [2.5],
            "year": [2020],
        },
        geometry=[_box(100, 1350, 400, 1650)],
        crs=CRS,
    )
    nothing = gpd.GeoDataFrame({"id": pd.Series([], dtype="str")}, geometry=[], crs=CRS)
    for name in ("farmland", "redline", "protect", "rivers", "lakes", "springs"):  # known, and there is none
        layers[name] = nothing
    layers["lines"] = gpd.GeoDataFrame({"id": ["l1"]}, geometry=[_line((0, 800), (2000, 800))], crs=CRS)
    return layers


def moving_area() -> Area:
    return make_area(moving_layers(), crs=CRS, name="样例乡", terrain=toy_terrain())


class MovingToy(ToyWork):
    """Reads the toy with danger in it."""

    def read(self) -> tuple[Area, Problems]:
        return moving_area(), Log().problems()
