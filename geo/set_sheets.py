"""Which published sets does everybody meet? Two sheets of the ledger: 五通四有 and 四有五覆盖.

The standard says which variant of a set is shown (`[sets.household]` `use = "B"`);
its name stands in the title, so that nobody mistakes one grouping for the other.
"""

from __future__ import annotations

import pandas as pd

from geo.homes.sets import sets_table, wide
from geo.messages import say
from geo.plan import Plan
from geo.sheets import Column, Sheet
from geo.standards import IndicatorSet
from geo.verdicts import MET, UNKNOWN, UNMET

COUNTS = (MET, UNMET, UNKNOWN)


def set_sheets(plan: Plan, lang: str, note: str) -> list[Sheet]:
    """The set of the villages and that of the households, one row each, in the variant in use."""
    villages, homes = plan.area.layer("villages"), plan.area.layer("households")
    village_of = plan.area.by_id("villages", "name")["name"]
    who = pd.DataFrame({"village": village_of.reindex(villages["id"]).to_numpy()}, index=villages["id"])
    group_of = plan.area.by_id("groups", "name")["name"]
    at = pd.DataFrame(
        {
            "id": homes["id"].to_numpy(),
            "village": village_of.reindex(homes["village"]).to_numpy(),
            "group": group_of.reindex(homes["group"]).to_numpy(),
        }
    )
    states = plan.gaps.states().reset_index(drop=True)
    return [
        _sheet("set_villages", "village", "indicator", plan, who, wide(plan.gaps.villages), lang, note),
        _sheet("set_households", "household", "need", plan, at, states, lang, note),
    ]


def _sheet(
    key: str, kind: str, room: str, plan: Plan, who: pd.DataFrame, states: pd.DataFrame, lang: str, note: str
) -> Sheet:
    """`who` heads the rows, `states` (one row for each of them) holds the indicators."""
    chosen = plan.standard.sets[kind]
    table = sets_table(states, chosen) if len(states) else sets_table(_none(chosen), chosen)
    items = list(chosen.variants[chosen.use])
    for item in items:
        table[item] = table[item].map({state: say(f"state.{state}", lang) for state in COUNTS})
    frame = pd.concat([who.reset_index(drop=True), table.reset_index(drop=True)], axis=1)
    columns = (
        *(Column(str(name), say(f"workbook.col.{name}", lang)) for name in who),
        *(Column(item, _label(chosen, item, room, lang)) for item in items),
        *(Column(s, say(f"workbook.col.set_{s}", lang), total=True, format="#,##0") for s in COUNTS),
    )
    named = chosen.zh if lang == "zh" else chosen.en
    return Sheet(key, say("workbook.set", lang, name=named, variant=chosen.use), frame, columns, note)


def _label(chosen: IndicatorSet, item: str, room: str, lang: str) -> str:
    """The published wording in Chinese; in other languages what the item is made of."""
    if lang == "zh":
        return item
    return " + ".join(say(f"{room}.{one}", lang) for one in chosen.variants[chosen.use][item])


def _none(chosen: IndicatorSet) -> pd.DataFrame:
    parts = {one for ones in chosen.variants[chosen.use].values() for one in ones}
    return pd.DataFrame({one: pd.Series([], dtype="str") for one in parts})
