"""What does EPANET say of a network? Its input file written, run by the engine itself, and read back.

The file that is handed out is the file that was run. Units are litres per second, metres
and millimetres; head loss by Hazen-Williams.
"""

from __future__ import annotations

import ctypes
import os
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkstemp

import numpy as np
import numpy.typing as npt
from epanet import toolkit as en  # type: ignore[import-untyped]

Floats = npt.NDArray[np.float64]

_HOUR = 3600
_SOLVER = ("Trials 1000", "Accuracy 0.0001", "HEADERROR 0.01", "DAMPLIMIT 0.1")
"""How nearly the engine solves: to a centimetre. Ten times nearer, its valves chatter and it stops."""
_FEET = {en.CFS, en.GPM, en.MGD, en.IMGD, en.AFD}
_M3S = {
    en.CFS: 0.3048**3,
    en.GPM: 0.003785411784 / 60,
    en.MGD: 3785.411784 / 86400,
    en.IMGD: 4546.09 / 86400,
    en.AFD: 1233.48184 / 86400,
    en.LPS: 1e-3,
    en.LPM: 1e-3 / 60,
    en.MLD: 1e3 / 86400,
    en.CMH: 1 / 3600,
    en.CMD: 1 / 86400,
    en.CMS: 1.0,
}


class EngineError(ValueError):
    """The engine refused a network or could not solve it."""


@dataclass(frozen=True)
class Node:
    """A junction: where pipes meet or water is drawn. `demand_ls` follows the pattern of the day."""

    id: str
    x: float
    y: float
    elevation: float
    demand_ls: float = 0.0


@dataclass(frozen=True)
class Reservoir:
    """Water at a level that nothing changes, metres."""

    id: str
    x: float
    y: float
    head: float


@dataclass(frozen=True)
class Tank:
    """A round pool: floor, and levels above it, metres."""

    id: str
    x: float
    y: float
    floor: float
    start: float
    depth: float
    diameter: float


@dataclass(frozen=True)
class Pipe:
    id: str
    a: str
    b: str
    length: float
    inner_mm: float
    vertices: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class Pump:
    """A pump that gives `flow_ls` at `head` metres, running through the hours of its pattern."""

    id: str
    a: str
    b: str
    flow_ls: float
    head: float


@dataclass(frozen=True)
class Valve:
    """`kind` PRV (setting: metres of pressure behind it) or FCV (setting: litres per second)."""

    id: str
    a: str
    b: str
    inner_mm: float
    kind: str
    setting: float


@dataclass(frozen=True)
class Network:
    """All parts of one system. `pattern` (24,): demand by hour as a multiple of the mean;
    `pumping` (24,): 1 in hours the pumps run, to which the links `with_pumps` are open, too."""

    title: str
    nodes: Sequence[Node]
    reservoirs: Sequence[Reservoir]
    tanks: Sequence[Tank]
    pipes: Sequence[Pipe]
    pumps: Sequence[Pump]
    valves: Sequence[Valve]
    pattern: Sequence[float]
    pumping: Sequence[float]
    roughness: float
    with_pumps: Sequence[Valve] = ()


@dataclass(frozen=True)
class Run:
    """What the engine found, SI units: metres, m/s and m³/s, a row per moment of `seconds`."""

    seconds: Floats
    nodes: tuple[str, ...]
    links: tuple[str, ...]
    head: Floats
    pressure: Floats
    velocity: Floats
    flow: Floats
    warnings: tuple[str, ...]


def engine() -> str:
    """Name and version of the engine that verifies."""
    major, rest = divmod(int(en.getversion()), 10_000)
    return f"EPANET {major}.{rest // 100}.{rest % 100}"


