"""Walks whose times can be worked out by hand, and what must hold on any ground."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS

from geo.area import Area, make_area
from geo.errors import AreaError
from geo.ground import KEPT_SURFACES, Ground, make_ground
from geo.spatial.terrain import Terrain
from geo.standards import Standard, default_standard

UTM = CRS(32648)
WEST, NORTH, CELL = 500_000.0, 3_000_000.0, 10.0
FLAT_KMH = 6 * np.exp(-3.5 * 0.05)  # Tobler's speed on the flat, 5.04 km/h
OFFROAD = 0.6
STANDARD = default_standard()


def at(x: float, y: float) -> tuple[float, float]:
    """A place by metres east and south of the north-west corner."""
    return WEST + x, NORTH - y


def line(*places: tuple[float, float]) -> shapely.LineString:
    return shapely.LineString([at(*p) for p in places])


def terrain(rows: int = 60, cols: int = 60, east: float = 0.0, height: np.ndarray | None = None) -> Terrain:
    """A plane rising `east` metres per metre eastwards, or the given heights."""
    if height is None:
        height = np.tile((np.arange(cols) + 0.5) * CELL * east, (rows, 1)) + 1000
    return Terrain(height.astype(np.float32), WEST, NORTH, CELL, UTM)


def hills(seed: int, size: int = 40, rise: float = 60.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    r, c = np.mgrid[:size, :size] * CELL
    height = np.zeros((size, size))
    for _ in range(4):
        fr, fc, phase = (*rng.uniform(0.005, 0.03, 2), rng.uniform(0, 6))
        height += np.sin(fr * r + fc * c + phase)
    return 500 + rise * height / 4


def layer(shapes: list[shapely.Geometry], **columns: list[object]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=UTM)


def area(ground: Terrain | None, **layers: gpd.GeoDataFrame) -> Area:
    return make_area(layers, crs=UTM, terrain=ground)


def ground_of(ground: Terrain | None, standard: Standard = STANDARD, **layers: gpd.GeoDataFrame) -> Ground:
    return make_ground(area(ground, **layers), standard)


def seconds(ground: Ground, start: tuple[float, float], goal: tuple[float, float]) -> float:
    return float(ground.reach(np.array([at(*start)]), [shapely.Point(at(*goal))]).seconds[0])


def flat_seconds(metres: float, factor: float = OFFROAD) -> float:
    return metres / (FLAT_KMH / 3.6 * factor)


# ---------------------------------------------------------------- by hand


def test_a_straight_walk_on_the_flat() -> None:
    reach = ground_of(terrain()).reach(np.array([at(55, 305)]), [shapely.Point(at(555, 305))])
    assert reach.metres[0] == pytest.approx(500)
    assert reach.seconds[0] == pytest.approx(flat_seconds(500))
    assert reach.target[0] == 0
    assert not reach.moved[0]
    assert not reach.straight[0]


def test_uphill_to_the_clinic_is_slower_than_home_again() -> None:
    """20 % up: 6 exp(-3.5 * 0.25) km/h; 20 % down: 6 exp(-3.5 * 0.15)."""
    ground = ground_of(terrain(east=0.2))
    up = 500 / (6 * np.exp(-3.5 * 0.25) * OFFROAD / 3.6)
    down = 500 / (6 * np.exp(-3.5 * 0.15) * OFFROAD / 3.6)
    assert seconds(ground, (55, 305), (555, 305)) == pytest.approx(up, rel=1e-5)
    assert seconds(ground, (555, 305), (55, 305)) == pytest.approx(down, rel=1e-5)
    reach = ground.reach(np.array([at(55, 305)]), [shapely.Point(at(555, 305))])
    assert reach.metres[0] == pytest.approx(500 * np.hypot(1, 0.2), rel=1e-5)


def test_speeds_by_road_class_and_land_cover() -> None:
    road = layer([line((0, 105), (600, 105))], **{"class": ["village"]})
    cover = layer([shapely.box(*at(0, 600), *at(600, 400))], **{"class": ["forest"]})
    ground = ground_of(terrain(), roads=road, landcover=cover)
    assert seconds(ground, (55, 105), (555, 105)) == pytest.approx(flat_seconds(500, 1.0), rel=1e-6)
    assert seconds(ground, (55, 305), (555, 305)) == pytest.approx(flat_seconds(500, 0.6), rel=1e-6)
    assert seconds(ground, (55, 505), (555, 505)) == pytest.approx(flat_seconds(500, 0.5), rel=1e-6)


@pytest.mark.parametrize(
    ("record", "helps"),
    [
        ({"class": ["path"]}, True),
        ({"class": ["expressway"]}, False),
        ({"class": ["village"], "usable": [False]}, False),
        ({"class": ["village"], "tunnel": [True]}, False),
        ({"class": [None]}, True),
    ],
)
def test_which_roads_carry_a_walker(record: dict[str, list[object]], helps: bool) -> None:
    ground = ground_of(terrain(), roads=layer([line((0, 105), (600, 105))], **record))
    faster = seconds(ground, (55, 105), (555, 105)) < flat_seconds(500) * 0.99
    assert faster == helps


def test_the_nearest_target_in_time_wins_not_the_nearest_in_metres() -> None:
    road = layer([line((0, 305), (310, 305))], **{"class": ["village"]})
    ground = ground_of(terrain(), roads=road)
    reach = ground.reach(np.array([at(305, 305)]), [shapely.Point(at(505, 305)), shapely.Point(at(55, 305))])
    assert reach.target[0] == 1
    assert reach.metres[0] == pytest.approx(250)


def test_fifty_metres_means_fifty_metres() -> None:
    """Close to a target the straight line counts, whatever the grid."""
    ground = ground_of(terrain())
    road = [line((0, 333), (600, 333))]
    y = np.array([333 - 49.0, 333 - 51.0, 333 + 3.0, 333.0])
    reach = ground.reach(np.array([at(207.7, v) for v in y]), road)
    np.testing.assert_allclose(reach.metres, [49, 51, 3, 0], atol=1e-6)


def test_targets_may_be_lines_polygons_and_multipoints() -> None:
    ground = ground_of(terrain())
    square = shapely.box(*at(300, 400), *at(400, 200))
    both = shapely.MultiPoint([at(505, 305), at(55, 55)])
    targets = [line((105, 0), (105, 600)), square, both]
    start = np.array([at(255, 305), at(145, 305), at(355, 305), at(55, 65)])
    reach = ground.reach(start, targets)
    np.testing.assert_array_equal(reach.target, [1, 0, 1, 2])
    np.testing.assert_allclose(reach.metres, [45, 40, 0, 10], atol=1e-6)
    surface = ground.surface([square])
    assert surface.metres[30, 35] == 0
    assert surface.metres[30, 25] == pytest.approx(45)


def test_limits() -> None:
    ground = ground_of(terrain())
    target = [shapely.Point(at(305, 305))]
    start = np.array([at(405, 305), at(505, 305)])
    assert np.isfinite(ground.reach(start, target, limit_m=150).metres).tolist() == [True, False]
    cut = ground.reach(start, target, limit_s=flat_seconds(150))
    assert np.isfinite(cut.seconds).tolist() == [True, False]
    assert cut.target.tolist() == [0, -1]


# ---------------------------------------------------------------- barriers

RIVER = line((305, -10), (305, 610))


def river(**columns: list[object]) -> gpd.GeoDataFrame:
    return layer([RIVER], **columns)


@pytest.mark.parametrize(
    ("record", "stops"),
    [
        ({"class": ["river"]}, True),
        ({"class": [None]}, True),
        ({"class": ["stream"]}, False),
        ({"class": ["canal"]}, False),
        ({"class": ["tunnel"], "width": [20.0]}, False),
        ({"class": ["stream"], "width": [3.0]}, True),
        ({"class": ["river"], "width": [2.9]}, False),
        ({"class": ["river"], "ford": [True]}, False),
        ({"class": ["river"], "ford": [False]}, True),
    ],
)
def test_which_rivers_stop_a_walk(record: dict[str, list[object]], stops: bool) -> None:
    ground = ground_of(terrain(), rivers=river(**record))
    assert np.isinf(seconds(ground, (255, 305), (355, 305))) == stops


def test_a_river_through_cell_centres_or_between_stops_all_the_same() -> None:
    for x in (300.0, 302.5, 305.0, 309.9):
        ground = ground_of(terrain(), rivers=layer([line((x, -10), (x, 610))], **{"class": ["river"]}))
        assert np.isinf(seconds(ground, (255, 305), (355, 305)))
        assert np.isinf(seconds(ground, (x - 1, 305), (x + 1, 305)))
        assert np.isfinite(seconds(ground, (x - 1, 305), (55, 305)))


def test_a_slanting_river_has_no_leak() -> None:
    slant = layer([line((-10, 133), (250, 307), (611, 411))], **{"class": ["river"]})
    ground = ground_of(terrain(), rivers=slant)
    found = ground.surface([shapely.Point(at(305, 5))])
    r, c = np.mgrid[:60, :60]
    south = NORTH - (r + 0.5) * CELL < np.interp(
        WEST + (c + 0.5) * CELL, *np.transpose(slant.geometry[0].coords)
    )
    assert np.isinf(found.seconds[south]).all()
    assert np.isfinite(found.seconds[~south]).all()


def test_a_cliff_stops_and_a_road_through_it_passes() -> None:
    cliff = layer([RIVER])
    assert np.isinf(seconds(ground_of(terrain(), cliffs=cliff), (255, 305), (355, 305)))
    road = layer([line((0, 105), (600, 105))], **{"class": ["path"], "bridge": [False]})
    assert np.isfinite(seconds(ground_of(terrain(), cliffs=cliff, roads=road), (255, 305), (355, 305)))


@pytest.mark.parametrize(("bridge", "passes"), [(True, True), (None, True), (False, False)])
def test_a_road_crosses_a_river_unless_its_record_denies_the_bridge(
    bridge: bool | None, passes: bool
) -> None:
    road = layer([line((0, 105), (600, 105))], **{"class": ["village"], "bridge": [bridge]})
    ground = ground_of(terrain(), rivers=river(**{"class": ["river"]}), roads=road)
    there = seconds(ground, (255, 305), (355, 305))
    assert np.isfinite(there) == passes
    if passes:
        # up to the bridge, across and down again: not through the water
        assert there > flat_seconds(2 * 180)


def test_a_bridge_is_narrow() -> None:
    """Nobody crosses 30 m away from it."""
    road = layer([line((290, 105), (320, 105))], **{"class": ["path"], "bridge": [True]})
    ground = ground_of(terrain(), rivers=river(**{"class": ["river"]}), roads=road)
    assert seconds(ground, (295, 135), (315, 135)) > flat_seconds(50)


def test_a_lake_is_walked_round_and_a_house_in_it_is_moved_to_the_shore() -> None:
    lake = layer([shapely.box(*at(200, 400), *at(400, 200))])
    ground = ground_of(terrain(), lakes=lake)
    round_ = seconds(ground, (155, 305), (445, 305))
    assert round_ > flat_seconds(2 * np.hypot(145, 105))
    reach = ground.reach(np.array([at(212, 305), at(155, 305)]), [shapely.Point(at(55, 305))])
    assert reach.moved.tolist() == [True, False]
    assert np.isfinite(reach.seconds).all()
    assert reach.metres[0] == pytest.approx(157, abs=1)


def test_how_far_a_point_is_moved_is_a_number_of_the_standard() -> None:
    """12 m from the shore of the lake: no walk where points are moved by 10 m at most."""
    lake = layer([shapely.box(*at(200, 400), *at(400, 200))])
    for move_m, found in ((10.0, False), (30.0, True)):
        ground = ground_of(terrain(), STANDARD.override({"walk.move_m": move_m}), lakes=lake)
        reach = ground.reach(np.array([at(212, 305)]), [shapely.Point(at(55, 305))])
        assert bool(np.isfinite(reach.seconds[0])) is found


def test_too_steep_is_not_walked_but_on_a_road() -> None:
    height = np.full((60, 60), 1000.0)
    height[:, 30:] += 30  # 30 m over one cell of 10 m
    blocked = ground_of(terrain(height=height))
    assert np.isinf(seconds(blocked, (155, 305), (455, 305)))
    steps = layer([line((0, 305), (600, 305))], **{"class": ["path"]})
    assert np.isfinite(seconds(ground_of(terrain(height=height), roads=steps), (155, 305), (455, 305)))


# ---------------------------------------------------------------- odd input


def test_without_terrain_straight_lines_that_say_so() -> None:
    ground = ground_of(None, rivers=river(**{"class": ["river"]}))
    assert ground.planar
    reach = ground.reach(np.array([at(255, 305)]), [shapely.Point(at(355, 305))])
    assert reach.metres[0] == pytest.approx(100)
    assert reach.seconds[0] == pytest.approx(flat_seconds(100))
    assert reach.straight[0]
    with pytest.raises(AreaError, match="no terrain"):
        ground.surface([shapely.Point(at(0, 0))])
    far = ground.reach(np.array([at(255, 305)]), [shapely.Point(at(355, 305))], limit_m=99)
    assert np.isinf(far.metres[0])


def test_terrain_of_nothing_but_voids_is_no_terrain() -> None:
    assert ground_of(terrain(height=np.full((9, 9), np.nan))).planar


def test_voids_are_walked_over() -> None:
    height = np.full((60, 60), 700.0)
    height[20:40, 25:35] = np.nan
    ground = ground_of(terrain(height=height))
    assert ground.filled_cells == 200
    assert seconds(ground, (155, 305), (455, 305)) == pytest.approx(flat_seconds(300), rel=1e-6)


def test_a_point_off_the_terrain_gets_the_straight_line() -> None:
    ground = ground_of(terrain())
    reach = ground.reach(np.array([at(-100, 305), at(55, 305)]), [shapely.Point(at(100, 305))])
    assert reach.straight.tolist() == [True, False]
    assert reach.metres[0] == pytest.approx(200)


def test_a_target_off_the_terrain_is_not_reached_over_it() -> None:
    ground = ground_of(terrain())
    reach = ground.reach(np.array([at(55, 305)]), [shapely.Point(at(-500, 305))])
    assert np.isinf(reach.seconds[0])
    assert reach.target[0] == -1


def test_nothing_to_reach_and_nobody_to_go() -> None:
    ground = ground_of(terrain())
    for targets in ([], [shapely.Point()], [None]):
        reach = ground.reach(np.array([at(55, 305)]), targets)
        assert np.isinf(reach.seconds[0])
        assert reach.target[0] == -1
    assert len(ground.reach(np.zeros((0, 2)), [shapely.Point(at(5, 5))]).seconds) == 0


def test_missing_targets_keep_the_rows_of_the_others() -> None:
    reach = ground_of(terrain()).reach(
        np.array([at(55, 305)]), [None, shapely.Point(), shapely.Point(at(105, 305))]
    )
    assert reach.target[0] == 2


def test_a_place_unknown_reaches_nothing() -> None:
    reach = ground_of(terrain()).reach(np.array([[np.nan, np.nan]]), [shapely.Point(at(55, 55))])
    assert np.isinf(reach.seconds[0])


def test_surfaces_are_made_once() -> None:
    ground = ground_of(terrain())
    target = [shapely.Point(at(55, 55))]
    first = ground.surface(target)
    assert ground.surface([shapely.Point(at(55, 55))]) is first
    assert ground.surface(target, limit_s=100) is not first
    again, other = ground.surfaces([target, [shapely.Point(at(505, 55))]])
    assert again is first
    assert other is ground.surface([shapely.Point(at(505, 55))])


def test_only_the_surfaces_last_asked_for_are_kept() -> None:
    ground = ground_of(terrain(12, 12))
    often, once = [shapely.Point(at(55, 55))], [shapely.Point(at(65, 65))]
    first, other = ground.surface(often), ground.surface(once)
    for i in range(KEPT_SURFACES - 1):
        ground.surface([shapely.Point(at(15 + 5 * i, 15))])
        assert ground.surface(often) is first
    again = ground.surface(once)
    assert again is not other
    np.testing.assert_array_equal(again.seconds, other.seconds)


# ---------------------------------------------------------------- what must hold on any ground

SIZE = 40
inside = st.tuples(st.floats(15, 385), st.floats(15, 385))
places = st.lists(inside, min_size=1, max_size=8)
road_lines = st.lists(st.lists(inside, min_size=2, max_size=4, unique=True), min_size=1, max_size=3)
few = partial(settings, max_examples=25, deadline=None)


def points(*spots: tuple[float, float]) -> np.ndarray:
    return np.array([at(*s) for s in spots])


def roads(lines: list[list[tuple[float, float]]], kind: str = "village") -> gpd.GeoDataFrame:
    return layer([line(*v) for v in lines], **{"class": [kind] * len(lines)})


@few()
@given(seed=st.integers(0, 99), homes=places, goal=inside, old=road_lines, new=road_lines)
def test_one_more_road_slows_nobody(
    seed: int,
    homes: list[tuple[float, float]],
    goal: tuple[float, float],
    old: list[list[tuple[float, float]]],
    new: list[list[tuple[float, float]]],
) -> None:
    relief = terrain(height=hills(seed))
    wall = river(**{"class": ["river"]})
    target = [shapely.Point(at(*goal))]
    before = ground_of(relief, rivers=wall, roads=roads(old)).reach(points(*homes), target)
    after = ground_of(relief, rivers=wall, roads=roads(old + new)).reach(points(*homes), target)
    assert (after.seconds <= before.seconds * (1 + 1e-6)).all()


@few()
@given(seed=st.integers(0, 99), homes=places, goal=inside, lines=road_lines)
def test_the_shortest_walk_is_no_longer_than_the_fastest_and_no_road_lengthens_it(
    seed: int,
    homes: list[tuple[float, float]],
    goal: tuple[float, float],
    lines: list[list[tuple[float, float]]],
) -> None:
    relief = terrain(height=hills(seed))
    target = [shapely.Point(at(*goal))]
    bare, built = ground_of(relief), ground_of(relief, roads=roads(lines))
    before = bare.reach(points(*homes), target, shortest=True).metres
    after = built.reach(points(*homes), target, shortest=True).metres
    assert (after <= before * (1 + 1e-6)).all()
    assert (after <= built.reach(points(*homes), target).metres * (1 + 1e-6)).all()


@few()
@given(seed=st.integers(0, 99), homes=places, goal=inside)
def test_a_barrier_never_helps_and_its_far_side_is_not_reached(
    seed: int, homes: list[tuple[float, float]], goal: tuple[float, float]
) -> None:
    relief = terrain(height=hills(seed, rise=20))
    target = [shapely.Point(at(*goal))]
    free = ground_of(relief).reach(points(*homes), target)
    barred = ground_of(relief, cliffs=layer([line((205.3, -10), (190.1, 410))])).reach(points(*homes), target)
    assert (barred.seconds >= free.seconds * (1 - 1e-6)).all()
    edge = 205.3 + (np.array([h[1] for h in homes]) + 10) / 420 * (190.1 - 205.3)
    east = np.array([h[0] for h in homes]) > edge
    goal_east = goal[0] > 205.3 + (goal[1] + 10) / 420 * (190.1 - 205.3)
    np.testing.assert_array_equal(np.isfinite(barred.seconds), east == goal_east)


def mirrored(standard: Standard) -> Standard:
    return standard.override({"walk.tobler_best_slope": -standard["walk.tobler_best_slope"]})


@few()
@given(seed=st.integers(0, 99), home=inside, goal=inside, lines=road_lines)
def test_there_and_back_with_mirrored_slopes_is_the_same_walk(
    seed: int, home: tuple[float, float], goal: tuple[float, float], lines: list[list[tuple[float, float]]]
) -> None:
    """Walking back up is walking down: exchange the ends and the sign of the best slope."""
    # the ends on cell centres, so that both walks use the same cells
    home, goal = ((x // CELL + 0.5) * CELL for x in home), ((x // CELL + 0.5) * CELL for x in goal)
    a, b = tuple(home), tuple(goal)
    relief = terrain(height=hills(seed))
    there = seconds(ground_of(relief, roads=roads(lines)), a, b)
    back = seconds(ground_of(relief, mirrored(STANDARD), roads=roads(lines)), b, a)
    assert back == pytest.approx(there, rel=1e-5)


@few()
@given(home=inside, goal=inside)
def test_on_the_flat_between_the_straight_line_and_its_elongation(
    home: tuple[float, float], goal: tuple[float, float]
) -> None:
    straight = np.hypot(home[0] - goal[0], home[1] - goal[1])
    reach = ground_of(terrain(SIZE, SIZE)).reach(points(home), [shapely.Point(at(*goal))])
    assert reach.metres[0] >= straight * (1 - 1e-6)
    # 16 directions and the way from the door to a cell and from a cell to the target
    assert reach.metres[0] <= straight * 1.0275 + 2 * CELL * np.sqrt(0.5)


@few()
@given(seed=st.integers(0, 99), homes=places, goals=places)
def test_row_order_changes_nothing(
    seed: int, homes: list[tuple[float, float]], goals: list[tuple[float, float]]
) -> None:
    ground = ground_of(terrain(height=hills(seed)))
    rng = np.random.default_rng(seed)
    swap, turn = rng.permutation(len(homes)), rng.permutation(len(goals))
    targets = np.array([shapely.Point(at(*g)) for g in goals], object)
    here = ground.reach(points(*homes), targets)
    there = ground.reach(points(*homes)[swap], targets[turn])
    np.testing.assert_array_equal(there.seconds, here.seconds[swap])
    np.testing.assert_array_equal(there.metres, here.metres[swap])


@few()
@given(seed=st.integers(0, 99), shift=st.tuples(st.floats(-5, 5), st.floats(-5, 5)))
def test_the_origin_of_the_raster_hardly_matters(seed: int, shift: tuple[float, float]) -> None:
    """The same hills sampled on a grid moved by up to half a cell: the total changes by less than 3 %."""
    rng = np.random.default_rng(seed)
    relief = terrain(height=hills(seed, rise=20))
    c, r = np.meshgrid(np.arange(SIZE), np.arange(SIZE))
    x = WEST + (c + 0.5) * CELL + shift[0]
    y = NORTH - (r + 0.5) * CELL + shift[1]
    z = relief.sample(np.clip(x, WEST, WEST + 400), np.clip(y, NORTH - 399.9, NORTH))
    moved = replace(relief, elevation=z.astype(np.float32), west=WEST + shift[0], north=NORTH + shift[1])
    homes = np.array([at(*p) for p in rng.uniform(30, 370, (60, 2))])
    target = [shapely.Point(at(205, 205))]
    a = ground_of(relief).reach(homes, target).seconds
    b = ground_of(moved).reach(homes, target).seconds
    assert abs(b.sum() / a.sum() - 1) < 0.03
    assert np.median(np.abs(b / a - 1)) < 0.02
    assert np.abs(b - a).max() < 30


@few()
@given(seed=st.integers(0, 99), homes=places, goals=places)
def test_one_more_target_takes_nobody_further(
    seed: int, homes: list[tuple[float, float]], goals: list[tuple[float, float]]
) -> None:
    ground = ground_of(terrain(height=hills(seed)))
    targets = [shapely.Point(at(*g)) for g in goals]
    few_, more = ground.reach(points(*homes), targets[:1]), ground.reach(points(*homes), targets)
    assert (more.seconds <= few_.seconds).all()
