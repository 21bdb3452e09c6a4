"""The traps of SpiffWorkflow and of hostile authors, one test each; joins, errors, timers and tables are in `test_repairs`."""

from __future__ import annotations

import inspect as reflection
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import adapters.engine as engine
from adapters.engine import compile, complete, fire, start
from adapters.engine.environment import Act, Engine, Environment
from adapters.engine.places import Places
from domain.errors import BadState, EngineFault, ExpressionFailed, Runaway
from domain.procedures import Where
from tests.adapters.engine.diagrams import (
    both,
    boundary,
    call,
    catch,
    diagram,
    end,
    escalate,
    escalation,
    flow,
    lasting,
    many,
    message,
    on_day,
    path,
    rule,
    service,
    some,
    table,
    task,
    timer,
    xor,
)
from tests.adapters.engine.diagrams import start as begin
from tests.adapters.engine.walks import Walk
from tests.worlds import DictWorld

SIMPLE = diagram("t_main", begin(), task("a"), end(), path("start", "a", "end"))


# --- every place an author writes an expression in ----------------------------------------------------------------------------------------


def places(evil: str) -> dict[str, tuple[bytes, ...]]:
    """A diagram for every authored place, with the same text in it."""
    extension = "<extensionElements><spiffworkflow:{0}>{1}</spiffworkflow:{0}></extensionElements>"
    after = (end(), path("start", "x", "end"))

    def one(element: str, *more: str, root: str = "") -> tuple[bytes, ...]:
        return (diagram("t_main", begin(), element, *after, *more, root=root),)

    ways = diagram("t_main", begin(), xor("x", "x__b"), task("a"), task("b"), end(), path("start", "x"), flow("x", "a", evil),
    flow("x", "b"),
                   path("a", "end"), path("b", "end"))  # fmt: skip
    inclusive = ways.replace(b"exclusiveGateway", b"inclusiveGateway")
    condition = f'<conditionalEventDefinition id="c"><condition>{evil}</condition></conditionalEventDefinition>'
    decided = diagram("t_main", begin(), rule("x", "t_t"), *after)
    loop = f"<loopCondition>{evil}</loopCondition>"
    loop = f'<standardLoopCharacteristics loopMaximum="2" testBefore="true">{loop}</standardLoopCharacteristics>'
    payload = (
        '<intermediateThrowEvent id="x"><messageEventDefinition messageRef="message_m"><extensionElements>'
        f"<spiffworkflow:messagePayload>{evil}</spiffworkflow:messagePayload></extensionElements></messageEventDefinition></intermediateThrowEvent>"
    )
    correlation = (
        '<intermediateCatchEvent id="x"><messageEventDefinition messageRef="message_m"><extensionElements>'
        "<spiffworkflow:processVariableCorrelation><spiffworkflow:propertyId>p</spiffworkflow:propertyId>"
        f"<spiffworkflow:expression>{evil}</spiffworkflow:expression></spiffworkflow:processVariableCorrelation></extensionElements>"
        "</messageEventDefinition></intermediateCatchEvent>"
    )
    thrown = "<extensionElements><spiffworkflow:payloadExpression>{}</spiffworkflow:payloadExpression></extensionElements>"
    thrown = f'<escalation id="e1" name="e">{thrown}</escalation>'
    return {
        "condition": (ways,),
        "inclusive condition": (inclusive,),
        "script": one(f'<scriptTask id="x"><script>{evil}</script></scriptTask>'),
        "preScript": one(task("x", extension.format("preScript", evil))),
        "postScript": one(service("x", "notify").replace("</extensionElements>", extension.format("postScript", evil)[19:])),
        "timeDate": one(timer("x", on_day(evil))),
        "timeDuration": one(timer("x", lasting(evil))),
        "timeCycle": one(timer("x", f"<timeCycle>{evil}</timeCycle>")),
        "conditional event": one(f'<intermediateCatchEvent id="x">{condition}</intermediateCatchEvent>'),
        "cardinality": one(task("x", many(evil))),
        "loop condition": one(task("x", loop)),
        "service parameter": one(service("x", "notify", to=evil)),
        "message payload": one(payload, root=message("m")),
        "correlation": one(correlation, root=message("m")),
        "escalation payload": one(
            '<intermediateThrowEvent id="x"><escalationEventDefinition escalationRef="e1"/></intermediateThrowEvent>',
            root=thrown.format(evil),
        ),
        "table input": (decided, table("t_t", [evil], [(['"a"'], '"x"', "")])),
        "table cell": (decided, table("t_t", ["1"], [([evil], '"x"', "")])),
        "table cell with ?": (decided, table("t_t", ["1"], [([f"? == {evil}"], '"x"', "")])),
        "table output": (decided, table("t_t", ["1"], [(["-"], evil, "")])),
    }


@pytest.mark.parametrize("place", places(""))
def test_no_authored_place_runs_python(place: str, tmp_path: Path) -> None:
    """18 of 21 places ran a shell command with the restricted environment that SpiffWorkflow's documentation recommends."""
    witness = tmp_path / "witness"
    for evil in (f"open('{witness}', 'w')", f"__import__('pathlib').Path('{witness}').touch()", "().__class__.__base__.__subclasses__()"):
        with pytest.raises(EngineFault):
            Walk(*places(evil)[place])
        assert not witness.exists()


