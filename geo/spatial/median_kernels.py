"""Compiled parts of the p-median: interchange, subgradient, branch and bound.

Sources: Teitz and Bart 1968 with the bookkeeping of Whitaker 1983 (interchange), Beasley
1993 (subgradient and fixing). `state` of a site: 1 open, -1 closed, 0 free.
"""

from __future__ import annotations

import numba
import numpy as np


@numba.njit(cache=True, nogil=True)
def swap(C, chosen):  # type: ignore[no-untyped-def]  # noqa: C901  one loop, compiled
    """Change the one site for another that saves most, until none saves: chosen (sorted), cost."""
    m, n = C.shape
    p = len(chosen)
    chosen = chosen.copy()
    inside = np.zeros(n, np.bool_)
    for r in range(p):
        inside[chosen[r]] = True
    first, second = np.empty(m), np.empty(m)
    who = np.empty(m, np.int64)
    gain = np.empty(n)
    net = np.empty((p, n))
    while True:
        total = 0.0
        gain[:] = 0.0
        net[:] = 0.0
        for i in range(m):
            a, b, w = np.inf, np.inf, -1
            for r in range(p):
                c = C[i, chosen[r]]
                if c < a:
                    a, b, w = c, a, r
                elif c < b:
                    b = c
            first[i], second[i], who[i] = a, b, w
            total += a
            for j in range(n):
                c = C[i, j]
                if c < a:
                    gain[j] += a - c
                elif p > 1:
                    net[w, j] += min(c, b) - a
                else:
                    net[w, j] += c - a
        best, out, into = 1e-9 * max(1.0, total), -1, -1
        for r in range(p):
            for j in range(n):
                if not inside[j] and gain[j] - net[r, j] > best:
                    best, out, into = gain[j] - net[r, j], r, j
        if out < 0:
            return np.sort(chosen), total
        inside[chosen[out]] = False
        inside[into] = True
        chosen[out] = into


@numba.njit(cache=True, nogil=True)
def relax(C, dearest, p, u, state, chosen, value, turns, swaps):  # type: ignore[no-untyped-def]  # noqa: C901  one loop, compiled
    """Subgradient from prices `u`: the bound, the best cost met. `u`, `state` and `chosen` are changed.

    `dearest` stands for inf when sites are interchanged; `value` is the cost of `chosen`.
    """
    m, n = C.shape
    best_u = u.copy()
    bound, step, stale = -np.inf, 2.0, 0
    worth = np.empty(n)
    pick = np.empty(p, np.int64)
    inside = np.zeros(n, np.bool_)
    slope = np.empty(m)
    last = -1.0
    for _ in range(turns):
        worth[:] = 0.0
        for i in range(m):
            for j in range(n):
                g = C[i, j] - u[i]
                if g < 0:
                    worth[j] += g
        edge, next_one = _pick(worth, state, p, pick, inside)
        if edge == np.inf:
            return np.inf, value
        now = u.sum()
        for r in range(p):
            now += worth[pick[r]]
        stale += 1
        if now > bound:
            if now > bound + 1e-6 * abs(bound) or bound == -np.inf:
                stale = 0
            bound = now
            best_u[:] = u
        price = 0.0
        for i in range(m):
            c, served = np.inf, 0
            for r in range(p):
                c = min(c, C[i, pick[r]])
                if C[i, pick[r]] < u[i]:
                    served += 1
            slope[i] = 1.0 - served
            price += c
        if swaps > 0 and price != last and (price < value * 1.1 or value == np.inf):
            swaps -= 1
            tried, cost = swap(np.minimum(C, dearest), pick)
            if cost < value and cost < dearest:
                value = cost
                chosen[:] = tried
        elif price < value:
            value = price
            chosen[:] = pick
        last = price
        cut = value - now + 1e-7 * max(1.0, abs(value))
        for j in range(n):
            if state[j] == 0 and not inside[j] and worth[j] - edge > cut:
                state[j] = -1
            elif state[j] == 0 and inside[j] and next_one - worth[j] > cut:
                state[j] = 1
        square = 0.0
        for i in range(m):
            square += slope[i] * slope[i]
        aim = (value if value < np.inf else 1.05 * abs(now) + 1.0) - now
        if stale >= 15:
            step, stale = step / 2, 0
        if square == 0.0 or step < 2e-3 or aim <= 1e-9 * max(1.0, abs(value)):
            break
        for i in range(m):
            u[i] += step * aim / square * slope[i]
    u[:] = best_u
    return bound, value


@numba.njit(cache=True, nogil=True)
def _pick(worth, state, p, pick, inside):  # type: ignore[no-untyped-def]
    """The p sites worth most (least numbers), open ones first: worth of the worst free in, the best out."""
    n = len(worth)
    inside[:] = False
    count = 0
    for j in range(n):
        if state[j] > 0:
            if count == p:
                return np.inf, np.inf
            pick[count] = j
            inside[j] = True
            count += 1
    order = np.argsort(worth, kind="mergesort")
    edge, next_one = -np.inf, np.inf
    for j in order:
        if state[j] != 0:
            continue
        if count < p:
            pick[count] = j
            inside[j] = True
            count += 1
            edge = worth[j]
        else:
            next_one = worth[j]
            break
    return (edge, next_one) if count == p else (np.inf, np.inf)


@numba.njit(cache=True, nogil=True)
def branch(C, dearest, p, u, state, value, apart, nodes):  # type: ignore[no-untyped-def]  # noqa: C901  one loop, compiled
    """Depth first over open and closed: best choice, its cost, a proven bound. At most `nodes` nodes."""
    m, n = C.shape
    best = np.zeros(p, np.int64)
    chosen = np.zeros(p, np.int64)
    depth = n + 2
    states = np.zeros((depth, n), np.int8)
    prices = np.empty((depth, m))
    lows = np.empty(depth)
    states[0] = state
    prices[0] = u
    lows[0] = -np.inf
    top = 1
    here, prices_here = np.empty(n, np.int8), np.empty(m)
    worth = np.empty(n)
    worst = np.inf
    while top > 0:
        top -= 1
        if lows[top] > value - apart * (1 - 1e-6) - 1e-9 * abs(value):
            continue
        if nodes <= 0:
            worst = min(worst, lows[top])
            continue
        nodes -= 1
        here[:] = states[top]
        prices_here[:] = prices[top]
        low, met = relax(
            C, dearest, p, prices_here, here, chosen, value, 40 if lows[top] > -np.inf else 200, 0
        )
        if met < value:
            value = met
            best[:] = chosen
        low = max(low, lows[top])
        if low > value - apart * (1 - 1e-6) - 1e-9 * abs(value):
            continue
        worth[:] = 0.0
        for i in range(m):
            for j in range(n):
                if C[i, j] < prices_here[i]:
                    worth[j] += C[i, j] - prices_here[i]
        on, at = 0.0, -1
        for j in range(n):
            if here[j] == 0 and (at < 0 or worth[j] < on):
                on, at = worth[j], j
        if at < 0:
            continue  # all is fixed and `relax` has priced it
        for side in (-1, 1):
            states[top] = here
            states[top, at] = side
            prices[top] = prices_here
            lows[top] = low
            top += 1
    return best, value, min(worst, value)
