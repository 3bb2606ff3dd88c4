"""/api/works and /api/programme: the planned works, programmes under budgets, drafts by hand."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from geo.errors import BadDraftError
from service.answers import keep, send, send_kept, to_json
from service.budgets import MOST_YEARS, read_budgets
from service.errors import PROBLEM, RequestError
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


@router.get("/works/systems", summary="All water and power systems with their checks", responses=JSON_OBJECT)
def systems(request: Request, desk: At) -> Response:
    desk.designed()
    from service.usecases import works

    return send_kept(request, works.systems(desk))


@router.get(
    "/works/{work_id}", summary="One work: price, system, profile, whom it serves", responses=JSON_OBJECT
)
def work(request: Request, desk: At, work_id: str) -> Response:
    desk.designed()
    from service.usecases import works

    return send(request, to_json(works.work(desk, work_id)))


@router.get("/behind", summary="Households behind a number of works, by name", responses=JSON_OBJECT)
def behind(
    request: Request,
    desk: At,
    work: Annotated[str | None, Query(max_length=80, description="whom this work serves")] = None,
    unserved: Annotated[str | None, Query(max_length=20, description="a need, or all: no work can")] = None,
    fails: Annotated[str | None, Query(max_length=200, description="layer/id of what exists")] = None,
    year: Annotated[int | None, Query(ge=1, le=MOST_YEARS, description="whose needs it meets")] = None,
    budgets: Annotated[str, Query(max_length=400, description="of the programme of that year")] = "",
    first: Annotated[str, Query(max_length=8000, description="villages first, with commas")] = "",
    limit: Annotated[int, Query(ge=1, le=10_000)] = 200,
) -> Response:
    if sum(each is not None for each in (work, unserved, fails, year)) != 1 or (year and not budgets):
        raise RequestError("service.one_question")
    plan = desk.plan() if fails is not None else desk.designed()
    from service.usecases import behind

    if work is not None:
        found = behind.of_work(desk, work)
    elif unserved is not None:
        found = behind.unserved(plan, unserved)
    elif fails is not None:
        found = behind.of_failure(plan, *fails.partition("/")[::2])
    else:
        villages = [each for each in first.split(",") if each]
        found = behind.of_year(desk, read_budgets(budgets), villages, year or 0)
    return send(request, to_json(behind.told(desk, found, limit)))


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
    desk.designed()
    from service.usecases.programme import programme

    return send(request, to_json(programme(desk, asked_for.budgets, asked_for.first_villages)))


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
