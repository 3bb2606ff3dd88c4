"""The service over the toy township: in process, and on a real port."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep

import pytest
from starlette.testclient import TestClient

from service.app import create_app
from service.settings import Settings
from tests.asking import PATIENCE_S, ask
from tests.service.toy import ToyWork

ROOT = Path(__file__).parents[2]
HERE = "http://127.0.0.1:8000"


@pytest.fixture(scope="session")
def client() -> Iterator[TestClient]:
    """The service, read and planned."""
    app = create_app(Settings(), ToyWork())
    with TestClient(app, base_url=HERE, raise_server_exceptions=False) as client:
        app.state.desk.join(PATIENCE_S)
        assert app.state.desk.state.stage == "ready", app.state.desk.state.error
        yield client


@pytest.fixture(scope="session")
def live() -> Iterator[str]:
    """The address of the service in a process of its own, read and planned."""
    command = [sys.executable, "-m", "tests.service.serve_toy"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            assert process.stdout is not None
            address = process.stdout.readline().strip()
            deadline = monotonic() + PATIENCE_S
            while ask.get(f"{address}/api/status").json()["stage"] != "ready":
                assert monotonic() < deadline
                sleep(0.1)
            yield address
        finally:
            process.terminate()
