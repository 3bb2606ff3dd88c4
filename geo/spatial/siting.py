"""Where to put facilities: covering, p-median and capacitated location, each with a proven bound.

Small and medium cases are proven by HiGHS (`geo.spatial.milp`). Before that the p-median and
the capacitated case are bounded by Lagrangian relaxation of "everyone is served" (Geoffrion
1974), which also fixes most sites in or out, and the p-median goes to HiGHS in the radius
formulation (Elloumi 2010), which is small. Where a programme has more than `LARGEST` non-zero
entries it is not put to HiGHS: the heuristic's answer is returned with its bound, so `gap`
says what it may be worth at most.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from geo.spatial.lagrange import branch_median, capacitated_bound, median_bound
from geo.spatial.milp import Programme, solve
from geo.spatial.siting_models import greedy_cover, greedy_most, radius, strong, transport

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

LARGEST = 2_000_000  # non-zero entries above which a programme is not put to HiGHS

_BRANCHING = 3e9  # additions the p-median's own branch and bound may make before HiGHS is asked
_TIE = 1e-7  # relative difference at which two costs count as equal


class UnservedError(ValueError):
    """No choice of sites serves everyone. `clients` are rows nothing can serve, if there are any."""

    def __init__(self, clients: Ints) -> None:
        super().__init__(f"no choice of sites serves everyone; {len(clients)} cannot be served at all")
        self.clients = clients


@dataclass(frozen=True)
class Sites:
    """Chosen `sites` (columns), who goes where, the `cost` (or the weight covered) and its `bound`.

    `site_of` (clients,) is the column each client goes to, -1 where none does; of a client
    whose demand is split the one with the largest part. `share` (clients, sites) sparse is
    the part of each client's demand that each site serves.
    """

    sites: Ints
    site_of: Ints
    share: sp.csr_array
    cost: float
    bound: float

    @property
    def proven(self) -> bool:
        return _met(self.cost, self.bound)

    @property
    def gap(self) -> float:
        """How far from the optimum the cost can be at most, as a share of the bound."""
        return abs(self.cost - self.bound) / abs(self.bound) if self.bound else 0.0


def cover_all(
    reach: npt.ArrayLike | sp.sparray,
    *,
    site_cost: npt.ArrayLike | None = None,
    exact_seconds: float = 30.0,
) -> Sites:
    """The cheapest sites (the fewest, without `site_cost`) such that every client is within reach of one.

    `reach` (clients, sites): true where the site serves the client. Raises `UnservedError`.
    """
    A = _pattern(reach)
    price = _prices(site_cost, A.shape[1])
    if (np.diff(A.indptr) == 0).any():
        raise UnservedError(np.flatnonzero(np.diff(A.indptr) == 0))
    small, _ = _merged(A, np.ones(A.shape[0]))
    chosen, bound = greedy_cover(small, price)
    n = A.shape[1]
    if small.nnz <= LARGEST and exact_seconds > 0:
        rows = np.ones(small.shape[0])
        programme = Programme(
            price, small, rows, np.full(len(rows), np.inf), np.zeros(n), np.ones(n), np.ones(n, np.bool_)
        )
        answer = solve(programme, seconds=exact_seconds, start=chosen.astype(float))
        bound = max(bound, answer.bound)
        if answer.x is not None:
            chosen = answer.x > 0.5
    return _covering(A, chosen, float(price[chosen].sum()), _rounded_up(bound, price))


def cover_most(
    reach: npt.ArrayLike | sp.sparray,
    p: int,
    *,
    weight: npt.ArrayLike | None = None,
    exact_seconds: float = 30.0,
) -> Sites:
    """At most `p` sites with the most weight within reach; `cost` is the weight covered, `bound` above it.

    `reach` (clients, sites): true where the site serves the client; `weight` (clients,), 1 unless given.
    """
    A = _pattern(reach)
    clients, n = A.shape
    w = np.ones(clients) if weight is None else np.asarray(weight, float)
    small, merged = _merged(A, w)
    chosen, bound = greedy_most(small, merged, p)
    m = small.shape[0]
    if small.nnz <= LARGEST and exact_seconds > 0 and m:
        served = sp.hstack([small, -sp.eye_array(m)])
        count = sp.csr_array(np.r_[np.ones(n), np.zeros(m)][None, :])
        programme = Programme(
            np.r_[np.zeros(n), -merged],
            sp.csr_array(sp.vstack([served, count])),
            np.r_[np.zeros(m), 0.0],
            np.r_[np.full(m, np.inf), float(p)],
            np.zeros(n + m),
            np.ones(n + m),
            np.r_[np.ones(n, np.bool_), np.zeros(m, np.bool_)],
        )
        start = np.r_[chosen.astype(float), (small @ chosen.astype(float) > 0).astype(float)]
        answer = solve(programme, seconds=exact_seconds, start=start)
        bound = min(bound, -answer.bound)
        if answer.x is not None:
            chosen = answer.x[:n] > 0.5
    covered = float(w[A @ chosen.astype(float) > 0].sum())
    return _covering(A, chosen, covered, max(bound, covered))


def p_median(cost: npt.ArrayLike, p: int, *, exact_seconds: float = 60.0) -> Sites:
    """`p` sites such that everyone going to the cheapest of them costs least together.

    `cost` (clients, sites): what it costs to serve the client from the site, weight included;
    inf where it cannot be. Raises `UnservedError`, `ValueError` when p is not 1 to the sites.
    """
    C = np.asarray(cost, float)
    if not 1 <= p <= C.shape[1]:
        raise ValueError("p must be between 1 and the number of sites")
    if not (np.isfinite(C).any(axis=1)).all():
        raise UnservedError(np.flatnonzero(~np.isfinite(C).any(axis=1)))
    found = median_bound(C, p)
    chosen, bound = found.chosen, found.bound
    value = float(C[:, chosen].min(axis=1).sum())
    whole = bool((C[np.isfinite(C)] % 1 == 0).all())
    bound = min(_whole_up(bound, whole), value)
    if not _met(value, bound) and exact_seconds > 0:
        searched = branch_median(C, p, found, value, apart=1.0 if whole else 0.0, work=_BRANCHING)
        chosen, value, bound = (
            searched.chosen,
            searched.value,
            max(bound, min(searched.bound, searched.value)),
        )
    if not _met(value, bound) and exact_seconds > 0:
        programme, columns = radius(C, p, found.multiplier, found.low, found.high, value - found.bound)
        if programme.matrix.nnz <= LARGEST:
            answer = solve(programme, seconds=exact_seconds)
            if answer.x is not None and answer.value < value:
                chosen = columns[answer.x[: len(columns)] > 0.5]
                value = float(C[:, chosen].min(axis=1).sum())
            bound = min(value, max(bound, _whole_up(min(answer.bound, value), whole)))
    if not np.isfinite(value):
        raise UnservedError(np.empty(0, np.int64))
    site_of = chosen[C[:, chosen].argmin(axis=1)]
    return Sites(np.sort(chosen), site_of, _whole_share(site_of, C.shape[1]), value, bound)


def locate(
    cost: npt.ArrayLike,
    site_cost: npt.ArrayLike,
    *,
    demand: npt.ArrayLike,
    capacity: npt.ArrayLike,
    exact_seconds: float = 60.0,
) -> Sites:
    """Sites to open, and who is served from where, at least cost of both; demand may be split.

    `cost` (clients, sites): what serving all of the client from the site costs, inf where it
    cannot be; `site_cost` (sites,); `demand` (clients,) and `capacity` (sites,) in one unit,
    inf where there is no limit. Raises `UnservedError`.
    """
    C, fixed = np.asarray(cost, float), np.asarray(site_cost, float)
    d, room = np.asarray(demand, float), np.minimum(np.asarray(capacity, float), np.asarray(demand).sum())
    if not (np.isfinite(C).any(axis=1)).all():
        raise UnservedError(np.flatnonzero(~np.isfinite(C).any(axis=1)))
    every = np.arange(len(fixed))
    value, share = transport(C, fixed, d, room, every)
    if share is None:
        raise UnservedError(np.empty(0, np.int64))
    found = capacitated_bound(C, fixed, d, room, value=value)
    answer = _settled(C, fixed, d, room, found.chosen, bound=found.bound, seconds=exact_seconds)
    share = answer.share
    used = np.flatnonzero(share.sum(axis=0) > 0)
    return Sites(
        used, share.argmax(axis=1), sp.csr_array(share), answer.value, min(answer.bound, answer.value)
    )


@dataclass(frozen=True)
class _Service:
    """Who is served from where, what it costs with the sites, and a bound."""

    share: Floats
    value: float
    bound: float


def _settled(
    C: Floats, fixed: Floats, demand: Floats, capacity: Floats, chosen: Ints, *, bound: float, seconds: float
) -> _Service:
    """The optimum by HiGHS from the choice at hand; above the stated size that choice improved."""
    value, share = transport(C, fixed, demand, capacity, chosen)
    if share is None:  # who fits by sum need not fit by reach: start with all open
        chosen = np.arange(len(fixed))
        value, share = transport(C, fixed, demand, capacity, chosen)
    if share is None:
        raise UnservedError(np.empty(0, np.int64))
    if 4 * np.isfinite(C).sum() > LARGEST:
        return _improved(
            C, fixed, demand, capacity, chosen, _Service(share, value, bound), time.monotonic() + seconds
        )
    if seconds > 0 and not _met(value, bound):
        row, col = np.nonzero(np.isfinite(C))
        start = np.r_[share.any(axis=0).astype(float), share[row, col]]
        answer = solve(strong(C, fixed, demand, capacity), seconds=seconds, start=start)
        bound = max(bound, min(value, answer.bound))
        if answer.x is not None and answer.value < value:
            opened = np.flatnonzero(answer.x[: len(fixed)] > 0.5)
            price, other = transport(C, fixed, demand, capacity, opened)
            if other is not None and price < value:
                value, share = price, other
    return _Service(share, value, bound)


def _improved(
    C: Floats, fixed: Floats, demand: Floats, capacity: Floats, chosen: Ints, now: _Service, until: float
) -> _Service:
    """Sites closed, opened and exchanged one at a time while that saves and time is left."""
    again = True
    while again:
        again = False
        for trial in _neighbours(chosen, now.share, len(fixed)):
            if time.monotonic() > until:
                break
            price, share = transport(C, fixed, demand, capacity, trial)
            if share is not None and price < now.value - _TIE * abs(now.value):
                now, chosen, again = _Service(share, price, now.bound), trial, True
                break
    return now


def _neighbours(chosen: Ints, share: Floats, n: int) -> Iterator[Ints]:
    """All choices one step away, those without an idle site first."""
    by_use = chosen[np.argsort(share[:, chosen].sum(axis=0), kind="stable")]
    others = np.setdiff1d(np.arange(n), chosen)
    for j in by_use:
        yield np.setdiff1d(chosen, [j])
    for k in others:
        yield np.append(chosen, k)
    for j in by_use:
        for k in others:
            yield np.append(np.setdiff1d(chosen, [j]), k)


def _met(cost: float, bound: float) -> bool:
    return abs(cost - bound) <= _TIE * max(1.0, abs(cost))


def _pattern(reach: npt.ArrayLike | sp.sparray) -> sp.csr_array:
    A = sp.csr_array(reach if sp.issparse(reach) else np.asarray(reach, float), dtype=float)
    A.sum_duplicates()
    A.eliminate_zeros()
    A.sort_indices()
    A.data[:] = 1.0
    return A


def _prices(site_cost: npt.ArrayLike | None, n: int) -> Floats:
    price = np.ones(n) if site_cost is None else np.asarray(site_cost, float)
    if len(price) != n or not (price > 0).all():
        raise ValueError("site_cost must be positive, one of each site")
    return price


def _merged(A: sp.csr_array, weight: Floats) -> tuple[sp.csr_array, Floats]:
    """Clients with the same reach made one; clients no site reaches left out."""
    groups: dict[bytes, int] = {}
    spans = zip(A.indptr[:-1].tolist(), A.indptr[1:].tolist(), strict=True)
    group = np.array([groups.setdefault(A.indices[a:b].tobytes(), len(groups)) for a, b in spans], np.int64)
    total = np.bincount(group, weights=weight, minlength=len(groups))
    first = np.full(len(groups), A.shape[0], np.int64)
    np.minimum.at(first, group, np.arange(A.shape[0]))
    some = np.diff(A.indptr)[first] > 0
    return sp.csr_array(A[first[some]]), total[some].astype(float)


def _rounded_up(bound: float, price: Floats) -> float:
    return _whole_up(bound, bool((price % 1 == 0).all()))


def _whole_up(bound: float, whole: bool) -> float:
    """Where all costs are whole numbers the optimum is one too."""
    return float(np.ceil(bound - 1e-6)) if whole and np.isfinite(bound) else bound


def _covering(A: sp.csr_array, chosen: Bools, cost: float, bound: float) -> Sites:
    """Each client goes to the first chosen site within reach."""
    sites = np.flatnonzero(chosen)
    open_only = sp.csr_array(A @ sp.diags_array(chosen.astype(float)))
    open_only.eliminate_zeros()
    site_of = np.full(A.shape[0], -1, np.int64)
    some = np.diff(open_only.indptr) > 0
    site_of[some] = open_only.indices[open_only.indptr[:-1][some]]
    return Sites(sites, site_of, _whole_share(site_of, A.shape[1]), cost, bound)


def _whole_share(site_of: Ints, n: int) -> sp.csr_array:
    rows = np.flatnonzero(site_of >= 0)
    return sp.csr_array((np.ones(len(rows)), (rows, site_of[rows])), shape=(len(site_of), n))
