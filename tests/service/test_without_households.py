"""An area before its households are surveyed: every answer is empty, none is an error."""

from __future__ import annotations

from dataclasses import replace

from starlette.testclient import TestClient

from geo.area import Area
from geo.reading.problems import Problems
from service.app import create_app
from service.settings import Settings
from tests.service.conftest import HERE
from tests.service.toy import ToyWork

PATHS = (
    "/api/summary",
    "/api/map/households",
    "/api/ledger?level=household",
    "/api/relocation",
    "/api/works",
)


class Unsurveyed(ToyWork):
    def read(self) -> tuple[Area, Problems]:
        area, problems = super().read()
        kept = {name: frame for name, frame in area.layers.items() if name != "households"}
        return replace(area, layers=kept), problems


def test_every_answer_is_empty_and_none_an_error() -> None:
    app = create_app(Settings(), Unsurveyed())
    with TestClient(app, base_url=HERE, raise_server_exceptions=True) as client:
        app.state.desk.join(120)
        for path in PATHS:
            assert client.get(path).status_code == 200, path
        for each in client.get("/ogc/collections").json()["collections"]:
            items = client.get(f"/ogc/collections/{each['id']}/items")
            assert items.status_code == 200, each["id"]
        assert client.get("/api/map/households").json()["features"] == []
        assert client.get("/ogc/collections/gaps/items").json()["features"] == []
