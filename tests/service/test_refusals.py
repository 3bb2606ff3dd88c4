"""Every mistake is answered with problem details, in the caller's language, and never with a trace."""

from __future__ import annotations

import json
import socket
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request as UrlRequest
from urllib.request import urlopen

import pytest
from pydantic import ValidationError
from starlette.testclient import TestClient

from geo.errors import (
    AreaError,
    BadPolygonError,
    NothingReadableError,
    StandardError,
    UnknownFeatureError,
    XiangtuError,
)
from geo.messages import catalogue
from service import errors
from service.app import create_app
from service.language import accepted
from service.routes.bodies import WhatIf
from service.settings import Settings
from tests.asking import PATIENCE_S
from tests.service.conftest import HERE
from tests.service.toy import ToyWork

SQUARE = [[105.004, 27.025], [105.006, 27.025], [105.006, 27.027], [105.004, 27.027], [105.004, 27.025]]


def problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    """The problem details of an answer, checked for their shape (RFC 9457)."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    said: dict[str, Any] = answer.json()
    assert (said["status"], said["code"], said["type"]) == (status, code, f"urn:problem:xiangtu:{code}")
    assert said["title"]
    assert said["detail"]
    assert "Traceback" not in answer.text
    return said


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/nothing", 404, "not-found"),
        ("/api/nothing", 404, "not-found"),
        ("/api/map/nothing", 404, "not-found"),
        ("/api/map/springs", 404, "not-found"),  # known, not given
        ("/api/households/nobody", 404, "not-found"),
        ("/api/map/terrain/3/9/0.png", 404, "not-found"),
        ("/api/map/terrain/3/-1/0.png", 404, "not-found"),
        ("/api/map/terrain/x/0/0.png", 400, "invalid-request"),
        ("/api/ledger?level=moon", 400, "invalid-request"),
        ("/api/ledger?need=gold", 404, "not-found"),
        ("/api/ledger?village=nowhere", 404, "not-found"),
        ("/api/ledger?format=pdf", 400, "invalid-request"),
        ("/api/summary?lang=fr", 400, "invalid-request"),
        ("/ogc/collections/nothing/items", 404, "not-found"),
    ],
)
def test_what_is_asked_wrongly(client: TestClient, path: str, status: int, code: str) -> None:
    problem(client.get(path), status, code)


def test_wrong_method(client: TestClient) -> None:
    answer = client.delete("/api/summary")
    problem(answer, 405, "method-not-allowed")
    assert "GET" in answer.headers["allow"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[" * 5_000,
        b'"text"',
        b"null",
        b'{"type": "Polygon"}',
        b'{"type": "Point", "coordinates": [1, 2]}',
        b'{"type": "Polygon", "coordinates": []}',
        b'{"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [0, 0]]]}',
        b'{"type": "Polygon", "coordinates": [[[0, NaN], [1, 1], [0, 1], [0, 0]]]}',
        b'{"type": "Polygon", "coordinates": [[["a", 0], [1, 1], [0, 1], [0, 0]]]}',
        b'{"type": "Feature", "geometry": null}',
        b"\xff\xfe\x00",
    ],
)
def test_bodies_that_are_no_site(client: TestClient, body: bytes) -> None:
    headers = {"content-type": "application/json"}
    problem(client.post("/api/sites/assess", content=body, headers=headers), 400, "invalid-request")


@pytest.mark.parametrize(
    "ring",
    [
        [[300, 95], [301, 95], [301, 96], [300, 95]],  # nowhere on earth
        [[0, 0], [0, 0.001], [0.001, 0.001], [0, 0]],  # far from the area
        [[105.004, 27.025]] * 5,  # no ground
        [[1e300, 0], [0, 1e300], [1e300, 1e300], [1e300, 0]],
        [[100, 20], [110, 20], [110, 30], [100, 30], [100, 20]],  # a whole province
    ],
)
def test_polygons_that_cannot_be_judged(client: TestClient, ring: list[list[float]]) -> None:
    body = {"type": "Polygon", "coordinates": [ring]}
    problem(client.post("/api/sites/assess", json=body), 422, "bad-polygon")


def test_swapped_axes_are_told(client: TestClient) -> None:
    turned = [[y, x] for x, y in SQUARE]
    body = {"type": "Polygon", "coordinates": [turned]}
    assert (
        "swapped"
        in problem(client.post("/api/sites/assess?lang=en", json=body), 422, "bad-polygon")["detail"]
    )
    line = {"type": "LineString", "coordinates": turned}
    assert "先经度" in problem(client.post("/api/works/draft", json=line), 422, "bad-draft")["detail"]
    far = {"type": "Polygon", "coordinates": [[[0, 0], [0, 0.001], [0.001, 0.001], [0, 0]]]}
    assert "swapped" not in client.post("/api/sites/assess?lang=en", json=far).text


def test_polygons_are_bounded(client: TestClient) -> None:
    ring = [*([SQUARE[0]] * 6_000), *SQUARE]
    body = {"type": "Polygon", "coordinates": [ring]}
    assert (
        "6,005" in problem(client.post("/api/sites/assess?lang=en", json=body), 422, "bad-polygon")["detail"]
    )


def test_bodies_are_bounded_declared_or_not(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.doorman.DRAINING_S", 0.5)  # this client never says that it has sent all
    much = b" " * 1_000_001
    problem(client.post("/api/what-if", content=much), 413, "too-large")
    problem(client.post("/api/what-if", content=iter([much[:600_000], much[:600_000]])), 413, "too-large")
    assert client.post("/api/what-if", content=b" " * 1_000_000).status_code == 400


def test_a_plain_client_hears_that_its_body_is_too_large(live: str) -> None:
    """One that sends everything before it listens, over a real socket: no broken line."""
    for body in (b" " * 30_000_000, iter([b" " * 1_000_000] * 30)):
        asked = UrlRequest(f"{live}/api/what-if", data=body, headers={"Content-Type": "application/json"})
        with pytest.raises(HTTPError) as refused:  # urllib asks to close the connection afterwards
            urlopen(asked, timeout=PATIENCE_S)
        assert (refused.value.code, json.loads(refused.value.read())["code"]) == (413, "too-large")


def test_who_asks_before_sending_is_told_at_once(live: str) -> None:
    host = urlsplit(live)
    with socket.create_connection((host.hostname or "", host.port or 0), timeout=PATIENCE_S) as line:
        size = "Content-Length: 30000000\r\nExpect: 100-continue"
        line.sendall(f"POST /api/what-if HTTP/1.1\r\nHost: 127.0.0.1\r\n{size}\r\n\r\n".encode())
        assert line.recv(100).startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize(
    ("standard", "code"),
    [
        ({}, "invalid-request"),
        ({"water.reach_m": "far"}, "invalid-request"),
        ({"water.reach_m": None}, "invalid-request"),
        ({"water.reach_m": 1e300}, "invalid-request"),
        ({"water.nothing": 1}, "bad-standard"),
        ({"walk.road_factor": 1}, "bad-standard"),
        ({"water.reach_m": -5}, "bad-standard"),
    ],
)
def test_standards_that_cannot_be(client: TestClient, standard: dict[str, Any], code: str) -> None:
    problem(client.post("/api/what-if", json={"standard": standard}), 400, code)


def test_the_language_of_the_caller(client: TestClient) -> None:
    path = "/api/households/nobody"
    chinese, english = "没有编号为“nobody”的农户", "there is no household 'nobody'"
    assert client.get(path).json()["detail"] == chinese
    assert client.get(path, headers={"Accept-Language": "en-GB,en;q=0.9"}).json()["detail"] == english
    assert client.get(f"{path}?lang=zh", headers={"Accept-Language": "en"}).json()["detail"] == chinese
    assert client.get(f"{path}?lang=en").headers["content-language"] == "en"


@pytest.mark.parametrize(
    ("header", "lang"),
    [
        ("", "zh"),
        ("en", "en"),
        ("EN-us", "en"),
        ("de, en;q=0.3", "en"),
        ("zh-Hans-CN, en;q=0.9", "zh"),
        ("en;q=0.2, zh;q=0.8", "zh"),
        ("en;q=0", "zh"),
        ("en;q=many", "zh"),
        ("fr", "zh"),
        (";;;,,q=1", "zh"),
    ],
)
def test_accept_language(header: str, lang: str) -> None:
    assert accepted(header) == lang


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:8000", "", "a b", "localhost.evil"])
def test_foreign_hosts_are_refused(client: TestClient, host: str) -> None:
    """A page elsewhere that has its own name point here must not read the registry (DNS rebinding)."""
    problem(client.get("/api/summary", headers={"Host": host}), 421, "foreign-host")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8000", "localhost:9", "LOCALHOST", "[::1]:8000"])
def test_our_own_hosts_are_answered(client: TestClient, host: str) -> None:
    assert client.get("/healthz", headers={"Host": host}).status_code == 200


def test_hosts_when_others_may_reach_us() -> None:
    assert Settings(host="0.0.0.0").hosts() == ()
    assert Settings(host="0.0.0.0", allowed_hosts=("Maps.Town",)).hosts() == ("maps.town",)
    assert "localhost" in Settings().hosts()


@pytest.mark.parametrize("path", ["/", "/healthz", "/ogc", "/ogc?f=html", "/nothing", "/api/summary"])
def test_security_headers_everywhere(client: TestClient, path: str) -> None:
    answer = client.get(path, headers={"Origin": "https://elsewhere.example"})
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "access-control-allow-origin" not in answer.headers


def test_an_unexpected_error_says_nothing_of_its_inside() -> None:
    app = create_app(Settings(), ToyWork())

    @app.get("/api/broken")
    def broken() -> None:
        raise RuntimeError("secret /home/somebody")

    app.router.routes.insert(0, app.router.routes.pop())  # before the mount at /
    with TestClient(app, base_url=HERE, raise_server_exceptions=False) as client:
        said = problem(client.get("/api/broken"), 500, "internal")
    assert "secret" not in str(said)


def test_every_error_of_geo_has_a_status() -> None:
    """A new error type without a line of its own falls to its parent, and each code has its title."""
    kinds = [
        XiangtuError,
        AreaError,
        NothingReadableError,
        BadPolygonError,
        StandardError,
        UnknownFeatureError,
    ]
    for kind in kinds:
        assert any(issubclass(kind, known) for known, _, _ in errors.STATUS)
    codes = {code for _, _, code in errors.STATUS} | set(errors.BY_STATUS.values()) | {"internal"}
    for code in codes:
        assert f"problem.{code}" in catalogue()


@pytest.mark.parametrize("value", ["true", '"1000"', "1e999", "null"])
def test_what_is_no_number_is_not_taken_for_one(value: str) -> None:
    WhatIf.model_validate_json('{"standard": {"water.reach_m": 1000}}')
    with pytest.raises(ValidationError):
        WhatIf.model_validate_json(f'{{"standard": {{"water.reach_m": {value}}}}}')
