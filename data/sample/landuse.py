"""The land: cover, basic farmland, red line, water protection, lake, parks, cliffs."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from rasterio import features
from rasterio.transform import from_origin
from scipy import ndimage as ndi
from shapely import affinity

from .grid import COARSE_M, FINE_M, Bools, Floats, Frame, distance_m, eased, noise
from .rivers import Waters
from .scene import Scene
from .sites import Choice, raster

COVER_M = 50.0
COVERS = ("paddy", "dryland", "orchard", "forest", "shrub", "grass", "rock", "built", "water", "mine")


def find_lake(frame: Frame, z: Floats, waters: Waters, roads: Bools, spots: Floats) -> shapely.Polygon | None:
    """A small reservoir on a stream where it drowns no road and no group; None where there is no such place.

    `roads` is a mask at 12.5 m.
    """
    best: tuple[float, shapely.Polygon] | None = None
    for stream, bed in zip(waters.streams, waters.stream_z, strict=True):
        for share in (0.3, 0.45, 0.6):
            dam = np.asarray(stream.interpolate(share, normalized=True).coords)[0]
            if np.min(np.hypot(*(spots - dam).T)) < 520:
                continue
            level = float(np.interp(share, np.linspace(0, 1, len(bed)), bed)) + 11.0
            shape = _flooded(frame, z, stream, share, level, roads)
            if shape is not None and (best is None or shape.area > best[0]):
                best = (shape.area, shape)
    return best[1] if best else None


def _flooded(
    frame: Frame, z: Floats, stream: shapely.LineString, share: float, level: float, roads: Bools
) -> shapely.Polygon | None:
    (row,), (col,) = frame.cell_of(
        np.asarray(stream.interpolate(share * 0.8, normalized=True).coords), FINE_M
    )
    r = 32
    box = (slice(max(row - r, 0), row + r), slice(max(col - r, 0), col + r))
    dam = np.asarray(stream.interpolate(share, normalized=True).coords)[0]
    up = np.asarray(stream.interpolate(share * 0.8, normalized=True).coords)[0] - dam
    rows, cols = np.mgrid[box]
    xy = frame.xy_of(rows.ravel(), cols.ravel(), FINE_M)
    above = ((xy - dam) @ up).reshape(rows.shape) > 0
    wet, _ = ndi.label((z[box] < level) & above)
    here = wet[min(r, row), min(r, col)]
    mask = (wet == here) & (here > 0)
    if not 60 < mask.sum() < 900 or (mask & ndi.binary_dilation(roads[box], iterations=4)).any():
        return None
    move = from_origin(xy[:, 0].min() - FINE_M / 2, xy[:, 1].max() + FINE_M / 2, FINE_M, FINE_M)
    found = features.shapes(mask.astype(np.uint8), mask=mask, transform=move)
    shapes = [shapely.geometry.shape(s) for s, _ in found]
    eased = max(shapes, key=lambda s: s.area).buffer(12).buffer(-18).simplify(5)
    return eased if eased.geom_type == "Polygon" and eased.area > 8000 else None


def draw_cover(scene: Scene, lake: shapely.Polygon | None) -> gpd.GeoDataFrame:
    """Coarse land cover whose polygons share their edges."""
    frame = scene.frame
    n = frame.side(COVER_M)
    z = scene.terrain.elevation.astype(float).reshape(n, 4, n, 4).mean(axis=(1, 3))
    slope = scene.slope.reshape(n, 4, n, 4).mean(axis=(1, 3))
    wet = scene.wet_m[1::4, 1::4]
    rng = frame.rng("cover")
    grain = noise(rng, n, 16, octaves=2)
    patch = noise(rng, n, 9)
    home = distance_m(raster(frame, list(shapely.points(scene.xy)), COVER_M), COVER_M)
    out = np.full((n, n), COVERS.index("shrub"))
    out[(slope > 0.30) & (grain > -0.1)] = COVERS.index("forest")
    out[(z > np.percentile(z, 80)) & (grain > 0.4)] = COVERS.index("forest")
    out[(slope < 0.36) & (grain < -0.9)] = COVERS.index("grass")
    out[(slope < 0.24) & (home < 700) & (patch > -1.1)] = COVERS.index("dryland")
    out[(slope < 0.10) & (wet < 320) & (patch > -0.8)] = COVERS.index("paddy")
    out[(slope < 0.26) & (home < 600) & (patch > 1.45)] = COVERS.index("orchard")
    out[(slope > 0.85) | ((slope > 0.5) & (patch < -1.5))] = COVERS.index("rock")
    out = ndi.median_filter(out, 3)
    density = ndi.uniform_filter(_counts(scene, n), 3) * 9
    out[density > 4.0] = COVERS.index("built")
    if lake is not None:
        out[raster(frame, [lake.buffer(-15)], COVER_M)] = COVERS.index("water")
    return _polygons(scene, out)


def _counts(scene: Scene, n: int) -> Floats:
    rows, cols = scene.frame.cell_of(scene.xy, COVER_M)
    return np.bincount(rows * n + cols, minlength=n * n).reshape(n, n).astype(float)


def _polygons(scene: Scene, classes: np.ndarray) -> gpd.GeoDataFrame:
    frame = scene.frame
    small = _without_specks(classes)
    move = from_origin(frame.west, frame.north, COVER_M, COVER_M)
    found = [
        (shapely.geometry.shape(s), int(v))
        for s, v in features.shapes(small.astype(np.int16), transform=move)
    ]
    eased = shapely.coverage_simplify(np.array([s for s, _ in found]), tolerance=55.0)
    names = [COVERS[v] for _, v in found]
    out = gpd.GeoDataFrame(
        {"class": names}, geometry=shapely.intersection(eased, scene.outline), crs=scene.crs
    )
    out = out.explode(index_parts=False)
    out = out[(out.geom_type == "Polygon") & (out.area > 50)].reset_index(drop=True)
    out["geometry"] = shapely.set_precision(out.geometry.array, 0.1)
    out.insert(0, "id", [scene.code("DL", i) for i in range(len(out))])
    return out


def _without_specks(classes: np.ndarray) -> np.ndarray:
    """Patches of fewer than six cells take the class round them."""
    keep = np.ones(classes.shape, bool)
    for value in np.unique(classes):
        label, count = ndi.label(classes == value)
        size = np.bincount(label.ravel(), minlength=count + 1)
        keep &= ~((label > 0) & (size[label] < 6))
    at = ndi.distance_transform_edt(~keep, return_distances=False, return_indices=True)
    return np.asarray(classes[tuple(at)])


def draw_farmland(scene: Scene, choices: list[Choice], cover: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Permanent basic farmland: level fields off houses, roads and sites, but under the one bad for it."""
    frame = scene.frame
    n = frame.side(COARSE_M)
    slope = scene.slope.reshape(n, 2, n, 2).mean(axis=(1, 3))
    grain = noise(frame.rng("farmland"), n, 26, octaves=2)
    fields = raster(frame, list(cover[cover["class"].isin(["paddy", "dryland"])].geometry))
    mask = fields & (ndi.uniform_filter(slope, 3) < 0.15) & (grain > -0.35)
    mask &= distance_m(raster(frame, list(shapely.points(scene.xy))), COARSE_M) > 45
    mask &= distance_m(raster(frame, list(scene.road_lines.geometry)), COARSE_M) > 20
    mask &= scene.wet_m[::2, ::2] > 25
    for choice in choices:
        disc = raster(frame, [shapely.Point(choice.middle).buffer(95)])
        mask = mask | disc if choice.reason == "farmland" else mask & ~disc
    mask = ndi.binary_opening(mask, iterations=1)
    move = from_origin(frame.west, frame.north, COARSE_M, COARSE_M)
    found = features.shapes(mask.astype(np.uint8), mask=mask, transform=move)
    shapes = [shapely.geometry.shape(s).simplify(18).intersection(scene.outline) for s, _ in found]
    shapes = [s for s in shapes if s.geom_type == "Polygon" and s.area > 5000]
    wet = np.array(
        [scene.wet_m[frame.cell_of(np.array([[s.centroid.x, s.centroid.y]]), FINE_M)][0] for s in shapes]
    )
    out = gpd.GeoDataFrame({"kind": np.where(wet < 250, "水田", "旱地")}, geometry=shapes, crs=scene.crs)
    out.insert(0, "id", [scene.code("JBNT", i) for i in range(len(out))])
    return out


