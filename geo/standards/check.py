"""Is what a standard file says well formed? Every error names the file, the line and what to do."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from geo.errors import StandardError
from geo.standards.lines import Path, line_of, lines_of
from geo.standards.values import IndicatorSet, Number, Value, closest, is_number
from geo.verdicts import NEEDS

VALUE_FIELDS = ("value", "unit", "zh", "en", "source", "confidence")
SET_FIELDS = ("zh", "en", "source", "confidence", "use", "variants")


@dataclass(frozen=True)
class File:
    """The file that is read, to say where a mistake stands."""

    name: str
    text: str

    def wrong(self, key: str, path: Path, **values: Any) -> StandardError:
        line = line_of(lines_of(self.text), path)
        return StandardError(f"standard.{key}", file=self.name, line=line, path=".".join(path), **values)


def read_value(file: File, path: Path, raw: Any, old: Value | None) -> Value:
    """One value; `old` is the one it overrides, None where all must be said (the default)."""
    fields = _fields(file, path, raw, VALUE_FIELDS, ("value", "source") if old else VALUE_FIELDS)
    unit = _text(file, path, fields, "unit", old.unit if old else None, may_be_empty=True)
    if old and unit != old.unit:
        raise file.wrong("wrong_unit", (*path, "unit"), given=unit, unit=old.unit or "''")
    return Value(
        key=".".join(path),
        value=_number(file, (*path, "value"), fields["value"], old),
        unit=unit,
        zh=_text(file, path, fields, "zh", old.zh if old else None),
        en=_text(file, path, fields, "en", old.en if old else None),
        source=_text(file, path, fields, "source", None),
        confidence=_confidence(file, path, fields),
    )


def read_set(file: File, path: Path, raw: Any, old: IndicatorSet | None) -> IndicatorSet:
    """One set of indicators. Overriding, `use` may stand alone; new variants need their source."""
    fields = _fields(file, path, raw, SET_FIELDS, () if old else SET_FIELDS)
    if old and "variants" in fields and "source" not in fields:
        raise file.wrong("missing", path, field="source")
    known = {*NEEDS, *(i for v in old.variants.values() for ids in v.values() for i in ids)} if old else None
    variants = _variants(file, path, fields.get("variants", {}), known)
    merged = {**(old.variants if old else {}), **variants}
    use = _text(file, path, fields, "use", old.use if old else None)
    if use not in merged:
        raise file.wrong("no_such_variant", (*path, "use"), given=use, known=", ".join(merged))
    return IndicatorSet(
        key=path[-1],
        zh=_text(file, path, fields, "zh", old.zh if old else None),
        en=_text(file, path, fields, "en", old.en if old else None),
        source=_text(file, path, fields, "source", old.source if old else None),
        confidence=_confidence(file, path, fields),
        use=use,
        variants=merged,
    )


def _fields(
    file: File, path: Path, raw: Any, allowed: Collection[str], required: Collection[str]
) -> Mapping[str, Any]:
    if not isinstance(raw, Mapping):
        raise file.wrong("not_a_table", path)
    for name in raw:
        if name not in allowed:
            raise file.wrong(
                "unknown_field",
                (*path, name),
                field=name,
                closest=closest(name, allowed),
                known=", ".join(allowed),
            )
    for name in required:
        if name not in raw:
            raise file.wrong("missing", path, field=name)
    return raw


def _text(
    file: File,
    path: Path,
    fields: Mapping[str, Any],
    name: str,
    old: str | None,
    *,
    may_be_empty: bool = False,
) -> str:
    text = fields.get(name, old)
    if not isinstance(text, str) or not (text.strip() or may_be_empty):
        raise file.wrong("not_text", (*path, name), field=name)
    return text


def _confidence(file: File, path: Path, fields: Mapping[str, Any]) -> Any:
    given = fields.get("confidence", "M")
    if given not in ("H", "M", "L"):
        raise file.wrong("confidence", (*path, "confidence"), given=str(given))
    return given


def _number(file: File, path: Path, raw: Any, old: Value | None) -> Number:
    """A number, list or table of finite numbers, of the shape of the old one."""
    shape = old.value if old else None
    if isinstance(raw, Mapping) and raw and (shape is None or isinstance(shape, Mapping)):
        for choice in raw:
            if shape is not None and choice not in shape:
                known = ", ".join(shape) if isinstance(shape, Mapping) else ""
                raise file.wrong("unknown_choice", (*path, choice), given=choice, known=known)
        new = {k: _one(file, (*path, k), v, old) for k, v in raw.items()}
        return {**(shape if isinstance(shape, Mapping) else {}), **new}
    if isinstance(raw, list) and raw and (shape is None or isinstance(shape, tuple)):
        if isinstance(shape, tuple) and len(raw) != len(shape):
            raise file.wrong("wrong_length", path, given=len(raw), wanted=len(shape))
        return tuple(_one(file, path, v, old) for v in raw)
    if isinstance(raw, Mapping | list) or isinstance(shape, Mapping | tuple):
        kind = "table" if isinstance(shape, Mapping) else "list" if isinstance(shape, tuple) else "number"
        raise file.wrong(f"want_{kind}", path)
    return _one(file, path, raw, old)


def _one(file: File, path: Path, raw: Any, old: Value | None) -> float:
    if not is_number(raw):
        raise file.wrong("not_number", path, given=repr(raw))
    if old is not None and raw < old.least:
        raise file.wrong("negative", path, given=repr(raw))
    if old is not None and raw <= 0 and old.needed:
        raise file.wrong("nought", path, given=repr(raw))
    return float(raw)


def _variants(
    file: File, path: Path, raw: Any, known: Collection[str] | None
) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """Variant -> label -> indicators; `known` are the indicators there are (None: not asked)."""
    path = (*path, "variants")
    if not isinstance(raw, Mapping):
        raise file.wrong("not_a_table", path)
    variants = {}
    for variant, labels in raw.items():
        if not isinstance(labels, Mapping) or not labels:
            raise file.wrong("not_a_table", (*path, variant))
        for label, ids in labels.items():
            if not isinstance(ids, list) or not ids or not all(isinstance(i, str) for i in ids):
                raise file.wrong("not_indicators", (*path, variant, label), label=label)
            for name in ids:
                if known is not None and name not in known:
                    raise file.wrong(
                        "unknown_indicator", (*path, variant, label), given=name, closest=closest(name, known)
                    )
        variants[variant] = {label: tuple(ids) for label, ids in labels.items()}
    return variants
