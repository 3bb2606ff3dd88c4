"""`xiangtu serve [FOLDER]`: the map and the interfaces, on this machine unless told otherwise."""

from __future__ import annotations

import argparse
import socket
import sys
from pathlib import Path

from geo.errors import AreaError
from geo.messages import say

from . import CommandParser


def add_args(parser: CommandParser) -> None:
    def told(name: str) -> str:
        return say(f"cli.serve_{name}", parser.lang)

    parser.add_argument("folder", nargs="?", type=Path, metavar="FOLDER", help=told("folder"))
    parser.add_argument("--host", help=told("host"))
    parser.add_argument("--port", type=int, help=told("port"))
    parser.add_argument("--area", type=Path, metavar="FILE", help=told("area"))
    parser.add_argument("--standard", type=Path, metavar="FILE", help=told("standard"))
    parser.add_argument("--open-names", action="store_true", default=None, help=told("open_names"))


def run(args: argparse.Namespace) -> int:
    """Serve until stopped. The port is taken before anything is computed."""
    import uvicorn  # only this command needs it
    from pydantic import ValidationError

    from service.app import create_app
    from service.settings import Settings

    names = ("folder", "host", "port", "area", "standard", "open_names")
    try:
        settings = Settings(**{n: getattr(args, n) for n in names if getattr(args, n) is not None})
    except ValidationError as error:
        wrong = error.errors()[0]
        name = ".".join(map(str, wrong["loc"]))
        raise AreaError("cli.bad_setting", name=name, value=str(wrong["input"])[:60]) from error
    if not settings.folder.is_dir():
        raise AreaError("cli.no_folder", folder=settings.folder)
    with _listening(settings.host, settings.port) as listener:
        host, port = listener.getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        print(say("cli.serving", args.lang, url=f"http://{shown}:{port}/"), file=sys.stderr, flush=True)
        config = uvicorn.Config(create_app(settings), log_level="warning", server_header=False)
        uvicorn.Server(config).run(sockets=[listener])
    return 0


def _listening(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.create_server((host, port), family=family, backlog=256)
    except (OSError, OverflowError) as error:
        raise AreaError("cli.port_taken", host=host, port=port, reason=error) from error
    # asyncio sees to this only on sockets of its own; without it a small answer waits 40 ms for an ACK
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener
