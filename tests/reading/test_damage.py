"""Bytes knocked over in any file: the rest is read, and nothing but a sentence comes out."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest
import shapely

from geo.errors import AreaError, NothingReadableError
from geo.reading import Problems, read_area

from .conftest import ENDINGS, X0, Y0, toy, write


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {d: write(toy(), tmp_path_factory.mktemp("whole"), driver=d) for d in ENDINGS}


def _damage(folder: Path, chance: random.Random) -> None:
    path = chance.choice(sorted(folder.iterdir()))
    data = bytearray(path.read_bytes())
    if chance.random() < 0.3:
        data = data[: chance.randrange(len(data))]
    for _ in range(chance.choice([1, 4, 30])):
        if data:
            data[chance.randrange(len(data))] = chance.randrange(256)
    path.write_bytes(bytes(data))


@pytest.mark.parametrize("seed", range(24))
def test_damaged_files_end_in_a_sentence(whole: dict[str, Path], tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    folder = tmp_path / "area"
    shutil.copytree(whole[sorted(whole)[seed % len(whole)]], folder)
    _damage(folder, chance)
    problems: Problems
    try:
        area, problems = read_area(folder)
        assert len(area.layers) >= 4  # one file is damaged: the others are read
    except NothingReadableError as error:
        pytest.fail(f"one damaged file stopped the others: {error}")
    assert (problems.said("zh")["what"] != "").all()


def test_a_crs_that_is_none(tmp_path: Path) -> None:
    write(toy(), tmp_path, driver="ESRI Shapefile")
    good = (tmp_path / "农户.prj").read_text()
    (tmp_path / "农户.prj").write_text(good[: len(good) // 2])
    area, problems = read_area(tmp_path)
    assert len(area.layer("households")) == 6
    assert "crs_guess" in set(problems.table["key"])


def test_a_missing_dbf(tmp_path: Path) -> None:
    write(toy(), tmp_path, driver="ESRI Shapefile")
    (tmp_path / "水池.dbf").unlink()
    area, problems = read_area(tmp_path)
    assert len(area.layer("pools")) == 1
    assert area.layer("pools")["volume"].isna().all()
    assert problems.of("error")["key"].tolist() == ["no_dbf"]


def test_a_missing_shp(tmp_path: Path) -> None:
    write(toy(), tmp_path, driver="ESRI Shapefile")
    for ending in ("shp", "dbf"):
        (tmp_path / f"水池.{ending}").unlink()
    area, problems = read_area(tmp_path)
    assert not area.has("pools")
    assert problems.of("error")[["file", "key"]].values.tolist() == [["水池.shx", "orphan"]]


@pytest.mark.parametrize(
    "name", ["水池.gpkg", "水池.shp", "水池.geojson", "水池.csv", "水池.xlsx", "水池.zip", "dem.tif"]
)
def test_a_file_without_a_byte(tmp_path: Path, name: str) -> None:
    (write(toy(), tmp_path) / name).write_bytes(b"")
    told = read_area(tmp_path)[1].said("zh").set_index("file")
    assert told.loc[name, "what"] == "文件无法读取：文件是空的，0 字节"
    assert told.loc[name, "severity"] == "unreadable"


@pytest.mark.parametrize(
    "name", ["水源.gpkg", "水源.geojson", "水源.xlsx", "水源.zip", "水源.fgb", "dem.tif"]
)
def test_a_file_of_something_else_is_told_in_the_language_asked_for(tmp_path: Path, name: str) -> None:
    (write(toy(), tmp_path) / name).write_bytes("这不是地图".encode() * 50)
    problems = read_area(tmp_path)[1]
    zh, en = (problems.said(lang).set_index("file").loc[name, "what"] for lang in ("zh", "en"))
    assert zh == "文件无法读取：内容不是扩展名所说的格式，或已损坏"
    assert en == "the file cannot be read: its content is not of the kind its name says, or damaged"


def test_what_is_wrong_with_a_polygon_is_told_in_chinese(tmp_path: Path) -> None:
    frames = toy()
    bow = shapely.Polygon([(X0, Y0), (X0 + 1000, Y0 + 1000), (X0 + 1000, Y0), (X0, Y0 + 1000)])
    frames["行政村"].loc[0, "geometry"] = bow
    told = read_area(write(frames, tmp_path))[1].said("zh").set_index("key")
    assert told.loc["invalid", "what"] == "1 个图形无效(边界自相交)"


def test_an_area_file_that_is_no_toml_names_the_line(tmp_path: Path) -> None:
    write(toy(), tmp_path)
    (tmp_path / "area.toml").write_text("name = '某乡'\nonly = ture\n", "utf-8")
    with pytest.raises(AreaError) as caught:
        read_area(tmp_path)
    assert caught.value.said("zh").startswith("area.toml 第 2 行第 8 列：不是有效的 TOML 写法：only = ture。")