def test_a_completion_condition_runs_no_python(tmp_path: Path) -> None:
    witness = tmp_path / "witness"
    walk = Walk(diagram("t_main", begin(), task("a", many("2", f"open('{witness}', 'w')")), end(), path("start", "a", "end")))
    with pytest.raises(ExpressionFailed):
        walk.do("a")
    assert not witness.exists()


def test_the_environment_itself_is_closed(tmp_path: Path) -> None:
    """Correlations and ad-hoc conditions ask it directly, past the script engine."""
    act = Act(Places(compile({"a.bpmn": SIMPLE}, "t_main")), DictWorld())
    environment = Engine(act).environment
    assert isinstance(environment, Environment)
    witness = tmp_path / "witness"
    with pytest.raises(ExpressionFailed):
        environment.evaluate(f"open('{witness}', 'w')", {})
    with pytest.raises(ExpressionFailed):
        environment.execute(f"open('{witness}', 'w')", {})
    with pytest.raises(EngineFault):
        environment.call_service({}, operation_name="x")
    assert environment.evaluate('decision("a") is None and x == 1', {"x": 1}) is True
    assert not witness.exists()


def test_a_shadowed_function_stays_a_function() -> None:
    """A field called like a function breaks every script of stock SpiffWorkflow, or silently replaces the function."""
    script = '<scriptTask id="s"><script>true = "y"</script></scriptTask>'
    with pytest.raises(ExpressionFailed):
        Walk(diagram("t_main", begin(), script, end(), path("start", "s", "end")))
    script = '<scriptTask id="s"><script>decision = "x"</script></scriptTask>'
    walk = Walk(diagram("t_main", begin(), script, xor("g", "g__b"), task("a"), task("b"), end(), path("start", "s", "g"),
                        flow("g", "a", 'decision("a") is None'), flow("g", "b"), path("a", "end"), path("b", "end")))  # fmt: skip
    assert walk.open == ["a"]


# --- data -------------------------------------------------------------------------------------------------------------------------------


def test_no_form_data_can_reach_the_engine() -> None:
    """Mass assignment, `typename`, deep nesting: there is no way in."""
    for act in (engine.start, engine.complete, engine.deliver, engine.fire):
        assert set(reflection.signature(act).parameters) <= {"spec", "state", "task", "world"}


def test_decisions_of_parallel_branches_are_both_known_in_any_order() -> None:
    """Stock joins overwrite one branch's data with the stale copy of another; decisions are not engine data."""
    files = diagram(
        "t_main", begin(), both("fork"), task("x"), task("y"), both("join"), xor("g", "g__no"), task("yes"), task("no"), end(),
        path("start", "fork", "x", "join", "g"), path("fork", "y", "join"), path("yes", "end"), path("no", "end"),
        flow("g", "yes", 'decision("x") == "同意" and decision("y") == "反对"'), flow("g", "no"),
    )  # fmt: skip
    for order in (("x", "y"), ("y", "x")):
        walk = Walk(files)
        for element in order:
            walk.do(element, {"x": "同意", "y": "反对"}[element])
        assert walk.open == ["yes"]
        assert b'"u"' not in walk.step.state


def test_a_service_task_without_a_result_stores_none() -> None:
    walk = Walk(diagram("t_main", begin(), service("s", "notify"), task("a"), end(), path("start", "s", "a", "end")))
    assert b"spiff__" not in walk.step.state


# --- bounds -----------------------------------------------------------------------------------------------------------------------------


def test_too_many_calls_at_once_are_stopped() -> None:
    part = diagram("t_part", begin(), call("c", "t_leaf", many("20")), end(), path("start", "c", "end"))
    leaf = diagram("t_leaf", begin(), task("a"), end(), path("start", "a", "end"))
    with pytest.raises(Runaway):
        Walk(diagram("t_main", begin(), call("c", "t_part", many("20")), end(), path("start", "c", "end")), part, leaf)


def test_a_slow_world_is_not_waited_for_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.engine.environment.MAX_SECONDS", 0.0)
    with pytest.raises(Runaway, match="用时"):
        Walk(SIMPLE)


def test_a_call_is_bounded_from_outside_too() -> None:
    """150 steps in a row parse and run; 500 break SpiffWorkflow's recursive parser, which becomes a fault like any other."""
    names = [f"a{n}" for n in range(150)]
    walk = Walk(diagram("t_main", begin(), *(service(name, "notify") for name in names), end(), path("start", *names, "end")))
    assert walk.step.completed
    names = [f"a{n}" for n in range(2_000)]
    with pytest.raises(EngineFault):
        Walk(diagram("t_main", begin(), *(task(name) for name in names), end(), path("start", *names, "end")))


# --- events -----------------------------------------------------------------------------------------------------------------------------


def test_an_escalation_nobody_catches_is_a_fault() -> None:
    with pytest.raises(EngineFault, match="late"):
        Walk(diagram("t_main", begin(), escalate("e", "late"), task("a"), end(), path("start", "e", "a", "end"), root=escalation("late")))


