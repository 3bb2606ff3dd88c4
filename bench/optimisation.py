"""Networks and siting against published optima: how far off, whether proven, how long.

    python -m bench.optimisation

Kernels are compiled before the clock starts. SteinLib, OR-Library and the terrain are kept
beside the project; without them only the made grid is measured.
"""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import rasterio
import scipy.sparse as sp
from scipy.sparse.csgraph import shortest_path

from geo.spatial.network import steiner_tree
from geo.spatial.siting import Sites, cover_all, cover_most, locate, p_median

REAL = Path(__file__).parents[2] / "shared" / "real"
CELL_M = 30.0
SAN_FRANCISCO = "SF_network_distance_candidateStore_16_censusTract_205_new.csv"


def main() -> None:
    _warm()
    print("\nnetworks and siting")
    print("| problem | known optimum | cost | over | gap to own bound | proven | seconds |")
    print("|---|---|---|---|---|---|---|")
    if REAL.is_dir():
        _steinlib()
        _terrain()
        _roads()
        _medians()
        _capacitated()
        _san_francisco()
    else:
        print("| published problems: not found beside the project, not measured | | | | | | |")
        _made()


def _warm() -> None:
    rng = np.random.default_rng(0)
    steiner_tree(_grid(rng.random((12, 12)) * 30), rng.choice(144, 30, replace=False), work=1e6)
    steiner_tree(_grid(rng.random((12, 12)) * 30), rng.choice(144, 6, replace=False))
    p_median(rng.random((30, 20)), 4)
    locate(rng.random((8, 4)), np.ones(4), demand=np.ones(8), capacity=np.full(4, 3.0))


def _line(name: str, known: float | None, run: Callable[[], object]) -> float:
    start = time.perf_counter()
    answer = run()
    seconds = time.perf_counter() - start
    cost, gap, proven = answer.cost, answer.gap, answer.proven  # type: ignore[attr-defined]
    over = "" if known is None else f"{abs(cost / known - 1):.4%}"
    print(
        f"| {name} | {'' if known is None else f'{known:,.3f}'} | {cost:,.3f} | {over} | {gap:.3%} "
        f"| {'yes' if proven else 'no'} | {seconds:.3f} |"
    )
    return seconds


def _total(name: str, seconds: Iterable[float]) -> None:
    print(f"| {name}, together | | | | | | {sum(seconds):.3f} |")


def _optima(folder: Path) -> list[tuple[Path, float]]:
    with (folder / "optimum.csv").open() as file:
        return [(folder / row["file"], float(row["optimum"])) for row in csv.DictReader(file)]


def _steinlib() -> None:
    took = []
    for path, known in _optima(REAL / "optimisation" / "steinlib_B"):
        words = [line.split() for line in path.read_text().splitlines() if line.strip()]
        n = next(int(w[1]) for w in words if w[0] == "Nodes")
        edges = np.array([w[1:4] for w in words if w[0] == "E"], float)
        ends = edges[:, :2].astype(int) - 1
        graph = sp.coo_array((edges[:, 2], (ends[:, 0], ends[:, 1])), shape=(n, n))
        terminals = [int(w[1]) - 1 for w in words if w[0] == "T"]
        took.append(_line(f"SteinLib {path.stem}", known, lambda g=graph, t=terminals: steiner_tree(g, t)))
    _total("SteinLib B", took)


def _grid(z: np.ndarray) -> sp.coo_array:
    """8 neighbours; an edge costs its length times 1 + 20 times its slope."""
    n = len(z)
    cell = np.arange(n * n).reshape(n, n)
    out = []
    for dr, dc in ((0, 1), (1, 0), (1, 1), (1, -1)):
        length = CELL_M * float(np.hypot(dr, dc))
        here = cell[: n - dr, max(0, -dc) : n - max(0, dc)].ravel()
        there = cell[dr:, max(0, dc) : n + min(0, dc)].ravel()
        out.append((here, there, length + 20 * np.abs(z.flat[here] - z.flat[there])))
    u, v, w = (np.concatenate(part) for part in zip(*out, strict=True))
    return sp.coo_array((w, (u, v)), shape=(n * n, n * n))


