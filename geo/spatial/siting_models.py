"""The programmes behind `geo.spatial.siting`, and the greedy answers they start from."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from geo.spatial.milp import Programme, solve

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def greedy_cover(A: sp.csr_array, price: Floats) -> tuple[Bools, float]:
    """Chvatal's greedy cover, sites made needless dropped; and the bound of a dual ascent."""
    by_site = A.tocsc()
    open_rows, chosen = np.ones(A.shape[0]), np.zeros(A.shape[1], np.bool_)
    while open_rows.any():
        best = int(np.argmax((by_site.T @ open_rows) / price))
        chosen[best] = True
        open_rows[by_site.indices[by_site.indptr[best] : by_site.indptr[best + 1]]] = 0.0
    times = A @ chosen.astype(float)
    for j in sorted(np.flatnonzero(chosen).tolist(), key=lambda j: -price[j]):
        rows = by_site.indices[by_site.indptr[j] : by_site.indptr[j + 1]]
        if (times[rows] >= 2).all():
            chosen[j] = False
            times[rows] -= 1
    return chosen, _cover_dual(A, price)


def _cover_dual(A: sp.csr_array, price: Floats) -> float:
    """Clients with the fewest sites first, each takes what is left of the cheapest of its sites."""
    left, total = price.copy(), 0.0
    for i in np.argsort(np.diff(A.indptr), kind="stable"):
        mine = A.indices[A.indptr[i] : A.indptr[i + 1]]
        step = left[mine].min()
        if step > 0:
            left[mine] -= step
            total += step
    return float(total)


def greedy_most(A: sp.csr_array, weight: Floats, p: int) -> tuple[Bools, float]:
    """The greedy choice of p, and the bound of its submodularity: covered + the p largest gains left."""
    by_site = A.tocsc()
    left, chosen, bound = weight.copy(), np.zeros(A.shape[1], np.bool_), float(weight.sum())
    for _ in range(min(p, A.shape[1]) + 1):
        gain = by_site.T @ left
        best = float(np.sort(gain)[::-1][:p].sum())
        bound = min(bound, float(weight.sum() - left.sum()) + best)
        if chosen.sum() == p or not gain.any():
            break
        j = int(np.argmax(gain))
        chosen[j] = True
        left[by_site.indices[by_site.indptr[j] : by_site.indptr[j + 1]]] = 0.0
    return chosen, bound


def radius(
    C: Floats, p: int, multiplier: Floats, low: Bools, high: Bools, slack: float
) -> tuple[Programme, Ints]:
    """The p-median over radii (Elloumi 2010), without what the Lagrangian bound rules out.

    Client i has a variable for each of its different costs: 1 when no open site is as cheap
    as that. Sites of `high` are open, those of `low` closed; a client is not served at more
    than its `multiplier` plus `slack`, since that costs more than the answer at hand.
    Returns the programme and which site each of its first columns stands for.
    """
    columns = np.flatnonzero(~low)
    rows: list[Ints] = []
    cols: list[Ints] = []
    vals: list[Floats] = []
    price, at, row, row_high = [0.0] * len(columns), len(columns), 0, []
    order = np.argsort(C[:, columns], axis=1, kind="stable")
    base = 0.0
    for i in range(C.shape[0]):
        mine = C[i, columns][order[i]]
        sure = mine[high[columns][order[i]]]
        top = min(multiplier[i] + slack * (1 + 1e-9) + 1e-9, sure[0] if len(sure) else np.inf)
        usable = int(np.searchsorted(mine, top, side="right"))
        usable = usable if np.isfinite(mine[:usable]).all() else int(np.isfinite(mine).sum())
        levels, begin = np.unique(mine[:usable], return_index=True)
        ends = np.r_[begin[1:], usable]
        base += levels[0]
        for k in range(len(levels)):
            last = k == len(levels) - 1
            near = order[i, begin[k] : ends[k]]
            own = [] if last else [at]
            before = [at - 1] if k else []
            cols.append(np.r_[near, own, before].astype(np.int64))
            vals.append(np.r_[np.ones(len(near) + len(own)), -np.ones(len(before))])
            rows.append(np.full(len(near) + len(own) + len(before), row))
            row_high.append(0.0 if k else 1.0)
            row += 1
            if not last:
                price.append(float(levels[k + 1] - levels[k]))
                at += 1
    count = np.arange(len(columns))
    n = at + 1  # the last column is the constant
    matrix = sp.csr_array(
        (
            np.concatenate([*vals, np.ones(len(columns))]),
            (np.concatenate([*rows, np.full(len(columns), row)]), np.concatenate([*cols, count])),
        ),
        shape=(row + 1, n),
    )
    lower = np.r_[high[columns].astype(float), np.zeros(at - len(columns)), 1.0]
    upper = np.ones(n)
    whole = np.arange(n) < len(columns)
    at_least, at_most = np.r_[row_high, float(p)], np.r_[np.full(row, np.inf), float(p)]
    return Programme(np.r_[price, base], matrix, at_least, at_most, lower, upper, whole), columns


def strong(C: Floats, fixed: Floats, demand: Floats, capacity: Floats) -> Programme:
    """Capacitated location with x_ij <= y_j for each pair: variables y (sites), x (finite pairs)."""
    row, col = np.nonzero(np.isfinite(C))
    clients, n, m = len(C), C.shape[1], len(row)
    pair = np.arange(m)
    one = np.ones(m)
    served = sp.csr_array((one, (row, n + pair)), shape=(clients, n + m))
    within = sp.csr_array(
        (np.r_[demand[row], -capacity], (np.r_[col, np.arange(n)], np.r_[n + pair, np.arange(n)])),
        shape=(n, n + m),
    )
    linked = sp.csr_array((np.r_[one, -one], (np.r_[pair, pair], np.r_[n + pair, col])), shape=(m, n + m))
    enough = sp.csr_array(np.r_[capacity, np.zeros(m)][None, :])
    return Programme(
        np.r_[fixed, C[row, col]],
        sp.csr_array(sp.vstack([served, within, linked, enough])),
        np.r_[np.ones(clients), np.full(n + m, -np.inf), demand.sum()],
        np.r_[np.ones(clients), np.zeros(n + m), np.inf],
        np.zeros(n + m),
        np.ones(n + m),
        np.r_[np.ones(n, np.bool_), np.zeros(m, np.bool_)],
    )


def transport(
    C: Floats, fixed: Floats, demand: Floats, capacity: Floats, chosen: Ints
) -> tuple[float, Floats | None]:
    """The cheapest service from the chosen sites: cost with those used, share (clients, sites) or None."""
    row, at = np.nonzero(np.isfinite(C[:, chosen]))
    clients, m = len(C), len(row)
    pair = np.arange(m)
    served = sp.csr_array((np.ones(m), (row, pair)), shape=(clients, m))
    within = sp.csr_array((demand[row], (at, pair)), shape=(len(chosen), m))
    programme = Programme(
        C[row, chosen[at]],
        sp.csr_array(sp.vstack([served, within])),
        np.r_[np.ones(clients), np.full(len(chosen), -np.inf)],
        np.r_[np.ones(clients), capacity[chosen]],
        np.zeros(m),
        np.ones(m),
        np.zeros(m, np.bool_),
    )
    answer = solve(programme)
    if answer.x is None:
        return np.inf, None
    share = np.zeros(C.shape)
    share[row, chosen[at]] = np.where(answer.x > 1e-9, answer.x, 0.0)
    used = share.sum(axis=0) > 0
    return float(fixed[used].sum() + (C[share > 0] * share[share > 0]).sum()), share
