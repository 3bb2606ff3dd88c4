"""The answers the live map reads, against what is known of the toy (shapes: docs/architecture.md)."""

from __future__ import annotations

import csv
import gzip
import io
from typing import Any

import numpy as np
import openpyxl
import pytest
import shapely
from starlette.testclient import TestClient

from geo.relocation.compare import FEWEST, MOST
from geo.verdicts import NEEDS, STATES
from service.app import create_app
from service.settings import Settings
from tests.asking import PATIENCE_S
from tests.service.conftest import HERE
from tests.service.toy import HOUSEHOLDS, ToyWork, toy_layers, toy_problems

GOOD = {
    "type": "Polygon",
    "coordinates": [
        [[105.005, 27.026], [105.006, 27.026], [105.006, 27.027], [105.005, 27.027], [105.005, 27.026]]
    ],
}


def get(client: TestClient, path: str, **params: Any) -> Any:
    answer = client.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_summary_counts_the_toy(client: TestClient) -> None:
    found = get(client, "/api/summary")
    assert (found["area"], found["data_date"], found["names_masked"]) == ("样例乡", "2021-09-15", True)
    counts = {
        "villages": 2,
        "groups": 4,
        "households": 40,
        "people": 156,
        "people_unknown": 1,
        "poor_households": 10,
        "poor_people": 40,
    }
    assert found["counts"] == counts
    for need in NEEDS:
        totals = found["needs"][need]
        assert sum(totals[s] for s in STATES) == HOUSEHOLDS
        by_village = np.array([v["needs"][need] for v in found["villages"]]).sum(axis=0).tolist()
        assert by_village == [totals[s] for s in STATES]
    assert found["needs"]["housing"]["unmet"] == 20  # grades C and D
    # the hazard zone holds the whole ring of the fourth group and nobody else
    assert (found["exposure"]["inside"], found["exposure"]["inside_people"]) == (10, 40)
    west, _, east, _ = found["bbox"]
    assert (west, east - west) == pytest.approx((105.0, 0.02015), abs=1e-4)
    assert {s["id"]: s["verdict"] for s in found["sites"]}["s2"] == "unsuitable"  # drawn into the hazard zone


def test_map_households_agrees_with_each_household(client: TestClient) -> None:
    features = get(client, "/api/map/households")["features"]
    assert len(features) == HOUSEHOLDS
    letters = {"met": "m", "unmet": "u", "unknown": "?"}
    for feature in features[::7]:
        properties = feature["properties"]
        one = get(client, f"/api/households/{properties['id']}")
        assert [n["need"] for n in one["needs"]] == list(NEEDS)
        assert properties["states"] == "".join(letters[n["state"]] for n in one["needs"])
        assert properties["gaps"] == properties["states"].count("u")
        assert properties["exposure"] == one["exposure"]["relation"]
        assert all(n["sentence"]["zh"] and n["sentence"]["en"] for n in one["needs"])


def test_a_household_in_danger(client: TestClient) -> None:
    found = get(client, "/api/households/hh031")
    assert (found["name"], found["group"], found["village"]) == ("罗**", "岩脚组", "白水村")
    assert found["exposure"]["relation"] == "inside"
    (zone,) = found["exposure"]["zones"]
    assert (zone["id"], zone["name"], zone["kind"], zone["level"]) == ("h1", "岩脚崩塌", "rockfall", "large")
    # (1750, 1500) + 50 (cos 36°, sin 36°) against the box 1600..1900 x 1400..1600
    assert zone["distance_m"] == pytest.approx(100 - 50 * np.sin(np.radians(36)), abs=0.06)


def test_map_layers_have_rules_and_places(client: TestClient) -> None:
    layers = toy_layers()
    for name in set(layers) - {"households"}:
        features = get(client, f"/api/map/{name}")["features"]
        truth = layers[name].to_crs(4326)
        assert [f["properties"]["id"] for f in features] == truth["id"].tolist()
        assert all(f["properties"]["rule"] for f in features)
        shapes = np.array([shapely.geometry.shape(f["geometry"]) for f in features])
        assert shapely.hausdorff_distance(shapes, np.asarray(truth.geometry.array)).max() < 1e-6
    roads = get(client, "/api/map/roads")["features"]
    assert [f["properties"]["rule"] for f in roads] == ["main", "earth"]


