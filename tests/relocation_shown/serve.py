"""Serve the toy in danger on a free port and print its address: `python -m tests.relocation_shown.serve`."""

from __future__ import annotations

import socket

import uvicorn

from service.app import create_app
from service.settings import Settings
from tests.relocation_shown.toy import MovingToy


def main() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
        config = uvicorn.Config(create_app(Settings(), MovingToy()), log_level="error")
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
