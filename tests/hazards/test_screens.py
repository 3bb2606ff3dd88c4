"""Screens by hand; drainage against brute force."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS
from scipy.ndimage import gaussian_filter
from shapely import LineString, Point, box

from geo.area import make_area
from geo.hazards.exposure import expose
from geo.hazards.screens import screen, slope_at
from geo.spatial.drainage import accumulation, drain, height_above
from geo.spatial.terrain import Terrain
from geo.standards import default_standard

CRS_ = CRS.from_epsg(4544)
STANDARD = default_standard()


def frame(geometry: list[Any], **columns: Any) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=geometry, crs=CRS_)


@pytest.mark.parametrize(
    ("built", "gap", "height", "angle", "said"),
    [
        (2018, 2.9, 8.1, 51, "yes"),
        (2014, 2.9, 8.1, 51, "no"),  # older than three years
        (2018, 3.0, 8.1, 51, "no"),
        (2018, 2.9, 8.0, 51, "no"),
        (2018, 2.9, 8.1, 50, "no"),
        (2018, 2.9, 8.1, None, "unknown"),
        (None, 2.9, 8.1, 51, "unknown"),
        (None, 2.9, 7.0, 51, "no"),  # one no is enough
        (None, None, None, None, "unknown"),
    ],
)
def test_33850(built: Any, gap: Any, height: Any, angle: Any, said: str) -> None:
    house = frame(
        [Point(0, 0)],
        id=["h"],
        built=[built],
        cut_gap_m=[gap],
        cut_m=[height],
        cut_deg=[angle],
        surveyed=[np.datetime64("2018-06-01")],
    )
    found = screen(make_area({"households": house}, crs=CRS_), STANDARD).households
    assert found["cut"].tolist() == [said]
    assert found["screen"].tolist() == (["hazard.screen.cut"] if said == "yes" else [""])
    assert found["flood"].tolist() == found["steep"].tolist() == ["unknown"]  # no terrain


CELL, N = 10.0, 60
X, Y = np.meshgrid((np.arange(N) + 0.5) * CELL, N * CELL - (np.arange(N) + 0.5) * CELL)


def test_height_above_drainage_in_a_valley() -> None:
    """A valley falling to the south along x = 300, its sides rising 1 in 5."""
    terrain = Terrain((np.abs(X - 305) * 0.2 + Y * 0.02 + 100).astype(np.float32), 0.0, N * CELL, CELL, CRS_)
    houses = frame([Point(305, 305), Point(325, 305), Point(405, 305)], id=list("abc"))
    river = frame([LineString([(305, 0), (305, 600)])], id=["r"])
    area = make_area({"households": houses, "rivers": river}, crs=CRS_, terrain=terrain)
    found = screen(area, STANDARD)
    # 20 m up the side is 4 m above the river beside it, and a little more above where its water gets to
    assert found.households["height_m"].tolist()[0] == 0
    assert found.households["height_m"].tolist()[1] == pytest.approx(4, abs=1)
    assert found.households["height_m"].tolist()[2] == pytest.approx(20, abs=3)
    assert found.households["flood"].tolist() == ["yes", "no", "no"]
    assert found.households["screen"].tolist() == ["hazard.screen.flood", "", ""]
    assert found.households["slope_deg"].tolist()[2] == pytest.approx(
        np.degrees(np.arctan(np.hypot(0.2, 0.02))), abs=0.1
    )
    # a flood layer is better than a screen
    zone = frame([box(0, 0, 1, 1)], id=["z"], kind=["flood"], level=["small"])
    told = screen(area.with_layer("hazards", zone), STANDARD)
    assert told.height is None
    assert told.households["flood"].tolist() == ["unknown"] * 3
    # nobody is counted as threatened by a screen
    assert expose(area, STANDARD).households["relation"].tolist() == ["unknown"] * 3
    assert expose(area, STANDARD).households["screen"].tolist() == ["hazard.screen.flood", "", ""]


def _filled(z: Any) -> Any:
    """Brute force: raise every cell to the lowest pass on its way to the edge, until nothing changes."""
    level = np.full(z.shape, np.inf)
    level[[0, -1], :], level[:, [0, -1]] = z[[0, -1], :], z[:, [0, -1]]
    while True:
        around = np.min(
            [np.roll(level, (i, j), (0, 1))[1:-1, 1:-1] for i in (-1, 0, 1) for j in (-1, 0, 1) if i or j],
            axis=0,
        )
        new = np.maximum(z[1:-1, 1:-1], around)
        if (new >= level[1:-1, 1:-1]).all():
            return level
        level[1:-1, 1:-1] = np.minimum(new, level[1:-1, 1:-1])


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.floats(0, 3))
def test_water_runs_down_the_filled_ground_and_leaves(seed: int, smooth: float) -> None:
    rng = np.random.default_rng(seed)
    z = np.round(gaussian_filter(rng.normal(size=(25, 31)), smooth) * 100).astype(np.float32)  # with flats
    found = drain(z)
    level = _filled(z.astype(float)).ravel()
    assert sorted(found.order) == list(range(z.size))
    inner = found.target >= 0
    edge = np.ones(z.shape, bool)
    edge[1:-1, 1:-1] = False
    assert (inner == ~edge.ravel()).all()
    place = np.empty(z.size, int)
    place[found.order] = np.arange(z.size)
    v, t = np.flatnonzero(inner), found.target[inner]
    assert (level[t] <= level[v]).all()  # never up
    assert (place[t] < place[v]).all()  # so no circles
    rows, cols = np.abs(v // 31 - t // 31), np.abs(v % 31 - t % 31)
    assert np.maximum(rows, cols).max() == 1
    assert accumulation(found)[~inner].sum() == z.size  # all water leaves
    channel = np.zeros(z.shape, bool)
    channel[5, 7] = True
    above = height_above(z, found, channel).ravel()
    for start in rng.choice(z.size, 40):
        at = int(start)
        while at != 5 * 31 + 7 and found.target[at] >= 0:
            at = int(found.target[at])
        if at == 5 * 31 + 7:
            assert above[start] == z.ravel()[start] - z[5, 7]
        else:
            assert np.isnan(above[start])


def test_slope_at_a_house_is_that_of_the_terrain() -> None:
    rng = np.random.default_rng(4)
    terrain = Terrain(
        gaussian_filter(rng.normal(size=(N, N)), 3).astype(np.float32) * 90, 0.0, 600.0, CELL, CRS_
    )
    xy = rng.uniform(-20, 620, (200, 2))
    row, col = terrain.cells(xy[:, 0], xy[:, 1])
    on = (row >= 0) & (row < N) & (col >= 0) & (col < N)
    wanted = np.full(200, np.nan)
    wanted[on] = terrain.slope()[row[on], col[on]]
    np.testing.assert_allclose(slope_at(terrain, xy), wanted, rtol=1e-4)


def test_voids_are_outlets() -> None:
    z = np.full((7, 7), 5.0, np.float32)
    z[3, 3] = np.nan
    found = drain(z)
    assert len(found.order) == 48
    assert found.target[3 * 7 + 3] == -1
    assert accumulation(found)[3 * 7 + 3] == 0
