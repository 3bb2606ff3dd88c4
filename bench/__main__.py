"""`make bench`: the standard township, growth over 1, 5 and 25 townships, the searches underneath.

python -m bench [--townships 1,5,25]
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.county import write_county
from geo import read_area
from service.crew import cores

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "data" / "shapefiles"
TARGETS = {
    "gaps cold": 2.0,
    "what-if": 0.3,
    "site verdict": 0.03,
    "files to ledgers": 10.0,
    "peak MB": 1500.0,
}

EACH_MB = 700
"""Peak memory of each township of a larger area: ten take 6.5 GB."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench")
    parser.add_argument("--townships", default="1,5,25", help="sizes to measure, comma-separated")
    sizes = [n for n in map(int, parser.parse_args().townships.split(",")) if _fits(n)]
    with tempfile.TemporaryDirectory() as drawn:
        rows = {n: _measure(_drawn(n, Path(drawn))) for n in sizes}
    print(
        f"{cores()} cores, load {os.getloadavg()[0]:.1f} when it ended" if hasattr(os, "getloadavg") else ""
    )
    _print(rows)
    for more in ("bench.ground", "bench.hazards", "bench.sites", "bench.optimisation"):
        subprocess.run([sys.executable, "-m", more], cwd=ROOT, check=True)


def _fits(townships: int) -> bool:
    """Whether there is memory for so many; says so where there is not. Unknown memory is enough."""
    try:
        whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e6
    except (ValueError, OSError, AttributeError):
        return True
    if townships * EACH_MB > whole and townships > 1:
        print(
            f"{townships} townships: not measured, {townships * EACH_MB:,} MB wanted, {whole:,.0f} MB there"
        )
        return False
    return True


def _drawn(townships: int, folder: Path) -> Path:
    if townships > 1:
        out = folder / str(townships)
        write_county(read_area(SAMPLE)[0], townships, out)
        return out
    return SAMPLE


def _measure(folder: Path) -> dict[str, float]:
    run = subprocess.run(
        [sys.executable, "-m", "bench.township", folder], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return dict(json.loads(run.stdout.splitlines()[-1]))


def _print(rows: dict[int, dict[str, float]]) -> None:
    sizes = list(rows)
    print(
        "| "
        + " | ".join(["seconds", *(f"{n} townships" for n in sizes), "target (1)", "growth exponent"])
        + " |"
    )
    print("|---" * (len(sizes) + 3) + "|")
    for name in rows[sizes[0]]:
        figures = [rows[n].get(name, math.nan) for n in sizes]
        shown = [f"{v:,.0f}" if v >= 100 else f"{v:.3f}" for v in figures]
        target = f"{TARGETS[name]:g}" if name in TARGETS else ""
        print("| " + " | ".join([name, *shown, target, _growth(sizes, figures)]) + " |")


def _growth(sizes: list[int], figures: list[float]) -> str:
    """log(time) over log(size) between the smallest and the largest area."""
    if len(sizes) < 2 or min(figures) <= 0:
        return ""
    return f"{math.log(figures[-1] / figures[0]) / math.log(sizes[-1] / sizes[0]):.2f}"


if __name__ == "__main__":
    main()
