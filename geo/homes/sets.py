"""How do indicators make up a published set? (五通四有, 四有五覆盖)

The indicators are stored; either published grouping is a view of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from geo.errors import UnknownFeatureError
from geo.standards.load import IndicatorSet
from geo.verdicts import MET, UNKNOWN, UNMET


def set_states(states: pd.DataFrame, items: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """State of every item of a set, by row of `states` (indicators as columns).

    An item is met where all its indicators are, unmet where one is, else unknown.
    """
    columns = {}
    for label, indicators in items.items():
        parts = states[list(indicators)].to_numpy(object)
        columns[label] = np.where(
            (parts == UNMET).any(axis=1), UNMET, np.where((parts == MET).all(axis=1), MET, UNKNOWN)
        )
    return pd.DataFrame(columns, index=states.index, dtype="str")


def sets_table(states: pd.DataFrame, chosen: IndicatorSet, variant: str | None = None) -> pd.DataFrame:
    """Items of one variant of a set (the one in use, unless named), with how many are met.

    `states` has one row per household or village and one column per indicator.
    Columns: the items in their published order, then `met`, `unmet`, `unknown`
    (numbers of items). Raises `UnknownFeatureError` for a variant that does not exist.
    """
    variant = chosen.use if variant is None else variant
    if variant not in chosen.variants:
        known = ", ".join(chosen.variants)
        raise UnknownFeatureError("standard.no_variant", set=chosen.key, variant=variant, known=known)
    items = set_states(states, chosen.variants[variant])
    counts = {state: (items == state).sum(axis=1) for state in (MET, UNMET, UNKNOWN)}
    return items.assign(**counts)


def wide(table: pd.DataFrame, row: str = "village", column: str = "indicator") -> pd.DataFrame:
    """States of a long verdict table as a wide one, rows and columns in order of appearance."""
    states = table.pivot_table("state", index=row, columns=column, aggfunc="first")
    return states.reindex(index=table[row].unique(), columns=table[column].unique())
