"""The committed files are what a county office hands over: encodings, grids, sizes, nothing personal."""

from __future__ import annotations

import re
import struct
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import rasterio

from geo.area import Area
from geo.layers import LAYERS

DATA = Path(__file__).parents[2] / "data"
SHAPES = sorted((DATA / "shapefiles").glob("*.shp"))


def _dbf_headers(path: Path) -> list[bytes]:
    """Field names of a DBF by its published layout: 32 bytes a field from byte 32, ended by 0x0D."""
    raw = path.read_bytes()
    length = struct.unpack("<H", raw[8:10])[0]
    return [raw[at : at + 11].split(b"\0")[0] for at in range(32, length - 1, 32)]


@pytest.mark.parametrize("path", SHAPES, ids=lambda p: p.stem)
def test_headers_are_gbk_and_fit_ten_bytes(path: Path) -> None:
    assert path.with_suffix(".cpg").read_text() == "GBK"
    for raw in _dbf_headers(path.with_suffix(".dbf")):
        assert len(raw) <= 10
        raw.decode("gbk")
    assert any(not h.isascii() for h in _dbf_headers(path.with_suffix(".dbf")))


def test_three_grids_of_one_county() -> None:
    codes = {p.stem: pyogrio.read_info(p)["crs"] for p in SHAPES}
    assert codes["水源"] == "EPSG:4490"
    assert codes["地灾"] == codes["地灾隐患点"] == "EPSG:4523"
    assert {c for n, c in codes.items() if n not in ("水源", "地灾", "地灾隐患点")} == {"EPSG:4544"}
    assert (
        pyogrio.read_info(DATA / "shapefiles" / "地灾.shp", force_total_bounds=True)["total_bounds"][0] > 35e6
    )


def test_the_whole_is_small() -> None:
    total = sum(p.stat().st_size for p in DATA.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    assert total < 8e6


def test_terrain_is_a_geotiff_of_12_5_metres() -> None:
    with rasterio.open(DATA / "terrain" / "dem.tif") as file:
        assert file.crs.to_epsg() == 4544
        assert file.res == (12.5, 12.5)
        z = file.read(1)
    assert 900 < z.min() < z.max() < 2300
    assert z.max() - z.min() > 500


def test_no_person_can_be_meant(committed: Area) -> None:
    """Names are a surname and a date of the cycle; no text looks like an identity number or a telephone."""
    for name, frame in committed.layers.items():
        for field in LAYERS[name].fields:
            if field.kind not in ("text", "choice") and field.name != "id":
                continue
            text = "\n".join(frame[field.name].dropna().unique())
            # 17 digits with a birth date from the 7th and a check character; 11 digits from 13 to 19
            assert not re.search(r"^\d{6}(18|19|20)\d{2}(0[1-9]|1[0-2])\d{2}\d{3}[\dXx]$", text, re.M), name
            assert not re.search(r"(?<!\d)1[3-9]\d{9}(?!\d)", text), name
    assert (
        committed.layer("households")["name"]
        .str.fullmatch(".[甲乙丙丁戊己庚辛壬癸][子丑寅卯辰巳午未申酉戌亥]")
        .all()
    )


def test_every_layer_is_there(committed: Area) -> None:
    assert set(LAYERS) == set(committed.layers)


def test_every_declared_field_is_answered_somewhere(committed: Area) -> None:
    empty = [
        (name, field.name)
        for name, frame in committed.layers.items()
        for field in LAYERS[name].fields
        if field.name != "surveyed" and frame[field.name].isna().all()
    ]
    assert empty == []


def test_the_files_are_of_this_generator(committed: Area) -> None:
    """The land of the committed files is the land the committed seed gives, but where roads were cut in."""
    import sample
    from sample.grid import Frame
    from sample.relief import draw_relief
    from sample.rivers import draw_waters

    frame = Frame(0, sample.SEED, sample.WEST, sample.SOUTH)
    z = draw_relief(frame, draw_waters(frame))
    assert committed.terrain is not None
    off = np.abs(z - committed.terrain.elevation)
    assert np.median(off) < 0.07  # heights are kept in eighths of a metre
    assert (off < 0.07).mean() > 0.75