def write_inp(network: Network, *, hours: int = 24) -> str:
    """The network as an EPANET input file, with coordinates and the bends of the pipes."""
    n = network
    c = n.roughness
    sections = [
        ("TITLE", [n.title]),
        ("JUNCTIONS", [f"{v.id} {v.elevation:.3f} {v.demand_ls:.8g} day" for v in n.nodes]),
        ("RESERVOIRS", [f"{r.id} {r.head:.3f}" for r in n.reservoirs]),
        (
            "TANKS",
            [f"{t.id} {t.floor:.3f} {t.start:.4f} 0 {t.depth:.4f} {t.diameter:.4f} 0" for t in n.tanks],
        ),
        ("PIPES", [f"{p.id} {p.a} {p.b} {p.length:.3f} {p.inner_mm:.3f} {c:g} 0 Open" for p in n.pipes]),
        ("PUMPS", [f"{p.id} {p.a} {p.b} HEAD {p.id} PATTERN pumping" for p in n.pumps]),
        (
            "VALVES",
            [
                f"{v.id} {v.a} {v.b} {v.inner_mm:.3f} {v.kind} {v.setting:.6g} 0"
                for v in (*n.valves, *n.with_pumps)
            ],
        ),
        ("PATTERNS", [*_pattern("day", n.pattern), *_pattern("pumping", n.pumping)]),
        ("CURVES", [f"{p.id} {p.flow_ls:.8g} {p.head:.4f}" for p in n.pumps]),
        ("CONTROLS", [line for v in n.with_pumps for line in _hours(v, n.pumping)]),
        (
            "TIMES",
            [
                f"Duration {hours}:00",
                *(f"{step} Timestep 1:00" for step in ("Hydraulic", "Pattern", "Report")),
            ],
        ),
        ("REPORT", ["Status No", "Summary No", "Messages No"]),
        ("OPTIONS", ["Units LPS", "Headloss H-W", *_SOLVER, "Pattern day"]),
        ("COORDINATES", [_place(v) for some in (n.nodes, n.reservoirs, n.tanks) for v in some]),
        ("VERTICES", [f"{p.id} {x:.2f} {y:.2f}" for p in n.pipes for x, y in p.vertices]),
    ]
    body = "\n\n".join(f"[{name}]\n" + "\n".join(lines) for name, lines in sections if lines)
    return f"{body}\n\n[END]\n"


def _place(v: Node | Reservoir | Tank) -> str:
    return f"{v.id} {v.x:.2f} {v.y:.2f}"


def _hours(valve: Valve, pumping: Sequence[float]) -> list[str]:
    """Controls that open a valve when the pumps start and close it when they stop, every day."""
    said = {True: f"{valve.setting:.6g}", False: "CLOSED"}
    return [
        f"LINK {valve.id} {said[pumping[h] > 0]} AT CLOCKTIME {h}:00"
        for h in range(len(pumping))
        if (pumping[h] > 0) != (pumping[h - 1] > 0)
    ]


def _pattern(name: str, values: Sequence[float]) -> list[str]:
    return [f"{name} " + " ".join(f"{v:.6g}" for v in values[i : i + 6]) for i in range(0, len(values), 6)]


def run_inp(text: str) -> Run:
    """Run an input file through the engine over its whole duration.

    Raises `EngineError` with the engine's message where it refuses the file, or gives up before the end.
    """
    handle, name = mkstemp(".inp")
    path, report = Path(name), Path(name).with_suffix(".rpt")
    project = en.createproject()
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        try:
            en.open(project, str(path), str(report), "")
        except Exception as error:  # the binding raises nothing more exact
            said = report.read_text("utf-8", "replace") if report.exists() else ""
            raise EngineError(f"{error}: {' '.join(said.split())[:400]}") from error
        try:
            return _run(project)
        except Exception as error:  # as above
            raise EngineError(str(error)) from error
    finally:
        en.close(project)
        en.deleteproject(project)
        path.unlink(missing_ok=True)
        report.unlink(missing_ok=True)


def _run(project: object) -> Run:
    nodes, links = en.getcount(project, en.NODECOUNT), en.getcount(project, en.LINKCOUNT)
    unit = en.getflowunits(project)
    metre = 0.3048 if unit in _FEET else 1.0
    out_node, at_node = _array(nodes)
    out_link, at_link = _array(links)
    en.getnodevalues(project, en.ELEVATION, out_node.cast())
    elevation = at_node * metre
    moments: list[float] = []
    head, velocity, flow = [], [], []
    en.openH(project)
    en.initH(project, en.NOSAVE)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        while True:
            moments.append(float(en.runH(project)))
            en.getnodevalues(project, en.HEAD, out_node.cast())
            head.append(at_node * metre)
            en.getlinkvalues(project, en.VELOCITY, out_link.cast())
            velocity.append(at_link * metre)
            en.getlinkvalues(project, en.FLOW, out_link.cast())
            flow.append(at_link * _M3S[unit])
            if en.nextH(project) <= 0:
                break
    en.closeH(project)
    if moments[-1] < en.gettimeparam(project, en.DURATION):
        raise EngineError(f"no solution at {moments[-1] / _HOUR:.2f} h")
    return Run(
        np.array(moments),
        tuple(en.getnodeid(project, i + 1) for i in range(nodes)),
        tuple(en.getlinkid(project, i + 1) for i in range(links)),
        np.array(head),
        np.array(head) - elevation,
        np.array(velocity),
        np.array(flow),
        tuple(sorted({str(w.message) for w in caught})),
    )


def _array(count: int) -> tuple[en.doubleArray, Floats]:
    """Memory the engine writes into, and the same as an array."""
    out = en.doubleArray(count)
    view = (ctypes.c_double * count).from_address(int(out.cast()))
    return out, np.ctypeslib.as_array(view)
