"""Exposure against hand calculation, an independent overlay, and what must always hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS
from rasterio.features import shapes
from rasterio.transform import rowcol
from shapely import Point, box

from geo.area import Area, make_area
from geo.hazards.exposure import RELATIONS, Exposure, expose
from geo.layers import LAYERS
from geo.messages import catalogue
from geo.standards import default_standard
from geo.verdicts import sentences
from geo.zones import make_zones

CRS_ = CRS.from_epsg(4544)
STANDARD = default_standard()


def frame(geometry: list[Any], **columns: Any) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=geometry, crs=CRS_)


def homes(xy: list[tuple[float, float]], **columns: Any) -> gpd.GeoDataFrame:
    given_ = {"id": [f"h{i}" for i in range(len(xy))], "people": [2] * len(xy), "village": ["v"] * len(xy)}
    return frame([Point(p) for p in xy], **{**given_, **columns})


def area(households: gpd.GeoDataFrame, **layers: gpd.GeoDataFrame) -> Area:
    return make_area({"households": households, **layers}, crs=CRS_)


def relations(found: Exposure) -> list[str]:
    return found.households["relation"].tolist()


SLIDE = {"id": ["z"], "kind": ["landslide"], "level": ["medium"]}


def test_inside_buffer_and_clear_by_hand() -> None:
    # a medium landslide has a buffer of 100 m; the edge of a zone counts as inside
    xy = [(50.0, 50.0), (100.0, 50.0), (150.0, 50.0), (200.0, 50.0), (200.1, 50.0)]
    found = expose(area(homes(xy), hazards=frame([box(0, 0, 100, 100)], **SLIDE)), STANDARD)
    assert relations(found) == ["inside", "inside", "buffer", "buffer", "clear"]
    assert found.table["distance_m"].tolist() == pytest.approx([50, 0, 50, 100])
    assert found.households["threshold"].tolist()[:4] == [100.0] * 4
    assert found.households["extra"].tolist() == [1, 1, 1, 1, 0]


@pytest.mark.parametrize(
    ("kind", "level", "buffer"),
    [
        ("landslide", "small", 50),
        ("landslide", "large", 200),
        ("collapse", "large", 100),  # half
        ("flood", "large", 0),
        (None, "medium", 100),
        ("rockfall", None, 100),  # size unknown
    ],
)
def test_buffer_by_size_and_kind(kind: str | None, level: str | None, buffer: float) -> None:
    zone = frame([box(0, 0, 10, 10)], id=["z"], kind=[kind], level=[level])
    assert make_zones(area(homes([(0, 0)]), hazards=zone), STANDARD).frame["buffer_m"].tolist() == [buffer]


def test_a_point_record_becomes_a_circle_of_unknown_extent() -> None:
    zone = frame([Point(0, 0)], id=["z"], kind=["rockfall"], level=["small"])
    found = expose(area(homes([(49, 0), (51, 0)]), hazards=zone), STANDARD)
    assert relations(found) == ["inside", "clear"]
    assert found.table["extent"].tolist() == ["unknown"]
    assert found.households["reason"].tolist() == ["hazard.inside_circle", "hazard.clear"]


def test_workings_reach_h_over_tan_beta() -> None:
    # 300 m deep, tan beta 1.5: r = 200 m; H times tan beta would be 450 m
    working = frame([box(0, 0, 100, 100)], id=["w"], depth=[300.0], tanb=[1.5])
    xy = [(50.0, 50.0), (299.0, 50.0), (301.0, 50.0)]
    empty = frame([], id=[])
    found = expose(area(homes(xy), workings=working, hazards=empty), STANDARD)
    assert relations(found) == ["inside", "buffer", "clear"]
    assert set(found.table["kind"]) == {"mining"}
    assert not found.table["assumed"].any()


def test_depth_and_tan_beta_are_assumed_where_not_given() -> None:
    zones = make_zones(area(homes([(0, 0)]), workings=frame([box(0, 0, 1, 1)], id=["w"])), STANDARD)
    assert zones.frame["buffer_m"].tolist() == [200 / 2.0]
    assert zones.frame["assumed"].tolist() == [True]


def test_planned_workings_are_listed_and_threaten_nobody_yet() -> None:
    working = frame([box(0, 0, 100, 100)], id=["w"], planned=[True])
    found = expose(area(homes([(50, 50)]), workings=working, hazards=frame([], id=[])), STANDARD)
    assert relations(found) == ["clear"]
    assert found.table["kind"].tolist() == ["planned_mining"]
    assert found.by_kind["kind"].tolist() == ["planned_mining"]


def test_the_worst_zone_decides() -> None:
    zones = frame(
        [box(0, 0, 100, 100), box(-500, 0, -20, 100), box(40, 40, 60, 60)],
        id=["medium", "extra", "small"],
        kind=["landslide"] * 3,
        level=["medium", "extra", "small"],
    )
    found = expose(area(homes([(50, 50)]), hazards=zones), STANDARD)
    assert found.households.loc[0, ["nearest", "relation", "extra"]].tolist() == ["medium", "inside", 3]
    assert found.of("h0")["zone"].tolist() == ["medium", "small", "extra"]


def test_without_a_hazards_layer_nothing_is_known_but_mining() -> None:
    working = frame([box(0, 0, 10, 10)], id=["w"])
    found = expose(area(homes([(5, 5), (900, 900)]), workings=working), STANDARD)
    assert relations(found) == ["inside", "unknown"]
    assert found.households["reason"].tolist()[1] == "hazard.no_layer"
    assert relations(expose(area(homes([(5, 5)])), STANDARD)) == ["unknown"]


def test_an_empty_hazards_layer_is_an_answer() -> None:
    assert relations(expose(area(homes([(5, 5)]), hazards=frame([], id=[])), STANDARD)) == ["clear"]


def test_a_household_placed_by_village_only_is_unknown() -> None:
    people = homes([(5, 5), (5, 5)], loc_qual=["village", "gps"])
    found = expose(area(people, hazards=frame([box(0, 0, 10, 10)], **SLIDE)), STANDARD)
    assert relations(found) == ["unknown", "inside"]
    assert found.households["reason"].tolist() == ["hazard.not_placed", "hazard.inside"]


def test_missing_geometry_and_no_households() -> None:
    nowhere = homes([(5, 5), (5, 5)])
    nowhere.geometry = [None, Point()]
    zone = frame([box(0, 0, 10, 10), None], id=["z", "y"], kind=["slope"] * 2, level=["small"] * 2)
    assert relations(expose(area(nowhere, hazards=zone), STANDARD)) == ["unknown", "unknown"]
    nobody = expose(make_area({"hazards": zone}, crs=CRS_), STANDARD)
    assert len(nobody.households) == len(nobody.table) == len(nobody.by_village) == 0


def test_a_zone_whose_outline_crosses_itself_is_mended() -> None:
    bowtie = shapely.Polygon([(0, 0), (100, 100), (100, 0), (0, 100)])
    found = expose(
        area(homes([(90, 50), (50, 10)]), hazards=frame([bowtie], **{**SLIDE, "kind": ["flood"]})), STANDARD
    )
    assert relations(found) == ["inside", "clear"]


def test_people_and_villages_add_up() -> None:
    people = homes([(5, 5), (50, 5), (500, 5)], people=[3, None, 4], village=["a", "a", "b"])
    found = expose(area(people, hazards=frame([box(0, 0, 10, 10)], **SLIDE)), STANDARD)
    a = found.by_village[found.by_village["village"] == "a"].set_index("relation")
    assert a["households"].reindex(list(RELATIONS)).tolist() == [1, 1, 0, 0]
    assert a["people"].sum() == 3
    assert a["people_unknown"].sum() == 1
    assert found.by_village["people"].sum() == 7


def test_a_household_counts_once_per_kind_and_level_at_its_worst() -> None:
    zones = frame(
        [box(0, 0, 10, 10), box(20, 0, 30, 10)], id=["x", "y"], kind=["slope"] * 2, level=["small"] * 2
    )
    found = expose(area(homes([(5, 5)]), hazards=zones), STANDARD)
    assert found.by_kind[["relation", "households"]].values.tolist() == [["inside", 1]]


def test_every_reason_and_kind_has_words() -> None:
    zone = frame(
        [box(0, 0, 100, 100), Point(900, 900)], id=["z", "y"], kind=["slope", None], level=["small", None]
    )
    xy = [(5.0, 5.0), (120.0, 5.0), (500.0, 500.0), (900.0, 900.0)]
    found = expose(area(homes(xy), hazards=zone), STANDARD)
    for lang in ("zh", "en"):
        said = sentences(found.households, lang)
        assert not said.str.contains("{", regex=False).any()
        assert "nan" not in "".join(said)
    kinds = {c.value for c in LAYERS["hazards"].field("kind").choices}
    assert all(
        f"hazard.kind.{k}" in catalogue() for k in ("mining", "planned_mining", "unknown") if k not in kinds
    )
    assert all(f"relation.{r}" in catalogue() for r in RELATIONS)


coordinate = st.floats(0, 1000).map(lambda v: round(v, 1))
spot = st.tuples(coordinate, coordinate)
zone_box = st.tuples(spot, st.floats(5, 300), st.sampled_from(["small", "medium", "large", "extra", None]))


def _zones(drawn: list[Any], grow: float = 0.0) -> gpd.GeoDataFrame:
    shapes = [box(x - grow, y - grow, x + side + grow, y + side + grow) for (x, y), side, _ in drawn]
    ids = [f"z{i}" for i in range(len(drawn))]
    return frame(shapes, id=ids, kind=["landslide"] * len(drawn), level=[level for *_, level in drawn])


@settings(max_examples=12, deadline=None)
@given(st.lists(spot, min_size=1, max_size=12), st.lists(zone_box, min_size=1, max_size=5), st.randoms())
def test_order_does_not_matter(xy: list[tuple[float, float]], drawn: list[Any], random: Any) -> None:
    people, zones = homes(xy), _zones(drawn)
    one = expose(area(people, hazards=zones), STANDARD)
    mixed = list(range(len(xy)))
    random.shuffle(mixed)
    other = expose(area(people.iloc[mixed], hazards=zones.iloc[::-1]), STANDARD)
    columns = ["household", "relation", "nearest", "kind", "level", "measure", "extra"]
    left = one.households[columns].sort_values("household", ignore_index=True)
    right = other.households[columns].sort_values("household", ignore_index=True)
    pd.testing.assert_frame_equal(left, right)
    pd.testing.assert_frame_equal(one.by_kind, other.by_kind)


@settings(max_examples=12, deadline=None)
@given(st.lists(spot, min_size=1, max_size=12), st.lists(zone_box, min_size=1, max_size=5), st.floats(0, 200))
def test_enlarging_a_hazard_frees_nobody(
    xy: list[tuple[float, float]], drawn: list[Any], grow: float
) -> None:
    rank = {"inside": 0, "buffer": 1, "clear": 2}
    before = relations(expose(area(homes(xy), hazards=_zones(drawn)), STANDARD))
    after = relations(expose(area(homes(xy), hazards=_zones(drawn, grow)), STANDARD))
    assert all(rank[a] <= rank[b] for a, b in zip(after, before, strict=True))


@settings(max_examples=25, deadline=None)
@given(st.lists(spot, min_size=1, max_size=12), st.lists(zone_box, min_size=1, max_size=5))
def test_sums_agree(xy: list[tuple[float, float]], drawn: list[Any]) -> None:
    found = expose(
        area(homes(xy, village=[f"v{i % 3}" for i in range(len(xy))]), hazards=_zones(drawn)), STANDARD
    )
    assert found.by_village["households"].sum() == len(xy)
    counted = found.by_village.groupby("relation")["households"].sum()
    assert all(counted.get(r, 0) == relations(found).count(r) for r in RELATIONS)


def _overlaid(
    points: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, buffer_m: float
) -> tuple[set[Any], set[Any]]:
    """The witness: a spatial join of another library's making, inside and within a finely drawn ring."""
    inside = gpd.sjoin(points[["geometry"]], zones[["geometry"]], predicate="intersects")
    ring = zones[["geometry"]].copy()
    ring.geometry = ring.geometry.buffer(buffer_m, quad_segs=256)
    near = gpd.sjoin(points[["geometry"]], ring, predicate="intersects")
    pairs = set(zip(inside.index, inside["index_right"], strict=True))
    return pairs, set(zip(near.index, near["index_right"], strict=True)) - pairs


