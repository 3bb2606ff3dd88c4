"""Coordinate systems: guessed, declared, wrong, old, and the offsets of web maps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS, Transformer

from geo.reading import grids, offsets, read_area

from .conftest import points, toy, write

# WGS 84 and GCJ-02 of the same places (lat, lon), from the test set of eviltransform.
PAIRS = (
    ((31.1774276, 121.5272106), (31.17530398364597, 121.531541859215)),
    ((22.543847, 113.912316), (22.540796131694766, 113.9171764808363)),
    ((39.911954, 116.377817), (39.91334545536069, 116.38404722455657)),
)


@pytest.mark.parametrize(("wgs", "gcj"), PAIRS)
def test_gcj_against_published_points(wgs: tuple[float, float], gcj: tuple[float, float]) -> None:
    lon, lat = offsets.wgs_to_gcj(np.array([wgs[1]]), np.array([wgs[0]]))
    assert (lat[0], lon[0]) == pytest.approx(gcj, abs=1e-7)
    back = offsets.to_wgs(np.array([[gcj[1], gcj[0]]]), "GCJ-02")
    assert back[0, ::-1] == pytest.approx(wgs, abs=1e-7)


def test_bd09_against_a_published_point() -> None:
    """The example in the README of coordtransform: gcj02tobd09(116.404, 39.915)."""
    lon, lat = offsets.gcj_to_bd(np.array([116.404]), np.array([39.915]))
    assert (lon[0], lat[0]) == pytest.approx((116.41036949371029, 39.92133699351021), abs=1e-10)


@given(st.floats(74, 134), st.floats(19, 53), st.sampled_from(["GCJ-02", "BD-09"]))
def test_the_inverse_undoes_the_offset(lon: float, lat: float, datum: str) -> None:
    there = offsets.wgs_to_gcj(np.array([lon]), np.array([lat]))
    if datum == "BD-09":
        there = offsets.gcj_to_bd(*there)
    back = offsets.to_wgs(np.column_stack(there), datum)
    assert back[0] == pytest.approx([lon, lat], abs=1e-8)


def _box(crs: int, lon: float = 105.6, lat: float = 27.1) -> np.ndarray:
    x, y = Transformer.from_crs(4326, crs, always_xy=True).transform([lon, lon + 0.1], [lat, lat + 0.1])
    return np.array([min(x), min(y), max(x), max(y)])


@pytest.mark.parametrize(("numbers", "meant"), [(4490, 4490), (4523, 4523), (4524, 4524), (4496, 4496)])
def test_guess_by_range(numbers: int, meant: int) -> None:
    found = grids.guess(_box(numbers))
    assert found is not None
    assert found.crs.to_epsg() == meant
    assert not found.swapped


def test_degrees_outside_china_are_wgs84() -> None:
    assert grids.guess(np.array([1.4, 42.4, 1.8, 42.7])).crs.to_epsg() == 4326


def test_swapped_axes() -> None:
    for crs in (4523, 4490):
        box = _box(crs)
        found = grids.guess(box[[1, 0, 3, 2]])
        assert found is not None
        assert found.swapped
        assert found.crs.to_epsg() == crs


def test_a_grid_without_zone_number_needs_neighbours() -> None:
    box = _box(4544)
    assert grids.guess(box) is None
    assert grids.guess(box, (105.65, 27.15)).crs.to_epsg() == 4544
    assert grids.guess(box, (121.0, 27.1)).crs.to_epsg() == 4549
    assert grids.guess(np.array([1.0, 2.0, 3e6, 9e6])) is None


@pytest.mark.parametrize(
    ("lon", "lat", "epsg"),
    [(105.6, 27.1, 4544), (103.6, 26.0, 4544), (106.6, 26.6, 4545), (116.4, 39.9, 4548), (1.5, 42.5, 32631),
     (20.4, -34.0, 32734), (122.2, -8.6, 32751), (85.3, 27.7, 32645), (105.8, 21.0, 32648)],
)  # fmt: skip
def test_working_crs(lon: float, lat: float, epsg: int) -> None:
    """Dafang, Weining, Guiyang, Beijing; Andorra, Swellendam, Maumere, Kathmandu and Hanoi are not China."""
    assert grids.working(lon, lat).to_epsg() == epsg


def _keys(folder: Path) -> dict[str, str]:
    area, problems = read_area(folder)
    assert area.crs.to_epsg() == 4544
    return dict(zip(problems.table["key"], problems.table["severity"], strict=True))


def _stripped(folder: Path, crs: str) -> Path:
    write({"农户": toy()["农户"]}, folder, driver="ESRI Shapefile", crs=crs)
    (folder / "农户.prj").unlink()
    return folder


@pytest.mark.parametrize("crs", ["EPSG:4490", "EPSG:4523"])
def test_a_missing_prj_is_guessed_and_reported(tmp_path: Path, crs: str) -> None:
    frames = toy()
    del frames["农户"]
    write(frames, tmp_path)
    _stripped(tmp_path, crs)
    assert _keys(tmp_path) == {"crs_guess": "warning"}
    area, _ = read_area(tmp_path)
    expected = points(toy()["农户"].rename(columns={"户编号": "id"}))
    np.testing.assert_allclose(points(area.layer("households")), expected, atol=0.02)


def test_numbers_that_cannot_be_placed_are_refused_with_a_sentence(tmp_path: Path) -> None:
    write({"行政村": toy()["行政村"]}, tmp_path / "a")
    _stripped(tmp_path / "b", "EPSG:4544")
    from geo.errors import NothingReadableError

    with pytest.raises(NothingReadableError) as caught:
        read_area(tmp_path / "b")
    report = caught.value.values["report"]
    assert report.table["key"].tolist() == ["crs_needed"]
    assert "EPSG" in report.said("zh")["todo"][0]
    _stripped(tmp_path / "a", "EPSG:4544")
    assert _keys(tmp_path / "a")["crs_guess"] == "warning"  # the villages tell


def _list(folder: Path, epsg: int, **slips: tuple[float, float]) -> Path:
    """The toy township, its households as a list; `slips`: what the coordinates of one are written as."""
    frames = toy()
    homes = frames.pop("农户")
    write(frames, folder)
    there = homes.to_crs(epsg).geometry
    table = homes.drop(columns="geometry").assign(X=there.x, Y=there.y).set_index("户编号", drop=False)
    for home, (x, y) in slips.items():
        table.loc[home, ["X", "Y"]] = x, y
    table.to_csv(folder / "农户.csv", index=False)
    return folder


@pytest.mark.parametrize("epsg", [4490, 4523])
def test_single_rows_with_x_and_y_swapped_are_turned_back_and_named(tmp_path: Path, epsg: int) -> None:
    at = toy()["农户"].to_crs(epsg).geometry[1]
    area, problems = read_area(_list(tmp_path, epsg, h2=(at.y, at.x)))
    expected = points(toy()["农户"].rename(columns={"户编号": "id"}))
    np.testing.assert_allclose(points(area.layer("households")), expected, atol=0.02)
    assert problems.table.loc[problems.table["key"] == "turned", "row"].tolist() == ["3"]


@pytest.mark.parametrize(("epsg", "x", "y"), [(4490, 1056.07, 27.1), (4523, 560_200.0, 3_000_200.0)])
def test_one_slip_in_a_short_list_does_not_cost_the_layer(
    tmp_path: Path, epsg: int, x: float, y: float
) -> None:
    """A decimal point lost; a zone number left out."""
    area, problems = read_area(_list(tmp_path, epsg, h4=(x, y)))
    assert len(area.layer("households")) == 6
    assert area.layer("households").set_index("id")["loc_qual"].to_dict()["h4"] == "group"
    assert "crs_needed" not in set(problems.table["key"])


def test_a_prj_that_lies(tmp_path: Path) -> None:
    write(toy(), tmp_path, driver="ESRI Shapefile")
    write({"农户": toy()["农户"]}, tmp_path, driver="ESRI Shapefile", crs="EPSG:4490")
    (tmp_path / "农户.prj").write_text(CRS.from_epsg(4544).to_wkt("WKT1_ESRI"))
    assert _keys(tmp_path) == {"crs_lie": "error", "crs_guess": "warning"}


@pytest.mark.parametrize(("epsg", "name"), [(2380, "1980"), (2432, "1954")])
def test_old_datums_are_read_with_a_warning(tmp_path: Path, epsg: int, name: str) -> None:
    write(toy(), tmp_path)
    frame = toy()["农户"].set_crs(epsg=epsg, allow_override=True)
    frame.to_file(tmp_path / "农户.gpkg", driver="GPKG")
    area, problems = read_area(tmp_path)
    assert problems.of("error")["key"].tolist() == ["old_datum"]
    assert name in problems.said("en")["what"][0]
    assert len(area.layer("households")) == 6


@pytest.mark.parametrize("datum", ["GCJ-02", "BD-09"])
def test_declared_offsets_are_undone(tmp_path: Path, datum: str) -> None:
    write(toy(), tmp_path)
    homes = toy()["农户"].to_crs(4326)
    there = offsets.wgs_to_gcj(homes.geometry.x.to_numpy(), homes.geometry.y.to_numpy())
    there = there if datum == "GCJ-02" else offsets.gcj_to_bd(*there)
    table = homes.drop(columns="geometry").assign(lng=there[0], lat=there[1])
    (tmp_path / "农户.gpkg").unlink()
    table.to_csv(tmp_path / "amap.csv", index=False)
    (tmp_path / "area.toml").write_text(f'[layers.households]\nfile = "amap.csv"\ndatum = "{datum}"\n')
    area, problems = read_area(tmp_path)
    expected = points(toy()["农户"].rename(columns={"户编号": "id"}))
    np.testing.assert_allclose(points(area.layer("households")), expected, atol=0.05)
    assert problems.count == 0


def _local(xy: np.ndarray) -> np.ndarray:
    """A grid shifted, turned by 2 degrees and scaled by 1.0001."""
    turn = 1.0001 * np.exp(2j * np.pi / 180)
    z = turn * (xy[:, 0] - 560_000 + 1j * (xy[:, 1] - 3_000_000)) + 4321 + 987j
    return np.column_stack([z.real, z.imag])


@pytest.mark.parametrize(("mistake_m", "severity"), [(0.0, "info"), (30.0, "warning")])
def test_control_points_place_a_local_grid(tmp_path: Path, mistake_m: float, severity: str) -> None:
    frames = toy()
    homes = frames.pop("农户")
    write(frames, tmp_path)
    true = np.column_stack([homes.geometry.x, homes.geometry.y])
    table = homes.drop(columns="geometry")
    table["X"], table["Y"] = _local(true).T
    table.to_csv(tmp_path / "农户.csv", index=False)
    known = np.array([[560_000.0, 3_000_000.0], [562_000.0, 3_000_000.0], [561_000.0, 3_001_000.0]])
    rows = np.column_stack([_local(known), known])
    rows[2, 2] += mistake_m
    control = f'{{ crs = "EPSG:4544", points = {rows.tolist()} }}'
    text = f'[layers.households]\nfile = "农户.csv"\ncontrol = {control}\n'
    (tmp_path / "area.toml").write_text(text, "utf-8")
    area, problems = read_area(tmp_path)
    np.testing.assert_allclose(points(area.layer("households")), true, atol=1e-3 + mistake_m)
    assert problems.table[["key", "severity"]].values.tolist() == [["control", severity]]
