"""/api/relocation, /api/sites and the maps of danger: who must move, where to, and what is safe ground."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from geo.errors import BadPolygonError
from service.answers import GEOJSON, send, send_kept, to_json
from service.jobs import Desk
from service.language import Lang, asked
from service.routes.api import FEATURES, IMAGE, JSON_OBJECT, REFUSED, TOO_LARGE, UNUSABLE, At, Responses
from service.routes.bodies import (
    MOST_MATCHED,
    Comparing,
    Matching,
    MultiPolygon,
    Polygon,
    Search,
    SiteFeature,
    Spot,
    parts,
    vertices,
)

if TYPE_CHECKING:
    from service.usecases.sites import Drawn

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
HTML = "text/html; charset=utf-8"
ONE_PAGE = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""A page that holds its own styles and pictures, and asks nobody for anything."""
SHEET: Responses = {
    200: {
        "content": {
            "text/html": {"schema": {"type": "string"}},
            DOCX: {"schema": {"type": "string", "format": "binary"}},
        }
    }
}
Filter = Annotated[str | None, Query(max_length=200, description="one value, or several with commas")]

router = APIRouter(
    prefix="/api",
    tags=["Relocation"],
    responses=REFUSED,
    default_response_class=Response,
    dependencies=[Depends(asked)],
)


@router.get("/relocation", summary="Danger, moving, search and matching in numbers", responses=JSON_OBJECT)
def relocation(request: Request, desk: At) -> Response:
    desk.plan()
    from service.usecases import relocation

    return send_kept(request, relocation.summary(desk))


