"""What sheets does the ledger workbook have? The tables of `geo.ledger`, headed and totalled."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pandas as pd

from geo.crucial import LAYERS as CRUCIAL_LAYERS
from geo.crucial import crucial_rows
from geo.layers import LAYERS
from geo.ledger import header, household_ledger, ledger
from geo.messages import LANGS, say
from geo.plan import Plan
from geo.privacy import mask_names
from geo.relocation.assess import site_rows
from geo.relocation_sheets import relocation_sheets
from geo.set_sheets import set_sheets
from geo.sheets import Column, Sheet
from geo.verdicts import NEEDS, sentences
from geo.work_sheets import work_sheets

UNITS = {"yard_m2": "m²"}
WORDED = ("household", "person", "wan", "yuan", "year", "month", "place", "piece", "grade", "minute")
"""Units that have another word in each language: `unit.<name>`."""
_TEXT = {"id", "name", "township", "village", "group", "poor_village", "type", "poor", "exposure", "why"}


def workbook(plan: Plan, lang: str, *, names: bool = False) -> list[Sheet]:
    """The sheets of the ledger of `plan`, headed in `lang`; names of people masked unless `names`."""
    note = _note(plan, lang)
    return [
        _counted("township", plan, "township", lang, note, sums="villages"),
        _counted("villages", plan, "village", lang, note),
        _counted("groups", plan, "group", lang, note),
        _indicators(plan, lang, note),
        *set_sheets(plan, lang, note),
        _households(plan, lang, note, names=names),
        _discrepancies(plan, lang, note, names=names),
        _crucial(plan, lang, note),
        *work_sheets(plan, lang, note),
        *relocation_sheets(plan, lang, note, names=names),
        _sites(plan, lang, note),
        _standard(plan, lang, note),
    ]


def _note(plan: Plan, lang: str) -> str:
    dated = plan.area.data_date
    return say(
        "workbook.note",
        lang,
        area=plan.area.name or "-",
        date=dated.isoformat() if dated else say("state.unknown", lang),
        standard=plan.standard.title(lang),
        made=plan.made_at.date().isoformat(),
        version=plan.version,
    )


def _counted(key: str, plan: Plan, level: str, lang: str, note: str, *, sums: str = "") -> Sheet:
    frame = ledger(plan, level)
    if "poor_village" in frame:
        frame["poor_village"] = _yes_no(frame["poor_village"], lang)
    columns = tuple(
        Column(
            name,
            header(name, lang),
            UNITS.get(name, ""),
            total=name not in _TEXT,
            sums=sums if name not in _TEXT else "",
            format="" if name in _TEXT else "#,##0",
        )
        for name in frame.columns
    )
    return Sheet(key, say(f"workbook.{key}", lang), frame, columns, note)


def _indicators(plan: Plan, lang: str, note: str) -> Sheet:
    """五通四有 village by village: state, measure and reason of each indicator."""
    table = plan.gaps.villages
    named = plan.area.by_id("villages", "name")["name"]
    frame = pd.DataFrame(
        {
            "village": named.reindex(table["village"]).fillna("-").to_numpy(),
            "indicator": [say(f"indicator.{i}", lang) for i in table["indicator"]],
            "state": _say_each("state", table["state"], lang),
            "measure": table["measure"].to_numpy(),
            "threshold": table["threshold"].to_numpy(),
            "basis": _say_each("basis", table["basis"], lang),
        }
    )
    return _listed("indicators", frame, lang, note)


def _households(plan: Plan, lang: str, note: str, *, names: bool) -> Sheet:
    frame = household_ledger(plan, NEEDS, names=names, lang=lang)
    kinds = {c.value: getattr(c, lang) for c in LAYERS["households"].field("type").choices}
    frame["type"] = frame["type"].map(kinds)
    frame["poor"] = _yes_no(frame["poor"], lang)
    frame["exposure"] = _say_each("relation", frame["exposure"], lang)
    for need in NEEDS:
        frame[f"{need}.state"] = _say_each("state", frame[f"{need}.state"], lang)
    columns = tuple(
        Column(name, _state_header(name, lang), total=name == "people", width=60 if name == "why" else 0)
        for name in frame.columns
    )
    return Sheet("households", say("workbook.households", lang), frame, columns, note)


def _discrepancies(plan: Plan, lang: str, note: str, *, names: bool) -> Sheet:
    table = plan.gaps.discrepancies
    people = plan.area.by_id("households", "name")
    who = people["name"].reindex(table["household"]).reset_index(drop=True)
    frame = pd.DataFrame(
        {
            "id": table["household"],
            "name": who if names else mask_names(who),
            "need": _say_each("need", table["need"], lang),
            "survey": _say_each("state", table["survey"], lang),
            "computed": _say_each("state", table["computed"], lang),
            "finding": sentences(table, lang, column="finding"),
        }
    )
    return _listed("discrepancies", frame, lang, note)


def _crucial(plan: Plan, lang: str, note: str) -> Sheet:
    """Existing pools, sources, transformers and bridges: who loses service if one fails."""
    rows = crucial_rows(plan.area, plan.crucial)
    frame = pd.DataFrame(
        {
            "layer": rows["layer"].map({name: getattr(LAYERS[name], lang) for name in CRUCIAL_LAYERS}),
            "feature": rows["id"],
            "feature_name": rows["name"],
            "served": rows["served"],
            "lose": rows["households"],
            "lose_people": rows["people"],
            "lose_poor": rows["poor_people"],
            "why": sentences(rows, lang),
        }
    )
    return _listed("crucial", frame, lang, note)


def _sites(plan: Plan, lang: str, note: str) -> Sheet:
    rows = [row for site in plan.sites for row in site_rows(site, lang)]
    frame = pd.DataFrame(
        rows, columns=["site", "verdict", "rule", "state", "measure", "limit", "unit", "why", "source"]
    )
    return _listed("sites", frame.assign(unit=_in_words(frame["unit"], lang)), lang, note)


def _standard(plan: Plan, lang: str, note: str) -> Sheet:
    frame = plan.standard.listing().rename(columns={lang: "label"})
    shown = ["key", "label", "value", "unit", "confidence", "assumed", "source"]
    frame = frame[shown].assign(assumed=_yes_no(frame["assumed"], lang), unit=_in_words(frame["unit"], lang))
    return _listed("standard", frame, lang, note)


def _listed(key: str, frame: pd.DataFrame, lang: str, note: str) -> Sheet:
    columns = tuple(Column(str(name), say(f"workbook.col.{name}", lang)) for name in frame.columns)
    return Sheet(key, say(f"workbook.{key}", lang), frame, columns, note)


def _state_header(name: str, lang: str) -> str:
    return say(f"need.{name.removesuffix('.state')}", lang) if name.endswith(".state") else header(name, lang)


def _in_words(units: pd.Series, lang: str) -> pd.Series:
    """Units in `lang`: 元/户 is yuan/household."""
    other = next(each for each in LANGS if each != lang)
    words = {say(f"unit.{name}", other): say(f"unit.{name}", lang) for name in WORDED}
    known = {
        u: re.sub(r"[^/·]+", lambda part: words.get(part[0], part[0]), u) for u in units.dropna().unique()
    }
    return units.map(known)


def _yes_no(values: pd.Series, lang: str) -> pd.Series:
    words = {True: say("word.yes", lang), False: say("word.no", lang)}
    return values.map(words).fillna(say("state.unknown", lang))


def _say_each(room: str, values: Iterable[str], lang: str) -> pd.Series:
    column = pd.Series(values).reset_index(drop=True)
    return column.map({v: say(f"{room}.{v}", lang) for v in column.unique()})
