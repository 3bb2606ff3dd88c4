"""The service over the toy township."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from service.app import create_app
from service.settings import Settings
from tests.service.toy import ToyWork

HERE = "http://127.0.0.1:8000"


@pytest.fixture(scope="session")
def client() -> Iterator[TestClient]:
    """The service, read and planned."""
    app = create_app(Settings(), ToyWork())
    with TestClient(app, base_url=HERE, raise_server_exceptions=False) as client:
        app.state.desk.join(120)
        yield client
