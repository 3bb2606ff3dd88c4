"""Which sheets of the ledger tell of danger, moving and new homes?

Names are masked unless asked for: a list of people in danger travels further than any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from geo.layers import LAYERS
from geo.messages import catalogue, say
from geo.plan import Plan
from geo.privacy import mask_names
from geo.relocation_view import movers, site_table
from geo.sheets import Column, Sheet
from geo.verdicts import sentences
from geo.works_view import WAN, told

MONEY = ("connect_low", "connect_yuan", "connect_high", "cost", "subsidy", "reward", "per_person")
_TOTAL = frozenset(("people", "households", "threat_households", "threat_people", *MONEY)) - {"per_person"}
_WIDE = {"why": 60.0, "note": 40.0, "reasons": 60.0}


def relocation_sheets(plan: Plan, lang: str, note: str, *, names: bool = False) -> list[Sheet]:
    """The sheets of relocation of `plan`, headed in `lang`; money in 万元."""
    return [
        _must_move(plan, lang, note, names=names),
        _groups(plan, lang, note),
        _rebuilt(plan, lang, note, names=names),
        _threats(plan, lang, note),
        _found_sites(plan, lang, note),
        _matching(plan, lang, note, names=names),
        _site_loads(plan, lang, note),
        _left(plan, lang, note, names=names),
        _follow_up(plan, lang, note, names=names),
    ]


def _must_move(plan: Plan, lang: str, note: str, *, names: bool) -> Sheet:
    """Everyone who must move, the most urgent first; the registry's list and wishes beside."""
    rows = pd.DataFrame(movers(plan).drop(columns="geometry"))
    frame = pd.DataFrame(
        {
            **_who(plan, rows["household"], names=names),
            "decision": _words(rows["decision"], "move.decision", lang),
            "urgency": rows["urgency"],
            "kind": _kinds(rows["kind"], lang),
            "damage": _words(rows["damage"], "relocation.damage", lang),
            "why": sentences(rows, lang),
            "listed": _words(rows["listed"], "move.decision", lang, otherwise="word.no"),
            "wish": _words(rows["wish"], "move.wish", lang),
            "compared": _words(rows["compared"], "move.compared", lang),
            "liable": rows["liable"],
            "site": rows["site"],
        }
    )
    return _sheet("must_move", frame, lang, note)


def _groups(plan: Plan, lang: str, note: str) -> Sheet:
    table = plan.moving.groups.sort_values("whole", ascending=False, kind="stable").reset_index(drop=True)
    frame = pd.DataFrame(
        {
            "village": names_of(plan, "villages", table["village"]),
            "group": names_of(plan, "groups", table["group"]),
            "households": table["households"],
            "people": table["people"],
            "poor_share": table["poor_share"],
            "exposed_share": table["exposed_share"],
            "whole": _yes_no(table["whole"], lang),
            "why": sentences(table.assign(nearest=None), lang),
        }
    )
    return _sheet("move_groups", frame, lang, note, formats={"poor_share": "0%", "exposed_share": "0%"})


def _rebuilt(plan: Plan, lang: str, note: str, *, names: bool) -> Sheet:
    table = pd.DataFrame(plan.moving.rebuilt.drop(columns="geometry")).reset_index(drop=True)
    frame = pd.DataFrame(
        {
            **_who(plan, table["household"], names=names),
            "case": _words(table["case"], "move.rebuilt.case", lang),
            "building": table["building"],
            "zone": table["zone"],
            "relation": _words(table["relation"], "relation", lang),
            "moved_to": table["moved_to"],
            "why": sentences(table.rename(columns={"zone": "nearest"}), lang),
        }
    )
    return _sheet("rebuilt", frame, lang, note)


def _threats(plan: Plan, lang: str, note: str) -> Sheet:
    table = plan.exposure.threats.sort_values("people", ascending=False, kind="stable").reset_index(drop=True)
    frame = pd.DataFrame(
        {
            "zone": table["zone"],
            "name": table["name"],
            "kind": _kinds(table["kind"], lang),
            "level": _words(table["level"], "relocation.class", lang),
            "threat_households": table["households"],
            "threat_people": table["people"],
            "declared_households": table["declared_hh"],
            "declared_people": table["declared_p"],
            "class": _words(table["class_of_threat"], "relocation.class", lang),
            "liable": table["liable"],
        }
    )
    return _sheet("threats", frame, lang, note)


def _found_sites(plan: Plan, lang: str, note: str) -> Sheet:
    table = pd.DataFrame(site_table(plan).drop(columns="geometry"))
    kept = (
        "site", "name", "source", "village", "kind", "verdict", "rank", "rank_low", "rank_high", "score",
        "capacity", "usable_m2", "area_m2", "slope_mean", "road_m", "water_m", "lift_m", "line_m",
        "school_min", "clinic_min", "connect_road_m", "connect_pipe_m", "connect_line_m",
        "connect_low", "connect_yuan", "connect_high", "rule",
    )  # fmt: skip
    frame = table[list(kept)].assign(
        source=_words(table["source"], "relocation.source", lang),
        village=names_of(plan, "villages", table["village"]),
        kind=_chosen("sites", table["kind"], lang),
        verdict=_words(table["verdict"], "site.verdict", lang),
        rule=_words(table["rule"], "relocation.site", lang),
        **{name: table[name].astype(float) / WAN for name in ("connect_low", "connect_yuan", "connect_high")},
    )
    verdicts = {v.site: v for v in (*plan.sites, *plan.found.verdicts)}
    why = [("；" if lang == "zh" else "; ").join(verdicts[site].grounds(lang)) for site in table["site"]]
    frame.insert(list(frame.columns).index("verdict") + 1, "why", pd.Series(why, dtype="str"))
    return _sheet("found_sites", frame, lang, note, total=())


