"""Where pressure is broken, and where no pipe is laid because none would stand it."""

from __future__ import annotations

import numpy as np
import pytest

from geo.area import make_area
from geo.corridors import make_corridors
from geo.spatial.terrain import Terrain
from geo.water.feeding import lay_feed
from geo.water.layout import lay_main, lay_trail
from geo.water.pressure import break_pressure
from geo.water.rules import make_rules

from .hills import CELL, CRS, STANDARD, village

N = 60


def ground(height: np.ndarray):
    area = make_area({}, crs=CRS)
    terrain = Terrain(height.astype(np.float32), 0.0, N * CELL, CELL, area.crs)
    return make_corridors(make_area({}, crs=CRS, terrain=terrain), STANDARD)


def zones(fall: float, taps: int, fewest: int = 4):
    """A line that falls by `fall` metres in ten steps to so many taps at its end."""
    line = np.arange(10)
    parent = np.r_[line - 1, np.full(taps, 9)]
    z = np.r_[-fall * line / 9, np.full(taps, -fall)]
    house = np.r_[np.full(10, -1), np.arange(taps)]
    tap = house >= 0
    return break_pressure(
        parent, z, np.full(len(z), 20.0), house, top_m=2.5, head=np.where(tap, 10.0, 0.2),
        cap=z + np.where(tap, 40.0, 128.0), pipe_cap=z + 128.0, friction=0.004, reserve_m=0.5, drop_m=8.0,
        fewest=fewest,
    )  # fmt: skip


def test_few_taps_get_valves_but_a_pipe_that_would_burst_gets_a_tank():
    assert not zones(100.0, 1).tank.any()
    assert zones(100.0, 1).valve[10:].all()
    assert zones(100.0, 4).tank.any()
    deep = zones(190.0, 1)
    assert deep.tank.any()
    z = -190.0 * np.arange(10) / 9
    stands = np.r_[2.5, np.maximum.accumulate(np.where(deep.tank[:10], np.arange(10), 0))[:-1]]
    level = np.where(np.r_[0, stands[1:]] > 0, z[stands.astype(int)], 2.5)
    assert (level - z <= 128.0).all()


@pytest.mark.parametrize(("depth", "round_it"), [(100.0, False), (200.0, True)])
def test_a_main_goes_round_a_gorge_too_deep_for_its_pipe(depth: float, round_it: bool):
    """A gorge across the way, shallow at its northern end."""
    height = np.full((N, N), 1000.0)
    height[25:, 25:35] -= depth
    corridors = ground(height)
    source, pool = np.array([300.0, 600.0]), np.array([1200.0, 600.0])
    trail = lay_main(
        corridors, source, pool, ceiling_m=np.inf, bottom_m=1000 - 128.0, trench_m=2.5, near_m=60.0
    )
    assert trail is not None
    assert (trail.z.min() > 999) == round_it
    height[:25, 25:35] -= depth
    across = lay_main(
        ground(height), source, pool, ceiling_m=np.inf, bottom_m=1000 - 128.0, trench_m=2.5, near_m=60.0
    )
    assert (across is None) == round_it


def test_pipes_keep_below_the_line_of_the_least_head():
    """A ridge across the way: a trench takes a pipe through it 30 m off the pool, and not 200 m off."""
    height = np.full((N, N), 980.0)
    height[:, 20] = 1000.9
    corridors = ground(height)
    for pool, cut in ((712.5, 1), (537.5, 0)):
        door = np.array([[300.0, 712.5]])
        _, lost, _ = lay_trail(
            corridors,
            np.array([pool, 712.5]),
            1000.0,
            door,
            ceiling_m=999.0,
            fall=0.004,
            trench_m=2.5,
            near_m=60.0,
        )
        assert len(lost) == cut


def test_a_pool_beside_its_source_is_still_reached_by_the_pump():
    """The hillside falls 12 %: 50 m further down is 6 m lower, and the water enters 2.5 m up."""
    rules, corridors = make_rules(STANDARD), make_corridors(village([(600.0, 40.0)]), STANDARD)
    pool, source = np.array([287.5, 37.5]), np.array([337.5, 37.5])
    floor, below = (float(z) for z in corridors.sample(np.array([pool, source])))
    main = lay_feed(source, below, pool, floor, 5.0, corridors, rules)
    assert main is not None
    assert main.lift >= floor + rules["pool_depth_m"] - below
