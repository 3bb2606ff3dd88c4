"""Read the layers of a vector file as they are, through GDAL."""

from __future__ import annotations

import json
import os
import shutil
import struct
import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyogrio
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from geo.messages import say
from geo.privacy import mask_name
from geo.reading import encodings, grids, kml
from geo.reading.files import Found
from geo.reading.problems import Log
from geo.reading.sheets import Sheet
from geo.reading.wording import in_words

GDAL_ERRORS = (
    pyogrio.errors.DataSourceError,
    pyogrio.errors.DataLayerError,
    ValueError,
    RuntimeError,
    OSError,
    UnboundLocalError,  # what pyogrio raises for a CRS that GDAL cannot write down
)
BAD_FEATURES = 200  # a file with more broken features than this is given up
GEOJSON = frozenset(["FeatureCollection", "Feature", "GeometryCollection", "Topology"])
GEOJSON_SHAPES = frozenset(
    ["Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon"]
)


def read_vector(found: Found, scratch: Path, encoding: str, log: Log) -> list[Sheet]:
    """All layers of the file; what cannot be read is in the log."""
    if found.kind in (".shp", ".dbf"):
        return _shapefile(found, scratch, encoding, log)
    if found.kind == ".json" and not _is_geojson(found.path):
        log.add("not_geo", "info", file=found.file)
        return []
    if found.kind in (".kml", ".kmz"):
        copy, names = kml.renamed(found, scratch)
        return [_as_said(sheet, found, names) for sheet in _layers(copy, log)]
    return _layers(found, log)


def _as_said(sheet: Sheet, found: Found, names: Mapping[str, str]) -> Sheet:
    """A layer of a KML under the names of its own file, without what the driver adds."""
    idle = [c for c in sheet.columns if c in kml.OWN or sheet.columns[c].isna().all()]
    columns = sheet.columns.drop(columns=idle)
    called = _unique([names.get(str(c), str(c)) for c in columns])
    return replace(sheet, path=found.path, columns=columns.set_axis(pd.Index(called, dtype=object), axis=1))


def _layers(found: Found, log: Log) -> list[Sheet]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            layers = [str(name) for name, _ in pyogrio.list_layers(found.path)]
    except GDAL_ERRORS as error:
        log.add("unreadable", "unreadable", file=found.file, why=_why(error))
        return []
    if not layers:
        log.add("no_layers", "unreadable", file=found.file)
    sheets = [_read(found, name, log) for name in layers]
    return [s for s in sheets if s is not None]


def _why(error: Exception) -> str | Callable[[str], str]:
    """The driver's words, ours where they are known; without its advice and the path of the machine."""
    if isinstance(error, UnboundLocalError):
        return partial(say, "reading.why.crs")
    text = str(error).split("; It might help")[0].strip().rstrip(".")
    words = [Path(w.strip("'\"`,:")).name + ":" * w.endswith(":") if w.startswith(("/", "'/", "`/")) else w
             for w in text.split()]  # fmt: skip
    return in_words(" ".join(words)[:200] or type(error).__name__)


