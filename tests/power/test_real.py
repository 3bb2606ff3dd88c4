"""Water and power stay honest where a place records hardly anything about them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyogrio
import pytest

from geo.area import Area, make_area
from geo.power.gaps import power_gaps
from geo.standards import default_standard

CRS = "EPSG:32631"


@pytest.fixture(scope="module")
def andorra(real: Path) -> Area:
    source = real / "andorra" / "andorra_2025.gpkg"
    houses = pyogrio.read_dataframe(source, layer="buildings", columns=["osm_id"]).to_crs(CRS)
    nodes = pyogrio.read_dataframe(source, layer="power_points").to_crs(CRS)
    houses = houses.assign(id=houses["osm_id"].astype(str), geometry=houses.geometry.centroid)
    posts = nodes[nodes["power"] == "transformer"]
    posts = posts.assign(id=posts["osm_id"].astype(str), geometry=posts.geometry.centroid)
    return make_area(
        {"households": houses[["id", "geometry"]], "transformers": posts[["id", "geometry"]]}, crs=CRS
    )


def test_a_transformer_without_a_rating_is_unknown_near_by_and_too_far_elsewhere(andorra):
    """Against distances by numpy alone: 400 m straight are 500 m of line."""
    houses, posts = (
        np.stack([f.geometry.x, f.geometry.y], axis=1)
        for f in (andorra.layer(n) for n in ("households", "transformers"))
    )
    far = np.min([np.hypot(*(houses - p).T) for p in posts], axis=0)
    state = power_gaps(andorra, default_standard()).power.state
    assert (state == np.where(far <= 400, "unknown", "unmet")).all()
