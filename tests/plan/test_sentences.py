"""A sentence is its template, filled with the numbers of its row."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from geo.messages import template
from geo.verdicts import sentences

KEYS = ("water.served", "power.served", "services.school_near", "survey.yes", "yard.unmet")
"""Three, two and one number, a sign of per cent, none."""


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_row_is_its_template_filled(lang: str) -> None:
    rng = np.random.default_rng(3)
    rows = 400
    numbers = np.array([0.0, 0.5, 1.5, 2.5, 45.25, 1234.5, 99_999.51, np.nan])
    table = pd.DataFrame(
        {
            "reason": rng.choice(KEYS, rows),
            "measure": np.where(rng.random(rows) < 0.5, rng.choice(numbers, rows), rng.random(rows) * 1e4),
            "threshold": 500.0,
            "extra": rng.random(rows) * 30,
            "nearest": pd.Series(rng.choice(["水池%d", "{b}", "c"], rows), dtype="str"),
        },
        index=rng.permutation(rows),
    )
    wanted = [template(row["reason"], lang).format(**row) for row in table.to_dict("records")]
    pd.testing.assert_series_equal(sentences(table, lang), pd.Series(wanted, table.index, dtype="str"))
    assert sentences(table[:0], lang).empty


def test_whole_numbers_of_other_tables_are_said_as_well() -> None:
    table = pd.DataFrame(
        {"reason": ["yard.unmet"], "measure": [12], "threshold": None, "extra": None, "nearest": None}
    )
    assert sentences(table, "en")[0] == template("yard.unmet", "en").format(measure=12)
