"""Cases (办件): opening, locking, saving, finding."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import bindparam, func, literal, select, update

from adapters.database.connect import Db
from adapters.database.prepared import Prepared
from adapters.database.tables import Case, CaseStatus, WorkItem
from domain.errors import Conflict, NotFound

_t = Case.table
_by_id = select(_t).where(_t.c.id == bindparam("id"))
_get = Prepared(_by_id)
# children refer to their case by foreign key; FOR NO KEY UPDATE lets others refer to it while we hold it
_lock = Prepared(_by_id.with_for_update(key_share=True))
_of_item = select(WorkItem.table.c.case).where(WorkItem.table.c.id == bindparam("item")).scalar_subquery()
_lock_of_item = Prepared(select(_t).where(_t.c.id == _of_item).with_for_update(key_share=True))
_try_lock = Prepared(_by_id.with_for_update(key_share=True, skip_locked=True))
_MUTABLE = frozenset({"version", "title", "status", "state", "state_hash", "spec_hash", "closed_at", "facts"})
RUNNING: tuple[CaseStatus, ...] = ("open", "waiting", "suspended", "incident")


def add(db: Db, case: Case) -> bool:
    """Open a case. False, and nothing is written, when its `round_key` was used before."""
    if case.round_key is None:
        db.add(case)
        return True
    return db.add_new(case, "round_key")


def find(db: Db, case: str) -> Case | None:
    """A case as it stands, or None."""
    return db.one(Case, _get, {"id": case})


def get(db: Db, case: str) -> Case:
    """A case as it stands. Raises NotFound."""
    return _known(find(db, case))


def lock(db: Db, case: str) -> Case:
    """A case that nobody else can save before this transaction ends. Raises NotFound; Conflict when it stays locked for too long."""
    return _known(db.one(Case, _lock, {"id": case}))


def lock_of_item(db: Db, item: str) -> Case | None:
    """The case of a work item, locked as by `lock`; None when there is no such item."""
    return db.one(Case, _lock_of_item, {"item": item})


def try_lock(db: Db, case: str) -> Case | None:
    """As `lock`, but None at once when somebody else holds it (or it does not exist): for sweepers."""
    return db.one(Case, _try_lock, {"id": case})


def count_running(db: Db, jurisdiction: str, procedure: str) -> int:
    """How many cases of a procedure are not closed yet."""
    here = (_t.c.jurisdiction == jurisdiction, _t.c.procedure == procedure, _t.c.status.in_(RUNNING))
    return int(db.run(select(func.count()).select_from(_t).where(*here)).scalar_one())


def running(db: Db, jurisdiction: str, procedure: str) -> list[Case]:
    """The cases of a procedure that are not closed yet, newest first. State is left out (empty)."""
    return listing(db, jurisdiction, procedures=[procedure], statuses=RUNNING, limit=100_000)


def save(db: Db, case: Case, **changes: Any) -> Case:
    """Keep `changes` (version, title, status, state, state_hash, spec_hash, closed_at, facts) if the case is still at `case.rev`.

    Answers the case as it is now. Raises Conflict when somebody else saved it in between, as `Db.change_one` does.
    """
    if unknown := changes.keys() - _MUTABLE:
        raise TypeError(f"not a column that changes: {sorted(unknown)}")
    new = {name: value for name, value in changes.items() if value != getattr(case, name)}
    params = {f"new_{name}": value for name, value in new.items()}
    refusal = Conflict("该办件刚刚已由他人办理，本次操作没有保存。", todo="请刷新页面，查看最新情况后再办理。")
    db.change_one(_save(tuple(sorted(new))), {"this": case.id, "seen": case.rev, **params}, otherwise=refusal)
    return case.model_copy(update={**new, "rev": case.rev + 1})


@cache
def _save(names: tuple[str, ...]) -> Prepared:
    """Only columns that change: each one written is an index kept, a reference checked."""
    new = {name: bindparam(f"new_{name}", type_=_t.c[name].type) for name in names}
    return Prepared(update(_t).where(_t.c.id == bindparam("this"), _t.c.rev == bindparam("seen")).values(rev=_t.c.rev + 1, **new))


def by_round(db: Db, round_key: str) -> Case | None:
    """The case opened for a round, or None."""
    return db.one(Case, select(_t).where(_t.c.round_key == round_key))


def of_round(db: Db, prefix: str, *, limit: int) -> list[Case]:
    """The cases that one day of a round opened, by what their once-only keys begin with."""
    beyond_it = prefix[:-1] + chr(ord(prefix[-1]) + 1)
    return db.many(Case, select(_t).where(_t.c.round_key >= prefix, _t.c.round_key < beyond_it).order_by(_t.c.round_key).limit(limit))


def rounds_opened(db: Db, round_keys: Sequence[str]) -> frozenset[str]:
    """Those of the once-only keys that were used."""
    return frozenset(db.run(select(_t.c.round_key).where(_t.c.round_key.in_(round_keys))).scalars())


def of_project(db: Db, project: str, *, statuses: Sequence[CaseStatus] = ()) -> list[Case]:
    """All cases of a project, oldest first."""
    statement = select(_t).where(_t.c.project == project).order_by(_t.c.opened_at, _t.c.id)
    return db.many(Case, statement.where(_t.c.status.in_(statuses)) if statuses else statement)


def children(db: Db, parent: str) -> list[Case]:
    """Cases that this one opened, oldest first."""
    return db.many(Case, select(_t).where(_t.c.parent == parent).order_by(_t.c.opened_at, _t.c.id))


def listing(
    db: Db,
    jurisdiction: str,
    *,
    procedures: Sequence[str] = (),
    kind: str | None = None,
    statuses: Sequence[CaseStatus] = (),
    since: datetime | None = None,
    limit: int = 200,
) -> list[Case]:
    """Cases of a jurisdiction, newest first. State is left out (empty)."""
    columns = [literal(b"", _t.c.state.type).label("state") if column.name == "state" else column for column in _t.c]
    statement = select(*columns).where(_t.c.jurisdiction == jurisdiction).order_by(_t.c.opened_at.desc(), _t.c.id.desc()).limit(limit)
    if procedures:
        statement = statement.where(_t.c.procedure.in_(procedures))
    if kind is not None:
        statement = statement.where(_t.c.kind == kind)
    if statuses:
        statement = statement.where(_t.c.status.in_(statuses))
    if since is not None:
        statement = statement.where(_t.c.opened_at >= since)
    return db.many(Case, statement)


def running_versions(db: Db) -> dict[str, int]:
    """Rule-set version → number of cases that still run under it."""
    statement = select(_t.c.version, func.count().label("running")).where(_t.c.status.in_(RUNNING)).group_by(_t.c.version)
    return {row.version: row.running for row in db.run(statement)}


def _known(case: Case | None) -> Case:
    if case is None:
        raise NotFound("没有找到该办件。", todo="请返回列表重新选择。")
    return case
