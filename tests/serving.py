"""An area of the tests, served by a process of its own that prints its address first.

A process of its own, because GDAL holds the interpreter while it waits for an answer.
"""

from __future__ import annotations

import socket

import uvicorn

from service.app import create_app
from service.jobs import Work
from service.settings import Settings
from tests.asking import PATIENCE_S


def serve(work: Work) -> None:
    """On a free port of this machine, until it is stopped."""
    app = create_app(Settings(wait_s=PATIENCE_S), work)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
        uvicorn.Server(uvicorn.Config(app, log_level="error")).run(sockets=[listener])
