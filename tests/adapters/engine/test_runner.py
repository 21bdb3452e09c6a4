"""What a case does: gateways, calls, service tasks, faults."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from adapters.engine import compile, complete, deliver, evaluate, start
from domain.errors import EngineFault, ExpressionFailed, RuleRefused, Runaway, Stalled, UnknownTask
from tests.adapters.engine.diagrams import (
    both,
    call,
    diagram,
    end,
    flow,
    path,
    service,
    some,
    sub,
    task,
    xor,
)
from tests.adapters.engine.diagrams import start as begin
from tests.adapters.engine.walks import Walk
from tests.worlds import DictWorld

REVIEW = diagram(
    "t_main",
    begin(),
    task("apply"),
    task("review"),
    xor("decided", "again"),
    end(),
    path("start", "apply", "review", "decided"),
    flow("decided", "end", 'decision("review") == "通过"'),
    flow("decided", "apply", name="again"),
)


def test_a_rework_loop_ends_when_the_decision_says_so() -> None:
    walk = Walk(REVIEW)
    assert walk.open == ["apply"]
    walk.do("apply").do("review", "退回")
    assert (walk.open, walk.passed) == (["apply"], ["review", "decided"])
    walk.do("apply").do("review", "通过")
    assert walk.step.completed
    assert walk.passed == ["review", "decided", "end"]
    assert walk.step.ended == ("end",)
    assert [passed.kind for passed in walk.step.passed] == ["userTask", "exclusiveGateway", "endEvent"]


def test_a_place_has_a_process_an_element_and_its_own_activation() -> None:
    where = Walk(REVIEW).task("apply").where
    assert (where.scope, where.process, where.element, where.index) == ("", "t_main", "apply", None)
    assert where.activation == where.task


def test_a_closed_step_cannot_be_closed_again() -> None:
    walk = Walk(REVIEW)
    closed = walk.task("apply").where.task
    walk.do("apply")
    for wrong in (closed, "0" * 32, "", "x", closed + "/review"):
        with pytest.raises(UnknownTask):
            complete(walk.spec, walk.step.state, wrong, walk.world)
    with pytest.raises(UnknownTask):
        deliver(walk.spec, walk.step.state, walk.task("review").where.task, walk.world)


def test_a_finished_case_takes_nothing_more() -> None:
    walk = Walk(diagram("t_main", begin(), task("a"), end(), path("start", "a", "end")))
    only = walk.task("a").where.task
    walk.do("a")
    assert walk.step.completed
    with pytest.raises(UnknownTask):
        complete(walk.spec, walk.step.state, only, walk.world)


def test_parallel_branches_join_once() -> None:
    walk = Walk(
        diagram("t_main", begin(), both("fork"), task("a"), task("b"), both("join"), task("c"), end(),
                path("start", "fork", "a", "join", "c", "end"), path("fork", "b", "join"))
    )  # fmt: skip
    assert walk.open == ["a", "b"]
    assert walk.do("b").open == ["a"]
    assert walk.do("a").open == ["c"]
    assert walk.passed == ["a", "join"]


def test_inclusive_branches_join_when_the_chosen_ones_are_done() -> None:
    files = diagram(
        "t_main", begin(), some("fork", "fork__c"), task("a"), task("b"), task("c"), some("join"), end(), path("start", "fork"),
        flow("fork", "a", 'flag("a")'), flow("fork", "b", 'flag("b")'), flow("fork", "c"),
        path("a", "join", "end"), path("b", "join"), path("c", "join"),
    )  # fmt: skip
    for chosen, opened in ((("a", "b"), ["a", "b"]), (("b",), ["b"]), ((), ["c"])):
        walk = Walk(files, world=DictWorld(facts={"flag": lambda name, chosen=chosen: name in chosen}))
        assert walk.open == opened
        while walk.open:
            assert not walk.step.completed
            walk.do(walk.open[0])
        assert walk.step.completed


# --- calls and sub-processes ------------------------------------------------------------------------------------------------------------

CALLED = diagram("t_part", begin(), task("inner"), end(), path("start", "inner", "end"))


def test_a_called_process_knows_its_scope_and_parameters() -> None:
    outer = diagram(
        "t_main", begin(), call("file", "t_middle", receiver="office", limit="30", share="0.5", strict="true", code="007"), end(),
        path("start", "file", "end"),
    )  # fmt: skip
    middle = diagram("t_middle", begin(), call("deep", "t_part", receiver="nearer"), end(), path("start", "deep", "end"))
    walk = Walk(outer, middle, CALLED)
    where = walk.task("inner").where
    assert (where.scope, where.process) == ("file/deep", "t_part")
    assert where.params == {"receiver": "nearer", "limit": 30, "share": Decimal("0.5"), "strict": True, "code": "007"}
    assert evaluate('param("receiver") + "/" + str(param("limit"))', {}, walk.world, where) == "nearer/30"
    assert evaluate('param("unknown")', {}, walk.world, where) is None
    for wrong in ("param()", "param([1])", 'param("a", "b")'):
        with pytest.raises(ExpressionFailed, match="param 不能这样使用"):
            evaluate(wrong, {}, walk.world, where)
    walk.do("inner")
    assert walk.step.completed
    assert [(p.where.scope, p.where.element) for p in walk.step.passed] == [
        ("file/deep", "inner"), ("file/deep", "end"), ("file", "deep"), ("file", "end"), ("", "file"), ("", "end"),
    ]  # fmt: skip
    assert walk.step.ended == ("end",)


def test_an_embedded_sub_process_belongs_to_its_process() -> None:
    nested = sub("part", begin("s2"), task("inner"), end("e2"), path("s2", "inner", "e2"))
    walk = Walk(diagram("t_main", begin(), nested, end(), path("start", "part", "end")))
    assert (walk.task("inner").where.scope, walk.task("inner").where.process) == ("", "t_main")
    walk.do("inner")
    assert walk.step.completed
    assert walk.passed == ["inner", "e2", "part", "end"]
    assert walk.step.ended == ("end",)


def test_embedded_sub_processes_of_two_files_may_share_an_id() -> None:
    nested = sub("part", begin("s2"), task("inner"), end("e2"), path("s2", "inner", "e2"))
    outer = diagram("t_main", begin(), nested, call("next", "t_other"), end(), path("start", "part", "next", "end"))
    other = diagram("t_other", begin(), nested, end(), path("start", "part", "end"))
    walk = Walk(outer, other)
    walk.do("inner").do("inner")
    assert walk.step.completed


def test_a_hundred_rounds_of_a_call_stay_small_and_quick() -> None:
    rounds = diagram(
        "t_main", begin(), call("round", "t_part"), xor("enough", "again"), end(), path("start", "round", "enough"),
        flow("enough", "end", 'decision("inner") == "通过"'), flow("enough", "round", name="again"),
    )  # fmt: skip
    walk = Walk(rounds, CALLED)
    first_size = len(walk.step.state)
    for _ in range(100):
        walk.do("inner", "退回")
        assert walk.open == ["inner"]
    assert abs(len(walk.step.state) - first_size) < 100
    walk.do("inner", "通过")
    assert walk.step.completed


# --- service tasks and the world ----------------------------------------------------------------------------------------------------------

TELLING = diagram("t_main", begin(), task("a"), service("tell", "notify", to="'owner'", text='decision("a")', days="3"), task("b"), end(),
                  path("start", "a", "tell", "b", "end"))  # fmt: skip


def test_a_service_task_tells_the_world_and_writes_no_data() -> None:
    walk = Walk(TELLING).do("a", "通过")
    assert walk.world.operations == [("tell", "notify", {"to": "owner", "text": "通过", "days": 3})]
    assert b"result" not in walk.step.state


def test_what_the_world_refuses_comes_through_unchanged() -> None:
    walk = Walk(TELLING)
    refusal = RuleRefused("不可以。", clause="JJ-1")

    def refuse(operation: str) -> None:
        raise refusal

    walk.world.refuse = refuse
    with pytest.raises(RuleRefused) as caught:
        walk.do("a", "通过")
    assert caught.value is refusal

    def break_down(operation: str) -> None:
        raise ConnectionError("database is gone")

    walk.world.refuse = break_down
    with pytest.raises(ConnectionError):
        walk.do("a", "通过")


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("decision()", "不能这样使用"),
        ('decison("a")', "是否想写 decision"),
        ('decision("a")', "应得出是或否"),
        ("answer('a', 'x') > 3", "不能比较大小"),
        ("1 / 0 > 1", "除数为 0"),
        ("a.b", "未知名称"),
        ("decision(", "读不懂"),
    ],
)
def test_a_wrong_condition_names_its_gateway(condition: str, words: str) -> None:
    walk = Walk(diagram("t_main", begin(), task("a"), xor("gate", "gate__b"), task("b"), end(), path("start", "a", "gate"),
                        flow("gate", "end", condition), flow("gate", "b"), path("b", "end")))  # fmt: skip
    with pytest.raises(ExpressionFailed, match=words) as caught:
        walk.do("a", "通过")
    assert caught.value.element == "gate"


def test_a_wait_for_a_branch_nobody_took_is_an_incident() -> None:
    files = diagram(
        "t_main", begin(), task("a"), xor("split", "split__c"), task("c"), task("d"), both("join"), end(), path("start", "a", "split"),
        flow("split", "c"), flow("split", "d", "1 == 2"), path("c", "join", "end"), path("d", "join"),
    )  # fmt: skip
    walk = Walk(files).do("a")
    with pytest.raises(Stalled) as caught:
        walk.do("c")
    assert caught.value.element == "join"


def test_automatic_loops_and_bottomless_calls_are_stopped() -> None:
    endless = diagram("t_main", begin(), service("s", "notify"), xor("g", "back"), end(), path("start", "s", "g"),
                      flow("g", "end", "1 == 2"), flow("g", "s", name="back"))  # fmt: skip
    with pytest.raises(Runaway):
        Walk(endless)
    itself = diagram("t_main", begin(), call("again", "t_main"), end(), path("start", "again", "end"))
    with pytest.raises(Runaway):
        Walk(itself)


def test_spec_is_needed_whole() -> None:
    outer = diagram("t_main", begin(), call("c", "t_gone"), end(), path("start", "c", "end"))
    with pytest.raises(EngineFault, match="t_gone"):
        compile({"a.bpmn": outer}, "t_main")
    assert start(compile({"a.bpmn": REVIEW, "broken.bpmn": b"<x"}, "t_main"), DictWorld()).tasks  # a broken stranger does not matter


def test_steps_are_values() -> None:
    step = Walk(REVIEW).step
    assert replace(step) == step
    assert hash(step.tasks[0].where.task)
