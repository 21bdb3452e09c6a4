"""What people type becomes clean answers, or one Chinese line for each field."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters import forms
from domain.errors import InvalidAnswers

FORM: dict[str, Any] = {
    "type": "object", "title": "申报表", "additionalProperties": False, "required": ["estimate", "truth"],
    "properties": {
        "estimate": {"type": "number", "title": "资金估算", "x-unit": "万元", "x-amount": "estimate", "minimum": 0, "maximum": 1000000},
        "months": {"type": "integer", "title": "服务周期（月）", "x-unit": "月", "minimum": 1, "maximum": 36},
        "nature": {"type": "string", "title": "项目性质", "enum": ["建设类", "维护类"]},
        "unit_kind": {"type": "string", "title": "单位类别", "x-choices": "unit_kind"},
        "planned": {"type": "string", "format": "date", "title": "计划验收日期"},
        "reason": {"type": "string", "title": "理由", "maxLength": 10, "minLength": 2, "x-required-when": 'nature == "维护类"'},
        "truth": {"type": "boolean", "title": "真实性声明", "const": True},
        "share": {"type": "number", "title": "占比", "exclusiveMinimum": 0, "exclusiveMaximum": 0.5, "multipleOf": 0.05},
        "departments": {"type": "array", "title": "涉及单位", "uniqueItems": True, "items": {"type": "string", "maxLength": 10}},
        "parts": {
            "type": "array", "title": "分项", "minItems": 1, "maxItems": 3,
            "items": {
                "type": "object", "additionalProperties": False, "required": ["rank"],
                "properties": {
                    "rank": {"type": "integer", "title": "排序", "minimum": 1},
                    "cost": {"type": "number", "title": "金额", "x-unit": "万元"},
                    "why": {"type": "string", "title": "说明", "x-required-when": "rank > 5"},
                },
            },
        },
    },
    "allOf": [{"if": {"properties": {"nature": {"const": "建设类"}}, "required": ["nature"]}, "then": {"required": ["planned"]}}],
    "dependentRequired": {"share": ["departments"]},
}  # fmt: skip
CHOICES = {"unit_kind": ("区级部门", "街道")}
GOOD: dict[str, Any] = {"estimate": "450", "truth": True}


def when(expression: str, answers: Any) -> bool:
    """The two conditions of the form above."""
    return {'nature == "维护类"': answers.get("nature") == "维护类", "rank > 5": answers.get("rank", 0) > 5}[expression]


def check(**more: Any) -> dict[str, Any]:
    return forms.check(FORM, GOOD | more, CHOICES, when=when)


def wrong(**more: Any) -> dict[str, str]:
    with pytest.raises(InvalidAnswers) as refusal:
        check(**more)
    for line in refusal.value.fields.values():
        assert line in refusal.value.what or len(refusal.value.fields) > 3
        assert line.startswith("「"), line
        assert line.endswith("。"), line
    assert refusal.value.todo
    return refusal.value.fields


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("450", "450"), ("450.50", "450.50"), (" 450 ", "450"), ("４５０．５", "450.5"), ("1,234.5", "1234.5"), (450, "450"),
        (450.5, "450.5"),
        (Decimal("29.999999"), "29.999999"), ("0", "0"), ("1.5000000", "1.5"), (0.1, "0.1"),
    ],
)  # fmt: skip
def test_a_number_typed_in_many_ways(typed: object, meant: str) -> None:
    answer = check(estimate=typed)["estimate"]
    assert isinstance(answer, Decimal)
    assert answer == Decimal(meant)


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("三十万", "「资金估算（万元）」请填写数字，不能写“三十万”。"),
        ("-1", "「资金估算（万元）」不能小于 0，现为 -1。"),
        (-1, "「资金估算（万元）」不能小于 0，现为 -1。"),
        ("1e3", "「资金估算（万元）」不能用科学计数法，请直接写出数字，不能写“1e3”。"),
        (Decimal("1E+3"), "「资金估算（万元）」不能用科学计数法，请直接写出数字，不能写“1E+3”。"),
        (1e-9, "「资金估算（万元）」不能用科学计数法，请直接写出数字，不能写“1e-09”。"),
        (float("nan"), "「资金估算（万元）」请填写数字，不能写“nan”。"),
        (float("inf"), "「资金估算（万元）」请填写数字，不能写“inf”。"),
        (Decimal("Infinity"), "「资金估算（万元）」请填写数字，不能写“Infinity”。"),
        ("NaN", "「资金估算（万元）」请填写数字，不能写“NaN”。"),
        ("1.2345678", "「资金估算（万元）」最多保留 6 位小数。"),
        ("1000000.01", "「资金估算（万元）」不能大于 1000000，现为 1000000.01。"),
        (10**30, "「资金估算（万元）」的数字过大。"),
        ("9" * 16, "「资金估算（万元）」请填写数字，不能写“9999999999999999”。"),
        ("9" * 5000, "「资金估算（万元）」请填写数字，不能写“99999999999999999999…”。"),
        (True, "「资金估算（万元）」请填写数字。"),
        ([1], "「资金估算（万元）」请填写数字。"),
        ({"a": 1}, "「资金估算（万元）」请填写数字。"),
        ("0x1F", "「资金估算（万元）」请填写数字，不能写“0x1F”。"),
        ("1_000", "「资金估算（万元）」请填写数字，不能写“1_000”。"),
        ("", "「资金估算（万元）」必须填写。"),
        (None, "「资金估算（万元）」必须填写。"),
        ("\u3000", "「资金估算（万元）」必须填写。"),
    ],
)
def test_a_number_that_is_none(typed: object, line: str) -> None:
    assert wrong(estimate=typed) == {"estimate": line}


@pytest.mark.parametrize(
    ("field", "value", "line"),
    [
        ("months", "37", "「服务周期（月）」不能大于 36，现为 37。"),
        ("months", "1.5", "「服务周期（月）」请填写整数，不能写“1.5”。"),
        ("nature", "其他", "「项目性质」只能选择建设类、维护类，不能是“其他”。"),
        ("unit_kind", "社会企业", "「单位类别」只能选择区级部门、街道，不能是“社会企业”。"),
        ("planned", "2026-02-30", "「计划验收日期」请填写存在的日期，例如 2026-03-01，不能写“2026-02-30”。"),
        ("planned", "2025-02-29", "「计划验收日期」请填写存在的日期，例如 2026-03-01，不能写“2025-02-29”。"),
        ("planned", "2026/3/1", "「计划验收日期」请填写存在的日期，例如 2026-03-01，不能写“2026/3/1”。"),
        ("planned", "20260301", "「计划验收日期」请填写存在的日期，例如 2026-03-01，不能写“20260301”。"),
        ("planned", "2026-W10-1", "「计划验收日期」请填写存在的日期，例如 2026-03-01，不能写“2026-W10-1”。"),
        ("planned", "9999-12-31", "「计划验收日期」的年份应在 1900 至 2200 之间。"),
        ("planned", 20260301, "「计划验收日期」请填写文字，不能是“20260301”。"),
        ("reason", "长" * 11, "「理由」最多 10 个字，现有 11 个字。"),
        ("reason", "短", "「理由」至少 2 个字，现有 1 个字。"),
        ("reason", "甲\x00乙", "「理由」含有不可见的控制字符，请删去后重填。"),
        ("reason", "甲\ud800乙", "「理由」含有不可见的控制字符，请删去后重填。"),
        ("reason", "长" * 100_001, "「理由」最多 100000 个字，现有 100001 个字。"),
        ("truth", False, "「真实性声明」必须勾选。"),
        ("truth", "off", "「真实性声明」必须勾选。"),
        ("truth", "maybe", "「真实性声明」请选择是或否。"),
        ("truth", 1, "「真实性声明」请选择是或否。"),
        ("departments", ["网信办", "网信办"], "「涉及单位」有重复的内容。"),
        ("departments", 5, "「涉及单位」应当逐行填写。"),
        ("parts", [], "「分项」至少填写 1 项，现有 0 项。"),
        ("parts", [{"rank": 1}] * 4, "「分项」最多填写 3 项，现有 4 项。"),
        ("nickname", "x", "「nickname」不是这张表单的内容，请刷新页面后重填。"),
    ],
)
def test_a_wrong_field_says_what_to_do(field: str, value: object, line: str) -> None:
    assert wrong(**{field: value}) == {field: line}


def test_bounds_of_fractions_are_exact() -> None:
    assert check(share="0.15", departments=["公安"])["share"] == Decimal("0.15")
    assert wrong(share="0.5", departments=["公安"]) == {"share": "「占比」必须小于 0.5，现为 0.5。"}
    assert wrong(share="0", departments=["公安"]) == {"share": "「占比」必须大于 0，现为 0。"}
    assert wrong(share="0.12", departments=["公安"]) == {"share": "「占比」应当是 0.05 的整数倍，现为 0.12。"}


def test_rows_are_checked_and_named() -> None:
    assert check(parts=[{"rank": "2", "cost": "1.50"}])["parts"] == [{"rank": 2, "cost": Decimal("1.50")}]
    assert wrong(parts=[{"rank": 1}, {"rank": "x", "cost": "三万"}, {"why": "好", "zz": 1}]) == {
        "parts.1.rank": "「分项」第 2 行「排序」请填写数字，不能写“x”。",
        "parts.1.cost": "「分项」第 2 行「金额（万元）」请填写数字，不能写“三万”。",
        "parts.2.rank": "「分项」第 3 行「排序」必须填写。",
        "parts.2.zz": "「分项」第 3 行「zz」不是这张表单的内容，请刷新页面后重填。",
    }
    assert wrong(parts=["x"]) == {"parts.0": "「分项」第 1 行的内容格式不对，请刷新页面后重填。"}


def test_what_is_needed_depends() -> None:
    assert wrong(nature="建设类") == {"planned": "「计划验收日期」必须填写。"}
    assert check(nature="建设类", planned="2026-03-01")["planned"] == "2026-03-01"
    assert wrong(nature="维护类") == {"reason": "「理由」此时必须填写。"}
    assert wrong(nature="维护类", reason=" \n ") == {"reason": "「理由」此时必须填写。"}
    assert wrong(share="0.1") == {"departments": "「涉及单位」此时必须填写。"}
    assert wrong(parts=[{"rank": 6}]) == {"parts.0.why": "「分项」第 1 行「说明」此时必须填写。"}
    assert check(parts=[{"rank": 5}])


def test_a_condition_nobody_can_decide_is_a_fault_of_ours() -> None:
    with pytest.raises(ValueError, match="x-required-when"):
        forms.check(FORM, GOOD, CHOICES)


def test_errors_come_in_the_order_of_the_page() -> None:
    fields = wrong(zz=1, parts=[{"rank": 1}, {}], planned="x", estimate="x", truth=None)
    assert list(fields) == ["estimate", "planned", "truth", "parts.1.rank", "zz"]


def test_answers_are_clean() -> None:
    answers = check(reason=" 因故\r\n延期 ", departments="公安", truth="on", nature="", planned=date(2026, 3, 1), parts=None)
    assert answers == {
        "estimate": Decimal(450), "planned": "2026-03-01", "reason": "因故\n延期", "truth": True, "departments": ["公安"],
    }  # fmt: skip
    assert list(answers) == [name for name in FORM["properties"] if name in answers]


@pytest.mark.parametrize(
    "given",
    [
        None, [], "x", 5, GOOD | {"typename": "x"}, GOOD | {"__class__": "x"}, GOOD | {"_x": 1}, GOOD | {"a\x00": 1}, GOOD | {5: 1},
        GOOD | {"parts": [{"typename": "x"}]}, GOOD | {"parts": [[[[[[[[[1]]]]]]]]]}, GOOD | {"departments": ["x"] * 20_001},
        GOOD | {"x" * 101: 1},
    ],
    ids=lambda value: str(value)[:30],
)  # fmt: skip
def test_poisoned_answers_are_refused_whole(given: object) -> None:
    with pytest.raises(InvalidAnswers, match="没有保存"):
        forms.check(FORM, given, CHOICES, when=when)


def test_depth_of_hundreds_is_refused_and_not_a_crash() -> None:
    deep: Any = 1
    for _ in range(900):
        deep = {"a": deep}
    with pytest.raises(InvalidAnswers):
        forms.check(FORM, GOOD | {"parts": deep}, CHOICES, when=when)


def test_a_missing_value_list_is_said() -> None:
    with pytest.raises(InvalidAnswers, match="选项尚未配置"):
        forms.check(FORM, GOOD | {"unit_kind": "街道"}, {}, when=when)


def test_references_are_never_followed() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string", "title": "甲", "$ref": "http://127.0.0.1:9/x.json"}}}
    assert forms.check(schema, {"a": "乙"}) == {"a": "乙"}


def test_stored_answers_come_back_exactly() -> None:
    answers = check(estimate="29.990", share="0.1", departments=["公安"], parts=[{"rank": 1, "cost": "0.000001"}])
    stored = json.loads(json.dumps(forms.to_json(answers)))
    assert stored["estimate"] == "29.990"
    back = forms.from_json(FORM, stored)
    assert back == answers
    assert str(back["estimate"]) == "29.990"
    assert back["parts"][0]["cost"] == Decimal("0.000001")
    assert type(back["parts"][0]["rank"]) is int


@given(st.decimals(0, 1_000_000, places=6))
def test_every_amount_survives_typing_and_storing(amount: Decimal) -> None:
    answers = check(estimate=format(amount, "f"))
    assert forms.from_json(FORM, forms.to_json(answers))["estimate"] == amount


names = st.sampled_from([*FORM["properties"], "rank", "cost", "why", "zz", "_x"])
plain = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.decimals()
rows = st.dictionaries(names, plain, max_size=4)


@given(st.dictionaries(names, plain | rows | st.lists(plain | rows, max_size=4), max_size=6))
def test_anything_is_either_clean_or_refused(given_answers: dict[str, Any]) -> None:
    try:
        answers = forms.check(FORM, GOOD | given_answers, CHOICES, when=when)
    except InvalidAnswers:
        return
    json.dumps(forms.to_json(answers), allow_nan=False).encode()
    assert forms.check(FORM, answers, CHOICES, when=when) == answers
    assert forms.from_json(FORM, forms.to_json(answers)) == answers


def test_fields_and_labels() -> None:
    names = [name for name, _ in forms.fields(FORM)]
    assert names == [*list(FORM["properties"]), "parts.rank", "parts.cost", "parts.why"]
    assert forms.label(FORM, "parts.0.cost") == "「分项」第 1 行「金额（万元）」"
    assert forms.label(FORM, "months") == "「服务周期（月）」"
