"""Every kind of finding, by spoiling one thing of a sound rule set."""

from __future__ import annotations

import re

import pytest

from adapters.engine.gate import Context
from tests.adapters.engine import samples as s

INTAKE, P, F = "sample/intake.bpmn", "sample/plan.bpmn", "national/filing.bpmn"
REVIEW = '<userTask id="review" name="预审">'
REFUSED = '<endEvent id="refused" name="不予受理"/>'
START = '<startEvent id="start" name="提出申请"/>'
WAIT = '<messageEventDefinition id="plan_wait" messageRef="plan_result_message"/>'
OK = 'decision("review") == "通过"'
DAYS = "workdays(5)"

FAULTS: list[tuple[str, str, str, str, str | None]] = [
    # code, file, old, new, element
    ("unreachable", INTAKE, START,
     START + '<userTask id="lost" name="孤岛"/><sequenceFlow id="x" sourceRef="lost" targetRef="done"/>', "lost"),
    ("dead-end", INTAKE, '<sequenceFlow id="f5" sourceRef="remind" targetRef="reminded"/>', "", "remind"),
    ("no-way-to-end", P, 'sourceRef="issue" targetRef="issued"', 'sourceRef="issue" targetRef="rank"', "start"),
    ("several-ways-out", INTAKE, "</process>", '<sequenceFlow id="x" sourceRef="apply" targetRef="refused"/></process>', "apply"),
    ("automatic-loop", P, 'sourceRef="start" targetRef="rank"/>',
     'sourceRef="start" targetRef="g"/><exclusiveGateway id="g" default="y"/><sequenceFlow id="y" sourceRef="g" targetRef="rank"/>'
     '<sequenceFlow id="z" sourceRef="g" targetRef="h"><conditionExpression>round_year() &gt; 1</conditionExpression></sequenceFlow>'
     '<exclusiveGateway id="h"/><sequenceFlow id="w" sourceRef="h" targetRef="g"/>', "g"),
    ("no-default", INTAKE, ' default="review_back"', "", "review_gate"),
    ("no-condition", INTAKE, f'<conditionExpression xsi:type="tFormalExpression">{OK}</conditionExpression>', "", "review_ok"),
    ("condition-misplaced", INTAKE, '<sequenceFlow id="f2" sourceRef="apply" targetRef="review"/>',
     '<sequenceFlow id="f2" sourceRef="apply" targetRef="review"><conditionExpression>true</conditionExpression></sequenceFlow>', "f2"),
    ("flow-end", INTAKE, 'id="f12" sourceRef="wait_plan" targetRef="filing"', 'id="f12" sourceRef="wait_plan" targetRef="nowhere"', "f12"),
    ("flow-end", INTAKE, 'id="f12" sourceRef="wait_plan" targetRef="filing"', 'id="f12" sourceRef="wait_plan" targetRef="start"', "f12"),
    ("end-goes-on", INTAKE, "</process>", '<sequenceFlow id="x" sourceRef="refused" targetRef="apply"/></process>', "refused"),
    ("start", INTAKE, START, START + '<startEvent id="again"/><sequenceFlow id="x" sourceRef="again" targetRef="apply"/>', None),
    ("start", INTAKE, START, f'<startEvent id="start">{WAIT}</startEvent>', "start"),
    ("crosses-border", INTAKE, '<userTask id="finance" name="资金审核">',
     '<subProcess id="sub"><startEvent id="s1"/><endEvent id="s2"/><sequenceFlow id="s3" sourceRef="s1" targetRef="s2"/></subProcess>'
     '<sequenceFlow id="x" sourceRef="split" targetRef="s2"/><userTask id="finance" name="资金审核">', "x"),
    # not executed
    ("not-executed", INTAKE, START, START + '<subProcess id="esp" triggeredByEvent="true"><startEvent id="e1"/><endEvent id="e2"/>'
     '<sequenceFlow id="e3" sourceRef="e1" targetRef="e2"/></subProcess>', "esp"),
    ("not-executed", INTAKE, WAIT, '<linkEventDefinition id="l" name="x"/>', "wait_plan"),
    ("not-executed", INTAKE, WAIT, '<signalEventDefinition id="l"/>', "wait_plan"),
    ("not-executed", INTAKE, WAIT,
     '<conditionalEventDefinition id="l"><condition>true</condition></conditionalEventDefinition>', "wait_plan"),
    ("not-executed", INTAKE, REFUSED, '<endEvent id="refused"><compensateEventDefinition id="l"/></endEvent>', "refused"),
    ("not-executed", INTAKE, REFUSED, f'<endEvent id="refused">{WAIT}</endEvent>', "refused"),
    ("not-executed", INTAKE, '<parallelGateway id="split"/>', '<complexGateway id="split"/>', "split"),
    ("not-executed", P, "</process>", '<receiveTask id="rcv"/></process>', "rcv"),
    ("not-executed", INTAKE, START, START + '<dataObject id="d"/>', None),
    ("not-executed", P, '<sequenceFlow id="f2" sourceRef="rank" targetRef="issue"/>',
     '<eventBasedGateway id="race"/><sequenceFlow id="f2" sourceRef="rank" targetRef="race"/>' + "".join(
         f'<sequenceFlow id="r{n}" sourceRef="race" targetRef="t{n}"/><sequenceFlow id="q{n}" sourceRef="t{n}" targetRef="issue"/>'
         f'<intermediateCatchEvent id="t{n}"><timerEventDefinition id="d{n}"><timeDate>days({n})</timeDate></timerEventDefinition>'
         "</intermediateCatchEvent>" for n in (1, 2)), "race"),
    ("event", INTAKE, WAIT, "", "wait_plan"),
    ("boundary", INTAKE, 'attachedToRef="review"', 'attachedToRef="reviw"', "review_late"),
    ("message", INTAKE, 'messageRef="plan_result_message"', 'messageRef="other"', "wait_plan"),
    ("unknown-message", P, "plan_result", "plan_resul", "wait_plan"),
    ("error-uncaught", INTAKE, REFUSED, '<endEvent id="refused"><errorEventDefinition id="x"/></endEvent>', None),
    ("error-uncaught", F, '<endEvent id="filed"/>', '<endEvent id="filed"><errorEventDefinition id="x"/></endEvent>', "filing"),
    # loops
    ("loop-bound", P, '<userTask id="rank" name="排序">', '<userTask id="rank" name="排序"><standardLoopCharacteristics/>', "rank"),
    ("loop-bound", INTAKE, '<loopCardinality>count(parties("joint"))</loopCardinality>', "", "joint"),
    ("loop-bound", INTAKE, 'count(parties("joint"))', "10000000", "joint"),
    ("no-parties", INTAKE, '<lianshen:parties offices="office,owner"/>', "", "joint"),
    ("no-parties", INTAKE, '<lianshen:parties offices="office,owner"/>', "<lianshen:parties/>", "joint"),
    ("parties-mismatch", INTAKE, 'count(parties("joint"))', 'count(parties("finance"))', "joint"),
    # calls
    ("call-missing", INTAKE, 'calledElement="national_filing"', 'calledElement="national_filling"', "filing"),
    ("call-circle", F, '<userTask id="file" name="报送备案"/>', '<callActivity id="file" calledElement="national_filing"/>', None),
    ("no-office", INTAKE, '<lianshen:param name="receiver" value="office"/>', "", "filing"),
    ("no-office", INTAKE, '<lianshen:param name="receiver" value="office"/>', '<lianshen:param name="receiver" value="ofice"/>', "filing"),
    # expressions and references
    ("expression", INTAKE, OK, 'decision("review") === "通过"', "review_ok"),
    ("expression", INTAKE, OK, "__import__(&quot;os&quot;)", "review_ok"),
    ("unknown-function", INTAKE, OK, 'decison("review") == "通过"', "review_ok"),
    ("unknown-name", INTAKE, OK, 'outcome == "通过"', "review_ok"),
    ("arity", INTAKE, OK, 'decision("review", 1) == "通过"', "review_ok"),
    ("unknown-step", INTAKE, OK, 'decision("reviw") == "通过"', "review_ok"),
    ("unknown-step", INTAKE, OK, 'decision("rank") == "通过"', "review_ok"),
    ("unknown-step", INTAKE, OK, 'decision("filing/recieve") == "收到"', "review_ok"),
    ("unknown-field", INTAKE, OK, 'answer("apply", "estimat") == 3', "review_ok"),
    ("unknown-outcome", INTAKE, OK, 'decision("review") == "同意"', "review_ok"),
    ("unknown-outcome", INTAKE, 'decision("route") == "direct"', 'decision("route") == "quick"', "to_filing"),
    ("unknown-outcome", INTAKE, 'votes("joint", "不通过")', 'votes("joint", "反对")', "joint"),
    ("unknown-amount", INTAKE, "amount(&quot;estimate&quot;)", "amount(&quot;budget&quot;)", "apply"),
    ("unknown-fact", INTAKE, OK, 'project("color") == "红"', "review_ok"),
    ("unknown-setting", INTAKE, DAYS, 'workdays(setting("dayz"))', "review_late"),
    ("unknown-ban", INTAKE, OK, 'banned("reviews")', "review_ok"),
    ("unknown-clause", INTAKE, OK, 'overridden("SA-99")', "review_ok"),
    ("unknown-office", INTAKE, OK, 'project("unit") == held_by("ofice")', "review_ok"),
    ("unknown-procedure", INTAKE, OK, 'running("intaek") == 0', "review_ok"),
    ("unknown-param", INTAKE, OK, 'param("x") == 1', "review_ok"),
    ("unknown-flag", INTAKE, OK, 'flag("x") == 1', "review_ok"),
    ("outcome-unhandled", INTAKE, '<conditionExpression>decision("review") == "不予受理"</conditionExpression>',
     '<conditionExpression>amount("estimate") == 1</conditionExpression>', "review_gate"),
    # our own data
    ("no-clause", INTAKE, REVIEW + s.noted('<lianshen:step form="review" stage="预审"/>'),
     REVIEW + s.noted('<lianshen:step form="review"/>', clause=""), "review"),
    ("unknown-clause", INTAKE,
     REVIEW + "<extensionElements>" + s.CLAUSE, REVIEW + '<extensionElements><lianshen:clause id="SA-02"/>', "review"),
    ("unknown-note", INTAKE, '<lianshen:material id="proposal" required="true"',
     '<lianshen:materal id="proposal" required="true"', "apply"),
    ("unknown-material", INTAKE, '<lianshen:material id="proposal"', '<lianshen:material id="propsal"', "apply"),
    ("unknown-form", INTAKE, '<lianshen:step form="vote"/>', '<lianshen:step form="votes"/>', "joint"),
    ("unknown-office", INTAKE, '<lane id="office"', '<lane id="offices"', "offices"),
    ("unknown-office", INTAKE, '<lianshen:step form="vote"/>', '<lianshen:step form="vote" office="nobody"/>', "joint"),
    ("unknown-office", INTAKE, 'starters="owner"', 'starters="owners"', None),
    ("no-office", INTAKE, "<flowNodeRef>review</flowNodeRef>", "", "review"),
    ("unknown-operation", INTAKE, 'serviceTaskOperator id="notify"', 'serviceTaskOperator id="notfy"', "remind"),
    ("operation-parameter", INTAKE, '<spiffworkflow:parameter id="to" type="str" value="\'office\'"/>', "", "remind"),
    ("operation-parameter", INTAKE, '<spiffworkflow:parameter id="to"', '<spiffworkflow:parameter id="whom"', "remind"),
    ("unknown-office", INTAKE, "value=\"'office'\"", "value=\"'ofice'\"", "remind"),
    ("unknown-table", INTAKE, ">sample_route<", ">sample_rout<", "route"),
    # timers
    ("timer", INTAKE, f"<timeDate>{DAYS}</timeDate>", "", "review_late"),
    ("timer", INTAKE, DAYS, "workdays(99999)", "review_late"),
    ("timer", INTAKE, DAYS, "workdays(-3)", "review_late"),
    ("timer", INTAKE, DAYS, 'end_of("02-30")', "review_late"),
    ("timer", INTAKE, DAYS, "today()", "review_late"),
    ("timer", INTAKE, f"<timeDate>{DAYS}</timeDate>", "<timeDuration>P99999999Y</timeDuration>", "review_late"),
    ("timer", INTAKE, f"<timeDate>{DAYS}</timeDate>", "<timeCycle>R/PT0S</timeCycle>", "review_late"),
    ("timer", INTAKE, f"<timeDate>{DAYS}</timeDate>", "<timeCycle>P7D</timeCycle>", "review_late"),
    ("timer", INTAKE, f"<timeDate>{DAYS}</timeDate>", "<timeDuration>days(3)</timeDuration>", "review_late"),
    # variables
    ("parallel-write", INTAKE, '<userTask id="finance" name="资金审核">',
     '<scriptTask id="w1"><script>x = 1</script></scriptTask><scriptTask id="w2"><script>x = 2</script></scriptTask>'
     '<sequenceFlow id="v1" sourceRef="split" targetRef="w1"/><sequenceFlow id="v2" sourceRef="split" targetRef="w2"/>'
     '<sequenceFlow id="v3" sourceRef="w1" targetRef="join"/><sequenceFlow id="v4" sourceRef="w2" targetRef="join"/>'
     '<userTask id="finance" name="资金审核">', "split"),
    ("parallel-record", INTAKE, '<lianshen:step form="vote"/>', '<lianshen:step form="apply"/>', "joint"),
    ("expression", P, '<sequenceFlow id="f2" sourceRef="rank" targetRef="issue"/>',
     '<scriptTask id="w"><script>import os</script></scriptTask><sequenceFlow id="f2" sourceRef="rank" targetRef="w"/>'
     '<sequenceFlow id="v" sourceRef="w" targetRef="issue"/>', "w"),
    ("expression", INTAKE, REVIEW + "<extensionElements>",
     REVIEW + "<extensionElements><spiffworkflow:preScript>x.y = 1</spiffworkflow:preScript>",
     "review"),
    # the file itself
    ("schema", INTAKE, START, START + "<userTusk id='u'/>", None),
    ("process", INTAKE, ' isExecutable="true"', "", None),
    ("no-id", INTAKE, '<parallelGateway id="split"/>', "<parallelGateway/>", None),
    ("duplicate-id", INTAKE, '<endEvent id="reminded"', '<endEvent id="done"', "done"),
    ("unsafe-id", INTAKE, '<parallelGateway id="join"/>', "<parallelGateway id=\"jo'in\"/>", None),
    ("unsafe-id", INTAKE, 'messageRef="plan_result_message"', 'messageRef="x&quot;]|//*["', "wait_plan"),
    ("name", INTAKE, 'name="预审"', f'name="{"长" * 501}"', "review"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "file", "old", "new", "element"), FAULTS, ids=[f"{n}-{one[0]}" for n, one in enumerate(FAULTS)])
