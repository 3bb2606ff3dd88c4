"""What must every request and every answer respect? Host, size, method, security headers.

One ASGI middleware, because each part needs the raw messages: bodies are read up
to the bound before any route sees them, a HEAD is a GET without its body.
"""

from __future__ import annotations

from asyncio import timeout
from contextlib import suppress

from starlette._utils import parse_host_header
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.errors import ForeignHostError, RequestError, TooLargeError, known
from service.settings import Settings

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data: blob:; worker-src 'self' blob:; object-src 'none'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}

DRAINED = 200
"""How many times the largest body we read from somebody whose body is refused, before we hang up."""
DRAINING_S = 20.0
"""And how long."""


class Doorman:
    """Refuses foreign hosts and bodies beyond the bound; sets the security headers."""

    def __init__(self, app: ASGIApp, *, settings: Settings) -> None:
        self._app = app
        self._hosts = settings.hosts()
        self._max_body = settings.max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sending = _secured(send, with_body=scope["method"] != "HEAD")
        try:
            self._check_host(scope)
            receiving = await self._bounded(scope, receive)
        except RequestError as error:
            await known(Request(scope), error)(scope, receive, sending)
            return
        if scope["method"] == "HEAD":
            scope = {**scope, "method": "GET"}
        await self._app(scope, receiving, sending)

    def _check_host(self, scope: Scope) -> None:
        host = parse_host_header(Headers(scope=scope).get("host"))
        if host is None or (self._hosts and host.host.lower() not in self._hosts):
            raise ForeignHostError("problem.host", host=Headers(scope=scope).get("host", "")[:60])

    async def _bounded(self, scope: Scope, receive: Receive) -> Receive:
        """`receive` with the whole body already read; most requests have none."""
        if scope["method"] in ("GET", "HEAD", "OPTIONS"):
            return receive
        headers = Headers(scope=scope)
        declared = headers.get("content-length", "0")
        if not declared.isdigit() or int(declared) > self._max_body:
            if "100-continue" not in headers.get("expect", "").lower():  # who asks first has sent nothing yet
                await self._drain(receive)
            raise TooLargeError("problem.body", limit=self._max_body)
        body = bytearray()
        while True:
            message = await receive()
            body += message.get("body", b"")
            if len(body) > self._max_body:
                await self._drain(receive)
                raise TooLargeError("problem.body", limit=self._max_body)
            if not message.get("more_body", False):
                return _replay(bytes(body), receive)

    async def _drain(self, receive: Receive) -> None:
        """Read the rest of a refused body and throw it away, within bounds of size and time.

        A plain client reads no answer before it has sent everything: to one whose connection is
        closed on it the refusal looks like a broken line.
        """
        left = DRAINED * self._max_body
        with suppress(TimeoutError):
            async with timeout(DRAINING_S):
                while left > 0:
                    message = await receive()
                    left -= len(message.get("body", b""))
                    if not message.get("more_body", False):
                        return


def _replay(body: bytes, receive: Receive) -> Receive:
    told = False

    async def replay() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def _secured(send: Send, *, with_body: bool) -> Send:
    async def secured(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        elif message["type"] == "http.response.body" and not with_body:
            message = {**message, "body": b""}
        await send(message)

    return secured
