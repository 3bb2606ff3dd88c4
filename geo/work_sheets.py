"""Which sheets of the ledger tell of planned works?"""

from __future__ import annotations

import pandas as pd

from geo.messages import say
from geo.plan import Plan
from geo.programme import Programme
from geo.sheets import Column, Sheet
from geo.verdicts import sentences
from geo.works_ledger import village_sentences, village_works
from geo.works_view import EACH, WAN, kinds, measure_first, priced_systems, spec_words, told, work_rows

WORK_MONEY = ("low", "likely", "high", "run_likely")
MONEY = (*WORK_MONEY, "budget", "spent")
SOURCES = ("springs", "rivers")
_WIDE = {"spec": 24.0, "flag": 40.0, "why": 60.0, "sentence": 90.0, "note": 40.0}


def work_sheets(plan: Plan, lang: str, note: str) -> list[Sheet]:
    """The sheets of the works of `plan`, headed in `lang`; money in 万元. A programme where there is one."""
    sheets = [make(plan, lang, note) for make in (_works, _villages, _systems, _unserved, _measure_first)]
    if plan.programme is None:
        return sheets
    return [*sheets, *programme_sheets(plan, plan.programme, lang, note)]


def _works(plan: Plan, lang: str, note: str) -> Sheet:
    rows = work_rows(plan)
    frame = pd.DataFrame(rows.drop(columns=["geometry", "size", "run_kwh", "run"]))
    frame["kind"] = kinds(rows, lang)
    frame["need"] = _needs(rows["need"], lang)
    frame["village"] = _names(plan, "villages", rows["village"])
    frame["group"] = _names(plan, "groups", rows["group"])
    frame["flag"] = told(rows["flag"], lang)
    frame["spec"] = _specs(rows["spec"], lang)
    frame["run_likely"] = rows["run"]
    frame["unit"] = _units(rows["unit"], lang)
    for name in WORK_MONEY:
        frame[name] = frame[name] / WAN
    order = (
        "work", "kind", "need", "system", "village", "group", "spec", "quantity", "unit", "low", "likely",
        "high", "assumed", "run_likely", "households", "people", "poor_people", "moving", "crucial", "after",
        "year", "flag",
    )  # fmt: skip
    return _sheet("works", frame[list(order)], lang, note, total=WORK_MONEY)


def _villages(plan: Plan, lang: str, note: str) -> Sheet:
    table = village_works(plan.area, plan.works, plan.costs)
    frame = pd.DataFrame(
        {
            "village": table["name"].fillna("-"),
            "low": table["low_wan"],
            "likely": table["wan"],
            "high": table["high_wan"],
            "run_likely": table["run_wan"],
            "sentence": village_sentences(table, lang),
        }
    )
    return _sheet("works_villages", frame, lang, note, total=WORK_MONEY)


def _systems(plan: Plan, lang: str, note: str) -> Sheet:
    table = priced_systems(plan.works, plan.costs.table)
    frame = table.assign(
        need=_needs(table["need"], lang),
        note=told(table["note"], lang),
        bound=told("works.bound." + table["bound"], lang),
        run_likely=table["run"],
    )
    for name in WORK_MONEY:
        frame[name] = frame[name] / WAN
    order = (
        "system", "need", "source", "households", "low", "likely", "high", *EACH, "assumed", "run_likely",
        "verified", "passed", "worst", "bound", "limit", "worst_at", "gap", "note",
    )  # fmt: skip
    return _sheet("systems", frame[list(order)], lang, note, total=("households", *WORK_MONEY))


def _unserved(plan: Plan, lang: str, note: str) -> Sheet:
    """Every gap that stays open, by household, with the reason. No names: the id finds the person."""
    table = plan.works.unserved
    homes = plan.area.by_id("households", "village", "group")
    place = homes.reindex(table["household"])
    frame = pd.DataFrame(
        {
            "household": table["household"].to_numpy(),
            "village": _names(plan, "villages", place["village"]).to_numpy(),
            "group": _names(plan, "groups", place["group"]).to_numpy(),
            "need": _needs(table["need"], lang).to_numpy(),
            "why": sentences(table, lang).to_numpy(),
        }
    )
    return _sheet("unserved", frame, lang, note)


