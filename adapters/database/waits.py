"""Cases that wait for a message: who gets it when it comes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, literal_column, select, update

from adapters.database.connect import Db
from adapters.database.prepared import Prepared
from adapters.database.search import beyond
from adapters.database.tables import Wait

_t = Wait.table
_open: ColumnElement[bool] = literal_column("waits.status = 'open'")  # spelt as in the partial indexes, so that they serve
_open_of = Prepared(select(_t).where(_t.c.case == bindparam("case"), _open))
_status = Prepared(update(_t).where(_t.c.case == bindparam("this"), _t.c.task == bindparam("that"), _open).values(status=bindparam("to")))


def open_of(db: Db, case: str) -> list[Wait]:
    """What a case waits for."""
    return sorted(db.many(Wait, _open_of, {"case": case}), key=lambda one: (one.since, one.task))


def sync(db: Db, case: str, waiting: Sequence[Wait], *, delivered: Iterable[str] = (), known: Sequence[Wait] | None = None) -> None:
    """Make the table say what the engine says. `delivered` are tasks that got their message; others that are gone were cancelled."""
    before = {wait.task for wait in (open_of(db, case) if known is None else known)}
    now = {wait.task for wait in waiting}
    db.add_all([wait for wait in waiting if wait.task not in before])
    got_it = set(delivered)
    if gone := sorted(before - now):
        db.change_all(_status, [{"this": case, "that": task, "to": "delivered" if task in got_it else "cancelled"} for task in gone])


def by_message(
    db: Db, jurisdiction: str, message: str, *, before: datetime | None = None, after: tuple[datetime, str] | None = None, limit: int = 1000
) -> list[Wait]:
    """Open waits for a message in a jurisdiction, longest waiting first; `before`: only those that waited then. `after` = (since, case)."""
    statement = select(_t).where(_open, _t.c.jurisdiction == jurisdiction, _t.c.message == message)
    if before is not None:
        statement = statement.where(_t.c.since < before)
    if after is not None:
        statement = statement.where(beyond((_t.c.since, _t.c.case), after))
    return db.many(Wait, statement.order_by(_t.c.since, _t.c.case, _t.c.task).limit(limit))


def of_project(db: Db, project: str, message: str | None = None) -> list[Wait]:
    """Open waits of a project's cases, for one message or for any."""
    statement = select(_t).where(_open, _t.c.project == project).order_by(_t.c.since, _t.c.case, _t.c.task)
    return db.many(Wait, statement if message is None else statement.where(_t.c.message == message))