def test_the_catalogue_names_everything_in_both_languages(client: TestClient) -> None:
    found = get(client, "/api/catalogue")
    assert found["needs"] == list(NEEDS)
    for key in (*(f"need.{n}" for n in NEEDS), *(f"state.{s}" for s in STATES), "roads", "step.gaps"):
        assert found["labels"][key]["zh"]
        assert found["labels"][key]["en"]
    reasons = {n["need"]: n for n in get(client, "/api/households/hh031")["needs"]}
    assert reasons["water"]["state"] == "unmet"
    knobs = {k["key"]: k for k in found["knobs"]}
    assert knobs["water.reach_m"]["unit"] == "m"
    assert {"key", "zh", "en", "unit", "value", "confidence"} <= set(knobs["water.reach_m"])
    assert not any(k.startswith(("walk.", "site.", "hazard.")) for k in knobs)


def test_the_page_is_told_the_limits_that_are_held_to(client: TestClient) -> None:
    told = get(client, "/api/catalogue")["limits"]
    bodies = create_app(Settings(), ToyWork()).openapi()["components"]["schemas"]
    budgets = bodies["Budgets"]["properties"]["budgets"]
    assert (budgets["maxItems"], budgets["items"]["maximum"]) == (told["years"], told["wan"])
    volume = bodies["PoolProperties"]["properties"]["volume"]
    assert (volume["maximum"], volume["default"]) == (told["most_pool_m3"], told["pool_m3"])
    sites = bodies["Comparing"]["properties"]["sites"]
    assert [sites["minItems"], sites["maxItems"]] == told["compared"] == [FEWEST, MOST]


@pytest.mark.parametrize("path", ["/api/summary", "/api/catalogue", "/api/map/households", "/api/map/roads"])
def test_kept_answers_are_zipped_and_not_sent_twice(client: TestClient, path: str) -> None:
    plain = client.get(path, headers={"Accept-Encoding": "identity"})
    zipped = client.get(path, headers={"Accept-Encoding": "gzip"})
    assert zipped.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert zipped.content == plain.content  # the client has unzipped it
    tag = plain.headers["etag"]
    again = client.get(path, headers={"If-None-Match": f'"other", W/{tag}'})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200
    assert client.get(path, headers={"Accept-Encoding": "gzip;q=0"}).headers.get("content-encoding") is None


# ------------------------------------------------------------------ ledger
def test_ledger_json_adds_up_over_the_levels(client: TestClient) -> None:
    sums = {}
    for level in ("township", "village", "group"):
        found = get(client, "/api/ledger", level=level)
        names = [c["name"] for c in found["columns"]]
        assert all(c["header"] for c in found["columns"])
        rows = [dict(zip(names, row, strict=True)) for row in found["rows"]]
        sums[level] = {n: sum(r[n] for r in rows) for n in names if n.endswith(".unmet") or n == "households"}
    assert sums["township"] == sums["village"] == sums["group"]
    assert sums["township"]["households"] == HOUSEHOLDS


def test_ledger_filters(client: TestClient) -> None:
    def ids(**asked: str) -> list[str]:
        return [row[0] for row in get(client, "/api/ledger", level="household", **asked)["rows"]]

    states = {
        f["properties"]["id"]: f["properties"]["states"]
        for f in get(client, "/api/map/households")["features"]
    }
    lacking = [i for i, s in states.items() if s[NEEDS.index("housing")] == "u"]
    assert ids(need="housing", state="unmet") == lacking
    assert ids(need="housing", state="unmet", village="520502002") == [i for i in lacking if i >= "hh020"]
    assert ids(need="yard", state="met") == []
    groups = get(client, "/api/ledger", level="group", village="520502001")["rows"]
    assert [row[0] for row in groups] == ["g1", "g2"]
    assert (
        get(client, "/api/ledger?need=road,water")["columns"]
        == get(client, "/api/ledger?need=road&need=water")["columns"]
    )


