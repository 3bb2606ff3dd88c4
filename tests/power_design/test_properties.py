"""What holds of every power design, on random hamlets and on the sample township."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import dijkstra

from geo.power.design import design_power
from geo.power.gaps import power_gaps
from geo.reading import read_area
from geo.standards import default_standard
from geo.verdicts import decide

from .toys import area_of, homes, posts, wires

S = default_standard()


def along_lines(works) -> dict[str, float]:
    """Metres of new line between each new transformer and its farthest house, from the drawn lines alone."""
    table, far = works.table, {}
    for system, mine in table.groupby("system"):
        post = mine[mine["kind"] == "transformer"]
        lines = mine[mine["kind"] == "lv_line"]
        if not len(post) or "→" in post["spec"].iloc[0] or not len(lines):
            continue
        ends = np.concatenate(
            [shapely.get_coordinates(g)[[k, k + 1]] for g in lines.geometry for k in range(len(g.coords) - 1)]
        )
        spots, node = np.unique(np.rint(ends * 1000), axis=0, return_inverse=True)
        node = node.reshape(-1, 2)
        length = np.hypot(*(ends[::2] - ends[1::2]).T)
        graph = sp.coo_array((length, node.T), shape=(len(spots),) * 2).tocsr()
        root = np.hypot(*(spots / 1000 - shapely.get_coordinates(post.geometry.iloc[0])[0]).T).argmin()
        metres = dijkstra(graph, directed=False, indices=root)
        assert np.isfinite(metres).all(), "every line hangs on its transformer"
        far[system] = float(metres.max())
    return far


def check(area, works, unmet, standard):
    ids = area.layer("households")["id"]
    connected = works.serves.merge(works.table[works.table["kind"] == "connection"][["work"]])["household"]
    assert connected.is_unique
    assert sorted([*connected, *works.unserved["household"]]) == sorted(ids[np.asarray(unmet, bool)])
    assert works.systems["passed"].all()
    assert (works.systems["worst"] <= standard["power.max_drop_pct"]).all()
    sets = works.table[works.table["kind"] == "transformer"]
    assert (sets["crucial"] * standard["power.kva_per_household"] <= sets["quantity"] + 1e-6).all()
    assert set(sets["quantity"]) <= set(standard.numbers("power.sizes_kva"))
    assert (sets["quantity"] <= max(standard.numbers("power.sizes_kva"))).all()
    for metres in along_lines(works).values():
        assert metres <= standard["power.reach_m"] + 0.1


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 40), st.sampled_from([300.0, 900.0, 2000.0]))
def test_everyone_is_served_within_the_limits_or_named(seed, n, side):
    rng = np.random.default_rng(seed)
    at = rng.uniform(0, side, (n, 2))
    line = [[(0, side / 2), (side / 3, side / 2), (side / 3, side * 0.8)]]
    area = area_of(
        homes(*map(tuple, at)),
        posts((0, side / 2), kva=(30.0,)),
        wires(line, [[(-500, -200), (side + 500, -200)]]),
    )
    gaps = power_gaps(area, S)
    unmet = gaps.power.state == "unmet"
    works = design_power(area, gaps, unmet, S)
    check(area, works, unmet, S)
    assert not len(works.unserved), "a 10 kV line is near: everyone can be served"
    again = design_power(area, gaps, unmet, S)
    pd.testing.assert_frame_equal(works.table, again.table)


@pytest.fixture(scope="module")
def township(sample):
    area, _ = read_area(sample)
    gaps = power_gaps(area, S)
    homes_ = area.layer("households")
    unmet = (decide(homes_["id"], "power", gaps.power, homes_["power"])["state"] == "unmet").to_numpy(bool)
    return area, gaps, unmet, design_power(area, gaps, unmet, S)


def test_the_sample_passes_the_power_flow_and_names_whom_it_leaves_out(township):
    area, _, unmet, works = township
    assert unmet.sum() > 300
    check(area, works, unmet, S)
    assert set(works.unserved["reason"]) <= {"power_design.unplaced"}
    assert len(works.unserved) < 0.02 * unmet.sum()


def test_the_sample_existing_transformers_carry_no_more_than_they_can(township):
    """From the serves table and the gap's own counts, without the design's bookkeeping."""
    area, gaps, unmet, works = township
    systems = works.systems[works.systems["note"] == "power_design.extended"]
    kept = (gaps.power.state == "met") & ~unmet
    before = pd.Series(gaps.power.nearest[kept]).value_counts()
    kva = area.layer("transformers").set_index("id")["kva"]
    assert len(systems) > 30
    for row in systems.itertuples():
        load = before.get(row.source, 0) + row.households
        assert load * S["power.kva_per_household"] <= kva[row.source]


def test_the_sample_lines_are_where_they_are_said_to_be(township):
    _, _, _, works = township
    lines = works.table[works.table["kind"].isin(["lv_line", "mv_line"])]
    assert set(lines["kind"]) == {"lv_line", "mv_line"}
    flat = shapely.length(np.asarray(lines.geometry.array))
    assert (lines["quantity"] >= flat - 1e-6).all()
    assert lines["quantity"].sum() <= 1.25 * flat.sum(), "slopes lengthen a line by a few percent"
    for row in lines.itertuples():
        chainage = works.profiles[row.work][:, 0]
        assert chainage[-1] == pytest.approx(row.quantity)
        assert (np.diff(chainage) > 0).all()
