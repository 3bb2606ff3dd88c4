"""A new plan keeps nobody waiting: what is asked for first is made before it is shown."""

from __future__ import annotations

from threading import Event, Thread

import pytest
from starlette.testclient import TestClient

from geo.plan import Plan
from service.app import create_app
from service.jobs import Desk
from service.settings import Settings
from tests.asking import PATIENCE_S
from tests.service.conftest import HERE
from tests.service.toy import ToyWork


@pytest.fixture(scope="module")
def plan() -> Plan:
    desk = Desk(Settings(), ToyWork())
    desk.start()
    desk.join()
    return desk.plan()


def half_way(plan: Plan, settings: Settings | None = None, **more: object) -> Desk:
    desk = Desk(settings or Settings(), ToyWork(), **more)  # type: ignore[arg-type]
    desk._tell(stage="designing", area=plan.area, standard=plan.standard, plan=plan)
    return desk


def test_answers_from_before_serve_until_those_of_the_new_plan_are_made(plan: Plan) -> None:
    begun, may_end = Event(), Event()

    def first(beside: Desk) -> None:
        assert beside.designed() is plan
        begun.set()
        assert may_end.wait(PATIENCE_S)
        beside.once("asked for first", lambda: "new")

    desk = half_way(plan, Settings(wait_s=0.01), first=first)
    assert desk.once("asked for first", lambda: "old") == "old"
    thread = Thread(target=desk._publish, args=(plan,))
    thread.start()
    assert begun.wait(PATIENCE_S)
    assert desk.state.stage == "designing"
    assert desk.once("asked for first", lambda: "neither") == "old"
    assert desk.once("something else", lambda: "made at once") == "made at once"  # nobody holds the turn
    may_end.set()
    thread.join()
    assert desk.state.stage == "ready"
    assert desk.once("asked for first", lambda: "late") == "new"
    assert desk.once("something else", lambda: "anew") == "anew"


def test_an_answer_to_the_plan_before_is_kept_for_no_one_else(plan: Plan) -> None:
    desk, asked = half_way(plan), []
    with desk.turn():
        waiting = Thread(target=lambda: asked.append(desk.once("key", lambda: "of the plan before")))
        waiting.start()
        waiting.join(0.2)  # it stands in line
        desk._publish(plan)
    waiting.join()
    assert asked == ["of the plan before"]
    assert desk.once("key", lambda: "of the new plan") == "of the new plan"


def test_tiles_of_the_ground_outlive_a_plan(plan: Plan) -> None:
    desk = half_way(plan)
    desk.once("tile", lambda: "ground", shelf="tiles")
    desk._publish(plan)
    assert desk.once("tile", lambda: "anew", shelf="tiles") == "ground"


def test_first_answers_that_fail_do_not_take_the_plan_along(plan: Plan) -> None:
    def first(_: Desk) -> None:
        raise ZeroDivisionError

    desk = half_way(plan, first=first)
    desk._publish(plan)
    assert desk.designed() is plan


def test_the_first_screen_is_made_when_it_is_shown() -> None:
    app = create_app(Settings(), ToyWork())
    with TestClient(app, base_url=HERE) as client:
        desk: Desk = app.state.desk
        desk.join(PATIENCE_S)
        with desk.turn():  # in another thread nothing new can be made
            for path in ("summary", "map/households", "map/roads", "map/sites", "works", "relocation"):
                assert client.get(f"/api/{path}").status_code == 200, path
