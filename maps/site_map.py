"""A small map of one site: what is near it, what closes the ground, what would be built. For paper.

The same scene is drawn twice: as SVG, with words, for a page, and as a PNG, without any, for a
document that sets its own legend (`SiteMap.legend`) and says how long the bar is (`bar_m`).
Painted by `maps.themes`, as every other map; north is up.
"""

from __future__ import annotations

import base64
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from rasterio.errors import NotGeoreferencedWarning
from rasterio.features import rasterize
from rasterio.io import MemoryFile
from rasterio.transform import from_origin
from shapely import affinity
from shapely.geometry.base import BaseGeometry

from geo.area import Area
from geo.relocation.verdict import SiteVerdict
from geo.spatial.terrain import Terrain
from maps.relief import hillshade
from maps.symbols import Paint
from maps.themes import EXPOSURES, THEMES, VERDICTS, rule_keys
from maps.work_themes import WORK_THEMES

Shapes = npt.NDArray[np.object_]
Box = tuple[float, float, float, float]

WIDTH, HEIGHT = 720, 540
"""Of the map in its own units; a PNG has `SHARP` pixels for each."""
SHARP = 2
LEAST_HALF_M = 350.0
"""The ground shown reaches at least so far from the middle to the side."""
ROOM = 2.2
"""How many times as wide as the site the map is."""
LAYERS_SHOWN = (
    "farmland", "redline", "protect", "workings", "parks", "lakes", "hazards", "cliffs", "rivers", "lines",
    "roads", "springs", "pools", "facilities",
)  # fmt: skip
FACILITIES = ("primary", "clinic", "hospital", "market")
INK = "#1a1a1a"


@dataclass(frozen=True)
class Entry:
    """One line of the legend: label in both languages and how it is painted."""

    zh: str
    en: str
    paint: Paint
    geometry: str


@dataclass(frozen=True)
class SiteMap:
    """`svg` with words in `lang`, `png` without; `bar_m` metres are the bar's length."""

    svg: str
    png: bytes
    legend: tuple[Entry, ...]
    bar_m: float


@dataclass(frozen=True)
class _Drawn:
    entry: Entry
    shapes: Shapes


def draw_site(
    area: Area, verdict: SiteVerdict, *, works: pd.DataFrame | None = None, lang: str = "zh"
) -> SiteMap:
    """The map of a judged site; `works` are those that would connect it (kind, geometry)."""
    box = _window(verdict.polygon)
    drawn = [one for one in _scene(area, verdict, works, box) if len(one.shapes)]
    bar_m = _round((box[2] - box[0]) / 4)
    legend = {(one.entry.zh, one.entry.paint): one.entry for one in drawn}
    relief = _relief(area.terrain, box)
    return SiteMap(
        svg=_svg(drawn, box, relief, bar_m, lang),
        png=_png(_canvas(drawn, box, relief, bar_m)),
        legend=tuple(legend.values()),
        bar_m=bar_m,
    )


def swatch(entry: Entry) -> str:
    """A small SVG of how an entry is painted."""
    shapes: dict[str, BaseGeometry] = {
        "polygon": shapely.box(2, 2, 26, 14),
        "line": shapely.LineString([(1, 8), (27, 8)]),
        "point": shapely.Point(14, 8),
    }
    inner = _draw(_Drawn(entry, np.array([shapes[entry.geometry]], object)), 1.0)
    return f'<svg class="swatch" viewBox="0 0 28 16" width="28" height="16">{inner}</svg>'


def _window(site: BaseGeometry) -> Box:
    west, south, east, north = site.bounds
    x, y = (west + east) / 2, (south + north) / 2
    half = max(LEAST_HALF_M, ROOM * max(east - west, (north - south) * WIDTH / HEIGHT) / 2)
    return x - half, y - half * HEIGHT / WIDTH, x + half, y + half * HEIGHT / WIDTH


