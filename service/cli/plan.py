"""`xiangtu plan FOLDER -o OUT`: ledgers, GeoPackage, offline map and JSON of an area."""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = {
    "zh": "查找缺口、评价安置点,并写出台账、图层、地图和数据",
    "en": "find the gaps, judge the sites, write ledgers, layers, map and data",
}


def add_args(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="the layers of the area")
    parser.add_argument("-o", "--out", type=Path, required=True, metavar="OUT", help="where the results go")
    parser.add_argument("--area", type=Path, metavar="FILE", help="an area.toml that stands elsewhere")
    parser.add_argument("--standard", type=Path, metavar="FILE", help="a standard that overrides the default")
    parser.add_argument(
        "--names", action="store_true", help="write names of people in full (masked otherwise)"
    )


def run(args: argparse.Namespace) -> int:
    """0: done; 1: done, but the layers have problems worth reading; errors are said by `main`."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from geo import read_area
    from geo.messages import say
    from geo.plan import STEPS, make_plan
    from geo.standards import load_standard
    from service.usecases.plan_files import write_plan

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(say("step.reading", args.lang), total=1 + len(STEPS) + 4)
        standard = load_standard(args.standard)
        area, problems = read_area(args.folder, area_file=args.area)

        def planned(step: str, done: int, _total: int) -> None:
            bar.update(task, description=say(step, args.lang), completed=1 + done)

        def written(name: str, done: int, _total: int) -> None:
            text = f"{say('step.writing', args.lang)} {name}" if name else say("step.done", args.lang)
            bar.update(task, description=text, completed=1 + len(STEPS) + done)

        plan = make_plan(area, standard, progress=planned)
        files = write_plan(plan, args.out, lang=args.lang, names=args.names, progress=written)
    for name, path in files.items():
        console.print(f"  {name:12} {path.stat().st_size / 1e6:6.1f} MB  {path}")
    if problems.count:
        console.print(say("plan.problems", args.lang, n=problems.count, folder=args.folder))
    return 1 if problems.count else 0
