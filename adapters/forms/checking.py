"""Check answers against a form and say in Chinese, field by field, what is wrong."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from threading import Lock
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from adapters.forms.values import Answers, Schema, Unfit, poison, rows
from domain.errors import InvalidAnswers

#: Decides an authored condition (`x-required-when`) over the answers of the form, or of the row the field stands in.
When = Callable[[str, Mapping[str, Any]], bool]

_UNIT = re.compile(r"（[^）]*）$")


def check(schema: Schema, given: object, choices: Mapping[str, Sequence[str]] | None = None, *, when: When | None = None) -> Answers:
    """`given` as clean answers: declared fields only, numbers as Decimal, dates as ISO text, blanks left out.

    `choices` are the value lists of the jurisdiction (`x-choices`); `when` decides `x-required-when` expressions.
    Raises InvalidAnswers with one Chinese line for each wrong field; ValueError when a condition stands there and `when` was not given.
    """
    if (why := poison(given)) is not None or not isinstance(given, Mapping):
        raise InvalidAnswers(f"{why or '提交的内容不是一张表单'}，没有保存。", {}, todo="请刷新页面后重新填写。")
    errors: dict[str, str] = {}
    try:
        answers = rows(schema, given, "", errors)
    except Unfit as error:
        raise ValueError(f"schema is not an object: {error}") from error
    for path, line in _violations(_validator(schema, choices or {}), answers):
        if not any(path == known or path.startswith(known + ".") for known in errors):
            errors[path] = line
    for path in _wanted(schema, answers, "", when):
        errors.setdefault(path, "此时必须填写")
    if errors:
        raise _refusal(schema, errors)
    return answers


def fitting(schema: Schema, given: Mapping[str, Any]) -> Answers:
    """What of answers that are not handed in yet fits its fields, as clean values; the rest is left out."""
    return {} if poison(given) else rows(schema, given, "", {})


def fields(schema: Schema, prefix: str = "") -> Iterator[tuple[str, Schema]]:
    """(name, property) of every field in order; fields of rows are dotted: `entries.rank`."""
    for name, prop in schema.get("properties", {}).items():
        yield prefix + name, prop
        inner = prop.get("items", {}) if prop.get("type") == "array" else prop
        if inner.get("type") == "object":
            yield from fields(inner, f"{prefix}{name}.")


def label(schema: Schema, path: str) -> str:
    """How a page names a field: 「资金估算（万元）」, 「项目清单」第 2 行「排序」."""
    said, here = "", schema
    for part in path.split("."):
        if part.isdigit() and here.get("type") == "array":
            said, here = f"{said}第 {int(part) + 1} 行", here.get("items", {})
            continue
        here = here.get("properties", {}).get(part, {})
        title, unit = str(here.get("title") or part[:40]), here.get("x-unit")
        said += f"「{title}（{unit}）」" if unit and not _UNIT.search(title) else f"「{title}」"
    return said


def to_json(value: Any) -> Any:
    """Answers as plain JSON; Decimals and dates become text, exactly."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): to_json(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(one) for one in value]
    return value


def from_json(schema: Schema, stored: Any) -> Any:
    """The inverse of `to_json`: number fields become Decimal again. Fields the schema no longer knows stay as they are."""
    if isinstance(stored, Mapping):
        properties = schema.get("properties", {})
        return {name: from_json(properties.get(name, {}), one) for name, one in stored.items()}
    if isinstance(stored, list):
        return [from_json(schema.get("items", {}), one) for one in stored]
    if schema.get("type") == "number" and isinstance(stored, str | int) and not isinstance(stored, bool):
        return Decimal(stored)
    return stored


def _refusal(schema: Schema, errors: Mapping[str, str]) -> InvalidAnswers:
    order = {name: number for number, (name, _) in enumerate(fields(schema))}

    def place(path: str) -> tuple[int, list[int], int]:
        """Top field, row numbers, field within the row: as the page shows them."""
        parts = path.split(".")
        names = ".".join(part for part in parts if not part.isdigit())
        return order.get(parts[0], len(order)), [int(part) for part in parts if part.isdigit()], order.get(names, len(order))

    lines = {path: f"{label(schema, path)}{errors[path]}。" for path in sorted(errors, key=place)}
    what = "".join(lines.values()) if len(lines) <= 3 else f"表单有 {len(lines)} 处需要改正：" + "".join(list(lines.values())[:3]) + "……"
    return InvalidAnswers(what, lines, todo="请改正后重新提交。")


