"""The register in bulk (导出): what every project and case of a jurisdiction recorded, in a few queries however many there are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from adapters.database.connect import Db
from adapters.database.tables import Amount, Case, Entry, Project, Submission

_p = Project.table
_c = Case.table
_s = Submission.table


def amounts(db: Db, jurisdiction: str) -> dict[str, dict[str, int]]:
    """Project → kind → the latest amount in fen."""
    return {project: {one.kind: one.fen for one in recorded} for project, recorded in amount_history(db, jurisdiction).items()}


def amount_history(db: Db, jurisdiction: str) -> dict[str, list[Amount]]:
    """Project → every amount that was recorded, oldest first."""
    table = Amount.table
    statement = select(table).join(_p, _p.c.id == table.c.project).where(_p.c.jurisdiction == jurisdiction).order_by(table.c.seq)
    found: dict[str, list[Amount]] = {}
    for one in db.many(Amount, statement):
        found.setdefault(one.project, []).append(one)
    return found


def opened(db: Db, jurisdiction: str) -> dict[str, datetime]:
    """Case of a project → when it was opened."""
    statement = select(_c.c.id, _c.c.opened_at).where(_c.c.jurisdiction == jurisdiction, _c.c.project.is_not(None))
    return {row.id: row.opened_at for row in db.run(statement)}


def entries(db: Db, jurisdiction: str) -> dict[str, list[Entry]]:
    """Project → its entries in libraries and pools, oldest first."""
    table = Entry.table
    statement = select(table).join(_p, _p.c.id == table.c.project).where(_p.c.jurisdiction == jurisdiction)
    found: dict[str, list[Entry]] = {}
    for one in db.many(Entry, statement.order_by(table.c.day, table.c.number)):
        found.setdefault(one.project, []).append(one)
    return found


def versions(db: Db, jurisdiction: str) -> dict[str, str]:
    """Project → the version that its newest case runs under."""
    statement = select(_c.c.project, _c.c.version).where(_c.c.jurisdiction == jurisdiction, _c.c.project.is_not(None))
    return {row.project: row.version for row in db.run(statement.order_by(_c.c.opened_at, _c.c.id))}


def submissions(db: Db, jurisdiction: str, forms: Sequence[str]) -> list[Submission]:
    """Every submission of these forms, oldest first."""
    statement = select(_s).join(_c, _c.c.id == _s.c.case).where(_c.c.jurisdiction == jurisdiction, _s.c.form_version.in_(forms))
    return db.many(Submission, statement.order_by(_s.c.at, _s.c.case, _s.c.seq))
