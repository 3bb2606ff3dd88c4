"""The power design written down as works, systems, who is served and who is not."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.area import Area
from geo.obstacles import IN_HAZARD
from geo.people import people_of
from geo.power.candidates import in_hazard
from geo.power.chains import Chains, chains
from geo.power.gaps import PowerGaps
from geo.power.powerflow import engine
from geo.power.spurs import Spurs
from geo.power.zones import Grid
from geo.standards import Standard
from geo.works import SERVES_COLUMNS, SYSTEM_COLUMNS, UNSERVED_COLUMNS, Works, no_works, work_table

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Zone:
    """One transformer that takes new households.

    `row` of the households layer, `asked` their number in the design, `xyz` where they stand,
    `pole` in the grid (-1: no line reaches them), `drop_m` to it; `old_row` and `old_pole` of
    those supplied before; `root` the pole that is the transformer; `bought`: a set is built.
    """

    place: int
    row: Ints
    asked: Ints
    xyz: Floats
    pole: Ints
    drop_m: Floats
    kva: float
    bought: bool
    old_row: Ints
    old_pole: Ints
    root: int
    gap: float


@dataclass(frozen=True)
class Lost:
    """A household (row of the layer) that stays without, and the numbers its sentence uses."""

    row: int
    reason: str
    measure: float
    threshold: float


@dataclass(frozen=True)
class Design:
    """Everything decided: zones, their grid with the drop at each pole, spurs, and who is lost."""

    zones: list[Zone]
    grid: Grid
    drop: Floats
    spurs: Spurs
    lost: list[Lost]


@dataclass(frozen=True)
class _Served:
    """Who is served, one row each: row of the layer, zone, pole, metres of drop, where the house stands."""

    row: Ints
    zone: Ints
    pole: Ints
    drop_m: Floats
    xyz: Floats


def written(area: Area, design: Design, gaps: PowerGaps, standard: Standard) -> Works:
    """The works of a design, in the contract of `geo.works`."""
    served = _served(design.zones)
    if not len(served.row):
        return _only_lost(area, design)
    built = chains(design.grid, standard)
    table, line_of = _rows(area, design, served, built, gaps)
    serves = _serves(area, design, served, built, table, line_of)
    table = _counted(area, table, serves, standard)
    table.loc[in_hazard(area, np.asarray(table.geometry.array)), "flag"] = IN_HAZARD
    return Works(
        table,
        serves.astype(SERVES_COLUMNS),
        _unserved(area, design.lost),
        _systems(area, design, gaps, standard),
        profiles=_profiles(design, built, table, line_of),
    )


def system_id(zone: int) -> str:
    return f"PS-{zone + 1:03d}"


def _served(zones: list[Zone]) -> _Served:
    if not zones:
        none = np.empty(0, np.int64)
        return _Served(none, none, none, np.empty(0), np.empty((0, 3)))
    zone = np.repeat(np.arange(len(zones)), [len(z.row) for z in zones])
    on = np.concatenate([z.pole for z in zones]) >= 0
    row, pole, drop, xyz = (
        np.concatenate([getattr(z, name) for z in zones])[on] for name in ("row", "pole", "drop_m", "xyz")
    )
    return _Served(row, zone[on], pole, drop, xyz)


def _only_lost(area: Area, design: Design) -> Works:
    nothing = no_works(area.crs)
    return Works(nothing.table, nothing.serves, _unserved(area, design.lost), nothing.systems)


def _rows(
    area: Area, design: Design, served: _Served, built: Chains, gaps: PowerGaps
) -> tuple[gpd.GeoDataFrame, dict[str, Ints]]:
    """All works, zone by zone within their kind; and the rows of the table of each kind."""
    zones, grid, tree = design.zones, design.grid, design.spurs
    new = len(gaps.transformers)
    bought = np.array([k for k, z in enumerate(zones) if z.bought], np.int64)
    zone_of_site = {z.place - new: k for k, z in enumerate(zones) if z.place >= new}
    spur_zone = np.array([zone_of_site[s] for s in tree.site], np.int64)
    roots = np.array([zones[k].root for k in bought], np.int64)
    kva = np.array([zones[k].kva for k in bought])
    blocks = [
        _block("transformer", bought, kva, kva, [_set(zones[k], gaps) for k in bought]),
        _block(
            "mv_line", spur_zone, tree.metres, np.full(len(spur_zone), np.nan), ["10 kV"] * len(spur_zone)
        ),
        _block("lv_line", grid.zone[built.head], built.metres, built.mm2, _line_specs(built)),
        _block(
            "connection",
            served.zone,
            np.ones(len(served.row)),
            np.full(len(served.row), np.nan),
            [f"{d:.0f} m" for d in served.drop_m],
        ),
    ]
    geometry = np.concatenate(
        [
            shapely.points(grid.xyz[roots, :2]),
            tree.geometry,
            built.line,
            _service(grid.xyz[served.pole, :2], served.xyz[:, :2]),
        ]
    )
    rows = pd.concat(blocks, ignore_index=True)
    rows["work"] = [f"P-{k + 1:04d}" for k in range(len(rows))]
    rows["system"] = [system_id(z) for z in rows.pop("zone")]
    rows["need"] = "power"
    bounds = np.cumsum([0, *(len(b) for b in blocks)])
    kinds = ("transformer", "mv_line", "lv_line", "connection")
    at = {kind: np.arange(bounds[k], bounds[k + 1]) for k, kind in enumerate(kinds)}
    rows["after"] = _after(rows, tree, at["mv_line"])
    rows["crucial"] = _crucial(design, served, built, bought, spur_zone)
    return work_table(rows, list(geometry), area.crs), at


def _block(kind: str, zone: Ints, quantity: Floats, size: Floats, spec: list[str]) -> pd.DataFrame:
    return pd.DataFrame({"kind": kind, "zone": zone, "quantity": quantity, "size": size, "spec": spec})


def _set(zone: Zone, gaps: PowerGaps) -> str:
    if zone.place >= len(gaps.transformers):
        return f"{zone.kva:.0f} kVA"
    before = gaps.transformers["kva"].to_numpy(float)[zone.place]
    name = gaps.transformers["transformer"].to_numpy(object)[zone.place]
    return f"{name}: {before:.0f} → {zone.kva:.0f} kVA"


def _line_specs(built: Chains) -> list[str]:
    return [
        f"{m:.0f} mm²" if np.isnan(w) else f"{w:.0f} → {m:.0f} mm²"
        for m, w in zip(built.mm2, built.was, strict=True)
    ]


def _service(pole: Floats, house: Floats) -> npt.NDArray[np.object_]:
    """Service lines from pole to house; a point where the house stands at its pole."""
    lines: npt.NDArray[np.object_] = np.asarray(shapely.linestrings(np.stack([pole, house], axis=1)), object)
    here = np.hypot(*(pole - house).T) < 1e-3
    lines[here] = shapely.points(house[here])
    return lines


def _after(rows: pd.DataFrame, tree: Spurs, at: Ints) -> npt.NDArray[np.object_]:
    """A spur that begins at another new transformer waits for that one's spur."""
    after = np.full(len(rows), "", object)
    spur = {site: at[k] for k, site in enumerate(tree.site)}
    ids = rows["work"].to_numpy(object)
    for k in np.flatnonzero(tree.parent >= 0):
        after[at[k]] = ids[spur[tree.parent[k]]]
    return after


