"""What does each village need built? Its quantities and the sentence the offices write.

需建通组路 x 公里、连户路 x 公里 y 户、水池 n 个 z 立方米、管道 x 千米、变压器 n 台 z kVA、
线路 x 千米、院坝 y 户 z 平方米、需资金 w 万元
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.area import Area
from geo.messages import say
from geo.pricing import Costs
from geo.villages import villages_of
from geo.works import Works, only_moving

Ints = npt.NDArray[np.int64]

LEDGER_COLUMNS = {
    "village": "str",  # id; NaN in the last row where works have no village
    "name": "str",
    "road_km": "float64",  # group roads, new and upgraded
    "bridge_m": "float64",
    "culverts": "Int64",
    "hairpins": "Int64",
    "path_km": "float64",
    "path_households": "Int64",
    "pools": "Int64",
    "pool_m3": "float64",
    "tanks": "Int64",
    "cisterns": "Int64",
    "pipe_km": "float64",
    "pump_kw": "float64",
    "intakes": "Int64",
    "transformers": "Int64",
    "transformer_kva": "float64",
    "line_km": "float64",  # low voltage and 10 kV
    "connections": "Int64",
    "yards": "Int64",
    "yard_m2": "float64",
    "low_wan": "float64",  # 万元
    "wan": "float64",
    "high_wan": "float64",
    "run_wan": "float64",  # per year
    "moving_wan": "float64",  # of `wan`: works that serve only households that are to be resettled
}

_SUMS = {  # column -> (kinds, share of the unit)
    "road_km": (("road_new", "road_upgrade"), 1e-3),
    "bridge_m": (("bridge",), 1.0),
    "path_km": (("path",), 1e-3),
    "pool_m3": (("pool",), 1.0),
    "pipe_km": (("pipe",), 1e-3),
    "pump_kw": (("pump",), 1.0),
    "transformer_kva": (("transformer",), 1.0),
    "line_km": (("lv_line", "mv_line"), 1e-3),
    "yard_m2": (("yard",), 1.0),
}
_COUNTS = {
    "pools": "pool",
    "transformers": "transformer",
    "yards": "yard",
}
_NUMBERS = {
    "culverts": "culvert",
    "hairpins": "hairpin",
    "tanks": "tank",
    "cisterns": "cistern",
    "intakes": "intake",
    "connections": "connection",
}
_MONEY = {"low_wan": "low", "wan": "likely", "high_wan": "high", "run_wan": "run"}
_WAN = 1e-4

_PARTS = (  # message, column that must not be 0, values of the sentence
    ("ledger.road", "road_km", {"km": "road_km"}),
    ("ledger.path", "path_km", {"km": "path_km", "households": "path_households"}),
    ("ledger.pool", "pools", {"count": "pools", "quantity": "pool_m3"}),
    ("ledger.cistern", "cisterns", {"count": "cisterns"}),
    ("ledger.pipe", "pipe_km", {"km": "pipe_km"}),
    ("ledger.transformer", "transformers", {"count": "transformers", "quantity": "transformer_kva"}),
    ("ledger.line", "line_km", {"km": "line_km"}),
    ("ledger.yard", "yards", {"households": "yards", "quantity": "yard_m2"}),
    ("ledger.money", "wan", {"wan": "wan"}),
)


def village_works(area: Area, works: Works, costs: Costs) -> pd.DataFrame:
    """One row per village of the area in its order, quantities and money of its works: LEDGER_COLUMNS.

    Every work is counted in one village, so that columns add up to the totals of the works. Works
    without a village of the layer stand in a last row without a name.
    """
    table = works.table.reset_index(drop=True)
    villages = villages_of(area)
    ids = pd.Index(villages["id"])
    row = ids.get_indexer(pd.Index(table["village"]))
    n = len(ids) + int((row < 0).any())
    row = np.where(row < 0, len(ids), row)
    kind, quantity = table["kind"].to_numpy(object), table["quantity"].to_numpy(float)
    columns: dict[str, object] = {}
    for name, (kinds, share) in _SUMS.items():
        columns[name] = np.bincount(row, np.where(np.isin(kind, kinds), quantity * share, 0.0), minlength=n)
    for name, one in _COUNTS.items():
        columns[name] = np.bincount(row[kind == one], minlength=n)
    for name, one in _NUMBERS.items():
        columns[name] = np.rint(np.bincount(row, np.where(kind == one, quantity, 0.0), minlength=n)).astype(
            int
        )
    columns["path_households"] = _path_households(works, table, row, n)
    for name, source in _MONEY.items():
        columns[name] = np.bincount(row, costs.table[source].to_numpy(float) * _WAN, minlength=n)
    left = costs.table["likely"].to_numpy(float) * only_moving(table)
    columns["moving_wan"] = np.bincount(row, left * _WAN, minlength=n)
    columns["village"] = np.append(ids.to_numpy(object), np.nan)[:n]
    names = villages["name"].to_numpy(object)
    columns["name"] = np.append(names, np.nan)[:n]
    return pd.DataFrame({c: columns[c] for c in LEDGER_COLUMNS}).astype(LEDGER_COLUMNS)


def _path_households(works: Works, table: pd.DataFrame, row: Ints, n: int) -> Ints:
    """Households that get a path, each counted in the village of the first path that serves it."""
    paths = table["work"].where(table["kind"] == "path").dropna()
    place = pd.Series(row, index=table["work"])
    mine = works.serves[works.serves["work"].isin(paths)].drop_duplicates("household")
    return np.bincount(place.reindex(mine["work"]).to_numpy(int), minlength=n).astype(np.int64)


def sentence(row: pd.Series, lang: str) -> str:
    """The sentence of one row of `village_works`: what is to be built, and the money."""
    parts = [
        say(key, lang, **{name: row[column] for name, column in values.items()})
        for key, asked, values in _PARTS
        if row[asked] > 0
    ]
    if not parts:
        return say("ledger.nothing", lang)
    moving = say("ledger.moving", lang, wan=row["moving_wan"]) if row["moving_wan"] > 0 else ""
    return say("ledger.need", lang, parts=say("ledger.and", lang).join(parts) + moving)


def village_sentences(table: pd.DataFrame, lang: str) -> pd.Series:
    """The sentence of every row, on the table's index."""
    said = [sentence(row, lang) for _, row in table.iterrows()]
    return pd.Series(said, index=table.index, dtype="str")
