"""Public facilities of the villages and the seat."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely

from .grid import Bools, Floats
from .scene import Scene, survey_dates, window


def missing_clinics(scene: Scene) -> Bools:
    """Villages without a clinic: two of the poor ones and one other."""
    rng = scene.frame.rng("clinics")
    poor = np.flatnonzero(scene.homes.poor)
    rich = np.flatnonzero(~scene.homes.poor)[1:]
    out = np.zeros(len(scene.homes.poor), bool)
    out[rng.permutation(poor)[:2]] = True
    out[rng.choice(rich)] = True
    return out


def draw_facilities(scene: Scene) -> gpd.GeoDataFrame:
    """Offices, clinics, schools, squares, bus stops, masts; hospital, middle school and market at the seat."""
    rng = scene.frame.rng("facilities")
    rows: list[dict[str, object]] = []
    no_clinic = missing_clinics(scene)
    for v, name in enumerate(scene.village_names):
        poor = bool(scene.homes.poor[v])
        wanted: list[tuple[str, str, int | None, float]] = [("office", f"{name}村委会", None, 320)]
        if not no_clinic[v]:
            doctors = 0 if poor else int(rng.integers(1, 4))
            wanted.append(("clinic", f"{name}村卫生室", doctors, 80))
        if v == 0 or rng.random() < (0.5 if poor else 0.8):
            wanted.append(("primary", f"{name}小学", None, 1800))
        if rng.random() < (0.2 if poor else 0.6):
            wanted.append(("nursery", f"{name}幼儿园", None, 400))
        if rng.random() < (0.3 if poor else 0.85):
            wanted.append(("square", f"{name}文化广场", None, 900))
        if v == 0 or rng.random() < (0.4 if poor else 0.85):
            wanted.append(("busstop", f"{name}招呼站", None, 40))
        if v == 0:
            wanted += [
                ("hospital", f"{scene.town}乡卫生院", 9, 1600),
                ("middle", f"{scene.town}中学", None, 7200),
                ("market", f"{scene.town}集市", None, 5200),
            ]
        for kind, title, doctors_n, area in wanted:
            rows.append(_row(scene, rng, rows, v, kind, title, doctors_n, area))
    _masts(scene, rng, rows)
    out = gpd.GeoDataFrame(rows, geometry="geometry", crs=scene.crs)
    out["doctors"] = out["doctors"].astype("Int64")
    out["surveyed"] = survey_dates(scene, "facilities", len(out))
    return out


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
