"""The whole story in one page: area -> ground -> gaps -> exposure -> sites -> works -> programme.

Every step is a function from values to values. What does not depend on a
threshold (the ground, its walking times) is made once per area and passed on, so
that a changed threshold answers at once: `find_gaps` again with the same ground.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from typing import TypeVar, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.area import Area
from geo.beside import Crew, side_by_side
from geo.corridors import Corridors, make_corridors
from geo.crucial import Crucial, find_crucial
from geo.ground import Ground, make_ground
from geo.hazards.exposure import Exposure, expose
from geo.hazards.subsidence import Subsidence, model_subsidence
from geo.homes.design import design_yards
from geo.homes.gaps import HomeGaps, home_gaps
from geo.homes.villages import village_indicators
from geo.power.design import design_power
from geo.power.gaps import PowerGaps, power_gaps
from geo.pricing import Costs, price
from geo.programme import Programme, choose
from geo.relocation.assess import SiteContext, SiteVerdict, assess_listed, prepare_sites
from geo.relocation.assign import Assignment, assign
from geo.relocation.connect import Connection, connect_offered
from geo.relocation.find import Found, find_for_villages
from geo.relocation.follow_up import follow_up
from geo.relocation.must_move import SCATTERED, WHOLE, MustMove, must_move
from geo.relocation.offers import offers_of
from geo.relocation.suitability import Suitability, make_suitability
from geo.roads.design import design_roads
from geo.roads.gaps import RoadGaps, road_gaps
from geo.services.gaps import service_gaps
from geo.standards import Standard
from geo.verdicts import NEEDS, UNMET, Finding, decide_all, discrepancies
from geo.water.design import design_water
from geo.water.gaps import WaterGaps, water_gaps
from geo.works import Works, join_works, no_works, with_moving
from geo.zones import Zones, make_zones

T = TypeVar("T")
Progress = Callable[[str, int, int], None]
"""progress(step, done, total): `step` is a message key, `step.gaps` for instance."""

STEPS = ("step.ground", "step.gaps", "step.exposure", "step.sites", "step.works", "step.programme")


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
    subsidence: Subsidence
    crucial: Crucial
    exposure: Exposure
    moving: MustMove
    site_context: SiteContext
    sites: tuple[SiteVerdict, ...]
    site_connections: tuple[Connection | None, ...]
    suitability: Suitability
    found: Found
    assignment: Assignment
    follow_up: pd.DataFrame
    works: Works
    costs: Costs
    programme: Programme | None
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
        ways = pool.submit(
            _again, "roads", standard, kept("roads"), lambda: road_gaps(area, standard, ground)
        )
        water = _again("water", standard, kept("water"), lambda: water_gaps(area, standard))
        power = _again("power", standard, kept("power"), lambda: power_gaps(area, standard))
        roads, services = ways.result(), walks.result()
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


def design_works(area: Area, gaps: Gaps, standard: Standard, *, crew: Crew | None = None) -> Works:
    """What would close the gaps: roads and paths, water, power and yards, not yet priced.

    Whoever no work can serve is in `Works.unserved`, with the reason. The themes know
    nothing of each other, so a `crew` designs them side by side.
    """
    corridors = make_corridors(area, standard)
    return _joined(side_by_side(_designs(area, gaps, standard, corridors), crew), corridors)


def _joined(parts: Sequence[Works], corridors: Corridors) -> Works:
    """The works of all themes; none in a hazard zone or over unmeasured ground that does not say so, whatever
    its theme looked at."""
    works = join_works(list(parts), corridors.area.crs)
    return works.with_table(corridors.flagged(works.table))


def _designs(area: Area, gaps: Gaps, standard: Standard, corridors: Corridors) -> list[Callable[[], Works]]:
    """The designs of the themes, the longest first."""
    states = gaps.states()

    def lacking(need: str) -> npt.NDArray[np.bool_]:
        return (states[need] == UNMET).to_numpy(bool)

    return [
        partial(design_roads, area, gaps.roads, (lacking("road"), lacking("path")), standard, corridors),
        partial(design_water, area, gaps.water, lacking("water"), standard, corridors),
        partial(design_power, area, gaps.power, lacking("power"), standard, corridors),
        partial(design_yards, area, gaps.homes, lacking("yard"), standard),
    ]


def make_plan(
    area: Area,
    standard: Standard,
    *,
    budgets: Sequence[float] = (),
    first_villages: Collection[str] = (),
    progress: Progress | None = None,
    crew: Crew | None = None,
    judged: Callable[[Plan], None] | None = None,
) -> Plan:
    """Run every step, telling `progress` before each. `budgets`: yuan per year, none for no programme;
    `first_villages` (ids) come first in it.

    With a `crew` what is independent runs side by side, the works beside who is in danger
    and where they can live; the plan is the same. `judged` is given the half that needs no
    design as soon as it is known.
    """
    tell = _teller(progress)
    with ThreadPoolExecutor(1) as pool:  # the searches of the walks release the interpreter
        laid = pool.submit(_lay, area, standard)
        ground, gaps = _walk(area, standard, tell)
        zones, corridors = laid.result()
    ours = replace(corridors, _kinds={})  # sites are connected over it while it is packed for a helper

    def here() -> Plan:
        plan = _judge(area, standard, ground, gaps, zones, tell, ours)
        if judged is not None:
            judged(plan)
        tell("step.works")
        return plan

    plan, *works = side_by_side([here, *_designs(area, gaps, standard, corridors)], crew)
    return _with_works(plan, _joined(works, corridors), budgets, first_villages, tell)


def judge(area: Area, standard: Standard, *, progress: Progress | None = None) -> Plan:
    """The half of a plan that needs no design: who lacks what, who is in danger, which sites are safe."""
    tell = _teller(progress)
    return _judge(area, standard, *_walk(area, standard, tell), make_zones(area, standard), tell)


def _walk(area: Area, standard: Standard, tell: Callable[[str], None]) -> tuple[Ground, Gaps]:
    tell("step.ground")
    ground = make_ground(area, standard)
    tell("step.gaps")
    return ground, find_gaps(area, standard, ground)


def _lay(area: Area, standard: Standard) -> tuple[Zones, Corridors]:
    zones = make_zones(area, standard)
    return zones, make_corridors(area, standard, zones=zones)


def _judge(
    area: Area,
    standard: Standard,
    ground: Ground,
    gaps: Gaps,
    zones: Zones,
    tell: Callable[[str], None],
    corridors: Corridors | None = None,
) -> Plan:
    tell("step.exposure")
    subsidence = model_subsidence(area, standard)
    exposure = expose(area, standard, zones, subsidence)
    tell("step.sites")
    serving = gaps.roads.serving
    context = prepare_sites(area, standard, ground, zones=zones, serving=serving, corridors=corridors)
    suitability = make_suitability(context)
    moving = must_move(area, standard, exposure.households, pairs=exposure.table, zones=exposure.zones)
    sites = assess_listed(context)
    site_connections = connect_offered(sites, context)
    found = find_for_villages(context, suitability, _leaving(moving))
    offers = offers_of(area, sites, site_connections, found)
    assignment = assign(area, standard, moving, offers, ground, zones=zones)
    nothing = no_works(area.crs)
    return Plan(
        area=area,
        standard=standard,
        ground=ground,
        gaps=gaps,
        subsidence=subsidence,
        crucial=find_crucial(area, standard, ground, gaps.roads, gaps.water, gaps.power),
        exposure=exposure,
        moving=moving,
        site_context=context,
        sites=sites,
        site_connections=site_connections,
        suitability=suitability,
        found=found,
        assignment=assignment,
        follow_up=follow_up(area, standard, moving, assignment),
        works=nothing,
        costs=price(nothing, standard),
        programme=None,
        made_at=datetime.now(UTC),
        version=version("xiangtu"),
    )


def _leaving(moving: MustMove) -> dict[str, int]:
    """How many households must leave their homes, by village."""
    table = moving.households
    rows = table["decision"].isin((SCATTERED, WHOLE)) & table["village"].notna()
    counts = table.loc[rows, "village"].value_counts().sort_index()
    return {str(village): int(n) for village, n in counts.items()}


def add_works(
    plan: Plan,
    *,
    budgets: Sequence[float] = (),
    first_villages: Collection[str] = (),
    progress: Progress | None = None,
    crew: Crew | None = None,
) -> Plan:
    """The same plan with its works designed, priced and, under `budgets` (yuan per year), programmed:
    those of `first_villages` (ids) first."""
    tell = _teller(progress)
    tell("step.works")
    works = design_works(plan.area, plan.gaps, plan.standard, crew=crew)
    return _with_works(plan, works, budgets, first_villages, tell)


def _with_works(
    plan: Plan,
    works: Works,
    budgets: Sequence[float],
    first: Collection[str],
    tell: Callable[[str], None],
) -> Plan:
    leaving = plan.assignment.leaving
    works = with_moving(works, leaving)
    costs = price(works, plan.standard)
    tell("step.programme")
    programme = None
    if budgets:
        programme = choose(works, costs, budgets, plan.standard, first_villages=first, leaving=leaving)
    tell("step.done")
    return replace(plan, works=works, costs=costs, programme=programme, made_at=datetime.now(UTC))


def _teller(progress: Progress | None) -> Callable[[str], None]:
    def tell(step: str) -> None:
        if progress is not None:
            progress(step, STEPS.index(step) if step in STEPS else len(STEPS), len(STEPS))

    return tell
