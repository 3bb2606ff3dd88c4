"""Reading and planning run beside the answers."""

from __future__ import annotations

import subprocess
import sys
from threading import Event, Thread
from typing import Any

import pytest
from starlette.testclient import TestClient

from geo.errors import NothingReadableError
from geo.plan import judge
from service import jobs
from service.app import create_app
from service.errors import BusyError, FailedError, NotReadyError
from service.jobs import Desk
from service.settings import Settings
from tests.asking import PATIENCE_S
from tests.service.conftest import HERE, ROOT
from tests.service.toy import ToyWork, toy_area


class SlowWork(ToyWork):
    """Waits to be told at each step."""

    def __init__(self) -> None:
        self.may_read, self.may_plan, self.planning = Event(), Event(), Event()

    def read(self) -> Any:
        assert self.may_read.wait(60)
        return super().read()

    def plan(self, area: Any, standard: Any, progress: Any, judged: Any) -> Any:
        progress("step.gaps", 1, 4)
        self.planning.set()
        assert self.may_plan.wait(60)
        plan = judge(area, standard, progress=progress)
        judged(plan)
        return plan


def test_answers_while_reading_and_planning() -> None:
    work = SlowWork()
    app = create_app(Settings(), work)
    with TestClient(app, base_url=HERE) as client:
        assert client.get("/healthz").json()["status"] == "ok"
        assert client.get("/api/status").json() == {
            "stage": "reading", "step": "step.reading", "sentence": "读取图层",
            "done": 0, "total": 1, "problems": 0,
        }  # fmt: skip
        for path in (
            "/api/summary",
            "/api/problems",
            "/api/map/roads",
            "/ogc/collections",
            "/ogc/collections/gaps/items",
        ):
            answer = client.get(path)
            assert (answer.status_code, answer.json()["code"]) == (503, "not-ready")
            assert int(answer.headers["retry-after"]) > 0
        assert client.get("/ogc").status_code == client.get("/ogc/api").status_code == 200

        work.may_read.set()
        assert work.planning.wait(PATIENCE_S)
        status = client.get("/api/status?lang=en").json()
        assert (status["stage"], status["step"], status["done"], status["total"]) == (
            "planning",
            "step.gaps",
            1,
            4,
        )
        assert status["problems"] == client.get("/api/problems").json()["count"] == 3
        assert client.get("/api/map/roads").status_code == 200
        assert client.get("/ogc/collections/households/items").json()["numberMatched"] == 40
        assert client.get("/ogc/collections/gaps/items").status_code == 503
        before = client.get("/api/map/sites").json()["features"][0]["properties"]["rule"]
        assert before == "unknown"

        work.may_plan.set()
        app.state.desk.join(PATIENCE_S)
        assert client.get("/api/status").json()["stage"] == "ready"
        assert client.get("/ogc/collections/gaps/items").json()["numberMatched"] == 40
        rules = [f["properties"]["rule"] for f in client.get("/api/map/sites").json()["features"]]
        assert rules == [s["verdict"] for s in client.get("/api/summary").json()["sites"]]


def test_the_page_says_what_is_computed() -> None:
    work = SlowWork()
    with TestClient(create_app(Settings(workbench=ROOT / "nowhere"), work), base_url=HERE) as client:
        page = client.get("/?lang=en").text
        assert "reading the layers" in page
        assert "not built" in page
        assert client.get("/?lang=en").headers["content-type"].startswith("text/html")
        work.may_read.set()
        work.may_plan.set()


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (NothingReadableError("cli.no_folder", folder="/x"), "there is no folder /x"),
        (PermissionError(13, "Permission denied"), "Permission denied"),
        (ZeroDivisionError("inside"), "ZeroDivisionError"),
    ],
)
def test_a_failed_reading_is_said_and_stops_no_answer(error: Exception, sentence: str) -> None:
    class BrokenWork(ToyWork):
        def read(self) -> Any:
            raise error

    app = create_app(Settings(), BrokenWork())
    with TestClient(app, base_url=HERE) as client:
        app.state.desk.join(PATIENCE_S)
        status = client.get("/api/status").json()
        assert status["stage"] == "failed"
        assert sentence in status["error"]["en"]
        answer = client.get("/api/summary?lang=en")
        assert (answer.status_code, answer.json()["code"]) == (503, "failed")
        assert "retry-after" not in answer.headers
        assert client.get("/healthz").status_code == 200


def test_once_makes_once_however_many_ask() -> None:
    desk, made, begun = Desk(Settings(), ToyWork()), [], Event()

    def make() -> object:
        begun.set()
        made.append(1)
        Event().wait(0.05)
        return object()

    found: list[object] = []
    threads = [Thread(target=lambda: found.append(desk.once("key", make))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert begun.is_set()
    assert (len(made), len(set(map(id, found)))) == (1, 1)


def test_once_keeps_a_bounded_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "KEPT", 3)
    desk = Desk(Settings(), ToyWork())
    for key in range(10):
        desk.once(key, lambda key=key: key)
    made = []
    assert desk.once(9, lambda: made.append(9)) == 9
    desk.once(0, lambda: made.append(0))
    assert made == [0]


def test_what_is_asked_for_again_stays_and_shelves_do_not_push_out_each_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(jobs, "KEPT", 3)
    desk = Desk(Settings(), ToyWork())
    for key in range(10):
        desk.once("summary", lambda: "made")
        desk.once(key, lambda: None)
        desk.once(("tile", key), lambda: None, shelf="tiles")
    assert desk.once("summary", lambda: "made again") == "made"
    assert desk.once(("tile", 9), lambda: "again", shelf="tiles") is None
    with pytest.raises(KeyError):
        desk.kept(("tile", 9))


def test_tiles_of_the_map_have_their_own_shelf(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "KEPT", 3)
    app = create_app(Settings(), ToyWork())
    with TestClient(app, base_url=HERE) as client:
        app.state.desk.join(PATIENCE_S)
        app.state.desk.once("mine", lambda: "first")
        for x in range(8):
            assert client.get(f"/api/map/terrain/5/{x}/3.png").status_code == 200
        assert app.state.desk.once("mine", lambda: "second") == "first"


def test_who_waits_too_long_is_told() -> None:
    desk, held, done = Desk(Settings(wait_s=0.05), ToyWork()), Event(), Event()

    def hold() -> None:
        with desk.turn():
            held.set()
            done.wait(10)

    thread = Thread(target=hold)
    thread.start()
    assert held.wait(10)
    with pytest.raises(BusyError), desk.turn():
        pass
    done.set()
    thread.join()
    with desk.turn():
        pass


def test_what_is_missing_is_said_by_kind() -> None:
    desk = Desk(Settings(), ToyWork())
    for ask in (desk.area, desk.plan, desk.standard):
        with pytest.raises(NotReadyError):
            ask()
    desk._tell(error=FailedError("problem.detail_bug", kind="X"), area=toy_area())
    assert desk.area().name == "样例乡"
    with pytest.raises(FailedError):
        desk.plan()


def test_importing_the_application_brings_no_science() -> None:
    """The first answer must not wait for it."""
    slow = ("geopandas", "pandas", "numba", "scipy", "shapely", "pyogrio", "matplotlib", "folium")
    code = f"import service.app, sys; print([m for m in {slow} if m in sys.modules])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert said.stdout.strip() == "[]"
