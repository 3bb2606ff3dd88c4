"""Power: transformers, low-voltage lines past the houses, the 10 kV tree and a 110 kV line across."""

from __future__ import annotations

from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import scipy.sparse as sp
import shapely
from scipy.sparse.csgraph import dijkstra, minimum_spanning_tree
from scipy.spatial import Delaunay

from .grid import SIDE_M, Bools, Floats, Frame
from .scene import Scene, survey_dates
from .trees import service_tree

RATINGS = (30, 50, 80, 100, 160, 200, 315, 400)


@dataclass(frozen=True)
class Power:
    """Layers transformers and lines; `served` by household."""

    layers: dict[str, gpd.GeoDataFrame]
    served: Bools


@dataclass
class _Drawing:
    transformers: list[dict[str, object]] = field(default_factory=list)
    lines: list[dict[str, object]] = field(default_factory=list)


def draw_power(scene: Scene) -> Power:
    """One or two transformers a group; some too small, some groups without."""
    rng = scene.frame.rng("power")
    served = np.zeros(len(scene.xy), bool)
    drawing = _Drawing()
    spots: list[Floats] = []
    for g, poor in enumerate(scene.poor_group):
        own = np.flatnonzero(scene.group == g)
        if rng.random() < (0.10 if poor else 0.015) and g:
            continue
        for label, part in zip("一二", _parts(scene.xy[own]), strict=False):
            at = _stand(scene.xy[own[part]])
            spots.append(at)
            small = rng.random() < (0.32 if poor else 0.10)
            name = f"{scene.group_names[g]}{label}台区"
            served[own[part]] = _transformer(scene, rng, drawing, name, own[part], at, small=bool(small))
    _medium(scene, drawing, np.array(spots))
    drawing.lines.append(_row(scene, drawing, "110kV双箐线", 110.0, None, 240.0, high_line(scene.frame)))
    frames = {k: gpd.GeoDataFrame(v, geometry="geometry", crs=scene.crs) for k, v in vars(drawing).items()}
    count = len(frames["transformers"])
    frames["transformers"]["surveyed"] = survey_dates(scene, "transformers", count)
    return Power(frames, served)


def _parts(doors: Floats) -> list[np.ndarray]:
    """A large or long group is fed from two sides."""
    spread = doors - doors.mean(axis=0)
    _, _, axes = np.linalg.svd(spread, full_matrices=False)
    along = spread @ axes[0]
    if len(doors) > 75 or np.ptp(along) > 540:
        side = along > np.median(along)
        return [np.flatnonzero(side), np.flatnonzero(~side)]
    return [np.arange(len(doors))]


def _stand(doors: Floats) -> Floats:
    """Beside the house nearest the middle."""
    middle = np.median(doors, axis=0)
    nearest = doors[np.argmin(np.hypot(*(doors - middle).T))]
    return np.asarray(nearest + np.array([9.0, 6.0]))


def _transformer(
    scene: Scene,
    rng: np.random.Generator,
    drawing: _Drawing,
    name: str,
    own: np.ndarray,
    at: Floats,
    *,
    small: bool,
) -> Bools:
    count = len(own)
    fits = [r for r in RATINGS if r >= count * 2.05] or [RATINGS[-1]]
    kva = max((r for r in RATINGS if r <= count * 1.35), default=30) if small else fits[0]
    code = scene.code("TQ", len(drawing.transformers))
    drawing.transformers.append(
        {
            "id": code,
            "name": name,
            "kva": float(kva),
            "working": bool(rng.random() > 0.008),
            "built": int(rng.integers(1998, 2008) if small else rng.integers(2008, 2017)),
            "geometry": shapely.Point(at.round(2)),
        }
    )
    tree = service_tree(at, scene.xy[own], snap_m=45, longest_m=230)
    for line in tree.lines:
        drawing.lines.append(_row(scene, drawing, "低压线", 0.38, code, 35.0 if small else 70.0, line))
    rank = np.argsort(np.argsort(tree.along))
    good = (tree.along <= 490) & (tree.off < 48) & (rank < int(kva / 2.0))
    return np.asarray(good & drawing.transformers[-1]["working"])


def _row(
    scene: Scene,
    drawing: _Drawing,
    name: str,
    kv: float,
    supply: str | None,
    area: float,
    line: shapely.LineString,
) -> dict[str, object]:
    return {
        "id": scene.code("XL", len(drawing.lines)),
        "name": name,
        "kv": kv,
        "supply": supply,
        "area_mm2": area,
        "buried": False,
        "geometry": line,
    }


def _medium(scene: Scene, drawing: _Drawing, spots: Floats) -> None:
    """10 kV from the substation at the seat to every transformer, spans straight over the hills."""
    root = scene.homes.offices[0] + (260.0, 140.0)
    every = np.vstack([root[None], spots])
    triangles = Delaunay(every).simplices
    a = triangles[:, [0, 1, 2]].ravel()
    b = triangles[:, [1, 2, 0]].ravel()
    length = np.hypot(*(every[a] - every[b]).T)
    n = len(every)
    tree = minimum_spanning_tree(sp.coo_array((length, (np.minimum(a, b), np.maximum(a, b))), (n, n)).tocsr())
    _, before = dijkstra(tree, directed=False, indices=0, return_predecessors=True)
    for node in range(1, n):
        ends = np.round(every[[before[node], node]], 2)
        line = shapely.LineString(ends)
        drawing.lines.append(_row(scene, drawing, f"10kV{scene.town}线", 10.0, None, 95.0, line))


def high_line(frame: Frame) -> shapely.LineString:
    """The 110 kV line, from the north-west to the south-east, towers some 380 m apart."""
    rng = frame.rng("high line")
    t = np.linspace(0, 1, 52)
    x = frame.x0 + (0.02 + 0.96 * t) * SIDE_M
    bend = 0.06 * np.sin(2.2 * np.pi * t) + 0.03 * np.sin(5 * np.pi * t)
    y = frame.y0 + (0.90 - 0.72 * t + bend) * SIDE_M + rng.uniform(-25, 25, len(t))
    return shapely.LineString(np.round(np.column_stack([x, y]), 2))
