"""Copy what `npm ci` installed in maps/folium_assets to maps/static/folium: `python -m maps.build_assets`."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

HERE = Path(__file__).parent
WANTED = {"leaflet/dist": ("leaflet.js", "leaflet.css", "images")}
"""npm folder -> files and folders the page needs of it."""


def build(
    modules: Path = HERE / "folium_assets" / "node_modules", out: Path = HERE / "static" / "folium"
) -> int:
    """Copy the wanted files; returns how many things were copied."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    copied = 0
    for folder, names in WANTED.items():
        for name in names:
            source = modules / folder / name
            if not source.exists():
                raise FileNotFoundError(f"{source}: run `npm ci --prefix maps/folium_assets` first")
            if source.is_dir():
                shutil.copytree(source, out / name)
            else:
                shutil.copy2(source, out / name)
            copied += 1
    return copied


if __name__ == "__main__":
    sys.stdout.write(f"maps/static/folium: {build()} assets\n")
