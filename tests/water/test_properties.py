"""What must hold of water in any area, and a second way to count who can be served."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow

from geo.area import make_area
from geo.spatial.terrain import Terrain
from geo.standards import default_standard
from geo.verdicts import STATES
from geo.water.gaps import water_gaps

CRS = "EPSG:32648"
STANDARD = default_standard()
FALL = 0.08  # the ground falls eastward, 1000 m high at x = 0
CELL, SIZE = 50.0, 80
HOUSEHOLD_M3D = 4 * 60 / 1000 * 1.5 * 1.15
quick = settings(max_examples=25, deadline=None)


def plane(shift: float = 0.0) -> Terrain:
    west = -1000.0 + shift
    x = west + (np.arange(SIZE) + 0.5) * CELL
    grid = np.repeat((1000 - FALL * x)[None, :], SIZE, axis=0).astype(np.float32)
    return Terrain(grid, west, 2000.0 + shift, CELL, make_area({}, crs=CRS).crs)


yes_no = st.sampled_from([True, False, None])
spot = st.tuples(st.integers(-400, 1800), st.integers(-900, 900))
volume = st.one_of(st.none(), st.floats(0, 1.5))
source = st.sampled_from(["s0", "s1", None])
pool = st.tuples(spot, volume, yes_no, source, st.one_of(st.none(), st.integers(900, 1150)))
house = st.tuples(spot, yes_no, yes_no, st.integers(1, 3))
springs = st.lists(st.one_of(st.none(), st.floats(0, 3)), min_size=2, max_size=2)
areas = st.tuples(st.lists(house, min_size=1, max_size=14), st.lists(pool, max_size=5), springs)


def frame(spots, **fields):
    xy = np.array(spots, float).reshape(-1, 2)
    return gpd.GeoDataFrame(fields, geometry=gpd.points_from_xy(*xy.T), crs=CRS)


def build(case, shift=0.0):
    houses, pools, yields = case
    at, poor, water, storeys = zip(*houses, strict=True)
    names = [f"h{i:02}" for i in range(len(houses))]
    layers = {
        "households": frame(at, id=names, poor=poor, water=water, storeys=storeys, people=[4] * len(at)),
        "springs": frame([(0, 0)] * 2, id=["s0", "s1"], yield_m3d=pd.Series(yields, dtype=float)),
    }
    columns = list(zip(*pools, strict=True)) or [()] * 5
    layers["pools"] = frame(
        columns[0],
        id=[f"p{i}" for i in range(len(pools))],
        volume=pd.Series(columns[1], dtype=float),
        working=columns[2],
        source=columns[3],
        elev=pd.Series(columns[4], dtype=float),
    )
    return make_area(layers, crs=CRS, terrain=plane(shift))


def served(case, standard=STANDARD):
    gaps = water_gaps(build(case), standard)
    return gaps, np.asarray(gaps.water.state == "met")


def by_flow(case):
    """The most households that can have water, from the closed form on a plane and scipy's flow."""
    houses, pools, yields = case
    n, m = len(houses), len(pools)
    network = np.zeros((n + m + 4, n + m + 4), np.int32)
    network[0, 1 : n + 1] = 1
    for j, (top, cubic, working, spring, elev) in enumerate(pools):
        of = None if spring is None else yields[int(spring[1])]
        limits = [v for v in (None if cubic is None else cubic / 0.5, of) if v is not None]
        if working is False or not limits:
            continue
        to = n + m + 3 if of is None else n + m + 1 + int(spring[1])
        network[n + 1 + j, to] = int(min(limits) / HOUSEHOLD_M3D + 1e-9)
        high = 1000 - FALL * top[0] if elev is None else elev
        for i, (at, _, _, storeys) in enumerate(houses):
            plan, rise = np.hypot(at[0] - top[0], at[1] - top[1]), FALL * (at[0] - top[0])
            pipe = 1.25 * np.hypot(plan, rise)
            head = high - (1000 - FALL * at[0]) - 0.008 * pipe
            network[1 + i, n + 1 + j] = pipe <= 1500 and head >= 10 + 4 * (storeys - 1)
    for k, flow in enumerate(yields):
        network[n + m + 1 + k, n + m + 3] = 0 if flow is None else int(flow / HOUSEHOLD_M3D + 1e-9)
    return maximum_flow(csr_array(network), 0, n + m + 3).flow_value


