"""Who must move: every rule by hand, what must hold whatever the area, and the sample."""

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
from geo.hazards.exposure import expose
from geo.messages import catalogue
from geo.relocation.must_move import COLUMNS, COMPARED, DECISIONS, MustMove, must_move
from geo.standards import default_standard
from geo.verdicts import sentences

CRS_ = CRS.from_epsg(4544)
STANDARD = default_standard()


def frame(geometry: list[Any], **columns: Any) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=geometry, crs=CRS_)


def homes(xy: list[tuple[float, float]], **columns: Any) -> gpd.GeoDataFrame:
    n = len(xy)
    base = {"id": [f"h{i}" for i in range(n)], "people": [3] * n, "village": ["v"] * n, "group": ["g"] * n}
    base |= {"poor": [False] * n, "house": ["A"] * n}
    return frame([Point(p) for p in xy], **{**base, **columns})


def judged(households: gpd.GeoDataFrame, changes: Any = None, **layers: gpd.GeoDataFrame) -> MustMove:
    area = make_area({"households": households, **layers}, crs=CRS_)
    return judge(area, changes)


def judge(area: Area, changes: Any = None) -> MustMove:
    found = expose(area, STANDARD)
    dangers = found.households.assign(**(changes or {}))
    return must_move(area, STANDARD, dangers, pairs=found.table, zones=found.zones)


def zone(level: str | None, kind: str = "landslide", at: Any = None) -> gpd.GeoDataFrame:
    return frame([at or box(0, 0, 100, 100)], id=["z"], kind=[kind], level=[level])


FAR = [(5000.0 + i, 5000.0) for i in range(9)]
"""Neighbours far from any danger, so that nothing moves whole."""
IN, NEAR, OUT = (50.0, 50.0), (140.0, 50.0), (900.0, 50.0)


@pytest.mark.parametrize(
    ("level", "urgency"),
    [("small", [3, 0, 0]), ("medium", [2, 0, 0]), ("large", [1, 3, 0]), ("extra", [1, 2, 0])],
)
def test_by_size_and_relation(level: str, urgency: list[int]) -> None:
    found = judged(homes([IN, NEAR, OUT, *FAR]), hazards=zone(level)).households
    assert found["urgency"].tolist()[:3] == urgency
    assert found["decision"].tolist()[:3] == ["scattered" if u else "stay" for u in urgency]


def test_size_unknown_is_held_to_medium() -> None:
    found = judged(homes([IN, NEAR, *FAR]), hazards=zone(None)).households
    assert found["urgency"].tolist()[:2] == [2, 0]


def test_an_unsafe_house_in_any_buffer_moves() -> None:
    grades = ["A", "D", "none", None, *["D"] * len(FAR)]
    xy = [(120.0, 50.0)] * 4
    found = judged(homes([*xy, *FAR], house=grades), hazards=zone("small")).households
    assert found["urgency"].tolist()[:4] == [0, 3, 3, 0]
    assert found["reason"].tolist()[1] == "move.house"
    assert (found["decision"][4:] == "stay").all()  # an unsafe house alone is rebuilt where it stands


def test_without_hazards_nothing_is_known() -> None:
    found = judged(homes([IN, *FAR]))
    assert set(found.households["decision"]) == {"unknown"}
    assert found.groups["reason"].tolist() == ["move.group.unknown"]


def test_a_household_without_a_place_is_not_judged() -> None:
    found = judged(homes([IN, IN, *FAR], loc_qual=["village", "gps"] + ["gps"] * 9), hazards=zone("large"))
    assert found.households["decision"].tolist()[:2] == ["unknown", "scattered"]


def workings(**columns: Any) -> dict[str, gpd.GeoDataFrame]:
    base = {"id": ["w"], "mine": ["m"], "depth": [200.0], "planned": [False]}
    elsewhere = zone("small", at=box(9e3, 9e3, 9001, 9001))
    return {"workings": frame([box(0, 0, 100, 100)], **{**base, **columns}), "hazards": elsewhere}


def test_above_workings_the_damage_decides() -> None:
    grades = ["0", "III", "IV", "II", "unknown"]
    cautious = ["I", "III", "IV", "IV", "unknown"]
    far = ["0"] * len(FAR)
    found = judged(
        homes([IN] * 5 + FAR),
        {"damage": grades + far, "damage_cautious": cautious + far},
        **workings(),
    ).households
    assert found["urgency"].tolist()[:5] == [0, 0, 1, 3, 0]
    assert found["decision"].tolist()[:5] == ["stay", "stay", "scattered", "scattered", "unknown"]
    assert found["nearest"].tolist()[:4] == ["w"] * 4


