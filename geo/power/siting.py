"""Which transformer takes whom: existing ones with room, existing ones enlarged, new ones.

Capacitated location with sizes as a mixed integer programme (HiGHS). Households that share
no possible transformer are separate programmes, so the whole stays small; each is solved to
the stated gap. Lines are counted by a stated share of the straight distance here, and are
designed afterwards (`geo.power.trees`).
"""

from __future__ import annotations

from dataclasses import dataclass

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

    Columns: options (whole), then pairs. A household left out costs more than serving it any way,
    so that the number served comes first.
    """
    client = np.unique(pairs.client[p], return_inverse=True)[1]
    places, place = np.unique(pairs.place[p], return_inverse=True)
    at = np.searchsorted(places, options.place[o])
    m, n, c, k = len(o), len(p), int(client.max()) + 1, len(places)
    worth = 1.0 + float(options.yuan[o].max(initial=0.0)) * 2 + float(pairs.yuan[p].max())
    one, two = np.ones(n), np.arange(n)
    once = sp.coo_array((one, (client, m + two)), shape=(c, m + n))
    room = sp.coo_array(
        (
            np.concatenate([one, -options.takes[o].astype(float)]),
            (np.concatenate([place, at]), np.concatenate([m + two, np.arange(m)])),
        ),
        shape=(k, m + n),
    )
    single = sp.coo_array((np.ones(m), (at, np.arange(m))), shape=(k, m + n))
    opened = (
        sp.coo_array((one, (two, m + two)), shape=(n, m + n))
        - sp.csr_array(sp.coo_array((np.ones(m), (at, np.arange(m))), shape=(k, m + n)))[place]
    )
    rows = [c, k, k, n]
    programme = Programme(
        cost=np.concatenate([options.yuan[o], pairs.yuan[p] - worth]),
        matrix=sp.csr_array(sp.vstack([once, room, single, opened])),
        row_low=np.full(sum(rows), -np.inf),
        row_high=np.repeat([1.0, 0.0, 1.0, 0.0], rows),
        low=np.zeros(m + n),
        high=np.ones(m + n),
        whole=np.concatenate([np.ones(m, bool), np.ones(n, bool)]),
    )
    answer = solve(programme, gap=gap * 0.1)
    assert answer.x is not None, "nothing built is always possible"
    took = answer.x[m:] > 0.5
    built = (answer.x[:m] > 0.5) & np.isin(at, place[took])
    spent = answer.value + worth * took.sum()
    return took, built, float((answer.value - answer.bound) / spent) if spent > 0 else 0.0
