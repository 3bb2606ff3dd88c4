"""Which pools, pipes and pumps close the water gaps? The whole design of an area.

Households the map places on an existing pool with room are joined to it first. The others are
gathered in clusters; pools and sources are chosen for them together at least cost; each system
is laid, sized and run through EPANET. Who is left is told which source to measure first, where
one of unknown yield could serve; else gets a cistern, and is told why.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.area import Area
from geo.corridors import Corridors
from geo.demand import max_day_m3d
from geo.priority import standing
from geo.spatial.points import coordinates
from geo.standards import Standard
from geo.verdicts import MET
from geo.water.bill import Bill, Built, make_people
from geo.water.choice import Choice, Feeds, choose_pools, fill_up, find_feeds
from geo.water.clusters import clusters
from geo.water.gaps import WaterGaps
from geo.water.hydraulics import engine
from geo.water.places import Places, find_places
from geo.water.rules import Rules, make_rules
from geo.water.sources import Sources, spare_sources, to_prove, unmeasured_sources
from geo.water.system import Designed, Task, design_system, may_pass
from geo.water.tapping import Mains, best_tap, pipes_by_pool, pool_mains
from geo.works import Works

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class _Homes:
    """All households by row of the layer: place, height, head wanted, demand on the greatest day."""

    xy: Floats
    z: Floats
    head: Floats
    demand: Floats


def design_water(
    area: Area, gaps: WaterGaps, unmet: Bools, standard: Standard, corridors: Corridors
) -> Works:
    """Works for the households where `unmet` (rows of the layer) is true."""
    rules = make_rules(standard)
    households = area.layer("households")
    homes = _homes(area, gaps, corridors, rules)
    asked = _in_order(households, np.flatnonzero(unmet), homes)
    somewhere = np.isfinite(homes.xy[asked]).all(axis=1)
    placed = somewhere & np.isfinite(homes.z[asked])
    bill = Bill(make_people(households, homes.xy, rules.standard), corridors, rules, engine())
    if corridors.planar:
        return bill.works(_unserved(households, asked, "water_design.no_terrain"))
    able = asked[placed]
    systems, rest = _join_pools(area, gaps, able, homes, corridors, rules)
    known = spare_sources(area, gaps, corridors, rules)
    more, why = _new_pools(area, known, np.sort(rest), homes, households, corridors, rules)
    for number, built in enumerate([*systems, *more], start=1):
        bill.system(replace(built, id=f"W-S{number:03d}"))
    first, hoped = _measure_first(area, gaps, np.array(sorted(why), np.int64), homes, corridors, rules)
    waiting = set(first["row"])
    for row, reason in why.items():
        if row in waiting:
            continue
        volume = rules["cistern_m3"]
        spot = shapely.Point(homes.xy[row])
        bill.add("cistern", 1, f"{volume:g} m³", volume, spot, np.array([row]), system=None, flag=reason)
    named = [
        _unserved(households, asked[~somewhere], "water_design.unplaced"),
        _unserved(households, asked[somewhere & ~placed], "water_design.no_terrain"),
        first.drop(columns="row"),
    ]
    return replace(bill.works(pd.concat(named, ignore_index=True)), provisional=hoped)


def _measure_first(
    area: Area, gaps: WaterGaps, rest: Ints, homes: _Homes, corridors: Corridors, rules: Rules
) -> tuple[pd.DataFrame, Works | None]:
    """Who of `rest` could have a system if a source of unknown yield gave enough: one row each, as in
    `Works.unserved` with `row` of the layer, saying which source to measure, the m³/d it must prove
    and the households that hang on it; and those systems, provisional."""
    households = area.layer("households")
    nobody = _unserved(households, rest[:0], "").assign(row=rest[:0])
    sources = unmeasured_sources(area, gaps, corridors, rules)
    if not len(rest) or not len(sources.z):
        return nobody, None
    found, _ = _new_pools(area, sources, rest, homes, households, corridors, rules)
    found = [one for one in found if one.designed.verdict.passed]
    if not found:
        return nobody, None
    bill = Bill(
        make_people(households, homes.xy, rules.standard), corridors, rules, engine(), provisional=True
    )
    for number, built in enumerate(found, start=1):
        bill.system(replace(built, id=f"W-M{number:03d}"))
    of = pd.DataFrame(
        {
            "source": np.repeat([b.source for b in found], [len(b.designed.task.rows) for b in found]),
            "row": np.concatenate([b.designed.task.rows for b in found]),
            "m3d": np.concatenate([b.designed.task.demand for b in found]),
        }
    )
    by_source = of.groupby("source")
    proof = {s: to_prove(area, gaps, rules, str(s), float(m)) for s, m in by_source["m3d"].sum().items()}
    proof = {s: np.ceil(10 * m - 1e-9) / 10 for s, m in proof.items()}  # said to a tenth, never too low
    told = _unserved(households, of["row"].to_numpy(np.int64), "water_design.measure_first").assign(
        measure=of["source"].map(proof).to_numpy(float),
        threshold=by_source["row"].transform("size").to_numpy(float),
        nearest=of["source"].to_numpy(object),
        row=of["row"].to_numpy(np.int64),
    )
    return told, bill.works(_unserved(households, rest[:0], ""))


def _homes(area: Area, gaps: WaterGaps, corridors: Corridors, rules: Rules) -> _Homes:
    households = area.layer("households")
    xy = standing(households, unless=("village",))
    z = np.full(len(xy), np.nan)
    known = np.isfinite(xy).all(axis=1)
    z[known] = corridors.sample(xy[known])
    storeys = households["storeys"].astype("float64").fillna(1).clip(lower=1).to_numpy()
    head = rules.standard["water.min_head_m"] + rules.standard["water.storey_head_m"] * (storeys - 1)
    people = households["people"].astype("float64").fillna(gaps.household_size).clip(lower=1).to_numpy()
    # no tap may need more than a tap may have
    most = rules["max_static_m"] - rules["tap_band_m"]
    return _Homes(xy, z, np.minimum(head, most), max_day_m3d(people, rules.standard))


def _in_order(households: gpd.GeoDataFrame, rows: Ints, homes: _Homes) -> Ints:
    """By id, then place: the answer must not hang on the order of rows."""
    ids = pd.factorize(households["id"], sort=True)[0][rows]
    x, y = np.nan_to_num(homes.xy[rows]).T
    return rows[np.lexsort((y, x, ids))]


def _join_pools(
    area: Area, gaps: WaterGaps, asked: Ints, homes: _Homes, corridors: Corridors, rules: Rules
) -> tuple[list[Built], Ints]:
    """Systems from existing pools for whom the map gave one; and who is left."""
    met = np.asarray(gaps.water.state)[asked] == MET
    assert gaps.water.nearest is not None
    pools = area.layer("pools")
    place = {str(pool): row for row, pool in reversed(list(enumerate(pools["id"])))}  # the first of an id
    spots, floors = coordinates(pools.geometry.array), pools["elev"].to_numpy(float)
    by_pool = pd.Series(asked[met]).groupby(np.asarray(gaps.water.nearest)[asked[met]].astype(str), sort=True)
    built: list[Built] = []
    left = [asked[~met]]
    pipes = pipes_by_pool(area, rules)
    for name, members in by_pool:
        rows = members.to_numpy(np.int64)
        at, floor = spots[place[str(name)]], float(floors[place[str(name)]])
        floor = float(corridors.sample([at])[0]) if np.isnan(floor) else floor
        if str(name) in pipes:
            on = gaps.held.place == place[str(name)]
            on[rows] = False
            mains = pool_mains(
                pipes[str(name)], at, floor, homes.xy[on], gaps.household_m3d, corridors, rules
            )
            tapped, rows = _tap_mains(gaps, str(name), mains, at, floor, rows, homes, corridors, rules)
            built += tapped
        if not len(rows):
            continue
        # the allocation that reserved this water counts every household alike
        demand = np.full(len(rows), gaps.household_m3d)
        task = _task(rows, homes, demand, at, floor, None, np.nan, f"pool {name}")
        designed = design_system(task, corridors, rules)
        if designed is None:
            left.append(rows)
            continue
        left.append(designed.dropped)
        built.append(Built("", str(name), False, 0.0, designed))
    return built, np.concatenate(left)


def _tap_mains(
    gaps: WaterGaps, pool: str, mains: Mains | None, at: Floats, floor: float, rows: Ints, homes: _Homes,
    corridors: Corridors, rules: Rules,
) -> tuple[list[Built], Ints]:  # fmt: skip
    """Systems that start where one of the existing `mains` of the pool passes by, those on it and all who
    join it together counted; and who is better joined by pipes of their own from the pool."""
    if mains is None:
        return [], rows
    parts = clusters(
        homes.xy[rows], homes.z[rows], near_m=rules["cluster_m"], most=int(rules["cluster_households"]),
        fall_m=rules["cluster_fall_m"],
    )  # fmt: skip
    members = [rows[part] for part in parts]
    taps = [best_tap(mains, homes.xy[m], homes.z[m] + homes.head[m], floor, rules) for m in members]
    for who, tap in zip(members, taps, strict=True):
        mains = mains if tap is None else mains.with_draw(tap, len(who) * gaps.household_m3d)
    built: list[Built] = []
    for who, tap in zip(members, taps, strict=True):
        if tap is None:
            continue
        own = len(who) * gaps.household_m3d
        old = mains.with_draw(tap, -own).to(tap)
        demand = np.full(len(who), gaps.household_m3d)
        task = _task(who, homes, demand, at, floor, None, np.nan, f"pool {pool}, main tapped")
        task = replace(task, old=old)
        designed = design_system(task, corridors, rules) if may_pass(task, rules) else None
        if designed is not None and designed.verdict.passed and not len(designed.dropped):
            built.append(Built("", pool, False, 0.0, designed))
    done = np.concatenate([np.empty(0, np.int64), *(b.designed.task.rows for b in built)])
    return built, rows[~np.isin(rows, done)]


def _task(
    rows: Ints, homes: _Homes, demand: Floats, pool: Floats, floor: float, source: Floats | None,
    source_z: float, title: str,
) -> Task:  # fmt: skip
    return Task(
        rows, homes.xy[rows], homes.z[rows], homes.head[rows], demand, pool, floor, source, source_z, title
    )


def _new_pools(
    area: Area, sources: Sources, rest: Ints, homes: _Homes, households: gpd.GeoDataFrame,
    corridors: Corridors, rules: Rules,
) -> tuple[list[Built], dict[int, str]]:  # fmt: skip
    """Systems with pools of their own, and why each household that is left gets a cistern."""
    rest = _in_order(households, rest, homes)
    groups = clusters(
        homes.xy[rest], homes.z[rest], near_m=rules["cluster_m"], most=int(rules["cluster_households"]),
        fall_m=rules["cluster_fall_m"],
    )  # fmt: skip
    places = find_places(area, corridors, rules, homes.xy[rest], homes.z[rest], homes.head[rest], groups)
    feeds = find_feeds(places, sources, rules)
    each = homes.demand[rest]
    demand = np.array([each[m].sum() for m in places.members])
    count = np.array([float(len(m)) for m in places.members])
    choice = choose_pools(places, feeds, sources, demand, count, rules)
    some = fill_up(choice, places, feeds, sources, homes.xy[rest], each, rules)
    why = _cisterns(choice, places, feeds, sources, demand, some)
    why = {int(rest[row]): reason for row, reason in why.items()}
    served = [(int(choice.feed[c]), places.members[c]) for c in np.flatnonzero(choice.feed >= 0)] + some
    built: list[Built] = []
    for feed in sorted({feed for feed, _ in served}):
        rows = rest[np.sort(np.concatenate([members for way, members in served if way == feed]))]
        one = _built(feed, rows, choice.gap, places, feeds, sources, homes, corridors, rules)
        reason = "water_design.no_line"
        if one is not None and one.designed.main is None:  # a pool that nothing fills serves nobody
            one, reason = None, "water_design.no_main"
        kept = rows[:0] if one is None else one.designed.task.rows
        why |= {int(row): reason for row in np.setdiff1d(rows, kept)}
        built += [] if one is None else [one]
    place = {int(row): i for i, row in enumerate(rest)}
    return built, dict(sorted(why.items(), key=lambda item: place[item[0]]))


def _built(
    feed: int, rows: Ints, gap: float, places: Places, feeds: Feeds, sources: Sources, homes: _Homes,
    corridors: Corridors, rules: Rules,
) -> Built | None:  # fmt: skip
    """The system of the households `rows` at one pool with its source."""
    place, intake = feeds.place[feed], feeds.intake[feed]
    source = str(sources.id[sources.source[intake]])
    task = _task(
        rows, homes, homes.demand[rows], places.xy[place], float(places.z[place]), sources.xy[intake],
        float(sources.z[intake]), f"new pool, source {source}",
    )  # fmt: skip
    designed: Designed | None = design_system(task, corridors, rules)
    return None if designed is None else Built("", source, True, gap, designed)


def _cisterns(
    choice: Choice,
    places: Places,
    feeds: Feeds,
    sources: Sources,
    demand: Floats,
    some: list[tuple[int, Ints]],
) -> dict[int, str]:
    """Why a household gets a cistern, by its row: no place for a pool, or nothing built for its cluster,
    or only for `some` of it."""
    why = {int(row): "water_design.too_high" for row in places.lost}
    served = np.concatenate([np.empty(0, np.int64), *(rows for _, rows in some)])
    for cluster in np.flatnonzero(choice.feed < 0):
        members = places.members[cluster]
        reason = _why_not(int(cluster), places, feeds, sources, float(demand[cluster]))
        reason = "water_design.little_water" if np.isin(members, served).any() else reason
        why |= {int(row): reason for row in np.setdiff1d(members, served)}
    return why


def _why_not(cluster: int, places: Places, feeds: Feeds, sources: Sources, demand: float) -> str:
    """Why no pool is built for a cluster: no source in reach, none with water enough, or too dear."""
    ways = np.isin(feeds.place, places.place[places.cluster == cluster])
    if not ways.any():
        return "water_design.no_source"
    most = sources.spare_m3d[sources.source[feeds.intake[ways]]].max()
    return "water_design.little_water" if most < demand else "water_design.too_dear"


def _unserved(households: gpd.GeoDataFrame, rows: Ints, reason: str) -> pd.DataFrame:
    nothing: dict[str, Any] = {"measure": np.nan, "threshold": np.nan, "extra": np.nan, "nearest": np.nan}
    ids = households["id"].to_numpy(object)[rows]
    columns = {"household": ids, "need": "water", "reason": reason, **nothing}
    return pd.DataFrame(columns, index=range(len(rows)))
