"""Which groups move whole (整组搬迁)? Those in danger for the greater part, and small poor ones.

Shares are of the households that have not moved. What is not known of a household may tip a group: then
it is not called whole, and its reason says so.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.area import Area
from geo.standards import Standard

Floats = npt.NDArray[np.float64]

COLUMNS = {
    "group": "str",
    "village": "str",
    "households": "int64",  # not yet moved
    "people": "int64",  # of those whose number is known
    "poor_share": "float64",  # of the households known
    "exposed_share": "float64",  # households that must leave danger, of those known
    "whole": "bool",
    "reason": "str",
    "measure": "float64",  # percent
    "threshold": "float64",  # percent
    "extra": "float64",  # households
    "nearest": "str",  # the group itself, for the sentence
}


def judge_groups(
    area: Area,
    urgency: pd.Series,
    blank: pd.Series,
    moved: npt.NDArray[np.bool_],
    standard: Standard,
) -> pd.DataFrame:
    """One row per group, those of the groups layer first: `COLUMNS`.

    `urgency` of each household by its own danger, `blank` where that is not known, `moved` whether it
    has moved already, all in row order of the households layer.
    """
    layer, groups = area.layer("households"), area.layer("groups")
    ids = pd.Index(pd.concat([groups["id"], layer["group"]]).dropna().unique())
    of, poor = ids.get_indexer(pd.Index(layer["group"])), layer["poor"]
    here = (of >= 0) & ~moved

    def count(mask: npt.NDArray[np.bool_]) -> Floats:
        return np.bincount(of[here & mask], minlength=len(ids)).astype(float)

    n = count(here)
    exposed, dim = count(urgency.to_numpy() > 0), count(blank.to_numpy(bool))
    yes, unasked = count(poor.fillna(False).to_numpy(bool)), count(poor.isna().to_numpy(bool))
    people = np.bincount(of[here], layer["people"].fillna(0).to_numpy(float)[here], minlength=len(ids))
    table = pd.DataFrame(
        {
            "group": ids,
            "nearest": ids,
            "village": _villages(area, ids),
            "households": n,
            "people": people,
            "poor_share": _share(yes, n - unasked),
            "exposed_share": _share(exposed, n - dim),
            **_verdict(n, (exposed, dim), (yes, unasked), standard),
        }
    )
    return table[list(COLUMNS)].astype(COLUMNS)


def _share(part: Floats, whole: Floats) -> Floats:
    share: Floats = np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0)
    return share


def _verdict(
    n: Floats, exposed: tuple[Floats, Floats], poor: tuple[Floats, Floats], standard: Standard
) -> dict[str, npt.NDArray[Any]]:
    """Whole or not, and why. Of exposure and poverty: households that are, and those not known."""
    danger, poverty = standard["move.whole_exposed_share"], standard["move.whole_poor_share"]
    least, most = _share(exposed[0], n), _share(exposed[0] + exposed[1], n)
    poor_least, poor_most = _share(poor[0], n), _share(poor[0] + poor[1], n)
    small = n < standard["move.whole_max_households"]
    by_danger, by_poverty = least >= danger, small & (poor_least >= poverty)
    open_ = (most >= danger) | (small & (poor_most >= poverty))
    empty = n == 0
    reason = np.select(
        [empty, by_danger, by_poverty, open_],
        ["move.group.empty", "move.group.exposed", "move.group.poor", "move.group.unknown"],
        "move.group.no",
    )
    ruled = reason == "move.group.poor"
    return {
        "whole": (by_danger | by_poverty) & ~empty,
        "reason": reason,
        "measure": 100 * np.where(ruled, poor_least, least),
        "threshold": 100 * np.where(ruled, poverty, danger),
        "extra": n,
    }


def _villages(area: Area, ids: pd.Index) -> pd.Series:
    """The village of each group: the groups layer's word, else that of its first household."""
    names = [
        pd.DataFrame(area.layer(at)[[key, "village"]])
        for at, key in (("groups", "id"), ("households", "group"))
    ]
    said, lived = (
        f.drop_duplicates(f.columns[0]).set_index(f.columns[0])["village"].reindex(ids) for f in names
    )
    found: pd.Series = said.fillna(lived).reset_index(drop=True)
    return found
