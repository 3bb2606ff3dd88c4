"""The design of an area: who is served by what, and EPANET as the judge of every tap."""

from __future__ import annotations

import dataclasses

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from epanet import toolkit
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.corridors import make_corridors
from geo.messages import LANGS, catalogue
from geo.reading import read_area
from geo.standards import default_standard
from geo.verdicts import decide
from geo.water.design import design_water
from geo.water.gaps import water_gaps
from geo.water.rules import Rules
from geo.works import KINDS, SERVES_COLUMNS, SYSTEM_COLUMNS, UNSERVED_COLUMNS, WORK_COLUMNS

from .hills import CELL, CRS, FALL, PERSON, SIZE, STANDARD, designed, village

ROW = [(600.0, 40.0 * i) for i in range(10)]
SPRING = (0.0, 100.0, 20.0)


def day_of(inp: bytes, tmp_path):
    """Pressure at every node, a row per moment of the day, and which moments a pump runs in (all where
    there is none): the engine called directly."""
    path = tmp_path / "system.inp"
    path.write_bytes(inp)
    project = toolkit.createproject()
    toolkit.open(project, str(path), str(tmp_path / "system.rpt"), "")
    names = [toolkit.getnodeid(project, i + 1) for i in range(toolkit.getcount(project, toolkit.NODECOUNT))]
    links = [toolkit.getlinkid(project, i + 1) for i in range(toolkit.getcount(project, toolkit.LINKCOUNT))]
    pump = links.index("PUMP") + 1 if "PUMP" in links else 0
    toolkit.openH(project)
    toolkit.initH(project, 0)
    rows, runs = [], []
    while True:
        moment = toolkit.runH(project)
        rows.append([toolkit.getnodevalue(project, i + 1, toolkit.PRESSURE) for i in range(len(names))])
        runs.append(not pump or toolkit.getlinkvalue(project, pump, toolkit.FLOW) > 1e-3)
        if toolkit.nextH(project) <= 0:
            break
    assert moment == 24 * 3600  # an engine that finds no solution stops, and says nothing else
    toolkit.closeH(project)
    toolkit.close(project)
    toolkit.deleteproject(project)
    return pd.DataFrame(rows, columns=names), np.array(runs)


def day_of_taps(inp: bytes, tmp_path):
    """Least and greatest pressure at every tap over the day."""
    pressure, _ = day_of(inp, tmp_path)
    taps = pressure.filter(regex="^H")
    return taps.min().to_numpy(), taps.max().to_numpy()


def section(inp: bytes, name: str) -> list[list[str]]:
    text = inp.decode()
    if f"[{name}]" not in text:
        return []
    return [line.split() for line in text.split(f"[{name}]\n")[1].split("\n\n")[0].split("\n")]


def test_a_village_below_a_spring_gets_a_pool_by_gravity(tmp_path):
    works = designed(village(ROW, springs=[SPRING]))
    kinds = works.table["kind"].value_counts()
    assert kinds["pool"] == 1
    assert kinds["connection"] == 10
    assert "pump" not in kinds
    assert not len(works.unserved)
    assert set(works.serves["household"]) == {f"h{i:03}" for i in range(10)}
    (system,) = works.systems.to_dict("records")
    assert system["passed"]
    assert system["source"] == "s0"
    assert system["verified"].startswith("EPANET 2.")
    low, high = day_of_taps(works.files[f"water/{system['system']}.inp"], tmp_path)
    assert len(low) == 10
    assert low.min() >= 10
    assert high.max() <= 40 + 1e-6


def test_a_pool_that_nothing_can_fill_serves_nobody(monkeypatch):
    """No line can be laid from the spring to the pool: no system is shown, each home has its cistern."""
    monkeypatch.setattr("geo.water.system.lay_feed", lambda *_, **__: None)
    works = designed(village(ROW, springs=[SPRING]))
    assert works.table["kind"].tolist() == ["cistern"] * 10
    assert (works.table["flag"] == "water_design.no_main").all()
    assert not len(works.systems)
    assert not works.files


