"""How does a plan become one HTML file that anybody can open, with no network and no server?

folium makes the shell (map, relief); our own scripts in `folium_page/` draw the layers
from the compact values of `maps.payload`; `maps.assets` puts every script and style
sheet inside. The file holds everything.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import folium
import orjson
from branca.element import Element, MacroElement
from jinja2 import Template

from geo.messages import LANGS
from maps.assets import inline
from maps.payload import payload
from maps.relief import draw_relief

if TYPE_CHECKING:
    from geo.plan import Plan

SCRIPTS = ("text.js", "draw.js", "works.js", "relocation.js", "page.js")
FOLDER = Path(__file__).parent / "folium_page"

_BODY = """
<header id="head"><button id="fold" type="button">☰</button><div id="title"></div>
<div id="find"><input id="search" type="search" autocomplete="off"><ul id="hits" hidden></ul></div>
<button id="print" type="button"></button><button id="language" type="button"></button></header>
<aside id="panel"></aside><div id="key"></div>
<div id="north"><span></span><svg viewBox="0 0 22 34"><path d="M11 0 L21 33 L11 25 Z" fill="#222"/>
<path d="M11 0 L1 33 L11 25 Z" fill="#fff" stroke="#222"/></svg></div>
"""


def draw_page(plan: Plan, path: Path | str, *, lang: str = "zh", names: bool = False) -> None:
    """Write the map of `plan` to the file at `path`, opening in `lang`; both languages are inside.

    Personal names are masked unless `names`. Raises `maps.assets.UnknownAssetError`
    when the assets of the page are not installed.
    """
    Path(path).write_text(page_html(plan, lang=lang, names=names), "utf-8")


def page_html(plan: Plan, *, lang: str = "zh", names: bool = False) -> str:
    """The text of that file."""
    values = payload(plan, lang=lang if lang in LANGS else "en", names=names)
    south_west, north_east = values["meta"]["bounds"]
    sheet = folium.Map(
        location=[(south_west[0] + north_east[0]) / 2, (south_west[1] + north_east[1]) / 2],
        tiles=None,
        prefer_canvas=True,
        zoom_snap=0.25,
        max_zoom=19,
        min_zoom=8,
    )
    sheet.options["maxZoom"], sheet.options["minZoom"] = 19, 8
    if plan.area.terrain is not None:
        relief = draw_relief(plan.area.terrain)
        west, south, east, north = relief.box
        folium.raster_layers.ImageOverlay(
            relief.uri, [[south, west], [north, east]], pixelated=False, interactive=False
        ).add_to(sheet)
    page = sheet.get_root()
    page.html.add_child(Element(_BODY))
    page.header.add_child(Element(f"<style>{_read('page.css')}</style>"), name="zz_page")
    sheet.add_child(_Slot())
    name, shell = sheet.get_name(), page.render()
    for number, drawn in enumerate(dict.fromkeys(_DRAWN_ID.findall(shell))):
        # folium names its elements at random; the same plan is the same file
        shell, name = (text.replace(drawn, f"{number:032x}") for text in (shell, name))
    # megabytes of values do not go through folium's templates
    return inline(shell).replace(_SLOT, _script(values, name), 1)


_SLOT = "/* xiangtu */"
_DRAWN_ID = re.compile(r"(?<=_)[0-9a-f]{32}\b")


class _Slot(MacroElement):
    """The place of our code: folium writes the children of a map behind the map."""

    _template = Template("{% macro script(this, kwargs) %}" + _SLOT + "{% endmacro %}")


def _script(values: dict[str, object], map_name: str) -> str:
    data = orjson.dumps(values).decode().replace("<", "\\u003c").replace("\u2028", "\\u2028")
    code = "\n".join(_read(name) for name in SCRIPTS)
    return f"(function () {{\n{code}\nstartPage({map_name}, {data});\n}})();"


def _read(name: str) -> str:
    return (FOLDER / name).read_text("utf-8")
