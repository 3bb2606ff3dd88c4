"""How does water come from a source to its pool? By gravity where the ground allows it, else pumped.

A pumped main that has to climb over ground above its pool lifts to a tank on the crest, and water runs
on from there; it goes round where that costs less over the years.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import numpy.typing as npt

from geo.corridors import Corridors
from geo.pipes import head_loss
from geo.water.hydraulics import Run
from geo.water.layout import Trail, Tree, draw, lay_main
from geo.water.network import Main
from geo.water.rules import DAY_S, Rules
from geo.water.sizing import Sizing, size_tree

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


def lay_feed(
    source: Floats,
    source_z: float,
    pool: Floats,
    floor: float,
    demand: float,
    corridors: Corridors,
    rules: Rules,
) -> Main | None:
    """By gravity where the ground allows it, else pumped; None where no line can be laid: over no ground
    so low that its water would press harder than the strongest pipe can stand."""
    flow = demand / DAY_S
    inlet = floor + rules["pool_depth_m"]
    lay = partial(
        lay_main,
        corridors,
        source,
        pool,
        trench_m=rules["trench_m"],
        near_m=rules["trench_reach_m"],
    )
    if source_z > inlet + rules["source_head_m"]:
        trail = lay(ceiling_m=source_z - rules["line_head_m"], bottom_m=source_z - rules.static_m[-1])
        if trail is not None:
            main = _gravity(trail, source_z, corridors, rules, flow, inlet)
            if main.sizing.short.max() <= 0.01:
                return main
    friction = rules.friction_m(np.hypot(*(pool - source)))
    lowest = max(inlet, source_z) + friction - rules.static_m[-1]
    shut = source_z + rules["pump_shutoff"] * (inlet + friction - source_z) - rules.full_m[-1]
    ceiling = source_z + rules["max_lift_m"] - friction
    over = lay(ceiling_m=ceiling, bottom_m=max(lowest, shut))
    if over is None:
        return None
    mains = [_pumped(over, source_z, corridors, rules, flow, inlet)]
    if mains[0].crest > 0:
        round_it = lay(ceiling_m=min(ceiling, inlet), bottom_m=max(lowest, shut))
        mains += [] if round_it is None else [_pumped(round_it, source_z, corridors, rules, flow, inlet)]
    able = [main for main in mains if main.sizing.short.max() <= 0.01]
    return min(able, key=partial(_life_yuan, demand=demand, rules=rules), default=None)


def _life_yuan(main: Main, demand: float, rules: Rules) -> float:
    """What a pumped main costs to build and to run over the horizon, the tank on its crest included."""
    kw = rules.motor_kw(main.flow_m3s, main.lift)
    pipes = float((main.sizing.lengths * rules.pipe_yuan).sum())
    energy = rules.kwh_year(demand, main.lift) * rules.energy_yuan_kwh * rules["horizon_years"]
    tank = rules.price("tank", 0.0) * rules.life("tank") if main.crest > 0 else 0.0
    return pipes * rules.life("pipe") + kw * rules.price("pump", kw) * rules.life("pump") + energy + tank


def _line(trail: Trail, corridors: Corridors, rules: Rules, start: float, end: float) -> Tree:
    z = trail.z.copy()
    z[0], z[-1] = start, end
    nothing = np.zeros(len(z), np.bool_)
    return draw(
        replace(trail, z=z),
        corridors,
        tank=nothing,
        smooth_m=0.6 * corridors.terrain.cell,
        shoulder_m=rules["line_head_m"],
    )


def _gravity(
    trail: Trail, source_z: float, corridors: Corridors, rules: Rules, flow: float, inlet: float
) -> Main:
    tree = _line(trail, corridors, rules, source_z, inlet)
    n = len(tree.parent)
    least = tree.z + rules["line_head_m"]
    least[_in_trench(tree, rules)] = -np.inf
    least[n - 1] = inlet + rules["source_head_m"]
    start = np.full(n, np.nan)
    start[0] = source_z
    static = tree.static(source_z)
    pipe_class = rules.wall_class(static)
    sizing = size_tree(
        tree.parent, tree.length, np.full(n, flow), start_head_m=start, least_head_m=least,
        inner_m=rules.inner_m[pipe_class], price_m=rules.pipe_yuan, roughness=rules["roughness"],
        max_velocity_ms=rules["max_velocity_ms"],
    )  # fmt: skip
    return Main(tree, sizing, 0.0, flow, float(static.max()))


def _pumped(
    trail: Trail, source_z: float, corridors: Corridors, rules: Rules, flow: float, inlet: float
) -> Main:
    """Diameters at least cost of pipe, pump and energy together: friction has its price. The lift is held
    to its limit, and to what the pipe stands at its lowest point, with a valve shut by mistake too. Where the
    line climbs over a crest above the pool it is lifted to a tank there, and runs on by gravity."""
    tree = _line(trail, corridors, rules, source_z, inlet)
    n, top = len(tree.parent), _top(tree, inlet, rules)
    rate = flow * 24 / rules.pumping.sum() * rules["pump_spare"]
    demand = flow * DAY_S
    metre = rules.pump_kw(rate, 1.0) * rules.price("pump", rules["middling_kw"]) * rules.life("pump")
    metre += rules.kwh_year(demand, 1.0) * rules.energy_yuan_kwh * rules["horizon_years"]
    inner = rules.inner_m[-1]
    loss = head_loss(rate, inner, roughness=rules["roughness"])
    lowest = float(tree.z.min())
    shut = (lowest + rules.full_m[-1] - source_z) / rules["pump_shutoff"]
    most = min(source_z + min(rules["max_lift_m"], shut), lowest + rules.static_m[-1])
    least = tree.z + rules["line_head_m"]
    least[_in_trench(tree, rules) & (np.arange(n) < n - 1)] = -np.inf  # the pool may stand beside its source
    size = partial(
        _size_line, tree, flow=rate, inner=inner, roughness=rules["roughness"], fast=rules["max_velocity_ms"]
    )
    sizing = size(0, top, start=most, least=least, price=rules.pipe_yuan * rules.life("pipe") + metre * loss)
    lost = np.cumsum((sizing.lengths * loss).sum(axis=1))
    lift = max(float((least[: top + 1] + lost).max()) - source_z, 1.0)
    if top < n - 1:
        least[n - 1] = inlet + rules["source_head_m"]
        down = size(top, n - 1, start=tree.z[top] + rules["line_head_m"], least=least, price=rules.pipe_yuan)
        sizing = _in_a_row(sizing, down)
    return Main(tree, sizing, lift, rate, float(tree.static(source_z + lift).max()), top)


def _top(tree: Tree, inlet: float, rules: Rules) -> int:
    """The node a pump has to lift to: the highest where it stands above the pool, else the last."""
    last = len(tree.parent) - 1
    height = np.where(_in_trench(tree, rules), -np.inf, tree.z)
    height[[0, last]] = -np.inf
    at = int(height.argmax())
    return at if height[at] > inlet + rules["line_head_m"] else last


def _size_line(
    tree: Tree, first: int, last: int, *, start: float, least: Floats, price: Floats, flow: float,
    inner: Floats, roughness: float, fast: float,
) -> Sizing:  # fmt: skip
    """Diameters of the part of a line from node `first` to node `last`."""
    n = last - first + 1
    heads = np.r_[start, np.full(n - 1, np.nan)]
    return size_tree(
        np.arange(-1, n - 1), np.r_[0.0, tree.length[first + 1 : last + 1]], np.full(n, flow),
        start_head_m=heads, least_head_m=least[first : last + 1], inner_m=inner, price_m=price,
        roughness=roughness, max_velocity_ms=fast,
    )  # fmt: skip


def _in_a_row(up: Sizing, down: Sizing) -> Sizing:
    """The sizes of two parts of a line that share a node."""
    return Sizing(
        np.vstack([up.lengths, down.lengths[1:]]),
        np.r_[up.arriving, down.arriving[1:]],
        np.r_[up.short, down.short[1:]],
        up.cost + down.cost,
    )


def _in_trench(tree: Tree, rules: Rules) -> Bools:
    """Points of a line so near its source, or so near its pool and little higher, that a trench takes it
    through the ground there."""
    last, reach = len(tree.parent) - 1, rules["trench_reach_m"]
    low = tree.z <= tree.z[last] + rules["trench_m"]
    return np.asarray(tree.beside(reach) | (tree.beside(reach, end=last) & low), np.bool_)


def why_fails(run: Run, main: Main, rules: Rules) -> str:
    """Why the main of a system fails, "" where it holds: a high point without pressure, too little pumped."""
    last = len(main.tree.parent) - 1
    place = {name: i for i, name in enumerate(run.nodes)}
    high = np.flatnonzero(~_in_trench(main.tree, rules))
    nodes = [place[f"M{i}n"] for i in high if 0 < i < last and f"M{i}n" in place]
    if run.pressure[:, nodes].min(initial=0.0) < -0.01:
        return "water_design.line_fails"
    if main.lift > 0:
        hour = (run.seconds // 3600).astype(int) % 24
        given = run.flow[rules.pumping[hour] > 0, run.links.index("PUMP")]
        if given.min() < 0.99 * main.flow_m3s:
            return "water_design.pump_fails"
    return ""