def _blob(rng: np.random.Generator, middle: Floats, radius: float) -> shapely.Polygon:
    t = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    r = radius * (1 + 0.22 * np.sin(2 * t + rng.uniform(0, 6)) + 0.12 * np.sin(5 * t + rng.uniform(0, 6)))
    return shapely.Polygon(np.round(middle + r[:, None] * np.column_stack([np.cos(t), np.sin(t)]), 1))


def draw_redline(scene: Scene, choices: list[Choice]) -> gpd.GeoDataFrame:
    """The red line: two forests far from houses, and the ground of the site drawn bad for it."""
    rng = scene.frame.rng("redline")
    tries = rng.uniform(1200, 13800, (500, 2)) + scene.frame.corner
    away = np.array([np.hypot(*(scene.xy - p).T).min() for p in tries])
    others = [c.middle for c in choices if c.reason != "redline"]
    off = np.min(np.hypot(*(tries[:, None] - np.array(others)[None]).transpose(2, 0, 1)), axis=1)
    order = np.argsort(-np.minimum(away, off))
    first = tries[order[0]]
    second = next(tries[i] for i in order if np.hypot(*(tries[i] - first)) > 4000)
    rows = []
    for k, middle in enumerate((first, second)):
        room = 0.68 * float(
            min(np.hypot(*(scene.xy - middle).T).min() + 250, *np.hypot(*(others - middle).T))
        )
        zone = _blob(rng, middle, room)
        rows.append((f"{'大箐' if k == 0 else '老林'}水源涵养区", False, zone))
        rows.append((f"{'大箐' if k == 0 else '老林'}水源涵养区核心", True, affinity.scale(zone, 0.5, 0.5)))
    rows += [("石漠化敏感区", False, _blob(rng, c.middle, 230.0)) for c in choices if c.reason == "redline"]
    out = gpd.GeoDataFrame(rows, columns=["name", "core", "geometry"], geometry="geometry", crs=scene.crs)
    out["geometry"] = out.intersection(scene.outline)
    out.insert(0, "id", [scene.code("HX", i) for i in range(len(out))])
    return out


