"""Places in a page: what is written is read back to a tenth of a metre."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, box

from maps.places import flat_places, place_columns

METRE = 1.2e-5  # a bit more than a metre, in degrees, at the latitudes of the tests


def decode(path: list[int]) -> np.ndarray:
    """What the browser does (`unpath`), lon and lat."""
    return np.cumsum(np.array(path).reshape(-1, 2), axis=0) / 1e6


def frame(shapes: list[Any]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(geometry=shapes, crs="EPSG:32648")


def degrees(shape: Any) -> np.ndarray:
    return shapely.get_coordinates(gpd.GeoSeries([shape], crs="EPSG:32648").to_crs(4326).array)


places = st.tuples(st.floats(200_000, 800_000), st.floats(2_500_000, 3_500_000))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(places, min_size=2, max_size=6), min_size=1, max_size=5))
def test_lines_come_back(lines: list[list[tuple[float, float]]]) -> None:
    written = flat_places(frame([LineString(xy) for xy in lines]), detail_m=0.0)
    for xy, paths in zip(lines, written, strict=True):
        ours = decode(paths[0])
        theirs = degrees(shapely.simplify(LineString(xy), 0.0))
        np.testing.assert_allclose(ours, theirs, atol=0.6e-6)


def test_holes_and_parts_are_paths_of_their_feature() -> None:
    holed = Polygon(box(0, 0, 90, 90).exterior, [box(30, 30, 60, 60).exterior])
    shapes = [
        shapely.affinity.translate(s, 500_000, 3_000_000) if not isinstance(s, Point) else s
        for s in (holed, MultiPolygon([box(200, 0, 290, 90), box(400, 0, 490, 90)]), box(600, 0, 690, 90))
    ]
    written = flat_places(frame(shapes), detail_m=1.0)
    assert [len(paths) for paths in written] == [2, 2, 1]
    for shape, paths in zip(shapes, written, strict=True):
        ours = np.concatenate([decode(p) for p in paths])
        np.testing.assert_allclose(np.sort(ours, axis=0), np.sort(degrees(shape), axis=0), atol=METRE)


def test_a_feature_without_a_place_has_no_path() -> None:
    written = flat_places(frame([Point(500_000, 3e6), None, Point(), Point(500_100, 3e6)]), detail_m=1.0)
    assert [len(paths) for paths in written] == [1, 0, 0, 1]
    columns = place_columns(frame([Point(500_000, 3e6), None, Point(500_100, 3e6)]))
    assert columns["x"][1] is None
    np.testing.assert_allclose(
        np.cumsum([columns["x"][0], columns["x"][2]]) / 1e6,
        [105.0, degrees(Point(500_100, 3e6))[0, 0]],
        atol=1e-6,
    )


def test_thinning_stays_within_the_stated_detail() -> None:
    angles = np.linspace(0, 2 * np.pi, 721)
    circle = Polygon(np.column_stack([500_000 + 300 * np.cos(angles), 3e6 + 300 * np.sin(angles)]))
    [paths] = flat_places(frame([circle]), detail_m=2.0)
    assert len(paths[0]) / 2 < 100
    back = gpd.GeoSeries([Polygon(decode(paths[0]))], crs=4326).to_crs("EPSG:32648").iloc[0]
    assert shapely.hausdorff_distance(back.exterior, circle.exterior) < 2.3


def test_nothing_is_nothing() -> None:
    assert flat_places(frame([]), detail_m=1.0) == []
    assert place_columns(frame([])) == {"x": [], "y": []}


@pytest.mark.parametrize("axis", ["x", "y"])
def test_an_area_stands_for_a_point_within_it(axis: str) -> None:
    ring = Polygon([(0, 0), (90, 0), (90, 90), (80, 90), (80, 10), (0, 10)])
    shape = shapely.affinity.translate(ring, 500_000, 3_000_000)
    columns = place_columns(frame([shape]))
    point = gpd.GeoSeries([Point(columns["x"][0] / 1e6, columns["y"][0] / 1e6)], crs=4326).to_crs(
        "EPSG:32648"
    )
    assert shapely.distance(point.iloc[0], shape) < 0.2, axis
