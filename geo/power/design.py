"""What must be built so that households without power get it? Transformers, lines, connections.

Households are given to existing transformers with room, to existing ones enlarged, and to new
ones, as many as possible at least cost (`geo.power.siting`). From each transformer the new
lines are Steiner trees (`geo.power.trees`); conductors grow until power-grid-model passes the
feeder (`geo.power.zones`). A household whose feeder fails even so is given to another
transformer; where none is left it is named, with the voltage.

Reach is measured along the line to the pole; a household hangs on its pole by a service drop.
Lengths are along the ground's elevation between poles. Lines are overhead: water is no
obstacle, hazard zones are flagged, and no new transformer stands in one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.area import Area
from geo.corridors import Corridors
from geo.power.candidates import (
    Prices,
    Sites,
    joined,
    line_pairs,
    mains,
    new_sites,
    options_existing,
    options_new,
    pairs_existing,
    pairs_new,
)
from geo.power.gaps import PowerGaps
from geo.power.poles import Poles, Rooted, existing_poles, raised, rooted
from geo.power.siting import Chosen, Options, Pairs, choose_places, coupled
from geo.power.spurs import spurs
from geo.power.trees import NewLines, Stem, new_lines
from geo.power.written import Design, Lost, Zone, written
from geo.power.zones import Grid, sized
from geo.pricing import likely
from geo.priority import standing
from geo.standards import Standard
from geo.verdicts import MET
from geo.works import Works

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_TOO_COARSE = ("group", "village")
_ROUNDS = 4  # a household whose feeder fails is tried elsewhere; after these it stays without


@dataclass(frozen=True)
class _Asked:
    """The households to design for: `row` in the layer, where they stand, what could supply them."""

    row: Ints
    xyz: Floats
    options: Options
    pairs: Pairs
    metres: Floats


@dataclass(frozen=True)
class _Loads:
    """Households supplied already: row in the layer, where they stand, row of their transformer."""

    row: Ints
    xyz: Floats
    transformer: Ints


def design_power(
    area: Area,
    power_gaps: PowerGaps,
    unmet: Bools,
    standard: Standard,
    corridors: Corridors | None = None,
) -> Works:
    """Works that give power to the households `unmet` (by row of the layer); WORK_COLUMNS, need power.

    With `corridors` a 10 kV spur goes around hazard zones; without them it is straight, and flagged.
    """
    homes = area.layer("households")
    at = standing(homes, unless=_TOO_COARSE)
    placed = np.isfinite(at).all(axis=1)
    rows = np.flatnonzero(np.asarray(unmet, bool) & placed)
    poles = existing_poles(area, standard)
    xyz = raised(area, at[rows])
    sites = new_sites(area, xyz, standard)
    prices = _prices(standard)
    asked = _asked(power_gaps, rows, xyz, poles, sites, prices, standard)
    chosen, zones, grid, drop, failed = _settled(area, power_gaps, asked, poles, sites, unmet, standard)
    nowhere = "power_design.no_place" if len(mains(area, standard)) else "power_design.no_mains"
    unplaced = np.flatnonzero(np.asarray(unmet, bool) & ~placed)
    lost = _lost(unplaced, asked, chosen, zones, failed, nowhere, standard)
    places = np.array([z.place for z in zones], np.int64) - len(poles.root)
    tree = spurs(area, sites, places, standard, corridors)
    return written(area, Design(zones, grid, drop, tree, lost), power_gaps, standard)


def _prices(standard: Standard) -> Prices:
    kva = np.array(standard.numbers("power.sizes_kva"))
    return Prices(
        kva,
        kva * likely(standard, "transformer", kva),
        float(likely(standard, "lv_line")[0]),
        float(likely(standard, "mv_line")[0]),
    )


def _asked(
    gaps: PowerGaps, rows: Ints, xyz: Floats, poles: Poles, sites: Sites, prices: Prices, standard: Standard
) -> _Asked:
    """Everything that could supply every household."""
    here = len(poles.root)
    freed = np.zeros(here, np.int64)
    supplied = gaps.held.place[rows]
    np.add.at(freed, supplied[supplied >= 0], 1)
    options = joined(
        options_existing(gaps, freed, prices, standard), options_new(sites, here, prices, standard)
    )
    usable = np.unique(options.place[options.place < here])
    found = pairs_existing(xyz, poles, usable, standard), pairs_new(xyz, sites, here, standard)
    home, place, metres = (np.concatenate(c) for c in zip(*found, strict=True))
    order = np.lexsort((place, home))
    home, place, metres = home[order], place[order], metres[order]
    return _Asked(rows, xyz, options, line_pairs(home, place, metres, prices, standard), metres)


def _settled(
    area: Area,
    gaps: PowerGaps,
    asked: _Asked,
    poles: Poles,
    sites: Sites,
    unmet: Bools,
    standard: Standard,
) -> tuple[Chosen, list[Zone], Grid, Floats, dict[int, float]]:
    """Choose, design, run, and choose again without what failed. `failed`: asked row -> worst drop, %."""
    here, n = len(poles.root), len(asked.row)
    active = np.ones(len(asked.pairs.client), bool)
    failed: dict[int, float] = {}
    chosen = _choose(asked, active, None, np.ones(n, bool), here + len(sites.xyz), standard)
    loads = _loads(area, gaps, unmet)
    for turn in range(_ROUNDS):
        zones, grid = _zones(asked, chosen, poles, sites, loads, standard)
        grid, drop = sized(grid, standard)
        bad = _failing(zones, drop, standard)
        failed.update({int(k): float(v) for k, v in bad if np.isfinite(v)})
        if not len(bad) or turn == _ROUNDS - 1:  # what is chosen is what was run
            break
        out = bad[:, 0].astype(np.int64)
        hit = np.isin(asked.pairs.client, out) & (asked.pairs.place == chosen.place[asked.pairs.client])
        part = coupled(asked.pairs, n, here + len(sites.xyz))
        active &= ~hit
        if turn == _ROUNDS - 2:  # the last round designs what is left without them
            active &= ~np.isin(asked.pairs.client, out)
        chosen = _choose(asked, active, chosen, np.isin(part, part[out]), here + len(sites.xyz), standard)
    return chosen, zones, grid, drop, failed


def _choose(
    asked: _Asked, active: Bools, before: Chosen | None, again: Bools, places: int, standard: Standard
) -> Chosen:
    """Places for the households `again`; the others keep theirs."""
    use = active & again[asked.pairs.client]
    pairs = Pairs(asked.pairs.client[use], asked.pairs.place[use], asked.pairs.yuan[use])
    found = choose_places(
        asked.options, pairs, clients=len(asked.row), places=places, gap=standard["power.site_gap"]
    )
    if before is None:
        return found
    mine = np.unique(asked.pairs.place[again[asked.pairs.client]])
    option, gap = before.option.copy(), before.gap.copy()
    option[mine], gap[mine] = found.option[mine], found.gap[mine]
    return Chosen(np.where(again, found.place, before.place), option, gap)


def _loads(area: Area, gaps: PowerGaps, unmet: Bools) -> _Loads:
    """The households supplied already, where lines are mapped; without lines nobody knows theirs."""
    rows = np.flatnonzero((gaps.power.state == MET) & ~np.asarray(unmet, bool))
    if gaps.straight or not len(rows):
        return _Loads(np.empty(0, np.int64), np.empty((0, 3)), np.empty(0, np.int64))
    at = standing(area.layer("households"), unless=_TOO_COARSE)[rows]
    return _Loads(rows, raised(area, at), gaps.held.place[rows].astype(np.int64))


def _zones(
    asked: _Asked,
    chosen: Chosen,
    poles: Poles,
    sites: Sites,
    loads: _Loads,
    standard: Standard,
) -> tuple[list[Zone], Grid]:
    """Lines of every transformer that takes new households, and all of them as one grid."""
    here, reach = len(poles.root), standard["power.reach_m"]
    zones: list[Zone] = []
    parts: list[Grid] = []
    start = 0
    for place in np.unique(chosen.place[chosen.place >= 0]):
        who = np.flatnonzero(chosen.place == place)
        if place < here:
            old = rooted(poles, int(place), reach_m=reach)
            stem = Stem(poles.xyz[old.node], old.along)
        else:
            old = _alone()
            stem = Stem(sites.xyz[[place - here]], np.zeros(1))
        lines = new_lines(
            asked.xyz[who],
            stem,
            drop_m=standard["power.drop_m"],
            pole_m=standard["power.pole_m"],
            reach_m=reach,
        )
        mine = loads.transformer == place
        old_pole = _hung(stem, loads.xyz[mine])
        parts.append(_part(stem, old, lines, old_pole, len(zones), start))
        zones.append(_zone(int(place), asked, who, lines, chosen, start, loads.row[mine], old_pole + start))
        start += len(stem.xyz) + len(lines.xyz)
    return zones, _joined(parts)


def _alone() -> Rooted:
    none = np.array([np.nan])
    return Rooted(np.zeros(1, np.int64), np.full(1, -1, np.int64), np.zeros(1), np.zeros(1), none)


def _zone(
    place: int,
    asked: _Asked,
    who: Ints,
    lines: NewLines,
    chosen: Chosen,
    start: int,
    old: Ints,
    old_pole: Ints,
) -> Zone:
    option = int(chosen.option[place])
    return Zone(
        place=place,
        row=asked.row[who],
        asked=who,
        xyz=asked.xyz[who],
        pole=np.where(lines.pole >= 0, lines.pole + start, -1),
        drop_m=lines.drop,
        kva=float(asked.options.kva[option]),
        bought=bool(asked.options.yuan[option] > 0),
        old_row=old,
        old_pole=old_pole,
        root=start,
        gap=max(float(chosen.gap[place]), lines.gap),
    )


def _hung(stem: Stem, homes: Floats) -> Ints:
    """The nearest pole of its transformer for every household supplied already."""
    if not len(homes):
        return np.empty(0, np.int64)
    far = np.linalg.norm(homes[:, None, :2] - stem.xyz[None, :, :2], axis=2)
    nearest: Ints = far.argmin(axis=1).astype(np.int64)
    return nearest


def _part(stem: Stem, old: Rooted, lines: NewLines, old_pole: Ints, zone: int, start: int) -> Grid:
    """One zone's poles: those of the stem, then the new ones."""
    n, m = len(stem.xyz), len(lines.xyz)
    parent = np.concatenate([old.parent, lines.parent])
    homes = np.bincount(np.concatenate([old_pole, lines.pole[lines.pole >= 0]]), minlength=n + m)
    return Grid(
        np.concatenate([stem.xyz, lines.xyz]),
        np.where(parent >= 0, parent + start, -1),
        np.concatenate([old.length, lines.length]),
        np.full(n + m, zone),
        np.concatenate([old.mm2, np.full(m, np.nan)]),
        np.concatenate([np.full(n, -1), np.zeros(m, np.int64)]),
        homes,
    )


