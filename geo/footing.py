"""What is underfoot? Walking speed of every cell and the lines no step may cross."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.area import Area
from geo.spatial.barriers import Barriers, make_barriers
from geo.spatial.cells import burn_lines, fill_polygons
from geo.spatial.terrain import Terrain
from geo.standards import Standard

BRIDGE_CELLS = 0.75
"""Half width in cells of the gap a crossing opens in a barrier: so wide that some step of the grid fits."""

Shapes = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Footing:
    """The ground as a walker meets it, (rows, cols): `slowness` 1 at Tobler's full speed, inf where barred;
    `made` where a walkable road runs; `barriers` the lines no step crosses."""

    slowness: npt.NDArray[np.float32]
    made: npt.NDArray[np.bool_]
    barriers: Barriers


def make_footing(area: Area, standard: Standard, terrain: Terrain) -> Footing:
    """Speeds by land cover and road class, barriers from rivers, cliffs and lakes less the crossings.

    A road is never slower than the ground it runs over and carries its own passage over
    water, unless its record says `bridge` no; unusable roads and tunnels carry nothing,
    and a class with factor 0 (an expressway) neither helps nor stops a walk.
    """
    offroad = standard["walk.offroad_factor"]
    slowness = np.full(terrain.shape, 1.0 / offroad, np.float32)
    cover = area.layer("landcover")
    factors = standard.table("walk.cover_factor")
    slow = _slowness(cover["class"], factors, offroad)
    fill_polygons(_shapes(cover), slow, slowness, terrain)
    lakes = _shapes(area.layer("lakes"))
    fill_polygons(lakes, np.full(len(lakes), np.inf), slowness, terrain)

    roads, road_slow = walkable_roads(area, standard)
    made = np.ones(terrain.shape, np.float32)
    burn_lines(_shapes(roads), road_slow, slowness, terrain)
    burn_lines(_shapes(roads), np.zeros(len(roads)), made, terrain)

    water = np.concatenate(
        [
            _shapes(stopping_rivers(area, standard)),
            _edges(lakes),
            _edges(_shapes(cover)[np.isinf(slow)]),
        ]
    )
    cliffs = _shapes(area.layer("cliffs"))
    gap_m = BRIDGE_CELLS * terrain.cell
    lines = np.concatenate(
        [
            opened(water, roads[_not_denied(roads["bridge"])], gap_m),
            opened(cliffs, roads, gap_m),
        ]
    )
    return Footing(slowness, made == 0, make_barriers(lines, terrain))


def walkable_roads(area: Area, standard: Standard) -> tuple[gpd.GeoDataFrame, npt.NDArray[np.float64]]:
    """The roads one can walk along and their slowness (1 over the factor of their class), in row order."""
    roads = area.layer("roads")
    factors = standard.table("walk.road_factor")
    slow = _slowness(roads["class"], factors, min((f for f in factors.values() if f > 0), default=0.0))
    usable = _not_denied(roads["usable"]) & ~roads["tunnel"].fillna(False).to_numpy(bool)
    keep = usable & np.isfinite(slow)
    return roads[keep], slow[keep]


def stopping_rivers(area: Area, standard: Standard) -> gpd.GeoDataFrame:
    """Rivers that stop a walk: wide ones, and of unknown width all but streams and canals; never a ford
    or a river underground."""
    rivers = area.layer("rivers")
    width = rivers["width"].to_numpy(float)
    by_class = ~rivers["class"].isin(["stream", "canal"]).to_numpy(bool)
    stops = np.where(np.isnan(width), by_class, width >= standard["walk.stream_barrier_m"])
    under = (rivers["class"] == "tunnel").to_numpy(bool)
    ford = rivers["ford"].fillna(False).to_numpy(bool)
    return rivers.loc[stops & ~under & ~ford]


def _slowness(classes: pd.Series, factors: Mapping[str, float], otherwise: float) -> npt.NDArray[np.float64]:
    factor = classes.map(dict(factors)).fillna(otherwise).to_numpy(np.float64)
    slow = np.full(len(factor), np.inf)
    np.divide(1.0, factor, out=slow, where=factor > 0)
    return slow


def _not_denied(answers: pd.Series) -> npt.NDArray[np.bool_]:
    """Yes or unknown."""
    return answers.fillna(True).to_numpy(bool)


def opened(lines: Shapes, roads: gpd.GeoDataFrame, gap_m: float) -> Shapes:
    """The barrier lines less a gap wherever a road crosses them or a bridge lies on them."""
    if len(lines) == 0 or len(roads) == 0:
        return lines
    shapes = _shapes(roads)
    half = np.fmax(np.nan_to_num(roads["width"].to_numpy(float)) / 2, gap_m)
    tree = shapely.STRtree(lines)
    road, line = tree.query(shapes, predicate="intersects")
    # octagons will do: a gap is a stretch of line, and round ones take five times as long
    spans = [shapely.buffer(shapely.intersection(shapes[road], lines[line]), half[road], quad_segs=2)]
    bridge = roads["bridge"].fillna(False).to_numpy(bool)
    spans.append(shapely.buffer(shapes[bridge], half[bridge], quad_segs=2))
    gaps = np.concatenate(spans)
    if len(gaps) == 0:
        return lines
    hit = np.unique(tree.query(gaps, predicate="intersects")[1])
    left = lines.copy()
    left[hit] = shapely.difference(lines[hit], shapely.union_all(gaps))
    return left[~shapely.is_empty(left)]


def _edges(polygons: Shapes) -> Shapes:
    return np.asarray(shapely.boundary(polygons), object)


def _shapes(frame: gpd.GeoDataFrame) -> Shapes:
    """The geometries that are there, as an array in row order; missing ones are empty."""
    shapes = np.array(frame.geometry.array, object)
    shapes[shapely.is_missing(shapes)] = shapely.Point()
    return shapes