def _scene(area: Area, verdict: SiteVerdict, works: pd.DataFrame | None, box: Box) -> Iterator[_Drawn]:
    """What is drawn, from the bottom to the top, cut to the window."""
    window = shapely.box(*box)
    for layer in LAYERS_SHOWN:
        frame, theme = area.layer(layer), THEMES[layer]
        if layer == "facilities":
            frame = frame[frame["kind"].isin(FACILITIES).to_numpy(bool)]
        if not len(frame):
            continue
        keys = rule_keys(layer, frame)
        for rule in theme.rules:
            shapes = _cut(np.asarray(frame.geometry.array, object)[keys == rule.key], window)
            name = (theme.zh, theme.en) if len(theme.rules) == 1 else (rule.zh, rule.en)
            spot = shapely.get_dimensions(shapes) == 0  # of a hazard often no more than a point is known
            yield _Drawn(Entry(*name, rule.paint, "point"), shapes[spot])
            yield _Drawn(Entry(*name, rule.paint, theme.geometry), shapes[~spot])
    homes = THEMES["households"]
    house = Entry(homes.zh, homes.en, EXPOSURES["clear"].paint, "point")
    yield _Drawn(house, _cut(np.asarray(area.layer("households").geometry.array, object), window))
    if works is not None:
        for kind, rows in works.groupby("kind", sort=True):
            theme = WORK_THEMES[str(kind)]
            shapes = _cut(np.asarray(rows["geometry"].array, object), window)
            lines = shapes[shapely.get_dimensions(shapes) == 1]
            if len(lines):
                yield _Drawn(Entry(theme.zh, theme.en, theme.rules[0].paint, "line"), lines)
    rule = VERDICTS[verdict.verdict]
    yield _Drawn(Entry(rule.zh, rule.en, rule.paint, "polygon"), np.array([verdict.polygon], object))


def _cut(shapes: Shapes, window: BaseGeometry) -> Shapes:
    shapes = shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]
    near = shapes[shapely.intersects(shapes, window)]
    near = np.where(shapely.is_valid(near), near, shapely.make_valid(near)) if len(near) else near
    return np.asarray(shapely.intersection(near, window) if len(near) else near, object)


def _round(metres: float) -> float:
    """The largest of 1, 2, 5, 10, … not above `metres`."""
    ten = 10.0 ** np.floor(np.log10(metres))
    return float(max(step * ten for step in (1, 2, 5) if step * ten <= metres))


def _relief(terrain: Terrain | None, box: Box) -> npt.NDArray[np.uint8] | None:
    """Grey shading of the window, (rows, cols), one value a pixel of the canvas; None without terrain."""
    if terrain is None:
        return None
    wide, high = WIDTH * SHARP, HEIGHT * SHARP
    x = box[0] + (np.arange(wide) + 0.5) * (box[2] - box[0]) / wide
    y = box[3] - (np.arange(high) + 0.5) * (box[3] - box[1]) / high
    fine = Terrain(
        terrain.sample(*np.meshgrid(x, y)).astype(np.float32),
        box[0],
        box[3],
        (box[2] - box[0]) / wide,
        terrain.crs,
    )
    shade = np.nan_to_num(hillshade(fine), nan=0.7)
    return np.asarray(np.clip(170 + 85 * shade, 0, 250), np.uint8)


