"""What is one thing to build? The tables every design returns and pricing reads.

A theme designs (`geo/roads/design.py`, `geo/water/design.py`, `geo/power/design.py`)
and returns `Works` without prices; `geo/pricing.py` prices the frozen quantities;
`geo/programme.py` chooses among them. Geometry in the area's CRS, metres.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from pyproj import CRS

from geo.obstacles import IN_HAZARD, IN_LAKE, IN_PROTECTED

KINDS = {
    "road_upgrade": "m",  # an existing track made a hardened group road, or a narrow road widened to one
    "road_new": "m",  # a hardened group road over new ground
    "bridge": "m",
    "culvert": "1",
    "path": "m",  # a household path
    "pool": "m³",
    "tank": "1",  # break-pressure tank
    "pipe": "m",
    "pump": "kW",
    "intake": "1",  # capture of a spring or river
    "cistern": "1",  # a household's own
    "transformer": "kVA",
    "lv_line": "m",
    "mv_line": "m",
    "connection": "1",  # service drop and meter, or tap, of one household
    "yard": "m²",
    "hairpin": "1",  # a bend of a group road tighter than the standard's least radius, widened and walled
}
"""Kind of work -> unit of its quantity. Prices stand in the standard as `price.<kind>...`."""

ONLY_MOVING = "works.only_moving"
"""The flag of what serves only households that are to be resettled."""

WORK_COLUMNS = {
    "work": "str",  # id, unique: R-0001 (roads), W- (water), P- (power), Y- (yards)
    "kind": "str",  # a key of KINDS
    "need": "str",  # road | path | water | power | yard
    "system": "str",  # id of the system it belongs to; NaN where it stands alone
    "village": "str",  # id of the village most of its households belong to
    "group": "str",  # id of the group it serves, NaN where several
    "quantity": "float64",  # in the unit of its kind, measured on the final geometry along the ground
    "spec": "str",  # what exactly: "PE100 OD63 SDR17", "100 kVA"; its words in both languages
    "size": "float64",  # what prices depend on within a kind (OD mm, m³, kVA, m of width laid); NaN: none
    "households": "Int64",  # how many it serves
    "people": "float64",
    "poor_people": "float64",
    "moving": "Int64",  # of the households, how many are to be resettled; NA before that is known
    "crucial": "Int64",  # households that lose service if this one work fails
    "after": "str",  # ids of works that must come before it, separated by spaces; "" where none
    "flag": "str",  # message key of what a reader must know (crosses a hazard zone, …); "" where nothing
    "run_kwh": "float64",  # energy per year, for running cost; 0 where none
}
SERVES_COLUMNS = {"work": "str", "household": "str", "need": "str"}
UNSERVED_COLUMNS = {
    "household": "str",
    "need": "str",
    "reason": "str",  # message key: why no work closes this gap
    "measure": "float64",
    "threshold": "float64",
    "extra": "float64",
    "nearest": "str",
}
SYSTEM_COLUMNS = {
    "system": "str",
    "need": "str",
    "source": "str",  # id of the spring, pool or 10 kV line it starts from
    "households": "Int64",
    "verified": "str",  # engine and version that ran it
    "passed": "boolean",
    "worst": "float64",  # head (m) of the tap nearest to a limit, or largest voltage drop (%)
    "bound": "str",  # the limit is what the value must be at "least", or may be at "most"
    "limit": "float64",
    "worst_at": "str",  # id of the household
    "gap": "float64",  # how far from the optimum it can be at most, as a share; 0 proven
    "note": "str",  # message key
}


@dataclass(frozen=True)
class Works:
    """Designed works of one theme, or of all.

    `table`     one row per work: WORK_COLUMNS and geometry (LineString or Point)
    `serves`    which work serves which household: SERVES_COLUMNS
    `unserved`  every gap that stays open, with the reason: UNSERVED_COLUMNS
    `systems`   works that only serve together: SYSTEM_COLUMNS
    `files`     name -> bytes of what engineers take away (`water/<system>.inp`)
    `profiles`  work id -> (n, 2) chainage and ground elevation, metres, of linear works
    `provisional` what could be built if something unknown were measured and found enough (the yield
                of a source). None of it is in the tables above: it serves nobody yet, is not summed
                and not programmed; those it would serve stay in `unserved`, with what to measure
    """

    table: gpd.GeoDataFrame
    serves: pd.DataFrame
    unserved: pd.DataFrame
    systems: pd.DataFrame
    files: dict[str, bytes] = field(default_factory=dict)
    profiles: dict[str, np.ndarray[tuple[int, int], np.dtype[np.float64]]] = field(default_factory=dict)
    provisional: Works | None = None

    def with_table(self, table: gpd.GeoDataFrame) -> Works:
        return replace(self, table=table)


def work_table(rows: pd.DataFrame, geometry: Sequence[object], crs: CRS) -> gpd.GeoDataFrame:
    """`rows` in the contract of WORK_COLUMNS; columns left out get their blank."""
    blanks: dict[str, object] = {"after": "", "flag": "", "run_kwh": 0.0}
    columns = {
        name: (
            rows[name] if name in rows else pd.Series([blanks.get(name)] * len(rows), index=rows.index)
        ).astype(
            dtype  # type: ignore[call-overload]
        )
        for name, dtype in WORK_COLUMNS.items()
    }
    return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries(list(geometry), index=rows.index, crs=crs))


def with_moving(works: Works, leaving: Collection[str]) -> Works:
    """`works` that say how many of the households (ids) they serve are to be resettled.

    They are designed all the same, for moving takes years and may come to nothing; what serves
    nobody else is flagged, unless it stands in a hazard zone, a lake or protected land, which is
    worse to miss.
    """
    table = works.table
    served = works.serves[["work", "household"]].drop_duplicates()
    count = served.loc[served["household"].isin(leaving), "work"].value_counts()
    moving = table["work"].map(count).fillna(0).astype("Int64")
    table = table.assign(moving=moving)
    graver = table["flag"].isin([IN_HAZARD, IN_LAKE, IN_PROTECTED]).to_numpy(bool)
    return works.with_table(table.assign(flag=table["flag"].mask(only_moving(table) & ~graver, ONLY_MOVING)))


def only_moving(table: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Which works serve only households that are to be resettled."""
    moving = table["moving"].fillna(0)
    return ((moving > 0) & (moving == table["households"].fillna(-1))).to_numpy(bool)


def no_works(crs: CRS) -> Works:
    """Nothing to build."""
    empty = pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in WORK_COLUMNS.items()})
    serves, unserved, systems = (
        pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in contract.items()})
        for contract in (SERVES_COLUMNS, UNSERVED_COLUMNS, SYSTEM_COLUMNS)
    )
    return Works(gpd.GeoDataFrame(empty, geometry=gpd.GeoSeries([], crs=crs)), serves, unserved, systems)


def join_works(parts: list[Works], crs: CRS) -> Works:
    """The works of all themes together."""
    parts = [p for p in parts if len(p.table) or len(p.unserved)]
    if not parts:
        return no_works(crs)
    hoped = [p.provisional for p in parts if p.provisional is not None]
    return Works(
        gpd.GeoDataFrame(pd.concat([p.table for p in parts], ignore_index=True), crs=crs),
        pd.concat([p.serves for p in parts], ignore_index=True),
        pd.concat([p.unserved for p in parts], ignore_index=True),
        pd.concat([p.systems for p in parts], ignore_index=True),
        {name: data for p in parts for name, data in p.files.items()},
        {name: line for p in parts for name, line in p.profiles.items()},
        join_works(hoped, crs) if hoped else None,
    )
