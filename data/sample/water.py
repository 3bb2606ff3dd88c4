"""Water: springs, pools above the houses they feed, pipes, and who really has water."""

from __future__ import annotations

from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import shapely
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist

from .grid import FINE_M, Bools, Floats
from .scene import Scene, survey_dates, window
from .trees import service_tree

STATES = ("good", "small", "dry", "broken", "none")
SHARES = {False: (0.74, 0.09, 0.06, 0.05, 0.06), True: (0.34, 0.15, 0.14, 0.12, 0.25)}
VOLUMES = (5, 8, 10, 12, 15, 18, 20, 25, 30, 35, 40, 50, 60, 80, 100, 150, 200)
DAY_M3_PERSON = 0.06 * 1.5 * 1.15
"""Greatest day of one person with losses, m³: what the builders of the pools reckoned with."""
JOINED, JOIN_M, JOIN_FALL_M = 0.96, 1_150.0, 17.0
"""Share of households that a neighbour's pool has taken in, how far they live from it and how far below."""


@dataclass
class _Drawing:
    pools: list[dict[str, object]] = field(default_factory=list)
    springs: list[dict[str, object]] = field(default_factory=list)
    pipes: list[dict[str, object]] = field(default_factory=list)
    room: list[int] = field(default_factory=list)  # households each pool could still take


@dataclass(frozen=True)
class Water:
    """Layers pools, springs, pipes; `served` by household, `state` by group."""

    layers: dict[str, gpd.GeoDataFrame]
    served: Bools
    state: tuple[str, ...]


def draw_water(scene: Scene) -> Water:
    """A system for most groups, each with its own pool and spring."""
    rng = scene.frame.rng("water")
    served = np.zeros(len(scene.xy), bool)
    drawing = _Drawing()
    states = []
    for g, poor in enumerate(scene.poor_group):
        state = str(rng.choice(STATES, p=SHARES[bool(poor)]))
        own = np.flatnonzero(scene.group == g)
        site = None if state == "none" else _pool_site(scene, scene.xy[own])
        if site is None:
            states.append("none")
            continue
        served[own] = _system(scene, rng, drawing, g, state, own, site)
        states.append(state)
    served |= _neighbours(scene, rng, drawing, ~served)
    layers = {name: _frame(scene, name, getattr(drawing, name)) for name in ("pools", "springs", "pipes")}
    return Water(layers, served, tuple(states))


def _pool_site(scene: Scene, doors: Floats) -> tuple[Floats, float] | None:
    """The nearest place 24 to 80 m above the highest houses; None where no ground is high enough."""
    top = float(np.percentile(scene.height(doors), 97))
    xy, z, slope = window(scene, doors.mean(axis=0), 800)
    ok = (z > top + 24) & (z < top + 80) & (slope < 0.5)
    ok[ok] = cKDTree(doors).query(xy[ok])[0] > 25
    if not ok.any():
        return None
    away = np.hypot(*(xy[ok] - doors.mean(axis=0)).T)
    best = int(np.argmin(away + 3.0 * np.abs(z[ok] - top - 34) + 120 * slope[ok]))
    return xy[ok][best] + 1.7, float(z[ok][best])


def _system(
    scene: Scene,
    rng: np.random.Generator,
    drawing: _Drawing,
    g: int,
    state: str,
    own: np.ndarray,
    site: tuple[Floats, float],
) -> Bools:
    """One pool with its source and pipes; which of the households `own` it serves."""
    at, z = site
    need = float(scene.people[own].sum()) * DAY_M3_PERSON
    volume = next((v for v in VOLUMES if v >= need * 0.52), 200)
    if state == "small":
        volume = max(v for v in VOLUMES if v <= max(5.0, need * 0.27))
    supply = need * (rng.uniform(0.35, 0.6) if state == "dry" else rng.uniform(1.0, 1.12))
    pool = scene.code("SC", len(drawing.pools))
    spring, pumped = _source(scene, rng, drawing, g, at, z, supply, failing=state == "dry")
    drawing.pools.append(
        {
            "id": pool,
            "name": f"{scene.group_names[g]}水池",
            "volume": float(volume),
            "elev": round(z, 1),
            "yield_m3d": round(supply, 1) if rng.random() < 0.6 else np.nan,
            "working": state != "broken",
            "source": spring,
            "pumped": pumped,
            "treated": bool(rng.random() < 0.55),
            "built": int(rng.integers(2006, 2017)),
            "geometry": shapely.Point(at.round(2)),
        }
    )
    joined = rng.random(len(own)) < 0.965
    tree = service_tree(at, scene.xy[own][joined], snap_m=55, longest_m=330)
    _pipes(scene, rng, drawing, pool, tree.lines, working=state != "broken")
    if state == "broken":
        drawing.room.append(0)
        return np.zeros(len(own), bool)
    reach = np.full(len(own), np.inf)
    reach[joined] = tree.along
    reach[scene.height(scene.xy[own]) > z - 12] = np.inf
    share = min(1.0, supply / need, volume / (0.5 * need))
    room = int(
        scene.people[own].sum() * share / scene.people.mean() + 0.5
    )  # households alike, as offices count
    rank = np.argsort(np.argsort(reach))
    taken = np.isfinite(reach) & (rank < room)
    drawing.room.append(int(min(supply, volume / 0.5) / (DAY_M3_PERSON * scene.people.mean())) - taken.sum())
    return np.asarray(taken)


