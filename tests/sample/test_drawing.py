"""The generator: the same seed the same land, townships that fit together, sites as they were meant."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from geo.area import Area
from geo.ground import make_ground
from geo.relocation.assess import assess_listed, prepare_sites
from geo.roads.gaps import road_gaps
from geo.standards import default_standard

RULE = {
    "farmland": "farmland",
    "hazard": "hazard",
    "redline": "redline",
    "steep": "slope",
    "mine": "mining",
    "protect": "protect1",
    "road": "road_zone",
    "far": "road",
}
FOLLOWS = {
    "usable_share",
    "usable_area",
    "capacity",
    "hazard_buffer",
    "protect2",
    "mine_plan_edge",
    "settlement",
}
"""Rules that fail because another one took the ground."""


def _land(seed: int, number: int = 0) -> np.ndarray:
    import sample
    from sample.grid import SIDE_M, Frame
    from sample.relief import draw_relief
    from sample.rivers import draw_waters

    frame = Frame(number, seed, sample.WEST + SIDE_M * number, sample.SOUTH)
    return np.asarray(draw_relief(frame, draw_waters(frame)))


_known = cache(_land)


def test_the_same_seed_gives_the_same_land() -> None:
    first = _known(3)
    assert np.array_equal(first, _land(3))
    assert not np.allclose(first, _land(4), atol=5)


def test_townships_fit_together() -> None:
    """Margins of 500 m overlap; 190 m to both sides of the common edge the ground is the same."""
    west, east = _known(3), _land(3, 1)
    off = np.abs(west[40:-40, -80:] - east[40:-40, :80])[:, 25:55]
    assert np.percentile(off, 99) < 1.0
    assert off.max() < 6.0  # a cone on the rim of a tile may be cut


@pytest.mark.filterwarnings("ignore")
def test_each_site_is_judged_as_it_was_drawn(committed: Area) -> None:
    """Three good, eight bad for one reason each, by the project's own rules."""
    from sample.sites import REASONS

    standard = default_standard()
    ground = make_ground(committed, standard)
    serving = road_gaps(committed, standard, ground).serving
    verdicts = assess_listed(prepare_sites(committed, standard, ground, serving=serving))
    assert len(verdicts) == len(REASONS)  # they are drawn in this order
    for verdict, why in zip(verdicts, REASONS, strict=True):
        failed = set(verdict.rules.loc[verdict.rules["state"] == "fail", "rule"])
        assert failed - FOLLOWS == ({RULE[why]} if why != "good" else set()), (why, failed)