def test_the_pool_is_a_standard_size_for_its_demand():
    """40 people x 80 L x 1.1 x 1.15 = 4.048 m³ a day, half of it 2.02: the smallest pool, 5 m³."""
    works = designed(village(ROW, springs=[SPRING]))
    pool = works.table[works.table["kind"] == "pool"].iloc[0]
    assert pool["quantity"] == 5
    assert pool["households"] == pool["crucial"] == 10
    assert pool["people"] == 40


@pytest.mark.parametrize(
    ("change", "litres"),
    [
        ({}, 80 * 1.1 * 1.15),
        ({"water.day_factor": 1.3}, 80 * 1.1 * 1.15),  # the quota is that of the greatest day already
        ({"water_design.public_share": 0.15}, 80 * 1.15 * 1.15),
        ({"water_design.livestock_l": 60.0}, (80 * 1.1 + 60 / 4) * 1.15),
        ({"water.loss_share": 0.25}, 80 * 1.1 * 1.25),
    ],
)
def test_demand_adds_up_as_the_code_says(change, litres):
    """Residents, public buildings, livestock, then losses on all: what EPANET is told every tap takes."""
    works = designed(village(ROW, springs=[SPRING]), STANDARD.override(change))
    [inp] = works.files.values()
    told = sum(float(row[2]) for row in section(inp, "JUNCTIONS") if row[0].startswith("H"))
    assert told * 86.4 == pytest.approx(40 * litres / 1000, rel=1e-4)


def test_the_pool_stands_between_the_spring_and_the_houses():
    """Ground falls eastward: a pool by gravity lies below the spring and at least 10 m above the taps."""
    works = designed(village(ROW, springs=[SPRING]))
    x = works.table[works.table["kind"] == "pool"].geometry.iloc[0].x
    assert 0 < x < 600 - 10 / FALL


def test_a_spring_below_is_pumped_and_its_energy_counted():
    works = designed(village(ROW, springs=[(900.0, 100.0, 20.0)]))
    pump = works.table[works.table["kind"] == "pump"].iloc[0]
    assert works.systems["passed"].all()
    lift = float(pump["spec"].rsplit("H ", 1)[1].split()[0])
    pool = works.table[works.table["kind"] == "pool"].geometry.iloc[0]
    assert lift >= FALL * (900 - pool.x)
    assert (
        pump["quantity"] == pump["size"] == 0.75
    )  # a shaft of a few hundred watts: the smallest motor there is
    energy = 9.81 * 4.048 / 1.5 * 365 * lift / 3600 / 0.55
    assert pump["run_kwh"] == pytest.approx(energy, rel=0.02)


