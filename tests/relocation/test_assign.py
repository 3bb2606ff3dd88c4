"""Assignment on small townships: who goes where, who is left and why, money, and what room is missing."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS
from shapely import Point, box

from geo.area import Area, make_area
from geo.ground import make_ground
from geo.hazards.exposure import expose
from geo.relocation.assign import COLUMNS, Assignment, assign
from geo.relocation.must_move import MustMove, must_move
from geo.relocation.offers import COLUMNS as OFFER_COLUMNS
from geo.standards import default_standard
from geo.verdicts import sentences
from geo.zones import make_zones

CRS_ = CRS.from_epsg(4544)
STANDARD = default_standard()
ZONE = box(0, 0, 200, 200)


def frame(geometry: list[Any], **columns: Any) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=geometry, crs=CRS_)


def area_of(n: int, level: str = "medium", zone: Any = ZONE, far: int = 9, **columns: Any) -> Area:
    """`n` households in the zone and, in the same group, `far` that are safe."""
    xy = [(10.0 + 150 * k / max(n, 1), 100.0) for k in range(n)] + [(6000.0 + k, 0.0) for k in range(far)]
    m = n + far
    base = {"id": [f"h{k}" for k in range(m)], "group": ["g"] * m, "village": ["v"] * m, "people": [3] * m}
    base |= {"poor": [False] * m, "move_wish": pd.array([True] * m, dtype="boolean")}
    filled = {k: (list(v) + [None] * far if len(v) == n else v) for k, v in columns.items()}
    homes = frame([Point(p) for p in xy], **{**base, **filled})
    hazards = frame([zone], id=["z"], kind=["landslide"], level=[level])
    return make_area({"households": homes, "hazards": hazards}, crs=CRS_)


def offers_of(
    *rows: tuple[str, float, float], kind: str = "village", village: str = "v", yuan: float = 0.0
) -> Any:
    """Sites of 100 m a side: id, metres to the east, homes."""
    n = len(rows)
    columns = {
        "site": [r[0] for r in rows], "name": [f"place {r[0]}" for r in rows], "source": ["drawn"] * n,
        "kind": [kind] * n, "village": [village] * n, "capacity": [r[2] for r in rows],
        "connect_yuan": [yuan] * n,
    }  # fmt: skip
    assert list(columns) == list(OFFER_COLUMNS)
    return frame([box(r[1], 0, r[1] + 100, 100) for r in rows], **columns)


def run(area: Area, offers: Any, **options: Any) -> Assignment:
    found = expose(area, STANDARD)
    moving = must_move(area, STANDARD, found.households, pairs=found.table, zones=found.zones)
    return assign(area, STANDARD, moving, offers, make_ground(area, STANDARD), **options)


def reasons(found: Assignment) -> list[str]:
    return found.households["reason"].tolist()


def test_out_of_danger_to_the_nearest_site() -> None:
    found = run(area_of(3), offers_of(("near", 800, 9), ("far", 2500, 9)))
    assert found.households["site"].tolist() == ["near"] * 3
    assert reasons(found) == ["assign.own"] * 3
    assert found.households["metres"].tolist() == pytest.approx([790, 740, 690])
    assert found.left.empty
    assert found.shortage.empty
    assert found.gap == 0


def test_the_most_urgent_first_where_room_is_short() -> None:
    area = area_of(4)
    large = frame(
        [ZONE, box(0, 0, 60, 200)], id=["z", "y"], kind=["landslide"] * 2, level=["medium", "large"]
    )
    found = run(area.with_layer("hazards", large), offers_of(("a", 1500, 2)))
    got = found.households.set_index("household")
    assert got["site"].notna().to_dict() == {"h0": True, "h1": True, "h2": False, "h3": False}
    assert got["urgency"].tolist() == [1, 1, 2, 2]
    assert reasons(found)[2:] == ["assign.left.full"] * 2
    assert found.shortage[["village", "households", "people", "added"]].to_numpy().tolist() == [
        ["v", 2, 6, 2]
    ]
    assert found.totals["missing"] == 2


def test_nobody_is_sent_against_a_wish() -> None:
    wish = pd.array([True, False, None], dtype="boolean")
    found = run(area_of(3, move_wish=wish), offers_of(("a", 800, 9)))
    assert found.households["site"].tolist()[::2] == ["a", "a"]
    assert found.left[["household", "reason"]].to_numpy().tolist() == [["h1", "assign.left.refused"]]
    assert found.shortage.empty  # room is not what is missing


def test_a_stated_wish_is_met() -> None:
    found = run(area_of(2, wish_site=["far", "place far"]), offers_of(("near", 800, 9), ("far", 2500, 9)))
    assert found.households["site"].tolist() == ["far", "far"]
    assert reasons(found) == ["assign.wished"] * 2


def test_own_village_first() -> None:
    both = pd.concat(
        [offers_of(("other", 800, 9), village="w"), offers_of(("own", 2500, 9))], ignore_index=True
    )
    assert run(area_of(1), both).households["site"].tolist() == ["own"]


def test_too_far_from_ones_fields_but_for_towns() -> None:
    village = run(area_of(1), offers_of(("far", 7000, 9)))
    assert reasons(village) == ["assign.left.too_far"]
    assert village.households["measure"].tolist() == pytest.approx([6990])
    assert village.shortage["added"].tolist() == [1]
    town = run(area_of(1), offers_of(("far", 7000, 9), kind="town"))
    assert reasons(town) == ["assign.jobs"]
    assert town.households["site"].tolist() == ["far"]


def test_a_whole_group_goes_whole_or_not_at_all() -> None:
    area = area_of(5, far=0)
    small = run(area, offers_of(("a", 800, 3), ("b", 1500, 4)))
    assert reasons(small) == ["assign.left.group_too_large"] * 5
    assert small.shortage[["households", "largest_group", "added"]].to_numpy().tolist() == [[5, 5, 5]]
    fits = run(area, offers_of(("a", 800, 3), ("b", 1500, 5)))
    assert fits.households["site"].tolist() == ["b"] * 5
    assert set(reasons(fits)) == {"assign.whole"}


def test_an_offer_in_a_zone_is_refused() -> None:
    found = run(area_of(2), offers_of(("in", 250, 9), ("full", 800, 0), ("out", 1500, 9)))
    assert found.refused[["site", "reason", "nearest"]].fillna("").to_numpy().tolist() == [
        ["in", "assign.refused.zone", "z"],
        ["full", "assign.refused.room", ""],
    ]
    assert found.households["site"].tolist() == ["out"] * 2
    assert found.sites["site"].tolist() == ["out"]


def test_no_site_at_all() -> None:
    found = run(area_of(2), offers_of())
    assert reasons(found) == ["assign.left.no_site"] * 2
    assert found.shortage["added"].tolist() == [2]
    assert len(found.sites) == 0


def test_money_by_hand() -> None:
    # 3 people each: 25 m² a head in a village at 1,200, 20 m² in a town at 2,700 yuan; one is poor
    found = run(area_of(2, poor=[True, False], far=9), offers_of(("a", 800, 9), yuan=100_000))
    site = found.sites.iloc[0]
    assert site["floor_m2"] == 150
    assert site["cost"] == 2 * 75 * 1200 + 100_000
    assert site["subsidy"] == 3 * 20_000 + 3 * 12_000
    assert site["reward"] == 6 * 15_000
    assert site["per_person"] == pytest.approx(280_000 / 6)
    assert not site["over_budget"]
    town = run(area_of(2), offers_of(("a", 800, 9), kind="town", yuan=100_000))
    assert town.sites["cost"].tolist() == [2 * 60 * 2700 + 100_000]
    assert town.sites["over_budget"].tolist() == [True]


def test_within_a_budget() -> None:
    offers = offers_of(("a", 800, 9), yuan=100_000)
    found = run(area_of(3), offers, budget=290_000.0)
    assert found.totals["placed"] == 2  # 90,000 a home and the connection
    assert found.totals["cost"] <= 290_000
    assert reasons(found).count("assign.left.budget") == 1
    assert found.shortage["added"].sum() == 0


def test_a_site_is_connected_once_and_only_where_it_pays() -> None:
    offers = offers_of(("a", 800, 9), ("b", 900, 9), yuan=500_000)
    assert run(area_of(4), offers).sites["opened"].tolist() == [True, False]


def test_a_connection_nobody_can_price_is_not_free() -> None:
    """As near as the other, a site that no road or water reaches is taken as the dearest known, and said."""
    prices = {"a": np.nan, "b": 100_000.0, "c": 500_000.0}
    beside = [offers_of((name, 800, 9), yuan=yuan) for name, yuan in prices.items()]
    found = run(area_of(2), pd.concat(beside, ignore_index=True))
    assert found.sites["opened"].tolist() == [False, True, False]
    assert found.totals["unpriced"] == 0
    alone = run(area_of(2), offers_of(("a", 800, 9), yuan=float("nan")))
    assert (alone.totals["placed"], alone.totals["unpriced"], alone.totals["connect_yuan"]) == (2, 1, 0)
    assert alone.totals["cost"] == 2 * 75 * 1200
    assert np.isnan(alone.sites["connect_yuan"].iloc[0])


def test_listed_households_come_last() -> None:
    listed = ["none", "none", *["scattered"] * 2, *["none"] * 7]
    area = area_of(2, move_list=listed)
    short, wide = run(area, offers_of(("a", 800, 3))), run(area, offers_of(("a", 800, 9)))
    assert short.households["decision"].tolist() == ["scattered", "scattered", "listed", "listed"]
    assert short.households["site"].notna().tolist()[:2] == [True, True]
    assert short.left.empty  # nobody in danger is left
    assert wide.households["urgency"].tolist() == [2, 2, 0, 0]


def test_those_who_came_back_are_left_in_danger_by_name() -> None:
    found = run(area_of(2, moved_to=["town", None]), offers_of(("a", 800, 9)))
    assert found.left[["household", "reason"]].to_numpy().tolist() == [["h0", "assign.left.rebuilt"]]
    assert found.households["household"].tolist() == ["h1"]


def test_a_home_that_nobody_has_placed() -> None:
    """Known by village only, in a group that moves whole: it goes along."""
    quality = ["gps"] * 4 + ["village"]
    found = run(area_of(5, far=0, loc_qual=quality), offers_of(("a", 800, 9)))
    assert found.households["site"].tolist() == ["a"] * 5
    assert reasons(found)[-1] == "assign.no_walk"


@st.composite
def townships(draw: st.DrawFn) -> tuple[Area, Any]:
    n = draw(st.integers(1, 12))
    xy = draw(st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 3000)), min_size=n, max_size=n))
    groups = draw(st.lists(st.sampled_from("abc"), min_size=n, max_size=n))
    wish = draw(st.lists(st.sampled_from([True, True, None, False]), min_size=n, max_size=n))
    kin = draw(st.lists(st.sampled_from([None, None, "k", "l"]), min_size=n, max_size=n))
    zones = draw(
        st.lists(
            st.tuples(st.integers(0, 2500), st.integers(0, 2500), st.integers(50, 900)),
            min_size=1,
            max_size=3,
        )
    )
    levels = draw(
        st.lists(st.sampled_from(["small", "medium", "large"]), min_size=len(zones), max_size=len(zones))
    )
    sites = draw(
        st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 3000), st.integers(0, 6)), max_size=4)
    )
    homes = frame(
        [Point(p) for p in xy], id=[f"h{k}" for k in range(n)], group=groups, village=groups, people=[2] * n,
        poor=[False] * n, move_wish=pd.array(wish, dtype="boolean"), kin=kin,
    )  # fmt: skip
    hazards = frame(
        [box(x, y, x + w, y + w) for x, y, w in zones], id=[f"z{k}" for k in range(len(zones))],
        kind=["landslide"] * len(zones), level=levels,
    )  # fmt: skip
    m = len(sites)
    offers = frame(
        [box(x, y, x + 60, y + 60) for x, y, _ in sites], site=[f"s{k}" for k in range(m)], name=[""] * m,
        source=["drawn"] * m, kind=["village"] * m, village=["a"] * m,
        capacity=[float(c) for _, _, c in sites], connect_yuan=[1000.0] * m,
    )  # fmt: skip
    return make_area({"households": homes, "hazards": hazards}, crs=CRS_), offers


def moving_of(area: Area) -> MustMove:
    found = expose(area, STANDARD)
    return must_move(area, STANDARD, found.households, pairs=found.table, zones=found.zones)


@settings(max_examples=12, deadline=None)
@given(townships())
def test_whatever_is_asked(case: tuple[Area, Any]) -> None:
    area, offers = case
    moving = moving_of(area)
    found = assign(area, STANDARD, moving, offers, make_ground(area, STANDARD))
    table = found.households
    assert list(table.columns) == list(COLUMNS)
    placed = table[table["site"].notna()]
    # nobody into a zone
    zones = make_zones(area, STANDARD)
    usable = offers.set_index("site").geometry
    for site in placed["site"].unique():
        for ground, buffer_m in zip(zones.reach, zones.frame["buffer_m"], strict=True):
            assert (
                ground.buffer(buffer_m, quad_segs=16).intersection(usable[site]).area
                <= STANDARD["site.sliver_m2"]
            )
    # never over capacity, nobody against a wish
    assert (found.sites["households"] <= found.sites["capacity"]).all()
    wish = area.layer("households")["move_wish"].fillna(True).to_numpy(bool)
    assert wish[placed["row"].to_numpy(int)].all()
    # never apart from a whole group
    for _, own in table[(table["decision"] == "whole") & (table["reason"] != "assign.left.refused")].groupby(
        "group"
    ):
        assert len(set(own["site"].fillna(""))) == 1
    # everybody who must move is somewhere: at a site, or left with a reason
    must = moving.households[moving.households["decision"].isin(["scattered", "whole"])]
    assert set(must["household"]) == set(placed["household"]) | set(found.left["household"])
    assert (found.left["urgency"] > 0).all()
    for lang in ("zh", "en"):
        assert not sentences(table, lang).str.contains("nan").any(), sentences(table, lang).tolist()


@settings(max_examples=12, deadline=None)
@given(townships(), st.integers(50, 600))
def test_a_larger_hazard_moves_no_fewer_where_there_is_room(case: tuple[Area, Any], wider: int) -> None:
    area, _ = case
    room = frame(
        [box(20_000, 0, 20_100, 100)], site=["s"], name=[""], source=["drawn"], kind=["town"], village=["a"],
        capacity=[99.0], connect_yuan=[0.0],
    )  # fmt: skip
    hazards = area.layer("hazards")
    grown = area.with_layer("hazards", hazards.set_geometry(hazards.geometry.buffer(wider)))
    few, many = (
        assign(a, STANDARD, moving_of(a), room, make_ground(a, STANDARD)).totals["placed"]
        for a in (area, grown)
    )
    assert many >= few
