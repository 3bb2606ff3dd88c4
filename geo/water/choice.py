"""Which pools are built, from which sources, for whom? Fixed-charge location with shared sources.

Weighed is what is built with its upkeep, and the energy of pumps, over `horizon_years`: that is
what decides between a long main by gravity and a short one with a pump.

Variables: cluster at pool, pool from source, water along it, cluster left to cisterns. Whole
clusters; a pool has one source; no source gives more than it has. Areas that share neither
place nor a source that may run short are solved apart, which keeps the effort linear in townships.
What the sources have left then is too little for whole clusters: it goes to some of one (`fill_up`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from geo.spatial.milp import Programme, solve
from geo.water.places import Places
from geo.water.rules import DAY_S, Rules
from geo.water.sources import Sources

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

LARGEST_NODES = 20  # branch and bound is stopped after so many nodes, and the gap says so


@dataclass(frozen=True)
class Feeds:
    """Ways to fill a place from a source: rows into `Places` and intake points, the fixed cost of
    the main over its life, cost per m³/d (pumping), metres of main, and the lift (0: by gravity)."""

    place: Ints
    intake: Ints
    fixed: Floats
    per_m3d: Floats
    metres: Floats
    lift: Floats


@dataclass(frozen=True)
class Choice:
    """`place` (clusters,) and `feed` (clusters,): rows chosen, -1 where the cluster gets cisterns;
    `cost` and its proven `bound`."""

    place: Ints
    feed: Ints
    cost: float
    bound: float

    @property
    def gap(self) -> float:
        return (self.cost - self.bound) / self.cost if self.cost > 0 else 0.0


def find_feeds(places: Places, sources: Sources, rules: Rules) -> Feeds:
    """The cheapest few sources of each place, by gravity where the source stands high enough."""
    if not len(places.z) or not len(sources.z):
        none, empty = np.empty(0, np.int64), np.empty(0)
        return Feeds(none, none, empty, empty, empty, empty)
    factor = rules.standard["water.route_factor"]
    pairs = cKDTree(places.xy).sparse_distance_matrix(
        cKDTree(sources.xy), rules["source_reach_m"] / factor, output_type="ndarray"
    )
    place, intake = pairs["i"].astype(np.int64), pairs["j"].astype(np.int64)
    metres = pairs["v"] * factor
    friction = rules.standard["water.friction_m_per_km"] / 1000 * metres
    inlet = places.z[place] + rules["pool_depth_m"] + rules["source_head_m"]
    lift = np.maximum(inlet + friction - sources.z[intake], 0.0)
    per = np.where(lift > 0, _pumping_yuan_m3d(lift, rules), 0.0)
    pipe = _pipe_yuan(rules)
    least = rules.motor_kw(0.0, 0.0)
    station = np.where(lift > 0, least * rules.price("pump", least) * rules.life("pump"), 0.0)
    fixed = rules.price("intake", 0.0) * rules.life("intake") + pipe * metres + station
    able = (lift <= rules["max_lift_m"]) & (sources.z[intake] - places.z[place] <= rules.static_m[-1])
    place, intake = place[able], intake[able]
    metres, lift, per, fixed = metres[able], lift[able], per[able], fixed[able]
    # one intake on each river for each place, then the cheapest few
    order = np.lexsort((intake, fixed + per * rules["middling_m3d"], place))
    _, first = np.unique(
        place[order] * (len(sources.id) + 1) + sources.source[intake[order]], return_index=True
    )
    k = order[np.sort(first)]
    nth = np.arange(len(k)) - np.searchsorted(place[k], place[k])
    k = k[nth < int(rules["sources"])]
    return Feeds(place[k], intake[k], fixed[k], per[k], metres[k], lift[k])


def _pumping_yuan_m3d(lift: Floats, rules: Rules) -> Floats:
    """Pump, its upkeep and years of energy for each m³ of a greatest day."""
    kw = 9.81 * lift / rules["pump_efficiency"] / DAY_S * 24 / rules["pump_hours"]
    year = 365 / rules.standard["water.day_factor"] * 9.81 * lift / 3600 / rules["pump_efficiency"]
    energy = year * rules.energy_yuan_kwh * rules["horizon_years"]
    return np.asarray(kw * rules.price("pump", rules["middling_kw"]) * rules.life("pump") + energy)


def _pipe_yuan(rules: Rules) -> float:
    """A metre of a middling pipe, built and kept up."""
    return float(np.interp(rules["middling_od_mm"], rules.od_mm, rules.pipe_yuan)) * rules.life("pipe")


def _pool_yuan(rules: Rules) -> tuple[float, float]:
    """A pool, built and kept up, before its volume is known: what each costs, and each m³/d it passes."""
    each = 0.5 * rules.pool_yuan(float(rules.pool_m3[0])) * rules.life("pool")
    m3 = rules.price("pool", rules["middling_pool_m3"])
    return each, rules.standard["water.storage_share"] * m3 * rules.life("pool")


def choose_pools(
    places: Places, feeds: Feeds, sources: Sources, demand_m3d: Floats, households: Floats, rules: Rules
) -> Choice:
    """The cheapest pools and mains for clusters of `demand_m3d` (clusters,) and so many `households`."""
    n, p, s = len(demand_m3d), len(places.z), len(sources.spare_m3d)
    place, feed = np.full(n, -1, np.int64), np.full(n, -1, np.int64)
    source = sources.source[feeds.intake] if len(feeds.intake) else np.empty(0, np.int64)
    least = np.full(p, np.inf)  # a spring that has not enough for the smallest cluster ties nobody together
    np.minimum.at(least, places.place, demand_m3d[places.cluster])
    scarce = _scarce(places, feeds, source, sources.spare_m3d, demand_m3d)[source]
    worth = _worth_asking(feeds, scarce) & (least[feeds.place] <= sources.spare_m3d[source])
    tied = worth & scarce
    a = np.r_[places.cluster, n + feeds.place[tied]]
    b = np.r_[n + places.place, n + p + source[tied]]
    graph = sp.coo_array((np.ones(len(a)), (a, b)), shape=(n + p + s, n + p + s))
    _, label = connected_components(graph, directed=False)
    cost = bound = 0.0
    for part in np.unique(label[:n]):
        mine = np.flatnonzero(label[:n] == part)
        pair = np.flatnonzero(label[places.cluster] == part)
        ways = np.flatnonzero((label[n + feeds.place] == part) & worth)
        place[mine], feed[mine], value, low = _solve(
            places, feeds, source, sources.spare_m3d, demand_m3d, households, rules, mine, pair, ways
        )
        cost, bound = cost + value, bound + low
    return Choice(place, feed, cost, bound)


def fill_up(
    choice: Choice,
    places: Places,
    feeds: Feeds,
    sources: Sources,
    xy: Floats,
    demand_m3d: Floats,
    rules: Rules,
) -> list[tuple[int, Ints]]:
    """Ways (rows of `feeds`) and the households, rows of `xy` (n, 2) and `demand_m3d` (n,), that can
    still be served by them, of the clusters left out, one cluster after the other."""
    source = sources.source[feeds.intake]
    chosen = np.flatnonzero(choice.feed >= 0)
    taken = np.array([demand_m3d[places.members[c]].sum() for c in chosen])
    left = sources.spare_m3d - np.bincount(source[choice.feed[chosen]], taken, minlength=len(sources.id))
    opened = dict(zip(choice.place[chosen].tolist(), choice.feed[chosen].tolist(), strict=True))
    found: list[tuple[int, Ints]] = []
    for cluster in np.flatnonzero(choice.feed < 0):
        rows = places.members[cluster]
        while len(rows):
            best = _some(int(cluster), rows, opened, left, places, feeds, source, xy, demand_m3d, rules)
            if best is None:
                break
            way, some = best
            found.append((way, some))
            left[source[way]] -= demand_m3d[some].sum()
            opened[int(feeds.place[way])] = way
            rows = np.setdiff1d(rows, some)
    return found


def _some(
    cluster: int, rows: Ints, opened: dict[int, int], left: Floats, places: Places, feeds: Feeds,
    source: Ints, xy: Floats, demand_m3d: Floats, rules: Rules,
) -> tuple[int, Ints] | None:  # fmt: skip
    """The way by which most of the `rows` of a cluster, the nearest to its pool first, get of what is `left`
    at no more than a pool system may cost; the cheapest of those, and whom it serves; None: nobody."""
    basin, per_m3 = _pool_yuan(rules)
    options: list[tuple[int, float, int, Ints]] = []
    for pair in np.flatnonzero(places.cluster == cluster):
        place = int(places.place[pair])
        near = rows[np.argsort(np.hypot(*(xy[rows] - places.xy[place]).T), kind="stable")]
        for way in np.flatnonzero(feeds.place == place):
            if opened.get(place, way) != way:
                continue  # a pool has one source
            able = near[demand_m3d[near] <= left[source[way]]]
            drawn = np.cumsum(demand_m3d[able])
            count = int(np.searchsorted(drawn, left[source[way]], side="right"))
            if not count:
                continue
            yuan = places.metres[pair] * _pipe_yuan(rules) + drawn[count - 1] * (feeds.per_m3d[way] + per_m3)
            yuan += 0.0 if place in opened else feeds.fixed[way] + basin
            if yuan <= rules["ceiling_yuan"] * rules.life("cistern") * count:
                options.append((-count, float(yuan), int(way), able[:count]))
    best = min(options, key=lambda option: option[:3], default=None)
    return None if best is None else best[2:]


def _worth_asking(feeds: Feeds, scarce: Bools) -> Bools:
    """Ways (feeds,) that no way of the same place beats: a source with water for all that costs no
    more to lead there and no more to pump."""
    keep = np.ones(len(feeds.place), np.bool_)
    order = np.lexsort((feeds.per_m3d, feeds.fixed, feeds.place))
    place, least = -1, np.inf
    for i in order:
        if feeds.place[i] != place:
            place, least = int(feeds.place[i]), np.inf
        keep[i] = feeds.per_m3d[i] < least
        if keep[i] and not scarce[i]:
            least = float(feeds.per_m3d[i])
    return keep


def _scarce(places: Places, feeds: Feeds, source: Ints, spare: Floats, demand: Floats) -> Bools:
    """Sources (m,) that could not serve every cluster that may ask for them: only these tie clusters
    together, a river with water for all does not."""
    n, p, s = len(demand), len(places.z), len(spare)
    serves = sp.csr_array((np.ones(len(places.place)), (places.cluster, places.place)), shape=(n, p))
    fills = sp.csr_array((np.ones(len(feeds.place)), (feeds.place, source)), shape=(p, s))
    may = sp.csr_array(serves @ fills)
    may.data[:] = 1.0
    asked = np.asarray(may.T @ demand, np.float64)
    return np.asarray(asked > spare, np.bool_)


def _solve(
    places: Places, feeds: Feeds, source: Ints, spare: Floats, demand: Floats, households: Floats,
    rules: Rules, mine: Ints, pair: Ints, ways: Ints,
) -> tuple[Ints, Ints, float, float]:  # fmt: skip
    """One part of the area. Columns: cluster by way (place and source), ways opened, clusters left out."""
    cluster, way = _ways_of_pairs(places, feeds, pair, ways)
    who = np.searchsorted(mine, places.cluster[pair[cluster]])
    nx, nw, nc = len(way), len(ways), len(mine)
    spot = np.unique(feeds.place[ways], return_inverse=True)[1]
    taps, tap = np.unique(source[ways], return_inverse=True)
    size = nx + nw + nc
    need = demand[mine]
    basin, per_m3 = _pool_yuan(rules)
    cost = np.r_[
        places.metres[pair[cluster]] * _pipe_yuan(rules) + need[who] * (feeds.per_m3d[ways[way]] + per_m3),
        feeds.fixed[ways] + basin,
        rules["ceiling_yuan"] * rules.life("cistern") * households[mine],
    ]

    def rows(count: int, *parts: tuple[Ints, Ints, Floats]) -> sp.csr_array:
        r, c, v = (np.concatenate([q[i] for q in parts]) for i in range(3))
        return sp.csr_array((v, (r, c)), shape=(count, size))

    x, u, one = np.arange(nx), nx + np.arange(nw), np.ones
    served = rows(nc, (who, x, one(nx)), (np.arange(nc), nx + nw + np.arange(nc), one(nc)))
    single = rows(int(spot.max(initial=-1)) + 1, (spot, u, one(nw)))
    opened = rows(nx, (x, x, one(nx)), (x, u[way], -one(nx)))
    shared = rows(len(taps), (tap[way], x, need[who]))
    most = np.r_[one(nc), one(single.shape[0]), np.zeros(nx), spare[taps]]
    programme = Programme(
        cost,
        sp.csr_array(sp.vstack([served, single, opened, shared])),
        np.r_[one(nc), np.full(len(most) - nc, -np.inf)],
        most,
        np.zeros(size),
        one(size),
        one(size).astype(bool),
    )
    nobody = np.r_[np.zeros(nx + nw), one(nc)]
    answer = solve(programme, start=nobody, gap=rules["gap"], nodes=LARGEST_NODES, alike=True)
    point = nobody if answer.x is None else answer.x
    value = float(cost @ point)
    feed = np.full(nc, -1, np.int64)
    chosen = np.flatnonzero(point[:nx] > 0.5)
    feed[who[chosen]] = ways[way[chosen]]
    place = np.full(nc, -1, np.int64)
    place[feed >= 0] = feeds.place[feed[feed >= 0]]
    return place, feed, value, min(answer.bound, value)


def _ways_of_pairs(places: Places, feeds: Feeds, pair: Ints, ways: Ints) -> tuple[Ints, Ints]:
    """Every pair (cluster, place) with every way to fill the place: rows into `pair` and `ways`."""
    at = places.place[pair]
    by = np.argsort(feeds.place[ways], kind="stable")
    sorted_places = feeds.place[ways][by]
    low = np.searchsorted(sorted_places, at)
    count = np.searchsorted(sorted_places, at, side="right") - low
    row = np.repeat(np.arange(len(pair)), count)
    nth = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    return row, by[np.repeat(low, count) + nth]
