"""Sizing of trees: by hand, brute force and a linear programme on small ones; head losses as in EPANET."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from geo.pipes import head_loss
from geo.water.hydraulics import Network, Node, Pipe, Reservoir, run_inp, write_inp
from geo.water.sizing import size_tree

INNER = np.array([0.028, 0.044, 0.066, 0.096])
PRICE = np.array([20.0, 35.0, 60.0, 110.0])
C = 140.0


def test_one_pipe_of_two_diameters_solved_by_hand():
    """1000 m, 1 L/s, 10 m of head to lose: lengths of the two diameters whose losses lie on either side."""
    flow = 0.001
    narrow, wide = head_loss(flow, INNER[1:3], roughness=C)
    length = (10.0 - 1000 * wide) / (narrow - wide)
    assert 0 < length < 1000
    found = size_tree(
        [-1, 0],
        [0, 1000],
        [0, flow],
        start_head_m=[50, np.nan],
        least_head_m=[-np.inf, 40],
        inner_m=INNER,
        price_m=PRICE,
        roughness=C,
    )
    assert found.lengths[1] == pytest.approx([0, length, 1000 - length, 0], abs=1e-4)
    assert found.arriving[1] == pytest.approx(40)
    assert found.cost == pytest.approx(35 * length + 60 * (1000 - length))


def test_head_that_no_pipe_can_give_is_named():
    found = size_tree(
        [-1, 0, 0],
        [0, 100, 100],
        [0, 0.001, 0.001],
        start_head_m=[50, np.nan, np.nan],
        least_head_m=[-np.inf, 40, 60],
        inner_m=INNER,
        price_m=PRICE,
        roughness=C,
    )
    assert found.short[1] == 0
    widest = 100 * float(head_loss(0.001, INNER[-1], roughness=C))
    assert found.short[2] == pytest.approx(10 + widest, abs=1e-6)


def test_a_tank_sets_the_head_anew():
    """Below a break-pressure tank at 30 m the head above it no longer counts."""
    found = size_tree(
        [-1, 0, 1],
        [0, 100, 500],
        [0, 0.001, 0.001],
        start_head_m=[100, 30, np.nan],
        least_head_m=[-np.inf, 30, 25],
        inner_m=INNER,
        price_m=PRICE,
        roughness=C,
    )
    assert found.arriving[2] == pytest.approx(
        30 - (head_loss(0.001, INNER, roughness=C) * found.lengths[2]).sum()
    )
    assert found.arriving[2] >= 25 - 1e-9
    assert found.arriving[1] >= 30


def test_too_fast_water_takes_a_wider_pipe():
    free = size_tree(
        [-1, 0], [0, 10], [0, 0.005], start_head_m=[500, np.nan], least_head_m=[-np.inf, 0],
        inner_m=INNER, price_m=PRICE, roughness=C,
    )  # fmt: skip
    slow = size_tree(
        [-1, 0], [0, 10], [0, 0.005], start_head_m=[500, np.nan], least_head_m=[-np.inf, 0],
        inner_m=INNER, price_m=PRICE, roughness=C, max_velocity_ms=2.0,
    )  # fmt: skip
    assert free.lengths[1, 0] == 10
    used = INNER[slow.lengths[1] > 0]
    assert (0.005 / (np.pi / 4 * used**2) <= 2.0).all()


def test_a_root_without_head_is_an_error():
    with pytest.raises(ValueError, match="root"):
        size_tree(
            [-1, 0], [0, 1], [0, 1], start_head_m=[np.nan, np.nan], least_head_m=[0, 0],
            inner_m=INNER, price_m=PRICE, roughness=C,
        )  # fmt: skip


trees = st.integers(1, 3).flatmap(
    lambda n: st.tuples(
        st.tuples(*(st.integers(0, i) for i in range(n))),
        st.lists(st.integers(50, 800), min_size=n, max_size=n),
        st.lists(st.integers(1, 12), min_size=n, max_size=n),
        st.lists(st.integers(0, 38), min_size=n, max_size=n),
    )
)


@given(trees)
@settings(max_examples=30, deadline=None)
def test_no_choice_of_whole_diameters_is_cheaper_and_heads_hold(case):
    """Brute force over one diameter per link bounds the programme; its heads are checked apart."""
    above, length, tenths, least = case
    n = len(above)
    parent = np.array([-1, *above])
    flow = np.array([0, *tenths]) / 10_000
    for i in range(n, 0, -1):
        if parent[i] > 0:
            flow[parent[i]] += flow[i]
    metres = np.array([0, *length], float)
    need = np.array([-np.inf, *least])
    found = size_tree(
        parent, metres, flow, start_head_m=[40, *[np.nan] * n], least_head_m=need,
        inner_m=INNER, price_m=PRICE, roughness=C,
    )  # fmt: skip
    per = head_loss(flow[:, None], INNER, roughness=C)

    def heads(lost):
        head = np.full(n + 1, 40.0)
        for i in range(1, n + 1):
            head[i] = head[parent[i]] - lost[i]
        return head

    assert found.lengths.sum(axis=1) == pytest.approx(metres, abs=1e-3)
    mine = heads((found.lengths * per).sum(axis=1))
    assert (mine[1:] + found.short[1:] >= need[1:] - 1e-3).all()
    best = np.inf
    for choice in product(range(len(INNER)), repeat=n):
        picked = np.array([0, *choice])
        head = heads(per[np.arange(n + 1), picked] * metres)
        if (head[1:] >= need[1:]).all():
            best = min(best, float((PRICE[picked] * metres).sum()))
    if np.isfinite(best):
        assert found.cost <= best * (1 + 1e-6)
        assert found.short.max() == 0
    else:
        widest = heads(per[:, -1] * metres)
        assert (found.short.max() > 0) == bool((widest[1:] < need[1:] - 1e-6).any())


def test_head_losses_are_epanets():
    """A chain of four pipes in the engine loses what the formula says, to its own tolerance."""
    flows = [0.002, 0.0015, 0.0007, 0.0002]
    drawn = [a - b for a, b in zip(flows, [*flows[1:], 0.0], strict=True)]
    nodes = [Node(f"n{i}", i, 0, 0, d * 1000) for i, d in enumerate(drawn)]
    ends = ["src", *(n.id for n in nodes)]
    pipes = [Pipe(f"p{i}", ends[i], ends[i + 1], 300, INNER[2 - i // 2] * 1000) for i in range(len(flows))]
    network = Network(
        "chain", nodes, [Reservoir("src", 0, 0, 60)], [], pipes, [], [], [1.0] * 24, [1.0] * 24, C
    )
    run = run_inp(write_inp(network))
    lost = np.cumsum([300 * float(head_loss(q, INNER[2 - i // 2], roughness=C)) for i, q in enumerate(flows)])
    heads = dict(zip(run.nodes, run.head[0], strict=True))
    assert [heads[n.id] for n in nodes] == pytest.approx(60 - lost, abs=2e-3)


@given(trees, st.integers(0, 3), st.sampled_from([40.0, 15.0, 3.0]))
@settings(max_examples=40, deadline=None)
def test_as_cheap_as_the_linear_programme(case, tank, head):
    """Put to a solver as a whole: lengths of every diameter, heads and shortages are its unknowns."""
    above, length, tenths, least = case
    n, k = len(above), len(INNER)
    parent, flow = np.array([-1, *above]), np.array([0, *tenths]) / 10_000
    start = np.array([head, *[np.nan] * n])
    if 0 < tank <= n:
        start[tank] = 20.0
    found = size_tree(
        parent, [0, *length], flow, start_head_m=start, least_head_m=[-np.inf, *least],
        inner_m=INNER, price_m=PRICE, roughness=C,
    )  # fmt: skip
    per = head_loss(flow[:, None], INNER, roughness=C)
    cost = np.r_[np.tile(PRICE, n), np.zeros(n), np.full(n, 1e7)]
    equal, given_, low = np.zeros((2 * n, len(cost))), np.zeros(2 * n), np.zeros((n, len(cost)))
    for i in range(1, n + 1):
        mine = slice((i - 1) * k, i * k)
        equal[i - 1, mine], given_[i - 1] = 1, length[i - 1]
        equal[n + i - 1, mine], equal[n + i - 1, n * k + i - 1] = per[i], 1
        if np.isnan(start[parent[i]]):
            equal[n + i - 1, n * k + parent[i] - 1] = -1
        else:
            given_[n + i - 1] = start[parent[i]]
        low[i - 1, n * k + i - 1] = low[i - 1, n * (k + 1) + i - 1] = -1
    bounds = [(0, None)] * (n * k) + [(None, None)] * n + [(0, None)] * n
    best = linprog(cost, low, -np.array(least, float), equal, given_, bounds)
    assert found.cost + 1e7 * found.short.sum() == pytest.approx(best.fun, rel=1e-6, abs=20)