def test_one_fault_gives_its_finding(code: str, file: str, old: str, new: str, element: str | None) -> None:
    found = s.findings(s.spoilt(file, old, new))
    named = [one for one in found if one.code == code]
    assert named, [one.line() for one in found]
    assert element in {one.element for one in named}
    for one in found:
        assert re.search(r"[\u4e00-\u9fff]", one.what), one.what
        assert one.what.endswith(("。", "）")), one.what
        assert len(one.todo) > 3, one.todo


def test_a_sound_rule_set_has_no_findings() -> None:
    assert s.findings(walks=True) == []


def test_two_ways_at_once_that_record_the_same() -> None:
    files = {
        file: text.replace('form="review"/>', 'form="apply"/>').replace('form="vote"', 'form="apply"') for file, text in s.FILES.items()
    }
    found = [one for one in s.findings(files) if one.code == "parallel-record" and one.element == "split"]
    assert [one.level for one in found] == ["提醒"]
    assert "金额 estimate" in found[0].what


def test_a_misspelt_word_gets_a_suggestion() -> None:
    (found,) = (one for one in s.findings(s.spoilt(INTAKE, OK, 'decision("reviw") == "通过"')) if one.code == "unknown-step")
    assert "是否想写 review" in found.todo


def test_a_shared_diagram_needs_no_clauses_of_its_own() -> None:
    assert not [one for one in s.findings() if one.file == F]


