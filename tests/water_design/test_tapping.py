"""Existing mains: tapped where they pass by and carry enough, with those who are on them already."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo.corridors import make_corridors
from geo.pipes import head_loss
from geo.water.design import design_water
from geo.water.gaps import water_gaps
from geo.water.rules import DAY_S, make_rules
from geo.water.tapping import Old, pipes_by_pool, pool_mains

from .hills import CRS, STANDARD, village
from .test_design import day_of_taps

POOL = (300.0, 40.0, 50.0)
ON = [(560.0, 40.0 + 20 * i) for i in range(3)]  # on the main already
BESIDE = [(600.0, 240.0 + 20 * i) for i in range(4)]  # beside its far end
MAIN = [(300.0, 40.0), (560.0, 40.0), (580.0, 240.0)]
RULES = make_rules(STANDARD)


def with_main(diameter: float = 63.0, *, main=MAIN, working: bool = True, springs=()):
    area = village([*ON, *BESIDE], pools=[POOL], springs=springs)
    pipes = gpd.GeoDataFrame(
        {"id": ["m0"], "pool": ["p0"], "diameter": [diameter], "working": [working]},
        geometry=[shapely.LineString(main)], crs=CRS,
    )  # fmt: skip
    return area.with_layer("pipes", pipes)


def joined(area):
    gaps = water_gaps(area, STANDARD)
    assert (gaps.water.state == "met").all()
    unmet = np.r_[np.zeros(len(ON), bool), np.ones(len(BESIDE), bool)]
    return design_water(area, gaps, unmet, STANDARD, make_corridors(area, STANDARD))


def new_pipe(works) -> float:
    return float(works.table.loc[works.table["kind"] == "pipe", "quantity"].sum())


def test_who_lives_beside_a_main_is_joined_to_it(tmp_path):
    works = joined(with_main())
    assert works.systems["note"].tolist() == ["water_design.tapped_main"]
    assert works.systems["source"].tolist() == ["p0"]
    assert works.systems["passed"].all()
    assert new_pipe(works) < 150
    assert new_pipe(joined(with_main(working=False))) > 300
    (inp,) = works.files.values()
    low, high = day_of_taps(inp, tmp_path)
    assert len(low) == 4
    assert low.min() >= 10
    assert high.max() <= 40 + 1e-6


def test_the_engine_ran_the_main_and_those_who_are_on_it():
    (inp,) = joined(with_main()).files.values()
    text = inp.decode()
    rows = [line.split() for line in text.split("[JUNCTIONS]\n")[1].split("\n\n")[0].split("\n")]
    drawn = {name: float(ls) for name, _, ls, _ in rows}
    each = water_gaps(with_main(), STANDARD).household_m3d / DAY_S * 1000
    old = sum(ls for name, ls in drawn.items() if name.startswith("E"))
    assert old == pytest.approx(3 * each, rel=1e-4)
    pipes = [line.split() for line in text.split("[PIPES]\n")[1].split("\n\n")[0].split("\n")]
    main = [p for p in pipes if p[0].startswith("E")]
    assert all(float(p[4]) == pytest.approx(63 * (1 - 2 / RULES.sdr[-1]), abs=1e-3) for p in main)
    assert 300 < sum(float(p[3]) for p in main) <= 470


def test_a_main_too_narrow_gets_pipes_beside_it():
    works = joined(with_main(12.0))
    assert works.systems["note"].tolist() == ["water_design.spare_pool"]
    assert works.systems["passed"].all()
    assert new_pipe(works) > 300


def test_the_line_from_the_source_is_no_main():
    works = joined(with_main(springs=[(580.0, 240.0, 60.0)]))
    assert set(works.systems["note"]) == {"water_design.spare_pool"}


def test_a_main_that_runs_empty_over_a_crest_is_not_tapped():
    """At x = 220 the ground is 9.6 m above the floor of the pool: no water stands in the pipe there."""
    over = [(300.0, 40.0), (220.0, 120.0), (560.0, 140.0), (580.0, 240.0)]
    works = joined(with_main(main=over))
    assert set(works.systems["note"]) == {"water_design.spare_pool"}
    assert works.systems["passed"].all()


def test_head_lost_to_the_tap_is_that_of_the_formula():
    """Two pieces: the first carries all, the second what is drawn at the tap and at its end."""
    old = Old(
        np.zeros((3, 2)),
        np.zeros(3),
        np.array([100.0, 200.0]),
        np.array([0.05, 0.04]),
        np.array([9.0, 5.0, 2.0]),
    )
    peak = RULES.pattern.max() / DAY_S
    by_hand = 100 * head_loss(17.0 * peak, 0.05, roughness=RULES["roughness"])
    by_hand += 200 * head_loss(12.0 * peak, 0.04, roughness=RULES["roughness"])
    assert old.lost(10.0, RULES)[-1] == pytest.approx(float(by_hand))


def test_what_is_drawn_on_a_branch_leaves_where_the_branch_does():
    area = with_main()
    branch = gpd.GeoDataFrame(
        {"id": ["m0", "m1"], "pool": ["p0", "p0"], "diameter": [63.0, 32.0], "working": [True, True]},
        geometry=[shapely.LineString(MAIN), shapely.LineString([(560.0, 40.0), (760.0, 40.0)])], crs=CRS,
    )  # fmt: skip
    area = area.with_layer("pipes", branch)
    doors = np.array([(760.0, 45.0), (581.0, 240.0), (430.0, 41.0)])
    pipes = pipes_by_pool(area, RULES)["p0"]
    mains = pool_mains(pipes, np.array(POOL[:2]), 964.0, doors, 1.0, make_corridors(area, STANDARD), RULES)
    end = int(np.hypot(*(mains.xy - MAIN[-1]).T).argmin())
    old = mains.to(end)
    assert old.drawn_m3d.sum() == 3
    assert old.drawn_m3d[-1] == 1
    fork = int(np.hypot(*(old.xy - MAIN[1]).T).argmin())
    assert old.drawn_m3d[fork] == 1
    assert np.hypot(*(old.xy[np.flatnonzero(old.drawn_m3d)[0]] - (430, 40)).T) < 12.5


@pytest.mark.parametrize("step", [1.0, 2.6, 4.0, 7.0, 30.0])
def test_a_main_is_as_long_as_it_is_however_closely_it_was_drawn(step):
    """Along a contour of the hillside, so that nothing is lost or won by height."""
    y = np.append(np.arange(40.0, 400.0, step), 400.0)
    pipes = np.array([shapely.LineString(np.column_stack([np.full(len(y), 300.0), y]))]), np.array([0.05])
    corridors = make_corridors(with_main(), STANDARD)
    mains = pool_mains(pipes, np.array(POOL[:2]), 964.0, np.empty((0, 2)), 1.0, corridors, RULES)
    assert mains.away.max() == pytest.approx(360.0, abs=0.1)
