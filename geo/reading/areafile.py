"""What does `area.toml` say: which file is which layer, and how is it to be understood?

name = "…"                      # of the area
crs = "EPSG:4544"               # working CRS, if not the one chosen from the centre
only = true                     # read nothing that is not declared here
[terrain]
file = "dem.tif"
[layers.roads]                  # [[layers.roads]] for several sources of one layer
file = "roads.gpkg"             # or files = ["a.shp", "b.shp"]; patterns such as "road*.shp" are fine
source = "streets"              # layer or sheet inside the file
crs = "EPSG:4523"               # what the coordinates are in, if the file does not say or lies
control = { crs = "EPSG:4544", points = [[x, y, X, Y], …] }   # two or more points known both in
                                # the layer (x, y) and in that crs (X, Y): Xian 80, Beijing 54, local grids
datum = "GCJ-02"                # or "BD-09": web-map offset to undo
encoding = "gb18030"
where = { highway = ["path", "track"] }     # keep only these; "*" keeps all that have a value
exclude = { access = ["private"] }
fields = { class = "highway" }              # canonical = theirs
units = { kv = "V" }
values.class = { residential = "group", "*" = "other" }   # "" means unknown, "*" everything else
set = { working = true }
points = true                   # polygons or lines are taken as the point in them
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pyproj import CRS
from pyproj.exceptions import CRSError

from geo.errors import AreaError
from geo.layers import LAYERS
from geo.reading import encodings, grids
from geo.reading.values import UNITS, plain

Words = Mapping[str, tuple[str, ...]]
NONE: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True)
class Control:
    """Points known in the layer's own coordinates and in `crs`: (n, 4) x, y, X, Y in metres."""

    crs: CRS
    points: tuple[tuple[float, float, float, float], ...]


@dataclass(frozen=True)
class Declared:
    """One source of one layer as the area file declares it."""

    layer: str
    files: tuple[str, ...]
    source: str = ""
    crs: CRS | None = None
    datum: str = ""
    encoding: str = ""
    where: Words = field(default_factory=lambda: NONE)
    exclude: Words = field(default_factory=lambda: NONE)
    fields: Mapping[str, str] = field(default_factory=lambda: NONE)
    units: Mapping[str, str] = field(default_factory=lambda: NONE)
    values: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: NONE)
    set: Mapping[str, Any] = field(default_factory=lambda: NONE)
    points: bool = False
    control: Control | None = None


@dataclass(frozen=True)
class AreaFile:
    """The whole file; the empty one where there is none."""

    name: str = ""
    crs: CRS | None = None
    only: bool = False
    terrain: str = ""
    layers: tuple[Declared, ...] = ()


def load_area_file(path: Path) -> AreaFile:
    """Read and check an area file. `AreaError` names the file, the line and the key that is wrong."""
    try:
        text = path.read_text("utf-8-sig")
        data = tomllib.loads(text)
    except OSError as error:
        raise AreaError("areafile.missing", file=path.name, why=str(error.strerror or error)) from error
    except UnicodeDecodeError as error:
        raise AreaError("areafile.encoding", file=path.name) from error
    except tomllib.TOMLDecodeError as error:
        raise _syntax(path.name, text, str(error)) from error
    check = _Check(path.name, text)
    check.keys(data, {"name": str, "crs": str, "only": bool, "terrain": dict, "layers": dict}, "")
    terrain = data.get("terrain", {})
    check.keys(terrain, {"file": str}, "terrain")
    layers = [d for name, table in data.get("layers", {}).items() for d in _layers(check, name, table)]
    crs = check.crs(data["crs"], "crs") if "crs" in data else None
    return AreaFile(
        data.get("name", ""), crs, data.get("only", False), terrain.get("file", ""), tuple(layers)
    )


def _syntax(file: str, text: str, said: str) -> AreaError:
    """The place that `said` names, by line and column or as the end, and what stands there."""
    place = re.search(r"line (\d+), column (\d+)", said)
    lines = text.splitlines() or [""]
    line, column = (int(place[1]), int(place[2])) if place else (len(lines), len(lines[-1]) + 1)
    there = lines[line - 1].strip() if line <= len(lines) else ""
    return AreaError("areafile.syntax", file=file, line=line, column=column, there=there)


_KEYS: Mapping[str, type | tuple[type, ...]] = {
    "file": str, "files": list, "source": str, "crs": str, "datum": str, "encoding": str, "where": dict,
    "exclude": dict, "fields": dict, "units": dict, "values": dict, "set": dict, "points": bool,
    "control": dict,
}  # fmt: skip


