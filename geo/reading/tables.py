"""Read spreadsheets and CSV, and find the coordinates in them."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import islice

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyogrio
import python_calamine as calamine
import shapely

from geo.privacy import mask_name
from geo.reading import encodings
from geo.reading.files import Found
from geo.reading.problems import Log
from geo.reading.recognise import bare_header
from geo.reading.sheets import Sheet
from geo.reading.values import plain
from geo.reading.wording import in_words

LONGITUDES = ("经度", "lon", "lng", "long", "longitude", "东经", "gps经度", "经度坐标", "wgs84经度")
LATITUDES = ("纬度", "lat", "latitude", "北纬", "gps纬度", "纬度坐标", "wgs84纬度")
XS = ("x", "x坐标", "东坐标", "横坐标", "东", "easting", "point_x", "xcoord", "x_coord", "coord_x", "xx")
YS = ("y", "y坐标", "北坐标", "纵坐标", "北", "northing", "point_y", "ycoord", "y_coord", "coord_y", "yy")
WKT = ("wkt", "the_geom", "geometry", "geom")
MAX_BYTES = 600_000_000  # of an unpacked workbook: more is no ledger of a county
SUMS = re.compile(r".{0,8}(?:合计|总计|小计|共计)[:：]?")  # what heads a row that adds up those above it
DMS = re.compile(  # of text in half-width and lower case
    r"\s*(?:东经|北纬|[en])?\s*(\d+(?:\.\d+)?)\s*[°度]"
    r"\s*(?:(\d+(?:\.\d+)?)\s*[′'’分])?"
    r"\s*(?:(\d+(?:\.\d+)?)\s*(?:[\"”秒]|′′))?\s*[en]?\s*"
)


def read_table(found: Found, encoding: str, log: Log) -> list[Sheet]:
    """The sheets of a spreadsheet, or the one table of a CSV, as text, with points where there are any."""
    if found.kind in (".csv", ".tsv"):
        table = _csv(found, encoding, log)
        tables = [] if table is None else [table]
    else:
        tables = _workbook(found, log)
    return [_located(t, log) for t in tables]


def _csv(found: Found, explicit: str, log: Log) -> Sheet | None:
    data = found.path.read_bytes()
    encoding = encodings.known(explicit) or encodings.of_bytes(data)
    if encoding != "utf-8-sig" and not explicit:
        lines = [w for w in data.decode(encoding, "replace").splitlines() if w.strip()]
        heads = lines[0] if lines and not lines[0].isascii() else ""  # names of columns, not of people
        words = (mask_name(w) for line in lines[1:] for w in re.split(r"[,;\t|]", line) if not w.isascii())
        sample = heads[:60] or ", ".join(islice(words, 4))
        log.add("encoding_guess", "info", file=found.file, encoding=encoding, sample=sample)
    text = data.decode(encoding, "replace").replace("\0", "")
    head = text[:20_000].splitlines()[0] if text.strip() else ""
    delimiter = "\t" if found.kind == ".tsv" else max(",;\t|", key=head.count) if head else ","
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        log.add("unreadable", "unreadable", file=found.file, why=in_words(str(error)))
        return None
    sheet = _sheet(found, found.path.stem, rows, log)
    return None if sheet is None else replace(sheet, encoding=encoding.replace("-sig", ""))


def _workbook(found: Found, log: Log) -> list[Sheet]:
    size = _unpacked(found)
    if size > MAX_BYTES:
        log.add("zip_bomb", "unreadable", file=found.file, why=f"{size / 1e6:,.0f} MB")
        return []
    try:
        book = calamine.CalamineWorkbook.from_path(str(found.path))
        tables = {n: _rows(book.get_sheet_by_name(n)) for n in book.sheet_names}
    except (calamine.CalamineError, OSError, ValueError) as error:
        return _by_gdal(found, str(error), log)
    sheets = [_sheet(found, name, rows, log) for name, rows in tables.items()]
    return [s for s in sheets if s is not None]


def _rows(sheet: calamine.CalamineSheet) -> list[list[object]]:
    """The cells, what is merged over several rows said in each of them (a village written once for all)."""
    rows: list[list[object]] = [list(row) for row in sheet.to_python(skip_empty_area=False)]
    for (top, left), (bottom, _) in sheet.merged_cell_ranges or ():
        for row in rows[top + 1 : bottom + 1]:
            row[left] = rows[top][left]
    return rows


def _by_gdal(found: Found, why: str, log: Log) -> list[Sheet]:
    """A second way into a workbook that the fast reader refuses (odd numbers in styles, for instance)."""
    try:
        names = [str(name) for name, _ in pyogrio.list_layers(found.path)]
        tables = [
            pyogrio.raw.read(found.path, layer=n, HEADERS="DISABLE", FIELD_TYPES="STRING") for n in names
        ]
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, ValueError, OSError):
        log.add("unreadable", "unreadable", file=found.file, why=in_words(why[:200]))
        return []
    rows = [list(zip(*table[3], strict=True)) for table in tables]
    sheets = [_sheet(found, n, r, log) for n, r in zip(names, rows, strict=True)]
    return [s for s in sheets if s is not None]


def _unpacked(found: Found) -> int:
    """Bytes a workbook unfolds to (most are zip archives), by its own directory."""
    if not zipfile.is_zipfile(found.path):
        return found.path.stat().st_size
    try:
        with zipfile.ZipFile(found.path) as archive:
            return sum(member.file_size for member in archive.infolist())
    except zipfile.BadZipFile:
        return 0  # the reader will say what is wrong with it


def _sheet(found: Found, name: str, rows: Sequence[Sequence[object]], log: Log) -> Sheet | None:
    """Rows to columns: the header is the first row of the first few that names the most columns."""
    filled = [sum(str(c).strip() != "" for c in row) for row in rows[:8]]
    if not filled or max(filled) == 0:
        log.add("empty_table", "info", file=found.file, name=name)
        return None
    top = next(i for i, n in enumerate(filled) if n >= max(filled) * 0.8)
    header = _words(rows[top])
    below = _words(rows[top + 1]) if top + 1 < len(rows) else []
    if _goes_on(header, below):
        header, top = [b or h for h, b in zip(header, below, strict=True)], top + 1
    width = len(header)
    body, numbers, uneven, sums = [], [], [], []
    for i, row in enumerate(rows[top + 1 :], top + 2):
        if not any(str(c).strip() for c in row):
            continue
        if _adds_up(row):
            sums.append(i)
            continue
        if len(row) != width and any(str(c).strip() for c in row[width:]):
            uneven.append(i)
        body.append(list(row[:width]) + [None] * (width - len(row)))
        numbers.append(i)
    log.add("uneven", "warning", file=found.file, rows=np.array(uneven, int), name=name)
    log.add("sum_row", "info", file=found.file, rows=np.array(sums, int), name=name)
    used = [j for j in range(width) if header[j] or any(r[j] not in (None, "") for r in body)]
    names = _names([header[j] or f"column {j + 1}" for j in used])
    columns = pd.DataFrame({n: _column([r[j] for r in body]) for n, j in zip(names, used, strict=True)})
    frame = columns if len(columns.columns) else pd.DataFrame(index=pd.RangeIndex(len(body)))
    return Sheet(found.file, name, found.path, frame, None, np.array(numbers, np.int64))


def _adds_up(row: Sequence[object]) -> bool:
    """Whether the first or second word of a row says that it is a sum: 合计, 龙潭村 小计."""
    said = [re.sub(r"\s+", "", str(c)) for c in row if str(c).strip() and c is not None]
    return any(SUMS.fullmatch(word) for word in said[:2])


def _words(row: Sequence[object]) -> list[str]:
    return [re.sub(r"\s+", " ", str(c)).strip() for c in row]


def _goes_on(header: list[str], below: list[str]) -> bool:
    """Whether a header has a second row: it names what the first leaves blank (经度, 纬度 under 位置) and
    says nothing else that differs."""
    if len(below) != len(header) or any(re.search(r"\d", b) for b in below):
        return False
    blank = [not h for h in header]
    fills = [b for b, empty in zip(below, blank, strict=True) if empty and b]
    block = [*blank[1:], False]  # what stands over blanks heads them all
    rest = zip(header, below, blank, block, strict=True)
    return bool(fills) and all(empty or heads or b in ("", h) for h, b, empty, heads in rest)


def _names(header: list[str]) -> list[str]:
    seen: dict[str, int] = {}
    for name in header:
        seen[name] = seen.get(name, 0)
    out = []
    for name in header:
        seen[name] += 1
        out.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return out


def _column(values: list[object]) -> pd.Series:
    return pd.Series([None if v is None or v == "" else v for v in values], dtype=object)


def _located(sheet: Sheet, log: Log) -> Sheet:
    """The table with points from its coordinate columns, if it has a pair of them."""
    heads = {bare_header(c): str(c) for c in sheet.columns.columns}
    for x_names, y_names in ((LONGITUDES, LATITUDES), (XS, YS)):
        x = next((heads[n] for n in x_names if n in heads), None)
        y = next((heads[n] for n in y_names if n in heads), None)
        if x is not None and y is not None:
            return _points(sheet, x, y, log)
    wkt = next((heads[n] for n in WKT if n in heads), None)
    if wkt is not None:
        texts = sheet.columns[wkt].map(lambda v: v if isinstance(v, str) and v.strip() else None)
        found = _from_wkt(texts)
        log.add("bad_wkt", "error", file=sheet.shown, rows=sheet.rows[texts.notna() & (found == None)])  # noqa: E711
        if shapely.is_geometry(found).any():
            return replace(sheet, geometry=shapely.force_2d(found), columns=sheet.columns.drop(columns=wkt))
    return sheet


def _from_wkt(texts: pd.Series) -> npt.NDArray[np.object_]:
    """Geometries; missing where the text is none, or of a kind shapely does not know (curves, TIN)."""
    values = texts.to_numpy(object)
    try:
        found: npt.NDArray[np.object_] = shapely.from_wkt(values, on_invalid="ignore")
    except NotImplementedError:
        found = np.full(len(values), None, object)
        for i, value in enumerate(values):
            with suppress(NotImplementedError):
                found[i] = shapely.from_wkt(value, on_invalid="ignore")
    return found


def _points(sheet: Sheet, x: str, y: str, log: Log) -> Sheet:
    xs, ys = _coordinates(sheet.columns[x]), _coordinates(sheet.columns[y])
    given = sheet.columns[x].notna().to_numpy() & sheet.columns[y].notna().to_numpy()
    good = np.isfinite(xs) & np.isfinite(ys) & ~((xs == 0) & (ys == 0))
    log.add("bad_coordinate", "error", file=sheet.shown, field=f"{x}, {y}", rows=sheet.rows[given & ~good])
    points = np.full(len(sheet), None, object)
    points[good] = shapely.points(xs[good], ys[good])
    return replace(sheet, geometry=points, columns=sheet.columns.drop(columns=[x, y]))


def _coordinates(column: pd.Series) -> npt.NDArray[np.float64]:
    """Numbers; degrees, minutes and seconds are understood too (105°36′20″)."""
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(np.float64, na_value=np.nan, copy=True)
    for i in np.flatnonzero(np.isnan(numbers) & column.notna().to_numpy()):
        match = DMS.fullmatch(plain(column.iloc[i]))
        if match:
            degrees, minutes, seconds = (float(g or 0) for g in match.groups())
            numbers[i] = degrees + minutes / 60 + seconds / 3600
    return numbers
