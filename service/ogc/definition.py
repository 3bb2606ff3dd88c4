"""The OpenAPI 3.0 document of /ogc (class oas30), written from the collections.

Written here and not generated: FastAPI writes 3.1, and knows neither the property
filters of each collection nor `style: form, explode: false`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from geo.messages import say
from service.answers import GEOJSON, JSON
from service.errors import PROBLEM
from service.ogc.documents import HTML, OPENAPI
from service.ogc.model import Collection, Property
from service.ogc.params import FORMATS, ITEMS, MAX_OFFSET

NUMBERS = {"type": "array", "items": {"type": "number"}}
TYPES = {
    "string": {"type": "string"},
    "number": {"type": "number"},
    "integer": {"type": "integer", "format": "int64"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
}


def document(
    root: str, collections: Iterable[Collection], lang: str, *, version: str, default: int, most: int
) -> dict[str, Any]:
    """The whole document; `root` is the address of the landing page."""
    paths = {
        "/": _get("landing", say("ogc.home", lang), JSON, "landingPage"),
        "/api": _get("definition", say("ogc.api", lang), OPENAPI, "any"),
        "/conformance": _get("conformance", say("ogc.conformance", lang), JSON, "confClasses"),
        "/collections": _get("collections", say("ogc.collections", lang), JSON, "collections", waits=True),
    }
    for each in collections:
        paths |= _of_collection(each, lang)
    return {
        "openapi": "3.0.3",
        "info": {
            "title": say("ogc.title", lang, area="OGC API Features"),
            "description": say("ogc.about", lang),
            "version": version,
            "license": {"name": say("ogc.license", lang)},
        },
        "servers": [{"url": root}],
        "paths": paths,
        "components": {"parameters": _parameters(default, most), "schemas": SCHEMAS, "responses": RESPONSES},
    }


def _of_collection(about: Collection, lang: str) -> dict[str, Any]:
    path, title = f"/collections/{about.id}", about.title(lang)
    filters = [_filter(p, lang) for p in about.properties if p.name not in ITEMS]
    common = [_ref("parameters", n) for n in ("limit", "offset", "bbox", "datetime")]
    feature = {
        "name": "featureId",
        "in": "path",
        "required": True,
        "schema": {"type": "string", "minLength": 1},
    }
    return {
        path: _get(f"{about.id}.collection", title, JSON, "collection", missing=True),
        f"{path}/items": _get(
            f"{about.id}.items", title, GEOJSON, "featureCollection", [*common, *filters], missing=True
        ),
        f"{path}/items/{{featureId}}": _get(
            f"{about.id}.item", title, GEOJSON, "feature", [feature], missing=True
        ),
    }


def _get(
    name: str,
    summary: str,
    media: str,
    schema: str,
    parameters: Any = (),
    *,
    waits: bool = False,
    missing: bool = False,
) -> dict[str, Any]:
    content = {media: {"schema": _ref("schemas", schema)}, HTML: {"schema": {"type": "string"}}}
    responses: dict[str, Any] = {
        "200": {"description": summary, "content": content},
        "400": _ref("responses", "InvalidParameter"),
    }
    if missing:
        responses["404"] = _ref("responses", "NotFound")
    if missing or waits:
        responses["503"] = _ref("responses", "NotReady")
    responses["500"] = _ref("responses", "ServerError")
    formats = [_ref("parameters", "f"), _ref("parameters", "lang")]
    return {
        "get": {
            "operationId": name,
            "summary": summary,
            "parameters": [*parameters, *formats],
            "responses": responses,
        }
    }


def _ref(room: str, name: str) -> dict[str, str]:
    return {"$ref": f"#/components/{room}/{name}"}


def _query(name: str, schema: dict[str, Any], about: str = "") -> dict[str, Any]:
    form = {"in": "query", "required": False, "style": "form", "explode": False}
    return {"name": name, **form, "schema": schema} | ({"description": about} if about else {})


def _filter(spec: Property, lang: str) -> dict[str, Any]:
    schema = dict(TYPES[spec.kind]) | ({"enum": list(spec.values)} if spec.values else {})
    return _query(spec.name, schema, spec.title(lang))


def _parameters(default: int, most: int) -> dict[str, Any]:
    boxes = {"oneOf": [{**NUMBERS, "minItems": n, "maxItems": n} for n in (4, 6)]}
    return {
        "limit": _query(
            "limit", {"type": "integer", "minimum": 1, "maximum": most, "default": min(default, most)}
        ),
        "offset": _query("offset", {"type": "integer", "minimum": 0, "maximum": MAX_OFFSET, "default": 0}),
        "bbox": _query("bbox", boxes),
        "datetime": _query("datetime", {"type": "string"}, "RFC 3339"),
        "f": _query("f", {"type": "string", "enum": list(FORMATS)}),
        "lang": _query("lang", {"type": "string", "enum": ["zh", "en"]}),
    }


def _object(required: tuple[str, ...], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(required), "properties": properties}


def _list(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": item}


_TEXT = {"type": "string"}
_LINKS = _list(_ref("schemas", "link"))
_WHOLE = {"type": "integer", "minimum": 0}
SCHEMAS: dict[str, Any] = {
    "any": {"type": "object"},
    "link": _object(("href", "rel"), href=_TEXT, rel=_TEXT, type=_TEXT, title=_TEXT),
    "landingPage": _object(("links",), title=_TEXT, description=_TEXT, links=_LINKS),
    "confClasses": _object(("conformsTo",), conformsTo=_list(_TEXT)),
    "collections": _object(
        ("links", "collections"), links=_LINKS, collections=_list(_ref("schemas", "collection"))
    ),
    "collection": _object(
        ("id", "links"),
        id=_TEXT,
        title=_TEXT,
        description=_TEXT,
        links=_LINKS,
        extent={"type": "object"},
        itemType=_TEXT,
        crs=_list(_TEXT),
    ),
    "featureCollection": _object(
        ("type", "features"),
        type={"type": "string", "enum": ["FeatureCollection"]},
        features=_list(_ref("schemas", "feature")),
        links=_LINKS,
        timeStamp={"type": "string", "format": "date-time"},
        numberMatched=_WHOLE,
        numberReturned=_WHOLE,
    ),
    "feature": _object(
        ("type", "geometry", "properties"),
        type={"type": "string", "enum": ["Feature"]},
        id=_TEXT,
        geometry={"type": "object", "nullable": True},
        properties={"type": "object", "nullable": True},
        links=_LINKS,
    ),
    "problem": _object(
        ("type", "title", "status", "detail", "code"),
        type=_TEXT,
        title=_TEXT,
        status={"type": "integer"},
        detail=_TEXT,
        code=_TEXT,
        instance=_TEXT,
    ),
}
RESPONSES: dict[str, Any] = {
    name: {"description": about, "content": {PROBLEM: {"schema": _ref("schemas", "problem")}}}
    for name, about in {
        "InvalidParameter": "A query parameter has an invalid value, or is not known.",
        "NotFound": "The requested resource does not exist.",
        "NotReady": "Still being computed.",
        "ServerError": "A server error occurred.",
    }.items()
}
