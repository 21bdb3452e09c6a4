"""Deadlines: when they fire, in which order, and that they never fire on the side."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from adapters.engine import complete, fire, inspect, reschedule
from adapters.engine.timers import moment
from domain.errors import ExpressionFailed, UnknownTask
from tests.adapters.engine.diagrams import (
    both,
    boundary,
    call,
    deadline,
    diagram,
    end,
    first,
    lasting,
    many,
    message,
    on_day,
    path,
    sub,
    task,
    timer,
)
from tests.adapters.engine.diagrams import start as begin
from tests.adapters.engine.walks import Walk
from tests.worlds import DictWorld, at


def with_deadline(expression: str = "days(3)", interrupting: bool = False, marker: str = "") -> bytes:
    return diagram(
        "t_main", begin(), task("sign", marker), deadline("late", "sign", expression, interrupting), task("remind"), end("reminded"), end(),
        path("start", "sign", "end"), path("late", "remind", "reminded"),
    )  # fmt: skip


def waiting_for(expression: str, world: DictWorld | None = None) -> Walk:
    files = diagram("t_main", begin(), timer("wait", on_day(expression)), task("after"), end(), path("start", "wait", "after", "end"))
    return Walk(files, world=world)


# --- moments ----------------------------------------------------------------------------------------------------------------------------


def test_the_last_day_is_included() -> None:
    """A period that ends on 5 March is over at 00:00 of 6 March."""
    walk = Walk(with_deadline(), world=DictWorld(now=at("2026-03-02 09:00")))
    late = walk.timer("late")
    assert late.fires_at == at("2026-03-06")
    assert (late.expression, late.interrupting) == ("days(3)", False)
    assert late.basis is not None
    assert late.basis.due == date(2026, 3, 5)
    walk.world.now = at("2026-03-05 23:59")
    assert walk.fire().open == ["sign"]
    walk.world.now = at("2026-03-06")
    assert walk.fire().open == ["remind", "sign"]


def test_on_a_day_means_its_first_moment() -> None:
    walk = waiting_for('on(date("2026-04-01"))')
    assert walk.timer("wait").fires_at == at("2026-04-01")
    assert walk.timer("wait").host is None


def test_nothing_due_changes_nothing() -> None:
    walk = Walk(with_deadline())
    assert fire(walk.spec, walk.step.state, walk.world).state == walk.step.state


@pytest.mark.parametrize(
    ("value", "moment_"),
    [
        ("2026-04-01", "2026-04-02 00:00"),
        ("2026-04-01T08:00:00+08:00", "2026-04-01 08:00"),
        ("2026-04-01T00:00:00Z", "2026-04-01 08:00"),
        (date(2026, 12, 31), "2027-01-01 00:00"),
    ],
)
def test_what_a_date_timer_may_answer(value: object, moment_: str) -> None:
    assert moment(value) == at(moment_)


@pytest.mark.parametrize(
    "value", [None, 3, True, "", "P3D", "明天", "2026-04-01T08:00:00", "9999-12-31", date(1, 1, 1), [date(2026, 1, 1)]]
)
def test_what_it_may_not(value: object) -> None:
    with pytest.raises(ExpressionFailed):
        moment(value)


def test_a_deadline_without_its_start_day_names_the_event() -> None:
    with pytest.raises(ExpressionFailed, match="应为日期") as caught:
        waiting_for('answer("sign_contract", "signed_on")')
    assert caught.value.element == "wait"


# --- periods and cycles -----------------------------------------------------------------------------------------------------------------


def boundary_timer(inner: str, interrupting: bool = False) -> bytes:
    return diagram(
        "t_main", begin(), task("a"), boundary("t", "a", f"<timerEventDefinition>{inner}</timerEventDefinition>", interrupting),
        task("late"),
        end(), path("start", "a", "end"), path("t", "late", "end"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("written", "length"),
    [
        ("P7D", timedelta(days=7)),
        ('"P7D"', timedelta(days=7)),
        ("PT36H", timedelta(hours=36)),
        ("P1M", timedelta(days=31)),
        ("P2W", timedelta(14)),
    ],
)
def test_iso_periods_quoted_or_not(written: str, length: timedelta) -> None:
    walk = Walk(boundary_timer(lasting(written)))
    assert walk.timer("t").fires_at == walk.world.now + length


@pytest.mark.parametrize("written", ["P99999999Y", "P11Y", "-PT5M", "P0.5M", "P", "PT", "'3 天'", "3", "P1W1", "P5M5Y"])
def test_bad_periods_are_refused(written: str) -> None:
    with pytest.raises(ExpressionFailed):
        Walk(boundary_timer(lasting(written)))


def test_a_cycle_ticks_as_often_as_it_says() -> None:
    walk = Walk(boundary_timer("<timeCycle>R3/P7D</timeCycle>"))
    for count in (1, 2, 3):
        walk.fire(7)
        assert walk.open == ["a", *["late"] * count]
    assert walk.fire(70).open == ["a", "late", "late", "late"]
    for element in walk.open:
        walk.do(element)
    assert walk.step.completed


def test_a_cycle_catches_up_after_a_standstill() -> None:
    assert Walk(boundary_timer("<timeCycle>R5/P7D</timeCycle>")).fire(100).open.count("late") == 5


@pytest.mark.parametrize("cycle", ["R/PT0S", "R3/PT1S", "R/P1D", "R1000/P1D", "R0/P1D", "R3", "P1D", "R-1/P1D"])
def test_endless_or_hasty_cycles_are_refused(cycle: str) -> None:
    with pytest.raises(ExpressionFailed):
        Walk(boundary_timer(f"<timeCycle>{cycle}</timeCycle>"))


# --- boundary timers --------------------------------------------------------------------------------------------------------------------


def test_an_interrupting_deadline_ends_the_step() -> None:
    walk = Walk(with_deadline(interrupting=True))
    assert walk.timer("late").interrupting
    assert walk.fire(10).open == ["remind"]
    assert walk.passed == ["late"]
    walk.do("remind")
    assert walk.step.completed


def test_a_reminder_leaves_the_step_open_and_comes_once() -> None:
    walk = Walk(with_deadline()).fire(10)
    assert (walk.open, walk.timers) == (["remind", "sign"], [])
    assert walk.fire(100).open == ["remind", "sign"]
    walk.do("sign")
    assert not walk.step.completed
    assert walk.do("remind").step.completed


def test_a_step_done_in_time_takes_its_deadline_along() -> None:
    walk = Walk(with_deadline()).do("sign")
    assert walk.step.completed
    assert walk.step.timers == ()


def test_a_deadline_names_the_open_step_it_belongs_to() -> None:
    walk = Walk(with_deadline())
    assert walk.timer("late").host == walk.task("sign").where.task
    walk = Walk(with_deadline(marker=many("3")))
    assert {walk.timer("late").host} == {t.where.activation for t in walk.step.tasks}


def test_an_interrupting_deadline_ends_a_whole_countersign() -> None:
    walk = Walk(with_deadline(interrupting=True, marker=many("3")))
    walk.do("sign", index=1).fire(10)
    assert walk.open == ["remind"]
    assert walk.do("remind").step.completed


def test_an_interrupting_deadline_ends_nested_calls_and_their_deadlines() -> None:
    inner = diagram("t_inner", begin(), task("deep"), deadline("deep_late", "deep", "days(30)"), task("x"), end(),
                    path("start", "deep", "end"), path("deep_late", "x", "end"))  # fmt: skip
    middle = diagram("t_middle", begin(), sub("s", begin("s1"), call("c2", "t_inner"), end("s2"), path("s1", "c2", "s2")), end(),
                     path("start", "s", "end"))  # fmt: skip
    outer = diagram("t_main", begin(), call("c1", "t_middle"), deadline("stop", "c1", "days(3)", True), task("after"), end(),
                    path("start", "c1", "end"), path("stop", "after", "end"))  # fmt: skip
    walk = Walk(outer, middle, inner)
    assert walk.timers == ["deep_late", "stop"]
    walk.fire(5)
    assert (walk.open, walk.timers) == (["after"], [])
    assert walk.do("after").step.completed


# --- order and rest ---------------------------------------------------------------------------------------------------------------------


def test_after_a_standstill_timers_fire_in_their_order() -> None:
    names = ["c", "a", "b"]
    files = diagram(
        "t_main", begin(), both("fork"), *(timer(name, on_day(f"days({n})")) for name, n in zip(names, (9, 2, 5), strict=True)),
        task("x"), end(),
        *(path("fork", name, "x") for name in names), path("start", "fork"), path("x", "end"),
    )  # fmt: skip
    walk = Walk(files)
    walk.fire(60)
    assert walk.passed == ["a", "b", "c"]


def test_the_first_of_two_overdue_interrupting_deadlines_wins() -> None:
    files = diagram(
        "t_main", begin(), task("a"), deadline("second", "a", "days(9)", True), deadline("first", "a", "days(2)", True), task("x"),
        task("y"),
        end(), path("start", "a", "end"), path("second", "y", "end"), path("first", "x", "end"),
    )  # fmt: skip
    walk = Walk(files).fire(60)
    assert (walk.open, walk.timers) == (["x"], [])


def test_a_timer_that_begins_overdue_fires_in_the_same_tick() -> None:
    files = diagram(
        "t_main", begin(), timer("one", on_day("days(1)")), timer("two", on_day('date("2026-03-03")')), task("after"), end(),
        path("start", "one", "two", "after", "end"),
    )  # fmt: skip
    walk = Walk(files).fire(30)
    assert (walk.open, walk.passed) == (["after"], ["one", "two"])


def test_completing_a_step_fires_no_timer_on_the_side() -> None:
    files = diagram(
        "t_main", begin(), both("fork"), task("a"), task("b"), deadline("late", "b", "days(1)", True), task("x"), end(),
        path("start", "fork", "a", "end"), path("fork", "b", "end"), path("late", "x", "end"),
    )  # fmt: skip
    walk = Walk(files)
    walk.world.pass_days(90)
    walk.do("a")
    assert (walk.open, walk.timers) == (["b"], ["late"])
    assert walk.do("b").step.completed  # done before the tick came


def test_a_deadline_is_worked_out_once() -> None:
    walk = Walk(with_deadline())
    before = walk.timer("late").fires_at
    walk.world.pass_days(2)
    walk.fire()
    assert walk.timer("late").fires_at == before
    assert [name for name, _ in walk.world.asked] == ["days"]
    assert walk.timer("late").basis is None


class NoClock(datetime):
    """A clock that must not be read."""

    @classmethod
    def now(cls, tz: object = None) -> NoClock:
        raise AssertionError("the engine has read the wall clock")


def test_no_timer_reads_the_wall_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("SpiffWorkflow.bpmn.specs.event_definitions.timer.datetime", NoClock)
    for files in (with_deadline(), boundary_timer(lasting("P1M2DT3H")), boundary_timer("<timeCycle>R2/P7D</timeCycle>")):
        walk = Walk(files, world=DictWorld(now=at("1999-12-31 23:59"))).fire(400)
        assert walk.open[1:]
        while not walk.step.completed:
            walk.do(walk.open[0])


def test_a_case_may_begin_with_a_day_or_a_message() -> None:
    begun = "<timerEventDefinition>" + on_day("days(3)") + "</timerEventDefinition>"
    walk = Walk(diagram("t_main", f'<startEvent id="start">{begun}</startEvent>', task("a"), end(), path("start", "a", "end")))
    assert (walk.open, walk.timers) == ([], ["start"])
    assert walk.fire(4).open == ["a"]
    begun = '<messageEventDefinition messageRef="message_go"/>'
    opened = diagram(
        "t_main", f'<startEvent id="start">{begun}</startEvent>', task("a"), end(), path("start", "a", "end"), root=message("go")
    )
    assert Walk(opened).say("start", "x").open == ["a"]


# --- moved deadlines --------------------------------------------------------------------------------------------------------------------


def test_a_moved_deadline_fires_at_its_new_moment() -> None:
    walk = Walk(with_deadline())
    moved = reschedule(walk.spec, walk.step.state, walk.timer("late").where.task, at("2026-05-01"))
    step = inspect(walk.spec, moved, walk.world)
    assert step.timers[0].fires_at == at("2026-05-01")
    assert step.tasks == walk.step.tasks
    walk.world.now = at("2026-04-30 23:59")
    assert len(fire(walk.spec, moved, walk.world).tasks) == 1
    walk.world.now = at("2026-05-01")
    assert len(fire(walk.spec, moved, walk.world).tasks) == 2


def test_a_deadline_of_an_alternative_can_be_moved() -> None:
    files = diagram("t_main", begin(), first("gate"), timer("one", on_day("days(1)")), timer("two", on_day("days(2)")), task("a"),
    task("b"), end(),
                    path("start", "gate", "one", "a", "end"), path("gate", "two", "b", "end"))  # fmt: skip
    walk = Walk(files)
    walk.step = inspect(walk.spec, reschedule(walk.spec, walk.step.state, walk.timer("one").where.task, at("2026-09-01")), walk.world)
    assert walk.fire(30).open == ["b"]


def test_only_a_waiting_timer_can_be_moved() -> None:
    walk = Walk(with_deadline())
    late, sign = walk.timer("late").where.task, walk.task("sign").where.task
    for wrong in (sign, "0" * 32, "", f"{late}/late"):
        with pytest.raises(UnknownTask):
            reschedule(walk.spec, walk.step.state, wrong, at("2026-05-01"))
    done = complete(walk.spec, walk.step.state, sign, walk.world)
    with pytest.raises(UnknownTask):
        reschedule(walk.spec, done.state, late, at("2026-05-01"))
    with pytest.raises(ValueError, match="aware"):
        reschedule(walk.spec, walk.step.state, late, at("2026-05-01").replace(tzinfo=None))
