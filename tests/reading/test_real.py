"""Real data written by others: read, or refused with a sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely
from shapely.geometry import box

from geo.area import Area, outline
from geo.errors import NothingReadableError
from geo.reading import Problems, read_area

ROOT = Path(__file__).parents[2]
ODD = ("awkward", "indonesia", "swellendam", "travel_time", "chile_debrisflow", "guizhou")
TECHNICAL = ("traceback", "codec", "nonetype", "ufunc", "array element", "keyerror", "0x")


def _report(path: Path, **options: object) -> tuple[Area | None, Problems]:
    try:
        return read_area(path, **options)
    except NothingReadableError as error:
        return None, error.values["report"]


@pytest.mark.parametrize("folder", ODD)
def test_every_awkward_file_is_read_or_refused_with_a_sentence(real: Path, folder: str) -> None:
    files = [p for p in sorted((real / folder).rglob("*")) if p.is_file()]
    assert files
    silent, wordless = [], []
    for path in files:
        area, problems = _report(path)
        if area is None and not len(problems):
            silent.append(path.name)
        for lang in ("zh", "en"):
            said = problems.said(lang)
            bad = said[(said[["what", "done", "todo"]] == "").any(axis=1)]
            wordless += [f"{path.name}: {key}" for key in bad["key"]]
            words = " ".join(said["what"]).lower()
            wordless += [f"{path.name}: {words[:200]}" for t in TECHNICAL if t in words]
    assert not silent
    assert not wordless


@pytest.mark.parametrize("folder", ["awkward", "indonesia", "guizhou", "awkward/shapelib/mexico"])
def test_whole_folders_of_them(real: Path, folder: str) -> None:
    area, problems = _report(real / folder)
    assert len(problems) > 0
    files = {str(f).split("/")[-1].split(":")[0] for f in problems.table["file"]}
    read = {Path(s.file.split(":")[0]).name for s in area.sources} if area else set()
    main = {
        p.name
        for p in (real / folder).rglob("*")
        if p.suffix in (".shp", ".gpkg", ".geojson", ".kml", ".xlsx")
    }
    unnamed = {m for m in main - files - read if not any(m in str(f) for f in problems.table["file"])}
    assert not unnamed  # each is in the area or in the report


def test_gbk_without_prj_and_cpg(real: Path, tmp_path: Path) -> None:
    text = '[layers.villages]\nfile = "chinese_encoding.shp"\nfields = { id = "GBM", name = "NAME99" }\n'
    (tmp_path / "area.toml").write_text(text, "utf-8")
    folder = real / "guizhou" / "gbk_shapefile_anhui_counties"
    area, problems = read_area(folder, area_file=tmp_path / "area.toml")
    villages = area.layer("villages")
    assert len(villages) == 78
    assert {"天长市", "凤阳县", "绩溪县"} <= set(villages["name"])
    assert area.crs.to_epsg() in (4547, 4548)  # Anhui lies around 117 E
    assert "crs_guess" in set(problems.table["key"])
    assert area.sources[0].encoding == "gb18030"


@pytest.fixture(scope="module")
def andorra(real: Path) -> tuple[Area, Problems]:
    return read_area(real / "andorra", area_file=ROOT / "docs/examples/andorra.area.toml")


def test_andorra_layers(andorra: tuple[Area, Problems]) -> None:
    area, problems = andorra
    assert area.crs.to_epsg() == 32631
    counts = {n: len(f) for n, f in area.layers.items()}
    assert counts["villages"] == 7
    assert counts["springs"] == 40
    assert counts["facilities"] == 177
    assert counts["pools"] == 5  # six tanks, one of them holds gas
    assert 6500 < counts["households"] < 7382
    assert problems.worst == "error"  # one land-cover id stands twice
    assert area.layer("villages").area.sum() / 1e6 == pytest.approx(468, rel=0.01)


def test_andorra_roads(andorra: tuple[Area, Problems]) -> None:
    """The share of ways with a surface, bridges and tunnels as counted in the source."""
    roads = andorra[0].layer("roads")
    assert roads["class"].isna().mean() < 0.01
    assert roads["hardened"].notna().mean() == pytest.approx(0.27, abs=0.02)
    assert roads["surface"].notna().mean() == pytest.approx(0.27, abs=0.02)
    assert int(roads["bridge"].sum()) in range(465, 479)
    assert int(roads["tunnel"].sum()) in range(115, 125)
    on_foot = roads[roads["class"] == "path"].length.sum() / 1000
    assert on_foot == pytest.approx(1184, rel=0.05)


def test_andorra_power_and_people(andorra: tuple[Area, Problems]) -> None:
    area, _ = andorra
    assert set(area.layer("lines")["kv"].dropna()) == {110.0, 150.0, 225.0}
    homes = area.layer("households")
    assert (homes["loc_qual"] == "map").all()
    assert homes["water"].isna().all()  # nobody asked
    inside = homes["village"].notna()
    assert inside.mean() > 0.99
    groups = area.layer("groups").set_index("id")["village"]
    assert (homes["group"][inside].map(groups) == homes["village"][inside]).all()


def test_andorra_terrain(andorra: tuple[Area, Problems]) -> None:
    """Highest and lowest ground inside the country: 2,911 m and 853 m in this terrain."""
    area, _ = andorra
    terrain = area.terrain
    assert terrain is not None
    assert np.isnan(terrain.elevation).any()  # voids stay voids
    rows, cols = np.indices(terrain.shape)
    x = terrain.west + (cols + 0.5) * terrain.cell
    y = terrain.north - (rows + 0.5) * terrain.cell
    inside = terrain.elevation[shapely.contains_xy(outline(area), x, y)]
    assert np.nanmin(inside) == pytest.approx(853, abs=10)
    assert np.nanmax(inside) == pytest.approx(2911, abs=15)
    la_vella = area.layer("groups").set_index("name").geometry["Andorra la Vella"]
    assert terrain.sample(np.array([la_vella.x]), np.array([la_vella.y]))[0] == pytest.approx(1023, abs=40)


def test_andorra_as_zipped_shapefiles_is_the_same_roads(real: Path, andorra: tuple[Area, Problems]) -> None:
    zipped, problems = read_area(real / "andorra" / "andorra_shp.zip")
    assert len(zipped.layer("roads")) == 7520
    assert any("à" in str(n) for n in zipped.layer("roads")["name"].dropna())
    assert problems.worst == "warning"
    assert box(*zipped.bounds).intersects(box(*andorra[0].bounds))


def test_a_corrupt_shapefile_gives_what_it_still_holds(real: Path) -> None:
    area, problems = read_area(real / "swellendam" / "water.shp")
    assert len(area.layer("lakes")) == 31
    assert "broken_features" in set(problems.of("error")["key"])


def test_swellendam(real: Path) -> None:
    area, problems = read_area(real / "swellendam")
    assert len(area.layer("buildings")) == 4708
    assert len(area.layer("rivers")) == 12
    assert problems.of("error").set_index(["key", "layer"]).loc[("no_geometry", "rivers"), "count"] == 7
    assert area.terrain is not None
    assert np.nanmin(area.terrain.elevation) > -500


def test_the_sample_township_is_clean(sample: Path) -> None:
    area, problems = read_area(sample)
    assert problems.count == 0, problems.said("en").to_string()
    assert 4500 < len(area.layer("households")) < 5500
    assert area.terrain is not None
    homes = area.layer("households")
    assert homes["group"].notna().all()
    assert homes["village"].notna().all()