def test_planned_workings_move_nobody() -> None:
    found = judged(homes([IN, *FAR]), **workings(planned=[True])).households
    assert set(found["decision"]) == {"stay"}


def test_groups_move_whole_from_the_stated_shares() -> None:
    def group(name: str, n: int, in_danger: int, poor: int) -> gpd.GeoDataFrame:
        xy = [IN] * in_danger + [OUT] * (n - in_danger)
        ids = [f"{name}{i}" for i in range(n)]
        return homes(xy, id=ids, group=[name] * n, poor=[True] * poor + [False] * (n - poor))

    parts = [group("a", 10, 6, 0), group("b", 10, 5, 4), group("c", 10, 0, 5), group("d", 50, 0, 40)]
    layer = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=CRS_)
    found = judged(layer, hazards=zone("medium"))
    groups = found.groups.set_index("group")
    assert groups["whole"].to_dict() == {"a": True, "b": False, "c": True, "d": False}
    assert groups["reason"].tolist()[:3] == ["move.group.exposed", "move.group.no", "move.group.poor"]
    table = found.households
    assert (table.loc[table["group"].isin(["a", "c"]), "decision"] == "whole").all()
    assert set(table.loc[table["group"] == "b", "decision"]) == {"scattered", "stay"}
    assert set(table.loc[table["group"] == "a", "urgency"]) == {2, 4}  # led by the group: last


def test_what_is_unknown_may_tip_a_group() -> None:
    poor = pd.array([True] * 4 + [None] + [False] * 5, dtype="boolean")
    found = judged(homes([OUT] * 10, poor=poor), hazards=zone("medium"))
    assert found.groups[["whole", "reason"]].to_numpy().tolist() == [[False, "move.group.unknown"]]


def test_registry_beside_and_never_mixed_in() -> None:
    listed = ["scattered", "none", "whole", None, "scattered", *["none"] * 8]
    wish = pd.array([True, False, None, True, True] + [None] * 8, dtype="boolean")
    found = judged(
        homes([IN, IN, IN, IN, OUT, *FAR[:8]], move_list=listed, move_wish=wish), hazards=zone("large")
    ).households
    assert found["compared"].tolist()[:6] == [
        "agree", "computed_only", "other_way", "unknown", "listed_only", "none",
    ]  # fmt: skip
    assert found["wish"].tolist()[:5] == ["yes", "no", "unknown", "yes", "yes"]
    assert found["decision"].tolist()[:5] == ["scattered"] * 4 + ["stay"]


def test_the_most_urgent_zone_gives_the_reason() -> None:
    both = frame(
        [box(0, 0, 100, 100), box(150, 0, 250, 100)],
        id=["small", "extra"], kind=["landslide"] * 2, level=["small", "extra"],
    )  # fmt: skip
    found = judged(homes([IN, *FAR]), hazards=both).households.iloc[0]
    assert (found["urgency"], found["nearest"], found["reason"]) == (2, "extra", "move.buffer")


# ---------------------------------------------------------------- moved, and built again


def test_moved_households_have_no_urgency_unless_they_live_in_danger() -> None:
    found = judged(homes([IN, OUT, *FAR], moved_to=["town", "town"] + [None] * 9), hazards=zone("medium"))
    assert found.households["decision"].tolist()[:2] == ["moved", "moved"]
    assert found.households["urgency"].tolist()[:2] == [2, 0]
    assert found.rebuilt["household"].tolist() == ["h0"]
    assert found.rebuilt["case"].tolist() == ["dwelling"]


DAY = pd.to_datetime


@pytest.mark.parametrize(
    ("surveyed", "moved_on", "demolished", "again"),
    [
        ("2017-06-01", "2016-01-01", None, True),  # found there after the move
        ("2015-06-01", "2016-01-01", None, False),  # the point is older than the move
        (None, "2016-01-01", None, True),  # a date is missing: go and look
        ("2017-06-01", None, None, True),
        ("2017-06-01", "2016-01-01", "2017-08-01", False),  # pulled down since
        ("2017-06-01", "2016-01-01", "2016-08-01", True),  # pulled down, and lived there again
    ],
)
def test_a_point_older_than_the_move_is_no_dwelling(
    surveyed: str | None, moved_on: str | None, demolished: str | None, again: bool
) -> None:
    dates = {
        name: pd.Series([DAY(day)] + [pd.NaT] * 9)
        for name, day in (("surveyed", surveyed), ("moved_on", moved_on), ("demolished", demolished))
    }
    found = judged(homes([IN, *FAR], moved_to=["town"] + [None] * 9, **dates), hazards=zone("medium"))
    assert (len(found.rebuilt) == 1) is again


