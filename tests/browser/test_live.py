"""The live page in a real browser with the network off: from a need to a household to a site."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.asking import PATIENCE_S, ask
from tests.browser.drawn import picture, wait_until_drawn_anew
from tests.browser.opened import built, opened

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """`xiangtu serve` over the sample township, on a port of its own."""
    built()
    program = str(Path(sys.executable).with_name("xiangtu"))
    command = [program, "serve", str(ROOT / "data" / "shapefiles"), "--port", "0"]
    environment = os.environ | {"XIANGTU_WAIT_S": str(PATIENCE_S)}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT, env=environment) as process:
        assert process.stderr is not None
        said = process.stderr.readline()
        try:
            found = re.search(r"http://[\d.:]+/", said)
            assert found, said
            yield found[0]
        finally:
            process.terminate()


def failed(page: Any, errors: list[str]) -> None:
    page.on("requestfailed", lambda request: errors.append(request.url))


@pytest.fixture(scope="module")
def page(browser: Any, address: str) -> Iterator[Any]:
    url, ready = f"{address}?flat", "body[data-map=ready]"
    with opened(browser, url, width=1200, height=760, ready=ready, watch=failed) as page:
        yield page


def test_the_page_asks_nobody_else(page: Any, address: str) -> None:
    asked = page.evaluate("performance.getEntriesByType('resource').map(r => r.name)")
    assert asked
    assert all(url.startswith((address, "blob:", "data:")) for url in asked)


def test_a_need_is_chosen_and_its_households_are_listed(page: Any, address: str) -> None:
    unmet = ask.get(f"{address}api/summary").json()["needs"]["water"]["unmet"]
    page.click("[data-need=water]")
    assert page.inner_text("[data-need=water] b").replace(",", "") == str(unmet)
    assert "安全饮水" in page.inner_text(".caption")
    page.click("aside.left details summary")
    assert f"{unmet:,}" in page.inner_text("aside.left details summary")


def test_a_household_of_which_a_need_is_unknown_has_not_no_gap(page: Any, address: str) -> None:
    homes = [f["properties"] for f in ask.get(f"{address}api/map/households").json()["features"]]
    gaps = sum(h["gaps"] > 0 for h in homes)
    unknown = sum(h["gaps"] == 0 and "?" in h["states"] for h in homes)
    assert unknown > 0
    shares = page.locator(".needs [role=radio] .bar").first.get_attribute("title")
    assert shares == f"{len(homes) - gaps - unknown} / {gaps} / {unknown}"


def test_a_village_is_found_by_its_name(page: Any, address: str) -> None:
    village = ask.get(f"{address}api/summary").json()["villages"][1]
    page.fill(".search input", village["name"])
    assert page.locator(".search li button").count() > 1
    assert "还有" in page.inner_text(".search li.note")
    page.fill(".search input", "")


def test_numbers_look_alike_in_every_browser(browser: Any, page: Any, address: str) -> None:
    note = page.inner_text("aside.left .note >> nth=0")
    other = browser.new_context(locale="de-DE").new_page()
    other.goto(f"{address}?flat")
    other.wait_for_selector("aside.left .note")
    assert other.inner_text("aside.left .note >> nth=0") == note
    assert "5,003" in note
    other.context.close()


def test_a_village_narrows_the_numbers(page: Any, address: str) -> None:
    village = ask.get(f"{address}api/summary").json()["villages"][0]
    page.click(f"[data-village='{village['id']}']")
    assert page.inner_text("[data-need=water] b").replace(",", "") == str(village["needs"]["water"][1])
    page.click(f"[data-village='{village['id']}']")


def test_a_household_says_why(page: Any, address: str) -> None:
    button = page.locator(".people button").first
    household = button.get_attribute("data-household")
    button.click()
    page.wait_for_selector(f"[data-card='{household}']")
    told = ask.get(f"{address}api/households/{household}").json()
    water = next(n for n in told["needs"] if n["need"] == "water")
    assert water["sentence"]["zh"] in page.inner_text(".card")
    page.click(".card button")


def test_a_layer_is_switched_on_the_map(page: Any) -> None:
    box = page.locator("[data-layer=roads]")
    before = picture(page)
    box.click()
    wait_until_drawn_anew(page, before)
    box.click()


def test_a_site_is_drawn_and_judged(page: Any) -> None:
    page.click("[data-draw=start]")
    canvas = page.locator("canvas.maplibregl-canvas").bounding_box()
    x, y = canvas["x"] + canvas["width"] / 2, canvas["y"] + canvas["height"] / 2
    for dx, dy in ((0, 0), (50, 0), (50, 40), (0, 40), (0, 0)):
        page.mouse.click(x + dx, y + dy)
        page.wait_for_timeout(300)
    page.wait_for_selector("[data-verdict]")
    assert page.locator("[data-verdict] .rules li").count() > 10
    page.click("[data-draw=start]")


def test_a_changed_standard_says_who_gains_and_who_loses(page: Any, address: str) -> None:
    page.click(".whatif summary")
    page.fill("[data-knob='water.reach_m'] input", "600")
    page.wait_for_selector("[data-changed]")
    told = ask.post(f"{address}api/what-if", json={"standard": {"water.reach_m": 600}}).json()
    assert page.get_attribute("[data-changed]", "data-changed") == str(told["changed_count"])
    assert told["changed_count"] > 0


def test_the_page_speaks_english(page: Any) -> None:
    page.get_by_role("button", name="English").click()
    page.wait_for_selector("text=Who lacks what")
    assert "safe water" in page.inner_text("[data-need=water]")