def _neighbours(scene: Scene, rng: np.random.Generator, drawing: _Drawing, asking: Bools) -> Bools:
    """Most of those without water who live below a pool with room have joined it since, the nearest first."""
    joined = np.zeros(len(scene.xy), bool)
    rows = np.flatnonzero(asking & (rng.random(len(asking)) < JOINED))
    if not drawing.pools:
        return joined
    at = np.array([p["geometry"].coords[0] for p in drawing.pools])  # type: ignore[attr-defined]
    top = np.array([p["elev"] for p in drawing.pools], float)
    away = cdist(scene.xy[rows], at)
    away[(away > JOIN_M) | (top - scene.height(scene.xy[rows])[:, None] < JOIN_FALL_M)] = np.inf
    for pair in np.argsort(away, axis=None):
        row, pool = divmod(int(pair), len(at))
        if not np.isfinite(away[row, pool]):
            break
        if drawing.room[pool] > 0 and not joined[rows[row]]:
            joined[rows[row]] = True
            drawing.room[pool] -= 1
    return joined


def _source(
    scene: Scene,
    rng: np.random.Generator,
    drawing: _Drawing,
    g: int,
    pool: Floats,
    pool_z: float,
    supply: float,
    *,
    failing: bool,
) -> tuple[str, bool]:
    """A spring above the pool within 900 m, near a gully; else a well or intake below it, pumped."""
    xy, z, slope = window(scene, pool, 900)
    rows, cols = scene.frame.cell_of(xy, FINE_M)
    away = np.hypot(*(xy - pool).T)
    above = (z > pool_z + 6) & (z < pool_z + 110) & (away > 60) & (slope < 0.6)
    wet = scene.wet_m[rows, cols]
    pumped = not above.any() or rng.random() < 0.05
    cost = away + 0.35 * wet
    fits = (wet < 40) & (z < pool_z - 5) if pumped and (wet < 40).any() else above
    if not fits.any():
        fits, pumped = z < pool_z - 5, True
    best = int(np.argmin(np.where(fits, cost, np.inf)))
    river = scene.river_m[rows[best], cols[best]] < 60
    name = scene.code("SY", len(drawing.springs))
    at = xy[best] + 2.3
    drawing.springs.append(
        {
            "id": name,
            "name": scene.group_names[g]
            + ("取水口" if pumped else str(rng.choice(["水源", "龙潭"], p=[0.8, 0.2]))),
            "kind": ("river" if river else "well") if pumped else "spring",
            "yield_m3d": round(supply, 1),
            "elev": round(float(z[best]), 1),
            "failing": failing,
            "geometry": shapely.Point(at.round(2)),
        }
    )
    drawing.pipes.append(
        {
            "id": scene.code("GD", len(drawing.pipes)),
            "name": "提水管" if pumped else "引水管",
            "pool": scene.code("SC", len(drawing.pools)),
            "diameter": 75.0,
            "material": "PE",
            "working": True,
            "built": int(rng.integers(2006, 2017)),
            "geometry": shapely.LineString([at.round(2), pool.round(2)]),
        }
    )
    return name, bool(pumped)


def _pipes(
    scene: Scene,
    rng: np.random.Generator,
    drawing: _Drawing,
    pool: str,
    lines: tuple[shapely.LineString, ...],
    *,
    working: bool,
) -> None:
    material = str(rng.choice(["PE", "PE", "PE", "PPR", "镀锌钢管"]))
    built = int(rng.integers(2006, 2017))
    for line in lines:
        drawing.pipes.append(
            {
                "id": scene.code("GD", len(drawing.pipes)),
                "name": "供水管",
                "pool": pool,
                "diameter": float(rng.choice([25, 32, 40, 50, 63])),
                "material": material,
                "working": working,
                "built": built,
                "geometry": line,
            }
        )


def _frame(scene: Scene, name: str, rows: list[dict[str, object]]) -> gpd.GeoDataFrame:
    out = gpd.GeoDataFrame(rows, geometry="geometry", crs=scene.crs)
    if name != "pipes":
        out["surveyed"] = survey_dates(scene, name, len(out))
    return out
