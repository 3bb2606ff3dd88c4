"""Must one household move, where to, and what follows?"""

from __future__ import annotations

from typing import Any

import pandas as pd

from geo.messages import LANGS
from geo.plan import Plan
from geo.verdicts import sentences
from service.usecases.cells import plain
from service.usecases.matching import measure_label
from service.usecases.works import sentence

_SAID = ("decision", "urgency", "listed", "wish", "compared", "liable")
_EXPOSED = ("damage", "damage_cautious", "screen")


def relocation(plan: Plan, name: str, row: int) -> dict[str, Any]:
    """The household `name` in `row` of its layer: decision and reason, damage, site, follow-up."""
    mine, steps = plan.moving.households.iloc[[row]], plan.follow_up
    exposed = plan.exposure.households.iloc[row]
    again = plan.moving.rebuilt
    again = again[(again["household"] == name).to_numpy(bool)]
    return {
        **{key: plain(mine[key].iloc[0]) for key in _SAID},
        **{key: plain(exposed[key]) for key in _EXPOSED},
        "sentence": _said(mine),
        "rebuilt": None if again.empty else plain(again["case"].iloc[0]),
        "site": _site(plan, name),
        "follow_up": [
            {
                "measure": each["measure"],
                "label": measure_label(each["measure"]),
                "due": None if pd.isna(each["due"]) else each["due"].date(),
                "state": each["state"],
                "note": sentence(each["note"]),
            }
            for each in steps[steps["household"] == name].to_dict("records")
        ],
    }


def _site(plan: Plan, name: str) -> dict[str, Any] | None:
    """Where it is matched to, or why it is not; None where it needs no site."""
    table = plan.assignment.households
    mine = table[table["household"] == name]
    if mine.empty:
        return None
    site = plain(mine["site"].iloc[0])
    named = plan.assignment.sites.set_index("site")["name"]
    return {
        "id": site,
        "name": None if site is None else str(named.get(site, site)),
        "metres": plain(mine["metres"].iloc[0]),
        "sentence": _said(mine),
    }


def _said(row: pd.DataFrame) -> dict[str, str]:
    return {lang: sentences(row, lang).iloc[0] for lang in LANGS}
