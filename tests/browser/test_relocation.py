"""The relocation side of the live page: danger, who moves, a search, why not here, a comparison."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.asking import ask
from tests.browser.opened import opened, served

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The toy in danger."""
    with served("tests.relocation_shown.serve") as address:
        yield address


def refused(page: Any, errors: list[str]) -> None:
    page.on(
        "response",
        lambda answer: errors.append(f"{answer.status} {answer.url}") if answer.status >= 400 else None,
    )


@pytest.fixture(scope="module")
def page(browser: Any, address: str) -> Iterator[Any]:
    url, ready = f"{address}/?flat", "body[data-map=ready]"
    with opened(browser, url, width=1300, height=800, ready=ready, watch=refused) as page:
        page.click("[data-mode=relocation]:enabled")
        page.wait_for_selector("[data-relocation=danger] [data-open]")
        yield page


def test_danger_opens_to_its_households(page: Any, address: str) -> None:
    truth = ask.get(f"{address}/api/relocation").json()["danger"]["relations"]["inside"]["households"]
    line = page.locator("[data-open='relation=inside']")
    assert line.locator("b").inner_text() == str(truth)
    line.click()
    page.wait_for_selector(f"[data-behind='{truth}']")
    assert page.locator("[data-behind] [data-household]").count() == truth
    page.locator("[data-behind] [data-household]").first.click()
    page.wait_for_selector(".card[data-card] .move[data-decision]")
    page.wait_for_selector("body[data-relocation-drawn=yes]")


def test_the_cautious_number_opens_too(page: Any, address: str) -> None:
    damage = ask.get(f"{address}/api/relocation").json()["danger"]["damage_cautious"]
    grade, truth = max(
        ((g, t["households"]) for g, t in damage.items() if g != "0"), key=lambda each: each[1]
    )
    button = page.locator(f"[data-open='damage_cautious={grade}']")
    assert button.inner_text() == f"/ {truth}"
    if truth:
        button.click()
        page.wait_for_selector(f"[data-behind='{truth}']")


def test_who_moves_and_who_came_back(page: Any, address: str) -> None:
    page.click("[data-tab=moving]")
    page.wait_for_selector("[data-rebuilt='1']")
    assert "搬迁判定" in page.inner_text(".caption")
    page.click("[data-colour=compared]")
    assert "名单" in page.inner_text(".caption")
    groups = ask.get(f"{address}/api/relocation/groups").json()["groups"]
    one = next(group for group in groups if group["group"] == "g4")
    page.click("[data-open='group=g4']")  # those who have moved already move no more
    page.wait_for_selector(f"[data-behind='{one['households']}']")


def _searched(wanted: Callable[[dict[str, Any]], bool]) -> Callable[[Any], bool]:
    """The answer to the search that asked for this: an earlier one may still be on its way."""
    return lambda r: "/api/sites/find" in r.url and wanted(r.request.post_data_json)


def test_sites_are_found_and_ranked_anew(page: Any) -> None:
    page.click("[data-tab=sites]")
    page.fill("[data-wanted=households]", "12")
    with page.expect_response(_searched(lambda asked: asked["households"] == 15)) as first:
        page.fill("[data-wanted=households]", "15")
    assert first.value.json()["features"]
    page.wait_for_selector("[data-result^='F-']")
    before = page.locator("[data-result] .rank").all_inner_texts()
    assert before[:2] == ["1", "2"]
    with page.expect_response(_searched(lambda asked: asked["weights"].get("road", 0) > 0)) as again:
        page.locator("[data-weight=road]").evaluate(
            "(e) => { const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set;"
            "set.call(e, e.max); e.dispatchEvent(new Event('input', { bubbles: true })); }"
        )
    assert again.value.json()["features"]
    page.locator("[data-site^='F-']").first.click()
    page.wait_for_selector("[data-site-card^='F-']")
    assert page.locator("[data-site-card] a[href*='sheet?format=docx']").count() == 1


