"""What is left to find out about a site on the spot, and what danger stays near it?

    check = field_check(verdict, context, connection)

A map shows what was recorded. Who goes there looks for what was not: layers that are missing, rules
that warn, hazards whose extent nobody surveyed, water that nobody measured. The law asks for a hazard
assessment of every concentrated site whatever the map says.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
import shapely

from geo.relocation.connect import Connection
from geo.relocation.context import SiteContext
from geo.relocation.mains import demand_m3d
from geo.relocation.rules import PASS, UNKNOWN, WARNING
from geo.relocation.verdict import SiteVerdict

CHECK_COLUMNS = {
    "item": "str",  # what the item is about: a rule, a layer, or one of `ALWAYS`
    "reason": "str",  # message key of the sentence
    "measure": "float64",
    "threshold": "float64",
    "extra": "float64",
    "nearest": "str",
    "at": "str",
}
RESIDUAL_COLUMNS = {
    "zone": "str",
    "name": "str",
    "layer": "str",
    "kind": "str",
    "level": "str",
    "state": "str",
    "distance_m": "float64",  # from the site to the zone itself
    "reach_m": "float64",  # from the site to the ground it may reach; 0 within
    "keep_m": "float64",  # what must be kept from that ground
    "extent": "str",  # known | unknown
}
PLOT_COLUMNS = {
    "zone": "str",  # basin | hill | mountain
    "size": "str",  # small | large household
    "plot_m2": "float64",
    "land_m2": "float64",  # with its share of roads and open space
    "households": "Int64",
}
ALWAYS = ("assessment", "ground", "rights")
"""Asked of every site: the hazard assessment, caves and bearing of the ground, land rights and consent."""
HOMESTEADS = tuple(f"{zone}_{size}" for zone in ("basin", "hill", "mountain") for size in ("small", "large"))
"""The kinds of homestead `site.homestead_m2` sizes, by zone and size of household."""
NEAREST_ZONES = 5


@dataclass(frozen=True)
class FieldCheck:
    """`checks`: CHECK_COLUMNS, what to look at, gravest first; `residual`: RESIDUAL_COLUMNS, the nearest
    zones; `plots`: PLOT_COLUMNS, households that fit by zone and size of household."""

    checks: pd.DataFrame
    residual: pd.DataFrame
    plots: pd.DataFrame


@dataclass(frozen=True)
class _Check:
    item: str
    reason: str
    measure: float = np.nan
    threshold: float = np.nan
    extra: float = np.nan
    nearest: str | None = None
    at: str = ""


def field_check(
    verdict: SiteVerdict, context: SiteContext, connection: Connection | None = None
) -> FieldCheck:
    """What a visit to the site of `verdict` must find out; `connection` adds the questions of its works."""
    residual = residual_hazard(verdict, context)
    items = [
        *(_Check(name, f"site.check.{name}") for name in ALWAYS[:1]),
        *_unknown_layers(verdict),
        *_unknown_extents(residual, context),
        *_warnings(verdict),
        *_ground(verdict, context),
        *_connected(connection, context),
        *(_Check(name, f"site.check.{name}") for name in ALWAYS[1:]),
    ]
    records = [asdict(item) for item in items]
    checks = {name: pd.Series([r[name] for r in records], dtype=t) for name, t in CHECK_COLUMNS.items()}
    return FieldCheck(pd.DataFrame(checks), residual, homesteads(verdict, context))


def residual_hazard(verdict: SiteVerdict, context: SiteContext) -> pd.DataFrame:
    """The nearest zones within `site.assess_within_m` of the ground they may reach, nearest first."""
    zones, frame = context.zones, context.zones.frame
    if not len(frame):
        return pd.DataFrame({name: pd.Series(dtype=t) for name, t in RESIDUAL_COLUMNS.items()})
    core = np.asarray(shapely.distance(zones.cores(), verdict.polygon), np.float64)
    reach = np.asarray(shapely.distance(zones.reach, verdict.polygon), np.float64)
    reach = np.where(np.isnan(reach), core, reach)
    near = np.flatnonzero(reach <= context.standard["site.assess_within_m"])
    near = near[np.lexsort((frame["zone"].to_numpy(object)[near].astype(str), core[near], reach[near]))]
    rows = frame.iloc[near[:NEAREST_ZONES]]
    at = near[:NEAREST_ZONES]
    told = {
        **{name: rows[name].to_numpy() for name in ("zone", "name", "layer", "kind", "level", "state")},
        "distance_m": core[at],
        "reach_m": reach[at],
        "keep_m": rows["buffer_m"].to_numpy(float),
        "extent": rows["extent"].to_numpy(),
    }
    return pd.DataFrame({name: pd.Series(told[name], dtype=t) for name, t in RESIDUAL_COLUMNS.items()})


def homesteads(verdict: SiteVerdict, context: SiteContext) -> pd.DataFrame:
    """How many homesteads of the legal sizes fit on the usable ground, roads and open space counted."""
    standard = context.standard
    pieces = shapely.area(shapely.get_parts(verdict.usable))
    rows = []
    plots = standard.table("site.homestead_m2")
    for key, plot in ((key, plots[key]) for key in HOMESTEADS):
        zone, size = key.rsplit("_", 1)
        land = plot * (1 + standard["site.open_share"])
        rows.append((zone, size, plot, land, int(np.floor(pieces / land).sum())))
    table = pd.DataFrame(rows, columns=list(PLOT_COLUMNS))
    return table.astype(PLOT_COLUMNS)


def _unknown_layers(verdict: SiteVerdict) -> Iterator[_Check]:
    """One item for each layer that some rule would have needed."""
    rules = verdict.rules
    for layer in dict.fromkeys(rules.loc[rules["state"] == UNKNOWN, "at"]):
        yield _Check(str(layer), f"site.check.missing.{layer}", at=str(layer))


def _unknown_extents(residual: pd.DataFrame, context: SiteContext) -> Iterator[_Check]:
    for row in residual[residual["extent"] == "unknown"].to_dict(orient="records"):
        yield _Check(
            "extent", "site.check.extent", float(row["distance_m"]),
            context.standard["site.assess_within_m"], nearest=str(row["zone"]), at="hazards",
        )  # fmt: skip


def _warnings(verdict: SiteVerdict) -> Iterator[_Check]:
    rules = verdict.rules
    for row in rules[rules["state"] == WARNING].to_dict(orient="records"):
        yield _Check(
            str(row["rule"]), f"site.check.{row['rule']}", float(row["measure"]), float(row["threshold"]),
            float(row["extra"]), None if pd.isna(row["nearest"]) else str(row["nearest"]), str(row["at"]),
        )  # fmt: skip


def _ground(verdict: SiteVerdict, context: SiteContext) -> Iterator[_Check]:
    """Cut slopes where the ground must be cut, flood marks where water runs near."""
    standard = context.standard
    if verdict.slope_mean > standard["site.slope_good"]:
        gap, height, angle = (standard[f"screen.cut_{name}"] for name in ("gap_m", "height_m", "angle_deg"))
        yield _Check("cut", "site.check.cut", gap, height, angle, at="terrain")
    river = next((rule for rule in context.exclusions if rule.rule == "river"), None)
    if river is None or not len(river.features):
        return
    away = np.asarray(shapely.distance(river.features, verdict.polygon), np.float64)
    nearest = int(np.argmin(away))
    if away[nearest] <= standard["site.assess_within_m"]:
        yield _Check(
            "flood", "site.check.flood", float(away[nearest]), nearest=str(river.ids[nearest]), at="rivers"
        )


def _connected(connection: Connection | None, context: SiteContext) -> Iterator[_Check]:
    if connection is None:
        return
    if connection.source:
        wanted = demand_m3d(connection.households, context.standard)
        yield _Check("yield", "site.check.yield", wanted, nearest=connection.source, at="pools")
    for note in connection.notes:
        yield _Check("connect", note)


def open_rules(verdict: SiteVerdict) -> pd.DataFrame:
    """The rules that do not simply pass, reasons first."""
    return verdict.rules[verdict.rules["state"] != PASS]
