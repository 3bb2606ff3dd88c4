"""Which diameters are cheapest on a tree? The lengths of each on each link, as a linear programme.

On a branched network the flow of every link is known, so the head lost in a metre of each
diameter is a constant and the cheapest lengths are a linear programme (Karmeli, Gadish and
Meyers 1968): its answer is the optimum, and a link may be made of several diameters.
Plain arrays in and out, SI units; nothing here knows of townships.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from geo.pipes import head_loss
from geo.spatial.milp import Programme, solve

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_SHORT = 1e7  # money a metre of missing head costs: far above any pipe


@dataclass(frozen=True)
class Sizing:
    """`lengths` (nodes, diameters) metres of each diameter in the link above each node; the
    head `arriving` at each node, metres; `short` (nodes,) metres of head that no choice of
    diameters can give; the `cost` of the pipes and whether it is `proven` least.
    """

    lengths: Floats
    arriving: Floats
    short: Floats
    cost: float
    proven: bool


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

    `parent` (n,): node above each, -1 at a root; `length_m`, `flow_m3s` (n,): of the link
    above each node. `start_head_m` (n,): the head from which a node starts its own branch
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
    usable = np.ones((n, k), bool) if allowed is None else np.array(allowed, bool)
    with np.errstate(over="ignore"):
        slow = flow[:, None] <= max_velocity_ms * np.pi / 4 * inner**2 * (1 + 1e-9)
    widest = np.where(usable, inner, 0).argmax(axis=1)
    usable &= slow
    usable[np.arange(n), widest] = True
    links = np.flatnonzero(above >= 0)
    loss = head_loss(flow[:, None], inner, roughness=roughness)
    plain = _narrowest(above, length, start, least, price, loss, usable)
    if plain is not None:
        return plain
    usable &= _worth_using(inner, price, usable)
    return _solved(above, length, start, least, price, loss, usable, links)


def _narrowest(
    above: Ints, length: Floats, start: Floats, least: Floats, price: Floats, loss: Floats, usable: Bools
) -> Sizing | None:
    """The cheapest diameter everywhere, where the head allows it: then nothing can be cheaper."""
    n = len(above)
    if (above >= np.arange(n)).any():
        return None
    cheap = np.where(usable, price, np.inf).argmin(axis=1)
    lost = length * loss[np.arange(n), cheap]
    arriving = start.copy()
    leaving = start.copy()
    for i in np.flatnonzero(above >= 0):
        arriving[i] = leaving[above[i]] - lost[i]
        if arriving[i] < least[i]:
            return None
        leaving[i] = arriving[i] if np.isnan(start[i]) else start[i]
    lengths = np.zeros_like(price)
    lengths[np.arange(n), cheap] = np.where(above >= 0, length, 0.0)
    return Sizing(lengths, arriving, np.zeros(n), float((lengths * price).sum()), True)


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


def _solved(
    above: Ints, length: Floats, start: Floats, least: Floats, price: Floats, loss: Floats, usable: Bools,
    links: Ints,
) -> Sizing:  # fmt: skip
    """Variables: a length per usable pair, the head arriving at each link's node, its shortage."""
    n, k = price.shape
    m = len(links)
    at = np.full(n, -1)
    at[links] = np.arange(m)
    node, size = np.nonzero(usable[links])
    pairs = len(node)
    column = np.arange(pairs)
    heads = pairs + np.arange(m)
    ahead = above[links]
    fixed = ~np.isnan(start[ahead])
    free = np.flatnonzero(~fixed)
    need = np.flatnonzero(np.isfinite(least[links]))
    shorts = pairs + m + np.arange(len(need))
    count = pairs + m + len(need)
    rows = [  # lengths of a link are its own; head arrives less what is lost, and no less than the least
        (node, column, np.ones(pairs)),
        (m + node, column, loss[links[node], size]),
        (m + np.arange(m), heads, np.ones(m)),
        (m + free, heads[at[ahead[free]]], -np.ones(len(free))),
        (2 * m + np.arange(len(need)), heads[need], np.ones(len(need))),
        (2 * m + np.arange(len(need)), shorts, np.ones(len(need))),
    ]
    row, col, value = (np.concatenate(part) for part in zip(*rows, strict=True))
    given = np.where(fixed, start[ahead], 0.0)
    low = np.r_[length[links], given, least[links[need]]]
    high = np.r_[length[links], given, np.full(len(need), np.inf)]
    programme = Programme(
        np.r_[price[links[node], size], np.zeros(m), np.full(len(need), _SHORT)],
        sp.csr_array((value, (row, col)), shape=(2 * m + len(need), count)),
        low,
        high,
        np.r_[np.zeros(pairs), np.full(m, -np.inf), np.zeros(len(need))],
        np.full(count, np.inf),
        np.zeros(count, np.bool_),
    )
    answer = solve(programme)
    if answer.x is None:
        raise ValueError("the lengths, flows and heads make no tree that can be sized")
    lengths, arriving, short = np.zeros((n, k)), start.copy(), np.zeros(n)
    lengths[links[node], size] = np.where(answer.x[:pairs] > 1e-6, answer.x[:pairs], 0.0)
    arriving[links] = answer.x[heads]
    short[links[need]] = np.where(answer.x[shorts] > 1e-6, answer.x[shorts], 0.0)
    proven = answer.value - answer.bound <= 1e-9 * max(1.0, abs(answer.value))
    return Sizing(lengths, arriving, short, float((lengths * price).sum()), proven)