def _is_geojson(path: Path) -> bool:
    """Whether a .json is meant as GeoJSON: valid JSON of a GeoJSON type, or broken JSON that says "type"."""
    text = path.read_bytes()
    try:
        data = json.loads(text.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return b'"type"' in text[:100_000]
    return isinstance(data, dict) and data.get("type") in GEOJSON | GEOJSON_SHAPES


def _read(found: Found, name: str | None, log: Log, *, encoding: str | None = None) -> Sheet | None:
    """One layer. `encoding` only for formats that do not carry their own."""
    lost: npt.NDArray[np.int64] = np.array([], int)
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        try:
            parts = [_raw(found, name, encoding)]
        except pyogrio.errors.FeatureError as error:
            parts, lost = _salvage(found, name, encoding)
            if not parts:
                log.add("unreadable", "unreadable", file=found.file, why=_why(error))
                return None
            empty = np.flatnonzero(shapely.is_missing(_geometries(parts))) + 1
            rows = lost + 1 if len(lost) else empty
            log.add("broken_features", "error", file=found.file, rows=rows, why=_why(error))
        except GDAL_ERRORS as error:
            log.add("unreadable", "unreadable", file=_shown(found, name), why=_why(error))
            return None
    meta = parts[0][0]
    columns, geometry = _columns(parts), _geometries(parts)
    numbers = np.setdiff1d(np.arange(len(columns) + len(lost)), lost) + 1
    if any("Measured" in str(w.message) for w in heard):
        log.add("m_dropped", "info", file=found.file)
    crs = _crs(meta["crs"], found, log)
    flat = _flat(geometry, found.file, log)
    layer = name or found.path.stem
    said = encodings.known(meta.get("encoding") or "") or "utf-8"
    return Sheet(found.file, layer, found.path, columns, flat, numbers, crs, said)


def _raw(found: Found, name: str | None, encoding: str | None, **window: int) -> Any:
    """What GDAL gives. Text of an `encoding` comes byte by byte and is decoded once per distinct value."""
    options = {"ARRAY_AS_STRING": "YES"} if found.kind in (".json", ".geojson") else {}
    said = "ISO-8859-1" if encoding else None
    meta, ids, shapes, data = pyogrio.raw.read(found.path, layer=name, encoding=said, **options, **window)
    if encoding:
        meta["fields"] = np.array([_decoded(f, encoding) for f in meta["fields"]], object)
        data = [_texts(values, encoding) for values in data]
    return meta, ids, shapes, data


def _decoded(text: Any, encoding: str) -> Any:
    """Text that was decoded as latin-1, decoded once more; a character cut in half is dropped."""
    return text.encode("latin-1", "replace").decode(encoding, "ignore") if isinstance(text, str) else text


def _texts(values: npt.NDArray[Any], encoding: str) -> npt.NDArray[Any]:
    if values.dtype != object:
        return values
    codes, distinct = pd.factorize(values)
    return np.array([*(_decoded(v, encoding) for v in distinct), None], object)[codes]


def _shown(found: Found, name: str | None) -> str:
    return found.file if name in (None, found.path.stem) else f"{found.file}:{name}"


def _salvage(found: Found, name: str | None, encoding: str | None) -> tuple[list[Any], npt.NDArray[np.int64]]:
    """Everything but the features GDAL cannot read, and the numbers (from 0) of those."""
    parts: list[Any] = []
    lost: list[int] = []

    def take(start: int, count: int) -> None:
        if count <= 0 or len(lost) > BAD_FEATURES:
            return
        try:
            parts.append(_raw(found, name, encoding, skip_features=start, max_features=count))
        except GDAL_ERRORS:
            if count == 1:
                lost.append(start)
                return
            take(start, count // 2)
            take(start + count // 2, count - count // 2)

    try:
        said = "ISO-8859-1" if encoding else None
        info = pyogrio.read_info(found.path, layer=name, encoding=said, force_feature_count=False)
    except GDAL_ERRORS:
        return [], np.array([], int)
    take(0, int(info["features"]))
    return ([], np.array([], int)) if len(lost) > BAD_FEATURES else (parts, np.array(lost, int))


def _columns(parts: list[Any]) -> pd.DataFrame:
    names = [str(n) for n in parts[0][0]["fields"]]
    frames = []
    for _, _, geometry, data in parts:
        size = len(geometry) if geometry is not None else (len(data[0]) if len(data) else 0)
        columns = {i: values for i, values in enumerate(data)}
        frames.append(pd.DataFrame(columns, index=pd.RangeIndex(size)))
    frame = frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)
    frame.columns = pd.Index(_unique(names), dtype=object)
    return frame


def _unique(names: list[str]) -> list[str]:
    """Names made distinct: a second `a` becomes `a_2`."""
    seen: dict[str, int] = {}
    out = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        out.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return out


def _geometries(parts: list[Any]) -> npt.NDArray[np.object_] | None:
    """Shapely geometries; None for a table. What shapely does not know (TIN, broken WKB) becomes missing."""
    if parts[0][2] is None:
        return None
    found = np.concatenate([np.asarray(p[2], object) for p in parts])
    out: npt.NDArray[np.object_] = shapely.from_wkb(found, on_invalid="ignore")
    return out


def _flat(geometry: npt.NDArray[np.object_] | None, file: str, log: Log) -> npt.NDArray[np.object_] | None:
    if geometry is None:
        return None
    high = shapely.has_z(geometry)
    if high.any():
        log.add("z_dropped", "info", file=file, rows=np.flatnonzero(high) + 1)
        geometry = shapely.force_2d(geometry)
    return geometry


def _crs(text: str | None, found: Found, log: Log) -> CRS | None:
    if not text:
        return None
    try:
        crs = CRS.from_user_input(text)
    except CRSError as error:
        log.add("crs_unknown", "warning", file=found.file, why=str(error)[:100])
        return None
    if grids.usable(crs):
        return crs
    log.add("crs_unknown", "warning", file=found.file, why=crs.name[:100])
    return None


def _shapefile(found: Found, scratch: Path, explicit: str, log: Log) -> list[Sheet]:
    own = found.path.stem
    names = [os.path.splitext(name) for name in os.listdir(found.path.parent)]
    parts = {suffix.lower(): found.path.with_name(stem + suffix) for stem, suffix in names if stem == own}
    encoding = "utf-8"
    if ".dbf" in parts:
        encoding, how, complaint = encodings.of_dbf(parts[".dbf"], parts.get(".cpg"), explicit)
        if complaint:
            log.add("encoding_lie", "warning", file=found.file, stated=complaint, encoding=encoding)
    else:
        log.add("no_dbf", "error", file=found.file)
    if found.kind == ".shp" and ".shx" not in parts:
        log.add("no_shx", "warning", file=found.file)
        return _again(found, parts, scratch, encoding, log)
    quiet = Log()
    sheet = _read(found, None, quiet, encoding=encoding)
    if sheet is None and found.kind == ".shp":
        sheets = _again(found, parts, scratch, encoding, Log())
        if sheets:
            log.add("bad_shx", "warning", file=found.file)
            return sheets
        sheets = _again(found, {k: p for k, p in parts.items() if k != ".prj"}, scratch, encoding, Log())
        if sheets:
            log.add("crs_unknown", "warning", file=found.file, why=".prj")
            return sheets
    log.take(quiet)
    if sheet is None:
        return []
    if ".dbf" in parts:
        _say_encoding(sheet, how, encoding, log)
        _count(parts, sheet, log)
    return [_named(sheet, encoding)]


def _again(found: Found, parts: dict[str, Path], scratch: Path, encoding: str, log: Log) -> list[Sheet]:
    """Read a copy without its index, letting GDAL build a new one: the user's folder stays untouched."""
    folder = scratch / f"shx{len(list(scratch.iterdir()))}"
    folder.mkdir()
    for suffix, path in parts.items():
        if suffix in (".shp", ".dbf", ".prj"):
            shutil.copy(path, folder / f"copy{suffix}")
    pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": "YES"})
    try:
        copy = Found(folder / "copy.shp", found.file)
        sheet = _read(copy, None, log, encoding=encoding)
    finally:
        pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": None})
    return [] if sheet is None else [_named(sheet, encoding, found)]


def _named(sheet: Sheet, encoding: str, found: Found | None = None) -> Sheet:
    path = found.path if found else sheet.path
    return replace(sheet, encoding=encoding, short_names=True, name=path.stem, path=path)


def _say_encoding(sheet: Sheet, how: str, encoding: str, log: Log) -> None:
    """Tell which encoding was taken when the file does not say; with sample names to look at."""
    if how != "content":
        return
    texts = sheet.columns.select_dtypes(["object", "str"])
    shown = [v for c in texts for v in texts[c].dropna().astype("str").unique()[:5000] if not v.isascii()]
    names = [str(c) for c in sheet.columns if not str(c).isascii()]
    sample = ", ".join(names[:4] or [mask_name(v) for v in shown[:4]])  # a report may travel
    log.add("encoding_guess", "info", file=sheet.file, encoding=encoding, sample=sample)


def _count(parts: dict[str, Path], sheet: Sheet, log: Log) -> None:
    """Compare the number of shapes and of records: where they differ, attributes may have slipped."""
    head = parts[".dbf"].read_bytes()[:8]
    records = struct.unpack("<I", head[4:8])[0] if len(head) == 8 else 0
    if ".shx" in parts:
        shapes = max(0, (parts[".shx"].stat().st_size - 100) // 8)
        if shapes != records:
            log.add("counts_differ", "error", file=sheet.file, shapes=shapes, records=records)