@router.get(
    "/relocation/households", summary="Households behind a number, with reasons", responses=JSON_OBJECT
)
def households(
    request: Request,
    desk: At,
    relation: Filter = None,
    damage: Filter = None,
    damage_cautious: Filter = None,
    screen: Filter = None,
    decision: Filter = None,
    urgency: Filter = None,
    compared: Filter = None,
    listed: Filter = None,
    wish: Filter = None,
    placed: Filter = None,
    left_for: Annotated[
        str | None, Query(max_length=80, description="left in danger: refused, rebuilt, room (there is none)")
    ] = None,
    site: Filter = None,
    village: Filter = None,
    group: Filter = None,
    zone: Annotated[str | None, Query(max_length=200, description="in or near this hazard zone")] = None,
    budget: Annotated[
        float | None, Query(ge=0, le=MOST_MATCHED, description="万元: matched under it")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 200,
) -> Response:
    desk.plan()
    from service.usecases import relocation

    wanted = {
        "relation": relation, "damage": damage, "damage_cautious": damage_cautious, "screen": screen,
        "decision": decision, "urgency": urgency, "compared": compared, "listed": listed, "wish": wish,
        "placed": placed, "left_for": left_for, "site": site, "village": village, "group": group,
    }  # fmt: skip
    asked_for = {name: tuple(text.split(",")) for name, text in wanted.items() if text is not None}
    return send(request, to_json(relocation.behind(desk, asked_for, zone=zone, budget=budget, limit=limit)))


@router.get(
    "/relocation/groups", summary="Every group: whether it moves whole, and why", responses=JSON_OBJECT
)
def groups(request: Request, desk: At) -> Response:
    desk.plan()
    from service.usecases import relocation

    return send_kept(request, relocation.groups(desk))


@router.get("/relocation/rebuilt", summary="Who moved and built again in danger", responses=FEATURES)
def rebuilt(request: Request, desk: At) -> Response:
    desk.plan()
    from service.usecases import relocation_map

    return send_kept(request, relocation_map.rebuilt(desk))


@router.get("/relocation/sites", summary="Found and listed sites", responses=FEATURES)
def sites(request: Request, desk: At) -> Response:
    desk.plan()
    from service.usecases import sites

    return send_kept(request, sites.all_sites(desk))


@router.get("/relocation/assignment", summary="Which household moves to which site", responses=JSON_OBJECT)
def assignment(request: Request, desk: At) -> Response:
    desk.plan()
    from service.usecases import matching

    return send_kept(request, matching.matched(desk))


@router.get(
    "/relocation/follow-up", summary="What is owed to those who move, by household", responses=JSON_OBJECT
)
def follow_up(
    request: Request,
    desk: At,
    measure: Annotated[str | None, Query(max_length=40)] = None,
    open: Annotated[bool, Query(description="only what is not done")] = False,
    limit: Annotated[int, Query(ge=1, le=50_000)] = 200,
) -> Response:
    desk.plan()
    from service.usecases import matching

    return send(request, to_json(matching.follow_up(desk, measure=measure, only_open=open, limit=limit)))


@router.post("/relocation/why-not", summary="Why can nobody settle here?", responses=JSON_OBJECT | UNUSABLE)
def why_not(request: Request, desk: At, spot: Spot) -> Response:
    desk.plan()
    from service.usecases import suitability

    with desk.turn():
        return send(request, to_json(suitability.why_not_here(desk, spot.lon, spot.lat, spot.weights)))


@router.get("/map/zones", summary="Hazard zones and workings for drawing", responses=FEATURES)
def zones(request: Request, desk: At) -> Response:
    desk.plan()
    from service.usecases import relocation_map

    return send_kept(request, relocation_map.zones(desk))


@router.get("/map/zone_reach", summary="The ground hazards may reach, for drawing", responses=FEATURES)
def zone_reach(request: Request, desk: At) -> Response:
    desk.plan()
    from service.usecases import relocation_map

    return send_kept(request, relocation_map.zone_reach(desk))


@router.get(
    "/map/subsidence", summary="Subsidence: contours and damage grades for drawing", responses=FEATURES
)
def subsidence(request: Request, desk: At) -> Response:
    desk.plan()
    from service.usecases import relocation_map

    return send_kept(request, relocation_map.subsidence(desk))


@router.get("/map/suitability", summary="Suitability as a picture in Web Mercator", responses=IMAGE)
def suitability_image(
    request: Request,
    desk: At,
    weights: Annotated[
        str, Query(max_length=500, description="criterion:weight, with commas between; else the standard's")
    ] = "",
) -> Response:
    desk.plan()
    from service.usecases import suitability

    return send_kept(request, suitability.picture(desk, suitability.read_weights(weights)))


@router.post(
    "/sites/find", summary="Where could so many households live?", responses=FEATURES | TOO_LARGE | UNUSABLE
)
def find(request: Request, desk: At, wanted: Search) -> Response:
    desk.plan()
    from service.usecases import sites

    found = sites.find(desk, wanted)
    return send(request, to_json(found), GEOJSON)


@router.post(
    "/sites/compare", summary="Two to five sites side by side", responses=JSON_OBJECT | TOO_LARGE | UNUSABLE
)
def compare(request: Request, desk: At, wanted: Comparing) -> Response:
    desk.plan()
    from service.usecases import sites

    asked_for = [site if isinstance(site, str) else _drawn(desk, site) for site in wanted.sites]
    with desk.turn():
        return send(request, to_json(sites.compare(desk, asked_for)))


@router.post("/sites/assign", summary="Match households and sites anew", responses=JSON_OBJECT | TOO_LARGE)
def assign(request: Request, desk: At, wanted: Matching) -> Response:
    desk.plan()
    from service.usecases import matching

    return send_kept(request, matching.again(desk, wanted.budget, wanted.sites))


@router.get("/sites/{site_id}/sheet", summary="The assessment sheet of a site", responses=SHEET)
def sheet(
    request: Request,
    desk: At,
    lang: Lang,
    site_id: Annotated[str, Path(max_length=80)],
    format: Annotated[Literal["html", "docx"], Query()] = "html",
) -> Response:
    desk.plan()
    from service.usecases import sites

    with desk.turn():
        body = sites.sheet(desk, site_id, format=format, lang=lang)
    answer = send(request, body, HTML if format == "html" else DOCX)
    answer.headers["Content-Security-Policy"] = ONE_PAGE
    if format == "docx":
        answer.headers["Content-Disposition"] = f'attachment; filename="site-{sites.safe(site_id)}.docx"'
    return answer


def _drawn(desk: Desk, site: Polygon | MultiPolygon | SiteFeature) -> Drawn:
    """A site drawn by hand, within the bounds of the settings."""
    from service.usecases.sites import Drawn

    geometry, said = parts(site)
    most = desk.settings.max_vertices
    if vertices(geometry) > most:
        raise BadPolygonError("site.bad.vertices", vertices=vertices(geometry), most=most)
    return Drawn(geometry, said.kind, said.planned)
