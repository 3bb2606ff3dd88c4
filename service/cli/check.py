"""`xiangtu check FOLDER`: read and validate; every problem with file, row, field and what to do."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from geo.messages import say

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from service.usecases.check import Report

WIDE = 120
"""Columns of a terminal from which encoding, extent and age of a layer are shown."""
COLOURS = {"unreadable": "bold red", "error": "red", "warning": "yellow", "info": "dim"}


def add_args(parser: argparse.ArgumentParser) -> None:
    """FOLDER, --area, --format, -o, --encoding."""
    lang = getattr(parser, "lang", "zh")
    parser.add_argument("folder", type=Path, metavar="FOLDER", help=say("check.help.folder", lang))
    parser.add_argument("--area", type=Path, metavar="FILE", help=say("check.help.area", lang))
    parser.add_argument(
        "--format", choices=("table", "json", "xlsx"), default="table", help=say("check.help.format", lang)
    )
    parser.add_argument("-o", "--out", type=Path, metavar="FILE", help=say("check.help.out", lang))
    parser.add_argument("--encoding", default="", metavar="ENC", help=say("check.help.encoding", lang))


def run(args: argparse.Namespace) -> int:
    """0 clean, 1 problems, 2 something could not be read."""
    from geo.errors import AreaError
    from geo.reading.encodings import known
    from service.usecases import check

    if args.encoding and not known(args.encoding):
        raise AreaError("check.encoding_unknown", value=args.encoding)
    if args.format == "xlsx" and args.out is None:
        raise AreaError("check.xlsx_needs_out")
    report = check.check(args.folder, area_file=args.area, encoding=args.encoding)
    today = date.today()
    if args.format == "xlsx":
        check.write_xlsx(report, args.out, args.lang, today)
    elif args.format == "json":
        text = json.dumps(check.as_json(report, args.lang, today), ensure_ascii=False, indent=1)
        _write(text + "\n", args.out)
    else:
        _print(report, args.lang, today, args.out)
    return report.status


def _write(text: str, out: Path | None) -> None:
    if out is None:
        sys.stdout.write(text)
    else:
        out.write_text(text, "utf-8")


def _print(report: Report, lang: str, today: date, out: Path | None) -> None:
    from rich.console import Console

    if out is None:
        _show(Console(), report, lang, today)
        return
    with out.open("w", encoding="utf-8") as stream:
        _show(Console(file=stream, width=160), report, lang, today)


def _show(console: Console, report: Report, lang: str, today: date) -> None:
    console.print(_layers(report, lang, today, wide=console.width >= WIDE))
    if report.area is not None and report.area.terrain is not None:
        rows, cols = report.area.terrain.shape
        cell = report.area.terrain.cell
        console.print(say("check.terrain.read", lang, rows=rows, cols=cols, cell=cell), highlight=False)
    missing = _missing(report, lang)
    if missing.row_count:
        console.print(missing)
    if len(report.problems):
        console.print(_problems(report, lang))
    counts = report.problems.table["severity"].value_counts()
    numbers = {s: int(counts.get(s, 0)) for s in COLOURS}
    console.print(say("check.total", lang, **numbers), highlight=False)
    empty = report.area is None and not len(report.problems)
    console.print(say(f"check.status.{'nothing' if empty else report.status}", lang), highlight=False)


def _table(title: str, columns: list[str], lang: str) -> Table:
    from rich.table import Table

    table = Table(
        title=say(f"check.sheet.{title}", lang), title_justify="left", show_lines=title == "problems"
    )
    for name in columns:
        right = name in ("features", "count", "unknown", "years")
        table.add_column(
            say(f"check.column.{name}", lang), justify="right" if right else "left", overflow="fold"
        )
    return table


def _layers(report: Report, lang: str, today: date, *, wide: bool) -> Table:
    from rich.text import Text

    from service.usecases.check import layers_table

    shown = ["label", "features", "files", "crs", "unknown", "surveyed"]
    if wide:  # on a narrow terminal they would break every row into several lines
        shown[4:4] = ["encoding", "extent"]
        shown.append("years")
    table = _table("layers", shown, lang)
    for row in layers_table(report, lang, today).to_dict("records"):
        cells = {**row, "features": f"{row['features']:,}"}
        cells["unknown"] = "" if row["unknown"] != row["unknown"] else f"{row['unknown']:.0%}"
        cells["years"] = "" if row["years"] != row["years"] else f"{row['years']:.1f}"
        table.add_row(*(Text(str(cells[c])) for c in shown))
    return table


def _missing(report: Report, lang: str) -> Table:
    from rich.text import Text

    from service.usecases.check import missing_table

    table = _table("missing", ["label", "allows"], lang)
    for row in missing_table(report, lang).to_dict("records"):
        table.add_row(Text(row["label"]), Text(row["allows"]))
    return table


def _problems(report: Report, lang: str) -> Table:
    from rich.text import Text

    table = _table("problems", ["severity", "place", "what", "done", "todo"], lang)
    for row in report.problems.said(lang).to_dict("records"):
        rows = say("check.rows", lang, row=row["row"]) if row["row"] else ""
        place = "\n".join(x for x in (row["file"], " ".join(y for y in (row["layer"], rows) if y)) if x)
        mark = Text(say(f"check.severity.{row['severity']}", lang), style=COLOURS[row["severity"]])
        table.add_row(mark, Text(place), Text(row["what"]), Text(row["done"]), Text(row["todo"]))
    return table
