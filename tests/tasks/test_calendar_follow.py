"""A deadline counted without a holiday notice is provisional; when the notice comes, it moves, says why, and is told to its owner."""

from __future__ import annotations

from datetime import date

import pytest

from adapters import clock
from adapters.database import items, notices, records, timers
from domain.holidays import Holiday, HolidayYear, WorkCalendar
from tasks import calendars, deadlines, integrity
from tasks import timers as timer_tasks
from tests.tasks.stages import Town
from tests.tasks.test_incidents import DIRECT

NOTICE = HolidayYear(year=2027, notice="放假通知", holidays=(Holiday(name="元旦", days=(date(2027, 1, 1), date(2027, 1, 4))),))


@pytest.fixture
def waiting(town: Town) -> tuple[Town, str]:
    """A contract signed on 28 December 2026: seven working days reach into a year without a notice."""
    with clock.at(date(2026, 12, 28)):
        case = town.begin(until="file_contract", **DIRECT)
    return town, case


def test_a_notice_moves_what_was_provisional(waiting: tuple[Town, str], monkeypatch: pytest.MonkeyPatch) -> None:
    town, case = waiting
    before = town.item(case, "file_contract")
    assert before.due == date(2027, 1, 6)
    assert before.basis is not None
    assert before.basis["provisional"] is True

    # when the notice of 2027 gives 1 and 4 January off
    known = calendars.current()
    noticed = WorkCalendar.of([NOTICE])
    calendar = WorkCalendar(off={**known.off, **noticed.off}, worked=known.worked | noticed.worked, years=known.years | noticed.years)
    monkeypatch.setattr(calendars, "current", lambda: calendar)
    with clock.at(date(2026, 12, 29)) as now:
        moved = deadlines.follow_calendar(town.database, now=now)
        assert deadlines.follow_calendar(town.database, now=now) == [], "the same calendar moves nothing twice"

    # then: one day later, explained, told, and the engine agrees
    assert [(one.before, one.after) for one in moved] == [(date(2027, 1, 6), date(2027, 1, 8))]
    after = town.item(case, "file_contract")
    assert after.due == date(2027, 1, 8)
    assert after.basis is not None
    assert after.basis["provisional"] is False
    assert "元旦" in after.basis["explained"]
    with town.database.reading() as db:
        assert any("改为 2027年1月8日" in one.words and one.clause == "JJ-11-contract" for one in notices.of_case(db, case))
        assert any(line.act == "deadline" for line in records.history(db, case))
        assert [one.due for one in timers.active(db, case) if one.host == after.task] == [date(2027, 1, 8)]
    assert not list(integrity.check(town.database, None, now=clock.now()))
    with clock.at(date(2027, 1, 8)) as now:
        assert timer_tasks.fire_due(town.database, now=now).fired == 0
    with clock.at(date(2027, 1, 9)) as now:
        assert timer_tasks.fire_due(town.database, now=now).fired == 1
        with town.database.reading() as db:
            assert any(one.step == "file_contract" for one in items.open_of(db, case))


def test_a_period_of_months_does_not_depend_on_the_calendar(waiting: tuple[Town, str]) -> None:
    town, case = waiting
    with town.database.reading() as db:
        months = [one for one in timers.active(db, case) if one.basis and "months" in str(one.basis["rule"])]
        for timer in months:
            assert deadlines.again(timer, WorkCalendar.of([])) is None
