"""A township of the Guizhou coal and karst country that does not exist, drawn from a seed."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.spatial.terrain import Terrain

from .grid import FINE_M, MARGIN_M, SIDE_M
from .township import ACROSS, SOUTH, WEST, WORK_CRS, Township, draw_township

__all__ = ["SEED", "SOUTH", "WEST", "WORK_CRS", "Township", "draw", "draw_township"]

SEED = 20161
"""The seed of the committed sample."""


def draw(seed: int = SEED, townships: int = 1) -> tuple[Mapping[str, gpd.GeoDataFrame], Terrain]:
    """Layers and terrain of `townships` townships side by side, ready for `geo.area.make_area`.

    Canonical field names and values, EPSG:4544. The same seed always gives the same frames, and township 0 is
    the same however many follow.
    """
    drawn = [draw_township(seed, k) for k in range(townships)]
    if townships == 1:
        return dict(drawn[0].layers), drawn[0].terrain
    names = drawn[0].layers
    layers = {
        name: gpd.GeoDataFrame(
            pd.concat([t.layers[name] for t in drawn if len(t.layers[name])], ignore_index=True), crs=WORK_CRS
        )
        for name in names
    }
    return layers, _mosaic([t.terrain for t in drawn])


def _mosaic(tiles: list[Terrain]) -> Terrain:
    """One terrain of all tiles: margins lie on the neighbours, whose own land counts more."""
    across, up = min(ACROSS, len(tiles)), -(-len(tiles) // ACROSS)
    margin = int(MARGIN_M / FINE_M)
    side = int(SIDE_M / FINE_M)
    z = np.full((up * side + 2 * margin, across * side + 2 * margin), np.nan, np.float32)
    for whole in (True, False):
        for k, tile in enumerate(tiles):
            row, col = (up - 1 - k // ACROSS) * side, (k % ACROSS) * side
            cut = slice(None) if whole else slice(margin, -margin)
            part = tile.elevation[cut, cut]
            off = 0 if whole else margin
            z[row + off : row + off + part.shape[0], col + off : col + off + part.shape[1]] = part
    north = SOUTH + up * SIDE_M + MARGIN_M
    return Terrain(z, WEST - MARGIN_M, north, FINE_M, WORK_CRS)
