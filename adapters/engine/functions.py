"""The built-in functions of expressions and the arithmetic under them. Pure, bounded, over plain values only."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal, DivisionByZero, InvalidOperation
from typing import Any

from adapters.engine.grammar import MAX_INTEGER, MAX_TEXT
from domain.deadlines import Basis, DueOn
from domain.errors import ExpressionFailed

CONTEXT = Context(prec=34)


class Budget(Exception):
    """An evaluation costs more than it may."""


class OnDay(date):
    """A date that means its own first moment: a timer on it fires at 00:00 of that day, not after it."""

    basis: Basis | None

    @classmethod
    def of(cls, day: date) -> OnDay:
        """`day` as a moment, keeping why it is this day."""
        self = cls(day.year, day.month, day.day)
        self.basis = day.basis if isinstance(day, DueOn | OnDay) else None
        return self


def shown(value: Any) -> str:
    """A value as a message names it."""
    if value is None:
        return "尚无内容的值"
    if isinstance(value, bool):
        return "“是”" if value else "“否”"
    if isinstance(value, Decimal):
        return f"“{value:f}”"
    if isinstance(value, list):
        return f"{len(value)} 项的列表"
    if isinstance(value, dict):
        return "一组字段"
    text = value.isoformat() if isinstance(value, date) else str(value)
    return f"“{text[:40]}”"


def reason(error: Exception) -> str:
    """What went wrong, in Chinese."""
    match error:
        case ZeroDivisionError() | DivisionByZero():
            return "除数为 0"
        case InvalidOperation():
            return "不是数字或数字太大"
        case IndexError():
            return "列表没有这一项"
        case OverflowError():
            return "数字或日期超出范围"
        case RecursionError() | MemoryError():
            return "嵌套太深"
        case TypeError():
            return "函数的参数个数或类型不对"
        case _:
            return "参数不对"


def number(value: int | Decimal) -> int | Decimal:
    """The figure itself; too large ones are refused."""
    if isinstance(value, Decimal):
        if not value.is_finite() or value.adjusted() > 40:
            raise Budget("数字太大")
    elif abs(value) > MAX_INTEGER:
        raise Budget("数字太大")
    return value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def equal(left: Any, right: Any) -> bool:
    """Equality of plain values; yes and no are not figures."""
    if isinstance(left, bool) != isinstance(right, bool):
        return False
    return bool(left == right)


def less(left: Any, right: Any) -> bool:
    """Order of two figures, two dates or two texts; anything else is the author's mistake."""
    same = (_is_number(left) and _is_number(right)) or any(isinstance(left, kind) and isinstance(right, kind) for kind in (date, str))
    if not same:
        raise ExpressionFailed(f"{shown(left)}与{shown(right)}不能比较大小")
    return bool(left < right)


def arithmetic(op: type[ast.operator], left: Any, right: Any) -> Any:
    """`+ - * / // %` of figures; a date and a number of days; the days between two dates."""
    if _is_number(left) and _is_number(right):
        return number(_figures(op, left, right))
    if isinstance(left, date) and op in (ast.Add, ast.Sub):
        if op is ast.Sub and isinstance(right, date):
            return (left - right).days
        if type(right) is int:
            plain = date(left.year, left.month, left.day)
            return plain + timedelta(days=right) if op is ast.Add else plain - timedelta(days=right)
    raise ExpressionFailed(f"{shown(left)}与{shown(right)}不能这样计算")


def _figures(op: type[ast.operator], left: int | Decimal, right: int | Decimal) -> int | Decimal:
    whole = isinstance(left, int) and isinstance(right, int)
    if op is ast.Add:
        return left + right if whole else CONTEXT.add(Decimal(left), Decimal(right))
    if op is ast.Sub:
        return left - right if whole else CONTEXT.subtract(Decimal(left), Decimal(right))
    if op is ast.Mult:
        return left * right if whole else CONTEXT.multiply(Decimal(left), Decimal(right))
    if right == 0:
        raise ZeroDivisionError
    if op is ast.FloorDiv:
        return left // right if whole else CONTEXT.divide_int(Decimal(left), Decimal(right))
    if op is ast.Mod:
        return left % right if whole else CONTEXT.remainder(Decimal(left), Decimal(right))
    return CONTEXT.divide(Decimal(left), Decimal(right))


def field(value: Mapping[str, Any], name: str) -> Any:
    """One field of a row."""
    if name not in value:
        raise ExpressionFailed(f"没有“{name}”这一字段")
    return value[name]


