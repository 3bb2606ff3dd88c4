"""`xiangtu plan FOLDER -o OUT`: ledgers, GeoPackage, offline map and JSON of an area."""

from __future__ import annotations

import argparse
import gc
from collections import Counter
from copy import copy
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile
from threading import enumerate as threads
from typing import TYPE_CHECKING

from geo.errors import XiangtuError
from geo.messages import say
from service.budgets import read_budgets

from . import CommandParser

if TYPE_CHECKING:
    from rich.console import Console

    from geo.area import Area
    from geo.beside import Crew
    from geo.plan import Plan
    from geo.standards import Standard

SELDOM = (100_000, 50, 1000)
"""How seldom garbage is looked for: a plan keeps its millions of values to the end (5% of the time)."""
HELP = {
    "zh": "查找缺口、评价安置点，并写出台账、图层、地图和数据",
    "en": "find the gaps, judge the sites, write ledgers, layers, map and data",
}


def budgets(text: str | None) -> tuple[float, ...]:
    """Yuan per year from "500,300" (万元). Raises `BadBudgetError` for what is no budget."""
    if text is None:
        return ()
    return tuple(each * 10_000 for each in read_budgets(text))


def words(text: str | None) -> tuple[str, ...]:
    """What stands between commas."""
    parts = (text or "").replace("\uff0c", ",").replace("\u3001", ",").split(",")
    return tuple(part.strip() for part in parts if part.strip())


def add_args(parser: CommandParser) -> None:
    def told(name: str) -> str:
        return say(f"cli.plan_{name}", parser.lang)

    parser.add_argument("folder", type=Path, metavar="FOLDER", help=told("folder"))
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="OUT", help=told("out"))
    parser.add_argument("--area", type=Path, metavar="FILE", help=told("area"))
    parser.add_argument("--standard", type=Path, metavar="FILE", help=told("standard"))
    parser.add_argument("--names", action="store_true", help=told("names"))
    parser.add_argument("--budget", metavar="500,300", help=told("budget"))
    parser.add_argument("--first", metavar="VILLAGES", help=told("first"))


def run(args: argparse.Namespace) -> int:
    """0: done; 1: done, but the layers have problems worth reading; errors are said by `main`."""
    gc.set_threshold(*SELDOM)
    from rich.console import Console

    from geo import read_area
    from geo.standards import load_standard
    from service.crew import apart, helpers

    money = budgets(args.budget)
    if args.first and not money:
        raise XiangtuError("cli.first_alone")
    standard = load_standard(args.standard)  # what is wrong with it, or with the folder of the results, is
    args.out.mkdir(parents=True, exist_ok=True)  # said now and not after minutes of computing
    with TemporaryFile(dir=args.out):
        pass
    console = Console(stderr=True, markup=False)  # [terrain] is a section of the area file, no style
    console.print(say("step.reading", args.lang))
    reading = apart(partial(read_area, args.folder, area_file=args.area))
    with helpers() as crew:  # all of them before there is a bar, whose thread could not be forked
        from service.usecases.programme import villages_named  # all of the science comes with it

        area, problems = reading()
        first = villages_named(area, words(args.first))
        bar = _Bar(console, args.lang)
        plan = copy(bar.plan(area, standard, money, first, crew))  # without grids: nobody asks anything more
    files = bar.write(plan, args.out, names=args.names)
    for name, path in files.items():
        if "/" not in name:
            console.print(f"  {name:12} {path.stat().st_size / 1e6:6.1f} MB  {path}")
    folders = Counter(Path(name).parent for name in files if "/" in name)
    for folder, count in folders.items():
        console.print(f"  {folder!s:12} {count:6}     {args.out / folder}")
    if area.planar:
        console.print(say("plan.planar", args.lang), style="yellow", highlight=False)
    if problems.count:
        console.print(say("plan.problems", args.lang, n=problems.count, folder=args.folder))
    return 1 if problems.count else 0


class _Bar:
    """Plans and writes under a bar that shows the step."""

    def __init__(self, console: Console, lang: str) -> None:
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        from geo.plan import STEPS
        from service.usecases.plan_files import FILES

        self._planning, self._lang = len(STEPS), lang
        self._shown = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed}/{task.total}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
        )
        self._task = self._shown.add_task("", total=len(STEPS) + len(FILES))

    def plan(
        self,
        area: Area,
        standard: Standard,
        money: tuple[float, ...],
        first: tuple[str, ...],
        crew: Crew | None,
    ) -> Plan:
        """The plan; the bar moves no longer then, and its thread has ended."""
        from geo.plan import make_plan

        def told(step: str, done: int, _total: int) -> None:
            self._tell(say(step, self._lang), done)

        others = set(threads())
        try:
            self._shown.start()
            return make_plan(area, standard, budgets=money, first_villages=first, progress=told, crew=crew)
        finally:
            self._shown.stop()
            for thread in set(threads()) - others:
                thread.join(1.0)

    def write(self, plan: Plan, out: Path, *, names: bool) -> dict[str, Path]:
        """The files of a plan by name; the bar moves again when those are forked that write them."""
        from service.usecases.plan_files import write_plan

        def told(name: str, done: int, _total: int) -> None:
            self._shown.start()
            text = f"{say('step.writing', self._lang)} {name}" if name else say("step.done", self._lang)
            self._tell(text, self._planning + done)

        self._shown.live.transient = False
        try:
            return write_plan(plan, out, lang=self._lang, names=names, progress=told)
        finally:
            self._shown.stop()

    def _tell(self, text: str, done: int) -> None:
        self._shown.update(self._task, description=text, completed=done)
