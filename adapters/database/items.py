"""Work items (待办): opening, closing, and what belongs to one case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, bindparam, literal_column, select, update

from adapters.database.columns import NEVER
from adapters.database.connect import Db
from adapters.database.prepared import Prepared
from adapters.database.search import beyond
from adapters.database.tables import Case, ItemStatus, WorkItem
from domain.errors import AlreadyDone, NotFound

_t = WorkItem.table
# written out: SQLite plans a statement anew each time a value is bound that a partial index asks about
_open: ColumnElement[bool] = literal_column("work_items.status = 'open'")
_get = Prepared(select(_t).where(_t.c.id == bindparam("id")))
_form = Prepared(select(_t.c.form, Case.table.c.version).join(Case.table, Case.table.c.id == _t.c.case).where(_t.c.id == bindparam("id")))
_open_of = Prepared(select(_t).where(_t.c.case == bindparam("case"), _open))
_of_case = Prepared(select(_t).where(_t.c.case == bindparam("case")).order_by(_t.c.opened_at, _t.c.id))
_close = Prepared(
    update(_t)
    .where(_t.c.id == bindparam("this"), _open)
    .values(status=bindparam("to"), closed_at=bindparam("when", type_=_t.c.closed_at.type), closed_by=bindparam("who"))
)
_due = Prepared(
    update(_t)
    .where(_t.c.id == bindparam("this"))
    .values(
        due=bindparam("day", type_=_t.c.due.type),
        urgency=bindparam("sort", type_=_t.c.urgency.type),
        basis=bindparam("why", type_=_t.c.basis.type),
    )
)


def open_all(db: Db, items: Sequence[WorkItem]) -> None:
    """Open work items."""
    db.add_all([item.model_copy(update={"urgency": item.due or NEVER}) for item in items])


def find(db: Db, item: str) -> WorkItem | None:
    """A work item, or None."""
    return db.one(WorkItem, _get, {"id": item})


def get(db: Db, item: str) -> WorkItem:
    """A work item. Raises NotFound."""
    found = find(db, item)
    if found is None:
        raise NotFound("没有找到该待办。", todo="请返回待办列表重新选择。")
    return found


def form_of(db: Db, item: str) -> tuple[str, str | None] | None:
    """(rule-set version, form) of a work item; None when there is no such item."""
    found = db.values(_form, {"id": item})
    return (found[0]["version"], found[0]["form"]) if found else None


def open_of(db: Db, case: str) -> list[WorkItem]:
    """The open work items of a case, oldest first."""
    return sorted(db.many(WorkItem, _open_of, {"case": case}), key=lambda one: (one.opened_at, one.id))


def of_case(db: Db, case: str) -> list[WorkItem]:
    """Every work item a case has had, oldest first."""
    return db.many(WorkItem, _of_case, {"case": case})


def of_activation(db: Db, case: str, activation: str) -> list[WorkItem]:
    """The work items of one round of a multi-instance step (会签), by instance number."""
    return db.many(WorkItem, select(_t).where(_t.c.case == case, _t.c.activation == activation).order_by(_t.c.idx, _t.c.id))


def close(db: Db, item: str, *, at: datetime, by: str | None, status: Literal["done", "cancelled", "withdrawn"] = "done") -> None:
    """Close one open work item. Raises AlreadyDone, as `Db.change_one` does."""
    refusal = AlreadyDone("该待办已经办结或撤销，本次操作没有保存。", todo="请刷新待办列表。")
    db.change_one(_close, {"this": item, "to": status, "when": at, "who": by}, otherwise=refusal)


def close_all(db: Db, items: Sequence[str], *, at: datetime, by: str | None, status: ItemStatus = "cancelled") -> None:
    """Close those of the work items that are still open: steps that are no longer needed."""
    if items:
        db.change_all(_close, [{"this": item, "to": status, "when": at, "who": by} for item in items])


def claim(db: Db, item: str, person: str, *, instead_of: str | None = None) -> bool:
    """Claim (领取) an open item; `instead_of` is who held it before. False when somebody else was quicker."""
    held = _t.c.claimed_by.is_(None) if instead_of is None else _t.c.claimed_by == instead_of
    return db.run(update(_t).where(_t.c.id == item, _t.c.status == "open", held).values(claimed_by=person)).rowcount == 1


def reassign(db: Db, item: str, *, person: str) -> None:
    """Give an open item of a named person to somebody else. Raises AlreadyDone."""
    if db.run(update(_t).where(_t.c.id == item, _t.c.status == "open").values(person=person, claimed_by=None)).rowcount != 1:
        raise AlreadyDone("该待办已经办结或撤销，本次操作没有保存。", todo="请刷新办件页面。")


def release(db: Db, item: str, person: str) -> bool:
    """Give a claimed item back to its office."""
    statement = update(_t).where(_t.c.id == item, _t.c.status == "open", _t.c.claimed_by == person).values(claimed_by=None)
    return db.run(statement).rowcount == 1


def set_due(db: Db, changes: Mapping[str, tuple[date | None, Mapping[str, Any] | None]]) -> None:
    """Work item → (last day, why). For deadlines that appear or move."""
    if changes:
        db.change_all(_due, [{"this": item, "day": day, "sort": day or NEVER, "why": why} for item, (day, why) in changes.items()])


def due_until(db: Db, day: date, *, after: tuple[date, str] | None = None, limit: int = 500) -> list[WorkItem]:
    """Open items whose last day is `day` or earlier, most urgent first: for reminders. `after` = (urgency, id) of the last one seen."""
    statement = select(_t).where(_t.c.status == "open", _t.c.urgency <= day).order_by(_t.c.urgency, _t.c.id).limit(limit)
    if after is not None:
        statement = statement.where(beyond((_t.c.urgency, _t.c.id), after))
    return db.many(WorkItem, statement)
