"""/api/works and /api/programme: the planned works, programmes under budgets, drafts by hand."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request, Response

from geo.errors import BadDraftError
from service.answers import keep, send, send_kept, to_json
from service.errors import PROBLEM
from service.language import asked
from service.routes.api import FEATURES, JSON_OBJECT, REFUSED, TEXT, TOO_LARGE, At, Responses
from service.routes.bodies import Budgets, Drawn, drawn_parts

UNUSABLE: Responses = {
    422: {
        "description": "The work cannot stand where it was drawn.",
        "content": {PROBLEM: {"schema": {"type": "object"}}},
    }
}

INP: Responses = {200: {"content": {"text/plain": TEXT}}}

router = APIRouter(
    prefix="/api",
    tags=["Works"],
    responses=REFUSED,
    default_response_class=Response,
    dependencies=[Depends(asked)],
)


@router.get("/works", summary="The planned works for drawing", responses=FEATURES)
def works(request: Request, desk: At) -> Response:
    desk.designed()
    from service.usecases import works

    return send_kept(request, works.collection(desk))


@router.get("/crucial", summary="Who loses service if one existing thing fails", responses=JSON_OBJECT)
def crucial(request: Request, desk: At) -> Response:
    plan = desk.plan()
    from service.usecases.crucial import crucial

    return send_kept(request, desk.once("crucial", lambda: keep(to_json(crucial(plan)))))


@router.get(
    "/works/{work_id}", summary="One work: price, system, profile, whom it serves", responses=JSON_OBJECT
)
def work(request: Request, desk: At, work_id: str) -> Response:
    desk.designed()
    from service.usecases import works

    return send(request, to_json(works.work(desk, work_id)))


@router.get("/works/systems/{system_id}", summary="A water system as a section", responses=JSON_OBJECT)
def system(request: Request, desk: At, system_id: str) -> Response:
    desk.designed()
    from service.usecases import works

    return send(request, to_json(works.scheme(desk, system_id)))


@router.get("/works/systems/{system_id}/inp", summary="A water system for EPANET", responses=INP)
def system_inp(request: Request, desk: At, system_id: str) -> Response:
    desk.designed()
    from service.usecases import works

    answer = send(request, works.inp(desk, system_id), "text/plain; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{system_id}.inp"'
    return answer


@router.post(
    "/programme", summary="Which works in which year under budgets", responses=JSON_OBJECT | TOO_LARGE
)
def programme(request: Request, desk: At, asked_for: Budgets) -> Response:
    plan = desk.designed()
    from service.usecases.programme import programme

    with desk.turn():
        return send(request, to_json(programme(plan, asked_for.budgets, asked_for.first_villages)))


@router.post(
    "/works/draft",
    summary="A road drawn or a pool placed by hand: price and effect",
    responses=JSON_OBJECT | TOO_LARGE | UNUSABLE,
)
def draft(request: Request, desk: At, drawn: Drawn) -> Response:
    plan = desk.designed()
    from service.usecases.draft import draft

    geometry, volume = drawn_parts(drawn)
    most = desk.settings.max_vertices
    if geometry["type"] == "LineString" and len(geometry["coordinates"]) > most:
        raise BadDraftError("draft.vertices", vertices=len(geometry["coordinates"]), most=most)
    with desk.turn():
        return send(request, to_json(draft(plan, geometry, volume_m3=volume)))
