"""The whole story in one page: area -> ground -> gaps -> exposure -> sites.

Every step is a function from values to values. What does not depend on a
threshold (the ground, its walking times) is made once per area and passed on, so
that a changed threshold answers at once: `find_gaps` again with the same ground.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version

import numpy as np
import pandas as pd

from geo.area import Area
from geo.ground import Ground, make_ground
from geo.hazards.exposure import Exposure, expose
from geo.homes.gaps import HomeGaps, home_gaps
from geo.homes.villages import village_indicators
from geo.power.gaps import PowerGaps, power_gaps
from geo.relocation.assess import SiteContext, SiteVerdict, assess_listed, prepare_sites
from geo.roads.gaps import RoadGaps, road_gaps
from geo.services.gaps import service_gaps
from geo.standards import Standard
from geo.verdicts import NEEDS, Finding, decide, discrepancies
from geo.water.gaps import WaterGaps, water_gaps

Progress = Callable[[str, int, int], None]
"""progress(step, done, total): `step` is a message key, `step.gaps` for instance."""

STEPS = ("step.ground", "step.gaps", "step.exposure", "step.sites")


@dataclass(frozen=True)
class Gaps:
    """Who lacks what, and why. Tables in the contract of `geo.verdicts`."""

    households: pd.DataFrame
    groups: pd.DataFrame
    villages: pd.DataFrame
    discrepancies: pd.DataFrame
    roads: RoadGaps
    water: WaterGaps
    power: PowerGaps
    homes: HomeGaps

    def states(self) -> pd.DataFrame:
        """Household id x need -> met / unmet / unknown, in row order of the layer."""
        return self._wide("state")

    def reasons(self) -> pd.DataFrame:
        """Household id x need -> message key of the deciding sentence."""
        return self._wide("reason")

    def _wide(self, column: str) -> pd.DataFrame:
        ids = self.households["household"].iloc[: len(self.households) // len(NEEDS)]
        values = self.households[column].to_numpy(object).reshape(len(NEEDS), len(ids))
        return pd.DataFrame(dict(zip(NEEDS, values, strict=True)), index=pd.Index(ids, name="household"), dtype="str")


@dataclass(frozen=True)
class Plan:
    """Everything one run found out about one area under one standard."""

    area: Area
    standard: Standard
    ground: Ground
    gaps: Gaps
    exposure: Exposure
    site_context: SiteContext
    sites: tuple[SiteVerdict, ...]
    made_at: datetime
    version: str


def find_gaps(area: Area, standard: Standard, ground: Ground | None = None) -> Gaps:
    """Judge every need of every household.

    `ground` may be passed on from an earlier call for the same area; it does not
    depend on thresholds. Water and power do not walk and are judged beside it.
    """
    ground = ground or make_ground(area, standard)
    households = area.layer("households")
    with ThreadPoolExecutor(2) as pool:
        # the ground search releases the interpreter, so the allocations cost no extra time
        waiting = pool.submit(service_gaps, area, standard, ground)
        water, power, homes = water_gaps(area, standard), power_gaps(area, standard), home_gaps(area, standard)
        roads = road_gaps(area, standard, ground)
        services = waiting.result()
    findings: Mapping[str, Finding | None] = {
        "road": roads.road,
        "path": roads.path,
        "water": water.water,
        "power": power.power,
        **homes.findings,
        **services,
    }
    surveys: Mapping[str, pd.Series | None] = {
        "road": _road_survey(area),
        **{need: households[need] for need in ("path", "water", "power", "telecom")},
        **homes.surveys,
    }
    ids = households["id"]
    table = pd.concat(
        [decide(ids, need, findings.get(need), surveys.get(need)) for need in NEEDS], ignore_index=True
    )
    return Gaps(
        households=table,
        groups=roads.groups,
        villages=village_indicators(area, standard, table),
        discrepancies=discrepancies(table),
        roads=roads,
        water=water,
        power=power,
        homes=homes,
    )


def make_plan(area: Area, standard: Standard, *, progress: Progress | None = None) -> Plan:
    """Run every step, telling `progress` before each."""

    def tell(done: int) -> None:
        if progress is not None:
            progress(STEPS[done] if done < len(STEPS) else "step.done", done, len(STEPS))

    tell(0)
    ground = make_ground(area, standard)
    tell(1)
    gaps = find_gaps(area, standard, ground)
    tell(2)
    exposure = expose(area, standard)
    tell(3)
    context = prepare_sites(area, standard, ground)
    sites = assess_listed(context)
    tell(4)
    return Plan(area, standard, ground, gaps, exposure, context, sites, datetime.now(UTC), version("xiangtu"))


def _road_survey(area: Area) -> pd.Series:
    """What the survey says of each household's group road, by household row."""
    by_group = area.layer("groups").drop_duplicates("id").set_index("id")["road"]
    asked = by_group.reindex(area.layer("households")["group"])
    return pd.Series(np.asarray(asked.array), dtype="boolean")
