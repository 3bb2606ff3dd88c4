"""The service over the toy in danger."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from geo.plan import Plan
from service.app import create_app
from service.settings import Settings
from tests.asking import PATIENCE_S
from tests.relocation_shown.toy import MovingToy
from tests.service.conftest import HERE


@pytest.fixture(scope="session")
def served() -> Iterator[tuple[TestClient, Plan]]:
    """A client of the service, and the plan it serves."""
    app = create_app(Settings(), MovingToy())
    with TestClient(app, base_url=HERE, raise_server_exceptions=False) as client:
        app.state.desk.join(PATIENCE_S)
        assert app.state.desk.state.stage == "ready", app.state.desk.state.error
        yield client, app.state.desk.plan()