def test_a_message_sent_into_the_void_is_a_fault() -> None:
    sent = '<intermediateThrowEvent id="e"><messageEventDefinition messageRef="message_m"/></intermediateThrowEvent>'
    with pytest.raises(EngineFault, match="“m”"):
        Walk(diagram("t_main", begin(), sent, end(), path("start", "e", "end"), root=message("m")))


def test_a_message_boundary_ends_its_step() -> None:
    stop = boundary("stop", "a", '<messageEventDefinition messageRef="message_withdraw"/>')
    ways = path("start", "a", "end") + path("stop", "b", "end")
    walk = Walk(diagram("t_main", begin(), task("a", many("2")), stop, task("b"), end(), ways, root=message("withdraw")))
    assert walk.waits == ["stop"]
    assert walk.say("stop", "撤回").open == ["b"]
    assert walk.waits == []


def test_a_receive_task_waits_for_its_message() -> None:
    walk = Walk(
        diagram("t_main", begin(), '<receiveTask id="r" messageRef="message_m"/>', end(), path("start", "r", "end"), root=message("m"))
    )
    assert walk.wait("r").message == "m"
    assert walk.say("r", "x").step.completed


def test_a_message_arrives_once() -> None:
    walk = Walk(diagram("t_main", begin(), catch("w", "m"), catch("v", "m"), end(), path("start", "w", "v", "end"), root=message("m")))
    once = walk.wait("w").where.task
    walk.say("w", "x")
    with pytest.raises(EngineFault):
        engine.deliver(walk.spec, walk.step.state, once, walk.world)
    assert walk.waits == ["v"]


# --- a failed act leaves nothing ----------------------------------------------------------------------------------------------------------


def test_after_a_failure_the_same_act_can_be_repeated() -> None:
    files = diagram("t_main", begin(), task("a", many("3", 'votes("a", "x") / ready() >= 1')), service("s", "notify"), task("b"), end(),
                    path("start", "a", "s", "b", "end"))  # fmt: skip
    world = DictWorld(facts={"ready": 0})
    walk = Walk(files, world=world)
    state, where = walk.step.state, walk.task("a", 1).where
    world.sign(where, "x")
    for _ in range(3):
        with pytest.raises(ExpressionFailed):
            complete(walk.spec, state, where.task, world)
    world.facts["ready"] = 1
    done = complete(walk.spec, state, where.task, world)
    assert [t.where.element for t in done.tasks] == ["b"]
    assert world.operations == [("s", "notify", {})]


def test_cases_of_one_process_do_not_touch_each_other() -> None:
    """Specifications are shared by all cases and threads."""
    files = {
        "a.bpmn": diagram(
            "t_main", begin(), both("fork"), task("a", many("3")), some("i", "i__c"), task("b"), task("c"), both("join"), end(),
            path("start", "fork", "a", "join", "end"), path("fork", "i"), flow("i", "b", 'pick() == "b"'), flow("i", "c"), path("b",
            "join"),
            path("c", "join"),
        ).replace(b'<userTask id="c"', b'<userTask id="c"')
    }  # fmt: skip
    files["a.bpmn"] = files["a.bpmn"].replace(b'sourceRef="b" targetRef="join"', b'sourceRef="b" targetRef="merge"').replace(
        b'sourceRef="c" targetRef="join"', b'sourceRef="c" targetRef="merge"'
    ).replace(b"</process>", (xor("merge") + path("merge", "join")).encode() + b"</process>")  # fmt: skip
    spec = compile(files, "t_main")
    barrier = threading.Barrier(4)

    def walk(number: int) -> list[str]:
        world = DictWorld(facts={"pick": "bc"[number % 2]})
        barrier.wait()
        seen = []
        for _ in range(25):
            step = start(spec, world)
            while not step.completed:
                where = step.tasks[-1].where
                seen.append(where.element)
                step = complete(spec, step.state, where.task, world)
        return seen

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(walk, range(4)))
    for number, seen in enumerate(results):
        assert sorted(set(seen)) == ["a", "bc"[number % 2]]
        assert len(seen) == 100


def test_every_fault_is_one_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    walk = Walk(SIMPLE)

    def broken(*_: Any) -> None:
        raise KeyError("somewhere inside")

    monkeypatch.setattr("SpiffWorkflow.task.Task.run", broken)
    with pytest.raises(EngineFault, match="KeyError"):
        walk.do("a")
    monkeypatch.undo()
    with pytest.raises(BadState):
        fire(walk.spec, b"", walk.world)
    assert walk.do("a").step.completed


def test_the_door_offers_what_the_contract_names() -> None:
    assert sorted(engine.__all__) == [
        "Spec", "ahead", "cell_expression", "check_expression", "compile", "complete", "deliver", "evaluate", "fire", "forget", "inspect",
        "place", "reschedule", "start",
    ]  # fmt: skip
    where = Where("", "t_main", "a", "1", "1")
    assert engine.evaluate("today() == date('2026-03-02')", {}, DictWorld(), where) is True
