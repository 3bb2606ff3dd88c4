"""The API says of danger, moving and new homes what the plan found out, and refuses what cannot be."""

from __future__ import annotations

import struct
import zlib
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from starlette.testclient import TestClient

from geo.plan import Plan
from geo.relocation.find import find_sites
from geo.relocation.suitability import make_suitability
from service.jobs import KEPT
from service.usecases.site_sheet import _reasons, _Words
from tests.relocation_shown.toy import WORKING, ZONE
from tests.service.test_refusals import problem
from tests.service.toy import X0, Y0

Served = tuple[TestClient, Plan]
G4 = {f"hh{i:03d}" for i in range(30, 40)}


def degrees(plan: Plan, *xy: tuple[float, float]) -> list[list[float]]:
    """Places of the toy, metres from its corner, as longitude and latitude."""
    places = gpd.GeoSeries([shapely.Point(X0 + x, Y0 + y) for x, y in xy], crs=plan.area.crs).to_crs(4326)
    return [[p.x, p.y] for p in places]


def square(plan: Plan, west: float, south: float, side: float) -> dict[str, Any]:
    ring = degrees(
        plan, (west, south), (west + side, south), (west + side, south + side), (west, south + side)
    )
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}


def ids(client: TestClient, **query: str) -> set[str]:
    return set(client.get("/api/relocation/households", params=query).json()["ids"])


# ------------------------------------------------------------------ danger and moving
def test_the_numbers_are_those_of_the_plan_and_open_to_their_households(served: Served) -> None:
    client, plan = served
    found = client.get("/api/relocation").json()
    exposed, moving = plan.exposure.households, plan.moving.households
    for part, column, table in (
        ("relations", "relation", exposed),
        ("damage", "damage", exposed),
        ("damage_cautious", "damage_cautious", exposed),
    ):
        counts = table[column].value_counts().to_dict()
        assert {k: v["households"] for k, v in found["danger"][part].items() if v["households"]} == counts
        for key, n in counts.items():
            if part != "damage_cautious":
                assert len(ids(client, **{column: key})) == n
    decisions = {k: v["households"] for k, v in found["moving"]["decisions"].items() if v["households"]}
    assert decisions == moving["decision"].value_counts().to_dict()
    assert sum(v["households"] for v in found["moving"]["urgency"].values()) == int(
        (moving["urgency"] > 0).sum()
    )
    for key, tally in found["moving"]["compared"].items():
        assert len(ids(client, compared=key)) == tally["households"]
    villages = found["moving"]["villages"]
    assert sum(sum(v["decisions"].values()) for v in villages) == len(moving)
    assert found["moving"]["rebuilt"] == 1


def test_those_in_the_zone_must_move_and_say_why(served: Served) -> None:
    client, _ = served
    answer = client.get("/api/relocation/households", params={"zone": ZONE}).json()
    assert set(answer["ids"]) >= G4
    told = {row["household"]: row for row in answer["households"]}
    assert told["hh030"]["decision"] in ("scattered", "whole")
    assert all(row["sentence"]["zh"] and row["sentence"]["en"] for row in told.values())
    assert told["hh030"]["name"].endswith("*")
    assert (told["hh030"]["group"], told["hh030"]["village"]) == ("岩脚组", "白水村")
    urgent = [row["urgency"] or 99 for row in answer["households"]]
    assert urgent == sorted(urgent)
    few = client.get("/api/relocation/households", params={"zone": ZONE, "limit": 3}).json()
    assert (len(few["households"]), few["count"]) == (3, answer["count"])
    assert ids(client, zone=WORKING) & {f"hh{i:03d}" for i in range(10, 20)}


def test_filters_narrow_together_and_take_several_values(served: Served) -> None:
    client, _ = served
    both = ids(client, decision="scattered,whole", village="520502002")
    either = ids(client, decision="scattered", village="520502002") | ids(
        client, decision="whole", village="520502002"
    )
    assert both == either
    assert both <= ids(client, village="520502002")
    assert ids(client, decision="nothing") == set()


