"""Planned works in a real browser: clicked, programmed, drafted by hand; and in map.html."""

from __future__ import annotations

from collections.abc import Iterator
from math import cos, dist, radians
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

from geo.plan import Plan
from maps.assets import FOLDER
from maps.page import draw_page
from tests.asking import PATIENCE_S, ask
from tests.browser.drawn import at_rest, picture, wait_until_drawn_anew
from tests.browser.opened import opened, served
from tests.maps.toy import toy_area
from tests.works_shown.fake import planned

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The service over the toy with works, once all is planned."""
    with served("tests.works_shown.serve") as address:
        deadline = monotonic() + PATIENCE_S
        while ask.get(f"{address}/api/status").json()["stage"] != "ready":
            assert monotonic() < deadline
            sleep(0.2)
        yield address


@pytest.fixture(scope="module")
def page(browser: Any, address: str) -> Iterator[Any]:
    url, ready = f"{address}?flat", "body[data-works-drawn]"
    with opened(browser, url, width=1300, height=900, ready=ready) as page:
        yield page


def click_at(page: Any, place: list[float], box: tuple[float, float, float, float]) -> None:
    """Click where `place` lies, the map showing `box` (degrees) 40 px within its edges, in Mercator."""
    canvas = page.locator("canvas.maplibregl-canvas").bounding_box()
    west, south, east, north = box
    stretch = 1 / cos(radians((south + north) / 2))
    scale = min((canvas["width"] - 80) / (east - west), (canvas["height"] - 80) / ((north - south) * stretch))
    x = canvas["x"] + canvas["width"] / 2 + (place[0] - (west + east) / 2) * scale
    y = canvas["y"] + canvas["height"] / 2 - (place[1] - (south + north) / 2) * stretch * scale
    page.mouse.click(x, y)


def test_a_click_on_a_work_tells_its_price(page: Any, address: str) -> None:
    features = ask.get(f"{address}/api/works").json()["features"]
    bbox = ask.get(f"{address}/api/summary").json()["bbox"]
    pool = next(f for f in features if f["properties"]["kind"] == "pool")
    click_at(page, pool["geometry"]["coordinates"], tuple(bbox))
    page.wait_for_selector("[data-work='W-0006']")
    told = ask.get(f"{address}/api/works/W-0006").json()
    assert page.inner_text("[data-price]") == f"{told['price']['likely'] / 1e4:,.2f}"
    assert page.inner_text("[data-quantity]") == f"{told['quantity']:,.1f}"
    assert "EPANET" in page.inner_text(".work .system")
    page.click(".work .scheme summary")
    page.wait_for_selector(".scheme circle.tap")
    assert "30.0" in page.locator(".scheme circle.tap title").text_content()
    assert page.inner_text("[data-each]") == f"{told['system']['each']['likely']:,.0f}"
    assert behind(page, "work=W-0006", page.locator(".work [data-open]")) == told["serves"]


def behind(page: Any, what: str, button: Any) -> list[str]:
    """The households a number opens to, listed by masked name."""
    assert button.get_attribute("data-open") == what
    button.click()
    page.wait_for_selector(".opened [data-household]")
    rows = page.locator(".opened [data-household]").all()
    assert all("*" in row.inner_text() for row in rows)
    found = [row.get_attribute("data-household") for row in rows]
    page.click(".opened h2 button")
    page.wait_for_selector(".opened", state="detached")
    return found


def test_who_cannot_be_served_is_opened_with_why(page: Any, address: str) -> None:
    told = ask.get(f"{address}/api/behind?unserved=all").json()
    page.wait_for_selector("[data-open='unserved=all']")
    assert f"{told['count']} 户次" in page.inner_text("[data-open='unserved=all']")
    page.click("[data-open='unserved=all']")
    page.wait_for_selector(f".opened[data-behind='{told['count']}']")
    assert told["households"][0]["sentence"]["zh"] in page.inner_text(".opened .why >> nth=0")
    page.click(".opened h2 button")
    one = ask.get(f"{address}/api/behind?unserved=water").json()["ids"]
    assert behind(page, "unserved=water", page.locator("[data-open='unserved=water']")) == one


def test_the_number_of_checked_systems_opens_to_each_of_them(page: Any, address: str) -> None:
    told = ask.get(f"{address}/api/works/systems").json()["systems"]
    page.click("[data-systems] summary")
    page.wait_for_selector("[data-system]")
    listed = page.locator("[data-system]")
    assert [each.get_attribute("data-system") for each in listed.all()] == [each["id"] for each in told]
    for button, each in zip(listed.all(), told, strict=True):
        assert each["sentence"]["zh"] in button.inner_text()
    listed.first.click()
    page.wait_for_selector(f"[data-work='{told[0]['work']}'] [data-system-price='{told[0]['id']}']")
    page.click("[data-systems] summary")


def test_the_number_of_problems_opens_to_each_of_them(page: Any, address: str) -> None:
    told = ask.get(f"{address}/api/problems").json()
    assert told["count"] == 3
    page.click("[data-open=problems]")
    page.wait_for_selector(f"[data-problems='{told['count']}']")
    for each in told["problems"]:
        line = page.inner_text(f"[data-problem={each['key']}]")
        assert each["file"] in line
        assert each["what"]["zh"] in line
        assert each["todo"]["zh"] in line
    page.keyboard.press("Escape")
    assert page.locator("[data-problems]").count() == 0


def test_what_exists_tells_who_loses_service_if_it_fails(page: Any, address: str) -> None:
    """A click on an existing pool, spring, transformer or bridge opens those who hang on it alone."""
    features = ask.get(f"{address}/api/crucial").json()["features"]
    homes = ask.get(f"{address}/api/map/households").json()["features"]
    found = []
    for one in (f for f in features if f["households"] and f["layer"] != "roads"):
        drawn = ask.get(f"{address}/api/map/{one['layer']}").json()["features"]
        place = next(f for f in drawn if f["properties"]["id"] == one["id"])["geometry"]["coordinates"]
        found.append((min(dist(place, home["geometry"]["coordinates"]) for home in homes), place, one))
    _, place, one = max(found, key=lambda each: each[0])  # a click beside a household means the household
    bbox = ask.get(f"{address}/api/summary").json()["bbox"]
    shown_layers = page.locator(".works [data-layer]:checked")
    layers = shown_layers.evaluate_all("boxes => boxes.map(b => (b.click(), b.dataset.layer))")
    page.wait_for_timeout(500)
    click_at(page, place, tuple(bbox))
    page.wait_for_selector(f".opened[data-behind='{one['households']}']")
    shown = [b.get_attribute("data-household") for b in page.locator(".opened [data-household]").all()]
    assert shown == one["loses"][: len(shown)]
    assert "失效" in page.inner_text(".opened h2")
    page.keyboard.press("Escape")
    page.wait_for_selector(".opened", state="detached")
    page.evaluate(
        "layers => layers.forEach(l => document.querySelector(`.works [data-layer=${l}]`).click())", layers
    )


def test_each_kind_has_its_switch(page: Any, address: str) -> None:
    kinds = {f["properties"]["kind"] for f in ask.get(f"{address}/api/works").json()["features"]}
    assert page.locator(".works [data-layer]").count() == len(kinds)
    before = picture(page)
    page.click(".works [data-layer=work_road_new]")
    wait_until_drawn_anew(page, before)
    page.click(".works [data-layer=work_road_new]")


def test_budgets_choose_works_on_the_map(page: Any, address: str) -> None:
    page.fill("[data-budgets]", "much")
    page.click("[data-programme=ask]")
    assert "500,300" in page.inner_text(".programme .bad")
    before = picture(page)
    page.fill("[data-budgets]", "30,20")
    page.click("[data-programme=ask]")
    page.wait_for_selector("[data-chosen]")
    told = ask.post(f"{address}/api/programme", json={"budgets": [30, 20]}).json()
    assert page.get_attribute("[data-chosen]", "data-chosen") == str(len(told["chosen"]))
    for year in told["years"]:
        line = page.inner_text(f"[data-year='{year['year']}']")
        assert f"{year['spent']:,.1f}/{year['budget']:,.1f}" in line
        who = ask.get(f"{address}/api/behind?year={year['year']}&budgets=30,20").json()
        assert who["count"] == year["households"]
        if who["count"]:
            button = page.locator(f"[data-open='year={year['year']}']")
            listed = behind(page, f"year={year['year']}", button)
            assert listed == [row["household"] for row in who["households"]]
    assert str(told["not_chosen_count"]) in page.inner_text(".programme details summary")
    assert page.locator(".frontier polyline").count() == 1
    wait_until_drawn_anew(page, before)


def test_a_pool_placed_by_hand_says_whom_it_serves(page: Any) -> None:
    page.click("[data-draft=pool]")
    canvas = page.locator("canvas.maplibregl-canvas").bounding_box()
    page.mouse.click(canvas["x"] + canvas["width"] / 2 - 30, canvas["y"] + canvas["height"] / 2 - 40)
    page.wait_for_selector("[data-gained]")
    assert int(page.get_attribute("[data-gained]", "data-gained")) > 0
    assert "20.0 m³" in page.inner_text(".draft .outcome")
    page.click(".draft details summary")
    shown = {b.get_attribute("data-household") for b in page.locator(".draft [data-household]").all()}
    assert len(shown) == int(page.get_attribute("[data-gained]", "data-gained"))
    page.click("[data-draft=cancel]")


def test_a_road_drawn_by_hand_has_a_price_and_a_profile(page: Any) -> None:
    page.click("[data-draft=road]")
    canvas = page.locator("canvas.maplibregl-canvas").bounding_box()
    x, y = canvas["x"] + canvas["width"] / 2, canvas["y"] + canvas["height"] / 2
    for dx, dy in ((0, -100), (30, 0), (60, 60), (60, 60)):
        page.mouse.click(x + dx, y + dy)
        page.wait_for_timeout(350)
    page.wait_for_selector("[data-gained]")
    assert "万元" in page.inner_text(".draft .outcome")
    assert page.locator(".draft .profile polyline").count() == 1
    assert page.locator(".draft .profile .steep").count() == 1
    assert page.locator(".draft .profile [data-chainage]").count() >= 2
    assert page.locator(".draft .profile [data-elevation]").count() >= 1
    told = page.locator(".draft .profile svg").text_content()
    assert "里程(m)" in told
    assert "高程(m)" in told
    page.click("[data-draft=cancel]")


def test_numbers_of_other_budgets_do_not_stay(page: Any) -> None:
    assert page.locator("[data-chosen]").count() == 1
    page.fill("[data-budgets]", "99999999")  # more than the server takes
    page.click("[data-programme=ask]")
    assert "500,300" in page.inner_text(".programme .bad")
    assert page.locator("[data-chosen]").count() == 0


def test_escape_ends_a_drawing_and_closes_a_card(page: Any) -> None:
    page.wait_for_selector("[data-work]")
    page.click("[data-draft=road]")
    page.wait_for_selector("[data-draft=cancel]")
    page.locator("h1").click()  # the focus is nowhere
    page.keyboard.press("Escape")
    page.wait_for_selector("[data-draft=road]")
    assert page.locator("[data-work]").count() == 1
    page.keyboard.press("Escape")
    page.wait_for_selector("[data-work]", state="detached")


def test_what_fails_is_told(page: Any) -> None:
    answer = {"status": 503, "content_type": "application/problem+json", "body": '{"detail": "忙"}'}
    page.route("**/api/works/*", lambda route: route.fulfill(**answer))
    page.fill("[data-budgets]", "30,20")
    page.click("[data-programme=ask]")
    page.click(".programme details summary")
    page.locator(".programme details li button").first.click()
    page.wait_for_selector("[role=alert]")
    assert "忙" in page.inner_text("[role=alert]")
    page.unroute("**/api/works/*")
    page.click("[role=alert] button")


def test_a_server_that_has_only_just_started_is_asked_again(browser: Any, address: str) -> None:
    """The words of the page may be asked for before the standard is read: 503, and that is not the end."""
    page = browser.new_context(locale="zh-CN").new_page()
    left = [2]

    def not_yet(route: Any) -> None:
        left[0] -= 1
        if left[0] >= 0:
            route.fulfill(status=503, content_type="application/problem+json", body='{"title": "x"}')
        else:
            route.continue_()

    page.route("**/api/catalogue", not_yet)
    page.goto(f"{address}?flat")
    page.wait_for_selector("[data-need=water]")
    assert left[0] < 0
    page.context.close()


def test_what_is_counted_in_pieces_has_no_unit_of_one(page: Any, address: str) -> None:
    works = ask.get(f"{address}/api/works").json()["features"]
    told = (ask.get(f"{address}/api/works/{f['properties']['id']}").json() for f in works)
    one = next(work for work in told if work["unit"] == "1")
    page.route("**/api/works/*", lambda route: route.fulfill(json=one))
    page.locator(".programme details li button").first.click()
    page.wait_for_selector(f"[data-work='{one['id']}']")
    quantity = page.locator(".work tr", has=page.locator("[data-quantity]")).inner_text()
    assert quantity.split()[-1] == f"{one['quantity']:.0f}"
    page.unroute("**/api/works/*")


def test_a_card_of_a_work_does_not_follow_into_relocation(page: Any) -> None:
    assert page.locator("[data-work]").count() == 1
    page.click("[data-mode=relocation]")
    page.wait_for_selector("[data-work]", state="detached")
    page.click("[data-mode=gaps]")
    page.wait_for_selector("[data-need=water]")


def test_a_layer_switched_off_stays_off(page: Any) -> None:
    """Neither the language nor a visit to relocation brings it back behind its empty box."""
    box = page.locator(".works [data-layer=work_road_new]")
    shown = at_rest(page)
    box.uncheck()
    hidden = at_rest(page)
    assert hidden != shown
    page.click("[data-lang=zh]")
    page.wait_for_selector("text=Who lacks what")
    assert at_rest(page) == hidden
    page.click("[data-lang=en]")
    page.click("[data-mode=relocation]")
    page.wait_for_selector("[data-relocation] [data-open]")
    page.click("[data-mode=gaps]")
    page.wait_for_selector("[data-need=water]")
    assert not box.is_checked()
    box.check()
    assert box.is_checked()


def test_the_language_does_not_undo_the_choice_of_a_village(page: Any) -> None:
    page.locator("[data-village]").first.click()
    narrowed = at_rest(page)
    page.click("[data-lang=zh]")
    page.wait_for_selector("text=Who lacks what")
    assert at_rest(page) == narrowed
    page.click("[data-lang=en]")
    page.locator("[data-village]").first.click()
    assert at_rest(page) != narrowed


def test_the_title_of_an_open_list_follows_the_language(page: Any) -> None:
    page.click("[data-open='unserved=all']")
    page.wait_for_selector(".opened h2:has-text('暂不能解决')")
    page.click("[data-lang=zh]")
    page.wait_for_selector(".opened h2:has-text('no work can serve')")
    page.click("[data-lang=en]")
    page.click(".opened h2 button")


def test_what_was_given_up_is_not_told_when_it_comes(page: Any) -> None:
    """A draft whose price is still being worked out is cancelled; a programme is left for another side."""
    held: list[Any] = []
    page.route("**/api/works/draft", lambda route: held.append(route))
    page.click("[data-draft=pool]")
    canvas = page.locator("canvas.maplibregl-canvas").bounding_box()
    page.mouse.click(canvas["x"] + canvas["width"] / 2 - 30, canvas["y"] + canvas["height"] / 2 - 40)
    page.wait_for_selector(".draft progress")
    page.click("[data-draft=cancel]")
    with page.expect_response("**/api/works/draft"):
        held[0].continue_()
    page.wait_for_timeout(300)
    assert page.locator("[data-gained]").count() == 0
    page.unroute("**/api/works/draft")
    page.route("**/api/programme", lambda route: held.append(route))
    page.fill("[data-budgets]", "30,20")
    page.click("[data-programme=ask]")
    page.wait_for_selector(".programme progress")
    page.click("[data-mode=relocation]")
    page.wait_for_selector("body[data-relocation-drawn]")
    before = at_rest(page)
    with page.expect_response("**/api/programme"):
        held[1].continue_()
    assert at_rest(page) == before
    page.unroute("**/api/programme")
    page.click("[data-mode=gaps]")


def test_a_number_may_be_typed_anew(page: Any) -> None:
    field = page.locator(".draft input[type=number]")
    field.click()
    field.press("End")
    for _ in range(3):
        field.press("Backspace")
    assert field.input_value() == ""
    field.press_sequentially("35")
    assert field.input_value() == "35"
    field.fill("")
    page.locator("h1").click()
    assert field.input_value() == "35"  # nothing is no volume: the one before


def test_escape_works_from_a_box_that_was_ticked(page: Any) -> None:
    page.click("[data-open='unserved=all']")
    page.wait_for_selector(".opened")
    box = page.locator("[data-layer=roads]")
    box.click()
    box.click()
    page.keyboard.press("Escape")
    page.wait_for_selector(".opened", state="detached")


def test_a_server_that_is_gone_is_told_in_words(page: Any) -> None:
    page.route("**/api/behind*", lambda route: route.abort())
    page.click("[data-open='unserved=all']")
    page.wait_for_selector("[role=alert]")
    assert "没有回应" in page.inner_text("[role=alert]")
    page.unroute("**/api/behind*")
    page.click("[role=alert] button")


# ------------------------------------------------------------------ map.html
@pytest.fixture(scope="module")
def plan() -> Plan:
    return planned(toy_area(60), (300_000.0, 200_000.0))


def test_map_html_tells_of_works_without_a_network(browser: Any, plan: Plan, tmp_path: Path) -> None:
    if not FOLDER.is_dir():
        pytest.skip("assets are not built (make setup)")
    draw_page(plan, tmp_path / "map.html")
    page = browser.new_context(offline=True, viewport={"width": 1280, "height": 800}).new_page()
    errors: list[str] = []
    page.on("pageerror", lambda e: errors.append(str(e)))
    page.goto((tmp_path / "map.html").as_uri())
    page.wait_for_function("window.xiangtu && window.xiangtu.ready")
    assert page.locator("#works input").count() == len(plan.works.table["kind"].unique())
    costs = plan.costs.table.set_index("work")
    for work in ("R-0002", "W-0008", "P-0012"):
        page.fill("#search", work)
        page.press("#search", "Enter")
        text = page.inner_text(f".card[data-work='{work}']")
        assert f"{costs.loc[work, 'likely'] / 1e4:,.2f}" in text
        assert ("年计划" in text) or ("未列入计划" in text)
    assert "校核未通过" in text  # the power system of the toy did not pass
    page.fill("#search", "R-0002")
    page.press("#search", "Enter")
    page.wait_for_function("document.querySelectorAll('.card').length === 1")  # the card before fades out
    assert page.locator(".card svg.profile polyline").count() == 1
    assert "隐患区" in page.inner_text(".card .danger")
    page.click("#language")
    page.locator(".card.work", has_text="new road").wait_for()
    assert errors == []
    page.context.close()
