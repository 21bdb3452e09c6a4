"""Reminders (催办): items that fall due soon or are overdue, told once each to whom they belong."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from adapters.database import Database, Db, cases, items, notices, projects
from adapters.database.tables import Notice, WorkItem
from tasks import versions
from tasks.facts import SHANGHAI

SOON_DAYS = 3
BATCH = 500


def write_due(database: Database, *, now: datetime) -> int:
    """Write the reminders of today: due within three days, due today, overdue since yesterday. Answers how many were new."""
    today = now.astimezone(SHANGHAI).date()
    written = 0
    for batch in _batches(database, now):
        with database.transaction() as db:
            for item in batch:
                left = (item.due - today).days if item.due is not None else None
                if left is None or left > SOON_DAYS:
                    continue
                kind = "超期" if left < 0 else "今日到期" if left == 0 else "临期"
                case = cases.get(db, item.case)
                if case.status == "suspended":
                    continue
                clauses = _clauses(db, case.version, item)
                name = projects.get(db, item.project).name if item.project else case.title
                words = {
                    "超期": f"“{name}”的“{item.title}”已超过期限（最后一日 {item.due:%Y年%m月%d日}），请尽快办理。",
                    "今日到期": f"“{name}”的“{item.title}”今日到期，请于今日办理。",
                    "临期": f"“{name}”的“{item.title}”将于 {item.due:%Y年%m月%d日} 到期，还有 {left} 天。",
                }[kind]
                written += notices.add(
                    db,
                    Notice(
                        id=cases.new_id(),
                        key=f"remind:{item.id}:{kind}:{item.due}",
                        jurisdiction=item.jurisdiction,
                        kind=kind,
                        office=None if item.person else item.office,
                        unit=item.unit,
                        person=item.person,
                        words=words,
                        clause=clauses[0] if clauses else None,
                        case=item.case,
                        project=item.project,
                        item=item.id,
                        due=item.due,
                        at=now,
                    ),
                )
    return written


def _batches(database: Database, now: datetime) -> Iterator[list[WorkItem]]:
    limit = now.astimezone(SHANGHAI).date() + timedelta(days=SOON_DAYS)
    after = None
    while True:
        with database.reading() as db:
            found = items.due_until(db, limit, after=after, limit=BATCH)
        if found:
            yield found
        if len(found) < BATCH:
            return
        after = (found[-1].urgency, found[-1].id)


def _clauses(db: Db, version: str, item: WorkItem) -> tuple[str, ...]:
    ruleset = versions.ruleset(db, version)
    for procedure in ruleset.procedures.values():
        element = procedure.elements.get(item.step)
        if element is not None and element.clauses:
            return element.clauses
    return ()
