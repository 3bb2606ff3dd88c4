"""What the map has drawn: waited for, since a busy machine draws late."""

from __future__ import annotations

from time import monotonic
from typing import Any

from tests.asking import PATIENCE_S

CANVAS = "canvas.maplibregl-canvas"


def picture(page: Any) -> bytes:
    """The map as it is on the screen now."""
    shot: bytes = page.locator(CANVAS).screenshot()
    return shot


def wait_until_drawn_anew(page: Any, before: bytes) -> None:
    """Until the map looks otherwise than `before`."""
    deadline = monotonic() + PATIENCE_S
    while picture(page) == before:
        assert monotonic() < deadline, "the map has not changed"
        page.wait_for_timeout(200)


def at_rest(page: Any) -> str:
    """What the map has drawn once it has come to rest; nothing of what lies over it."""
    page.mouse.move(0, 0)
    page.wait_for_timeout(1500)
    deadline, before, now = monotonic() + PATIENCE_S, "", _pixels(page)
    while now != before:
        assert monotonic() < deadline, "the map does not come to rest"
        page.wait_for_timeout(300)
        before, now = now, _pixels(page)
    return now


def _pixels(page: Any) -> str:
    pixels: str = page.evaluate(f"document.querySelector('{CANVAS}').toDataURL()")
    return pixels
