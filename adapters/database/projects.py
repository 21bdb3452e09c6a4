"""The project register (项目台账): projects with their amounts, entries, flags and numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, func, insert, or_, select, update

from adapters.database.connect import Db, own_insert
from adapters.database.prepared import Prepared
from adapters.database.search import before, contains, needle
from adapters.database.tables import Amount, Counter, Entry, Flag, Project
from domain.errors import NotFound

_t = Project.table
_a = Amount.table
_e = Entry.table
_f = Flag.table
_by_id = select(_t).where(_t.c.id == bindparam("id"))
_get = Prepared(_by_id)
_lock = Prepared(_by_id.with_for_update(key_share=True))
_alias = _a.alias("later")
_newest = select(func.max(_alias.c.seq)).where(_alias.c.project == _a.c.project, _alias.c.kind == _a.c.kind).scalar_subquery()
_amounts = Prepared(select(_a).where(_a.c.project == bindparam("project"), _a.c.seq == _newest))
_next = (
    select(func.coalesce(func.max(_a.c.seq), 0) + 1)
    .where(_a.c.project == bindparam("of"), _a.c.kind == bindparam("what"))
    .scalar_subquery()
)
_entries = Prepared(select(_e).where(_e.c.project == bindparam("project")).order_by(_e.c.day, _e.c.number))
_flags = Prepared(select(_f).where(_f.c.project == bindparam("project")))
_add_amount = Prepared(insert(_a).values(seq=_next).inline(), [name for name in Amount.model_fields if name != "seq"])


def add(db: Db, project: Project) -> None:
    """Register a project."""
    db.add(project)


def find(db: Db, project: str) -> Project | None:
    """A project, or None."""
    return db.one(Project, _get, {"id": project})


def get(db: Db, project: str) -> Project:
    """A project. Raises NotFound."""
    found = find(db, project)
    if found is None:
        raise NotFound("没有找到该项目。", todo="请返回项目台账重新选择。")
    return found


def lock(db: Db, project: str) -> Project:
    """A project that nobody else changes before this transaction ends. Lock the case first, then the project. Raises NotFound."""
    found = db.one(Project, _lock, {"id": project})
    return found if found is not None else get(db, project)


def change(db: Db, project: str, **changes: Any) -> None:
    """Set columns (name, unit, stage, status, code, facts) of a project."""
    unknown = set(changes) - {"name", "unit", "stage", "status", "code", "facts"}
    if unknown:
        raise TypeError(f"not a column that changes: {sorted(unknown)}")
    if changes:
        db.change_all(_change(tuple(changes)), [{"this": project, **{f"new_{name}": value for name, value in changes.items()}}])


@cache
def _change(names: tuple[str, ...]) -> Prepared:
    new = {name: bindparam(f"new_{name}", type_=_t.c[name].type) for name in names}
    return Prepared(update(_t).where(_t.c.id == bindparam("this")).values(**new))


def listing(
    db: Db,
    jurisdictions: Sequence[str],
    *,
    units: Sequence[str] | None = None,
    ids: Sequence[str] | None = None,
    stage: str | None = None,
    statuses: Sequence[str] = (),
    search: str = "",
    after: tuple[datetime, str] | None = None,
    limit: int = 50,
) -> list[Project]:
    """Projects, newest first. `units`, `ids` None: any. `after` = (created_at, id) of the last one seen."""
    statement = _chosen(select(_t), jurisdictions, units, ids, stage, statuses, search)
    if after is not None:
        statement = statement.where(before((_t.c.created_at, _t.c.id), after))
    return db.many(Project, statement.order_by(_t.c.created_at.desc(), _t.c.id.desc()).limit(limit), needle(search))


def count(
    db: Db,
    jurisdictions: Sequence[str],
    *,
    units: Sequence[str] | None = None,
    ids: Sequence[str] | None = None,
    stage: str | None = None,
    statuses: Sequence[str] = (),
    search: str = "",
) -> int:
    """How many projects `listing` would find."""
    statement = _chosen(select(func.count()).select_from(_t), jurisdictions, units, ids, stage, statuses, search)
    return int(db.run(statement, needle(search)).scalar_one())


def _chosen(
    statement: Select[Any],
    jurisdictions: Sequence[str],
    units: Sequence[str] | None,
    ids: Sequence[str] | None,
    stage: str | None,
    statuses: Sequence[str],
    search: str,
) -> Select[Any]:
    statement = statement.where(_t.c.jurisdiction.in_(jurisdictions))
    if units is not None:
        statement = statement.where(_t.c.unit.in_(units))
    if ids is not None:
        statement = statement.where(_t.c.id.in_(ids))
    if stage is not None:
        statement = statement.where(_t.c.stage == stage)
    if statuses:
        statement = statement.where(_t.c.status.in_(statuses))
    return statement.where(or_(contains(_t.c.name), contains(_t.c.code))) if search else statement


def stages(db: Db, jurisdiction: str) -> dict[tuple[str, str], int]:
    """(stage, status) → number of projects, for reports."""
    statement = select(_t.c.stage, _t.c.status, func.count().label("n")).where(_t.c.jurisdiction == jurisdiction)
    return {(row.stage, row.status): row.n for row in db.run(statement.group_by(_t.c.stage, _t.c.status))}


def add_amounts(db: Db, amounts: Sequence[Amount]) -> None:
    """Note amounts; `seq` is given here."""
    db.change_all(_add_amount, [{**one.__dict__, "of": one.project, "what": one.kind} for one in amounts])


def amounts(db: Db, project: str) -> dict[str, Amount]:
    """Kind → the latest amount."""
    return {one.kind: one for one in db.many(Amount, _amounts, {"project": project})}


def amount_history(db: Db, project: str) -> list[Amount]:
    """Every amount ever noted, oldest first."""
    return db.many(Amount, select(_a).where(_a.c.project == project).order_by(_a.c.at, _a.c.kind, _a.c.seq))


def add_entry(db: Db, entry: Entry) -> None:
    """Enter a project in a library or pool (入库)."""
    db.add(entry)


def entries(db: Db, project: str) -> list[Entry]:
    """The entries of a project, oldest first."""
    return db.many(Entry, _entries, {"project": project})


def next_number(db: Db, name: str) -> int:
    """1, 2, 3… under a name, without gaps: a number of a transaction that is rolled back is given again."""
    statement = own_insert(db.sqlite, Counter.table).values(name=name, value=1)
    raised = statement.on_conflict_do_update(index_elements=["name"], set_={"value": Counter.table.c.value + 1})
    return int(db.run(raised.returning(Counter.table.c.value)).scalar_one())


def set_flag(db: Db, project: str, name: str, value: Any) -> None:
    """Note a small fact on a project; the last one counts."""
    db.put(Flag(project=project, name=name, value=value), "value")


def flags(db: Db, project: str) -> Mapping[str, Any]:
    """Name → value."""
    return {one.name: one.value for one in db.many(Flag, _flags, {"project": project})}
