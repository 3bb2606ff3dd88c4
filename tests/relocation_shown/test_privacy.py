"""No full name of anybody leaves the house unless it is opened: every answer and every file is searched."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from geo.plan import Plan
from service.usecases.plan_files import write_plan

Served = tuple[TestClient, Plan]
OF = {
    "household_id": "hh030",
    "site_id": "s1",
    "layer": "zones",
    "work_id": "R-0001",
    "z": "13",
    "x": "6485",
    "y": "3460",
}
POSTS = {
    "/api/sites/find": {"households": 5},
    "/api/sites/compare": {"sites": ["s1", "s2"]},
    "/api/sites/assign": {"budget": 100},
    "/api/relocation/why-not": {"lon": 105.005, "lat": 27.03},
    "/api/what-if": {"standard": {"water.reach_m": 10}},
}


def names(plan: Plan) -> set[str]:
    found = set(plan.area.layer("households")["name"].dropna())
    assert len(found) > 5
    return found


def texts(data: bytes) -> str:
    """A body as text; the parts of a zip (docx, xlsx) one after the other."""
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            return "\n".join(parts.read(name).decode("utf-8", "replace") for name in parts.namelist())
    return data.decode("utf-8", "replace")


def leaked(plan: Plan, data: bytes) -> set[str]:
    text = texts(data)
    return {name for name in names(plan) if name in text}


def test_no_answer_names_anybody(served: Served) -> None:
    """Every GET the service describes, with parameters that mean something; every collection; the posts."""
    client, plan = served
    paths = client.get("/api/openapi.json").json()["paths"]
    gets = [path for path, methods in paths.items() if "get" in methods]
    asked = [path.format_map(dict.fromkeys(_parts(path), "must_move") | OF) for path in gets]
    collections = [c["id"] for c in client.get("/ogc/collections").json()["collections"]]
    asked += [f"/ogc/collections/{name}/items?limit=10000" for name in collections]
    asked += ["/api/relocation/households?limit=10000", "/api/relocation/follow-up?limit=50000"]
    asked += ["/api/ledger?level=household&format=" + f for f in ("json", "csv", "xlsx")]
    asked += ["/api/sites/s1/sheet?format=docx"]
    answered = 0
    for path in asked:
        answer = client.get(path)
        answered += answer.status_code == 200
        assert not leaked(plan, answer.content), path
    assert answered > 30
    for path, body in POSTS.items():
        answer = client.post(path, json=body)
        assert answer.status_code == 200, path
        assert not leaked(plan, answer.content), path


def _parts(path: str) -> list[str]:
    return [part.split("}")[0] for part in path.split("{")[1:]]


def test_no_file_names_anybody(served: Served, tmp_path: Path) -> None:
    plan = served[1]
    for name, path in write_plan(plan, tmp_path).items():
        assert not leaked(plan, path.read_bytes()), name


@pytest.mark.parametrize("name", ["ledger.xlsx", "plan.gpkg", "map.html"])
def test_the_search_would_find_them(served: Served, tmp_path: Path, name: str) -> None:
    """With the names opened the same search finds them: it is no search that cannot fail."""
    plan = served[1]
    assert leaked(plan, write_plan(plan, tmp_path, names=True)[name].read_bytes())