def _pairs(found: Exposure, zones: gpd.GeoDataFrame, relation: str) -> set[Any]:
    table = found.table[found.table["relation"] == relation]
    row = {z: i for i, z in enumerate(zones["id"])}
    return set(zip(table["row"], table["zone"].map(row), strict=True))


def test_real_scree_and_buildings_equal_an_overlay(real: Path) -> None:
    file = real / "andorra" / "andorra_2025.gpkg"
    scree = gpd.read_file(file, layer="hazard_proxy_scree_rock").to_crs(32631)
    houses = gpd.read_file(file, layer="buildings").to_crs(32631)
    people = gpd.GeoDataFrame(geometry=houses.geometry.representative_point(), crs=houses.crs)
    people["id"] = [str(i) for i in range(len(people))]
    zones = gpd.GeoDataFrame(geometry=scree.geometry.make_valid(), crs=scree.crs)
    zones["id"], zones["kind"], zones["level"] = [str(i) for i in range(len(zones))], "rockfall", "large"
    found = expose(make_area({"households": people, "hazards": zones}, crs=houses.crs), STANDARD)
    inside, near = _overlaid(people, zones, 200.0)
    assert _pairs(found, zones, "inside") == inside
    assert _pairs(found, zones, "buffer") == near
    assert len(near) > 300  # the overlay says something


