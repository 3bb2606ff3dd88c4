"""What follows a move: due dates by hand, and the sentence of the offices."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import geopandas as gpd
import pandas as pd
from pyproj import CRS
from shapely import Point, box

from geo.area import Area, make_area
from geo.ground import make_ground
from geo.hazards.exposure import expose
from geo.messages import catalogue
from geo.relocation.assign import Assignment, assign
from geo.relocation.follow_up import COLUMNS, MEASURES, STATES, follow_up
from geo.relocation.move_ledger import township_sentence, village_moves, village_sentences
from geo.relocation.must_move import MustMove, must_move
from geo.standards import default_standard

CRS_ = CRS.from_epsg(4544)
STANDARD = default_standard()


def frame(geometry: list[Any], **columns: Any) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=geometry, crs=CRS_)


def settled(**columns: Any) -> tuple[Area, MustMove, Assignment]:
    """h0 stands in a zone, h1 has moved, h2 to h9 are safe; the data are of 20 September 2017."""
    base: dict[str, Any] = {
        "id": [f"h{k}" for k in range(10)],
        "group": ["g"] * 10,
        "village": ["v"] * 10,
        "people": [4] * 10,
        "poor": [False] * 10,
        "students": [1, 0, *[0] * 8],
        "moved_to": [None, "town", *[None] * 8],
        "moved_on": pd.to_datetime([None, "2017-01-31", *[None] * 8]),
        "surveyed": pd.to_datetime(["2017-09-20", "2016-05-01", *["2017-09-01"] * 8]),
    }
    homes = frame(
        [Point(50, 50), Point(60, 50), *[Point(900 + k, 50) for k in range(8)]], **{**base, **columns}
    )
    layers = {
        "households": homes,
        "villages": frame([box(-2000, -2000, 4000, 4000)], id=["v"], name=["河坝村"]),
        "hazards": frame([box(0, 0, 100, 100)], id=["z"], kind=["landslide"], level=["medium"]),
    }
    area = make_area(layers, crs=CRS_)
    found = expose(area, STANDARD)
    moving = must_move(area, STANDARD, found.households, pairs=found.table, zones=found.zones)
    offers = frame(
        [box(1500, 0, 1600, 100)], site=["s"], name=["s"], source=["drawn"], kind=["village"], village=["v"],
        capacity=[5.0], connect_yuan=[0.0],
    )  # fmt: skip
    return area, moving, assign(area, STANDARD, moving, offers, make_ground(area, STANDARD))


def entries(**columns: Any) -> pd.DataFrame:
    area, moving, assignment = settled(**columns)
    return follow_up(area, STANDARD, moving, assignment)


def of(table: pd.DataFrame, household: str) -> pd.DataFrame:
    return table[table["household"] == household].set_index("measure")


def test_dates_of_who_is_to_move() -> None:
    table = of(entries(), "h0")
    due = table["due"].dt.strftime("%Y-%m-%d").to_dict()
    assert due["sign"] == "2017-12-20"  # 3 months after the funds
    assert due["move_in"] == "2018-09-20"
    assert due["school"] == "2018-10-20"  # a month after moving in
    assert due["demolish"] == "2019-03-20"
    assert set(table["state"]) == {"open"}
    assert "job" not in table.index  # within reach of its own fields
    assert set(table["site"]) == {"s"}


def test_dates_of_who_has_moved() -> None:
    done = pd.to_datetime([None, "2017-06-01", *[None] * 8])
    table = of(entries(demolished=done), "h1")
    assert table.loc["demolish", ["state", "note"]].tolist() == ["done", "follow.note.done"]
    assert table.loc["job", "state"] == "overdue"  # due on the last of July
    assert str(table.loc["job", "due"].date()) == "2017-07-31"
    assert table.loc["reclaim", "state"] == "open"
    assert "school" not in table.index  # no pupils
    assert "sign" not in table.index


def test_without_a_date_nothing_is_due() -> None:
    table = of(entries(moved_on=pd.to_datetime([None] * 10)), "h1")
    assert table["due"].isna().all()
    assert set(table["state"]) == {"open"}
    assert "return" in table.index  # nothing says that the point is older than the move
    assert set(table["note"]) == {"follow.note.undated"}


def test_everything_has_words() -> None:
    table = entries()
    assert list(table.columns) == list(COLUMNS)
    keys = {f"follow.measure.{m}" for m in MEASURES} | {f"follow.state.{s}" for s in STATES}
    assert keys | set(table["note"]) <= set(catalogue())


def test_the_sentence_of_the_offices() -> None:
    area, moving, assignment = settled()
    table = village_moves(area, moving, assignment)
    said = "需搬迁 1 户 4 人(零星 1 户 4 人、整组 0 组 0 户 0 人)"
    assert village_sentences(table, "zh").tolist() == [said]
    assert township_sentence(table, "zh") == said
    assert table[["placed", "left", "rebuilt"]].to_numpy().tolist() == [[1, 0, 0]]


def test_households_of_no_village_stand_in_a_last_row() -> None:
    area, moving, assignment = settled()
    stranger = replace(moving, households=moving.households.assign(village="elsewhere"))
    table = village_moves(area, stranger, assignment)
    assert table["households"].tolist() == [0, 1]
    assert table["name"].isna().tolist() == [False, True]
    assert village_sentences(table, "en").iloc[0] == "nobody has to move"
