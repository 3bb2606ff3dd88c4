"""The survey: what a person with a form recorded of every household, group and village."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.spatial.distance import cdist

from .grid import FINE_M, Bools, Floats
from .hazards import threatened_groups
from .names import CAUSE_SHARE, CAUSES, MINORITIES, MINORITY_SHARE, people_names
from .power import Power
from .scene import SURVEY_DAY, Scene, survey_dates
from .services import missing_clinics
from .water import Water

BLANK, WRONG = 0.025, 0.015
"""Share of answers left blank and share that does not fit the map."""


def _answer(
    rng: np.random.Generator, truth: Bools, *, blank: float = BLANK, wrong: float = WRONG
) -> pd.Series:
    """The truth as it was written down: some blanks, some errors."""
    said = truth ^ (rng.random(len(truth)) < wrong)
    return pd.Series(said, dtype="boolean").mask(rng.random(len(truth)) < blank)


def people_of(rng: np.random.Generator, n: int) -> np.ndarray:
    """Household sizes: 1 to 9, about four on average."""
    return np.clip(rng.binomial(9, 0.36, n) + rng.integers(0, 3, n) - 0, 1, 10)


def draw_households(
    scene: Scene, water: Water, power: Power, path: Floats, in_danger: Bools, facilities: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """All fields of the layer. `path` is the unhardened metres from each door to a road that serves."""
    rng = scene.frame.rng("survey")
    n = len(scene.xy)
    village = scene.homes.village[scene.group]
    poor_village = scene.homes.poor[village]
    kind = _kinds(rng, poor_village)
    poor = np.isin(kind, ["poor", "dibao", "wubao"])
    single = kind == "wubao"
    people = np.where(single, 1 + (rng.random(n) < 0.15), scene.people)
    columns: dict[str, object] = {
        "id": _ids(scene),
        "name": people_names(rng, n),
        "group": np.array(scene.group_ids, object)[scene.group],
        "village": np.array(scene.village_ids, object)[village],
        "people": people,
        "students": rng.binomial(np.maximum(people - 2, 0), 0.42),
        "ethnic": _ethnic(scene, rng),
        "type": kind,
        "poor": poor,
        "cause": np.where(poor, rng.choice(CAUSES, n, p=CAUSE_SHARE), None),
    }
    columns |= _services(scene, rng, water, power, path, _signal(scene, rng, facilities))
    columns |= _house(rng, poor, poor_village, people)
    columns |= _cuts(scene, np.asarray(pd.to_numeric(columns["built"])))  # type: ignore[arg-type]
    columns |= _welfare(rng, poor, poor_village)
    columns |= _moves(scene, rng, poor, in_danger)
    quality = rng.choice(["surveyed", "gps", "map"], n, p=[0.25, 0.6, 0.15])
    columns["loc_qual"] = np.where(rng.random(n) < 0.004, "group", quality)
    columns["surveyed"] = survey_dates(scene, "households", n)
    return gpd.GeoDataFrame(columns, geometry=scene.points(_written_places(scene, columns["loc_qual"])))


def _cuts(scene: Scene, built: Floats) -> dict[str, object]:
    """Cut slopes, asked where one was seen: behind new houses on steep ground, most of them harmless."""
    rng = scene.frame.rng("cut slopes")
    row, col = scene.frame.cell_of(scene.xy, FINE_M)
    seen = (scene.slope[row, col] > 0.1) & (
        built >= SURVEY_DAY.astype("datetime64[Y]").astype(int) + 1970 - 6
    )
    seen &= rng.random(len(built)) < 0.5
    high, steep, gap = (rng.uniform(*span, len(built)) for span in ((2, 13), (35, 80), (1, 9)))
    return {
        name: np.where(seen, np.round(values, 1), np.nan)
        for name, values in (("cut_m", high), ("cut_deg", steep), ("cut_gap_m", gap))
    }


def _ids(scene: Scene) -> list[str]:
    """Group code and the number within the group: 18 digits as text."""
    first = np.searchsorted(scene.group, np.arange(len(scene.homes.xy)))
    number = np.arange(len(scene.group)) - first[scene.group] + 1
    codes = scene.group_ids
    return [f"{codes[g]}{k:04d}" for g, k in zip(scene.group, number, strict=True)]


def _written_places(scene: Scene, quality: object) -> Floats:
    """A household known by its group only stands at the middle of its group."""
    only = np.asarray(quality) == "group"
    return np.where(only[:, None], scene.homes.xy[scene.group], scene.xy)


def _kinds(rng: np.random.Generator, poor_village: Bools) -> np.ndarray:
    kinds = np.array(["general", "poor", "dibao", "wubao", "exited", "edge"], dtype=object)
    rich = rng.choice(kinds, len(poor_village), p=[0.845, 0.045, 0.03, 0.01, 0.06, 0.01])
    hard = rng.choice(kinds, len(poor_village), p=[0.60, 0.17, 0.09, 0.02, 0.10, 0.02])
    return np.where(poor_village, hard, rich)


def _ethnic(scene: Scene, rng: np.random.Generator) -> np.ndarray:
    """A third belongs to minorities; groups are mostly of one people."""
    groups = len(scene.homes.xy)
    main = rng.choice(MINORITIES, groups, p=MINORITY_SHARE)
    share = np.where(rng.random(groups) < 0.36, 0.82, 0.06)
    minority = rng.random(len(scene.group)) < share[scene.group]
    return np.where(minority, main[scene.group], "汉族")


def _services(
    scene: Scene, rng: np.random.Generator, water: Water, power: Power, path: Floats, signal: Bools
) -> dict[str, object]:
    n = len(scene.xy)
    state = np.array(water.state, object)[scene.group]
    other = rng.choice(["spring", "well", "cistern", "carry", "shared"], n, p=[0.42, 0.14, 0.2, 0.14, 0.1])
    source = np.where(water.served | ((state == "small") & (rng.random(n) < 0.5)), "tap", other)
    poor_village = scene.poor_group[scene.group]
    return {
        "path": _answer(rng, path < 50),
        "water": _answer(rng, water.served, wrong=0.01),
        "water_src": pd.Series(source, dtype=object).mask(rng.random(n) < BLANK),
        "power": _answer(rng, power.served),
        "telecom": _answer(rng, signal, blank=0.04),
        "broadband": _answer(rng, signal & (rng.random(n) < np.where(poor_village, 0.15, 0.55))),
    }


def _signal(scene: Scene, rng: np.random.Generator, facilities: gpd.GeoDataFrame) -> Bools:
    """Whether a phone works: within about 3 km of a mast, hills willing."""
    masts = facilities[facilities["kind"] == "mast"].geometry
    away = cdist(scene.xy, np.column_stack([masts.x, masts.y])).min(axis=1)
    return np.asarray(away * rng.normal(1.0, 0.02, len(away)) < 2960)


def groups_served(scene: Scene) -> Bools:
    """Groups that hardened road of 3.5 m, joined to the county's, comes within a short walk of."""
    lines = scene.road_lines
    wide = lines[lines["wide"].astype(bool)].geometry.to_numpy()
    return np.asarray(shapely.distance(shapely.union_all(wide), shapely.points(scene.homes.xy)) < 165)


