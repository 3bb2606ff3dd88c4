"""Serve the toy on a free port and print its address: `python -m tests.service.serve_toy`.

A process of its own, because GDAL holds the interpreter while it waits for an answer.
"""

from __future__ import annotations

import socket

import uvicorn

from service.app import create_app
from service.settings import Settings
from tests.service.toy import ToyWork


def main() -> None:
    app = create_app(Settings(), ToyWork())
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
        uvicorn.Server(uvicorn.Config(app, log_level="error")).run(sockets=[listener])


if __name__ == "__main__":
    main()
