"""Work handed to other processes: the same results, the same files, and no harm when a helper dies."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import zipfile
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Barrier

import pandas as pd
import pytest

from geo.beside import Crew, side_by_side
from geo.errors import AreaError
from geo.plan import Plan, design_works, make_plan
from geo.standards import default_standard
from geo.works import with_moving
from service import crew as crew_module
from service.crew import helpers
from service.usecases.plan_files import FILES, write_plan
from tests.asking import PATIENCE_S
from tests.maps.toy import toy_area


@pytest.fixture(scope="module")
def crew() -> Iterator[Crew]:
    with helpers(1) as found:
        assert found is not None
        yield found


@pytest.fixture(scope="module")
def plan() -> Plan:
    return make_plan(toy_area(40), default_standard())


def die() -> int:
    os._exit(3)


def refuse() -> int:
    raise AreaError("cli.bad_budget", text="x")


def test_results_stand_in_the_order_of_the_calls(crew: Crew) -> None:
    calls = [partial(pow, 2, n) for n in range(20)]
    assert side_by_side(calls, crew) == side_by_side(calls) == [2**n for n in range(20)]
    assert side_by_side([], crew) == []


def test_two_calls_are_under_way_at_the_same_time() -> None:
    met = Barrier(2, timeout=PATIENCE_S)
    with ThreadPoolExecutor(1) as pool:
        assert sorted(side_by_side([met.wait, met.wait], Crew(pool))) == [0, 1]


def test_every_call_is_told_once_and_the_first_error_is_raised_last(crew: Crew) -> None:
    finished: list[int] = []
    calls = [partial(pow, 2, 3), refuse, partial(pow, 2), partial(pow, 2, 4)]
    for helped in (None, crew):
        finished.clear()
        with pytest.raises(AreaError) as caught:
            side_by_side(calls, helped, done=finished.append)
        assert caught.value.key == "cli.bad_budget"
        assert caught.value.said("en") != caught.value.said("zh")
        assert sorted(finished) == [0, 1, 2, 3]


def test_what_a_dead_helper_left_is_done_here() -> None:
    with helpers(1) as found:
        assert found is not None
        with pytest.raises(Exception, match="terminated"):
            found.executor.submit(die).result()
        assert side_by_side([partial(pow, 2, n) for n in range(6)], found) == [1, 2, 4, 8, 16, 32]


def test_the_first_call_stays_here(crew: Crew) -> None:
    for _ in range(3):
        assert side_by_side([lambda: os.getpid(), partial(pow, 2, 3)], crew) == [os.getpid(), 8]


def test_the_same_plan_with_helpers_and_its_half_before(plan: Plan, crew: Crew) -> None:
    early: list[Plan] = []
    whole = make_plan(plan.area, plan.standard, crew=crew, judged=early.append)
    (half,) = early
    assert len(half.works.table) == 0
    assert half.gaps is whole.gaps
    pd.testing.assert_frame_equal(whole.works.table, plan.works.table)
    pd.testing.assert_frame_equal(whole.gaps.households, plan.gaps.households)
    pd.testing.assert_series_equal(whole.costs.total, plan.costs.total)


def test_the_same_works_with_helpers_as_without(plan: Plan, crew: Crew) -> None:
    helped = with_moving(
        design_works(plan.area, plan.gaps, plan.standard, crew=crew), plan.assignment.leaving
    )
    assert len(helped.table) > 0
    for name in ("table", "serves", "systems", "unserved"):
        pd.testing.assert_frame_equal(getattr(helped, name), getattr(plan.works, name))
    assert helped.files == plan.works.files
    assert list(helped.profiles) == list(plan.works.profiles)


def test_the_same_files_side_by_side_as_one_after_the_other(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "plan.json").write_text("yesterday's")
    told: list[tuple[str, int]] = []
    write_plan(plan, tmp_path / "one")
    monkeypatch.setattr(crew_module, "active_count", lambda: 1)  # as if the test runner had no threads
    monkeypatch.setattr(crew_module, "cores", lambda: 2)
    write_plan(plan, tmp_path / "two", progress=lambda name, done, _: told.append((name, done)))
    assert [done for _, done in told] == list(range(len(FILES) + 1))
    assert told[-1] == ("", len(FILES))
    for name in ("map.html", "plan.json"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    assert json.loads((tmp_path / "two" / "plan.json").read_bytes())["provenance"]["planar"] is False
    one, two = (_dump(tmp_path / each / "plan.gpkg") for each in ("one", "two"))
    assert one == two
    books = [zipfile.ZipFile(tmp_path / each / "ledger.xlsx") for each in ("one", "two")]
    assert books[0].namelist() == books[1].namelist()
    for name in books[0].namelist():
        assert name == "docProps/core.xml" or books[0].read(name) == books[1].read(name)
    assert not [p for p in (tmp_path / "two").iterdir() if p.name.startswith(".")]


def _dump(file: Path) -> list[str]:
    """The database in words, without the moments of its writing."""
    with sqlite3.connect(file) as base:
        return [re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", "", line) for line in base.iterdump()]


class Never(Executor):
    """An executor that is asked for nothing."""

    def submit(self, *_: object, **__: object) -> Future[object]:  # type: ignore[override]
        raise AssertionError("nothing needs help")


def test_one_call_needs_no_help() -> None:
    assert side_by_side([partial(pow, 2, 5)], Crew(Never())) == [32]
