"""No page needs a network: every address is put inside or refused."""

from __future__ import annotations

from pathlib import Path

import folium
import pytest

from maps.assets import FOLDER, UnknownAssetError, inline
from maps.build_assets import build


@pytest.fixture
def assets(tmp_path: Path) -> Path:
    """Assets as npm leaves them, small."""
    (tmp_path / "images").mkdir()
    for name in ("layers.png", "marker-icon.png", "marker-icon-2x.png", "marker-shadow.png"):
        (tmp_path / "images" / name).write_bytes(b"\x89PNG")
    (tmp_path / "leaflet.js").write_text("var L='</script>';\n//# sourceMappingURL=leaflet.js.map")
    (tmp_path / "leaflet.css").write_text(
        ".a{background-image:url(images/layers.png)} .b{behavior:url(#default#VML)}"
    )
    return tmp_path


def test_a_folium_page_names_no_address_any_more(assets: Path) -> None:
    page = inline(folium.Map(tiles=None).get_root().render(), folder=assets)
    assert "src=" not in page
    assert "href=" not in page
    assert "sourceMappingURL" not in page
    assert "url(data:image/png;base64,iVBORw==)" in page  # the four bytes of the file
    assert "url(#default#VML)" in page
    assert "L.Icon.Default.mergeOptions" in page
    assert "<\\/script>" in page


def test_an_address_nobody_knows_is_refused(assets: Path) -> None:
    with pytest.raises(UnknownAssetError, match=r"example\.org/draw\.js: add it"):
        inline('<script src="https://example.org/draw.js"></script>', folder=assets)
    with pytest.raises(UnknownAssetError, match="like-leaflet"):
        inline('<link rel="stylesheet" href="https://example.org/like-leaflet.css">', folder=assets)


def test_a_missing_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UnknownAssetError, match="make setup"):
        inline('<script src="https://x/leaflet@1.9.3/dist/leaflet.js"></script>', folder=tmp_path)


def test_assets_are_copied_from_npm_packages(tmp_path: Path) -> None:
    dist = tmp_path / "node_modules" / "leaflet" / "dist"
    (dist / "images").mkdir(parents=True)
    for name in ("leaflet.js", "leaflet.css", "leaflet-src.js", "images/layers.png"):
        (dist / name).write_text(name)
    out = tmp_path / "out"
    out.mkdir()
    (out / "old.js").write_text("of an earlier version")
    assert build(tmp_path / "node_modules", out) == 3
    assert sorted(p.name for p in out.rglob("*") if p.is_file()) == [
        "layers.png",
        "leaflet.css",
        "leaflet.js",
    ]
    with pytest.raises(FileNotFoundError, match="npm ci"):
        build(tmp_path / "nothing", out)


def test_the_real_assets_are_leaflet_1() -> None:
    if not FOLDER.is_dir():
        pytest.skip("assets are not built (make setup)")
    assert 'version="1.9' in (FOLDER / "leaflet.js").read_text("utf-8").replace(" ", "")
