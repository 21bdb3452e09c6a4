"""Forms that may be published."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from adapters import forms

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = sorted((ROOT / "bpmn").glob("*/forms/*.json"))
SOUND: dict[str, Any] = {
    "type": "object", "title": "评审意见", "description": "每位专家一份", "additionalProperties": False, "required": ["outcome"],
    "x-clauses": ["SA-08"],
    "properties": {
        "outcome": {"type": "string", "title": "结论", "enum": ["通过", "不通过"]},
        "opinion": {"type": "string", "title": "意见", "maxLength": 2000, "x-widget": "textarea", "x-private": True},
        "cost": {"type": "number", "title": "造价", "x-unit": "万元", "x-amount": "reviewed", "minimum": 0, "maximum": 1000000},
        "kind": {"type": "string", "title": "类别", "x-choices": "unit_kind", "x-project": "unit_kind", "x-clause": ["SA-02", "SA-03"]},
        "rows": {
            "type": "array", "title": "明细", "minItems": 1, "maxItems": 5,
            "items": {"type": "object", "additionalProperties": False, "properties": {"no": {"type": "integer", "title": "序号"}}},
        },
    },
    "allOf": [{"if": {"properties": {"outcome": {"const": "不通过"}}, "required": ["outcome"]}, "then": {"required": ["opinion"]}}],
    "x-rules": [{"check": "cost >= 0", "clause": "SA-08", "refusal": "造价不能为负。", "todo": "请改正。", "override": False}],
}  # fmt: skip


def test_a_sound_form_has_no_findings() -> None:
    assert forms.check_schema(SOUND) == []


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: f"{file.parent.parent.name}/{file.stem}")
def test_every_shipped_form_is_sound(file: Path) -> None:
    assert forms.check_schema(json.loads(file.read_text("utf-8"))) == []


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("type", "array", "type: object"),
        ("properties", [], "properties"),
        ("title", "Opinion", "缺少中文标题"),
        ("additionalProperties", True, "additionalProperties: false"),
        ("properties.rows.items.additionalProperties", None, "“rows”应当写明 additionalProperties"),
        ("patternProperties", {}, "不支持 patternProperties"),
        ("x-rule", [], "不支持 x-rule"),
        ("required", ["outcom"], "没有声明的字段：outcom"),
        ("dependentRequired", {"outcome": ["why"]}, "没有声明的字段：why"),
        ("allOf.0.then.required", ["opinon"], "没有声明的字段：opinon"),
        ("allOf.0.if.properties.result", {"const": 1}, "没有声明的字段：result"),
        ("allOf.0.oneOf", [], "不支持 oneOf"),
        ("if", {"required": ["outcome"], "anyOf": []}, "不支持 anyOf"),
        ("allOf.0.if", None, "却没有 if"),
        ("properties.Outcome", {"type": "string", "title": "结论"}, "字段名“Outcome”不可用"),
        ("properties.typename", {"type": "string", "title": "结论"}, "字段名“typename”不可用"),
        ("properties.__x", {"type": "string", "title": "结论"}, "字段名“__x”不可用"),
        ("properties.opinion.type", "text", "type 应当是"),
        ("properties.opinion.type", None, "type 应当是"),
        ("properties.opinion.title", "", "缺少中文标题"),
        ("properties.opinion.pattern", ".*", "不支持 pattern"),
        ("properties.opinion.$ref", "http://x", "不支持 $ref"),
        ("properties.opinion.x-clauses", ["SA"], "不支持 x-clauses"),
        ("properties.opinion.minimum", 1, "不支持 minimum"),
        ("properties.opinion.maxLength", 100_001, "maxLength"),
        ("properties.opinion.maxLength", "5", "maxLength"),
        ("properties.opinion.format", "email", "只支持 date"),
        ("properties.opinion.x-private", "yes", "x-private"),
        ("properties.opinion.x-clause", 5, "条款编号"),
        ("properties.outcome.enum", [], "enum"),
        ("properties.outcome.enum", ["通过", "通过"], "enum"),
        ("properties.outcome.enum", None, "列出可选的结论"),
        ("properties.cost.maximum", None, "maximum: 1000000"),
        ("properties.cost.minimum", "0", "应当是数字"),
        ("properties.cost.x-unit", "元", "万元"),
        ("properties.cost.type", "string", "金额"),
        ("properties.cost.minimum", 2_000_000, "无法填写"),
        ("properties.rows.items", {"type": "array"}, "items"),
        ("properties.rows.items", {"type": "string", "pattern": "x"}, "每一行不支持 pattern"),
        ("properties.rows.items.properties.no", 5, "应当是一个对象"),
        ("properties.rows.minItems", 6, "无法填写"),
        ("x-rules", {}, "应当是列表"),
        ("x-rules.0.check", "", "check"),
        ("x-rules.0.clauses", "SA", "不认识 clauses"),
        ("x-rules.0.refusal", "no", "中文说明"),
        ("x-rules.0.override", "yes", "override"),
    ],
)
def test_an_unsound_form_is_named(path: str, value: object, words: str) -> None:
    schema = copy.deepcopy(SOUND)
    here: Any = schema
    *ways, last = path.split(".")
    for way in ways:
        here = here[int(way)] if way.isdigit() else here[way]
    if value is None:
        del here[last]
    else:
        here[last] = value
    found = forms.check_schema(schema)
    assert any(words in line for line in found), found
    assert all(line.endswith("。") for line in found)


def test_rows_in_rows_in_rows_in_rows_are_too_deep() -> None:
    leaf: dict[str, Any] = {"type": "integer", "title": "数"}
    for _ in range(4):
        leaf = {"type": "array", "title": "层", "items": {"type": "object", "additionalProperties": False, "properties": {"a": leaf}}}
    assert any("层次过深" in line for line in forms.check_schema(SOUND | {"properties": {"a": leaf}, "required": [], "allOf": []}))
