"""How is one cell of a table said: as JSON, or by the name of what it points to?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from geo.area import Area


def name_of(area: Area, layer: str, feature: Any) -> str | None:
    """The name of a feature; its id where it has no name; None for no feature."""
    if pd.isna(feature):
        return None
    frame = area.layer(layer)
    names = frame.loc[frame["id"] == feature, "name"].dropna() if "name" in frame else pd.Series(dtype="str")
    return str(names.iloc[0]) if len(names) else str(feature)


def plain(value: Any) -> Any:
    """A cell as JSON: missing and infinite are null."""
    if value is None or pd.isna(value):
        return None
    if isinstance(value, float | np.floating):
        return float(value) if np.isfinite(value) else None
    return value.item() if isinstance(value, np.generic) else value
