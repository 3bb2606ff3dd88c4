"""What does one water system look like, and where does its water stand? Read back from its EPANET file.

The file that was handed out is run again, so that what is drawn is what was verified.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components, dijkstra

from geo.water.hydraulics import run_inp

PIPE, PUMP, TANK, VALVE = "pipe", "pump", "tank", "valve"
"""Kinds of link; a tank that breaks the pressure is a PRV set to nothing in the file."""
SOURCE, HIGH_TANK, POOL, TAP, JOINT = "source", "high_tank", "pool", "tap", "joint"
"""Kinds of node; a tank over a crest, which a pumped main fills, is water at a level of its own."""
_NEXT_TO = 1e-6


@dataclass(frozen=True)
class Scheme:
    """A system as a section: how far along the pipes from its pool, how high.

    `nodes`  id, kind, along (m from the pool along the pipes; below 0 between source and pool), z (m above
             the sea), low and high (how high the water stands there at least and at most over the day, m
             above the sea)
    `links`  id, kind, a and b (ids of nodes), length (m), inner_mm
    """

    nodes: pd.DataFrame
    links: pd.DataFrame


def read_scheme(inp: str) -> Scheme:
    """The section of the system in an EPANET file of ours. Raises `EngineError` where it cannot be run."""
    run = run_inp(inp)
    links = pd.DataFrame(_links(inp), columns=["id", "kind", "a", "b", "length", "inner_mm"])
    kinds = {name: HIGH_TANK for name, *_ in _rows(inp, "RESERVOIRS")} | {"SOURCE": SOURCE}
    kinds |= {name: POOL for name, *_ in _rows(inp, "TANKS")}
    level = run.head[0] - run.pressure[0]
    nodes = pd.DataFrame(
        {
            "id": run.nodes,
            "kind": [kinds.get(name, TAP if name.startswith("H") else JOINT) for name in run.nodes],
            "z": level,
            "low": run.head.min(axis=0),
            "high": run.head.max(axis=0),
        }
    )
    nodes.insert(2, "along", _along(links, nodes))
    return Scheme(nodes, links)


def _along(links: pd.DataFrame, nodes: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Metres along the pipes from the pool, inf where none leads; negative on the side of its source."""
    row = pd.Series(np.arange(len(nodes)), nodes["id"])
    a, b = row[links["a"]].to_numpy(), row[links["b"]].to_numpy()
    metres = links["length"].to_numpy().clip(_NEXT_TO)  # an edge of no length would be no edge
    graph = sp.csr_array((metres, (a, b)), shape=(len(nodes), len(nodes)))
    pool = int(np.flatnonzero(nodes["kind"] == POOL)[0])
    far = np.asarray(dijkstra(graph, directed=False, indices=[pool]), np.float64)[0]
    elsewhere = (a != pool) & (b != pool)
    parts = sp.csr_array((metres[elsewhere], (a[elsewhere], b[elsewhere])), shape=graph.shape)
    _, part = connected_components(parts, directed=False)
    before = np.isin(part, part[(nodes["kind"] == SOURCE).to_numpy()])
    return np.asarray(np.where(before, -far, far), np.float64)


def _links(inp: str) -> Iterator[tuple[str, str, str, str, float, float]]:
    for name, a, b, length, inner, *_ in _rows(inp, "PIPES"):
        yield name, PIPE, a, b, float(length), float(inner)
    for name, a, b, *_ in _rows(inp, "PUMPS"):
        yield name, PUMP, a, b, 0.0, float("nan")
    for name, a, b, inner, kind, setting, *_ in _rows(inp, "VALVES"):
        broken = kind == "PRV" and float(setting) == 0.0
        yield name, TANK if broken else VALVE, a, b, 0.0, float(inner)


def _rows(inp: str, section: str) -> Iterator[list[str]]:
    """The words of each line of a section."""
    here = False
    for line in inp.splitlines():
        if line.startswith("["):
            here = line.strip() == f"[{section}]"
        elif here and line.strip():
            yield line.split()
