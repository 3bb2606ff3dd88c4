"""Which villages does a ledger have a row for?"""

from __future__ import annotations

import pandas as pd

from geo.area import Area


def villages_of(area: Area) -> pd.DataFrame:
    """id, name and poor (boolean, NA unknown) of the villages of the area, each once, in its order.

    Where no village is drawn they are those the households name: the sums by village need no outline.
    """
    villages = area.layer("villages").drop_duplicates("id")
    if len(villages):
        return pd.DataFrame(villages[["id", "name", "poor"]]).reset_index(drop=True)
    named = area.layer("households")["village"].dropna().drop_duplicates().reset_index(drop=True)
    unknown = pd.Series(pd.NA, named.index, dtype="boolean")
    return pd.DataFrame({"id": named, "name": named, "poor": unknown})