def test_real_volcano_zone_equals_an_overlay(real: Path) -> None:
    """The 3 km evacuation zone of Marapi over the points of a lattice, for there are no buildings near it."""
    file = real / "indonesia" / "merapi_marapi" / "Marapi_evac_zone_3000m.shp"
    zone = gpd.read_file(file, on_invalid="fix").to_crs(32747)  # its ring is not closed
    west, south, east, north = zone.total_bounds
    x, y = np.meshgrid(np.arange(west - 500, east + 500, 97), np.arange(south - 500, north + 500, 103))
    people = gpd.GeoDataFrame(geometry=shapely.points(x.ravel(), y.ravel()), crs=zone.crs)
    people["id"] = [str(i) for i in range(len(people))]
    zones = zone[["geometry"]].assign(id=["0"], kind=["landslide"], level=["extra"])
    found = expose(make_area({"households": people, "hazards": zones}, crs=zone.crs), STANDARD)
    inside, near = _overlaid(people, zones, 200.0)
    assert _pairs(found, zones, "inside") == inside
    assert _pairs(found, zones, "buffer") == near
    assert len(inside) == pytest.approx(np.pi * 3000**2 / (97 * 103), rel=0.02)


def test_real_tsunami_depths_and_buildings_equal_the_raster_itself(real: Path) -> None:
    """Maumere: buildings in ground flooded by more than a metre, against the depth of their cell."""
    folder = real / "indonesia" / "maumere"
    with rasterio.open(folder / "maumere_aos_depth_20m_land_wgs84.asc") as source:
        depth, move = source.read(1, masked=True).filled(0.0), source.transform
    wet = (depth > 1.0).astype("uint8")
    rings = [shapely.geometry.shape(g) for g, v in shapes(wet, mask=wet > 0, transform=move) if v]
    zones = gpd.GeoDataFrame(geometry=rings, crs=4326).to_crs(32751)
    zones["id"], zones["kind"], zones["level"] = [str(i) for i in range(len(zones))], "flood", "large"
    houses = gpd.read_file(folder / "building_Maumere.shp").set_crs(4326, allow_override=True)
    points = houses.geometry.representative_point()
    row, col = rowcol(move, points.x.to_numpy(), points.y.to_numpy())
    row, col = np.asarray(row), np.asarray(col)
    on = (row >= 0) & (col >= 0) & (row < wet.shape[0]) & (col < wet.shape[1])
    wanted = np.zeros(len(points), bool)
    wanted[on] = wet[row[on], col[on]] > 0
    people = gpd.GeoDataFrame(geometry=points, crs=4326).to_crs(32751)
    people["id"] = [str(i) for i in range(len(people))]
    found = expose(make_area({"households": people, "hazards": zones}, crs="EPSG:32751"), STANDARD)
    said = (found.households["relation"] == "inside").to_numpy()
    assert wanted.sum() > 50
    assert said.tolist() == wanted.tolist()


