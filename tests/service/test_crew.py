"""Processes forked from this one or started afresh: the same values, the same errors, none left behind."""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path
from threading import Event, Thread

import pytest

from geo import read_area
from geo.errors import AreaError, NothingReadableError
from service import crew

forked = pytest.mark.skipif(sys.platform != "linux", reason="processes are forked on Linux alone")


def die_elsewhere(here: int) -> int:
    if os.getpid() != here:
        os._exit(9)
    return here


def refuse() -> int:
    raise AreaError("cli.bad_budget", text="x")


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if this were the only thread and there were two cores: the test runner has threads of its own."""
    monkeypatch.setattr(crew, "active_count", lambda: 1)
    monkeypatch.setattr(crew, "cores", lambda: 2)


@forked
@pytest.mark.usefixtures("alone")
def test_a_value_is_made_in_another_process() -> None:
    assert crew.apart(os.getpid)() != os.getpid()


@forked
@pytest.mark.usefixtures("alone")
def test_an_error_comes_back_as_it_was_raised() -> None:
    with pytest.raises(AreaError) as caught:
        crew.apart(refuse)()
    assert caught.value.key == "cli.bad_budget"


@forked
@pytest.mark.usefixtures("alone")
def test_what_a_dead_process_left_is_made_here() -> None:
    assert crew.apart(partial(die_elsewhere, os.getpid()))() == os.getpid()


@forked
@pytest.mark.usefixtures("alone")
def test_a_folder_with_nothing_to_read_is_told_with_its_report(tmp_path: Path) -> None:
    (tmp_path / "水池.shp").write_bytes(b"")
    (tmp_path / "空.zip").write_bytes(b"PK")
    with pytest.raises(NothingReadableError) as here:
        read_area(tmp_path)
    with pytest.raises(NothingReadableError) as there:
        crew.apart(partial(read_area, tmp_path))()
    for lang in ("zh", "en"):
        words = [each.value.values["report"].said(lang).to_dict("records") for each in (here, there)]
        assert words[0] == words[1]
        assert words[0]


def test_beside_another_thread_nothing_is_forked() -> None:
    over = Event()
    thread = Thread(target=over.wait)
    thread.start()
    try:
        assert not crew.forks()
        assert crew.apart(os.getpid)() == os.getpid()
        with crew.helpers(1) as found:
            assert found is not None
            assert found.executor.submit(os.getpid).result() != os.getpid()
    finally:
        over.set()
        thread.join()


@forked
@pytest.mark.usefixtures("alone")
def test_a_helper_inherits_what_stands_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crew, "MOST", 77)
    monkeypatch.setattr(crew, "_load", int)
    with crew.helpers(1) as found:
        assert found is not None
        assert found.executor.submit(_most).result() == 77


def _most() -> int:
    return crew.MOST
