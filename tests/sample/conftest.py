"""The committed township, and one drawn from another seed: both must hang together."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from geo.area import Area, make_area
from geo.reading import read_area

DATA = Path(__file__).parents[2] / "data"
sys.path.insert(0, str(DATA))  # the generator is a program beside the packages, not one of them

OTHER_SEED = 7


@pytest.fixture(scope="session")
def committed() -> Area:
    """The files as the project reads them; they are clean, so nothing may be reported."""
    area, problems = read_area(DATA / "shapefiles")
    assert len(problems.table) == 0, problems.table
    return area


@pytest.fixture(scope="session")
def township() -> Any:
    """A township of another seed, straight from the generator."""
    import sample

    return sample.draw_township(OTHER_SEED)


@pytest.fixture(scope="session")
def other(township: Any) -> Area:
    """The same as an area."""
    return make_area(township.layers, crs="EPSG:4544", name=township.name, terrain=township.terrain)


@pytest.fixture(params=["committed", "other"])
def area(request: pytest.FixtureRequest) -> Area:
    """Every test of the land runs on both."""
    found: Area = request.getfixturevalue(request.param)
    assert found.terrain is not None
    assert not np.isnan(found.terrain.elevation).any()
    return found
