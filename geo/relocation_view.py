"""What does a reader want to know of danger, moving and new homes? Rows all outputs share.

Every function takes a plan and gives a table; ids stay ids, sentences are message keys
with their numbers, geometry is in the area's CRS, metres. Nobody's name is in them.
"""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.hazards.damage import GRADES
from geo.plan import Plan
from geo.relocation.assign import Assignment
from geo.relocation.connect import Connection
from geo.zones import QUAD_SEGS

SITE, LEFT, NONE = "site", "left", "none"
PLACED = (SITE, LEFT, NONE)
FOUND, LISTED = "found", "listed"
OPENED, SPARE = "opened", "spare"


def moving_rows(plan: Plan, assignment: Assignment | None = None) -> gpd.GeoDataFrame:
    """One row per household, in row order of the layer, where it stands.

    `assignment`: another matching than the plan's.

    The columns of `MustMove.households`; `relation`, `kind`, `level`, `damage`, `damage_cautious`
    and `screen` of its exposure; `placed` (site | left | none) and `site` of the matching.
    """
    layer, matched = plan.area.layer("households"), assignment or plan.assignment
    table = plan.moving.households.reset_index(drop=True)
    exposed = plan.exposure.households.reset_index(drop=True)
    shared = ("relation", "kind", "level", "damage", "damage_cautious", "screen")
    site = _by_household(matched.households, "site", layer["id"])
    left = layer["id"].isin(set(matched.left["household"])).to_numpy(bool)
    placed = np.select([site.notna().to_numpy(bool), left], [SITE, LEFT], NONE)
    return gpd.GeoDataFrame(
        table.assign(**{n: exposed[n] for n in shared}, placed=placed, site=site),
        geometry=shapely.centroid(np.asarray(layer.geometry.array)),
        crs=plan.area.crs,
    )


def movers(plan: Plan) -> gpd.GeoDataFrame:
    """The rows of those who must move, the most urgent first."""
    rows = moving_rows(plan)
    leaving = rows[rows["decision"].isin(("scattered", "whole"))]
    return leaving.sort_values(["urgency", "village", "group", "household"], kind="stable", ignore_index=True)


def matching_rows(plan: Plan, assignment: Assignment) -> gpd.GeoDataFrame:
    """One row per household to be matched: columns of `Assignment.households`, and the line to its site."""
    table = assignment.households.reset_index(drop=True)
    homes = plan.area.by_id("households", "geometry")["geometry"]
    start = shapely.centroid(homes.reindex(table["household"]).to_numpy())
    sites = assignment.sites.set_index("site").geometry
    end = shapely.point_on_surface(sites.reindex(table["site"]).to_numpy())
    return gpd.GeoDataFrame(table, geometry=_lines(start, end), crs=plan.area.crs)


def _listed(plan: Plan) -> gpd.GeoDataFrame:
    """The listed sites in the columns of `Found.table`; what is only known of found ones is missing,
    and what connecting costs of those that may not be offered."""
    rows = [
        {
            "site": site.site,
            "name": site.name,
            "source": LISTED,
            "kind": site.kind,
            "verdict": site.verdict,
            "capacity": site.capacity.get(site.kind, 0),
            "usable_m2": site.usable_m2,
            "area_m2": site.area_m2,
            "slope_mean": site.slope_mean,
            **site.distances,
            **({} if way is None else _connected(way)),
            "geometry": site.polygon,
        }
        for site, way in zip(plan.sites, plan.site_connections, strict=True)
    ]
    columns = [*plan.found.table.columns, "source"]
    table = pd.DataFrame(rows, columns=columns)
    known = {name: dtype for name, dtype in plan.found.table.dtypes.items() if name != "geometry"}
    return gpd.GeoDataFrame(table.astype(known), geometry="geometry", crs=plan.area.crs)


def _connected(way: Connection) -> dict[str, float]:
    low, likely, high = way.yuan
    lengths = {f"connect_{name}": getattr(way, name) for name in ("road_m", "pipe_m", "line_m")}
    return {**lengths, "connect_low": low, "connect_yuan": likely, "connect_high": high}


