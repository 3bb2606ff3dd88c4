"""What we say to people: one catalogue, Chinese and English.

Each `*.toml` beside this file holds the sentences of one room. A table is a
sentence: `[water.pool_full]` with `zh` and `en`, in `str.format` syntax. A key
is unique over all files. Numbers are formatted by the sentence itself
(`{measure:,.0f}`), so units and rounding are decided where they are read.
A format with a bar is the one word for 1 and the other for any other number:
`{n} {n:household has|households have} no road`. The maps read it alike.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from string import Formatter
from typing import Any, Literal

Lang = Literal["zh", "en"]
LANGS: tuple[Lang, ...] = ("zh", "en")


def say(key: str, lang: str, /, **values: Any) -> str:
    """The sentence `key` in `lang`, its gaps filled from `values`.

    Raises `KeyError` for a key no catalogue holds or a value the sentence needs
    and did not get: both are mistakes of ours and are found by the tests.
    """
    text = template(key, lang)
    # Formatter is ten times as slow as str.format, which knows no words
    return _SENTENCE.vformat(text, (), values) if "|" in text else text.format(**values)


def template(key: str, lang: str) -> str:
    """The sentence `key` unfilled."""
    return catalogue()[key][lang if lang in LANGS else "en"]


def written(value: Any, form: str) -> str:
    """`value` as a sentence writes it: in a format of Python, or as one of the words of `one|many`."""
    one, bar, many = form.partition("|")
    if bar:
        return one if value == 1 else many
    return format(value, form)


class _Sentence(Formatter):
    def format_field(self, value: Any, format_spec: str) -> str:
        return written(value, format_spec)


_SENTENCE = _Sentence()


@cache
def catalogue() -> Mapping[str, Mapping[str, str]]:
    """All sentences, key -> {"zh": …, "en": …}."""
    found: dict[str, Mapping[str, str]] = {}
    for file in sorted(files(__name__).iterdir(), key=lambda f: f.name):
        if not file.name.endswith(".toml"):
            continue
        for key, texts in _leaves(tomllib.loads(file.read_text("utf-8"))):
            if key in found:
                raise ValueError(f"message {key!r} of {file.name} stands in another file too")
            found[key] = texts
    return found


def _leaves(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Mapping[str, str]]]:
    for name, value in table.items():
        key = f"{prefix}{name}"
        if set(value) == set(LANGS) and all(isinstance(v, str) for v in value.values()):
            yield key, value
        else:
            yield from _leaves(value, f"{key}.")
