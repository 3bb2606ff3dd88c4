"""Who is served by what, when every facility holds only so many? Joint allocation under capacity.

Clients of one unit each may use some facilities (edges with a length); a facility
holds a whole number of clients, and facilities may draw together on a group that
holds a whole number too (pools on one spring). Clients are taken in a fixed order;
each is let in if there is any way to rearrange those already in so that all of them
and it are served: the greedy basis of a matroid. What is guaranteed, and tested
against independent solvers:

- the number served is the greatest possible (a maximum flow);
- no client is turned away for one behind it in the order: the served set is the
  first in lexicographic order among all largest ones;
- a larger group, and a larger or a further facility that draws on no group with others,
  never turn away a client that was served (complements across the two sides of an
  assignment: Shapley 1962, "Complements and substitutes in the optimal assignment
  problem"), as long as the order of the clients does not depend on the facilities;
- a further edge, and a larger or a further facility on a shared group, never lower the
  number served, though they may change who they are: more clients may ask for the same room;
- among all ways to serve that set the total length, each rounded to a millimetre,
  is the least possible (shortest augmenting paths with prices, row by row as in the
  Hungarian method);
- the answer does not depend on the order of the rows.

A search that finds no room proves that the facilities it saw are closed for good,
and they are never searched again; so refusals cost one pass over the edges all
together, and searches stay local where capacity is.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import Any, NamedTuple

import numba
import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

UNLIMITED = np.int64(2**62)
_MM = 1000.0


@dataclass(frozen=True)
class Allocation:
    """The facility of every client and how full everything is.

    `edge` (clients,): row of the edge in use, -1 for a client not served;
    `facility` (clients,): its facility, -1 where none;
    `used` (facilities,) and `group_used` (groups,): clients held.
    """

    edge: Ints
    facility: Ints
    used: Ints
    group_used: Ints

    @property
    def served(self) -> npt.NDArray[np.bool_]:
        return self.facility >= 0


def allocate(
    client: Ints,
    facility: Ints,
    length: Floats,
    *,
    capacity: Ints,
    client_order: Ints,
    facility_order: Ints | None = None,
    group: Ints | None = None,
    group_capacity: Ints | None = None,
) -> Allocation:
    """Serve as many clients as possible, the first in `client_order` first, over short edges.

    Edges are three arrays (edges,): row of the client, row of the facility, length in
    metres (finite, not negative). `capacity` (facilities,) in clients. `client_order`
    (clients,) holds all client rows, first served first; `facility_order` all facility
    rows, and decides only between equally long ways. `group` (facilities,) is the row of
    the group a facility draws on, -1 for none; `group_capacity` (groups,) in clients.
    """
    n, m = len(client_order), len(capacity)
    client, facility = np.asarray(client, np.int64), np.asarray(facility, np.int64)
    length = np.asarray(length, np.float64)
    if len(length) and not (np.isfinite(length).all() and length.min() >= 0):
        raise ValueError("lengths must be finite and not negative")
    places = np.arange(m) if facility_order is None else np.asarray(facility_order, np.int64)
    if not _is_order(client_order) or not _is_order(places) or len(places) != m:
        raise ValueError("an order must hold every row exactly once")
    groups = np.full(m, -1, np.int64) if group is None else np.asarray(group, np.int64)
    shared = np.zeros(0, np.int64) if group_capacity is None else np.asarray(group_capacity, np.int64)
    client_rank, place_rank = _inverse(client_order), _inverse(places)
    c, f = client_rank[client], place_rank[facility]
    rows = np.lexsort((length, f, c))
    graph = _graph(c[rows], f[rows], length[rows], n, np.asarray(capacity)[places], groups[places], shared)
    state = _state(n, m, len(graph.room))
    _fill(graph, state)
    chosen = np.full(n, -1, np.int64)
    held = np.flatnonzero(state.edge >= 0)
    chosen[np.asarray(client_order)[held]] = rows[state.edge[held]]
    at = np.full(n, -1, np.int64)
    at[chosen >= 0] = np.asarray(facility)[chosen[chosen >= 0]]
    load = np.zeros(m, np.int64)
    load[places] = state.load
    return Allocation(chosen, at, load, state.drawn[: len(shared)])


def first_per_client(client: Ints, *keys: npt.NDArray[Any], n: int) -> Ints:
    """Row of the first edge of each client in order of `keys` (most important first), -1 for none; (n,)."""
    rows = np.lexsort((*keys[::-1], client))
    owner = client[rows]
    first = np.ones(len(rows), bool)
    first[1:] = owner[1:] != owner[:-1]
    found = np.full(n, -1, np.int64)
    found[owner[first]] = rows[first]
    return found


def _is_order(order: Ints) -> bool:
    return bool(np.array_equal(np.sort(order), np.arange(len(order))))


def _inverse(order: Ints) -> Ints:
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return rank


class _Graph(NamedTuple):
    """What does not change: edges by client, rooms, and who draws on which group.

    Nodes are the facilities 0…m-1 and behind them the groups; a facility without a
    group has one of its own with unlimited room.
    """

    start: Any  # edges of client c are start[c]:start[c+1]
    owner: Any  # client of an edge
    place: Any  # facility of an edge
    cost: Any  # length of an edge, mm
    capacity: Any  # of facilities
    behind: Any  # node of the group behind a facility
    room: Any  # of groups
    members: Any  # facilities by group: members[first[g]:first[g+1]]
    first: Any


class _State(NamedTuple):
    """What does: the assignment, the prices that prove it shortest, and one search."""

    edge: Any  # edge in use by a client, -1 none
    head: Any  # clients at a facility, a doubly linked list
    after: Any
    before: Any
    load: Any  # of facilities
    drawn: Any  # of groups
    price: Any  # of nodes; keeps every reduced cost at or above zero
    closed: Any  # nodes no client can ever be let into again
    far: Any  # of nodes, in the search under way
    settled: Any
    parent: Any
    via: Any  # the edge by which a client came to this node


def _graph(c: Ints, place: Ints, length: Floats, n: int, capacity: Ints, group: Ints, shared: Ints) -> _Graph:
    """The arrays of `_Graph` from edges sorted by client."""
    m, g = len(capacity), len(shared)
    behind = m + np.where(group >= 0, group, g + np.arange(m))
    members = np.argsort(behind, kind="stable")
    return _Graph(
        start=np.searchsorted(c, np.arange(n + 1)).astype(np.int64),
        owner=c.astype(np.int64),
        place=place.astype(np.int64),
        cost=np.rint(length * _MM).astype(np.int64),
        capacity=np.maximum(capacity, 0),
        behind=behind.astype(np.int64),
        room=np.concatenate((np.maximum(shared, 0), np.full(m, UNLIMITED))),
        members=members.astype(np.int64),
        first=np.searchsorted(behind[members], m + np.arange(m + g + 1)).astype(np.int64),
    )


def _state(n: int, m: int, groups: int) -> _State:
    nodes = m + groups
    return _State(
        edge=np.full(n, -1, np.int64),
        head=np.full(m, -1, np.int64),
        after=np.full(n, -1, np.int64),
        before=np.full(n, -1, np.int64),
        load=np.zeros(m, np.int64),
        drawn=np.zeros(groups, np.int64),
        price=np.zeros(nodes, np.int64),
        closed=np.zeros(nodes, np.bool_),
        far=np.full(nodes, UNLIMITED),
        settled=np.zeros(nodes, np.bool_),
        parent=np.full(nodes, -1, np.int64),
        via=np.full(nodes, -1, np.int64),
    )


@numba.njit(cache=True)
def _fill(graph: Any, state: Any) -> None:
    """Let the clients in one by one; `state` is filled in place."""
    for c in range(len(graph.start) - 1):
        heap = [(np.int64(0), np.int64(0)) for _ in range(0)]
        touched = [np.int64(0) for _ in range(0)]
        for e in range(graph.start[c], graph.start[c + 1]):
            v = graph.place[e]
            _step(state, heap, touched, graph.cost[e] + state.price[v], v, np.int64(-1), e)
        goal = _search(graph, state, heap, touched)
        if goal >= 0:
            for v in touched:
                if state.settled[v]:
                    state.price[v] += state.far[goal] - state.far[v]
            _rearrange(graph, state, goal)
        for v in touched:
            state.closed[v] = state.closed[v] or goal < 0
            state.far[v] = UNLIMITED
            state.settled[v] = False


@numba.njit(cache=True)
def _step(state: Any, heap: Any, touched: Any, far: Any, v: Any, parent: Any, via: Any) -> None:
    """Note that node v is reached at `far`, where that is nearer than known."""
    if state.closed[v] or state.settled[v] or far >= state.far[v]:
        return
    if state.far[v] == UNLIMITED:
        touched.append(v)
    state.far[v] = far
    state.parent[v] = parent
    state.via[v] = via
    heapq.heappush(heap, (far, v))


@numba.njit(cache=True)
def _search(graph: Any, state: Any, heap: Any, touched: Any) -> Any:
    """The nearest group with room by reduced cost (Dijkstra), -1 where there is none."""
    m = len(graph.capacity)
    start, place, cost = graph.start, graph.place, graph.cost
    edge, after, price, far, settled = state.edge, state.after, state.price, state.far, state.settled
    while len(heap) > 0:
        d, v = heapq.heappop(heap)
        if settled[v]:
            continue
        if v >= m and state.drawn[v - m] < graph.room[v - m]:
            return v
        settled[v] = True
        base = d - price[v]
        if v >= m:
            _leave_group(graph, state, heap, touched, base, v)
            continue
        w = graph.behind[v]
        if state.load[v] < graph.capacity[v]:
            _step(state, heap, touched, base + price[w], w, v, np.int64(-1))
        k = state.head[v]
        while k >= 0:  # a client here may go to another facility
            leave = base - cost[edge[k]]
            for e in range(start[k], start[k + 1]):
                w = place[e]
                if leave + cost[e] + price[w] < far[w]:  # tested here because this is the hot loop
                    _step(state, heap, touched, leave + cost[e] + price[w], w, v, e)
            k = after[k]
    return np.int64(-1)


@numba.njit(cache=True)
def _leave_group(graph: Any, state: Any, heap: Any, touched: Any, base: Any, v: Any) -> None:
    """From a full group: a client at any facility that draws on it may go elsewhere."""
    group = v - len(graph.capacity)
    for i in range(graph.first[group], graph.first[group + 1]):
        w = graph.members[i]
        if state.load[w] > 0:
            _step(state, heap, touched, base + state.price[w], w, v, np.int64(-1))


@numba.njit(cache=True)
def _rearrange(graph: Any, state: Any, goal: Any) -> None:
    """Walk back from the group with room, moving one client along each step."""
    m = len(graph.capacity)
    state.drawn[goal - m] += 1
    v = goal
    while v >= 0:
        u = state.parent[v]
        if v >= m:  # facility u had room and takes one more of the group v
            state.load[u] += 1
        elif u >= m:  # facility v gives up one share of the group u
            state.load[v] -= 1
        else:
            _move(state, graph.owner[state.via[v]], u, v)
            state.edge[graph.owner[state.via[v]]] = state.via[v]
        v = u


@numba.njit(cache=True)
def _move(state: Any, client: Any, old: Any, new: Any) -> None:
    """Take the client off the list of facility `old` (-1: none) and put it on that of `new`."""
    if old >= 0:
        ahead, behind = state.before[client], state.after[client]
        if ahead >= 0:
            state.after[ahead] = behind
        else:
            state.head[old] = behind
        if behind >= 0:
            state.before[behind] = ahead
    top = state.head[new]
    if top >= 0:
        state.before[top] = client
    state.before[client] = -1
    state.after[client] = top
    state.head[new] = client
