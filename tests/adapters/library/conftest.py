"""A small jurisdiction of our own invention, with one of everything, drawn as another editor would write it (prefix, extra namespaces)."""

from __future__ import annotations

import json

import pytest

REGION = """
code: sample
name: 某区
title: 某区项目管理办法
status: 征求意见稿
validity_years: 2
settings:
  - {id: soon_days, title: 提前提醒天数, value: 3, clause: SA-09-soon}
bans:
  - {id: review, title: 一年内不再评审, clause: SA-08-three, subject: project}
choices: {unit_kind: [区级部门, 街道]}
"""
CLAUSES = """
- {id: SA-01, article: 第一条, kind: context, rule: 说明目的。, reason: 目的条款不执行}
- {id: SA-06-30wan, article: 第六条, kind: threshold, rule: 30万元以上先列计划。}
- {id: SA-07-reserve, article: 第七条, kind: step, rule: 原则上不启动。, override: {approver: leaders, message: plan_result, outcome: 纳入}}
- {id: SA-08-three, article: 第八条, kind: ban, rule: 三次不通过一年内不再评审。}
- {id: SA-09-soon, article: 第九条, kind: deadline, rule: 到期前提醒。}
- {id: SA-11-contract, article: 第十一条, kind: deadline, rule: 七个工作日内备案。, drawn: ["tasks: 合同期限"]}
- {id: SA-12-nowhere, article: 第十二条, kind: step, rule: 没有落到任何地方。}
"""
OFFICES = """
- {id: owner, name: 项目单位, side: applicant, of_project: true, clauses: [SA-06-30wan]}
- {id: office, name: 领导小组办公室}
- {id: leaders, name: 领导小组}
- {id: police, name: 公安分局}
"""
MATERIALS = "- {id: contract_copy, name: 合同副本, clauses: [SA-11-contract]}\n"
ROUNDS = """
- id: plan
  title: 年度计划
  clauses: [SA-06-30wan]
  procedure: intake
  opens: yearly 12-31
"""
INTAKE = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn"
  xmlns:modeler="http://camunda.org/schema/modeler/1.0" xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core"
  xmlns:lianshen="urn:lianshen:1" id="defs" targetNamespace="urn:lianshen:sample" exporter="Camunda Modeler"
  modeler:executionPlatform="Camunda Platform">
  <bpmn:collaboration id="together"><bpmn:participant id="pool" name="项目申报" processRef="sample_intake"/></bpmn:collaboration>
  <bpmn:message id="message_plan" name="plan_result"/>
  <bpmn:process id="sample_intake" isExecutable="true" camunda:historyTimeToLive="180">
    <bpmn:extensionElements>
      <lianshen:procedure kind="main" title="申报项目" starters="owner, office" when='project("nature") == "建设类"'/>
      <lianshen:clause id="SA-06-30wan"/>
    </bpmn:extensionElements>
    <bpmn:laneSet id="lanes">
      <bpmn:lane id="owner" name="项目单位">
        <bpmn:flowNodeRef>start</bpmn:flowNodeRef><bpmn:flowNodeRef>file_contract</bpmn:flowNodeRef><bpmn:flowNodeRef>rework</bpmn:flowNodeRef>
      </bpmn:lane>
      <bpmn:lane id="office" name="领导小组办公室">
        <bpmn:childLaneSet id="inner">
          <bpmn:lane id="leaders" name="领导小组"><bpmn:flowNodeRef>decide</bpmn:flowNodeRef></bpmn:lane>
        </bpmn:childLaneSet>
        <bpmn:flowNodeRef>gate</bpmn:flowNodeRef><bpmn:flowNodeRef>decide</bpmn:flowNodeRef><bpmn:flowNodeRef>joint</bpmn:flowNodeRef>
      </bpmn:lane>
    </bpmn:laneSet>
    <bpmn:startEvent id="start"/>
    <bpmn:userTask id="file_contract" name="合同&#10;备案" camunda:assignee="x">
      <bpmn:extensionElements>
        <camunda:properties><camunda:property name="a" value="b"/></camunda:properties>
        <lianshen:clause id="SA-11-contract"/><lianshen:clause id="SA-11-contract"/>
        <lianshen:step form="contract" office='=param("receiver")' stage="合同备案"/>
        <lianshen:material id="contract_copy" required="false" when='amount("contract") &gt;= 30'/>
      </bpmn:extensionElements>
    </bpmn:userTask>
    <bpmn:boundaryEvent id="late" attachedToRef="file_contract" cancelActivity="false">
      <bpmn:timerEventDefinition id="t1">
        <bpmn:timeDate>workdays(7, after=answer("sign", "signed_on"))</bpmn:timeDate>
      </bpmn:timerEventDefinition>
    </bpmn:boundaryEvent>
    <bpmn:businessRuleTask id="gate" name="经费判断">
      <bpmn:extensionElements><spiffworkflow:calledDecisionId>sample_gate</spiffworkflow:calledDecisionId></bpmn:extensionElements>
    </bpmn:businessRuleTask>
    <bpmn:exclusiveGateway id="split" default="to_wait"/>
    <bpmn:userTask id="joint" name="联审">
      <bpmn:extensionElements><lianshen:parties offices="police, office" source='["leaders"]' again="不满足"/></bpmn:extensionElements>
      <bpmn:multiInstanceLoopCharacteristics isSequential="false">
        <bpmn:loopCardinality>count(parties("joint"))</bpmn:loopCardinality>
      </bpmn:multiInstanceLoopCharacteristics>
    </bpmn:userTask>
    <bpmn:subProcess id="rework" name="修改">
      <bpmn:startEvent id="rework_start"/><bpmn:userTask id="amend" name="修改方案"/><bpmn:endEvent id="rework_end"/>
      <bpmn:sequenceFlow id="r1" sourceRef="rework_start" targetRef="amend"/>
      <bpmn:sequenceFlow id="r2" sourceRef="amend" targetRef="rework_end"/>
    </bpmn:subProcess>
    <bpmn:userTask id="decide" name="审定"/>
    <bpmn:intermediateCatchEvent id="wait_plan" name="等待计划">
      <bpmn:messageEventDefinition id="m1" messageRef="message_plan"/>
    </bpmn:intermediateCatchEvent>
    <bpmn:serviceTask id="tell" name="通知">
      <bpmn:extensionElements>
        <spiffworkflow:serviceTaskOperator id="notify"><spiffworkflow:parameters>
          <spiffworkflow:parameter id="to" type="str" value="'owner'"/>
          <spiffworkflow:parameter id="clause" type="str" value="'SA-08-three'"/>
        </spiffworkflow:parameters></spiffworkflow:serviceTaskOperator>
      </bpmn:extensionElements>
    </bpmn:serviceTask>
    <bpmn:callActivity id="filing" name="备案" calledElement="national_filing">
      <bpmn:extensionElements>
        <lianshen:param name="receiver" value="office"/><lianshen:param name="days" value="7"/><lianshen:param name="share" value="0.5"/>
        <lianshen:param name="urgent" value="true"/><lianshen:param name="before" value="06-30"/>
      </bpmn:extensionElements>
    </bpmn:callActivity>
    <bpmn:endEvent id="done"/>
    <bpmn:sequenceFlow id="to_gate" sourceRef="start" targetRef="gate"/>
    <bpmn:sequenceFlow id="to_joint" name="三十万以下" sourceRef="split" targetRef="joint">
      <bpmn:extensionElements><lianshen:clause id="SA-06-30wan"/></bpmn:extensionElements>
      <bpmn:conditionExpression>decision("gate") == "direct"</bpmn:conditionExpression>
    </bpmn:sequenceFlow>
  </bpmn:process>
