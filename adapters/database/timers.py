"""Timers (期限): found by their moment, never by looking at cases."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, func, literal_column, select, update

from adapters.database.connect import Db
from adapters.database.prepared import Prepared
from adapters.database.search import beyond
from adapters.database.tables import Case, Timer, TimerStatus

_t = Timer.table
_waits: ColumnElement[bool] = literal_column("timers.status = 'wait'")  # spelt as in the partial index, so that it serves
_alive: ColumnElement[bool] = literal_column("timers.status IN ('wait', 'held')")  # bound, SQLite would plan anew each time
_active = Prepared(select(_t).where(_t.c.case == bindparam("case"), _alive))
_due = Prepared(
    select(_t)
    .join(Case.table, Case.table.c.id == _t.c.case)
    .where(_waits, _t.c.fires_at <= bindparam("now", type_=_t.c.fires_at.type))
    .order_by(_t.c.fires_at, _t.c.case, _t.c.task)
    .limit(bindparam("limit"))
    # the timers too: one that went off since this statement began is looked at again, and passed over
    .with_for_update(of=(Case.table, _t), skip_locked=True, key_share=True)
)
_status = Prepared(update(_t).where(_t.c.case == bindparam("this"), _t.c.task == bindparam("that"), _alive).values(status=bindparam("to")))


def active(db: Db, case: str) -> list[Timer]:
    """The timers of a case that wait or are held, soonest first."""
    return sorted(db.many(Timer, _active, {"case": case}), key=lambda one: (one.fires_at, one.task))


def sync(db: Db, case: str, waiting: Sequence[Timer], *, fired: Iterable[str] = (), known: Sequence[Timer] | None = None) -> None:
    """Make the table say what the engine says: new ones in, moved ones moved, gone ones out.

    `fired` are tasks that went off (fired), all others that are gone were cancelled. `known` are the active ones when already read.
    """
    before = {timer.task: timer for timer in (active(db, case) if known is None else known)}
    now = {timer.task: timer for timer in waiting}
    db.add_all([timer for task, timer in now.items() if task not in before])
    for task, timer in now.items():
        if task in before and before[task].fires_at != timer.fires_at:
            reschedule(db, timer)
    went_off = set(fired)
    if gone := [task for task in before if task not in now]:
        db.change_all(_status, [{"this": case, "that": task, "to": "fired" if task in went_off else "cancelled"} for task in gone])


def reschedule(db: Db, timer: Timer) -> None:
    """Move a timer to `timer.fires_at`, with its new day, reason and rule."""
    moved = {"fires_at": timer.fires_at, "due": timer.due, "basis": timer.basis, "expression": timer.expression}
    db.run(update(_t).where(_t.c.case == timer.case, _t.c.task == timer.task, _alive).values(**moved))


def due(db: Db, now: datetime, *, limit: int = 100) -> list[Timer]:
    """Timers whose moment has come, oldest first.

    On PostgreSQL their cases are locked for this transaction and cases locked by others are passed over, so two sweepers share the work.
    """
    return db.many(Timer, _due, {"now": now, "limit": limit})


def due_cases(db: Db, now: datetime, *, limit: int = 100, after: tuple[datetime, str] | None = None) -> list[tuple[datetime, str]]:
    """(moment, case) of timers whose moment has come, oldest first, without locking: lock each case in its own transaction.

    `after` is the last pair of the page before.
    """
    statement = (
        select(_t.c.fires_at, _t.c.case)
        .where(_waits, _t.c.fires_at <= now)
        .group_by(_t.c.fires_at, _t.c.case)
        .order_by(_t.c.fires_at, _t.c.case)
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(beyond((_t.c.fires_at, _t.c.case), after))
    return [(row.fires_at, row.case) for row in db.run(statement)]


def count_due(db: Db, now: datetime) -> int:
    """How many cases have a timer whose moment has come."""
    counted = select(func.count(_t.c.case.distinct())).where(_waits, _t.c.fires_at <= now)
    return int(db.run(counted).scalar_one())


def hold(db: Db, case: str) -> None:
    """Keep the timers of a suspended case, or of one in an incident, out of every sweep."""
    _turn(db, case, "wait", "held")


def release(db: Db, case: str) -> None:
    """Let held timers go off again; those whose moment passed are due at once unless they were moved before."""
    _turn(db, case, "held", "wait")


def upcoming(db: Db, until: datetime, *, limit: int = 500) -> list[Timer]:
    """Timers that will go off until then, soonest first."""
    return db.many(Timer, select(_t).where(_waits, _t.c.fires_at <= until).order_by(_t.c.fires_at, _t.c.case, _t.c.task).limit(limit))


def waiting_with_rule(db: Db, *, after: tuple[str, str] = ("", ""), limit: int = 500) -> list[Timer]:
    """Every timer that waits or is held and has a rule, in key order: for recomputing after a holiday notice."""
    statement = select(_t).where(_alive, _t.c.expression != "", beyond((_t.c.case, _t.c.task), after))
    return db.many(Timer, statement.order_by(_t.c.case, _t.c.task).limit(limit))


def _turn(db: Db, case: str, was: TimerStatus, to: TimerStatus) -> None:
    db.run(update(_t).where(_t.c.case == case, _t.c.status == was).values(status=to))
