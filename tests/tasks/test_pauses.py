"""A suspended case rests: its working days stand still and come back, everything else goes on; whoever looks reads so."""

from __future__ import annotations

from datetime import date

import pytest

from adapters import clock
from adapters.database import Database, cases, items, notices, records, timers
from domain.projects import Status
from tasks import cases as case_tasks
from tasks import incidents, integrity, work
from tasks import timers as timer_tasks
from tests.tasks import small
from tests.tasks.stages import Town
from tests.tasks.test_incidents import DIRECT

NAME = {"properties": {"name": {"type": "string", "title": "名称", "x-project": "name"}}}
WHY = "整改不合格"


@pytest.fixture
def signed(town: Town) -> tuple[Town, str]:
    """A contract signed on Monday 2 March 2026: to be filed until 11 March."""
    case = town.begin(until="file_contract", **DIRECT)
    assert town.item(case, "file_contract").due == date(2026, 3, 11)
    return town, case


def suspend(town: Town, case: str, day: date) -> None:
    with clock.at(day) as now, town.database.transaction() as db:
        case_tasks.suspend(db, cases.lock(db, case), reason=WHY, now=now)


def resume(town: Town, case: str, day: date) -> None:
    with clock.at(day) as now, town.database.transaction() as db:
        case_tasks.resume(db, cases.lock(db, case), now=now)


def explained(town: Town, case: str, step: str) -> str:
    item = town.item(case, step)
    with town.database.reading() as db:
        shown = work.item_view(db, town.stage.cast.for_item(db, item, clock.today()), item.jurisdiction, item.id, now=clock.now())
    assert shown.deadline is not None
    return shown.deadline.explained


def fired(town: Town, day: date) -> int:
    with clock.at(day) as now:
        return timer_tasks.fire_due(town.database, now=now).fired


def test_working_days_stand_still_while_a_case_is_suspended(signed: tuple[Town, str]) -> None:
    town, case = signed
    # when it rests from Thursday 5 to Monday 16 March
    suspend(town, case, date(2026, 3, 5))
    with clock.at(date(2026, 3, 12)):
        assert f"自 2026年3月5日 起暂停（{WHY}），暂停计时" in explained(town, case, "file_contract")
    assert fired(town, date(2026, 3, 12)) == 0
    resume(town, case, date(2026, 3, 16))
    # then the five working days that were left begin on the 16th
    item = town.item(case, "file_contract")
    assert item.due == date(2026, 3, 20)
    with clock.at(date(2026, 3, 16)) as now:
        assert f"3月5日至3月15日暂停计时（{WHY}）" in explained(town, case, "file_contract")
        assert not list(integrity.check(town.database, None, now=now))
    with town.database.reading() as db:
        assert any(one.kind == "期限变动" and "改为 2026年3月20日" in one.words for one in notices.of_case(db, case))
        assert any(line.act == "deadline" and WHY in line.words for line in records.history(db, case))
    assert fired(town, date(2026, 3, 20)) == 0
    assert fired(town, date(2026, 3, 21)) == 1


def test_a_second_pause_comes_on_top_of_the_first(signed: tuple[Town, str]) -> None:
    town, case = signed
    for begun, over in ((date(2026, 3, 5), date(2026, 3, 6)), (date(2026, 3, 9), date(2026, 3, 11))):
        suspend(town, case, begun)
        resume(town, case, over)
    assert town.item(case, "file_contract").due == date(2026, 3, 16)
    suspend(town, case, date(2026, 3, 12))
    resume(town, case, date(2026, 3, 12))
    assert town.item(case, "file_contract").due == date(2026, 3, 16), "on the same day nothing is lost"


def test_a_day_that_had_passed_before_the_pause_does_not_come_back(signed: tuple[Town, str]) -> None:
    town, case = signed
    suspend(town, case, date(2026, 3, 12))
    resume(town, case, date(2026, 3, 16))
    assert town.item(case, "file_contract").due == date(2026, 3, 11)
    assert fired(town, date(2026, 3, 16)) == 1


def test_periods_that_are_no_working_days_go_on(database: Database) -> None:
    # given: a step with a month
    timer = '<timerEventDefinition id="month"><timeDate>months(1)</timeDate></timerEventDefinition>'
    late = f'<boundaryEvent id="month_over" attachedToRef="ask" cancelActivity="false">{timer}</boundaryEvent><endEvent id="told"/>'
    late += '<sequenceFlow id="late" sourceRef="month_over" targetRef="told"/>'
    town = small.town(database, {"project": small.process("project", small.step("ask"), more=late)}, {"ask": NAME})
    case = town.begin("ask", unit="小区局")
    # when
    suspend(town, case, date(2026, 3, 5))
    with clock.at(date(2026, 3, 6)):
        assert "这一期限不因暂停顺延" in explained(town, case, "ask")
    resume(town, case, date(2026, 4, 10))
    # then
    assert town.item(case, "ask").due == date(2026, 4, 2)
    assert fired(town, date(2026, 4, 10)) == 1


def test_suspending_what_rests_already_keeps_its_first_day(signed: tuple[Town, str]) -> None:
    town, case = signed
    suspend(town, case, date(2026, 3, 5))
    other = town.begin(until="declare")
    with clock.at(date(2026, 3, 10)) as now, town.database.transaction() as db:
        act = case_tasks.load(db, cases.lock(db, other), now=now)
        act.case = act.case.model_copy(update={"project": cases.get(db, case).project})  # an act on another case of the project
        case_tasks.follow(act, Status.SUSPENDED, "又一次")
    resume(town, case, date(2026, 3, 11))
    assert town.item(case, "file_contract").due == date(2026, 3, 17)


def test_what_has_an_incident_rests_until_it_is_settled(signed: tuple[Town, str]) -> None:
    town, case = signed
    now = clock.now()
    number = incidents.record(town.database, case, incidents.fault_of(ValueError("坏了")), request={}, now=now)
    suspend(town, case, date(2026, 3, 5))
    resume(town, case, date(2026, 3, 6))
    with town.database.reading() as db:
        assert cases.get(db, case).status == "incident"
        assert {one.status for one in timers.active(db, case)} == {"held"}
    with town.database.transaction() as db:
        incidents.resolve(db, number, by="ops", note="好了", now=now)
        assert cases.get(db, case).status == "open"
        assert [one.due for one in items.open_of(db, case) if one.step == "file_contract"] == [date(2026, 3, 12)]
