"""What the API says of works: the same numbers as the plan, under any budget, for any draft."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import shapely
from starlette.testclient import TestClient

from geo.plan import Plan
from geo.pricing import price
from geo.works import no_works
from service.jobs import Desk
from service.settings import Settings
from service.usecases.collections import ready
from tests.service.test_refusals import problem
from tests.service.toy import X0, Y0
from tests.works_shown.conftest import WorksToy

Served = tuple[TestClient, Plan]


def degrees(plan: Plan, *xy: tuple[float, float]) -> list[list[float]]:
    """Places of the toy, metres from its corner, as longitude and latitude."""
    import geopandas as gpd

    places = gpd.GeoSeries([shapely.Point(X0 + x, Y0 + y) for x, y in xy], crs=plan.area.crs).to_crs(4326)
    return [[p.x, p.y] for p in places]


def pool(place: list[float], volume: float) -> dict[str, Any]:
    """A pool of that volume as GeoJSON."""
    geometry = {"type": "Point", "coordinates": place}
    return {"type": "Feature", "geometry": geometry, "properties": {"volume": volume}}


def test_the_works_of_the_map_are_those_of_the_plan(served: Served) -> None:
    client, plan = served
    features = client.get("/api/works").json()["features"]
    table, costs = plan.works.table, price(plan.works, plan.standard).table
    assert [f["properties"]["id"] for f in features] == table["work"].tolist()
    assert [f["properties"]["rule"] for f in features] == table["kind"].tolist()
    assert [f["properties"]["likely"] for f in features] == costs["likely"].round().tolist()
    shapes = np.array([shapely.geometry.shape(f["geometry"]) for f in features])
    truth = np.asarray(table.to_crs(4326).geometry.array)
    assert shapely.hausdorff_distance(shapes, truth).max() < 1e-6


def test_one_work_says_everything(served: Served) -> None:
    client, plan = served
    costs = price(plan.works, plan.standard).table.set_index("work")
    for name in plan.works.table["work"]:
        found = client.get(f"/api/works/{name}").json()
        assert {k: found["price"][k] for k in ("low", "likely", "high")} == pytest.approx(
            costs.loc[name, ["low", "likely", "high"]].to_dict()
        )
        assert len(found["serves"]) == found["households"]
    road = client.get("/api/works/R-0002").json()
    assert road["flag"]["en"].startswith("stands in or runs through a hazard zone")
    d, z = road["profile"]["d"], road["profile"]["z"]
    assert road["profile"]["steepest"] == pytest.approx(np.abs(np.diff(z) / np.diff(d)).max(), abs=0.005)
    pipe = client.get("/api/works/W-0008").json()
    assert (pipe["system"]["passed"], pipe["system"]["file"]) == (True, "water/WS-1.inp")
    assert pipe["system"]["sentence"]["en"] == "lowest head 12.5 m (at least 10.0 m)"
    problem(client.get("/api/works/nothing"), 404, "not-found")


def test_a_system_has_its_price_and_that_of_each_household(served: Served) -> None:
    """What a planner compares between systems, of water and of power: all works together, by household."""
    client, plan = served
    costs = price(plan.works, plan.standard).table.set_index("work")
    for work, system, households in (("W-0008", "WS-1", 12), ("P-0012", "PS-1", 9)):
        mine = plan.works.table.loc[plan.works.table["system"] == system, "work"]
        found = client.get(f"/api/works/{work}").json()["system"]
        for key in ("low", "likely", "high"):
            whole = sum(costs.loc[name, key] for name in mine)
            assert found["price"][key] == pytest.approx(whole)
            assert found["each"][key] == pytest.approx(whole / households)
    section = client.get("/api/works/systems/WS-1").json()
    water = client.get("/api/works/W-0008").json()["system"]
    assert [section[key] for key in ("price", "each", "households")] == [
        water[key] for key in ("price", "each", "households")
    ]


def test_all_systems_are_listed_those_that_failed_first(served: Served) -> None:
    """The number of checked systems opens to each of them, told as its works tell it."""
    client, plan = served
    found = client.get("/api/works/systems").json()
    assert [each["id"] for each in found["systems"]] == ["PS-1", "WS-1"]
    assert found["count"] == len(plan.works.systems)
    costs = price(plan.works, plan.standard).table.set_index("work")["likely"]
    for each in found["systems"]:
        mine = plan.works.table.loc[plan.works.table["system"] == each["id"], "work"]
        assert costs[each["work"]] == max(costs[name] for name in mine)
        work = client.get(f"/api/works/{each.pop('work')}").json()
        assert work["system"] == each


def test_a_system_is_shown_as_a_section_and_its_file_handed_out(served: Served) -> None:
    client, plan = served
    found = client.get("/api/works/systems/WS-1").json()
    heads = {n["id"]: n["low"] - n["z"] for n in found["nodes"]}
    assert heads["H2"] == pytest.approx(30.0, abs=0.05)
    assert {n["along"] for n in found["nodes"]} == {-100.0, 0.0, 100.0, 200.0}
    file = client.get("/api/works/systems/WS-1/inp")
    assert file.content == plan.works.files["water/WS-1.inp"]
    assert 'filename="WS-1.inp"' in file.headers["content-disposition"]
    for path in ("PS-1", "../../etc/passwd", "nothing", "PS-1/inp"):
        problem(client.get(f"/api/works/systems/{path}"), 404, "not-found")


def test_the_summary_adds_up(served: Served) -> None:
    client, plan = served
    found = client.get("/api/summary").json()["works"]
    costs = price(plan.works, plan.standard)
    assert found["count"] == len(plan.works.table)
    assert sum(n["works"] for n in found["needs"].values()) == found["count"]
    assert sum(v["wan"] for v in found["villages"]) == pytest.approx(costs.total["likely"] / 1e4, abs=1e-3)
    assert found["total"]["likely"] == pytest.approx(costs.total["likely"] / 1e4, abs=1e-4)
    assert any("需建" in v["sentence"]["zh"] for v in found["villages"])


def test_collections_of_works(served: Served) -> None:
    client, plan = served
    items = client.get("/ogc/collections/works/items", params={"kind": "pool"}).json()
    assert [f["id"] for f in items["features"]] == ["W-0006"]
    assert len(client.get("/ogc/collections/works/items").json()["features"]) == len(plan.works.table)
    [water, power] = client.get("/ogc/collections/systems/items").json()["features"]
    assert (water["properties"]["passed"], power["properties"]["passed"]) == (True, False)
    assert water["geometry"]["type"] == "GeometryCollection"
    unserved = client.get("/ogc/collections/unserved/items").json()["features"]
    assert [f["properties"]["need"] for f in unserved] == ["water", "path"]
    assert all(f["properties"]["why_zh"] for f in unserved)


# ------------------------------------------------------------------ programme
# ------------------------------------------------------------------ households behind a number
def behind(client: TestClient, **query: str | int) -> dict[str, Any]:
    answer = client.get("/api/behind", params=query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_numbers_of_works_open_to_households_by_masked_name(served: Served) -> None:
    client, plan = served
    names = plan.area.layer("households").set_index("id")["name"]
    for work in ("P-0012", "W-0008"):
        found = behind(client, work=work)
        assert found["ids"] == client.get(f"/api/works/{work}").json()["serves"]
        assert (found["count"], found["homes"]) == (len(found["ids"]), len(found["ids"]))
        for row in found["households"]:
            full = names[row["household"]]
            assert row["name"] != full
            assert row["name"][0] == full[0]  # the family name stays
            assert row["village"]
    short = behind(client, work="W-0008", limit=1)
    assert (len(short["households"]), short["count"]) == (1, found["count"])


def test_who_is_not_served_is_told_with_why(served: Served) -> None:
    client, plan = served
    table = plan.works.unserved
    everybody = behind(client, unserved="all")
    assert (
        everybody["count"]
        == len(table)
        == sum(client.get("/api/summary").json()["works"]["unserved"].values())
    )
    water = behind(client, unserved="water")
    assert water["ids"] == table.loc[table["need"] == "water", "household"].tolist()
    assert "pool" in water["households"][0]["sentence"]["en"]
    problem(client.get("/api/behind?unserved=gold"), 404, "not-found")


def test_who_loses_service_if_something_fails(served: Served) -> None:
    client, plan = served
    loses = plan.crucial.loses
    for feature in client.get("/api/crucial").json()["features"]:
        found = behind(client, fails=f"{feature['layer']}/{feature['id']}")
        assert found["ids"] == feature["loses"]
        assert found["count"] == (feature["households"] or 0)
    assert len(loses)
    problem(client.get("/api/behind?fails=pools/nothing"), 404, "not-found")


def test_a_year_of_the_programme_opens_to_those_it_counts(served: Served) -> None:
    client, plan = served
    village = str(plan.area.layer("villages")["id"].iloc[-1])
    asked = {"budgets": [30, 20, 500], "first_villages": [village]}
    years = client.post("/api/programme", json=asked).json()["years"]
    assert any(year["households"] for year in years)
    for year in years:
        found = behind(client, year=year["year"], budgets="30,20,500", first=village)
        assert found["count"] == year["households"]
        assert found["homes"] == len(set(found["ids"]))


@pytest.mark.parametrize(
    "query",
    ["", "work=W-0008&unserved=all", "year=1", "year=11&budgets=5", "year=1&budgets=much",
     "year=1&budgets=" + ",".join(["5"] * 11)],
)  # fmt: skip
def test_a_question_that_is_none_is_refused(served: Served, query: str) -> None:
    problem(served[0].get(f"/api/behind?{query}"), 400, "invalid-request")


def test_a_programme_spends_no_more_than_its_budgets(served: Served) -> None:
    client, plan = served
    costs = price(plan.works, plan.standard).table.set_index("work")["likely"] / 1e4
    found = client.post("/api/programme", json={"budgets": [30, 20]}).json()
    assert [y["budget"] for y in found["years"]] == [30, 20]
    for year in found["years"]:
        mine = [w for w, y in found["chosen"].items() if y == year["year"]]
        assert costs[mine].sum() == pytest.approx(year["spent"])
        assert year["spent"] <= year["budget"] + 1e-6
    left = {each["unit"] for each in found["not_chosen"]}
    assert all(each["sentence"]["zh"] and each["sentence"]["en"] for each in found["not_chosen"])
    systems = plan.works.table.set_index("work")["system"]
    assert not left & {systems.get(w) for w in found["chosen"]}  # systems whole
    assert len(found["chosen"]) + sum(each["works"] for each in found["not_chosen"]) == len(systems)
    budgets = [step["budget"] for step in found["frontier"]]
    assert budgets[0] == pytest.approx(50)
    assert np.diff([step["benefit"] for step in found["frontier"]]).min() >= -1e-9


def test_all_is_chosen_when_money_is_no_matter(served: Served) -> None:
    client, plan = served
    found = client.post("/api/programme", json={"budgets": [100_000]}).json()
    assert found["not_chosen_count"] == len(plan.works.table) - len(found["chosen"])
    assert "W-0006" in found["chosen"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"budgets": []}, 400, "invalid-request"),
        ({"budgets": [-1]}, 400, "invalid-request"),
        ({"budgets": ["much"]}, 400, "invalid-request"),
        ({"budgets": ["500"]}, 400, "invalid-request"),
        ({"budgets": [True]}, 400, "invalid-request"),
        ({"budgets": [1] * 11}, 400, "invalid-request"),
        ({"budgets": [1], "first_villages": ["nowhere"]}, 404, "not-found"),
        ({"money": [1]}, 400, "invalid-request"),
    ],
)
def test_budgets_that_cannot_be(served: Served, body: Any, status: int, code: str) -> None:
    problem(served[0].post("/api/programme", json=body), status, code)


# ------------------------------------------------------------------ drafts
def test_a_drafted_road_serves_the_group_it_reaches(served: Served) -> None:
    """From the hardened county road at y = 500 straight north to the centre of group g4: 1000 m, 1 in 20."""
    client, plan = served
    line = {"type": "LineString", "coordinates": degrees(plan, (1750, 505), (1750, 1500))}
    found = client.post("/api/works/draft", json=line).json()
    assert [w["kind"] for w in found["works"]] == ["road_new"]
    assert found["works"][0]["quantity"] == pytest.approx(1000 * np.hypot(1, 0.05), abs=1.0)
    assert found["gained"]["road"] == 10  # the whole group
    assert {c["household"] for c in found["changed"] if c["need"] == "road"} == {
        f"hh{i:03d}" for i in range(30, 40)
    }
    low, likely, high = (found["price"][k] for k in ("low", "likely", "high"))
    assert 0 < low <= likely <= high
    assert found["profile"]["steepest"] == pytest.approx(0.05, abs=1e-3)
    assert any("hazard" in note["en"] for note in found["notes"])


def test_a_road_that_leaves_the_area_says_that_it_is_not_known_there(served: Served) -> None:
    client, plan = served
    told = []
    for north in (1500, 9000):
        line = {"type": "LineString", "coordinates": degrees(plan, (1750, 505), (1750, north))}
        notes = client.post("/api/works/draft", json=line).json()["notes"]
        told.append([note for note in notes if "outside the area" in note["en"]])
    assert [len(each) for each in told] == [0, 1]


def test_a_road_over_an_earth_road_is_an_upgrade_and_a_stub_serves_nobody(served: Served) -> None:
    client, plan = served
    along = {"type": "LineString", "coordinates": degrees(plan, (252, 505), (252, 1490))}
    found = client.post("/api/works/draft", json=along).json()
    assert [w["kind"] for w in found["works"]] == ["road_upgrade"]
    assert found["gained"]["road"] == 10
    stub = {"type": "LineString", "coordinates": degrees(plan, (1750, 1300), (1750, 1500))}
    assert client.post("/api/works/draft", json=stub).json()["gained"] == {}


def test_a_placed_pool_serves_as_many_as_it_holds(served: Served) -> None:
    client, plan = served
    [place] = degrees(plan, (1700, 1700))
    gained = []
    for volume in (0.1, 3, 50):
        body = {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": place},
            "properties": {"volume": volume},
        }
        found = client.post("/api/works/draft", json=body).json()
        assert found["works"][0]["quantity"] == pytest.approx(volume, abs=0.051)
        gained.append(found["gained"].get("water", 0))
    assert gained == sorted(gained)
    assert gained[0] == 0 < gained[2]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"type": "Point", "coordinates": [0, 0]}, 422, "bad-draft"),
        ({"type": "Point", "coordinates": [1e300, 0]}, 422, "bad-draft"),
        ({"type": "Point", "coordinates": [1e239, 2e185, 1e-19, 7e-287]}, 422, "bad-draft"),
        ({"type": "LineString", "coordinates": [[105.005, 27.03], [105.005, 27.03]]}, 422, "bad-draft"),
        ({"type": "LineString", "coordinates": [[105.005, 27.03]]}, 400, "invalid-request"),
        ({"type": "LineString", "coordinates": [[105.005, 27.03], [105.0050001, 27.03]]}, 422, "bad-draft"),
        (
            {"type": "LineString", "coordinates": [["105.0", "27.0"], ["105.1", "27.1"]]},
            400,
            "invalid-request",
        ),
        ({"type": "LineString", "coordinates": [[105.005, 27.03]] * 6000}, 422, "bad-draft"),
        ({"type": "Polygon", "coordinates": []}, 400, "invalid-request"),
        (
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [105, 27]},
                "properties": {"volume": -1},
            },
            400,
            "invalid-request",
        ),
    ],
)
def test_drafts_that_cannot_be(served: Served, body: Any, status: int, code: str) -> None:
    problem(served[0].post("/api/works/draft", json=body), status, code)


def test_a_draft_changes_nothing_for_others(served: Served) -> None:
    client, plan = served
    before = client.get("/api/map/roads").content
    line = {"type": "LineString", "coordinates": degrees(plan, (1750, 505), (1750, 1500))}
    client.post("/api/works/draft", json=line)
    assert client.get("/api/map/roads").content == before


def test_a_collection_asked_for_while_works_are_designed_is_not_kept_empty(served: Served) -> None:
    """The half plan was known when somebody asked; the whole one came before the answer was made."""
    _, whole = served
    half = replace(whole, works=no_works(whole.area.crs))
    desk = Desk(Settings(), WorksToy())
    desk._tell(stage="designing", area=whole.area, standard=whole.standard, plan=half)
    at_once = desk.once

    def after_the_design(key: Hashable, make: Callable[[], Any]) -> Any:
        if key == ("ogc", "unserved"):
            desk._publish(whole)
        return at_once(key, make)

    desk.once = after_the_design  # type: ignore[assignment, method-assign]
    ready(desk, "unserved")
    desk.once = at_once  # type: ignore[method-assign]
    assert len(ready(desk, "unserved").rows) == len(whole.works.unserved) > 0
