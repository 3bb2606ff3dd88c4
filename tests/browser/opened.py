"""The live page, served by a process of its own and open in a browser."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


def built() -> None:
    """Skip what needs the page where it is not built."""
    if not (ROOT / "maps" / "static" / "workbench" / "index.html").exists():
        pytest.skip("the page is not built (make setup)")


@contextmanager
def served(module: str) -> Iterator[str]:
    """The address of what `python -m module` serves, which prints it first."""
    built()
    command = [sys.executable, "-m", module]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


@contextmanager
def opened(
    browser: Any,
    url: str,
    *,
    width: int,
    height: int,
    ready: str,
    watch: Callable[[Any, list[str]], None] | None = None,
) -> Iterator[Any]:
    """A page at `url` once `ready` is there. An error of its script, and what `watch` adds to the errors of
    the page it is given, fails the test when it is closed."""
    context = browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN")
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    if watch is not None:
        watch(page, errors)
    page.goto(url)
    page.wait_for_selector(ready)
    yield page
    assert errors == []
    context.close()
