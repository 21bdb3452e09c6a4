"""The regulation against the diagrams: each reminder by one thing that brings it out."""

from __future__ import annotations

import json

import pytest

from adapters import library
from domain.findings import Finding

Files = dict[str, bytes]
JUDGED = {"type": "object", "title": "审核", "properties": {"outcome": {"type": "string", "title": "结论", "enum": ["同意", "不同意"]}}}
APPLY = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:lianshen="urn:lianshen:1" id="d" targetNamespace="urn:x">
  <process id="sample_ask" isExecutable="true">
    <extensionElements><lianshen:procedure kind="side" title="申请" starters="owner"/></extensionElements>
    <laneSet id="lanes"><lane id="owner"><flowNodeRef>start</flowNodeRef><flowNodeRef>ask</flowNodeRef>{first}</lane>
      <lane id="office"><flowNodeRef>end</flowNodeRef>{second}</lane></laneSet>
    <startEvent id="start"/><userTask id="ask" name="提出申请"/><userTask id="judge" name="审核申请"/>
    <exclusiveGateway id="gate" default="no"/><endEvent id="end"/>
    <sequenceFlow id="a" sourceRef="start" targetRef="ask"/><sequenceFlow id="b" sourceRef="ask" targetRef="judge"/>
    <sequenceFlow id="c" sourceRef="judge" targetRef="gate"/><sequenceFlow id="no" sourceRef="gate" targetRef="ask"/>
    <sequenceFlow id="yes" sourceRef="gate" targetRef="end">{asked}</sequenceFlow>
  </process>
</definitions>"""
ASKED = '<conditionExpression>decision("judge") == "同意"</conditionExpression>'
JUDGE = "<flowNodeRef>judge</flowNodeRef>"


def linted(files: Files) -> list[Finding]:
    """Findings besides the one that the sample folder always has."""
    return [one for one in library.check(library.read(files, "sample")) if one.code not in ("uncovered", "form")]


def asking(files: Files, *, own: bool = False, asked: str = ASKED) -> Files:
    text = APPLY.format(first=JUDGE if own else "", second="" if own else JUDGE, asked=asked)
    return files | {"sample/ask.bpmn": text.encode(), "sample/forms/judge.json": json.dumps(JUDGED).encode()}


def with_clause(files: Files, kind: str, path: str, old: str, new: str) -> Files:
    clause = f"- {{id: SA-13-new, article: 第十三条, kind: {kind}, rule: 五个工作日内报告。}}\n"
    spoilt = files[path].decode()
    assert old in spoilt
    return files | {"sample/clauses.yaml": files["sample/clauses.yaml"] + clause.encode(), path: spoilt.replace(old, new).encode()}


def test_sound_diagrams_bring_nothing_out(files: Files) -> None:
    assert linted(files) == []
    assert linted(asking(files)) == []


@pytest.mark.parametrize("kind", ["step", "filing", "report", "periodic", "rejection", "sanction"])
def test_a_duty_that_only_stands_on_a_list(files: Files, kind: str) -> None:
    old, new = "{id: police, name: 公安分局}", "{id: police, name: 公安分局, clauses: [SA-13-new]}"
    (found,) = linted(with_clause(files, kind, "sample/offices.yaml", old, new))
    assert (found.code, found.element, found.level) == ("duty-no-step", "SA-13-new", "提醒")
    assert "offices.yaml#police" in found.what


def test_a_role_may_stand_on_a_list(files: Files) -> None:
    old, new = "{id: police, name: 公安分局}", "{id: police, name: 公安分局, clauses: [SA-13-new]}"
    assert linted(with_clause(files, "role", "sample/offices.yaml", old, new)) == []


def test_a_limit_without_a_timer(files: Files) -> None:
    old = '<bpmn:userTask id="decide" name="审定"/>'
    new = (
        '<bpmn:userTask id="decide" name="审定"><bpmn:extensionElements><lianshen:clause id="SA-13-new"/></bpmn:extensionElements>'
        "</bpmn:userTask>"
    )
    spoilt = with_clause(files, "deadline", "sample/intake.bpmn", old, new)
    (found,) = linted(spoilt)
    assert (found.code, found.element) == ("limit-no-timer", "SA-13-new")
    timer = (
        '<bpmn:boundaryEvent id="decide_late" attachedToRef="decide"><bpmn:timerEventDefinition id="t9"><bpmn:timeDate>workdays(5)'
        "</bpmn:timeDate></bpmn:timerEventDefinition></bpmn:boundaryEvent></bpmn:process>"
    )
    mended = spoilt["sample/intake.bpmn"].decode().replace("</bpmn:process>", timer)
    assert linted(spoilt | {"sample/intake.bpmn": mended.encode()}) == []


def test_a_refusal_that_nobody_asks_for(files: Files) -> None:
    condition = '<conditionExpression>project("nature") == "建设类"</conditionExpression>'
    (found,) = linted(asking(files, asked=condition))
    assert (found.code, found.file, found.element) == ("refusal-no-path", "sample/ask.bpmn", "judge")
    assert 'decision("judge") == "不同意"' in found.todo


def test_who_applies_and_judges_in_one(files: Files) -> None:
    (found,) = linted(asking(files, own=True))
    assert (found.code, found.file, found.element) == ("same-office", "sample/ask.bpmn", "judge")
    assert "项目单位" in found.what