def test_ledger_csv_opens_in_excel_and_is_no_formula(client: TestClient) -> None:
    answer = client.get("/api/ledger?level=household&format=csv&lang=en&need=housing")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="xiangtu-household.csv"'
    assert answer.content.startswith(b"\xef\xbb\xbf")
    head, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert head[:3] == ["Id", "Head of household", "Village"]
    assert len(rows) == HOUSEHOLDS
    assert {row[head.index("safe house")] for row in rows} == {"met", "gap"}


def test_formulas_in_the_data_are_neutralised() -> None:
    class Hostile(ToyWork):
        def read(self) -> Any:
            area, problems = super().read()
            households = area.layers["households"].copy()
            households["name"] = "=cmd|' /C calc'!A0"
            return area.with_layer("households", households), problems

    app = create_app(Settings(open_names=True), Hostile())
    with TestClient(app, base_url=HERE) as client:
        app.state.desk.join(PATIENCE_S)
        text = client.get("/api/ledger?level=household&format=csv").content.decode("utf-8-sig")
        book = client.get("/api/ledger?level=household&format=xlsx").content
    names = [row[1] for row in csv.reader(io.StringIO(text))][1:]
    assert set(names) == {"'=cmd|' /C calc'!A0"}
    cells = [c for row in openpyxl.load_workbook(io.BytesIO(book)).active.iter_rows() for c in row]
    assert not any(c.data_type == "f" and "cmd" in str(c.value) for c in cells)


