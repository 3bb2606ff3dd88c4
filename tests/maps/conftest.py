"""One plan for all tests of the maps."""

from __future__ import annotations

import pytest

from geo.plan import Plan
from tests.maps.toy import toy_plan


@pytest.fixture(scope="session")
def plan() -> Plan:
    return toy_plan()
