"""How is a column of a table written into a page? As short as its values allow."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

DECIMALS = 6
"""Sentences round once more: the fewer decimals here, the more often 45.2496 would end as 45.3."""


def column(values: pd.Series | npt.NDArray[Any]) -> Any:
    """One column in the page's encoding; None when nothing is known."""
    series = pd.Series(values).reset_index(drop=True)
    if series.isna().all():
        return None
    if pd.api.types.is_float_dtype(series):
        return _numbers(series.round(DECIMALS))
    if pd.api.types.is_datetime64_any_dtype(series):
        series = series.dt.strftime("%Y-%m-%d")
    codes, values_ = pd.factorize(series)
    known: list[Any] = [plain(v) for v in values_]
    if len(known) == 1 and (codes >= 0).all():
        return {"all": known[0]}
    if len(known) > len(series) / 2:
        return [plain(v) if k else None for v, k in zip(series.tolist(), series.notna(), strict=True)]
    return {"of": known, "at": codes.tolist()}


def _numbers(series: pd.Series) -> Any:
    if series.notna().all() and (series == series.iloc[0]).all():
        return {"all": plain(series.iloc[0])}
    return [None if v != v else plain(v) for v in series.tolist()]


def plain(value: Any) -> Any:
    """A JSON value; whole numbers without their .0, infinities as null."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        if not np.isfinite(value):
            return None
        return int(value) if value.is_integer() else value
    return value
