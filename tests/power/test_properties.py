"""What must hold of power in any area."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow

from geo.area import make_area
from geo.power.gaps import power_gaps
from geo.standards import default_standard
from geo.verdicts import STATES

CRS = "EPSG:32648"
STANDARD = default_standard()
quick = settings(max_examples=25, deadline=None)

yes_no = st.sampled_from([True, False, None])
spot = st.tuples(st.integers(0, 60), st.integers(0, 60)).map(lambda p: (10 * p[0], 10 * p[1]))
post = st.tuples(spot, st.one_of(st.none(), st.sampled_from([0, 3, 6, 10])), yes_no)
house = st.tuples(spot, yes_no, yes_no)
wire = st.tuples(st.lists(spot, min_size=2, max_size=4, unique=True), st.sampled_from([0.4, 0.4, 0.4, 10.0]))
areas = st.tuples(
    st.lists(house, min_size=1, max_size=14), st.lists(post, max_size=5), st.lists(wire, max_size=5)
)


def frame(spots, **fields):
    xy = np.array(spots, float).reshape(-1, 2)
    return gpd.GeoDataFrame(fields, geometry=gpd.points_from_xy(*xy.T), crs=CRS)


def build(case):
    houses, posts, wires = case
    at, poor, power = zip(*houses, strict=True)
    sites, kva, working = list(zip(*posts, strict=True)) or [()] * 3
    ids = [f"h{i:02}" for i in range(len(houses))]
    layers = {
        "households": frame(at, id=ids, poor=poor, power=power),
        "transformers": frame(
            sites, id=[f"t{i}" for i in range(len(posts))], kva=pd.Series(kva, dtype=float), working=working
        ),
        "lines": gpd.GeoDataFrame(
            {"id": [f"l{i}" for i in range(len(wires))], "kv": [kv for _, kv in wires]},
            geometry=[shapely.LineString(w) for w, _ in wires],
            crs=CRS,
        ),
    }
    return make_area(layers, crs=CRS)


def served(case, standard=STANDARD):
    gaps = power_gaps(build(case), standard)
    return gaps, np.asarray(gaps.power.state == "met")


@given(st.lists(house, min_size=1, max_size=14), st.lists(post, max_size=5))
@quick
def test_without_lines_as_many_are_supplied_as_a_flow_allows(houses, posts):
    n, m = len(houses), len(posts)
    network = np.zeros((n + m + 2, n + m + 2), np.int32)
    network[0, 1 : n + 1] = 1
    for j, (at, kva, working) in enumerate(posts):
        network[n + 1 + j, n + m + 1] = 0 if kva is None or working is False else kva // 2
        for i, (home, _, _) in enumerate(houses):
            network[1 + i, n + 1 + j] = 1.25 * np.hypot(home[0] - at[0], home[1] - at[1]) <= 500
    flow = maximum_flow(csr_array(network), 0, n + m + 1).flow_value
    assert served((houses, posts, []))[1].sum() == flow


@given(areas)
@quick
def test_every_household_once_and_no_transformer_over_capacity(case):
    gaps, met = served(case)
    assert len(gaps.power.state) == len(case[0])
    assert set(gaps.power.state) <= set(STATES)
    table = gaps.transformers
    by_post = pd.Series(gaps.power.nearest[met]).value_counts()
    assert (table["used"].astype(int).to_numpy() == by_post.reindex(table["transformer"], fill_value=0)).all()
    assert (table["used"] <= table["capacity"].fillna(0)).all()
    assert gaps.used_kva <= gaps.kva
    assert (gaps.power.measure[met] <= 500).all()


@given(areas, post)
@quick
def test_a_further_transformer_unserves_nobody(case, more):
    houses, posts, wires = case
    before, after = served(case)[1], served((houses, [*posts, more], wires))[1]
    assert after[before].all()


@given(areas, wire)
@quick
def test_a_further_low_voltage_line_never_lowers_the_number(case, more):
    """Where lines are mapped at all: the first one replaces the straight estimate, which may well shrink."""
    houses, posts, wires = case
    wires = [*wires, ([(0, 0), (600, 600)], 0.4)]
    snap = STANDARD.override(
        {"power.snap_m": 50}
    )  # which lines a transformer feeds is then by distance alone
    before, after = served((houses, posts, wires), snap)[1], served((houses, posts, [*wires, more]), snap)[1]
    assert after.sum() >= before.sum()


@given(
    areas,
    st.sampled_from(
        [
            ("power.kva_per_household", 1.0),
            ("power.reach_m", 800),
            ("power.drop_m", 90),
            ("power.max_drop_pct", 9),
            ("power.route_factor", 1.1),
            ("power.peak_kw", 2),
            ("power.resistance_ohm_km", 0.2),
        ]
    ),
    st.booleans(),
)
@settings(max_examples=25, deadline=None)
def test_loosening_never_lowers_the_number_and_more_capacity_unserves_nobody(case, change, tight):
    standard = STANDARD.override({"power.max_drop_pct": 1.5}) if tight else STANDARD
    before, after = served(case, standard)[1], served(case, standard.override(dict([change])))[1]
    assert after.sum() >= before.sum()
    if change[0] == "power.kva_per_household":
        assert after[before].all()


@given(areas, st.randoms(use_true_random=False))
@quick
def test_row_order_does_not_matter(case, random):
    area = build(case)
    mixed = area
    for name in ("households", "transformers", "lines"):
        rows = list(range(len(area.layer(name))))
        random.shuffle(rows)
        mixed = mixed.with_layer(name, area.layer(name).iloc[rows])
    states = []
    for one in (area, mixed):
        found = power_gaps(one, STANDARD).power
        columns = {"state": found.state, "reason": found.reason}
        states.append(pd.DataFrame(columns, index=one.layer("households")["id"]).sort_index())
    pd.testing.assert_frame_equal(*states, check_dtype=False)
