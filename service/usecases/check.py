"""Read a folder and report on it: every problem, what each layer holds, what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import CRS, Transformer

from geo.area import Area
from geo.errors import NothingReadableError
from geo.layers import LAYERS
from geo.messages import LANGS, say
from geo.reading import Limits, Problems, read_area
from geo.reading.problems import PARTS
from geo.sheets import Column, Sheet
from service.exports.ledger_xlsx import neutral, write_ledger
from service.jobs import Problems as Told

CLEAN, PROBLEMS, UNREADABLE = 0, 1, 2
"""What the command answers to the shell."""
ASKED = ("yesno", "choice", "number", "integer")  # the kinds of field whose emptiness is an unknown answer
DAYS_A_YEAR = 365.25


@dataclass(frozen=True)
class Report:
    """What reading the folder gave. `area` is None when not one layer could be read."""

    folder: str
    area: Area | None
    problems: Problems

    @property
    def status(self) -> int:
        """CLEAN, PROBLEMS or UNREADABLE: what cannot be read outweighs what can be mended."""
        if self.area is None or self.problems.worst == "unreadable":
            return UNREADABLE
        return PROBLEMS if self.problems.count else CLEAN


def check(
    folder: Path, *, area_file: Path | None = None, encoding: str = "", limits: Limits | None = None
) -> Report:
    """Read `folder` for its problems. `AreaError` for a missing folder or a wrong area file."""
    try:
        area, problems = read_area(folder, area_file=area_file, encoding=encoding, limits=limits)
    except NothingReadableError as error:
        return Report(str(folder), None, error.values["report"])
    return Report(str(folder), area, problems)


def layers_table(report: Report, lang: str, today: date) -> pd.DataFrame:
    """One row for each layer that was read: features, files, CRS, encoding, extent, unknown, age.

    `extent` is west, south, east, north in degrees; `unknown` the share of survey
    answers that are missing (0..1, NaN where the layer asks none); `surveyed` the
    newest and `years` the mean age of the records that carry a date.
    """
    rows = []
    for name, frame in report.area.layers.items() if report.area else ():
        sources = [s for s in report.area.sources if s.layer == name] if report.area else []
        newest, years = _age(frame, today)
        rows.append(
            {
                "layer": name,
                "label": LAYERS[name].zh if lang == "zh" else LAYERS[name].en,
                "features": len(frame),
                "files": ", ".join(s.file for s in sources),
                "crs": ", ".join(sorted({s.crs for s in sources})),
                "encoding": ", ".join(sorted({s.encoding for s in sources if s.encoding})),
                "extent": _extent(frame),
                "unknown": _unknown(name, frame),
                "surveyed": newest,
                "years": years,
            }
        )
    return pd.DataFrame(rows, columns=list(LAYER_HEADERS))


LAYER_HEADERS = (
    "layer", "label", "features", "files", "crs", "encoding", "extent", "unknown", "surveyed", "years",
)  # fmt: skip


def _age(frame: gpd.GeoDataFrame, today: date) -> tuple[str, float]:
    """The newest survey date and the mean age in years; "" and NaN where no record is dated."""
    if "surveyed" not in frame or not frame["surveyed"].notna().any():
        return "", float("nan")
    dates = pd.DatetimeIndex(frame["surveyed"].dropna())
    days = (pd.Timestamp(today) - dates).days
    return dates.max().date().isoformat(), float(np.mean(days)) / DAYS_A_YEAR


def missing_table(report: Report, lang: str) -> pd.DataFrame:
    """The layers that are not there, and what each would have allowed."""
    absent = [layer for name, layer in LAYERS.items() if report.area is None or not report.area.has(name)]
    zh = lang == "zh"
    rows = [(x.name, x.zh if zh else x.en, x.allows_zh if zh else x.allows_en) for x in absent]
    if report.area is None or report.area.terrain is None:
        rows.append(("terrain", say("check.terrain.label", lang), say("check.terrain.allows", lang)))
    return pd.DataFrame(rows, columns=["layer", "label", "allows"])


def _extent(frame: gpd.GeoDataFrame) -> str:
    if not len(frame) or not np.isfinite(frame.total_bounds).all():
        return ""
    degrees = Transformer.from_crs(frame.crs, CRS.from_epsg(4326), always_xy=True)
    west, south, east, north = degrees.transform_bounds(*frame.total_bounds)
    return f"{west:.4f}, {south:.4f}, {east:.4f}, {north:.4f}"


def _unknown(name: str, frame: gpd.GeoDataFrame) -> float:
    asked = [f.name for f in LAYERS[name].fields if f.kind in ASKED]
    return float(frame[asked].isna().to_numpy().mean()) if asked and len(frame) else float("nan")


def as_json(report: Report, lang: str, today: date) -> dict[str, Any]:
    """The whole report for machines: numbers stay numbers, unknown ones are null."""
    area = report.area
    return {
        "folder": Path(report.folder).name,
        "status": ("clean", "problems", "unreadable")[report.status],
        "area": area.name if area else None,
        "crs": area.crs.to_string() if area else None,
        "terrain": None
        if area is None or area.terrain is None
        else {"rows": area.terrain.shape[0], "columns": area.terrain.shape[1], "cell_m": area.terrain.cell},
        "layers": _records(layers_table(report, lang, today)),
        "missing": _records(missing_table(report, lang)),
        "problems": _records(report.problems.said(lang)),
    }


def told_problems(problems: Told) -> dict[str, Any]:
    """The problems worth acting on, worst first, in both languages; `count` of them."""
    said = {lang: problems.said(lang).query("severity != 'info'") for lang in LANGS}
    rows = _records(said["zh"][["file", "row", "severity", "key", "count"]])
    words = {lang: _records(table[["layer", *PARTS]]) for lang, table in said.items()}
    for place, row in enumerate(rows):
        row |= {part: {lang: words[lang][place][part] for lang in LANGS} for part in ("layer", *PARTS)}
    return {"count": len(rows), "problems": rows}


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    rows = table.astype(object).where(table.notna(), None).to_dict("records")
    return [{str(k): v.item() if hasattr(v, "item") else v for k, v in row.items()} for row in rows]


def write_xlsx(report: Report, path: Path, lang: str, today: date) -> None:
    """The report as a workbook: problems, layers, missing layers; no cell can become a formula."""
    tables = {
        "problems": report.problems.said(lang),
        "layers": layers_table(report, lang, today),
        "missing": missing_table(report, lang),
    }
    tables["problems"]["severity"] = [
        say(f"check.severity.{s}", lang) for s in tables["problems"]["severity"]
    ]
    note = f"{Path(report.folder).name}  {today.isoformat()}"
    write_ledger([_sheet(key, table, lang, note) for key, table in tables.items()], path, lang=lang)


def _sheet(key: str, table: pd.DataFrame, lang: str, note: str) -> Sheet:
    shown = [c for c in table if c not in ("key",) and not (c == "layer" and "label" in table)]
    safe = pd.DataFrame({c: table[c].map(neutral) for c in shown})
    formats = {"unknown": "0 %", "years": "0.0", "count": "#,##0", "features": "#,##0"}
    columns = tuple(
        Column(str(c), say(f"check.column.{c}", lang), format=formats.get(str(c), "")) for c in shown
    )
    return Sheet(key, say(f"check.sheet.{key}", lang), safe, columns, note)
