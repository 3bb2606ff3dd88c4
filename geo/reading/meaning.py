"""Give the columns of a sheet their canonical names, types and units; report what was not understood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.layers import LAYERS, Field, Layer
from geo.reading import recognise
from geo.reading.areafile import Declared, Words
from geo.reading.problems import Log, first_of, samples
from geo.reading.sheets import Sheet
from geo.reading.values import convert, factor, is_unit, out_of_range, plain, word


def understand(sheet: Sheet, layer: str, declared: Declared | None, log: Log) -> Sheet:
    """`sheet` with every column that means a field of `layer` under its name and in its type."""
    contract = LAYERS[layer]
    if declared is not None:
        sheet = sheet.take(_kept(sheet, declared, log))
        sheet = replace(sheet, columns=_declared_columns(sheet, declared, log))
    columns, double, heads = recognise.rename(contract, sheet.columns, short=sheet.short_names)
    for column in double:
        log.add("double_column", "warning", file=sheet.shown, layer=layer, field=column)
    units = declared.units if declared else {}
    typed = {
        field.name: _typed(columns[field.name], field, sheet, contract, units, heads[field.name], log)
        for field in contract.fields
        if field.name in columns
    }
    fixed = {name: value for name, value in (declared.set if declared else {}).items()}
    for name, value in fixed.items():
        constant = pd.Series([value] * len(columns), dtype=object)
        typed[name] = convert(constant, contract.field(name))[0]
    extras = columns.drop(columns=[c for c in columns if c in typed])
    _say_unused([str(c) for c in extras], sheet, contract, typed, log)
    return replace(sheet, columns=pd.concat([pd.DataFrame(typed, index=columns.index), extras], axis=1))


def _say_unused(
    columns: list[str], sheet: Sheet, layer: Layer, known: Mapping[str, object], log: Log
) -> None:
    """Name the columns nothing will be read from, and which field one of them may have been meant as."""
    like = recognise.alike(layer, columns, dict.fromkeys(known, ""))
    for column, name in like.items():
        log.add("column_like", "warning", file=sheet.shown, layer=layer.name, field=name, column=column)
    if len(columns) > len(like):
        shown = first_of([c for c in columns if c not in like], 12)
        log.add("columns_unused", "info", file=sheet.shown, layer=layer.name, columns=shown)


def _kept(sheet: Sheet, declared: Declared, log: Log) -> npt.NDArray[np.bool_]:
    """Which features the area file's `where` and `exclude` keep."""
    keep = np.ones(len(sheet), bool)
    for words, wanted in ((declared.where, True), (declared.exclude, False)):
        keep &= _matches(sheet, words, declared, log, wanted=wanted)
    return keep


def _matches(
    sheet: Sheet, words: Words, declared: Declared, log: Log, *, wanted: bool
) -> npt.NDArray[np.bool_]:
    keep = np.ones(len(sheet), bool)
    for column, values in words.items():
        if column not in sheet.columns:
            log.add("column_missing", "error", file=sheet.shown, layer=declared.layer, field=column)
            continue
        given = sheet.columns[column]
        said = given.map(word, na_action="ignore")
        hit = said.isin([plain(v) for v in values]) | (given.notna() & ("*" in values))
        keep &= hit.to_numpy(bool) == wanted
    return keep


def _declared_columns(sheet: Sheet, declared: Declared, log: Log) -> pd.DataFrame:
    """The columns with the declared renames (copies: one column may mean two fields) and value maps."""
    columns = sheet.columns
    added: dict[str, pd.Series] = {}
    for canonical, theirs in declared.fields.items():
        if theirs in columns:
            added[canonical] = columns[theirs]
        else:
            log.add("column_missing", "error", file=sheet.shown, layer=declared.layer, field=theirs)
    used = [c for c in columns if c in added or c in declared.fields.values()]
    columns = pd.concat([columns.drop(columns=used), pd.DataFrame(added, index=columns.index)], axis=1)
    for canonical, table in declared.values.items():
        source = canonical
        if canonical not in columns:
            found = recognise.match_columns(LAYERS[declared.layer], columns.columns)
            source = found.get(canonical, "")
        if source:
            columns = columns.assign(**{canonical: _mapped(columns[source], table)})
    return columns


def _mapped(column: pd.Series, table: Mapping[str, Any]) -> pd.Series:
    """Values by the declared table; "*" stands for every other value, "" for unknown."""
    words = {plain(k): v for k, v in table.items()}
    rest = words.pop("*", None)

    def one(value: object) -> object:
        return words.get(word(value), value if rest is None else rest)

    return column.astype(object).map(one, na_action="ignore")


def _typed(
    column: pd.Series, field: Field, sheet: Sheet, layer: Layer, units: Mapping[str, str], head: str, log: Log
) -> pd.Series:
    place = {"file": sheet.shown, "layer": layer.name, "field": field.name}
    times = _times(field, units.get(field.name, ""), head, place, log)
    typed, bad = convert(column, field, times=times)
    if bad.any():
        log.add("bad_value", "warning", rows=sheet.rows[bad], sample=samples(column[bad]), **place)
    if field.kind == "text":
        return typed
    if field.kind in ("id", "ref"):
        numbers = column.map(lambda v: isinstance(v, float) and abs(v) > 2**53, na_action="ignore")
        rounded = (numbers == True).to_numpy(bool)  # noqa: E712
        if rounded.any():
            log.add("rounded_id", "error", rows=sheet.rows[rounded], sample=samples(typed[rounded]), **place)
        return typed
    if field.kind not in ("number", "integer"):
        return typed
    if (
        field.unit == "kV"
        and field.name not in units
        and typed.notna().any()
        and typed.median() > (field.high or np.inf)
    ):
        typed = typed / 1000.0
        log.add("volts", "warning", rows=sheet.rows[typed.notna().to_numpy()], **place)
    wide = out_of_range(typed, field)
    if wide.any():
        limits = {"low": "–" if field.low is None else f"{field.low:g}"}
        limits["high"] = "–" if field.high is None else f"{field.high:g}"
        log.add(
            "out_of_range", "warning", rows=sheet.rows[wide], sample=samples(typed[wide]), **limits, **place
        )
        typed = typed.mask(wide)
    return typed


def _times(field: Field, declared: str, head: str, place: dict[str, str], log: Log) -> float:
    """Of the unit of the field, what a plain number of the column is: by the area file, else by its header.
    NaN where the header names a unit that is none of this quantity: no number of it can be used."""
    said = declared or recognise.header_unit(head)
    if field.kind not in ("number", "integer") or not said:
        return 1.0
    times = 1.0 if plain(said) == plain(field.unit) else factor(said, field)
    if times is None and field.unit and is_unit(said):
        log.add("unit_unknown", "error", **place, head=head, unit=said, wanted=field.unit)
        return np.nan
    if times not in (None, 1.0) and not declared:
        log.add("unit_head", "info", **place, head=head, unit=said, wanted=field.unit)
    return 1.0 if times is None else times
