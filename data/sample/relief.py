"""The relief: valleys along the water, steep flanks, cone karst above, level basins for villages."""

from __future__ import annotations

import numpy as np
from scipy import ndimage as ndi

from geo.spatial.terrain import Terrain

from .grid import COARSE_M, FINE_M, MARGIN_M, SIDE_M, Bools, Floats, Frame, noise, smoothstep
from .rivers import Waters, base_level, river_y

COUNTY_SEED = 20_521
"""Seed of the land along the edges, the same for all townships so that they fit together."""


def draw_relief(frame: Frame, waters: Waters) -> Floats:
    """Elevation at 12.5 m (rows, cols), metres: the township's own land, shared land along its edges."""
    own_rng = frame.rng("relief")
    lines = [(np.asarray(waters.river.coords), waters.river_z)]
    lines += [(np.asarray(s.coords), z) for s, z in zip(waters.streams, waters.stream_z, strict=True)]
    own = _landform(frame, lines, own_rng, seat=True, periodic=False)
    shared = _landform(frame, [], np.random.default_rng(COUNTY_SEED), seat=False, periodic=True)
    weight = _inner(frame)
    return weight * own + (1 - weight) * shared


def _inner(frame: Frame) -> Floats:
    """1 inside the township, 0 along its edges, at 12.5 m."""
    x, y = frame.centres(FINE_M)
    dx = np.minimum(x - frame.x0, frame.x0 + SIDE_M - x)
    dy = np.minimum(y - frame.y0, frame.y0 + SIDE_M - y)
    return smoothstep(dx, 450.0, 3000.0) * smoothstep(dy, 450.0, 3000.0)


def _landform(
    frame: Frame,
    lines: list[tuple[Floats, Floats]],
    rng: np.random.Generator,
    *,
    seat: bool,
    periodic: bool,
) -> Floats:
    n = frame.side(COARSE_M)

    def wave(length_m: float, octaves: int = 1) -> Floats:
        if not periodic:
            return noise(rng, n, length_m / COARSE_M, octaves=octaves)
        inner = noise(rng, int(SIDE_M / COARSE_M), length_m / COARSE_M, octaves=octaves)
        return np.pad(inner, int(MARGIN_M / COARSE_M), mode="wrap")

    away, level = _valley(frame, lines) if lines else _shared_valley(frame)
    floor = 70.0 + 110.0 * np.clip(wave(3500) + 0.2, 0, 2)
    if seat:
        floor += _seat_basin(frame)
    t = np.maximum(away - floor, 0.0)
    height = 235.0 + 70.0 * wave(5000)
    reach = 620.0 + 110.0 * wave(2500)
    rise = height * (1 - np.exp(-((t / reach) ** 1.35)))
    if periodic:  # no streams here that climb: the land itself does
        rise += 170.0 * (1 - np.exp(-((t / 3200.0) ** 1.5)))
    upland = smoothstep(t, 150.0, 900.0)
    hills = 30.0 * wave(1500, 2) * (0.25 + 0.75 * upland) * smoothstep(t, 0.0, 250.0)
    poljes = smoothstep(wave(2600), 0.35, 1.0) * upland
    base = level + rise + hills * (1 - 0.75 * poljes) - 25.0 * poljes
    fine = np.asarray(ndi.zoom(base, 2, order=1, grid_mode=True, mode="nearest"))
    fine = ndi.gaussian_filter(fine, 1.6)
    room = ndi.zoom(upland * (1 - 0.9 * poljes), 2, order=1, grid_mode=True, mode="nearest")
    fine += _cones(frame, rng, np.asarray(room), periodic=periodic)
    crumble = noise(rng, int(SIDE_M / FINE_M), 9, octaves=2) * 0.5
    rough = np.asarray(ndi.zoom(smoothstep(t, 20, 200), 2, order=1, grid_mode=True, mode="nearest"))
    return fine + (0.25 + 1.3 * rough) * np.pad(crumble, int(MARGIN_M / FINE_M), mode="wrap")


def _valley(frame: Frame, lines: list[tuple[Floats, Floats]]) -> tuple[Floats, Floats]:
    """Distance to the water (streams count from farther off) and the height of the valley, at 25 m."""
    n = frame.side(COARSE_M)
    wet: Bools = np.zeros((n, n), bool)
    z = np.zeros((n, n))
    for xy, height in lines:
        along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(xy, axis=0).T))])
        at = np.arange(0, along[-1], 10.0)
        dense = np.column_stack([np.interp(at, along, xy[:, 0]), np.interp(at, along, xy[:, 1])])
        rows, cols = frame.cell_of(dense, COARSE_M)
        wet[rows, cols] = True
        z[rows, cols] = np.interp(at, along, height)
    cells, (ri, ci) = ndi.distance_transform_edt(~wet, return_indices=True)
    away = cells * COARSE_M
    nearest = z[ri, ci]
    share = ndi.gaussian_filter(wet.astype(float), 22)
    blurred = ndi.gaussian_filter(np.where(wet, z, 0.0), 22) / np.maximum(share, 1e-12)
    wide = ndi.gaussian_filter(nearest, 18)
    far = np.where(share > 1e-6, blurred, wide)
    close = np.exp(-((away / 260.0) ** 2))
    level = ndi.gaussian_filter(close * nearest + (1 - close) * (0.5 * far + 0.5 * wide), 1.2)
    return np.asarray(away), np.asarray(level)


