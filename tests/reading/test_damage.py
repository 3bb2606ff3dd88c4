"""Bytes knocked over in any file: the rest is read, and nothing but a sentence comes out."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from geo.errors import NothingReadableError
from geo.reading import Problems, read_area

from .conftest import ENDINGS, toy, write


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
