"""How does a value become an answer? JSON by orjson, zipped in the worker thread, with an ETag.

Zipping here and not in a middleware keeps it off the event loop, and lets an
answer that is kept be zipped once.
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from typing import Any

import orjson
from fastapi import Request, Response

JSON, GEOJSON = "application/json", "application/geo+json"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WORTH_ZIPPING = 1024
OPTIONS = orjson.OPT_SERIALIZE_NUMPY


@dataclass(frozen=True)
class Kept:
    """An encoded answer that is worth keeping: as it is, zipped, and its ETag."""

    body: bytes
    zipped: bytes
    etag: str
    media: str


def keep(body: bytes, media: str = JSON) -> Kept:
    """`body` ready to be sent many times."""
    etag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    return Kept(body, gzip.compress(body, 6, mtime=0), etag, media)


def to_json(value: Any) -> bytes:
    """Compact JSON. NaN becomes null."""
    return orjson.dumps(value, option=OPTIONS, default=str)


def send_kept(request: Request, kept: Kept) -> Response:
    """The kept answer, or 304 when the caller has it already."""
    headers = {"ETag": kept.etag, "Cache-Control": "no-cache", "Vary": "Accept-Encoding, Accept-Language"}
    known = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
    if kept.etag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    if takes_gzip(request) and len(kept.zipped) < len(kept.body):
        return Response(kept.zipped, headers={**headers, "Content-Encoding": "gzip"}, media_type=kept.media)
    return Response(kept.body, headers=headers, media_type=kept.media)


def send(request: Request, body: bytes, media: str = JSON, *, status: int = 200) -> Response:
    """An answer made for this caller alone, zipped quickly where that helps."""
    headers = {"Vary": "Accept, Accept-Encoding, Accept-Language", "Cache-Control": "no-cache"}
    if takes_gzip(request) and len(body) > WORTH_ZIPPING:
        headers["Content-Encoding"] = "gzip"
        body = gzip.compress(body, 1, mtime=0)
    return Response(body, status, headers, media)


def takes_gzip(request: Request) -> bool:
    """Whether the caller accepts gzip (`gzip;q=0` refuses it)."""
    for part in request.headers.get("accept-encoding", "").split(","):
        name, _, options = part.partition(";")
        if name.strip().lower() in ("gzip", "*"):
            return options.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False
