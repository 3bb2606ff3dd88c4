"""Which roads hang together, and which of them lead out?

A piece (one line string) is hardened or not as a whole, so a piece is a vertex of
the graph and a contact an edge: the components are exactly those of the network
split at every junction, without splitting anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.area import Area, outline

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

HARD_SURFACES = ("cement", "asphalt")
LEADING_CLASSES = ("expressway", "national", "provincial", "county")
"""Classes that lead out of a township by what they are (where no exit is mapped)."""


@dataclass(frozen=True)
class Network:
    """Passable road pieces, lines of `roads` taken apart.

    `row` is the row of `area.layer("roads")` each piece comes from; `hard` and
    `wide` are true, `hard_maybe` and `wide_maybe` true or unknown. `links` (2, m)
    are the pairs of pieces that touch; `leads_out` the pieces that reach an exit;
    `width` is in metres, NaN unknown.
    """

    lines: npt.NDArray[Any]
    row: Ints
    hard: Bools
    hard_maybe: Bools
    width: npt.NDArray[np.float64]
    wide: Bools
    wide_maybe: Bools
    car: Bools  # not a footpath
    access: Bools  # not an expressway: it connects, but nobody steps onto it
    raised: Bools  # bridge, tunnel or expressway: joined at its own ends alone
    links: Ints
    leads_out: Bools

    def serving(self, chosen: Bools) -> Bools:
        """The pieces of `chosen` that reach an exit over pieces of `chosen` alone."""
        both = chosen[self.links].all(axis=0)
        a, b = self.links[:, both]
        n = len(chosen)
        graph = coo_array((np.ones(len(a), np.int8), (a, b)), shape=(n, n))
        label = connected_components(graph, directed=False)[1]
        out = np.unique(label[chosen & self.leads_out])
        return chosen & np.isin(label, out)


def make_network(area: Area, *, snap_m: float, exit_buffer_m: float, min_width_m: float) -> Network:
    """The network of the passable roads of `area`.

    A road whose passability is not recorded counts as passable. `hardened` decides;
    where it is unknown the surface does (cement, asphalt).
    """
    roads = area.layer("roads")
    lines, row = shapely.get_parts(np.asarray(roads.geometry.array), return_index=True)
    usable = roads["usable"].fillna(True).to_numpy(bool)[row]
    keep = usable & (shapely.get_type_id(lines) == 1) & ~shapely.is_empty(lines)
    lines, row = shapely.force_2d(lines[keep]), row[keep].astype(np.int64)
    of = roads.iloc[row]
    yes, no = hardness(of)
    width = of["width"].to_numpy(float)
    kind = of["class"].to_numpy(object)
    raised = (of["bridge"].fillna(False) | of["tunnel"].fillna(False)).to_numpy(bool) | (kind == "expressway")
    return Network(
        lines=lines,
        row=row,
        hard=yes,
        hard_maybe=~no,
        width=width,
        wide=width >= min_width_m,
        wide_maybe=~(width < min_width_m),
        car=kind != "path",
        access=kind != "expressway",
        raised=raised,
        links=contacts(lines, raised, snap_m=snap_m),
        leads_out=_leads_out(area, lines, kind, snap_m=snap_m, exit_buffer_m=exit_buffer_m),
    )


def hardness(roads: gpd.GeoDataFrame | pd.DataFrame) -> tuple[Bools, Bools]:
    """Whether each road is hardened, and whether it is not; neither: unknown."""
    surface = roads["surface"]
    by_surface = pd.Series(surface.isin(HARD_SURFACES), dtype="boolean").mask(surface.isna())
    known = roads["hardened"].fillna(by_surface)
    return known.fillna(False).to_numpy(bool), (~known).fillna(False).to_numpy(bool)


def contacts(lines: npt.NDArray[Any], raised: Bools, *, snap_m: float) -> Ints:
    """Pairs of lines that are joined, (2, m).

    Joined are lines on the ground that cross or touch, and any two where an end of
    one lies within `snap_m` of the other. A bridge, tunnel or expressway (`raised`)
    is joined at its own ends alone, so what passes over or under it is not.
    """
    if not len(lines):
        return np.zeros((2, 0), np.int64)
    tree = shapely.STRtree(lines)
    a, b = tree.query(lines, predicate="intersects")
    ground = (a < b) & ~raised[a] & ~raised[b]
    ends = np.concatenate([shapely.get_point(lines, 0), shapely.get_point(lines, -1)])
    end, met = tree.query(ends, predicate="dwithin", distance=snap_m)
    n = len(lines)
    owner = end % n
    near = np.minimum(
        shapely.distance(ends[end], ends[met]), shapely.distance(ends[end], ends[met + n])
    )  # from this end to the nearer end of the line it meets
    joined = (owner != met) & (~raised[met] | (near <= snap_m))
    return np.concatenate([np.stack([a[ground], b[ground]]), np.stack([owner[joined], met[joined]])], axis=1)


def _leads_out(
    area: Area, lines: npt.NDArray[Any], kind: npt.NDArray[Any], *, snap_m: float, exit_buffer_m: float
) -> Bools:
    """Pieces that reach an exit; footpaths lead nowhere a car goes.

    Mapped exits decide alone. Else a road leads out where it comes to the edge of
    the villages, or by its class: both, so that one more road never takes an exit
    from another.
    """
    out = np.zeros(len(lines), bool)
    if not len(lines):
        return out
    tree = shapely.STRtree(lines)
    if area.has("exits"):
        marks = np.asarray(area.layer("exits").geometry.array)
        found = tree.query(marks, predicate="dwithin", distance=exit_buffer_m)[1]
    else:
        out |= np.isin(kind, LEADING_CLASSES)
        if not area.has("villages"):
            return out
        found = tree.query(_edge(area, snap_m), predicate="dwithin", distance=exit_buffer_m)
    out[found] = True
    out &= kind != "path"
    return out


def _edge(area: Area, snap_m: float) -> Any:
    """The outer edge of the area, slivers between villages closed."""
    closed = outline(area).buffer(snap_m, join_style="mitre").buffer(-snap_m, join_style="mitre")
    return shapely.multilinestrings(shapely.get_exterior_ring(shapely.get_parts(closed)))
