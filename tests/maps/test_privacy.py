"""Names of people are masked wherever the public reads."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.privacy import mask_name, mask_names


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        *[("王建国", "王**"), ("王芳", "王*"), ("欧阳明", "欧阳*"), ("令狐", "令*"), ("王", "王*")],
        *[("John Smith", "J**"), (" 李四 ", "李*"), ("", ""), (None, ""), (float("nan"), "")],
    ],
)
def test_family_name_and_stars(name: str | None, masked: str) -> None:
    assert mask_name(name) == masked


@given(st.lists(st.one_of(st.none(), st.text(alphabet="王李张欧阳明国芳 ", max_size=5)), max_size=20))
def test_a_column_is_masked_as_its_names(names: list[str | None]) -> None:
    column = pd.Series(names, dtype="str", index=range(5, 5 + len(names)))
    assert mask_names(column).tolist() == [mask_name(n) for n in names]
    assert mask_names(column).index.equals(column.index)