def _house(
    rng: np.random.Generator, poor: Bools, poor_village: Bools, people: np.ndarray
) -> dict[str, object]:
    n = len(poor)
    grades = np.array(["A", "B", "C", "D", "none"], dtype=object)
    good = rng.choice(grades, n, p=[0.52, 0.38, 0.075, 0.022, 0.003])
    bad = rng.choice(grades, n, p=[0.16, 0.45, 0.25, 0.12, 0.02])
    grade = np.where(poor | (poor_village & (rng.random(n) < 0.35)), bad, good)
    old = np.isin(grade, ["C", "D"])
    built = np.where(old, rng.integers(1962, 1996, n), rng.integers(1992, 2017, n))
    structure = np.where(
        old,
        rng.choice(["brickwood", "wood", "stone", "earth"], n, p=[0.3, 0.34, 0.22, 0.14]),
        rng.choice(["brick", "concrete", "brickwood", "stone"], n, p=[0.66, 0.14, 0.13, 0.07]),
    )
    storeys = np.where(old, 1, rng.choice([1, 2, 3], n, p=[0.4, 0.5, 0.1]))
    floor = np.round(people * rng.uniform(17, 33, n) * np.where(old, 0.75, 1.0))
    none = grade == "none"
    yard = rng.random(n) < np.where(poor | poor_village, 0.48, 0.84)
    measured = rng.random(n) < 0.93
    return {
        "yard": _answer(rng, yard, wrong=0.0),
        "yard_m2": np.where(measured, np.round(rng.gamma(9, 9, n) + 12), np.nan),
        "house": pd.Series(grade, dtype=object).mask(rng.random(n) < 0.02),
        "structure": np.where(none, None, structure),
        "house_m2": np.where(none, 0.0, floor),
        "storeys": pd.Series(storeys, dtype="Int64").mask(none),
        "built": pd.Series(built, dtype="Int64").mask(none | (rng.random(n) < 0.05)),
    }


