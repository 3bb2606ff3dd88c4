"""What does the assessment sheet of a site say? Verdict, map, works, danger and checks put into words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd

from geo.layers import LAYERS
from geo.messages import catalogue, say
from geo.plan import Plan
from geo.relocation.connect import Connection, connect_site
from geo.relocation.context import SiteContext
from geo.relocation.field_check import FieldCheck, field_check, open_rules
from geo.relocation.find import villages_of
from geo.relocation.rules import PASS
from geo.relocation.verdict import SiteVerdict
from geo.verdicts import sentences
from geo.works import KINDS
from geo.works_view import spec_words
from maps.site_map import Entry, draw_site, swatch
from service.exports.site_sheet import LegendRow, SiteSheet

SHOWN_ZONES = 4
WAN = 10_000.0


@dataclass(frozen=True)
class _Words:
    """Says things in one language."""

    lang: str

    def __call__(self, key: str, **values: object) -> str:
        return say(key, self.lang, **values)


def site_sheet(plan: Plan, verdict: SiteVerdict, *, lang: str) -> SiteSheet:
    """The sheet of a judged site (listed, found or drawn), connected for as many as are planned and fit."""
    judged = zip(
        (*plan.found.verdicts, *plan.sites), (*plan.found.connections, *plan.site_connections), strict=True
    )
    connection = next((c for v, c in judged if v is verdict), None)
    return make_sheet(
        plan.site_context, verdict, connection, lang=lang, made_at=plan.made_at, version=plan.version
    )


def make_sheet(
    context: SiteContext,
    verdict: SiteVerdict,
    connection: Connection | None = None,
    *,
    lang: str,
    made_at: datetime,
    version: str,
) -> SiteSheet:
    """The same without a plan; the connection is designed where it is not given."""
    words = _Words(lang)
    ground = verdict.polygon if verdict.usable.is_empty else verdict.usable
    connection = connection or connect_site(ground, context, households=verdict.settled)
    check = field_check(verdict, context, connection)
    drawn = draw_site(context.area, verdict, works=connection.works, lang=lang)
    _, (village,) = villages_of([verdict.polygon], context)
    date = context.area.data_date
    return SiteSheet(
        lang=lang,
        title=words("sheet.title"),
        head=(
            (words("sheet.site"), verdict.name or verdict.site or "—"),
            (words("sheet.village"), village or "—"),
            (words("sheet.kind_label"), words(f"sheet.kind.{verdict.kind}")),
        ),
        verdict=verdict.verdict,
        verdict_label=(words("sheet.verdict"), words(f"site.verdict.{verdict.verdict}")),
        map_label=words("sheet.map"),
        map_svg=drawn.svg,
        map_png=drawn.png,
        map_note=" · ".join(
            [
                words("sheet.bar", metres=drawn.bar_m),
                words("sheet.date", date=date) if date else words("sheet.no_date"),
            ]
        ),
        legend=tuple(_legend(entry, lang) for entry in drawn.legend),
        figures_label=words("sheet.figures"),
        figures=tuple(_figures(verdict, words)),
        reasons_label=words("sheet.reasons"),
        reasons=tuple(_reasons(verdict, words)),
        passed=_passed(verdict, words),
        works_label=words("sheet.connection", n=connection.households),
        works_head=(words("sheet.work"), words("sheet.quantity"), words("sheet.price")),
        works=tuple(_works(connection, words)),
        works_notes=tuple(_works_notes(connection, words)),
        residual_label=words("sheet.residual", metres=context.standard["site.assess_within_m"]),
        residual=tuple(_residual(check, words)),
        checks_label=words("sheet.checks"),
        checks=tuple(sentences(check.checks, lang)),
        plots_label=words("sheet.plots"),
        plots=tuple(_plots(check, words)),
        signatures=(words("sheet.sign"), words("sheet.review"), words("sheet.signed")),
        foot=tuple(_foot(verdict, context, made_at, version, words)),
        made_at=made_at,
    )


def _legend(entry: Entry, lang: str) -> LegendRow:
    paint = entry.paint
    colour = (
        paint.fill
        if entry.geometry != "line"
        else paint.casing
        if paint.stroke == "#ffffff"
        else paint.stroke
    )
    return LegendRow(
        entry.zh if lang == "zh" else entry.en, swatch(entry), colour or paint.stroke or "#707070"
    )


def _figures(verdict: SiteVerdict, words: _Words) -> Iterator[tuple[str, str]]:
    holds = verdict.capacity.get(verdict.kind, 0)
    yield words("sheet.area"), f"{verdict.area_m2:,.0f} m²"
    yield words("sheet.usable"), f"{verdict.usable_m2:,.0f} m²"
    yield (
        words("sheet.capacity"),
        words("sheet.households", n=holds)
        if np.isnan(verdict.planned)
        else words("sheet.planned", n=holds, planned=verdict.planned),
    )
    slopes = {"mean": 100 * verdict.slope_mean, "most": 100 * verdict.slope_max}
    known = bool(np.isfinite(verdict.slope_mean))
    yield words("sheet.slope"), words("sheet.slopes", **slopes) if known else words("sheet.unknown")
    for name, value in verdict.distances.items():
        yield words(f"sheet.{name}"), _distance(name, value, words)


def _distance(name: str, value: float, words: _Words) -> str:
    if np.isnan(value):
        return words("sheet.unknown")
    if not np.isfinite(value):
        return words("sheet.none")
    if name.endswith("_min"):
        return words("sheet.minutes", n=value)
    return words("sheet.gravity") if name == "lift_m" and value <= 0 else f"{value:,.0f} m"


def _reasons(verdict: SiteVerdict, words: _Words) -> Iterator[tuple[str, str, str]]:
    rows = open_rules(verdict)
    said = zip(rows["state"], sentences(rows, words.lang), strict=True)
    for state, text in dict.fromkeys(said):  # one missing layer leaves several rules open
        yield str(state), words(f"site.state.{state}"), text
    if not len(rows):
        yield PASS, words("site.state.pass"), words("sheet.all_pass")


def _passed(verdict: SiteVerdict, words: _Words) -> str:
    rules = verdict.rules.loc[verdict.rules["state"] == PASS, "rule"]
    joint = "、" if words.lang == "zh" else ", "
    named = joint.join(words(f"site.rule.{rule}") for rule in rules)
    return words("sheet.passed", n=len(rules), rules=named) if len(rules) else ""


def _works(connection: Connection, words: _Words) -> Iterator[tuple[str, str, str]]:
    for work, cost in zip(
        connection.works.to_dict(orient="records"), connection.costs.to_dict(orient="records"), strict=True
    ):
        kind = str(work["kind"])
        spec = f" {spec_words(work['spec'], words.lang)}" if isinstance(work["spec"], str) else ""
        unit = KINDS[kind] if KINDS[kind] != "1" else ""
        yield (
            f"{words(f'works.kind.{kind}')}{spec}",
            f"{work['quantity']:{',.1f' if unit == 'm' else ',.4g'}} {unit}",
            f"{cost['likely'] / WAN:,.2f}",
        )
    low, likely, high = (yuan / WAN for yuan in connection.yuan)
    span = f"{low:,.1f}–{high:,.1f}"
    yield (
        words("sheet.total"),
        words("sheet.each", yuan=likely * WAN / connection.households),
        f"{likely:,.1f}({span})" if words.lang == "zh" else f"{likely:,.1f} ({span})",
    )


def _works_notes(connection: Connection, words: _Words) -> Iterator[str]:
    for note in connection.notes:
        yield words(note)
    if bool(connection.costs["assumed"].any()):
        yield words("sheet.assumed")


def _residual(check: FieldCheck, words: _Words) -> Iterator[tuple[str, str]]:
    for row in check.residual.head(SHOWN_ZONES).to_dict(orient="records"):
        named = "" if pd.isna(row["name"]) else f" {row['name']}"
        point = words("sheet.point_only") if row["extent"] == "unknown" else ""
        yield (
            words(
                "sheet.zone_named",
                kind=_kind(str(row["kind"]), words.lang),
                zone=f"{row['zone']}{named}{point}",
            ),
            _away(row, words),
        )
    if not len(check.residual):
        yield words("sheet.no_residual"), ""


def _away(row: Mapping[str, Any], words: _Words) -> str:
    """How far a zone is; where a model says how far it reaches, no further distance is asked for."""
    if row["keep_m"] > 0:
        return words("sheet.away", metres=row["distance_m"], keep=row["keep_m"])
    return words("sheet.away_reach", metres=row["distance_m"], reach=row["reach_m"])


def _kind(kind: str, lang: str) -> str:
    for choice in LAYERS["hazards"].field("kind").choices:
        if choice.value == kind:
            return choice.zh if lang == "zh" else choice.en
    key = f"hazard.kind.{kind}"
    return say(key if key in catalogue() else "hazard.kind.unknown", lang)


def _plots(check: FieldCheck, words: _Words) -> Iterator[str]:
    for row in check.plots.to_dict(orient="records"):
        zone, size = words(f"sheet.zone.{row['zone']}"), words(f"sheet.size.{row['size']}")
        yield words("sheet.plot", zone=zone, size=size, m2=row["plot_m2"], n=row["households"])


def _foot(
    verdict: SiteVerdict, context: SiteContext, made_at: datetime, version: str, words: _Words
) -> Iterator[str]:
    if verdict.planar:
        yield words("sheet.planar")
    yield words("sheet.source")
    yield words(
        "sheet.made", date=f"{made_at:%Y-%m-%d}", version=version, standard=context.standard.title(words.lang)
    )
