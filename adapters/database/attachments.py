"""Attached documents (附件): what was attached where; the files lie elsewhere."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import bindparam, select, update

from adapters.database.connect import Db
from adapters.database.prepared import Prepared
from adapters.database.tables import Attachment
from domain.errors import NotFound

_t = Attachment.table
_of_item = Prepared(select(_t).where(_t.c.item == bindparam("item"), _t.c.withdrawn_at.is_(None)).order_by(_t.c.at, _t.c.id))


def add(db: Db, attachment: Attachment) -> None:
    """Note an attached document."""
    db.add(attachment)


def get(db: Db, attachment: str) -> Attachment:
    """One attachment. Raises NotFound."""
    found = db.one(Attachment, select(_t).where(_t.c.id == attachment))
    if found is None:
        raise NotFound("没有找到该附件。", todo="请返回办件页面重新选择。")
    return found


def of_case(db: Db, case: str, *, withdrawn: bool = False) -> list[Attachment]:
    """The attachments of a case, oldest first; with `withdrawn` also those taken back."""
    statement = select(_t).where(_t.c.case == case).order_by(_t.c.at, _t.c.id)
    return db.many(Attachment, statement if withdrawn else statement.where(_t.c.withdrawn_at.is_(None)))


def of_item(db: Db, item: str) -> list[Attachment]:
    """The attachments of a work item, oldest first."""
    return db.many(Attachment, _of_item, {"item": item})


def of_project(db: Db, project: str) -> list[Attachment]:
    """The attachments of a project, oldest first."""
    return db.many(Attachment, select(_t).where(_t.c.project == project, _t.c.withdrawn_at.is_(None)).order_by(_t.c.at, _t.c.id))


def withdraw(db: Db, attachment: str, *, at: datetime) -> bool:
    """Take an attachment back; False when that was done before."""
    return db.run(update(_t).where(_t.c.id == attachment, _t.c.withdrawn_at.is_(None)).values(withdrawn_at=at)).rowcount == 1
