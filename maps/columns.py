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
    series = pd.Series(values)
    if pd.api.types.is_float_dtype(series.dtype):
        return _numbers(series.to_numpy(np.float64, na_value=np.nan))
    if pd.api.types.is_datetime64_any_dtype(series.dtype):
        series = series.dt.strftime("%Y-%m-%d")
    codes, different = pd.factorize(series)
    if not len(different):
        return None
    known = different.tolist() if isinstance(series.dtype, pd.StringDtype) else [plain(v) for v in different]
    if len(known) == 1 and (codes >= 0).all():
        return {"all": known[0]}
    if len(known) > len(series) / 2:
        each = [*known, None]  # -1, the code of a missing value, is the last
        return [each[code] for code in codes.tolist()]
    return {"of": known, "at": codes.tolist()}


def _numbers(values: npt.NDArray[np.float64]) -> Any:
    """Whole numbers without their .0, what is missing or infinite as null; None when all are missing."""
    if np.isnan(values).all():
        return None
    values = values.round(DECIMALS)
    if (values == values[0]).all():
        return {"all": plain(values[0])}
    known = np.isfinite(values)
    whole = known & (np.mod(values, 1, where=known, out=np.ones(len(values))) == 0)
    if whole.all():
        return [int(v) for v in values.tolist()]
    out = values.astype(object)
    out[whole] = [int(v) for v in values[whole].tolist()]
    out[~known] = None
    return out.tolist()


def or_none(column: pd.Series) -> list[Any]:
    """The values of a column, None where there is none: as JSON and databases have it.

    NumPy copies: `to_numpy(copy=True)` of a column of text that was unpickled gives the column's own memory
    (pandas 3.1), and None written there is met by whoever reads the column next.
    """
    values = column.to_numpy(object).copy()
    values[np.asarray(pd.isna(values), bool)] = None
    return list(values.tolist())


def plain(value: Any) -> Any:
    """A JSON value; whole numbers without their .0, infinities as null."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        if not np.isfinite(value):
            return None
        return int(value) if value.is_integer() else value
    return value
