"""Who helps to plan and to write? One process for each further core, ready by the time it is needed.

Where processes can be forked safely (Linux, while this process has but one thread, so that
no lock is copied in the middle of its work), a helper inherits what is imported here: that
spares it the seconds of importing it again. Elsewhere it is started afresh ("spawn").
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection
from threading import Thread, active_count
from typing import TypeVar

from geo.beside import Crew

T = TypeVar("T")
MOST = 3
"""Most helpers: no step has more than four parts worth sending."""


@contextmanager
def helpers(size: int | None = None) -> Iterator[Crew | None]:
    """A crew of `size` processes (default: the further cores of this machine); None where there is none."""
    size = min(MOST, cores() - 1) if size is None else size
    if size < 1:
        yield None
        return
    forked, loading = forks(), Thread(target=_load_writing)
    if forked:
        _load_shared()
    way = get_context("fork" if forked else "spawn")
    executor = ProcessPoolExecutor(size, mp_context=way, initializer=_settle_in)
    try:
        for _ in range(size):  # started now, so that they load their programs while this process reads
            executor.submit(_load)
        if forked:
            loading.start()
        yield Crew(executor, size)
    finally:
        executor.shutdown(cancel_futures=True)  # no thread is left beside which nothing could be forked
        if loading.ident:
            loading.join()


def apart(call: Callable[[], T]) -> Callable[[], T]:
    """Let a process of its own make a value while this one does something else; call what is returned for it.

    Where no process can be forked, or none is free to run it, the value is made when it is called for.
    """
    if not forks() or cores() < 2:
        return call
    fork = get_context("fork")
    ours, theirs = fork.Pipe(duplex=False)
    process = fork.Process(target=_send, args=(call, theirs), daemon=True)
    process.start()
    theirs.close()

    def result() -> T:
        try:
            made, value = ours.recv()
        except EOFError:  # it died: perhaps there is room enough here
            return call()
        finally:
            ours.close()
            process.join()
        if made:
            return value
        raise value

    return result


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def forks() -> bool:
    """Whether a process may be forked from this one now."""
    return sys.platform == "linux" and active_count() == 1


def _send(call: Callable[[], object], to: Connection) -> None:
    _settle_in()
    try:
        sent = (True, call())
    except Exception as error:
        sent = (False, error)
    to.send(sent)


def _settle_in() -> None:
    """A helper ends with the keyboard's interrupt, without a word, and with its parent."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _load_shared() -> None:
    """Import what plans and load the tables of the compiler: once for all that are forked from here."""
    gc.disable()  # what is imported stays: it is never searched for garbage, and its pages stay shared
    try:
        from geo import plan
        from geo.spatial.warm import wake

        assert plan
        wake()
        gc.freeze()
    finally:
        gc.enable()


def _load_writing() -> None:
    """Import what draws and writes, while this process waits for an area and plans."""
    from maps import page
    from service.usecases import plan_files

    assert page
    assert plan_files


def _load() -> None:
    """Import what plans and load the compiled searches."""
    from geo import plan
    from geo.spatial.warm import warm

    assert plan
    warm()
