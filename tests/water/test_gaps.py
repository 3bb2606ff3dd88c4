"""Water on toy ground whose answers can be worked out by hand."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from geo.area import Area, make_area
from geo.messages import LANGS, catalogue
from geo.spatial.terrain import Terrain
from geo.standards import default_standard
from geo.verdicts import decide, sentences
from geo.water.gaps import _REASONS, POOL_COLUMNS, water_gaps

CRS = "EPSG:32648"
# One household of 4: 4 x 60 L x 1.5 x 1.15 = 0.414 m3/d; a pool of 2.07 m3 passes 4.14 m3/d: 10 households.
STANDARD = default_standard()
DEMAND = 0.414


def points(x, y, **fields):
    return gpd.GeoDataFrame(fields, geometry=gpd.points_from_xy(x, y), crs=CRS)


def slope(fall: float = 0.1, size: int = 60, cell: float = 50.0) -> Terrain:
    """Ground that falls eastward by `fall`, 1000 m high at x = 0; x from -500, y from -1500."""
    x = -500 + (np.arange(size) + 0.5) * cell
    grid = np.repeat((1000 - fall * x)[None, :], size, axis=0).astype(np.float32)
    return Terrain(grid, -500, 1500, cell, make_area({}, crs=CRS).crs)


def homes(x, y=None, **fields):
    x = np.asarray(x, float)
    fields = {"id": [f"h{i}" for i in range(len(x))], "people": [4] * len(x), **fields}
    return points(x, np.zeros(len(x)) if y is None else y, **fields)


def area_of(households, pools=None, springs=None, terrain=None) -> Area:
    layers = {"households": households}
    layers |= {} if pools is None else {"pools": pools}
    layers |= {} if springs is None else {"springs": springs}
    return make_area(layers, crs=CRS, terrain=terrain)


def said(gaps, households) -> list[str]:
    table = decide(households["id"], "water", gaps.water)
    assert not sentences(table, "zh").str.contains("nan").any()
    return list(sentences(table, "en"))


def test_a_pool_above_serves_with_the_length_and_the_head_of_the_closed_form():
    households = homes([800.0])
    gaps = water_gaps(
        area_of(households, points([0.0], [0.0], id=["p"], volume=[10.0]), terrain=slope()), STANDARD
    )
    length = 1.25 * 800 * np.sqrt(1 + 0.1**2)
    assert gaps.water.state[0] == "met"
    assert gaps.water.measure[0] == pytest.approx(length, rel=1e-9)
    assert gaps.water.extra[0] == pytest.approx(80 - 0.008 * length, abs=1e-3)
    assert gaps.water.nearest[0] == "p"
    assert said(gaps, households) == [
        "can be on pool p: 1,005 m of pipe (limit 1,500 m), 72.0 m of head at the tap"
    ]


def test_the_pipe_follows_the_ground_and_not_the_air():
    """A ridge 400 m high between: level distance is in reach, the ground is not."""
    x = -500 + (np.arange(60) + 0.5) * 50.0
    ridge = np.where(np.abs(x - 500) < 400, 1400.0 - np.abs(x - 500), 1000.0 - 0.05 * x)
    terrain = Terrain(
        np.repeat(ridge[None, :], 60, axis=0).astype(np.float32), -500, 1500, 50, area_of(homes([0])).crs
    )
    pools = points([0.0], [0.0], id=["p"], volume=[10.0])
    over = water_gaps(area_of(homes([1000.0]), pools, terrain=terrain), STANDARD)
    along = water_gaps(area_of(homes([1000.0]), pools, terrain=slope()), STANDARD)
    assert along.water.state[0] == "met"
    assert over.water.reason[0] == "water.too_far"
    assert over.water.measure[0] > 1500


def test_head_counts_storeys_and_friction():
    """Fall 20 m over 200 m; friction on 251.2 m leaves 17.99 m: two storeys (14 m) yes, three (18 m) no."""
    households = homes([200.0, 200.0, 200.0], storeys=[1, 2, 3])
    gaps = water_gaps(
        area_of(households, points([0.0], [0.0], id=["p"], volume=[10.0]), terrain=slope()), STANDARD
    )
    assert list(gaps.water.reason) == ["water.served", "water.served", "water.too_low"]
    assert gaps.water.measure[2] == pytest.approx(17.99, abs=0.01)
    assert gaps.water.threshold[2] == 18
    assert "leaves 18.0 m of head, 18.0 m needed" in said(gaps, households)[2]


def test_a_pool_for_ten_does_not_serve_twelve_and_says_who_goes_without():
    households = homes(np.linspace(300, 700, 12))
    gaps = water_gaps(
        area_of(households, points([0.0], [0.0], id=["p"], volume=[2.07]), terrain=slope()), STANDARD
    )
    assert (gaps.water.state == "met").sum() == 10
    pool = gaps.pools.iloc[0]
    assert (pool["capacity"], pool["used"], pool["spare"], pool["limit"]) == (10, 10, 0, "volume")
    assert pool["capacity_m3d"] == pytest.approx(4.14)
    assert set(gaps.water.reason[gaps.water.state == "unmet"]) == {"water.full"}
    assert "pool p carries 10 households and is full" in said(gaps, households)[8]


def test_those_already_supplied_come_first_then_the_poor_then_by_id():
    households = homes(
        [300.0] * 4,
        id=["d", "c", "b", "a"],
        poor=[False, True, False, False],
        water=[True, None, None, False],
    )

    def served(share):
        pools = points([0.0], [0.0], id=["p"], volume=[share * DEMAND / 2 + 1e-6])
        state = water_gaps(area_of(households, pools, terrain=slope()), STANDARD).water.state
        return set(households["id"][state == "met"])

    assert [served(n) for n in range(5)] == [set(), {"d"}, {"d", "c"}, {"d", "c", "a"}, {"d", "c", "a", "b"}]


def test_households_give_way_so_that_more_are_served():
    """h0 (poor) may use both pools, h1 only the nearer, each holds one: both are served."""
    households = homes([300.0, 1100.0], poor=[True, False])
    pools = points([0.0, 600.0], [0.0, 0.0], id=["far", "mid"], volume=[0.21, 0.21], elev=[1040.0, 1040.0])
    gaps = water_gaps(area_of(households, pools, terrain=slope()), STANDARD.override({"water.reach_m": 700}))
    assert list(gaps.water.state) == ["met", "met"]
    assert list(gaps.water.nearest) == ["far", "mid"]


def test_a_shared_source_binds_the_pools_on_it_together():
    """Two pools of 10 on a spring for 5: five served, whichever pool; the rest hear of the source."""
    households = homes(np.linspace(300, 700, 12))
    pools = points([0.0, 50.0], [0.0, 0.0], id=["p", "q"], volume=[2.07, 2.07], source=["s", "s"])
    springs = points([-50.0], [0.0], id=["s"], yield_m3d=[5 * DEMAND])
    gaps = water_gaps(area_of(households, pools, springs, slope()), STANDARD)
    assert (gaps.water.state == "met").sum() == 5
    assert gaps.pools["used"].sum() == 5
    assert list(gaps.pools["limit"]) == ["source", "source"]
    assert (gaps.pools["spare"] == 0).all()
    unmet = gaps.water.reason[gaps.water.state == "unmet"]
    assert set(unmet) <= {"water.full", "water.source_full"}


def test_room_in_a_pool_whose_source_is_spent_says_so():
    """q has the spring's three households taken by p's customers, who can use nothing else."""
    households = homes(
        [300.0, 300.0, 300.0, 300.0], [-700.0, -700.0, -700.0, 700.0], poor=[True] * 3 + [False]
    )
    pools = points([0.0, 0.0], [-700.0, 700.0], id=["p", "q"], volume=[2.07, 2.07], source=["s", "s"])
    springs = points([-50.0], [0.0], id=["s"], yield_m3d=[3 * DEMAND])
    gaps = water_gaps(area_of(households, pools, springs, slope()), STANDARD.override({"water.reach_m": 600}))
    assert list(gaps.water.reason) == ["water.served"] * 3 + ["water.source_full"]
    assert gaps.water.measure[3] == 3
    assert list(gaps.pools["used"]) == [3, 0]


@pytest.mark.parametrize(
    ("fields", "limit", "reason", "state"),
    [
        ({"volume": [np.nan]}, "unknown", "water.capacity_unknown", "unknown"),
        ({"volume": [np.nan], "yield_m3d": [5.0]}, "yield", "water.served", "met"),
        ({"volume": [10.0], "yield_m3d": [5.0]}, "yield", "water.served", "met"),
        ({"volume": [10.0], "yield_m3d": [0.3]}, "yield", "water.dry", "unmet"),
        ({"volume": [10.0], "working": [False]}, "broken", "water.broken", "unmet"),
        ({"volume": [10.0], "elev": [900.0]}, "volume", "water.too_low", "unmet"),
        ({"volume": [10.0], "source": ["dried"]}, "source", "water.dry", "unmet"),
        ({"volume": [10.0], "source": ["failing"]}, "unknown", "water.capacity_unknown", "unknown"),
        ({"volume": [10.0], "source": ["unmeasured"]}, "volume", "water.served", "met"),
        ({"volume": [10.0], "source": ["nobody knows"]}, "volume", "water.served", "met"),
        ({"volume": [np.nan], "source": ["good"]}, "source", "water.served", "met"),
    ],
)
def test_what_limits_a_pool(fields, limit, reason, state):
    springs = points(
        [0.0] * 4,
        [0.0] * 4,
        id=["dried", "failing", "unmeasured", "good"],
        yield_m3d=[0.0, np.nan, np.nan, 8.0],
        failing=[True, True, False, None],
    )
    households = homes([300.0])
    gaps = water_gaps(
        area_of(households, points([0.0], [0.0], id=["p"], **fields), springs, slope()), STANDARD
    )
    assert gaps.pools["limit"][0] == limit
    assert (gaps.water.reason[0], gaps.water.state[0]) == (reason, state)
    assert gaps.pools["capacity"].isna()[0] == (limit == "unknown")
    said(gaps, households)


def test_a_full_pool_beside_an_unknown_one_leaves_the_answer_open():
    households = homes([300.0, 310.0])
    pools = points([0.0, 10.0], [0.0, 0.0], id=["known", "unknown"], volume=[0.21, np.nan])
    gaps = water_gaps(area_of(households, pools, terrain=slope()), STANDARD)
    assert list(gaps.water.state) == ["met", "unknown"]
    assert gaps.water.nearest[1] == "unknown"


def test_a_broken_pool_near_by_is_named_rather_than_a_low_one():
    pools = points(
        [250.0, 100.0], [0.0, 0.0], id=["low", "broken"], volume=[10.0, 10.0], working=[True, False]
    )
    gaps = water_gaps(area_of(homes([300.0]), pools, terrain=slope()), STANDARD)
    assert (gaps.water.reason[0], gaps.water.nearest[0]) == ("water.broken", "broken")


def test_without_terrain_elevations_must_be_stated_and_lengths_are_level():
    pools = points([0.0], [0.0], id=["p"], volume=[10.0], elev=[1000.0])
    stated = homes([400.0], elev=[950.0])
    gaps = water_gaps(area_of(stated, pools), STANDARD)
    assert gaps.planar
    assert gaps.water.state[0] == "met"
    assert gaps.water.measure[0] == pytest.approx(500)
    assert gaps.water.extra[0] == pytest.approx(50 - 4)
    silent = water_gaps(area_of(homes([400.0]), pools), STANDARD)
    assert (silent.water.state[0], silent.water.reason[0]) == ("unknown", "water.elevation_unknown")
    far = water_gaps(area_of(homes([4000.0]), pools), STANDARD)
    assert (far.water.state[0], far.water.measure[0]) == ("unmet", pytest.approx(5000))
    assert [stated_gaps.water.reason[0] for stated_gaps in (gaps, far)] == [
        "water.served_level",
        "water.too_far_level",
    ]


def test_no_layer_is_unknown_and_an_empty_one_is_a_gap():
    households = homes([300.0, 400.0])
    without = water_gaps(area_of(households, terrain=slope()), STANDARD)
    assert list(without.water.state) == ["unknown"] * 2
    assert list(without.water.reason) == ["water.no_pools"] * 2
    empty = water_gaps(area_of(households, points([], [], id=[]), terrain=slope()), STANDARD)
    assert list(empty.water.reason) == ["water.none"] * 2
    assert list(empty.water.state) == ["unmet"] * 2
    for gaps in (without, empty):
        assert len(gaps.pools) == 0
        said(gaps, households)


def test_a_household_without_a_place_is_unknown():
    households = homes([300.0, 300.0])
    households.geometry = [shapely.Point(300, 0), shapely.Point()]
    gaps = water_gaps(
        area_of(households, points([0.0], [0.0], id=["p"], volume=[10.0]), terrain=slope()), STANDARD
    )
    assert list(gaps.water.reason) == ["water.served", "water.unplaced"]


def test_a_household_placed_by_its_village_alone_is_unknown():
    households = homes([300.0] * 3, loc_qual=["village", "group", None])
    gaps = water_gaps(
        area_of(households, points([0.0], [0.0], id=["p"], volume=[10.0]), terrain=slope()), STANDARD
    )
    assert list(gaps.water.state) == ["unknown", "met", "met"]
    assert gaps.pools["used"][0] == 2


def test_no_households_at_all():
    gaps = water_gaps(
        area_of(homes([]), points([0.0], [0.0], id=["p"], volume=[2.07]), terrain=slope()), STANDARD
    )
    assert len(gaps.water.state) == 0
    assert gaps.pools["capacity"][0] == 10  # 4 people where nobody states any


def test_mean_household_size_sets_the_demand():
    households = homes([300.0] * 3, people=[2, 6, None])
    gaps = water_gaps(
        area_of(households, points([0.0], [0.0], id=["p"], volume=[2.07]), terrain=slope()), STANDARD
    )
    assert gaps.household_size == 4
    assert gaps.household_m3d == pytest.approx(DEMAND)


def test_the_pool_table_keeps_its_contract():
    gaps = water_gaps(
        area_of(homes([300.0]), points([0.0], [0.0], id=["p"], volume=[10.0]), terrain=slope()), STANDARD
    )
    assert dict(gaps.pools.dtypes.astype(str)) == POOL_COLUMNS


def test_the_input_is_left_alone():
    area = area_of(homes([300.0]), points([0.0], [0.0], id=["p"], volume=[10.0]), terrain=slope())
    before = {name: frame.copy() for name, frame in area.layers.items()}
    water_gaps(area, STANDARD)
    for name, frame in before.items():
        pd.testing.assert_frame_equal(pd.DataFrame(frame), pd.DataFrame(area.layers[name]))


def test_every_reason_is_a_sentence_in_both_languages():
    extra = ("served", "served_level", "too_far", "too_far_level", "none", "no_pools", "unplaced")
    for key in (f"water.{r}" for r in (*_REASONS, *extra)):
        assert all(catalogue()[key][lang] for lang in LANGS)
