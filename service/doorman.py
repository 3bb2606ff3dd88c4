"""What must every request and every answer respect? Host, size, method, security headers.

One ASGI middleware, because each part needs the raw messages: bodies are read up
to the bound before any route sees them, a HEAD is a GET without its body.
"""

from __future__ import annotations

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
        declared = Headers(scope=scope).get("content-length", "0")
        if not declared.isdigit() or int(declared) > self._max_body:
            raise TooLargeError("problem.body", limit=self._max_body)
        body = bytearray()
        while True:
            message = await receive()
            body += message.get("body", b"")
            if len(body) > self._max_body:
                raise TooLargeError("problem.body", limit=self._max_body)
            if not message.get("more_body", False):
                return _replay(bytes(body), receive)


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
