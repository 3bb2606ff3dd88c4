"""The tables we write into a GeoPackage are those GDAL writes: statements, registers, indexes, rows."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

from maps.gpkg_file import SHAPES, VERSION, new_geopackage
from maps.symbols import Geometry
from maps.tables import Table

FACTS: dict[str, Any] = {
    "id": ["甲", "b", None],
    "n": [1, -2, 3],
    "yes": [True, False, True],
    "much": [0.1, np.nan, -np.inf],
    "when": pd.to_datetime(["2020-02-29", None, "1999-12-31T23:59:59"], format="ISO8601"),
    "word of many": pd.Series(["1", None, "x"], dtype=object),
}
GAPS: dict[str, Any] = {
    "some": pd.array([1, None, 3], "Int64"),
    "perhaps": pd.array([True, None, False], "boolean"),
}
"""What GDAL takes only without gaps."""
PLACES: dict[Geometry, list[Any]] = {
    "point": [shapely.Point(500_000.5, 3e6), None, shapely.Point()],
    "line": [
        shapely.LineString([(0, 0), (1, 2)]),
        shapely.MultiLineString([[(0, 0), (1, 1)], [(5, 5), (6, 7)]]),
        None,
    ],
    "polygon": [shapely.box(1, 2, 3, 4), shapely.MultiPolygon(), shapely.Point(0, 0).buffer(2)],
}


def tables() -> list[Table]:
    facts = pd.DataFrame(FACTS | GAPS)

    def drawn(name: str, geometry: Geometry, crs: str = "EPSG:4544") -> Table:
        frame = gpd.GeoDataFrame(facts, geometry=PLACES[geometry], crs=crs)
        return Table(name, f"题 {name}", frame, {}, geometry)

    return [
        *(drawn(f"{geometry}s", geometry) for geometry in PLACES),
        drawn("elsewhere", "point", "EPSG:4545"),
        Table("nothing", "n", drawn("", "polygon").frame[:0], {}, "polygon"),
        Table("bare", "无图形", facts, {}),
        Table("none", "o", facts[:0], {}),
    ]


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ours") / "t.gpkg"
    with new_geopackage(path, tables()):
        pass
    return path


@pytest.fixture(scope="module")
def gdals(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same tables, by GDAL."""
    path = tmp_path_factory.mktemp("gdal") / "t.gpkg"
    for table in tables():
        options: dict[str, Any] = {"layer_options": {"IDENTIFIER": f"{table.title} ({table.name})"}}
        if table.geometry:
            options |= {
                "geometry_type": SHAPES[table.geometry],
                "promote_to_multi": table.geometry != "point",
            }
        if not path.exists():
            options["dataset_options"] = {"VERSION": VERSION}
        whole = (
            table.frame["some"].fillna(0).astype("int64"),
            table.frame["perhaps"].fillna(False).astype(bool),
        )
        frame = table.frame.assign(some=whole[0], perhaps=whole[1])
        pyogrio.write_dataframe(frame, path, driver="GPKG", layer=table.name, append=path.exists(), **options)
    return path


def read(path: Path, query: str) -> pd.DataFrame:
    with closing(sqlite3.connect(path)) as file:
        return pd.read_sql(query, file)


def test_it_is_made_of_the_statements_gdal_makes(ours: Path, gdals: Path) -> None:
    query = "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name"
    pd.testing.assert_frame_equal(read(ours, query), read(gdals, query))
    assert read(ours, "PRAGMA integrity_check")["integrity_check"].tolist() == ["ok"]
    assert read(ours, "PRAGMA foreign_key_check").empty


@pytest.mark.parametrize(
    "register",
    [
        "gpkg_contents",
        "gpkg_geometry_columns",
        "gpkg_extensions",
        "gpkg_ogr_contents",
        "gpkg_spatial_ref_sys",
    ],
)
def test_its_registers_are_those_of_gdal(ours: Path, gdals: Path, register: str) -> None:
    mine, theirs = (
        read(path, f"SELECT * FROM {register} ORDER BY 1, 2").drop(columns="last_change", errors="ignore")
        for path in (ours, gdals)
    )
    pd.testing.assert_frame_equal(mine, theirs)


@pytest.mark.parametrize("table", tables(), ids=lambda table: table.name)
def test_its_rows_are_those_of_gdal(ours: Path, gdals: Path, table: Table) -> None:
    mine, theirs = (read(path, f'SELECT * FROM "{table.name}" ORDER BY fid') for path in (ours, gdals))
    pd.testing.assert_frame_equal(mine.drop(columns=list(GAPS)), theirs.drop(columns=list(GAPS)))
    if table.geometry:
        index = f"SELECT * FROM rtree_{table.name}_geom ORDER BY id"
        pd.testing.assert_frame_equal(read(ours, index), read(gdals, index))


def test_what_is_unknown_is_empty_and_its_column_keeps_its_type(ours: Path) -> None:
    kinds = read(ours, "SELECT typeof(some) AS some, typeof(perhaps) AS perhaps FROM bare")
    assert kinds["some"].tolist() == kinds["perhaps"].tolist() == ["integer", "null", "integer"]
    back = pyogrio.read_dataframe(ours, layer="polygons")
    assert back["some"].tolist()[::2] == [1, 3]
    assert shapely.equals(back.geometry.array[[0, 2]], np.array(PLACES["polygon"])[[0, 2]]).all()


def test_gdal_goes_on_writing_where_we_left_off(ours: Path, tmp_path: Path) -> None:
    """Counts and indexes follow a later row: the triggers are in place."""
    path = tmp_path / "more.gpkg"
    path.write_bytes(ours.read_bytes())
    row = gpd.GeoDataFrame({"id": ["new"]}, geometry=[shapely.Point(7, 8)], crs="EPSG:4544")
    pyogrio.write_dataframe(row, path, driver="GPKG", layer="points", append=True)
    assert pyogrio.read_info(path, layer="points")["features"] == 4
    near = pyogrio.read_dataframe(path, layer="points", bbox=(6, 7, 8, 9))
    assert near["id"].tolist() == ["new"]
