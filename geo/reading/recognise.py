"""Which layer is this file, and which field is this column?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import pandas as pd

from geo.layers import LAYERS, Field, Layer
from geo.reading.values import plain

FITS = {
    "point": {"point", "point_or_polygon"},
    "line": {"line"},
    "polygon": {"polygon", "point_or_polygon"},
    "mixed": {"point", "line", "polygon", "point_or_polygon"},
    "none": {"point"},  # a table: it can only list things that stand at a place
}
VAGUE = frozenset(
    ["line", "lines", "water", "group", "groups", "site", "sites", "pool", "park", "working", "exit"]
)
"""English names that alone mean a layer, but in a longer name may mean anything (network_lines)."""
BRACKETS = re.compile(r"[(\[【<]([^)\]】>]*)[)\]】>]$")
COMMON = frozenset(["id", "name", "surveyed", "kind", "built", "working", "village", "area_m2"])


@dataclass(frozen=True)
class Recognised:
    """`layer` is "" when nothing fits or several do (`rivals`); `how`: name | fields."""

    layer: str
    how: str = ""
    rivals: tuple[str, ...] = ()


def recognise(names: Sequence[str], columns: Sequence[str], shape: str, *, short: bool = False) -> Recognised:
    """The layer called by one of `names` (best first), else the one whose fields are in `columns`."""
    for name in names:
        found = _by_name(name, shape)
        if len(found) == 1:
            return Recognised(found[0], "name")
    return _by_fields(columns, shape, short)


def _by_name(name: str, shape: str) -> list[str]:
    word = re.sub(r"[\s_\-.()（）]+", " ", plain(name)).strip()
    bare = re.sub(r"^[\d\s]+|[\d\s]+$", "", word)
    squeezed = bare.replace(" ", "")
    exact = [n for n, aliases in _file_names() if squeezed in {a.replace(" ", "") for a in aliases}]
    fitting = [n for n in exact if LAYERS[n].shape in FITS[shape]]
    if exact:
        return fitting or exact
    best: dict[str, int] = {}
    for layer, aliases in _file_names():
        if LAYERS[layer].shape in FITS[shape]:
            lengths = [len(a) for a in aliases if _mentions(bare, a)]
            if lengths:
                best[layer] = max(lengths)
    top = max(best.values(), default=0)
    return [layer for layer, length in best.items() if length == top]


def _mentions(word: str, alias: str) -> bool:
    if alias.isascii():
        return (
            len(alias) > 2
            and alias not in VAGUE
            and re.search(rf"(?<![a-z]){re.escape(alias)}(?![a-z])", word) is not None
        )
    return len(alias) > 1 and alias in word.replace(" ", "")


@cache
def _file_names() -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple(
        (name, tuple({re.sub(r"[_\-]+", " ", plain(a)) for a in (*layer.file_names, name, layer.zh)}))
        for name, layer in LAYERS.items()
    )


def _by_fields(columns: Sequence[str], shape: str, short: bool) -> Recognised:
    scores: dict[str, float] = {}
    for name, layer in LAYERS.items():
        if layer.shape in FITS[shape]:
            hits = set(match_columns(layer, columns, short=short))
            own = len(hits - COMMON)
            scores[name] = own + 0.3 * len(hits & COMMON) if own else 0.0
    ranked = sorted(scores, key=lambda n: -scores[n])
    if not ranked or scores[ranked[0]] < 2.0:
        return Recognised("")
    best = scores[ranked[0]]
    rivals = tuple(n for n in ranked if scores[n] > best - 1.0)
    return Recognised(ranked[0], "fields") if len(rivals) == 1 else Recognised("", "fields", rivals)


def bare_header(header: object) -> str:
    """A header as compared: half-width, lower case, without blanks, line breaks and a unit in brackets."""
    word = re.sub(r"\s+", "", plain(header))
    return BRACKETS.sub("", word) or word


def header_unit(header: object) -> str:
    """What a header says in brackets at its end, as a rule the unit: L/s of 出水量(L/s); "" if nothing."""
    found = BRACKETS.search(re.sub(r"\s+", "", plain(header)))
    return re.sub(r"^单位:?", "", found[1]) if found else ""


def match_columns(layer: Layer, columns: Iterable[str], *, short: bool = False) -> dict[str, str]:
    """Canonical field -> column, each column used once; the canonical name wins over labels and aliases."""
    heads: dict[str, str] = {}
    for column in columns:
        heads.setdefault(bare_header(column), str(column))
        heads.setdefault(re.sub(r"\s+", "", plain(column)), str(column))
    taken: dict[str, str] = {}
    for rank in range(3):
        for field in layer.fields:
            if field.name in taken:
                continue
            names = _field_names(field)[rank]
            hit = next((heads[n] for n in names if n in heads and heads[n] not in taken.values()), None)
            if hit is None and short and rank:
                hit = _cut_name(names, [c for c in heads.values() if c not in taken.values()])
            if hit is not None:
                taken[field.name] = hit
    return taken


@cache
def _field_names(field: Field) -> tuple[tuple[str, ...], ...]:
    theirs = (field.zh, *field.aliases)
    asked = tuple(f"是否{n}" for n in theirs) if field.kind == "yesno" else ()
    ranks = ((field.name,), (*theirs, *asked), (field.en,))
    return tuple(tuple(re.sub(r"\s+", "", plain(n)) for n in names) for names in ranks)


def _cut_name(names: Sequence[str], columns: Sequence[str]) -> str | None:
    """A column whose name is one of `names` cut off at ten bytes, in GBK or UTF-8."""
    for column in columns:
        head = plain(column)
        for encoding in ("gb18030", "utf-8"):
            size = len(head.encode(encoding, "replace"))
            if 9 <= size <= 10 and any(
                n != head and n.startswith(head) and len(n.encode(encoding, "replace")) > 10 for n in names
            ):
                return column
    return None


def rename(
    layer: Layer, columns: pd.DataFrame, *, short: bool = False
) -> tuple[pd.DataFrame, list[str], dict[str, str]]:
    """`columns` under canonical names, the columns that also mean a field that was already found, and the
    header of each field."""
    found = match_columns(layer, columns.columns, short=short)
    kept = columns.rename(columns={old: new for new, old in found.items()})
    double = [c for c in columns.columns if c not in found.values() and c in {f.name for f in layer.fields}]
    return kept.drop(columns=double) if double else kept, double, found


def alike(layer: Layer, columns: Iterable[str], found: Mapping[str, str]) -> dict[str, str]:
    """Columns left over in which the name of a field stands that was not `found`: 容积m3, 总人数; and that
    field."""
    out: dict[str, str] = {}
    for column in columns:
        head = bare_header(column)
        for field in layer.fields:
            names = [n for n in _field_names(field)[1] if len(n) > 1 and not n.isascii() and n in head]
            if names and field.name not in found:
                out[str(column)] = field.name
                break
    return out
