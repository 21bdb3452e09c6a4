"""Incidents (异常): what could not be finished, and how it was settled."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select, update

from adapters.database.connect import Db
from adapters.database.tables import Incident
from domain.errors import NotFound

_t = Incident.table


def add(db: Db, incident: Incident) -> None:
    """Record an incident."""
    db.add(incident)


def get(db: Db, incident: str) -> Incident:
    """One incident. Raises NotFound."""
    found = db.one(Incident, select(_t).where(_t.c.id == incident))
    if found is None:
        raise NotFound("没有找到该异常记录。", todo="请返回异常列表重新选择。")
    return found


def open_in(db: Db, jurisdiction: str | None = None, *, limit: int = 200) -> list[Incident]:
    """Unsettled incidents of a jurisdiction, or of all, newest first."""
    statement = select(_t).where(_t.c.resolved_at.is_(None)).order_by(_t.c.at.desc(), _t.c.id).limit(limit)
    return db.many(Incident, statement if jurisdiction is None else statement.where(_t.c.jurisdiction == jurisdiction))


def count_open(db: Db, jurisdiction: str | None = None) -> int:
    """How many incidents are unsettled."""
    statement = select(func.count()).select_from(_t).where(_t.c.resolved_at.is_(None))
    return int(db.run(statement if jurisdiction is None else statement.where(_t.c.jurisdiction == jurisdiction)).scalar_one())


def of_case(db: Db, case: str) -> list[Incident]:
    """All incidents of a case, newest first."""
    return db.many(Incident, select(_t).where(_t.c.case == case).order_by(_t.c.at.desc(), _t.c.id))


def resolve(db: Db, incident: str, *, at: datetime, by: str, note: str) -> bool:
    """Settle an incident; False when that was done before."""
    settled = {"resolved_at": at, "resolved_by": by, "note": note}
    return db.run(update(_t).where(_t.c.id == incident, _t.c.resolved_at.is_(None)).values(**settled)).rowcount == 1
