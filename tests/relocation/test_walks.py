"""Walks between homes and sites: looked for no farther than they matter, and then as if all had been."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box

from geo.ground import Ground, make_ground
from geo.relocation.offers import walks_m
from geo.standards import default_standard

from .conftest import township

AREA = township()
LIMIT = 300.0
STANDARD = default_standard().override({"assign.fields_m": LIMIT})
SITES = np.array([box(x, y, x + 50, y + 50) for x, y in [(200, 200), (900, 400), (1700, 1800)]], object)


GROUND = make_ground(AREA, STANDARD)


def walks(ground: Ground, xy: Any, waived: Any, group: Any) -> Any:
    return walks_m(AREA, STANDARD, ground, xy, SITES, waived=np.array(waived), group=np.array(group))


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 1000), st.lists(st.booleans(), min_size=3, max_size=3))
def test_what_matters_is_as_if_everything_had_been_searched(seed: int, waived: list[bool]) -> None:
    rng = np.random.default_rng(seed)
    xy, group = rng.uniform(50, 1950, (20, 2)), rng.integers(-1, 4, 20)
    xy[3] = np.nan
    found, every = walks(GROUND, xy, waived, group), walks(GROUND, xy, [True] * 3, group)
    known, told = ~np.isnan(xy[:, 0]), np.isfinite(found)
    assert (np.isnan(found) == ~known[:, None]).all()
    assert found[told] == pytest.approx(every[told], abs=0.01)
    assert told[every <= LIMIT].all()
    assert told[known][:, waived].all()
    assert found[known].min(axis=1) == pytest.approx(every[known].min(axis=1), abs=0.01)
    for g in np.unique(group[known & (group >= 0)]):  # a group is as far as its homes are on average
        mean, wanted = (np.where(np.isfinite(w), w, np.nan)[known & (group == g)] for w in (found, every))
        in_reach = np.nanmean(wanted, axis=0) <= LIMIT
        looked = np.isfinite(mean).any(axis=0)
        assert (in_reach[looked] == (np.nanmean(mean[:, looked], axis=0) <= LIMIT)).all()
        assert not in_reach[~looked].any()


def test_far_walks_are_left_out() -> None:
    found = walks(GROUND, np.array([[225.0, 300.0], [900.0, 300.0]]), [False] * 3, [-1, -1])
    assert np.isinf(found[:, 2]).all()
    assert np.isfinite(found[[0, 1], [0, 1]]).all()
