"""Sources of unknown yield: measured first, never counted as served, never as a cistern."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geo.pricing import price
from geo.verdicts import sentences

from .hills import PERSON, STANDARD, designed, village
from .test_design import ROW, day_of_taps

UNKNOWN = (0.0, 100.0, np.nan)


def test_a_source_nobody_measured_is_to_be_measured_first(tmp_path):
    works = designed(village(ROW, springs=[UNKNOWN]))
    assert not len(works.table)
    assert not len(works.serves)
    told = works.unserved
    assert set(told["reason"]) == {"water_design.measure_first"}
    assert sorted(told["household"]) == [f"h{i:03}" for i in range(10)]
    assert set(told["nearest"]) == {"s0"}
    assert (told["threshold"] == 10).all()
    assert (told["measure"] < 40 * PERSON + 0.1).all()
    assert (told["measure"] >= 40 * PERSON).all()
    for lang in ("zh", "en"):
        assert sentences(told, lang).str.contains("s0").all()
    hoped = works.provisional
    assert set(hoped.table["flag"]) == {"water_design.provisional"}
    assert hoped.systems["passed"].all()
    assert hoped.systems["note"].tolist() == ["water_design.provisional"]
    assert price(hoped, STANDARD).total["likely"] > 0
    for inp in hoped.files.values():
        low, high = day_of_taps(inp, tmp_path)
        assert low.min() >= 10
        assert high.max() <= 40 + 1e-6


def test_measured_and_enough_the_system_is_the_provisional_one():
    """The yield asked for is the yield that suffices: with it the same works are designed for good."""
    hoped = designed(village(ROW, springs=[UNKNOWN]))
    enough = float(hoped.unserved["measure"].iloc[0])
    built = designed(village(ROW, springs=[(*UNKNOWN[:2], enough)]))
    assert built.provisional is None
    assert not len(built.unserved)
    same = ["kind", "spec", "quantity", "households"]
    pd.testing.assert_frame_equal(
        pd.DataFrame(built.table[same]), pd.DataFrame(hoped.provisional.table[same])
    )


def test_known_water_comes_first_and_far_houses_still_get_cisterns():
    known, far = (0.0, 100.0, 60.0), [(600.0, 1100.0)]
    both = designed(village(ROW, springs=[known, (0.0, 140.0, np.nan)]))
    assert both.provisional is None
    assert set(both.systems["source"]) == {"s0"}
    works = designed(village([*ROW, *far], springs=[UNKNOWN]), STANDARD.override({"water.reach_m": 700}))
    assert set(works.unserved["household"]) == {f"h{i:03}" for i in range(10)}
    cistern = works.table[works.table["kind"] == "cistern"]
    assert works.serves["household"].tolist() == ["h010"]
    assert len(cistern) == 1


def test_no_more_is_hoped_of_a_source_than_the_standard_allows():
    little = STANDARD.override({"water_design.unmeasured_m3d": 2.2})
    works = designed(village(ROW, springs=[UNKNOWN]), little)
    named = set(works.unserved["household"]) | set(works.serves["household"])
    assert named == {f"h{i:03}" for i in range(10)}
    if len(works.unserved):
        assert (works.unserved["measure"] <= 2.3).all()
    assert (works.table["kind"] == "cistern").sum() >= 5


def test_a_failing_source_is_no_hope():
    area = village(ROW, springs=[UNKNOWN])
    failing = area.with_layer("springs", area.layer("springs").assign(failing=True))
    works = designed(failing)
    assert works.provisional is None
    assert (works.table["kind"] == "cistern").all()
