"""Which transformer takes whom: existing ones with room, existing ones enlarged, new ones.

Capacitated location with sizes as a mixed integer programme (HiGHS). Households that share
no possible transformer are separate programmes, so the whole stays small; each is solved to
the stated gap. Lines are counted by a stated share of the straight distance here, and are
designed afterwards (`geo.power.trees`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from geo.spatial.milp import Programme, solve

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Options:
    """What could be built: `place` the facility of each option, households it can take, yuan, kVA."""

    place: Ints
    takes: Ints
    yuan: Floats
    kva: Floats


@dataclass(frozen=True)
class Pairs:
    """Household `client` could be supplied from `place`, for `yuan` of lines."""

    client: Ints
    place: Ints
    yuan: Floats


@dataclass(frozen=True)
class Chosen:
    """`place` of each household (-1 none), the option built at each place (-1 none), and the gap of each."""

    place: Ints
    option: Ints
    gap: Floats


def choose_places(options: Options, pairs: Pairs, *, clients: int, places: int, gap: float) -> Chosen:
    """Supply as many households as possible, at least cost of transformers and lines."""
    member = coupled(pairs, clients, places)
    place, option, gaps = np.full(clients, -1, np.int64), np.full(places, -1, np.int64), np.zeros(places)
    for part in np.unique(member[pairs.client]):
        p = np.flatnonzero(member[pairs.client] == part)
        here = np.unique(pairs.place[p])
        o = np.flatnonzero(np.isin(options.place, here))
        took, built, left = _solve(options, pairs, o, p, gap)
        place[pairs.client[p[took]]] = pairs.place[p[took]]
        option[options.place[o[built]]] = o[built]
        gaps[here] = left
    return Chosen(place, option, gaps)


def coupled(pairs: Pairs, clients: int, places: int) -> Ints:
    """Number of the independent part each household belongs to."""
    ones = np.ones(len(pairs.client))
    graph = sp.coo_array((ones, (pairs.client, clients + pairs.place)), shape=(clients + places,) * 2)
    part: Ints = connected_components(graph, directed=False)[1][:clients].astype(np.int64)
    return part


def _solve(
    options: Options, pairs: Pairs, o: Ints, p: Ints, gap: float
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_], float]:
    """Which pairs are used, which options are built, and how far from the optimum this may be.

    Columns: options (whole), then pairs, then households left out. A household left out costs
    more than serving it any way, so that the number served comes first. Once the options are
    fixed the rest is a transport problem, whose corners are whole; should an answer not be a
    corner it is asked for again with whole pairs.
    """
    client = np.unique(pairs.client[p], return_inverse=True)[1]
    places, place = np.unique(pairs.place[p], return_inverse=True)
    at = np.searchsorted(places, options.place[o])
    takes = np.minimum(options.takes[o], np.bincount(place)[at])  # no more than could ever be given to it
    worthy = _worthy(at, takes, options.yuan[o])
    every, o, at, takes = len(o), o[worthy], at[worthy], takes[worthy]
    m, n, c, k = len(o), len(p), int(client.max()) + 1, len(places)
    total = m + n + c
    option, pair, left = np.arange(m), m + np.arange(n), m + n + np.arange(c)
    needing, needed = _options_of(place, at, k)
    once, room, built, opened = 0, c, c + k, c + 2 * k  # the first row of each kind
    entries = [
        (once + client, pair, np.ones(n)),
        (once + np.arange(c), left, np.ones(c)),
        (room + place, pair, np.ones(n)),
        (room + at, option, -takes.astype(float)),
        (built + at, option, np.ones(m)),
        (opened + np.arange(n), pair, np.ones(n)),
        (opened + needing, needed, -np.ones(len(needed))),
    ]
    row, col, value = (np.concatenate(part) for part in zip(*entries, strict=True))
    rows = [c, k, k, n]
    matrix = sp.csr_array((value, (row, col)), shape=(sum(rows), total))
    matrix.sort_indices()
    worth = 1.0 + float(options.yuan[o].max(initial=0.0)) * 2 + float(pairs.yuan[p].max())
    programme = Programme(
        cost=np.concatenate([options.yuan[o], pairs.yuan[p], np.full(c, worth)]),
        matrix=matrix,
        row_low=np.repeat([1.0, -np.inf, -np.inf, -np.inf], rows),
        row_high=np.repeat([1.0, 0.0, 1.0, 0.0], rows),
        low=np.zeros(total),
        high=np.ones(total),
        whole=np.arange(total) < m,
    )
    answer = solve(programme, gap=gap)
    if answer.x is not None and (np.abs(answer.x - np.rint(answer.x)) > 1e-5).any():
        answer = solve(replace(programme, whole=np.arange(total) < m + n), gap=gap)
    assert answer.x is not None, "nothing built is always possible"
    took = answer.x[m : m + n] > 0.5
    chosen = np.zeros(every, np.bool_)
    chosen[worthy[(answer.x[:m] > 0.5) & np.isin(at, place[took])]] = True
    return took, chosen, float((answer.value - answer.bound) / answer.value) if answer.value > 0 else 0.0


def _worthy(place: Ints, takes: Ints, yuan: Floats) -> Ints:
    """Rows of the options that take more than any of the same place that costs no more."""
    order = np.lexsort((-takes, yuan, place))
    rank = place[order] * (int(takes.max(initial=0)) + 1) + takes[order]  # of a later place: always more
    best = np.maximum.accumulate(rank)
    return np.sort(order[np.r_[True, rank[1:] > best[:-1]]])


def _options_of(place: Ints, at: Ints, places: int) -> tuple[Ints, Ints]:
    """Every pair with every option of its place: rows of both."""
    by = np.argsort(at, kind="stable")
    begin = np.searchsorted(at[by], np.arange(places + 1))
    count = (begin[1:] - begin[:-1])[place]
    nth = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    return np.repeat(np.arange(len(place)), count), by[np.repeat(begin[place], count) + nth]
