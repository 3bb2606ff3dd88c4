"""Read the standard and answer for its values.

`default.toml` holds every value; a township's own file overrides any subset:

    name = "Yangchang township"       # may be left out: the file's name then

    [water.reach_m]
    value = 1000                      # of the same shape as the default's
    source = "county design rules"    # who says so: always asked for
    unit = "m"                        # may be left out; if given it must be the default's

`zh`, `en` and `confidence` may be given too; a value with a source of its own counts
as M unless it says otherwise. A table of numbers may be given in part. An indicator
set is chosen with `[sets.household]` and `use = "B"`; variants may be added. Both
files pass the same checks (`geo.standards.check`).
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from geo.errors import StandardError
from geo.standards.check import File, read_set, read_value
from geo.standards.values import IndicatorSet, Number, Standard, Value, closest

__all__ = [
    "IndicatorSet",
    "Number",
    "Standard",
    "Value",
    "default_standard",
    "load_standard",
    "read_standard",
]


@cache
def default_standard() -> Standard:
    return read_standard(files("geo.standards").joinpath("default.toml").read_text("utf-8"), "default.toml")


def load_standard(path: Path | str | None = None) -> Standard:
    """The default standard, overridden by the file at `path` where one is given.

    Raises `StandardError`, which names the file and the line, for anything wrong in it.
    """
    if path is None:
        return default_standard()
    path = Path(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise StandardError(
            "standard.cannot_open", file=str(path), why=error.strerror or str(error)
        ) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise StandardError("standard.encoding", file=path.name, line=line) from error
    return read_standard(text, path.name, base=default_standard())


def read_standard(text: str, name: str, *, base: Standard | None = None) -> Standard:
    """The standard in `text`: complete, or overriding `base`. `name` is the file's, for messages."""
    file = File(name, text)
    data = _toml(file)
    title = data.pop("name", Path(name).stem)
    if not isinstance(title, str) or not title.strip():
        raise file.wrong("not_text", ("name",), field="name")
    sets = dict(base.sets) if base else {}
    for key, raw in _table(file, ("sets",), data.pop("sets", {})).items():
        if base and key not in base.sets:
            raise _unknown(file, ("sets", key), [f"sets.{k}" for k in base.sets])
        sets[key] = read_set(file, ("sets", key), raw, sets.get(key))
    values = dict(base.values) if base else {}
    for theme, table in data.items():
        for key, raw in _table(file, (theme,), table).items():
            if base and f"{theme}.{key}" not in base.values:
                raise _unknown(file, (theme, key), base.values)
            values[f"{theme}.{key}"] = read_value(file, (theme, key), raw, values.get(f"{theme}.{key}"))
    sha256 = hashlib.sha256(((base.sha256 if base else "") + text).encode()).hexdigest()
    return Standard(title, sha256, values, sets)


def _toml(file: File) -> dict[str, Any]:
    try:
        return tomllib.loads(file.text)
    except tomllib.TOMLDecodeError as error:
        # Python 3.11 says the place in the text of the error only
        at = re.search(r"line (\d+)", str(error))
        line = int(at.group(1)) if at else file.text.count("\n") + 1
        why = re.sub(r"\s*\(at .*\)$", "", str(error))
        raise StandardError("standard.not_toml", file=file.name, line=line, why=why) from error


def _table(file: File, path: tuple[str, ...], raw: Any) -> Mapping[str, Any]:
    if not isinstance(raw, Mapping):
        raise file.wrong("not_a_theme", path)
    return raw


def _unknown(file: File, path: tuple[str, ...], known: Any) -> StandardError:
    return file.wrong("unknown_key", path, closest=closest(".".join(path), known))
