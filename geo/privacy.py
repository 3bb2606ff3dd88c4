"""How is a person named where the public can read it?"""

from __future__ import annotations

import pandas as pd

COMPOUND = frozenset(
    {"欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐"}
    | {"宇文", "长孙", "司徒", "夏侯", "轩辕", "端木", "百里", "南宫", "独孤", "司空"}
)


def mask_name(name: str | None) -> str:
    """Family name and stars: 王建国 -> 王**, 欧阳明 -> 欧阳*; of other scripts the first letter.

    Masking hides the given name and nothing else: who knows the village may still
    guess. Missing names stay missing ("").
    """
    if not isinstance(name, str) or not name.strip():
        return ""
    name = name.strip()
    if name.isascii():
        return f"{name[0]}**"
    kept = 2 if name[:2] in COMPOUND and len(name) > 2 else 1
    return name[:kept] + "*" * max(1, len(name) - kept)


def mask_names(names: pd.Series) -> pd.Series:
    """`mask_name` of a column, on its index; each different name is masked once."""
    codes, seen = pd.factorize(names, use_na_sentinel=True)
    masked = pd.Series([mask_name(n) for n in seen] + [""], dtype="str")
    return pd.Series(masked.to_numpy()[codes], index=names.index, dtype="str")
