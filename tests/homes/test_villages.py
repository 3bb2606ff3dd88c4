"""Indicators of two villages side by side: A is x 0..1000, B is x 1000..2000."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import Point, box

from geo.area import Area, make_area
from geo.homes.sets import set_states, sets_table, wide
from geo.homes.villages import INDICATORS, village_indicators
from geo.messages import catalogue
from geo.standards import default_standard
from geo.verdicts import MET, UNKNOWN, UNMET, sentences

S = default_standard()  # income 3.0, bus stop 2000 m, mast 5000 m, group road from 30 households
CRS = "EPSG:4544"


def frame(rows: list[dict[str, Any]]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(pd.DataFrame(rows), geometry="geometry", crs=CRS)


def place(kind: str, x: float, y: float = 500.0, **fields: Any) -> dict[str, Any]:
    return {"kind": kind, "geometry": Point(x, y), **fields}


def villages(*places: dict[str, Any], a: dict[str, Any] | None = None, **layers: Any) -> Area:
    rows = [
        {"id": "A", "geometry": box(0, 0, 1000, 1000), **(a or {})},
        {"id": "B", "geometry": box(1000, 0, 2000, 1000)},
    ]
    frames = {"villages": frame(rows), **{name: frame(rows) for name, rows in layers.items()}}
    if places:
        frames["facilities"] = frame(list(places))
    return make_area(frames, crs=CRS)


def states(area: Area, indicator: str, verdicts: pd.DataFrame | None = None) -> list[str]:
    table = village_indicators(area, S, verdicts)
    return list(table.loc[table["indicator"] == indicator, "state"])


def test_one_row_per_village_and_indicator_and_the_survey_answers():
    table = village_indicators(villages(a={"paved": True, "beauty": False}), S)
    assert len(table) == 2 * len(INDICATORS)
    assert not table.duplicated(["village", "indicator"]).any()
    row = table.set_index(["village", "indicator"])
    assert tuple(row.loc[("A", "paved"), ["state", "basis"]]) == (MET, "survey")
    assert tuple(row.loc[("A", "beauty"), ["state", "basis"]]) == (UNMET, "survey")
    assert tuple(row.loc[("B", "paved"), ["state", "basis"]]) == (UNKNOWN, "none")


@pytest.mark.parametrize(("wan", "state"), [(3.0, MET), (2.99, UNMET), (None, UNKNOWN)])
def test_collective_income(wan, state):
    assert states(villages(a={"econ_wan": wan}), "econ")[0] == state


def test_a_clinic_in_the_village_by_place_or_by_name():
    assert states(villages(place("clinic", 500)), "clinic") == [MET, UNMET]
    assert states(villages(place("clinic", 500, village="B")), "clinic") == [UNMET, MET]
    assert states(villages(place("hospital", 1500)), "clinic") == [UNMET, MET]
    assert states(villages(place("clinic", 500, working=False), place("clinic", 1500)), "clinic") == [
        UNMET,
        MET,
    ]


def test_a_kind_that_is_mapped_nowhere_is_unknown():
    assert states(villages(place("primary", 500)), "clinic") == [UNKNOWN, UNKNOWN]
    assert states(villages(), "clinic") == [UNKNOWN, UNKNOWN]


def test_doctors_are_counted_and_silence_is_not_none():
    assert states(villages(place("clinic", 500, doctors=2), place("clinic", 1500, doctors=0)), "doctor") == [
        MET,
        UNMET,
    ]
    assert states(villages(place("clinic", 500), place("clinic", 1500, doctors=1)), "doctor") == [
        UNKNOWN,
        MET,
    ]


def test_a_culture_square():
    assert states(villages(place("square", 1500)), "culture") == [UNMET, MET]


def test_bus_stop_and_base_station_from_the_office():
    stop = place("busstop", 0, 500)
    offices = [place("office", 100), place("office", 2000, 500)]  # 100 m and exactly 2000 m away
    area = villages(stop, *offices)
    table = village_indicators(area, S).set_index(["village", "indicator"])
    assert list(table.loc[[("A", "bus"), ("B", "bus")], "measure"]) == [100.0, 2000.0]
    assert states(area, "bus") == [MET, MET]
    assert states(villages(place("busstop", -1), *offices), "bus") == [MET, UNMET]
    assert states(villages(stop, offices[0]), "bus") == [MET, UNKNOWN]  # B has no office
    assert states(villages(place("mast", 5100), *offices), "phone") == [MET, MET]
    assert states(villages(place("mast", 6000), *offices), "phone") == [UNMET, MET]


def verdicts(*rows: tuple[str, str]) -> pd.DataFrame:
    road = pd.DataFrame({"need": "road", "state": [r for r, _ in rows]})
    return pd.concat([road, pd.DataFrame({"need": "path", "state": [p for _, p in rows]})], ignore_index=True)


def test_group_roads_and_paths_from_their_households():
    homes = [
        {"village": v, "group": g, "geometry": Point(0, 0)}
        for v, g in (("A", "g"), ("A", "g"), ("B", "h"), ("B", "h"))
    ]
    groups = [{"id": g, "hh_n": n, "geometry": Point(0, 0)} for g, n in (("g", 30), ("h", 30))]
    area = villages(households=homes, groups=groups)
    table = verdicts((MET, MET), (MET, UNMET), (UNKNOWN, MET), (MET, UNKNOWN))
    assert states(area, "grouproad", table) == [MET, UNKNOWN]
    assert states(area, "hhpath", table) == [UNMET, UNKNOWN]
    told = village_indicators(area, S, table)
    assert "1 of 2 households has no hardened path" in set(sentences(told, "en"))
    assert states(area, "grouproad") == [UNKNOWN, UNKNOWN]  # nobody handed in the verdicts


def test_groups_too_small_to_be_owed_a_road_do_not_count():
    homes = [{"village": "A", "group": g, "geometry": Point(0, 0)} for g in ("big", "small", None)]
    groups = [{"id": g, "hh_n": n, "geometry": Point(0, 0)} for g, n in (("big", 30), ("small", 29))]
    area = villages(households=homes, groups=groups)
    assert states(area, "grouproad", verdicts((MET, MET), (UNMET, MET), (MET, MET)))[0] == MET
    assert states(area, "grouproad", verdicts((MET, MET), (UNMET, MET), (UNMET, MET)))[0] == UNMET
    assert (
        states(area, "grouproad", verdicts((MET, MET), (UNMET, MET), (MET, MET)))[1] == UNKNOWN
    )  # empty village


def test_the_order_of_the_facilities_does_not_matter():
    places = [place("clinic", 1000, doctors=1), place("office", 10), place("office", 20), place("mast", 4000)]
    one, other = villages(*places), villages(*places[::-1])
    columns = ["village", "indicator", "state"]
    pd.testing.assert_frame_equal(village_indicators(one, S)[columns], village_indicators(other, S)[columns])


def test_every_indicator_has_a_name_and_every_set_knows_its_indicators():
    assert {f"indicator.{i}" for i in INDICATORS} <= set(catalogue())
    used = {i for variant in S.sets["village"].variants.values() for ids in variant.values() for i in ids}
    assert used <= set(INDICATORS)


def test_an_item_of_a_set_is_met_only_where_all_its_indicators_are():
    table = pd.DataFrame(
        {"clinic": [MET, MET, UNKNOWN, UNKNOWN], "doctor": [MET, UNMET, UNMET, MET]},
        index=list("abcd"),
        dtype="str",
    )
    items = set_states(table, {"both": ("clinic", "doctor"), "one": ("clinic",)})
    assert list(items["both"]) == [MET, UNMET, UNMET, UNKNOWN]
    assert list(items["one"]) == [MET, MET, UNKNOWN, UNKNOWN]


def test_both_variants_of_the_household_set():
    needs = [i for ids in S.sets["household"].variants["A"].values() for i in ids]
    table = pd.DataFrame({n: [MET] for n in [*needs, "path"]}, index=["h1"], dtype="str")
    table["path"] = UNMET
    chosen = S.sets["household"]
    a, b = sets_table(table, chosen), sets_table(table, chosen, "B")
    assert (a["met"].iloc[0], a["unmet"].iloc[0]) == (9, 0)
    assert b.loc["h1", "入户路及院坝硬化"] == UNMET
    assert (b["met"].iloc[0], b["unmet"].iloc[0], b["unknown"].iloc[0]) == (8, 1, 0)


def test_the_village_set_from_its_indicators():
    table = wide(village_indicators(villages(a=dict.fromkeys(set(INDICATORS) - {"econ"}, True)), S))
    assert list(table.columns) == list(INDICATORS)
    items = sets_table(table, S.sets["village"])
    assert items.loc["A", "met"] == 8
    assert items.loc["A", "有集体经济"] == UNKNOWN
    assert items.loc["B", "unknown"] == 9
