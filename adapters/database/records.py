"""What happened in a case: submissions, decisions, history. Numbered within the case by the database; the caller holds the case's lock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Table, bindparam, func, insert, select

from adapters.database.columns import Row
from adapters.database.connect import Db
from adapters.database.prepared import Prepared
from adapters.database.tables import Anonymised, Case, Decision, HistoryLine, Submission

_s = Submission.table
_d = Decision.table
_h = HistoryLine.table


def _numbered(table: Table) -> Prepared:
    last = select(func.coalesce(func.max(table.c.seq), 0) + 1).where(table.c.case == bindparam("within")).scalar_subquery()
    keys = [column.name for column in table.c if column.name != "seq"]
    return Prepared(insert(table).values(seq=last).inline(), keys)


_add_submission = _numbered(_s)
_add_decision = _numbered(_d)
_add_history = _numbered(_h)
_submissions = Prepared(select(_s).where(_s.c.case == bindparam("case")).order_by(_s.c.seq))
_decisions = Prepared(select(_d).where(_d.c.case == bindparam("case")).order_by(_d.c.seq))
_acted = Prepared(
    select(_s.c.office)
    .join(Case.table, Case.table.c.id == _s.c.case)
    .where(Case.table.c.project == bindparam("project"), _s.c.person == bindparam("person"))
)


def add_submissions(db: Db, submissions: Sequence[Submission]) -> None:
    """Keep submitted forms; `seq` is given here."""
    _add(db, _add_submission, submissions)


def add_decisions(db: Db, decisions: Sequence[Decision]) -> None:
    """Keep conclusions; `seq` is given here."""
    _add(db, _add_decision, decisions)


def add_history(db: Db, lines: Sequence[HistoryLine]) -> None:
    """Keep lines of the history; `seq` is given here."""
    _add(db, _add_history, lines)


def rounds(db: Db, case: str, scope: str, step: str) -> list[Submission]:
    """Every submission of one step, oldest first; `activation` tells the rounds apart."""
    return db.many(Submission, select(_s).where(_s.c.case == case, _s.c.scope == scope, _s.c.step == step).order_by(_s.c.seq))


def submission(db: Db, submission: str) -> Submission | None:
    """One submission, or None."""
    return db.one(Submission, select(_s).where(_s.c.id == submission))


def submissions(db: Db, case: str) -> list[Submission]:
    """All submissions of a case, oldest first."""
    return db.many(Submission, _submissions, {"case": case})


def decisions(db: Db, case: str) -> list[Decision]:
    """All decisions of a case, oldest first."""
    return db.many(Decision, _decisions, {"case": case})


def history(db: Db, case: str, *, after: int = 0, limit: int = 1000) -> list[HistoryLine]:
    """The history of a case from its line `after` on, oldest first."""
    return db.many(HistoryLine, select(_h).where(_h.c.case == case, _h.c.seq > after).order_by(_h.c.seq).limit(limit))


def participants(db: Db, cases: Iterable[str]) -> list[tuple[str, str, str | None]]:
    """(person, office, unit) of everyone who submitted anything in these cases: for conflicts of duty (回避)."""
    statement = select(_s.c.person, _s.c.office, _s.c.unit).where(_s.c.case.in_(tuple(cases))).distinct().order_by(_s.c.person, _s.c.office)
    return [(row.person, row.office, row.unit) for row in db.run(statement)]


def acted(db: Db, project: str, person: str) -> list[str]:
    """The offices for which a person submitted anything in any case of a project: for conflicts of duty (回避)."""
    return sorted({row["office"] for row in db.values(_acted, {"project": project, "person": person})})


def anonymise(db: Db, texts: Sequence[Anonymised]) -> None:
    """Keep the anonymised text (匿名处理) of opinions; the first one stays."""
    for one in texts:
        db.add_new(one, "submission")


def anonymised(db: Db, case: str) -> dict[str, str]:
    """Submission → its anonymised text, for a whole case."""
    table = Anonymised.table
    statement = select(table.c.submission, table.c.text).join(_s, _s.c.id == table.c.submission).where(_s.c.case == case)
    return {row.submission: row.text for row in db.run(statement)}


def _add(db: Db, statement: Prepared, rows: Sequence[Row]) -> None:
    db.change_all(statement, [{**row.__dict__, "within": row.__dict__["case"]} for row in rows])
