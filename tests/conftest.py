"""What every test may lean on."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).parents[1]

# the same cases at every run, so that a change is judged by what it changed; `explore` looks for new ones
# no clock fails a test: on a busy machine drawing the examples alone may take long
UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("repeatable", UNTIMED, derandomize=True)
settings.register_profile("explore", UNTIMED, derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))


@pytest.fixture(scope="session")
def real() -> Path:
    """Real data written by others, kept beside the project; tests that need it skip without it."""
    folder = ROOT.parent / "shared" / "real"
    if not folder.is_dir():
        pytest.skip("the real data are not here")
    return folder


@pytest.fixture(scope="session")
def sample() -> Path:
    """The sample township of the project."""
    return ROOT / "data" / "shapefiles"
