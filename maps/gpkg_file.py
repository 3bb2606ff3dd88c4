"""How do many tables get into one GeoPackage quickly? GDAL makes a pattern of each kind, we the tables.

GDAL opens the file anew for every table, reads all that is there already, and takes each
value by a call of its own: for fifty tables several times what the database itself needs.
So it writes one empty table of each kind of geometry, with a column of each type; with
these come the reference systems, the registers, the indexes and their triggers. Every
table of a plan is made of the very same statements under its own name and filled in one
transaction. A test holds the result to what GDAL writes itself.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyogrio
import shapely

from maps.columns import or_none
from maps.tables import Table

VERSION = "1.3"  # GeoPackage 1.4, GDAL's default, makes QGIS 3.22 warn
TYPES = {"bool": "bool", "whole": "int64", "number": "float64", "date": "datetime64[s]", "text": "str"}
"""The columns of a pattern: one of each type that is written."""
REGISTERS = ("gpkg_contents", "gpkg_geometry_columns", "gpkg_extensions", "gpkg_ogr_contents")
MANY = 50
"""Most rows of one statement."""
SHAPES = {"point": "Point", "line": "MultiLineString", "polygon": "MultiPolygon"}
# GeoPackage binary (clause 2.1.3 of the standard), little-endian: alone, with an envelope, nothing there
ALONE, BOXED, EMPTY = 0b0000_0001, 0b0000_0011, 0b0001_0001

Shapes = npt.NDArray[np.object_]


@contextmanager
def new_geopackage(path: Path, tables: Sequence[Table]) -> Iterator[sqlite3.Connection]:
    """A new GeoPackage at `path` with `tables`, open for more; not whole before it is left without error."""
    names = {kind: f"pattern_{i}_" for i, kind in enumerate(dict.fromkeys(map(_kind, tables)))}
    for (geometry, crs), name in names.items():
        _write_pattern(path, name, geometry, crs)
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        file.execute("PRAGMA journal_mode = OFF")  # a file that is not whole is thrown away anyhow
        file.execute("PRAGMA synchronous = OFF")
        file.execute("BEGIN")
        patterns = {kind: _taken_out(file, name) for kind, name in names.items()}
        for table in tables:
            _write(file, table, patterns[_kind(table)])
        yield file
        file.execute("COMMIT")


def _kind(table: Table) -> tuple[str | None, Any]:
    """Tables of one kind differ by their name and columns alone."""
    return table.geometry, table.frame.crs if table.geometry else None


# ------------------------------------------------------------------ patterns
@dataclass(frozen=True)
class _Pattern:
    """What GDAL wrote of an empty table: the statements that make it, its lines in the registers."""

    name: str
    head: str  # CREATE TABLE up to the columns of `TYPES`
    types: dict[str, str]
    index: tuple[str, ...]
    triggers: tuple[str, ...]
    lines: dict[str, dict[str, Any]]

    @property
    def column(self) -> str | None:
        """The column of the geometry."""
        line = self.lines.get("gpkg_geometry_columns")
        return None if line is None else str(line["column_name"])


def _write_pattern(path: Path, name: str, geometry: str | None, crs: Any) -> None:
    frame = pd.DataFrame({column: pd.Series([], dtype=dtype) for column, dtype in TYPES.items()})
    options: dict[str, Any] = {"driver": "GPKG", "layer": name, "append": path.exists()}
    if not path.exists():
        options["dataset_options"] = {"VERSION": VERSION}
    if geometry:
        frame = gpd.GeoDataFrame(frame, geometry=[], crs=crs)
        options["geometry_type"] = SHAPES[geometry]
    pyogrio.write_dataframe(frame, path, **options)


def _taken_out(file: sqlite3.Connection, name: str) -> _Pattern:
    """Read the pattern `name` and remove it from the file."""
    query = "SELECT type, sql FROM sqlite_master WHERE instr(tbl_name, ?) AND sql NOT NULL"
    made = file.execute(query, (name,)).fetchall()
    own = next(sql for _, sql in made if sql.startswith(f'CREATE TABLE "{name}"'))
    pattern = _Pattern(
        name,
        own[: own.index(f', "{next(iter(TYPES))}"')],
        {column: kind for _, column, kind, *_ in file.execute(f'PRAGMA table_info("{name}")')},
        tuple(sql for _, sql in made if sql.startswith("CREATE VIRTUAL TABLE")),
        tuple(sql for kind, sql in made if kind == "trigger"),
        {register: line for register in REGISTERS for line in _lines(file, register, name)},
    )
    if pattern.index:
        file.execute(f'DROP TABLE "rtree_{name}_{pattern.column}"')
    file.execute(f'DROP TABLE "{name}"')
    return pattern


def _lines(file: sqlite3.Connection, register: str, name: str) -> list[dict[str, Any]]:
    """The line of a register about the table `name`, taken out of it; none where it is not listed."""
    if not file.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (register,)).fetchone():
        return []  # GDAL makes a register when the first table needs it
    found = file.execute(f"SELECT * FROM {register} WHERE table_name = ?", (name,))
    heads = [head for head, *_ in found.description]
    lines = [dict(zip(heads, line, strict=True)) for line in found]
    file.execute(f"DELETE FROM {register} WHERE table_name = ?", (name,))
    return lines


# ------------------------------------------------------------------ tables
def _write(file: sqlite3.Connection, table: Table, pattern: _Pattern) -> None:
    """Make `table` like its pattern and fill it; the triggers come last: they count and index every row."""

    def run(sql: str) -> None:
        file.execute(sql.replace(pattern.name, table.name))

    column, shapes = pattern.column, _shapes(table)
    frame = pd.DataFrame(table.frame)  # of which a column is taken faster than of one with geometry
    place = table.frame.geometry.name if column else None
    facts = {str(name): _stored(frame[name]) for name in frame.columns if name != place}
    run(
        pattern.head + "".join(f', "{name}" {pattern.types[kind]}' for name, (kind, _) in facts.items()) + ")"
    )
    values = {name: stored for name, (_, stored) in facts.items()}
    if column:
        srs = pattern.lines["gpkg_geometry_columns"]["srs_id"]
        values = {column: _blobs(shapes, srs, boxed=table.geometry != "point")} | values
    _insert(file, table.name, values)
    for sql in pattern.index:
        run(sql)
        _index(file, f"rtree_{table.name}_{column}", shapes)
    for sql in pattern.triggers:
        run(sql)
    _register(file, table, pattern)


def _insert(file: sqlite3.Connection, table: str, columns: Mapping[str, Sequence[Any]]) -> None:
    """Append rows to a table, many with each statement: one by one they take twice the time."""
    many = max(1, min(MANY, file.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER) // len(columns)))
    heads = ", ".join(f'"{name}"' for name in columns)
    row = f"({', '.join('?' * len(columns))})"
    cells = chain.from_iterable(zip(*columns.values(), strict=True))
    whole, rest = divmod(len(next(iter(columns.values()))), many)

    def sql(rows: int) -> str:
        return f'INSERT INTO "{table}" ({heads}) VALUES {", ".join([row] * rows)}'

    file.executemany(sql(many), (list(islice(cells, many * len(columns))) for _ in range(whole)))
    if rest:
        file.execute(sql(rest), list(cells))


def _stored(column: pd.Series) -> tuple[str, list[Any]]:
    """The type (of `TYPES`) and the values of a column as the database takes them; it stores NaN as NULL."""
    kind = column.dtype
    if pd.api.types.is_float_dtype(kind):
        return "number", column.to_numpy(np.float64, na_value=np.nan).tolist()
    if pd.api.types.is_datetime64_any_dtype(kind):
        dates = np.datetime_as_string(column.to_numpy("datetime64[ms]")).astype(object)
        return "date", np.where(column.isna(), None, dates).tolist()
    if isinstance(kind, pd.StringDtype):
        return "text", column.to_numpy(object).tolist()
    if pd.api.types.is_bool_dtype(kind):
        return "bool", or_none(column)
    return "whole" if pd.api.types.is_integer_dtype(kind) else "text", or_none(column)


def _shapes(table: Table) -> Shapes:
    """The geometries of a table, lines and areas as multi-part ones."""
    if not table.geometry:
        return np.zeros(0, object)
    shapes = np.array(table.frame.geometry.array, object)
    if table.geometry != "point":
        for number, collect in ((1, shapely.multilinestrings), (3, shapely.multipolygons)):
            single = shapely.get_type_id(shapes) == number
            shapes[single] = collect(shapes[single][:, None])
    return shapes


def _blobs(shapes: Shapes, srs: int, *, boxed: bool) -> list[bytes | None]:
    """Each geometry as GeoPackage binary: head, envelope where `boxed`, WKB; None where there is none."""
    alone, box, empty = (
        b"GP\0" + bytes([flags]) + srs.to_bytes(4, "little") for flags in (ALONE, BOXED, EMPTY)
    )
    heads = [alone] * len(shapes)
    if boxed:
        sides = shapely.bounds(shapes)[:, [0, 2, 1, 3]].astype("<f8").tobytes()
        heads = [box + sides[at : at + 32] for at in range(0, len(sides), 32)]
    for row in np.flatnonzero(shapely.is_empty(shapes)).tolist():
        heads[row] = empty
    texts = shapely.to_wkb(shapes, output_dimension=2, byte_order=1, flavor="iso").tolist()
    return [None if text is None else head + text for head, text in zip(heads, texts, strict=True)]


def _index(file: sqlite3.Connection, name: str, shapes: Shapes) -> None:
    """Fill the spatial index with the bounds of those that have a place."""
    bounds = shapely.bounds(shapes)[:, [0, 2, 1, 3]]
    known = np.flatnonzero(~np.isnan(bounds[:, 0]))
    sides = dict(zip(("minx", "maxx", "miny", "maxy"), bounds[known].T.tolist(), strict=True))
    _insert(file, name, {"id": (known + 1).tolist(), **sides})


def _register(file: sqlite3.Connection, table: Table, pattern: _Pattern) -> None:
    """List a table in the registers in which its pattern stood."""
    own: dict[str, Any] = {
        "table_name": table.name,
        "identifier": f"{table.title} ({table.name})",
        "feature_count": len(table.frame),
    }
    if table.geometry:
        sides = table.frame.total_bounds.tolist()
        own |= dict(zip(("min_x", "min_y", "max_x", "max_y"), sides, strict=True))
    for register, line in pattern.lines.items():
        _insert(file, register, {name: [own.get(name, value)] for name, value in line.items()})
