"""Public facilities of the villages and the seat."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from .grid import Bools, Floats
from .scene import Scene, survey_dates, window


def missing_clinics(scene: Scene) -> Bools:
    """Villages without a clinic: one of the poor ones and one other."""
    rng = scene.frame.rng("clinics")
    poor = np.flatnonzero(scene.homes.poor)
    rich = np.flatnonzero(~scene.homes.poor)[1:]
    out = np.zeros(len(scene.homes.poor), bool)
    out[rng.permutation(poor)[:1]] = True
    out[rng.choice(rich)] = True
    return out


def draw_facilities(scene: Scene, outposts: tuple[int, ...] = ()) -> gpd.GeoDataFrame:
    """Offices, clinics, schools, squares, bus stops, masts; hospital, middle school and market at the seat.

    `outposts` are groups that keep a teaching point and a clinic of their own, far from their village office.
    """
    rng = scene.frame.rng("facilities")
    rows: list[dict[str, object]] = []
    no_clinic = missing_clinics(scene)
    for v in range(len(scene.village_names)):
        for kind, title, doctors, area in _wanted(scene, rng, v, clinic=not no_clinic[v]):
            rows.append(_row(scene, rng, rows, v, kind, title, doctors, area))
    _masts(scene, rng, rows)
    for g in (*_large_groups(scene), *outposts):
        rows.append(_outpost(scene, rows, g, "primary", "教学点", None))
        if g in outposts:
            rows.append(_outpost(scene, rows, g, "clinic", "卫生室", 1))
    out = gpd.GeoDataFrame(rows, geometry="geometry", crs=scene.crs)
    out["doctors"] = out["doctors"].astype("Int64")
    out["surveyed"] = survey_dates(scene, "facilities", len(out))
    return out


CHANCES = {
    "primary": ("小学", 1800, 0.67, 0.95),
    "nursery": ("幼儿园", 400, 0.2, 0.6),
    "square": ("文化广场", 900, 0.3, 0.85),
    "busstop": ("招呼站", 40, 0.4, 0.85),
}
"""Kind: what it is called, its floor, and how likely a poor and another village has it."""


def _wanted(
    scene: Scene, rng: np.random.Generator, v: int, *, clinic: bool
) -> list[tuple[str, str, int | None, float]]:
    """Kind, name, doctors and floor area of what village `v` has; the seat (0) has everything."""
    name, poor = scene.village_names[v], bool(scene.homes.poor[v])
    out: list[tuple[str, str, int | None, float]] = [("office", f"{name}村委会", None, 320)]
    if clinic:
        out.append(("clinic", f"{name}村卫生室", 0 if poor else int(rng.integers(1, 4)), 80))
    for kind, (title, area, if_poor, if_not) in CHANCES.items():
        if rng.random() < (if_poor if poor else if_not) or v == 0:
            out.append((kind, f"{name}{title}", None, area))
    if v == 0:
        out += [
            ("hospital", f"{scene.town}乡卫生院", 9, 1600),
            ("middle", f"{scene.town}中学", None, 7200),
            ("market", f"{scene.town}集市", None, 5200),
        ]
    return out


def _large_groups(scene: Scene) -> list[int]:
    """Four large groups more than 1.6 km from their village office: each kept its teaching point."""
    away = np.hypot(*(scene.homes.xy - scene.homes.offices[scene.homes.village]).T)
    size = np.bincount(scene.group, minlength=len(away))
    return [int(g) for g in np.argsort(np.where(away > 1600, -size, 0))[:4]]


def _outpost(
    scene: Scene, rows: list[dict[str, object]], g: int, kind: str, title: str, doctors: int | None
) -> dict[str, object]:
    own = scene.xy[scene.group == g]
    at = own[np.argmin(np.hypot(*(own - np.median(own, axis=0)).T))] + (13.0, -9.0 if doctors else 11.0)
    return {
        "id": scene.code("SS", len(rows)),
        "name": f"{scene.group_names[g]}{title}",
        "kind": kind,
        "village": scene.village_ids[int(scene.homes.village[g])],
        "doctors": doctors,
        "area_m2": 60.0 if doctors else 260.0,
        "working": True,
        "geometry": shapely.Point(np.round(at, 2)),
    }


def _row(
    scene: Scene,
    rng: np.random.Generator,
    rows: list[dict[str, object]],
    v: int,
    kind: str,
    title: str,
    doctors: int | None,
    area: float,
) -> dict[str, object]:
    at = scene.homes.offices[v] if kind == "office" else _spot(scene, rng, v)
    return {
        "id": scene.code("SS", len(rows)),
        "name": title,
        "kind": kind,
        "village": scene.village_ids[v],
        "doctors": doctors,
        "area_m2": round(area * rng.uniform(0.7, 1.4)),
        "working": True,
        "geometry": shapely.Point(np.round(at, 2)),
    }


def _spot(scene: Scene, rng: np.random.Generator, v: int) -> Floats:
    """Gentle ground beside a house within 260 m of the office."""
    away = np.hypot(*(scene.xy - scene.homes.offices[v]).T)
    near = np.argsort(away)[: 60 if v == 0 else 25]
    return np.asarray(scene.xy[rng.choice(near)] + rng.uniform(8, 14, 2) * rng.choice([-1, 1], 2))


def _masts(scene: Scene, rng: np.random.Generator, rows: list[dict[str, object]]) -> None:
    """Base stations on heights near most seats; the poor villages mostly go without."""
    for v, name in enumerate(scene.village_names):
        if scene.homes.poor[v] and rng.random() < 0.67:
            continue
        xy, z, slope = window(scene, scene.homes.offices[v], 900)
        away = np.hypot(*(xy - scene.homes.offices[v]).T)
        best = int(np.argmax(z - 0.1 * away - 40 * slope))
        rows.append(
            {
                "id": scene.code("SS", len(rows)),
                "name": f"{name}基站",
                "kind": "mast",
                "village": scene.village_ids[v],
                "doctors": None,
                "area_m2": np.nan,
                "working": True,
                "geometry": shapely.Point(np.round(xy[best], 2)),
            }
        )
