"""Batches (批次): the entries of a batch case; and expert panels as they were drawn."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select, update

from adapters.database.connect import Db
from adapters.database.prepared import Prepared
from adapters.database.tables import BatchEntry, Panel

_t = BatchEntry.table
_p = Panel.table
_ALL = ("rank", "units", "outcome", "fen", "per_step")
_save = Prepared(
    update(_t)
    .where(_t.c.batch == bindparam("in_batch"), _t.c.case == bindparam("of_case"), _t.c.delivered_at.is_(None))
    .values(**{name: bindparam(f"new_{name}", type_=_t.c[name].type) for name in _ALL})
)


def collect(db: Db, entries: Sequence[BatchEntry]) -> int:
    """Put cases into a batch; those that are in it already stay as they are. Answers how many were new."""
    return sum(db.add_new(entry, "batch", "case") for entry in entries)


def entries(db: Db, batch: str) -> list[BatchEntry]:
    """The entries of a batch by rank, those without one last."""
    order = (_t.c.rank.is_(None), _t.c.rank, _t.c.case)
    return db.many(BatchEntry, select(_t).where(_t.c.batch == batch).order_by(*order))


def entry_of(db: Db, case: str) -> list[BatchEntry]:
    """The entries of one case in any batch."""
    return db.many(BatchEntry, select(_t).where(_t.c.case == case).order_by(_t.c.batch))


def save(db: Db, entries: Sequence[BatchEntry]) -> None:
    """Keep rank, units, outcome, amount and meetings of entries that are not delivered yet."""
    if entries:
        keys = [{"in_batch": one.batch, "of_case": one.case, **{f"new_{name}": getattr(one, name) for name in _ALL}} for one in entries]
        db.change_all(_save, keys)


def delivered(db: Db, batch: str, case: str, *, at: datetime) -> bool:
    """Mark an entry as delivered; False when it was before."""
    statement = update(_t).where(_t.c.batch == batch, _t.c.case == case, _t.c.delivered_at.is_(None)).values(delivered_at=at)
    return db.run(statement).rowcount == 1


def counts(db: Db, batch: str) -> dict[str | None, int]:
    """Outcome → number of entries."""
    rows = db.run(select(_t.c.outcome, func.count().label("n")).where(_t.c.batch == batch).group_by(_t.c.outcome))
    return {row.outcome: row.n for row in rows}


def add_panel(db: Db, panel: Panel) -> bool:
    """Keep a drawn panel; it is never changed. False when this round was drawn before."""
    return db.add_new(panel, "case", "scope", "step", "round")


def panels(db: Db, case: str, *, step: str | None = None, scope: str | None = None) -> list[Panel]:
    """The panels of a case by step, oldest round first."""
    where: list[Any] = [_p.c.case == case]
    if step is not None:
        where.append(_p.c.step == step)
    if scope is not None:
        where.append(_p.c.scope == scope)
    return db.many(Panel, select(_p).where(*where).order_by(_p.c.scope, _p.c.step, _p.c.round))