def test_the_registry_is_compared(served: Served) -> None:
    client, _ = served
    assert "hh000" in ids(client, compared="listed_only")
    assert "hh030" in ids(client, compared="agree,other_way")
    assert "hh035" in ids(client, compared="computed_only")


def test_groups_say_whether_they_move_whole(served: Served) -> None:
    client, plan = served
    groups = {g["group"]: g for g in client.get("/api/relocation/groups").json()["groups"]}
    table = plan.moving.groups.set_index("group")
    assert {k: g["whole"] for k, g in groups.items()} == table["whole"].to_dict()
    assert groups["g4"]["whole"] is True
    assert all(g["sentence"]["zh"] and g["sentence"]["en"] for g in groups.values())


def test_who_built_again_in_danger(served: Served) -> None:
    client, _ = served
    [one] = client.get("/api/relocation/rebuilt").json()["features"]
    assert one["properties"]["household"] == "hh031"
    assert one["properties"]["rule"] == "dwelling"
    assert one["geometry"]["type"] == "Point"
    assert one["properties"]["sentence"]["en"]


def test_a_household_says_whether_it_must_move(served: Served) -> None:
    client, plan = served
    found = client.get("/api/households/hh030").json()["relocation"]
    mine = plan.moving.households.set_index("household").loc["hh030"]
    assert (found["decision"], found["urgency"], found["liable"]) == (
        mine["decision"],
        mine["urgency"],
        mine["liable"],
    )
    assert found["site"]["sentence"]["zh"]
    assert client.get("/api/households/hh031").json()["relocation"]["rebuilt"] == "dwelling"
    assert client.get("/api/households/hh001").json()["relocation"]["site"] is None


def test_the_households_of_the_map_carry_what_it_is_coloured_by(served: Served) -> None:
    client, plan = served
    features = client.get("/api/map/households").json()["features"]
    assert [f["properties"]["decision"] for f in features] == plan.moving.households["decision"].tolist()
    assert [f["properties"]["damage"] for f in features] == plan.exposure.households["damage"].tolist()
    views = client.get("/api/catalogue").json()["themes"]["household_views"]
    for view, rules in views.items():
        assert {f["properties"][view] for f in features} <= {rule["key"] for rule in rules}


# ------------------------------------------------------------------ maps
@pytest.mark.parametrize("layer", ["zones", "zone_reach", "subsidence"])
def test_every_feature_of_a_layer_has_a_rule_that_draws_it(served: Served, layer: str) -> None:
    client, _ = served
    features = client.get(f"/api/map/{layer}").json()["features"]
    themes = {t["layer"]: t for t in client.get("/api/catalogue").json()["themes"]["relocation"]}
    known = {rule["key"] for rule in themes[layer]["rules"]}
    assert features
    assert {f["properties"]["rule"] for f in features} <= known


def test_zones_lie_where_they_were_drawn_and_reach_further(served: Served) -> None:
    client, plan = served
    zones = {
        f["properties"]["id"]: shapely.geometry.shape(f["geometry"])
        for f in client.get("/api/map/zones").json()["features"]
    }
    truth = plan.exposure.zones.frame.set_index("zone").to_crs(4326).geometry
    assert shapely.hausdorff_distance(zones[ZONE], truth[ZONE]) < 1e-5
    reach = {
        f["properties"]["id"]: shapely.geometry.shape(f["geometry"])
        for f in client.get("/api/map/zone_reach").json()["features"]
    }
    assert WORKING in reach  # its influence goes beyond its outline
    for name, ground in reach.items():
        assert ground.buffer(1e-6).contains(zones[name])
        assert ground.area > zones[name].area