_validators: OrderedDict[tuple[int, int], tuple[Schema, Any, Draft202012Validator]] = OrderedDict()
_lock = Lock()
_KEPT = 1024
_NO_CHOICES: Mapping[str, Sequence[str]] = {}


def _validator(schema: Schema, choices: Mapping[str, Sequence[str]]) -> Draft202012Validator:
    """Made once for each schema of a rule set. Neither is changed in place; both are kept, so that nothing else gets their identity."""
    choices = choices or _NO_CHOICES
    key = (id(schema), id(choices))
    with _lock:
        known = _validators.get(key)
        if known is None:
            known = _validators[key] = (schema, choices, Draft202012Validator(_ready(schema, choices)))
            if len(_validators) > _KEPT:
                _validators.popitem(last=False)
    return known[2]


def _ready(prop: Any, choices: Mapping[str, Sequence[str]]) -> Any:
    """The schema as the validator reads it: value lists filled in, bounds exact, no formats and references."""
    if isinstance(prop, Mapping):
        made = {name: _ready(one, choices) for name, one in prop.items() if not name.startswith("x-") and name not in ("$ref", "format")}
        if isinstance(listed := prop.get("x-choices"), str):
            made["enum"] = list(choices.get(listed, ()))
        return made
    if isinstance(prop, list):
        return [_ready(one, choices) for one in prop]
    return Decimal(repr(prop)) if isinstance(prop, float) else prop


def _violations(validator: Draft202012Validator, answers: Answers) -> Iterator[tuple[str, str]]:
    found: Iterable[ValidationError] = validator.iter_errors(answers)
    for error in found:
        path = [str(part) for part in error.absolute_path]
        bound: Any = error.validator_value
        here = error.instance if isinstance(error.instance, Mapping) else {}
        if error.validator == "required":
            yield from ((".".join([*path, name]), "必须填写") for name in bound if name not in here)
        elif error.validator == "dependentRequired":
            for name, needed in bound.items():
                yield from ((".".join([*path, one]), "此时必须填写") for one in needed if name in here and one not in here)
        elif path:
            yield ".".join(path), _words(error)


def _words(error: ValidationError) -> str:
    bound: Any = error.validator_value
    value: Any = error.instance
    match error.validator:
        case "enum":
            return (
                f"只能选择{'、'.join(str(one) for one in bound)}，不能是“{str(value)[:20]}”"
                if bound
                else "的选项尚未配置，请联系系统管理员"
            )
        case "const":
            return "必须勾选" if bound is True else f"只能是“{bound}”"
        case "minimum":
            return f"不能小于 {bound}，现为 {value}"
        case "maximum":
            return f"不能大于 {bound}，现为 {value}"
        case "exclusiveMinimum":
            return f"必须大于 {bound}，现为 {value}"
        case "exclusiveMaximum":
            return f"必须小于 {bound}，现为 {value}"
        case "multipleOf":
            return f"应当是 {bound} 的整数倍，现为 {value}"
        case "maxLength":
            return f"最多 {bound} 个字，现有 {len(value)} 个字"
        case "minLength":
            return f"至少 {bound} 个字，现有 {len(value)} 个字"
        case "minItems":
            return f"至少填写 {bound} 项，现有 {len(value)} 项"
        case "maxItems":
            return f"最多填写 {bound} 项，现有 {len(value)} 项"
        case "uniqueItems":
            return "有重复的内容"
        case _:
            return "的内容不符合要求"


def _wanted(schema: Schema, answers: Mapping[str, Any], prefix: str, when: When | None) -> Iterator[str]:
    for name, prop in schema.get("properties", {}).items():
        condition = prop.get("x-required-when")
        if condition and name not in answers:
            if when is None:
                raise ValueError(f"{prefix}{name} has x-required-when, but nobody can decide it")
            if when(str(condition), answers):
                yield prefix + name
        inner = prop.get("items", {}) if prop.get("type") == "array" else prop
        if inner.get("type") != "object" or name not in answers:
            continue
        many = enumerate(answers[name]) if prop.get("type") == "array" else [(None, answers[name])]
        for number, row in many:
            if isinstance(row, Mapping):  # a row that is none was noted already
                yield from _wanted(inner, row, f"{prefix}{name}." if number is None else f"{prefix}{name}.{number}.", when)
