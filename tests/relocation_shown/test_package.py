"""GeoPackage, ledger, JSON, page and OGC collections say the same of danger and moving as the plan."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import openpyxl
import pyogrio
import pytest
from starlette.testclient import TestClient

from geo.plan import Plan
from geo.workbook import workbook
from maps.payload import payload
from maps.relocation_themes import RELOCATION_THEMES
from service.usecases.plan_files import write_plan

Served = tuple[TestClient, Plan]


@pytest.fixture(scope="module")
def out(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("out")
    write_plan(served[1], folder)
    return folder


def leaving(plan: Plan) -> set[str]:
    table = plan.moving.households
    return set(table.loc[table["decision"].isin(["scattered", "whole"]), "household"])


def items(client: TestClient, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(f"/ogc/collections/{name}/items", params={"limit": 5000}).json()[
        "features"
    ]
    return found


def test_who_must_move_is_the_same_everywhere(served: Served, out: Path) -> None:
    client, plan = served
    who = leaving(plan)
    assert who
    assert {f["id"] for f in items(client, "must_move")} == who
    assert set(gpd.read_file(out / "plan.gpkg", layer="must_move")["household"]) == who
    sheets = {sheet.key: sheet for sheet in workbook(plan, "zh")}
    assert set(sheets["must_move"].frame["household"]) == who
    assert set(payload(plan, lang="zh", names=False)["layers"]["must_move"]["id"]) == who
    said = json.loads((out / "plan.json").read_text("utf-8"))["relocation"]["must_move"]
    pairs = zip(said["household"], said["decision"], strict=True)
    assert {h for h, d in pairs if d in ("scattered", "whole")} == who


def test_every_collection_of_relocation_is_served(served: Served) -> None:
    client, plan = served
    listed = {c["id"] for c in client.get("/ogc/collections").json()["collections"]}
    counts = {
        "zones": len(plan.exposure.zones.frame),
        "must_move": len(leaving(plan)),
        "must_move_groups": len(plan.moving.groups),
        "rebuilt": len(plan.moving.rebuilt),
        "found_sites": len(plan.found.table) + len(plan.sites),
        "assignment": len(plan.assignment.households),
        "follow_up": len(plan.follow_up),
        "threats": len(plan.exposure.threats),
    }
    assert set(counts) | {"zone_reach", "subsidence"} <= listed
    for name, n in counts.items():
        assert len(items(client, name)) == n, name
    assert items(client, "subsidence")
    placed = plan.assignment.households.set_index("household")["site"]
    for feature in items(client, "assignment"):
        site = placed[feature["id"]]
        assert feature["properties"]["site"] == (None if site != site else site)
        assert (feature["geometry"] is not None) == (site == site)


def test_the_geopackage_has_tables_with_styles(out: Path) -> None:
    names = {name for name, _ in pyogrio.list_layers(out / "plan.gpkg")}
    drawn = {
        "zones",
        "zone_reach",
        "subsidence",
        "must_move",
        "must_move_groups",
        "rebuilt",
        "found_sites",
        "assignment",
    }
    assert drawn | {"follow_up", "threats"} <= names
    styles = pyogrio.read_dataframe(out / "plan.gpkg", layer="layer_styles").set_index("f_table_name")[
        "styleQML"
    ]
    for name in drawn:
        assert "<category" in styles[name]
    lines = gpd.read_file(out / "plan.gpkg", layer="assignment")
    assert (lines.geometry.length > 0).all()
    reach = gpd.read_file(out / "plan.gpkg", layer="zone_reach")
    assert (
        reach.geometry.area.sum() > gpd.read_file(out / "plan.gpkg", layer="zones").geometry.area.sum() * 0.5
    )


def test_the_sheet_of_sites_says_what_each_verdict_rests_on(served: Served) -> None:
    """No reason beside 无法判定 and nobody knows which layer to add."""
    plan = served[1]
    frame = next(s for s in workbook(plan, "zh") if s.key == "found_sites").frame.set_index("site")
    for site in (*plan.sites, *plan.found.verdicts):
        said, why = frame.loc[site.site, ["verdict", "why"]]
        assert (why == "") == (said == "适宜"), site.site
        assert all(ground in list(site.reasons("zh")) for ground in site.grounds("zh"))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_sheets_of_relocation(served: Served, lang: str) -> None:
    plan = served[1]
    sheets = {sheet.key: sheet for sheet in workbook(plan, lang)}
    masked = set(sheets["must_move"].frame["name"])
    assert masked
    assert all(name.endswith("*") for name in masked)
    assert sheets["must_move"].frame["urgency"].is_monotonic_increasing
    assert (sheets["must_move"].frame["why"].str.len() > 0).all()
    assert len(sheets["move_groups"].frame) == len(plan.moving.groups)
    assert len(sheets["matching"].frame) == int(plan.assignment.households["site"].notna().sum())
    assert len(sheets["left_in_danger"].frame) == len(plan.assignment.left)
    assert len(sheets["follow_up"].frame) == len(plan.follow_up)
    assert len(sheets["threats"].frame) == len(plan.exposure.threats)
    assert sheets["site_loads"].total("cost") == pytest.approx(plan.assignment.sites["cost"].sum() / 1e4)
    assert len(sheets["rebuilt"].frame) == 1


def test_full_names_where_they_are_asked_for(served: Served) -> None:
    plan = served[1]
    known = set(plan.area.layer("households")["name"])
    sheets = {sheet.key: sheet for sheet in workbook(plan, "zh", names=True)}
    assert set(sheets["must_move"].frame["name"]) <= known


def test_the_workbook_opens_with_its_sheets(out: Path) -> None:
    book = openpyxl.load_workbook(out / "ledger.xlsx", read_only=True)
    assert {"需搬迁名单", "各组搬迁判定", "安置点比选", "安置匹配", "搬后扶持清单"} <= set(book.sheetnames)


def test_the_page_has_every_layer_with_rules_that_exist(served: Served) -> None:
    values = payload(served[1], lang="zh", names=False)
    for name, theme in RELOCATION_THEMES.items():
        layer = values["layers"][name]
        rule = layer["rule"]
        used = (
            [rule["all"]]
            if isinstance(rule, dict) and "all" in rule
            else rule["at"]
            if isinstance(rule, dict)
            else rule
        )
        assert len(layer["places"]) == len(layer["id"]) > 0, name
        assert max(used) < len(theme.rules)
    texts = values["text"]
    for lang in ("zh", "en"):
        assert all(
            key in texts[lang] for part in values["relocation"]["reasons"].values() for key in part["said"]
        )
