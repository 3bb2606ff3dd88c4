"""One run over an area of N townships in a process of its own; prints its figures as JSON.

python -m bench.township FOLDER
"""

from __future__ import annotations

import json
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path


def main(folder: Path) -> dict[str, float]:
    started = time.perf_counter()
    from geo import read_area
    from geo.ground import make_ground
    from geo.plan import find_gaps, make_plan
    from geo.relocation.assess import assess_site
    from geo.standards import default_standard
    from service.usecases.plan_files import write_plan

    imported = time.perf_counter()
    standard = default_standard()
    area, _ = read_area(folder)
    read = time.perf_counter()
    ground = make_ground(area, standard)
    find_gaps(area, standard, ground)
    gaps = time.perf_counter()
    plan = make_plan(area, standard)
    planned = time.perf_counter()
    with tempfile.TemporaryDirectory() as out:
        files = write_plan(plan, Path(out))
        written = time.perf_counter()
        sizes = {name: path.stat().st_size / 1e6 for name, path in files.items()}
    changes = (
        {"water.reach_m": 1000.0},
        {"clinic.max_min": 20.0},
        {"path.max_walk_m": 30.0},
        {"power.reach_m": 400.0},
    )
    what_if = _median(
        lambda i: find_gaps(area, standard.override(changes[i % 4]), plan.ground, earlier=plan.gaps), 12
    )
    polygons = list(area.layer("sites").geometry) or [area.layer("households").geometry.iloc[0].buffer(60)]
    site = _median(lambda i: assess_site(polygons[i % len(polygons)], plan.site_context), 24)
    return {
        "households": len(area.layer("households")),
        "import": imported - started,
        "read": read - imported,
        "gaps cold": gaps - read,
        "plan": planned - gaps,
        "write": written - planned,
        "files to ledgers": (read - started) + (written - gaps),
        "what-if": what_if,
        "site verdict": site,
        "peak MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        **{f"{name} MB": size for name, size in sizes.items() if "/" not in name},
    }


def _median(call: Callable[[int], object], runs: int) -> float:
    taken = []
    for i in range(runs):
        started = time.perf_counter()
        call(i)
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]))))