def _layers(check: _Check, name: str, tables: Any) -> list[Declared]:
    if name not in LAYERS:
        check.fail("layer", f"layers.{name}", known=", ".join(LAYERS))
    many = tables if isinstance(tables, list) else [tables]
    return [_layer(check, name, t) for t in many]


def _layer(check: _Check, name: str, table: Any) -> Declared:
    at = f"layers.{name}"
    if not isinstance(table, dict):
        check.fail("kind", at, want="table")
    check.keys(table, _KEYS, at)
    files = tuple(str(f) for f in table.get("files", [])) or ((table["file"],) if "file" in table else ())
    if not files:
        check.fail("no_file", at)
    if table.get("datum", "GCJ-02") not in ("GCJ-02", "BD-09"):
        check.fail("choice", f"{at}.datum", value=table["datum"], known="GCJ-02, BD-09")
    if "encoding" in table and not encodings.known(table["encoding"]):
        check.fail("choice", f"{at}.encoding", value=table["encoding"], known="utf-8, gb18030, cp1252 …")
    declared = {f.name for f in LAYERS[name].fields}
    for key in ("fields", "units", "values", "set"):
        for canonical in table.get(key, {}):
            if canonical not in declared:
                check.fail("field", f"{at}.{key}.{canonical}", known=", ".join(sorted(declared)))
    _units(check, name, table.get("units", {}))
    return Declared(
        layer=name,
        files=files,
        source=table.get("source", ""),
        crs=check.crs(table["crs"], f"{at}.crs") if "crs" in table else None,
        datum=table.get("datum", ""),
        encoding=table.get("encoding", ""),
        where=_words(table.get("where", {})),
        exclude=_words(table.get("exclude", {})),
        fields={k: str(v) for k, v in table.get("fields", {}).items()},
        units=dict(table.get("units", {})),
        values=check.tables(table.get("values", {}), f"{at}.values"),
        set=dict(table.get("set", {})),
        points=table.get("points", False),
        control=_control(check, table["control"], f"{at}.control") if "control" in table else None,
    )


def _control(check: _Check, table: dict[str, Any], at: str) -> Control:
    check.keys(table, {"crs": str, "points": list}, at)
    points = table.get("points", [])
    numbers = all(
        isinstance(p, list) and len(p) == 4 and all(isinstance(x, int | float) for x in p) for p in points
    )
    if "crs" not in table or len(points) < 2 or not numbers:
        check.fail("control", at)
    crs = check.crs(table["crs"], f"{at}.crs")
    if not grids.metric(crs):
        check.fail("crs", f"{at}.crs", value=table["crs"])
    return Control(crs, tuple((float(a), float(b), float(c), float(d)) for a, b, c, d in points))


def _units(check: _Check, layer: str, units: Mapping[str, Any]) -> None:
    for name, unit in units.items():
        known = UNITS.get(LAYERS[layer].field(name).unit, {})
        if plain(unit) not in {plain(u) for u in known}:
            check.fail("choice", f"layers.{layer}.units.{name}", value=unit, known=", ".join(known) or "–")


def _words(table: Mapping[str, Any]) -> Words:
    return {k: tuple(str(x) for x in (v if isinstance(v, list) else [v])) for k, v in table.items()}


@dataclass(frozen=True)
class _Check:
    """Says what is wrong with a key, and on which line it stands."""

    file: str
    text: str

    def fail(self, reason: str, key: str, **values: Any) -> None:
        raise AreaError(f"areafile.{reason}", file=self.file, line=self._line(key), name=key, **values)

    def keys(self, table: Mapping[str, Any], known: Mapping[str, Any], at: str) -> None:
        for key, value in table.items():
            name = f"{at}.{key}" if at else key
            if key not in known:
                self.fail("unknown_key", name, known=", ".join(known))
            if not isinstance(value, known[key]):
                self.fail("kind", name, want=known[key].__name__)

    def crs(self, text: str, key: str) -> CRS:
        try:
            crs = CRS.from_user_input(text)
        except CRSError:
            self.fail("crs", key, value=text)
            raise
        if not grids.usable(crs):
            self.fail("crs", key, value=text)
        return crs

    def tables(self, values: Mapping[str, Any], at: str) -> Mapping[str, Mapping[str, Any]]:
        for key, table in values.items():
            if not isinstance(table, dict):
                self.fail("kind", f"{at}.{key}", want="table")
        return dict(values)

    def _line(self, key: str) -> int:
        """The line of the last part of `key`, looked for from the line of its layer on; 1 if not found."""
        lines = self.text.splitlines()
        start = 0
        parts = key.split(".")
        for part in (".".join(parts[:2]), parts[-1]):
            start = next((i for i in range(start, len(lines)) if part in lines[i]), start)
        return start + 1
