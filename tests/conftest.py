"""What every test may lean on."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


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
