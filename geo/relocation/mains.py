"""Which source serves a site at least cost, through what pipe, and does the water fall or must it be pumped?

One main without branches: it brings the water of the day of greatest use to a pool at the top of
the site. Falling water runs all day, pumped water the hours of the pumps. The diameter is the
smallest in which the water is slow enough and whose friction the fall (or the allowance of the
standard, where it is pumped) pays for. No pump lifts higher than one stage may: a greater height is
shared by pumps one above the other, a tank between each two.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from geo.demand import max_day_m3d
from geo.pipes import head_loss, motor_kw
from geo.pricing import likely
from geo.standards import Standard

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

DAY_S, GRAVITY = 86_400.0, 9.81


@dataclass(frozen=True)
class Main:
    """The main from source `row`: metres and outer diameter of pipe, how many pumps and what all of them
    have (0: it falls), the pool at its end, tanks (that break the pressure of falling water, or from which
    the next pump draws); `short` where the source is known to yield less than the demand."""

    row: int
    source: str
    metres: float
    od_mm: float
    pumps: int
    pump_kw: float
    kwh_year: float
    tanks: int
    pool_m3: float
    short: bool
    yuan: float


def demand_m3d(households: int, standard: Standard) -> float:
    """Water of so many households on the day of greatest use, m³."""
    return households * float(max_day_m3d(standard["water.household_size"], standard))


def cheapest_main(
    metres: Floats,
    source_z: Floats,
    spring: Bools,
    yield_m3d: Floats,
    top_z: float,
    households: int,
    standard: Standard,
) -> Main | None:
    """The main that costs least to build, of sources (n,) that a pipe reaches after `metres` (inf: none).

    `top_z` is the highest ground of the site; the pool stands so much above it as a tap needs.
    Sources known to yield too little are taken only where there is no other.
    """
    demand = demand_m3d(households, standard)
    floor = top_z + standard["water.min_head_m"]
    found = [
        _main(int(k), float(metres[k]), float(source_z[k]) - floor, demand, standard, bool(spring[k]))
        for k in np.flatnonzero(np.isfinite(metres))
    ]
    if not found:
        return None
    short = {main.row: bool(yield_m3d[main.row] < demand) for main in found}
    best = min(found, key=lambda main: (short[main.row], main.yuan, main.row))
    return Main(**{**vars(best), "short": short[best.row]})


def _main(row: int, metres: float, fall_m: float, demand: float, standard: Standard, spring: bool) -> Main:
    hours = standard["water_design.pump_hours"]
    spare = fall_m - standard["water_design.line_head_m"]
    od = np.array(standard.numbers("water_design.pipe_od_mm"))
    inner = od * (1 - 2 / min(standard.numbers("water_design.pipe_sdr"))) / 1000
    falling = demand / DAY_S
    loss = head_loss(falling, inner, roughness=standard["water_design.roughness"]) * metres
    slow = falling <= standard["water_design.max_velocity_ms"] * np.pi / 4 * inner**2
    fits = np.flatnonzero(slow & (loss <= spare))
    pump_kw = kwh = 0.0
    pumps = 0
    if len(fits):
        size = int(fits[0])
    else:
        flow = demand / (hours * 3600)
        loss = head_loss(flow, inner, roughness=standard["water_design.roughness"]) * metres
        slow = flow <= standard["water_design.max_velocity_ms"] * np.pi / 4 * inner**2
        fits = np.flatnonzero(slow & (loss <= standard["water.friction_m_per_km"] * metres / 1000))
        size = int(fits[0]) if len(fits) else len(od) - 1
        head = max(0.0, loss[size] - spare)
        pumps = max(1, int(np.ceil(head / standard["water_design.max_lift_m"])))
        shaft = GRAVITY * flow * head / pumps / standard["water_design.pump_efficiency"]
        pump_kw = pumps * motor_kw(shaft, standard.numbers("water_design.motor_kw"))
        year = demand / standard["water.day_factor"] * 365
        kwh = GRAVITY * year * head / 3600 / standard["water_design.pump_efficiency"]
    tanks = pumps - 1 if pumps else int(max(0.0, fall_m) // standard["water_design.max_static_m"])
    pool = _pool(demand, standard)
    yuan = metres * likely(standard, "pipe", [od[size]])[0] + pool * likely(standard, "pool", [pool])[0]
    yuan += tanks * likely(standard, "tank")[0] + (likely(standard, "intake")[0] if spring else 0.0)
    if pumps:
        yuan += pump_kw * likely(standard, "pump", [pump_kw / pumps])[0]
        yuan += standard.table("running.kwh")["likely"] * kwh * standard["water_design.horizon_years"]
    return Main(
        row, "", metres, float(od[size]), pumps, float(pump_kw), float(kwh), tanks, pool, False, float(yuan)
    )


def _pool(demand: float, standard: Standard) -> float:
    """The smallest standard pool that stores the share of the day's water the standard asks for, m³."""
    sizes = np.array(standard.numbers("water_design.pool_m3"))
    wanted = standard["water.storage_share"] * demand
    fits = sizes[sizes >= wanted]
    return float(fits[0]) if len(fits) else float(np.ceil(wanted / sizes[-1]) * sizes[-1])
