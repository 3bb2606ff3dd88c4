"""EPANET: what others' networks give through our reading, and what ours give through our writing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from geo.water.hydraulics import (
    EngineError,
    Network,
    Node,
    Pipe,
    Pump,
    Reservoir,
    Tank,
    Valve,
    engine,
    run_inp,
    write_inp,
)

FLAT = [1.0] * 24


@pytest.mark.parametrize("name", ["Net1", "Net2", "Net3", "hanoi-3", "simplenet", "todinitest"])
def test_published_networks_give_the_engines_results(real, name):
    folder = real / "hydraulic"
    run = run_inp((folder / f"{name}.inp").read_text("latin-1"))
    nodes = pd.read_csv(folder / f"{name}.epanet_nodes.csv", dtype={"node": str}).set_index("node")
    links = pd.read_csv(folder / f"{name}.epanet_links.csv", dtype={"link": str}).set_index("link")
    head = pd.DataFrame(run.head.T, index=run.nodes).reindex(nodes.index)
    flow = pd.DataFrame(run.flow.T, index=run.links).reindex(links.index)
    assert np.abs(head[0] - nodes["head_t0_m"]).max() < 1e-3
    assert np.abs(head.iloc[:, -1] - nodes["head_last_m"]).max() < 1e-3
    assert np.abs(flow[0] - links["flow_t0_m3s"]).max() < 1e-6
    pressure = pd.DataFrame(run.pressure.T, index=run.nodes).reindex(nodes.index)
    tanks = nodes["elevation_m"].isna()
    assert np.abs(pressure[0] - nodes["pressure_t0_m"])[~tanks].max() < 1e-2


def test_hanoi_written_by_us_gives_the_same_heads(real):
    """The pipes of Hanoi read from its file by hand, written by our writer, run by the engine."""
    folder = real / "hydraulic"
    sections: dict[str, list[list[str]]] = {}
    for line in (folder / "hanoi-3.inp").read_text("latin-1").splitlines():
        text = line.split(";")[0].strip()
        if text.startswith("["):
            rows = sections.setdefault(text.strip("[]").upper(), [])
        elif text:
            rows.append(text.split())
    published = run_inp((folder / "hanoi-3.inp").read_text("latin-1"))
    flows = dict(zip(published.links, published.flow[0], strict=True))
    nodes = {row[0]: 0.0 for row in sections["JUNCTIONS"]}
    for name, a, b, *_ in sections["PIPES"]:
        for end, sign in ((a, -1), (b, 1)):
            if end in nodes:
                nodes[end] += sign * flows[name] * 1000
    heads = dict(zip(published.nodes, published.head[0], strict=True))
    network = Network(
        "hanoi",
        [Node(n, 0, 0, 0, d) for n, d in nodes.items()],
        [Reservoir(row[0], 0, 0, heads[row[0]]) for row in sections["RESERVOIRS"]],
        [],
        [Pipe(r[0], r[1], r[2], float(r[3]), float(r[4])) for r in sections["PIPES"]],
        [], [], FLAT, FLAT, float(sections["PIPES"][0][5]),
    )  # fmt: skip
    mine = run_inp(write_inp(network))
    again = dict(zip(mine.nodes, mine.head[0], strict=True))
    assert max(abs(again[n] - heads[n]) for n in nodes) < 0.02


def test_every_part_is_written_and_run():
    """A pump fills a pool by its hours, a reducing valve holds its setting, coordinates stand in the file."""
    network = Network(
        "all parts",
        [Node("a", 1, 2, 0), Node("u", 3, 4, 10), Node("h", 3, 4, 10, 0.1)],
        [Reservoir("r", 0, 0, 0)],
        [Tank("t", 5, 6, 60, 1.0, 2.5, 4.0)],
        [Pipe("p1", "a", "t", 100, 50, ((2.0, 2.5),)), Pipe("p2", "t", "u", 100, 30)],
        [Pump("p", "r", "a", 0.5, 65)],
        [Valve("v", "u", "h", 22, "PRV", 25)],
        [0.5] * 12 + [1.5] * 12,
        [1.0] * 8 + [0.0] * 16,
        140,
    )
    text = write_inp(network)
    assert "t 5.00 6.00" in text
    assert "p1 2.00 2.50" in text
    run = run_inp(text)
    at = {name: i for i, name in enumerate(run.nodes)}
    assert run.pressure[:, at["h"]] == pytest.approx(25, abs=1e-3)
    pumped = run.flow[:, run.links.index("p")]
    assert (pumped[run.seconds < 8 * 3600] > 0.4e-3).any()
    idle = (run.seconds >= 9 * 3600) & (run.seconds < 24 * 3600)
    assert (np.abs(pumped[idle]) < 1e-6).all()


def test_a_network_the_engine_refuses_says_so():
    with pytest.raises(EngineError, match="Error"):
        run_inp("[JUNCTIONS]\na 0 0\n[PIPES]\np a nowhere 10 10 100 0\n[END]\n")


def test_a_day_the_engine_does_not_finish_is_no_run():
    """One trial is too few: the engine stops at midnight, and what it has until then judges nothing."""
    network = Network(
        "unfinished",
        [Node("a", 0, 0, 0, 1.0), Node("b", 0, 0, 0, 1.0)],
        [Reservoir("r", 0, 0, 50), Reservoir("s", 0, 0, 40)],
        [],
        [Pipe("p", "r", "a", 100, 50), Pipe("q", "a", "b", 100, 30), Pipe("w", "b", "s", 100, 40)],
        [], [], FLAT, FLAT, 140,
    )  # fmt: skip
    text = write_inp(network)
    assert run_inp(text).seconds[-1] == 24 * 3600
    with pytest.raises(EngineError, match="no solution"):
        run_inp(text.replace("Trials 1000", "Trials 1"))


def test_the_engine_names_itself():
    assert engine().startswith("EPANET 2.")
