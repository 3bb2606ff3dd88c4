"""Draw the sample township, or a county of them: `python data/make_sample.py --townships 25 --out FOLDER`."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import sample
from sample.write import write_package, write_shapefiles, write_terrain

HERE = Path(__file__).parent


def main() -> None:
    """One township goes to shapefiles, several to one GeoPackage; the terrain lies beside."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=sample.SEED, help="another seed, another land")
    parser.add_argument(
        "--townships", type=int, default=1, help="1 to 25; a township has some 5,000 households"
    )
    parser.add_argument("--out", type=Path, default=HERE, help="folder for shapefiles/ and terrain/")
    args = parser.parse_args()
    if not 1 <= args.townships <= 25:
        parser.error("--townships must be 1 to 25")
    start = time.perf_counter()
    layers, terrain = sample.draw(args.seed, args.townships)
    if args.townships == 1:
        write_shapefiles(dict(layers), args.out / "shapefiles")
    else:
        write_package(dict(layers), args.out / "county.gpkg")
    write_terrain(terrain, args.out / "terrain" / "dem.tif")
    households = len(layers["households"])
    print(f"{args.townships} township(s), {households:,} households in {time.perf_counter() - start:.1f} s")


if __name__ == "__main__":
    main()
