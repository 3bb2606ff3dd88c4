"""What must hold of any network: more road is never worse, order is nothing, stubs serve nobody."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from shapely import unary_union
from shapely.geometry import LineString, MultiLineString, Point

from geo.area import Area
from geo.ground import make_ground
from geo.roads.gaps import RoadGaps, road_gaps
from geo.roads.network import contacts
from geo.spatial.terrain import Terrain
from geo.standards import default_standard

SOME = settings(deadline=None, max_examples=25)
FEW = settings(deadline=None, max_examples=12)
S = default_standard()
ORDER = {"unmet": 0, "unknown": 1, "met": 2}
HOMES = [(x, y) for x in range(50, 1000, 190) for y in range(-480, 500, 190)]
GROUPS = [{"id": f"g{i}", "at": at} for i, at in enumerate([(150, 100), (550, -200), (900, 300), (500, 450)])]

spots = st.tuples(st.integers(-2, 20), st.integers(-10, 10)).map(lambda p: (p[0] * 50.0, p[1] * 50.0))
streets = st.lists(spots, min_size=2, max_size=4, unique=True)


@st.composite
def roads(draw, **given_fields: Any) -> dict[str, Any]:
    fields = {
        "geometry": LineString(draw(streets)),
        "hardened": draw(st.sampled_from([True, True, True, False, None])),
        "width": draw(st.sampled_from([2.0, 4.0, 4.0, float("nan")])),
        "class": draw(st.sampled_from(["county", "village", "village", "group", "path", "expressway"])),
        "bridge": draw(st.sampled_from([None, None, True])),
        "usable": draw(st.sampled_from([None, True, False])),
    }
    return {**fields, **given_fields}


networks = st.lists(roads(), min_size=1, max_size=7)
edges = st.sampled_from([((0.0, 0.0),), None])


BASES: dict[Any, Area] = {}


def world(town: Any, rows: list[dict[str, Any]], exits: Any = ((0.0, 0.0),)) -> Area:
    """The homes and groups with these roads; what does not change is made once."""
    if exits not in BASES:
        BASES[exits] = town(None, homes=HOMES, groups=GROUPS, exits=exits)
    return BASES[exits].with_layer("roads", gpd.GeoDataFrame(rows, geometry="geometry", crs="EPSG:4544"))


def scores(gaps: RoadGaps) -> np.ndarray:
    return np.array([ORDER[s] for s in [*gaps.groups["state"], *gaps.road.state, *gaps.path.state]])


@SOME
@given(networks, roads(), edges)
def test_a_road_more_makes_nobody_worse_off(town, plane, network, extra, exits):
    before, after = (road_gaps(world(town, r, exits), S, plane) for r in (network, [*network, extra]))
    assert (scores(after) >= scores(before)).all()


@FEW
@given(networks, roads(usable=True, bridge=None), st.integers(0, 5))
def test_nor_does_it_over_real_ground(town, network, extra, seed):
    """The same over hills, where the road is walked along too and may be the faster and longer way."""

    def over_hills(rows: list[dict[str, Any]]) -> RoadGaps:
        area = world(town, rows)
        r, c = np.mgrid[0:60, 0:60] * 20.0
        height = (60 * np.sin(r / 150 + seed) * np.cos(c / 170 - seed)).astype(np.float32)
        area = Area(area.name, area.crs, area.layers, Terrain(height, -100.0, 600.0, 20.0, area.crs))
        return road_gaps(area, S, make_ground(area, S))

    assert (scores(over_hills([*network, extra])) >= scores(over_hills(network))).all()


@SOME
@given(networks, edges, st.randoms(use_true_random=False))
def test_order_and_parts_do_not_matter(town, plane, network, exits, random):
    area = world(town, network, exits)
    want = road_gaps(area, S, plane)
    shuffled = list(network)
    random.shuffle(shuffled)
    got = road_gaps(world(town, shuffled, exits), S, plane)
    assert (scores(got) == scores(want)).all()
    np.testing.assert_array_equal(got.path.reason, want.path.reason)
    homes = area.layer("households")
    backwards = area.with_layer("households", homes.iloc[::-1])
    np.testing.assert_array_equal(road_gaps(backwards, S, plane).path.state[::-1], want.path.state)


@SOME
@given(networks, edges)
def test_a_line_in_pieces_or_turned_round_is_the_same_line(town, plane, network, exits):
    want = road_gaps(world(town, network, exits), S, plane)
    pieces = [
        {**r, "geometry": MultiLineString([p[::-1] for p in pairwise(c)])}
        for r in network
        for c in [list(r["geometry"].coords)]
        if not r["bridge"] and r["class"] != "expressway"  # a piece of a bridge has ends of its own
    ]
    rest = [r for r in network if r["bridge"] or r["class"] == "expressway"]
    got = road_gaps(world(town, [*pieces, *rest], exits), S, plane)
    if not rest:
        assert (scores(got) == scores(want)).all()
    else:  # an end in the middle of a road now meets bridges that passed over it
        assert (scores(got) >= scores(want)).all()


@SOME
@given(st.lists(roads(hardened=True, usable=True), min_size=1, max_size=7))
def test_without_a_way_out_nobody_is_served(town, plane, network):
    inland = [{**r, "geometry": _moved(r["geometry"], 3000)} for r in network]
    area = world(town, inland)
    for name in ("households", "groups"):
        places = area.layer(name)
        area = area.with_layer(name, places.set_geometry(places.geometry.translate(3000)))
    gaps = road_gaps(area, S, plane)
    assert (scores(gaps) == 0).all()
    assert len(gaps.serving) == 0


@SOME
@given(
    networks,
    st.sampled_from(
        ["road.group_reach_m", "path.max_walk_m", "road.snap_m", "road.exit_buffer_m", "road.min_width_m"]
    ),
    st.floats(0.0, 1.0),
)
def test_a_looser_threshold_creates_no_gap(town, plane, network, key, share):
    area = world(town, network)
    looser = S.override(
        {key: S[key] * (1 - share) if key == "road.min_width_m" else S[key] * (1 + 5 * share)}
    )
    assert (scores(road_gaps(area, looser, plane)) >= scores(road_gaps(area, S, plane))).all()


@SOME
@given(st.lists(streets, min_size=1, max_size=9))
def test_components_are_those_of_the_split_network(lines):
    """Witness: GEOS splits everything at every crossing; pieces that share a node hang together."""
    shapes = np.array([LineString(c) for c in lines], object)
    a, b = contacts(shapes, np.zeros(len(shapes), bool), snap_m=1e-6)
    ours = _labels(len(shapes), a, b)
    nodes: dict[tuple[float, float], int] = {}
    merged = unary_union(list(shapes))
    pieces = list(merged.geoms) if hasattr(merged, "geoms") else [merged]
    ends = [[nodes.setdefault((round(x, 6), round(y, 6)), len(nodes)) for x, y in p.coords] for p in pieces]
    pairs = np.array([(e[i], e[i + 1]) for e in ends for i in range(len(e) - 1)]).reshape(-1, 2)
    theirs = _labels(len(nodes), pairs[:, 0], pairs[:, 1])
    of_line = [theirs[nodes[(round(x, 6), round(y, 6))]] for x, y in (s.coords[0] for s in shapes)]
    assert (np.equal.outer(ours, ours) == np.equal.outer(of_line, of_line)).all()


def _labels(n: int, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return connected_components(coo_array((np.ones(len(a)), (a, b)), shape=(n, n)), directed=False)[1]


def _moved(shape: LineString, by: float) -> LineString:
    return LineString([(x + by, y) for x, y in shape.coords])


def test_a_mesh_of_many_crossings_is_one(town, plane):
    rows = [LineString([(-10, y), (9000, y)]) for y in range(-4000, 4001, 200)]
    cols = [LineString([(x, -4100), (x, 4100)]) for x in range(0, 9000, 200)]
    frame = gpd.GeoDataFrame(
        {"hardened": True, "width": 4.0},
        index=range(len(rows) + len(cols)),
        geometry=rows + cols,
        crs="EPSG:4544",
    )
    area = town(None, homes=[(100, 100), (8890, 3990)]).with_layer("roads", frame)
    gaps = road_gaps(area, S, plane)
    assert len(gaps.serving) == len(rows) + len(cols)
    assert list(gaps.path.measure) == [100.0, pytest.approx(10.0)]
    assert Point(0, 0).distance(gaps.serving.union_all()) == 0
