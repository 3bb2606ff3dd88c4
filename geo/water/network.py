"""A sized system as a network for EPANET.

A break-pressure tank is a reducing valve set to no pressure at its water level, which is what
its float valve does; a household's valve is one set to the head behind it. By gravity a
flow-control valve where the main enters the pool, as its float valve does, lets in the flow set
aside, so that the main stands full behind it. A pumped main ends free, in air, at the top of the pool or in
a tank on the crest it has to climb over, from where water runs on by gravity: no pump works against a shut
end and nothing is sucked over a crest. Such an end is a level that nothing changes, and a
flow-control valve lets the pump's flow into the pool while it runs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.corridors import Corridors
from geo.water.hydraulics import Network, Node, Pipe, Pump, Reservoir, Tank, Valve
from geo.water.layout import Tree
from geo.water.rules import DAY_S, Rules
from geo.water.sizing import Sizing
from geo.water.tapping import Old

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_EARLY = 0.06  # of the volume: the engine shuts a full pool until its next step, so a day ends a little lower
_SHORT_M = 1.0  # pipe inside a valve chamber


@dataclass(frozen=True)
class Main:
    """The line from source to pool: its tree (a path), sizes, the lift of the pump (0 by gravity), its flow,
    and the greatest head in it while no water flows, metres. `top`: the node a pump lifts to, a tank on a
    crest where it is not the last."""

    tree: Tree
    sizing: Sizing
    lift: float
    flow_m3s: float
    static: float
    top: int = -1

    @property
    def crest(self) -> int:
        """The node with a tank on a crest, -1 where there is none."""
        return self.top if 0 < self.top < len(self.tree.parent) - 1 else -1


def build_network(
    *, title: str, tree: Tree, sizing: Sizing, pipe_class: Ints, valve: Bools, floor: float,
    demand_m3d: Floats, main: Main | None, source_z: float, volume: float, inflow: Floats,
    corridors: Corridors, rules: Rules, old: Old | None = None,
) -> Network:  # fmt: skip
    """All of a system: `inflow` (24,) is what enters the pool by hour, over the mean demand. Where an
    existing main is tapped, the network holds it and those who are on it."""
    day = float(demand_m3d.sum()) + (0.0 if old is None else float(old.drawn_m3d.sum()))
    depth = rules["pool_depth_m"]
    parts = _Parts(corridors)
    held = settled(volume, day / 24 * inflow, day / 24 * rules.pattern)
    start = max(held / volume - _EARLY, 0.01) * depth
    x, y = tree.xy[0] if old is None else old.xy[0]
    parts.tanks.append(Tank("POOL", x, y, floor, start, depth, float(np.sqrt(4 * volume / depth / np.pi))))
    start_of = _nodes(parts, tree, valve, demand_m3d, rules)
    if old is not None:
        start_of[0] = _existing(parts, old)
    inner = rules.inner_m[pipe_class] * 1000
    for i in range(1, len(tree.parent)):
        end = f"U{i}" if tree.tank[i] or valve[i] else _name(tree, i)
        begin = start_of[tree.parent[i]]
        parts.link(f"P{i}", begin, end, tree, i, sizing.lengths[i], inner[i])
    _feed(parts, (x, y), main, source_z, floor, day, rules)
    return Network(
        title, parts.nodes, parts.reservoirs, parts.tanks, parts.pipes, parts.pumps, parts.valves,
        rules.pattern.tolist(), rules.pumping.tolist(), rules["roughness"], parts.with_pumps,
    )  # fmt: skip


def settled(volume: float, inflow: Floats, outflow: Floats) -> float:
    """What a pool holds at midnight once its days repeat, overflowing where more comes than goes."""
    held = volume
    for _ in range(3):
        for gain in inflow - outflow:
            held = min(volume, max(0.0, held + gain))
    return held


class _Parts:
    """What the network is made of, so far."""

    def __init__(self, corridors: Corridors) -> None:
        self.corridors = corridors
        self.nodes: list[Node] = []
        self.reservoirs: list[Reservoir] = []
        self.tanks: list[Tank] = []
        self.pipes: list[Pipe] = []
        self.pumps: list[Pump] = []
        self.valves: list[Valve] = []
        self.with_pumps: list[Valve] = []

    def link(self, name: str, a: str, b: str, tree: Tree, i: int, lengths: Floats, inner_mm: Floats) -> None:
        """The pipe to node i of the tree: of one diameter, or of several in a row, the widest first."""
        used = np.flatnonzero(lengths > 0)
        if len(used) > 1:
            used = used[np.argsort(-inner_mm[used])]
        if not len(used):
            used, lengths = np.array([np.argmax(inner_mm)]), np.full(len(inner_mm), max(tree.length[i], 0.1))
        done, total = 0.0, float(lengths[used].sum())
        at = a
        for n, k in enumerate(used):
            share = done / total, (done + lengths[k]) / total
            last = n == len(used) - 1
            end = b if last else f"{name}x{n}"
            piece = tree.piece(i, *share)
            if not last:
                x, y = piece[-1]
                z = float(self.corridors.sample([[x, y]])[0])
                self.nodes.append(Node(end, x, y, z))
            bends = tuple(map(tuple, piece[1:-1].tolist()))
            self.pipes.append(
                Pipe(f"{name}.{n}", at, end, max(float(lengths[k]), 0.1), float(inner_mm[k]), bends)
            )
            at, done = end, done + float(lengths[k])


def _name(tree: Tree, i: int) -> str:
    return "POOL" if i == 0 else f"H{i}" if tree.house[i] >= 0 else f"J{i}"


def _nodes(parts: _Parts, tree: Tree, valve: Bools, demand_m3d: Floats, rules: Rules) -> list[str]:
    """The nodes of the tree with their valves; from which node the pipes below each one start."""
    narrow = float(rules.inner_m[0, 0] * 1000)
    for i in range(1, len(tree.parent)):
        x, y = tree.xy[i]
        tap = tree.house[i] >= 0
        draws = float(demand_m3d[tree.house[i]]) / DAY_S * 1000 if tap else 0.0
        parts.nodes.append(Node(_name(tree, i), x, y, float(tree.z[i]), draws))
        if tree.tank[i] or valve[i]:
            parts.nodes.append(Node(f"U{i}", x, y, float(tree.z[i])))
            setting = rules["valve_head_m"] if valve[i] else 0.0
            wide = narrow if valve[i] else float(rules.inner_m[0, 4] * 1000)
            parts.valves.append(Valve(f"V{i}", f"U{i}", _name(tree, i), wide, "PRV", setting))
    return [_name(tree, i) for i in range(len(tree.parent))]


def _existing(parts: _Parts, old: Old) -> str:
    """The main from the pool to the tap, with what others draw; the name of the tap."""
    at = "POOL"
    for i in range(1, len(old.xy)):
        x, y = old.xy[i]
        draws = float(old.drawn_m3d[i]) + (float(old.drawn_m3d[0]) if i == 1 else 0.0)
        parts.nodes.append(Node(f"E{i}", x, y, float(old.z[i]), draws / DAY_S * 1000))
        parts.pipes.append(
            Pipe(f"E{i}", at, f"E{i}", float(old.length[i - 1]), float(old.inner_m[i - 1] * 1000))
        )
        at = f"E{i}"
    return at


def _feed(
    parts: _Parts, pool: tuple[float, float], main: Main | None, source_z: float, floor: float, day: float,
    rules: Rules,
) -> None:  # fmt: skip
    """The source and its main; for a pool that exists, the share of its water that is set aside."""
    wide = float(rules.inner_m[0, 4] * 1000)
    x, y = pool
    if main is None:
        top = floor + rules["pool_depth_m"] + rules["source_head_m"] + 1.0
        parts.reservoirs.append(Reservoir("SOURCE", x, y, top))
        parts.nodes += [Node("S1", x, y, floor), Node("S2", x, y, floor)]
        parts.pipes.append(Pipe("M0", "SOURCE", "S1", _SHORT_M, wide))
        parts.valves.append(Valve("M1", "S1", "S2", wide, "FCV", day / DAY_S * 1000))
        parts.pipes.append(Pipe("M2", "S2", "POOL", _SHORT_M, wide))
        return
    line, last = main.tree, len(main.tree.parent) - 1
    from_x, from_y = map(float, line.xy[0])
    parts.reservoirs.append(Reservoir("SOURCE", from_x, from_y, source_z))
    before = "SOURCE"
    if main.lift:
        parts.nodes.append(Node("S0", from_x, from_y, source_z))
        parts.pumps.append(Pump("PUMP", "SOURCE", "S0", main.flow_m3s * 1000, main.lift))
        before = "S0"
    pipe_class = main_class(main, source_z, rules)
    for i in range(1, last + 1):
        to_x, to_y = map(float, line.xy[i])
        end = "S1" if i == last else f"M{i}n"
        if main.lift and i == main.top:
            end = "TOP"
            parts.reservoirs.append(Reservoir(end, to_x, to_y, float(line.z[i]) + rules["line_head_m"]))
        else:
            parts.nodes.append(Node(end, to_x, to_y, float(line.z[i])))
        inner = rules.inner_m[pipe_class[i]] * 1000
        parts.link(f"M{i}", before, end, line, i, main.sizing.lengths[i], inner)
        before = end
    if before == "TOP":
        parts.nodes.append(Node("S1", x, y, float(line.z[last])))
        parts.pipes.append(Pipe("M00", before, "S1", _SHORT_M, wide))
    parts.nodes.append(Node("S2", x, y, floor))
    inlet = Valve("IN", "S1", "S2", wide, "FCV", main.flow_m3s * 1000)
    (parts.with_pumps if main.lift else parts.valves).append(inlet)
    parts.pipes.append(Pipe("M0", "S2", "POOL", _SHORT_M, wide))


def main_class(main: Main, source_z: float, rules: Rules) -> Ints:
    """Wall class of each link of a main: of a pumped one the strongest, else by the head at rest."""
    if main.lift:
        return np.full(len(main.tree.parent), len(rules.static_m) - 1, np.int64)
    return rules.wall_class(main.tree.static(source_z))
