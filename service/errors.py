"""How is a mistake answered? One table: error type -> status and a stable code (RFC 9457).

`geo` raises its own errors and knows no status; what only the service can get
wrong is declared here. An unexpected error is logged and answered with 500 and
nothing of its inside.
"""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from geo.errors import (
    AreaError,
    BadDraftError,
    BadPolygonError,
    BadSearchError,
    StandardError,
    UnknownFeatureError,
    XiangtuError,
)
from geo.messages import catalogue, say
from service.language import spoken

logger = logging.getLogger(__name__)
PROBLEM = "application/problem+json"


class RequestError(XiangtuError, ValueError):
    """A parameter or a body that cannot be used; `where` names it."""

    def __init__(self, key: str, *, where: str = "", **values: Any) -> None:
        self.where = where
        super().__init__(key, where=where, **values)


class ForeignHostError(RequestError):
    """A Host header that is not ours (DNS rebinding)."""


class TooLargeError(RequestError):
    """A body beyond the bound of the settings."""


class NotReadyError(XiangtuError, RuntimeError):
    """Still reading or planning: ask again in `retry_s` seconds."""

    retry_s = 2


class BusyError(NotReadyError):
    """Other computations did not finish in time."""


class FailedError(XiangtuError, RuntimeError):
    """Reading or planning ended with an error; asking again does not help."""


STATUS: tuple[tuple[type[Exception], HTTPStatus, str], ...] = (
    (TooLargeError, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-large"),
    (ForeignHostError, HTTPStatus.MISDIRECTED_REQUEST, "foreign-host"),
    (RequestError, HTTPStatus.BAD_REQUEST, "invalid-request"),
    (BadPolygonError, HTTPStatus.UNPROCESSABLE_ENTITY, "bad-polygon"),
    (BadDraftError, HTTPStatus.UNPROCESSABLE_ENTITY, "bad-draft"),
    (BadSearchError, HTTPStatus.UNPROCESSABLE_ENTITY, "bad-search"),
    (UnknownFeatureError, HTTPStatus.NOT_FOUND, "not-found"),
    (StandardError, HTTPStatus.BAD_REQUEST, "bad-standard"),
    (BusyError, HTTPStatus.SERVICE_UNAVAILABLE, "busy"),
    (NotReadyError, HTTPStatus.SERVICE_UNAVAILABLE, "not-ready"),
    (FailedError, HTTPStatus.SERVICE_UNAVAILABLE, "failed"),
    (AreaError, HTTPStatus.SERVICE_UNAVAILABLE, "failed"),
    (XiangtuError, HTTPStatus.BAD_REQUEST, "invalid-request"),
)
"""The first type that fits decides."""

BY_STATUS = {
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    413: "too-large",
    415: "unsupported-media",
}
"""Codes of what the framework itself refuses."""


def problem(request: Request, status: int, code: str, detail: str, **more: Any) -> Response:
    """The answer in the caller's language; `more` are further members."""
    lang = spoken(request)
    body = {
        "type": f"urn:problem:xiangtu:{code}",
        "title": say(f"problem.{code}", lang),
        "status": int(status),
        "detail": detail,
        "code": code,
        "instance": request.url.path,
        **more,
    }
    headers = {"Content-Language": lang, "Vary": "Accept-Language", "Cache-Control": "no-store"}
    return Response(orjson.dumps(body), int(status), headers, PROBLEM)


def known(request: Request, error: XiangtuError) -> Response:
    """The answer to one of our own errors."""
    status, code = next((s, c) for kind, s, c in STATUS if isinstance(error, kind))
    where = getattr(error, "where", "")
    more = {"errors": [{"parameter": where, "detail": error.said(spoken(request))}]} if where else {}
    answer = problem(request, status, code, error.said(spoken(request)), **more)
    if isinstance(error, NotReadyError):
        answer.headers["Retry-After"] = str(error.retry_s)
    return answer


def install(app: FastAPI) -> None:
    """Answer every error of `app` with problem details."""
    app.add_exception_handler(XiangtuError, _known)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _bug)


def _known(request: Request, error: Exception) -> Response:
    assert isinstance(error, XiangtuError)
    return known(request, error)


def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    lang = spoken(request)
    found = []
    for each in error.errors()[:20]:
        place, *path = (str(part) for part in each["loc"])
        name = "/" + "/".join(path) if place == "body" else ".".join(path)
        told = say(_invalid_key(each["type"]), lang)
        found.append({"pointer" if place == "body" else "parameter": name, "detail": told})
    first = " ".join(str(part) for part in found[0].values()) if found else ""
    return problem(
        request, 400, "invalid-request", say("problem.detail_invalid", lang, first=first), errors=found
    )


def _invalid_key(kind: str) -> str:
    """Our sentence for one of pydantic's kinds of error."""
    if kind == "missing":
        return "problem.value_missing"
    if kind.endswith(("_parsing", "_type", "json_invalid")):
        return "problem.value_type"
    if kind.startswith(("greater", "less", "too_", "string_too", "finite")):
        return "problem.value_range"
    return "problem.value_wrong"


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = BY_STATUS.get(error.status_code, "invalid-request" if error.status_code < 500 else "internal")
    key = f"problem.detail_{code}"
    detail = say(key if key in catalogue() else f"problem.{code}", spoken(request), path=request.url.path)
    answer = problem(request, error.status_code, code, detail)
    answer.headers.update({k: v for k, v in (error.headers or {}).items() if k.lower() == "allow"})
    return answer


def _bug(request: Request, error: Exception) -> Response:
    logger.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return problem(request, 500, "internal", say("problem.detail_internal", spoken(request)))
