"""Group roads on ground made by hand: they wind, upgrade, avoid, cross and join as they must."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.corridors import make_corridors
from geo.pricing import price
from geo.roads.design import design_roads
from geo.roads.written import count_steps
from geo.standards import default_standard
from geo.verdicts import UNMET

spec = importlib.util.spec_from_file_location("road_ground", Path(__file__).with_name("laid_out.py"))
here = importlib.util.module_from_spec(spec)
sys.modules["road_ground"] = here
spec.loader.exec_module(here)
at, valley, design, needs, built = here.at, here.valley, here.design, here.needs, here.built
CELL = here.CELL

FLAT = np.zeros((120, 120))
GROUP = (750, 900)


def roads(works, kind: str | None = None):
    table = works.table[works.table["need"] == "road"]
    return table if kind is None else table[table["kind"] == kind]


def test_on_a_plane_the_road_is_the_straight_line():
    area = valley(FLAT, group=GROUP)
    works = design(area)
    (line,) = roads(works, "road_new").geometry
    assert line.length == pytest.approx(800, rel=0.005)  # from y = 900 to y = 100, straight
    row = roads(works).iloc[0]
    assert (row["quantity"], row["households"], row["people"]) == (pytest.approx(line.length), 1, 4.0)
    assert works.profiles[row["work"]][-1].tolist() == pytest.approx([line.length, 0.0])
    assert not len(works.unserved)


def test_the_road_winds_where_the_direct_grade_is_too_steep():
    # falls 25 % to the north: 800 m of straight road would climb 200 m
    slope = np.repeat(np.arange(120)[:, None] * CELL_RISE, 120, axis=1)
    area = valley(slope, group=GROUP)
    works = design(area)
    lines = list(roads(works, "road_new").geometry)
    assert sum(line.length for line in lines) >= 200 / 0.12
    bends = roads(works, "hairpin")
    assert len(bends)  # the climb does not fit the ground without turning back
    for spec, flag in zip(bends["spec"], bends["flag"], strict=True):  # and on so steep a slope no wide bend
        drawn = float(spec.split()[1])
        assert drawn <= 12 if flag == "road_design.tight" else drawn >= 12 and flag == ""
    assert max(here.steepest_by_hand(line, area.terrain) for line in lines) <= 0.1201
    assert (roads(works, "road_new")["flag"] == "").all()
    for name, table in works.profiles.items():
        if (works.table.set_index("work").loc[name, "need"]) == "road":
            run, rise = np.diff(table, axis=0).T
            assert (np.abs(rise) <= 0.1201 * run).all()


def test_on_coarse_cells_the_road_winds_as_on_fine_ones():
    """A plane of cells of 75 m, as of a world-wide terrain model, is the plane of small cells."""
    metres = []
    for cell, n in ((here.CELL, 120), (75.0, 20)):
        slope = np.repeat(np.arange(n)[:, None] * 0.25 * cell, n, axis=1)
        area = valley(slope, group=GROUP, cell=cell)
        works = design(area)
        lines = list(roads(works, "road_new").geometry)
        assert max(here.steepest_by_hand(line, area.terrain) for line in lines) <= 0.1201
        assert not (works.unserved["need"] == "road").any()
        metres.append(sum(line.length for line in lines))
    assert metres[1] == pytest.approx(metres[0], rel=0.05)


CELL_RISE = 0.25 * here.CELL


def test_a_track_is_upgraded_where_that_is_cheaper():
    track = [(750, 100), (760, 500), (750, 900)]  # hardly a detour
    works = design(valley(FLAT, group=GROUP, track=track))
    assert roads(works)["kind"].tolist() == ["road_upgrade"]
    assert roads(works)["quantity"].sum() == pytest.approx(800, abs=2)
    # 380 yuan a metre against 600: a track 1.9 times as long as the straight way is left alone
    long_way = [(750, 100), (100, 100 + 1), (100, 901), (750, 900)]
    works = design(valley(FLAT, group=GROUP, track=long_way))
    assert set(roads(works)["kind"]) == {"road_new"}


def test_a_hardened_road_that_is_too_narrow_is_widened_not_paved_anew():
    """3 m of concrete to the middle, earth from there: half a metre is laid beside the first half."""
    area = valley(FLAT, group=GROUP, track=[(750, 100), (750, 500)])
    layer = area.layer("roads")
    more = layer.iloc[[1]].copy()
    more["id"] = "earth"
    more = more.set_geometry([shapely.LineString([at(750, 500), at(750, 900)])])
    layer = pd.concat([layer, more], ignore_index=True)
    layer.loc[1, ["hardened", "width", "class"]] = [True, 3.0, "village"]
    works = design(area.with_layer("roads", layer))
    table = roads(works).sort_values("size")
    assert table["kind"].tolist() == ["road_upgrade", "road_upgrade"]
    assert table["quantity"].to_numpy() == pytest.approx([400, 400], abs=2)
    assert table["size"].tolist() == [0.5, 3.5]
    assert [spec.split(" · ")[0] for spec in table["spec"]] == ["3 → 3.5 m", "3.5 m"]
    priced = price(works, default_standard()).table.set_index("work")["likely"][table["work"]].to_numpy()
    per_m = [default_standard().table(f"price.road_upgrade_{size}")["likely"] for size in ("0p5", "3p5")]
    assert priced / table["quantity"].to_numpy() == pytest.approx(per_m)


def test_a_track_too_steep_to_upgrade_is_not():
    slope = np.repeat(np.arange(120)[:, None] * CELL_RISE, 120, axis=1)
    works = design(valley(slope, group=GROUP, track=[(750, 100), (750, 900)]))
    assert "road_upgrade" not in set(roads(works)["kind"])


def zone(*box: float) -> gpd.GeoDataFrame:
    west, top, east, bottom = box
    shape = shapely.box(*at(west, bottom), *at(east, top))
    return gpd.GeoDataFrame({"id": ["z"], "kind": ["landslide"]}, geometry=[shape], crs=here.CRS)


def test_a_hazard_zone_is_gone_round():
    danger = zone(500, 400, 1000, 600)
    works = design(valley(FLAT, group=GROUP, hazards=danger))
    assert not roads(works).geometry.intersects(danger.geometry[0]).any()
    assert (roads(works)["flag"] == "").all()
    # by hand: to the corner of the zone, then straight down to the road
    assert roads(works)["quantity"].sum() == pytest.approx(np.hypot(250, 300) + 500, rel=0.015)


def test_a_hazard_zone_is_crossed_only_when_walled_in_and_then_flagged():
    danger = zone(-100, 400, 1700, 420)
    works = design(valley(FLAT, group=GROUP, hazards=danger))
    crossing = roads(works).geometry.intersects(danger.geometry[0])
    assert crossing.any()
    assert (roads(works)["flag"][crossing] == "corridor.in_hazard").all()
    assert (roads(works)["flag"][~crossing] == "").all()


@pytest.mark.parametrize(("width", "kind", "quantity"), [(10.0, "bridge", 14.0), (1.5, "culvert", 1.0)])
def test_water_is_crossed_once_and_counted(width: float, kind: str, quantity: float):
    river = gpd.GeoDataFrame(
        {"id": ["w"], "class": ["river"], "width": [width]},
        geometry=[shapely.LineString([at(-100, 480), at(1700, 520)])],
        crs=here.CRS,
    )
    works = design(valley(FLAT, group=GROUP, rivers=river))
    over = roads(works, kind)
    assert over["quantity"].tolist() == [pytest.approx(quantity)]
    road = roads(works, "road_new").iloc[0]
    assert over["work"].iloc[0] in road["after"].split()
    assert over.geometry.iloc[0].distance(river.geometry[0]) < 0.01


def test_small_groups_stay_without_and_are_named():
    area = valley(FLAT, group=GROUP)
    works = design(area.with_layer("groups", area.layer("groups").assign(hh_n=29)))
    assert not len(roads(works))
    row = works.unserved[works.unserved["need"] == "road"].iloc[0]
    assert (row["reason"], row["measure"], row["threshold"]) == ("road_design.small_group", 29, 30)
    more = default_standard().override({"road.group_min_households": 20})
    assert len(roads(design(area.with_layer("groups", area.layer("groups").assign(hh_n=29)), more)))


def test_no_way_is_said():
    # a table mountain: 400 m up at once, all around the group
    height = np.zeros((120, 120))
    height[60:90, 40:80] = 400
    works = design(valley(height, group=GROUP))
    assert works.unserved.set_index("need").loc["road", "reason"] == "road_design.no_way"


def test_branches_come_after_what_they_hang_on_and_share():
    groups = gpd.GeoDataFrame(
        {"id": ["a", "b"], "hh_n": [40, 50]},
        geometry=[shapely.Point(at(600, 1100)), shapely.Point(at(900, 1100))],
        crs=here.CRS,
    )
    area = valley(FLAT, group=GROUP, groups=groups)
    doors = area.layer("households")
    area = area.with_layer(
        "households",
        gpd.GeoDataFrame(
            {"id": ["1", "2"], "group": ["a", "b"], "people": [3, 5], "loc_qual": "gps"},
            geometry=groups.geometry.array,
            crs=doors.crs,
        ),
    )
    works = design(area)
    table = roads(works).set_index("work")
    # Steiner: the two ends 300 m apart meet at 120 degrees, 86.6 m below the line between them
    assert table["quantity"].sum() == pytest.approx(1000 + 150 * np.sqrt(3), rel=0.02)
    trunk = table[table["households"] == 2]
    assert len(trunk) == 1
    others = table.drop(trunk.index)
    assert (others["after"] == trunk.index[0]).all()
    assert (trunk["crucial"].iloc[0], others["crucial"].tolist()) == (2, [1, 1])


def test_what_is_designed_closes_the_gap_when_it_is_built():
    rng = np.random.default_rng(5)
    height = np.cumsum(np.cumsum(rng.normal(0, 0.1, (120, 120)), axis=0), axis=1) / 4
    doors = [(x, y) for x in range(600, 901, 60) for y in range(700, 1101, 80)]
    area = valley(height, group=GROUP, households=doors)
    works = design(area)
    after = needs(built(area, works)).states()
    named = set(works.unserved["household"] + works.unserved["need"])
    for need in ("road", "path"):
        left = after.index[after[need] != "met"]
        assert {h + need for h in left} <= named
    assert len(works.serves["household"].unique()) == len(doors)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 10_000), st.floats(0.5, 3.0))
def test_never_too_steep_and_never_in_a_zone_unsaid(seed: int, rough: float):
    rng = np.random.default_rng(seed)
    waves = rng.normal(0, rough, (7, 7))
    grid = np.linspace(0, 6, 120)
    y, x = np.meshgrid(grid, grid, indexing="ij")
    height = 25 * np.real(
        sum(waves[i, j] * np.cos(i * y / 2 + j * x / 2 + i) for i in range(7) for j in range(7)) / 7
    )
    danger = zone(*(rng.uniform(0, 900, 2)), *(rng.uniform(950, 1400, 2)))
    area = valley(height, group=GROUP, hazards=danger)
    works = design(area)
    for row in roads(works).itertuples():
        if row.geometry.intersects(danger.geometry[0]):
            assert row.flag == "corridor.in_hazard"
        elif row.kind in ("road_new", "road_upgrade") and row.flag == "":
            assert here.steepest_by_hand(row.geometry, area.terrain) <= 0.1205
    assert len(roads(works)) or len(works.unserved)


def test_beyond_the_terrain_roads_and_paths_are_designed_all_the_same():
    area = valley(FLAT, group=GROUP, households=[GROUP, (GROUP[0] + 80, GROUP[1])])
    short = replace(area.terrain, elevation=area.terrain.elevation[: int(GROUP[1] / here.CELL / 2)])
    whole, part = design(area), design(replace(area, terrain=short))
    assert not len(part.unserved)
    assert roads(part)["quantity"].sum() == pytest.approx(roads(whole)["quantity"].sum(), rel=0.01)


def test_groups_that_are_sought_for_in_a_wider_window_keep_what_is_theirs():
    """Behind a wall with one gap in the far east: two hamlets in the west, two in the east, in turn. The
    centre of one in the east lies on a track that leads nowhere; it is not to be taken for another's."""
    height = np.zeros((104, 248))
    height[40:48, :232] = 300
    places = [(300, 700), (2000, 900), (600, 1200), (2200, 900)]
    area = valley(height, group=GROUP, households=places, track=[(1950, 900), (2050, 900)])
    groups = gpd.GeoDataFrame(
        {"id": list("abcd"), "hh_n": 40}, geometry=[shapely.Point(at(*p)) for p in places], crs=here.CRS
    )
    homes = area.layer("households").assign(group=list("abcd"))
    area = area.with_layer("groups", groups).with_layer("households", homes)
    works = design(area)
    assert not len(works.unserved)
    assert (needs(built(area, works)).states()["road"] == "met").all()


