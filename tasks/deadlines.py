"""Deadlines after a holiday notice (放假通知): every working-day period that still runs is counted again; what moved is written and told.

Only working days depend on the calendar; months, years and calendar days stay. A period keeps its start, its rule and its pauses.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from adapters.database import Database, Db, cases, chases, ids, notices, requests, timers
from adapters.database.tables import Notice, Timer
from domain.deadlines import DueOn
from domain.workdays import WorkCalendar
from tasks import calendars, pauses, settling
from tasks.cases import load

BATCH = 500
MOST_LISTED = 1_000


@dataclass(frozen=True, slots=True)
class Moved:
    """A last day that is another one now."""

    case: str
    step: str
    title: str
    before: date
    after: date


def follow_calendar(database: Database, *, now: datetime) -> list[Moved]:
    """Count again when the calendar is another one than at the last call; answers what moved. Harmless twice."""
    calendar = calendars.current()
    key = f"system:calendar:{_fingerprint(calendar)}"
    with database.reading() as db:
        if requests.known(db, [key]):
            return []
    moved = [one for batch in _batches(database) for timer in batch for one in _recount(database, timer, calendar, now)]
    moved += _demands(database, calendar, now)
    with database.transaction() as db:
        if requests.begin(db, key, key, at=now) is None:
            listed = [[one.title, one.before.isoformat(), one.after.isoformat()] for one in moved[:MOST_LISTED]]
            requests.answer(db, key, {"at": now.isoformat(), "moved": listed})
    return moved


@dataclass(frozen=True, slots=True)
class Recount:
    """What the last new calendar moved: (step, last day before, last day now)."""

    at: datetime
    moved: tuple[tuple[str, str, str], ...]


def last_recount(db: Db) -> Recount | None:
    """The last time a calendar was followed, None before the first."""
    found = requests.latest(db, "system:calendar:")
    if found is None or not found.response:
        return None
    return Recount(found.at, tuple((str(step), str(before), str(after)) for step, before, after in found.response["moved"]))


def _fingerprint(calendar: WorkCalendar) -> str:
    days = sorted(calendar.off) + sorted(calendar.worked)
    return hashlib.sha256(",".join(f"{day:%Y%m%d}" for day in days).encode() + str(sorted(calendar.years)).encode()).hexdigest()[:32]


def _batches(database: Database) -> Iterator[list[Timer]]:
    after = ("", "")
    while True:
        with database.reading() as db:
            found = timers.waiting_with_rule(db, after=after, limit=BATCH)
        if found:
            yield found
        if len(found) < BATCH:
            return
        after = (found[-1].case, found[-1].task)


def again(timer: Timer, calendar: WorkCalendar) -> DueOn | None:
    """The last day of a timer's period under this calendar; None where the calendar plays no part."""
    return pauses.counted(timer.basis or {}, calendar)


def _demands(database: Database, calendar: WorkCalendar, now: datetime) -> list[Moved]:
    """The days until which replies are demanded (督办) are counted again too."""
    moved = []
    with database.transaction() as db:
        for row in chases.awaited(db, date.max):
            due = pauses.counted(row.basis or {}, calendar)
            if due is None or row.due is None or row.basis == settling.plain(due.basis):
                continue
            chases.set_due(db, row.id, due.basis.due, settling.plain(due.basis))
            if row.due != due.basis.due:
                moved.append(Moved(row.case, row.item, f"督办：{row.title}", row.due, due.basis.due))
                words = f"“{row.title}”的督办答复期限由 {row.due:%Y年%-m月%-d日} 改为 {due:%Y年%-m月%-d日}：放假通知已更新。"
                told = row.model_dump(include={"jurisdiction", "unit", "person", "case", "project", "item"})
                office = None if row.person else row.office
                key = f"chase:{row.id}:{due:%Y-%m-%d}"
                notices.add(db, Notice(**told, id=ids.new(), key=key, kind="期限变动", office=office, words=words, due=due, at=now))
    return moved


def _recount(database: Database, timer: Timer, calendar: WorkCalendar, now: datetime) -> Iterator[Moved]:
    due = again(timer, calendar)
    if due is None or (timer.basis == settling.plain(due.basis)):
        return
    with database.transaction() as db:
        case = cases.lock(db, timer.case)
        standing = next((one for one in timers.active(db, case.id) if one.task == timer.task), None)
        if standing is None or standing.due is None:
            return
        act = load(db, case, now=now)
        title = pauses.move(act, standing, due, "放假通知已更新，按新的工作日重新计算")
        if act.lines:
            settling.tell(act, [])
            settling.write_lines(act, act.case.state)
    if standing.due != date(due.year, due.month, due.day):
        yield Moved(timer.case, timer.step, title, standing.due, date(due.year, due.month, due.day))
