"""Finding places to settle on an area: suitability, places, the whole search, a change of weights, why not.

    python -m bench.sites [FOLDER]

Processor seconds (all threads together) of this process after the kernels are compiled, so that other
work on the machine does not count; the walking surfaces that a plan has anyway are made before.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from geo import read_area
from geo.ground import make_ground
from geo.relocation.assess import assess_site, prepare_sites
from geo.relocation.find import find_sites
from geo.relocation.suitability import make_suitability
from geo.relocation.why_not import why_not
from geo.roads.gaps import road_gaps
from geo.spatial.warm import warm
from geo.standards import default_standard

T = TypeVar("T")
SAMPLE = Path(__file__).parents[1] / "data" / "shapefiles"
HOUSEHOLDS = 50
RUNS = 5
WEIGHTS = ({"slope": 6.0}, {"road": 0.0}, {"water": 6.0, "fields": 0.0}, {"school": 8.0}, {"park": 5.0})
TARGETS = {"found, cold": 3.0, "other weights": 0.3, "drawn site": 0.03}


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.sites")
    parser.add_argument("folder", nargs="?", default=SAMPLE, type=Path)
    print("\nplaces to settle, processor seconds\n| step | seconds | target |\n|---|---|---|")
    for name, seconds in measure(parser.parse_args().folder).items():
        print(f"| {name} | {seconds:.3f} | {TARGETS.get(name, '')} |")


def measure(folder: Path) -> dict[str, float]:
    """Seconds by step; the median of a few where a step is repeated."""
    warm()
    area, standard = read_area(folder)[0], default_standard()
    ground = make_ground(area, standard)
    context = prepare_sites(area, standard, ground, serving=road_gaps(area, standard, ground).serving)
    suitability, made = _timed(lambda: make_suitability(context))
    found, first = _timed(lambda: find_sites(context, suitability, households=HOUSEHOLDS))
    moved = [
        _timed(lambda w=w: find_sites(context, suitability, households=HOUSEHOLDS, weights=w, connect=False))[
            1
        ]
        for w in WEIGHTS
    ]
    shapes = list(found.table.geometry)
    drawn = [_timed(lambda s=s: assess_site(s, context))[1] for s in shapes[:RUNS] * 2]
    places = [shape.representative_point() for shape in shapes] + [
        area.layer("cliffs").geometry.iloc[0].centroid
    ]
    asked = [_timed(lambda p=p: why_not(suitability, p.x, p.y))[1] for p in places]
    return {
        "suitability": made,
        f"{len(shapes)} places judged, connected, ranked": first,
        "found, cold": made + first,
        "other weights": statistics.median(moved),
        "drawn site": statistics.median(drawn),
        "why not here": statistics.median(asked),
    }


def _timed(call: Callable[[], T]) -> tuple[T, float]:
    started = time.process_time()
    value = call()
    return value, time.process_time() - started


if __name__ == "__main__":
    main()
