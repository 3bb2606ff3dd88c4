"""In which encoding was this text written?"""

from __future__ import annotations

import codecs
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np

# The language driver byte (byte 29) of a DBF, as ESRI and dBase use it. 0x00 and 0x57 say nothing:
# 0x57 means "the code page of the machine that wrote it", in China as a rule GBK.
LDID = {
    0x01: "cp437", 0x02: "cp850", 0x03: "cp1252", 0x13: "cp932", 0x4D: "gb18030", 0x4E: "cp949",
    0x4F: "cp950", 0x64: "cp852", 0x65: "cp866", 0x78: "cp950", 0x79: "cp949", 0x7A: "gb18030",
    0x7B: "cp932", 0xC8: "cp1250", 0xC9: "cp1251", 0xCA: "cp1254", 0xCB: "cp1253",
}  # fmt: skip
SAMPLE_ROWS = 200  # looked at together
SAMPLE_VALUES = 2_000  # text in GBK that happens to be UTF-8 so many times does not exist


def known(encoding: str) -> str:
    """The Python name of an encoding as people write it (936, ANSI 936, OEM 936, UTF8); "" if unknown."""
    word = encoding.strip().lower().replace("ansi", "").replace("oem", "").replace("ldid/", "").strip(" -_:")
    if word.isdigit():
        word = {"65001": "utf-8", "54936": "gb18030", "936": "gb18030", "77": "gb18030"}.get(
            word, f"cp{word}"
        )
        word = word.replace("cp88591", "iso8859-").replace("cp8859", "iso8859-")
    try:
        name = codecs.lookup(word).name
    except LookupError:
        return ""
    # GB18030 holds all of GBK and GB2312, which files called by those names exceed.
    return "gb18030" if name in ("gbk", "gb2312", "cp936") else name


def of_bytes(text: bytes) -> str:
    """utf-8 (strict) or gb18030, for a text file; with or without byte order mark."""
    if text[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return "utf-16"
    whole = [Text(text)]
    return "utf-8-sig" if fits(whole, "utf-8") else "gb18030" if fits(whole, "gb18030") else "iso8859-1"


@dataclass(frozen=True)
class Text:
    """Bytes that are text; `full`: they fill their field, so the last character may have been cut."""

    data: bytes
    full: bool = False


def fits(values: list[Text], encoding: str) -> bool:
    """Whether all values decode; a character cut off at the end of a full field is forgiven."""
    for value in values:
        try:
            value.data.decode(encoding)
        except UnicodeDecodeError as error:
            if not value.full or error.end < len(value.data) or error.start == 0:
                return False
    return True


def dbf_texts(path: Path) -> tuple[int, list[Text]]:
    """The language driver byte and the non-ASCII names and values of a DBF (a sample of them)."""
    data = path.read_bytes()
    if len(data) < 33:
        return 0, []
    header, width = struct.unpack("<HH", data[8:12])
    names: list[bytes] = []
    fields: list[tuple[int, int]] = []
    offset = 1
    for at in range(32, min(header, len(data)) - 31, 32):
        if data[at] == 0x0D:
            break
        names.append(data[at : at + 11].split(b"\0")[0])
        length = data[at + 16]
        if data[at + 11 : at + 12] in (b"C", b"M"):
            fields.append((offset, offset + length))
        offset += length
    texts = [Text(name, len(name) >= 9) for name in names if not name.isascii()]
    rows = (len(data) - header) // width if width else 0
    if rows <= 0:
        return data[29], texts
    table = np.frombuffer(data, np.uint8, rows * width, header).reshape(rows, width)
    sampled = len(texts) + SAMPLE_VALUES
    for some in np.split(table, range(SAMPLE_ROWS, rows, SAMPLE_ROWS)):
        high = [(some[:, a:b] > 0x7F).any(axis=1) for a, b in fields]
        for row, field in np.argwhere(np.transpose(high)).tolist():
            a, b = fields[field]
            value = some[row, a:b].tobytes().rstrip(b" \0")
            texts.append(Text(value, len(value) >= b - a - 1))
        if len(texts) >= sampled:
            break
    return data[29], texts[:sampled]


def of_dbf(dbf: Path, cpg: Path | None, explicit: str = "") -> tuple[str, str, str]:
    """Encoding of a DBF, where that is known from, and a complaint.

    The order is: what the user said, the .cpg, the language driver byte, UTF-8 if
    every text is valid UTF-8, else GB18030. A .cpg or driver byte that the text
    itself contradicts is passed over; the complaint then names it.
    """
    ldid, texts = dbf_texts(dbf)
    if explicit:
        return known(explicit) or "utf-8", "explicit", "" if known(explicit) else explicit
    complaint = ""
    stated = [("cpg", cpg.read_text("latin-1")[:40].strip("\0\r\n ï»¿"))] if cpg else []
    stated += [("ldid", LDID[ldid])] if ldid in LDID else []
    for source, name in stated:
        encoding = known(name)
        if encoding and fits(texts, encoding):
            return encoding, source, complaint
        complaint = complaint or name
    if not texts:
        return "utf-8", "ascii", "" if not stated else complaint
    if fits(texts, "utf-8"):
        return "utf-8", "content", complaint
    return ("gb18030" if fits(texts, "gb18030") else "iso8859-1"), "content", complaint
