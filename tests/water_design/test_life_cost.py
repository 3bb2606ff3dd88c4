"""Gravity or pumping: decided by what is built, kept up and burnt over the horizon."""

from __future__ import annotations

from .hills import STANDARD, designed, village

HOMES = [(600.0 + 40.0 * (i % 4), 40.0 * (i // 4)) for i in range(40)]
ABOVE = (-480.0, 1100.0, 90.0)  # far, by gravity
BELOW = (800.0, 200.0, 90.0)  # near, pumped


def source_over(years: float, **changes: object) -> str:
    standard = STANDARD.override({"water_design.horizon_years": years, **changes})
    works = designed(village(HOMES, people=9, springs=[ABOVE, BELOW]), standard)
    assert works.systems["passed"].all()
    (source,) = set(works.systems["source"])
    pumped = "pump" in set(works.table["kind"])
    assert pumped == (source == "s1")
    assert pumped == (works.table["run_kwh"].sum() > 0)
    return str(source)


def test_the_longer_the_horizon_the_more_gravity_is_worth():
    """A near source costs least to build; years of energy pay for the long main from the high one."""
    chosen = [source_over(years) for years in (1, 10, 60)]
    assert chosen[0] == "s1"
    assert chosen[-1] == "s0"


def test_dear_energy_and_dear_upkeep_of_pumps_do_the_same():
    assert source_over(1) == "s1"
    dear = {"running.kwh.likely": 200 * STANDARD.table("running.kwh")["likely"]}
    assert source_over(1, **dear) == "s0"
    assert source_over(1, **{"running.upkeep.pump": 50.0}) == "s0"
