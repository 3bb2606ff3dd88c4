"""Coal: two mines, their workings and an old pit above each, and the ground above them."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from shapely import affinity

from .grid import SIDE_M, Floats
from .scene import Scene
from .services import missing_clinics

MINES = ("双箐煤矿", "松林煤矿")
PITS = ("双箐废弃小煤窑", "松林废弃小煤窑")
LAST_MINED = 2016
PIT_DEPTH_M = 42.0


def draw_workings(scene: Scene) -> gpd.GeoDataFrame:
    """Panels side by side down the dip, deeper one after another: the oldest are at rest, the last mined
    still moves, the last of each mine is planned. Up the dip, where the seam is shallow, an old pit."""
    rng = scene.frame.rng("mines")
    rows: list[dict[str, object]] = []
    pits: list[dict[str, object]] = []
    for mine, pit, middle in zip(MINES, PITS, _middles(scene), strict=True):
        angle, depth = float(rng.uniform(0, 180)), float(rng.uniform(120, 170))
        dip, seam = float(rng.uniform(7, 14)), float(rng.uniform(1.6, 2.8))
        panels = int(rng.integers(4, 6))
        wide, long = float(rng.uniform(130, 170)), float(rng.uniform(480, 680))
        for k in range(panels):
            across = (k - (panels - 1) / 2) * (wide + 22)
            stretch = long * rng.uniform(0.85, 1.1)
            box = shapely.box(across - wide / 2, -stretch / 2, across + wide / 2, stretch / 2)
            planned = k == panels - 1
            rows.append(
                {
                    "id": scene.code("GZM", len(rows)),
                    "name": f"1{k + 1}0{1 + k % 2}工作面",
                    "mine": mine,
                    "depth": round(depth + k * (wide + 22) * float(np.tan(np.radians(dip))), 0),
                    "thickness": round(seam * rng.uniform(0.93, 1.07), 1),
                    "dip": round(dip, 0),
                    "dip_dir": round((90.0 - angle) % 360.0, 0),
                    "year": None if planned else LAST_MINED - 3 * (panels - 2 - k),
                    "q": round(float(rng.uniform(0.64, 0.76)), 2),
                    "b": 0.30,
                    "tanb": round(float(rng.uniform(1.9, 2.2)), 1),
                    "planned": planned,
                    "geometry": affinity.translate(affinity.rotate(box, angle, origin=(0, 0)), *middle),
                }
            )
        first = -(panels - 1) / 2 * (wide + 22)
        up = first - (depth - PIT_DEPTH_M) / float(np.tan(np.radians(dip)))
        outline = affinity.rotate(affinity.translate(_PIT, up, 0), angle, origin=(0, 0))
        pits.append(_pit(pit, affinity.translate(outline, *middle), dip, (90.0 - angle) % 360.0))
    rows += [{"id": scene.code("GZM", len(rows) + i), **pit} for i, pit in enumerate(pits)]
    out = gpd.GeoDataFrame(rows, geometry="geometry", crs=scene.crs)
    out["year"] = out["year"].astype("Int64")
    out["geometry"] = shapely.set_precision(out.geometry.array, 0.01)
    return out


_PIT = shapely.Polygon([(-45, -80), (-10, -95), (38, -70), (30, 10), (52, 75), (0, 90), (-40, 60), (-25, 0)])
"""Dug by hand, as the coal ran."""


def _pit(name: str, outline: shapely.Polygon, dip: float, dip_dir: float) -> dict[str, object]:
    """An abandoned pit: nobody recorded how its roof came down."""
    return {
        "name": name,
        "mine": name,
        "depth": PIT_DEPTH_M,
        "thickness": 1.8,
        "dip": round(dip, 0),
        "dip_dir": round(dip_dir, 0),
        "year": 1996,
        "planned": False,
        "geometry": outline,
    }


def _middles(scene: Scene) -> list[Floats]:
    """Two places, far from the seat and each other, with some houses above but no village office."""
    rng = scene.frame.rng("mine places")
    tries = rng.uniform(2200, SIDE_M - 2200, (400, 2)) + scene.frame.corner
    above = np.array([(np.hypot(*(scene.xy - p).T) < 480).sum() for p in tries])
    off = np.hypot(*(tries[:, None] - scene.homes.offices[None]).transpose(2, 0, 1))
    doctor = ~missing_clinics(scene) & ~scene.homes.poor
    seat = np.hypot(*(tries - scene.homes.offices[0]).T)
    serving = scene.road_lines[scene.road_lines["serving"].astype(bool)].geometry.to_numpy()
    road = shapely.distance(shapely.union_all(serving), shapely.points(tries))
    fit = (
        np.abs(above - 38)
        + 300.0 * (road > 450)
        + 200.0 * (off.min(axis=1) < 900)
        + 300.0 * (off[:, doctor].min(axis=1) > 1400)
        + 200.0 * (seat < 2600)
    )
    first = tries[np.argmin(fit)]
    second = tries[np.argmin(fit + 500.0 * (np.hypot(*(tries - first).T) < 5000))]
    return [first, second]


def declared_zones(workings: gpd.GeoDataFrame) -> list[tuple[str, shapely.Geometry]]:
    """The subsidence zones the county has declared: mined panels and most of their influence.

    Of the second mine only the older half is declared yet.
    """
    zones = []
    for k, mine in enumerate(MINES):
        done = workings[(workings["mine"] == mine) & ~workings["planned"].astype(bool)]
        if k == 1:
            done = done.iloc[: max(1, len(done) // 2)]
        reach = 0.6 * done["depth"] / done["tanb"]
        zones.append((mine, shapely.union_all(done.buffer(reach).to_numpy()).simplify(4)))
    return zones


def influence(workings: gpd.GeoDataFrame) -> shapely.Geometry:
    """Ground within r = H / tan β of any working; of the pits, of which nobody knows β, all within H."""
    return shapely.union_all(workings.buffer(workings["depth"] / workings["tanb"].fillna(1.0)).to_numpy())
