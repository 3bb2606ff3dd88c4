"""/ogc: OGC API Features Part 1 Core with GeoJSON, HTML and OpenAPI 3.0."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from fastapi import APIRouter, Request, Response

from service.answers import GEOJSON, JSON, send, to_json
from service.jobs import Desk
from service.language import spoken

router = APIRouter(prefix="/ogc", tags=["OGC API Features"])


@router.get("", include_in_schema=False)
@router.get("/", summary="Landing page")
def landing(request: Request) -> Response:
    from service.ogc import documents

    state = _desk(request).state
    return _answer(
        request, "landing", lambda links: documents.landing(links, state.area.name if state.area else "")
    )


@router.get("/conformance", summary="Conformance classes")
def conformance(request: Request) -> Response:
    from service.ogc import documents

    return _answer(request, "conformance", documents.conformance)


@router.get("/api", summary="OpenAPI 3.0 definition")
def definition(request: Request) -> Response:
    from service.ogc import definition, documents
    from service.usecases import collections

    desk = _desk(request)
    sizes = {"default": desk.settings.default_items, "most": desk.settings.max_items}

    def document(links: Any) -> dict[str, Any]:
        listed = collections.listed(desk).values() if desk.state.area else ()
        return definition.document(links.root, listed, links.lang, version=version("xiangtu"), **sizes)

    return _answer(request, "api", document, media=documents.OPENAPI)


@router.get("/collections", summary="All collections")
def collections(request: Request) -> Response:
    from service.ogc import documents
    from service.usecases import collections

    desk = _desk(request)
    listed = [(each, collections.extent(desk, each)) for each in collections.listed(desk).values()]
    return _answer(request, "collections", lambda links: documents.collections(links, listed))


@router.get("/collections/{collection_id}", summary="One collection")
def collection(request: Request, collection_id: str) -> Response:
    from service.ogc import documents
    from service.usecases import collections

    desk = _desk(request)
    about = collections.found(desk, collection_id)
    extent = collections.extent(desk, about)
    return _answer(
        request,
        "collection",
        lambda links: documents.collection(links, about, extent, alone=True),
        properties=about.properties,
    )


@router.get("/collections/{collection_id}/items", summary="Features of a collection")
def items(request: Request, collection_id: str) -> Response:
    from service.ogc import documents, params
    from service.usecases import collections

    desk = _desk(request)
    about = collections.found(desk, collection_id)
    known = dict.fromkeys((*params.ITEMS, *(p.name for p in about.properties)))
    asked = params.only(request.query_params.multi_items(), tuple(known))
    with desk.turn():
        page = collections.page(desk, collection_id, asked)
        return _answer(
            request,
            "items",
            lambda links: documents.items(links, page),
            media=GEOJSON,
            known=tuple(known),
            collection=about,
        )


@router.get("/collections/{collection_id}/items/{feature_id:path}", summary="One feature")
def item(request: Request, collection_id: str, feature_id: str) -> Response:
    from service.ogc import documents
    from service.usecases import collections

    prepared, rows = collections.one(_desk(request), collection_id, feature_id)
    return _answer(
        request,
        "item",
        lambda links: documents.item(links, prepared, rows),
        media=GEOJSON,
        collection=prepared.collection,
    )


def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


def _answer(
    request: Request,
    template: str,
    document: Callable[[Any], dict[str, Any]],
    *,
    media: str = JSON,
    known: tuple[str, ...] | None = None,
    **more: Any,
) -> Response:
    """The document in the format and language asked for."""
    from service.ogc import documents, negotiate, pages, params

    asked = params.only(request.query_params.multi_items(), known or params.COMMON)
    as_page = negotiate.wants_html(asked, request.headers.get("accept", ""))
    root = str(request.base_url).rstrip("/") + "/ogc"
    here = str(request.url.replace(query=""))
    links = documents.Links(root, here, asked, spoken(request), html=as_page)
    if as_page:
        return send(request, pages.page(template, document(links), links, **more), "text/html; charset=utf-8")
    return send(request, to_json(document(links)), media)