def _joined(parts: list[Grid]) -> Grid:
    if not parts:
        none, whole = np.empty(0), np.empty(0, np.int64)
        return Grid(np.empty((0, 3)), whole, none, whole, none, whole, whole)
    names = ("xyz", "parent", "length", "zone", "was_mm2", "size", "homes")
    return Grid(*(np.concatenate([getattr(p, name) for p in parts]) for name in names))


def _failing(zones: list[Zone], drop: Floats, standard: Standard) -> Floats:
    """(asked row, drop in %) of every household beyond the limit; NaN where no line reaches it."""
    found: list[Floats] = []
    for zone in zones:
        at = np.where(zone.pole >= 0, drop[np.maximum(zone.pole, 0)], np.nan)
        bad = ~(at <= standard["power.max_drop_pct"])
        found.append(np.column_stack([zone.asked[bad], at[bad]]))
    return np.concatenate(found) if found else np.empty((0, 2))


def _lost(
    unplaced: Ints,
    asked: _Asked,
    chosen: Chosen,
    zones: list[Zone],
    failed: dict[int, float],
    nowhere: str,
    standard: Standard,
) -> list[Lost]:
    """Households no work supplies, with the reason; `nowhere`: why no place was found for a transformer."""
    lost = [Lost(int(row), "power_design.unplaced", np.nan, np.nan) for row in unplaced]
    left = {int(k) for zone in zones for k in zone.asked[zone.pole < 0]}
    possible = np.unique(asked.pairs.client)
    for k in np.flatnonzero(chosen.place < 0).tolist() + sorted(left):
        if k in failed:
            key, measure, limit = "power_design.voltage", failed[k], standard["power.max_drop_pct"]
        elif k in possible:
            key, measure, limit = "power_design.no_way", np.nan, standard["power.reach_m"]
        else:
            key, measure, limit = nowhere, np.nan, standard["power.reach_m"]
        lost.append(Lost(int(asked.row[k]), key, measure, limit))
    return lost
