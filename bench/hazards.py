"""Mining subsidence: 1,500 x 1,500 cells with 30 workings (to be done within 3 s); the township's hazards.

    python -m bench.hazards [--cells 1500] [--workings 30]

CPU seconds of one process, best of some runs, kernels compiled before.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
from pyproj import CRS
from scipy.ndimage import gaussian_filter
from shapely import affinity, box

from geo.area import Area, make_area
from geo.hazards.exposure import expose
from geo.hazards.screens import screen
from geo.hazards.subsidence import contours, model_subsidence
from geo.reading.read import read_area
from geo.spatial.terrain import Terrain
from geo.standards import default_standard
from geo.zones import make_zones

SEED = 20261126
CELL_M = 5.0
RUNS = 3
YEAR = 2020


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.hazards")
    parser.add_argument("--cells", type=int, default=1500, help="rows and columns of the grid")
    parser.add_argument("--workings", type=int, default=30)
    args = parser.parse_args()
    standard = default_standard()
    large = _coalfield(args.cells, args.workings)
    small, _ = read_area(Path(__file__).parents[1] / "data" / "shapefiles")
    zones, sunk = make_zones(small, standard), model_subsidence(small, standard)
    print(
        f"\nhazards, CPU seconds; coal field of {args.cells} x {args.cells} cells, {args.workings} workings"
    )
    print("| step | seconds |")
    print("|---|---|")
    _line("coal field: four fields of subsidence", lambda: model_subsidence(large, standard, year=YEAR))
    _line("township: subsidence", lambda: model_subsidence(small, standard))
    _line("township: zones with their run-out", lambda: make_zones(small, standard))
    _line("township: exposure", lambda: expose(small, standard, zones, sunk))
    _line("township: contours and grades for the map", lambda: contours(sunk))
    _line("township: height above drainage", lambda: screen(small, standard, flooded=True))


def _coalfield(n: int, workings: int) -> Area:
    """Panels of 150 to 250 m by 400 to 900 m, 150 to 400 m deep, dipping, turned any way, anywhere."""
    rng = np.random.default_rng(SEED)
    height = (gaussian_filter(rng.normal(size=(n, n)), 20) * 3000).astype(np.float32)
    side, crs = n * CELL_M, CRS.from_epsg(4544)
    outlines = [
        affinity.translate(
            affinity.rotate(box(0, 0, rng.uniform(150, 250), rng.uniform(400, 900)), rng.uniform(0, 180)),
            *rng.uniform(0, side - 900, 2),
        )
        for _ in range(workings)
    ]
    columns = {
        "id": [f"w{i}" for i in range(workings)],
        "depth": rng.uniform(150, 400, workings),
        "thickness": rng.uniform(1.5, 3, workings),
        "dip": rng.uniform(0, 15, workings),
        "dip_dir": rng.uniform(0, 360, workings),
        "year": rng.integers(2005, 2020, workings),
        "planned": rng.random(workings) < 0.2,
    }
    frame = gpd.GeoDataFrame(columns, geometry=outlines, crs=crs)
    return make_area({"workings": frame}, crs=crs, terrain=Terrain(height, 0.0, side, CELL_M, crs))


def _line(name: str, call: Callable[[], object]) -> None:
    best = np.inf
    for _ in range(RUNS):
        begun = time.process_time()
        call()
        best = min(best, time.process_time() - begun)
    print(f"| {name} | {best:.2f} |", flush=True)


if __name__ == "__main__":
    main()
