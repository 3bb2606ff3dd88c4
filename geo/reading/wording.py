"""What do the libraries say, in words of ours? GDAL, GEOS and the readers of archives speak English only."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import partial

from geo.messages import say

_KNOWN = (
    (r"not recognized as|not a supported file format|no driver", "format"),
    (r"not a zip file|invalid zip|EOCD|bad magic number", "format"),
    (r"password|encrypted", "locked"),
    (r"compression (type|method)|not supported$", "packing"),
    (r"truncat|unexpected end|unexpected eof|premature|bad crc|error -?\d+ while decompressing", "cut"),
    (r"ring self-intersection", "ring_touches"),
    (r"self-intersection", "crosses"),
    (r"hole lies outside shell", "hole_outside"),
    (r"nested (holes|shells)", "nested"),
    (r"interior is disconnected", "disconnected"),
    (r"duplicate rings", "twice"),
    (r"too few (distinct )?points|not closed", "few_points"),
    (r"invalid coordinate", "coordinate"),
)


def in_words(text: str) -> str | Callable[[str], str]:
    """A value for a sentence: what `text` of a library means, in the language asked for; what is not
    known stays as it was said."""
    key = next((key for pattern, key in _KNOWN if re.search(pattern, text, re.IGNORECASE)), None)
    return text if key is None else partial(say, f"reading.why.{key}")


def all_in_words(texts: Iterable[str]) -> Callable[[str], str]:
    """Several such, one after the other, each once."""
    return partial(_all, tuple(texts))


def _all(texts: tuple[str, ...], lang: str) -> str:
    said = (word(lang) if callable(word) else word for word in map(in_words, texts))
    return ("、" if lang == "zh" else ", ").join(dict.fromkeys(said))
