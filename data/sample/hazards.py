"""Geological hazards: zones of every kind, threatened people counted from the houses in them."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from shapely import affinity
from shapely.ops import substring

from .grid import Floats
from .mining import MINES, declared_zones
from .scene import Scene, survey_dates, window

ZH = {
    "landslide": "滑坡",
    "rockfall": "危岩",
    "debrisflow": "泥石流",
    "collapse": "塌陷",
    "fissure": "地裂缝",
    "subsidence": "采煤沉陷区",
    "slope": "不稳定斜坡",
    "flood": "洪涝区",
}
COUNTS = {"landslide": 13, "slope": 9, "rockfall": 8, "collapse": 6}


def draw_hazards(
    scene: Scene, workings: gpd.GeoDataFrame, planted: list[tuple[str, shapely.Geometry]]
) -> gpd.GeoDataFrame:
    """Zones as polygons and a few records known as points only. `planted` zones lie under bad sites."""
    rng = scene.frame.rng("hazards")
    zones: list[tuple[str, str, shapely.Geometry]] = []
    for kind, count in COUNTS.items():
        zones += [(kind, *_by_houses(scene, rng, kind)) for _ in range(count)]
    zones += [("landslide", *_old_slide(scene, rng, g)) for g in threatened_groups(scene)]
    zones += _gullies(scene, rng)
    zones += _floods(scene, rng)
    zones += [("subsidence", mine, shape) for mine, shape in declared_zones(workings)]
    mined = workings[workings["mine"].isin(MINES) & ~workings["planned"].astype(bool)]
    for _, row in mined.iloc[::3].iterrows():
        crack = affinity.scale(_oval(rng, 1, 1, 0), 140, 11).buffer(0)
        at = row.geometry.exterior.interpolate(float(rng.uniform(0, 900)))
        zones.append(("fissure", row["mine"], affinity.translate(affinity.rotate(crack, 37), at.x, at.y)))
    zones += [(kind, _near_name(scene, shape), shape) for kind, shape in planted]
    outline = scene.outline.buffer(-5)
    zones = [(k, n, s.intersection(outline)) for k, n, s in zones]
    return _records(scene, rng, [z for z in zones if z[2].geom_type == "Polygon" and z[2].area > 200])


def _near_name(scene: Scene, shape: shapely.Geometry) -> str:
    c = shape.centroid
    return scene.group_names[int(np.argmin(np.hypot(scene.homes.xy[:, 0] - c.x, scene.homes.xy[:, 1] - c.y)))]


def _oval(rng: np.random.Generator, half_long: float, half_wide: float, angle_deg: float) -> shapely.Polygon:
    """A wobbly oval round (0, 0), its long axis along x turned by `angle_deg`."""
    t = np.linspace(0, 2 * np.pi, 28, endpoint=False)
    wobble = 1 + 0.10 * np.sin(3 * t + rng.uniform(0, 6)) + 0.07 * np.sin(5 * t + rng.uniform(0, 6))
    ring = np.column_stack([half_long * np.cos(t), half_wide * np.sin(t)]) * wobble[:, None]
    return affinity.rotate(shapely.Polygon(ring), angle_deg, origin=(0, 0))


def _by_houses(scene: Scene, rng: np.random.Generator, kind: str) -> tuple[str, shapely.Geometry]:
    """A zone that comes down from steep ground to (or past) the nearest houses; a collapse lies level."""
    reach = {"rockfall": 180.0, "collapse": 120.0}.get(kind, 260.0)
    for _ in range(60):
        door = scene.xy[rng.integers(len(scene.xy))]
        xy, z, slope = window(scene, door, reach)
        here = float(scene.height(door[None])[0])
        if kind == "collapse":
            size = float(rng.uniform(18, 75))
            at = door + rng.uniform(20, 110) * _unit(rng.uniform(0, 2 * np.pi))
            return _near_name(scene, shapely.Point(at)), affinity.translate(
                _oval(rng, size, size * 0.8, 0), *at
            )
        gain = np.where(z > here + 12, slope, 0.0)
        top = int(np.argmax(gain))
        if gain[top] > (0.75 if kind == "rockfall" else 0.42):
            past = float(rng.uniform(-35, 45))
            return _near_name(scene, shapely.Point(door)), _runout(rng, xy[top], door, past, kind)
    return _near_name(scene, shapely.Point(door)), shapely.Point(door).buffer(20)


def _unit(angle: float) -> Floats:
    return np.array([np.cos(angle), np.sin(angle)])


def _runout(rng: np.random.Generator, top: Floats, door: Floats, past: float, kind: str) -> shapely.Polygon:
    run = door - top
    length = max(float(np.hypot(*run)) + past, 60.0)
    middle = top + run / np.hypot(*run) * (length / 2)
    wide = length * float(rng.uniform(0.25, 0.5)) if kind != "rockfall" else float(rng.uniform(30, 60))
    angle = float(np.degrees(np.arctan2(run[1], run[0])))
    return affinity.translate(_oval(rng, length / 2, wide, angle), *middle)


def threatened_groups(scene: Scene) -> list[int]:
    """Two groups that stand on old landslides as a whole: large ones on the least gentle ground."""
    tilt = np.array([scene.slope_at(scene.xy[scene.group == g]).mean() for g in range(len(scene.homes.xy))])
    size = np.bincount(scene.group, minlength=len(tilt))
    fit = np.where((size > 40) & (size < 90) & scene.poor_group, tilt, -1.0)
    return [int(g) for g in np.argsort(-fit)[:2]]


def _old_slide(scene: Scene, rng: np.random.Generator, g: int) -> tuple[str, shapely.Geometry]:
    doors = scene.xy[scene.group == g]
    xy, z, _ = window(scene, doors.mean(axis=0), 420)
    (a, b), *_ = np.linalg.lstsq((xy - xy.mean(axis=0)), z - z.mean(), rcond=None)
    up = np.array([a, b]) / max(float(np.hypot(a, b)), 1e-9)
    along = (doors - doors.mean(axis=0)) @ up
    reach = float(np.percentile(np.abs(along), 85))
    half = max(reach + 110.0, 190.0)
    middle = np.median(doors, axis=0) + up * 60.0
    wide = float(np.percentile(np.abs((doors - middle) @ np.array([-up[1], up[0]])), 80)) + 35.0
    angle = float(np.degrees(np.arctan2(up[1], up[0])))
    return scene.group_names[g], affinity.translate(_oval(rng, half, min(wide, half * 0.9), angle), *middle)


def _gullies(scene: Scene, rng: np.random.Generator) -> list[tuple[str, str, shapely.Geometry]]:
    """Debris flows: the lower course of three streams with a fan at the mouth."""
    longest = sorted(scene.waters.streams, key=lambda s: -s.length)[:9]
    out = []
    for k in rng.permutation(9)[:3]:
        stream = longest[k]
        course = substring(stream, max(0.0, stream.length - 750), stream.length - 120)
        fan = stream.interpolate(stream.length - 150).buffer(float(rng.uniform(60, 95)))
        shape = shapely.union_all([course.buffer(float(rng.uniform(16, 26))), fan]).simplify(2)
        out.append(("debrisflow", _near_name(scene, fan), shape))
    return out


def _floods(scene: Scene, rng: np.random.Generator) -> list[tuple[str, str, shapely.Geometry]]:
    """Two low stretches of the river bank."""
    out = []
    for start in (rng.uniform(2500, 5500), rng.uniform(9500, 12500)):
        bank = substring(scene.waters.river, start, start + float(rng.uniform(900, 1600)))
        shape = bank.buffer(float(rng.uniform(38, 52))).simplify(2)
        out.append(("flood", _near_name(scene, shape), shape))
    return out


def _records(
    scene: Scene, rng: np.random.Generator, zones: list[tuple[str, str, shapely.Geometry]]
) -> gpd.GeoDataFrame:
    doors = shapely.points(scene.xy)
    tree = shapely.STRtree(doors)
    rows: list[dict[str, object]] = []
    for i, (kind, where, shape) in enumerate(zones):
        inside = tree.query(shape, predicate="intersects")
        people = int(scene.people[inside].sum())
        level = ("small", "medium", "large", "extra")[int(np.searchsorted([100, 500, 1000], people, "right"))]
        if kind == "subsidence" and level == "small":
            level = "medium"
        if kind == "landslide" and shape.area > 60_000:
            level = "large"
        point_only = kind in ("landslide", "slope", "rockfall") and i % 5 == 4
        bounds = shapely.box(*shape.bounds)
        z = scene.height(np.asarray(shape.exterior.coords))
        rows.append(
            {
                "id": scene.code("DZ", i),
                "name": f"{where}{ZH[kind]}",
                "kind": kind,
                "level": level if rng.random() > 0.06 else None,
                "threat_hh": len(inside),
                "threat_p": people,
                "height_m": round(float(np.nanmax(z) - np.nanmin(z))),
                "state": str(rng.choice(["不稳定", "潜在不稳定", "基本稳定"], p=[0.35, 0.45, 0.2])),
                "liable": where if kind == "subsidence" else f"{scene.town}乡人民政府",
                "source": "县地质灾害详查" if bounds.area > 9000 else "群测群防巡查",
                "geometry": shape.representative_point() if point_only else shape,
            }
        )
    out = gpd.GeoDataFrame(rows, geometry="geometry", crs=scene.crs)
    out["surveyed"] = survey_dates(scene, "hazards", len(out))
    return out
