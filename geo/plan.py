"""The whole story in one page: area -> ground -> gaps -> exposure -> sites.

Every step is a function from values to values. What does not depend on a
threshold (the ground, its walking times) is made once per area and passed on, so
that a changed threshold answers at once: `find_gaps` again with the same ground.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TypeVar, cast

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
from geo.verdicts import NEEDS, Finding, decide_all, discrepancies
from geo.water.gaps import WaterGaps, water_gaps
from geo.works import Works, no_works

T = TypeVar("T")
Progress = Callable[[str, int, int], None]
"""progress(step, done, total): `step` is a message key, `step.gaps` for instance."""

STEPS = ("step.ground", "step.gaps", "step.exposure", "step.sites")


@dataclass(frozen=True)
class Gaps:
    """Who lacks what, and why, under `standard`. Tables in the contract of `geo.verdicts`."""

    standard: Standard
    households: pd.DataFrame
    groups: pd.DataFrame
    villages: pd.DataFrame
    discrepancies: pd.DataFrame
    roads: RoadGaps
    water: WaterGaps
    power: PowerGaps
    homes: HomeGaps
    services: Mapping[str, Finding]

    def states(self) -> pd.DataFrame:
        """Household id x need -> met / unmet / unknown, in row order of the layer."""
        return self._wide("state")

    def reasons(self) -> pd.DataFrame:
        """Household id x need -> message key of the deciding sentence."""
        return self._wide("reason")

    def _wide(self, column: str) -> pd.DataFrame:
        ids = self.households["household"].iloc[: len(self.households) // len(NEEDS)]
        values = self.households[column].to_numpy(object).reshape(len(NEEDS), len(ids))
        return pd.DataFrame(
            dict(zip(NEEDS, values, strict=True)), index=pd.Index(ids, name="household"), dtype="str"
        )


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
    works: Works
    made_at: datetime
    version: str


def find_gaps(
    area: Area,
    standard: Standard,
    ground: Ground | None = None,
    *,
    earlier: Gaps | None = None,
    anew: Collection[str] = (),
) -> Gaps:
    """Judge every need of every household.

    `ground` may be passed on from an earlier call for the same area and walking
    speeds. With the `earlier` gaps of the same area and ground, only themes that read
    a value of the standard that has changed are judged again: a what-if; and those named
    in `anew` (`roads`, `water`, …), whose layers have changed since.
    """
    ground = ground or make_ground(area, standard)

    def kept(theme: str) -> Gaps | None:
        return None if theme in anew else earlier

    homes = _again("homes", standard, kept("homes"), lambda: home_gaps(area, standard))
    with ThreadPoolExecutor(2) as pool:
        # the ground search releases the interpreter, so what walks goes beside what does not
        walks = pool.submit(
            _again, "services", standard, kept("services"), lambda: service_gaps(area, standard, ground)
        )
        water = _again("water", standard, kept("water"), lambda: water_gaps(area, standard))
        power = _again("power", standard, kept("power"), lambda: power_gaps(area, standard))
        roads = _again("roads", standard, kept("roads"), lambda: road_gaps(area, standard, ground))
        services = walks.result()
    findings: Mapping[str, Finding | None] = {
        "road": roads.road,
        "path": roads.path,
        "water": water.water,
        "power": power.power,
        **homes.findings,
        **services,
    }
    households = area.layer("households")
    asked = {need: households[need] for need in ("water", "power", "telecom")}
    surveys: Mapping[str, pd.Series | None] = {**asked, **roads.surveys, **homes.surveys}
    table = decide_all(households["id"], {need: findings.get(need) for need in NEEDS}, surveys)
    return Gaps(
        standard=standard,
        households=table,
        groups=roads.groups,
        villages=village_indicators(area, standard, table),
        discrepancies=discrepancies(table),
        roads=roads,
        water=water,
        power=power,
        homes=homes,
        services=services,
    )


_READS = {
    "roads": ("road.", "path.", "walk."),
    "water": ("water.",),
    "power": ("power.",),
    "homes": ("yard.", "housing.", "income."),
    "services": ("telecom.", "clinic.", "school.", "walk."),
}
"""Which values of the standard each theme reads, by the beginning of their keys (held true by a test)."""


def _again(theme: str, standard: Standard, earlier: Gaps | None, judge: Callable[[], T]) -> T:
    """The earlier answer of a theme while nothing it reads has changed, else a new one."""
    if earlier is not None:
        reads = [key for key in standard.values if key.startswith(_READS[theme])]
        if all(standard.values[key].value == earlier.standard.values[key].value for key in reads):
            return cast(T, getattr(earlier, theme))
    return judge()


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
    context = prepare_sites(area, standard, ground, serving=gaps.roads.serving)
    sites = assess_listed(context)
    tell(4)
    works = no_works(area.crs)
    made = datetime.now(UTC)
    return Plan(area, standard, ground, gaps, exposure, context, sites, works, made, version("xiangtu"))