def draw_protect(
    scene: Scene, springs: gpd.GeoDataFrame, lake: shapely.Polygon | None, choices: list[Choice]
) -> gpd.GeoDataFrame:
    """Zones round the four strongest springs and the reservoir, and one over the site drawn bad for it."""
    rng = scene.frame.rng("protect")
    rows: list[tuple[str, str, shapely.Geometry]] = []
    plots = [c.shape for c in choices if c.reason != "protect"]
    strong = springs[springs["kind"] == "spring"].sort_values("yield_m3d", ascending=False, kind="stable")
    for _, spring in strong.iterrows():
        outer = shapely.Point(spring.geometry).buffer(330)
        if len(rows) < 8 and not any(outer.intersects(p) for p in plots):
            rows.append((spring["name"], "1", shapely.Point(spring.geometry).buffer(60)))
            rows.append((spring["name"], "2", outer.simplify(3)))
    if lake is not None:
        rows.append(("水库", "1", lake.buffer(120).simplify(4)))
    for choice in choices:
        if choice.reason == "protect":
            rows.append(("集镇水源", "1", _blob(rng, choice.middle, 170.0)))
            rows.append(("集镇水源", "2", _blob(rng, choice.middle, 320.0)))
    names = [f"{name}保护区" for name, _, _ in rows]
    out = gpd.GeoDataFrame(
        {"name": names, "grade": [g for _, g, _ in rows]}, geometry=[s for *_, s in rows], crs=scene.crs
    )
    out["geometry"] = out.intersection(scene.outline)
    out.insert(0, "id", [scene.code("BH", i) for i in range(len(out))])
    return out


def draw_parks(scene: Scene) -> gpd.GeoDataFrame:
    """An industry park by the seat and two plantations."""
    rng = scene.frame.rng("parks")
    rows = []
    for i, (name, jobs, v, size) in enumerate(
        (("农产品加工园", 320, 0, 120.0), ("茶叶产业园", 140, 4, 180.0), ("刺梨产业园", 90, 7, 200.0))
    ):
        shift = rng.uniform(320, 520) * np.array([np.cos(i * 2.1), np.sin(i * 2.1)])
        shape = _blob(rng, scene.homes.offices[v] + shift, size).intersection(scene.outline)
        rows.append(
            {"id": scene.code("YQ", i), "name": f"{scene.town}{name}", "jobs": jobs, "geometry": shape}
        )
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=scene.crs)


def draw_cliffs(scene: Scene) -> gpd.GeoDataFrame:
    """The upper edges of ground steeper than 50 degrees, as lines along it."""
    mask = scene.slope > 1.0
    mask &= ~ndi.binary_dilation(scene.river_m < 30)
    label, _ = ndi.label(mask, np.ones((3, 3)))
    size = np.bincount(label.ravel())
    lines = []
    for k in np.argsort(-size[1:])[:45] + 1:
        if size[k] < 8:
            break
        rows, cols = np.nonzero(label == k)
        xy = scene.frame.xy_of(rows, cols, FINE_M)
        spread = xy - xy.mean(axis=0)
        _, _, axes = np.linalg.svd(spread, full_matrices=False)
        along = spread @ axes[0]
        bins = np.unique(np.round(along / 25.0))
        if len(bins) < 2:
            continue
        line = [xy[np.round(along / 25.0) == b].mean(axis=0) for b in bins]
        lines.append(shapely.LineString(np.round(eased(np.array(line), 22.0), 1)).simplify(1.0))
    roads = shapely.union_all(scene.road_lines.geometry.array).buffer(6)
    parts = [p for line in lines for p in shapely.get_parts(line.difference(roads)) if p.length > 20]
    out = gpd.GeoDataFrame(geometry=parts, crs=scene.crs)
    out.insert(0, "id", [scene.code("DY", i) for i in range(len(out))])
    out.insert(1, "name", "陡崖")
    return out
