"""Reminders (催办): open items climb the ladder of their jurisdiction, before and after the last day; windows tell of their last days.

Level-triggered: of the rungs that were reached only the newest is told, once each, so that a sweep after days of downtime is no flood.
On days off nothing is written but what falls on that very day.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from adapters.database import Database, Db, cases, ids, items, notices, projects, rules
from adapters.database.tables import Case, Notice, WorkItem
from domain.errors import Conflict
from domain.rulesets import LADDER, Ruleset, Rung
from tasks import calendars, chasing, incidents, versions, windows
from tasks.facts import SHANGHAI

HOLDER, COORDINATOR = "holder", "coordinator"
BATCH = 500


def write_due(database: Database, *, now: datetime) -> int:
    """Write the reminders of today. Answers how many were new. What goes wrong with one item becomes an incident; the others are told."""
    today = now.astimezone(SHANGHAI).date()
    working = calendars.current().is_working_day(today)
    written = windows.write_due(database, now=now, working=working)
    written += chasing.write_due(database, now=now)
    for batch in _batches(database, today):
        chosen = [one for one in batch if working or one.due == today]
        try:
            with database.transaction() as db:
                written += _write(db, chosen, today, now)
        except Conflict:
            continue  # the next sweep comes soon
        except Exception as error:
            incidents.fault_of(error)
            written += sum(_alone(database, one, today, now) for one in chosen)
    return written


def _alone(database: Database, item: WorkItem, today: date, now: datetime) -> int:
    """One item by itself, when something is wrong with its batch."""
    try:
        with database.transaction() as db:
            return _write(db, [item], today, now)
    except Conflict:
        return 0
    except Exception as error:
        fault = incidents.fault_of(error)
        cause = f"“{item.title}”的提醒没有写出：{fault.what}"
        todo = "请核对该办件的数据；其他办件的提醒不受影响，改正后下一次催办会补写。"
        incidents.note(
            database,
            kind="ReminderFailed",
            cause=cause,
            todo=todo,
            about={"item": item.id},
            now=now,
            detail=getattr(fault, "detail", str(fault)),
        )
        return 0


def days_of_ladder(ladder: Sequence[Rung] = LADDER) -> list[int]:
    """On which days from the last day there is something to tell."""
    return sorted({one.days for one in ladder})


def reached(ladder: Sequence[Rung], due: date, today: date) -> Rung | None:
    """The newest rung that an item has come to."""
    return max((one for one in ladder if due + timedelta(days=one.days) <= today), key=lambda one: one.days, default=None)


def coordinators(ruleset: Ruleset) -> tuple[str, ...]:
    """Who sees to it that others act in time: the first office that reviews and may read everything."""
    found = [one.id for one in ruleset.offices.values() if one.reads_all and one.side == "reviewer"]
    return tuple(found[:1])


def _write(db: Db, chosen: Sequence[WorkItem], today: date, now: datetime) -> int:
    wanted = [one for item in chosen for one in _notices(db, item, today, now)]
    known = notices.known(db, [one.key for one in wanted])
    return sum(notices.add(db, one) for one in wanted if one.key not in known)


def _notices(db: Db, item: WorkItem, today: date, now: datetime) -> Iterator[Notice]:
    case = cases.get(db, item.case)
    if item.due is None or case.status == "suspended":
        return
    ruleset = versions.ruleset(db, case.version)
    rung = reached(ruleset.ladder, item.due, today)
    if rung is None:
        return
    clauses = _clauses(ruleset, case, item)
    name = projects.get(db, item.project).name if item.project else case.title
    for to in dict.fromkeys(rung.tells):
        offices = coordinators(ruleset) if to == COORDINATOR else (to,)
        for office in offices:
            mine = to == HOLDER
            if not mine and office == item.office:
                continue
            yield Notice(
                id=ids.new(),
                key=f"remind:{item.id}:{rung.kind}:{item.due}" + ("" if mine else f":{office}"),
                jurisdiction=item.jurisdiction,
                kind=rung.kind,
                office=(None if item.person else item.office) if mine else office,
                unit=item.unit if mine else _unit(db, ruleset, office, case),
                person=item.person if mine else None,
                words=_words(name, item, today, None if mine else _holder(ruleset, item)),
                clause=clauses[0] if clauses else None,
                case=item.case,
                project=item.project,
                item=item.id,
                due=item.due,
                at=now,
            )


def _words(name: str, item: WorkItem, today: date, holder: str | None) -> str:
    assert item.due is not None
    left = (item.due - today).days
    step, last = f"“{name}”的“{item.title}”", f"{item.due:%Y年%-m月%-d日}"
    if holder is not None:
        when = f"已超过期限 {-left} 天（最后一日 {last}）" if left < 0 else f"最后一日为 {last}"
        return f"{step}由{holder}办理，{when}，尚未办结，请督促。"
    if left < 0:
        return f"{step}已超过期限（最后一日 {last}），请尽快办理。"
    return f"{step}今日到期，请于今日办理。" if left == 0 else f"{step}将于 {last} 到期，还有 {left} 天。"


def _holder(ruleset: Ruleset, item: WorkItem) -> str:
    office = ruleset.offices.get(item.office)
    return office.name if office else item.office


def _unit(db: Db, ruleset: Ruleset, office: str, case: Case) -> str | None:
    known = ruleset.offices.get(office)
    return projects.get(db, case.project).unit if known is not None and known.of_project and case.project else None


def _batches(database: Database, today: date) -> Iterator[list[WorkItem]]:
    with database.reading() as db:
        ladders = [versions.current(db, code)[1].ladder for code in rules.jurisdictions(db)]
    first = min((one.days for ladder in ladders for one in ladder), default=0)
    limit, after = today + timedelta(days=max(-first, 0)), None
    while True:
        with database.reading() as db:
            found = items.due_until(db, limit, after=after, limit=BATCH)
        if found:
            yield found
        if len(found) < BATCH:
            return
        after = (found[-1].urgency, found[-1].id)


def _clauses(ruleset: Ruleset, case: Case, item: WorkItem) -> tuple[str, ...]:
    """The clauses of a step; of a step in a shared part without its own, those of the call around it."""
    procedure = ruleset.procedures.get(case.procedure)
    found: tuple[str, ...] = ()
    for name in [*(item.scope.split("/") if item.scope else ()), item.step]:
        element = procedure.elements.get(name) if procedure else None
        if element is None:
            break
        found = element.clauses or found
        procedure = ruleset.procedures.get(element.called or "")
    return found