# --- the functions themselves ---------------------------------------------------------------------------------------------------------


def _items(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ExpressionFailed(f"{shown(value)}不是列表")
    return value


def _words(value: Any) -> str:
    if not isinstance(value, str):
        raise ExpressionFailed(f"{shown(value)}不是文字")
    return value


def _length(value: Any) -> int:
    if not isinstance(value, str | list | dict):
        raise ExpressionFailed(f"{shown(value)}没有长度")
    return len(value)


def _sum(values: Any) -> Any:
    total: int | Decimal = 0
    for value in _items(values):
        total = arithmetic(ast.Add, total, value)
    return total


def _first(better: Callable[[Any, Any], bool]) -> Callable[..., Any]:
    def choose(*values: Any) -> Any:
        choices = _items(values[0]) if len(values) == 1 else list(values)
        if not choices:
            raise ExpressionFailed("列表为空，没有最大或最小的一项")
        best = choices[0]
        for value in choices[1:]:
            if better(value, best):
                best = value
        return best

    return choose


def _figure(value: Any) -> Decimal:
    if isinstance(value, str) and len(value) <= 60:
        return Decimal(number(Decimal(value.strip())))
    if _is_number(value):
        return Decimal(value)
    raise ExpressionFailed(f"{shown(value)}不是数字")


def _whole(value: Any) -> int:
    return int(number(int(_figure(value))))


def _round(value: Any, digits: Any = 0) -> Any:
    """四舍五入, as money is rounded here."""
    if type(digits) is not int or not -10 <= digits <= 10:
        raise ExpressionFailed("round 的位数应在 -10 到 10 之间")
    rounded = _figure(value).quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP, context=CONTEXT)
    return int(rounded) if digits <= 0 else rounded


def _abs(value: Any) -> Any:
    return abs(value) if _is_number(value) else abs(_figure(value))


def _text(value: Any) -> str:
    if isinstance(value, list | dict):
        raise ExpressionFailed(f"{shown(value)}不能变成文字")
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    return f"{value:f}" if isinstance(value, Decimal) else value.isoformat() if isinstance(value, date) else str(value)


def _date(value: Any) -> date | None:
    """A date from text; a date stays what it is, nothing stays nothing."""
    if value is None or isinstance(value, date):
        return value
    return date.fromisoformat(_words(value))


def _on(value: Any) -> date:
    day = _date(value)
    if day is None:
        raise ExpressionFailed("日期尚无内容")
    return OnDay.of(day)


def _contains(whole: Any, part: Any) -> bool:
    if isinstance(whole, str):
        return _words(part) in whole
    return any(equal(part, value) for value in _items(whole))


def _sorted(values: Any) -> list[Any]:
    ordered: list[Any] = []
    for value in _items(values):
        if ordered:
            less(value, ordered[0])  # only what can be compared
        ordered.append(value)
    return sorted(ordered)


def _distinct(values: Any) -> list[Any]:
    if len(_items(values)) > 500:
        raise Budget("列表太长")
    kept: list[Any] = []
    for value in values:
        if not any(equal(value, other) for other in kept):
            kept.append(value)
    return kept


def _join(values: Any, between: Any = "、") -> str:
    parts, glue = [_words(value) for value in _items(values)], _words(between)
    if sum(len(part) + len(glue) for part in parts) > MAX_TEXT:
        raise Budget("文字太长")
    return glue.join(parts)


def _get(row: Any, name: Any, otherwise: Any = None) -> Any:
    return row.get(_words(name), otherwise) if isinstance(row, dict) else otherwise


BUILT_IN: dict[str, Callable[..., Any]] = {
    "len": _length,
    "count": lambda values: len(_items(values)),
    "sum": _sum,
    "min": _first(less),
    "max": _first(lambda value, best: less(best, value)),
    "abs": _abs,
    "round": _round,
    "int": _whole,
    "decimal": _figure,
    "str": _text,
    "any": lambda values: any(bool(value) for value in _items(values)),
    "all": lambda values: all(bool(value) for value in _items(values)),
    "contains": _contains,
    "starts_with": lambda text, start: _words(text).startswith(_words(start)),
    "ends_with": lambda text, end: _words(text).endswith(_words(end)),
    "sorted": _sorted,
    "distinct": _distinct,
    "join": _join,
    "get": _get,
    "date": _date,
    "on": _on,
}

#: every name an expression may call without the world: the functions above, and two that need the place and the moment
NAMES = frozenset({*BUILT_IN, "param", "today"})
