"""One row for each person, or one for each household?

The national export of registered households has a row for every member, with the number of the
household (户编号), of the person (人编号) and the relation to its head (与户主关系). A household is
counted once: by the row of its head.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from geo.reading.problems import Log
from geo.reading.recognise import bare_header
from geo.reading.sheets import Sheet
from geo.reading.values import plain

RELATIONS = ("与户主关系", "户主关系", "与户主的关系", "家庭关系")
HEAD = frozenset(["户主", "本人", "本人或户主"])


def households_of(sheet: Sheet, log: Log) -> Sheet:
    """`sheet` (households, under canonical names) with one row for each household, where its rows are
    persons: the head's, else the first. Of people who are nowhere counted the rows are."""
    relation = next((c for c in sheet.columns if bare_header(c) in RELATIONS), None)
    if relation is None or "id" not in sheet.columns:
        return sheet
    ids = sheet.columns["id"]
    listed = ids.notna()
    if not ids[listed].duplicated().any():
        return sheet
    head = sheet.columns[relation].map(plain, na_action="ignore").isin(HEAD)
    order = np.argsort(~head.to_numpy(bool), kind="stable")
    first = ~ids.iloc[order].duplicated().sort_index().to_numpy(bool) | ~listed.to_numpy(bool)
    log.add("members", "info", file=sheet.shown, layer="households", rows=sheet.rows[~first])
    persons = ids.map(ids.value_counts()).astype("Int64")
    stated = sheet.columns.get("people", pd.Series(pd.NA, ids.index, dtype="Int64"))
    return replace(sheet, columns=sheet.columns.assign(people=stated.fillna(persons))).take(first)
