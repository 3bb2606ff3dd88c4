"""The OpenAPI document of all addresses, as FastAPI writes it, told how we refuse."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

NOT_OURS = ("HTTPValidationError", "ValidationError")
"""FastAPI's 422: a request that does not fit is answered with 400 and problem details."""
ABOUT = "What the live map asks, and OGC API Features (its own OpenAPI 3.0 document stands at /ogc/api)."


def install(app: FastAPI) -> None:
    """Let `app` answer with our document."""
    app.openapi = lambda: _document(app)  # type: ignore[method-assign]


def _document(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        made = get_openapi(title=app.title, version=app.version, description=ABOUT, routes=app.routes)
        for path in made["paths"].values():
            for operation in path.values():
                if "HTTPValidationError" in str(operation["responses"].get("422", "")):
                    del operation["responses"]["422"]
        schemas = made.get("components", {}).get("schemas", {})
        for name in NOT_OURS:
            schemas.pop(name, None)
        app.openapi_schema = made
    return app.openapi_schema
