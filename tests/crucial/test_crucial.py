"""Crucialness of what exists: removed from its layer and judged again, the same households lose."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from geo import read_area
from geo.area import make_area
from geo.crucial import CRUCIAL_COLUMNS, LAYERS, find_crucial
from geo.ground import make_ground
from geo.plan import find_gaps
from geo.power.gaps import power_gaps
from geo.roads.gaps import road_gaps
from geo.standards import default_standard
from geo.verdicts import MET, sentences
from geo.water.gaps import water_gaps

STANDARD = default_standard()


@pytest.fixture(scope="module")
def judged(sample: Path):
    area, _ = read_area(sample)
    ground = make_ground(area, STANDARD)
    gaps = find_gaps(area, STANDARD, ground)
    return area, ground, gaps, find_crucial(area, STANDARD, ground, gaps.roads, gaps.water, gaps.power)


def without(area, layer, row):
    frame = area.layer(layer)
    return area.with_layer(layer, frame.drop(index=frame.index[row]).reset_index(drop=True))


def met(finding):
    return np.asarray(finding.state) == MET


@pytest.mark.parametrize("layer", ["pools", "transformers"])
def test_removed_and_judged_again_as_many_lose(judged, layer):
    area, _, gaps, crucial = judged
    judge, before = (
        (lambda a: water_gaps(a, STANDARD).water, gaps.water.water)
        if layer == "pools"
        else (lambda a: power_gaps(a, STANDARD).power, gaps.power.power)
    )
    rows = crucial.of(layer)
    some = rows.sort_values("households").index[[-1, -10, len(rows) // 2]]
    assert rows.loc[some[0], "households"] > 20
    for row in some:
        after = judge(without(area, layer, row))
        assert met(before).sum() - met(after).sum() == rows.loc[row, "households"]


def test_a_bridge_removed_and_judged_again_the_same_households_lose(judged):
    area, _, gaps, crucial = judged
    rows = crucial.of("roads")
    assert area.layer("roads")["bridge"].fillna(False).sum() == len(rows)
    ids = area.layer("households")["id"].to_numpy(object)
    for row in [*rows.sort_values("households").index[[-1, -2]], rows.index[rows["households"] == 0][0]]:
        changed = without(area, "roads", row)
        after = road_gaps(changed, STANDARD, make_ground(changed, STANDARD))
        gone = (met(gaps.roads.path) & ~met(after.path)) | (met(gaps.roads.road) & ~met(after.road))
        told = crucial.loses.query(f"layer == 'roads' and id == '{rows.loc[row, 'id']}'")["household"]
        assert set(told) == set(ids[gone])


def test_the_table_keeps_its_contract_and_every_number_opens_to_its_households(judged):
    area, _, _, crucial = judged
    table = crucial.table
    assert list(table.columns) == list(CRUCIAL_COLUMNS)
    assert set(table["layer"]) == set(LAYERS)
    count = crucial.loses.groupby(["layer", "id"]).size()
    told = table.set_index(["layer", "id"])["households"]
    assert (told == count.reindex(told.index).fillna(0)).all()
    assert (table["households"] <= table["served"]).all()
    people = area.layer("households").set_index("id")["people"].astype(float)
    by = crucial.loses.assign(people=crucial.loses["household"].map(people)).groupby(["layer", "id"])[
        "people"
    ]
    pd.testing.assert_series_equal(
        table.set_index(["layer", "id"])["people"], by.sum().reindex(told.index).fillna(0.0),
        check_names=False,
    )  # fmt: skip
    for lang in ("zh", "en"):
        assert not sentences(table, lang).str.contains("nan").any()


def test_nothing_given_nothing_crucial():
    area = make_area({}, crs="EPSG:32648")
    ground = make_ground(area, STANDARD)
    found = find_crucial(
        area, STANDARD, ground, road_gaps(area, STANDARD, ground), water_gaps(area, STANDARD),
        power_gaps(area, STANDARD),
    )  # fmt: skip
    assert not len(found.table)
    assert not len(found.loses)


def test_a_pool_of_unknown_volume_is_unknown_not_harmless(judged):
    area, ground, gaps, _ = judged
    pools = area.layer("pools").copy()
    pools.loc[pools.index[0], ["volume", "yield_m3d"]] = np.nan
    pools.loc[pools.index[0], "source"] = None
    changed = area.with_layer("pools", pools)
    found = find_crucial(changed, STANDARD, ground, gaps.roads, water_gaps(changed, STANDARD), gaps.power)
    first = found.of("pools").loc[0]
    assert first["reason"] == "crucial.unknown"
    assert pd.isna(first["households"])
