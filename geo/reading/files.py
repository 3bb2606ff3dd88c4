"""Which files are there? Folders are walked, zip archives unpacked within bounds."""

from __future__ import annotations

import hashlib
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath

from geo.messages import say
from geo.reading.problems import Log, Severity
from geo.reading.recognise import recognise
from geo.reading.wording import in_words

VECTOR = frozenset(
    [".shp", ".gpkg", ".geojson", ".json", ".geojsonl", ".fgb", ".kml", ".kmz", ".gdb", ".sqlite"]
)
TABLE = frozenset([".csv", ".tsv", ".xlsx", ".xlsm", ".xls", ".ods"])
RASTER = frozenset([".tif", ".tiff", ".asc", ".img"])
SIDECARS = frozenset([
    ".shx", ".dbf", ".prj", ".cpg", ".qpj", ".sbn", ".sbx", ".qix", ".idm", ".ind", ".xml", ".qml",
    ".qmd", ".cst", ".fix", ".ain", ".aih", ".atx", ".csvt", ".lic", ".sld", ".ovr", ".tfw", ".aux",
    ".gfs",
])  # fmt: skip
SILENT = frozenset([".toml", ".md", ".qgz", ".qgs", ".gpkg-wal", ".gpkg-shm", ".lyr", ".mxd"])


@dataclass(frozen=True)
class Limits:
    """How much an archive may unfold: files, unpacked bytes, archives inside archives.

    Layers and terrain shrink 2 to 50 times: what shrank more than `ratio` times and
    unfolds to more than `small` bytes is no honest archive, and is not unfolded.

    `outside`: the area file may name a terrain outside the folder; not for uploads.
    """

    files: int = 2_000
    bytes: int = 4 << 30
    depth: int = 2
    ratio: int = 200
    small: int = 256 << 20
    outside: bool = True


@dataclass(frozen=True)
class Found:
    """A file to read: where it is and what it is called (inside an archive: `a.zip/b.shp`)."""

    path: Path
    file: str

    @property
    def kind(self) -> str:
        return self.path.suffix.lower()


def sha256(path: Path) -> str:
    """Of the file's bytes; of a folder (.gdb) over its files in name order."""
    digest = hashlib.sha256()
    for part in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if part.is_file():
            with part.open("rb") as stream:
                while block := stream.read(1 << 20):
                    digest.update(block)
    return digest.hexdigest()


def find_files(folder: Path, scratch: Path, limits: Limits, log: Log) -> list[Found]:
    """Everything that can hold a layer, in name order; the rest becomes a line of the report."""
    if folder.is_file():
        shown = [Found(folder, folder.name)]
        siblings = [p for p in folder.parent.iterdir() if p.stem == folder.stem]
    else:
        shown = [Found(p, p.relative_to(folder).as_posix()) for p in _walk(folder)]
        siblings = [f.path for f in shown]
    budget = _Budget(limits.files, limits.bytes, limits.ratio, limits.small)
    found = [x for f in shown for x in _unfold(f, scratch, budget, limits.depth, log)]
    known = siblings + [f.path for f in found]
    stems = _stems(known)
    wanted = [f for f in found if _wanted(f, stems, log)]
    if folder.is_file() and not wanted and not len(log.problems()):
        log.add("format", "info", file=folder.name, kind=folder.suffix or folder.name)
    return wanted