@pytest.mark.parametrize("missing", [("roads",), ("groups",), ("roads", "groups")])
def test_without_a_layer_nobody_is_dropped(missing):
    """The survey says that a household has no path and its group no road; no map of roads, or of groups."""
    area = valley(FLAT, group=GROUP)
    area = area.with_layer("households", area.layer("households").assign(path=False))
    area = replace(area, layers={k: v for k, v in area.layers.items() if k not in missing})
    found = needs(area)
    lacking = np.array([True]), np.array([True])
    works = design_roads(
        area, found.roads, lacking, default_standard(), make_corridors(area, default_standard())
    )
    said = dict(zip(works.unserved["need"], works.unserved["reason"], strict=True))
    if missing == ("groups",):
        assert said == {"road": "road_design.no_group"}
        assert set(works.serves["need"]) == {"path"}
    else:
        assert set(said) == {"road", "path"}
        assert not len(works.table)


def test_who_hangs_on_a_path_that_is_too_long_is_told_its_own_whole_length():
    far = (GROUP[0], 100 + 1600)
    height = np.zeros((160, 120))
    area = valley(height, group=GROUP, households=[far, (far[0] + 15, far[1] + 90), (far[0], far[1] + 200)])
    works = design(area.with_layer("groups", area.layer("groups").assign(hh_n=3)))
    long = works.unserved[works.unserved["reason"] == "path_design.too_far"]
    assert len(long) == 3
    assert (long["measure"] > long["threshold"]).all()
    assert long["measure"].max() == pytest.approx(1800, rel=0.03)


