"""One run over an area of N townships in a process of its own; prints its figures as JSON.

python -m bench.township FOLDER
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from multiprocessing import Event, Process, Value
from pathlib import Path
from typing import Any

from service.crew import apart, helpers

EVERY_S = 0.2
NAMES = {
    "step.ground": "ground",
    "step.gaps": "gaps",
    "step.works": "works",
    "step.done": "",
}
"""What the steps of a plan are called here; the others are `judged`."""


def main(folder: Path) -> dict[str, float]:
    """Seconds of every step, of all of them, processor seconds and memory of all processes."""
    laps: dict[str, float] = {}
    started = time.perf_counter()
    from geo import read_area
    from geo.standards import default_standard

    standard = default_standard()
    reading = apart(partial(read_area, folder))
    with peak_mb() as peak, tempfile.TemporaryDirectory() as out:
        with helpers() as crew:
            area, _ = reading()
            laps["read"] = time.perf_counter() - started
            from geo.plan import make_plan
            from service.usecases.plan_files import write_plan

            clock = _Clock(laps)
            plan = make_plan(area, standard, progress=clock, crew=crew)
            clock("writing", 0, 0)
        files = write_plan(plan, Path(out))
        clock("step.done", 0, 0)
        whole = time.perf_counter() - started
        sizes = {f"{name} MB": path.stat().st_size / 1e6 for name, path in files.items() if "/" not in name}
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return {
        "households": len(area.layer("households")),
        "planned works": len(plan.works.table),
        **{name: laps.get(name, 0.0) for name in ("read", "ground", "gaps", "judged", "works", "writing")},
        "gaps cold": laps["ground"] + laps["gaps"],
        "files to ledgers": whole,
        "processor seconds": sum(u.ru_utime + u.ru_stime for u in used),
        "peak MB": peak.mb,
        **_answers(area, standard, plan),
        **sizes,
    }


def _answers(area: Any, standard: Any, plan: Any) -> dict[str, float]:
    """What a planner waits for again and again: a changed threshold, a drawn site."""
    from geo.plan import find_gaps
    from geo.relocation.assess import assess_site

    changes = (
        {"water.reach_m": 1000.0},
        {"clinic.max_min": 20.0},
        {"path.max_walk_m": 30.0},
        {"power.reach_m": 400.0},
    )
    polygons = list(area.layer("sites").geometry) or [area.layer("households").geometry.iloc[0].buffer(60)]
    return {
        "what-if": _median(
            lambda i: find_gaps(area, standard.override(changes[i % 4]), plan.ground, earlier=plan.gaps), 12
        ),
        "site verdict": _median(lambda i: assess_site(polygons[i % len(polygons)], plan.site_context), 24),
    }


class _Clock:
    """Adds the seconds since the last step to that step; steps are told as they begin."""

    def __init__(self, laps: dict[str, float]) -> None:
        self._laps, self._name, self._since = laps, "imports", time.perf_counter()

    def __call__(self, step: str, _done: int, _total: int) -> None:
        now = time.perf_counter()
        self._laps[self._name] = self._laps.get(self._name, 0.0) + now - self._since
        self._name, self._since = NAMES.get(step, step if step == "writing" else "judged"), now


class Peak:
    """The most memory seen, MB; NaN where the system does not tell."""

    mb = float("nan")


@contextmanager
def peak_mb() -> Iterator[Peak]:
    """Another process looks every `EVERY_S` what this one and its children hold; shared pages count once.

    No thread does: nothing could be forked beside it.
    """
    peak, most, over = Peak(), Value("d", float("nan")), Event()
    process = Process(target=_look, args=(os.getpid(), most, over), daemon=True)
    process.start()
    try:
        yield peak
    finally:
        over.set()
        process.join()
        peak.mb = most.value


def _look(pid: int, most: Any, over: Any) -> None:
    while not over.wait(EVERY_S):
        seen = _held_mb(pid)
        if not most.value >= seen:
            most.value = seen


def _held_mb(pid: int) -> float:
    """Proportional set size of a process and all below it but this one (Linux)."""
    total, todo = 0.0, [str(pid)]
    while todo:
        root = Path("/proc") / todo.pop()
        try:
            lines = (root / "smaps_rollup").read_text().splitlines()
            below = [p for task in (root / "task").iterdir() for p in (task / "children").read_text().split()]
        except OSError:  # a process that has just ended, or another system
            continue
        total += next((float(line.split()[1]) for line in lines if line.startswith("Pss:")), 0.0) / 1024
        todo += [p for p in below if p != str(os.getpid())]
    return total or float("nan")


def _median(call: Callable[[int], object], runs: int) -> float:
    taken = []
    for i in range(runs):
        started = time.perf_counter()
        call(i)
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]))))