def _walk(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name.startswith((".", "~$")) or path.name == "__MACOSX":
            continue
        if path.is_dir() and path.suffix.lower() != ".gdb":
            yield from _walk(path)
        elif path.exists():
            yield path


def _stems(paths: list[Path]) -> frozenset[tuple[Path, str]]:
    main = VECTOR | RASTER | TABLE
    return frozenset((p.parent, p.name.split(".")[0].lower()) for p in paths if p.suffix.lower() in main)


def _wanted(found: Found, stems: frozenset[tuple[Path, str]], log: Log) -> bool:
    """Whether to read it. Sidecars of a layer go with it; a .dbf alone is read as a table."""
    if found.kind in VECTOR | TABLE | RASTER:
        return not _empty(found, log)
    alone = (found.path.parent, found.path.name.split(".")[0].lower()) not in stems
    if found.kind == ".dbf" and alone:
        return True
    if found.kind in SIDECARS and alone and found.kind in (".shx", ".sbn"):
        log.add("orphan", "error", file=found.file)
    elif found.kind not in SIDECARS | SILENT and found.kind != ".zip":
        named = recognise([found.path.stem], [], "mixed").layer
        severity: Severity = "warning" if named else "info"  # a mine plan as DXF is missed, a letter is not
        log.add("format", severity, file=found.file, layer=named, kind=found.kind or found.path.name)
    return False


def _empty(found: Found, log: Log) -> bool:
    """Whether a file holds not one byte; that is said."""
    if found.path.is_dir() or found.path.stat().st_size:
        return False
    log.add("unreadable", "unreadable", file=found.file, why=partial(say, "reading.why.no_bytes"))
    return True


@dataclass
class _Budget:
    files: int
    bytes: int
    ratio: int
    small: int


def _unfold(found: Found, scratch: Path, budget: _Budget, depth: int, log: Log) -> list[Found]:
    if found.kind != ".zip":
        return [found]
    if _empty(found, log):
        return []
    if depth == 0:
        log.add("zip_deep", "unreadable", file=found.file)
        return []
    target = scratch / f"zip{len(list(scratch.iterdir()))}"
    target.mkdir()
    try:
        with zipfile.ZipFile(found.path) as archive:
            _unpack(archive, target, budget)
    except _TooMuchError as error:
        shutil.rmtree(target)
        log.add("zip_bomb", "unreadable", file=found.file, why=partial(say, f"reading.why.{error}"))
        return []
    except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, NotImplementedError) as error:
        shutil.rmtree(target)
        log.add("unreadable", "unreadable", file=found.file, why=in_words(str(error)))
        return []
    inside = [Found(p, f"{found.file}/{p.relative_to(target).as_posix()}") for p in _walk(target)]
    return [x for f in inside for x in _unfold(f, scratch, budget, depth - 1, log)]


class _TooMuchError(Exception):
    """An archive beyond the limits; the argument says which: files, bytes or ratio."""


def _unpack(archive: zipfile.ZipFile, target: Path, budget: _Budget) -> None:
    """Write the members below `target`; counts real bytes, for the header may lie."""
    members = archive.infolist()
    whole, packed = sum(m.file_size for m in members), sum(m.compress_size for m in members)
    if whole > budget.bytes:
        raise _TooMuchError("bytes")  # what is said beforehand need not be unfolded to be believed
    if whole > budget.small and whole > budget.ratio * packed:
        raise _TooMuchError("ratio")
    for member in members:
        if member.is_dir():
            continue
        place = _inside(target, _member_name(member))
        budget.files -= 1
        if budget.files < 0:
            raise _TooMuchError("files")
        place.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(member) as stream, place.open("wb") as out:
            while block := stream.read(1 << 20):
                budget.bytes -= len(block)
                if budget.bytes < 0:
                    raise _TooMuchError("bytes")
                out.write(block)


def _member_name(member: zipfile.ZipInfo) -> str:
    """The name as written: Windows in China packs names in GBK without saying so."""
    if member.flag_bits & 0x800:
        return member.filename
    raw = member.filename.encode("cp437", "replace")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return member.filename


def _inside(target: Path, name: str) -> Path:
    """A path below `target` whatever the archive claims: no "..", no root, no drive."""
    parts = [p for p in PurePosixPath(name.replace("\\", "/")).parts if p not in ("..", "/", ".", "")]
    safe = [p.replace(":", "_").replace("\0", "_")[:120] for p in parts] or ["_"]
    return target.joinpath(*safe)
