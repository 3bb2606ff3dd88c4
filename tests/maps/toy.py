"""A small township: 3 villages, 6 groups, as many households as asked, one of each thing a map draws."""

from __future__ import annotations

from functools import cache
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from geo.area import Area, make_area
from geo.plan import Plan, make_plan
from geo.spatial.terrain import Terrain
from geo.standards import default_standard

CRS_M = "EPSG:4544"  # CGCS2000 / 3-degree Gauss-Krueger CM 105E
EAST, NORTH = 500_000.0, 3_000_000.0


def toy_area(n: int = 60, *, terrain: bool = True) -> Area:
    """A strip of three villages, 2 km each, with a hardened and an earth road, a pool, a slide and a site."""
    rng = np.random.default_rng(7)

    def frame(shapes: list[Any], **columns: Any) -> gpd.GeoDataFrame:
        return gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS_M)

    def box(west: float, south: float, east: float, north: float) -> Any:
        return shapely.box(EAST + west, NORTH + south, EAST + east, NORTH + north)

    def line(*xy: tuple[float, float]) -> Any:
        return shapely.LineString([(EAST + x, NORTH + y) for x, y in xy])

    def point(x: float, y: float) -> Any:
        return shapely.Point(EAST + x, NORTH + y)

    villages = frame(
        [box(2000 * i, 0, 2000 * i + 2000, 2500) for i in range(3)],
        id=["V1", "V2", "V3"],
        name=["新民村", "马场村", "<b>坡头</b>村"],
        poor=[True, False, None],
    )
    groups = frame(
        [point(500 + 1000 * i, 1250) for i in range(6)],
        id=[f"G{i}" for i in range(6)],
        name=[f"{c}寨组" for c in "上下中新老大"],
        village=["V1", "V1", "V2", "V2", "V3", "V3"],
    )
    x, y = rng.uniform(50, 5950, n), rng.uniform(50, 2450, n)
    households = frame(
        [point(a, b) for a, b in zip(x, y, strict=True)],
        id=[f"H{i:04d}" for i in range(n)],
        name=[f"{'王李张欧阳'[i % 3]}小{i}" for i in range(n)],
        group=[f"G{int(a // 1000)}" for a in x],
        village=[f"V{int(a // 2000) + 1}" for a in x],
        people=rng.integers(1, 7, n),
        poor=rng.random(n) < 0.4,
        house=rng.choice(["A", "B", "C"], n),
        surveyed=pd.Timestamp("2019-05-20"),
        path=_answers(rng, n),
        water=_answers(rng, n),
        power=_answers(rng, n),
        yard=_answers(rng, n),
        pension=_answers(rng, n),
        id_card=["520123199001011234"] * n,
    )
    roads = frame(
        [
            line((-100, 1200), (3000, 1300), (6100, 1200)),
            line((1500, 1200), (1500, 2400)),
            line((4500, 1250), (4700, 200)),
            line((2600, 1290), (2500, 400)),
        ],
        id=["R1", "R2", "R3", "R4"],
        name=["乡道", "通组路", "机耕道", ""],
        **{"class": ["county", "group", "group", "track"]},
        hardened=pd.array([True, True, False, None], dtype="boolean"),
    )
    layers = {
        "villages": villages,
        "groups": groups,
        "households": households,
        "roads": roads,
        "rivers": frame(
            [line((0, 300), (2500, 600), (6000, 150))], id=["W1"], name=["清水河"], **{"class": ["river"]}
        ),
        "pools": frame(
            [point(1600, 1900), point(4200, 2000)],
            id=["P1", "P2"],
            name=["一号水池", "二号水池"],
            volume=[50.0, 30.0],
            working=[True, False],
        ),
        "transformers": frame([point(1000, 1400)], id=["T1"], name=["新民台区"], kva=[100.0]),
        "facilities": frame(
            [point(3000, 1400), point(3100, 1500), point(900, 1100)],
            id=["F1", "F2", "F3"],
            name=["卫生室", "小学", "村委会"],
            kind=["clinic", "primary", "office"],
        ),
        "hazards": frame(
            [box(5000, 1600, 5500, 2200)],
            id=["Z1"],
            name=["老鹰岩滑坡"],
            kind=["landslide"],
            level=["medium"],
        ),
        "sites": frame([box(3300, 1700, 3700, 2000)], id=["S1"], name=["马场安置点"], kind=["village"]),
    }
    return make_area(layers, crs=CRS_M, name="测试乡", terrain=toy_terrain() if terrain else None)


def _answers(rng: np.random.Generator, n: int) -> pd.arrays.BooleanArray:
    """Survey answers: yes, no, not asked."""
    return pd.array([[True, False, None][i] for i in rng.integers(0, 3, n)], dtype="boolean")


def toy_terrain() -> Terrain:
    """Two ridges, 25 m cells."""
    east, south = np.meshgrid(np.arange(260) * 25.0, np.arange(120) * 25.0)
    z = 1200 + 150 * np.sin(east / 700) * np.cos(south / 500) + 40 * np.sin(east / 130)
    return Terrain(z.astype(np.float32), EAST - 200, NORTH + 2750, 25.0, CRS.from_user_input(CRS_M))


@cache
def toy_plan(n: int = 80) -> Plan:
    """The plan of the toy township, made once for all tests."""
    return make_plan(toy_area(n), default_standard())
