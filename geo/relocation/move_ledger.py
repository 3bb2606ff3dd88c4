"""How many must move in each village, and the sentence the offices write of it.

需搬迁 x 户 y 人(零星 a 户 b 人、整组 c 组 d 户 e 人)
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from geo.area import Area
from geo.messages import say
from geo.relocation.assign import Assignment
from geo.relocation.must_move import SCATTERED, WHOLE, MustMove
from geo.villages import villages_of

LEDGER_COLUMNS = {
    "village": "str",  # id; NaN in the last row where households have no village of the layer
    "name": "str",
    "households": "int64",  # that must move
    "people": "int64",  # of those whose number is known
    "scattered": "int64",
    "scattered_people": "int64",
    "groups": "int64",  # that move whole
    "whole": "int64",
    "whole_people": "int64",
    "listed": "int64",  # on the registry's list, whatever was computed
    "placed": "int64",
    "left": "int64",  # stay in danger
    "refused": "int64",  # of these by their own wish
    "rebuilt": "int64",  # moved and built again in danger
}


def village_moves(area: Area, moving: MustMove, assignment: Assignment) -> pd.DataFrame:
    """One row per village of the area in its order: LEDGER_COLUMNS. Every household counts once."""
    villages = villages_of(area)
    ids = pd.Index(villages["id"])
    table, left = moving.households, assignment.left
    n = len(ids) + 1

    def count(of: pd.DataFrame, mask: pd.Series | None = None, weight: str = "") -> np.ndarray:
        rows = of if mask is None else of[mask]
        at = ids.get_indexer(pd.Index(rows["village"]))
        amount = rows[weight].fillna(0).to_numpy(float) if weight else None
        return np.bincount(np.where(at < 0, n - 1, at), amount, minlength=n)

    alone, whole = table["decision"] == SCATTERED, table["decision"] == WHOLE
    columns = {
        "village": np.append(ids.to_numpy(object), np.nan),
        "name": np.append(villages["name"].to_numpy(object), np.nan),
        "households": count(table, alone | whole),
        "people": count(table, alone | whole, "people"),
        "scattered": count(table, alone),
        "scattered_people": count(table, alone, "people"),
        "groups": count(moving.groups, moving.groups["whole"]),
        "whole": count(table, whole),
        "whole_people": count(table, whole, "people"),
        "listed": count(table, table["listed"].isin([SCATTERED, WHOLE])),
        "placed": count(assignment.households, assignment.households["site"].notna()),
        "left": count(left),
        "refused": count(left, left["reason"] == "assign.left.refused"),
        "rebuilt": count(moving.rebuilt),
    }
    frame = pd.DataFrame(columns).astype(LEDGER_COLUMNS)
    strangers = frame.drop(columns=["village", "name"]).iloc[-1].any()
    return frame if strangers else frame.iloc[:-1]


def sentence(row: pd.Series, lang: str) -> str:
    """The sentence of one row of `village_moves`."""
    values = {name: int(row[name]) for name in LEDGER_COLUMNS if name not in ("village", "name")}
    said = say("move.sentence" if values["households"] else "move.sentence_none", lang, **values)
    return said + (say("move.sentence_again", lang, **values) if values["rebuilt"] else "")


def village_sentences(table: pd.DataFrame, lang: str) -> pd.Series:
    """The sentence of every row, on the table's index."""
    return pd.Series([sentence(row, lang) for _, row in table.iterrows()], index=table.index, dtype="str")


def township_sentence(table: pd.DataFrame, lang: str) -> str:
    """The sentence of all villages together."""
    return sentence(table.drop(columns=["village", "name"]).sum(), lang)
