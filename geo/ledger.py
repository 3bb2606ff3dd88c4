"""The tables that offices sign: one row per township, village, group or household.

Column names are canonical (`water.unmet_people`: need, dot, measure); `header`
gives the label of a column in Chinese or English. Every total is a sum of rows
beneath it, so the levels agree by construction; unknown is a column of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from geo.area import Area
from geo.errors import UnknownFeatureError
from geo.hazards.exposure import Exposure
from geo.messages import say
from geo.plan import Gaps, Plan
from geo.privacy import mask_names
from geo.verdicts import MET, NEEDS, UNKNOWN, UNMET, sentences
from geo.villages import villages_of

Level = Literal["township", "village", "group", "household"]
LEVELS: tuple[Level, ...] = ("township", "village", "group", "household")
MEASURES = ("met", "unmet", "unknown", "unmet_people", "unmet_poor", "unmet_poor_people")
"""What is counted of each need: households in each state, people and poor households without."""


def ledger(
    plan: Plan, level: str, needs: Sequence[str] | None = None, *, names: bool = False
) -> pd.DataFrame:
    """The ledger of `plan` at `level`, for all needs or those given.

    Names of people are masked unless `names`. Raises `UnknownFeatureError` for a
    level or a need that does not exist.
    """
    chosen = tuple(needs or NEEDS)
    for need in chosen:
        if need not in NEEDS:
            raise UnknownFeatureError("ledger.no_need", need=need, known=", ".join(NEEDS))
    if level == "household":
        return household_ledger(plan, chosen, names=names)
    if level not in LEVELS:
        raise UnknownFeatureError("ledger.no_level", level=level, known=", ".join(LEVELS))
    keys, rows = _units(plan.area, level)
    counts = _counts(plan.area, plan.gaps, plan.exposure, keys, len(rows), chosen)
    return pd.concat([rows.reset_index(drop=True), counts], axis=1)


def household_ledger(plan: Plan, needs: Sequence[str], *, names: bool, lang: str = "zh") -> pd.DataFrame:
    """One row per household: who, where, the state of each need, and why it is a gap."""
    people = plan.area.layer("households")
    groups = _name_of(plan.area, "groups", people["group"])
    villages = _name_of(plan.area, "villages", people["village"])
    base = pd.DataFrame(
        {
            "id": people["id"],
            "name": people["name"] if names else mask_names(people["name"]),
            "village": villages,
            "group": groups,
            "people": people["people"],
            "type": people["type"],
            "poor": people["poor"],
            "exposure": plan.exposure.households["relation"].to_numpy(),
        }
    )
    table = plan.gaps.households
    states = plan.gaps.states()
    for need in needs:
        base[f"{need}.state"] = states[need].to_numpy()
    open_rows = table[(table["state"] == UNMET) & table["need"].isin(list(needs))]
    told = sentences(open_rows, lang)
    label = open_rows["need"].map({need: say(f"need.{need}", lang) for need in needs})
    text = _joined(open_rows["household"], label + ":" + told)
    base["why"] = text.reindex(base["id"]).to_numpy()
    return base


def _joined(ids: pd.Series, texts: pd.Series) -> pd.Series:
    """The texts of each id in their order, one behind the other with semicolons."""
    codes, seen = pd.factorize(ids)
    order = np.argsort(codes, kind="stable")
    said = texts.to_numpy(object)[order].tolist()
    ends = np.cumsum(np.bincount(codes, minlength=len(seen))).tolist()
    lines = [";".join(said[a:b]) for a, b in zip([0, *ends], ends, strict=False)]
    return pd.Series(lines, index=pd.Index(seen), dtype="str")


def header(column: str, lang: str) -> str:
    """The label of a ledger column."""
    if "." in column:
        need, measure = column.split(".", 1)
        return say(
            "ledger.of_need", lang, need=say(f"need.{need}", lang), measure=say(f"measure.{measure}", lang)
        )
    return say(f"ledger.{column}", lang)


def _units(area: Area, level: str) -> tuple[np.ndarray, pd.DataFrame]:
    """For each household the row of its unit (the last row: none known), and the units."""
    households = area.layer("households")
    if level == "township":
        return np.zeros(len(households), int), pd.DataFrame({"township": [area.name or "-"]})
    layer, ref = ("villages", "village") if level == "village" else ("groups", "group")
    units = villages_of(area) if level == "village" else area.layer(layer).drop_duplicates("id")
    units = units.reset_index(drop=True)
    rows = pd.Index(units["id"]).get_indexer(pd.Index(households[ref]))
    frame = pd.DataFrame({"id": units["id"], level: units["name"]})
    if level == "village":
        frame["poor_village"] = units["poor"]
    else:
        frame["village"] = _name_of(area, "villages", units["village"]).to_numpy()
    if (rows < 0).any():  # nobody is dropped: households of no known unit have a row of their own
        rows = np.where(rows < 0, len(frame), rows)
        frame = pd.concat([frame, pd.DataFrame({"id": ["-"], level: ["-"]})], ignore_index=True)
    return rows, frame


def _counts(
    area: Area, gaps: Gaps, exposure: Exposure, keys: np.ndarray, n: int, needs: Sequence[str]
) -> pd.DataFrame:
    """All sums by unit: people, poor, each need, yards, exposure."""
    households = area.layer("households")
    people = households["people"].fillna(0).to_numpy(float)
    poor = households["poor"].fillna(False).to_numpy(bool)

    def total(mask: np.ndarray, weight: np.ndarray | None = None) -> np.ndarray:
        sums = np.bincount(keys[mask], None if weight is None else weight[mask], minlength=n)
        return (
            sums if weight is not None and not np.all(weight == weight.round()) else np.rint(sums).astype(int)
        )

    everyone = np.ones(len(keys), bool)
    out: dict[str, np.ndarray] = {
        "households": total(everyone),
        "people": total(everyone, people),
        "people_unknown": total(households["people"].isna().to_numpy()),
        "poor_households": total(poor),
        "poor_people": total(poor, people),
    }
    states = gaps.states()
    for need in needs:
        state = states[need].to_numpy()
        lack = state == UNMET
        out[f"{need}.met"] = total(state == MET)
        out[f"{need}.unmet"] = total(lack)
        out[f"{need}.unknown"] = total(state == UNKNOWN)
        out[f"{need}.unmet_people"] = total(lack, people)
        out[f"{need}.unmet_poor"] = total(lack & poor)
        out[f"{need}.unmet_poor_people"] = total(lack & poor, people)
    if "yard" in needs:
        out["yard_m2"] = np.bincount(keys, gaps.homes.yard_m2, minlength=n)
    relation = exposure.households["relation"].to_numpy()
    for name in ("inside", "buffer"):
        out[f"exposed_{name}"] = total(relation == name)
        out[f"exposed_{name}_people"] = total(relation == name, people)
    return pd.DataFrame(out)


def _name_of(area: Area, layer: str, ids: pd.Series) -> pd.Series:
    """The names of the features `ids` of a layer; the id itself where it has no name."""
    known = area.by_id(layer, "name")["name"]
    names = pd.Series(known.reindex(ids).to_numpy(), index=ids.index, dtype="str")
    return names.fillna(ids)
