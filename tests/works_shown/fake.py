"""A handful of designed works of every kind, for the tests of what shows them.

The numbers are made up; what is tested is that every place that shows them says the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from unittest.mock import patch

import numpy as np
import pandas as pd
import shapely

from geo.area import Area
from geo.plan import Plan, Progress, add_works, judge
from geo.standards import Standard, default_standard
from geo.water.hydraulics import Network, Node, Pipe, Reservoir, Tank, Valve, write_inp
from geo.works import KINDS, SYSTEM_COLUMNS, UNSERVED_COLUMNS, Works, work_table

LINES = {"road_upgrade", "road_new", "bridge", "path", "pipe", "lv_line", "mv_line"}
NEEDS = {
    "road_upgrade": "road", "road_new": "road", "bridge": "road", "culvert": "road", "hairpin": "road",
    "path": "path",
    "pool": "water", "tank": "water", "pipe": "water", "pump": "water", "intake": "water",
    "cistern": "water", "transformer": "power", "lv_line": "power", "mv_line": "power",
    "connection": "power", "yard": "yard",
}  # fmt: skip
SIZES = {"pipe": 63.0, "pool": 20.0, "transformer": 100.0, "lv_line": 70.0, "road_new": 3.5, "pump": 5.0}
LETTER = {"road": "R", "path": "R", "water": "W", "power": "P", "yard": "Y"}


def fake_works(area: Area) -> Works:
    """One work of every kind in `area`, along a diagonal, each serving some households."""
    west, south, east, north = area.bounds
    homes = area.layer("households")
    rows, shapes = [], []
    for i, kind in enumerate(KINDS):
        at = np.array([west + (east - west) * (0.1 + 0.05 * i), south + (north - south) * (0.15 + 0.04 * i)])
        need = NEEDS[kind]
        line = shapely.LineString(at + np.array([(0, 0), (120, 40), (240, 0), (360, 90)]))
        serves = 1 if kind in ("connection", "yard", "cistern") else 3 + i
        rows.append(
            {
                "work": f"{LETTER[need]}-{i + 1:04d}",
                "kind": kind,
                "need": need,
                "system": {"water": "WS-1", "power": "PS-1"}.get(need) if kind != "cistern" else None,
                "village": homes["village"].iloc[i % len(homes)],
                "group": homes["group"].iloc[i % len(homes)] if i % 2 else None,
                "quantity": line.length if kind in LINES else 10.0 + i,
                "spec": f"spec {kind}",
                "size": SIZES.get(kind, np.nan),
                "households": serves,
                "people": 4.0 * serves,
                "poor_people": 1.0 * serves,
                "crucial": serves - 1,
                "after": "R-0002" if kind == "path" else "",
                "flag": "corridor.in_hazard" if kind == "road_new" else "",
                "run_kwh": 1200.0 if kind == "pump" else 0.0,
            }
        )
        shapes.append(line if kind in LINES else shapely.Point(at))
    frame = pd.DataFrame(rows)
    ids = homes["id"].to_numpy(object)
    serves = pd.DataFrame(
        [
            (row["work"], ids[(7 * i + k) % len(ids)], row["need"])
            for i, row in enumerate(rows)
            for k in range(row["households"])
        ],
        columns=["work", "household", "need"],
    )
    unserved = pd.DataFrame(
        {
            "household": ids[:2],
            "need": ["water", "path"],
            "reason": ["water.no_pools", "path.no_location"],
            "measure": np.nan, "threshold": np.nan, "extra": np.nan, "nearest": None,
        }
    ).astype(UNSERVED_COLUMNS)  # fmt: skip
    systems = pd.DataFrame(
        {
            "system": ["WS-1", "PS-1"],
            "need": ["water", "power"],
            "source": ["S1", "L1"],
            "households": [12, 9],
            "verified": ["EPANET 2.3.3", "power-grid-model 1.13"],
            "passed": [True, False],
            "worst": [12.5, 11.3],
            "bound": ["least", "most"],
            "limit": [10.0, 10.0],
            "worst_at": ids[[3, 4]],
            "gap": [0.0, 0.01],
            "note": ["", ""],
        }
    ).astype(SYSTEM_COLUMNS)
    profile = np.column_stack([np.arange(0, 390, 30.0), 1200 + 20 * np.sin(np.arange(13) / 3)])
    return Works(
        work_table(frame, shapes, area.crs),
        serves.astype("str"),
        unserved,
        systems,
        {"water/WS-1.inp": write_inp(small_network()).encode()},
        {row["work"]: profile for row in rows if row["kind"] in ("road_new", "road_upgrade")},
    )


def small_network() -> Network:
    """Source at 110 m, pool at 100 m, a tank at 90 m and a tap at 60 m, 100 m of pipe between each."""
    place = {"x": 0.0, "y": 0.0}
    return Network(
        title="made up",
        nodes=[
            Node("U1", elevation=90.0, **place),
            Node("J1", elevation=90.0, **place),
            Node("H2", elevation=60.0, demand_ls=0.01, **place),
        ],
        reservoirs=[Reservoir("SOURCE", head=110.0, **place)],
        tanks=[Tank("POOL", floor=100.0, start=1.0, depth=2.0, diameter=3.0, **place)],
        pipes=[
            Pipe("M0", "SOURCE", "POOL", 100.0, 20.0),
            Pipe("P1", "POOL", "U1", 100.0, 40.0),
            Pipe("P2", "J1", "H2", 100.0, 40.0),
        ],
        pumps=[],
        valves=[Valve("V1", "U1", "J1", 40.0, "PRV", 0.0)],
        pattern=[1.0] * 24,
        pumping=[1.0] * 24,
        roughness=140.0,
    )


def planned(
    area: Area,
    budgets: Sequence[float] = (),
    *,
    standard: Standard | None = None,
    progress: Progress | None = None,
) -> Plan:
    """The plan of `area` with those works in the place of designed ones; `budgets` in yuan per year."""
    standard = standard or default_standard()
    judged = judge(area, standard, progress=progress)
    with patch("geo.plan.design_works", lambda area, *_, **__: fake_works(area)):
        return add_works(judged, budgets=budgets, progress=progress)
