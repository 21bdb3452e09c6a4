"""What diagrams and forms are answered where no jurisdiction happens to ask: rounds, rows, the very answers of a step, stages of calls."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from adapters import engine
from adapters.database import Database, cases, projects
from adapters.database.tables import System
from domain.errors import MissingMaterial, RuleRefused
from domain.procedures import Where
from tasks import cases as case_tasks
from tasks import work
from tests.tasks import small
from tests.tasks.stages import MORNING, Town

TEXT = {"type": "string", "title": "文字"}
NAME = {"name": {"type": "string", "title": "名称", "x-project": "name"}}
PROOF = '<lianshen:material id="proof" required="true" when="reason == &quot;变更&quot;"/>'


def ask(town: Town, case: str, expression: str) -> Any:
    """What an expression answers at the top of a case, as it is."""
    with town.database.reading() as db:
        act = case_tasks.load(db, cases.get(db, case), now=MORNING)
        return engine.evaluate(expression, {}, act, Where("", act.case.procedure, "", "", ""))


def stage_of(town: Town, case: str) -> str:
    with town.database.reading() as db:
        return projects.get(db, cases.get(db, case).project or "").stage


def test_a_call_enters_its_stage_when_it_begins_and_what_stands_inside_goes_on_from_there(memory: Database) -> None:
    # given
    town = small.town(
        memory,
        {
            "project": small.process("project", small.step("ask"), small.call("build", "part", stage="建设"), small.step("use")),
            "part": small.process("part", small.step("dig"), small.step("roof", stage="封顶"), kind="part"),
        },
        {name: {"properties": NAME} for name in ("ask", "dig", "roof", "use")},
    )
    case = town.begin("ask", unit="小区局")
    # when
    seen = []
    for name in ("ask", "dig", "roof"):
        town.complete(town.item(case, name))
        seen.append(stage_of(town, case))
    # then
    assert seen == ["建设", "封顶", "封顶"]


def test_a_field_left_out_in_a_later_round_is_not_answered_by_an_earlier_one(memory: Database) -> None:
    # given
    returned = '<conditionExpression>decision("check") == "退回"</conditionExpression>'
    again = f'<sequenceFlow id="back" sourceRef="more" targetRef="ask">{returned}</sequenceFlow>'
    town = small.town(
        memory,
        {
            "project": small.process(
                "project",
                small.step("ask"),
                small.step("check"),
                '<exclusiveGateway id="more" default="f3"/>',
                small.step("use"),
                more=again,
            )
        },
        {
            "ask": {"properties": {**NAME, "remark": TEXT}},
            "check": {"properties": {"outcome": {"type": "string", "title": "结论", "enum": ["退回", "通过"]}}, "required": ["outcome"]},
            "use": {"properties": NAME},
        },
    )
    case = town.begin("ask", unit="小区局")
    # when
    town.complete(town.item(case, "ask"), remark="先有的话")
    assert ask(town, case, 'answer("ask", "remark")') == "先有的话"
    town.complete(town.item(case, "check"), outcome="退回")
    town.complete(town.item(case, "ask"), name="只有名称")
    # then
    assert ask(town, case, 'answer("ask", "remark")') is None
    assert ask(town, case, 'answer("ask", "name")') == "只有名称"


def test_a_material_is_required_by_the_answers_of_its_own_step(memory: Database) -> None:
    # given
    form = {"properties": {"reason": {"type": "string", "title": "事由", "enum": ["变更", "新建"]}}}
    town = small.town(
        memory, {"project": small.process("project", small.step("ask", marks=PROOF), small.step("use"))}, {"ask": form, "use": form}
    )
    case = town.begin("ask", unit="小区局")
    item = town.item(case, "ask")
    official = town.official(item)
    # then
    with pytest.raises(MissingMaterial, match="缺少材料：证明"):
        town.complete(item, reason="变更")
    with town.database.transaction() as db:
        assert [one.required for one in work.materials_of(db, official, "small", item.id, now=MORNING)] == [False, False]
        work.inbox.keep_draft(db, item.id, official, {"reason": "变更"}, now=MORNING)
        assert [one.required for one in work.materials_of(db, official, "small", item.id, now=MORNING)] == [True, False]
    town.complete(item, reason="新建")


def test_rules_of_a_form_see_the_system_that_the_form_names(memory: Database) -> None:
    # given
    form = {
        "properties": {"system": {"type": "string", "title": "系统", "x-widget": "system", "x-project": "system"}},
        "x-rules": [{"check": 'system("status") != "已停运"', "clause": "SM-01", "refusal": "系统 {system} 已停运。"}],
    }
    town = small.town(memory, {"project": small.process("project", small.step("ask"), small.step("use"))}, {"ask": form, "use": form})
    with town.database.transaction() as db:
        db.add(System(id="old", jurisdiction="small", unit="bureau", name="旧的平台", status="已停运"))
        db.add(System(id="new", jurisdiction="small", unit="bureau", name="全新系统", status="运行中"))
    case = town.begin("ask", unit="小区局")
    # then
    with pytest.raises(RuleRefused, match="系统 旧的平台 已停运"):
        town.complete(town.item(case, "ask"), system="旧的平台")
    town.complete(town.item(case, "ask"), system="全新系统")


def test_rows_keep_their_figures_and_days_in_answers_and_in_facts_of_the_project(memory: Database) -> None:
    # given
    row = {"amount": {"type": "number", "title": "金额"}, "day": {"type": "string", "format": "date", "title": "日期"}}
    rows = {"type": "array", "title": "付款", "x-project": "payments", "items": {"type": "object", "title": "行", "properties": row}}
    form = {"properties": {"payments": rows, "share": {"type": "number", "title": "比例", "x-project": "share"}}}
    process = small.process("project", small.step("ask"), small.step("use"))
    town = small.town(memory, {"project": process}, {"ask": form, "use": {"properties": NAME}})
    case = town.begin("ask", unit="小区局")
    # when
    town.complete(town.item(case, "ask"), share=12.5, payments=[{"amount": 1.25, "day": "2026-03-02"}, {"amount": 2, "day": "2026-04-01"}])
    # then
    for source in ('answer("ask", "payments")', 'project("payments")'):
        assert ask(town, case, f'sum([one["amount"] for one in {source}])') == Decimal("3.25")
        assert ask(town, case, f'max([one["day"] for one in {source}])') == date(2026, 4, 1)
    assert ask(town, case, 'project("share") > 3') is True
