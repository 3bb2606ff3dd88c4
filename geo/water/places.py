"""Where could a pool stand for a cluster of households?

On a lattice over the area, so that clusters may share a place: stable ground below the slope
limit, outside hazard zones and their surroundings, open water and protected land, away from
houses, and high enough over the households for their head after friction.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist

from geo.area import Area
from geo.corridors import Corridors
from geo.spatial.points import coordinates
from geo.water.rules import Rules

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Places:
    """`xy` (n, 2), floor `z` (n,), and `fits`: for each cluster the places that can serve it with
    the metres of pipe to it. `lost` are households no place can serve."""

    xy: Floats
    z: Floats
    cluster: Ints
    place: Ints
    metres: Floats
    members: list[Ints]
    lost: Ints


def find_places(
    area: Area, corridors: Corridors, rules: Rules, xy: Floats, z: Floats, head: Floats, members: list[Ints]
) -> Places:
    """The best places of each cluster. A household no place near its cluster can serve leaves it and
    is tried without it; `lost` if that fails too. `head` (households,): what each must have at the tap."""
    ground = _Ground(area, corridors, rules, xy)
    waiting = members[::-1]
    kept: list[Ints] = []
    found: list[tuple[Floats, Floats, Floats]] = []
    lost: list[int] = []
    while waiting:
        rows = waiting.pop()
        spots, height, metres, serves = ground.around(xy[rows], z[rows] + head[rows])
        if not serves.any():
            lost.extend(rows.tolist())
            continue
        count = serves.sum(axis=0)
        most = np.flatnonzero(count == count.max())
        served = serves[:, most[np.argmin(metres[most])]]
        if not served.all():
            waiting.append(rows[~served])
        able = serves[served].all(axis=0)
        best = np.flatnonzero(able)[ground.best(spots[able], height[able], metres[able])]
        kept.append(rows[served])
        found.append((spots[best], height[best], metres[best]))
    return _shared(_joined(found, kept, np.array(sorted(lost), np.int64)), xy, z + head, rules)


def _joined(found: list[tuple[Floats, Floats, Floats]], members: list[Ints], lost: Ints) -> Places:
    if not found:
        none = np.empty(0, np.int64)
        return Places(np.empty((0, 2)), np.empty(0), none, none, np.empty(0), [], lost)
    every = np.vstack([f[0] for f in found])
    height = np.concatenate([f[1] for f in found])
    _, first, place = np.unique(every.round(2), axis=0, return_index=True, return_inverse=True)
    cluster = np.repeat(np.arange(len(found)), [len(f[0]) for f in found])
    return Places(
        every[first],
        height[first],
        cluster,
        place.ravel(),
        np.concatenate([f[2] for f in found]),
        members,
        lost,
    )


def _shared(places: Places, xy: Floats, wanted: Floats, rules: Rules) -> Places:
    """Each cluster may also use the nearest places of its neighbours that can serve all of it."""
    if not len(places.z):
        return places
    standard = rules.standard
    factor, friction = standard["water.route_factor"], standard["water.friction_m_per_km"] / 1000
    centre = np.array([xy[rows].mean(axis=0) for rows in places.members])
    top = np.array([wanted[rows].max() for rows in places.members])
    spread = np.array(
        [np.hypot(*(xy[rows] - c).T).max() for rows, c in zip(places.members, centre, strict=True)]
    )
    near = cKDTree(centre).sparse_distance_matrix(
        cKDTree(places.xy), standard["water.reach_m"] / factor, output_type="ndarray"
    )
    cluster, place, metres = near["i"].astype(np.int64), near["j"].astype(np.int64), near["v"] * factor
    far = metres + factor * spread[cluster]
    able = far <= standard["water.reach_m"]
    able &= places.z[place] - top[cluster] >= rules["head_reserve_m"] + friction * far
    cluster, place, metres = cluster[able], place[able], metres[able]
    order = np.lexsort((place, metres, cluster))
    cluster, place, metres = cluster[order], place[order], metres[order]
    nth = np.arange(len(cluster)) - np.searchsorted(cluster, cluster)
    few = nth < 2 * int(rules["places"])
    pairs = pd.DataFrame(
        {
            "cluster": np.r_[places.cluster, cluster[few]],
            "place": np.r_[places.place, place[few]],
            "metres": np.r_[places.metres, metres[few]],
        }
    ).drop_duplicates(["cluster", "place"])
    return replace(
        places,
        cluster=pairs["cluster"].to_numpy(),
        place=pairs["place"].to_numpy(),
        metres=pairs["metres"].to_numpy(),
    )


class _Ground:
    """The lattice of an area, judged once."""

    def __init__(self, area: Area, corridors: Corridors, rules: Rules, homes: Floats) -> None:
        self.rules = rules
        step = rules["lattice_m"]
        pad = 0.0 if area.has("villages") else rules.standard["water.reach_m"]
        edges = np.asarray(area.bounds) + pad * np.array([-1.0, -1.0, 1.0, 1.0])
        west, south, east, north = (edges / step).round() * step
        x, y = np.arange(west, east + step, step), np.arange(south, north + step, step)
        xy = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
        reach = rules.standard["water.reach_m"] / rules.standard["water.route_factor"]
        if len(homes):
            xy = xy[cKDTree(homes).query(xy, distance_upper_bound=reach)[0] <= reach]
        z = corridors.sample(xy)
        ok = np.isfinite(z) & (self._slope(corridors, xy) <= rules["pool_slope_pct"] / 100)
        every = coordinates(area.layer("households").geometry.array)
        every = np.vstack([homes, every[np.isfinite(every).all(axis=1)]])
        apart = rules["pool_house_m"]
        ok[ok] = cKDTree(every).query(xy[ok], distance_upper_bound=apart)[0] >= apart
        ok[ok] = ~_unsafe(corridors, xy[ok])
        self.xy, self.z = xy[ok], z[ok]
        self.tree = cKDTree(self.xy) if len(self.xy) else None

    @staticmethod
    def _slope(corridors: Corridors, xy: Floats) -> Floats:
        half = 6.0
        east, north = np.array([half, 0.0]), np.array([0.0, half])
        dx = corridors.sample(xy + east) - corridors.sample(xy - east)
        dy = corridors.sample(xy + north) - corridors.sample(xy - north)
        return np.hypot(dx, dy) / (2 * half)

    def around(self, doors: Floats, wanted: Floats) -> tuple[Floats, Floats, Floats, Bools]:
        """Places within reach of the doors: where, floor, mean metres of pipe, and whom each serves."""
        standard = self.rules.standard
        reach = standard["water.reach_m"] / standard["water.route_factor"]
        centre = doors.mean(axis=0)
        spread = float(np.hypot(*(doors - centre).T).max())
        near = self.tree.query_ball_point(centre, max(reach - spread, 100.0)) if self.tree is not None else []
        rows = np.array(sorted(near), np.int64)
        spots, height = self.xy[rows], self.z[rows]
        away = cdist(doors, spots) * standard["water.route_factor"]
        friction = standard["water.friction_m_per_km"] / 1000
        serves = height[None] - wanted[:, None] >= self.rules["head_reserve_m"] + friction * away
        return spots, height, away.mean(axis=0) if len(doors) else np.empty(0), serves

    def best(self, spots: Floats, height: Floats, metres: Floats) -> Ints:
        """The nearest few, apart from each other; a lower place before one equally near."""
        order = np.lexsort((spots[:, 1], spots[:, 0], metres + 2.0 * (height - height.min())))
        chosen: list[int] = []
        for i in order:
            if len(chosen) == int(self.rules["places"]):
                break
            if all(np.hypot(*(spots[i] - spots[j])) > 3 * self.rules["lattice_m"] for j in chosen):
                chosen.append(int(i))
        return np.array(chosen, np.int64)


def _unsafe(corridors: Corridors, xy: Floats) -> Bools:
    """Inside a hazard zone or its buffer, in water, or on strictly protected land."""
    bad = np.zeros(len(xy), bool)
    points = np.asarray(shapely.points(xy))
    zones = corridors.zones
    tree = shapely.STRtree(points)
    if len(zones.frame):
        hit = tree.query(zones.reach, predicate="dwithin", distance=zones.frame["buffer_m"].to_numpy(float))
        bad[hit[1]] = True
    for shapes in (corridors.obstacles.lakes, corridors.obstacles.strict):
        bad[tree.query(shapes, predicate="intersects")[1]] = True
    return bad