def site_table(plan: Plan) -> gpd.GeoDataFrame:
    """Found sites by rank, then the listed ones.

    The columns of `Found.table`, `source`, and `rule` (opened | spare) of the matching. Listed sites have no
    rank and no score.
    """
    found = plan.found.table.assign(source=FOUND)
    listed = _listed(plan)
    table = pd.concat([found, listed], ignore_index=True) if len(listed) else found
    opened = plan.assignment.sites
    used = set(opened.loc[opened["opened"].to_numpy(bool), "site"])
    table["rule"] = np.where(table["site"].isin(used), OPENED, SPARE)
    return gpd.GeoDataFrame(table, geometry="geometry", crs=plan.area.crs)


def _by_household(table: pd.DataFrame, column: str, ids: pd.Series) -> pd.Series:
    """A column of a table of some households, for all of them in the order of `ids`."""
    known = table.drop_duplicates("household").set_index("household")[column]
    return known.reindex(ids).reset_index(drop=True)


def _lines(start: npt.NDArray[Any], end: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Straight lines; None where an end is not known."""
    known = ~(shapely.is_missing(start) | shapely.is_missing(end))
    lines = np.full(len(start), None, object)
    ends = np.stack([shapely.get_coordinates(start[known]), shapely.get_coordinates(end[known])], axis=1)
    lines[known] = shapely.linestrings(ends)
    return lines


def zone_rows(plan: Plan, *, reach: bool = False) -> gpd.GeoDataFrame:
    """One row per zone: the columns of `Zones.frame`, `id`, `rule` (kind.level, of a working mining.state).

    Geometry: the zone itself; with `reach` the ground it may reach and the buffer around that, only of
    zones where that is more, and of those that threaten somebody today.
    """
    zones = plan.exposure.zones
    frame = zones.frame.rename(columns={"zone": "id"}).reset_index(drop=True)
    worked = frame["state"].fillna("").to_numpy(object)
    rule = np.where(worked != "", "mining." + worked, frame["kind"] + "." + frame["level"])
    frame = frame.assign(rule=rule)
    if not reach:
        return frame
    buffer = frame["buffer_m"].to_numpy(float)
    wide = shapely.buffer(zones.reach, buffer, quad_segs=QUAD_SEGS)
    more = (buffer > 0) | ~shapely.equals(zones.reach, zones.cores())
    kept = more & zones.today()
    return gpd.GeoDataFrame(
        frame[kept].assign(rule="all"), geometry=wide[kept], crs=plan.area.crs
    ).reset_index(drop=True)


def threat_rows(plan: Plan) -> gpd.GeoDataFrame:
    """One row per zone that threatens today, most people first: `Exposure.threats` under our headings."""
    heads = {
        "zone": "id", "households": "threat_households", "people": "threat_people",
        "declared_hh": "declared_households", "declared_p": "declared_people", "class_of_threat": "class",
    }  # fmt: skip
    table = plan.exposure.threats.sort_values(["people", "households"], ascending=False, kind="stable")
    frame = plan.exposure.zones.frame.drop_duplicates(["layer", "zone"]).set_index(["layer", "zone"])
    places = frame.geometry.reindex(pd.MultiIndex.from_frame(table[["layer", "zone"]]))
    return gpd.GeoDataFrame(
        table.rename(columns=heads).reset_index(drop=True),
        geometry=np.asarray(places.array),
        crs=plan.area.crs,
    )


def moved_people(plan: Plan, ids: pd.Series) -> int:
    """People of these households, as far as their number is known."""
    people = plan.area.by_id("households", "people")["people"]
    return int(people.reindex(ids).fillna(0).sum())


def contour_rows(plan: Plan) -> gpd.GeoDataFrame:
    """Mining subsidence as lines and grounds: the likely surface, and the edge of the cautious one.

    `id`, `name` (millimetres of a line), `rule` (edge | edge.cautious | w | grade.I … grade.IV), `kind`,
    `value` (mm, or the number of the grade), `field` (likely | cautious).
    """
    table = plan.subsidence.lines
    grade = table["kind"] == "grade"
    rule = [
        f"grade.{GRADES[int(value)]}" if kind == "grade" else "edge.cautious" if field == "cautious" else kind
        for kind, value, field in zip(table["kind"], table["value"], table["field"], strict=True)
    ]
    number = table["value"].map("{:g}".format).astype("str")
    return gpd.GeoDataFrame(
        table.assign(
            id=table["field"].astype("str") + "." + table["kind"].astype("str") + "." + number,
            name=(number + " mm").where(~grade, None),
            rule=pd.Series(rule, dtype="str"),
        ),
        geometry="geometry",
        crs=plan.area.crs,
    )
