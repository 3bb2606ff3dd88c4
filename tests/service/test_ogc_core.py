"""The abstract tests of OGC API Features Part 1 (OGC 17-069r4, annex A), named by requirement.

Expected features are worked out from the toy by hand or by shapely alone.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import shapely
from starlette.testclient import TestClient

from geo.layers import LAYERS
from tests.service.toy import HOUSEHOLDS, toy_layers

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
INPUTS = sorted(toy_layers())
RESULTS = [
    "crucial", "discrepancies", "exposure", "gaps", "gaps_groups", "gaps_villages", "site_verdicts",
    "measure_first", "systems", "unserved", "works", "zones", "zone_reach", "subsidence", "must_move",
    "must_move_groups", "rebuilt", "found_sites", "assignment", "follow_up", "threats",
]  # fmt: skip
NONE_HERE = ("measure_first", "subsidence", "rebuilt", "follow_up", "zone_reach")
"""Every source of the toy is measured, nothing is mined, nobody has come back or has a new home."""
GEOJSON = "application/geo+json"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"


def get(client: TestClient, path: str, /, **params: Any) -> dict[str, Any]:
    answer = client.get(path, params=params)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def links(document: dict[str, Any], rel: str) -> list[dict[str, str]]:
    return [link for link in document["links"] if link["rel"] == rel]


def one_link(document: dict[str, Any], rel: str, media: str) -> str:
    (href,) = [link["href"] for link in links(document, rel) if link["type"] == media]
    return href


def items(client: TestClient, collection: str, /, **params: Any) -> dict[str, Any]:
    return get(client, f"/ogc/collections/{collection}/items", **params)


def ids(document: dict[str, Any]) -> list[str]:
    return [feature["id"] for feature in document["features"]]


def refused(client: TestClient, path: str, /, **params: Any) -> None:
    """The answer is 400 with problem details that name the parameter."""
    answer = client.get(path, params=params)
    assert answer.status_code == 400, (params, answer.text)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "invalid-request"
    assert answer.json()["errors"][0]["parameter"] in params


# ------------------------------------------------------------------ A.2.1 to A.2.4: HTTP, landing page
@pytest.mark.parametrize("path", ["/ogc", "/ogc/", "/ogc/conformance", "/ogc/collections", "/ogc/api"])
def test_core_http(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 200
    assert client.head(path).status_code == 200
    assert client.head(path).content == b""
    assert client.post(path).status_code == 405


def test_core_root_success(client: TestClient) -> None:
    root = get(client, "/ogc")
    assert root["title"] == "乡图：样例乡"
    assert {"service-desc", "conformance", "data", "self", "alternate"} <= {x["rel"] for x in root["links"]}
    for rel, media in (
        ("service-desc", OPENAPI),
        ("conformance", "application/json"),
        ("data", "application/json"),
    ):
        assert client.get(one_link(root, rel, media)).headers["content-type"] == media


def test_core_api_definition_success(client: TestClient) -> None:
    """Class oas30: an OpenAPI 3.0 document, whose operations all answer."""
    answer = client.get(one_link(get(client, "/ogc"), "service-desc", OPENAPI))
    document = answer.json()
    assert answer.headers["content-type"] == OPENAPI
    assert document["openapi"].startswith("3.0.")
    assert {"/", "/api", "/conformance", "/collections"} <= set(document["paths"])
    (server,) = document["servers"]
    for path in document["paths"]:
        if "{" not in path:
            assert client.get(server["url"] + path).status_code == 200, path


def test_oas30_oas_definition_2_references_resolve(client: TestClient) -> None:
    document = get(client, "/ogc/api")

    def check(node: Any) -> None:
        if isinstance(node, list):
            for each in node:
                check(each)
        if isinstance(node, dict):
            if "$ref" in node:
                target: Any = document
                for part in node["$ref"].removeprefix("#/").split("/"):
                    target = target[part]
            for each in node.values():
                check(each)

    check(document)


def test_core_conformance_success(client: TestClient) -> None:
    base = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf"
    conforms = get(client, "/ogc/conformance")["conformsTo"]
    assert set(conforms) == {f"{base}/{part}" for part in ("core", "geojson", "html", "oas30")}


# ------------------------------------------------------------------ collections
def test_core_fc_md_success(client: TestClient) -> None:
    document = get(client, "/ogc/collections")
    assert sorted(c["id"] for c in document["collections"]) == sorted(INPUTS + RESULTS)
    assert {x["rel"] for x in document["links"]} >= {"self", "alternate"}


def test_core_fc_md_links_and_items(client: TestClient) -> None:
    for collection in get(client, "/ogc/collections")["collections"]:
        assert client.get(one_link(collection, "items", GEOJSON)).headers["content-type"] == GEOJSON
        assert client.get(one_link(collection, "items", "text/html")).status_code == 200


def test_core_crs84_and_extent(client: TestClient) -> None:
    for collection in get(client, "/ogc/collections")["collections"]:
        assert CRS84 in collection["crs"]
        spatial = collection["extent"]["spatial"]
        assert spatial["crs"] == CRS84
        (west, south, east, north), *_ = spatial["bbox"]
        document = items(client, collection["id"], limit=10_000)
        edge = shapely.box(west, south, east, north).buffer(1e-6)
        shapes = [shapely.geometry.shape(f["geometry"]) for f in document["features"] if f["geometry"]]
        assert all(edge.covers(shape) for shape in shapes), collection["id"]


def test_core_sfc_md_success(client: TestClient) -> None:
    for listed in get(client, "/ogc/collections")["collections"]:
        alone = get(client, f"/ogc/collections/{listed['id']}")
        for member in ("id", "title", "description", "extent", "itemType", "crs"):
            assert alone[member] == listed[member]
        assert {x["rel"] for x in alone["links"]} >= {"self", "alternate", "items"}
    assert client.get("/ogc/collections/nothing").status_code == 404


def test_core_temporal_extent_is_that_of_the_surveys(client: TestClient) -> None:
    extent = get(client, "/ogc/collections/households")["extent"]["temporal"]
    assert extent["interval"] == [["2020-03-01T00:00:00Z", "2021-09-15T23:59:59Z"]]


# ------------------------------------------------------------------ features
def test_core_fc_op_and_response(client: TestClient) -> None:
    answer = client.get("/ogc/collections/households/items")
    document = answer.json()
    assert answer.headers["content-type"] == GEOJSON
    assert document["type"] == "FeatureCollection"
    assert ids(document) == [f"hh{i:03d}" for i in range(HOUSEHOLDS)]
    assert {f["type"] for f in document["features"]} == {"Feature"}


@pytest.mark.parametrize("name", ["limit", "bbox", "datetime", "offset"])
def test_core_fc_parameter_definitions(client: TestClient, name: str) -> None:
    """fc-limit-definition, fc-bbox-definition, fc-time-definition."""
    document = get(client, "/ogc/api")
    parameter = document["components"]["parameters"][name]
    assert (parameter["name"], parameter["in"], parameter["required"]) == (name, "query", False)
    assert (parameter["style"], parameter["explode"]) == ("form", False)
    for collection in INPUTS + RESULTS:
        used = document["paths"][f"/collections/{collection}/items"]["get"]["parameters"]
        assert {"$ref": f"#/components/parameters/{name}"} in used
    if name == "limit":
        schema = parameter["schema"]
        assert (schema["type"], schema["minimum"], schema["maximum"]) == ("integer", 1, 10_000)
    if name == "bbox":
        sizes = {(s["minItems"], s["maxItems"]) for s in parameter["schema"]["oneOf"]}
        assert sizes == {(4, 4), (6, 6)}


@pytest.mark.parametrize(
    ("limit", "returned"), [(1, 1), (7, 7), (40, 40), (41, 40), (10_001, 40), (10**15, 40)]
)
def test_core_fc_limit_response(client: TestClient, limit: int, returned: int) -> None:
    """A limit above the maximum is no error; the maximum stands for it."""
    document = items(client, "households", limit=limit)
    assert len(document["features"]) == document["numberReturned"] == returned


def test_core_fc_bbox_response(client: TestClient) -> None:
    """Exactly the features that shapely finds in the box, for points, lines and polygons."""
    box = (105.0, 27.024, 105.005, 27.030)
    for collection in INPUTS:
        everything = items(client, collection)["features"]
        wanted = shapely.box(*box)
        expected = [f["id"] for f in everything if wanted.intersects(shapely.geometry.shape(f["geometry"]))]
        found = items(client, collection, bbox=",".join(map(str, box)))
        assert ids(found) == expected, collection
        assert found["numberMatched"] == len(expected)
    assert (
        len(ids(items(client, "households", bbox="105,27.024,105.005,27.03"))) == 10
    )  # the first group alone


def test_core_fc_bbox_of_six_ignores_heights(client: TestClient) -> None:
    flat = items(client, "households", bbox="105,27.024,105.005,27.03")
    assert ids(items(client, "households", bbox="105,27.024,-100,105.005,27.03,9000")) == ids(flat)


def test_core_fc_bbox_over_the_antimeridian(client: TestClient) -> None:
    assert ids(items(client, "households", bbox="170,27,-170,28")) == []
    assert len(ids(items(client, "households", bbox="105,27,-170,28"))) == HOUSEHOLDS


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("2020-05-01", ["g1"]),
        ("2020-05-01T12:00:00Z", ["g1"]),
        ("2020-05-02/2021-06-01", ["g2", "g3"]),
        ("2021-01-01/..", ["g3"]),
        ("../2020-05-02", ["g1", "g2"]),
        ("/2020-05-02", ["g1", "g2"]),
        ("../..", ["g1", "g2", "g3"]),
        ("1999-01-01/1999-12-31", []),
    ],
)
def test_core_fc_time_response(client: TestClient, when: str, expected: list[str]) -> None:
    """g4 has no date: it has no temporal geometry and intersects nothing."""
    assert ids(items(client, "groups", datetime=when)) == expected


def test_core_fc_time_without_dates_matches_all(client: TestClient) -> None:
    assert len(ids(items(client, "villages", datetime="1999-01-01"))) == 0  # villages have the property
    assert len(ids(items(client, "sites", datetime="1999-01-01"))) == 2  # sites have none


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("limit", v) for v in ("abc", "0", "-1", "1.5", "", "1e3")),
        *(("offset", v) for v in ("-1", "x", str(2**40))),
        *(
            ("bbox", v)
            for v in ("1,2,3", "1,2,3,x", "", "1,2,3,4,5", "0,91,1,92", "0,5,1,4", "nan,0,1,1", "inf,0,1,1")
        ),
        ("bbox", "0,0,10,1,1,5"),
        *(
            ("datetime", v)
            for v in ("yesterday", "2020-13-01", "2021-01-01/2020-01-01", "/", "..", "a/b/c", "")
        ),
        ("poor", "perhaps"),
        ("people", "many"),
        ("house", "E"),
        ("f", "xml"),
        ("lang", "fr"),
    ],
)
def test_core_query_param_invalid(client: TestClient, name: str, value: str) -> None:
    refused(client, "/ogc/collections/households/items", **{name: value})


@pytest.mark.parametrize(
    "path",
    [
        "/ogc",
        "/ogc/conformance",
        "/ogc/api",
        "/ogc/collections",
        "/ogc/collections/roads",
        "/ogc/collections/roads/items",
        "/ogc/collections/roads/items/r1",
    ],
)
def test_core_query_param_unknown(client: TestClient, path: str) -> None:
    refused(client, path, unknownQueryParameter="x")


def test_core_query_param_twice_is_refused(client: TestClient) -> None:
    assert client.get("/ogc/collections/roads/items?limit=1&limit=2").status_code == 400


def test_core_fc_links_and_paging(client: TestClient) -> None:
    """Following next from the first page meets every feature once; prev leads back."""
    path, met, pages = "/ogc/collections/households/items?limit=12&poor=false", [], []
    while path:
        document = client.get(path).json()
        met += ids(document)
        pages.append(document)
        assert links(document, "self")[0]["href"].endswith(path.split("/ogc")[-1])
        assert {x["type"] for x in links(document, "alternate")} == {"text/html"}
        path = next((x["href"] for x in links(document, "next")), "")
    assert met == [f"hh{i:03d}" for i in range(HOUSEHOLDS) if i % 4]
    assert [len(p["features"]) for p in pages] == [12, 12, 6]
    assert ids(client.get(links(pages[1], "prev")[0]["href"]).json()) == ids(pages[0])
    assert not links(pages[0], "prev")


def test_core_fc_rel_type(client: TestClient) -> None:
    for link in items(client, "households", limit=1)["links"]:
        assert link["rel"]
        assert link["type"]


def test_core_fc_time_stamp_and_numbers(client: TestClient) -> None:
    document = items(client, "households", limit=5, village="520502001")
    stamp = datetime.fromisoformat(document["timeStamp"])
    assert abs((datetime.now(UTC) - stamp).total_seconds()) < 60
    assert (document["numberMatched"], document["numberReturned"]) == (20, 5)
    beyond = items(client, "households", offset=1000)
    assert (beyond["numberMatched"], beyond["numberReturned"], links(beyond, "next")) == (40, 0, [])


@pytest.mark.parametrize(
    ("collection", "filters", "expected"),
    [
        ("households", {"house": "D", "poor": "false"}, [f"hh{i:03d}" for i in range(3, 40, 4)]),
        ("households", {"people": "6", "group": "g1"}, ["hh004", "hh009"]),
        ("roads", {"width": "3.0"}, ["r2"]),
        ("roads", {"hardened": "true"}, ["r1"]),
        ("groups", {"surveyed": "2021-06-01"}, ["g3"]),
        ("groups", {"road": "false"}, ["g3"]),
        ("exposure", {"relation": "inside"}, [f"hh{i:03d}" for i in range(30, 40)]),
    ],
)
def test_property_filters(
    client: TestClient, collection: str, filters: dict[str, str], expected: list[str]
) -> None:
    """An unknown answer matches neither true nor false."""
    assert ids(items(client, collection, **filters)) == expected


def test_core_f_op_and_success(client: TestClient) -> None:
    for collection in INPUTS + RESULTS:
        if collection in NONE_HERE:
            assert not items(client, collection)["features"]
            continue
        first = items(client, collection, limit=1)["features"][0]
        answer = client.get(f"/ogc/collections/{collection}/items/{first['id']}")
        feature = answer.json()
        assert answer.headers["content-type"] == GEOJSON
        assert {k: feature[k] for k in first} == first
        assert {x["rel"] for x in feature["links"]} >= {"self", "alternate", "collection"}  # core/f-links
    assert client.get("/ogc/collections/roads/items/nothing").status_code == 404


def test_html_every_resource_is_a_page(client: TestClient) -> None:
    """Class html: by f and by Accept; nothing is loaded from elsewhere; values are escaped."""
    browser = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    for path in (
        "/ogc",
        "/ogc/conformance",
        "/ogc/api",
        "/ogc/collections",
        *(f"/ogc/collections/{c}{rest}" for c in INPUTS + RESULTS for rest in ("", "/items")),
        "/ogc/collections/households/items/hh001",
    ):
        by_header, by_f = (
            client.get(path, headers=browser),
            client.get(path, params={"f": "html", "lang": "en"}),
        )
        for answer, lang in ((by_header, "zh"), (by_f, "en")):
            assert answer.status_code == 200
            assert answer.headers["content-type"] == "text/html; charset=utf-8"
            assert f'<html lang="{lang}">' in answer.text
            assert "src=" not in answer.text
            assert 'href="http' not in answer.text.replace('href="http://127.0.0.1:8000', "")
    assert (
        client.get("/ogc", headers={**browser, "Accept": "*/*"}).headers["content-type"] == "application/json"
    )


# ------------------------------------------------------------------ what the public sees
def test_names_are_masked_and_personal_fields_left_out(client: TestClient) -> None:
    feature = items(client, "households", limit=1)["features"][0]["properties"]
    personal = {f.name for f in LAYERS["households"].fields if f.personal} - {"name"}
    assert feature["name"] == "王**"
    assert not personal & set(feature)
    for collection in INPUTS + RESULTS:
        text = client.get(f"/ogc/collections/{collection}/items").text
        assert "王建" not in text
        assert "因病" not in text
        assert "not for anybody" not in text  # a field that was never declared


def test_a_masked_name_cannot_be_guessed_by_filter(client: TestClient) -> None:
    assert items(client, "households", name="王建国")["numberMatched"] == 0


def test_results_agree_with_the_summary(client: TestClient) -> None:
    """The sums by village, the states by household and the summary are the same numbers."""
    summary = get(client, "/api/summary")
    states = [f["properties"] for f in items(client, "gaps")["features"]]
    villages = [f["properties"] for f in items(client, "gaps_villages")["features"]]
    for need, totals in summary["needs"].items():
        assert sum(s[need] == "unmet" for s in states) == totals["unmet"]
        assert sum(v[f"{need}_unmet"] for v in villages) == totals["unmet"]
        assert items(client, "gaps", **{need: "unmet"})["numberMatched"] == totals["unmet"]
