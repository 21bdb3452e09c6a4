"""Documents (材料) of a work item: attach and take back. The file is kept first, its row in the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from adapters.database import Db, attachments, audit, cases, ids, items
from adapters.database.tables import Attachment, WorkItem
from adapters.files import FileStore, Stored
from domain.errors import NotFound, Refusal
from domain.offices import Official
from tasks import casefile
from tasks.acts import Act
from tasks.cases import load
from tasks.inbox import check_item


def attach(
    db: Db, store: FileStore, item_id: str, official: Official, *, material: str | None, name: str, chunks: Iterable[bytes], now: datetime
) -> Attachment:
    """Attach a document to an open work item. Raises NotFound, AlreadyDone, NotAssigned, BadUpload; then nothing is noted."""
    _open(db, item_id, official, material, now)
    return note(db, item_id, official, material=material, kept=store.keep(name, chunks), now=now)


def _open(db: Db, item_id: str, official: Official, material: str | None, now: datetime) -> tuple[WorkItem, Act]:
    item = items.get(db, item_id)
    act = load(db, cases.get(db, item.case), now=now, official=official, office=item.office)
    check_item(act, item, official)
    if material is not None and material not in act.ruleset.materials:
        raise NotFound("没有这种材料。", todo="请从本步骤的材料清单中选择。")
    return item, act


def note(db: Db, item_id: str, official: Official, *, material: str | None, kept: Stored, now: datetime) -> Attachment:
    """Note a file that is already kept: large ones are taken before the transaction begins. Raises as `attach`."""
    item, act = _open(db, item_id, official, material, now)
    schema = act.ruleset.forms.get(item.form or "", {})
    row = Attachment(
        id=ids.new(),
        case=item.case,
        project=item.project,
        item=item.id,
        step=item.step,
        material=material,
        name=kept.name,
        media=kept.media,
        size=kept.size,
        sm3=kept.sm3,
        stored=kept.stored,
        at=now,
        by=official.id,
        private=bool(schema.get("x-private")),
    )
    attachments.add(db, row)
    audit.append(
        db, at=now, actor=official.id, act="attach", target=item.case, version=act.case.version, body={"sm3": kept.sm3, "name": kept.name}
    )
    return row


def opened(db: Db, official: Official, jurisdiction: str, attachment_id: str, *, now: datetime) -> Attachment:
    """A document this person may open, with a record of who looked at what. Raises NotFound; then nothing is noted."""
    row = casefile.attachment(db, official, jurisdiction, attachment_id)
    audit.append(db, at=now, actor=official.id, act="attachment-opened", target=row.case, body={"attachment": row.id, "sm3": row.sm3})
    return row


def withdraw(db: Db, attachment_id: str, official: Official, *, now: datetime) -> None:
    """Take a document back while its work item is open. Raises NotFound, Refusal (the step is done: documents of done steps stay)."""
    row = attachments.get(db, attachment_id)
    if row.item is None or items.get(db, row.item).status != "open":
        raise Refusal("该步骤已经办结，其材料不能撤回。", todo="需要更正的，请在后续步骤补充材料。")
    item = items.get(db, row.item)
    check_item(load(db, cases.get(db, item.case), now=now, official=official, office=item.office), item, official)
    if attachments.withdraw(db, attachment_id, at=now):
        audit.append(db, at=now, actor=official.id, act="withdraw-attachment", target=row.case, body={"sm3": row.sm3, "name": row.name})
