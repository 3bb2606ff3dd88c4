"""Does it hang together? Houses, roads, water, power, hazards on the land they stand on, drawn and read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
import shapely

from geo.area import Area, outline
from geo.reading import read_area

Floats = npt.NDArray[np.float64]


def _xy(area: Area, name: str) -> Floats:
    return shapely.get_coordinates(area.layer(name).geometry.array)


def _z(area: Area, xy: Floats) -> Floats:
    assert area.terrain is not None
    return area.terrain.sample(xy[:, 0], xy[:, 1])


def _grades(area: Area, *classes: str, step_m: float = 50.0) -> Floats:
    """Rise over run of every 50 m of these roads, on the terrain."""
    roads = area.layer("roads")
    out: list[Floats] = []
    for line in roads[roads["class"].isin(classes)].geometry:
        if line.length < 2 * step_m:
            continue
        at = np.linspace(0, line.length, int(line.length // step_m) + 1)
        z = _z(area, shapely.get_coordinates(shapely.line_interpolate_point(line, at)))
        out.append(np.abs(np.diff(z)) / np.diff(at))
    return np.concatenate(out)


def test_size(area: Area) -> None:
    assert len(area.layer("villages")) == 10
    assert area.layer("villages")["poor"].sum() == 3
    assert len(area.layer("groups")) == 96
    homes = area.layer("households")
    assert 4900 <= len(homes) <= 5100
    assert 19_000 < homes["people"].sum() < 22_000
    assert 0.27 < (homes["ethnic"] != "汉族").mean() < 0.40
    assert 190e6 < outline(area).area < 240e6


def test_references_hold(area: Area) -> None:
    homes, groups = area.layer("households"), area.layer("groups")
    assert homes["id"].is_unique
    assert homes["id"].str.fullmatch(r"\d{18}").all()
    assert (homes["id"].str[:14] == homes["group"]).all()
    assert homes["group"].isin(groups["id"]).all()
    assert groups["village"].isin(area.layer("villages")["id"]).all()
    assert area.layer("pools")["source"].isin(area.layer("springs")["id"]).all()
    assert area.layer("pipes")["pool"].isin(area.layer("pools")["id"]).all()
    low = area.layer("lines")
    assert low.loc[low["kv"] < 1, "supply"].isin(area.layer("transformers")["id"]).all()
    assert (homes.groupby("group").size().reindex(groups["id"]).to_numpy() == groups["hh_n"].to_numpy()).all()


def test_villages_tile_the_township(area: Area) -> None:
    land = area.layer("villages").geometry.array
    assert land.area.sum() == pytest.approx(outline(area).area, rel=1e-5)
    inside = shapely.distance(outline(area), shapely.points(_xy(area, "households")))
    assert (inside == 0).all()


def test_karst_relief(area: Area) -> None:
    assert area.terrain is not None
    z = area.terrain.elevation
    block = 160  # 2 km
    n = z.shape[0] // block
    blocks = z[: n * block, : n * block].reshape(n, block, n, block)
    local = blocks.max(axis=(1, 3)) - blocks.min(axis=(1, 3))
    assert 200 < np.median(local) < 500
    steep = np.degrees(np.arctan(area.terrain.slope()))
    assert 10 < np.nanmedian(steep) < 25


def test_houses_stand_on_gentle_ground_off_the_water(area: Area) -> None:
    assert area.terrain is not None
    xy = _xy(area, "households")
    slope = np.degrees(np.arctan(area.terrain.slope()[area.terrain.cells(xy[:, 0], xy[:, 1])]))
    assert np.percentile(slope, 95) < 15
    assert slope.max() < 22
    rivers = area.layer("rivers")
    river = shapely.union_all(rivers[rivers["class"] == "river"].geometry.array)
    exact = (area.layer("households")["loc_qual"] != "group").to_numpy()
    assert shapely.distance(river, shapely.points(xy[exact])).min() > 20
    lakes = area.layer("lakes").geometry.array
    assert not shapely.intersects(shapely.union_all(lakes), shapely.points(xy)).any()


def test_houses_stand_by_tracks_and_apart(area: Area) -> None:
    roads = area.layer("roads")
    drive = roads[roads["class"] != "path"].geometry.to_numpy()
    homes = area.layer("households")
    exact = homes[homes["loc_qual"] != "group"].geometry.to_numpy()
    _, away = shapely.STRtree(drive).query_nearest(exact, return_distance=True, all_matches=False)
    assert np.median(away) < 60
    assert np.percentile(away, 99) < 330
    _, apart = shapely.STRtree(exact).query_nearest(
        exact, return_distance=True, exclusive=True, all_matches=False
    )
    assert apart.min() > 4


@pytest.mark.parametrize(
    ("classes", "most", "greatest"),
    [(("county",), 0.06, 0.10), (("township", "village"), 0.12, 0.21), (("group",), 0.13, 0.22)],
)
def test_roads_keep_their_grades(area: Area, classes: tuple[str, ...], most: float, greatest: float) -> None:
    grades = _grades(area, *classes)
    assert np.percentile(grades, 95) < most
    assert grades.max() < greatest


def test_every_class_of_road_and_all_surfaces(area: Area) -> None:
    roads = area.layer("roads")
    assert {"county", "township", "village", "group", "track", "path"} <= set(roads["class"])
    assert {"cement", "asphalt", "gravel", "earth"} <= set(roads["surface"])
    assert 50e3 < roads.loc[roads["class"] == "group"].length.sum() < 200e3


def test_roads_cross_the_river_on_bridges_only(area: Area) -> None:
    roads, rivers = area.layer("roads"), area.layer("rivers")
    river = shapely.union_all(rivers[rivers["class"] == "river"].geometry.array)
    crossing = shapely.intersects(roads.geometry.array, river)
    assert crossing.any()
    assert roads.loc[crossing, "bridge"].all()
    assert (roads.loc[roads["bridge"].fillna(False), "geometry"].length < 140).all()


def test_exits_lie_on_the_great_roads_at_the_edge(area: Area) -> None:
    roads, exits = area.layer("roads"), area.layer("exits")
    great = shapely.union_all(roads[roads["class"].isin(["county", "township"])].geometry.array)
    assert len(exits) == 4
    assert shapely.distance(great, exits.geometry.array).max() < 10
    assert shapely.distance(outline(area).boundary, exits.geometry.array).max() < 10


def test_pools_lie_above_the_houses_on_their_pipes(area: Area) -> None:
    homes, pools, pipes = _xy(area, "households"), area.layer("pools"), area.layer("pipes")
    low = _z(area, homes)
    tree = shapely.STRtree(shapely.points(homes))
    assert np.allclose(_z(area, _xy(area, "pools")), pools["elev"], atol=3)
    for pool in pools.itertuples():
        lines = pipes[(pipes["pool"] == pool.id) & (pipes["name"] == "供水管")].geometry.array
        served = np.unique(tree.query(shapely.union_all(lines).buffer(30), predicate="intersects"))
        assert len(served), pool.id
        assert np.median(low[served]) < pool.elev - 10, pool.id


def test_springs_feed_their_pools(area: Area) -> None:
    springs = area.layer("springs").set_index("id")
    pools = area.layer("pools")
    source = springs.loc[pools["source"]]
    falls = source["elev"].to_numpy() > pools["elev"].to_numpy()
    assert (falls | pools["pumped"].to_numpy(bool)).all()
    assert springs["failing"].any()
    assert (~pools["working"]).any()
    assert shapely.distance(pools.geometry.array, source.geometry.array).max() < 1300


def test_some_transformers_are_overloaded(area: Area) -> None:
    posts = area.layer("transformers")
    homes = shapely.points(_xy(area, "households"))
    nearest = shapely.STRtree(posts.geometry.to_numpy()).query_nearest(homes, all_matches=False)[1]
    load = np.bincount(nearest, minlength=len(posts))
    share = (posts["kva"].to_numpy() < 2.0 * load).mean()
    assert 0.05 < share < 0.45
    assert {0.38, 10.0, 110.0} <= set(area.layer("lines")["kv"])


def test_poor_villages_are_worse_off(area: Area) -> None:
    homes, villages = area.layer("households"), area.layer("villages").set_index("id")
    poor = homes["village"].map(villages["poor"]).astype(bool)
    for need in ("path", "water", "power", "yard", "telecom", "pension", "skills", "industry"):
        assert homes.loc[poor, need].mean() < homes.loc[~poor, need].mean(), need
    assert homes.loc[poor, "income"].median() < homes.loc[~poor, "income"].median()
    bad = homes["house"].isin(["C", "D", "none"])
    assert bad[poor].mean() > 1.5 * bad[~poor].mean()
    groups = area.layer("groups")
    there = groups["village"].map(villages["poor"]).astype(bool)
    assert groups.loc[there, "road"].mean() < groups.loc[~there, "road"].mean() - 0.15


def test_the_survey_has_blanks_but_not_many(area: Area) -> None:
    homes = area.layer("households")
    for answer in ("path", "water", "power", "yard", "telecom", "medical", "house", "income"):
        assert 0.005 < homes[answer].isna().mean() < 0.06, answer


def test_hazards_of_all_kinds(area: Area) -> None:
    zones = area.layer("hazards")
    kinds = {"landslide", "rockfall", "debrisflow", "collapse", "fissure", "subsidence", "slope", "flood"}
    assert set(zones["kind"]) == kinds
    assert len(set(zones["level"].dropna())) >= 2
    assert (zones.geom_type == "Point").any()


def test_subsidence_lies_over_workings(area: Area) -> None:
    zones, workings = area.layer("hazards"), area.layer("workings")
    sunk = zones[zones["kind"] == "subsidence"].geometry
    assert len(sunk) == 2
    for zone in sunk:
        over = workings[workings.intersects(zone)]
        assert len(set(over["mine"])) == 1
        assert over.intersection(zone).area.sum() > 0.2 * zone.area
    assert workings["mine"].nunique() == 4  # two mines, two old pits
    assert workings["planned"].any()
    assert (workings["depth"] / workings["thickness"] < 30).sum() == 2


def test_few_live_in_declared_zones(area: Area) -> None:
    zones = area.layer("hazards")
    polygons = shapely.union_all(zones[zones.geom_type != "Point"].geometry.array)
    inside = shapely.intersects(polygons, shapely.points(_xy(area, "households")))
    assert 0.03 < inside.mean() < 0.12


def test_the_same_land_gives_the_same_people(other: Area) -> None:
    """Drawn again from the start: every layer, value for value."""
    import sample

    again, terrain = sample.draw(7)
    assert other.terrain is not None
    assert np.array_equal(terrain.elevation, other.terrain.elevation)
    for name, frame in again.items():
        pd.testing.assert_frame_equal(
            pd.DataFrame(frame.drop(columns="geometry")),
            pd.DataFrame(other.layer(name)[[c for c in frame.columns if c != "geometry"]]),
            check_dtype=False,
        )
        assert frame.geometry.geom_equals(other.layer(name).geometry).all(), name


def test_files_give_back_what_was_drawn(other: Area, tmp_path: Path) -> None:
    from sample.write import write_shapefiles

    write_shapefiles(dict(other.layers), tmp_path)
    back, problems = read_area(tmp_path)
    assert len(problems.table) == 0, problems.table
    for name in ("households", "roads", "villages", "pools", "hazards"):
        drawn, read = other.layer(name).set_index("id"), back.layer(name).set_index("id")
        assert set(drawn.index) == set(read.index)
        read = read.loc[drawn.index]
        for column in drawn.columns.drop("geometry"):
            pd.testing.assert_series_equal(drawn[column], read[column], check_dtype=False, rtol=1e-9)
        assert drawn.geometry.distance(read.geometry).max() < 0.01
