"""`/`: the live map, or a page that says it is not built; `/plain.css`; `/healthz`."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version
from importlib.resources import files

from fastapi import APIRouter, Request, Response

from service.answers import Kept, keep, send, send_kept, to_json
from service.language import spoken

router = APIRouter()


@router.get("/healthz", tags=["service"], summary="Is the service alive?")
def healthz(request: Request) -> Response:
    return send(request, to_json({"status": "ok", "version": version("xiangtu")}))


@router.get("/", include_in_schema=False)
def index(request: Request) -> Response:
    built = request.app.state.desk.settings.workbench / "index.html"
    if built.is_file():
        return Response(
            built.read_bytes(), media_type="text/html; charset=utf-8", headers={"Cache-Control": "no-cache"}
        )
    from service.usecases.status import status_page

    return send(
        request, status_page(request.app.state.desk.state, spoken(request)), "text/html; charset=utf-8"
    )


@router.get("/plain.css", include_in_schema=False)
def stylesheet(request: Request) -> Response:
    return send_kept(request, _css())


@cache
def _css() -> Kept:
    return keep(files("service").joinpath("static", "plain.css").read_bytes(), "text/css; charset=utf-8")
