"""Which of these sites is better, and in what? Two to five side by side.

    comparison = compare_sites([verdict, verdict, …], suitability)

Rules by site for the table, grades by site for the chart, money for both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from geo.errors import BadSearchError
from geo.relocation.connect import Connection, connect_sites
from geo.relocation.criteria import CRITERIA
from geo.relocation.suitability import Suitability
from geo.relocation.usable import cells_within
from geo.relocation.verdict import UNSUITABLE, SiteVerdict

FEWEST, MOST = 2, 5


@dataclass(frozen=True)
class Comparison:
    """Sites side by side; columns of every table are the sites, in the order given.

    `rules`, `measures`, `reasons`   rule x site: the state (pass | warning | fail | unknown, NaN where the
                                     rule was not judged), its measure, the message key of its sentence
    `criteria`   criterion x site, mean grade from 0 to 1 over the ground, closed ground included
    `figures`    figure x site: capacity, usable_m2, area_m2, slope_mean, the distances, score,
                 connect_low, connect_yuan, connect_high, connect_each (yuan a household)
    `best`       site ids, best first: no rule fails, then score, then cost a household
    """

    sites: tuple[str, ...]
    names: tuple[str, ...]
    verdicts: tuple[SiteVerdict, ...]
    connections: tuple[Connection, ...]
    rules: pd.DataFrame
    measures: pd.DataFrame
    reasons: pd.DataFrame
    criteria: pd.DataFrame
    figures: pd.DataFrame
    best: tuple[str, ...]


def compare_sites(
    verdicts: Sequence[SiteVerdict],
    suitability: Suitability,
    *,
    households: int | None = None,
    weights: Mapping[str, float] | None = None,
) -> Comparison:
    """Compare two to five judged sites, connected for `households` each (as many as fit unless said).

    Raises `BadSearchError` for fewer, more, or two of one id.
    """
    if not FEWEST <= len(verdicts) <= MOST:
        raise BadSearchError("site.bad.compare", few=FEWEST, most=MOST, given=len(verdicts))
    sites = [verdict.site or f"{k + 1}" for k, verdict in enumerate(verdicts)]
    if len(set(sites)) < len(sites):
        raise BadSearchError("site.bad.twice")
    holds = [max(1, v.capacity[v.kind]) for v in verdicts]
    wanted = [min(households, n) if households else n for n in holds]
    grounds = [v.polygon if v.usable.is_empty else v.usable for v in verdicts]
    connections = connect_sites(grounds, suitability.context, households=wanted)
    criteria = _criteria(verdicts, suitability)
    criteria.columns = pd.Index(sites)
    figures = _figures(verdicts, connections, criteria, suitability, weights, sites)
    failing = np.array([v.verdict == UNSUITABLE for v in verdicts], bool)
    score, each = (figures.loc[name].to_numpy(float) for name in ("score", "connect_each"))
    order = np.lexsort((each, -np.nan_to_num(score), failing))
    return Comparison(
        sites=tuple(sites),
        names=tuple(v.name for v in verdicts),
        verdicts=tuple(verdicts),
        connections=tuple(connections),
        rules=_side_by_side(verdicts, sites, "state"),
        measures=_side_by_side(verdicts, sites, "measure"),
        reasons=_side_by_side(verdicts, sites, "reason"),
        criteria=criteria,
        figures=figures,
        best=tuple(sites[k] for k in order),
    )


def _side_by_side(verdicts: Sequence[SiteVerdict], sites: Sequence[str], column: str) -> pd.DataFrame:
    """One column of the rules, rule x site, in the order of the first site that has each rule."""
    columns = [v.rules.drop_duplicates("rule").set_index("rule")[column] for v in verdicts]
    names = list(dict.fromkeys(rule for one in columns for rule in one.index))
    table = pd.DataFrame({site: one.reindex(names) for site, one in zip(sites, columns, strict=True)})
    return table.rename_axis("rule")


def _criteria(verdicts: Sequence[SiteVerdict], suitability: Suitability) -> pd.DataFrame:
    """The mean grade of the cells of each site, closed ground included, criterion x site; NaN unknown."""
    found: dict[int, list[float]] = {}
    rasters = suitability.whole
    for k, verdict in enumerate(verdicts):
        cells = cells_within(verdict.polygon, suitability.terrain)
        found[k] = [
            float(np.nanmean(rasters[name][cells])) if name in rasters and len(cells[0]) else np.nan
            for name in CRITERIA
        ]
    return pd.DataFrame(found, index=pd.Index(CRITERIA, name="criterion"))


def _figures(
    verdicts: Sequence[SiteVerdict],
    connections: Sequence[Connection],
    criteria: pd.DataFrame,
    suitability: Suitability,
    weights: Mapping[str, float] | None,
    sites: Sequence[str],
) -> pd.DataFrame:
    shares = suitability.shares(weights)
    table: dict[str, dict[str, float]] = {}
    for site, verdict, connection in zip(sites, verdicts, connections, strict=True):
        low, likely, high = connection.yuan
        grades = criteria[site].reindex(list(shares)).to_numpy(float)
        table[site] = {
            "capacity": float(verdict.capacity[verdict.kind]),
            "usable_m2": verdict.usable_m2,
            "area_m2": verdict.area_m2,
            "slope_mean": verdict.slope_mean,
            **verdict.distances,
            "score": float(sum(share * grade for share, grade in zip(shares.values(), grades, strict=True))),
            "connect_low": low,
            "connect_yuan": likely,
            "connect_high": high,
            "connect_each": likely / connection.households,
        }
    return pd.DataFrame(table).rename_axis("figure")
