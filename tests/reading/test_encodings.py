"""Text in whatever encoding it was written."""

from __future__ import annotations

from pathlib import Path

import pytest

from geo.reading import encodings, read_area

from .conftest import toy, write


def _shapes(folder: Path, encoding: str) -> Path:
    frames = {"行政村": toy()["行政村"]}
    return write(frames, folder, driver="ESRI Shapefile", encoding=encoding)


def _names(folder: Path, **options: str) -> tuple[list[str], list[str]]:
    area, problems = read_area(folder, **options)
    return area.layer("villages")["name"].tolist(), problems.table["key"].tolist()


NAMES = ["坪上村", "坝子村"]


@pytest.mark.parametrize("encoding", ["UTF-8", "GBK"])
def test_the_cpg_is_believed(tmp_path: Path, encoding: str) -> None:
    _shapes(tmp_path, encoding)
    assert (tmp_path / "行政村.cpg").exists()
    assert _names(tmp_path) == (NAMES, [])


@pytest.mark.parametrize(("encoding", "found"), [("UTF-8", "utf-8"), ("GBK", "gb18030")])
def test_without_cpg_the_content_decides(tmp_path: Path, encoding: str, found: str) -> None:
    dbf = _shapes(tmp_path, encoding) / "行政村.dbf"
    (tmp_path / "行政村.cpg").unlink()
    dbf.write_bytes(dbf.read_bytes()[:29] + b"\0" + dbf.read_bytes()[30:])
    names, keys = _names(tmp_path)
    assert names == NAMES
    assert keys == ["encoding_guess"]
    assert read_area(tmp_path)[0].sources[0].encoding == found
    said = read_area(tmp_path)[1].said("en")["done"][0]
    assert "村代码" in said or "坪**" in said  # the columns, or names masked: a report may travel


def test_the_language_driver_byte(tmp_path: Path) -> None:
    dbf = _shapes(tmp_path, "GBK") / "行政村.dbf"
    (tmp_path / "行政村.cpg").unlink()
    dbf.write_bytes(dbf.read_bytes()[:29] + b"\x4d" + dbf.read_bytes()[30:])
    assert _names(tmp_path) == (NAMES, [])


def test_a_cpg_that_lies_is_named(tmp_path: Path) -> None:
    _shapes(tmp_path, "GBK")
    (tmp_path / "行政村.cpg").write_text("UTF-8")
    names, keys = _names(tmp_path)
    assert names == NAMES
    assert "encoding_lie" in keys


def test_the_user_knows_best(tmp_path: Path) -> None:
    _shapes(tmp_path, "GBK")
    (tmp_path / "行政村.cpg").write_text("ISO-8859-1")
    assert _names(tmp_path, encoding="936")[0] == NAMES


@pytest.mark.parametrize(
    ("written", "meant"),
    [("UTF8", "utf-8"), ("936", "gb18030"), ("ANSI 936", "gb18030"), ("GBK", "gb18030"), ("65001", "utf-8"),
     ("1252", "cp1252"), ("ISO-8859-1", "iso8859-1"), ("88591", "iso8859-1"), ("klingon", "")],
)  # fmt: skip
def test_names_of_encodings(written: str, meant: str) -> None:
    assert encodings.known(written) == meant


def test_a_character_cut_at_the_end_of_a_full_field_is_forgiven() -> None:
    cut = "坪上村坝子".encode()[:-1]
    assert encodings.fits([encodings.Text(cut, full=True)], "utf-8")
    assert not encodings.fits([encodings.Text(cut, full=False)], "utf-8")
    assert not encodings.fits([encodings.Text("坪上村".encode("gb18030"), full=True)], "utf-8")


def test_a_value_cut_in_half_is_read(tmp_path: Path) -> None:
    """UTF-8 text that fills its field and lost the end of its last character (as ArcGIS writes it)."""
    dbf = _shapes(tmp_path, "UTF-8") / "行政村.dbf"
    data = dbf.read_bytes()
    place = data.index("坝子村".encode())
    header = int.from_bytes(data[8:10], "little")
    at = next(a for a in range(32, header, 32) if data[a : a + 11].startswith("村名".encode()))
    size = data[at + 16]
    text = ("坝子" + "村" * size).encode()[: size // 3 * 3]
    filled = text + "村".encode()[: size - len(text)]
    dbf.write_bytes(data[:place] + filled + data[place + size :])
    names, _ = _names(tmp_path)
    assert names[1].startswith("坝子村村")
    assert "\ufffd" not in names[1]
