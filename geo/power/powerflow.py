"""Does the voltage hold? Feeders run through power-grid-model (LF Energy).

All feeders of an area are one model of many islands, each with its own source, so that
one run of the engine verifies them all. Balanced three-phase loads, nominal voltage at
the low-voltage terminals of each transformer. The single-phase drop of a household's own
service line, unbalance between phases and the transformer's own impedance are not in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version

import numpy as np
import numpy.typing as npt
from power_grid_model import LoadGenType, PowerGridModel, initialize_array
from power_grid_model.errors import IterationDiverge, SparseMatrixError  # type: ignore[attr-defined]
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

ENGINE = "power-grid-model"

_NO_SOLUTION = (IterationDiverge, SparseMatrixError)

_STIFF_VA = 1e12  # short-circuit power of the source: so large that it adds no drop of its own
_SHORTEST_KM = 1e-4  # the engine wants an impedance on every line


@dataclass(frozen=True)
class Forest:
    """Trees of feeders. Node i hangs on `parent[i]` (-1: a transformer) by `km[i]` of conductor.

    `ohm_km`, `x_ohm_km` (n,) of the line to the parent; `watts` (n,) drawn at the node.
    """

    parent: Ints
    km: Floats
    ohm_km: Floats
    x_ohm_km: Floats
    watts: Floats


def engine() -> str:
    """The engine and its version, as a plan names it."""
    return f"{ENGINE} {version(ENGINE)}"


def drops_pct(forest: Forest, *, nominal_v: float, cos_phi: float) -> Floats:
    """Drop at every node in percent of the nominal voltage (n,); 100 in a tree that cannot carry its load."""
    if not len(forest.parent):
        return np.empty(0)
    try:
        return _run(forest, np.arange(len(forest.parent)), nominal_v=nominal_v, cos_phi=cos_phi)
    except _NO_SOLUTION:  # one tree without a solution spoils the run of all: each alone then
        return _one_by_one(forest, nominal_v=nominal_v, cos_phi=cos_phi)


def _one_by_one(forest: Forest, *, nominal_v: float, cos_phi: float) -> Floats:
    n = len(forest.parent)
    child = np.flatnonzero(forest.parent >= 0)
    links = coo_array((np.ones(len(child)), (child, forest.parent[child])), shape=(n, n))
    count, tree = connected_components(links, directed=False)
    drop = np.full(n, 100.0)
    for k in range(count):
        rows = np.flatnonzero(tree == k)
        try:
            drop[rows] = _run(forest, rows, nominal_v=nominal_v, cos_phi=cos_phi)
        except _NO_SOLUTION:
            drop[rows] = np.where(forest.parent[rows] < 0, 0.0, 100.0)
    return drop


def _run(forest: Forest, rows: Ints, *, nominal_v: float, cos_phi: float) -> Floats:
    """The engine's answer for the trees made of `rows`."""
    place = np.full(len(forest.parent) + 1, -1, np.int64)
    place[rows] = np.arange(len(rows))
    parent = place[forest.parent[rows]]
    n, child, root = len(rows), np.flatnonzero(parent >= 0), np.flatnonzero(parent < 0)
    node = initialize_array("input", "node", n)
    node["id"], node["u_rated"] = np.arange(n), nominal_v
    line = initialize_array("input", "line", len(child))
    line["id"] = n + np.arange(len(child))
    line["from_node"], line["to_node"] = parent[child], child
    line["from_status"] = line["to_status"] = 1
    km = np.maximum(forest.km[rows][child], _SHORTEST_KM)
    line["r1"], line["x1"] = forest.ohm_km[rows][child] * km, forest.x_ohm_km[rows][child] * km
    line["c1"] = line["tan1"] = 0.0
    source = initialize_array("input", "source", len(root))
    source["id"] = 2 * n + np.arange(len(root))
    source["node"], source["status"], source["u_ref"], source["sk"] = root, 1, 1.0, _STIFF_VA
    watts = forest.watts[rows]
    loaded = np.flatnonzero(watts > 0)
    load = initialize_array("input", "sym_load", len(loaded))
    load["id"], load["node"], load["status"] = 3 * n + np.arange(len(loaded)), loaded, 1
    load["type"], load["p_specified"] = LoadGenType.const_power, watts[loaded]
    load["q_specified"] = watts[loaded] * np.sqrt(1 - cos_phi**2) / cos_phi
    model = PowerGridModel({"node": node, "line": line, "source": source, "sym_load": load})
    found = model.calculate_power_flow(symmetric=True, output_component_types={"node"})["node"]
    return np.asarray(100 * (1 - found["u_pu"]), np.float64)
