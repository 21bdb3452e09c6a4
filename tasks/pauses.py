"""Pauses (暂停): what becomes of the periods of a case while it rests. docs/decisions/0010-pauses.md says why.

While a case is suspended nobody may act on it. A period of working days that runs then does not count the days of the pause; every other
period (months, years, calendar days, a fixed day) goes on. The day of the suspension is not counted any more, the day of going on is.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from adapters import engine
from adapters.database import Db, cases, items, records, timers
from adapters.database.tables import Case, Timer
from domain.deadlines import DueOn
from domain.workdays import WorkCalendar, add_working_days
from tasks import calendars, settling
from tasks.acts import Act, Told
from tasks.facts import SHANGHAI

_WORKING_DAYS = re.compile(r"workdays\((\d+)\)")
MARK = "suspended"  #: the act under which the history keeps a suspension


@dataclass(frozen=True, slots=True)
class Pause:
    """Since when a case rests, and why."""

    since: date
    why: str


def standing(db: Db, case: Case) -> Pause | None:
    """The pause a case is in now."""
    return _last(db, case.id) if case.status == "suspended" else None


def _last(db: Db, case: str) -> Pause | None:
    lines = [line for line in records.history(db, case, limit=100_000) if line.act == MARK]
    return Pause(lines[-1].at.astimezone(SHANGHAI).date(), str(lines[-1].detail.get("reason") or "项目暂停")) if lines else None


def explained(basis: Mapping[str, Any] | None, pause: Pause | None) -> str:
    """Why a last day is this one; in a pause also what becomes of it."""
    words = str((basis or {}).get("explained", ""))
    if pause is None or not words:
        return words
    resting = f"自 {pause.since:%Y年%-m月%-d日} 起暂停（{pause.why}）"
    if _WORKING_DAYS.fullmatch(str((basis or {}).get("rule", ""))) is None or pause.since > date.fromisoformat(str((basis or {})["due"])):
        return f"{words}办件{resting}；这一期限不因暂停顺延。"
    return f"{words}办件{resting}，暂停计时；恢复办理后，最后一日按暂停的工作日顺延。"


def counted(basis: Mapping[str, Any], calendar: WorkCalendar, pause: tuple[date, date, str] | None = None) -> DueOn | None:
    """The last day of a period of working days under this calendar, with one more pause; None for every other period."""
    rule = _WORKING_DAYS.fullmatch(str(basis.get("rule", "")))
    if rule is None:
        return None
    before = [(date.fromisoformat(since), date.fromisoformat(until), why) for since, until, why in basis.get("paused") or ()]
    return add_working_days(date.fromisoformat(basis["start"]), int(rule[1]), calendar, pauses=[*before, *([pause] if pause else ())])


def follow(act: Act) -> None:
    """After a pause: give the periods of working days back what they lost. The caller writes the lines of the act."""
    pause = _last(act.db, act.case.id)
    until = act.facts.today - timedelta(days=1)
    if pause is None or until < pause.since:
        return  # it went on the same day: nothing was lost
    for timer in timers.active(act.db, act.case.id):
        due = counted(timer.basis or {}, calendars.current(), (pause.since, until, pause.why))
        if due is not None and timer.due is not None and timer.due >= pause.since:
            span = f"{pause.since:%Y年%-m月%-d日}至{until:%Y年%-m月%-d日}"
            move(act, timer, due, f"{span}办件暂停（{pause.why}），按暂停的工作日顺延")


def move(act: Act, timer: Timer, due: DueOn, why: str) -> str:
    """Give a timer its new last day, and tell whose it is. Answers what it belongs to; the caller writes the lines of the act."""
    db, day, basis = act.db, due.basis.due, settling.plain(due.basis)
    fires_at = datetime.combine(day + timedelta(days=1), time(), tzinfo=SHANGHAI)
    timers.reschedule(db, timer.model_copy(update={"fires_at": fires_at, "due": day, "basis": basis}))
    item = next((one for one in items.open_of(db, act.case.id) if one.task == timer.host), None)
    shown = item is not None and item.basis == timer.basis  # of several timers of a step one gives it its last day
    if item is not None and shown:
        items.set_due(db, {item.id: (day, basis)})
    title = item.title if item is not None else act.process_of(timer.scope).elements[timer.step].name
    if timer.due == day:
        return title
    state = engine.reschedule(act.spec, act.case.state, timer.task, fires_at)
    act.case = cases.save(db, act.case, state=state, state_hash=hashlib.sha256(state).hexdigest())
    words = f"“{title}”的最后一日由 {timer.due:%Y年%-m月%-d日} 改为 {day:%Y年%-m月%-d日}：{why}"
    clause = next(iter(timer.clauses), None)
    act.say("deadline", words, clauses=tuple(timer.clauses))
    if item is not None:
        key = f"deadline:{item.id}:{day}"
        to = item.person or item.office
        act.told.append(Told(to, "期限变动", f"{words}。", clause, key, person=item.person is not None, item=item.id))
    return title
