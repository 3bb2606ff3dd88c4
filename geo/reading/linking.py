"""Make the layers agree with each other: ids, duplicates, references, places."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry as Geometry

from geo.layers import LAYERS
from geo.reading.divisions import current
from geo.reading.hamlets import placed, with_groups
from geo.reading.members import say_same_people
from geo.reading.names import name_key
from geo.reading.problems import Log
from geo.reading.sheets import Geometries

# Shares of the diagonal of the villages' box, in which a thing may lie outside of them.
OWN_SHARE = 0.5  # homes, groups and what serves them: farther out they are not of this area
OTHER_SHARE = 3.0  # anything else, such as the county's hospital
NEAR_SHARE = 0.025  # outlines are drawn coarsely: this near is not worth a word
BULK_TIMES = 5.0  # of the distance within which three quarters of all stand, where no village is drawn
BULK_M = 2_000.0  # at least
OWN = frozenset(["groups", "households", "pools", "transformers", "sites", "workings"])
BEFORE_A_VILLAGE = "县区市乡镇处"  # as 龙潭村 follows in 黔西县乌箐乡龙潭村


@dataclass(frozen=True)
class Gathered:
    """One whole layer in metres. `origin` says file and row of every feature."""

    layer: str
    columns: pd.DataFrame
    geometry: Geometries
    origin: pd.DataFrame  # file, row

    def __len__(self) -> int:
        return len(self.columns)

    def take(self, mask: npt.NDArray[np.bool_]) -> Gathered:
        if mask.all():
            return self
        return replace(
            self,
            columns=self.columns[mask].reset_index(drop=True),
            geometry=self.geometry[mask],
            origin=self.origin[mask].reset_index(drop=True),
        )

    def with_columns(self, **columns: pd.Series) -> Gathered:
        return replace(self, columns=self.columns.assign(**columns))


Layers = dict[str, Gathered]


def link(layers: Layers, log: Log) -> Layers:
    """All layers with unique ids, references that hold, and households that have a place."""
    layers = _apart({name: _unique(g, log) for name, g in layers.items()}, log)
    if "households" in layers:
        say_same_people(layers["households"], log)
    for name in (n for n in LAYERS if n in layers):  # villages before groups before households
        layers[name] = _referring(layers[name], layers, log)
    layers = _far(layers, log)
    if "groups" not in layers and "households" in layers:
        layers = _with_groups(layers, log)
    if "groups" in layers:
        layers = _placed_groups(layers, log)
        layers["groups"] = _fill_village(layers["groups"], layers, log)
    if "households" in layers:
        layers["households"] = _place(layers["households"], layers, log)
        layers["households"] = _fill_village(layers["households"], layers, log)
        layers["households"] = _fill_group(layers["households"], layers, log)
    return layers


def _referring(given: Gathered, layers: Layers, log: Log) -> Gathered:
    """A layer whose references hold. A group is found within its village: the one written, or that of the
    sheet, or the one a household stands in."""
    villages = layers.get("villages")
    if villages is not None and given.layer in ("groups", "households"):
        given = _village_of_sheet(given, villages, log)
    refs = [f for f in LAYERS[given.layer].fields if f.kind == "ref" and f.name in given.columns]
    for field in sorted(refs, key=lambda f: f.to != "villages"):
        asked = given
        if villages is not None and (given.layer, field.to) == ("households", "groups"):
            asked = _fill_village(given, {"villages": villages}, Log())
        found = _resolve(asked, field.name, layers.get(field.to), layers, log)
        given = given.with_columns(**{field.name: found.columns[field.name]})
    return given


def _village_of_sheet(given: Gathered, villages: Gathered, log: Log) -> Gathered:
    """Missing villages by the name of the sheet or the file: offices keep one for each village."""
    columns = given.columns
    village = columns["village"] if "village" in columns else pd.Series(np.nan, columns.index, dtype="str")
    known = _village_names(villages)
    named = {
        file: _in_full(name_key(Path(str(file).rpartition(":")[2]).stem), known)[0]
        for file in given.origin["file"].unique()
    }
    of_file = given.origin["file"].map(named)
    found = village.isna().to_numpy() & (of_file != "").to_numpy()
    if not found.any():
        return given
    log.add_by_file("village_of_sheet", "info", given.origin[found], layer=given.layer, field="village")
    filled = village.astype(object).where(~found, of_file.to_numpy(object))
    return given.with_columns(village=filled.astype("str"))


def _with_groups(layers: Layers, log: Log) -> Layers:
    """Groups by what the households say of them, which then refer to these."""
    homes = layers["households"]
    made = with_groups(_fill_village(homes, layers, Log()), layers.get("villages"), log)
    if made is None:
        return layers
    layers = {**layers, "groups": made}
    return {**layers, "households": _resolve(homes, "group", made, layers, log)}


def _placed_groups(layers: Layers, log: Log) -> Layers:
    """Every group with a place; whoever belongs to one that has none says its name instead."""
    groups, homes = layers["groups"], layers.get("households")
    kept = placed(groups, homes, log)
    out = {**layers, "groups": kept}
    if homes is not None and "group" in homes.columns and len(kept) < len(groups):
        gone = ~groups.columns["id"].isin(kept.columns["id"])
        called = groups.columns.get("name", groups.columns["id"]).fillna(groups.columns["id"])
        names = dict(zip(groups.columns["id"][gone], called[gone], strict=True))
        out["households"] = homes.with_columns(group=homes.columns["group"].replace(names))
    return out


def _unique(given: Gathered, log: Log) -> Gathered:
    """Without repeated features; ids present and distinct."""
    wkb = pd.Series(shapely.to_wkb(given.geometry), dtype=object)
    shared = wkb.notna() & wkb.duplicated(keep=False)
    twice = np.zeros(len(given), bool)
    if shared.any():
        columns = given.columns[shared].astype("str").fillna("").assign(_place=wkb[shared])
        twice[shared] = columns.duplicated()
        log.add_by_file("duplicate", "warning", given.origin[twice], layer=given.layer)
    if LAYERS[given.layer].shape in ("line", "polygon"):
        over = (shared & wkb.duplicated()).to_numpy() & ~twice
        log.add_by_file("same_place", "warning", given.origin[over], layer=given.layer)
    given = given.take(~twice)
    if "id" in given.columns:
        return _ids(given, log)
    # numbered here and for good: who goes later, far away or without a place, must not renumber the others
    return given.with_columns(id=_target_ids(given)[0])


def _ids(given: Gathered, log: Log) -> Gathered:
    ids = given.columns["id"].astype(object)
    empty = ids.isna().to_numpy()
    log.add_by_file("no_id", "warning", given.origin[empty], layer=given.layer, field="id")
    rows = given.origin["row"][empty]
    before = rows.groupby(rows).cumcount()  # in another file or sheet
    ids[empty] = [f"row{n}" + (f".{k + 1}" if k else "") for n, k in zip(rows, before, strict=True)]
    again = ids.duplicated().to_numpy()
    if again.any():
        log.add_by_file("same_id", "error", given.origin[again], layer=given.layer, field="id", shown=ids)
        number = ids.groupby(ids).cumcount()
        ids = ids.where(~again, ids.astype("str") + "#" + (number + 1).astype("str"))
        while ids.duplicated().any():
            ids = ids.where(~ids.duplicated(), ids.astype("str") + "#")
    return given.with_columns(id=ids.astype("str"))


def _apart(layers: Layers, log: Log) -> Layers:
    """Springs and rivers are both sources of water: no river goes by the id of a spring."""
    if "springs" not in layers or "rivers" not in layers:
        return layers
    rivers = layers["rivers"]
    ids = _target_ids(rivers)[0].astype("str")
    taken = ids.isin(_target_ids(layers["springs"])[0]).to_numpy(bool)
    if not taken.any():
        return layers
    log.add_by_file("shared_id", "info", rivers.origin[taken], layer="rivers", field="id", shown=ids)
    return {**layers, "rivers": rivers.with_columns(id=ids.where(~taken, ids + "#river"))}


def _resolve(given: Gathered, field: str, target: Gathered | None, layers: Layers, log: Log) -> Gathered:
    """References by id stay; by old or new code, or by name, become ids; the others become unknown."""
    refs = given.columns[field]
    asked = refs.notna().to_numpy()
    if target is None:  # names as written, but 坪上 村 is no other village than 坪上村
        return given.with_columns(**{field: refs.astype("str").str.replace(r"\s+", "", regex=True)})
    if not asked.any():
        return given
    ids = _target_ids(target)[0]
    out = refs.astype(object).copy()
    open_ = np.flatnonzero(asked & ~refs.isin(ids).to_numpy())
    if not len(open_):
        return given.with_columns(**{field: refs.astype("str")})
    recoded = _by_code(refs.iloc[open_], ids)
    same = open_[recoded.notna().to_numpy()]
    out.iloc[same] = recoded.dropna().to_numpy(object)
    pairs = refs.iloc[same].astype("str") + " = " + out.iloc[same].astype("str")
    log.add_by_file(
        "recoded", "warning", given.origin.iloc[same],
        layer=given.layer, field=field, shown=pairs, to=_label(target.layer),
    )  # fmt: skip
    by_name = np.setdiff1d(open_, same)
    if len(by_name):
        found = _by_name(given.columns.iloc[by_name], refs.iloc[by_name], target, layers.get("villages"))
        out.iloc[by_name] = found
        lost = by_name[pd.isna(found)]
        log.add_by_file(
            "unknown_ref", "error", given.origin.iloc[lost],
            layer=given.layer, field=field, shown=refs, to=_label(target.layer),
        )  # fmt: skip
    return given.with_columns(**{field: out.astype("str")})


def _by_code(refs: pd.Series, ids: pd.Series) -> pd.Series:
    """The id with the division code of the reference, numbered before or after; missing where none."""
    today = current(ids)
    alone = ~today.duplicated(keep=False).to_numpy()
    return current(refs).map(dict(zip(today[alone], ids[alone], strict=True)))


def _label(layer: str) -> object:
    return partial(_title, layer)


def _title(layer: str, lang: str) -> str:
    return LAYERS[layer].zh if lang == "zh" else LAYERS[layer].en


def _target_ids(target: Gathered) -> tuple[pd.Series, pd.Series]:
    count = pd.RangeIndex(1, len(target) + 1).astype("str").to_series(index=target.columns.index)
    ids = target.columns.get("id", count)
    names = target.columns.get("name", ids)
    return ids, names.map(name_key, na_action="ignore")


def _by_name(
    rows: pd.DataFrame, refs: pd.Series, target: Gathered, villages: Gathered | None
) -> npt.NDArray[np.object_]:
    """Ids by (village, name), then by a name that occurs once, then by the full name, 某乡某村某组; missing
    where none tells."""
    ids, names = _target_ids(target)
    places = {} if villages is None else _village_names(villages)
    table: dict[str, object] = {}
    alone = ~names.duplicated(keep=False) & names.notna()
    if "village" in target.columns:
        within = target.columns["village"].astype("str").fillna("")
        known = zip(within, names.fillna(""), ids, strict=True)
        for village, name, id_ in known:
            table[f"{village}|{name}"] = id_
            table.setdefault(f"{village}|{_in_full(name, places)[1]}", id_)
    table |= dict(zip(names[alone], ids[alone], strict=True))
    asked = refs.map(name_key)
    out = asked.map(table)
    if "village" in rows and target.layer == "groups":
        in_village = rows["village"].astype("str").fillna("") + "|" + asked
        out = in_village.map(table).where(lambda x: x.notna(), out)
    if target.layer in ("villages", "groups"):
        wanted = {
            name: _by_full_name(name, target.layer, places, table) for name in asked[out.isna()].unique()
        }
        out = out.where(out.notna(), asked.map(wanted))
    result: npt.NDArray[np.object_] = out.to_numpy(object)
    return result


def _by_full_name(
    name: str, layer: str, villages: Mapping[str, str], groups: Mapping[str, object]
) -> object | None:
    """The id of a village (with or without 村) or of a group (by `village|name`) called by its full name."""
    if layer == "groups":
        village, rest = _in_full(name, villages)
        return groups.get(f"{village}|{rest}") if village else None
    village, rest = _in_full(f"{name.removesuffix('村')}村", villages)
    return village if not rest else None


def _village_names(villages: Gathered) -> dict[str, str]:
    """Id of each village by its name, with 村 behind it or as it stands, the longest first; none by a name
    that two have."""
    ids, names = _target_ids(villages)
    alone = names.notna() & ~names.duplicated(keep=False)
    known = dict(zip(names[alone], ids[alone], strict=True))
    known = {f"{name.removesuffix('村')}村": id_ for name, id_ in known.items()} | known
    return {name: known[name] for name in sorted(known, key=len, reverse=True)}


def _in_full(name: str, villages: Mapping[str, str]) -> tuple[str, str]:
    """The village that a full name tells, whatever stands before it, and what follows: 某乡龙潭村3组 is 3组
    of 龙潭村. No village where the name holds none, and then all of the name follows."""
    for village, id_ in villages.items():
        before, found, rest = name.partition(village)
        if found and (not before or before[-1] in BEFORE_A_VILLAGE):
            return id_, rest
    return "", name


def _far(layers: Layers, log: Log) -> Layers:
    """Without points far outside the villages' outline (a wrong zone, a digit lost). A household stays, but
    without its place: people do not vanish for a slip in a number."""
    drawn = "villages" in layers and len(layers["villages"]) > 0
    outline = shapely.union_all(layers["villages"].geometry) if drawn else _bulk(layers)
    if outline is None:
        return layers
    west, south, east, north = shapely.bounds(outline)
    shapely.prepare(outline)
    diagonal = float(np.hypot(east - west, north - south))
    out = dict(layers)
    for name, given in layers.items():
        if name == "villages" or not len(given):
            continue
        out_of_it = ~shapely.intersects(outline, given.geometry) & ~shapely.is_missing(given.geometry)
        away = np.zeros(len(given))
        away[out_of_it] = shapely.distance(given.geometry[out_of_it], outline)
        reach = diagonal * (OWN_SHARE if name in OWN else OTHER_SHARE)
        beside = (away > NEAR_SHARE * diagonal) & (away <= reach)
        if name in OWN and drawn:
            log.add_by_file("outside", "warning", given.origin[beside], layer=name)
        gone = away > reach
        if name in ("households", "groups"):
            log.add_by_file("far_home", "error", given.origin[gone], layer=name, reach_km=reach / 1000)
            geometry = given.geometry.copy()
            geometry[gone] = None
            out[name] = replace(given, geometry=geometry)
            continue
        log.add_by_file("far_away", "error", given.origin[gone], layer=name, reach_km=reach / 1000)
        out[name] = given.take(~gone)
    return out


def _bulk(layers: Layers) -> Geometry | None:
    """The box in which things stand where no village is drawn: households and groups, else everything, less
    the few far from the middle of all: one slip of a pen must not make a grid of a whole country."""
    named = [layers[name] for name in ("households", "groups") if name in layers] or list(layers.values())
    boxes = shapely.bounds(np.concatenate([np.asarray(g.geometry, object) for g in named]))
    boxes = boxes[np.isfinite(boxes).all(axis=1)]
    if not len(boxes):
        return None
    at = (boxes[:, :2] + boxes[:, 2:]) / 2
    away = np.hypot(*(at - np.median(at, axis=0)).T)
    near = boxes[away <= max(BULK_TIMES * float(np.quantile(away, 0.75)), BULK_M)]
    low, high = near[:, :2].min(axis=0) - BULK_M, near[:, 2:].max(axis=0) + BULK_M
    around: Geometry = shapely.box(low[0], low[1], high[0], high[1])
    return around


def _fill_village(given: Gathered, layers: Layers, log: Log) -> Gathered:
    """Missing villages from the group, else from the village polygon the point lies in."""
    columns = given.columns
    village = columns["village"] if "village" in columns else pd.Series(np.nan, columns.index, dtype="str")
    missing = village.isna().to_numpy()
    if not missing.any():
        return given
    filled = village.astype(object).copy()
    if "group" in columns and "groups" in layers and "village" in layers["groups"].columns:
        groups = layers["groups"]
        by_group = dict(zip(_target_ids(groups)[0], groups.columns["village"], strict=True))
        filled[missing] = columns["group"][missing].map(by_group)
    still = np.flatnonzero(missing & filled.isna().to_numpy() & ~shapely.is_missing(given.geometry))
    if "villages" in layers and len(still):
        villages = layers["villages"]
        tree = shapely.STRtree(villages.geometry)
        point, polygon = tree.query(given.geometry[still], predicate="intersects")
        first = np.unique(point, return_index=True)[1]
        filled.iloc[still[point[first]]] = _target_ids(villages)[0].to_numpy(object)[polygon[first]]
    done = missing & filled.notna().to_numpy()
    log.add_by_file("filled", "info", given.origin[done], layer=given.layer, field="village")
    if given.layer == "households":
        log.add_by_file(
            "no_village", "warning", given.origin[missing & ~done], layer=given.layer, field="village"
        )
    return given.with_columns(village=filled.astype("str"))


def _fill_group(given: Gathered, layers: Layers, log: Log) -> Gathered:
    """Missing groups: the nearest group of the household's village."""
    columns = given.columns
    group = columns["group"] if "group" in columns else pd.Series(np.nan, columns.index, dtype="str")
    missing = group.isna().to_numpy() & ~shapely.is_missing(given.geometry)
    if "groups" not in layers or not len(layers["groups"]) or not missing.any():
        log.add_by_file(
            "no_group", "warning", given.origin[group.isna().to_numpy()], layer=given.layer, field="group"
        )
        return given
    groups = layers["groups"]
    ids = _target_ids(groups)[0].to_numpy(object)
    theirs = groups.columns["village"].to_numpy(object) if "village" in groups.columns else None
    filled = group.astype(object).copy()
    villages = (
        columns["village"].astype("str").fillna("") if "village" in columns else pd.Series("", columns.index)
    )
    for village, rows in villages[missing].groupby(villages[missing]):
        if village:
            pick = np.arange(len(ids)) if theirs is None else np.flatnonzero(theirs == village)
        else:
            pick = np.arange(0 if "villages" in layers else len(ids))
        if not len(pick):
            continue
        at = rows.index.to_numpy()
        near = shapely.STRtree(groups.geometry[pick]).nearest(given.geometry[at])
        filled.iloc[at] = ids[pick[near]]
    done = missing & filled.notna().to_numpy()
    log.add_by_file("filled", "info", given.origin[done], layer=given.layer, field="group")
    none = filled.isna().to_numpy()
    log.add_by_file("no_group", "warning", given.origin[none], layer=given.layer, field="group")
    return given.with_columns(group=filled.astype("str"))