def test_a_spring_is_never_overdrawn():
    """2.5 m³/d carry three households of 0.81 m³/d; the others are told that there is too little water."""
    spots = [(600.0 + 200 * (i % 2), 300.0 * (i // 2)) for i in range(4)]
    works = designed(village(spots, people=8, springs=[(0.0, 100.0, 2.5)]))
    served = works.serves[works.serves["work"].isin(works.table[works.table["kind"] == "connection"]["work"])]
    assert len(served) * 8 * PERSON <= 2.5
    cisterns = works.table[works.table["kind"] == "cistern"]
    assert len(cisterns) + len(served) == 4
    assert len(cisterns)
    assert cisterns["flag"].isin(["water_design.little_water", "water_design.too_dear"]).all()


def test_what_is_reckoned_before_a_system_is_laid_stands_in_the_standard(monkeypatch):
    """Choosing prices by a middling set and pool and by sizes that are sold, by none of the code's own."""
    asked = set()
    price = Rules.price

    def listening(rules, kind, size):
        asked.add((kind, float(size)))
        return price(rules, kind, size)

    monkeypatch.setattr(Rules, "price", listening)
    middling = {"water_design.middling_kw": 1.234, "water_design.middling_pool_m3": 7.89}
    designed(village(ROW, springs=[(900.0, 100.0, 20.0)]), STANDARD.override(middling))
    assert {("pump", 1.234), ("pool", 7.89)} <= asked
    series = {0.0, *STANDARD.numbers("water_design.motor_kw"), *STANDARD.numbers("water_design.pool_m3")}
    assert {size for kind, size in asked if kind in ("pump", "pool")} - series <= {1.234, 7.89}


def test_existing_pools_with_room_come_first():
    """The map says the pool has room, the survey says no: the household is joined to that pool."""
    area = village(ROW[:3], pools=[(400.0, 40.0, 50.0)], springs=[SPRING])
    works = designed(area, unmet=[True] * 3)
    assert "pool" not in set(works.table["kind"])
    assert works.systems["source"].tolist() == ["p0"]
    assert works.systems["note"].tolist() == ["water_design.spare_pool"]
    assert works.systems["passed"].all()


def test_a_household_far_from_any_source_gets_a_cistern_and_is_told():
    works = designed(village([(600.0, 0.0)]))
    (work,) = works.table.to_dict("records")
    assert work["kind"] == "cistern"
    assert work["flag"] == "water_design.no_source"
    assert works.serves["household"].tolist() == ["h000"]


def test_steep_villages_get_tanks_and_no_tap_is_over_the_limit(tmp_path):
    """Ten rows of houses, 12 m of fall between rows: 108 m from the highest to the lowest."""
    spots = [(200.0 + 100.0 * i, 30.0 * j) for i in range(10) for j in range(4)]
    works = designed(village(spots, springs=[(-300.0, 100.0, 60.0)]))
    assert works.systems["passed"].all()
    assert "cistern" not in set(works.table["kind"])
    for inp in works.files.values():
        low, high = day_of_taps(inp, tmp_path)
        assert low.min() >= 10
        assert high.max() <= 40 + 1e-6


def test_what_cannot_be_designed_is_named():
    placed = village(ROW[:2], loc_qual=["village", "surveyed"], springs=[SPRING])
    works = designed(placed, unmet=[True, True])
    assert works.unserved[["household", "reason"]].values.tolist() == [["h000", "water_design.unplaced"]]
    flat = designed(village(ROW[:2], terrain=False, springs=[SPRING]), unmet=[True, True])
    assert set(flat.unserved["reason"]) == {"water_design.no_terrain"}
    assert not len(flat.table)


def test_nobody_asked_nothing_built():
    works = designed(village(ROW, springs=[SPRING]), unmet=[False] * 10)
    assert len(works.table) == len(works.systems) == len(works.unserved) == 0


def test_supply_in_a_few_hours_asks_for_a_larger_pool_and_wider_pipes():
    all_day = designed(village(ROW * 1, springs=[SPRING]))
    short = designed(village(ROW * 1, springs=[SPRING]), STANDARD.override({"water_design.supply_hours": 3}))
    assert short.systems["passed"].all()
    volumes = [w.table[w.table["kind"] == "pool"]["quantity"].sum() for w in (all_day, short)]
    assert volumes[1] >= volumes[0]
    widest = [w.table[w.table["kind"] == "pipe"]["size"].max() for w in (all_day, short)]
    assert widest[1] >= widest[0]


def test_tables_keep_their_contract_and_speak_both_languages():
    works = designed(village([*ROW, (600.0, 1100.0)], springs=[SPRING]))
    table = pd.DataFrame(works.table.drop(columns="geometry"))
    assert dict(table.dtypes.astype(str)) == WORK_COLUMNS
    for frame, contract in (
        (works.serves, SERVES_COLUMNS),
        (works.unserved, UNSERVED_COLUMNS),
        (works.systems, SYSTEM_COLUMNS),
    ):
        assert dict(frame.dtypes.astype(str)) == contract
    assert set(table["kind"]) <= set(KINDS)
    assert table["work"].is_unique
    keys = {k for k in [*works.systems["note"], *table["flag"], *works.unserved["reason"]] if k}
    keys |= {k for k in catalogue() if k.startswith("water_design.")}
    assert all(catalogue()[key][lang] for key in keys for lang in LANGS)


def test_pipes_are_measured_along_the_ground_of_their_line():
    """On a plane of 12 % the ground is sqrt(1 + 0.12² cos²) longer than its plan."""
    works = designed(village(ROW, springs=[SPRING]))
    pipes = works.table[works.table["kind"] == "pipe"]
    plan = pipes.geometry.length
    assert (pipes["quantity"] >= plan - 0.1).all()
    assert (pipes["quantity"] <= plan * np.hypot(1, FALL) + 2.0).all()
    for work, quantity in zip(pipes["work"], pipes["quantity"], strict=True):
        along = works.profiles[work][:, 0]
        assert along[0] == 0
        assert along[-1] == pytest.approx(quantity, rel=0.05, abs=2.0)


houses = st.lists(
    st.tuples(st.integers(200, 1500), st.integers(-600, 600)), min_size=1, max_size=12, unique=True
)


@given(houses, st.floats(0.5, 30), st.integers(1, 9), st.randoms(use_true_random=False))
@settings(max_examples=12, deadline=None)
def test_everybody_once_within_the_yield_and_in_any_order(spots, flow, people, random):
    area = village([(float(x), float(y)) for x, y in spots], people=people, springs=[(-100.0, 0.0, flow)])
    works = designed(area)
    ends = works.table[works.table["kind"].isin(["connection", "cistern"])]["work"]
    served = works.serves[works.serves["work"].isin(ends)]["household"]
    named = [*served, *works.unserved["household"]]
    assert sorted(named) == sorted(area.layer("households")["id"])
    joined = works.table[works.table["kind"] == "connection"]
    assert len(joined) * people * PERSON <= flow + 1e-6
    assert works.systems["passed"].all()
    rows = list(range(len(spots)))
    random.shuffle(rows)
    mixed = designed(area.with_layer("households", area.layer("households").iloc[rows]))
    pd.testing.assert_frame_equal(
        pd.DataFrame(works.table.drop(columns="geometry")), pd.DataFrame(mixed.table.drop(columns="geometry"))
    )
    assert works.files == mixed.files


def test_every_system_of_the_sample_passes_epanet(sample, tmp_path):
    """Run again by the engine from the files handed out, with the heads of the households themselves."""
    area, _ = read_area(sample)
    standard = default_standard()
    gaps = water_gaps(area, standard)
    homes = area.layer("households")
    unmet = (decide(homes["id"], "water", gaps.water, homes["water"])["state"] == "unmet").to_numpy()
    works = design_water(area, gaps, unmet, standard, make_corridors(area, standard))
    assert works.systems["passed"].all()
    assert len(works.systems) > 50
    for inp in works.files.values():
        low, high = day_of_taps(inp, tmp_path)
        assert low.min() >= standard["water.min_head_m"]
        assert high.max() <= standard["water_design.max_static_m"] + 1e-6
        no_pipe_bursts_or_runs_empty(inp, standard, tmp_path)
    ends = works.table["kind"].isin(["connection", "cistern"])
    served = works.serves[works.serves["work"].isin(works.table["work"][ends])]["household"]
    assert served.is_unique
    assert set(served) | set(works.unserved["household"]) == set(homes["id"][unmet])
    drawn = works.table[works.table["kind"] == "pool"].merge(works.systems, on="system")
    litres = homes.set_index("id")["people"].astype(float).fillna(gaps.household_size).clip(lower=1)
    joined = works.table[works.table["kind"] == "connection"].merge(works.serves, on="work")
    m3d = joined.assign(m3d=joined["household"].map(litres) * PERSON).groupby("system")["m3d"].sum()
    by_source = drawn.assign(m3d=drawn["system"].map(m3d)).groupby("source")["m3d"].sum()
    left = spare(area, gaps, standard)
    assert (by_source <= by_source.index.map(left) + 1e-6).all()


def no_pipe_bursts_or_runs_empty(inp, standard, tmp_path):
    """Away from pool and source, where a trench helps, all pipes are under pressure all day, mains too; no
    node is pressed harder than the strongest wall stands, by a pump against a shut valve than its rating."""
    pressure, _ = day_of(inp, tmp_path)
    pressure = pressure.drop(columns=["SOURCE", "TOP"], errors="ignore")
    strongest = max(standard.numbers("water_design.pipe_static_m"))
    assert pressure.max(axis=None) <= strongest + 0.5
    place = {name: (float(x), float(y)) for name, x, y in section(inp, "COORDINATES")}
    ends = [place["POOL"], place["SOURCE"]]
    away = {name: min(np.hypot(*np.subtract(at, end)) for end in ends) for name, at in place.items()}
    line = [name for name in pressure if away[name] > 60 and "x" not in name]  # x: where a diameter changes
    assert not line or pressure[line].min(axis=None) >= -0.01
    source = float(section(inp, "RESERVOIRS")[0][1])
    main = [float(z) for name, z, *_ in section(inp, "JUNCTIONS") if name[0] == "M"]
    if section(inp, "PUMPS"):
        shut = source + 4 / 3 * float(section(inp, "CURVES")[0][2])
        assert shut - min(main, default=source) <= max(standard.numbers("water_design.pipe_full_m")) + 0.1
    elif place["SOURCE"] != place["POOL"]:
        assert source - min(main, default=source) <= strongest + 0.5


def test_a_main_over_a_crest_gets_a_tank_there_and_sucks_nothing(tmp_path):
    """A ridge without an end, 1010 m, between a spring at 950 m and houses at 930 m."""
    area = village(ROW, springs=[(-300.0, 100.0, 20.0)])
    x = -500.0 + (np.arange(SIZE) + 0.5) * CELL
    across = np.interp(x, [-300, 100, 600, 2000], [950, 1010, 930, 900])
    ground = np.repeat(across[None, :], SIZE, axis=0).astype(np.float32)
    area = dataclasses.replace(area, terrain=dataclasses.replace(area.terrain, elevation=ground))
    works = designed(area)
    assert works.systems["passed"].all()
    (inp,) = works.files.values()
    pump = works.table[works.table["kind"] == "pump"].iloc[0]
    lift = float(pump["spec"].rsplit("H ", 1)[1].split()[0])
    assert 1010 - 950 - 3 < lift < 1010 - 950 + 8
    crest = works.table[works.table["flag"] == "water_design.crest_tank"].iloc[0]
    assert crest["kind"] == "tank"
    assert crest.geometry.x == pytest.approx(100, abs=CELL)
    pool = works.table[works.table["kind"] == "pool"].geometry.iloc[0]
    assert np.interp(pool.x, x, across) < 1000
    no_pipe_bursts_or_runs_empty(inp, STANDARD, tmp_path)
    pressure, runs = day_of(inp, tmp_path)
    assert pressure.filter(regex="^(M|S)").min(axis=None) >= -0.01
    assert not runs.all()  # the hours without a pump are among those


def test_a_main_goes_round_a_crest_where_that_is_cheaper(tmp_path):
    """The same ridge with a gap beside the spring."""
    area = village(ROW, springs=[(-300.0, 100.0, 20.0)])
    x = -500.0 + (np.arange(SIZE) + 0.5) * CELL
    y = 1250.0 - (np.arange(SIZE) + 0.5) * CELL
    across = np.interp(x, [-300, 100, 600, 2000], [950, 1010, 930, 900])
    through = np.interp(x, [-300, 600, 2000], [950, 930, 900])
    gap = np.clip((np.abs(y - 100.0)[:, None] - 60) / 60, 0, 1)
    ground = (through + gap * (across - through)).astype(np.float32)
    area = dataclasses.replace(area, terrain=dataclasses.replace(area.terrain, elevation=ground))
    works = designed(area)
    assert works.systems["passed"].all()
    assert "water_design.crest_tank" not in set(works.table["flag"])
    for inp in works.files.values():
        no_pipe_bursts_or_runs_empty(inp, STANDARD, tmp_path)


def spare(area, gaps, standard):
    """What each source has left, from the tables alone."""
    springs, rivers = area.layer("springs"), area.layer("rivers")
    used = gaps.pools.groupby("source")["used"].sum() * gaps.household_m3d
    left = dict(zip(springs["id"], springs["yield_m3d"] - springs["id"].map(used).fillna(0), strict=True))
    share = standard["water_design.river_share"]
    return left | dict(zip(rivers["id"], rivers["flow_m3d"] * share, strict=True))


@pytest.mark.parametrize(("yield_m3d", "served"), [(6.0, 14), (4.1, 10), (3.0, 7), (2.1, 5)])
def test_a_spring_with_water_for_some_of_a_group_serves_those(yield_m3d, served):
    """0.4 m³/d a household: as many of sixteen neighbours as the spring carries, the rest are told."""
    spots = [(600.0 + 30 * (i % 2), 40.0 * i) for i in range(16)]
    works = designed(village(spots, springs=[(0.0, 100.0, yield_m3d)]))
    assert works.systems["households"].tolist() == [served]
    assert works.systems["passed"].all()
    assert served * 4 * PERSON <= yield_m3d < (served + 1) * 4 * PERSON
    cisterns = works.table[works.table["kind"] == "cistern"]
    assert cisterns["flag"].tolist() == ["water_design.little_water"] * (16 - served)


def test_water_for_one_goes_to_the_nearest_who_can_do_with_it():
    """Eight people need 0.81 m³/d and four 0.40: after one of eight enough is left for one of four."""
    spots = [(600.0, 40.0 * i) for i in range(6)]
    area = village(spots, springs=[(0.0, 100.0, 1.25)])
    homes = area.layer("households").assign(people=pd.array([8, 8, 8, 4, 8, 8], dtype="Int64"))
    works = designed(
        area.with_layer("households", homes), STANDARD.override({"water_design.ceiling_yuan": 1e6})
    )
    taps = works.table[works.table["kind"] == "connection"]
    assert sorted(taps["people"]) == [4, 8]


RIVER = [shapely.LineString([(0, 0), (0, 300)]), shapely.LineString([(0, 300), (0, 900)])]


def with_river(ids, flows, names=None, **more):
    spots = [(600.0 + 30 * (i % 2), 40.0 * i) for i in range(16)]
    fields = {"id": ids, "class": "river", "flow_m3d": flows, "name": names or [None] * len(ids)}
    rivers = gpd.GeoDataFrame(fields, geometry=RIVER[: len(ids)], crs=CRS)
    return designed(village(spots, **more).with_layer("rivers", rivers))


@pytest.mark.parametrize(
    ("ids", "names"), [(["r1", "r1-2"], None), (["r1", "r1#2"], None), (["a", "b"], ["清水河", "清水河"])]
)
def test_a_river_drawn_in_pieces_has_one_flow(ids, names):
    """Three tenths of 10 m³/d carry seven households of 0.4, from whichever piece, not from each."""
    served = with_river(ids, [10.0, 10.0], names).systems["households"].sum()
    assert served == with_river(ids[:1], [10.0]).systems["households"].sum() == 7


def test_two_rivers_have_two_flows():
    assert with_river(["a", "b"], [10.0, 10.0]).systems["households"].sum() == 14
