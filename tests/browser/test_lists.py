"""What is chosen in a list is gone to on the map; what is chosen on the map leaves it where it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.asking import ask
from tests.browser.opened import opened, served

ROOT = Path(__file__).parents[2]
SCALE = ".maplibregl-ctrl-scale"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The service over the toy with works."""
    with served("tests.works_shown.serve") as address:
        yield address


@pytest.fixture(scope="module")
def page(browser: Any, address: str) -> Iterator[Any]:
    url, ready = f"{address}/?flat", "body[data-works-drawn]"
    with opened(browser, url, width=1200, height=760, ready=ready) as page:
        page.click("aside.left details summary")
        yield page


def metres(page: Any) -> float:
    number, unit = page.inner_text(SCALE).split()
    return float(number) * (1000 if unit == "km" else 1)


def scale(page: Any) -> float:
    """Metres of the scale bar once the map rests."""
    read = [-1.0, -2.0, -3.0]
    while len(set(read[-3:])) > 1:
        page.wait_for_timeout(300)
        read.append(metres(page))
        assert len(read) < 100
    return read[-1]


def from_afar(page: Any) -> float:
    for _ in range(4):
        page.click(".maplibregl-ctrl-zoom-out")
        page.wait_for_timeout(400)
    return scale(page)


def click_the_middle(page: Any) -> None:
    canvas = page.locator("canvas.maplibregl-canvas").bounding_box()
    page.mouse.click(canvas["x"] + canvas["width"] / 2, canvas["y"] + canvas["height"] / 2)


def test_a_household_of_a_list_is_gone_to(page: Any) -> None:
    far = from_afar(page)
    button = page.locator("aside.left .people button").first
    household = button.get_attribute("data-household")
    button.click()
    near = scale(page)
    assert near < far / 4
    page.click(".card button")
    click_the_middle(page)
    page.wait_for_selector(f"[data-card='{household}']")
    page.click(".maplibregl-ctrl-zoom-in")
    close = scale(page)
    button.click()
    assert scale(page) == close  # it was well seen already


def test_a_click_on_the_map_leaves_it_where_it_is(page: Any) -> None:
    page.click(".card button")
    far = from_afar(page)
    click_the_middle(page)
    page.wait_for_selector("[data-card]")
    assert scale(page) == far
    page.click(".card button")


@pytest.mark.parametrize(
    ("opener", "choice"),
    [
        (".systems > summary", ".systems [data-system]:enabled"),
        (".sites", "[data-listed] summary"),
        ("[data-open='unserved=all']", ".opened [data-household]"),
    ],
)
def test_so_are_systems_sites_and_those_behind_a_number(page: Any, opener: str, choice: str) -> None:
    page.locator(opener).click(position={"x": 5, "y": 5})
    page.wait_for_selector(choice)
    far = from_afar(page)
    page.locator(choice).first.click()
    assert scale(page) < far / 2


def test_a_group_is_gone_to_with_all_its_households(page: Any) -> None:
    page.click("[data-mode=relocation]:enabled")
    page.click("[data-tab=moving]")
    page.wait_for_selector("[data-open^='village=']")
    far = from_afar(page)
    page.locator("[data-open^='village=']").first.click()
    assert scale(page) < far / 2
    page.click("[data-mode=gaps]")


def test_one_is_named_as_one(page: Any, address: str) -> None:
    page.click("[data-lang=zh]")
    page.wait_for_selector("text=Who lacks what")
    homes = [f["properties"] for f in ask.get(f"{address}/api/map/households").json()["features"]]
    known = {h["people"]: h["id"] for h in homes if h["people"]}
    for people, home in sorted(known.items())[:2]:
        page.fill(".search input", home)
        page.locator(".search li button").first.click()
        page.wait_for_selector(f"[data-card='{home}']")
        assert f" {people} {'person' if people == 1 else 'people'}" in page.inner_text(".card .note")


def test_a_household_without_a_place_is_told_all_the_same(browser: Any, address: str) -> None:
    page = browser.new_context(locale="zh-CN").new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    lost: list[dict[str, Any]] = []

    def without(route: Any) -> None:
        found = route.fetch().json()
        lost.append(found["features"][0]["properties"])
        found["features"][0]["geometry"] = None
        route.fulfill(json=found)

    page.route("**/api/map/households", without)
    page.goto(f"{address}/?flat")
    page.wait_for_selector("body[data-works-drawn]", timeout=60_000)
    page.click(f"[data-village='{lost[0]['village']}']")
    page.fill(".search input", lost[0]["id"])
    page.locator(".search li button").first.click()
    page.wait_for_selector(f"[data-card='{lost[0]['id']}']")
    assert errors == []
    page.context.close()


def test_a_card_is_seen_wherever_its_column_stands(page: Any, address: str) -> None:
    home = ask.get(f"{address}/api/map/households").json()["features"][1]["properties"]["id"]
    page.evaluate("document.querySelector('aside.right').scrollTo(0, 1e6)")
    assert page.evaluate("document.querySelector('aside.right').scrollTop") > 200
    page.fill(".search input", home)
    page.locator(".search li button").first.click()
    page.wait_for_selector(f"[data-card='{home}']")
    frame = page.locator("[data-card] h2").bounding_box()
    assert 0 <= frame["y"] < 760 - frame["height"]
    page.click("[data-card] h2 button")


def test_on_a_telephone_map_and_card_are_seen_together(browser: Any, address: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, locale="zh-CN")
    page = context.new_page()
    page.goto(f"{address}/?flat")
    page.wait_for_selector("body[data-works-drawn]", timeout=60_000)
    page.click("aside.left details summary")
    page.locator("aside.left .people button").nth(1).click()
    page.wait_for_selector("[data-card]")
    field = page.locator(".map").bounding_box()
    card = page.locator("[data-card] h2").bounding_box()
    assert field["y"] >= 0
    assert field["y"] + field["height"] <= card["y"] < 844 - card["height"]
    caption, zoom = (
        page.locator(".caption").bounding_box(),
        page.locator(".maplibregl-ctrl-zoom-in").bounding_box(),
    )
    assert caption["x"] + caption["width"] <= zoom["x"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()
