"""What are the properties of the collections of planned works?"""

from __future__ import annotations

from collections.abc import Mapping

from geo.crucial import LAYERS
from geo.messages import say
from geo.works import KINDS
from service.ogc.model import Kind, Property

NEEDS = ("road", "path", "water", "power", "yard")


def _named(
    name: str, kind: Kind, unit: str = "", *, column: str = "", values: tuple[str, ...] = ()
) -> Property:
    said = (say(f"works.col.{column or name}", lang) for lang in ("zh", "en"))
    return Property(name, kind, *said, unit, values)


_ID = Property("id", "string", "编号", "Id")
_TOLD = (
    Property("why_zh", "string", "原因", "Reason (Chinese)"),
    Property("why_en", "string", "原因(英文)", "Reason"),
)
_NEED = _named("need", "string", values=NEEDS)
WORK_RESULTS: Mapping[str, tuple[Property, ...]] = {
    "works": (
        _ID,
        _named("kind", "string", values=tuple(KINDS)),
        _NEED,
        _named("system", "string"),
        _named("village", "string"),
        _named("group", "string"),
        _named("spec", "string"),
        _named("quantity", "number"),
        _named("unit", "string"),
        *(_named(name, "number", "元") for name in ("low", "likely", "high")),
        _named("assumed", "boolean"),
        _named("run", "number", "元", column="run_likely"),
        *(_named(name, "integer") for name in ("households", "moving", "crucial", "year")),
        *(_named(name, "number") for name in ("people", "poor_people")),
        _named("after", "string"),
        Property("flag_zh", "string", "提示", "To be known (Chinese)"),
        Property("flag_en", "string", "提示(英文)", "To be known"),
    ),
    "unserved": (_ID, _named("household", "string"), _named("village", "string"), _NEED, *_TOLD),
    "systems": (
        _ID,
        _NEED,
        _named("source", "string"),
        _named("households", "integer"),
        _named("verified", "string"),
        _named("passed", "boolean"),
        _named("worst", "number"),
        _named("bound", "string"),
        _named("limit", "number"),
        _named("worst_at", "string"),
        _named("gap", "number"),
    ),
    "measure_first": (
        _ID,
        Property("layer", "string", "图层", "Layer", values=("springs", "rivers")),
        _named("m3d", "number", "m³/d"),
        _named("households", "integer"),
        _named("people", "number"),
        _named("systems", "integer"),
        _named("passed", "boolean"),
        *(_named(name, "number", "元") for name in ("low", "likely", "high")),
    ),
    "crucial": (
        _ID,
        Property("layer", "string", "图层", "Layer", values=LAYERS),
        Property("feature", "string", "要素编号", "Id of the feature"),
        Property("name", "string", "名称", "Name"),
        *(
            Property(name, "integer", say(f"ogc.{name}", "zh"), say(f"ogc.{name}", "en"), "户")
            for name in ("served", "lose")
        ),
        _named("people", "number"),
        _named("poor_people", "number"),
        *_TOLD,
    ),
}
"""Collection -> its properties."""