# ------------------------------------------------------------------------------ as SVG
def _svg(
    drawn: Sequence[_Drawn], box: Box, relief: npt.NDArray[np.uint8] | None, bar_m: float, lang: str
) -> str:
    scale = WIDTH / (box[2] - box[0])
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="map" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">'
    ]
    parts.append(f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#f2f1ec"/>')
    if relief is not None:
        grey = base64.b64encode(_png(np.repeat(relief[::2, ::2][None], 3, axis=0))).decode()
        parts.append(f'<image width="{WIDTH}" height="{HEIGHT}" href="data:image/png;base64,{grey}"/>')
    parts += [_draw(_Drawn(one.entry, _to_page(one.shapes, box, scale)), 1.3) for one in drawn]
    length = bar_m * scale
    x, y = 16, HEIGHT - 18
    text = f"{bar_m / 1000:g} km" if bar_m >= 1000 else f"{bar_m:g} m"
    parts.append(
        f'<g font-size="15" fill="{INK}" text-anchor="middle">'
        f'<rect x="8" y="{y - 24}" width="{length + 16:.0f}"'
        f' height="36" fill="#fff" fill-opacity=".8"/><path d="M{x} {y - 6}v6h{length:.1f}v-6" fill="none"'
        f' stroke="{INK}" stroke-width="3"/><text x="{x + length / 2:.0f}" y="{y - 7}">{text}</text>'
        f'<path d="M{WIDTH - 28} 14l10 30-10-7-10 7z"/>'
        f'<text x="{WIDTH - 28}" y="60">{"北" if lang == "zh" else "N"}</text></g>'
        f'<rect x=".5" y=".5" width="{WIDTH - 1}" height="{HEIGHT - 1}" fill="none" stroke="{INK}"/></svg>'
    )
    return "".join(parts)


def _to_page(shapes: Shapes, box: Box, scale: float) -> Shapes:
    turn = [scale, 0, 0, -scale, -box[0] * scale, box[3] * scale]
    return np.array([affinity.affine_transform(shape, turn) for shape in shapes], object)


def _draw(drawn: _Drawn, thick: float) -> str:
    """SVG of shapes in page units; hatches as a lighter fill, for paper is small."""
    paint = drawn.entry.paint
    if drawn.entry.geometry == "point":
        return "".join(_mark(shapely.get_coordinates(s)[0], paint) for s in drawn.shapes)
    path = "".join(_path(shape) for shape in drawn.shapes)
    if drawn.entry.geometry == "line":
        wide = (paint.width + 1.6) * thick
        under = f'<path d="{path}" fill="none" stroke="{paint.casing}" stroke-width="{wide:g}"/>'
        return (under if paint.casing else "") + _stroked(path, paint, "none", thick)
    return _stroked(path, paint, paint.fill or "none", thick)


def _stroked(path: str, paint: Paint, fill: str, thick: float) -> str:
    dash = f' stroke-dasharray="{" ".join(f"{d:g}" for d in paint.dash)}"' if paint.dash else ""
    return (
        f'<path d="{path}" fill="{fill}" fill-opacity="{paint.fill_opacity:g}" fill-rule="evenodd"'
        f' stroke="{paint.stroke or "none"}" stroke-width="{paint.width * thick:g}"{dash}/>'
    )


def _path(shape: BaseGeometry) -> str:
    """Path data of all lines and rings of a shape."""
    said = []
    for part in shapely.get_parts(shape):
        for line in shapely.get_rings(part) if part.geom_type == "Polygon" else [part]:
            xy = shapely.get_coordinates(line)
            if len(xy) > 1:
                said.append("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in xy))
    return "".join(said)


def _mark(at: npt.NDArray[np.float64], paint: Paint) -> str:
    r, (x, y) = max(2.2, paint.size * 0.38), at
    style = f'fill="{paint.fill or "none"}" stroke="{paint.stroke or INK}" stroke-width="1"'
    if paint.shape in ("circle", "ring"):
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{r:g}" {style}/>'
    box = f'<rect x="{x - r:.1f}" y="{y - r:.1f}" width="{2 * r:g}" height="{2 * r:g}" {style}/>'
    glyph = escape(paint.glyph)
    text = (
        f'<text x="{x:.1f}" y="{y + r * 0.55:.1f}" font-size="{1.5 * r:g}" fill="#fff" text-anchor="middle">'
    )
    return box + (f"{text}{glyph}</text>" if glyph else "")


# ------------------------------------------------------------------------------ as pixels
def _canvas(
    drawn: Sequence[_Drawn], box: Box, relief: npt.NDArray[np.uint8] | None, bar_m: float
) -> npt.NDArray[np.uint8]:
    """RGB (3, rows, cols)."""
    wide, high = WIDTH * SHARP, HEIGHT * SHARP
    grey = np.full((high, wide), 240, np.uint8) if relief is None else relief
    canvas = np.repeat(grey[None].astype(np.float32), 3, axis=0)
    pixel = (box[2] - box[0]) / wide
    transform = from_origin(box[0], box[3], pixel, pixel)

    def lay(shapes: Any, colour: str, opacity: float) -> None:
        wanted = [s for s in np.atleast_1d(np.asarray(shapes, object)) if not s.is_empty and s.area > 0]
        if not wanted or not colour or opacity <= 0:
            return
        mask = rasterize(wanted, out_shape=(high, wide), transform=transform, dtype="uint8").astype(bool)
        rgb = np.array([int(colour[k : k + 2], 16) for k in (1, 3, 5)], np.float32)
        canvas[:, mask] = (1 - opacity) * canvas[:, mask] + opacity * rgb[:, None]

    unit = pixel * SHARP
    for one in drawn:
        _lay(one, lay, unit)
    for shape, colour in _furniture(box, bar_m, unit):
        lay(shape, colour, 1.0)
    return np.asarray(np.clip(canvas, 0, 255), np.uint8)


def _lay(one: _Drawn, lay: Any, unit: float) -> None:
    """One entry on the canvas: areas, then their edges; lines on their casing; points as discs or squares."""
    paint, shapes = one.entry.paint, one.shapes
    if one.entry.geometry == "point":
        r = max(2.2, paint.size * 0.38) * unit
        cap = "round" if paint.shape in ("circle", "ring") else "square"
        lay(shapely.buffer(shapes, r + unit, cap_style=cap), paint.stroke, 1.0)
        lay(shapely.buffer(shapes, r, cap_style=cap), paint.fill, 1.0)
        return
    if one.entry.geometry == "line":
        if paint.casing:
            lay(shapely.buffer(shapes, (paint.width + 1.6) * 0.65 * unit), paint.casing, 1.0)
        lay(shapely.buffer(shapes, paint.width * 0.65 * unit), paint.stroke, paint.stroke_opacity)
        return
    lay(shapes, paint.fill, paint.fill_opacity)
    lay(
        shapely.buffer(shapely.boundary(shapes), paint.width * 0.65 * unit),
        paint.stroke,
        paint.stroke_opacity,
    )


def _furniture(box: Box, bar_m: float, unit: float) -> Iterator[tuple[BaseGeometry, str]]:
    """Bar of scale, north arrow and frame."""
    x, y = box[0] + 16 * unit, box[1] + 18 * unit
    yield shapely.box(x - 8 * unit, y - 8 * unit, x + bar_m + 8 * unit, y + 14 * unit), "#ffffff"
    yield shapely.box(x, y, x + bar_m, y + 5 * unit), INK
    yield shapely.box(x + bar_m / 2, y + unit, x + bar_m - unit, y + 4 * unit), "#ffffff"
    x, y = box[2] - 28 * unit, box[3] - 14 * unit
    tip = [(x, y), (x + 10 * unit, y - 30 * unit), (x, y - 23 * unit), (x - 10 * unit, y - 30 * unit)]
    yield shapely.Polygon(tip), INK
    yield shapely.boundary(shapely.box(*box)).buffer(1.5 * unit), INK


def _png(rgb: npt.NDArray[np.uint8]) -> bytes:
    _, high, wide = rgb.shape
    profile = {"driver": "PNG", "width": wide, "height": high, "count": 3, "dtype": "uint8"}
    with warnings.catch_warnings(), MemoryFile() as memory:
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with memory.open(**profile) as file:
            file.write(rgb)
        return bytes(memory.read())
