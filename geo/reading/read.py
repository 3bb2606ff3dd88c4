"""How do files become an Area?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import TemporaryDirectory

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import CRS

from geo.area import Area, Source, conform
from geo.errors import AreaError, NothingReadableError
from geo.layers import LAYERS
from geo.reading.areafile import AreaFile, Declared, load_area_file
from geo.reading.files import RASTER, TABLE, Found, Limits, find_files, sha256
from geo.reading.linking import Gathered, Layers, link
from geo.reading.meaning import understand
from geo.reading.members import households_of
from geo.reading.placing import Part, locate, moved, working_crs
from geo.reading.problems import Log, Problems
from geo.reading.recognise import recognise
from geo.reading.shapes import fit
from geo.reading.sheets import Sheet
from geo.reading.tables import read_table
from geo.reading.terrain import HEIGHT_APART_M, apart, read_terrain
from geo.reading.vector import read_vector
from geo.spatial.terrain import Terrain

AREA_FILE = "area.toml"


def read_area(
    folder: Path | str,
    *,
    area_file: Path | str | None = None,
    encoding: str | Mapping[str, str] = "",
    limits: Limits | None = None,
) -> tuple[Area, Problems]:
    """Read a folder (or one file, or a zip) of layers into an Area, and say everything that was wrong.

    `area_file` takes the place of `area.toml` in the folder. `encoding` is that of all
    shapefiles and CSV, or of single ones by file name. Archives unfold within `limits`.
    The files are never written to. Coordinates of the Area are metres in its `crs`:
    the area file's, else CGCS2000 3-degree Gauss-Krueger in China and UTM elsewhere.

    Raises `AreaError` for a missing folder or a wrong area file, `NothingReadableError`
    (with the `report`) when not one layer could be read; everything else is in Problems.
    """
    folder = Path(folder)
    if not folder.exists():
        raise AreaError("reading.no_folder", folder=str(folder))
    spec = _area_file(folder, area_file)
    log = Log()
    with TemporaryDirectory(prefix="xiangtu-") as scratch:
        found = find_files(folder, Path(scratch), limits or Limits(), log)
        sheets = _sheets(found, Path(scratch), encoding, spec, log)
        layers, crs = _layers(sheets, spec, log)
        if crs is None or not layers:
            for raster in (f for f in found if f.kind in RASTER):
                log.add("raster_unused", "info", file=raster.file)
            raise NothingReadableError("reading.nothing", folder=folder.name, report=log.problems())
        frames = {name: _frame(layers[name], crs) for name in LAYERS if name in layers}
        rasters = [f for f in found if f.kind in RASTER]
        beside = _beside(folder, area_file, spec.terrain, limits or Limits())
        lived: dict[str, gpd.GeoDataFrame] = {
            name: frames[name] for name in ("villages", "households", "groups") if name in frames
        }
        terrain, source = read_terrain(
            beside or rasters, spec.terrain, crs, _extent(frames), log, needed=_extent(lived)
        )
        frames = _with_heights(frames, layers, terrain, log)
        sources = _sources(sheets, layers)
    name = spec.name or folder.stem
    return Area(name, crs, frames, terrain, (*sources, *([source] if source else []))), log.problems()


def _area_file(folder: Path, given: Path | str | None) -> AreaFile:
    if given is not None:
        return load_area_file(Path(given))
    own = folder / AREA_FILE
    return load_area_file(own) if folder.is_dir() and own.exists() else AreaFile()


def _beside(folder: Path, area_file: Path | str | None, named: str, limits: Limits) -> list[Found]:
    """The raster the area file names outside the folder (`../terrain/dem.tif`), where that is allowed."""
    home = Path(area_file).parent if area_file is not None else folder
    for base in (home, folder):
        path = base / named
        if named and limits.outside and path.is_file() and path.suffix.lower() in RASTER:
            return [Found(path, named)]
    return []


def _sheets(
    found: list[Found], scratch: Path, encoding: str | Mapping[str, str], spec: AreaFile, log: Log
) -> list[Sheet]:
    out: list[Sheet] = []
    for file in found:
        if file.kind in RASTER:
            continue
        said = next((d.encoding for d in spec.layers if d.encoding and _names(d, file.file)), "")
        if not said:
            said = encoding if isinstance(encoding, str) else _encoding_of(encoding, file.file)
        read = read_table if file.kind in TABLE else None
        out += read(file, said, log) if read else read_vector(file, scratch, said, log)
    return out


def _encoding_of(encodings: Mapping[str, str], file: str) -> str:
    return encodings.get(file, encodings.get(Path(file).name, ""))


def _names(declared: Declared, file: str) -> bool:
    """Whether the declaration means this file: by path, by name, or by pattern; case does not matter."""
    shown, base = file.casefold(), Path(file).name.casefold()
    return any(fnmatchcase(shown, p.casefold()) or fnmatchcase(base, p.casefold()) for p in declared.files)


def _layers(sheets: list[Sheet], spec: AreaFile, log: Log) -> tuple[Layers, CRS | None]:
    """The layers in the working CRS, linked; and that CRS."""
    parts = _assign(sheets, spec, log)
    parts = [_understood(p, log) for p in parts]
    parts = locate(parts, log)
    crs = working_crs(parts, spec.crs, log)
    if crs is None:
        for part in parts:
            log.add("no_coordinates", "unreadable", file=part.sheet.shown, layer=part.layer)
        return {}, None
    fitted = [_fitted(moved(p, crs, log), log) for p in parts]
    return link(_gather(fitted, log), log), crs


def _understood(part: Part, log: Log) -> Part:
    sheet = understand(part.sheet, part.layer, part.declared, log)
    return part.with_sheet(households_of(sheet, log) if part.layer == "households" else sheet)


def _assign(sheets: list[Sheet], spec: AreaFile, log: Log) -> list[Part]:
    """Which sheet is which layer: as declared, else as recognised."""
    counts = pd.Series([s.file for s in sheets], dtype="str").value_counts()
    parts: list[Part] = []
    used: set[int] = set()
    for sheet in sheets:
        mine = [d for d in spec.layers if _names(d, sheet.file) and d.source in ("", sheet.name)]
        used |= {id(d) for d in mine}
        parts += [Part(d.layer, sheet, d) for d in mine]
        if not mine and spec.only:
            log.add("undeclared", "info", file=sheet.shown)
        elif not mine:
            parts += _recognised(sheet, alone=counts[sheet.file] == 1, log=log)
    for declared in spec.layers:
        if id(declared) not in used:
            named = ", ".join(declared.files) + (f":{declared.source}" if declared.source else "")
            key = f"layers.{declared.layer}"
            log.add("declared_missing", "error", file=named, layer=declared.layer, wanted=key)
    return parts


def _recognised(sheet: Sheet, *, alone: bool, log: Log) -> list[Part]:
    stem = Path(sheet.file).stem
    names = [sheet.name, *([stem] if alone else [])]
    shape = "mixed" if sheet.shape == "none" and sheet.geometry is not None else sheet.shape
    columns = [str(c) for c in sheet.columns.columns]
    found = recognise(names, columns, shape, short=sheet.short_names)
    if not found.layer:
        heads = ", ".join(_title(c) for c in columns[:8])
        if found.rivals:
            log.add("ambiguous", "warning", file=sheet.shown, rivals=", ".join(found.rivals))
        else:
            log.add("unrecognised", "info", file=sheet.shown, columns=heads)
        return []
    if found.how == "fields":
        log.add("by_fields", "info", file=sheet.shown, layer=found.layer)
    return [Part(found.layer, sheet)]


def _title(column: str) -> str:
    """A column as a report may quote it: what was taken for a title may hold a name or a telephone number."""
    return re.sub(r"\d{6,}", "***", re.split("[:：]", column)[0])


def _fitted(part: Part, log: Log) -> Part:
    points = part.declared is not None and part.declared.points
    placeable = part.layer in ("households", "groups")
    return part.with_sheet(fit(part.sheet, part.layer, log, points=points, placeable=placeable))


def _gather(parts: list[Part], log: Log) -> Layers:
    """The parts of each layer, one after the other."""
    out: Layers = {}
    for name in LAYERS:
        mine = [p.sheet for p in parts if p.layer == name]
        if not mine:
            continue
        if not sum(len(s) for s in mine):
            log.add("empty_layer", "warning", file=", ".join(s.shown for s in mine)[:80], layer=name)
        columns = pd.concat([s.columns for s in mine], ignore_index=True)
        origins = [pd.DataFrame({"file": s.shown, "row": s.rows, "crs": s.stated}) for s in mine]
        origin = pd.concat(origins, ignore_index=True)
        geometry = np.concatenate([np.asarray(s.geometry, object) for s in mine])
        out[name] = Gathered(name, columns, geometry, origin)
    return out


def _frame(given: Gathered, crs: CRS) -> gpd.GeoDataFrame:
    columns = given.columns.drop(columns="geometry", errors="ignore")
    return conform(given.layer, gpd.GeoDataFrame(columns, geometry=given.geometry, crs=crs), crs)


def _extent(frames: Mapping[str, gpd.GeoDataFrame]) -> np.ndarray[tuple[int], np.dtype[np.float64]] | None:
    """The box to cut the terrain to: villages, else everything."""
    chosen = (
        [frames["villages"]] if "villages" in frames and len(frames["villages"]) else list(frames.values())
    )
    boxes = np.array([f.total_bounds for f in chosen if len(f)])
    if not len(boxes):
        return None
    return np.array([*np.nanmin(boxes[:, :2], axis=0), *np.nanmax(boxes[:, 2:], axis=0)])


def _with_heights(
    frames: Mapping[str, gpd.GeoDataFrame], layers: Layers, terrain: Terrain | None, log: Log
) -> dict[str, gpd.GeoDataFrame]:
    """The layers without heights that cannot be true where they stand: 0 for not measured, feet, a slip."""
    out = dict(frames)
    for name in ("pools", "springs"):
        if terrain is None or name not in out:
            continue
        frame = out[name]
        wrong = apart(
            terrain, frame.geometry.x.to_numpy(), frame.geometry.y.to_numpy(), frame["elev"].to_numpy()
        )
        log.add_by_file(
            "height_apart", "error", layers[name].origin[wrong], layer=name, field="elev",
            shown=frame["elev"], limit=HEIGHT_APART_M,
        )  # fmt: skip
        out[name] = frame.assign(elev=frame["elev"].mask(wrong))
    return out


def _sources(sheets: list[Sheet], layers: Layers) -> list[Source]:
    """One line of provenance for each file of each layer."""
    by_file = {s.shown: s for s in sheets}
    hashes: dict[Path, str] = {}
    out = []
    for name, given in layers.items():
        for file, rows in given.origin.groupby("file", sort=False):
            sheet = by_file[str(file)]
            if sheet.path not in hashes:
                hashes[sheet.path] = sha256(sheet.path)
            crs = str(rows["crs"].iloc[0])
            out.append(Source(name, str(file), hashes[sheet.path], len(rows), crs, sheet.encoding))
    return out