def test_real_landslide_points_are_circles_of_unknown_extent(real: Path) -> None:
    """The dated landslides of Guizhou, houses strewn about them, and who is within 100 m (size unknown)."""
    table = pd.read_csv(real / "guizhou" / "subset_asia_africa_mountains.csv", low_memory=False)
    west, south, east, north = 103.6, 24.6, 109.6, 29.2
    x, y = (next(c for c in table.columns if c.lower() == name) for name in ("longitude", "latitude"))
    near = table[table[x].between(west, east) & table[y].between(south, north)]
    points = gpd.GeoSeries.from_xy(near[x], near[y], crs=4326).to_crs(4544).reset_index(drop=True)
    zones = gpd.GeoDataFrame({"id": points.index.astype(str), "kind": "landslide"}, geometry=points)
    rng = np.random.default_rng(0)
    middle = np.column_stack([points.x, points.y])[rng.integers(0, len(points), 4000)]
    spots = middle + rng.normal(scale=150, size=middle.shape)
    people = gpd.GeoDataFrame(
        {"id": np.arange(len(spots)).astype(str)}, geometry=gpd.points_from_xy(*spots.T)
    )
    found = expose(make_area({"households": people.set_crs(4544), "hazards": zones}, crs=CRS_), STANDARD)
    apart = np.hypot(*(spots[:, None] - np.column_stack([points.x, points.y])[None]).transpose(2, 0, 1)).min(
        axis=1
    )
    said = (found.households["relation"] == "inside").to_numpy()
    clear_cut = np.abs(apart - 100) > 0.5  # a drawn circle is half a percent short
    assert (said == (apart <= 100))[clear_cut].all()
    assert 500 < said.sum() < 3500
    assert set(found.table["extent"]) == {"unknown"}
