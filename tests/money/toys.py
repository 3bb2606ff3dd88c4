"""Works made by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from geo.pricing import COST_COLUMNS, Costs
from geo.works import SERVES_COLUMNS, Works, no_works, work_table

UTM = CRS("EPSG:32648")


def works_of(*rows, serves=()) -> Works:
    """Works from dictionaries; what is left out is a yard of one household of one person in village v."""
    base = {
        "kind": "yard",
        "need": "yard",
        "system": np.nan,
        "village": "v",
        "group": "g",
        "quantity": 1.0,
        "spec": "",
        "size": np.nan,
        "households": 1,
        "people": 1.0,
        "poor_people": 0.0,
        "crucial": 1,
    }
    full = [{"work": f"W{k}", **base, **row} for k, row in enumerate(rows)]
    table = work_table(pd.DataFrame(full), [shapely.Point(0, k) for k in range(len(full))], UTM)
    pairs = serves or [(row["work"], f"h{k}", row["need"]) for k, row in enumerate(full)]
    return Works(
        table,
        pd.DataFrame(list(pairs), columns=list(SERVES_COLUMNS)).astype(SERVES_COLUMNS),
        no_works(UTM).unserved,
        no_works(UTM).systems,
    )


def costs_of(works: Works, yuan) -> Costs:
    """Costs that are simply said."""
    table = pd.DataFrame(
        {
            "work": works.table["work"],
            "low": yuan,
            "likely": yuan,
            "high": yuan,
            "assumed": False,
            "price": "",
            "run_low": 0.0,
            "run": 0.0,
            "run_high": 0.0,
        }
    ).astype(COST_COLUMNS)
    none = pd.DataFrame()
    return Costs(table, none, none, none, none, pd.Series(dtype=float))
