"""map.html in a real browser with the network off: what a planner does with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from geo.plan import Plan
from geo.verdicts import NEEDS, sentences
from maps.assets import FOLDER
from maps.page import draw_page
from tests.maps.toy import toy_plan

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="assets are not built (make setup)")


@pytest.fixture(scope="module")
def plan() -> Plan:
    return toy_plan()


@pytest.fixture(scope="module")
def address(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("page") / "map.html"
    draw_page(plan, path)
    return path.as_uri()


@pytest.fixture
def page(browser: Any, address: str) -> Iterator[Any]:
    """The open map. Whatever it asks of a network, and every error, fails the test.

    One warning is of our own making: reading the canvas back (`coloured`).
    """
    context = browser.new_context(offline=True, viewport={"width": 1280, "height": 800})
    page = context.new_page()
    asked: list[str] = []
    errors: list[str] = []
    page.on("request", lambda r: asked.append(r.url) if r.url.split(":")[0] not in ("data", "blob") else None)
    page.on("console", lambda m: errors.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda e: errors.append(str(e)))
    page.goto(address)
    page.wait_for_function("window.xiangtu && window.xiangtu.ready")
    yield page
    assert asked == [address]
    assert [e for e in errors if "willReadFrequently" not in e] == []
    context.close()


def count(page: Any, key: str) -> int:
    return int(page.inner_text(f'#legend [data-class="{key}"]'))


READING = """([r, g, b]) => new Promise((answer) => requestAnimationFrame(() => requestAnimationFrame(() => {
    const canvas = document.querySelector(".leaflet-overlay-pane canvas");
    const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    let n = 0;
    for (let i = 0; i < data.length; i += 4)
        if (data[i] === r && data[i + 1] === g && data[i + 2] === b && data[i + 3] > 200) n++;
    answer(n);
})))"""


def coloured(page: Any, rgb: tuple[int, int, int]) -> int:
    """Pixels of exactly this colour on the map, once it has been drawn."""
    return int(page.evaluate(READING, list(rgb)))


def test_it_opens_on_the_number_of_gaps(page: Any, plan: Plan) -> None:
    table = plan.gaps.households
    gaps = (table["state"] == "unmet").groupby(table["household"]).sum()
    assert count(page, "0") == (gaps == 0).sum()
    assert count(page, "1-2") == gaps.between(1, 2).sum()
    assert count(page, "7+") == (gaps >= 7).sum()
    assert "测试乡" in page.inner_text("#title")
    assert "2019-05-20" in page.inner_text("#title")
    assert page.is_visible(".leaflet-control-scale-line")


@pytest.mark.parametrize("need", ["water", "clinic", "housing"])
def test_a_need_is_one_click_away(page: Any, plan: Plan, need: str) -> None:
    page.click(f'#views [data-view="{need}"]')
    states = plan.gaps.states()[need].value_counts()
    for state in ("met", "unmet", "unknown"):
        assert count(page, state) == states.get(state, 0)
    assert (coloured(page, (0xD5, 0x5E, 0x00)) > 0) == bool(states.get("unmet", 0))
    assert need in page.url


def test_registered_poor_and_one_village_alone(page: Any, plan: Plan) -> None:
    homes = plan.area.layers["households"]
    page.check("#poor")
    poor = homes["poor"].fillna(False).to_numpy(bool)
    numbers = [int(t) for t in page.locator("#legend b").all_inner_texts()]
    assert sum(numbers) == poor.sum()
    page.select_option("#village", "V2")
    numbers = [int(t) for t in page.locator("#legend b").all_inner_texts()]
    assert sum(numbers) == (poor & (homes["village"] == "V2").to_numpy()).sum()


def test_a_household_is_found_and_says_why(page: Any, plan: Plan) -> None:
    page.fill("#search", "H0007")
    page.press("#search", "Enter")
    card = page.locator(".card.household")
    assert card.get_attribute("data-id") == "H0007"
    table = plan.gaps.households
    mine = table[(table["household"] == "H0007") & (table["state"] == "unmet")]
    for need, sentence in zip(mine["need"], sentences(mine, "zh"), strict=True):
        assert sentence in card.locator(f'[data-need="{need}"]').inner_text()
    name = plan.area.layers["households"].set_index("id").loc["H0007", "name"]
    assert name not in page.content()


def test_a_click_on_a_household_opens_it(page: Any) -> None:
    page.click('#layers [data-layer="villages"]')
    at = page.evaluate(
        """() => {
            const { map, markers } = xiangtu, place = markers[3].getLatLng();
            map.setView(place, 18, { animate: false });
            const point = map.latLngToContainerPoint(place), box = map.getContainer().getBoundingClientRect();
            return [point.x + box.x, point.y + box.y];
        }"""
    )
    page.mouse.click(*at)
    assert page.locator(".card.household").get_attribute("data-id") == "H0003"


def test_groups_villages_and_sites_are_found_and_say_their_part(page: Any, plan: Plan) -> None:
    page.fill("#search", "下寨组")
    page.click("#hits button >> nth=0")
    assert page.locator('[data-layer="groups"].card').is_visible()
    page.fill("#search", "马场安置点")
    page.click("#hits button >> nth=0")
    [site] = plan.sites
    said = site.reasons("zh")[site.rules["state"] != "pass"]
    text = page.inner_text('[data-layer="sites"].card')
    assert all(sentence in text for sentence in said)
    page.fill("#search", "没有这个")
    assert "没有找到" in page.inner_text("#hits")


def test_the_language_is_one_click_away_and_keeps_the_card(page: Any, plan: Plan) -> None:
    page.evaluate("xiangtu.goTo(xiangtu.find('H0007')[0])")
    page.click("#language")
    assert "who still lacks what" in page.inner_text("#title")
    table = plan.gaps.households
    mine = table[(table["household"] == "H0007") & (table["state"] == "unmet")]
    assert sentences(mine, "en").iloc[0] in page.inner_text(".card.household")
    assert page.get_attribute("html", "lang") == "en"
    page.click("#language")
    assert "谁还缺什么" in page.inner_text("#title")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_sentence_is_the_one_the_science_says(page: Any, plan: Plan, lang: str) -> None:
    """The browser fills the templates itself; all of them must come out as in Python."""
    table = plan.gaps.households
    for need in NEEDS:
        rows = table[table["need"] == need]
        theirs = page.evaluate(
            "([need, n, lang]) => Array.from({length: n}, (_, i) => xiangtu.sentence(need, i, lang))",
            [need, len(rows), lang],
        )
        assert theirs == sentences(rows, lang).tolist(), need


def test_numbers_are_written_as_python_writes_them(page: Any) -> None:
    numbers = [0.0, 0.5, 1.5, 2.5, 0.125, 2.675, 1.005, 1234567.891, 999.5, 0.05, 12.25, 1e-7, -1.5, -1234.5]
    for spec in (".0f", ",.0f", ".1f", ",.2f", ".0%", ".1%", "+.1f", "d"):
        usable = [n for n in numbers if spec != "d" or n.is_integer()]
        ours = [format(int(n) if spec == "d" else n, spec) for n in usable]
        assert (
            page.evaluate("([ns, s]) => ns.map((n) => xiangtu.formatNumber(n, s))", [usable, spec]) == ours
        ), spec


def test_text_of_the_data_is_text(page: Any) -> None:
    page.evaluate("xiangtu.goTo(xiangtu.find('V3')[0])")
    assert "<b>坡头</b>村" in page.inner_text(".card")
    assert page.locator(".card h3 b, #village b, .label b").count() == 0


def test_a_layer_is_switched_off_and_on(page: Any) -> None:
    hazard = (0xC8, 0x10, 0x2E)
    before = coloured(page, hazard)
    assert before > 0
    page.uncheck('#layers [data-layer="hazards"]')
    assert coloured(page, hazard) < before / 10
    page.check('#layers [data-layer="hazards"]')
    assert coloured(page, hazard) > before / 3  # edges are smoothed a little differently each time


def test_on_a_telephone_the_map_is_still_seen(page: Any) -> None:
    page.set_viewport_size({"width": 390, "height": 780})
    page.click("#fold")
    box = page.locator(".folium-map").bounding_box()
    assert box["width"] == 390
    assert box["height"] > 600


def test_a_household_without_a_place_is_counted_found_and_said_to_be_missing(
    browser: Any, plan: Plan, tmp_path: Path
) -> None:
    homes = plan.area.layers["households"].copy()
    homes.loc[5, "geometry"] = None
    draw_page(replace(plan, area=plan.area.with_layer("households", homes)), tmp_path / "map.html")
    page = browser.new_context(offline=True).new_page()
    page.goto((tmp_path / "map.html").as_uri())
    page.wait_for_function("window.xiangtu && window.xiangtu.ready")
    assert page.inner_text("#legend .note") == "其中 1 户无位置，图上不显示"
    assert sum(int(t) for t in page.locator("#legend b").all_inner_texts()) == len(homes)
    page.evaluate("xiangtu.goTo(xiangtu.find('H0005')[0])")
    assert page.get_attribute(".card.household", "data-id") == "H0005"
    page.context.close()
