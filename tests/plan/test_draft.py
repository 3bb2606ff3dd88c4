"""A road drawn by hand: what it is made of, what it costs, whom it reaches."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo.area import Area, make_area
from geo.draft import draft_road, gained
from geo.ground import make_ground
from geo.plan import find_gaps
from geo.spatial.terrain import Terrain
from geo.standards import default_standard

CRS = "EPSG:32648"
S = default_standard()


def frame(shape: object, **columns: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({k: [v] for k, v in columns.items()}, geometry=[shape], crs=CRS)


def area() -> Area:
    """A serving road along y = 0, a river 12 m wide along y = 300, a group at y = 600; all at 900 m."""
    road = shapely.LineString([(-500, 0), (500, 0)])
    river = shapely.LineString([(-500, 300), (500, 300)])
    home = shapely.Point(0, 600)
    return make_area(
        {
            "roads": frame(road, id="r", **{"class": "township"}, hardened=True, width=5.0),
            "exits": frame(shapely.Point(-500, 0), id="x"),
            "rivers": frame(river, id="w", **{"class": "river"}, width=12.0),
            "groups": frame(home, id="g", hh_n=40),
            "households": frame(home, id="h", group="g", loc_qual="gps", people=4),
        },
        crs=CRS,
        terrain=Terrain(np.full((100, 100), 900, np.float32), -1250.0, 1250.0, 25.0, CRS),
    )


def plan_of(one: Area) -> SimpleNamespace:
    """As much of a plan as a draft reads."""
    ground = make_ground(one, S)
    return SimpleNamespace(area=one, standard=S, ground=ground, gaps=find_gaps(one, S, ground))


def test_a_drawn_road_pays_for_its_bridge():
    made = draft_road(plan_of(area()), shapely.LineString([(0, 5), (0, 600)]))
    parts = made.works.table.set_index("kind")["quantity"]
    assert parts.to_dict() == {
        "road_new": pytest.approx(600),
        "bridge": pytest.approx(12 + S["road_design.bridge_banks_m"]),
    }
    price = S.table("price.road_new")["likely"], S.table("price.bridge")["likely"]
    assert made.costs.total["likely"] == pytest.approx(
        parts["road_new"] * price[0] + parts["bridge"] * price[1]
    )
    assert set(gained(made)["need"]) == {"road", "path"}
    assert made.notes == ()


def test_a_drawn_road_that_leaves_the_terrain_says_so():
    one = area()
    short = replace(one, terrain=replace(one.terrain, elevation=one.terrain.elevation[:40]))
    made = draft_road(plan_of(short), shapely.LineString([(0, 5), (0, 600)]))
    assert np.isnan(made.steepest)
    assert "draft.planar" in made.notes


@pytest.mark.parametrize(("width", "lay"), [(5.0, None), (np.nan, None), (3.0, 0.5)])
def test_along_a_hardened_road_no_more_is_built_than_it_lacks(width, lay):
    one = area()
    roads = one.layer("roads").assign(width=width)
    drawn = shapely.LineString([(-400, 5), (0, 5), (0, 200)])
    made = draft_road(plan_of(one.with_layer("roads", roads)), drawn)
    table = made.works.table.set_index("kind")
    assert table.loc["road_new", "quantity"] == pytest.approx(200 - S["draft.snap_m"], abs=6)
    assert ("draft.stands" in made.notes) == (lay is None)
    if lay is None:
        assert list(table.index) == ["road_new"]
    else:
        assert table.loc["road_upgrade", "size"] == lay
        assert table.loc["road_upgrade", "quantity"] == pytest.approx(400, abs=30)