def _terrain() -> None:
    with rasterio.open(REAL / "ground" / "win.tif") as raster:
        z = raster.read(1).astype(float)
    for case in json.loads((REAL / "ground" / "steiner_terrain.json").read_text())["cases"]:
        n = case["n"]
        at = [r * n + c for r, c in case["terminals"]]
        name = f"terrain {n} x {n}, {len(at)} terminals"
        _line(name, case["optimum"], lambda n=n, at=at: steiner_tree(_grid(z[:n, :n]), at))
    for n, k in ((60, 100), (120, 100), (240, 100), (240, 200)):
        at = np.random.default_rng(1).choice(n * n, k, replace=False)
        name = f"terrain {n} x {n}, {k} terminals, no proof"
        _line(name, None, lambda n=n, at=at: steiner_tree(_grid(z[:n, :n]), at, work=0))


def _made() -> None:
    rng = np.random.default_rng(1)
    at = rng.choice(14400, 100, replace=False)
    graph = _grid(rng.random((120, 120)) * 60)
    _line("made 120 x 120, 100 terminals", None, lambda: steiner_tree(graph, at, work=0))


def _roads() -> None:
    with (REAL / "ground" / "road_graph_edges.csv").open() as file:
        edges = np.array([[r["u"], r["v"], r["length_m"]] for r in csv.DictReader(file)], float)
    with (REAL / "ground" / "road_graph_nodes.csv").open() as file:
        rows = list(csv.DictReader(file))
    ends = edges[:, :2].astype(int)
    graph = sp.coo_array((edges[:, 2], (ends[:, 0], ends[:, 1])), shape=(len(rows), len(rows)))
    at = [int(r["node"]) for r in rows if int(r["terminal"])]
    _line("road graph, 687 nodes, 6 terminals", 44_721.055, lambda: steiner_tree(graph, at))


def _medians() -> None:
    took = []
    for path, known in sorted(
        _optima(REAL / "optimisation" / "orlib_pmed"), key=lambda item: int(item[0].stem[4:])
    ):
        numbers = np.array(path.read_text().split(), int)
        n, _, p = (int(x) for x in numbers[:3])
        length = np.zeros((n, n))
        for u, v, w in numbers[3:].reshape(-1, 3):  # of an edge given twice the last counts
            length[u - 1, v - 1] = length[v - 1, u - 1] = w
        cost = shortest_path(length, directed=False)
        took.append(_line(f"OR-Library {path.stem}", known, lambda c=cost, p=p: p_median(c, p)))
    _total("pmed1 to pmed10", took[:10])


def _capacitated() -> None:
    took = []
    for path, known in _optima(REAL / "optimisation" / "orlib_cap"):
        numbers = np.array(path.read_text().split(), float)
        m, n = int(numbers[0]), int(numbers[1])
        sites = numbers[2 : 2 + 2 * m].reshape(m, 2)
        clients = numbers[2 + 2 * m :].reshape(n, m + 1)

        def run(sites: np.ndarray = sites, clients: np.ndarray = clients) -> Sites:
            return locate(clients[:, 1:], sites[:, 1], demand=clients[:, 0], capacity=sites[:, 0])

        took.append(_line(f"OR-Library {path.stem}", known, run))
    _total("cap41 to cap74", took)


def _san_francisco() -> None:
    with (REAL / "optimisation" / "spopt_fixtures" / SAN_FRANCISCO).open() as file:
        rows = list(csv.DictReader(file))
    stores, store = np.unique([r["name"] for r in rows], return_inverse=True)
    tracts, tract = np.unique([r["DestinationName"] for r in rows], return_inverse=True)
    away, people = np.zeros((len(tracts), len(stores))), np.zeros(len(tracts))
    away[tract, store] = [float(r["distance"]) for r in rows]
    people[tract] = [float(r["demand"]) for r in rows]
    _line("San Francisco, cover within 5,000 m", 8, lambda: cover_all(away <= 5000))
    _line("San Francisco, most by 4 stores", 875_247, lambda: cover_most(away <= 5000, 4, weight=people))
    _line("San Francisco, 4-median", 2_848_268_129.71, lambda: p_median(away * people[:, None], 4))


if __name__ == "__main__":
    main()
