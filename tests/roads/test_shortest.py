"""The shortest walk against Dijkstra of scipy, and what it is for."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra
from shapely.geometry import LineString

from geo.area import Area
from geo.ground import make_ground
from geo.roads.gaps import road_gaps
from geo.spatial.search import LENGTHS, OFFSETS
from geo.spatial.shortest import open_steps, search_shortest
from geo.spatial.terrain import Terrain
from geo.standards import default_standard

S = default_standard()
SHAPE, CELL = (14, 17), 10.0


def grid(seed: int):
    """Random heights and random refusals, the same both ways."""
    rng = np.random.default_rng(seed)
    height = rng.uniform(0, 30, SHAPE).astype(np.float32)
    rows, cols = SHAPE
    steps = np.full((rows * cols, 16), np.inf, np.float32)
    edges = []
    for j in range(0, 16, 2):
        dr, dc = OFFSETS[j]
        for r in range(rows):
            for c in range(cols):
                if 0 <= r + dr < rows and 0 <= c + dc < cols and rng.random() < 0.6:
                    a, b = r * cols + c, (r + dr) * cols + c + dc
                    steps[a, j] = steps[b, j ^ 1] = rng.uniform(1, 9)
                    rise = float(height.flat[a]) - float(height.flat[b])
                    edges.append((a, b, float(np.hypot(LENGTHS[j] * CELL, rise)), float(steps[a, j])))
    return height, steps, np.array(edges)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("limit", [np.inf, 45.0])
def test_lengths_are_those_of_scipy(seed, limit):
    height, steps, edges = grid(seed)
    n = height.size
    seeds, start = np.array([5, 100, 200]), np.array([0.0, 3.0, 7.0])
    found = search_shortest(
        open_steps(steps),
        SHAPE,
        seeds,
        seed_length=start,
        seed_label=np.arange(3),
        height=height,
        cell=CELL,
        limit_length=limit,
    )
    a, b, length, _ = edges.T
    graph = coo_array((length, (a.astype(int), b.astype(int))), shape=(n, n)).tocsr()
    each = dijkstra(graph, directed=False, indices=seeds) + start[:, None]
    best = each.min(axis=0)
    best[best > limit] = np.inf
    np.testing.assert_allclose(found.length.ravel(), best, rtol=1e-12)
    reached = np.isfinite(best)
    assert reached.any()
    np.testing.assert_allclose(each[found.label.ravel()[reached], np.flatnonzero(reached)], best[reached])
    assert (found.label.ravel()[~reached] == -1).all()


def test_a_detour_on_a_track_does_not_cost_the_path(town, line):
    """45 m over rough ground; a track slantwise is 54 m and faster. The walk is still 45 m."""
    hard = line([(0, 0), (1000, 0)])
    track = line([(500, 45), (470, 0)], hardened=False, **{"class": "track"})

    def walks(roads) -> tuple[float, float]:
        area = town(roads, homes=[(500, 45)])
        flat = Terrain(np.zeros((80, 80), np.float32), 0.0, 500.0, 12.5, area.crs)
        area = Area(area.name, area.crs, area.layers, flat)
        ground = make_ground(area, S)
        finding = road_gaps(area, S, ground).path
        assert list(finding.state) == ["met"]
        fastest = ground.reach(np.array([[500.0, 45.0]]), [LineString([(0, 0), (1000, 0)])])
        return float(finding.measure[0]), float(fastest.metres[0])

    assert walks([hard]) == pytest.approx((45, 45))
    shortest, fastest = walks([hard, track])
    assert shortest == pytest.approx(45)
    assert fastest > 50


def over_flat(area: Area, **layers) -> Area:
    for name, rows in layers.items():
        area = area.with_layer(name, gpd.GeoDataFrame(rows, geometry="geometry", crs=area.crs))
    flat = Terrain(np.zeros((80, 80), np.float32), 0.0, 500.0, 12.5, area.crs)
    return Area(area.name, area.crs, area.layers, flat)


def test_a_river_between_door_and_road_stops_the_walk(town, line):
    """The road is 30 m away in a straight line; the only bridge is 200 m east: 30 + 2 x 200 m about."""
    river = {"id": "r", "class": "river", "width": 8.0, "geometry": LineString([(-50, 15), (1100, 15)])}
    bridge = line([(700, 5), (700, 25)], hardened=False, bridge=True, **{"class": "track"})
    bare = over_flat(town([line([(0, 0), (1000, 0)])], homes=[(500, 30)]), rivers=[river])
    cut_off = road_gaps(bare, S, make_ground(bare, S)).path
    assert (cut_off.state[0], cut_off.reason[0]) == ("unmet", "path.none")
    bridged = over_flat(
        town([line([(0, 0), (1000, 0)]), bridge], homes=[(500, 30), (700, 20)]), rivers=[river]
    )
    found = road_gaps(bridged, S, make_ground(bridged, S)).path
    assert list(found.state) == ["unmet", "met"]
    assert 200 <= found.measure[0] <= 245


def test_the_nearest_target_may_be_barred_and_the_next_one_served(town, line):
    """A cliff before the road 20 m south; another road 40 m north is free: 40 m, by its own straight line."""
    area = over_flat(
        town([line([(0, 0), (1000, 0)]), line([(0, 0), (-20, 60), (1000, 60)])], homes=[(503, 20)]),
        cliffs=[{"id": "c", "geometry": LineString([(300, 10), (700, 10)])}],
    )
    found = road_gaps(area, S, make_ground(area, S)).path
    assert (found.state[0], found.nearest[0]) == ("met", "2")
    assert found.measure[0] == pytest.approx(40)


def test_without_terrain_the_walk_is_the_straight_line(town, line):
    area = town([line([(0, 0), (1000, 0)])], homes=[(500, 49), (500, 51)])
    ground = make_ground(area, S)
    assert ground.planar
    found = road_gaps(area, S, ground).path
    assert list(found.state) == ["met", "unmet"]
    np.testing.assert_allclose(found.measure, [49, 51])