@pytest.mark.parametrize("between", [False, True])
def test_a_house_on_the_way_does_not_bring_a_far_door_nearer(between: bool):
    """A door 2,200 m from the road stays without, as the standard says, whether or not somebody lives on
    the way whose path is built; who leaves that path at its middle is judged by the way to there."""
    far, house, aside = (GROUP[0], 100 + 2200), (GROUP[0], 100 + 1200), (GROUP[0] + 300, 100 + 600)
    doors = [far, house, aside] if between else [far]
    works = design(
        (area := valley(np.zeros((200, 120)), group=GROUP, households=doors)).with_layer(
            "groups", area.layer("groups").assign(hh_n=3)
        )
    )
    left = works.unserved[works.unserved["need"] == "path"].set_index("household")
    assert left.index.tolist() == ["h0"]
    assert left["reason"].tolist() == ["path_design.too_far"]
    assert left["measure"].tolist() == pytest.approx([2200], rel=0.05)
    served = set(works.serves.loc[works.serves["need"] == "path", "household"])
    assert served == ({"h1", "h2"} if between else set())


def test_a_road_for_people_nobody_counted_is_not_for_nobody():
    area = valley(FLAT, group=GROUP)
    works = design(area.with_layer("households", area.layer("households").assign(people=None)))
    assert (works.table["people"] == default_standard()["water.household_size"]).all()


