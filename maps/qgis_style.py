"""How does QGIS draw a layer? The themes as QML, the style format of QGIS 3."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from xml.etree import ElementTree as Xml
from xml.etree.ElementTree import Element, SubElement

from maps.symbols import Geometry, Paint, Rule

MM_PER_PX = 25.4 / 96
"""Themes speak of screen pixels at 96 to the inch; QGIS keeps millimetres, on screen and paper."""

SYMBOL_TYPES: Mapping[Geometry, str] = {"point": "marker", "line": "line", "polygon": "fill"}
_SHAPES = {"ring": "circle"}
_ANGLES = {"diagonal": (45,), "back": (135,), "cross": (45, 135)}
_FONT = "Noto Sans CJK SC"


def qml(
    rules: Iterable[Rule],
    geometry: Geometry,
    *,
    field: str,
    aliases: Mapping[str, str],
    label: str = "",
    lang: str = "zh",
) -> str:
    """A categorised style: features whose `field` is a rule's key are drawn by its paint.

    `aliases` are the headers people read, by column; `label` the column written beside
    each feature.
    """
    root = Element("qgis", version="3.22.0", labelsEnabled=str(int(bool(label))))
    renderer = SubElement(
        root, "renderer-v2", type="categorizedSymbol", attr=field, symbollevels="0", forceraster="0"
    )
    categories, symbols = SubElement(renderer, "categories"), SubElement(renderer, "symbols")
    for index, rule in enumerate(rules):
        text = rule.zh if lang == "zh" else rule.en
        SubElement(categories, "category", value=rule.key, label=text, symbol=str(index), render="true")
        symbols.append(_symbol(rule.paint, geometry, str(index)))
    if label:
        _label(root, label, geometry)
    names = SubElement(root, "aliases")
    for index, (column, alias) in enumerate(aliases.items()):
        SubElement(names, "alias", index=str(index), field=column, name=alias)
    SubElement(root, "layerGeometryType").text = {"point": "0", "line": "1", "polygon": "2"}[geometry]
    Xml.indent(root)
    doctype = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
    return doctype + Xml.tostring(root, encoding="unicode")


def _symbol(paint: Paint, geometry: Geometry, name: str) -> Element:
    symbol = Element("symbol", type=SYMBOL_TYPES[geometry], name=name, alpha="1", clip_to_extent="1")
    layers = {"point": _marker_layers, "line": _line_layers, "polygon": _fill_layers}[geometry](paint, name)
    symbol.extend(layers)
    return symbol


def _layer(kind: str, properties: Mapping[str, object]) -> Element:
    """One symbol layer; properties in the new spelling (Option) and the old (prop)."""
    layer = Element("layer", {"class": kind, "enabled": "1", "locked": "0", "pass": "0"})
    options = SubElement(layer, "Option", type="Map")
    for key, value in properties.items():
        SubElement(options, "Option", type="QString", name=key, value=str(value))
        SubElement(layer, "prop", k=key, v=str(value))
    return layer


def _marker_layers(paint: Paint, _name: str) -> list[Element]:
    shape = _SHAPES.get(paint.shape, paint.shape)
    hollow = not paint.fill
    body = {
        "name": shape,
        "color": _rgba("#ffffff", 0.55) if hollow else _rgba(paint.fill, paint.fill_opacity),
        "outline_color": _rgba(paint.stroke or "#000000", paint.stroke_opacity),
        "outline_width": _mm(paint.width),
        "outline_width_unit": "MM",
        "outline_style": "solid" if paint.stroke else "no",
        "size": _mm(paint.size),
        "size_unit": "MM",
    }
    layers = [_layer("SimpleMarker", body)]
    if paint.glyph:
        glyph = {
            "chr": paint.glyph,
            "font": _FONT,
            "color": _rgba(paint.stroke, 1.0),
            "size": _mm(paint.size * 0.72),
            "size_unit": "MM",
            "outline_width": 0,
        }
        layers.append(_layer("FontMarker", glyph))
    return layers


def _line_layers(paint: Paint, _name: str) -> list[Element]:
    over = [_layer("SimpleLine", _line(paint.stroke, paint.width, paint.stroke_opacity, paint.dash))]
    under = [_layer("SimpleLine", _line(paint.casing, paint.width + 1.8))] if paint.casing else []
    return under + over


def _line(
    colour: str, width_px: float, opacity: float = 1.0, dash_px: tuple[float, ...] = ()
) -> dict[str, object]:
    return {
        "line_color": _rgba(colour, opacity),
        "line_width": _mm(width_px),
        "line_width_unit": "MM",
        "line_style": "solid",
        "capstyle": "flat" if dash_px else "round",
        "joinstyle": "round",
        "use_custom_dash": int(bool(dash_px)),
        "customdash": ";".join(str(_mm(d)) for d in dash_px) or "5;2",
        "customdash_unit": "MM",
    }


def _fill_layers(paint: Paint, name: str) -> list[Element]:
    layers = []
    if paint.fill:
        body = {"color": _rgba(paint.fill, paint.fill_opacity), "style": "solid", "outline_style": "no"}
        layers.append(_layer("SimpleFill", body))
    if paint.hatch == "dots":
        layers.append(_dots(paint, f"@{name}@{len(layers)}"))
    for angle in _ANGLES.get(paint.hatch, ()):
        layers.append(_hatch(paint, angle, f"@{name}@{len(layers)}"))
    if paint.stroke:
        edge = _line(paint.stroke, paint.width, paint.stroke_opacity, paint.dash)
        layers.append(_layer("SimpleLine", edge))
    return layers


def _hatch(paint: Paint, angle: int, name: str) -> Element:
    body = {"angle": angle, "distance": _mm(5.7), "distance_unit": "MM", "line_width": _mm(1.0)}
    layer = _layer("LinePatternFill", body)
    line = SubElement(layer, "symbol", type="line", name=name, alpha="0.75", clip_to_extent="1")
    line.append(_layer("SimpleLine", _line(paint.stroke, 1.0)))
    return layer


def _dots(paint: Paint, name: str) -> Element:
    apart = {"distance_x": _mm(8), "distance_y": _mm(8), "distance_x_unit": "MM", "distance_y_unit": "MM"}
    layer = _layer("PointPatternFill", apart)
    dot = SubElement(layer, "symbol", type="marker", name=name, alpha="0.75", clip_to_extent="1")
    dot.extend(_marker_layers(Paint(paint.stroke, size=2.8), name))
    return layer


def _label(root: Element, column: str, geometry: Geometry) -> None:
    labeling = SubElement(root, "labeling", type="simple")
    settings = SubElement(labeling, "settings", calloutType="simple")
    style = {
        "fieldName": column,
        "isExpression": "0",
        "fontFamily": _FONT,
        "fontSize": "9",
        "fontSizeUnit": "Point",
        "textColor": _rgba("#24292e", 1.0),
    }
    text = SubElement(settings, "text-style", style)
    halo = {"bufferDraw": "1", "bufferSize": "0.8", "bufferSizeUnits": "MM", "bufferColor": "255,255,255,255"}
    SubElement(text, "text-buffer", halo)
    SubElement(
        settings, "placement", placement={"point": "6", "line": "2", "polygon": "1"}[geometry], dist="1"
    )


def _rgba(colour: str, opacity: float) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"{red},{green},{blue},{round(255 * opacity)}"


def _mm(px: float) -> float:
    return round(px * MM_PER_PX, 3)
