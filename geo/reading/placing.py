"""Bring every sheet into one metric CRS."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import CRS

from geo.messages import say
from geo.reading import grids, offsets
from geo.reading.areafile import Control, Declared
from geo.reading.problems import Log, Severity
from geo.reading.sheets import Sheet

NO_CRS = "–"
TURNED_SHARE = 0.1  # of the distance between x and y: a list of one area spans far less
CONTROL_RMS_M = 1.0  # control points that agree worse than this hold a mistake


@dataclass(frozen=True)
class Part:
    """A sheet that is (part of) a layer."""

    layer: str
    sheet: Sheet
    declared: Declared | None = None

    def with_sheet(self, sheet: Sheet) -> Part:
        return replace(self, sheet=sheet)


def locate(parts: list[Part], log: Log) -> list[Part]:
    """The parts with a known CRS; those whose CRS nobody can know are left out and reported."""
    stated = [_stated(p, log) for p in parts]
    near = centre([p for p in stated if p.sheet.crs is not None])
    return [q for q in (_guessed(p, near, log) for p in stated) if q is not None]


def _stated(part: Part, log: Log) -> Part:
    """The CRS of the area file or the file itself, unless the numbers cannot be in it."""
    sheet = part.sheet
    crs = part.declared.crs if part.declared and part.declared.crs else sheet.crs
    if part.declared and part.declared.datum:
        return part.with_sheet(_without_offset(sheet, crs or grids.WGS84, part.declared.datum))
    if part.declared and part.declared.control:
        return part.with_sheet(_by_control(part, part.declared.control, log))
    box = sheet.bounds
    if crs is not None and np.isfinite(box).all():
        degrees = bool(np.abs(box[[0, 2]]).max() <= 360.0 and np.abs(box[[1, 3]]).max() <= 90.0)
        inside = np.median(_middles(sheet), axis=0)
        few = bool(abs(inside[0]) <= 360.0 and abs(inside[1]) <= 90.0)
        if (crs.is_geographic and not few) or (crs.is_projected and degrees and box.any()):
            log.add("crs_lie", "error", file=sheet.shown, layer=part.layer, crs=crs.name)
            crs = None
    if crs is not None and grids.old_datum(crs):
        datum = grids.old_datum(crs)
        log.add("old_datum", "error", file=sheet.shown, layer=part.layer, datum=datum)
    return part.with_sheet(replace(sheet, crs=crs, stated=name_of(crs)))


def _by_control(part: Part, control: Control, log: Log) -> Sheet:
    """The sheet shifted, turned and scaled onto its control points (4-parameter Helmert, least squares)."""
    sheet = part.sheet
    known = np.array(control.points)
    theirs, ours = known[:, 0] + 1j * known[:, 1], known[:, 2] + 1j * known[:, 3]
    middle, target = theirs.mean(), ours.mean()
    turn = np.vdot(theirs - middle, ours - target) / np.vdot(theirs - middle, theirs - middle)
    rms = float(np.sqrt(np.mean(np.abs(target + turn * (theirs - middle) - ours) ** 2)))

    def move(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        there = target + turn * (xy[:, 0] + 1j * xy[:, 1] - middle)
        return np.column_stack([there.real, there.imag])

    severity: Severity = "info" if rms < CONTROL_RMS_M else "warning"
    log.add("control", severity, file=sheet.shown, layer=part.layer, n=len(known), rms=rms)
    moved = None if sheet.geometry is None else shapely.transform(sheet.geometry, move)
    return replace(sheet, geometry=moved, crs=control.crs, stated=name_of(control.crs))


def _guessed(part: Part, near: tuple[float, float] | None, log: Log) -> Part | None:
    sheet = part.sheet
    if sheet.crs is not None or sheet.geometry is None or not np.isfinite(sheet.bounds).all():
        return part
    sheet = _turned(sheet, part.layer, log)
    found = grids.guess(_core(sheet), near) or grids.guess(_middle(sheet), near)
    if found is None:
        x, y = np.median(_middles(sheet), axis=0)
        log.add("crs_needed", "unreadable", file=sheet.shown, layer=part.layer, x=float(x), y=float(y))
        return None
    if found.swapped:
        geometry = shapely.transform(sheet.geometry, lambda xy: xy[:, ::-1])
        sheet = replace(sheet, geometry=geometry)
        log.add("swapped", "warning", file=sheet.shown, layer=part.layer)
    log.add(
        "crs_guess",
        "warning",
        file=sheet.shown,
        layer=part.layer,
        crs=name_of(found.crs),
        how=partial(say, f"reading.how.{found.how}"),
    )
    return part.with_sheet(replace(sheet, crs=found.crs, stated=name_of(found.crs) + "?"))


def name_of(crs: CRS | None) -> str:
    """EPSG:4544, or the name of a CRS without a code."""
    if crs is None:
        return NO_CRS
    code = crs.to_epsg(min_confidence=70)
    return f"EPSG:{code}" if code else crs.name[:60]


def _middles(sheet: Sheet) -> npt.NDArray[np.float64]:
    """Middle of the box of each feature (n, 2), without those that have none."""
    boxes = shapely.bounds(sheet.geometry)
    boxes = boxes[np.isfinite(boxes).all(axis=1)]
    return (boxes[:, :2] + boxes[:, 2:]) / 2


def _core(sheet: Sheet) -> npt.NDArray[np.float64]:
    """The box of the features without the odd one far away (1 % at either end when there are many)."""
    boxes = shapely.bounds(sheet.geometry)
    boxes = boxes[np.isfinite(boxes).all(axis=1)]
    low, high = np.percentile(boxes, [1, 99], axis=0, method="nearest")
    return np.array([low[0], low[1], high[2], high[3]])


def _middle(sheet: Sheet) -> npt.NDArray[np.float64]:
    """The middle of the features as a box: in a short list one slip of the pen must not stand for all."""
    return np.tile(np.median(_middles(sheet), axis=0), 2)


def _turned(sheet: Sheet, layer: str, log: Log) -> Sheet:
    """The sheet with the few features whose x and y stand the other way round than in all others turned back:
    turned they lie among the others, as they stand far from them."""
    assert sheet.geometry is not None
    boxes = shapely.bounds(sheet.geometry)
    with np.errstate(invalid="ignore"):
        at = (boxes[:, :2] + boxes[:, 2:]) / 2
    middle = np.median(at[np.isfinite(at).all(axis=1)], axis=0)
    turned = np.hypot(*(at[:, ::-1] - middle).T) < TURNED_SHARE * abs(middle[0] - middle[1])
    if not turned.any() or turned.all():
        return sheet
    log.add("turned", "warning", file=sheet.shown, layer=layer, rows=sheet.rows[turned])
    geometry = sheet.geometry.copy()
    geometry[turned] = shapely.transform(geometry[turned], lambda xy: xy[:, ::-1])
    return replace(sheet, geometry=geometry)


def _without_offset(sheet: Sheet, crs: CRS, datum: str) -> Sheet:
    if sheet.geometry is None:
        return sheet
    degrees = grids.project(np.asarray(sheet.geometry, object), crs, grids.WGS84)
    moved = shapely.transform(degrees, lambda xy: offsets.to_wgs(xy, datum))
    return replace(sheet, geometry=moved, crs=grids.WGS84, stated=datum)


def centre(parts: list[Part]) -> tuple[float, float] | None:
    """lon, lat in the middle of the villages, else of all layers."""
    villages = [p for p in parts if p.layer == "villages"]
    found = []
    for part in villages or parts:
        if part.sheet.geometry is None or part.sheet.crs is None:
            continue
        middles = _middles(part.sheet)
        if len(middles):
            x, y = np.median(middles, axis=0)
            found.append(grids.transformer(part.sheet.crs, grids.WGS84).transform(x, y))
    good = np.array([f for f in found if np.isfinite(f).all()])
    return (float(np.median(good[:, 0])), float(np.median(good[:, 1]))) if len(good) else None


def working_crs(parts: list[Part], declared: CRS | None, log: Log) -> CRS | None:
    """The declared CRS, else the one of the area's centre; None when nothing has a place."""
    if declared is not None:
        if grids.metric(declared):
            return declared
        log.add("crs_not_metric", "error", file="area.toml", crs=declared.name)
    middle = centre(parts)
    return None if middle is None else grids.working(*middle)


def moved(part: Part, crs: CRS, log: Log) -> Part:
    """The part in `crs`; a shift between datums that PROJ does not know is reported."""
    sheet = part.sheet
    if sheet.geometry is None or sheet.crs is None:
        return part
    change = grids.transformer(sheet.crs, crs)
    if "allpark" in change.description and not (
        grids.old_datum(sheet.crs) or (grids.global_datum(sheet.crs) and grids.global_datum(crs))
    ):
        log.add("ballpark", "warning", file=sheet.shown, layer=part.layer, crs=name_of(sheet.crs))
    geometry = grids.project(np.asarray(sheet.geometry, object), sheet.crs, crs)
    return part.with_sheet(replace(sheet, geometry=geometry, crs=crs))
