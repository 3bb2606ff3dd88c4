"""One water system, source to taps: laid, zoned, sized, and run through EPANET until it passes."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from geo.corridors import Corridors
from geo.water.feeding import lay_feed, why_fails
from geo.water.hydraulics import EngineError, Run, run_inp, write_inp
from geo.water.layout import Trail, Tree, draw, lay_trail
from geo.water.network import Main, build_network
from geo.water.pressure import break_pressure
from geo.water.rules import DAY_S, Rules
from geo.water.sizing import Sizing, size_tree
from geo.water.tapping import Old

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_ROUNDS = 4  # how often a system is changed before it is shown as failing
_TRAIL_HEAD_M = 0.2  # metres that stand above the line below a tank before it is smoothed


@dataclass(frozen=True)
class Task:
    """What a system has to do. `rows` are households with place, height, head wanted and demand
    on the greatest day; the pool stands at `pool` with its floor at `floor`; `source` None where
    the pool exists and has its water; `old` the existing main that is tapped, None where new
    pipes start at the pool."""

    rows: Ints
    doors: Floats
    heights: Floats
    heads: Floats
    demand: Floats
    pool: Floats
    floor: float
    source: Floats | None
    source_z: float
    title: str
    old: Old | None = None

    @property
    def start(self) -> Floats:
        """Where new pipes start: at the pool, or where its existing main is tapped."""
        return self.pool if self.old is None else self.old.xy[-1]

    @property
    def drawn(self) -> float:
        """What others draw on the existing main, m³/d."""
        return 0.0 if self.old is None else float(self.old.drawn_m3d.sum())


@dataclass(frozen=True)
class Verdict:
    """What the engine said: passed; the tap with the least room, its head and its limit, which it must have
    at "least" or may have at "most"; a message key."""

    passed: bool
    worst: float
    bound: str
    limit: float
    worst_at: int
    note: str


@dataclass(frozen=True)
class Designed:
    """A system: households it serves (`Task.rows`), those `dropped`, and everything to bill."""

    task: Task
    tree: Tree
    level: Floats
    valve: Bools
    sizing: Sizing
    pipe_class: Ints
    main: Main | None
    volume: float
    inp: str
    verdict: Verdict
    dropped: Ints
    gap: float


def may_pass(task: Task, rules: Rules) -> bool:
    """Whether an existing main leaves a system on it any chance: at its tap head for every household, on
    the way water under pressure and no faster than it may be, whatever pipes are laid from there."""
    if task.old is None:
        return True
    own = float(task.demand.sum())
    level = task.floor - task.old.lost(own, rules)
    far = np.hypot(*(task.old.xy - task.pool).T) > rules["trench_reach_m"]
    head = level[-1] - task.heights - task.heads
    fast = task.old.fastest(own, rules) > rules["max_velocity_ms"] * 1.02
    full = (level >= task.old.z)[far].all()
    return bool((head >= rules["head_reserve_m"] - 0.01).all() and full and not fast)


def design_system(task: Task, corridors: Corridors, rules: Rules) -> Designed | None:
    """Design it; None where no household can be reached. Households water cannot reach are dropped."""
    dropped: list[int] = []
    reserve = rules["head_reserve_m"]
    designed: Designed | None = None
    for _ in range(_ROUNDS):
        if not len(task.rows):
            return None
        laid = _lay(task, corridors, rules)
        if laid is None:
            return None
        trail, cut, gap = laid
        if len(cut):
            dropped.extend(task.rows[cut].tolist())
            task = _without(task, cut)
            continue
        designed = _sized(task, trail, corridors, rules, reserve, gap, np.array(sorted(dropped), np.int64))
        short = _short(designed)
        if len(short):
            dropped.extend(task.rows[short].tolist())
            task = _without(task, short)
            designed = None
            continue
        if designed.verdict.passed:
            return designed
        reserve += max(1.0, np.nan_to_num(designed.verdict.limit - designed.verdict.worst))
    return designed


def _lay(task: Task, corridors: Corridors, rules: Rules) -> tuple[Trail, Ints, float] | None:
    height = task.floor if task.old is None else float(task.old.z[-1])
    trail, cut, gap = lay_trail(
        corridors, task.start, height, task.doors, ceiling_m=_start_level(task, rules) - rules["line_head_m"],
        fall=rules["tank_friction_m_km"] / 1000, trench_m=rules["trench_m"],
        near_m=rules["trench_reach_m"],
    )  # fmt: skip
    if len(cut) == len(task.rows):
        return None
    z = trail.z.copy()
    taps = trail.house >= 0
    z[taps] = task.heights[trail.house[taps]]
    return replace(trail, z=z), cut, gap


def _start_level(task: Task, rules: Rules) -> float:
    """The water level new pipes start from: the floor of the pool, less what its main takes to the tap."""
    return task.floor - (
        0.0 if task.old is None else float(task.old.lost(float(task.demand.sum()), rules)[-1])
    )


def _without(task: Task, gone: Ints) -> Task:
    keep = np.setdiff1d(np.arange(len(task.rows)), gone)
    return replace(
        task,
        rows=task.rows[keep],
        doors=task.doors[keep],
        heights=task.heights[keep],
        heads=task.heads[keep],
        demand=task.demand[keep],
    )


def _short(designed: Designed) -> Ints:
    """Taps whose head no pipe can give; those below a tank that gets none too."""
    tree, short = designed.tree, designed.sizing.short > 0.01
    for i in range(1, len(short)):
        short[i] |= short[tree.parent[i]] and tree.tank[tree.parent[i]]
    return tree.house[short & (tree.house >= 0)]


def _caps(z: Floats, house: Ints, rules: Rules) -> Floats:
    """The highest water level each node can stand."""
    return z + np.where(house >= 0, rules["max_static_m"], rules.static_m[-1])


def _sized(
    task: Task, trail: Trail, corridors: Corridors, rules: Rules, reserve: float, gap: float, dropped: Ints
) -> Designed:
    top = task.floor + rules["pool_depth_m"]
    step = np.r_[0.0, np.hypot(np.hypot(*(trail.xy[1:] - trail.xy[trail.parent[1:]]).T), 0.0)]
    least = np.where(trail.house >= 0, task.heads[trail.house], _TRAIL_HEAD_M)
    zones = break_pressure(
        trail.parent,
        trail.z,
        step,
        trail.house,
        top_m=top,
        head=least,
        cap=_caps(trail.z, trail.house, rules),
        pipe_cap=trail.z + rules.static_m[-1],
        friction=rules["tank_friction_m_km"] / 1000,
        reserve_m=reserve,
        drop_m=rules["tank_drop_m"],
        fewest=int(rules["tank_households"]),
    )
    tree = draw(trail, corridors, tank=zones.tank, smooth_m=0.6 * corridors.terrain.cell)
    level = _levels(tree, top)
    valve = (tree.house >= 0) & (_caps(tree.z, tree.house, rules) < level)
    sizing, pipe_class = _size(task, tree, level, rules, reserve)
    main = None
    if task.source is not None:
        main = lay_feed(
            task.source, task.source_z, task.pool, task.floor, float(task.demand.sum()), corridors, rules
        )
    demand = float(task.demand.sum()) + task.drawn
    pumped = main is not None and main.lift > 0
    inflow = rules.pumping * 24 / rules.pumping.sum() * rules["pump_spare"] if pumped else np.ones(24)
    volume = rules.volume(demand, inflow) if main is not None else rules.needed(demand, inflow)
    network = build_network(
        title=task.title, tree=tree, sizing=sizing, pipe_class=pipe_class, valve=valve, floor=task.floor,
        demand_m3d=task.demand, main=main, source_z=task.source_z, volume=volume, inflow=inflow,
        corridors=corridors, rules=rules, old=task.old,
    )  # fmt: skip
    inp = write_inp(network)
    note = "" if task.source is None or main is not None else "water_design.no_main"
    if not note and max(tree.static(level).max(), main.static if main else 0.0) > rules.static_m[-1] + 0.5:
        note = "water_design.rating_fails"
    try:
        run = run_inp(inp)
        verdict = judge(run, task, tree, rules, note or (why_fails(run, main, rules) if main else ""))
    except EngineError:
        verdict = Verdict(False, np.nan, "least", np.nan, int(task.rows[0]), "water_design.engine_refused")
    return Designed(task, tree, level, valve, sizing, pipe_class, main, volume, inp, verdict, dropped, gap)


def _levels(tree: Tree, top: float) -> Floats:
    """The level each node hangs under: of the nearest tank above it, or of the full pool."""
    level = np.full(len(tree.parent), top)
    for i in range(1, len(level)):
        p = tree.parent[i]
        level[i] = tree.z[p] if tree.tank[p] else level[p]
    return level


def _size(task: Task, tree: Tree, level: Floats, rules: Rules, reserve: float) -> tuple[Sizing, Ints]:
    """Diameters at the peak hour, from the lowest level of the pool."""
    drawn = np.where(tree.house >= 0, task.demand[tree.house] / DAY_S * rules.pattern.max(), 0.0)
    flow = np.maximum(tree.below(drawn), rules["tap_ls"] / 1000)
    start = np.where(tree.tank, tree.z, np.nan)
    start[0] = _start_level(task, rules)
    head = np.where(tree.house >= 0, task.heads[tree.house] + reserve, rules["line_head_m"])
    head = np.where(tree.tank, rules["valve_loss_m"], head)
    pipe_class = rules.wall_class(tree.static(level))
    least = tree.z + head
    least[tree.beside(rules["trench_reach_m"])] = -np.inf
    sizing = size_tree(
        tree.parent,
        tree.length,
        flow,
        start_head_m=start,
        least_head_m=least,
        inner_m=rules.inner_m[pipe_class],
        price_m=rules.pipe_yuan,
        roughness=rules["roughness"],
        max_velocity_ms=rules["max_velocity_ms"],
    )
    return sizing, pipe_class.astype(np.int64)


def judge(run: Run, task: Task, tree: Tree, rules: Rules, note: str) -> Verdict:
    """Hold what the engine found against the limits: every tap, every pipe, the pool. `note`: why the
    system fails whatever it finds."""
    taps = np.flatnonzero(tree.house >= 0)
    place = {name: i for i, name in enumerate(run.nodes)}
    columns = np.array([place[f"H{i}"] for i in taps])
    pressure = run.pressure[:, columns]
    least = task.heads[tree.house[taps]]
    low, high = pressure.min(axis=0) - least, rules["max_static_m"] - pressure.max(axis=0)
    room = np.minimum(low, high)
    at = int(room.argmin())
    from_below = low[at] <= high[at]
    value = pressure.min(axis=0)[at] if from_below else pressure.max(axis=0)[at]
    limit = least[at] if from_below else rules["max_static_m"]
    bound = "least" if from_below else "most"
    level = run.pressure[:, place["POOL"]]
    line = np.flatnonzero((tree.house < 0) & ~tree.beside(rules["trench_reach_m"]) & ~tree.tank)
    if note:
        pass
    elif room[at] < -0.01:
        note = "water_design.head_fails"
    elif len(line) and run.pressure[:, [place[f"J{i}"] for i in line]].min() < -0.01:
        note = "water_design.line_fails"
    elif run.velocity.max() > rules["max_velocity_ms"] * 1.01:
        note = "water_design.velocity_fails"
    elif level.min() <= 0.0 or level[-1] < level[0] - 0.02:
        note = "water_design.pool_empties"
    return Verdict(not note, float(value), bound, float(limit), int(task.rows[tree.house[taps[at]]]), note)
