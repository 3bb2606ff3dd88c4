"""The engine against what can be solved with pencil, and against a sweep written here."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.power.powerflow import Forest, drops_pct, engine

V, COS = 380.0, 0.9
TAN = np.sqrt(1 - COS**2) / COS


def forest(parent, km, watts, ohm=0.443, x=0.08) -> Forest:
    n = len(parent)
    return Forest(
        np.array(parent, np.int64),
        np.array(km, float),
        np.broadcast_to(float(ohm), n),
        np.broadcast_to(float(x), n),
        np.array(watts, float),
    )


def exact_drop_pct(watts: float, km: float, ohm: float, x: float) -> float:
    """One load at the end of one line: V2⁴ + V2²·(2(PR + QX) - V1²) + (P² + Q²)(R² + X²) = 0."""
    p, q, r, xx = watts, watts * TAN, ohm * km, x * km
    b = 2 * (p * r + q * xx) - V**2
    c = (p**2 + q**2) * (r**2 + xx**2)
    return 100 * (1 - np.sqrt((-b + np.sqrt(b**2 - 4 * c)) / 2) / V)


@pytest.mark.parametrize(("watts", "km", "ohm"), [(20e3, 0.5, 0.443), (5e3, 0.1, 0.868), (60e3, 0.4, 0.253)])
def test_one_line_has_a_closed_form(watts, km, ohm):
    drop = drops_pct(forest([-1, 0], [0, km], [0, watts], ohm), nominal_v=V, cos_phi=COS)
    assert drop[1] == pytest.approx(exact_drop_pct(watts, km, ohm, 0.08), abs=1e-4)
    assert drop[0] == pytest.approx(0, abs=1e-4)


def test_the_textbook_formula_is_the_first_order_of_it():
    """ΔU% = 100·P·L·(R + X tan φ)/U²: 100·10000·0.3·(0.443 + 0.08·0.4843)/380² = 1.00 %."""
    drop = drops_pct(forest([-1, 0], [0, 0.3], [0, 10e3]), nominal_v=V, cos_phi=COS)[1]
    assert drop == pytest.approx(1.0008, rel=0.02)


def swept(parent, km, watts, ohm=0.443, x=0.08):
    """Backward and forward sweep on one tree, phase voltages as complex numbers."""
    n = len(parent)
    v = np.full(n, V / np.sqrt(3), complex)
    s = np.asarray(watts) * (1 + 1j * TAN) / 3
    z = np.asarray(km) * (ohm + 1j * x)
    for _ in range(60):
        i = np.conj(s / v)
        for k in range(n - 1, 0, -1):
            i[parent[k]] += i[k]
        for k in range(1, n):
            v[k] = v[parent[k]] - z[k] * i[k]
    return 100 * (1 - np.abs(v) * np.sqrt(3) / V)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_tree_agrees_with_a_sweep(data):
    n = data.draw(st.integers(2, 12))
    parent = [-1] + [data.draw(st.integers(0, k - 1)) for k in range(1, n)]
    km = [0.0] + [data.draw(st.floats(0.005, 0.1)) for _ in range(n - 1)]
    watts = [0.0] + [data.draw(st.floats(0, 4e3)) for _ in range(n - 1)]
    drop = drops_pct(forest(parent, km, watts), nominal_v=V, cos_phi=COS)
    np.testing.assert_allclose(drop, swept(parent, km, watts), atol=1e-3)


def test_trees_do_not_disturb_each_other():
    together = drops_pct(
        forest([-1, 0, -1, 2, 2], [0, 0.2, 0, 0.1, 0.3], [0, 9e3, 0, 5e3, 7e3]), nominal_v=V, cos_phi=COS
    )
    one = drops_pct(forest([-1, 0], [0, 0.2], [0, 9e3]), nominal_v=V, cos_phi=COS)
    two = drops_pct(forest([-1, 0, 0], [0, 0.1, 0.3], [0, 5e3, 7e3]), nominal_v=V, cos_phi=COS)
    np.testing.assert_allclose(together, np.concatenate([one, two]), atol=1e-6)


def test_a_load_no_line_can_carry_fails_alone():
    """5 MW over half a kilometre has no solution; the feeder beside it keeps its own."""
    drop = drops_pct(forest([-1, 0, -1, 2], [0, 0.5, 0, 0.5], [0, 20e3, 0, 5e6]), nominal_v=V, cos_phi=COS)
    assert drop[3] == 100.0
    assert drop[1] == pytest.approx(exact_drop_pct(20e3, 0.5, 0.443, 0.08), abs=1e-4)


def test_nothing_has_no_drop_and_the_engine_says_its_version():
    assert len(drops_pct(forest([], [], []), nominal_v=V, cos_phi=COS)) == 0
    name, number = engine().split()
    assert name == "power-grid-model"
    assert number[0].isdigit()
