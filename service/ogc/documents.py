"""What do the resources of OGC API Features say? Plain values, ready for JSON or a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlencode

from geo.messages import say
from service.answers import GEOJSON, JSON
from service.ogc.features import feature, features
from service.ogc.model import Collection, Prepared

HTML = "text/html"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
GREGORIAN = "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"
CONFORMS = tuple(
    f"http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/{part}"
    for part in ("core", "geojson", "html", "oas30")
)
Box = tuple[float, float, float, float]
Link = dict[str, str]


class Links:
    """The links of one answer: `root` is the address of the landing page, `here` of this resource."""

    def __init__(self, root: str, here: str, asked: Mapping[str, str], lang: str, *, html: bool) -> None:
        self.root, self.here, self.asked, self.lang, self.html = root, here, dict(asked), lang, html

    def to(self, path: str, rel: str, media: str, title: str, **values: Any) -> Link:
        """A link below the landing page."""
        return link(f"{self.root}{path}", rel, media, say(f"ogc.{title}", self.lang, **values))

    def again(self, **changes: Any) -> str:
        """This address with other parameters."""
        asked = {**self.asked, **{k: str(v) for k, v in changes.items()}}
        return f"{self.here}?{urlencode(asked)}" if asked else self.here

    def both(self, media: str) -> list[Link]:
        """`self` and `alternate`: this resource in the two formats."""
        as_json = link(self.again(f="json"), "alternate", media, say("ogc.as_json", self.lang))
        as_html = link(self.again(f="html"), "alternate", HTML, say("ogc.as_html", self.lang))
        this, other = (as_html, as_json) if self.html else (as_json, as_html)
        return [{**this, "rel": "self", "href": self.again(), "title": say("ogc.this", self.lang)}, other]


def link(href: str, rel: str, media: str, title: str) -> Link:
    return {"href": href, "rel": rel, "type": media, "title": title}


def landing(links: Links, area: str) -> dict[str, Any]:
    """The landing page (core/root-success)."""
    return {
        "title": say("ogc.title", links.lang, area=area),
        "description": say("ogc.about", links.lang),
        "links": [
            *links.both(JSON),
            links.to("/api?f=json", "service-desc", OPENAPI, "api"),
            links.to("/api?f=html", "service-doc", HTML, "api_page"),
            links.to("/conformance", "conformance", JSON, "conformance"),
            links.to("/collections", "data", JSON, "collections"),
        ],
    }


def conformance(links: Links) -> dict[str, Any]:
    """What we conform to (core/conformance-success)."""
    return {"conformsTo": list(CONFORMS), "links": links.both(JSON)}


def collections(links: Links, listed: Sequence[tuple[Collection, Prepared | Box]]) -> dict[str, Any]:
    """All collections (core/fc-md-success)."""
    return {"links": links.both(JSON), "collections": [collection(links, c, e) for c, e in listed]}


def collection(
    links: Links, about: Collection, extent: Prepared | Box, *, alone: bool = False
) -> dict[str, Any]:
    """One collection (core/sfc-md-success); `alone`: it is the whole answer."""
    path = f"/collections/{about.id}"
    items = [
        links.to(f"{path}/items?f=json", "items", GEOJSON, "items"),
        links.to(f"{path}/items?f=html", "items", HTML, "items"),
    ]
    own = links.both(JSON) if alone else [links.to(path, "self", JSON, "collection")]
    return {
        "id": about.id,
        "title": about.title(links.lang),
        "description": about.about(links.lang),
        "itemType": "feature",
        "crs": [CRS84],
        "extent": _extent(extent),
        "links": [*own, *items],
    }


def _extent(extent: Prepared | Box) -> dict[str, Any]:
    box = extent.bbox if isinstance(extent, Prepared) else extent
    interval = extent.interval if isinstance(extent, Prepared) else None
    said: dict[str, Any] = {}
    if box is not None:
        said["spatial"] = {"bbox": [list(box)], "crs": CRS84}
    if interval is not None:
        days = [f"{interval[0]}T00:00:00Z", f"{interval[1]}T23:59:59Z"]
        said["temporal"] = {"interval": [days], "trs": GREGORIAN}
    return said


def items(links: Links, page: Any) -> dict[str, Any]:
    """A page of features (core/fc-response); `page` is a `Page` of the use case."""
    offset, limit = page.query.offset, page.query.limit
    media = HTML if links.html else GEOJSON
    turns = []
    if offset + len(page.rows) < page.matched and len(page.rows):
        turns.append(("next", links.again(offset=offset + limit)))
    if offset > 0:
        turns.append(("prev", links.again(offset=max(0, offset - limit))))
    return {
        "type": "FeatureCollection",
        "timeStamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "numberMatched": page.matched,
        "numberReturned": len(page.rows),
        "links": [
            *links.both(GEOJSON),
            *(link(href, rel, media, say(f"ogc.{rel}", links.lang)) for rel, href in turns),
            _collection_link(links, page.prepared),
        ],
        "features": features(page.prepared, page.rows),
    }


def item(links: Links, prepared: Prepared, rows: Any) -> dict[str, Any]:
    """One feature (core/f-success)."""
    found = feature(prepared, int(rows[0]))
    return {**found, "links": [*links.both(GEOJSON), _collection_link(links, prepared)]}


def item_path(collection: str, feature: str) -> str:
    """The path of one feature below the landing page; ids may hold any character."""
    return f"/collections/{collection}/items/{quote(feature, safe='')}"


def _collection_link(links: Links, prepared: Prepared) -> Link:
    path = f"/collections/{prepared.collection.id}"
    return link(f"{links.root}{path}", "collection", JSON, prepared.collection.title(links.lang))
