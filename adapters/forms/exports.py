"""Forms as rows of the tables people know (导出): `x-export` of a form names the sheet and its columns in order.

A column is a text with fields in braces: `{estimate}` alone keeps its number or date, several make a text. `{@unit}` and the like
(`SPECIAL`) come from the register. What a form keeps private cannot be a column.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from adapters.forms.values import Schema

Columns = Mapping[str, str]
SPECIAL = {"@line": "序号", "@project": "项目名称", "@number": "项目编号", "@unit": "建设单位", "@day": "填报日期"}
_FIELD = re.compile(r"\{([^{}]*)\}")


def columns(schema: Schema) -> tuple[str, Columns] | None:
    """The sheet and its columns, or None when the form has no table of its own."""
    mark = schema.get("x-export")
    return (mark["sheet"], mark["columns"]) if mark else None


def filled(column: str, schema: Schema, answers: Mapping[str, Any], special: Mapping[str, Any]) -> str | int | Decimal | date | None:
    """A cell of the column: a single field with its own type, several as text."""
    properties = schema.get("properties", {})

    def value(name: str) -> str | int | Decimal | date | None:
        return special.get(name) if name in SPECIAL else plain(properties.get(name, {}), answers.get(name))

    if alone := _FIELD.fullmatch(column):
        return value(alone.group(1))
    return _FIELD.sub(lambda found: str(told) if (told := value(found.group(1))) is not None else "", column).strip()


def plain(field: Schema, value: Any) -> str | int | Decimal | date | None:
    """A stored answer as a cell: numbers and dates as such, yes and no in words, lists joined."""
    if value is None or value == "" or value == []:
        return None
    if isinstance(value, bool):
        return "是" if value else "否"
    if field.get("type") in ("number", "integer") and isinstance(value, str | int | float | Decimal):
        return Decimal(str(value))
    if field.get("format") == "date" and isinstance(value, str):
        return date.fromisoformat(value)
    if isinstance(value, Mapping):
        return "，".join(str(plain({}, one) or "") for one in value.values())
    if isinstance(value, list):
        return "；".join(str(plain({}, one) or "") for one in value)
    return value if isinstance(value, int | date) else str(value)


def check(schema: Schema) -> Iterator[str]:
    """Chinese words about what stands against the form's table."""
    mark = schema.get("x-export")
    if mark is None:
        return
    sound = isinstance(mark, Mapping) and set(mark) == {"sheet", "columns"} and isinstance(mark["sheet"], str) and mark["sheet"]
    if not sound or not isinstance(mark["columns"], Mapping) or not mark["columns"]:
        yield "x-export 应当写明 sheet（工作表名称）和 columns（列名 → 内容）"
        return
    properties = schema.get("properties", {})
    for title, column in mark["columns"].items():
        if not isinstance(column, str):
            yield f"x-export 的“{title}”列应当是文字，如 {{字段}}"
            continue
        for name in _FIELD.findall(column):
            if name not in properties and name not in SPECIAL:
                yield f"x-export 的“{title}”列提到没有声明的字段“{name}”，可用表单字段和 {'、'.join(SPECIAL)}"
            elif schema.get("x-private") or properties.get(name, {}).get("x-private"):
                yield f"x-export 的“{title}”列用了不公开的字段“{name}”"
