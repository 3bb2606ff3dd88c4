"""A township small enough to know by heart: 2 villages, 4 groups, 40 households, one slope.

Everything lies in EPSG:4544 (CGCS2000 / 3-degree Gauss-Krueger CM 105E) around
500 000 m east and 2 990 000 m north, which is 105° E 27.0° N.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.area import Area, make_area
from geo.plan import Plan, make_plan
from geo.reading.problems import Log, Problems
from geo.spatial.terrain import Terrain
from geo.standards import Standard, default_standard

CRS = "EPSG:4544"  # CGCS2000 / 3-degree Gauss-Kruger CM 105E, metres
X0, Y0, SIDE = 500_000.0, 2_990_000.0, 2_000.0
HOUSEHOLDS = 40


def _frame(shapes: Any, **columns: Any) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=CRS)


def _at(*xy: tuple[float, float]) -> list[Any]:
    return [shapely.Point(X0 + x, Y0 + y) for x, y in xy]


def _line(*xy: tuple[float, float]) -> Any:
    return shapely.LineString([(X0 + x, Y0 + y) for x, y in xy])


def _box(west: float, south: float, east: float, north: float) -> Any:
    return shapely.box(X0 + west, Y0 + south, X0 + east, Y0 + north)


def toy_layers() -> dict[str, gpd.GeoDataFrame]:
    """The layers, clean."""
    villages = _frame(
        [_box(0, 0, 1000, SIDE), _box(1000, 0, SIDE, SIDE)],
        id=["520502001", "520502002"],
        name=["青山村", "白水村"],
        poor=[True, False],
    )
    groups = _frame(
        _at((250, 500), (250, 1500), (1750, 500), (1750, 1500)),
        id=["g1", "g2", "g3", "g4"],
        name=["上寨组", "下寨组", "河边组", "岩脚组"],
        village=["520502001", "520502001", "520502002", "520502002"],
        road=pd.array([True, None, False, None], dtype="boolean"),
        surveyed=pd.to_datetime(["2020-05-01", "2020-05-02", "2021-06-01", None]),
    )
    return {
        "villages": villages,
        "groups": groups,
        "households": _households(),
        "roads": _frame(
            [_line((-500, 500), (1000, 500), (2500, 500)), _line((250, 500), (250, 1500))],
            id=["r1", "r2"],
            name=["X101", "上下寨路"],
            **{"class": ["county", "group"]},
            surface=["asphalt", "earth"],
            hardened=pd.array([True, False], dtype="boolean"),
            width=[6.0, 3.0],
        ),
        "pools": _frame(
            _at((300, 1700)), id=["p1"], name=["上寨水池"], volume=[30.0], elev=[1300.0], working=[True]
        ),
        "transformers": _frame(_at((260, 520)), id=["t1"], name=["青山台区"], kva=[100.0], working=[True]),
        "facilities": _frame(
            _at((300, 480), (320, 480)),
            id=["f1", "f2"],
            name=["青山卫生室", "青山小学"],
            kind=["clinic", "primary"],
        ),
        "hazards": _frame(
            [_box(1600, 1400, 1900, 1600)], id=["h1"], name=["岩脚崩塌"], kind=["rockfall"], level=["large"]
        ),
        "sites": _frame(
            [_box(500, 550, 600, 650), _box(1650, 1450, 1750, 1550)],
            id=["s1", "s2"],
            name=["青山安置点", "岩脚安置点"],
            capacity=[20, 20],
        ),
    }


def _households() -> gpd.GeoDataFrame:
    """Ten around each group centre, on a ring of 50 m; names, some answers unknown."""
    group = np.repeat(np.arange(4), 10)
    turn = np.tile(np.arange(10), 4) * 2 * np.pi / 10
    centres = np.array([(250, 500), (250, 1500), (1750, 500), (1750, 1500)], float)
    xy = centres[group] + 50 * np.column_stack([np.cos(turn), np.sin(turn)])
    n = np.arange(HOUSEHOLDS)
    return _frame(
        _at(*map(tuple, xy)),
        id=[f"hh{i:03d}" for i in n],
        name=[f"{'王李张罗'[g]}建{'国华明'[i % 3]}" for g, i in zip(group, n, strict=True)],
        group=[f"g{g + 1}" for g in group],
        village=[f"52050200{g // 2 + 1}" for g in group],
        people=pd.array([None if i == 7 else 2 + i % 5 for i in n], dtype="Int64"),
        ethnic=["苗族"] * HOUSEHOLDS,
        cause=["因病"] * HOUSEHOLDS,
        poor=pd.array(n % 4 == 0, dtype="boolean"),
        water=pd.array([None, True, False, None] * 10, dtype="boolean"),
        house=["A", "B", "C", "D"] * 10,
        surveyed=pd.to_datetime(["2020-03-01"] * 20 + ["2021-09-15"] * 20),
        idcard=["not for anybody"] * HOUSEHOLDS,  # an undeclared field: never published
    )


def toy_terrain() -> Terrain:
    """A plane that rises 1 in 20 to the north, 25 m cells, 1200 m at the south edge of the villages."""
    cells = int(3_000 / 25)
    north = Y0 + SIDE + 500
    y = north - 25 * (np.arange(cells) + 0.5)
    z = np.repeat((1200 + (y - Y0) / 20)[:, None], cells, axis=1).astype(np.float32)
    return Terrain(z, X0 - 500, north, 25.0, make_area({}, crs=CRS).crs)


def toy_area() -> Area:
    return make_area(toy_layers(), crs=CRS, name="样例乡", terrain=toy_terrain())


def toy_problems() -> Problems:
    """Three to look at, and one that needs nothing."""
    log = Log()
    log.add("filled", "info", file="农户.shp", layer="households", field="village", rows=[4, 5])
    log.add("no_village", "warning", file="农户.shp", layer="households", field="village", rows=[9])
    log.add("duplicate", "warning", file="道路.shp", layer="roads", rows=[3])
    log.add("far_away", "error", file="水池.shp", layer="pools", rows=[1, 2], reach_km=3.0)
    return log.problems()


class ToyWork:
    """Reads and plans the toy."""

    def read(self) -> tuple[Area, Problems]:
        return toy_area(), toy_problems()

    def standard(self) -> Standard:
        return default_standard()

    def plan(
        self,
        area: Area,
        standard: Standard,
        progress: Callable[[str, int, int], None],
        judged: Callable[[Plan], None],
    ) -> Plan:
        return make_plan(area, standard, progress=progress, judged=judged)

    def close(self) -> None:
        """Nobody helps with a toy."""
