"""Messages, errors, escalations, the end of everything."""

from __future__ import annotations

import pytest

from adapters.engine import complete, inspect
from domain.errors import EngineFault
from tests.adapters.engine.diagrams import (
    both,
    boundary,
    call,
    catch,
    diagram,
    end,
    error,
    error_end,
    escalate,
    escalation,
    first,
    flow,
    message,
    on_day,
    path,
    task,
    timer,
    xor,
)
from tests.adapters.engine.diagrams import start as begin
from tests.adapters.engine.walks import Walk

CALLED = diagram("t_part", begin(), task("inner"), end(), path("start", "inner", "end"))


# --- messages ---------------------------------------------------------------------------------------------------------------------------

WAITING = diagram(
    "t_main", begin(), both("fork"), catch("wait_plan", "plan"), catch("wait_money", "money"), xor("listed", "listed__refused"),
    task("build"), task("refused"), end(), end("end2"),
    path("start", "fork", "wait_plan", "listed"), path("fork", "wait_money", "end2"),
    flow("listed", "build", 'decision("wait_plan") == "纳入"'), flow("listed", "refused"), path("build", "end"), path("refused", "end"),
    root=message("plan") + message("money"),
)  # fmt: skip


def test_a_message_wakes_one_catch() -> None:
    walk = Walk(WAITING)
    assert (walk.waits, walk.open) == (["wait_money", "wait_plan"], [])
    assert walk.wait("wait_plan").message == "plan"
    walk.say("wait_plan", "纳入")
    assert (walk.waits, walk.open) == (["wait_money"], ["build"])
    walk.say("wait_money", "到账").do("build")
    assert walk.step.completed


def test_two_catches_of_one_message_are_told_apart() -> None:
    walk = Walk(
        diagram("t_main", begin(), both("fork"), catch("w1", "plan"), catch("w2", "plan"), task("a"), task("b"), end(),
                path("start", "fork", "w1", "a", "end"), path("fork", "w2", "b", "end"), root=message("plan"))
    )  # fmt: skip
    walk.say("w2", "x")
    assert (walk.open, walk.waits) == (["b"], ["w1"])


def test_whichever_event_comes_first() -> None:
    files = diagram(
        "t_main", begin(), first("gate"), catch("yes", "yes"), catch("no", "no"), timer("late", on_day("days(3)")),
        timer("later", on_day("days(9)")),
        task("a"), task("b"), task("c"), task("d"), end(), path("start", "gate", "yes", "a", "end"), path("gate", "no", "b", "end"),
        path("gate", "later", "d", "end"), path("gate", "late", "c", "end"), root=message("yes") + message("no"),
    )  # fmt: skip
    walk = Walk(files)
    assert (walk.waits, walk.timers) == (["no", "yes"], ["late", "later"])
    assert walk.say("no", "x").open == ["b"]
    assert (walk.waits, walk.timers) == ([], [])
    assert walk.passed == ["gate", "no"]
    walk = Walk(files).fire(5)
    assert (walk.open, walk.waits, walk.timers) == (["c"], [], [])


# --- errors and escalations -------------------------------------------------------------------------------------------------------------


def failing(catching: str = "wrong") -> tuple[bytes, bytes]:
    part = diagram(
        "t_part", begin(), both("fork"), task("inner"), task("beside"), xor("ok", "ok__bad"), end(), error_end("bad", "wrong"), end("end2"),
        path("start", "fork", "inner", "ok"), flow("ok", "end", 'decision("inner") == "通过"'), flow("ok", "bad"),
        path("fork", "beside", "end2"), root=error("wrong"),
    )  # fmt: skip
    outer = diagram(
        "t_main", begin(), both("split"), call("one", "t_part"), call("two", "t_part"), both("join"), end(),
        boundary("e1", "one", f'<errorEventDefinition errorRef="error_{catching}"/>'),
        boundary("e2", "two", f'<errorEventDefinition errorRef="error_{catching}"/>'),
        task("r1"), task("r2"), path("start", "split", "one", "join", "end"), path("split", "two", "join"),
        path("e1", "r1", "join"), path("e2", "r2", "join"), root=error(catching),
    )  # fmt: skip
    return outer, part


def test_an_error_reaches_only_the_call_it_happened_in() -> None:
    walk = Walk(*failing())
    second = next(t for t in walk.step.tasks if t.where.element == "inner" and t.where.scope == "two")
    walk.world.decide("inner", "不通过")
    walk.step = complete(walk.spec, walk.step.state, second.where.task, walk.world)
    assert [(t.where.scope, t.where.element) for t in walk.step.tasks] == [("", "r2"), ("one", "inner"), ("one", "beside")]
    assert "two" not in walk.passed


def test_an_error_nobody_catches_is_a_fault() -> None:
    walk = Walk(*failing("other"))
    with pytest.raises(EngineFault, match="wrong"):
        walk.do("inner", "不通过")
    assert inspect(walk.spec, walk.step.state, walk.world).tasks == walk.step.tasks  # the old state still stands


def test_an_escalation_does_not_stop_the_part() -> None:
    part = diagram("t_part", begin(), task("inner"), escalate("tell", "late"), task("more"), end(),
                   path("start", "inner", "tell", "more", "end"), root=escalation("late"))  # fmt: skip
    outer = diagram(
        "t_main", begin(), call("one", "t_part"), end(),
        boundary("told", "one", '<escalationEventDefinition escalationRef="escalation_late"/>', interrupting=False),
        task("notice"), end("end2"), path("start", "one", "end"), path("told", "notice", "end2"), root=escalation("late"),
    )  # fmt: skip
    walk = Walk(outer, part).do("inner")
    assert walk.open == ["more", "notice"]
    walk.do("more")
    assert walk.open == ["notice"]
    assert walk.do("notice").step.completed


def test_a_terminate_end_stops_everything_in_its_process() -> None:
    stop = end("stop", "<terminateEventDefinition/>")
    walk = Walk(
        diagram("t_main", begin(), both("fork"), task("a"), task("b"), call("c", "t_part"), stop, end(), path("start", "fork", "a", "stop"),
                path("fork", "b", "end"), path("fork", "c", "end")), CALLED,
    )  # fmt: skip
    walk.do("a")
    assert walk.step.completed
    assert walk.step.ended == ("stop",)
