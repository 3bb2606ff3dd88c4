"""A water system as a section: distances along its pipes, ground, and where the water stands."""

from __future__ import annotations

from dataclasses import replace

import pytest

from geo.water.hydraulics import EngineError, Pipe, write_inp
from geo.water.scheme import read_scheme
from tests.works_shown.fake import small_network


def test_the_section_of_a_small_system() -> None:
    """Source 100 m before the pool, tank 100 m and tap 200 m behind it; 0.01 l/s lose next to nothing."""
    scheme = read_scheme(write_inp(small_network()))
    nodes = scheme.nodes.set_index("id")
    assert nodes["kind"].to_dict() == {
        "U1": "joint", "J1": "joint", "H2": "tap", "SOURCE": "source", "POOL": "pool",
    }  # fmt: skip
    along = {"SOURCE": -100.0, "POOL": 0.0, "U1": 100.0, "J1": 100.0, "H2": 200.0}
    assert nodes["along"].to_dict() == pytest.approx(along, abs=0.01)
    assert nodes["z"].to_dict() == pytest.approx(
        {"U1": 90.0, "J1": 90.0, "H2": 60.0, "SOURCE": 110.0, "POOL": 100.0}, abs=1e-3
    )
    assert (nodes["low"] <= nodes["high"]).all()
    assert 101.0 - 0.01 <= nodes.loc["U1", "low"] <= 102.0  # under the level of the pool
    assert nodes.loc["H2", "high"] == pytest.approx(90.0, abs=0.05)  # under that of the tank
    assert scheme.links.set_index("id")["kind"].to_dict() == {
        "M0": "pipe", "P1": "pipe", "P2": "pipe", "V1": "tank",
    }  # fmt: skip


def test_a_tank_over_a_crest_is_no_source() -> None:
    net = small_network()
    high = replace(net.reservoirs[0], id="HIGH")
    pipe = Pipe("M9", "HIGH", "POOL", 50.0, 20.0)
    scheme = read_scheme(
        write_inp(replace(net, reservoirs=[*net.reservoirs, high], pipes=[*net.pipes, pipe]))
    )
    kinds = scheme.nodes.set_index("id")["kind"]
    assert (kinds["HIGH"], kinds["SOURCE"]) == ("high_tank", "source")


def test_what_the_engine_refuses_is_refused() -> None:
    with pytest.raises(EngineError):
        read_scheme("[TITLE]\nmade up\n[END]\n")
