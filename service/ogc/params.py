"""What may be asked, and is it asked well? Wrong or unknown parameters are refused with 400.

Requirements core/query-param-invalid and core/query-param-unknown.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np

from service.errors import RequestError
from service.ogc.model import Collection, Property, Query

FORMATS = ("json", "html")
COMMON = ("f", "lang")
ITEMS = ("bbox", "datetime", "limit", "offset", *COMMON)
MAX_OFFSET = 2**31 - 1
BOOLEANS = {"true": True, "false": False}
RFC3339 = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2}))?", re.IGNORECASE)
Box = tuple[float, float, float, float]


def only(asked: Sequence[tuple[str, str]], known: Sequence[str]) -> dict[str, str]:
    """The parameters by name; raises for one that is not known or comes twice."""
    found: dict[str, str] = {}
    for name, value in asked:
        if name not in known:
            raise RequestError("problem.unknown_parameter", where=name, known=", ".join(known))
        if name in found:
            raise RequestError("problem.repeated_parameter", where=name)
        found[name] = value
    return found


def query(asked: Mapping[str, str], collection: Collection, *, default: int, most: int) -> Query:
    """The query of `/items`."""
    limit = _whole("limit", asked["limit"], low=1) if "limit" in asked else default
    properties = {p.name: p for p in collection.properties}
    return Query(
        limit=min(limit, most),
        offset=_whole("offset", asked["offset"], low=0, high=MAX_OFFSET) if "offset" in asked else 0,
        boxes=_boxes(asked["bbox"]) if "bbox" in asked else (),
        days=_days(asked["datetime"]) if "datetime" in asked else None,
        equals={n: _value(properties[n], v) for n, v in asked.items() if n in properties and n not in ITEMS},
    )


def wrong(where: str, value: str, expected: str) -> RequestError:
    """The refusal of a value; what was sent is repeated at most in part."""
    return RequestError("problem.bad_parameter", where=where, value=value[:60], expected=expected)


def _whole(name: str, text: str, *, low: int, high: float = math.inf) -> int:
    if not re.fullmatch(r"[+-]?[0-9]{1,18}", text) or not low <= int(text) <= high:
        raise wrong(name, text, f"integer >= {low}")
    return int(text)


def _boxes(text: str) -> tuple[Box, ...]:
    """One box, or two where it crosses the antimeridian. Heights of a box of six do not matter here."""
    numbers = []
    for part in text.split(","):
        number = _float(part)
        if number is None:
            raise wrong("bbox", text, "minx,miny,maxx,maxy")
        numbers.append(number)
    if len(numbers) not in (4, 6):
        raise wrong("bbox", text, "4 or 6 numbers")
    half = len(numbers) // 2
    (west, south), (east, north) = numbers[:2], numbers[half : half + 2]
    in_order = south <= north and (half == 2 or numbers[2] <= numbers[5])
    if not in_order or max(abs(south), abs(north)) > 90 or max(abs(west), abs(east)) > 180:
        raise wrong("bbox", text, "-180..180,-90..90,-180..180,-90..90; south <= north")
    return (
        ((west, south, east, north),)
        if west <= east
        else ((west, south, 180.0, north), (-180.0, south, east, north))
    )


def _days(text: str) -> tuple[Any, Any]:
    """First and last day of an instant or interval (RFC 3339); NaT where it is open."""
    parts = text.split("/")
    if len(parts) > 2 or (len(parts) == 2 and all(p in ("", "..") for p in parts) and text not in ("../..",)):
        raise wrong("datetime", text, "2020-01-31, 2020-01-01/.., ../2020-12-31")
    days = [_day(part, text, may_be_open=len(parts) == 2) for part in parts]
    first, last = days[0], days[-1]
    if not (np.isnat(first) or np.isnat(last)) and first > last:
        raise wrong("datetime", text, "start <= end")
    return first, last


def _day(part: str, text: str, *, may_be_open: bool) -> np.datetime64:
    if part in ("", "..") and may_be_open:
        return np.datetime64("NaT", "D")
    if not RFC3339.fullmatch(part):
        raise wrong("datetime", text, "RFC 3339")
    try:
        return np.datetime64(date.fromisoformat(part[:10]), "D")
    except ValueError as error:
        raise wrong("datetime", text, "RFC 3339") from error


def _value(spec: Property, text: str) -> Any:
    if spec.values and text not in spec.values:
        raise wrong(spec.name, text, " | ".join(spec.values))
    if spec.kind == "boolean":
        if text.lower() not in BOOLEANS:
            raise wrong(spec.name, text, "true | false")
        return BOOLEANS[text.lower()]
    if spec.kind == "integer":
        return _whole(spec.name, text, low=-(10**18))
    if spec.kind == "number":
        number = _float(text)
        if number is None:
            raise wrong(spec.name, text, "number")
        return number
    return text


def _float(text: str) -> float | None:
    try:
        number = float(text) if re.fullmatch(r"[0-9eE.+-]{1,40}", text) else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) else None
