"""Demands and reminders by people (催办、督办)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, literal_column, select, update

from adapters.database.connect import Db
from adapters.database.tables import Chase

_t = Chase.table
_awaited: ColumnElement[bool] = literal_column("chases.due IS NOT NULL AND chases.replied_at IS NULL")  # as in the partial index


def add(db: Db, chase: Chase) -> None:
    """Keep one."""
    db.add(chase)


def find(db: Db, chase: str) -> Chase | None:
    """One, or None."""
    return db.one(Chase, select(_t).where(_t.c.id == chase))


def of_case(db: Db, case: str) -> list[Chase]:
    """Those of a case, oldest first."""
    return db.many(Chase, select(_t).where(_t.c.case == case).order_by(_t.c.at, _t.c.id))


def demands(db: Db, jurisdiction: str, *, since: datetime, limit: int = 500) -> list[Chase]:
    """Demands for a reply in a jurisdiction, newest first."""
    statement = select(_t).where(_t.c.jurisdiction == jurisdiction, _t.c.due.is_not(None), _t.c.at >= since)
    return db.many(Chase, statement.order_by(_t.c.at.desc(), _t.c.id).limit(limit))


def awaited(db: Db, day: date, *, limit: int = 5_000) -> list[Chase]:
    """Demands without a reply whose last day is `day` or earlier."""
    return db.many(Chase, select(_t).where(_awaited, _t.c.due <= day).order_by(_t.c.due, _t.c.id).limit(limit))


def reply(db: Db, chase: str, words: str, *, by: str, at: datetime) -> bool:
    """Keep the reply; False when there is one."""
    changes = {"reply": words, "replied_by": by, "replied_at": at}
    return db.run(update(_t).where(_t.c.id == chase, _t.c.replied_at.is_(None)).values(**changes)).rowcount == 1


def set_due(db: Db, chase: str, due: date, basis: Mapping[str, Any]) -> None:
    """Another last day, and why."""
    db.run(update(_t).where(_t.c.id == chase).values(due=due, basis=dict(basis)))
