"""The values of the standard a water design needs, in SI units and as arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.pipes import motor_kw
from geo.standards import Standard

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

DAY_S = 86_400.0

NAMES = (
    "supply_hours",
    "pump_hours",
    "pump_efficiency",
    "max_lift_m",
    "max_static_m",
    "tap_band_m",
    "valve_head_m",
    "max_velocity_ms",
    "roughness",
    "tap_ls",
    "head_reserve_m",
    "line_head_m",
    "source_head_m",
    "pool_depth_m",
    "pool_slope_pct",
    "pool_house_m",
    "lattice_m",
    "places",
    "cluster_m",
    "cluster_households",
    "cluster_fall_m",
    "source_reach_m",
    "sources",
    "river_share",
    "middling_od_mm",
    "middling_m3d",
    "middling_kw",
    "middling_pool_m3",
    "tank_friction_m_km",
    "pump_spare",
    "swing_spare",
    "valve_loss_m",
    "main_od_mm",
    "main_snap_m",
    "main_pool_m",
    "unmeasured_m3d",
    "tank_drop_m",
    "tank_households",
    "ceiling_yuan",
    "cistern_m3",
    "horizon_years",
    "gap",
    "trench_m",
    "trench_reach_m",
    "pump_shutoff",
)
"""Single numbers of the standard that the design of water reads, after `water_design.`"""


@dataclass(frozen=True)
class Rules:
    """`pattern` (24,) is demand by hour over the mean, `pumping` (24,) 1 while pumps run;
    `inner_m` (classes, sizes) inner diameters, `static_m` (classes,) what each class stands
    day by day, `full_m` (classes,) its rating,
    `pipe_yuan` (sizes,). Demand is of the day of greatest use (`geo.demand`)."""

    standard: Standard
    pattern: Floats
    pumping: Floats
    od_mm: Floats
    sdr: Floats
    inner_m: Floats
    static_m: Floats
    full_m: Floats
    pipe_yuan: Floats
    pool_m3: Floats
    energy_yuan_kwh: float
    upkeep: Mapping[str, float]
    single: Mapping[str, float]

    def __getitem__(self, name: str) -> float:
        return self.single[name]

    def price(self, kind: str, size: float) -> float:
        """Likely price of one unit of `kind` at `size`, between the sizes the standard names."""
        sizes, yuan = _prices(self.standard, kind)
        return float(np.interp(size, sizes, yuan))

    def life(self, kind: str) -> float:
        """What a thing of `kind` costs to build and keep up over the horizon, over its building cost."""
        return 1.0 + self.upkeep[kind] * self["horizon_years"]

    def pool_yuan(self, volume: float) -> float:
        return volume * self.price("pool", volume)

    def volume(self, demand_m3d: float, inflow: Floats) -> float:
        """Smallest standard pool for a demand whose inflow by hour is `inflow` (24,) times the mean."""
        wanted = self.needed(demand_m3d, inflow)
        fits = self.pool_m3[self.pool_m3 >= wanted - 1e-9]
        return float(fits[0]) if len(fits) else float(np.ceil(wanted / self.pool_m3[-1]) * self.pool_m3[-1])

    def needed(self, demand_m3d: float, inflow: Floats) -> float:
        """Volume that storage by rule, and the swing of the day with something over, ask for, m³."""
        swing = np.cumsum(inflow - self.pattern) * demand_m3d / 24
        balance = max(swing.max(), 0.0) - min(swing.min(), 0.0)
        return float(max(self.standard["water.storage_share"] * demand_m3d, self["swing_spare"] * balance))

    def friction_m(self, straight_m: float) -> float:
        """Head that the pipe between two places so far apart may take, before it is laid."""
        metres = self.standard["water.route_factor"] * straight_m
        return float(self.standard["water.friction_m_per_km"] / 1000 * metres)

    def wall_class(self, static_m: Floats) -> Ints:
        """The weakest class of pipe that stands each static head; the strongest where none does."""
        found = np.searchsorted(self.static_m, static_m)
        return np.asarray(found.clip(0, len(self.static_m) - 1), np.int64)

    def pump_kw(self, flow_m3s: float, head_m: float) -> float:
        return float(9.81 * flow_m3s * head_m / self["pump_efficiency"])

    def motor_kw(self, flow_m3s: float, head_m: float) -> float:
        """Rating of the motor that is bought: the next of the series."""
        return motor_kw(self.pump_kw(flow_m3s, head_m), self.standard.numbers("water_design.motor_kw"))

    def kwh_year(self, demand_m3d: float, head_m: float) -> float:
        """Energy of a year of mean days."""
        year = demand_m3d / self.standard["water.day_factor"] * 365
        return 9.81 * year * head_m / 3600 / self["pump_efficiency"]


def make_rules(standard: Standard) -> Rules:
    """Read them once per design."""
    pattern = np.array(standard.numbers("water_design.day_pattern"))
    hours = int(np.clip(round(standard["water_design.supply_hours"]), 1, 24))
    busiest = np.argsort(-pattern, kind="stable")[:hours]
    supplied = np.zeros(24)
    supplied[busiest] = pattern[busiest]
    run = int(np.clip(round(standard["water_design.pump_hours"]), 1, 24))
    pumping = (np.arange(24) < run).astype(float)
    od = np.array(standard.numbers("water_design.pipe_od_mm"))
    sdr = np.array(standard.numbers("water_design.pipe_sdr"))
    sizes, yuan = _prices(standard, "pipe")
    return Rules(
        standard,
        supplied * 24 / supplied.sum(),
        pumping,
        od,
        sdr,
        od[None, :] * (1 - 2 / sdr[:, None]) / 1000,
        np.array(standard.numbers("water_design.pipe_static_m")),
        np.array(standard.numbers("water_design.pipe_full_m")),
        np.interp(od, sizes, yuan),
        np.array(standard.numbers("water_design.pool_m3")),
        standard.table("running.kwh")["likely"],
        standard.table("running.upkeep"),
        {name: standard[f"water_design.{name}"] for name in NAMES},
    )


def _prices(standard: Standard, kind: str) -> tuple[Floats, Floats]:
    """Sizes and likely prices of a kind, by rising size; one at size 0 where it has one price."""
    found = sorted(
        (float(key.removeprefix(f"price.{kind}_").replace("p", ".")), standard.table(key)["likely"])
        for key in standard.values
        if key.startswith(f"price.{kind}_") and key.removeprefix(f"price.{kind}_")[0].isdigit()
    )
    if not found:
        found = [(0.0, standard.table(f"price.{kind}")["likely"])]
    sizes, yuan = zip(*found, strict=True)
    return np.array(sizes), np.array(yuan)
