"""One row for each person, or one for each household?

The national export of registered households has a row for every member, with the number of the
household (户编号), of the person (人编号) and the relation to its head (与户主关系). A household is
counted once: by the row of its head, with what only the row of another member says of it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.layers import LAYERS
from geo.reading.problems import Log
from geo.reading.recognise import bare_header
from geo.reading.sheets import Sheet
from geo.reading.values import plain

if TYPE_CHECKING:
    from geo.reading.linking import Gathered

RELATIONS = ("与户主关系", "户主关系", "与户主的关系", "家庭关系")
IDENTITY = frozenset(
    [
        "身份证",
        "身份证号",
        "身份证号码",
        "公民身份号码",
        "公民身份证号",
        "公民身份证号码",
        "证件号",
        "证件号码",
    ]
)
HEAD = frozenset(["户主", "本人", "本人或户主"])
OF_PERSONS = frozenset(["id", *(f.name for f in LAYERS["households"].fields if f.personal)])


def households_of(sheet: Sheet, log: Log) -> Sheet:
    """`sheet` (households, under canonical names) with one row for each household, where its rows are
    persons: the head's, else the first. Of people who are nowhere counted the rows are. Where several
    heads have one number each is a household; whose members the others are is not known then."""
    relation = next((c for c in sheet.columns if bare_header(c) in RELATIONS), None)
    if relation is None or "id" not in sheet.columns:
        return sheet
    said = sheet.columns[relation].map(plain, na_action="ignore")
    head = said.isin(HEAD).to_numpy(bool)
    ids = _of_all(sheet.columns["id"], said.notna().to_numpy(bool) & ~head)
    listed = ids.notna().to_numpy(bool)
    order = np.argsort(~head, kind="stable")
    kept = ~ids.iloc[order].duplicated().sort_index().to_numpy(bool) | head | ~listed
    if kept.all():
        return sheet
    log.add("members", "info", file=sheet.shown, layer="households", rows=sheet.rows[~kept])
    alone = ids.map(ids[kept].value_counts()).eq(1).to_numpy(bool)
    columns = _filled(sheet.columns.assign(id=ids), ids.where(alone), order)
    persons = ids.where(alone).map(ids.value_counts()).astype("Int64")
    stated = columns.get("people", pd.Series(pd.NA, ids.index, dtype="Int64"))
    whole = replace(sheet, columns=columns.assign(people=stated.fillna(persons)))
    if sheet.geometry is not None:
        placed = order[~shapely.is_missing(sheet.geometry[order])]
        first = pd.Series(placed, ids.iloc[placed].to_numpy()).loc[lambda s: ~s.index.duplicated()]
        at = ids.where(alone & shapely.is_missing(sheet.geometry)).map(first)
        geometry, rows = sheet.geometry.copy(), at.notna().to_numpy(bool)
        geometry[rows] = sheet.geometry[at[rows].to_numpy(int)]
        whole = replace(whole, geometry=geometry)
    return whole.take(kept)


def say_same_people(homes: Gathered, log: Log) -> None:
    """Report households whose head has the identity number of an earlier one: a family with two homes, or one
    written down twice, is counted twice. The number itself is not told."""
    column = next((c for c in homes.columns if bare_header(c).removeprefix("户主") in IDENTITY), None)
    if column is None:
        return
    number = homes.columns[column].map(plain, na_action="ignore")
    number = number.where(number.str.fullmatch(r"\d{15}|\d{17}[\dx]"))
    again = (number.notna() & number.duplicated()).to_numpy(bool)
    log.add_by_file("same_person", "warning", homes.origin[again], layer="households")


def _of_all(ids: pd.Series, member: npt.NDArray[np.bool_]) -> pd.Series:
    """The number of the household in the rows of all its members, where it is written in the first alone."""
    return ids.mask(ids.isna() & ~member, "").ffill().replace("", np.nan)


def _filled(columns: pd.DataFrame, ids: pd.Series, order: npt.NDArray[np.int64]) -> pd.DataFrame:
    """What a row does not say of its household, from the first row (in `order`) that does."""
    out = {}
    for field in LAYERS["households"].fields:
        if field.name in OF_PERSONS or field.name not in columns or columns[field.name].notna().all():
            continue
        column = columns[field.name]
        known = column.iloc[order].dropna().groupby(ids.iloc[order]).first()
        out[field.name] = column.fillna(ids.map(known).astype(column.dtype))
    return columns.assign(**out)
