"""Turn what was typed or sent into plain values by a form's schema: numbers as Decimal, integers, booleans, dates as ISO text.

Only declared fields pass, at most 8 deep, text at most 100,000 characters, nothing a database or the engine would choke on.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

Answers = dict[str, Any]
Schema = Mapping[str, Any]

MOST_DEPTH, MOST_TEXT, MOST_VALUES = 8, 100_000, 20_000
#: Decimal places of any number; 万元 to six places is one fen.
MOST_DECIMALS = 6
_LARGEST = Decimal(10) ** 15
_NUMBER = re.compile(r"-?(?:[0-9]{1,15}|[0-9]{1,3}(?:,[0-9]{3}){1,4})(?:\.[0-9]{1,30})?")
_EXPONENT = re.compile(r"-?[0-9.]+[eE][+-]?[0-9]+")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_YES = {"true": True, "on": True, "是": True, "false": False, "off": False, "否": False}


class Unfit(Exception):
    """A value does not fit its field; `str()` continues the sentence 「字段」…"""


def poison(given: object) -> str | None:
    """Why the whole answer is refused before anybody looks at its fields, or None: depth, amount, names that are not ours to use."""
    waiting: list[tuple[object, int]] = [(given, 0)]
    count = 0
    while waiting:
        value, depth = waiting.pop()
        count += 1
        if depth > MOST_DEPTH or count > MOST_VALUES:
            return "提交的内容层次过深或过多"
        if isinstance(value, Mapping):
            for name in value:
                if not isinstance(name, str) or name == "typename" or name.startswith("_") or len(name) > 100 or _CONTROL.search(name):
                    return "提交的内容里有表单没有的字段名"
            waiting += [(one, depth + 1) for one in value.values()]
        elif isinstance(value, list | tuple):
            waiting += [(one, depth + 1) for one in value]
    return None


def convert(prop: Schema, value: object, path: str, errors: dict[str, str]) -> Any:
    """`value` as the type that `prop` asks for, or None when blank or wrong; a wrong one is noted under its dotted path."""
    kind = prop.get("type")
    try:
        if value is None or (isinstance(value, str) and not value.strip()):
            return None
        if kind == "object":
            return rows(prop, value, path, errors)
        if kind == "array":
            return _array(prop, value, path, errors)
        return _SCALARS[str(kind)](prop, value)
    except Unfit as wrong:
        errors[path] = str(wrong)
        return None


def rows(schema: Schema, value: object, path: str, errors: dict[str, str]) -> Answers:
    """An object by its schema: declared fields only, in the order declared, blanks left out."""
    if not isinstance(value, Mapping):
        raise Unfit("的内容格式不对，请刷新页面后重填")
    properties: Mapping[str, Schema] = schema.get("properties", {})
    prefix = f"{path}." if path else ""
    for name in value.keys() - properties.keys():
        errors[prefix + name] = "不是这张表单的内容，请刷新页面后重填"
    made: Answers = {}
    for name, prop in properties.items():
        if name in value and (one := convert(prop, value[name], prefix + name, errors)) is not None:
            made[name] = one
    return made


def _array(prop: Schema, value: object, path: str, errors: dict[str, str]) -> list[Any]:
    items: Schema = prop.get("items", {})
    if isinstance(value, str) and items.get("type") == "string":
        value = [value]  # one ticked box of several arrives as a text
    if not isinstance(value, list | tuple):
        raise Unfit("应当逐行填写")
    made = [convert(items, one, f"{path}.{number}", errors) for number, one in enumerate(value)]
    return [one for one in made if one is not None] if items.get("type") != "object" else made


def _text(prop: Schema, value: object) -> str:
    if isinstance(value, date) and not isinstance(value, datetime):
        value = value.isoformat()
    if not isinstance(value, str):
        raise Unfit(f"请填写文字，不能是“{_shown(value)}”")
    text = value.replace("\r\n", "\n").strip()
    if len(text) > MOST_TEXT:
        raise Unfit(f"最多 {MOST_TEXT} 个字，现有 {len(text)} 个字")
    if _CONTROL.search(text):
        raise Unfit("含有不可见的控制字符，请删去后重填")
    return _date(text) if prop.get("format") == "date" else text


def _date(text: str) -> str:
    try:
        day = date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None:
        raise Unfit(f"请填写存在的日期，例如 2026-03-01，不能写“{_shown(text)}”")
    if not 1900 <= day.year <= 2200:
        raise Unfit("的年份应在 1900 至 2200 之间")
    return text


def _number(prop: Schema, value: object) -> Decimal:
    number = _decimal(value)
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int):
        raise Unfit(f"请填写数字，不能写“{_shown(value)}”")
    if exponent > 0:
        raise Unfit(f"不能用科学计数法，请直接写出数字，不能写“{_shown(value)}”")
    if abs(number) >= _LARGEST:
        raise Unfit("的数字过大")
    rounded = round(number, MOST_DECIMALS) if -exponent > MOST_DECIMALS else number
    if rounded != number:
        raise Unfit(f"最多保留 {MOST_DECIMALS} 位小数")
    return rounded if rounded else abs(rounded)


def _decimal(value: object) -> Decimal:
    if isinstance(value, bool):
        raise Unfit("请填写数字")
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int):
        if abs(value) >= _LARGEST:
            raise Unfit("的数字过大")
        return Decimal(value)
    if isinstance(value, float):
        value = repr(value) if math.isfinite(value) else str(value)
    if not isinstance(value, str):
        raise Unfit("请填写数字")
    text = unicodedata.normalize("NFKC", value[:200]).strip()
    if _EXPONENT.fullmatch(text):
        raise Unfit(f"不能用科学计数法，请直接写出数字，不能写“{_shown(value)}”")
    if len(value) > 200 or not _NUMBER.fullmatch(text):
        raise Unfit(f"请填写数字，不能写“{_shown(value)}”")
    return Decimal(text.replace(",", ""))


def _integer(prop: Schema, value: object) -> int:
    number = _number(prop, value)
    if number != number.to_integral_value():
        raise Unfit(f"请填写整数，不能写“{_shown(value)}”")
    return int(number)


def _boolean(prop: Schema, value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip() in _YES:
        return _YES[value.strip()]
    raise Unfit("请选择是或否")


def _shown(value: object) -> str:
    text = _CONTROL.sub("�", str(value)[:60])
    return text[:20] + ("…" if len(text) > 20 else "")


_SCALARS: Mapping[str, Callable[[Schema, object], Any]] = {
    "string": _text,
    "number": _number,
    "integer": _integer,
    "boolean": _boolean,
}
