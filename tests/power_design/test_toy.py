"""Power designs small enough to be known beforehand."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo.corridors import make_corridors
from geo.messages import catalogue
from geo.power.design import design_power
from geo.power.gaps import power_gaps
from geo.spatial.terrain import Terrain
from geo.standards import default_standard
from geo.works import SERVES_COLUMNS, SYSTEM_COLUMNS, UNSERVED_COLUMNS, WORK_COLUMNS

from .toys import CRS, area_of, homes, posts, wires

S = default_standard()


def designed(area, unmet=None, standard=S):
    gaps = power_gaps(area, standard)
    unmet = (gaps.power.state == "unmet") if unmet is None else np.asarray(unmet, bool)
    return design_power(area, gaps, unmet, standard)


def of_kind(works, kind):
    return works.table[works.table["kind"] == kind].reset_index(drop=True)


def row_of(n, x0, y, step=20.0):
    return [(x0 + k * step, y) for k in range(n)]


MV = [[(-3000, 1000), (3000, 1000)]]
TWO = [[(0, 0), (140, 0)], [(160, 0), (300, 0)]]


def test_a_house_at_the_line_of_a_transformer_with_room_needs_a_connection_and_nothing_else():
    area = area_of(homes((200, 10), power=[False]), posts((0, 0)), wires([[(0, 0), (300, 0)]]))
    works = designed(area, [True])
    assert list(works.table["kind"]) == ["connection"]
    assert works.table["quantity"].tolist() == [1.0]
    assert works.table["spec"].tolist() == ["10 m"]
    [system] = works.systems.to_dict("records")
    assert system["source"] == "t0"
    assert system["passed"]
    assert system["note"] == "power_design.extended"
    assert not len(works.unserved)


def test_a_house_beyond_the_drop_gets_a_line_from_the_nearest_pole():
    """Pole at (300, 0); the house 150 m up: 12.5 m of the 25 m drop are kept, the rest is line."""
    area = area_of(homes((300, 150)), posts((0, 0)), wires([[(0, 0), (300, 0)]]))
    works = designed(area)
    [line] = of_kind(works, "lv_line").to_dict("records")
    assert line["quantity"] == pytest.approx(150 - S["power.pole_m"] / 2, abs=0.01)
    assert line["spec"] == "35 mm²"
    assert line["households"] == line["crucial"] == 1
    assert line["people"] == 4
    assert shapely.length(line["geometry"]) == pytest.approx(line["quantity"])
    profile = works.profiles[line["work"]]
    assert profile[-1, 0] == pytest.approx(line["quantity"])


def test_a_full_transformer_is_replaced_by_the_next_size():
    """30 kVA hold 15 households at 2 kVA; 17 stand at the line, 50 kVA are the next size."""
    area = area_of(
        homes(*row_of(17, 20, 10, 15)), posts((0, 0), kva=(30.0,)), wires([[(0, 0), (300, 0)]], MV)
    )
    works = designed(area)
    [new] = of_kind(works, "transformer").to_dict("records")
    assert new["quantity"] == new["size"] == 50
    assert new["spec"] == "t0: 30 → 50 kVA"
    assert new["households"] == 2
    assert new["crucial"] == 17
    assert len(of_kind(works, "connection")) == 2
    assert works.systems["note"].tolist() == ["power_design.enlarged"]


def test_a_far_hamlet_gets_a_transformer_and_a_spur():
    area = area_of(homes(*row_of(12, 1000, 400)), posts((0, 0)), wires([[(0, 0), (300, 0)]], MV))
    works = designed(area)
    [new] = of_kind(works, "transformer").to_dict("records")
    assert new["quantity"] == 30  # 24 kVA are needed
    [spur] = of_kind(works, "mv_line").to_dict("records")
    assert spur["quantity"] == pytest.approx(1000 - new["geometry"].y)
    assert spur["geometry"].coords[-1] == new["geometry"].coords[0]
    assert len(of_kind(works, "connection")) == 12
    [system] = works.systems.to_dict("records")
    assert (system["source"], system["households"], system["note"]) == ("l1", 12, "power_design.new")
    assert system["passed"]
    assert 0 < system["worst"] <= system["limit"] == S["power.max_drop_pct"]
    assert system["verified"].startswith("power-grid-model ")


def test_relief_is_chosen_where_it_is_cheaper():
    """With a new set at a tenth of the price of enlarging, a full transformer is relieved by a new one."""
    area = area_of(
        homes(*row_of(17, 20, 10, 15)),
        posts((0, 0), kva=(200.0,)),
        wires([[(0, 0), (300, 0)]], [[(-3000, 60), (3000, 60)]]),
    )
    tight = S.override({"power.kva_per_household": 12.0})  # 200 kVA hold 16
    works = designed(area, standard=tight)
    assert works.systems["note"].tolist() == ["power_design.new"]
    assert of_kind(works, "transformer")["quantity"].tolist() == [30]


def test_nothing_can_be_done_without_any_line_or_place():
    area = area_of(homes((5000, 5000), (np.nan, np.nan)), posts((0, 0)), wires([[(0, 0), (300, 0)]]))
    works = designed(area, [True, True])
    assert not len(works.table)
    said = dict(zip(works.unserved["household"], works.unserved["reason"], strict=True))
    assert said == {"h0": "power_design.no_mains", "h1": "power_design.unplaced"}
    assert set(said.values()) <= set(catalogue())


def test_no_place_is_said_only_where_there_is_a_line_to_feed_one():
    """Every place near the house and under the line lies in a hazard zone."""
    zone = gpd.GeoDataFrame(
        {"id": ["z"], "kind": ["landslide"]}, geometry=[shapely.box(4000, -500, 6000, 6000)], crs=CRS
    )
    lines = wires([[(0, 0), (300, 0)]], [[(4500, 60), (5500, 60)]])
    works = designed(area_of(homes((5000, 100)), posts((0, 0)), lines, zone), [True])
    assert works.unserved["reason"].tolist() == ["power_design.no_place"]


def test_no_transformer_stands_in_a_hazard_zone_and_lines_through_one_say_so():
    zone = gpd.GeoDataFrame(
        {"id": ["z"], "kind": ["landslide"]}, geometry=[shapely.box(900, 500, 1400, 900)], crs=CRS
    )
    area = area_of(homes(*row_of(12, 1000, 400)), posts((0, 0)), wires([[(0, 0), (300, 0)]], MV), zone)
    works = designed(area)
    assert not shapely.intersects(of_kind(works, "transformer").geometry.array, zone.geometry[0]).any()
    assert of_kind(works, "mv_line")["flag"].tolist() == ["corridor.in_hazard"]


def test_a_weak_line_takes_a_larger_conductor():
    """30 households at the end of 450 m of 35 mm² fail; with a larger conductor they pass."""
    area = area_of(
        homes(*[(450 + dx, dy) for dx in (0, 10, 20) for dy in range(-45, 50, 10)]),
        posts((0, 0), kva=(100.0,)),
        wires([[(0, 0), (450, 0)]], mm2=35.0),
    )
    works = designed(area, np.arange(30) % 2 == 0)
    assert works.systems["passed"].all()
    again = of_kind(works, "lv_line")
    again = again[again["spec"].str.startswith("35 →")]
    assert again["quantity"].sum() == pytest.approx(450, abs=1)
    assert (again["size"] > 35).all()
    assert again["crucial"].max() == 30


def test_conductors_are_sized_and_checked_as_warm_as_they_run():
    """What holds with conductors at 20 °C but not at 70 °C is found, and takes the next size."""
    area = area_of(
        homes(*[(390 + dx, dy) for dx in (0, 10) for dy in range(-20, 25, 10)]),
        posts((0, 0), kva=(100.0,)),
        wires([[(0, 0), (390, 0)]], mm2=35.0),
    )
    half = np.arange(10) % 2 == 0
    cold, warm = designed(area, half, S.override({"power.conductor_c": 20.0})), designed(area, half)
    r20, r70, x = 0.868, 0.868 * (1 + 0.00403 * 50), 0.08 * np.tan(np.arccos(0.9))
    [a], [b] = cold.systems["worst"], warm.systems["worst"]
    limit = S["power.max_drop_pct"]
    assert a < limit < a * (r70 + x) / (r20 + x)
    assert not of_kind(cold, "lv_line")["spec"].str.startswith("35 →").any()
    assert of_kind(warm, "lv_line")["spec"].str.startswith("35 → 50").any()
    assert b < limit


def test_what_no_conductor_can_carry_is_named_with_the_voltage():
    strict = S.override({"power.max_drop_pct": 0.5})
    area = area_of(homes((400, 10), (410, 10)), posts((0, 0)), wires([[(0, 0), (450, 0)]], mm2=35.0))
    works = designed(area, [True, True], strict)
    assert set(works.unserved["reason"]) == {"power_design.voltage"}
    assert (works.unserved["measure"] > 0.5).all()
    assert works.unserved["threshold"].tolist() == [0.5, 0.5]
    assert not len(works.systems) or works.systems["passed"].all()


def test_where_no_line_is_mapped_lines_begin_at_the_transformer():
    area = area_of(homes((100, 0), (140, 0)), posts((0, 0)))
    works = designed(area, [True, True])
    assert not len(works.unserved)
    assert of_kind(works, "lv_line")["quantity"].sum() == pytest.approx(127.5, abs=20)


def test_the_tables_keep_their_contracts():
    area = area_of(
        homes(*row_of(12, 1000, 400), (5000, 5000)), posts((0, 0)), wires([[(0, 0), (300, 0)]], MV)
    )
    works = designed(area)
    for table, contract in (
        (works.table.drop(columns="geometry"), WORK_COLUMNS),
        (works.serves, SERVES_COLUMNS),
        (works.unserved, UNSERVED_COLUMNS),
        (works.systems, SYSTEM_COLUMNS),
    ):
        assert {c: str(t) for c, t in table.dtypes.items()} == contract
    assert works.table["work"].is_unique
    assert set(works.serves["work"]) == set(works.table["work"])
    empty = designed(area, np.zeros(13, bool))
    assert not len(empty.table)
    assert not len(empty.unserved)


def test_a_hamlet_inside_a_hazard_zone_is_supplied_from_outside():
    """The 10 kV line runs 100 m beyond the zone: the transformer stands under it."""
    zone = gpd.GeoDataFrame(
        {"id": ["z"], "kind": ["landslide"]}, geometry=[shapely.box(900, 500, 1400, 900)], crs=CRS
    )
    area = area_of(homes(*row_of(12, 1000, 700)), posts((0, 0)), wires([[(0, 0), (300, 0)]], MV), zone)
    works = designed(area)
    [new] = of_kind(works, "transformer").to_dict("records")
    assert new["geometry"].y == 1000
    assert not len(works.unserved)
    assert "corridor.in_hazard" in set(of_kind(works, "lv_line")["flag"])


def test_with_the_ground_known_a_spur_goes_around_the_zone():
    """Straight it crosses; around the western edge at x = 900 it is longer than straight and clear."""
    zone = gpd.GeoDataFrame(
        {"id": ["z"], "kind": ["landslide"]}, geometry=[shapely.box(900, 500, 1400, 900)], crs=CRS
    )
    area = area_of(homes(*row_of(12, 1000, 400)), posts((0, 0)), wires([[(0, 0), (300, 0)]], MV), zone)
    gaps = power_gaps(area, S)
    works = design_power(area, gaps, gaps.power.state == "unmet", S, make_corridors(area, S))
    [spur] = of_kind(works, "mv_line").to_dict("records")
    [post] = of_kind(works, "transformer").to_dict("records")
    assert spur["flag"] == ""
    assert not spur["geometry"].intersects(zone.geometry[0])
    assert spur["quantity"] == pytest.approx(spur["geometry"].length)
    assert spur["geometry"].coords[-1] == post["geometry"].coords[0]
    corner = np.hypot(post["geometry"].x - 900, 500 - post["geometry"].y)
    assert spur["quantity"] >= corner + 500
    assert spur["quantity"] < 1.5 * (corner + 600)


def on_a_mountain(area, hole=None):
    """The area on level ground at 1,500 m; of the `hole` (rows, columns of 25 m) nobody knows the height."""
    height = np.full((100, 160), 1500.0, np.float32)
    if hole is not None:
        height[hole] = np.nan
    return replace(area, terrain=Terrain(height, -500.0, 1500.0, 25.0, area.crs))


@pytest.mark.parametrize("hole", [np.s_[40:46, 60:90], np.s_[40:, 62:]])
def test_where_the_height_is_not_known_no_line_falls_to_the_sea(hole):
    area = area_of(homes(*row_of(12, 1000, 400)), posts((0, 0)), wires([[(0, 0), (300, 0)]], MV))
    known, guessed = designed(on_a_mountain(area)), designed(on_a_mountain(area, hole))
    for kind in ("mv_line", "lv_line", "transformer"):
        assert of_kind(guessed, kind)["quantity"].tolist() == pytest.approx(
            of_kind(known, kind)["quantity"].tolist()
        )


def test_beyond_the_terrain_the_ground_lies_as_high_as_at_its_edge():
    area = area_of(homes(*row_of(12, 1000, 400)), posts((0, 0)), wires([[(0, 0), (300, 0)]], MV))
    known = on_a_mountain(area)
    short = replace(known, terrain=replace(known.terrain, elevation=known.terrain.elevation[:, :62]))
    assert len(of_kind(designed(short), "mv_line")) == 1
    for kind in ("mv_line", "lv_line", "transformer"):
        assert of_kind(designed(short), kind)["quantity"].tolist() == pytest.approx(
            of_kind(designed(known), kind)["quantity"].tolist()
        )


def test_who_fails_in_the_last_round_is_not_both_served_and_named(monkeypatch):
    """A feeder that fails in every round: what is written is what was run last."""
    area = area_of(homes(*row_of(12, 100, 90)), posts((0, 0)), wires([[(0, 0), (300, 0)]]))

    def one_fails(zones, *_):
        first = min((int(zone.asked.min()) for zone in zones), default=-1)
        return np.array([[first, 9.0]]) if first >= 0 else np.empty((0, 2))

    monkeypatch.setattr("geo.power.design._failing", one_fails)
    works = designed(area)
    served, named = set(works.serves["household"]), set(works.unserved["household"])
    assert len(named) == 3
    assert not served & named
    assert served | named == set(area.layer("households")["id"])


def test_transformers_that_share_an_id_are_told_apart():
    area = area_of(homes(*row_of(60, 20, 10, step=4), power=False), posts((0, 0), (300, 0)), wires(TWO, MV))
    alike = area.with_layer("transformers", area.layer("transformers").assign(id="t"))
    one, other = designed(area, np.ones(60, bool)), designed(alike, np.ones(60, bool))
    assert one.table["quantity"].tolist() == pytest.approx(other.table["quantity"].tolist())
