"""`xiangtu plan FOLDER -o OUT`: ledgers, GeoPackage, offline map and JSON of an area."""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

from geo.errors import XiangtuError
from geo.messages import say

from . import CommandParser

if TYPE_CHECKING:
    from geo.beside import Crew

HELP = {
    "zh": "查找缺口、评价安置点,并写出台账、图层、地图和数据",
    "en": "find the gaps, judge the sites, write ledgers, layers, map and data",
}


def budgets(text: str | None) -> tuple[float, ...]:
    """Yuan per year from "500,300" (万元). Raises `XiangtuError` for what is no budget."""
    if text is None:
        return ()
    try:
        wan = [
            float(part) for part in text.replace("\uff0c", ",").split(",")
        ]  # the comma of Chinese typing too
    except ValueError:
        wan = []
    if not wan or not all(0 <= each < 1e7 for each in wan) or not any(wan):
        raise XiangtuError("cli.bad_budget", text=text[:60])
    return tuple(each * 10_000 for each in wan)


def add_args(parser: CommandParser) -> None:
    def told(name: str) -> str:
        return say(f"cli.plan_{name}", parser.lang)

    parser.add_argument("folder", type=Path, metavar="FOLDER", help=told("folder"))
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="OUT", help=told("out"))
    parser.add_argument("--area", type=Path, metavar="FILE", help=told("area"))
    parser.add_argument("--standard", type=Path, metavar="FILE", help=told("standard"))
    parser.add_argument("--names", action="store_true", help=told("names"))
    parser.add_argument("--budget", metavar="500,300", help=told("budget"))


def run(args: argparse.Namespace) -> int:
    """0: done; 1: done, but the layers have problems worth reading; errors are said by `main`."""
    from service.crew import helpers

    with helpers() as crew:  # first of all: they load what they need meanwhile
        return _run(args, crew)


def _run(args: argparse.Namespace, crew: Crew | None) -> int:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from geo import read_area
    from geo.standards import load_standard

    money = budgets(args.budget)
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        TimeElapsedColumn(),
    )
    standard = load_standard(args.standard)  # what is wrong with it, or with the folder of the results, is
    args.out.mkdir(parents=True, exist_ok=True)  # said now and not after minutes of computing
    with TemporaryFile(dir=args.out):
        pass
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(say("step.reading", args.lang), total=None)
        area, problems = read_area(args.folder, area_file=args.area)
        from geo.plan import STEPS, make_plan  # after the reading, beside which a helper loads it too
        from service.usecases.plan_files import FILES, write_plan

        bar.update(task, total=1 + len(STEPS) + len(FILES))

        def planned(step: str, done: int, _total: int) -> None:
            bar.update(task, description=say(step, args.lang), completed=1 + done)

        def written(name: str, done: int, _total: int) -> None:
            text = f"{say('step.writing', args.lang)} {name}" if name else say("step.done", args.lang)
            bar.update(task, description=text, completed=1 + len(STEPS) + done)

        plan = make_plan(area, standard, budgets=money, progress=planned, crew=crew)
        files = write_plan(plan, args.out, lang=args.lang, names=args.names, progress=written, crew=crew)
    for name, path in files.items():
        if "/" not in name:
            console.print(f"  {name:12} {path.stat().st_size / 1e6:6.1f} MB  {path}")
    folders = Counter(Path(name).parent for name in files if "/" in name)
    for folder, count in folders.items():
        console.print(f"  {folder!s:12} {count:6}     {args.out / folder}")
    if problems.count:
        console.print(say("plan.problems", args.lang, n=problems.count, folder=args.folder))
    return 1 if problems.count else 0
