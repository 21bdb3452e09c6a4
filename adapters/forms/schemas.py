"""Check a form's schema for publishing: only the subset we execute, titles for people, names the rest of the system can rely on."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from adapters.forms import exports
from adapters.forms.values import MOST_TEXT, Schema

_NAME = re.compile(r"[a-z][a-z0-9_]{0,60}")
_RESERVED = frozenset({"typename", "true", "false", "none", "and", "or", "not", "in", "is", "if", "else"})
_TYPES = ("string", "number", "integer", "boolean", "array", "object")
_COMMON = {"type", "title", "description", "default", "enum", "const", "readOnly", "examples"}
_BY_TYPE = {
    "string": {"maxLength", "minLength", "format"},
    "number": {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"},
    "integer": {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"},
    "boolean": set[str](),
    "array": {"items", "minItems", "maxItems", "uniqueItems"},
    "object": {"properties", "required", "additionalProperties", "dependentRequired", "if", "then", "else", "allOf"},
}
_OURS = {"x-clause", "x-unit", "x-amount", "x-project", "x-widget", "x-private", "x-choices", "x-required-when", "x-register", "x-usual"}
_FORM = {"x-clauses", "x-rules", "x-export", "$schema", "$id"}
_CONDITIONS = {"properties", "required", "const", "enum", "not", "allOf", "if", "then", "else", "minItems", "minLength"} | _BY_TYPE[
    "number"
]
_RULE = {"check", "clause", "refusal", "todo", "override"}


def check_schema(schema: Mapping[str, Any]) -> list[str]:
    """Chinese sentences about what stands against publishing this form; empty when it is sound."""
    if schema.get("type") != "object" or not isinstance(schema.get("properties"), Mapping):
        return ["表单应当写明 type: object 和 properties（字段）。"]
    return [f"{line}。" for line in (*_object(schema, "", 0, _FORM), *_rules(schema), *exports.check(schema))]


def _object(schema: Schema, prefix: str, depth: int, more: set[str]) -> Iterator[str]:
    where = f"“{prefix[:-1]}”" if prefix else "表单"
    if unknown := sorted(schema.keys() - _COMMON - _BY_TYPE["object"] - _OURS - more):
        yield f"{where}不支持 {'、'.join(unknown)}"
    if schema.get("additionalProperties") is not False:
        yield f"{where}应当写明 additionalProperties: false，不接收没有声明的字段"
    properties = schema.get("properties")
    if not isinstance(properties, Mapping):
        yield f"{where}缺少 properties（字段）"
        return
    if not prefix and not _chinese(schema.get("title")):
        yield "表单缺少中文标题 title"
    for name, prop in properties.items():
        if not _NAME.fullmatch(name) or name in _RESERVED:
            yield f"字段名“{prefix}{name}”不可用，请用小写英文、数字和下划线，以字母开头"
        if isinstance(prop, Mapping):
            yield from _property(prop, f"{prefix}{name}", depth)
        else:
            yield f"字段“{prefix}{name}”应当是一个对象"
    yield from _names(schema, properties, where)


def _names(schema: Schema, properties: Schema, where: str) -> Iterator[str]:
    """Every field that a requirement or a condition speaks of is declared."""
    for keyword in ("required", "dependentRequired"):
        listed = schema.get(keyword, [])
        named = {*listed, *(one for many in listed.values() for one in many)} if isinstance(listed, Mapping) else set(listed)
        if missing := sorted(str(one) for one in named - properties.keys()):
            yield f"{where}的 {keyword} 提到没有声明的字段：{'、'.join(missing)}"
    conditions = [schema[part] for part in ("if", "then", "else") if part in schema] + list(schema.get("allOf", []))
    for condition in conditions:
        yield from _condition(condition, properties, where)


def _condition(condition: Any, properties: Schema, where: str) -> Iterator[str]:
    if not isinstance(condition, Mapping):
        yield f"{where}的条件应当是一个对象"
        return
    if unknown := sorted(condition.keys() - _CONDITIONS):
        yield f"{where}的条件不支持 {'、'.join(unknown)}"
    named = {*condition.get("required", []), *condition.get("properties", {})}
    if missing := sorted(str(one) for one in named - properties.keys()):
        yield f"{where}的条件提到没有声明的字段：{'、'.join(missing)}"
    if condition.keys() & {"then", "else"} and "if" not in condition:
        yield f"{where}的条件有 then 或 else，却没有 if"
    for part in ("if", "then", "else", "not"):
        if part in condition:
            yield from _condition(condition[part], properties, where)
    for one in condition.get("allOf", []):
        yield from _condition(one, properties, where)
    for name, inner in condition.get("properties", {}).items():
        if isinstance(inner, Mapping) and "properties" in inner:
            yield f"{where}的条件只能看字段“{name}”本身，不能再深入"


def _property(prop: Schema, name: str, depth: int) -> Iterator[str]:
    kind = prop.get("type")
    if kind not in _TYPES:
        yield f"字段“{name}”的 type 应当是 {'、'.join(_TYPES)} 之一"
        return
    if not _chinese(prop.get("title")):
        yield f"字段“{name}”缺少中文标题 title"
    if kind == "object":
        yield from _object(prop, f"{name}.", depth + 1, set())
    elif unknown := sorted(prop.keys() - _COMMON - _BY_TYPE[kind] - _OURS):
        yield f"字段“{name}”不支持 {'、'.join(unknown)}"
    if depth > 2:
        yield f"字段“{name}”层次过深，最多三层"
    elif kind == "array":
        yield from _items(prop, name, depth)
    yield from _values(prop, name, str(kind))
    yield from _ours(prop, name, str(kind))


def _items(prop: Schema, name: str, depth: int) -> Iterator[str]:
    items = prop.get("items")
    if not isinstance(items, Mapping) or items.get("type") not in ("string", "number", "integer", "object"):
        yield f"字段“{name}”的 items 应当写明每一行的 type：string、number、integer 或 object"
    elif items.get("type") == "object":
        yield from _object(items, f"{name}.", depth + 1, set())
    elif unknown := sorted(items.keys() - _COMMON - _BY_TYPE[items["type"]] - _OURS):
        yield f"字段“{name}”的每一行不支持 {'、'.join(unknown)}"


def _values(prop: Schema, name: str, kind: str) -> Iterator[str]:
    enum = prop.get("enum")
    if enum is not None and (not isinstance(enum, list) or not enum or len({repr(one) for one in enum}) < len(enum)):
        yield f"字段“{name}”的 enum 应当是不重复的选项列表"
    if kind == "string" and prop.get("format", "date") != "date":
        yield f"字段“{name}”的 format 只支持 date"
    limit = prop.get("maxLength", MOST_TEXT)
    if not isinstance(limit, int) or not 0 < limit <= MOST_TEXT:
        yield f"字段“{name}”的 maxLength 应在 1 至 {MOST_TEXT} 之间"
    for low, high in (("minimum", "maximum"), ("minLength", "maxLength"), ("minItems", "maxItems")):
        bounds = [prop[part] for part in (low, high) if part in prop]
        if any(isinstance(one, bool) or not isinstance(one, int | float) for one in bounds):
            yield f"字段“{name}”的 {low}、{high} 应当是数字"
        elif len(bounds) == 2 and bounds[0] > bounds[1]:
            yield f"字段“{name}”的 {low} 大于 {high}，无法填写"


def _ours(prop: Schema, name: str, kind: str) -> Iterator[str]:
    if "x-amount" in prop and (kind != "number" or prop.get("x-unit") != "万元"):
        yield f"字段“{name}”是金额（x-amount），应当是 number，单位（x-unit）万元"
    if "x-amount" in prop and (prop.get("minimum") != 0 or prop.get("maximum", 10**9) > 1_000_000):
        yield f"字段“{name}”是金额，应当写明 minimum: 0 和 maximum: 1000000"
    if name == "outcome" and not prop.get("enum") and not prop.get("x-choices"):
        yield "字段“outcome”是本环节的结论，应当用 enum 或 x-choices 列出可选的结论"
    for part in ("x-unit", "x-amount", "x-project", "x-widget", "x-choices", "x-required-when"):
        if part in prop and (not isinstance(prop[part], str) or not prop[part]):
            yield f"字段“{name}”的 {part} 应当是文字"
    if prop.get("x-register", "project_code") != "project_code":
        yield f"字段“{name}”的 x-register 只能是 project_code"
    usual = prop.get("x-usual")
    if usual is not None and not (isinstance(usual, dict) and set(usual) == {"pattern", "words"} and _compiles(usual["pattern"])):
        yield f"字段“{name}”的 x-usual 应当写明 pattern（正则表达式）和 words（提醒）"
    if not isinstance(prop.get("x-private", False), bool):
        yield f"字段“{name}”的 x-private 应当是 true 或 false"
    clause = prop.get("x-clause", "-")
    if not isinstance(clause, str) and not (isinstance(clause, list) and all(isinstance(one, str) for one in clause)):
        yield f"字段“{name}”的 x-clause 应当是条款编号或其列表"


def _compiles(pattern: object) -> bool:
    """Whether an advice pattern is sound: short, and without repeats within repeats, which could take for ever."""
    if not isinstance(pattern, str) or len(pattern) > 100 or re.search(r"[*+}]\)?[*+{]|\|", pattern):
        return False
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True


def _rules(schema: Schema) -> Iterator[str]:
    rules = schema.get("x-rules", [])
    if not isinstance(rules, list):
        yield "x-rules 应当是列表"
        return
    for number, rule in enumerate(rules, start=1):
        if not isinstance(rule, Mapping) or not rule.get("check") or not rule.get("refusal"):
            yield f"第 {number} 条规则应当写明 check（条件）和 refusal（不符合时的说明）"
        elif unknown := sorted(rule.keys() - _RULE):
            yield f"第 {number} 条规则不认识 {'、'.join(unknown)}"
        elif not _chinese(rule["refusal"]) or not isinstance(rule.get("override", False), bool):
            yield f"第 {number} 条规则的 refusal 应当是中文说明，override 应当是 true 或 false"


def _chinese(text: Any) -> bool:
    return isinstance(text, str) and any("\u4e00" <= one <= "\u9fff" for one in text)
