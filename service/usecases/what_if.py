"""What would change under another standard? The gaps again on the same ground."""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd

from geo.ground import make_ground
from geo.plan import Plan, find_gaps
from geo.verdicts import NEEDS, STATES

GROUND = "walk."
"""Thresholds of this theme change the ground itself, which is then made anew (seconds)."""


def what_if(plan: Plan, changes: Mapping[str, float]) -> dict[str, Any]:
    """Totals of every need before and after, and each household and need whose state changes.

    Raises `StandardError` for a key or a number that cannot be.
    """
    began = perf_counter()
    standard = plan.standard.override(changes)
    walks = any(key.startswith(GROUND) for key in changes)
    ground = make_ground(plan.area, standard) if walks else plan.ground
    earlier = None if walks else plan.gaps
    before, after = plan.gaps.states(), find_gaps(plan.area, standard, ground, earlier=earlier).states()
    changed = _changed(before, after)
    return {
        "standard": dict(changes),
        "totals": {n: {"before": _totals(before[n]), "after": _totals(after[n])} for n in NEEDS},
        "changed": changed,
        "changed_count": len(changed),
        "seconds": round(perf_counter() - began, 3),
    }


def _totals(states: pd.Series) -> list[int]:
    return [int((states == state).sum()) for state in STATES]


def _changed(before: pd.DataFrame, after: pd.DataFrame) -> list[dict[str, str]]:
    old, new = before.to_numpy(object), after.to_numpy(object)
    rows, cols = np.nonzero(old != new)
    ids, needs = before.index.to_numpy(object)[rows], np.array(NEEDS, object)[cols]
    found = zip(ids, needs, old[rows, cols], new[rows, cols], strict=True)
    return [{"household": h, "need": n, "before": b, "after": a} for h, n, b, a in found]