def _crucial(design: Design, served: _Served, built: Chains, bought: Ints, spur_zone: Ints) -> Ints:
    """Households that lose service with each work, in the order of the table."""
    all_of = np.array([len(z.old_row) + int((z.pole >= 0).sum()) for z in design.zones], np.int64)
    tree = design.spurs
    behind = {int(s): int(all_of[z]) for s, z in zip(tree.site, spur_zone, strict=True)}
    for s, up in sorted(zip(tree.site, tree.parent, strict=True), key=lambda p: -_depth(tree, int(p[0]))):
        if up >= 0:
            behind[int(up)] += behind[int(s)]
    spur = np.array([behind[int(s)] for s in tree.site], np.int64)
    return np.concatenate([all_of[bought], spur, built.behind, np.ones(len(served.row), np.int64)])


def _depth(tree: Spurs, site: int) -> int:
    up, depth = dict(zip(tree.site.tolist(), tree.parent.tolist(), strict=True)), 0
    while up[site] >= 0:
        site, depth = up[site], depth + 1
    return depth


def _serves(
    area: Area, design: Design, served: _Served, built: Chains, table: gpd.GeoDataFrame, at: dict[str, Ints]
) -> pd.DataFrame:
    """Every household with every work on its way to the 10 kV line."""
    work, ids = table["work"].to_numpy(object), area.layer("households")["id"].to_numpy(object)
    system = np.array([system_id(z) for z in range(len(design.zones))], object)
    blocks = [(served.row, work[at["connection"]])]
    for kind in ("transformer", "mv_line"):
        rows = at[kind]
        one = pd.Series(work[rows], index=table["system"].to_numpy(object)[rows])
        found = one.reindex(system[served.zone]).to_numpy(object)
        blocks.append((served.row[~pd.isna(found)], found[~pd.isna(found)]))
    who, chain = built.users(served.pole)
    blocks.append((served.row[who], work[at["lv_line"][chain]]))
    row, of = (np.concatenate(c) for c in zip(*blocks, strict=True))
    order = np.lexsort((of, row))
    return pd.DataFrame({"work": of[order], "household": ids[row[order]], "need": "power"})


