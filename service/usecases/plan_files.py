"""Write everything a plan says into a folder: ledger.xlsx, plan.gpkg, map.html, plan.json, water/*.inp."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

import orjson

from geo.beside import side_by_side
from geo.ledger import ledger
from geo.messages import LANGS
from geo.plan import Plan
from geo.verdicts import COLUMNS
from geo.workbook import workbook
from geo.works_ledger import village_sentences, village_works
from geo.works_view import priced_systems, work_rows
from maps.columns import or_none
from maps.geopackage import write_geopackage
from service.crew import apart
from service.exports.ledger_xlsx import write_ledger
from service.usecases.programme import programme_json

Written = Callable[[str, int, int], None]


FILES = ("plan.gpkg", "map.html", "ledger.xlsx", "plan.json")
"""What a plan is written into, the longest work first."""


def write_plan(
    plan: Plan,
    out: Path,
    *,
    lang: str = "zh",
    names: bool = False,
    progress: Written | None = None,
) -> dict[str, Path]:
    """Write the four files and those of the works into `out`, each whole or not at all; returns them by name.

    A file that stood there before is replaced only when its successor is whole. Where
    processes can be forked, which inherit the plan as it stands, each file is written by
    its own. `progress` is told the first of those still being written. Raises `ValueError`
    before anything is written when a file of a work would leave its folder.
    """
    extra = {name: _inside(name) for name in plan.works.files}
    out.mkdir(parents=True, exist_ok=True)
    missing = list(FILES)

    def tell(*finished: int) -> None:
        for index in finished:
            missing.remove(FILES[index])
        if progress is not None:
            progress(missing[0] if missing else "", len(FILES) - len(missing), len(FILES))

    first, *others = (partial(write_file, name, plan, out, lang, names) for name in FILES)
    begun = [first, *map(apart, others)]
    tell()
    files = dict(zip(FILES, side_by_side(begun, done=tell), strict=True))
    for name, parts in extra.items():
        files[name] = _write(out / parts, lambda path, data=plan.works.files[name]: path.write_bytes(data))
    return files


def write_file(name: str, plan: Plan, out: Path, lang: str, names: bool) -> Path:
    """One of `FILES` in the folder `out`; the personal names of people in full only with `names`."""
    writers: Mapping[str, Callable[[Path], object]] = {
        "plan.gpkg": lambda path: write_geopackage(plan, path, names=names),
        "map.html": lambda path: _draw(plan, path, lang, names),
        "ledger.xlsx": lambda path: write_ledger(workbook(plan, lang, names=names), path, lang=lang),
        "plan.json": lambda path: path.write_bytes(plan_json(plan)),
    }
    return _write(out / name, writers[name])


def _draw(plan: Plan, path: Path, lang: str, names: bool) -> None:
    from maps.page import draw_page  # slow to import, and only one process draws

    draw_page(plan, path, lang=lang, names=names)


def _write(path: Path, write: Callable[[Path], object]) -> Path:
    """Let `write` write a draft, which takes the place of `path` when it is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".draft-{os.getpid()}-{path.name}")
    try:
        write(draft)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return path


def _inside(name: str) -> PurePosixPath:
    """The place of a file of a work: in a folder below, by plain names made from nothing that leads out."""
    path = PurePosixPath(name)
    plain = re.fullmatch(r"(?:[\w-][\w.-]*/)+[\w-][\w.-]*", name)
    if plain is None or len(name) > 200:
        raise ValueError(f"{name!r} cannot be the name of a file of a work")
    return path


def plan_json(plan: Plan) -> bytes:
    """All numbers of a plan with their provenance, as JSON. No person is named in it."""
    return orjson.dumps(
        {
            "provenance": provenance(plan),
            "township": _records(ledger(plan, "township"))[0],
            "villages": _records(ledger(plan, "village")),
            "groups": _records(ledger(plan, "group")),
            "indicators": _records(plan.gaps.villages),
            "needs": _compact(plan),
            "discrepancies": _records(
                plan.gaps.discrepancies[["household", "need", "survey", "computed", "finding"]]
            ),
            "exposure": _records(plan.exposure.table),
            "sites": [site.as_dict() for site in plan.sites],
            **works_json(plan),
            "relocation": relocation_json(plan),
        },
        option=orjson.OPT_SERIALIZE_NUMPY,
        default=str,
    )


def works_json(plan: Plan) -> dict[str, Any]:
    """Works with their prices, systems, who cannot be served, money by village and need. No geometry."""
    costs = plan.costs
    sums = {"village": costs.villages, "need": costs.needs, "department": costs.departments}
    villages = village_works(plan.area, plan.works, costs)
    return {
        "programme": None if plan.programme is None else programme_json(plan, plan.programme),
        "works": _records(work_rows(plan)),
        "systems": _records(priced_systems(plan.works, plan.costs.table)),
        "unserved": _records(plan.works.unserved),
        "village_works": [
            {**row, "sentence": {"zh": zh, "en": en}}
            for row, zh, en in zip(
                _records(villages), *(village_sentences(villages, lang) for lang in LANGS), strict=True
            )
        ],
        "costs": {
            "total": costs.total.to_dict(),
            **{name: _records(frame.reset_index()) for name, frame in sums.items()},
        },
    }


def relocation_json(plan: Plan) -> dict[str, Any]:
    """Danger, moving, sites and matching, by table; geometry and names are elsewhere."""
    found, matched = plan.found, plan.assignment
    return {
        "threats": _records(plan.exposure.threats),
        "workings": _records(plan.subsidence.workings),
        "must_move": {name: or_none(plan.moving.households[name]) for name in plan.moving.households},
        "groups": _records(plan.moving.groups),
        "rebuilt": _records(plan.moving.rebuilt),
        "found": {
            "households": found.households,
            "kind": found.kind,
            "sites": _records(found.table),
            "sensitivity": _records(found.sensitivity),
            "verdicts": [verdict.as_dict() for verdict in found.verdicts],
        },
        "assignment": {
            "households": _records(matched.households),
            "sites": _records(matched.sites),
            "left": _records(matched.left),
            "shortage": _records(matched.shortage),
            "totals": dict(matched.totals),
            "gap": matched.gap,
        },
        "follow_up": _records(plan.follow_up),
    }


def provenance(plan: Plan) -> dict[str, Any]:
    """Which inputs, which standard, which program, when: what it takes to repeat the run."""
    return {
        "program": "xiangtu",
        "version": plan.version,
        "made_at": plan.made_at.isoformat(timespec="seconds"),
        "area": plan.area.name,
        "crs": plan.area.crs.to_string(),
        "data_date": plan.area.data_date,
        "planar": plan.area.planar,
        "inputs": [vars(source) for source in plan.area.sources],
        "standard": {
            "name": plan.standard.name,
            "sha256": plan.standard.sha256,
            "values": {key: value.value for key, value in plan.standard.values.items()},
        },
    }


def _compact(plan: Plan) -> dict[str, Any]:
    """The verdict table by column: 75,000 rows as a list of objects would be 30 MB."""
    table = plan.gaps.households
    return {name: or_none(table[name]) for name in COLUMNS}


def _records(frame: Any) -> list[dict[str, Any]]:
    columns = {name: or_none(frame[name]) for name in frame.columns if name != "geometry"}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
