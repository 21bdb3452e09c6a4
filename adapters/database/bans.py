"""Bars (禁评、限制) and recorded exceptions (原则上)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import or_, select, tuple_, update

from adapters.database.connect import Db
from adapters.database.tables import Ban, OverrideRow, SubjectKind

_t = Ban.table
_o = OverrideRow.table


def add(db: Db, ban: Ban) -> None:
    """Record a bar."""
    db.add(ban)


def standing(db: Db, jurisdiction: str, subjects: Sequence[tuple[SubjectKind, str]], day: date, *, kinds: Sequence[str] = ()) -> list[Ban]:
    """Bars in force on `day` (both ends included) against any of these subjects, oldest first."""
    statement = select(_t).where(
        _t.c.jurisdiction == jurisdiction,
        tuple_(_t.c.subject_kind, _t.c.subject).in_(subjects),
        _t.c.since <= day,
        or_(_t.c.until.is_(None), _t.c.until >= day),
        _t.c.lifted_at.is_(None),
    )
    if kinds:
        statement = statement.where(_t.c.kind.in_(kinds))
    return db.many(Ban, statement.order_by(_t.c.since, _t.c.id))


def of_jurisdiction(db: Db, jurisdiction: str) -> list[Ban]:
    """Every bar ever recorded, newest first."""
    return db.many(Ban, select(_t).where(_t.c.jurisdiction == jurisdiction).order_by(_t.c.since.desc(), _t.c.id))


def lift(db: Db, jurisdiction: str, subject_kind: SubjectKind, subject: str, kind: str, *, at: datetime) -> int:
    """Lift the bars of a kind on a subject; answers how many there were."""
    same = (_t.c.jurisdiction == jurisdiction, _t.c.subject_kind == subject_kind, _t.c.subject == subject, _t.c.kind == kind)
    return int(db.run(update(_t).where(*same, _t.c.lifted_at.is_(None)).values(lifted_at=at)).rowcount)


def add_override(db: Db, override: OverrideRow) -> None:
    """Record an exception."""
    db.add(override)


def overrides(db: Db, *, project: str | None = None, case: str | None = None, day: date | None = None) -> list[OverrideRow]:
    """Exceptions for a project or for one case, oldest first; with `day` those that count on it."""
    wanted = [column == value for column, value in ((_o.c.project, project), (_o.c.case, case)) if value is not None]
    if not wanted:
        return []
    statement = select(_o).where(or_(*wanted)).order_by(_o.c.at, _o.c.id)
    if day is not None:
        statement = statement.where(or_(_o.c.until.is_(None), _o.c.until >= day))
    return db.many(OverrideRow, statement)


def overrides_listed(db: Db, jurisdiction: str, *, limit: int = 500) -> list[OverrideRow]:
    """Exceptions of a jurisdiction, newest first: for the public list."""
    return db.many(OverrideRow, select(_o).where(_o.c.jurisdiction == jurisdiction).order_by(_o.c.at.desc(), _o.c.id).limit(limit))