def test_a_shared_diagram_that_is_never_called_need_not_fit() -> None:
    wanted = '<extensionElements><lianshen:material id="elsewhere"/></extensionElements>'
    asks = s.spoilt(F, '<userTask id="file" name="报送备案"/>', f'<userTask id="file" name="报送备案">{wanted}</userTask>')
    files = s.spoilt(INTAKE, 'calledElement="national_filing"', 'calledElement="sample_other"')
    assert "unknown-material" in {one.code for one in s.findings(asks)}
    assert "unknown-material" not in {one.code for one in s.findings({**files, F: asks[F]})}


def test_too_many_nodes() -> None:
    chain = "".join(f'<userTask id="t{n}"/><sequenceFlow id="l{n}" sourceRef="t{n}" targetRef="t{n + 1}"/>' for n in range(499))
    chain += '<userTask id="t499"/><sequenceFlow id="l499" sourceRef="t499" targetRef="issue"/>'
    chain += '<sequenceFlow id="f2" sourceRef="rank" targetRef="t0"/>'
    found = s.findings(s.spoilt(P, '<sequenceFlow id="f2" sourceRef="rank" targetRef="issue"/>', chain), walks=True)
    assert "too-many-nodes" in {one.code for one in found}


def test_calls_deeper_than_five() -> None:
    files: dict[str, str] = {}
    for level in range(7):
        inner = f'<callActivity id="c" calledElement="sample_p{level + 1}">{s.noted()}</callActivity>' if level < 6 else '<task id="c"/>'
        files[f"sample/p{level}.bpmn"] = (
            s.HEAD + f'<process id="sample_p{level}" isExecutable="true"><startEvent id="s"/>{inner}<endEvent id="e"/>'
            '<sequenceFlow id="f1" sourceRef="s" targetRef="c"/><sequenceFlow id="f2" sourceRef="c" targetRef="e"/></process></definitions>'
        )
    assert [one.file for one in s.findings(files) if one.code == "call-depth"] == ["sample/p0.bpmn"]


