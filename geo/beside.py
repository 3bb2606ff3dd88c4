"""How does work go to another core? Independent calls, shared between this process and helpers.

A `Crew` is any `concurrent.futures` executor and how many calls it runs at once:
processes on one machine, or many machines. Without one all is done here, one call after
the other, with the same results: every call is a pure function of its arguments.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from dataclasses import dataclass
from functools import partial
from threading import Lock, Thread
from typing import Any, TypeVar

T = TypeVar("T")
Call = Callable[[], Any]
"""A `functools.partial` of a function of a module: what another process understands."""
_Open = deque[tuple[Call, "Future[Any]"]]


def _nothing(_index: int) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True)
class Crew:
    """Who helps: an executor that runs `size` calls at once."""

    executor: Executor
    size: int = 1


def side_by_side(
    calls: Sequence[Call], crew: Crew | None = None, *, done: Callable[[int], None] = _nothing
) -> list[Any]:
    """The results of `calls` in their order; the longest stand first, for whoever is free takes the next.

    The first is always done here, so it alone may be what cannot be sent. All calls are
    tried; then the first error in their order is raised. A call whose helper died is done
    here. `done` is told the place of each call that is finished, one at a time.
    """
    results: list[Future[Any]] = [Future() for _ in calls]
    telling = Lock()

    def tell(index: int, _result: Future[Any]) -> None:
        with telling:
            done(index)

    for index, result in enumerate(results):
        result.add_done_callback(partial(tell, index))
    still_open: _Open = deque(zip(calls, results, strict=True))
    helpers = (
        []
        if crew is None
        else [
            Thread(target=_hand_out, args=(still_open, crew.executor), daemon=True)
            for _ in range(min(crew.size, len(calls) - 1))
        ]
    )
    first = _next(still_open)  # ours, before a helper takes it
    for helper in helpers:
        helper.start()
    while first:
        _do(*first)
        first = _next(still_open)
    for helper in helpers:
        helper.join()
    return [result.result() for result in results]


def _hand_out(still_open: _Open, executor: Executor) -> None:
    """Let one helper do one call after the other until none is open."""
    while taken := _next(still_open):
        call, result = taken
        try:
            result.set_result(executor.submit(call).result())
        except (BrokenExecutor, CancelledError):
            _do(call, result)
        except Exception as error:
            result.set_exception(error)


def _next(still_open: _Open) -> tuple[Call, Future[Any]] | None:
    try:
        return still_open.popleft()
    except IndexError:
        return None


def _do(call: Call, result: Future[Any]) -> None:
    try:
        result.set_result(call())
    except Exception as error:  # raised to the caller when all are done
        result.set_exception(error)
