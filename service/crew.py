"""Who helps to plan and to write? One process for each further core, ready by the time it is needed.

A helper is started afresh ("spawn"), on every system alike: nothing is inherited, so no
lock or thread of this process is copied in the middle of its work.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from threading import Thread

from geo.beside import Crew

MOST = 3
"""Most helpers: no step has more than four parts worth sending."""


@contextmanager
def helpers(size: int | None = None) -> Iterator[Crew | None]:
    """A crew of `size` processes (default: the further cores of this machine); None where there is none."""
    size = min(MOST, cores() - 1) if size is None else size
    if size < 1:
        yield None
        return
    executor = ProcessPoolExecutor(size, mp_context=get_context("spawn"), initializer=_settle_in)
    try:
        for _ in range(size):  # started now, so that they load their programs while this process reads
            executor.submit(_load)
        yield Crew(executor, size)
    finally:
        executor.shutdown(wait=False, cancel_futures=True)


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _settle_in() -> None:
    """A helper ends with the keyboard's interrupt, without a word, and with its parent."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _load() -> None:
    """Import what plans and writes, and load the compiled searches."""
    from geo.spatial.warm import warm
    from service.usecases import plan_files

    assert plan_files
    warm()
