"""/api: what the live map and other programs ask. Shapes of the answers: docs/architecture.md."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response

from geo.errors import BadPolygonError
from service.answers import GEOJSON, XLSX, keep, send, send_kept, to_json
from service.errors import PROBLEM
from service.jobs import Desk
from service.language import Lang, asked
from service.routes.bodies import Site, WhatIf, parts, vertices

Responses = dict[int | str, dict[str, Any]]
REFUSED: Responses = {
    status: {"description": text, "content": {PROBLEM: {"schema": {"type": "object"}}}}
    for status, text in {
        400: "The request is not valid.",
        404: "There is no such thing.",
        503: "Still being computed; Retry-After says when to ask again.",
    }.items()
}
TOO_LARGE: Responses = {413: {"description": "The body is too large.", "content": REFUSED[400]["content"]}}
UNUSABLE: Responses = {
    422: {"description": "The polygon cannot be judged as drawn.", "content": REFUSED[400]["content"]}
}
JSON_OBJECT: Responses = {200: {"content": {"application/json": {"schema": {"type": "object"}}}}}
TEXT = {"schema": {"type": "string"}}
BYTES = {"schema": {"type": "string", "format": "binary"}}
LEDGER: Responses = {200: {"content": {**JSON_OBJECT[200]["content"], "text/csv": TEXT, XLSX: BYTES}}}
IMAGE: Responses = {200: {"content": {"image/png": BYTES}}}
FEATURES: Responses = {200: {"content": {GEOJSON: {"schema": {"type": "object"}}}}}

router = APIRouter(
    prefix="/api",
    tags=["Xiangtu"],
    responses=REFUSED,
    default_response_class=Response,
    dependencies=[Depends(asked)],  # every address takes ?lang=, if only for its errors
)


def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


At = Annotated[Desk, Depends(_desk)]


@router.get("/status", summary="How far reading and planning are", responses=JSON_OBJECT)
def status(request: Request, desk: At, lang: Lang) -> Response:
    from service.usecases.status import status

    return send(request, to_json(status(desk.state, lang)))


@router.get("/problems", summary="What was wrong with the files, and what to do", responses=JSON_OBJECT)
def problems(request: Request, desk: At) -> Response:
    found = desk.problems()
    from service.usecases.check import told_problems

    return send_kept(request, desk.once("problems", lambda: keep(to_json(told_problems(found)))))


@router.get("/summary", summary="The area in numbers", responses=JSON_OBJECT)
def summary(request: Request, desk: At) -> Response:
    desk.plan()
    from service.usecases.summary import answer

    return send_kept(request, answer(desk))


@router.get("/catalogue", summary="Words, colours and thresholds the page needs", responses=JSON_OBJECT)
def catalogue(request: Request, desk: At) -> Response:
    from service.usecases.catalogue import page_catalogue

    standard = desk.standard()
    return send_kept(request, desk.once("catalogue", lambda: keep(to_json(page_catalogue(standard)))))


@router.get("/map/households", summary="Households with the states of their needs", responses=FEATURES)
def map_households(request: Request, desk: At) -> Response:
    desk.plan()
    from service.usecases import map_layers

    return send_kept(request, map_layers.households(desk))


@router.get("/map/terrain/{z}/{x}/{y}.png", summary="Terrain as terrarium tiles", responses=IMAGE)
def terrain(request: Request, desk: At, z: int, x: int, y: int) -> Response:
    from service.usecases import terrain_tiles

    return send_kept(request, terrain_tiles.tile(desk, z, x, y))


@router.get("/map/{layer}", summary="An input layer for drawing", responses=FEATURES)
def map_layer(request: Request, desk: At, layer: str) -> Response:
    from service.usecases import map_layers

    return send_kept(request, map_layers.layer(desk, layer))


@router.get("/ledger", summary="A ledger as JSON, CSV or Excel", responses=LEDGER)
def ledger(
    request: Request,
    desk: At,
    lang: Lang,
    level: Annotated[Literal["township", "village", "group", "household"], Query()] = "village",
    need: Annotated[list[str] | None, Query(description="needs, all when left out")] = None,
    state: Annotated[Literal["met", "unmet", "unknown"] | None, Query(description="of households")] = None,
    village: Annotated[str | None, Query(description="id of a village")] = None,
    format: Annotated[Literal["json", "csv", "xlsx"], Query()] = "json",
) -> Response:
    plan = desk.plan()
    from service.usecases import ledger

    wanted = ledger.Wanted(level, ledger.split(need or ()), state or "", village or "")
    write, media = ledger.FORMATS[format]
    with desk.turn():
        answer = send(request, write(plan, wanted, lang, names=desk.settings.open_names), media)
    if format != "json":
        answer.headers["Content-Disposition"] = f'attachment; filename="xiangtu-{level}.{format}"'
    return answer


@router.get("/households/{household_id}", summary="All needs of one household, why", responses=JSON_OBJECT)
def household(request: Request, desk: At, household_id: str) -> Response:
    plan = desk.plan()
    from service.usecases.household import household

    found = household(plan, household_id, open_names=desk.settings.open_names)
    return send(request, to_json(found))


@router.post("/sites/assess", summary="Judge a drawn site", responses=JSON_OBJECT | TOO_LARGE | UNUSABLE)
def assess(request: Request, desk: At, site: Site) -> Response:
    plan = desk.plan()
    from service.usecases.site import judge

    geometry, said = parts(site)
    if vertices(geometry) > desk.settings.max_vertices:
        most = desk.settings.max_vertices
        raise BadPolygonError("site.bad.vertices", vertices=vertices(geometry), most=most)
    with desk.turn():
        return send(request, to_json(judge(plan, geometry, kind=said.kind, planned=said.planned)))


@router.post(
    "/what-if", summary="What would change under other thresholds", responses=JSON_OBJECT | TOO_LARGE
)
def what_if(request: Request, desk: At, changes: WhatIf) -> Response:
    plan = desk.plan()
    from service.usecases.what_if import what_if

    with desk.turn():
        return send(request, to_json(what_if(plan, changes.standard)))
