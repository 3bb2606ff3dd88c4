"""What does a written answer mean? Text, numbers with units, yes and no, dates, choices.

Every converter takes the column as it was read and returns the typed column and
a mask of the answers it could not understand; those become unknown, never a guess.
Work is done once per distinct value.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geo.layers import Field

Bad = npt.NDArray[np.bool_]
NOTHING = frozenset(
    [
        "",
        "-",
        "--",
        "—",
        "/",
        "\\",
        "null",
        "<null>",
        "none",
        "nan",
        "nat",
        "n/a",
        "na",
        "#n/a",
        "空",
        "未填",
        "?",
    ]
)
UNKNOWN = frozenset(["未知", "不详", "不明", "不清楚", "未调查", "unknown", "待核实", "说不清"])
YES = frozenset([
    "是", "有", "√", "✓", "✔", "1", "1.0", "y", "yes", "true", "t", "对", "已", "通", "已通", "好", "正常",
    "达标", "硬化", "已硬化", "完好", "使用", "在用", "可用", "能", "愿意", "参加", "已参加", "安全",
    "有信号",
])  # fmt: skip
NO = frozenset([
    "否", "无", "×", "x", "✗", "✘", "0", "0.0", "n", "no", "false", "f", "错", "未", "未通", "不通", "没有",
    "没", "不是", "不达标", "未硬化", "损坏", "停用", "不正常", "异常", "不能", "不愿意", "未参加", "不安全",
    "无信号",
])  # fmt: skip
UNITS: Mapping[str, Mapping[str, float]] = {
    "m": {
        "m": 1,
        "米": 1,
        "meter": 1,
        "metre": 1,
        "km": 1000,
        "公里": 1000,
        "千米": 1000,
        "cm": 0.01,
        "厘米": 0.01,
    },
    "mm": {"mm": 1, "毫米": 1, "cm": 10, "厘米": 10, "m": 1000, "dn": 1, "de": 1},
    "m²": {"m²": 1, "平方米": 1, "平方": 1, "平米": 1, "亩": 10000 / 15, "公顷": 10000, "ha": 10000},
    "m³": {
        "m³": 1,
        "立方米": 1,
        "立方": 1,
        "方": 1,
        "吨": 1,
        "t": 1,
        "l": 0.001,
        "升": 0.001,
        "万m³": 10000,
        "万方": 10000,
        "万立方米": 10000,
    },
    "m³/d": {
        f"{volume}/{time}": cubic_metres * days
        for volume, cubic_metres in {
            "m³": 1,
            "立方米": 1,
            "方": 1,
            "吨": 1,
            "t": 1,
            "l": 0.001,
            "升": 0.001,
        }.items()
        for time, days in {
            "d": 1,
            "天": 1,
            "日": 1,
            "h": 24,
            "时": 24,
            "小时": 24,
            "min": 1440,
            "分": 1440,
            "分钟": 1440,
            "s": 86400,
            "秒": 86400,
        }.items()
    },
    "kV": {"kv": 1, "千伏": 1, "v": 0.001, "伏": 0.001},
    "kVA": {"kva": 1, "千伏安": 1, "mva": 1000},
    "mm²": {"mm²": 1, "平方毫米": 1, "平方": 1},
    "万元": {"万元": 1, "万": 1, "千元": 0.1, "元": 0.0001},
    "元/人·年": {
        f"{money}{over}": yuan
        for money, yuan in {"元": 1, "万元": 10000, "万": 10000}.items()
        for over in ("", "/人", "/年", "/人·年", "/人年", "/人/年")
    },
    "人": {"人": 1, "口": 1, "名": 1, "个": 1},
    "户": {"户": 1, "家": 1},
    "层": {"层": 1, "楼": 1},
    "年": {"年": 1},
    "°": {"°": 1, "度": 1},
}
SURVEY_MARK = re.compile(r"(?<=^\d{4})[ak]$")  # 0307K: a land class of the third survey with its remark
MAX_NUMBER = 1e300
NUMBER = re.compile(r"^(?:约|大约|~|≈|dn|de|φ|ф)?([-+]?\d*\.?\d+(?:e[-+]?\d+)?)\s*(.*)$")
DATES = (
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y年%m月%d日", "%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y-%m", "%Y/%m", "%Y.%m", "%Y%m", "%Y年%m月",
    "%Y年", "%Y",
)  # fmt: skip


def plain(value: object) -> str:
    """A value as compared text: full-width to half-width, no outer blanks, lower case."""
    return unicodedata.normalize("NFKC", str(value)).strip().casefold()


def word(value: object) -> str:
    """A value as a word to look up: `plain`, and a whole number without ".0"."""
    return plain(int(value) if isinstance(value, float) and value.is_integer() else value)


def texts(column: pd.Series) -> pd.Series:
    """Any column as text; whole numbers without ".0"; empty words missing."""
    if pd.api.types.is_float_dtype(column.dtype):
        whole = column.notna() & (column == np.floor(column)) & (column.abs() < 2**63)
        out = column.astype("str").astype(object)
        out[whole] = column[whole].astype("int64").astype("str")
        return out.where(column.notna(), np.nan).astype("str")
    return _each(column, _text, "str")[0]


def _text(value: object) -> object:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = str(value).strip().strip("\u3000\u00a0\0").strip()
    return np.nan if text.lower() in NOTHING else text


def factor(unit: str, field: Field) -> float | None:
    """How much of the unit of `field` one `unit` is: 86.4 for L/s where m³/d are asked; None if unknown."""
    units = {plain(k): v for k, v in UNITS.get(field.unit, {}).items()}
    return units.get(plain(unit))


def is_unit(word: str) -> bool:
    """Whether a word is, or begins with, any unit that is known: L/s and 元/月, but not 1985黄海."""
    known = {plain(unit) for units in UNITS.values() for unit in units}
    return plain(word) in known or ("/" in word and plain(word).split("/")[0] in known)


def convert(column: pd.Series, field: Field, *, times: float = 1.0) -> tuple[pd.Series, Bad]:
    """`column` in the type of `field`, and which answers could not be understood. `times`: of the unit of
    `field`, what a number is that names no unit of its own."""
    if field.kind in ("id", "ref", "text"):
        return texts(column), np.zeros(len(column), bool)
    if field.kind == "yesno":
        return _yes_no(column)
    if field.kind == "choice":
        return _choices(column, field)
    if field.kind == "date":
        return _dates(column)
    numbers, bad = _numbers(column, field, times)
    if field.kind == "integer":
        broken = numbers.notna() & (numbers != np.round(numbers))
        return numbers.mask(broken | (numbers.abs() > 2**53)).astype("Int64"), bad | broken.to_numpy()
    return numbers, bad


def out_of_range(column: pd.Series, field: Field) -> Bad:
    """Which numbers lie below `field.low` or above `field.high`."""
    numbers = column.astype("float64")
    low = -np.inf if field.low is None else field.low
    high = np.inf if field.high is None else field.high
    return ((numbers < low) | (numbers > high)).to_numpy(bool)


_BAD = object()


def _each(column: pd.Series, read: Callable[[Any], object], dtype: str) -> tuple[pd.Series, Bad]:
    """Convert each distinct value once. `read` returns `_BAD` for what it does not understand."""
    codes, distinct = pd.factorize(column)
    answers = [read(v) for v in distinct.tolist()]
    wrong = np.array([a is _BAD for a in answers] + [False])
    missing = np.nan if dtype in ("str", "float64") else None
    typed = pd.Series([missing if a is _BAD or a is None else a for a in answers] + [missing], dtype=dtype)
    return typed.take(codes).reset_index(drop=True), wrong[codes]


def _yes_no(column: pd.Series) -> tuple[pd.Series, Bad]:
    def read(value: object) -> object:
        said = word(value)
        if said in NOTHING or said in UNKNOWN:
            return None
        return True if said in YES else False if said in NO else _BAD

    return _each(column, read, "boolean")


def _choices(column: pd.Series, field: Field) -> tuple[pd.Series, Bad]:
    meanings: dict[str, str] = {}
    for choice in field.choices:
        for name in (choice.value, choice.zh, choice.en, *choice.aliases):
            meanings.setdefault(plain(name), choice.value)
    for choice in field.choices:
        meanings[plain(choice.value)] = choice.value

    def read(value: object) -> object:
        said = word(value)
        said = SURVEY_MARK.sub("", said) if said not in meanings else said
        if said in meanings:  # first, for "none" is a value of some fields
            return meanings[said]
        return None if said in NOTHING or said in UNKNOWN else _BAD

    return _each(column, read, "str")


def _numbers(column: pd.Series, field: Field, times: float) -> tuple[pd.Series, Bad]:
    if pd.api.types.is_bool_dtype(column.dtype):
        column = column.astype("object")
    elif pd.api.types.is_numeric_dtype(column.dtype):
        numbers = column.astype("float64") * times
        infinite = np.isinf(numbers.to_numpy())
        return numbers.mask(infinite), infinite
    units = {"": times} | {plain(k): v for k, v in UNITS.get(field.unit, {}).items()}
    return _each(column, lambda value: _number(value, units), "float64")


def _number(value: object, units: Mapping[str, float]) -> object:
    if isinstance(value, bool):
        return _BAD
    if isinstance(value, int | float):
        return float(value) * units[""] if -MAX_NUMBER < value < MAX_NUMBER else _BAD
    said = plain(value)
    if said in NOTHING or said in UNKNOWN:
        return None
    parts = [p for p in re.split(r"[;；]", said) if p.strip()]
    found = [_one_number(p.strip(), units) for p in parts]
    if not found or any(f is None for f in found):
        return _BAD
    return max(f for f in found if f is not None)  # "150000;110000": several circuits, the largest counts


def _one_number(said: str, units: Mapping[str, float]) -> float | None:
    said = re.sub(r"(?<=\d)[,，](?=\d{3}(?:\D|$))", "", said)
    match = NUMBER.match(said)
    if match is None:
        return None
    unit = match[2].strip().strip("()")
    if unit not in units:
        return None
    number = float(match[1]) * units[unit]
    return None if abs(number) >= MAX_NUMBER else number


def _dates(column: pd.Series) -> tuple[pd.Series, Bad]:
    if pd.api.types.is_datetime64_any_dtype(column.dtype):
        naive = column.dt.tz_localize(None) if getattr(column.dt, "tz", None) is not None else column
        return naive.astype("datetime64[s]"), np.zeros(len(column), bool)
    return _each(column, _date, "datetime64[s]")


def _date(value: object) -> object:
    if isinstance(value, datetime):
        return pd.Timestamp(value).tz_localize(None)
    if hasattr(value, "isoformat"):
        value = value.isoformat()
    said = plain(value)
    said = said[:-2] if re.fullmatch(r"\d+\.0", said) else said
    if said in NOTHING or said in UNKNOWN or said in ("0", "00000000"):
        return None
    if re.fullmatch(r"\d{5}(\.\d+)?", said):  # a spreadsheet's day number: days since 1899-12-30
        return pd.Timestamp("1899-12-30") + pd.Timedelta(days=int(float(said)))
    for pattern in DATES:
        try:
            read = datetime.strptime(said[:19], pattern)
        except ValueError:
            continue
        return pd.Timestamp(read) if 1900 <= read.year <= 2100 else _BAD
    return _BAD