def pixels(png: bytes) -> np.ndarray[Any, Any]:
    """The palette codes of an indexed PNG."""
    width, height = struct.unpack(">II", png[16:24])
    body, at = b"", 8
    while at < len(png):
        size, kind = struct.unpack(">I4s", png[at : at + 8])
        if kind == b"IDAT":
            body += png[at + 8 : at + 8 + size]
        at += 12 + size
    rows = np.frombuffer(zlib.decompress(body), np.uint8).reshape(height, width + 1)
    assert not rows[:, 0].any()  # no filter
    return rows[:, 1:]


def test_the_picture_of_suitability_is_empty_where_ground_is_closed(served: Served) -> None:
    client, plan = served
    answer = client.get("/api/map/suitability")
    assert answer.headers["content-type"] == "image/png"
    codes = pixels(answer.content)
    corners = np.array(client.get("/api/relocation").json()["finding"]["corners"])
    (west, north), (east, south) = corners[0], corners[2]
    suitability = make_suitability(plan.site_context)
    score = suitability.score()
    for x, y in [(1750, 1500), (700, 700), (550, 600), (1000, 1900), (1700, 900)]:
        [[lon, lat]] = degrees(plan, (x, y))
        merc = lambda v: np.arctanh(np.sin(np.radians(v)))  # noqa: E731
        col = int((lon - west) / (east - west) * codes.shape[1])
        row = int((merc(north) - merc(lat)) / (merc(north) - merc(south)) * codes.shape[0])
        terrain = suitability.terrain
        cell = score[
            int((terrain.north - (Y0 + y)) // terrain.cell), int((X0 + x - terrain.west) // terrain.cell)
        ]
        near = codes[row - 1 : row + 2, col - 1 : col + 2]
        assert (near > 0).any() if np.isfinite(cell) else (near == 0).any()
    assert (codes == 0).any() and (codes > 0).any()  # noqa: PT018
    other = client.get("/api/map/suitability", params={"weights": "road:0,slope:50"})
    assert other.content != answer.content
    assert other.headers["etag"] != answer.headers["etag"]


# ------------------------------------------------------------------ why not, find, compare
def test_why_not_names_the_rule_that_closes_a_place(served: Served) -> None:
    client, plan = served
    [[lon, lat]] = degrees(plan, (1750, 1500))
    found = client.post("/api/relocation/why-not", json={"lon": lon, "lat": lat}).json()
    assert found["excluded"] is True
    assert found["score"] is None
    failed = [rule for rule in found["rules"] if rule["state"] == "fail"]
    assert failed
    assert all(rule["sentence"]["zh"] and rule["label"]["en"] for rule in failed)
    assert any("hazard" in rule["rule"] for rule in failed)


def test_open_ground_has_a_score(served: Served) -> None:
    client, plan = served
    suitability = make_suitability(plan.site_context)
    score, terrain = suitability.score(), suitability.terrain
    row, col = np.unravel_index(np.nanargmax(score), score.shape)
    x, y = terrain.west + (col + 0.5) * terrain.cell - X0, terrain.north - (row + 0.5) * terrain.cell - Y0
    [[lon, lat]] = degrees(plan, (float(x), float(y)))
    found = client.post("/api/relocation/why-not", json={"lon": lon, "lat": lat}).json()
    assert found["excluded"] is False
    assert found["score"] == pytest.approx(float(score[row, col]), abs=1e-3)
    assert {c["key"] for c in found["criteria"]} >= {"slope", "road", "water"}


def test_found_sites_are_those_of_the_search(served: Served) -> None:
    client, plan = served
    asked = {"households": 12, "kind": "village", "weights": {"road": 9}, "each_village": 5}
    answer = client.post("/api/sites/find", json=asked).json()
    truth = find_sites(
        plan.site_context,
        make_suitability(plan.site_context),
        households=12,
        kind="village",
        weights={"road": 9},
        most=10,
        each_village=5,
    )
    features = [f["properties"] for f in answer["features"]]
    assert [f["id"].split(".")[0] for f in features] == truth.table["site"].tolist()
    assert [f["capacity"] for f in features] == truth.table["capacity"].tolist()
    assert features
    assert all(f["capacity"] >= 12 and f["verdict"] != "unsuitable" for f in features)
    assert [f["rank"] for f in features] == sorted(f["rank"] for f in features)
    one = features[0]["connect"]
    assert 0 <= one["low"] <= one["likely"] <= one["high"]
    assert client.post("/api/sites/find", json=asked).json() == answer
    # what a search found can be compared and taken away, and is not mistaken for what the plan found
    other = client.post("/api/sites/find", json={"households": 9}).json()["features"][0]["properties"]
    pair = [features[0]["id"], other["id"]]
    found = client.post("/api/sites/compare", json={"sites": pair}).json()
    assert [site["id"] for site in found["sites"]] == pair
    capacity = next(row for row in found["rows"] if row["key"] == "capacity")
    assert [cell["value"] for cell in capacity["cells"]] == [features[0]["capacity"], other["capacity"]]
    assert client.get(f"/api/sites/{pair[0]}/sheet").status_code == 200


def test_looking_around_does_not_lose_what_a_search_found(served: Served) -> None:
    """The tiles of the relief are many: they must not push out the sites somebody is about to compare."""
    client, _ = served
    found = client.post("/api/sites/find", json={"households": 7}).json()["features"]
    pair = [feature["properties"]["id"] for feature in found[:2]]
    assert client.post("/api/sites/compare", json={"sites": pair}).status_code == 200
    desk = client.app.state.desk  # type: ignore[attr-defined]
    for tile in range(KEPT + 1):
        desk.once(("terrain", 18, tile, 0), lambda: b"", shelf="tiles")
        if tile % 100 == 0:  # and whoever searches again, and is answered from what is kept, has them all
            client.post("/api/sites/find", json={"households": 7})
        desk.once(("other", tile), lambda: b"")
    assert client.get("/api/map/terrain/12/1/1.png").status_code == 200
    assert client.post("/api/sites/compare", json={"sites": pair}).status_code == 200


def test_a_search_spreads_over_the_villages(served: Served) -> None:
    """Unless more is asked for: the best ground of one village alone helps no planner of ten."""
    client, plan = served
    said = {"households": 2, "each_village": int(plan.standard["site.find_each_village"])}
    unsaid, same = (client.post("/api/sites/find", json=body).json() for body in ({"households": 2}, said))
    assert unsaid == same
    assert client.post("/api/sites/find", json={**said, "each_village": 0}).status_code == 400


def test_all_sites_found_and_listed(served: Served) -> None:
    client, plan = served
    features = [f["properties"] for f in client.get("/api/relocation/sites").json()["features"]]
    assert [f["id"] for f in features if f["source"] == "found"] == plan.found.table["site"].tolist()
    listed = {f["id"]: f for f in features if f["source"] == "listed"}
    assert set(listed) == {"s1", "s2"}
    assert listed["s2"]["verdict"] == "unsuitable"
    assert listed["s2"]["reasons"]
    assert listed["s2"]["connect"] is None  # nobody may be offered it
    assert listed["s1"]["connect"]["low"] <= listed["s1"]["connect"]["likely"]


def test_sites_side_by_side(served: Served) -> None:
    client, plan = served
    found = client.post("/api/sites/compare", json={"sites": ["s1", "s2", square(plan, 520, 700, 90)]}).json()
    assert [site["id"] for site in found["sites"]][:2] == ["s1", "s2"]
    assert [site["verdict"] for site in found["sites"]][1] == "unsuitable"
    assert all(len(row["cells"]) == 3 for row in found["rows"])
    rules = {row["key"]: row for row in found["rows"] if row["part"] == "rules"}
    assert any(row["cells"][1]["state"] == "fail" for row in rules.values())
    capacity = next(row for row in found["rows"] if row["key"] == "capacity")
    truth = [site.capacity[site.kind] for site in plan.sites]
    assert [cell["value"] for cell in capacity["cells"][:2]] == truth


# ------------------------------------------------------------------ matching
def test_the_matching_agrees_with_the_plan(served: Served) -> None:
    client, plan = served
    found = client.get("/api/relocation/assignment").json()
    table = plan.assignment.households
    placed = table[table["site"].notna()]
    assert found["placed"]["households"] == len(placed)
    assert found["left"]["households"] == len(plan.assignment.left)
    assert {f["properties"]["id"]: f["properties"]["site"] for f in found["lines"]["features"]} == dict(
        zip(placed["household"], placed["site"], strict=True)
    )
    for site in found["sites"]:
        assert site["households"] <= site["capacity"]
        assert len(ids(client, site=site["site"])) == site["households"]
    assert len(ids(client, placed="left")) == found["left"]["households"]
    one = found["lines"]["features"][0]
    homes = plan.area.layer("households").set_index("id").to_crs(4326).geometry
    start = shapely.Point(one["geometry"]["coordinates"][0])
    assert start.distance(homes[one["properties"]["id"]]) < 1e-6


def test_matching_again_under_a_budget_and_to_some_sites(served: Served) -> None:
    client, plan = served
    free = client.get("/api/relocation/assignment").json()
    nothing = client.post("/api/sites/assign", json={"budget": 0}).json()
    assert nothing["placed"]["households"] == 0
    must = plan.moving.households["decision"].isin(["scattered", "whole"]).sum() + len(plan.moving.rebuilt)
    assert nothing["left"]["households"] == must
    # its numbers open to its own households, not to those of the plan
    assert ids(client, placed="left", budget="0") == set(nothing["left_ids"])
    assert nothing["placed_ids"] == []
    assert not ids(client, placed="site", budget="0")
    assert ids(client, placed="site") == set(free["placed_ids"])
    assert (nothing["budget"], free["budget"]) == (0, None)
    # whom room is missing for: not those who do not wish to go, nor those who came back
    assert nothing["shortage"]
    for row in nothing["shortage"]:
        query = {"left_for": "room", "village": row["village"] or "", "budget": "0"}
        assert len(ids(client, **query)) == row["households"]
    kinds = [ids(client, left_for=kind, budget="0") for kind in ("room", "refused", "rebuilt")]
    assert sum(map(len, kinds)) == nothing["left"]["households"]
    told = client.get("/api/relocation/households", params={"left_for": "room", "budget": 0}).json()
    assert {row["sentence"]["en"] for row in told["households"]} == {
        "there is room, but not within the budget"
    }
    used = next(site["site"] for site in free["sites"] if site["opened"])
    one = client.post("/api/sites/assign", json={"sites": [used]}).json()
    assert {f["properties"]["site"] for f in one["lines"]["features"]} == {used}
    assert client.post("/api/sites/assign", json={}).json()["placed"] == free["placed"]


def test_follow_up_is_a_checklist(served: Served) -> None:
    client, plan = served
    counts = {
        f["measure"]: sum(f["states"].values()) for f in client.get("/api/relocation").json()["follow_up"]
    }
    assert counts == plan.follow_up["measure"].value_counts().to_dict()
    measure = next(iter(counts))
    found = client.get("/api/relocation/follow-up", params={"measure": measure}).json()
    assert found["count"] == counts[measure]
    assert all(row["measure"] == measure and row["label"]["zh"] for row in found["rows"])
    everything = client.get("/api/relocation/follow-up", params={"limit": 50_000}).json()
    assert everything["count"] == len(plan.follow_up) == len(everything["rows"])


# ------------------------------------------------------------------ refusals
@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/api/relocation/why-not", {"lon": 105.0}, 400, "invalid-request"),
        ("/api/relocation/why-not", {"lon": 0, "lat": 0}, 422, "bad-polygon"),
        ("/api/relocation/why-not", {"lon": 27.03, "lat": 105.005}, 422, "bad-polygon"),
        ("/api/relocation/why-not", {"lon": 1e9, "lat": 0}, 400, "invalid-request"),
        (
            "/api/relocation/why-not",
            {"lon": 105.005, "lat": 27.03, "weights": {"road": -1}},
            400,
            "invalid-request",
        ),
        (
            "/api/relocation/why-not",
            {"lon": 105.005, "lat": 27.03, "weights": {"gold": 1}},
            422,
            "bad-search",
        ),
        ("/api/sites/find", {"households": 0}, 400, "invalid-request"),
        ("/api/sites/find", {"households": 10_000}, 400, "invalid-request"),
        ("/api/sites/find", {"households": 5, "kind": "castle"}, 400, "invalid-request"),
        ("/api/sites/find", {"households": 5, "weights": {"road": 101}}, 400, "invalid-request"),
        ("/api/sites/find", {"households": 5, "weights": {"road": "much"}}, 400, "invalid-request"),
        ("/api/sites/find", {"households": 5, "weights": {"gold": 1}}, 422, "bad-search"),
        ("/api/sites/find", {"households": 5, "most": 31}, 400, "invalid-request"),
        ("/api/sites/find", {"households": 5, "more": 1}, 400, "invalid-request"),
        ("/api/sites/compare", {"sites": ["s1"]}, 400, "invalid-request"),
        ("/api/sites/compare", {"sites": ["s1"] * 6}, 400, "invalid-request"),
        ("/api/sites/compare", {"sites": ["s1", "nowhere"]}, 404, "not-found"),
        (
            "/api/sites/compare",
            {"sites": ["s1", {"type": "Point", "coordinates": [105, 27]}]},
            400,
            "invalid-request",
        ),
        ("/api/sites/assign", {"budget": -1}, 400, "invalid-request"),
        ("/api/sites/assign", {"sites": []}, 400, "invalid-request"),
        ("/api/sites/assign", {"sites": ["nowhere"]}, 404, "not-found"),
    ],
)
def test_what_cannot_be(served: Served, path: str, body: Any, status: int, code: str) -> None:
    problem(served[0].post(path, json=body), status, code)


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/relocation/households?zone=nowhere", 404, "not-found"),
        ("/api/relocation/households?limit=0", 400, "invalid-request"),
        ("/api/relocation/follow-up?measure=nothing", 404, "not-found"),
        ("/api/map/suitability?weights=road", 400, "invalid-request"),
        ("/api/map/suitability?weights=road:-1", 400, "invalid-request"),
        ("/api/map/suitability?weights=road:nan", 400, "invalid-request"),
        ("/api/map/suitability?weights=gold:1", 422, "bad-search"),
        ("/api/sites/nowhere/sheet", 404, "not-found"),
        ("/api/sites/s1/sheet?format=pdf", 400, "invalid-request"),
    ],
)
def test_what_is_asked_wrongly(served: Served, path: str, status: int, code: str) -> None:
    problem(served[0].get(path), status, code)


def test_swapped_axes_are_told_to_who_asks_why_not(served: Served) -> None:
    body = {"lon": 27.03, "lat": 105.005}
    assert "swapped" in served[0].post("/api/relocation/why-not?lang=en", json=body).json()["detail"]


def test_the_sheet_says_once_what_leaves_several_rules_open(served: Served) -> None:
    site = served[1].sites[0]
    row = site.rules.iloc[:1].assign(state="unknown", reason="site.needs.protect", at="protect")
    several = replace(site, rules=pd.concat([row, row, row], ignore_index=True))
    assert len(list(_reasons(several, _Words("zh")))) == 1


def test_a_sheet_to_print_and_one_to_hand_in(served: Served) -> None:
    client, _ = served
    page = client.get("/api/sites/s1/sheet", params={"format": "html", "lang": "zh"})
    assert page.headers["content-type"].startswith("text/html")
    assert "青山安置点" in page.text
    assert 'src="http' not in page.text
    document = client.get("/api/sites/s1/sheet", params={"format": "docx"})
    assert document.content[:2] == b"PK"
    assert "site-s1.docx" in document.headers["content-disposition"]
