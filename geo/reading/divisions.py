"""Which old and new division codes mean the same place?

Bijie's records of before 2012 carry 5224xx, today's 5205xx. Codes are translated county by
county from a table, never joined by a shared prefix or ending.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

import pandas as pd

COUNTY = 6
"""Digits of a county code (GB/T 2260)."""


@cache
def replaced() -> Mapping[str, str]:
    """County code that was replaced -> the code in force, chains followed."""
    table = tomllib.loads(files("geo.reading").joinpath("divisions.toml").read_text("utf-8"))

    def latest(code: str) -> str:
        return latest(table[code]) if code in table else code

    return {old: latest(old) for old in table}


def current(codes: pd.Series) -> pd.Series:
    """Each code with its county as it is numbered today; texts that hold no replaced county stay.

    Only codes of a township, village or group (nine digits and more) are touched: a short number
    that happens to begin like a county is no division code.
    """
    text = codes.astype("str")
    county = text.str[:COUNTY].map(dict(replaced()))
    is_code = text.str.fullmatch(r"\d{9,}").fillna(False) & county.notna()
    return text.where(~is_code, county + text.str[COUNTY:])