def test_a_round_must_open_something() -> None:
    context = Context(code="sample", offices=s.CONTEXT.offices, clauses=s.CONTEXT.clauses, materials=s.CONTEXT.materials, forms=s.FORMS,
                      settings=s.CONTEXT.settings, bans=s.CONTEXT.bans, rounds={"yearly": "plans"})  # fmt: skip
    (found,) = s.findings(context=context)
    assert (found.code, found.element, found.file) == ("call-missing", "yearly", "sample/rounds.yaml")


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ({"check": "estimate > 0 and estimat < 3"}, "unknown-name"),
        ({"check": 'estimate > 0 or decision("reviw") == "x"'}, "unknown-step"),
        ({"check": "estimate >"}, "expression"),
        ({"check": "estimate > 0", "clause": "SA-99"}, "unknown-clause"),
    ],
)
def test_rules_of_forms_are_read(rule: dict[str, str], code: str) -> None:
    apply = {**s.FORMS["apply"], "x-rules": [rule]}
    context = Context(code="sample", offices=s.CONTEXT.offices, clauses=s.CONTEXT.clauses, materials=s.CONTEXT.materials,
                      forms={**s.FORMS, "apply": apply}, settings=s.CONTEXT.settings, bans=s.CONTEXT.bans)  # fmt: skip
    assert code in {one.code for one in s.findings(context=context)}