def _measure_first(plan: Plan, lang: str, note: str) -> Sheet:
    """Sources to be measured before anything is built on them: how much they must give, and for whom."""
    rows = measure_first(plan)
    frame = pd.DataFrame(rows.drop(columns=["geometry", "layer"]))
    names = pd.concat([plan.area.by_id(n, "name")["name"] for n in SOURCES])
    named = names[~names.index.duplicated()].reindex(rows["source"]).to_numpy()
    frame.insert(1, "source_name", pd.Series(named, dtype="str").fillna("-"))
    for name in ("low", "likely", "high"):
        frame[name] = frame[name] / WAN
    return _sheet("measure_first", frame, lang, note, total=("households", "people", "low", "likely", "high"))


def programme_sheets(plan: Plan, programme: Programme, lang: str, note: str) -> list[Sheet]:
    """The programme by year, by work, and what each further step of money would buy."""
    names = plan.area.by_id("villages", "name")["name"].reindex(list(programme.first))
    said = [note, say("works.within", lang, gap=programme.gap)]
    if len(names):
        said.append(say("works.first", lang, names="、".join(names.fillna(names.index.to_series()))))
    note = "\u3000".join(said)
    years = programme.years.assign(
        budget=programme.years["budget"] / WAN, spent=programme.years["spent"] / WAN
    ).rename(columns={"households": "reached", "people": "reached_people", "poor_people": "reached_poor"})
    frontier = programme.frontier.assign(budget=programme.frontier["budget"] / WAN)
    frontier = frontier.rename(columns={"households": "reached", "bound": "most"})[
        ["budget", "benefit", "extra", "reached", "most"]
    ]
    return [
        _sheet("programme_years", years, lang, note, total=("budget", "spent", "benefit", "reached")),
        _programme(plan, programme, lang, note),
        _sheet("frontier", frontier, lang, note),
    ]


def _programme(plan: Plan, programme: Programme, lang: str, note: str) -> Sheet:
    """Every work by year; those not chosen stand last, with why."""
    rows = work_rows(plan)
    table = programme.table
    left = (table["year"].isna()).to_numpy()
    why = pd.Series("", index=table.index, dtype="str")
    why[left] = sentences(table[left], lang)
    frame = pd.DataFrame(
        {
            "year": table["year"],
            "village": _names(plan, "villages", rows["village"]),
            "work": rows["work"],
            "kind": kinds(rows, lang),
            "spec": _specs(rows["spec"], lang),
            "quantity": rows["quantity"],
            "unit": _units(rows["unit"], lang),
            "likely": rows["likely"] / WAN,
            "households": rows["households"],
            "people": rows["people"],
            "poor_people": rows["poor_people"],
            "why": why,
        }
    ).sort_values(["year", "village", "work"], na_position="last", kind="stable")
    return _sheet("programme", frame, lang, note, total=("likely",))


def _sheet(key: str, frame: pd.DataFrame, lang: str, note: str, *, total: tuple[str, ...] = ()) -> Sheet:
    money = "万元" if lang == "zh" else "10,000 yuan"
    units = dict.fromkeys(MONEY, money) | dict.fromkeys(EACH, "元" if lang == "zh" else "yuan")
    formats = dict.fromkeys(MONEY, "#,##0.00") | dict.fromkeys(EACH, "#,##0")
    columns = tuple(
        Column(
            str(name),
            say(f"works.col.{name}", lang),
            units.get(str(name), ""),
            total=name in total,
            width=_WIDE.get(str(name), 0.0),
            format=formats.get(str(name), ""),
        )
        for name in frame.columns
    )
    return Sheet(key, say(f"workbook.{key}", lang), frame.reset_index(drop=True), columns, note)


def _specs(specs: pd.Series, lang: str) -> pd.Series:
    return specs.map(lambda spec: spec_words(spec, lang), na_action="ignore").astype("str")


def _needs(needs: pd.Series, lang: str) -> pd.Series:
    return needs.map({need: say(f"need.{need}", lang) for need in needs.unique()}).astype("str")


def _units(units: pd.Series, lang: str) -> pd.Series:
    """Units as an office writes them: what is counted has pieces, not a unit of 1."""
    return units.replace("1", say("works.unit.one", lang))


def _names(plan: Plan, layer: str, ids: pd.Series) -> pd.Series:
    """The names of features; the id where there is no name."""
    named = plan.area.by_id(layer, "name")["name"]
    return pd.Series(named.reindex(ids).to_numpy(), index=ids.index, dtype="str").fillna(ids)