def _shared_valley(frame: Frame) -> tuple[Floats, Floats]:
    """The same for the land along the edges: one river in every row of townships, known in closed form."""
    x, y = frame.centres(COARSE_M)
    across = (y - river_y(frame, x, own=False) + SIDE_M / 2) % SIDE_M - SIDE_M / 2
    return np.abs(across), base_level(x) + 0.0 * across


def _seat_basin(frame: Frame) -> Floats:
    """Extra width of the valley floor round the township seat, metres."""
    x, y = frame.centres(COARSE_M)
    sx, sy = seat_xy(frame)
    return np.asarray(520.0 * np.exp(-(((x - sx) / 1100.0) ** 2 + ((y - sy) / 900.0) ** 2)))


def seat_xy(frame: Frame) -> tuple[float, float]:
    """Where the township seat lies: on the river, about the middle."""
    x = frame.x0 + 0.5 * SIDE_M + float(frame.rng("seat").uniform(-900, 900))
    return x, float(river_y(frame, np.array([x]))[0]) + 170.0


def _cones(frame: Frame, rng: np.random.Generator, room: Floats, *, periodic: bool) -> Floats:
    """Peak clusters: cones of 40 to 150 m, some 330 m apart, where there is `room` (0 to 1)."""
    n = frame.side(FINE_M)
    out = np.zeros((n, n))
    count = 45
    step = SIDE_M / count
    jitter = rng.uniform(-0.38, 0.38, (count, count, 2))
    size = rng.lognormal(0, 0.45, (count, count))
    slim = rng.uniform(0.65, 1.45, (count, count, 2))
    reach = range(-2, count + 2) if periodic else range(count)
    for i in reach:
        for j in reach:
            a, b = i % count, j % count
            x = frame.x0 + (j + 0.5 + jitter[a, b, 0]) * step
            y = frame.y0 + (i + 0.5 + jitter[a, b, 1]) * step
            if not (frame.west < x < frame.west + n * FINE_M and frame.north - n * FINE_M < y < frame.north):
                continue
            _stamp(out, frame, (x, y), size[a, b], slim[a, b], room)
    return ndi.gaussian_filter(_warped(out, rng), 1.0)


def _warped(field: Floats, rng: np.random.Generator) -> Floats:
    """The field with its places shifted by up to some 50 m, so that no cone stays round."""
    inner, margin = int(SIDE_M / FINE_M), int(MARGIN_M / FINE_M)
    shift = [
        np.pad(3.0 * noise(rng, inner, 22) + 1.3 * noise(rng, inner, 9), margin, mode="wrap")
        for _ in range(2)
    ]
    rows, cols = np.indices(field.shape, sparse=True)
    return np.asarray(ndi.map_coordinates(field, [rows + shift[0], cols + shift[1]], order=1, mode="nearest"))


def _stamp(
    out: Floats, frame: Frame, at: tuple[float, float], size: float, slim: Floats, room: Floats
) -> None:
    (row,), (col,) = frame.cell_of(np.array([at]), FINE_M)
    share = room[row, col]
    if share < 0.15 or size < 0.55:
        return
    peak = min(72.0 * size, 150.0) * share
    r = int((80.0 + 90.0 * min(size, 2.2)) / FINE_M)
    rows = slice(max(0, row - r), min(out.shape[0], row + r + 1))
    cols = slice(max(0, col - r), min(out.shape[1], col + r + 1))
    dy = (np.arange(rows.start, rows.stop) - row)[:, None] / (r * slim[0])
    dx = (np.arange(cols.start, cols.stop) - col)[None, :] / (r * slim[1])
    shape = peak * np.maximum(0.0, 1 - (dx * dx + dy * dy) ** 0.72)
    np.maximum(out[rows, cols], shape, out=out[rows, cols])


def level_ground(z: Floats, frame: Frame, spots: Floats, radius_m: Floats) -> Floats:
    """The relief with the ground round each spot eased towards its own mean plane, as terraces do."""
    out = z.copy()
    for (x, y), radius in zip(spots, radius_m, strict=True):
        (row,), (col,) = frame.cell_of(np.array([[x, y]]), FINE_M)
        r = int(1.5 * radius / FINE_M)
        rows = slice(max(0, row - r), min(z.shape[0], row + r + 1))
        cols = slice(max(0, col - r), min(z.shape[1], col + r + 1))
        dy = (np.arange(rows.start, rows.stop) - row)[:, None] * FINE_M + 0.0 * z[rows, cols]
        dx = (np.arange(cols.start, cols.stop) - col)[None, :] * FINE_M + 0.0 * z[rows, cols]
        away = np.hypot(dx, dy)
        inner = away < radius
        design = np.column_stack([np.ones(inner.sum()), dx[inner], dy[inner]])
        plane, *_ = np.linalg.lstsq(design, out[rows, cols][inner], rcond=None)
        tilt = np.hypot(plane[1], plane[2])
        keep = min(1.0, 0.16 / max(tilt, 1e-9))  # a terrace is not steeper than 16 %
        smooth = plane[0] + keep * (plane[1] * dx + plane[2] * dy)
        weight = 0.72 * (1 - smoothstep(away, 0.55 * radius, 1.5 * radius))
        out[rows, cols] = (1 - weight) * out[rows, cols] + weight * smooth
    return out


def as_terrain(z: Floats, frame: Frame, crs: object) -> Terrain:
    """The finished relief, in steps of an eighth of a metre (it packs well and hides nothing)."""
    return Terrain((np.round(z * 8) / 8).astype(np.float32), frame.west, frame.north, FINE_M, crs)  # type: ignore[arg-type]
