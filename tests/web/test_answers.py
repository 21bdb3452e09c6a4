"""What a browser sends, as answers; and a form as its page draws it."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st

from tasks.choices import Choice
from web import answers, errors, fields, typed

SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["name", "rows"],
    "properties": {
        "name": {"type": "string", "title": "名称", "maxLength": 20},
        "when": {"type": "string", "format": "date", "title": "日期"},
        "sum": {"type": "number", "title": "金额", "x-unit": "万元", "x-clause": ["A-1", "A-2"]},
        "kind": {"type": "string", "title": "种类", "enum": ["甲", "乙"], "x-required-when": "sum > 1"},
        "place": {"type": "string", "title": "地点", "enum": ["1", "2", "3", "4", "5"]},
        "yes": {"type": "boolean", "title": "是否"},
        "offices": {"type": "array", "title": "部门", "items": {"type": "string"}, "x-widget": "offices"},
        "notes": {"type": "array", "title": "备注", "items": {"type": "string"}},
        "long": {"type": "string", "title": "说明", "x-widget": "textarea", "x-private": True},
        "rows": {
            "type": "array",
            "title": "清单",
            "items": {"type": "object", "properties": {"item": {"type": "string", "title": "项"}, "n": {"type": "integer", "title": "数"}}},
        },
    },
}
CHOICES = {"offices": (Choice("a", "甲局"), Choice("b", "乙局"))}


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ([("name", "x"), ("_key", "k")], {"name": "x"}),
        ([("rows.0.item", "一"), ("rows.0.n", "1"), ("rows.7.item", "二")], {"rows": [{"item": "一", "n": "1"}, {"item": "二"}]}),
        ([("rows.10.item", "十"), ("rows.2.item", "二")], {"rows": [{"item": "二"}, {"item": "十"}]}),
        ([("rows.0.item", " "), ("rows.1.item", "一")], {"rows": [{"item": "一"}]}),
        ([("offices", "a"), ("offices", "b")], {"offices": ["a", "b"]}),
        ([("notes", "一\r\n\r\n二 ")], {"notes": ["一", "二"]}),
        ([("stranger", "x")], {"stranger": "x"}),
        ([("name", "a"), ("name", "b")], {"name": "b"}),
        ([], {}),
    ],
)
def test_reading(sent: list[tuple[str, str]], read: dict[str, Any]) -> None:
    assert answers.read(sent, SCHEMA) == read


@given(st.lists(st.tuples(st.text(alphabet="namerows.0123_", max_size=12), st.text(max_size=5)), max_size=12))
def test_whatever_is_sent_is_read(sent: list[tuple[str, str]]) -> None:
    """Names without sense neither break the reading nor come out as anything but texts, lists and objects."""
    for value in answers.read(sent, SCHEMA).values():
        assert isinstance(value, str | list | dict)


def test_blank_rows_stay_while_rows_are_added() -> None:
    sent = [("rows.0.item", ""), ("rows.1.item", "一")]
    assert answers.read(sent, SCHEMA, blanks=True) == {"rows": [{"item": ""}, {"item": "一"}]}


def drawn(**more: Any) -> dict[str, fields.Field]:
    made = fields.form(SCHEMA, more.pop("answers", {}), CHOICES | {"kind": (Choice("甲", "甲"), Choice("乙", "乙"))}, **more)
    return {one.path: one for one in made.fields}


def test_each_kind_has_its_widget() -> None:
    widgets = {path: one.widget for path, one in drawn().items()}
    assert widgets == {
        "name": "text", "when": "date", "sum": "number", "kind": "radios", "place": "text", "yes": "yesno", "offices": "checks",
        "notes": "lines", "long": "area", "rows": "rows",
    }  # fmt: skip


ON_KIND = {"if": {"properties": {"kind": {"const": "甲"}}}, "then": {"required": ["name"]}}
ON_TWO = {"if": {"properties": {"kind": {"const": "甲"}, "place": {"const": "1"}}}, "then": {"required": ["name"]}}


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({}, ""),
        ({"allOf": [ON_KIND]}, "“种类”为“甲”时必填"),
        (
            {"allOf": [{"if": {"properties": {"kind": {"enum": ["甲", "乙"]}}}, "else": {"required": ["name"]}}]},
            "“种类”不为“甲”或“乙”时必填",
        ),
        ({"allOf": [ON_KIND, ON_TWO]}, "视情况必填"),
        ({"allOf": [ON_TWO]}, "视情况必填"),
        ({"dependentRequired": {"kind": ["name"]}}, "视情况必填"),
        ({"when": 'kind == "甲"'}, "“种类”为“甲”时必填"),
        ({"when": 'kind in ["甲", "乙"]'}, "“种类”为“甲”或“乙”时必填"),
        ({"when": 'elsewhere == "甲"'}, "视情况必填"),
        ({"when": 'project("kind") == "甲"'}, "视情况必填"),
    ],
)
def test_a_condition_on_one_answer_is_said_in_words(form: dict[str, Any], words: str) -> None:
    schema = {name: SCHEMA[name] for name in ("type", "properties")} | {name: rule for name, rule in form.items() if name != "when"}
    if "when" in form:
        schema["properties"] = schema["properties"] | {"name": schema["properties"]["name"] | {"x-required-when": form["when"]}}
    assert fields.form(schema, {}, {}).fields[0].sometimes == words


def test_marks() -> None:
    found = drawn()
    assert found["name"].required
    assert found["kind"].sometimes == "视情况必填"
    assert not found["kind"].required
    assert found["sum"].clauses == ("A-1", "A-2")
    assert found["sum"].unit == "万元"
    assert found["long"].private


def test_rows_and_errors() -> None:
    found = drawn(
        answers={"rows": [{"item": "一"}, {"item": "二"}]},
        errors={"rows.1.n": "「清单」第 2 行「数」请填写整数。", "name": "「名称」必须填写。"},
        more="rows",
    )
    assert [len(row) for row in found["rows"].rows] == [2, 2, 2]
    assert found["rows"].rows[1][1].error == "请填写整数。"
    assert found["rows"].rows[1][1].path == "rows.1.n"
    assert found["name"].error == "必须填写。"


def test_given_rows_are_neither_added_nor_blank() -> None:
    schema = {
        "type": "object",
        "properties": {
            "entries": {
                **SCHEMA["properties"]["rows"],
                "items": {"type": "object", "properties": {"project": {"type": "string", "title": "项目", "x-widget": "project"}}},
            }
        },
    }
    made = fields.form(schema, {"entries": [{"project": "p1"}]}, {"entries.project": (Choice("p1", "某项目"),)}, fixed=True)
    assert made.fields[0].fixed
    assert [one.widget for row in made.fields[0].rows for one in row] == ["given"]
    assert fields.form(schema, {}, {}, fixed=True).fields[0].rows == ()


def test_a_browser_that_goes_away_is_no_fault_of_ours(caplog: pytest.LogCaptureFixture) -> None:
    # given: a page that reads a body, and a browser that leaves in the middle of it
    app = FastAPI()
    errors.install(app)

    @app.post("/")
    async def read(body: typed.Body) -> None:
        raise AssertionError("nothing was sent")

    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": [], "http_version": "1.1", "scheme": "http"}
    # when
    asyncio.run(app(scope | {"server": ("t", 80), "client": ("c", 1), "root_path": ""}, receive, send))
    # then
    assert sent[0]["status"] == 400
    assert [one for one in caplog.records if one.levelno >= logging.WARNING] == []
