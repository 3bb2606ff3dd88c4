"""Who could no longer be served if a facility failed? Removal from a joint allocation.

Given an allocation under capacity (`geo.spatial.allocation`), a set of facilities is taken
away and its clients look for places elsewhere; all others may be rearranged but none of
them loses its place. How many find one is a maximum flow, so those who lose are as few as
can be, and first come first: the answer does not hang on how the allocation was found.

One augmenting search per client of the set, on what the allocation left behind; what a
search without success has seen is closed for the rest of that set. Everything moved is put
back before the next set, so the work is local to each set and linear in their number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numba
import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

_PLENTY = np.int64(2**62)


@dataclass(frozen=True)
class Held:
    """An allocation with what it was made from: edges `client` to `facility` (edges,), `capacity`
    (facilities,), `order` (clients,) first come first, `group` (facilities,) with -1 for none and
    `group_capacity` (groups,), and `place` (clients,), the facility of each client, -1 for none."""

    client: Ints
    facility: Ints
    capacity: Ints
    order: Ints
    group: Ints
    group_capacity: Ints
    place: Ints


class _State(NamedTuple):
    start: Any  # edges of client c: place[start[c]:start[c + 1]]
    place: Any
    capacity: Any
    behind: Any  # group of each facility
    room: Any  # of groups
    members: Any  # facilities of group g: members[first[g]:first[g + 1]]
    first: Any
    rank: Any  # of clients
    at: Any
    head: Any  # clients at a facility, a doubly linked list
    after: Any
    before: Any
    load: Any  # of facilities
    drawn: Any  # of groups
    seen: Any  # nodes: facilities, then groups; the number of the search that saw them
    closed: Any  # the number of the set for which a node leads nowhere
    parent: Any
    via: Any


def lost_without(held: Held, sets: Sequence[Ints]) -> tuple[Ints, Ints]:
    """Of every set of facilities (rows), the clients that cannot be served without it.

    Two arrays (losses,): row of the set, row of the client; in order of the sets.
    """
    state = _state(held)
    start = np.r_[0, np.cumsum([len(s) for s in sets])].astype(np.int64)
    every = np.concatenate([np.asarray(s, np.int64) for s in sets]) if sets else np.zeros(0, np.int64)
    which, who = _remove_each(state, start, every)
    return np.array(which, np.int64), np.array(who, np.int64)


def _state(held: Held) -> _State:
    n, m, g = len(held.place), len(held.capacity), len(held.group_capacity)
    rows = np.lexsort((held.facility, held.client))
    behind = np.where(held.group >= 0, held.group, g + np.arange(m))
    members = np.argsort(behind, kind="stable")
    rank = np.empty(n, np.int64)
    rank[held.order] = np.arange(n)
    state = _State(
        start=np.searchsorted(held.client[rows], np.arange(n + 1)).astype(np.int64),
        place=held.facility[rows].astype(np.int64),
        capacity=np.maximum(held.capacity, 0).astype(np.int64),
        behind=behind.astype(np.int64),
        room=np.r_[np.maximum(held.group_capacity, 0), np.full(m, _PLENTY)].astype(np.int64),
        members=members.astype(np.int64),
        first=np.searchsorted(behind[members], np.arange(g + m + 1)).astype(np.int64),
        rank=rank,
        at=np.full(n, -1, np.int64),
        head=np.full(m, -1, np.int64),
        after=np.full(n, -1, np.int64),
        before=np.full(n, -1, np.int64),
        load=np.zeros(m, np.int64),
        drawn=np.zeros(g + m, np.int64),
        seen=np.zeros(m + g + m, np.int64),
        closed=np.zeros(m + g + m, np.int64),
        parent=np.full(m + g + m, -1, np.int64),
        via=np.full(m + g + m, -1, np.int64),
    )
    _settle(state, held.place.astype(np.int64))
    return state


@numba.njit(cache=True)
def _settle(state: Any, at: Any) -> None:
    """Put every client where the allocation has it."""
    for c in range(len(at)):
        if at[c] >= 0:
            _put(state, c, at[c])
            _count(state, at[c], 1)


@numba.njit(cache=True)
def _count(state: Any, place: Any, one: Any) -> None:
    if place >= 0:
        state.load[place] += one
        state.drawn[state.behind[place]] += one


@numba.njit(cache=True)
def _put(state: Any, client: Any, new: Any) -> None:
    """Move the client from the list of its facility to that of `new`; -1 is no facility."""
    old = state.at[client]
    if old >= 0:
        ahead, behind = state.before[client], state.after[client]
        if ahead >= 0:
            state.after[ahead] = behind
        else:
            state.head[old] = behind
        if behind >= 0:
            state.before[behind] = ahead
    if new >= 0:
        top = state.head[new]
        if top >= 0:
            state.before[top] = client
        state.before[client], state.after[client] = -1, top
        state.head[new] = client
    state.at[client] = new


@numba.njit(cache=True)
def _remove_each(state: Any, start: Any, every: Any) -> Any:
    """(set, client) of all that are lost, set by set."""
    which = [np.int64(0) for _ in range(0)]
    who = [np.int64(0) for _ in range(0)]
    search = np.int64(0)
    for s in range(len(start) - 1):
        moved = [(np.int64(0), np.int64(0)) for _ in range(0)]
        homeless = [(np.int64(0), np.int64(0)) for _ in range(0)]
        for i in range(start[s], start[s + 1]):
            f = every[i]
            state.closed[f] = s + 1
            while state.head[f] >= 0:
                c = state.head[f]
                moved.append((c, f))
                homeless.append((state.rank[c], c))
                _put(state, c, -1)
                _count(state, f, -1)
        homeless.sort()
        for _, c in homeless:
            search += 1
            if not _place(state, c, s + 1, search, moved):
                which.append(np.int64(s))
                who.append(c)
        for i in range(len(moved) - 1, -1, -1):
            c, old = moved[i]
            _count(state, state.at[c], -1)
            _put(state, c, old)
            _count(state, old, 1)
    return which, who


@numba.njit(cache=True)
def _see(state: Any, queue: Any, v: Any, number: Any, search: Any, parent: Any, via: Any) -> None:
    if state.seen[v] != search and state.closed[v] != number:
        state.seen[v] = search
        state.parent[v] = parent
        state.via[v] = via
        queue.append(v)


@numba.njit(cache=True)
def _place(state: Any, client: Any, number: Any, search: Any, moved: Any) -> Any:
    """Find room for the client, rearranging others where that helps; whether there was any."""
    m = len(state.capacity)
    queue = [np.int64(0) for _ in range(0)]
    for e in range(state.start[client], state.start[client + 1]):
        _see(state, queue, state.place[e], number, search, np.int64(-1), client)
    i = 0
    while i < len(queue):
        v = queue[i]
        i += 1
        if v < m:
            _from_facility(state, queue, v, number, search)
        elif state.drawn[v - m] < state.room[v - m]:
            _rearrange(state, v, moved)
            return True
        else:
            _from_group(state, queue, v, number, search)
    for v in queue:
        state.closed[v] = number
    return False


@numba.njit(cache=True)
def _from_facility(state: Any, queue: Any, v: Any, number: Any, search: Any) -> None:
    """One more here draws on the group, or one who is here goes to another facility."""
    if state.load[v] < state.capacity[v]:
        group = len(state.capacity) + state.behind[v]
        _see(state, queue, group, number, search, v, np.int64(-1))
    c = state.head[v]
    while c >= 0:
        for e in range(state.start[c], state.start[c + 1]):
            _see(state, queue, state.place[e], number, search, v, c)
        c = state.after[c]


@numba.njit(cache=True)
def _from_group(state: Any, queue: Any, v: Any, number: Any, search: Any) -> None:
    """From a full group: a client at any facility that draws on it may go elsewhere."""
    group = v - len(state.capacity)
    for k in range(state.first[group], state.first[group + 1]):
        f = state.members[k]
        if state.load[f] > 0:
            _see(state, queue, f, number, search, v, np.int64(-1))


@numba.njit(cache=True)
def _rearrange(state: Any, goal: Any, moved: Any) -> None:
    """Walk back from the group with room, moving one client along each step."""
    v = goal
    while v >= 0:
        c = state.via[v]
        if c >= 0:
            old = state.at[c]
            moved.append((c, old))
            _count(state, old, -1)
            _put(state, c, v)
            _count(state, v, 1)
        v = state.parent[v]
