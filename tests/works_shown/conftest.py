"""The service over the toy township with works designed by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from starlette.testclient import TestClient

from geo.area import Area
from geo.plan import Plan
from geo.standards import Standard
from service.app import create_app
from service.settings import Settings
from tests.asking import PATIENCE_S
from tests.service.conftest import HERE
from tests.service.toy import ToyWork
from tests.works_shown.fake import planned


class WorksToy(ToyWork):
    """The toy, with works."""

    def plan(
        self,
        area: Area,
        standard: Standard,
        progress: Callable[[str, int, int], None],
        judged: Callable[[Plan], None],
    ) -> Plan:
        plan = planned(area, standard=standard, progress=progress)
        judged(plan)
        return plan


@pytest.fixture(scope="session")
def served() -> Iterator[tuple[TestClient, Plan]]:
    """A client of the service, and the plan it serves."""
    app = create_app(Settings(), WorksToy())
    with TestClient(app, base_url=HERE, raise_server_exceptions=False) as client:
        app.state.desk.join(PATIENCE_S)
        assert app.state.desk.state.stage == "ready", app.state.desk.state.error
        yield client, app.state.desk.plan()