def _counted(
    area: Area, table: gpd.GeoDataFrame, serves: pd.DataFrame, standard: Standard
) -> gpd.GeoDataFrame:
    """Households, people, poor people, village and group of each work, from who it serves."""
    homes = area.layer("households")
    people = pd.Series(people_of(homes, standard))
    facts = pd.DataFrame(
        {
            "household": homes["id"],
            "village": homes["village"],
            "group": homes["group"],
            "people": people,
            "poor": people.where(homes["poor"].fillna(False), 0.0),
        }
    ).drop_duplicates("household")
    joined = serves.merge(facts, on="household", how="left")
    by = joined.groupby("work", sort=False)
    table = table.set_index("work", drop=False)
    table["households"] = by.size().reindex(table.index).astype("Int64")
    table["people"], table["poor_people"] = (by[c].sum().reindex(table.index) for c in ("people", "poor"))
    most = joined.groupby(["work", "village"], sort=True).size().rename("n").reset_index()
    most = most.sort_values(["work", "n", "village"], ascending=[True, False, True]).drop_duplicates("work")
    table["village"] = most.set_index("work")["village"].reindex(table.index).astype("str")
    single = by["group"].nunique(dropna=False).reindex(table.index) == 1
    table["group"] = by["group"].first().reindex(table.index).where(single).astype("str")
    return gpd.GeoDataFrame(table.reset_index(drop=True), crs=area.crs)


def _systems(area: Area, design: Design, gaps: PowerGaps, standard: Standard) -> pd.DataFrame:
    """One row per transformer: who it feeds, and what the engine says of its worst household."""
    ids = area.layer("households")["id"].to_numpy(object)
    names = gaps.transformers["transformer"].to_numpy(object)
    limit, new = standard["power.max_drop_pct"], len(names)
    by = engine()
    line = design.spurs.line
    rows = []
    for k, zone in enumerate(design.zones):
        on = zone.pole >= 0
        if not on.any():
            continue
        pole = np.concatenate([zone.pole[on], zone.old_pole])
        home = np.concatenate([zone.row[on], zone.old_row])
        worst = int(design.drop[pole].argmax())
        drop = float(design.drop[pole[worst]])
        kind = "new" if zone.place >= new else "enlarged" if zone.bought else "extended"
        rows.append(
            {
                "system": system_id(k),
                "need": "power",
                "source": line[zone.place - new] if zone.place >= new else names[zone.place],
                "households": int(on.sum()),
                "verified": by,
                "passed": drop <= limit,
                "worst": drop,
                "bound": "most",
                "limit": limit,
                "worst_at": ids[home[worst]],
                "gap": max(zone.gap, design.spurs.gap if zone.place >= new else 0.0),
                "note": f"power_design.{kind}",
            }
        )
    return pd.DataFrame(rows, columns=list(SYSTEM_COLUMNS)).astype(SYSTEM_COLUMNS)


def _unserved(area: Area, lost: list[Lost]) -> pd.DataFrame:
    ids = area.layer("households")["id"].to_numpy(object)
    rows = [
        (ids[one.row], "power", one.reason, one.measure, one.threshold, np.nan, np.nan)
        for one in sorted(lost, key=lambda one: one.row)
    ]
    return pd.DataFrame(rows, columns=list(UNSERVED_COLUMNS)).astype(UNSERVED_COLUMNS)


def _profiles(
    design: Design, built: Chains, table: gpd.GeoDataFrame, at: dict[str, Ints]
) -> dict[str, np.ndarray[tuple[int, int], np.dtype[np.float64]]]:
    """Chainage and elevation along every line, at its poles."""
    work = table["work"].to_numpy(object)
    tree = design.spurs
    found = {}
    for k, row in enumerate(at["mv_line"]):
        found[str(work[row])] = tree.profile(k)
    for k, row in enumerate(at["lv_line"]):
        found[str(work[row])] = built.profile(k)
    return found