def test_ticks_go_with_the_sites_they_stand_at(page: Any) -> None:
    """Another search finds other sites: what was ticked among the first is not compared unseen."""
    for box in page.locator("[data-result*='F-'] [data-pick]").all()[:2]:
        box.check()
    page.wait_for_selector("[data-compare='2']")
    with page.expect_response(_searched(lambda asked: asked["households"] == 14)):
        page.fill("[data-wanted=households]", "14")
    page.wait_for_selector("[data-pick]:checked", state="detached")
    assert page.locator("[data-compare]").count() == 0


def test_why_not_here(page: Any) -> None:
    box = page.locator(".map .canvas").bounding_box()
    with page.expect_response(lambda r: "/api/relocation/why-not" in r.url) as asked:
        page.mouse.click(box["x"] + 0.3 * box["width"], box["y"] + 0.35 * box["height"])
    answer = asked.value.json()
    page.wait_for_selector(f".why-not[data-excluded={str(answer['excluded']).lower()}]")
    assert page.locator(".why-not .rules li").count() == len(answer["rules"])


def test_sites_side_by_side(page: Any) -> None:
    for box in page.locator("[data-pick]").all()[:3]:
        box.check()
    page.click("[data-compare='3']")
    page.wait_for_selector("[data-compared='3']")
    assert page.locator(".tray thead th button").count() == 3
    assert page.locator(".tray .bar i").count() > 10
    page.locator(".tray h2 button").click()


def test_matching_shows_loads_and_the_checklist(page: Any, address: str) -> None:
    page.click("[data-tab=matching]")
    truth = ask.get(f"{address}/api/relocation/assignment").json()
    page.wait_for_selector(f"[data-matched='{truth['placed']['households']}']")
    page.fill("[data-budget]", "0")
    page.click("[data-match=again]")
    page.wait_for_selector("[data-matched='0']")
    left = ask.post(f"{address}/api/sites/assign", json={"budget": 0}).json()["left"]["households"]
    page.click("[data-open='placed=left&budget=0']")
    page.wait_for_selector(f"[data-behind='{left}']")
    page.click("[data-tab=danger]")
    page.click("[data-tab=matching]")  # what it was matched under stays with it
    assert page.input_value("[data-budget]") == "0"
    page.locator("nav button").last.click()
    page.wait_for_selector("text=Have a site")
    page.locator("nav button").last.click()
    page.wait_for_selector("[data-matched='0']")
    page.fill("[data-budget]", "much")
    assert page.is_disabled("[data-match=again]")
    assert page.locator("[role=alert]").count() == 1
    page.fill("[data-budget]", "")
    page.click("[data-match=again]")
    page.wait_for_selector(f"[data-matched='{truth['placed']['households']}']")
    measure = page.locator("[data-measure]").first
    measure.click()
    page.wait_for_selector("[data-follow-up] [data-household]")
    asked = {"measure": measure.get_attribute("data-measure"), "open": True}
    owed = ask.get(f"{address}/api/relocation/follow-up", params=asked).json()["count"]
    assert measure.inner_text().split()[-1].startswith(f"{owed}/")


def test_nothing_stays_on_the_map_that_the_view_does_not_explain(page: Any) -> None:
    page.click("[data-tab=sites]")
    page.wait_for_selector("[data-result]")
    box = page.locator(".map .canvas").bounding_box()
    with page.expect_response(lambda r: "/api/relocation/why-not" in r.url):
        page.mouse.click(box["x"] + 0.3 * box["width"], box["y"] + 0.35 * box["height"])
    page.wait_for_selector(".why-not")
    assert page.locator(".maplibregl-marker").count() == 1
    for tick in page.locator("[data-pick]").all()[:2]:
        tick.check()
    page.click("[data-compare]")
    page.wait_for_selector(".tray")
    page.click("[data-mode=gaps]")
    assert page.locator(".maplibregl-marker").count() == 0
    page.click("[data-mode=relocation]")
    page.wait_for_selector("[data-result]")
    assert page.locator(".tray, .why-not, [data-site-card]").count() == 0


def test_the_page_speaks_english_too(page: Any) -> None:
    page.locator("nav button").last.click()
    page.wait_for_selector("[data-tab=danger]:has-text('Danger')")
    page.click("[data-tab=danger]")
    page.wait_for_selector("h3:has-text('Relation to the zones')")
    page.locator("nav button").last.click()
    page.click("[data-mode=gaps]")
    page.wait_for_selector("[data-need=water]")
