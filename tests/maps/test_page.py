"""The page as a file: whole, small, and without an address."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from geo.area import make_area
from geo.messages import catalogue
from geo.plan import Plan, make_plan
from geo.standards import default_standard
from maps.assets import FOLDER
from maps.page import draw_page, page_html
from tests.maps.toy import CRS_M, toy_area

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="assets are not built (make setup)")
SCRIPTS = Path(__file__).parents[2] / "maps" / "folium_page"


def test_one_file_that_asks_for_nothing(plan: Plan, tmp_path: Path) -> None:
    draw_page(plan, tmp_path / "map.html")
    text = (tmp_path / "map.html").read_text("utf-8")
    assert not re.search(r"<(script|link|img|iframe)[^>]*(src|href)=", text)
    assert not re.search(r"@import|url\(\s*['\"]?http", text)
    assert len(text) < 2_000_000
    assert text.count("startPage(") == 2  # defined and called


def test_text_of_the_data_cannot_leave_its_script(plan: Plan) -> None:
    evil = plan.area.layers["villages"].assign(name="</script><script>alert(1)</script>")
    text = page_html(replace(plan, area=plan.area.with_layer("villages", evil)))
    assert "</script><script>alert" not in text
    assert text.count("alert(1)") == 1  # one name for all villages, as text


def test_an_area_with_next_to_nothing_still_gives_a_page() -> None:
    area = make_area({"villages": toy_area(0).layers["villages"]}, crs=CRS_M)
    text = page_html(make_plan(area, default_standard()), lang="en")
    assert '"n":0' in text


def test_every_word_of_the_scripts_is_in_the_catalogue() -> None:
    code = "".join(
        (SCRIPTS / name).read_text("utf-8") for name in ("text.js", "draw.js", "works.js", "page.js")
    )
    keys = set(re.findall(r"""\bt\(["'`](map\.\w+)["'`]""", code)) | set(
        re.findall(r'message: "(map\.\w+)"', code)
    )
    assert len(keys) > 25
    assert keys <= set(catalogue())
    said = {k for k in catalogue() if k.startswith("map.")}
    elsewhere = {"map.drawn", "map.verdicts", "map.site_rules", "map.village_totals", "map.group_totals"}
    elsewhere |= {"map.work_serves", "map.unserved", "map.systems"}  # of the GeoPackage
    elsewhere |= {"map.crucial", "map.crucial_loses", "map.measure_first", "map.provisional"}
    elsewhere |= {
        f"map.work_{end}"
        for end in (
            "passed",
            "failed",
            "unverified",
            "worst_water_least",
            "worst_water_most",
            "worst_power_most",
        )
    }
    views = {"map.gaps", "map.exposure", "map.disagree"}
    assert said - keys - elsewhere - views == set(), "sentences nobody says"