</bpmn:definitions>
"""
FILING = """<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:lianshen="urn:lianshen:1"
  targetNamespace="urn:lianshen:national">
  <process id="national_filing" name="备案" isExecutable="true">
    <laneSet id="lanes"><lane id="receiver"><flowNodeRef>receive</flowNodeRef></lane></laneSet>
    <startEvent id="start"/>
    <userTask id="receive" name="签收">
      <extensionElements><lianshen:clause id="SA-11-contract"/><lianshen:clause id="ZZ-01"/></extensionElements>
    </userTask>
    <endEvent id="end"/>
  </process>
</definitions>
"""
TABLE = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="urn:lianshen:sample">
  <decision id="sample_gate" name="经费判断"><decisionTable id="t" hitPolicy="UNIQUE">
    <input id="i"><inputExpression id="e" typeRef="number"><text>amount("estimate")</text></inputExpression></input>
    <output id="o" name="o" typeRef="string"/>
    <rule id="below"><description>第六条 30万元（不含）以下 [SA-06-30wan]</description>
      <inputEntry id="a"><text>&lt; 30</text></inputEntry>
      <outputEntry id="b"><text>"direct"</text></outputEntry></rule>
    <rule id="above"><description>第六条、第七条 [SA-06-30wan] [SA-07-reserve]</description>
      <inputEntry id="c"><text>&gt;= 30</text></inputEntry>
      <outputEntry id="f"><text>"plan"</text></outputEntry></rule>
  </decisionTable></decision>
</definitions>
"""
CONTRACT = {
    "type": "object", "title": "合同备案", "additionalProperties": False, "x-clauses": ["SA-11-contract"],
    "properties": {
        "signed_on": {"type": "string", "format": "date", "title": "签订日期", "x-clause": "SA-11-contract"},
        "lots": {
            "type": "array", "title": "分包",
            "items": {
                "type": "object", "additionalProperties": False,
                "properties": {"no": {"type": "integer", "title": "序号", "x-clause": ["SA-09-soon"]}},
            },
        },
    },
    "x-rules": [{"check": "signed_on <= today()", "clause": "SA-11-contract", "refusal": "签订日期晚于今天。"}],
}  # fmt: skip


@pytest.fixture
def files() -> dict[str, bytes]:
    """Paths as in a library folder → contents."""
    texts = {
        "sample/region.yaml": REGION, "sample/clauses.yaml": CLAUSES, "sample/offices.yaml": OFFICES, "sample/materials.yaml": MATERIALS,
        "sample/rounds.yaml": ROUNDS, "sample/intake.bpmn": INTAKE, "sample/gate.dmn": TABLE, "sample/scenarios/one.yaml": "title: 一则\n",
        "sample/forms/contract.json": json.dumps(CONTRACT, ensure_ascii=False), "national/filing.bpmn": FILING,
        "national/forms/receive.json": '{"type": "object", "title": "签收", "properties": {}}',
        "national/forms/contract.json": '{"type": "object", "title": "全国的", "properties": {}, "x-clauses": ["SA-08-three"]}',
        "national/holidays-2026.yaml": "year: 2026\nnotice: 通知\nholidays: []\n",
        "elsewhere/region.yaml": "code: elsewhere\n", "sample/notes.txt": "不属于规则集",
    }  # fmt: skip
    return {path: text.encode() for path, text in texts.items()}