@given(areas)
@quick
def test_as_many_are_served_as_a_flow_over_closed_forms_allows(case):
    assert served(case)[1].sum() == by_flow(case)


@given(areas)
@quick
def test_every_household_once_and_no_pool_or_source_over_capacity(case):
    gaps, met = served(case)
    assert len(gaps.water.state) == len(case[0])
    assert set(gaps.water.state) <= set(STATES)
    pools = gaps.pools
    by_pool = pd.Series(gaps.water.nearest[met]).value_counts()
    assert (pools["used"].astype(int).to_numpy() == by_pool.reindex(pools["pool"], fill_value=0)).all()
    assert (pools["used"] <= pools["capacity"].fillna(0)).all()
    assert (pools["spare"].dropna() >= 0).all()
    for k, flow in enumerate(case[2]):
        if flow is not None:
            assert pools.loc[pools["source"] == f"s{k}", "used"].sum() * HOUSEHOLD_M3D <= flow + 1e-6


@given(areas, pool)
@quick
def test_a_further_pool_never_lowers_the_number_and_unserves_nobody_unless_it_shares_a_source(case, more):
    houses, pools, yields = case
    before, after = served(case)[1], served((houses, [*pools, more], yields))[1]
    assert after.sum() >= before.sum()
    if more[3] is None:
        assert after[before].all()


@given(
    areas,
    st.sampled_from(
        [
            ("water.quota_l", 40),
            ("water.day_factor", 1.2),
            ("water.loss_share", 0.05),
            ("water.storage_share", 0.3),
            ("water.min_head_m", 5),
            ("water.storey_head_m", 3),
            ("water.reach_m", 2200),
            ("water.route_factor", 1.1),
            ("water.friction_m_per_km", 3),
        ]
    ),
)
@settings(max_examples=30, deadline=None)
def test_loosening_never_lowers_the_number_and_a_smaller_demand_unserves_nobody(case, change):
    before, after = served(case)[1], served(case, STANDARD.override(dict([change])))[1]
    assert after.sum() >= before.sum()
    if change[0] in ("water.storage_share",):
        assert after[before].all()


@given(areas, st.randoms(use_true_random=False))
@quick
def test_row_order_does_not_matter(case, random):
    area = build(case)
    mixed = area
    for name in ("households", "pools", "springs"):
        rows = list(range(len(area.layer(name))))
        random.shuffle(rows)
        mixed = mixed.with_layer(name, area.layer(name).iloc[rows])
    tables = []
    for one in (area, mixed):
        found = water_gaps(one, STANDARD).water
        columns = {
            "state": found.state,
            "reason": found.reason,
            "nearest": found.nearest,
            "measure": found.measure,
        }
        tables.append(pd.DataFrame(columns, index=one.layer("households")["id"]).sort_index())
    pd.testing.assert_frame_equal(*tables, check_dtype=False)


def test_of_pools_in_one_place_the_first_by_name_is_named():
    case = ([((1800, 0), None, None, 1)], [((-400, 0), 1.0, True, None, None)] * 2, [None, None])
    area = build(case)
    turned = area.with_layer("pools", area.layer("pools").iloc[::-1])
    for one in (area, turned):
        found = water_gaps(one, STANDARD).water
        assert (found.reason[0], found.nearest[0]) == ("water.too_far", "p0")


@given(areas)
@settings(max_examples=10, deadline=None)
def test_half_a_cell_of_raster_shift_changes_nothing_on_a_plane(case):
    """Bilinear elevation is exact on a plane, so only rounding in single precision could tell."""
    here = water_gaps(build(case), STANDARD).water
    there = water_gaps(build(case, shift=CELL / 2), STANDARD).water
    assert (here.state == there.state).mean() >= 0.9
