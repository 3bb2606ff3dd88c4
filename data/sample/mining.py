"""Coal: two mines, their workings, and the ground above them."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from shapely import affinity

from .grid import SIDE_M, Floats
from .scene import Scene
from .services import missing_clinics

MINES = ("双箐煤矿", "松林煤矿")


def draw_workings(scene: Scene) -> gpd.GeoDataFrame:
    """Panels side by side down the dip, deeper one after another; the last of each mine is planned."""
    rng = scene.frame.rng("mines")
    rows: list[dict[str, object]] = []
    for mine, middle in zip(MINES, _middles(scene), strict=True):
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
                    "year": None if planned else 2003 + 3 * k,
                    "q": round(float(rng.uniform(0.64, 0.76)), 2),
                    "b": 0.30,
                    "tanb": round(float(rng.uniform(1.9, 2.2)), 1),
                    "planned": planned,
                    "geometry": affinity.translate(affinity.rotate(box, angle, origin=(0, 0)), *middle),
                }
            )
    out = gpd.GeoDataFrame(rows, geometry="geometry", crs=scene.crs)
    out["year"] = out["year"].astype("Int64")
    out["geometry"] = shapely.set_precision(out.geometry.array, 0.01)
    return out


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
    """Ground within r = H / tan β of any working."""
    return shapely.union_all(workings.buffer(workings["depth"] / workings["tanb"]).to_numpy())
