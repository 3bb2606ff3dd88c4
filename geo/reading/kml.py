"""The names of the fields of a KML, which GDAL's driver does not keep.

It makes an underscore of every byte that is no letter of ASCII, and one field of all names that then are
alike: of 灾害类型, 规模等级 and 威胁户数 one column is left. So a copy is read that has other names.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Mapping
from html import unescape
from pathlib import Path

from geo.reading import encodings
from geo.reading.files import Found

NAMED = re.compile(r"""(<(?:\w+:)?(?:Data|SimpleField|SimpleData)\s[^<>]*?\bname\s*=\s*)(["'])([^"'<>]*)\2""")
STATED = re.compile(rb"""^\s*<\?xml[^>]*encoding\s*=\s*["']([\w-]+)""")
MOST_BYTES = 256 << 20
OWN = frozenset(
    ["timestamp", "begin", "end", "altitudeMode", "tessellate", "extrude", "visibility", "drawOrder", "icon"]
)
"""Fields the driver adds to every layer: how it is drawn, never what somebody filled in."""


def renamed(found: Found, scratch: Path) -> tuple[Found, Mapping[str, str]]:
    """A copy of the file in which fields with other than ASCII names are called field_1, field_2 …, and what
    each is called in the file. The file itself where there is none, or where it cannot be read as text."""
    data = _text(found.path)
    stated = STATED.match(data)
    encoding = encodings.known(stated[1].decode()) if stated else "utf-8"
    try:
        text = data.decode(encoding or "utf-8")
    except UnicodeDecodeError:
        return found, {}
    said = dict.fromkeys(m[3] for m in NAMED.finditer(text) if not unescape(m[3]).isascii())
    if not said:
        return found, {}
    ours = {name: f"field_{i}" for i, name in enumerate(said, 1)}
    text = NAMED.sub(lambda m: f"{m[1]}{m[2]}{ours.get(m[3], m[3])}{m[2]}", text)
    folder = scratch / f"kml{len(list(scratch.iterdir()))}"
    folder.mkdir()
    copy = folder / f"{found.path.stem}.kml"
    copy.write_bytes(text.encode(encoding or "utf-8"))
    return Found(copy, found.file), {new: unescape(old).strip() for old, new in ours.items()}


def _text(path: Path) -> bytes:
    """The KML, also out of a KMZ; nothing where there is none or it is too large."""
    if not zipfile.is_zipfile(path):
        return path.read_bytes() if path.stat().st_size <= MOST_BYTES else b""
    try:
        with zipfile.ZipFile(path) as archive:
            inside = [m for m in archive.infolist() if m.filename.lower().endswith(".kml")]
            if inside and inside[0].file_size <= MOST_BYTES:
                with archive.open(inside[0]) as stream:
                    return stream.read(MOST_BYTES)
    except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, NotImplementedError):
        pass  # the reader will say what is wrong with it
    return b""