def test_new_buildings_at_the_old_plot() -> None:
    # surveyed before the move: the point is the old plot, only a building can show that they came back
    n = 4
    xy = [(10.0, 10.0), (10.0, 90.0), (90.0, 10.0), (400.0, 50.0)]
    layer = homes(
        [*xy, (90.0, 95.0), *FAR], moved_to=["town"] * n + [None] * 10,
        moved_on=pd.Series([DAY("2016-05-01")] * n + [pd.NaT] * 10),
        surveyed=pd.Series([DAY("2015-05-01")] * 14),
    )  # fmt: skip

    def house(x: float, y: float) -> Any:
        return box(x - 4, y - 4, x + 4, y + 4)

    places = [house(30, 10), house(12, 75), house(90, 50), house(90, 95), house(410, 50), house(48, 10)]
    built = [2017, 2014, None, 2018, 2018, 2017]
    buildings = frame(places, id=["new", "old", "undated", "neighbour", "safe", "second"], built=built)
    found = judged(layer, hazards=zone("medium"), buildings=buildings).rebuilt
    assert found[["household", "building", "case", "zone"]].to_numpy().tolist() == [
        ["h0", "new", "building", "z"]
    ]
    assert found["measure"].tolist() == pytest.approx([16.0])
    assert found.geometry.within(buildings.geometry.iloc[0]).all()


# ---------------------------------------------------------------- whatever the area

LEVEL = st.sampled_from(["small", "medium", "large", "extra", None])
SPOT = st.tuples(st.integers(-300, 700), st.integers(-300, 700))


@settings(max_examples=12, deadline=None)
@given(
    st.lists(SPOT, min_size=1, max_size=14),
    st.lists(st.tuples(SPOT, st.integers(10, 300), LEVEL), min_size=1, max_size=4),
    st.integers(10, 200),
    st.data(),
)
def test_more_danger_never_lets_anybody_stay(
    xy: list[Any], zones: list[Any], wider: int, data: st.DataObject
) -> None:
    grades = data.draw(st.lists(st.sampled_from(["A", "D", None]), min_size=len(xy), max_size=len(xy)))
    groups = [f"g{i % 3}" for i in range(len(xy))]
    layer = homes([(float(x), float(y)) for x, y in xy], house=grades, group=groups)

    def layer_of(shapes: list[Any]) -> gpd.GeoDataFrame:
        n = len(shapes)
        return frame(
            shapes, id=[f"z{i}" for i in range(n)], kind=["landslide"] * n, level=[z[2] for z in zones][:n]
        )

    shapes = [box(x, y, x + size, y + size) for (x, y), size, _ in zones]
    grown = [shapes[0].buffer(wider), *shapes[1:]]
    fewer = judged(layer, hazards=layer_of(shapes[:-1] or shapes)).households
    now = judged(layer, hazards=layer_of(shapes)).households
    more = judged(layer, hazards=layer_of(grown)).households

    def pressing(table: pd.DataFrame) -> np.ndarray[Any, Any]:
        return np.where(table["urgency"] > 0, 5 - table["urgency"], 0)

    assert (pressing(now) >= pressing(fewer)).all()
    assert (pressing(more) >= pressing(now)).all()


def test_nobody_there_is_an_answer() -> None:
    found = judged(homes([]), hazards=zone("large"))
    assert len(found.households) == len(found.groups) == len(found.rebuilt) == 0
    assert list(found.households.columns) == list(COLUMNS)


def test_every_word_is_in_the_catalogue() -> None:
    layer = homes([IN, NEAR, OUT, *FAR], moved_to=["town", None, "town"] + [None] * 9)
    found = judged(layer, hazards=zone("large"), **{"workings": workings()["workings"]})
    for lang in ("zh", "en"):
        for table in (found.households, found.groups, found.rebuilt.rename(columns={"zone": "nearest"})):
            assert not sentences(pd.DataFrame(table), lang).str.contains("nan").any()
    keys = {f"move.decision.{d}" for d in DECISIONS} | {f"move.compared.{c}" for c in COMPARED}
    assert keys <= set(catalogue())