def _place(given: Gathered, layers: Layers, log: Log) -> Gathered:
    """Households without coordinates stand at their group's (else village's) centre and say so."""
    missing = shapely.is_missing(given.geometry)
    if not missing.any():
        return given
    geometry = given.geometry.copy()
    quality = (
        given.columns["loc_qual"]
        if "loc_qual" in given.columns
        else pd.Series(np.nan, given.columns.index, dtype="str")
    )
    quality = quality.astype(object).copy()
    for field, layer in (("group", "groups"), ("village", "villages")):
        if field not in given.columns or layer not in layers:
            continue
        target = layers[layer]
        spots = dict(zip(_target_ids(target)[0], shapely.point_on_surface(target.geometry), strict=True))
        wanted = np.flatnonzero(shapely.is_missing(geometry))
        found = np.array([spots.get(v) for v in given.columns[field].iloc[wanted]] or [None], object)[
            : len(wanted)
        ]
        hit = wanted[~shapely.is_missing(found)]
        geometry[hit] = found[~shapely.is_missing(found)]
        quality.iloc[hit] = field
        log.add_by_file("placed", "warning", given.origin.iloc[hit], layer=given.layer, at=_label(layer))
    lost = shapely.is_missing(geometry)
    log.add_by_file("no_place", "error", given.origin[lost], layer=given.layer)
    return replace(given, geometry=geometry).with_columns(loc_qual=quality.astype("str")).take(~lost)