def test_ledger_xlsx_is_a_workbook(client: TestClient) -> None:
    answer = client.get("/api/ledger?level=village&format=xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    texts = {str(c.value) for row in sheet.iter_rows() for c in row}
    assert {"青山村", "白水村"} <= texts


def test_open_names_are_shown_when_the_owner_says_so() -> None:
    app = create_app(Settings(open_names=True), ToyWork())
    with TestClient(app, base_url=HERE) as client:
        app.state.desk.join(PATIENCE_S)
        assert get(client, "/api/households/hh000")["name"] == "王建国"
        feature = get(client, "/ogc/collections/households/items", limit=1)["features"][0]["properties"]
        assert (feature["name"], feature["cause"]) == ("王建国", "因病")
        assert get(client, "/api/summary")["names_masked"] is False


def test_no_answer_names_a_person(client: TestClient) -> None:
    paths = ("/api/map/households", "/api/households/hh000", *(LEDGER + form for form in ("json", "csv")))
    for path in ("/api/summary", *paths):
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert "王建" not in answer.text
        assert path == "/api/summary" or "王*" in answer.text, path  # somebody is told of


LEDGER = "/api/ledger?level=household&format="


# ------------------------------------------------------------------ sites and what-if
def test_a_drawn_site_is_judged(client: TestClient) -> None:
    found = client.post("/api/sites/assess", json=GOOD).json()
    assert found["verdict"] in ("suitable", "conditional", "unsuitable", "unknown")
    side = 0.001 * np.pi / 180 * 6_371_000  # a sphere is near enough for 1 %
    assert found["area_m2"] == pytest.approx(side**2 * np.cos(np.radians(27.0265)), rel=0.01)
    assert found["slope_mean"] == pytest.approx(0.05, abs=1e-3)  # the toy rises 1 in 20
    assert 0 < found["usable_m2"] <= found["area_m2"]
    usable = shapely.geometry.shape(found["usable"])
    assert shapely.geometry.shape(GOOD).buffer(1e-6).covers(usable)
    for rule in found["rules"]:
        assert rule["state"] in ("pass", "fail", "warning", "unknown")
        assert rule["label"]["zh"]
        assert rule["sentence"]["en"]
        assert rule["source"]


def test_a_site_in_a_hazard_zone_is_refused_with_the_reason_first(client: TestClient) -> None:
    ring = next(f for f in get(client, "/api/map/sites")["features"] if f["properties"]["id"] == "s2")[
        "geometry"
    ]
    found = client.post(
        "/api/sites/assess", json={"type": "Feature", "geometry": ring, "properties": None}
    ).json()
    assert found["verdict"] == "unsuitable"
    assert "h1" in found["reasons"][0]["en"]
    rules = {r["rule"]: r["state"] for r in found["rules"]}
    assert rules["hazard"] == "fail"


def test_what_a_site_is_meant_for_counts(client: TestClient) -> None:
    def capacity(**properties: Any) -> Any:
        body = {"type": "Feature", "geometry": GOOD, "properties": properties}
        found = client.post("/api/sites/assess", json=body).json()
        return found["capacity"], {r["rule"]: r["state"] for r in found["rules"]}["capacity"]

    assert capacity(kind="town")[0] > capacity(kind="village")[0] > 0
    assert capacity(kind="village", planned=1)[1] == "pass"
    assert capacity(kind="village", planned=10_000)[1] != "pass"


def test_what_if_says_what_changes(client: TestClient) -> None:
    answer = client.post("/api/what-if", json={"standard": {"water.reach_m": 3000}})
    found = answer.json()
    summary = get(client, "/api/summary")
    for need, totals in found["totals"].items():
        assert totals["before"] == [summary["needs"][need][s] for s in STATES]
        moved = [c for c in found["changed"] if c["need"] == need]
        for place, state in enumerate(STATES):
            gained = sum(c["after"] == state for c in moved) - sum(c["before"] == state for c in moved)
            assert totals["after"][place] - totals["before"][place] == gained
    assert {c["need"] for c in found["changed"]} == {"water"}
    assert found["changed_count"] == len(found["changed"]) > 0
    assert found["totals"]["water"]["after"][0] > found["totals"]["water"]["before"][0]


def test_what_if_changes_nothing_for_others(client: TestClient) -> None:
    before = client.get("/api/summary").content
    client.post("/api/what-if", json={"standard": {"clinic.max_min": 1}})
    assert client.get("/api/summary").content == before


def test_what_if_about_walking_makes_the_ground_anew(client: TestClient) -> None:
    found = client.post("/api/what-if", json={"standard": {"walk.tobler_top_kmh": 1.0}}).json()
    assert found["totals"]["clinic"]["after"][1] > found["totals"]["clinic"]["before"][1]


def test_dynamic_answers_are_zipped_too(client: TestClient) -> None:
    with client.stream("GET", "/ogc/collections/gaps/items", headers={"Accept-Encoding": "gzip"}) as answer:
        raw = b"".join(answer.iter_raw())
    assert gzip.decompress(raw).startswith(b'{"type":"FeatureCollection"')


def test_the_built_workbench_is_served(tmp_path: Any) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html><title>built</title>", "utf-8")
    (tmp_path / "assets" / "worker.mjs").write_text("export {}", "utf-8")
    (tmp_path.parent / "secret.txt").write_text("secret", "utf-8")
    with TestClient(create_app(Settings(workbench=tmp_path), ToyWork()), base_url=HERE) as client:
        assert "built" in client.get("/").text
        script = client.get("/assets/worker.mjs")
        assert script.headers["content-type"].startswith("text/javascript")
        assert client.get("/assets/nothing.js").json()["code"] == "not-found"
        for path in ("/../secret.txt", "/%2e%2e/secret.txt", "/assets/..%2f..%2fsecret.txt"):
            assert client.get(path).status_code == 404


def test_who_loses_service_if_one_thing_fails(client: TestClient) -> None:
    found = client.get("/api/crucial").json()["features"]
    assert {f["layer"] for f in found} <= {"pools", "springs", "transformers", "roads"}
    assert all(len(f["loses"]) == (f["households"] or 0) for f in found)
    assert all(f["sentence"]["zh"] and f["sentence"]["en"] for f in found)


def test_what_was_wrong_with_the_files_is_told_worst_first(client: TestClient) -> None:
    """As many as the status counts, in both languages; what needs nothing is not among them."""
    found = client.get("/api/problems").json()
    assert found["count"] == client.get("/api/status").json()["problems"] == len(found["problems"])
    assert [each["key"] for each in found["problems"]] == ["far_away", "no_village", "duplicate"]
    worst = found["problems"][0]
    assert (worst["file"], worst["row"], worst["count"]) == ("水池.shp", "1, 2", 2)
    assert worst["layer"] == {"zh": "水池", "en": "Water pools"}
    said = toy_problems()
    for lang in ("zh", "en"):
        told = said.said(lang).set_index("key")
        for each in found["problems"]:
            assert [each[part][lang] for part in ("what", "done", "todo")] == [
                told.loc[each["key"], part] for part in ("what", "done", "todo")
            ]