def _matching(plan: Plan, lang: str, note: str, *, names: bool) -> Sheet:
    table = plan.assignment.households
    table = table[table["site"].notna()].sort_values(["site", "group", "household"], kind="stable")
    table = table.reset_index(drop=True)
    named = plan.assignment.sites.set_index("site")["name"]
    frame = pd.DataFrame(
        {
            "site": table["site"],
            "site_name": named.reindex(table["site"]).to_numpy(),
            **_who(plan, table["household"], names=names),
            "decision": _words(table["decision"], "move.decision", lang),
            "urgency": table["urgency"],
            "metres": table["metres"].round(),
            "own_village": _yes_no(table["own_village"], lang),
            "why": sentences(table, lang),
        }
    )
    return _sheet("matching", frame, lang, note)


def _site_loads(plan: Plan, lang: str, note: str) -> Sheet:
    table = plan.assignment.sites.reset_index(drop=True)
    kept = (
        "site", "name", "source", "opened", "households", "people", "capacity", "spare", "floor_m2",
        "connect_yuan", "cost", "subsidy", "reward", "per_person",
    )  # fmt: skip
    table = pd.DataFrame(table.drop(columns="geometry"))
    frame = table[list(kept)].assign(
        source=_words(table["source"], "relocation.source", lang),
        opened=_yes_no(table["opened"], lang),
        **{name: table[name].astype(float) / WAN for name in MONEY if name in kept},
    )
    return _sheet("site_loads", frame, lang, note)


def _left(plan: Plan, lang: str, note: str, *, names: bool) -> Sheet:
    """Who stays in danger although it must move, and why."""
    table = plan.assignment.left.reset_index(drop=True)
    frame = pd.DataFrame(
        {
            **_who(plan, table["household"], names=names),
            "urgency": table["urgency"],
            "why": sentences(table, lang),
        }
    )
    return _sheet("left_in_danger", frame, lang, note)


def _follow_up(plan: Plan, lang: str, note: str, *, names: bool) -> Sheet:
    table = plan.follow_up.reset_index(drop=True)
    frame = pd.DataFrame(
        {
            **_who(plan, table["household"], names=names),
            "measure": _words(table["measure"], "follow.measure", lang),
            "due": table["due"],
            "state": _words(table["state"], "follow.state", lang),
            "note": told(table["note"], lang),
        }
    )
    return _sheet("follow_up", frame, lang, note, total=())


def _who(plan: Plan, ids: pd.Series, *, names: bool) -> dict[str, Any]:
    """Columns that say who: household, masked name, village, group, people."""
    homes = plan.area.by_id("households", "name", "village", "group", "people")
    who = homes.reindex(ids).reset_index(drop=True)
    return {
        "household": ids.reset_index(drop=True),
        "name": who["name"] if names else mask_names(who["name"]),
        "village": names_of(plan, "villages", who["village"]),
        "group": names_of(plan, "groups", who["group"]),
        "people": who["people"],
    }


def names_of(plan: Plan, layer: str, ids: pd.Series) -> pd.Series:
    """The names of features, in the order of `ids`; the id where there is no name."""
    named = plan.area.by_id(layer, "name")["name"]
    bare = ids.reset_index(drop=True)
    return pd.Series(named.reindex(bare).to_numpy(), dtype="str").fillna(bare)


def _words(values: pd.Series, room: str, lang: str, *, otherwise: str = "") -> pd.Series:
    """Values in words of the catalogue; "" where there is none, `otherwise` where the room has no word."""
    known = catalogue()

    def word(value: Any) -> str:
        key = f"{room}.{value}"
        return known[key][lang] if key in known else say(otherwise, lang) if otherwise else str(value)

    said = {value: "" if pd.isna(value) or value == "" else word(value) for value in values.unique()}
    return values.reset_index(drop=True).map(said).astype("str")


def _kinds(values: pd.Series, lang: str) -> pd.Series:
    """Kinds of hazard in words: those of the layer, and our own."""
    listed = {c.value for c in LAYERS["hazards"].field("kind").choices}
    own = {v: say(f"hazard.kind.{v}", lang) for v in values.dropna().unique() if v not in listed and v}
    return _chosen("hazards", values, lang, **own)


def _chosen(layer: str, values: pd.Series, lang: str, **more: str) -> pd.Series:
    """Values of the field `kind` of a layer in words; "" for none."""
    listed = {c.value: getattr(c, lang) for c in LAYERS[layer].field("kind").choices}
    return values.reset_index(drop=True).map({**listed, **more}).fillna("").astype("str")


def _yes_no(values: pd.Series, lang: str) -> pd.Series:
    words = {True: say("word.yes", lang), False: say("word.no", lang)}
    return values.reset_index(drop=True).map(words).fillna(say("state.unknown", lang))


def header_key(column: str, frame: pd.DataFrame) -> str:
    """The message that heads a column: the name in a row of a household is that of its head."""
    named = "head" if column == "name" and "household" in frame else column
    return f"relocation.col.{named}"


def _sheet(
    key: str,
    frame: pd.DataFrame,
    lang: str,
    note: str,
    *,
    total: Iterable[str] = _TOTAL,
    formats: Mapping[str, str] | None = None,
) -> Sheet:
    money = "万元" if lang == "zh" else "10,000 yuan"
    shown = formats or {}
    columns = tuple(
        Column(
            str(name),
            say(header_key(str(name), frame), lang),
            money if name in MONEY else "",
            total=name in set(total),
            width=_WIDE.get(str(name), 0.0),
            format="#,##0.00" if name in MONEY else shown.get(str(name), ""),
        )
        for name in frame.columns
    )
    return Sheet(key, say(f"workbook.{key}", lang), frame.reset_index(drop=True), columns, note)
