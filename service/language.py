"""Which language does the caller read? `?lang=` first, then Accept-Language, else Chinese."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Depends, Query, Request

from geo.messages import LANGS


def spoken(request: Request) -> str:
    """The language to answer `request` in; a wrong `?lang=` is as good as none."""
    wanted = request.query_params.get("lang", "")
    return wanted if wanted in LANGS else accepted(request.headers.get("accept-language", ""))


def accepted(header: str) -> str:
    """The best of our languages in an Accept-Language header (RFC 9110 section 12.5.4)."""
    best, weight = "zh", 0.0
    for part in header.split(","):
        tag, _, options = part.partition(";")
        found = tag.strip().lower().split("-")[0]
        quality = _quality(options)
        if found in LANGS and quality > weight:
            best, weight = found, quality
    return best


def _quality(options: str) -> float:
    name, _, value = options.strip().partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return min(max(float(value), 0.0), 1.0)
    except ValueError:
        return 0.0


def asked(
    request: Request,
    lang: Annotated[
        Literal["zh", "en"] | None, Query(description="language; else that of Accept-Language")
    ] = None,
) -> str:
    """The language a route answers in."""
    return lang or spoken(request)


Lang = Annotated[str, Depends(asked)]
"""A route parameter: the language to answer in."""
