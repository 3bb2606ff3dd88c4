"""On which line of a TOML file does a key stand? `tomllib` does not say, and whoever must mend it asks."""

from __future__ import annotations

import re
from collections.abc import Mapping

Path = tuple[str, ...]

_PART = r"""(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^\s."'=\[\]#]+)"""
_PATH = rf"{_PART}(?:\s*\.\s*{_PART})*"
_TABLE = re.compile(rf"^\s*\[\s*({_PATH})\s*\]")
_KEY = re.compile(rf"^\s*({_PATH})\s*=")


def lines_of(text: str) -> Mapping[Path, int]:
    """First line, from 1, of every table and key written at the start of a line, by path."""
    found: dict[Path, int] = {}
    table: Path = ()
    for number, line in enumerate(text.splitlines(), 1):
        if head := _TABLE.match(line):
            table = _parts(head.group(1))
            path = table
        elif key := _KEY.match(line):
            path = table + _parts(key.group(1))
        else:
            continue
        for depth in range(1, len(path) + 1):
            found.setdefault(path[:depth], number)
    return found


def line_of(lines: Mapping[Path, int], path: Path) -> int:
    """The line of `path`, or of the nearest table around it."""
    for depth in range(len(path), 0, -1):
        if path[:depth] in lines:
            return lines[path[:depth]]
    return 1


def _parts(path: str) -> Path:
    return tuple(p[1:-1] if p[0] in "\"'" else p for p in re.findall(_PART, path))
