"""Which collections are there, and what are their properties? Input layers and results, as data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from geo.layers import LAYERS, Field, Layer
from geo.layers import Kind as FieldKind
from geo.messages import say
from geo.verdicts import NEEDS, STATES
from service.ogc.model import Collection, Kind, Property
from service.ogc.relocation_properties import RELOCATION_RESULTS
from service.ogc.work_properties import WORK_RESULTS

KINDS: Mapping[FieldKind, Kind] = {
    "id": "string",
    "ref": "string",
    "text": "string",
    "choice": "string",
    "number": "number",
    "integer": "integer",
    "yesno": "boolean",
    "date": "date",
}
RELATIONS = ("inside", "buffer", "clear", "unknown")
BASES = ("survey", "computed", "none")

ID = Property("id", "string", "编号", "Id")
NAME = Property("name", "string", "名称", "Name")
HEAD = Property("name", "string", "户主", "Head of household")
GROUP = Property("group", "string", "村民组", "Group")
VILLAGE = Property("village", "string", "行政村", "Village")
POOR = Property("poor", "boolean", "建档立卡", "Registered poor")
PEOPLE = Property("people", "integer", "人口", "People", "人")
HOUSEHOLD = Property("household", "string", "农户", "Household")
MEASURED = (
    Property("measure", "number", "测得值", "Measured"),
    Property("threshold", "number", "标准值", "Threshold"),
    Property("nearest", "string", "最近设施编号", "Id of the nearest serving feature"),
    Property("at", "string", "最近设施图层", "Its layer"),
)
TOLD = (
    Property("why_zh", "string", "原因", "Reason (Chinese)"),
    Property("why_en", "string", "原因(英文)", "Reason"),
)
DECIDED = (
    Property("state", "string", "状态", "State", values=STATES),
    Property("reason", "string", "原因代码", "Reason code"),
    *MEASURED,
    Property("basis", "string", "依据", "Basis", values=BASES),
    Property("survey", "string", "调查", "By the survey", values=STATES),
    Property("computed", "string", "测算", "By the map", values=STATES),
    *TOLD,
)
COUNTED = ("met", "unmet", "unknown", "unmet_people", "unmet_poor")


def inputs(layers: Iterable[str], *, open_names: bool) -> dict[str, Collection]:
    """One collection for each input layer that was given.

    Only declared fields are published: what else a file holds was never looked at.
    """
    given = set(layers)
    return {n: _input(LAYERS[n], open_names=open_names) for n in LAYERS if n in given}


def _input(layer: Layer, *, open_names: bool) -> Collection:
    fields = [f for f in layer.fields if open_names or not f.personal or f.name == "name"]
    return Collection(
        id=layer.name,
        zh=layer.zh,
        en=layer.en,
        about_zh=f"输入图层：{layer.allows_zh}",
        about_en=f"input layer: {layer.allows_en}",
        properties=tuple(_property(f) for f in fields),
        date="surveyed" if any(f.name == "surveyed" for f in fields) else "",
    )


def _property(field: Field) -> Property:
    values = tuple(c.value for c in field.choices)
    return Property(field.name, KINDS[field.kind], field.zh, field.en, field.unit, values)


def results() -> dict[str, Collection]:
    """The collections of the plan."""
    found = (
        _result("gaps", (ID, HEAD, GROUP, VILLAGE, POOR, PEOPLE, *_states())),
        _result(
            "gaps_groups",
            (
                ID,
                NAME,
                VILLAGE,
                Property("size", "integer", "户数", "Households", "户"),
                Property("owed", "boolean", "应通", "Owed by the programme"),
                *DECIDED,
            ),
        ),
        _result("gaps_villages", (ID, NAME, Property("poor", "boolean", "贫困村", "Poor village"), *_sums())),
        _result("exposure", (ID, GROUP, VILLAGE, PEOPLE, *_exposed(), *MEASURED, *TOLD)),
        _result(
            "discrepancies",
            (
                ID,
                HOUSEHOLD,
                GROUP,
                VILLAGE,
                Property("need", "string", "需求", "Need", values=NEEDS),
                *(p for p in DECIDED if p.name not in ("state", "reason", "basis")),
            ),
        ),
        _result("site_verdicts", (ID, NAME, *_judged())),
        *(_result(name, properties) for name, properties in WORK_RESULTS.items()),
        *(_result(name, properties) for name, properties in RELOCATION_RESULTS.items()),
    )
    return {c.id: c for c in found}


def _result(name: str, properties: tuple[Property, ...]) -> Collection:
    said = {lang: (say(f"ogc.{name}", lang), say(f"ogc.{name}_about", lang)) for lang in ("zh", "en")}
    (zh, about_zh), (en, about_en) = said["zh"], said["en"]
    return Collection(name, zh, en, about_zh, about_en, properties, result=True)


def _states() -> list[Property]:
    found = [Property("gaps", "integer", "缺口数", "Number of gaps", "项")]
    for need in NEEDS:
        zh, en = say(f"need.{need}", "zh"), say(f"need.{need}", "en")
        found.append(Property(f"{need}", "string", zh, en, values=STATES))
        found.append(Property(f"{need}_why", "string", f"{zh}·原因代码", f"{en}: reason code"))
    return found


def _sums() -> list[Property]:
    found = [
        Property("households", "integer", "户数", "Households", "户"),
        PEOPLE,
        Property("poor_households", "integer", "建档立卡户", "Poor households", "户"),
    ]
    for need in NEEDS:
        for what in COUNTED:
            zh, en = (f"{say(f'need.{need}', x)}·{say(f'measure.{what}', x)}" for x in ("zh", "en"))
            found.append(Property(f"{need}_{what}", "integer", zh, en))
    return found


def _exposed() -> list[Property]:
    return [
        Property("relation", "string", "地灾关系", "Exposure", values=RELATIONS),
        Property("kind", "string", "灾种", "Kind of hazard"),
        Property("level", "string", "规模", "Size"),
        Property("extent", "string", "范围依据", "Extent of the zone"),
        Property("zones", "integer", "隐患区数", "Number of zones", "处"),
    ]


def _judged() -> list[Property]:
    return [
        Property("verdict", "string", "结论", "Verdict"),
        Property("capacity", "integer", "可安置户数", "Households it can hold", "户"),
        Property("area_m2", "number", "面积", "Area", "m²"),
        Property("usable_m2", "number", "可用面积", "Usable area", "m²"),
        Property("slope_mean", "number", "平均坡度", "Mean slope", "m/m"),
        Property("slope_max", "number", "最大坡度", "Maximum slope", "m/m"),
        *TOLD,
    ]
