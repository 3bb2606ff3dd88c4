"""How does a page of folium open with no network? Every address it names is replaced by a local file.

folium writes `<script src=…>` and `<link href=…>` of several hosts. `inline` puts
the files installed from npm (`python -m maps.build_assets`) in their place. An
address that `MANIFEST` does not know raises: no page silently needs a network.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from pathlib import Path

FOLDER = Path(__file__).parent / "static" / "folium"

MANIFEST: Mapping[str, str] = {
    r"/leaflet@[\d.]+/dist/leaflet\.js": "leaflet.js",
    r"/leaflet@[\d.]+/dist/leaflet\.css": "leaflet.css",
    # folium names these for markers and pop-ups that our page does not use
    r"/jquery-[\d.]+\.min\.js": "",
    r"/bootstrap@[\d.]+/dist/js/bootstrap\.bundle\.min\.js": "",
    r"/bootstrap@[\d.]+/dist/css/bootstrap\.min\.css": "",
    r"/leaflet\.awesome-markers\.(js|css)": "",
    r"/bootstrap-glyphicons\.css": "",
    r"/@fortawesome/fontawesome-free@[\d.]+/css/all\.min\.css": "",
    r"/leaflet\.awesome\.rotate\.min\.css": "",
}
"""Ending of an address (a pattern, so that versions may differ) -> local file; "" is left out."""

_TAG = re.compile(
    r'<script[^>]*\bsrc="(?P<js>[^"]+)"[^>]*>\s*</script>|<link[^>]*\bhref="(?P<css>[^"]+)"[^>]*/?>', re.I
)
_CSS_URL = re.compile(r"url\(\s*['\"]?(?!data:|#)([^'\")]+)['\"]?\s*\)")
_MIME = {".png": "image/png", ".svg": "image/svg+xml", ".gif": "image/gif"}


class UnknownAssetError(LookupError):
    """A page names an address that the manifest does not know, or its file is not installed."""


def inline(html: str, *, folder: Path = FOLDER) -> str:
    """The same page with every script and style sheet inside it."""
    return _TAG.sub(lambda tag: _replacement(tag["js"] or "", tag["css"] or "", folder), html)


def _replacement(js: str, css: str, folder: Path) -> str:
    address = js or css
    name = next((f for pattern, f in MANIFEST.items() if re.search(f"{pattern}$", address)), None)
    if name is None:
        raise UnknownAssetError(f"{address}: add it to maps/assets.py and to maps/folium_assets/package.json")
    if not name:
        return ""
    text = read_asset(name, folder)
    if css:
        return f"<style>\n{_inline_images(text, folder)}\n</style>"
    patch = f"\n<script>{_icon_patch(folder)}</script>" if name == "leaflet.js" else ""
    return "<script>\n" + text.replace("</script", "<\\/script") + f"\n</script>{patch}"


def read_asset(name: str, folder: Path = FOLDER) -> str:
    """The text of an installed file, without the address of its source map."""
    file = folder / name
    if not file.is_file():
        raise UnknownAssetError(f"{file} is not installed: run `make setup`")
    return re.sub(r"(//|/\*)# sourceMappingURL=\S+( \*/)?", "", file.read_text("utf-8"))


def data_uri(file: Path) -> str:
    return f"data:{_MIME[file.suffix]};base64,{base64.b64encode(file.read_bytes()).decode()}"


def _inline_images(css: str, folder: Path) -> str:
    return _CSS_URL.sub(lambda m: f"url({data_uri(folder / m[1])})", css)


def _icon_patch(folder: Path) -> str:
    """Leaflet guesses the folder of its marker images from its style sheet; here there is none."""
    uris = {
        "iconUrl": "marker-icon.png",
        "iconRetinaUrl": "marker-icon-2x.png",
        "shadowUrl": "marker-shadow.png",
    }
    options = ",".join(f'{k}:"{data_uri(folder / "images" / v)}"' for k, v in uris.items())
    return f"delete L.Icon.Default.prototype._getIconUrl;L.Icon.Default.mergeOptions({{{options}}});"
