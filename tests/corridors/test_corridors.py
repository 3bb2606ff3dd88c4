"""Corridors: what a step costs, computed by hand; what stands in the way, found on the vectors."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import scipy.sparse.csgraph as csgraph
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.area import Area, make_area
from geo.charges import making
from geo.corridors import LocalGraph, make_corridors
from geo.obstacles import make_obstacles
from geo.spatial.terrain import Terrain
from geo.standards import default_standard
from geo.works import work_table

CRS = "EPSG:32648"
CELL = 10.0
W, N = 500_000.0, 3_000_600.0


def area_of(height: np.ndarray, **layers: list[object]) -> Area:
    terrain = Terrain(height.astype(np.float32), W, N, CELL, CRS)
    groups = gpd.GeoDataFrame({"id": ["1"]}, geometry=[shapely.Point(W + 5, N - 5)], crs=CRS)
    frames = {k: gpd.GeoDataFrame(geometry=v, crs=CRS) for k, v in layers.items()}
    return make_area({"groups": groups, **frames}, crs=CRS, terrain=terrain)


def point(x: float, y: float) -> tuple[float, float]:
    """Metres east and south of the north-west corner."""
    return W + x, N - y


def whole(area: Area, kind: str, changes: dict[str, float] | None = None) -> LocalGraph:
    rows, cols = area.terrain.shape
    ends = [point(0, 0), point(cols * CELL, rows * CELL)]
    return make_corridors(area, default_standard().override(changes or {})).local(kind, ends, margin_m=0)


def cost(graph: LocalGraph, a: tuple[float, float], b: tuple[float, float]) -> float:
    (i, j), moved = graph.node_of([a, b])
    assert (moved < CELL).all()
    return float(csgraph.dijkstra(graph.graph, indices=i)[j])


def test_flat_ground_costs_the_plain_price():
    graph = whole(area_of(np.zeros((20, 20))), "path")
    # 100 m east at 90 yuan
    assert cost(graph, point(5, 55), point(105, 55)) == pytest.approx(100 * 90)


def test_cross_slope_costs_its_bench():
    # falls 4 m each 10 m to the south; a path east has a cross-slope of 0.4 all along
    height = np.repeat(np.arange(20)[::-1, None] * 4.0, 20, axis=1)
    graph = whole(area_of(height), "path")
    bench = 1.5**2 * 0.4 / 2 / (1 - 0.5 * 0.4)  # m3 per metre
    i, j = graph.node_of([point(5, 55), point(15, 55)])[0]
    assert graph.graph[i, j] == pytest.approx(10 * (90 + bench * 30))
    # straight down there is no cross-slope, and the length is over the ground
    i, j = graph.node_of([point(5, 55), point(5, 65)])[0]
    assert graph.graph[i, j] == pytest.approx(np.hypot(10, 4) * 90)


@pytest.mark.parametrize(("kind", "neighbours"), [("road", 48), ("path", 16), ("pipe", 8), ("line", 8)])
def test_neighbours_and_symmetry(kind: str, neighbours: int):
    graph = whole(area_of(np.zeros((20, 20))), kind)
    middle = graph.node_of([point(105, 105)])[0][0]
    assert np.diff(graph.graph.indptr)[middle] == neighbours
    assert abs(graph.graph - graph.graph.T).max() == 0


def test_no_step_of_a_road_is_steeper_than_sought():
    rng = np.random.default_rng(1)
    height = np.cumsum(rng.normal(0, 1.0, (40, 40)), axis=1)
    graph = whole(area_of(height), "road")
    a, b = graph.graph.nonzero()
    run = np.hypot(*(graph.xy[a] - graph.xy[b]).T)
    assert len(a) > 100
    assert (np.abs(graph.z[a] - graph.z[b]) <= 0.105 * run + 1e-6).all()


def test_a_river_costs_its_bridge_and_is_found_on_the_vector():
    river = shapely.LineString([point(100, -50), point(101, 1000)])  # between cell centres, not through them
    area = area_of(np.zeros((20, 40)), rivers=[river])
    area = area.with_layer("rivers", area.layer("rivers").assign(width=6.0, **{"class": "river"}))
    dry = cost(whole(area_of(np.zeros((20, 40))), "road"), point(55, 95), point(155, 95))
    wet = cost(whole(area, "road"), point(55, 95), point(155, 95))
    assert wet - dry == pytest.approx((6 + 4) * 30_000)
    # a road already crosses: nothing to pay there
    roads = gpd.GeoDataFrame(
        {"class": ["track"]}, geometry=[shapely.LineString([point(50, 95), point(160, 95)])], crs=CRS
    )
    free = cost(whole(area.with_layer("roads", roads), "road"), point(55, 95), point(155, 95))
    assert free == pytest.approx(dry)


def test_a_thin_zone_between_cells_is_still_avoided():
    """A zone 1 m wide holds no cell centre; every step across its edge pays."""
    zone = shapely.box(*point(99.5, 150), *point(100.5, 0))
    area = area_of(np.zeros((20, 20)), hazards=[zone])
    round_it = cost(whole(area, "path"), point(55, 55), point(155, 55))
    assert 200 * 90 < round_it < 400 * 90  # down to y = 150 and back up: about 2 x hypot(50, 100)
    walled = area_of(np.zeros((20, 20)), hazards=[shapely.box(*point(99.5, 400), *point(100.5, -200))])
    assert cost(whole(walled, "path"), point(55, 55), point(155, 55)) > 20_000  # still there is a way
    obstacles = make_corridors(walled, default_standard()).obstacles
    lines = [
        shapely.LineString([point(55, 55), point(155, 55)]),
        shapely.LineString([point(0, 0), point(9, 9)]),
    ]
    assert obstacles.flags(lines).tolist() == ["corridor.in_hazard", ""]


def test_nodes_on_the_right_side_of_a_river():
    river = shapely.LineString([point(101, -50), point(101, 1000)])
    area = area_of(np.zeros((20, 20)), rivers=[river])
    graph = whole(area, "path")
    (node,), (moved,) = graph.node_of([point(100.2, 55)])  # nearest centre is at x = 105, across the water
    assert graph.xy[node].tolist() == list(point(95, 55))
    assert moved == pytest.approx(5.2)


def test_windows_coarsen_and_say_so():
    area = area_of(np.zeros((60, 60)))
    ground = make_corridors(area, default_standard())
    graph = ground.local("pipe", [point(0, 0), point(600, 600)], margin_m=0, max_nodes=1000)
    assert (graph.coarsen, graph.cell_m, len(graph.xy)) == (2, 20, 900)
    assert graph.xy[0].tolist() == list(point(10, 10))
    small = ground.local("pipe", [point(300, 300)], margin_m=50)
    assert (small.coarsen, small.shape) == (1, (10, 10))


def test_without_terrain_all_is_flat():
    groups = gpd.GeoDataFrame(
        {"id": ["1", "2"]}, geometry=[shapely.Point(0, 0), shapely.Point(1000, 0)], crs=CRS
    )
    ground = make_corridors(make_area({"groups": groups}, crs=CRS), default_standard())
    assert ground.planar
    graph = ground.local("road", [(0, 0), (1000, 0)])
    i, j = graph.node_of([(0, 0), (1000, 0)])[0]
    assert csgraph.dijkstra(graph.graph, indices=i)[j] == pytest.approx(1000 * 600)


def test_coarse_terrain_is_refined_to_what_is_measured():
    rng = np.random.default_rng(0)
    terrain = Terrain(rng.normal(0, 20, (12, 12)).astype(np.float32), W, N, 90.0, CRS)
    groups = gpd.GeoDataFrame({"id": ["1"]}, geometry=[shapely.Point(W + 300, N - 300)], crs=CRS)
    ground = make_corridors(make_area({"groups": groups}, crs=CRS, terrain=terrain), default_standard())
    assert ground.terrain.cell <= 25
    graph = ground.local("pipe", [(W + 500, N - 500)], margin_m=200)
    assert np.allclose(graph.z, terrain.sample(*graph.xy.T), atol=1e-3)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000))
def test_costs_never_undercut_the_straight_line(seed: int):
    rng = np.random.default_rng(seed)
    height = np.cumsum(rng.normal(0, 2, (15, 15)), axis=0)
    graph = whole(area_of(height), "pipe")
    far = csgraph.dijkstra(graph.graph, indices=112)
    straight = np.hypot(*(graph.xy - graph.xy[112]).T)
    assert (far >= straight * 60 * 0.999).all()


def hill_and_points(*xy: tuple[float, float]) -> Area:
    """Ground at 1,000 m rising 1 m a metre eastward, 200 m wide, and households at `xy`."""
    height = 1000 + np.tile(np.arange(20) * 10.0 + 5, (20, 1))
    return area_of(height, households=[shapely.Point(*point(*p)) for p in xy])


def test_beyond_the_terrain_nothing_is_known_and_without_an_end_the_ground_goes_on():
    area = hill_and_points((5, 5), (395, 195))
    known = make_corridors(area, default_standard())
    far = [point(395, 100)]
    assert np.isnan(known.sample(far)).all()
    endless = known.without_end()
    assert endless.terrain.shape == (20, 40)
    near, there, beyond = endless.sample([point(195, 100), *far, point(4000, 100)])
    assert near == known.sample([point(195, 100)])[0]
    assert 1000 <= there <= 1200
    assert 1000 <= beyond <= 1200
    gap = endless.local("road", far, margin_m=50).node_of(far)[1]
    assert gap[0] < 10
    lines = [
        shapely.LineString([point(5, 5), point(150, 5)]),
        shapely.LineString([point(5, 5), point(300, 5)]),
    ]
    assert endless.unmeasured(lines).tolist() == [False, True]


def test_ground_that_reaches_far_enough_is_not_made_again():
    known = make_corridors(hill_and_points((5, 5), (195, 195)), default_standard())
    assert known.without_end().terrain is known.terrain


def test_works_over_a_void_say_so():
    area = hill_and_points((5, 5), (195, 195))
    area.terrain.elevation[8:12, 8:12] = np.nan
    lines = [shapely.LineString([point(5, y), point(100, y), point(195, y)]) for y in (15, 105)]
    rows = pd.DataFrame({"work": ["a", "b"], "kind": "path", "flag": ""})
    said = make_corridors(area, default_standard()).flagged(work_table(rows, lines, area.crs))["flag"]
    assert said.tolist() == ["", "corridor.unmeasured"]


def test_numbers_of_the_standard_said_once() -> None:
    """A road's bench is its formation; the coarsest grid of routes opens rivers for what is drawn by hand."""
    wide = default_standard().override({"road_design.formation_m": 6.5, "corridor.cell_m": 40})
    assert making(wide, "road", planar=False).bench_m == 6.5
    river = shapely.LineString([point(0, 300), point(600, 300)])
    bridge = shapely.LineString([point(300, 0), point(300, 600)])
    area = area_of(np.zeros((60, 60)), rivers=[river], roads=[bridge])
    left = [make_obstacles(area, standard).open_rivers for standard in (default_standard(), wide)]
    assert [600 - sum(r.length for r in rivers) for rivers in left] == pytest.approx(
        [2 * 0.75 * 25, 2 * 0.75 * 40]
    )
