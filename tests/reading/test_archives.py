"""Zip archives: read, and bounded."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from geo.errors import NothingReadableError
from geo.reading import Limits, Problems, read_area

from .conftest import toy, write


@pytest.fixture
def shapes(tmp_path: Path) -> Path:
    return write(toy(), tmp_path / "shapes", driver="ESRI Shapefile")


def _zip(target: Path, folder: Path, prefix: str = "") -> Path:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, prefix + path.name)
    return target


def _refused(path: Path, limits: Limits) -> Problems:
    with pytest.raises(NothingReadableError) as caught:
        read_area(path, limits=limits)
    report: Problems = caught.value.values["report"]
    return report


def test_several_layers_in_a_zip_in_folders(tmp_path: Path, shapes: Path) -> None:
    area, problems = read_area(_zip(tmp_path / "乡.zip", shapes, "2019/成果/"))
    assert {n: len(f) for n, f in area.layers.items()}["households"] == 6
    assert problems.count == 0
    assert area.name == "乡"
    assert any(s.file == "乡.zip/2019/成果/农户.shp" for s in area.sources)


def test_a_zip_inside_a_zip(tmp_path: Path, shapes: Path) -> None:
    inner = _zip(tmp_path / "inner.zip", shapes)
    with zipfile.ZipFile(tmp_path / "outer.zip", "w") as archive:
        archive.write(inner, "inner.zip")
    assert len(read_area(tmp_path / "outer.zip")[0].layer("households")) == 6
    report = _refused(tmp_path / "outer.zip", Limits(depth=1))
    assert report.table["key"].tolist() == ["zip_deep"]


def test_names_packed_in_gbk_without_saying_so(tmp_path: Path, shapes: Path) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for i, path in enumerate(sorted(shapes.glob("行政村.*"))):
            archive.writestr(f"AAAAAA{i}.xyz", path.read_bytes())
    data = stream.getvalue()
    for i, path in enumerate(
        sorted(shapes.glob("行政村.*"))
    ):  # 行政村 is 6 bytes in GBK; one more for the digit
        data = data.replace(f"AAAAAA{i}.xyz".encode(), "行政村".encode("gbk") + b"_" + path.suffix.encode())
    (tmp_path / "a.zip").write_bytes(data)
    area, _ = read_area(tmp_path / "a.zip")
    assert area.layer("villages")["name"].tolist() == ["坪上村", "坝子村"]


def test_too_many_files(tmp_path: Path, shapes: Path) -> None:
    report = _refused(_zip(tmp_path / "a.zip", shapes), Limits(files=5))
    assert report.worst == "unreadable"
    assert report.table["key"].tolist() == ["zip_bomb"]


def test_too_many_bytes_whatever_the_header_says(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("行政村.geojson", b"0" * 30_000_000)
    data = (tmp_path / "a.zip").read_bytes()
    lie = data.replace((30_000_000).to_bytes(4, "little"), (1_000).to_bytes(4, "little"))
    (tmp_path / "lie.zip").write_bytes(lie)
    assert (tmp_path / "a.zip").stat().st_size < 100_000
    assert _refused(tmp_path / "a.zip", Limits(bytes=1_000_000)).table["key"].tolist() == ["zip_bomb"]
    assert _refused(tmp_path / "lie.zip", Limits(bytes=1_000_000)).worst == "unreadable"


@pytest.mark.parametrize(
    "name", ["../../evil.geojson", "/etc/evil.geojson", "..\\..\\evil.geojson", "C:\\evil.geojson"]
)
def test_nothing_is_written_outside(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = tmp_path / "scratch"
    inside.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(inside))
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(name, "{}")
    before = {p for p in tmp_path.rglob("*") if "scratch" not in p.parts}
    _refused(tmp_path / "a.zip", Limits())
    assert {p for p in tmp_path.rglob("*") if "scratch" not in p.parts} == before
    assert not Path("/etc/evil.geojson").exists()


def test_a_broken_zip_stops_nothing_else(tmp_path: Path) -> None:
    write(toy(), tmp_path)
    (tmp_path / "坏.zip").write_bytes(b"PK\x03\x04 not really")
    area, problems = read_area(tmp_path)
    assert len(area.layer("households")) == 6
    assert problems.table[["file", "severity", "key"]].values.tolist() == [
        ["坏.zip", "unreadable", "unreadable"]
    ]


def test_a_workbook_bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("geo.reading.tables.MAX_BYTES", 2_000_000)
    with zipfile.ZipFile(tmp_path / "农户.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        for i in range(7):
            archive.writestr(f"xl/worksheets/sheet{i}.xml", b" " * 1_000_000)
    assert _refused(tmp_path / "农户.xlsx", Limits()).table["key"].tolist() == ["zip_bomb"]


def test_an_archive_that_shrank_too_much_is_not_unfolded(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("行政村.geojson", b"0" * 30_000_000)
    report = _refused(tmp_path / "a.zip", Limits(small=10_000_000))
    assert report.table["key"].tolist() == ["zip_bomb"]
    assert report.said("zh")["what"].tolist() == ["压缩包解开后超过上限(压缩比异常)"]
    assert "shrank" in report.said("en")["what"].iloc[0]


def test_the_example_of_an_encoding_names_nobody(tmp_path: Path) -> None:
    rows = ["id,name,lon,lat", *(f"{i},王建国,105.{i},26.9" for i in range(1, 4))]
    (tmp_path / "农户.csv").write_bytes("\n".join(rows).encode("gb18030"))
    _, problems = read_area(tmp_path)
    said = problems.said("zh").set_index("key").loc["encoding_guess", "done"]
    assert "王**" in said
    assert "王建国" not in said
