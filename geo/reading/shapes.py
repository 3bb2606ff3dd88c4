"""Make the geometry of a sheet fit its layer: valid, of one kind, each feature a place."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geo.layers import LAYERS
from geo.reading.problems import Log, Severity
from geo.reading.sheets import Geometries, Sheet
from geo.reading.wording import all_in_words

POINT, LINE, POLYGON = 0, 1, 2
WANTED = {"point": (POINT,), "line": (LINE,), "polygon": (POLYGON,), "point_or_polygon": (POINT, POLYGON)}
TINY = {POINT: 0.0, LINE: 1e-6, POLYGON: 1e-4}  # m, m²: less is nothing


def fit(sheet: Sheet, layer: str, log: Log, *, points: bool, placeable: bool) -> Sheet:
    """`sheet` (already in metres) with geometry of the layer's kind; every change is logged.

    `points`: polygons and lines are declared to be taken as the point in them.
    `placeable`: features without geometry stay (missing), for they may be placed by
    their group or village later.
    """
    if sheet.geometry is None:
        sheet = replace(sheet, geometry=np.full(len(sheet), None, object))
    sheet = _present(sheet, layer, log, placeable=placeable)
    assert sheet.geometry is not None
    sheet = replace(sheet, geometry=_valid(sheet, sheet.geometry, layer, log))
    sheet = _kind(sheet, layer, log, points=points)
    return _parts(sheet, layer, log)


def _present(sheet: Sheet, layer: str, log: Log, *, placeable: bool) -> Sheet:
    """Without features that have no geometry, an empty one, or coordinates that are not numbers."""
    geometry = np.asarray(sheet.geometry, object)
    nothing = shapely.is_missing(geometry) | shapely.is_empty(geometry)
    box = shapely.bounds(geometry)
    wild = ~nothing & ~(np.isfinite(box).all(axis=1) & (np.abs(box) < 1e9).all(axis=1))
    if not placeable:
        log.add("no_geometry", "error", file=sheet.shown, layer=layer, rows=sheet.rows[nothing])
    log.add("wild_geometry", "error", file=sheet.shown, layer=layer, rows=sheet.rows[wild])
    if placeable:
        geometry = geometry.copy()
        geometry[nothing | wild] = None
        return replace(sheet, geometry=geometry)
    return sheet.take(~nothing & ~wild)


def _valid(sheet: Sheet, geometry: Geometries, layer: str, log: Log) -> Geometries:
    wrong = ~shapely.is_valid(geometry) & ~shapely.is_missing(geometry)
    if not wrong.any():
        return geometry
    reasons = sorted({str(r).split("[")[0] for r in shapely.is_valid_reason(geometry[wrong])})
    geometry = geometry.copy()
    geometry[wrong] = shapely.make_valid(geometry[wrong], method="structure", keep_collapsed=True)
    why = all_in_words(reasons)
    log.add("invalid", "warning", file=sheet.shown, layer=layer, rows=sheet.rows[wrong], why=why)
    return geometry


def _dims(geometry: Geometries) -> npt.NDArray[np.int32]:
    return np.where(shapely.is_missing(geometry), -1, shapely.get_dimensions(geometry))


def _kind(sheet: Sheet, layer: str, log: Log, *, points: bool) -> Sheet:
    """Bring every feature to a kind the layer holds, or leave it out and say so."""
    wanted = WANTED[LAYERS[layer].shape]
    geometry = np.asarray(sheet.geometry, object).copy()
    mixed = shapely.get_type_id(geometry) == 7  # GeometryCollection: keep the parts that fit
    if mixed.any():
        geometry[mixed] = [_pick(g, wanted) for g in geometry[mixed]]
        log.add("collection", "warning", file=sheet.shown, layer=layer, rows=sheet.rows[mixed])
    dims = _dims(geometry)
    if points or wanted == (POINT,):
        as_point = dims >= 1 if points else dims == POLYGON
        geometry[as_point] = shapely.point_on_surface(geometry[as_point])
        severity: Severity = "info" if points else "warning"
        log.add("as_points", severity, file=sheet.shown, layer=layer, rows=sheet.rows[as_point])
    if POLYGON in wanted:
        ring = (dims == LINE) & shapely.is_closed(geometry) & (shapely.get_type_id(geometry) == 1)
        ring &= shapely.get_num_points(geometry) >= 4
        if ring.any():
            spots, index = shapely.get_coordinates(geometry[ring], return_index=True)
            geometry[ring] = shapely.make_valid(shapely.polygons(shapely.linearrings(spots, indices=index)))
        log.add("ring_as_polygon", "warning", file=sheet.shown, layer=layer, rows=sheet.rows[ring])
    dims = _dims(geometry)
    fits = np.isin(dims, (*wanted, -1))
    log.add("wrong_kind", "error", file=sheet.shown, layer=layer, rows=sheet.rows[~fits])
    return replace(sheet, geometry=geometry).take(fits)


def _pick(geometry: shapely.Geometry, wanted: tuple[int, ...]) -> shapely.Geometry:
    """The parts of a collection of the highest kind that is wanted, as one (multi) geometry."""
    parts = np.array(_leaves(geometry), object)
    dims = shapely.get_dimensions(parts)
    for dim in sorted(wanted, reverse=True):
        if (dims == dim).any():
            return shapely.union_all(parts[dims == dim])
    return geometry


def _leaves(geometry: shapely.Geometry) -> list[shapely.Geometry]:
    if hasattr(geometry, "geoms"):
        return [leaf for part in geometry.geoms for leaf in _leaves(part)]
    return [geometry]


def _parts(sheet: Sheet, layer: str, log: Log) -> Sheet:
    """Multi-geometries: lines are split, points keep the first of several, polygons stay together."""
    geometry = np.asarray(sheet.geometry, object).copy()
    types = shapely.get_type_id(geometry)
    several = shapely.get_num_geometries(geometry) > 1
    crowd = types == 4
    log.add("multipoint", "warning", file=sheet.shown, layer=layer, rows=sheet.rows[crowd & several])
    geometry[crowd] = shapely.get_geometry(geometry[crowd], 0)
    lone = (types == 6) & ~several
    geometry[lone] = shapely.get_geometry(geometry[lone], 0)
    chains = types == 5
    if not chains.any():
        return replace(sheet, geometry=geometry)
    geometry[chains] = shapely.line_merge(geometry[chains])
    split = shapely.get_num_geometries(geometry) > 1
    split &= shapely.get_type_id(geometry) == 5
    log.add("multiline", "info", file=sheet.shown, layer=layer, rows=sheet.rows[split])
    chained = geometry.copy()
    chained[~split] = None
    loose, index = shapely.get_parts(chained, return_index=True)
    order = np.argsort(np.concatenate([np.flatnonzero(~split), index]), kind="stable")
    rows = np.concatenate([np.flatnonzero(~split), index])[order]
    out = sheet.repeat(rows, np.concatenate([geometry[~split], loose])[order])
    return replace(out, columns=_numbered(out, rows))


def _numbered(sheet: Sheet, rows: npt.NDArray[np.int64]) -> pd.DataFrame:
    """Ids of the parts of one feature: r7, r7-2, r7-3."""
    columns = sheet.columns
    if "id" not in columns:
        return columns
    first = np.r_[True, rows[1:] != rows[:-1]]
    start = np.maximum.accumulate(np.where(first, np.arange(len(rows)), 0))
    part = np.arange(len(rows)) - start + 1
    ids = columns["id"].astype(object)
    later = (part > 1) & ids.notna().to_numpy()
    ids[later] = [f"{i}-{p}" for i, p in zip(ids[later], part[later], strict=True)]
    return columns.assign(id=ids)