def _welfare(rng: np.random.Generator, poor: Bools, poor_village: Bools) -> dict[str, object]:
    n = len(poor)
    income = np.where(poor, rng.normal(2950, 620, n), rng.lognormal(np.log(7200), 0.42, n))
    income = np.where(poor_village & ~poor, income * 0.72, income)
    share = {
        "medical": (0.985, 0.97),
        "pension": (0.91, 0.83),
        "skills": (0.52, 0.36),
        "edu_aid": (0.80, 0.66),
    }
    share["industry"] = (0.63, 0.38)
    out: dict[str, object] = {
        key: _answer(rng, rng.random(n) < np.where(poor | poor_village, low, high), wrong=0.0)
        for key, (high, low) in share.items()
    }
    out["income"] = pd.Series(np.round(np.maximum(income, 900.0))).mask(rng.random(n) < 0.03)
    return out


def _moves(scene: Scene, rng: np.random.Generator, poor: Bools, in_danger: Bools) -> dict[str, object]:
    """Relocation lists; eight households were moved and have built again in danger."""
    n = len(poor)
    scattered = (in_danger & (rng.random(n) < 0.55)) | (poor & (rng.random(n) < 0.05))
    whole_groups = threatened_groups(scene)
    listed = np.where(np.isin(scene.group, whole_groups), "whole", np.where(scattered, "scattered", "none"))
    wish = pd.Series(rng.random(n) < 0.7, dtype="boolean").mask(listed == "none")
    moved = np.full(n, None, dtype=object)
    back = rng.permutation(np.flatnonzero(in_danger))[:8]
    moved[back] = "县城安置小区"
    gone = rng.permutation(np.flatnonzero(~in_danger & poor))[:12]
    moved[gone] = f"{scene.town}集镇安置点"
    return {"move_list": listed, "move_wish": wish, "moved_to": moved}


def draw_groups(scene: Scene, served: Bools) -> gpd.GeoDataFrame:
    """Groups with what was said of their road; one is wrong, three unknown."""
    rng = scene.frame.rng("group survey")
    n = len(scene.homes.xy)
    order = rng.permutation(n)
    said = served.copy()
    said[order[:1]] ^= True
    road = pd.Series(said, dtype="boolean")
    road.iloc[order[1:4]] = pd.NA
    short = [name for name in scene.group_names]
    return gpd.GeoDataFrame(
        {
            "id": scene.group_ids,
            "name": [f"{name}组" for name in short],
            "village": np.array(scene.village_ids, object)[scene.homes.village],
            "hh_n": np.bincount(scene.group, minlength=n),
            "road": road,
            "surveyed": survey_dates(scene, "groups", n),
        },
        geometry=scene.points(scene.homes.xy),
    )


def draw_villages(scene: Scene, group_served: Bools, hardened_path: Floats) -> gpd.GeoDataFrame:
    """Villages with their indicators; `hardened_path` is the share of households with a hardened path."""
    rng = scene.frame.rng("village survey")
    n = len(scene.village_names)
    poor = scene.homes.poor
    owed = np.bincount(scene.group, minlength=len(scene.homes.xy)) >= 30  # groups that are owed a road
    served = np.array([group_served[(scene.homes.village == v) & owed].all() for v in range(n)])
    office = np.array([scene.roads.office_served[v] for v in range(n)])
    clinic = ~missing_clinics(scene)
    econ = np.where(poor, rng.uniform(0.2, 2.8, n), rng.uniform(2.6, 14.0, n))

    def mostly(share_poor: float, share: float) -> Bools:
        return np.asarray(rng.random(n) < np.where(poor, share_poor, share))

    return gpd.GeoDataFrame(
        {
            "id": scene.village_ids,
            "name": [f"{v}村" for v in scene.village_names],
            "town": f"{scene.town}乡",
            "poor": poor,
            "exit_year": pd.Series(np.where(poor, 2018, 2015), dtype="Int64").mask(~poor & mostly(0, 0.6)),
            "paved": office,
            "bus": mostly(0.34, 0.9),
            "broadband": mostly(0.5, 1.0),
            "phone": True,
            "power3": mostly(0.34, 0.95),
            "grouproad": served,
            "hhpath": hardened_path > 0.85,
            "beauty": mostly(0.1, 0.4),
            "clinic": clinic,
            "doctor": clinic & ~poor,
            "culture": mostly(0.34, 0.85),
            "officer": pd.Series(mostly(0.2, 0.7), dtype="boolean").mask(mostly(0.3, 0.1)),
            "econ_wan": np.round(econ, 1),
            "surveyed": survey_dates(scene, "villages", n),
        },
        geometry=list(scene.homes.land),
        crs=scene.crs,
    )
