"""What are the properties of the collections of danger, moving and new homes?"""

from __future__ import annotations

from collections.abc import Mapping

from geo.messages import say
from service.ogc.model import Kind, Property

DAMAGE = ("0", "I", "II", "III", "IV", "unknown")
DECISIONS = ("scattered", "whole", "stay", "moved", "listed", "unknown")
_TOLD = (
    Property("why_zh", "string", "原因", "Reason (Chinese)"),
    Property("why_en", "string", "原因(英文)", "Reason"),
)


def _p(name: str, kind: Kind = "string", unit: str = "", values: tuple[str, ...] = ()) -> Property:
    return Property(name, kind, *(say(f"relocation.col.{name}", lang) for lang in ("zh", "en")), unit, values)


_ID = Property("id", "string", "编号", "Id")
_HEAD = Property("name", "string", "户主", "Head of household")
_WHO = (_p("household"), _HEAD, _p("village"), _p("group"), _p("people", "integer", "人"))
_ZONE = (
    _ID,
    _p("name"),
    _p("kind"),
    _p("level"),
    _p("state", values=("", "active", "residual", "settled", "shallow", "planned")),
    _p("threat_hh", "integer", "户"),
    _p("threat_p", "integer", "人"),
    _p("liable"),
    Property("source", "string", "资料来源", "Source"),
)

RELOCATION_RESULTS: Mapping[str, tuple[Property, ...]] = {
    "zones": _ZONE,
    "zone_reach": _ZONE,
    "subsidence": (_ID, Property("kind", "string", "类型", "Kind"), _p("field"), _p("value", "number")),
    "must_move": (
        _ID,
        *_WHO[1:],
        _p("decision", values=DECISIONS),
        _p("urgency", "integer"),
        _p("relation"),
        _p("kind"),
        _p("level"),
        _p("damage", values=DAMAGE),
        _p("damage_cautious", values=DAMAGE),
        _p("listed"),
        _p("wish"),
        _p("compared"),
        _p("liable"),
        _p("placed", values=("site", "left", "none")),
        _p("site"),
        Property("reason", "string", "原因代码", "Reason code"),
        *_TOLD,
    ),
    "must_move_groups": (
        _ID,
        _p("name"),
        _p("village"),
        _p("households", "integer", "户"),
        _p("people", "integer", "人"),
        _p("poor_share", "number"),
        _p("exposed_share", "number"),
        _p("whole", "boolean"),
        *_TOLD,
    ),
    "rebuilt": (
        _ID,
        *_WHO,
        _p("case"),
        _p("building"),
        _p("zone"),
        _p("kind"),
        _p("relation"),
        _p("moved_to"),
        *_TOLD,
    ),
    "found_sites": (
        _ID,
        *(_p(name) for name in ("name", "source", "village", "kind", "verdict")),
        *(_p(name, "integer") for name in ("rank", "rank_low", "rank_high", "capacity")),
        *(
            _p(name, "number")
            for name in (
                "score",
                "usable_m2",
                "area_m2",
                "slope_mean",
                "road_m",
                "water_m",
                "lift_m",
                "line_m",
                "school_min",
                "clinic_min",
                "connect_road_m",
                "connect_pipe_m",
                "connect_line_m",
            )
        ),
        *(_p(name, "number", "元") for name in ("connect_low", "connect_yuan", "connect_high")),
        _p("rule", values=("opened", "spare")),
    ),
    "assignment": (
        _ID,
        _p("household"),
        _p("village"),
        _p("group"),
        _p("site"),
        _p("decision", values=DECISIONS),
        _p("urgency", "integer"),
        _p("metres", "number", "m"),
        _p("own_village", "boolean"),
        *_TOLD,
    ),
    "follow_up": (_ID, _p("household"), _p("measure"), _p("due", "date"), _p("state"), _p("note")),
    "threats": (
        _ID,
        *(_p(name) for name in ("name", "kind", "level", "class")),
        *(
            _p(name, "integer")
            for name in ("threat_households", "threat_people", "declared_households", "declared_people")
        ),
    ),
}
"""Collection -> its properties."""
