"""Which diameters are cheapest on a tree? The lengths of each on each link, without a solver.

On a branched network the flow of every link is known, so the head lost in a metre of each
diameter is a constant and the cheapest lengths are a linear programme (Karmeli, Gadish and
Meyers 1968); a link may be made of several diameters. On a tree it is solved from the ends:
what a subtree costs more than its narrowest pipes is convex and piecewise straight in the head
at its top, so the costs of branches add up, and a link and what is below it buy head from
whoever sells the next metre cheaper. The answer is the optimum.
Plain arrays in and out, SI units; nothing here knows of townships.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
import numpy.typing as npt

from geo.pipes import head_loss

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_SHORT = 1e7  # money a metre of missing head costs: far above any pipe
_NOTHING = 1e-6  # metres


@dataclass(frozen=True)
class Sizing:
    """`lengths` (nodes, diameters) metres of each diameter in the link above each node; the
    head `arriving` at each node, metres; `short` (nodes,) metres of head that no choice of
    diameters can give; the `cost` of the pipes, the least there can be.
    """

    lengths: Floats
    arriving: Floats
    short: Floats
    cost: float


def size_tree(
    parent: npt.ArrayLike,
    length_m: npt.ArrayLike,
    flow_m3s: npt.ArrayLike,
    *,
    start_head_m: npt.ArrayLike,
    least_head_m: npt.ArrayLike,
    inner_m: npt.ArrayLike,
    price_m: npt.ArrayLike,
    roughness: float,
    max_velocity_ms: float = np.inf,
    allowed: npt.ArrayLike | None = None,
) -> Sizing:
    """The cheapest diameters of a tree at the flows given.

    `parent` (n,): node above each, which stands before it, -1 at a root; `length_m`, `flow_m3s`
    (n,): of the link above each node. `start_head_m` (n,): the head from which a node starts its own branch
    (roots, and nodes such as break-pressure tanks where it is set anew), NaN elsewhere.
    `least_head_m` (n,): the least head at which water must arrive, -inf where any will do.
    `inner_m` (n, k) or (k,), `price_m` (n, k) or (k,): inner diameters and prices per metre;
    `allowed` (n, k). A diameter in which water is too fast is left out, except the widest.
    """
    above = np.asarray(parent, np.int64)
    length, flow = np.asarray(length_m, float), np.asarray(flow_m3s, float)
    start, least = np.asarray(start_head_m, float), np.asarray(least_head_m, float)
    n, k = len(above), np.shape(inner_m)[-1]
    inner, price = (np.broadcast_to(np.asarray(v, float), (n, k)) for v in (inner_m, price_m))
    if np.isnan(start[above < 0]).any():
        raise ValueError("every root needs a head to start from")
    if (above >= np.arange(n)).any():
        raise ValueError("what is above stands before what is below")
    usable = np.ones((n, k), bool) if allowed is None else np.array(allowed, bool)
    with np.errstate(over="ignore"):
        slow = flow[:, None] <= max_velocity_ms * np.pi / 4 * inner**2 * (1 + 1e-9)
    widest = np.where(usable, inner, 0).argmax(axis=1)
    usable &= slow
    usable[np.arange(n), widest] = True
    loss = head_loss(flow[:, None], inner, roughness=roughness)
    usable &= _worth_using(inner, price, usable)
    lengths, arriving = _cheapest(above, length, start, least, price, loss, usable)
    short = np.where(np.isfinite(least) & (above >= 0), least - arriving, 0.0)
    return Sizing(lengths, arriving, np.where(short > _NOTHING, short, 0.0), float((lengths * price).sum()))


def _worth_using(inner: Floats, price: Floats, usable: Bools) -> Bools:
    """Diameters on the lower hull of price over head lost: no mixture of others does the same for less."""
    out = np.zeros_like(usable)
    known: dict[bytes, Bools] = {}
    for i in range(len(inner)):
        key = inner[i].tobytes() + price[i].tobytes() + usable[i].tobytes()
        if key not in known:
            known[key] = _hull(inner[i] ** -4.871, price[i], np.flatnonzero(usable[i]), len(inner[i]))
        out[i] = known[key]
    return out


def _hull(lost: Floats, price: Floats, rows: Ints, k: int) -> Bools:
    kept: list[int] = []
    for row in rows[np.lexsort((price[rows], lost[rows]))]:
        if kept and price[row] >= price[kept[-1]]:
            continue  # loses more and costs no less
        while len(kept) > 1:
            a, b = kept[-2:]
            if (price[b] - price[a]) * (lost[row] - lost[a]) < (price[row] - price[a]) * (lost[b] - lost[a]):
                break
            kept.pop()
        kept.append(int(row))
    return np.isin(np.arange(k), kept)


def _cheapest(
    above: Ints, length: Floats, start: Floats, least: Floats, price: Floats, loss: Floats, usable: Bools
) -> tuple[Floats, Floats]:
    """Lengths (n, k) of each diameter and the head arriving (n,)."""
    by = np.argsort(np.where(usable, price, np.inf), axis=1, kind="stable")
    each = np.arange(len(above))[:, None]
    yuan, lost, fit = price[each, by], loss[each, by], usable[each, by]
    spared = np.where(fit[:, 1:], lost[:, :-1] - lost[:, 1:], 0.0)
    metre = np.full(spared.shape, np.inf)  # the price of a metre of head by the next wider diameter
    np.divide(yuan[:, 1:] - yuan[:, :-1], spared, out=metre, where=spared > 0)
    gain = spared * length[:, None]
    bought, arriving = _buy(above, start, least, length * lost[:, 0], gain, metre)
    share = np.zeros((len(above), len(by[0]) + 1))  # of the link that is this wide or wider
    share[:, 0] = above >= 0
    np.divide(bought, gain, out=share[:, 1:-1], where=gain > 0)
    metres = length[:, None] * (share[:, :-1] - share[:, 1:])
    lengths = np.zeros(metres.shape)
    lengths[each, by] = np.where(metres > _NOTHING, metres, 0.0)
    return lengths, arriving


@numba.njit(cache=True, nogil=True)
def _buy(above, start, least, full, gain, metre):  # type: ignore[no-untyped-def]  # noqa: C901
    """The head bought in each link by each step to a wider diameter, (n, k - 1), and the head arriving.

    `full` is lost in the cheapest diameters, `gain` what each step spares of it at `metre` a metre.
    What a node and all below cost is the sum of `rise` times the head missing below `at`, kept as a
    list from `first` of the node.
    """
    n, k = gain.shape
    room = n * (k + 2)
    at, rise, after = np.empty(room), np.empty(room), np.empty(room, np.int64)
    free, top = np.arange(room), room
    first = np.full(n, -1)
    enough, sold = np.full(n, -np.inf), np.full((n, k), np.inf)
    h, d = np.empty(room), np.empty(room)
    for i in range(n - 1, -1, -1):
        up, m, e = above[i], 0, first[i]
        if up < 0:
            continue
        while e >= 0:
            h[m], d[m] = at[e], rise[e]
            free[top] = e
            m, top, e = m + 1, top + 1, after[e]
        if least[i] > -np.inf:
            h[m], d[m] = least[i], _SHORT
            m += 1
        if m == 0:
            continue
        order = np.argsort(-h[:m])
        enough[i] = h[order[0]] + full[i]  # with so much at its top nothing need be bought
        used, steep, below, j = 0.0, 0.0, 0.0, 0
        for q in range(m):
            below += d[order[q]]
            wide = h[order[q]] - h[order[q + 1]] if q + 1 < m else np.inf
            while True:
                own = j < k and metre[i, j] <= below
                now = metre[i, j] if own else below
                if now > steep and np.isnan(start[up]):
                    top -= 1
                    e = free[top]
                    at[e], rise[e], after[e], first[up] = enough[i] - used, now - steep, first[up], e
                    steep = now
                if not own:
                    break
                sold[i, j] = used
                used, j = used + gain[i, j], j + 1
            used += wide
    bought, arriving, leaving = np.zeros((n, k)), start.copy(), start.copy()
    for i in range(n):
        if above[i] < 0:
            continue
        head = leaving[above[i]]
        for j in range(k):
            bought[i, j] = min(max(enough[i] - head - sold[i, j], 0.0), gain[i, j])
        arriving[i] = head - full[i] + bought[i].sum()
        if np.isnan(start[i]):
            leaving[i] = arriving[i]
    return bought, arriving
