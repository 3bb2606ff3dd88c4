"""Where must the pressure be broken? Break-pressure tanks on a tree, so that no tap is over its limit.

Each node has a `cap`, the highest water level upstream that it can stand (a tap: its height
and the largest static head), what its pipe can stand (its rating), and a `need`, the level water must start
from to reach everything below it with the head it must have. A tank can stand where its
level is at least the need of all below; one is set as low on its branch as it can be, for
then it relieves most. A tap that no tank can relieve gets a pressure-reducing valve; a pipe
none, so for a pipe a tank is built however few hang below it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Zones:
    """`tank` (n,): where tanks stand; `level` (n,): the water level each node hangs under (of a
    tank: the level above it); `valve` (n,): taps that need a valve of their own."""

    tank: Bools
    level: Floats
    valve: Bools


def break_pressure(
    parent: Ints,
    z: Floats,
    length: Floats,
    house: Ints,
    *,
    top_m: float,
    head: Floats,
    cap: Floats,
    pipe_cap: Floats,
    friction: float,
    reserve_m: float,
    drop_m: float,
    fewest: int,
) -> Zones:
    """Tanks and valves of a tree whose parents come before their children.

    A level must exceed what taps below need by `reserve_m`; a tank takes `drop_m` at least and
    relieves `fewest` taps at least, or a pipe. `top_m`: water level of a full pool at node 0. `head` (n,):
    metres that must stand above each node; `cap` and `pipe_cap` (n,): highest level it can stand,
    and its pipe; `friction`: metres lost per metre.
    """
    n = len(parent)
    need = z + np.where(house >= 0, head + reserve_m, head)
    below = np.full(n, -np.inf)
    lowest_cap, lowest_pipe = cap.copy(), pipe_cap.copy()
    taps = (house >= 0).astype(np.int64)
    children: list[list[int]] = [[] for _ in range(n)]
    for i in range(n - 1, 0, -1):
        p = parent[i]
        below[p] = max(below[p], max(need[i], below[i]) + friction * length[i])
        lowest_cap[p] = min(lowest_cap[p], lowest_cap[i])
        lowest_pipe[p] = min(lowest_pipe[p], lowest_pipe[i])
        taps[p] += taps[i]
        children[p].append(i)
    tank, level = np.zeros(n, bool), np.full(n, top_m)

    def holds(v: int, above: float) -> bool:
        """High enough for all below, low enough to be worth it, and for enough households or a pipe."""
        enough = z[v] >= below[v] and above - z[v] >= drop_m and above <= pipe_cap[v]
        asked = taps[v] >= fewest or lowest_pipe[v] < above
        return bool(v > 0 and house[v] < 0 and asked and enough)

    def better_below(v: int, above: float) -> bool:
        """Whether a tank can stand further down the only branch that is over its cap."""
        while True:
            over = [c for c in children[v] if lowest_cap[c] < above]
            if len(over) != 1:
                return False
            v = over[0]
            if holds(v, above):
                return True

    waiting = [(0, top_m)]
    while waiting:
        v, above = waiting.pop()
        level[v] = above
        if lowest_cap[v] < above and holds(v, above) and not better_below(v, above):
            tank[v] = True
            above = float(z[v])
        waiting.extend((c, above) for c in children[v])
    return Zones(tank, level, (house >= 0) & (cap < level))