def test_steps_of_a_path_are_counted_by_what_it_rises():
    """A door 200 m up a plane of 25 %, the straight way: 50 m of rise, 15 cm a step; none on one of 10 %."""
    for slope, steps in ((0.25, 200 * 0.25 / 0.15), (0.1, 0)):
        height = np.repeat(slope * CELL * np.arange(120)[:, None], 120, axis=1)
        area = valley(height, group=GROUP, households=[(750, 300)])
        works = design(area.with_layer("groups", area.layer("groups").assign(hh_n=3)))
        (path,) = works.table[works.table["kind"] == "path"].to_dict("records")
        assert path["quantity"] == pytest.approx(200 * np.hypot(1, slope), rel=0.02)
        said = [part for part in path["spec"].split(" · ") if "steps" in part]
        assert said == [] if not steps else abs(int(said[0].split(" × ")[1]) - steps) <= 2
        assert path["flag"] == ""


def test_a_path_steeper_than_steps_may_be_is_told_apart():
    """On a plane of 80 %: straight up, across the slope, and straight up for less than 10 m."""
    height = np.repeat(0.8 * CELL * np.arange(120)[:, None], 120, axis=1)
    corridors = make_corridors(valley(height, group=GROUP), default_standard())
    ways = [((750, 152), (750, 110)), ((750, 152), (850, 110)), ((750, 152), (750, 146))]
    lines = np.array([shapely.LineString([at(*a), at(*b)]) for a, b in ways], object)
    steps, steep = count_steps(pd.DataFrame({"kind": ["path"] * 3}), lines, default_standard(), corridors)
    assert steep.tolist() == [True, False, False]
    assert steps.tolist() == pytest.approx([42 * 0.8 / 0.15, 42 * 0.8 / 0.15, 6 * 0.8 / 0.15], abs=1)


def test_doors_along_a_hardened_stretch_that_leads_nowhere_yet_have_their_own_short_legs():
    """A hardened path begins 100 m from the road and runs 300 m on; one door stands 40 m beside its
    beginning, another beside its end. What is missing is 100 m to the road and two legs of 40 m."""
    area = valley(FLAT, group=GROUP, households=[(790, 220), (790, 480)])
    roads = area.layer("roads")
    stub = {"id": "stub", "class": "path", "hardened": True, "width": 1.2}
    line = shapely.LineString([at(750, 200), at(750, 500)])
    roads.loc[len(roads), [*stub, "geometry"]] = [*stub.values(), line]
    area = area.with_layer("roads", roads).with_layer("groups", area.layer("groups").assign(hh_n=3))
    works = design(area)
    paths = works.table[works.table["kind"] == "path"]
    assert sorted(paths["quantity"]) == pytest.approx([40, 40, 100], abs=3)
    assert paths.set_index("quantity")["after"].astype(bool).sum() == 2  # the legs come after the way out
    assert not (needs(built(area, works)).states()["path"] == UNMET).any()
