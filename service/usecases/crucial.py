"""Which existing things would most households miss? Answers of /api/crucial."""

from __future__ import annotations

from typing import Any

from geo.crucial import crucial_rows
from geo.messages import LANGS
from geo.plan import Plan
from geo.verdicts import sentences
from service.usecases.household import plain


def crucial(plan: Plan) -> dict[str, Any]:
    """Every existing pool, source, transformer and bridge, the most crucial of each layer first."""
    rows = crucial_rows(plan.area, plan.crucial)
    said = {lang: sentences(rows, lang) for lang in LANGS}
    who = plan.crucial.loses.groupby(["layer", "id"])["household"].agg(list).to_dict()
    kept = ("layer", "id", "name", "served", "households", "people", "poor_people")
    return {
        "features": [
            {name: plain(row[name]) for name in kept}
            | {"sentence": {lang: said[lang].iloc[i] for lang in LANGS}}
            | {"loses": who.get((row["layer"], row["id"]), [])}
            for i, row in enumerate(rows.to_dict("records"))
        ]
    }
