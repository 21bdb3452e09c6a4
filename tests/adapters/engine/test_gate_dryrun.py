"""What only walking finds: stalls, endless ways, answers that are not there yet, steps open twice."""

from __future__ import annotations

import time

from adapters.engine.gate import Context
from tests.adapters.engine import samples as s

P = "sample/plan.bpmn"
RANK = '<sequenceFlow id="f2" sourceRef="rank" targetRef="issue"/>'


def codes(new: str, old: str = RANK, context: Context = s.CONTEXT) -> dict[str, str]:
    return {one.code: one.what for one in s.findings(s.spoilt(P, old, new), context, walks=True) if one.file == P}


def steps(*names: str) -> str:
    note = s.noted('<lianshen:step form="review" office="office"/>')
    return "".join(f'<userTask id="{name}" name="{name}">{note}</userTask>' for name in names)


def flows(*pairs: str) -> str:
    ends = [pair.split(">") for pair in pairs]
    return "".join(f'<sequenceFlow id="w{n}" sourceRef="{source}" targetRef="{target}"/>' for n, (source, target) in enumerate(ends))


def test_a_choice_into_a_join_stalls() -> None:
    found = codes(
        '<sequenceFlow id="f2" sourceRef="rank" targetRef="choose"/><exclusiveGateway id="choose" default="c1"/>'
        + '<parallelGateway id="meet"/>' + steps("a", "b") + '<sequenceFlow id="c1" sourceRef="choose" targetRef="a"/>'
        '<sequenceFlow id="c2" sourceRef="choose" targetRef="b">'
        '<conditionExpression>decision("rank") == "通过"</conditionExpression></sequenceFlow>' + flows("a>meet", "b>meet", "meet>issue")
    )  # fmt: skip
    assert set(found) == {"stall", "outcome-unhandled"}
    assert "走法：排序" in found["stall"]


def test_branches_that_never_meet_open_a_step_twice() -> None:
    found = codes(
        '<sequenceFlow id="f2" sourceRef="rank" targetRef="split"/><parallelGateway id="split"/>' + steps("a", "b", "c")
        + flows("split>a", "split>b", "a>c", "b>c", "c>issue")
    )  # fmt: skip
    assert "open-twice" in found


def test_a_way_that_never_ends() -> None:
    found = codes(
        '<sequenceFlow id="f2" sourceRef="rank" targetRef="again"/><exclusiveGateway id="again" default="c1"/>'
        '<sequenceFlow id="c1" sourceRef="again" targetRef="rank"/><sequenceFlow id="c2" sourceRef="again" targetRef="issue">'
        '<conditionExpression>times("rank", "通过") &lt; 0</conditionExpression></sequenceFlow>'
    )  # fmt: skip
    assert "endless" in found


def test_a_question_about_what_is_not_yet_answered() -> None:
    new = '<sequenceFlow id="f2" sourceRef="rank" targetRef="choose"/><exclusiveGateway id="choose" default="c1"/>' + steps("a")
    new += '<sequenceFlow id="c1" sourceRef="choose" targetRef="a"/><sequenceFlow id="c2" sourceRef="choose" targetRef="issue">'
    new += '<conditionExpression>done_on("a") &gt; today()</conditionExpression></sequenceFlow>' + flows("a>issue")
    found = codes(new)
    assert "dry-run" in found
    assert "不能比较大小" in found["dry-run"]


def test_an_automatic_loop_through_a_called_process_is_found_before_walking() -> None:
    called = s.HEAD + '<process id="sample_auto" isExecutable="true"><startEvent id="s"/><endEvent id="e"/>'
    called += '<sequenceFlow id="f" sourceRef="s" targetRef="e"/></process></definitions>'
    loop = f'<callActivity id="auto" calledElement="sample_auto">{s.noted()}</callActivity><exclusiveGateway id="g" default="c1"/>'
    loop += '<sequenceFlow id="f2" sourceRef="rank" targetRef="auto"/><sequenceFlow id="c0" sourceRef="auto" targetRef="g"/>'
    loop += '<sequenceFlow id="c1" sourceRef="g" targetRef="auto"/><sequenceFlow id="c2" sourceRef="g" targetRef="issue">'
    loop += "<conditionExpression>round_year() == 1</conditionExpression></sequenceFlow>"
    found = s.findings({**s.spoilt(P, RANK, loop), "sample/auto.bpmn": called}, walks=True)
    assert "automatic-loop" in {one.code for one in found}


def test_no_walk_where_something_stands_against_it() -> None:
    found = codes('<sequenceFlow id="f2" sourceRef="rank" targetRef="gone"/>')
    assert "stall" not in found
    assert "engine" not in found


def test_walks_are_the_same_every_time() -> None:
    spoilt = s.spoilt(P, "排序", "排名")
    first, second = ([one.line() for one in s.findings({**spoilt, **_unmet()}, walks=True)] for _ in range(2))
    assert first
    assert first == second


def _unmet() -> dict[str, str]:
    """The main procedure with a join that waits for a way not taken."""
    return s.spoilt("sample/intake.bpmn", 'sourceRef="split" targetRef="finance"', 'sourceRef="review_gate" targetRef="finance"')


def test_the_sample_is_checked_in_less_than_a_second() -> None:
    began = time.process_time()
    s.findings(walks=True)
    assert time.process_time() - began < 1
